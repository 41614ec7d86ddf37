/* SPDX-License-Identifier: BSD-2-Clause */
/* Buffers of traced PDs: who pays, who may, which thread gets which ring, and every end. */

#include <string.h>

#include "world.h"

#define TEST(f) cmocka_unit_test_setup_teardown(f, world_setup, world_teardown)

enum { RAM = 200 * 1024, CAPS = 20, EVENTS = 64 };

static struct trace_cap trace;

static void open_trace(const char *label)
{
	trace.cap = world_open(1, "TRACE", label, RAM, CAPS);
}

static enum os_err record(const struct child *child, uint32_t threads, uint32_t events)
{
	return trace_record(trace, child->object->object.id, threads, events,
	                    TRACE_POLICY_OVERWRITE);
}

static struct os_trace_buffer *first_page(uint64_t after)
{
	struct rom_dataspace_cap ds;
	struct object *object;
	uint64_t pd;
	bool ended;

	assert_int_equal(trace_recorded(trace, after, &pd, &ended, &ds), OS_OK);
	object = cap_lookup(core.root, ds.cap.slot);
	assert_non_null(object);
	assert_false(container_of(object, struct dataspace, object)->writeable);
	return (void *)container_of(object, struct dataspace, object)->memory.bytes;
}

static struct child start(uint64_t id, const char *name)
{
	struct child child;

	assert_int_equal(child_start(&child, id, name), OS_OK);
	return child;
}

static bool asks(const struct thread *thread)
{
	return thread->platform.trace > OS_TRACE_OFF && thread->platform.trace <= OS_TRACE_ASK_MAX;
}

static void a_thread_asks_and_gets_a_ring(void **state)
{
	struct child child = start(10, "child");
	struct os_trace_place place;
	struct os_trace_buffer *page;

	(void)state;
	open_trace("");
	assert_int_equal(child.main->platform.trace, OS_TRACE_OFF);
	assert_int_equal(trace_place(child.main, &place), OS_ERR_NOT_FOUND);
	assert_int_equal(record(&child, 2, EVENTS), OS_OK);
	assert_true(asks(child.main));
	assert_int_equal(trace_place(child.main, &place), OS_OK);
	assert_int_equal(place.offset, 0);
	assert_int_equal(place.mask, EVENTS - 1);
	assert_int_equal(place.limit, UINT64_MAX);
	assert_int_equal(place.thread, child.main->object.id);
	assert_int_equal(place.size, 4096);
	page = first_page(0);
	assert_string_equal(page->label, "init -> child");
	assert_int_equal(page->pd, child.object->object.id);
	assert_int_equal(page->threads[0].thread, place.thread);
	assert_int_equal(page->threads[1].thread, 0);
	/* asked again, it is the same */
	assert_int_equal(trace_place(child.main, &place), OS_OK);
	assert_int_equal(place.offset, 0);
	world_check();
	child_stop(&child);
}

static void rings_of_ended_threads_are_used_last(void **state)
{
	struct child child = start(10, "child");
	struct thread_cap cap[3];
	struct os_trace_place place;
	struct os_trace_buffer *page;
	struct thread *thread;

	(void)state;
	open_trace("");
	assert_int_equal(record(&child, 2, EVENTS), OS_OK);
	page = first_page(0);
	assert_int_equal(trace_place(child.main, &place), OS_OK);
	for (uint32_t i = 0; i < 3; i++)
		assert_int_equal(cpu_thread(child.cpu, child.pd, "worker", 0, &cap[i]), OS_OK);
	thread = container_of(cap_lookup(core.root, cap[0].cap.slot), struct thread, object);
	assert_true(asks(thread));
	assert_int_equal(trace_place(thread, &place), OS_OK);
	assert_int_equal(place.offset, sizeof(struct os_trace_ring) + EVENTS * 16);
	assert_string_equal(page->threads[1].name, "worker");
	thread = container_of(cap_lookup(core.root, cap[1].cap.slot), struct thread, object);
	assert_int_equal(trace_place(thread, &place), OS_ERR_LIMIT);
	assert_int_equal(page->unnoticed, 1);
	assert_int_equal(cpu_thread_destroy(child.cpu, cap[0]), OS_OK);
	assert_int_equal(page->threads[1].ended, 1);
	assert_int_equal(trace_place(thread, &place), OS_OK);
	assert_int_equal(page->threads[1].thread, thread->object.id);
	assert_int_equal(page->threads[1].ended, 0);
	child_stop(&child);
}

