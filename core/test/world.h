/* SPDX-License-Identifier: BSD-2-Clause */
/* A whole core for tests: a platform played in memory, and components that call through the stubs.
 */

#ifndef CORE_TEST_WORLD_H
#define CORE_TEST_WORLD_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "../src/core.h"
#include "fail_alloc.h"
#include <abi/platform.h>

enum {
	WORLD_RAM = 16 << 20, /* bytes handed out at boot */
	WORLD_CAPS = 4000,
};

struct world {
	struct fail_alloc memory; /* core's heap; what the platform makes may fail by it, too */
	struct thread *caller;    /* who calls when a test uses a stub */
	struct os_msg msg;
	uint64_t clock_us;
	char log[1 << 16]; /* all that was printed, as a text */
	size_t log_length;
	/* what the platform has made and not yet taken back */
	size_t memories, pds, threads, eps, slots;
	uint32_t resumed;         /* threads that were resumed after a fault */
	uint32_t detached;        /* attachments whose mappings were taken back */
	uint32_t ended;           /* PDs, for a fault that nobody resolved */
	uint32_t cpus, recording; /* that there are; bits: that record */
	uint32_t slots_come;      /* a PD has one more whenever core looks; 0: it does not */
	uint32_t traces_gone;     /* windows that were taken back */
	struct thread *last_resumed;
	struct module modules[3]; /* "init", "config", "broken" */
};
extern struct world world;

/* A core without a tree; allocation number `fail_at` fails, none for 0. */
void world_init(size_t fail_at);
/* The same, with the root component running and calling. */
void world_boot(void);
/* End the tree, and assert that nothing is left of it. */
void world_fini(void);
/* cmocka's set-up and tear-down of the same. */
int world_setup(void **state);
int world_teardown(void **state);

/* Assert that every charge is explained by what exists, in all accounts, and that the sums add up.
 */
void world_check(void);

/* What has been charged in the whole tree, but for tables of slots, which may grow at any time. */
struct world_use {
	uint64_t ram_used, caps_used, ram_limit, caps_limit, accounts, objects;
};
struct world_use world_use(void);

/* The root component's capabilities. */
static const struct parent_cap world_parent = { { OS_CAP_SLOT_PARENT } };
static const struct pd_cap world_pd = { { OS_CAP_SLOT_PD } };

/* Let the root component open a session; asserts that it works. `id` is its name later on. */
struct os_cap world_open(uint64_t id, const char *service, const char *label, uint64_t ram,
                         uint64_t caps);

/* A component below the root component, running; its sessions have the ids `id` and `id` + 1. */
struct child {
	uint64_t id;
	struct pd_cap pd;
	struct cpu_cap cpu;
	struct thread_cap thread;
	struct pd *object;
	struct thread *main;
};
enum os_err child_start(struct child *child, uint64_t id, const char *name) OS_MUST_CHECK;
/* Close its sessions. */
void child_stop(struct child *child);

#endif
