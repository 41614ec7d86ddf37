# SPDX-License-Identifier: BSD-2-Clause
# The rules alone: the rest needs a system.
TEST_SRC := rules.c