static void it_can_be_paused(void **state)
{
	struct child child = start(10, "child");
	struct os_trace_place place;

	(void)state;
	open_trace("");
	assert_int_equal(record(&child, 1, EVENTS), OS_OK);
	assert_int_equal(trace_place(child.main, &place), OS_OK);
	assert_int_equal(trace_enable(trace, child.object->object.id, false), OS_OK);
	assert_int_equal(child.main->platform.trace, OS_TRACE_OFF);
	assert_int_equal(trace_place(child.main, &place), OS_ERR_NOT_FOUND);
	assert_null(trace_dataspace(child.object));
	assert_int_equal(trace_enable(trace, child.object->object.id, true), OS_OK);
	assert_true(asks(child.main));
	assert_int_equal(trace_place(child.main, &place), OS_OK);
	assert_int_equal(trace_enable(trace, 4711, true), OS_ERR_NOT_FOUND);
	child_stop(&child);
}

static void what_ended_can_still_be_read(void **state)
{
	struct child child = start(10, "child");
	struct rom_dataspace_cap ds;
	struct os_trace_buffer *page;
	uint64_t pd;
	bool ended;

	(void)state;
	open_trace("");
	assert_int_equal(record(&child, 1, EVENTS), OS_OK);
	page = first_page(0);
	assert_int_equal(page->ended, 0);
	child_stop(&child);
	assert_int_equal(world.traces_gone, 1);
	assert_int_equal(page->ended, 1);
	assert_int_equal(trace_recorded(trace, 0, &pd, &ended, &ds), OS_OK);
	assert_true(ended);
	assert_int_equal(trace_recorded(trace, pd, &pd, &ended, &ds), OS_ERR_NOT_FOUND);
	assert_int_equal(trace_forget(trace, page->pd), OS_OK);
	assert_null(cap_lookup(core.root, ds.cap.slot));
	assert_int_equal(trace_forget(trace, 4711), OS_ERR_NOT_FOUND);
}

static void the_end_of_the_session_ends_it(void **state)
{
	struct child child = start(10, "child");
	struct world_use before = world_use();
	struct os_trace_place place;

	(void)state;
	open_trace("");
	assert_int_equal(record(&child, 1, EVENTS), OS_OK);
	assert_int_equal(trace_record_new(trace, 1, EVENTS, TRACE_POLICY_STOP), OS_OK);
	assert_int_equal(trace_place(child.main, &place), OS_OK);
	assert_int_equal(parent_session_close(world_parent, 1), OS_OK);
	assert_int_equal(child.main->platform.trace, OS_TRACE_OFF);
	assert_int_equal(world.traces_gone, 1);
	assert_null(child.object->trace);
	assert_int_equal(child.main->trace_ring, 0);
	cap_drop(core.root, trace.cap.slot);
	assert_int_equal(world_use().ram_used, before.ram_used);
	assert_int_equal(world_use().caps_used, before.caps_used);
	child_stop(&child);
	world_check();
}

