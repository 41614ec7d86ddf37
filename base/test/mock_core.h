/* SPDX-License-Identifier: BSD-2-Clause */
/* Between the two files of the mock: the platform's half, and core's. */

#ifndef TEST_MOCK_CORE_H
#define TEST_MOCK_CORE_H

#include "mock_platform.h"

/** Fill the slots that a component starts with. */
void mock_core_init(void);

/** A free slot, with one count. */
uint32_t mock_slot_new(uint32_t type);

/** A slot that is in use; anything else fails the test. */
struct mock_slot *mock_slot(uint32_t slot);

/** Free the memory of a dataspace that neither exists nor is attached any more. */
void mock_memory_release(struct mock_slot *slot);

/** Wait for the end of a thread. */
void mock_thread_destroy(uint32_t slot);

#endif
