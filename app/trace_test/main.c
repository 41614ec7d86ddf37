/* SPDX-License-Identifier: BSD-2-Clause */
/* trace_test: records what other components do, and checks what it is told. */

#include <api/hello.h>
#include <api/turn.h>
#include <config/config.h>
#include <osier/env.h>
#include <osier/session.h>
#include <osier/string.h>
#include <trace/ring.h>
#include <trace/tree.h>

enum { THREADS = 4, EVENTS = 256, FEW = 64, READ_MAX = 256, CALLS = 30, TIMES = 50 };

static struct os_env *env;
static struct os_trace_tree tree;
static struct turn_cap turn;
static uint64_t target, server; /* PDs */

/* The buffer of one PD, seen. */
struct view {
	struct os_view view;
	const struct os_trace_buffer *buffer;
	struct os_trace_cursor cursors[OS_TRACE_THREADS_MAX];
};

static uint64_t pd_named(const char *label)
{
	const struct os_trace_pd *pd = NULL;

	OS_ASSERT(!os_trace_tree_update(&tree));
	while ((pd = os_trace_tree_next(&tree, pd, OS_TRACE_PD)))
		if (os_str_equal(pd->label, label))
			return pd->record.id;
	return 0;
}

static bool has_ended(uint64_t pd)
{
	struct rom_dataspace_cap ds;
	uint64_t found;
	bool ended;

	OS_ASSERT(!trace_recorded(tree.trace, pd - 1, &found, &ended, &ds));
	os_cap_drop(ds.cap);
	return ended;
}

static void view_init(struct view *view, uint64_t pd, bool ended)
{
	struct rom_dataspace_cap ds;
	uint64_t found;
	bool is_ended;

	*view = (struct view){ 0 };
	OS_ASSERT(!trace_recorded(tree.trace, pd - 1, &found, &is_ended, &ds));
	OS_ASSERT(found == pd && is_ended == ended);
	OS_ASSERT(
	        !os_view_init(&view->view, (struct dataspace_cap){ ds.cap }, 0, 0, OS_ATTACH_READ));
	os_cap_drop(ds.cap);
	view->buffer = view->view.start;
	OS_ASSERT(os_trace_buffer_valid(view->buffer, view->view.size));
}

static void view_fini(struct view *view)
{
	os_view_fini(&view->view);
}

/*
 * Events of a ring that are of `kind`, among all that are new; those found are in `out`. All that
 * are new stand in the order of their times.
 */
static size_t find(struct view *view, uint32_t ring, enum os_trace_event_kind kind,
                   struct os_trace_event out[READ_MAX])
{
	const struct os_trace_cursor start = view->cursors[ring];
	size_t count, found = 0;
	uint64_t last = 0;

	count = os_trace_ring_read(view->buffer, ring, &view->cursors[ring], out, READ_MAX);
	view->cursors[ring] = start; /* others look for other kinds */
	for (size_t i = 0; i < count; i++) {
		const uint64_t time = os_trace_event_time(&out[i]);

		OS_ASSERT(time >= last);
		last = time;
		if (os_trace_event_kind(&out[i]) == kind)
			out[found++] = out[i];
	}
	return found;
}

static void skip(struct view *view)
{
	struct os_trace_event out[READ_MAX];

	for (uint32_t i = 0; i < view->buffer->ring_count; i++)
		while (os_trace_ring_read(view->buffer, i, &view->cursors[i], out, READ_MAX))
			continue;
}

static void record(uint64_t pd, uint32_t events, enum trace_policy policy)
{
	OS_ASSERT(!trace_record(tree.trace, pd, THREADS, events, policy));
}

/* The others do what is their turn to. */
static void others(void)
{
	OS_ASSERT(!turn_pass(turn));
	OS_ASSERT(!turn_wait(turn));
}

/* ------------------------------------------------------------------ what is recorded */

static bool is_add(const struct os_trace_event *event)
{
	return event->data >> 16 == ((uint64_t)HELLO_TYPE << 16 | HELLO_OP_ADD);
}

