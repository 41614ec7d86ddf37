/* SPDX-License-Identifier: BSD-2-Clause */
/* The glyphs: those of the kernel's messages, which the build generates. */

#include <kernel/font.c>
