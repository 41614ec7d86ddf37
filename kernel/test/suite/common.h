/* SPDX-License-Identifier: BSD-2-Clause */
/* What several files of the suite use. */

#ifndef KERNEL_TEST_SUITE_COMMON_H
#define KERNEL_TEST_SUITE_COMMON_H

#include "../lib/test.h"

/** A slot that is free in every test's table, for what is put at a place of choice. */
enum { FREE_SLOT = 200 };

/** A server: a thread that waits at an endpoint of its PD. */
struct server {
	uint64_t pd, endpoint, gate; /* slots of the test; the gate has the badge 5 */
	uint64_t endpoint_there;     /* slot in the PD of the server: what its entry gets */
	struct thread thread;
};

/** `loop` gets the endpoint's slot. `pd`: SELF_PD or one of pd_make(). */
struct server server_make(void (*loop)(void *), uint64_t pd, uint64_t priority, uint64_t cpu);
/** The same, not started. */
struct server server_make_new(void (*loop)(void *), uint64_t pd, uint64_t priority, uint64_t cpu);

/** Answers each call with what it has got, and the operation plus one. */
void server_echo(void *endpoint);
/** Takes one call, and then sleeps. */
void server_silent(void *endpoint);
/** Waits, and does so again without an answer. */
void server_deaf(void *endpoint);

/** What a client has sent and got. */
struct client {
	uint64_t gate, header;
	uint64_t answer, flags;
	uint64_t words[4]; /* of the reply */
	uint32_t err, done;
	struct thread thread;
};

/** Start a thread that makes one call, and notes what comes back; flag `done`. */
void client_start(struct client *client, uint64_t pd, uint64_t gate, uint64_t header,
                  uint64_t priority, uint64_t cpu);

/** Threads that note when they run: each appends its letter. */
extern char trace[64];
void trace_note(char letter);

/** Sleeps for ever. */
void sleeper(void *unused);
/** Runs for ever. */
void looper(void *counter);

/** What pd_state() tells. */
struct state {
	uint64_t used, free, tables;
};
struct state state_of(uint64_t pd);

/** How often a slot of a PD is held; 0: it is empty. */
uint64_t held(uint64_t pd, uint64_t slot);

#endif
