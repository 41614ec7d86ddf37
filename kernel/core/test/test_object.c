/* SPDX-License-Identifier: BSD-2-Clause */
/* Objects: made of given memory, and gone without a trace, in any order. */

#include <world.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <cmocka.h>

enum { PD = OS_KERNEL_ROOT_PD };

static void fill_table(void)
{
	uint32_t slot;
	static struct gate gate;

	gate = (struct gate){ .object.kind = OS_KIND_GATE };
	while (world.root->slots_free)
		assert_int_equal(cap_insert(world.root, &gate.object, 1, false, true, &slot),
		                 OS_OK);
}

/* ------------------------------------------------------------------ make */

static void objects_are_what_was_asked_for(void **state)
{
	uint64_t slot = made(SYS(ENDPOINT_CREATE, MACHINE, PD, unit_new(128), 5, 1)), gate, context;
	struct endpoint *endpoint = (struct endpoint *)object_in(slot);
	struct slot *at = slot_at(world.root, slot);

	(void)state;
	assert_int_equal(endpoint->object.kind, OS_KIND_ENDPOINT);
	assert_ptr_equal(endpoint->pd, world.root);
	assert_int_equal(endpoint->tag, 5);
	assert_int_equal(endpoint->flags, OS_ENDPOINT_RAW);
	assert_int_equal(at->rights, OS_RIGHT_ALL);
	assert_int_equal(at->counted, 0);
	gate = gate_new(slot, 77);
	assert_ptr_equal(((struct gate *)object_in(gate))->endpoint, endpoint);
	assert_int_equal(((struct gate *)object_in(gate))->badge, 77);
	assert_int_equal(((struct gate *)object_in(gate))->cookie, 99);
	assert_int_equal(object_in(gate)->type, 0x1234);
	context = context_new(slot, 78);
	assert_ptr_equal(((struct context *)object_in(context))->endpoint, endpoint);
	assert_int_equal(((struct context *)object_in(context))->badge, 78);
	assert_int_equal(((struct context *)object_in(context))->count, 0);
	slot = made(SYS(SEMAPHORE_CREATE, MACHINE, unit_new(64), 3, OS_ORDER_PRIORITY));
	assert_int_equal(((struct semaphore *)object_in(slot))->count, 3);
	assert_int_equal(((struct semaphore *)object_in(slot))->order, OS_ORDER_PRIORITY);
	slot = made(SYS(MUTEX_CREATE, MACHINE, unit_new(64), OS_ORDER_FIFO));
	assert_null(((struct mutex *)object_in(slot))->owner);
}

static void bad_memory_and_arguments_make_nothing(void **state)
{
	uint64_t endpoint = endpoint_new(PD), free = unit_new(128), used = unit_new(64);
	uint64_t at = page_new(), next = free + 64;

	(void)state;
	made(SYS(MUTEX_CREATE, MACHINE, used, 0));
	assert_int_equal(SYS(MUTEX_CREATE, MACHINE, used, 0), OS_ERR_BUSY);
	assert_int_equal(SYS(MUTEX_CREATE, MACHINE, free + 8, 0), OS_ERR_ALIGN);
	assert_int_equal(SYS(MUTEX_CREATE, MACHINE, at + 64, 0), OS_ERR_INVALID);
	assert_int_equal(SYS(MUTEX_CREATE, MACHINE, free, 2), OS_ERR_INVALID);
	assert_int_equal(SYS(SEMAPHORE_CREATE, MACHINE, free, 0, 2), OS_ERR_INVALID);
	assert_int_equal(SYS(ENDPOINT_CREATE, MACHINE, PD, free, 0, 2), OS_ERR_INVALID);
	assert_int_equal(SYS(ENDPOINT_CREATE, MACHINE, PD, free, 0, 1ul << 32), OS_ERR_INVALID);
	assert_int_equal(SYS(ENDPOINT_CREATE, MACHINE, PD, next, 0, 0), OS_ERR_BUSY);
	assert_int_equal(SYS(ENDPOINT_CREATE, MACHINE, endpoint, free, 0, 0), OS_ERR_CAP_TYPE);
	assert_int_equal(SYS(ENDPOINT_CREATE, PD, PD, free, 0, 0), OS_ERR_CAP_TYPE);
	assert_int_equal(SYS(GATE_CREATE, MACHINE, endpoint, free, 0, 1ul << 32, 0),
	                 OS_ERR_INVALID);
	assert_int_equal(SYS(SIGNAL_CREATE, MACHINE, endpoint, free, 0, 1ul << 32, 0),
	                 OS_ERR_INVALID);
	assert_int_equal(SYS(GATE_CREATE, MACHINE, 0, free, 0, 0, 0), OS_ERR_CAP_INVALID);
	/* After all that the unit is still free. */
	assert_int_equal(SYS(ENDPOINT_CREATE, MACHINE, PD, free, 0, 0), OS_OK);
}

