/* SPDX-License-Identifier: BSD-2-Clause */
/* Exceptions, and who is told of them; pauses; steps; registers. */

#include <string.h>

#include "world.h"

#define TEST(f)  cmocka_unit_test_setup_teardown(f, world_setup, world_teardown)

#define DIVISION THREAD_EXCEPTION_DIVISION

static const struct signal_context_cap none;

/* A context of the root component. */
static struct signal_context *new_context(struct signal_context_cap *cap)
{
	struct signal_context *context;

	assert_int_equal(signal_context_create(pd_ep(core.root, OS_EP_MAIN), core.root->account, 9,
	                                       &context),
	                 OS_OK);
	assert_int_equal(cap_insert(core.root, &context->object, &cap->cap.slot), OS_OK);
	return context;
}

static bool has_crashed(const struct child *child)
{
	return child->object->state == PD_STATE_CRASHED;
}

static enum thread_exception kind_of(struct child *child, uint64_t *address, uint64_t *ip)
{
	enum thread_exception kind;

	assert_int_equal(thread_exception(child->thread, &kind, address, ip), OS_OK);
	return kind;
}

static void without_a_handler_an_exception_is_the_end(void **state)
{
	struct child child;

	(void)state;
	assert_int_equal(child_start(&child, 10, "a"), OS_OK);
	exception_meet(child.main, DIVISION, 0x1234, NULL);
	assert_true(has_crashed(&child));
	child_stop(&child);
	world_check();
}

static void the_session_is_told_each_exception_once_in_order(void **state)
{
	struct signal_context_cap cap;
	struct signal_context *context = new_context(&cap);
	struct thread_cap other, told;
	struct child child;
	struct thread *second;
	uint64_t address, ip;

	(void)state;
	assert_int_equal(child_start(&child, 10, "a"), OS_OK);
	assert_int_equal(cpu_thread(child.cpu, child.pd, "other", 1, &other), OS_OK);
	second = OS_LIST_ITEM(os_list_last(&child.object->threads), struct thread, pd_node);
	assert_int_equal(cpu_exception_sigh(child.cpu, cap), OS_OK);
	assert_int_equal(cpu_exception_thread(child.cpu, &told), OS_ERR_EMPTY);
	second->platform.registers.rip = 0x77;
	exception_meet(second, DIVISION, 0x1234, NULL);
	exception_meet(child.main, THREAD_EXCEPTION_READ, 0x5678, NULL);
	assert_int_equal(context->pending, 2);
	assert_int_equal(cpu_exception_thread(child.cpu, &told), OS_OK);
	assert_int_equal(told.cap.slot, other.cap.slot);
	os_cap_drop(told.cap);
	assert_int_equal(cpu_exception_thread(child.cpu, &told), OS_OK);
	assert_int_equal(told.cap.slot, child.thread.cap.slot);
	os_cap_drop(told.cap);
	assert_int_equal(cpu_exception_thread(child.cpu, &told), OS_ERR_EMPTY);
	/* told is not answered */
	assert_int_equal(kind_of(&child, &address, &ip), THREAD_EXCEPTION_READ);
	assert_int_equal(address, 0x5678);
	assert_int_equal(thread_proceed(child.thread, THREAD_ANSWER_RESUME), OS_OK);
	assert_int_equal(child.main->platform.proceeded, 1);
	assert_int_equal(kind_of(&child, &address, &ip), THREAD_EXCEPTION_NONE);
	assert_int_equal(address | ip, 0);
	assert_int_equal(thread_proceed(child.thread, THREAD_ANSWER_RESUME), OS_ERR_EMPTY);
	assert_int_equal(thread_proceed(other, THREAD_ANSWER_END), OS_OK);
	assert_true(has_crashed(&child));
	os_cap_drop(other.cap);
	child_stop(&child);
	world_check();
}

