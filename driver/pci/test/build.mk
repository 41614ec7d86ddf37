# SPDX-License-Identifier: BSD-2-Clause
# Which devices a policy names.
TEST_SRC := match.c
