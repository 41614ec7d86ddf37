# SPDX-License-Identifier: BSD-2-Clause
# The logic that needs no device.
TEST_SRC := format.c
