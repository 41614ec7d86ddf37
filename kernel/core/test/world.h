/* SPDX-License-Identifier: BSD-2-Clause */
/* A root PD with a thread on the mock machine, from which tests make system calls. */

#ifndef KERNEL_TEST_WORLD_H
#define KERNEL_TEST_WORLD_H

#define OS_KERNEL_NUMBERS_ONLY
#include <abi/kernel_calls.h>
#include <kernel.h>

struct console {
	char text[256];
	uint32_t length;
	uint32_t debugged; /* visits of the debugger */
};
extern struct console console;

struct world {
	struct pd *root;
	struct thread *self;
	struct results out; /* of the last system call */
	uint32_t restarts;  /* of the last system call */
};
extern struct world world;

/** For cmocka: all memory free but that of a root PD with 64 slots, its tables and one thread. */
int world_setup(void **state);
/** Physical address of a page that is free. */
uint64_t page_new(void);
/** Physical address of units, of which `size` bytes are free. */
uint64_t unit_new(uint32_t size);
/** Pages that are not free. */
uint32_t pages_used(void);

/** A system call by root's thread, as often as it is restarted. */
enum os_err sys(uint32_t number, const uint64_t arguments[6]);
#define SYS(name, ...) sys(OS_SYS_##name, (const uint64_t[6]){ __VA_ARGS__ })
#define MACHINE        OS_KERNEL_ROOT_MACHINE

/** As SYS, must succeed; its first result. */
uint64_t made(enum os_err err);
/** A PD with `slots` pages of slots and `tables` pages for tables: its slot in root's table. */
uint64_t pd_new(uint32_t slots, uint32_t tables);
struct pd *pd_at(uint64_t slot);
struct object *object_in(uint64_t slot);
/** More slots for root, and an object of each kind: slots. */
uint64_t endpoint_new(uint64_t pd);
uint64_t gate_new(uint64_t endpoint, uint64_t badge);
uint64_t context_new(uint64_t endpoint, uint64_t badge);
uint64_t thread_new(uint64_t pd);

#endif
