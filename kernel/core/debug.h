/* SPDX-License-Identifier: BSD-2-Clause */
/* Names of what the kernel counts and notes, for people. */

#ifndef KERNEL_DEBUG_H
#define KERNEL_DEBUG_H

#include <kernel.h>

/* "?" for what has no name. None of them blocks. */
const char *event_name(uint32_t event);        /* enum event */
const char *kind_name(uint32_t kind);          /* enum os_kernel_kind */
const char *thread_state_name(uint32_t state); /* enum os_kernel_thread_state */
const char *counter_name(uint32_t counter);    /* enum os_kernel_counter */

#endif