/* Each call of the target is a request of the server, within its time. */
static void calls_check(struct view *client, struct view *served)
{
	static struct os_trace_event calls[READ_MAX], returns[READ_MAX], requests[READ_MAX],
	        replies[READ_MAX];
	/* the latest one, that passes the turn, may not have returned yet */
	const size_t started = find(client, 0, OS_TRACE_CALL, calls);
	const size_t count = find(client, 0, OS_TRACE_RETURN, returns);
	const size_t request_count = find(served, 0, OS_TRACE_RECEIVE, requests);
	size_t matched = 0;

	OS_ASSERT(started - count <= 1);
	OS_ASSERT(find(served, 0, OS_TRACE_REPLY, replies) == request_count);
	for (size_t i = 0; i < count; i++) {
		const uint64_t begin = os_trace_event_time(&calls[i]);
		const uint64_t end = os_trace_event_time(&returns[i]);

		OS_ASSERT((uint16_t)calls[i].data == (uint16_t)returns[i].data && begin < end);
		for (size_t r = 0; is_add(&calls[i]) && r < request_count; r++)
			if (requests[r].data == calls[i].data) {
				OS_ASSERT(begin < os_trace_event_time(&requests[r]));
				OS_ASSERT(os_trace_event_time(&replies[r]) < end);
				matched++;
			}
	}
	OS_ASSERT(matched == CALLS);
	os_log(env, "%u calls, each with its request within its time", CALLS);
}

static void own_check(struct view *client)
{
	struct os_trace_event out[READ_MAX];
	char text[16] = { 0 };

	OS_ASSERT(find(client, 0, OS_TRACE_THREAD_BEGIN, out) == 1);
	OS_ASSERT(out[0].data == client->buffer->threads[0].thread);
	OS_ASSERT(find(client, 0, OS_TRACE_MARK, out) == 1);
	OS_ASSERT(out[0].data == (UINT64_C(15) << 32 | 42));
	OS_ASSERT(find(client, 0, OS_TRACE_TEXT, out) == 3); /* of "work" comes first */
	memcpy(text, &out[1].data, 8);
	memcpy(text + 8, &out[2].data, 7);
	OS_ASSERT(os_str_equal(text, "half of it done"));
	OS_ASSERT(find(client, 0, OS_TRACE_BEGIN, out) == 1);
	OS_ASSERT(find(client, 0, OS_TRACE_END, out) == 1);
	OS_ASSERT(find(client, 0, OS_TRACE_SUBMIT, out) == 1 && (uint32_t)out[0].data == 3);
	OS_ASSERT(find(client, 0, OS_TRACE_SIGNAL, out) >= 1);
	os_log(env, "marks with their text, spans, signals");
}

static void thread_check(struct view *client)
{
	struct os_trace_event out[READ_MAX];

	OS_ASSERT(os_str_equal(client->buffer->threads[1].name, "helper"));
	OS_ASSERT(client->buffer->threads[1].ended);
	OS_ASSERT(find(client, 1, OS_TRACE_THREAD_BEGIN, out) == 1);
	OS_ASSERT(find(client, 1, OS_TRACE_THREAD_END, out) == 1);
	OS_ASSERT(find(client, 1, OS_TRACE_CALL, out) >= 1);
	os_log(env, "a thread of its own");
}

static void whole(void)
{
	struct view client, served;

	record(target, EVENTS, TRACE_POLICY_OVERWRITE);
	record(server, EVENTS, TRACE_POLICY_OVERWRITE);
	OS_ASSERT(trace_record(tree.trace, server, 1, FEW, TRACE_POLICY_STOP) == OS_ERR_EXISTS);
	others();
	view_init(&client, target, false);
	view_init(&served, server, false);
	calls_check(&client, &served);
	own_check(&client);
	thread_check(&client);
	view_fini(&served);
	OS_ASSERT(!trace_forget(tree.trace, server));
	/* paused, and on again; until it is, the target may go on to wait for its turn */
	OS_ASSERT(!trace_enable(tree.trace, target, false));
	skip(&client);
	others();
	OS_ASSERT(!find(&client, 0, OS_TRACE_CALL, (struct os_trace_event[READ_MAX]){ 0 }));
	os_log(env, "paused: nothing is recorded");
	OS_ASSERT(!trace_enable(tree.trace, target, true));
	view_fini(&client);
	OS_ASSERT(!trace_forget(tree.trace, target));
}

