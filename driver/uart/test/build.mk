# SPDX-License-Identifier: BSD-2-Clause
# The device's registers, with a device that the test plays.
TEST_SRC := pc/uart.c
