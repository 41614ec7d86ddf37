/* SPDX-License-Identifier: BSD-2-Clause */
/* Children that touch memory as they are told, and maps that they see. */

#ifndef PAGER_TEST_TEST_H
#define PAGER_TEST_TEST_H

#include <api/cpu.h>
#include <api/toucher.h>
#include <managed/managed.h>
#include <osier/session.h>
#include <osier/thread.h>

/*
 * The main entrypoint is the children's parent, `pager` the one that handles faults, and tests run
 * in a thread of their own.
 */
extern struct os_env *env;
extern struct os_ep pager;
extern struct rm_cap rm;

#define CHECK(condition)                                                                  \
	do {                                                                              \
		if (!(condition)) {                                                       \
			os_error(env, "line %d: %s does not hold", __LINE__, #condition); \
			os_exit(env, 1);                                                  \
		}                                                                         \
	} while (0)

struct child {
	struct os_session pd_session, cpu_session;
	struct pd_cap pd;
	struct cpu_cap cpu;
	struct region_map_cap space;
	struct thread_cap thread;
	struct parent_server parent;
	struct toucher_server orders;
	struct os_reply reply;
	struct os_semaphore ready; /* up whenever it waits for an order */
	uint64_t result;
	uint64_t at; /* where it sees the memory */
	struct os_signal_receiver ends;
	struct os_signal_context ended;
};

/* A child that sees `ds`, and waits for an order. */
void child_start(struct child *child, struct managed_dataspace_cap ds);
/* Begin: read, or write `value` to, the first word of `page`. */
void child_order(struct child *child, uint64_t page, bool write, uint64_t value);
/* Wait until it is done; what it has read. */
uint64_t child_done(struct child *child);
uint64_t child_read(struct child *child, uint64_t page);
void child_write(struct child *child, uint64_t page, uint64_t value);
/* Wait until it has ended; tells why. */
void child_ended(struct child *child, char text[PD_STATE_TEXT_SIZE]);
/* Destroy it, whatever it does. */
void child_stop(struct child *child);

/* A map whose handler does nothing but tell how many faults there have been. */
struct map {
	struct region_map_cap map;
	struct managed_dataspace_cap ds;
	struct os_signal_handler handler;
	struct os_semaphore faults; /* up for each */
};
void map_init(struct map *map, uint64_t pages);
void map_fini(struct map *map);
/* The first fault above `number`; its page. NONE: nobody waits. */
enum region_map_fault_kind map_fault(struct map *map, uint64_t *number, uint64_t *page);
enum os_err map_attach(struct map *map, struct dataspace_cap ds, uint64_t page, bool writeable);

void test_shared(void);
void test_copy(void);
void test_paged(void);
void test_silent(void);
void test_refused(void);
void test_dead(void);
void test_cycle(void);
void test_destroyed(void);
void test_deep(void);
void test_random(void);

#endif