static void new_components_are_traced_from_the_start(void **state)
{
	struct child a, b;

	(void)state;
	open_trace("sub -> tracer");
	assert_int_equal(trace_record_new(trace, 40, EVENTS, TRACE_POLICY_STOP), OS_ERR_INVALID);
	assert_int_equal(trace_record_new(trace, 4, EVENTS, TRACE_POLICY_STOP), OS_OK);
	a = start(10, "sub -> a");
	b = start(20, "other");
	assert_true(asks(a.main));
	assert_int_equal(b.main->platform.trace, OS_TRACE_OFF);
	assert_string_equal(first_page(0)->label, "init -> sub -> a");
	assert_int_equal(record(&b, 1, EVENTS), OS_ERR_NOT_FOUND);
	child_stop(&a);
	assert_int_equal(trace_record_new(trace, 0, 0, TRACE_POLICY_STOP), OS_OK);
	a = start(30, "sub -> a");
	assert_int_equal(a.main->platform.trace, OS_TRACE_OFF);
	child_stop(&a);
	child_stop(&b);
}

static void the_donation_is_all_there_is(void **state)
{
	struct child a = start(10, "a"), b = start(20, "b"), c;

	(void)state;
	open_trace("");
	assert_int_equal(record(&a, 0, EVENTS), OS_ERR_INVALID);
	assert_int_equal(record(&a, 33, EVENTS), OS_ERR_INVALID);
	assert_int_equal(record(&a, 1, 65), OS_ERR_INVALID);
	assert_int_equal(record(&a, 1, 32), OS_ERR_INVALID);
	assert_int_equal(record(&a, 1, 0x80000000), OS_ERR_INVALID);
	assert_int_equal(record(&a, 32, 1024), OS_ERR_INVALID);
	assert_int_equal(record(&a, 1, 8192), OS_OK);
	assert_int_equal(record(&a, 1, EVENTS), OS_ERR_EXISTS);
	assert_int_equal(record(&b, 1, 8192), OS_ERR_OUT_OF_RAM);
	/* nor does it keep a component from starting */
	assert_int_equal(trace_record_new(trace, 1, 8192, TRACE_POLICY_OVERWRITE), OS_OK);
	c = start(30, "c");
	assert_null(c.object->trace);
	child_stop(&c);
	assert_int_equal(trace_forget(trace, a.object->object.id), OS_OK);
	assert_int_equal(record(&b, 1, 8192), OS_OK);
	world_check();
	child_stop(&a);
	child_stop(&b);
}

static void two_tracers_do_not_share_a_component(void **state)
{
	struct child child = start(10, "child");
	struct trace_cap other;

	(void)state;
	open_trace("");
	other.cap = world_open(2, "TRACE", "", RAM, CAPS);
	assert_int_equal(record(&child, 1, EVENTS), OS_OK);
	assert_int_equal(trace_record(other, child.object->object.id, 1, EVENTS, TRACE_POLICY_STOP),
	                 OS_ERR_EXISTS);
	assert_int_equal(trace_enable(other, child.object->object.id, false), OS_ERR_NOT_FOUND);
	assert_int_equal(trace_forget(other, child.object->object.id), OS_ERR_NOT_FOUND);
	assert_int_equal(trace_forget(trace, child.object->object.id), OS_OK);
	assert_int_equal(trace_record(other, child.object->object.id, 1, EVENTS, TRACE_POLICY_STOP),
	                 OS_OK);
	child_stop(&child);
}

/* Record, whatever fails on the way: then nothing is left of it. */
static void failures_leave_nothing(void **state)
{
	(void)state;
	for (size_t n = 1, failed = 1; failed; n++) {
		struct world_use before;
		struct child child;
		enum os_err err;

		world_fini();
		world_init(0);
		world_boot();
		child = start(10, "child");
		open_trace("");
		before = world_use();
		world.memory.calls = world.memory.failed = 0;
		world.memory.fail_at = n;
		err = record(&child, 1, EVENTS);
		failed = world.memory.failed;
		world.memory.fail_at = 0;
		assert_int_equal(err != OS_OK, failed != 0);
		if (failed) {
			assert_null(child.object->trace);
			assert_int_equal(world_use().ram_used, before.ram_used);
			assert_int_equal(world_use().caps_used, before.caps_used);
		}
		child_stop(&child);
	}
}

static enum os_err switches(struct trace_cap from, uint32_t events)
{
	struct rom_dataspace_cap ds;
	enum os_err err = trace_switches(from, events, &ds);