static void full(void)
{
	struct os_trace_event out[READ_MAX];
	struct view client;

	record(target, FEW, TRACE_POLICY_STOP);
	others();
	view_init(&client, target, false);
	OS_ASSERT(os_trace_ring_read(client.buffer, 0, &client.cursors[0], out, READ_MAX) == FEW);
	OS_ASSERT(os_trace_ring_dropped(client.buffer, 0) > 0);
	os_log(env, "a full ring keeps what came first");
	view_fini(&client);
	OS_ASSERT(!trace_forget(tree.trace, target));
}

/* ------------------------------------------------------------------ CPUs */

/* Any thread of the PD; it has one. */
static uint64_t thread_of(uint64_t pd)
{
	const struct os_trace_thread *thread = NULL;

	while ((thread = os_trace_tree_next(&tree, thread, OS_TRACE_THREAD)))
		if (thread->pd == pd)
			return thread->record.id;
	return UINT64_MAX;
}

/* Whether a CPU has run the thread; what is told of each is switches, one after the other. */
static bool has_run(const struct view *cpus, uint64_t thread)
{
	struct os_trace_event out[READ_MAX];
	bool found = false;

	for (uint32_t cpu = 0; cpu < cpus->buffer->ring_count; cpu++) {
		struct os_trace_cursor cursor = { 0 };
		const size_t count = os_trace_ring_read(cpus->buffer, cpu, &cursor, out, READ_MAX);

		OS_ASSERT(count);
		for (size_t i = 0; i < count; i++) {
			OS_ASSERT(os_trace_event_kind(&out[i]) == OS_TRACE_SWITCH);
			OS_ASSERT(!i || out[i].head >= out[i - 1].head);
			found |= out[i].data == thread;
		}
	}
	return found;
}

static bool cpus_record(struct view *cpus)
{
	struct rom_dataspace_cap ds;
	enum os_err err;

	/* who had them before may not be quite gone yet */
	while ((err = trace_switches(tree.trace, EVENTS, &ds)) == OS_ERR_EXISTS)
		OS_ASSERT(!os_trace_tree_update(&tree));
	if (err == OS_ERR_UNSUPPORTED)
		return false;
	OS_ASSERT(!err);
	OS_ASSERT(
	        !os_view_init(&cpus->view, (struct dataspace_cap){ ds.cap }, 0, 0, OS_ATTACH_READ));
	os_cap_drop(ds.cap);
	cpus->buffer = cpus->view.start;
	OS_ASSERT(os_trace_buffer_valid(cpus->buffer, cpus->view.size));
	return true;
}

/* `label`: our own. Core answers while they are recorded, and then we go on. */
static void cpus_check(const char *label)
{
	const uint64_t own = thread_of(pd_named(label));
	struct view cpus = { 0 };

	if (!cpus_record(&cpus)) {
		os_log(env, "switches: the host's to know");
		return;
	}
	OS_ASSERT(!trace_switches_end(tree.trace));
	OS_ASSERT(has_run(&cpus, own) && has_run(&cpus, 0));
	skip(&cpus);
	OS_ASSERT(!os_trace_tree_update(&tree));
	for (uint32_t i = 0; i < cpus.buffer->ring_count; i++)
		OS_ASSERT(!os_trace_ring_new(cpus.buffer, i, &cpus.cursors[i]));
	os_log(env, "switches: %u CPUs", cpus.buffer->ring_count);
	view_fini(&cpus);
}

/* ------------------------------------------------------------------ ends */

/* Buffers come and go under a component that is writing into them. */
static void come_and_go(void)
{
	struct os_trace_event out[READ_MAX];

	OS_ASSERT(!turn_pass(turn));
	for (int i = 0; i < TIMES; i++) {
		struct view client;

		record(target, EVENTS, TRACE_POLICY_OVERWRITE);
		view_init(&client, target, false);
		while (!os_trace_ring_read(client.buffer, 0, &client.cursors[0], out, READ_MAX))
			OS_ASSERT(!os_trace_tree_update(&tree)); /* it will be its turn */
		view_fini(&client);
		OS_ASSERT(!trace_forget(tree.trace, target));
	}
	os_log(env, "%d buffers came and went", TIMES);
	OS_ASSERT(!turn_wait(turn));
}

