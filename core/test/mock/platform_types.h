/* SPDX-License-Identifier: BSD-2-Clause */
/* What core's objects carry for the platform that the tests play. */

#ifndef CORE_TEST_MOCK_PLATFORM_TYPES_H
#define CORE_TEST_MOCK_PLATFORM_TYPES_H

#include "../../linux/cap_table.h"
#include <abi/x86_64/registers.h>
#include <osier/list.h>
#include <osier/types.h>

#define PLATFORM_PD_RAM     (64 * 1024)

#define PLATFORM_THREAD_RAM (20 * 1024)

/* Threads of a PD. */
#define PLATFORM_THREADS_MAX 1024

/* Scarce things of a PD: a number like any other. */
#define PLATFORM_PD_SCARCE 4

struct platform_memory {
	void *bytes; /* NULL: empty */
	uint64_t size;
};

struct platform_pd {
	bool alive;
};

struct platform_thread {
	bool alive, started, paused, stepping;
	uint32_t resumed, proceeded, cancelled;
	struct os_registers registers;
	uint64_t trace; /* word in its block */
};

struct platform_attachment {
	struct {
	} nothing;
};

struct platform_ep {
	bool alive;
	struct os_list pending; /* struct signal_context.pending_node */
};

#endif
