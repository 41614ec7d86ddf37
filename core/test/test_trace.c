/* SPDX-License-Identifier: BSD-2-Clause */
/* Snapshots of the tree: what they contain, for whom, and that it adds up. */

#include <string.h>

#include "world.h"
#include <abi/trace.h>

#define TEST(f) cmocka_unit_test_setup_teardown(f, world_setup, world_teardown)

enum { BUFFER = 64 * 1024 };

/* The latest snapshot, and its session. */
static struct {
	struct trace_cap trace;
	const struct os_trace_snapshot *header;
} view;

static void open_trace(uint64_t id, const char *label, uint64_t size)
{
	struct rom_dataspace_cap ds;

	view.trace.cap = world_open(id, "TRACE", label, TRACE_RAM + size, TRACE_CAPS);
	assert_int_equal(trace_buffer(view.trace, size, &ds), OS_OK);
	view.header = (const void *)container_of(cap_lookup(core.root, ds.cap.slot),
	                                         struct dataspace, object)
	                      ->memory.bytes;
}

static void take(void)
{
	uint32_t count, total;
	uint64_t generation;

	assert_int_equal(trace_snapshot(view.trace, 0, &count, &total, &generation), OS_OK);
	assert_int_equal(count, total);
	assert_int_equal(view.header->count, count);
	assert_int_equal(view.header->total, total);
	assert_int_equal(view.header->generation, generation);
}

/* Record number `i` of a kind; NULL: there are not that many. */
static const void *record(enum os_trace_kind kind, size_t i)
{
	const uint8_t *at = (const uint8_t *)view.header + view.header->header_size;

	for (uint32_t n = 0; n < view.header->count; n++) {
		const struct os_trace_record *r = (const void *)at;

		if (r->kind == kind && i-- == 0)
			return r;
		at += r->size;
	}
	return NULL;
}

static const struct os_trace_pd *pd_labelled(const char *label)
{
	const struct os_trace_pd *pd;

	for (size_t i = 0; (pd = record(OS_TRACE_PD, i)); i++)
		if (strcmp(pd->label, label) == 0)
			return pd;
	return NULL;
}

static const struct os_trace_session *session_labelled(const char *label)
{
	const struct os_trace_session *session;

	for (size_t i = 0; (session = record(OS_TRACE_SESSION, i)); i++)
		if (strcmp(session->label, label) == 0)
			return session;
	return NULL;
}

/* The sums of all accounts in the snapshot are those of its header. */
static void check_sums(void)
{
	uint64_t ram_limit = 0, ram_used = 0, caps_limit = 0, caps_used = 0;
	const struct os_trace_account *account;

	for (size_t i = 0; (account = record(OS_TRACE_ACCOUNT, i)); i++) {
		ram_limit += account->ram_limit;
		ram_used += account->ram_used;
		caps_limit += account->caps_limit;
		caps_used += account->caps_used;
		assert_true(account->ram_used <= account->ram_limit);
		assert_true(account->caps_used <= account->caps_limit);
	}
	assert_int_equal(view.header->ram_limit, ram_limit);
	assert_int_equal(view.header->ram_used, ram_used);
	assert_int_equal(view.header->caps_limit, caps_limit);
	assert_int_equal(view.header->caps_used, caps_used);
}

static void all_quota_there_is_lies_on_some_account(void **state)
{
	struct child child;

	(void)state;
	open_trace(1, "", BUFFER);
	take();
	check_sums();
	assert_true(view.header->whole);
	assert_int_equal(view.header->ram_total, WORLD_RAM);
	assert_int_equal(view.header->ram_limit, WORLD_RAM);
	assert_int_equal(view.header->caps_total, WORLD_CAPS);
	assert_int_equal(view.header->caps_limit, WORLD_CAPS);
	assert_int_equal(child_start(&child, 10, "child"), OS_OK);
	take();
	check_sums();
	assert_int_equal(view.header->ram_limit, WORLD_RAM);
	assert_int_equal(view.header->caps_limit, WORLD_CAPS);
	child_stop(&child);
	take();
	check_sums();
	assert_int_equal(view.header->ram_limit, WORLD_RAM);
}

/* On pc a component drops capabilities, and gets some, beside core. */
static void sums_are_of_the_records_while_slots_come(void **state)
{
	(void)state;
	open_trace(1, "", BUFFER);
	world.slots_come = 1;
	take();
	assert_int_not_equal(world.slots_come, 1);
	check_sums();
	world.slots_come = 0;
}

