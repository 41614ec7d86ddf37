/* SPDX-License-Identifier: BSD-2-Clause */
/* Servers, clients and other threads that many tests need. */

#include "common.h"

char trace[64];

void trace_note(char letter)
{
	size_t length = strlen(trace);

	if (length + 1 < sizeof(trace))
		trace[length] = letter;
}

/* ------------------------------------------------------------------ servers */

struct server server_make_new(void (*loop)(void *), uint64_t pd, uint64_t priority, uint64_t cpu)
{
	struct server server = { .pd = pd };

	server.endpoint = endpoint_make(pd, 0x7a6);
	server.endpoint_there =
	        pd == SELF_PD ? server.endpoint : grant(pd, server.endpoint, OS_RIGHT_USE);
	server.gate = gate_make(server.endpoint, 5);
	server.thread = thread_make_new(pd, loop, (void *)server.endpoint_there, priority, cpu);
	return server;
}

struct server server_make(void (*loop)(void *), uint64_t pd, uint64_t priority, uint64_t cpu)
{
	struct server server = server_make_new(loop, pd, priority, cpu);

	thread_run(&server.thread);
	thread_expect(&server.thread, OS_THREAD_WAITING);
	return server;
}

void server_echo(void *endpoint)
{
	struct event event;
	enum os_err err = wait_at((uint64_t)endpoint, &event);

	while (!err)
		err = reply_and_wait((uint64_t)endpoint, event.value + 1, &event);
}

void server_silent(void *endpoint)
{
	struct event event;

	CHECK_OK(wait_at((uint64_t)endpoint, &event));
	sleeper(NULL);
}

void server_deaf(void *endpoint)
{
	struct event event;

	while (!wait_at((uint64_t)endpoint, &event))
		;
}

/* ------------------------------------------------------------------ clients */

static void client_main(void *argument)
{
	struct client *client = argument;

	client->err = os_kernel_call(client->gate, client->header, &client->answer, &client->flags);
	memcpy(client->words, utcb()->payload, sizeof(client->words));
	__atomic_store_n(&client->done, 1, __ATOMIC_RELEASE);
}

void client_start(struct client *client, uint64_t pd, uint64_t gate, uint64_t head,
                  uint64_t priority, uint64_t cpu)
{
	client->gate = pd == SELF_PD ? gate : grant(pd, gate, OS_RIGHT_USE | OS_RIGHT_COPY);
	client->header = head;
	client->done = 0;
	client->thread = thread_make_new(pd, client_main, client, priority, cpu);
	thread_run(&client->thread);
}

/* ------------------------------------------------------------------ others */

void sleeper(void *unused)
{
	(void)unused;
	for (;;)
		(void)os_kernel_block();
}

void looper(void *counter)
{
	uint64_t *count = counter;

	for (;;)
		__atomic_fetch_add(count, 1, __ATOMIC_RELAXED);
}

struct state state_of(uint64_t pd)
{
	struct state state;

	CHECK_OK(os_kernel_pd_state(pd, &state.used, &state.free, &state.tables));
	return state;
}

uint64_t held(uint64_t pd, uint64_t slot)
{
	uint64_t cookie, type, kind, count;
	enum os_err err = os_kernel_cap_lookup(pd, slot, &cookie, &type, &kind, &count);

	CHECK(err == OS_OK || err == OS_ERR_CAP_INVALID || err == OS_ERR_GONE);
	return err ? 0 : count;
}