static void a_handler_that_comes_late_is_told(void **state)
{
	struct signal_context_cap first, second;
	struct signal_context *gone = new_context(&first), *context = new_context(&second);
	struct thread_cap told;
	struct child child;

	(void)state;
	assert_int_equal(child_start(&child, 10, "a"), OS_OK);
	assert_int_equal(cpu_exception_sigh(child.cpu, first), OS_OK);
	exception_meet(child.main, DIVISION, 1, NULL);
	assert_int_equal(gone->pending, 1);
	/* its handler ends: it waits for the next one */
	object_destroy(&gone->object);
	assert_false(has_crashed(&child));
	assert_int_equal(cpu_exception_sigh(child.cpu, second), OS_OK);
	assert_int_equal(context->pending, 1);
	assert_int_equal(cpu_exception_thread(child.cpu, &told), OS_OK);
	os_cap_drop(told.cap);
	/* told, so that nobody is told again */
	assert_int_equal(cpu_exception_sigh(child.cpu, second), OS_OK);
	assert_int_equal(context->pending, 1);
	os_cap_drop(first.cap);
	child_stop(&child);
	world_check();
}

static void a_thread_may_have_a_handler_of_its_own(void **state)
{
	struct signal_context_cap session_cap, own_cap;
	struct signal_context *session = new_context(&session_cap), *own = new_context(&own_cap);
	struct thread_cap told;
	struct child child;

	(void)state;
	assert_int_equal(child_start(&child, 10, "a"), OS_OK);
	assert_int_equal(cpu_exception_sigh(child.cpu, session_cap), OS_OK);
	exception_meet(child.main, DIVISION, 1, NULL);
	assert_int_equal(session->pending, 1);
	/* it takes over what was not asked for */
	assert_int_equal(thread_exception_sigh(child.thread, own_cap), OS_OK);
	assert_int_equal(own->pending, 1);
	assert_int_equal(cpu_exception_thread(child.cpu, &told), OS_ERR_EMPTY);
	/* and gives it back */
	assert_int_equal(thread_exception_sigh(child.thread, none), OS_OK);
	assert_int_equal(session->pending, 2);
	assert_int_equal(cpu_exception_thread(child.cpu, &told), OS_OK);
	os_cap_drop(told.cap);
	child_stop(&child);
	world_check();
}

static void a_step_waits_without_a_handler(void **state)
{
	struct child child;
	uint64_t address, ip;

	(void)state;
	assert_int_equal(child_start(&child, 10, "a"), OS_OK);
	assert_int_equal(thread_single_step(child.thread, true), OS_ERR_BUSY);
	assert_int_equal(thread_pause(child.thread), OS_OK);
	assert_int_equal(thread_single_step(child.thread, true), OS_OK);
	assert_true(child.main->platform.stepping);
	assert_int_equal(thread_resume(child.thread), OS_OK);
	exception_meet(child.main, THREAD_EXCEPTION_STEP, 1, NULL);
	assert_false(has_crashed(&child));
	assert_int_equal(kind_of(&child, &address, &ip), THREAD_EXCEPTION_STEP);
	assert_int_equal(thread_single_step(child.thread, false), OS_OK);
	assert_int_equal(thread_proceed(child.thread, THREAD_ANSWER_RESUME), OS_OK);
	child_stop(&child);
	world_check();
}

static void pauses_are_counted(void **state)
{
	struct child child;

	(void)state;
	assert_int_equal(child_start(&child, 10, "a"), OS_OK);
	assert_int_equal(thread_resume(child.thread), OS_ERR_EMPTY);
	assert_int_equal(thread_pause(child.thread), OS_OK);
	assert_int_equal(thread_pause(child.thread), OS_OK);
	assert_int_equal(thread_resume(child.thread), OS_OK);
	assert_true(child.main->platform.paused);
	assert_int_equal(thread_resume(child.thread), OS_OK);
	assert_false(child.main->platform.paused);
	assert_int_equal(thread_resume(child.thread), OS_ERR_EMPTY);
	child.main->pauses = UINT32_MAX;
	assert_int_equal(thread_pause(child.thread), OS_ERR_LIMIT);
	child_stop(&child);
	world_check();
}

