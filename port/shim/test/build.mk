# SPDX-License-Identifier: BSD-2-Clause
# The host has a libc of its own: only what is ours is for its tests.
TEST_SRC := alloc.c