static void a_component_is_there_with_its_threads_and_sessions(void **state)
{
	const struct os_trace_session *session;
	const struct os_trace_thread *thread;
	const struct os_trace_pd *pd, *root;
	struct child child;

	(void)state;
	open_trace(1, "", BUFFER);
	assert_int_equal(child_start(&child, 10, "child"), OS_OK);
	world_open(20, "LOG", "child", LOG_RAM, LOG_CAPS);
	take();
	root = pd_labelled("init");
	pd = pd_labelled("init -> child");
	assert_non_null(root);
	assert_non_null(pd);
	assert_int_equal(pd->state, PD_STATE_RUNNING);
	assert_int_equal(pd->parent, root->record.id);
	assert_int_equal(pd->thread_count, 1);
	assert_int_equal(pd->cpu_time_us, 42);
	thread = record(OS_TRACE_THREAD, 1);
	assert_non_null(thread);
	assert_int_equal(thread->pd, pd->record.id);
	assert_int_equal(thread->state, OS_TRACE_THREAD_RUNNING);
	session = session_labelled("init -> child");
	assert_non_null(session);
	assert_int_equal(session->client, root->record.id);
	assert_int_equal(session->server, 0);
	assert_true(session->core);
	assert_int_equal(child.object->object.id, pd->record.id);
	child_stop(&child);
	take();
	assert_null(pd_labelled("init -> child"));
}

static void a_session_tells_who_serves_it(void **state)
{
	const struct os_trace_session *session;
	struct account_cap own, account;
	struct child child;
	struct os_cap cap;

	(void)state;
	open_trace(1, "", BUFFER);
	assert_int_equal(child_start(&child, 10, "server"), OS_OK);
	assert_int_equal(pd_account(world_pd, &own), OS_OK);
	assert_int_equal(account_create(own, 4096, 10, &account), OS_OK);
	assert_int_equal(pd_rpc_object(child.pd, OS_EP_MAIN, 1, 4711, account, &cap), OS_OK);
	take();
	for (size_t i = 0; (session = record(OS_TRACE_SESSION, i)); i++)
		if (session->type == 4711)
			break;
	if (!session) {
		fail();
		return;
	}
	assert_int_equal(session->server, child.object->object.id);
	assert_int_equal(session->client, core.root->object.id);
	assert_false(session->core);
	child_stop(&child);
}

static void what_is_charged_is_explained_by_what_there_is(void **state)
{
	uint64_t ram, ram_explained, caps, caps_explained;
	const struct os_trace_account *account;
	struct child child;

	(void)state;
	open_trace(1, "", BUFFER);
	assert_int_equal(child_start(&child, 10, "child"), OS_OK);
	take();
	for (size_t i = 0; (account = record(OS_TRACE_ACCOUNT, i)); i++) {
		assert_int_equal(trace_explain(view.trace, account->record.id, &ram, &ram_explained,
		                               &caps, &caps_explained),
		                 OS_OK);
		assert_int_equal(ram, account->ram_used);
		assert_int_equal(ram_explained, ram);
		assert_int_equal(caps_explained, caps);
	}
	/* a charge that is lost is seen */
	account_refund(child.object->account, 0, 1);
	assert_int_equal(trace_explain(view.trace, child.object->account->object.id, &ram,
	                               &ram_explained, &caps, &caps_explained),
	                 OS_OK);
	assert_int_equal(caps_explained, caps + 1);
	assert_int_equal(account_charge(child.object->account, 0, 1), OS_OK);
	assert_int_equal(
	        trace_explain(view.trace, UINT64_MAX, &ram, &ram_explained, &caps, &caps_explained),
	        OS_ERR_NOT_FOUND);
	child_stop(&child);
}

static void siblings_of_the_parent_are_not_seen(void **state)
{
	struct child a, b, inner;

	(void)state;
	assert_int_equal(child_start(&a, 10, "a"), OS_OK);
	assert_int_equal(child_start(&b, 20, "ab"), OS_OK);
	assert_int_equal(child_start(&inner, 30, "a -> inner"), OS_OK);
	world_open(40, "LOG", "a -> inner -> x", LOG_RAM, LOG_CAPS);
	world_open(41, "LOG", "ab -> x", LOG_RAM, LOG_CAPS);
	open_trace(1, "a -> top", BUFFER);
	take();
	check_sums();
	assert_false(view.header->whole);
	assert_int_equal(view.header->ram_total, 0);
	assert_non_null(pd_labelled("init -> a"));
	assert_non_null(pd_labelled("init -> a -> inner"));
	assert_null(pd_labelled("init"));
	assert_null(pd_labelled("init -> ab"));
	assert_non_null(session_labelled("init -> a -> inner -> x"));
	assert_null(session_labelled("init -> ab -> x"));
	assert_int_equal(pd_labelled("init -> a")->parent, 0);
	child_stop(&inner);
	child_stop(&b);
	child_stop(&a);
}

