# SPDX-License-Identifier: BSD-2-Clause
# The arithmetic of the clock.
TEST_SRC := pc/clock.c
