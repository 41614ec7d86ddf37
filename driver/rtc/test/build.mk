# SPDX-License-Identifier: BSD-2-Clause
# The calendar, and the registers of a clock that the test plays.
TEST_SRC := calendar.c pc/cmos.c