static void what_does_not_fit_comes_with_the_next_part(void **state)
{
	uint32_t count, total, seen = 0, pds = 0;
	uint64_t generation, first_generation;
	struct child child[3];

	(void)state;
	for (uint64_t i = 0; i < 3; i++)
		assert_int_equal(child_start(&child[i], 10 * (i + 1), "child"), OS_OK);
	open_trace(1, "", 1000); /* one page */
	assert_int_equal(trace_snapshot(view.trace, 0, &count, &total, &first_generation), OS_OK);
	assert_true(count > 0 && count < total);
	while (seen < total) {
		assert_int_equal(trace_snapshot(view.trace, seen, &count, &total, &generation),
		                 OS_OK);
		assert_int_equal(generation, first_generation);
		assert_int_equal(view.header->first, seen);
		assert_true(count > 0);
		for (size_t i = 0; record(OS_TRACE_PD, i); i++)
			pds++;
		seen += count;
	}
	assert_int_equal(seen, total);
	assert_int_equal(pds, 4);
	child_stop(&child[0]);
	assert_int_equal(trace_snapshot(view.trace, 0, &count, &total, &generation), OS_OK);
	assert_int_not_equal(generation, first_generation);
	assert_int_equal(trace_snapshot(view.trace, UINT32_MAX, &count, &total, &generation),
	                 OS_OK);
	assert_int_equal(count, 0);
	child_stop(&child[1]);
	child_stop(&child[2]);
}

static void accounts_may_be_nested_deeply(void **state)
{
	struct account_cap account;
	enum { DEPTH = 60 };

	(void)state;
	open_trace(1, "", 512 * 1024);
	assert_int_equal(pd_account(world_pd, &account), OS_OK);
	for (uint64_t i = 0; i < DEPTH; i++)
		assert_int_equal(account_create(account, 0, 2 * (DEPTH - i), &account), OS_OK);
	take();
	check_sums();
	assert_true(view.header->total > 2 * DEPTH);
}

/* Who goes from record to record comes to an end, also behind a larger snapshot. */
static void a_snapshot_ends_behind_its_last_record(void **state)
{
	const struct os_trace_record *r;
	struct child child;

	(void)state;
	open_trace(1, "", BUFFER);
	assert_int_equal(child_start(&child, 10, "child"), OS_OK);
	take();
	child_stop(&child);
	take();
	r = (const void *)((const uint8_t *)view.header + view.header->header_size);
	for (uint32_t i = 0; i < view.header->count;
	     i++, r = (const void *)((const uint8_t *)r + r->size))
		assert_int_not_equal(r->kind, 0);
	assert_int_equal(r->kind, 0);
}

static void the_donation_pays_for_the_buffer(void **state)
{
	struct rom_dataspace_cap ds, other;
	uint64_t generation;
	uint32_t count, total;

	(void)state;
	view.trace.cap = world_open(1, "TRACE", "", 16 * 1024, TRACE_CAPS);
	assert_int_equal(trace_snapshot(view.trace, 0, &count, &total, &generation),
	                 OS_ERR_INVALID);
	assert_int_equal(trace_buffer(view.trace, 0, &ds), OS_ERR_INVALID);
	assert_int_equal(trace_buffer(view.trace, UINT64_MAX, &ds), OS_ERR_INVALID);
	assert_int_equal(trace_buffer(view.trace, 32 * 1024, &ds), OS_ERR_OUT_OF_RAM);
	assert_int_equal(trace_buffer(view.trace, 8 * 1024, &ds), OS_OK);
	assert_int_equal(trace_buffer(view.trace, 16 * 1024, &other), OS_OK);
	assert_null(cap_lookup(core.root, ds.cap.slot));
	assert_int_equal(trace_buffer(view.trace, 32 * 1024, &ds), OS_ERR_OUT_OF_RAM);
	assert_null(cap_lookup(core.root, other.cap.slot));
	assert_int_equal(trace_snapshot(view.trace, 0, &count, &total, &generation),
	                 OS_ERR_INVALID);
	world_check();
}

