/* SPDX-License-Identifier: BSD-2-Clause */
/* When something is, by the CPU. */

#ifndef SCREEN_PROBE_TICKS_H
#define SCREEN_PROBE_TICKS_H

#include <stdint.h>

/** The CPU's time-stamp counter. */
uint64_t ticks(void);

#endif
