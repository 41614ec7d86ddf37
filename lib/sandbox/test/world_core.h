/* SPDX-License-Identifier: BSD-2-Clause */
/* Between the two files of the world. */

#ifndef SANDBOX_TEST_WORLD_CORE_H
#define SANDBOX_TEST_WORLD_CORE_H

#include "world.h"

/* A free slot for an object that `rpc` answers for. */
uint32_t world_slot(uint32_t type, struct os_rpc_object *rpc);

/* What is in a RAM dataspace. */
extern char *world_memory[WORLD_OBJECTS];
/* Its read-only view, or 0. */
extern uint32_t world_view_of[WORLD_OBJECTS];

struct world_account *world_account_of(struct os_cap cap);

/* Core and parent: make them; check that all quota is back, and end them. */
void world_core_init(void);
void world_core_fini(void);

#endif