static void registers_are_those_of_user_land(void **state)
{
	struct os_registers r = { .rax = 1, .rip = 0x1000, .rflags = 0x302 };
	uint8_t bytes[THREAD_REGISTERS_REGISTERS_SIZE];
	struct child child;
	size_t size;

	(void)state;
	assert_int_equal(child_start(&child, 10, "a"), OS_OK);
	assert_int_equal(thread_registers(child.thread, bytes, &size), OS_ERR_BUSY);
	assert_int_equal(thread_registers_set(child.thread, &r, sizeof(r)), OS_ERR_BUSY);
	assert_int_equal(thread_pause(child.thread), OS_OK);
	assert_int_equal(thread_registers_set(child.thread, &r, sizeof(r) - 1), OS_ERR_INVALID);
	assert_int_equal(thread_registers_set(child.thread, &r, sizeof(r)), OS_OK);
	/* the trap flag is not for it to set, nor to see */
	assert_int_equal(child.main->platform.registers.rflags, 0x202);
	assert_int_equal(thread_single_step(child.thread, true), OS_OK);
	assert_int_equal(thread_registers_set(child.thread, &r, sizeof(r)), OS_OK);
	assert_int_equal(child.main->platform.registers.rflags, 0x302);
	assert_int_equal(thread_registers(child.thread, bytes, &size), OS_OK);
	assert_int_equal(size, sizeof(r));
	memcpy(&r, bytes, sizeof(r));
	assert_int_equal(r.rflags, 0x202);
	for (uint32_t i = 0; i < 3; i++) {
		struct os_registers bad = r;

		*(i == 0 ? &bad.rip : i == 1 ? &bad.rsp : &bad.fs_base) = USER_END;
		assert_int_equal(thread_registers_set(child.thread, &bad, sizeof(bad)),
		                 OS_ERR_RANGE);
	}
	child_stop(&child);
	world_check();
}

static void a_thread_that_ends_is_told_no_more(void **state)
{
	struct signal_context_cap cap;
	struct thread_cap told;
	struct child child;

	(void)state;
	(void)new_context(&cap);
	assert_int_equal(child_start(&child, 10, "a"), OS_OK);
	assert_int_equal(cpu_exception_sigh(child.cpu, cap), OS_OK);
	exception_meet(child.main, DIVISION, 1, NULL);
	pd_ended(child.object, PD_STATE_KILLED, "in a test");
	assert_int_equal(cpu_exception_thread(child.cpu, &told), OS_ERR_EMPTY);
	assert_int_equal(thread_proceed(child.thread, THREAD_ANSWER_RESUME), OS_ERR_GONE);
	child_stop(&child);
	world_check();
}

static void a_fault_that_nobody_resolves_is_an_exception(void **state)
{
	struct signal_context_cap cap;
	struct signal_context *context = new_context(&cap);
	struct resolved where;
	struct child child;
	uint64_t address, ip;

	(void)state;
	assert_int_equal(child_start(&child, 10, "a"), OS_OK);
	assert_int_equal(cpu_exception_sigh(child.cpu, cap), OS_OK);
	assert_false(fault_begin(child.main, 0x1230, REGION_MAP_FAULT_KIND_WRITE, &where));
	assert_int_equal(context->pending, 1);
	assert_int_equal(kind_of(&child, &address, &ip), THREAD_EXCEPTION_WRITE);
	assert_int_equal(address, 0x1230);
	assert_int_equal(thread_proceed(child.thread, THREAD_ANSWER_RESUME), OS_OK);
	/* beyond all addresses, it is one as well */
	assert_false(fault_begin(child.main, UINT64_MAX, REGION_MAP_FAULT_KIND_EXECUTE, &where));
	assert_int_equal(kind_of(&child, &address, &ip), THREAD_EXCEPTION_EXECUTE);
	assert_int_equal(thread_proceed(child.thread, THREAD_ANSWER_END), OS_OK);
	assert_true(has_crashed(&child));
	child_stop(&child);
	world_check();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(without_a_handler_an_exception_is_the_end),
		TEST(the_session_is_told_each_exception_once_in_order),
		TEST(a_handler_that_comes_late_is_told),
		TEST(a_thread_may_have_a_handler_of_its_own),
		TEST(a_step_waits_without_a_handler),
		TEST(pauses_are_counted),
		TEST(registers_are_those_of_user_land),
		TEST(a_thread_that_ends_is_told_no_more),
		TEST(a_fault_that_nobody_resolves_is_an_exception),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
