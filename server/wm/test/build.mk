# SPDX-License-Identifier: BSD-2-Clause
# Frames, as arithmetic.
TEST_SRC := frame.c