static void scribbled(void)
{
	struct os_trace_event out[READ_MAX];
	struct view client;
	size_t read = 0;

	record(target, EVENTS, TRACE_POLICY_OVERWRITE);
	others();
	view_init(&client, target, false);
	OS_ASSERT(os_str_equal(client.buffer->label, "init -> trace_target"));
	for (uint32_t ring = 0; ring < client.buffer->ring_count; ring++)
		for (int i = 0; i < 10; i++)
			read += os_trace_ring_read(client.buffer, ring, &client.cursors[ring], out,
			                           READ_MAX);
	OS_ASSERT(read <= 10 * THREADS * READ_MAX);
	os_log(env, "what was scribbled over is read without harm");
	view_fini(&client);
	OS_ASSERT(!trace_forget(tree.trace, target));
}

static void ended(void)
{
	struct os_trace_event out[READ_MAX];
	struct view client;

	record(target, EVENTS, TRACE_POLICY_OVERWRITE);
	others();
	while (!has_ended(target))
		continue;
	view_init(&client, target, true);
	OS_ASSERT(client.buffer->ended);
	OS_ASSERT(find(&client, 0, OS_TRACE_CALL, out) > 0);
	os_log(env, "what an ended component has done can still be read");
	view_fini(&client);
	OS_ASSERT(!trace_forget(tree.trace, target));
	OS_ASSERT(trace_forget(tree.trace, target) == OS_ERR_NOT_FOUND);
	OS_ASSERT(trace_record(tree.trace, target, 1, FEW, TRACE_POLICY_STOP) == OS_ERR_NOT_FOUND);
}

static void refused(void)
{
	struct os_trace_tree part;
	struct rom_dataspace_cap ds;

	OS_ASSERT(trace_record(tree.trace, target, 0, FEW, TRACE_POLICY_STOP) == OS_ERR_INVALID);
	OS_ASSERT(trace_record(tree.trace, target, 32, 4096, TRACE_POLICY_STOP) == OS_ERR_INVALID);
	OS_ASSERT(trace_record(tree.trace, target, 1, 16384, TRACE_POLICY_STOP) ==
	          OS_ERR_OUT_OF_RAM);
	OS_ASSERT(trace_record(tree.trace, UINT64_MAX, 1, FEW, TRACE_POLICY_STOP) ==
	          OS_ERR_NOT_FOUND);
	OS_ASSERT(!os_trace_tree_open(&part, env, "hello"));
	OS_ASSERT(trace_switches(part.trace, EVENTS, &ds) == OS_ERR_DENIED);
	os_trace_tree_close(&part);
	os_log(env, "what cannot be is refused");
}

static void die(void)
{
	record(target, EVENTS, TRACE_POLICY_OVERWRITE);
	record(server, EVENTS, TRACE_POLICY_OVERWRITE);
	OS_ASSERT(!trace_record_new(tree.trace, 1, FEW, TRACE_POLICY_OVERWRITE));
	(void)cpus_record(&(struct view){ 0 });
	OS_ASSERT(!turn_pass(turn));
	os_log(env, "crashing now");
	__builtin_trap();
}

static void run(void)
{
	refused();
	cpus_check("init -> trace_test");
	whole();
	full();
	come_and_go();
	scribbled();
	ended();
	os_log(env, "done");
}

enum os_err os_construct(struct os_env *own)
{
	struct os_session session;
	struct os_config config;
	enum os_err err;

	env = own;
	if ((err = os_config_open(&config, env)) || (err = turn_open(&session, env, NULL, &turn)) ||
	    (err = turn_wait(turn)) || (err = os_trace_tree_open(&tree, env, NULL)))
		return err;
	if ((err = os_session_upgrade(&tree.session, 96 * 1024, 10)))
		return err;
	target = pd_named("init -> trace_target");
	server = pd_named("init -> hello");
	OS_ASSERT(target && server);
	if (os_xml_bool(config.root, "die", false))
		die();
	if (os_xml_bool(config.root, "again", false))
		cpus_check("init -> trace_again");
	else
		run();
	os_exit(env, 0);
}