	if (!err)
		os_cap_drop(ds.cap);
	return err;
}

static void each_cpu_has_a_ring(void **state)
{
	const struct os_trace_buffer *page;
	struct rom_dataspace_cap ds;

	(void)state;
	world.cpus = 3;
	open_trace("");
	assert_int_equal(trace_switches(trace, EVENTS, &ds), OS_OK);
	page = (void *)container_of(cap_lookup(core.root, ds.cap.slot), struct dataspace, object)
	               ->memory.bytes;
	assert_int_equal(page->version, OS_TRACE_VERSION);
	assert_int_equal(page->ring_count, 3);
	assert_int_equal(page->event_count, EVENTS);
	assert_int_equal(world.recording, 7);
	assert_int_equal(trace_switches_end(trace), OS_OK);
	assert_int_equal(world.recording, 0);
	assert_int_equal(trace_switches_end(trace), OS_OK);
	/* once more, in its place; and the end of the session is its end */
	assert_int_equal(switches(trace, EVENTS), OS_OK);
	assert_int_equal(world.recording, 7);
	assert_int_equal(parent_session_close(world_parent, 1), OS_OK);
	assert_int_equal(world.recording, 0);
	assert_null(core.trace_cpus);
}

static void switches_are_for_one_who_sees_everything(void **state)
{
	struct trace_cap other;

	(void)state;
	open_trace("");
	assert_int_equal(switches(trace, EVENTS), OS_ERR_UNSUPPORTED);
	world.cpus = 1;
	assert_int_equal(switches(trace, EVENTS - 1), OS_ERR_INVALID);
	assert_int_equal(switches(trace, EVENTS / 2), OS_ERR_INVALID);
	assert_int_equal(switches(trace, 2 * OS_TRACE_SWITCHES_MAX), OS_ERR_INVALID);
	assert_int_equal(switches(trace, OS_TRACE_SWITCHES_MAX), OS_OK);
	other.cap = world_open(2, "TRACE", "a -> b", RAM, CAPS);
	assert_int_equal(switches(other, EVENTS), OS_ERR_DENIED);
	other.cap = world_open(3, "TRACE", "", RAM, CAPS);
	assert_int_equal(switches(other, EVENTS), OS_ERR_EXISTS);
	assert_int_equal(trace_switches_end(other), OS_OK);
	assert_int_equal(world.recording, 1);
	assert_int_equal(parent_session_close(world_parent, 1), OS_OK);
	assert_int_equal(switches(other, EVENTS), OS_OK);
}

/* Record CPUs, whatever fails on the way: then nothing is left of it. */
static void failures_leave_no_cpu_recording(void **state)
{
	(void)state;
	for (size_t n = 1, failed = 1; failed; n++) {
		struct world_use before;
		enum os_err err;

		world_fini();
		world_init(0);
		world_boot();
		world.cpus = 2;
		open_trace("");
		before = world_use();
		world.memory.calls = world.memory.failed = 0;
		world.memory.fail_at = n;
		err = switches(trace, EVENTS);
		failed = world.memory.failed;
		world.memory.fail_at = 0;
		assert_int_equal(err != OS_OK, failed != 0);
		if (failed) {
			assert_int_equal(world.recording, 0);
			assert_null(core.trace_cpus);
			assert_int_equal(world_use().ram_used, before.ram_used);
			assert_int_equal(world_use().caps_used, before.caps_used);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_thread_asks_and_gets_a_ring),
		TEST(rings_of_ended_threads_are_used_last),
		TEST(it_can_be_paused),
		TEST(what_ended_can_still_be_read),
		TEST(the_end_of_the_session_ends_it),
		TEST(new_components_are_traced_from_the_start),
		TEST(the_donation_is_all_there_is),
		TEST(two_tracers_do_not_share_a_component),
		TEST(failures_leave_nothing),
		TEST(each_cpu_has_a_ring),
		TEST(switches_are_for_one_who_sees_everything),
		TEST(failures_leave_no_cpu_recording),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