static void a_full_table_makes_nothing(void **state)
{
	uint64_t endpoint = endpoint_new(PD), context = context_new(endpoint, 1);
	uint64_t unit = unit_new(128), pages[2] = { page_new(), page_new() };
	uint32_t used;

	(void)state;
	fill_table();
	used = pages_used();
	assert_int_equal(SYS(ENDPOINT_CREATE, MACHINE, PD, unit, 0, 0), OS_ERR_CAP_SLOTS);
	assert_int_equal(SYS(GATE_CREATE, MACHINE, endpoint, unit, 0, 0, 0), OS_ERR_CAP_SLOTS);
	assert_int_equal(SYS(SIGNAL_CREATE, MACHINE, endpoint, unit, 0, 0, 0), OS_ERR_CAP_SLOTS);
	assert_int_equal(SYS(SEMAPHORE_CREATE, MACHINE, unit, 0, 0), OS_ERR_CAP_SLOTS);
	assert_int_equal(SYS(MUTEX_CREATE, MACHINE, unit, 0), OS_ERR_CAP_SLOTS);
	assert_int_equal(SYS(INTERRUPT_CREATE, MACHINE, context, unit, 4), OS_ERR_CAP_SLOTS);
	assert_int_equal(SYS(PD_CREATE, MACHINE, pages[0], 0), OS_ERR_CAP_SLOTS);
	assert_int_equal(SYS(THREAD_CREATE, MACHINE, PD, pages[0], pages[1], 0), OS_ERR_CAP_SLOTS);
	assert_int_equal(pages_used(), used);
	assert_int_equal(SYS(CAP_DROP, 60, 1), OS_OK);
	assert_int_equal(SYS(ENDPOINT_CREATE, MACHINE, PD, unit, 0, 0), OS_OK);
}

static void an_interrupt_and_its_context(void **state)
{
	uint64_t context = context_new(endpoint_new(PD), 1), unit = unit_new(64), slot;
	struct interrupt *interrupt;

	(void)state;
	assert_int_equal(SYS(INTERRUPT_CREATE, MACHINE, context, unit, 1ul << 20), OS_ERR_RANGE);
	assert_int_equal(SYS(INTERRUPT_CREATE, MACHINE, PD, unit, 4), OS_ERR_CAP_TYPE);
	mock.attach_error = OS_ERR_LIMIT;
	assert_int_equal(SYS(INTERRUPT_CREATE, MACHINE, context, unit, 4), OS_ERR_LIMIT);
	mock.attach_error = OS_OK;
	slot = made(SYS(INTERRUPT_CREATE, MACHINE, context, unit, OS_IRQ_MSI));
	assert_int_equal(world.out.b, 0xfee00000);
	assert_int_equal(world.out.c, 0x40);
	interrupt = (struct interrupt *)object_in(slot);
	assert_ptr_equal(interrupt->context, object_in(context));
	assert_int_equal(interrupt->source, OS_IRQ_MSI);
	assert_int_equal(SYS(INTERRUPT_CREATE, MACHINE, context, unit_new(64), 5), OS_ERR_EXISTS);
	/* The one may go before the other. */
	assert_int_equal(SYS(DESTROY, context), OS_OK);
	assert_null(interrupt->context);
	assert_int_equal(mock_count(MOCK_DETACH, interrupt), 0);
	assert_int_equal(SYS(DESTROY, slot), OS_OK);
	assert_int_equal(mock_count(MOCK_DETACH, interrupt), 1);
	context = context_new(endpoint_new(PD), 1);
	slot = made(SYS(INTERRUPT_CREATE, MACHINE, context, unit_new(64), 4));
	assert_int_equal(SYS(DESTROY, slot), OS_OK);
	assert_null(((struct context *)object_in(context))->interrupt);
	made(SYS(INTERRUPT_CREATE, MACHINE, context, unit_new(64), 4));
}

