/* SPDX-License-Identifier: BSD-2-Clause */
/* The tables of core/linux, here for the tests. */

#include "../linux/cap.c"