static void a_session_may_see_the_end(void **state)
{
	struct trace_cap other;
	struct signal_context_cap context;

	(void)state;
	view.trace.cap = world_open(1, "TRACE", "", TRACE_RAM, TRACE_CAPS);
	other.cap = world_open(2, "TRACE", "a -> b", TRACE_RAM, TRACE_CAPS);
	assert_int_equal(
	        pd_signal_context(world_pd, OS_EP_MAIN, 1, (struct account_cap){ 0 }, &context),
	        OS_OK);
	assert_false(trace_holds_end());
	assert_int_equal(trace_end_sigh(other, context), OS_ERR_DENIED);
	assert_int_equal(trace_end_sigh(view.trace, context), OS_OK);
	assert_true(trace_holds_end());
	assert_true(trace_holds_end());
	assert_int_equal(
	        container_of(cap_lookup(core.root, context.cap.slot), struct signal_context, object)
	                ->pending,
	        1);
	assert_int_equal(trace_end_seen(view.trace), OS_OK);
	assert_false(trace_holds_end());
	assert_int_equal(trace_end_sigh(view.trace, context), OS_OK);
	assert_true(trace_holds_end());
	assert_int_equal(pd_object_free(world_pd, context.cap), OS_OK);
	assert_false(trace_holds_end());
}

/* The state in which a snapshot shows the main thread of a component. */
static enum os_trace_thread_state main_thread_of(const struct child *child)
{
	const struct os_trace_thread *thread;

	take();
	for (size_t i = 0; (thread = record(OS_TRACE_THREAD, i)); i++)
		if (thread->pd == child->object->object.id)
			return thread->state;
	fail();
	return OS_TRACE_THREAD_NEW;
}

static void others_begin_when_the_recorder_has_begun(void **state)
{
	struct child early, recorder, held[3];

	(void)state;
	core.recorder = "init -> recorder";
	open_trace(1, "", BUFFER);
	assert_int_equal(child_start(&early, 10, "early"), OS_OK);
	assert_int_equal(child_start(&recorder, 20, "recorder"), OS_OK);
	for (uint64_t i = 0; i < 3; i++)
		assert_int_equal(child_start(&held[i], 30 + 10 * i, "held"), OS_OK);
	assert_int_equal(main_thread_of(&early), OS_TRACE_THREAD_RUNNING);
	assert_int_equal(main_thread_of(&recorder), OS_TRACE_THREAD_RUNNING);
	assert_int_equal(main_thread_of(&held[0]), OS_TRACE_THREAD_NEW);
	/* a parent sees no difference, and may end it */
	assert_int_equal(thread_start(held[0].thread, 0, 0), OS_ERR_EXISTS);
	child_stop(&held[1]);
	/* others cannot say so */
	assert_int_equal(trace_begun(view.trace), OS_OK);
	assert_int_equal(main_thread_of(&held[0]), OS_TRACE_THREAD_NEW);
	core.recorder = core.root->label; /* as if the caller were it */
	assert_int_equal(trace_begun(view.trace), OS_OK);
	assert_int_equal(main_thread_of(&held[0]), OS_TRACE_THREAD_RUNNING);
	assert_int_equal(main_thread_of(&held[2]), OS_TRACE_THREAD_RUNNING);
	assert_int_equal(child_start(&held[1], 40, "held"), OS_OK);
	assert_int_equal(main_thread_of(&held[1]), OS_TRACE_THREAD_RUNNING);
}

static void a_recorder_that_ends_holds_nobody(void **state)
{
	struct child recorder, held;

	(void)state;
	core.recorder = "init -> recorder";
	open_trace(1, "", BUFFER);
	assert_int_equal(child_start(&recorder, 20, "recorder"), OS_OK);
	assert_int_equal(child_start(&held, 30, "held"), OS_OK);
	assert_int_equal(main_thread_of(&held), OS_TRACE_THREAD_NEW);
	child_stop(&recorder);
	assert_int_equal(main_thread_of(&held), OS_TRACE_THREAD_RUNNING);
	assert_null(core.recorder);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(all_quota_there_is_lies_on_some_account),
		TEST(sums_are_of_the_records_while_slots_come),
		TEST(a_component_is_there_with_its_threads_and_sessions),
		TEST(a_session_tells_who_serves_it),
		TEST(what_is_charged_is_explained_by_what_there_is),
		TEST(siblings_of_the_parent_are_not_seen),
		TEST(what_does_not_fit_comes_with_the_next_part),
		TEST(accounts_may_be_nested_deeply),
		TEST(a_snapshot_ends_behind_its_last_record),
		TEST(the_donation_pays_for_the_buffer),
		TEST(a_session_may_see_the_end),
		TEST(others_begin_when_the_recorder_has_begun),
		TEST(a_recorder_that_ends_holds_nobody),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