static void a_thread_and_its_two_pages(void **state)
{
	uint64_t page = page_new(), utcb = page_new(), slot;
	struct thread *thread;

	(void)state;
	assert_int_equal(SYS(THREAD_CREATE, MACHINE, PD, page + 1, utcb, 0), OS_ERR_ALIGN);
	assert_int_equal(SYS(THREAD_CREATE, MACHINE, PD, page, utcb + 1, 0), OS_ERR_ALIGN);
	assert_int_equal(SYS(THREAD_CREATE, MACHINE, PD, page, 0, 0), OS_ERR_INVALID);
	assert_int_equal(SYS(THREAD_CREATE, MACHINE, PD, page, page, 0), OS_ERR_BUSY);
	assert_int_equal(page_use(page), PAGE_FREE);
	assert_int_equal(page_use(utcb), PAGE_FREE);
	slot = made(SYS(THREAD_CREATE, MACHINE, PD, page, utcb, 0x42));
	thread = container_of(object_in(slot), struct thread, object);
	assert_ptr_equal(thread, physical_pointer(page));
	assert_ptr_equal(thread->utcb, physical_pointer(utcb));
	assert_int_equal(thread->cookie, 0x42);
	assert_int_equal(thread->state, OS_THREAD_NEW);
	assert_int_equal(thread->priority, OS_KERNEL_PRIORITY_LOWEST);
	assert_int_equal(thread->fpu_used, 0);
	assert_null(thread->pager.object);
	assert_ptr_equal(page_object(page), &thread->object);
	assert_ptr_equal(page_object(utcb), &thread->object);
}

/* ------------------------------------------------------------------ destroy */

static void what_cannot_be_destroyed(void **state)
{
	uint64_t gate = gate_new(endpoint_new(PD), 1);

	(void)state;
	assert_int_equal(SYS(DESTROY, MACHINE), OS_ERR_INVALID);
	assert_int_equal(SYS(DESTROY, OS_KERNEL_ROOT_PD), OS_ERR_INVALID);
	assert_int_equal(SYS(DESTROY, OS_KERNEL_ROOT_THREAD), OS_ERR_INVALID);
	assert_int_equal(SYS(DESTROY, 0), OS_ERR_CAP_INVALID);
	slot_at(world.root, gate)->rights = OS_RIGHT_USE | OS_RIGHT_COPY;
	assert_int_equal(SYS(DESTROY, gate), OS_ERR_DENIED);
	slot_at(world.root, gate)->rights = OS_RIGHT_CONTROL;
	assert_int_equal(SYS(DESTROY, gate), OS_OK);
	assert_int_equal(SYS(DESTROY, gate), OS_ERR_GONE);
}

static void capabilities_to_it_are_dead_everywhere(void **state)
{
	uint64_t pd = pd_new(1, 0), gate = gate_new(endpoint_new(PD), 1);
	uint64_t memory = pointer_physical(object_in(gate));

	(void)state;
	made(SYS(CAP_GRANT, pd, gate, OS_RIGHT_USE, 0));
	assert_int_equal(SYS(DESTROY, gate), OS_OK);
	assert_int_equal(SYS(CAP_DUP, gate), OS_ERR_GONE);
	assert_int_equal(SYS(CAP_LOOKUP, pd, 1), OS_ERR_GONE);
	assert_int_equal(pd_at(pd)->slots_used, 1);
	assert_int_equal(SYS(CAP_REMOVE, pd, 1, 1), OS_OK);
	assert_int_equal(SYS(CAP_DROP, gate, 1), OS_OK);
	made(SYS(MUTEX_CREATE, MACHINE, memory, 0));
}

static void many_capabilities_take_many_steps(void **state)
{
	uint64_t gate = gate_new(endpoint_new(PD), 1), mine = 0;
	uint32_t slot, held = 0;

	(void)state;
	for (uint32_t i = 0; i < 4; i++)
		made(SYS(PD_GIVE, MACHINE, PD, page_new(), OS_GIVE_SLOTS));
	while (world.root->slots_free) {
		assert_int_equal(
		        cap_insert(world.root, object_in(gate), OS_RIGHT_ALL, true, true, &slot),
		        OS_OK);
		if (++held == 2 * BATCH)
			mine = slot; /* one of many, which is needed to the end */
	}
	assert_true(held > 3 * BATCH);
	assert_int_equal(SYS(DESTROY, mine), OS_OK);
	assert_int_equal(world.restarts, (held + 1 + BATCH - 1) / BATCH - 1);
	assert_int_equal(SYS(CAP_DROP, slot, 1), OS_OK);
	assert_int_equal(SYS(CAP_DROP, gate, 1), OS_OK);
}

static void nobody_gets_what_is_being_destroyed(void **state)
{
	uint64_t pd = pd_new(1, 0), thread = thread_new(pd);
	uint32_t slot;

	(void)state;
	for (uint32_t i = 0; i < 2; i++)
		made(SYS(PD_GIVE, MACHINE, PD, page_new(), OS_GIVE_SLOTS));
	while (world.root->slots_free > 2)
		assert_int_equal(cap_insert(world.root, object_in(thread), 1, true, true, &slot),
		                 OS_OK);
	slot_outlive(slot_at(world.root, thread));
	assert_false(object_destroy(object_in(thread)));
	assert_int_equal(SYS(THREAD_START, thread, 0x1000, 0, 0), OS_ERR_GONE);
	assert_int_equal(SYS(CAP_GRANT, pd, thread, OS_RIGHT_USE, 0), OS_ERR_GONE);
	object_in(pd)->dying = true;
	assert_int_equal(SYS(THREAD_CREATE, MACHINE, pd, page_new(), page_new(), 0), OS_ERR_GONE);
	assert_int_equal(SYS(CAP_GRANT, pd, PD, OS_RIGHT_USE, 0), OS_ERR_GONE);
	assert_int_equal(SYS(PD_GIVE, MACHINE, pd, page_new(), OS_GIVE_SLOTS), OS_ERR_GONE);
	assert_int_equal(SYS(MAP, MACHINE, pd, 0, 0, 4096, OS_MAP_READ), OS_ERR_GONE);
	assert_int_equal(SYS(DESTROY, thread), OS_OK);
	assert_int_equal(SYS(DESTROY, pd), OS_OK);
}

static void a_pager_and_a_handler_that_are_gone_are_none(void **state)
{
	uint64_t pd = pd_new(1, 0), thread = thread_new(pd), gate = gate_new(endpoint_new(PD), 1);
	struct thread *object = container_of(object_in(thread), struct thread, object);

	(void)state;
	made(SYS(THREAD_SETUP, thread, gate, 10, 0));
	made(SYS(PD_SYSCALLS, pd, gate));
	assert_ptr_equal(thread_pager(object), object_in(gate));
	assert_ptr_equal(pd_at(pd)->syscall_gate.object, object_in(gate));
	assert_int_equal(SYS(DESTROY, gate), OS_OK);
	assert_null(thread_pager(object));
	assert_null(pd_at(pd)->syscall_gate.object);
}

/* Memory is taken back in any order; what lives in it goes, and all pages are free at the end. */
static void any_order_of_ends(void **state)
{
	enum { PDS = 3, EACH = 4 };

	(void)state;
	for (uint32_t seed = 1; seed < 60; seed++) {
		uint32_t random = seed, used, first;

		assert_int_equal(world_setup(state), 0);
		first = pages_used();
		made(SYS(PD_GIVE, MACHINE, PD, page_new(), OS_GIVE_SLOTS));
		for (uint32_t i = 0; i < PDS; i++) {
			uint64_t pd = pd_new(1, 4), endpoint = endpoint_new(pd), gate, context;

			made(SYS(CAP_GRANT, pd, pd, OS_RIGHT_ALL, 0));
			for (uint32_t j = 0; j < EACH; j++) {
				uint64_t thread = thread_new(pd);

				gate = gate_new(endpoint, j);
				made(SYS(CAP_GRANT, pd, gate, OS_RIGHT_ALL, 0));
				made(SYS(CAP_GRANT, pd, thread, OS_RIGHT_ALL, 0));
				made(SYS(THREAD_SETUP, thread, gate, j, j % 2));
				made(SYS(THREAD_START, thread, 0x1000, 0x2000, 0));
			}
			context = context_new(endpoint, 9);
			made(SYS(INTERRUPT_CREATE, MACHINE, context, unit_new(64), i));
			made(SYS(MAP, MACHINE, pd, i << 21, 1 << 30, 0x3000, OS_MAP_READ));
		}
		used = pages_used();
		assert_true(used > first);
		while (used > first + 1) {
			uint64_t page = 0;

			do {
				random = random * 1664525 + 1013904223;
				page = (uint64_t)(random >> 16) % MOCK_PAGES * OS_KERNEL_PAGE;
			} while (page_use(page) < PAGE_UNITS ||
			         page_object(page) == &world.root->object ||
			         page_object(page) == &world.self->object);
			assert_int_equal(SYS(MEMORY_TAKE, MACHINE, page), OS_OK);
			assert_int_equal(page_use(page), PAGE_FREE);
			assert_true(pages_used() < used);
			used = pages_used();
		}
		for (uint64_t slot = 4; slot < world.root->slot_count; slot++)
			assert_true(!slot_at(world.root, slot)->count ||
			            !slot_at(world.root, slot)->object);
		assert_int_equal(mock_cpus[0].ready_bits[0] | mock_cpus[1].ready_bits[0], 0);
	}
}

#define CASE(test) cmocka_unit_test_setup(test, world_setup)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(objects_are_what_was_asked_for),
		CASE(bad_memory_and_arguments_make_nothing),
		CASE(a_full_table_makes_nothing),
		CASE(an_interrupt_and_its_context),
		CASE(a_thread_and_its_two_pages),
		CASE(what_cannot_be_destroyed),
		CASE(capabilities_to_it_are_dead_everywhere),
		CASE(many_capabilities_take_many_steps),
		CASE(nobody_gets_what_is_being_destroyed),
		CASE(a_pager_and_a_handler_that_are_gone_are_none),
		CASE(any_order_of_ends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
