/* SPDX-License-Identifier: BSD-2-Clause */
/* Capability tables: what is in a slot, how it gets there, and how it goes. */

#include <world.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <cmocka.h>

/* So far apart that many meet in a bucket. */
enum { OBJECTS = 200, DISTANCE = 41 };

/* Objects of which nothing but the capabilities matters. */
static struct gate objects[OBJECTS * DISTANCE] __attribute__((aligned(64)));

static int setup(void **state)
{
	memset(objects, 0, sizeof(objects));
	for (uint32_t i = 0; i < OBJECTS * DISTANCE; i++)
		objects[i].object.kind = OS_KIND_GATE;
	return world_setup(state);
}

static struct object *object_of(uint32_t i)
{
	return &objects[i * DISTANCE].object;
}

static uint32_t insert(struct pd *pd, uint32_t i)
{
	uint32_t slot = 0;

	assert_int_equal(cap_insert(pd, object_of(i), OS_RIGHT_ALL, true, false, &slot), OS_OK);
	return slot;
}

static uint32_t count_at(struct pd *pd, uint32_t slot)
{
	return slot_at(pd, slot)->count;
}

/* ------------------------------------------------------------------ look up */

static void finds_what_is_there_and_tells_what_is_not(void **state)
{
	struct pd *pd = world.root;
	struct object *object;
	uint32_t slot = 0;

	(void)state;
	assert_int_equal(cap_insert(pd, object_of(0), OS_RIGHT_USE, true, false, &slot), OS_OK);
	assert_int_equal(cap_find(pd, slot, OS_KIND_GATE, OS_RIGHT_USE, &object), OS_OK);
	assert_ptr_equal(object, object_of(0));
	assert_int_equal(cap_find(pd, slot, OS_KIND_NONE, OS_RIGHT_USE, &object), OS_OK);
	assert_int_equal(cap_find(pd, slot, OS_KIND_PD, OS_RIGHT_USE, &object), OS_ERR_CAP_TYPE);
	assert_int_equal(cap_find(pd, slot, OS_KIND_GATE, OS_RIGHT_COPY, &object), OS_ERR_DENIED);
	assert_int_equal(cap_find(pd, 0, OS_KIND_NONE, 0, &object), OS_ERR_CAP_INVALID);
	assert_int_equal(cap_find(pd, slot + 1, OS_KIND_NONE, 0, &object), OS_ERR_CAP_INVALID);
	assert_int_equal(cap_find(pd, 63, OS_KIND_NONE, 0, &object), OS_ERR_CAP_INVALID);
	assert_int_equal(cap_find(pd, 64, OS_KIND_NONE, 0, &object), OS_ERR_CAP_INVALID);
	assert_int_equal(cap_find(pd, UINT64_MAX, OS_KIND_NONE, 0, &object), OS_ERR_CAP_INVALID);
	assert_int_equal(cap_find(pd, 1ul << 32 | slot, OS_KIND_NONE, 0, &object),
	                 OS_ERR_CAP_INVALID);
	assert_true(object_revoke(object_of(0), 1));
	assert_int_equal(cap_find(pd, slot, OS_KIND_GATE, OS_RIGHT_USE, &object), OS_ERR_GONE);
}

static void a_dying_object_is_gone_except_for_who_destroys_it(void **state)
{
	struct object *object;
	uint32_t slot = insert(world.root, 0);

	(void)state;
	object_of(0)->dying = true;
	assert_int_equal(cap_find(world.root, slot, OS_KIND_GATE, 0, &object), OS_ERR_GONE);
	assert_int_equal(cap_find(world.root, slot, OS_KIND_NONE, 0, &object), OS_OK);
	assert_int_equal(cap_insert(world.root, object_of(0), 1, true, false, &slot), OS_ERR_GONE);
	assert_int_equal(cap_insert_at(world.root, object_of(0), 1, true, 40), OS_ERR_GONE);
}

/* ------------------------------------------------------------------ insert */

static void what_is_held_already_is_held_once_more(void **state)
{
	struct pd *pd = world.root;
	uint32_t slot = 0, again = 0, used = pd->slots_used;

	(void)state;
	assert_int_equal(cap_insert(pd, object_of(0), OS_RIGHT_USE, true, false, &slot), OS_OK);
	assert_int_equal(cap_insert(pd, object_of(0), OS_RIGHT_ALL, false, false, &again), OS_OK);
	assert_int_equal(slot, again);
	assert_int_equal(count_at(pd, slot), 2);
	/* With the rights that it had, and counted once. */
	assert_int_equal(slot_at(pd, slot)->rights, OS_RIGHT_USE);
	assert_int_equal(pd->slots_used, used + 1);
	/* But not if a slot of its own is wanted. */
	assert_int_equal(cap_insert(pd, object_of(0), OS_RIGHT_ALL, false, true, &again), OS_OK);
	assert_int_not_equal(slot, again);
	assert_int_equal(pd->slots_used, used + 1);
}

static void held_too_often(void **state)
{
	uint32_t slot = insert(world.root, 0);

	(void)state;
	slot_at(world.root, slot)->count = UINT32_MAX;
	assert_int_equal(cap_insert(world.root, object_of(0), 1, true, false, &slot), OS_ERR_LIMIT);
	assert_int_equal(SYS(CAP_DUP, slot), OS_ERR_LIMIT);
	assert_int_equal(count_at(world.root, slot), UINT32_MAX);
}

static void slots_are_used_again_as_late_as_possible(void **state)
{
	struct pd *pd = world.root;
	uint32_t first = insert(pd, 0), free = pd->slots_free;

	(void)state;
	assert_int_equal(cap_drop(pd, first, 1), OS_OK);
	for (uint32_t i = 0; i < free; i++)
		assert_int_not_equal(insert(pd, 1 + i), first);
	assert_int_equal(insert(pd, 1 + free), first);
}

static void a_table_that_is_full(void **state)
{
	struct pd *pd = world.root;
	uint32_t slot, n = 0;

	(void)state;
	assert_true(cap_room(pd, pd->slots_free));
	assert_false(cap_room(pd, pd->slots_free + 1));
	for (; pd->slots_free; n++)
		assert_int_not_equal(insert(pd, n), 0);
	assert_int_equal(n, 60); /* 64, without slot 0 and what root starts with */
	assert_int_equal(cap_insert(pd, object_of(n), 1, true, false, &slot), OS_ERR_CAP_SLOTS);
	assert_int_equal(cap_insert(pd, object_of(0), 1, true, false, &slot), OS_OK);
	assert_int_equal(cap_table_add(pd, page_new()), OS_OK);
	assert_int_equal(insert(pd, n), 64);
	assert_int_equal(pd->slots_free, 63);
}

static void counted_slots_are_limited(void **state)
{
	struct pd *pd = world.root;
	uint32_t slot, kept;

	(void)state;
	made(SYS(PD_LIMIT, OS_KERNEL_ROOT_PD, 2));
	kept = insert(pd, 0);
	insert(pd, 1);
	assert_true(cap_room(pd, 0));
	assert_false(cap_room(pd, 1));
	assert_int_equal(cap_insert(pd, object_of(2), 1, true, false, &slot), OS_ERR_OUT_OF_CAPS);
	assert_int_equal(cap_insert_at(pd, object_of(2), 1, true, 50), OS_ERR_OUT_OF_CAPS);
	assert_int_equal(cap_insert(pd, object_of(2), 1, false, false, &slot), OS_OK);
	assert_int_equal(SYS(PD_LIMIT, OS_KERNEL_ROOT_PD, 1), OS_ERR_RANGE);
	/* A dead one counts until it is dropped. */
	assert_true(object_revoke(object_of(0), 1));
	assert_int_equal(cap_insert(pd, object_of(3), 1, true, false, &slot), OS_ERR_OUT_OF_CAPS);
	assert_int_equal(cap_drop(pd, kept, 1), OS_OK);
	assert_int_equal(cap_insert(pd, object_of(3), 1, true, false, &slot), OS_OK);
}

static void into_a_certain_slot(void **state)
{
	struct pd *pd = world.root;
	struct object *object;
	uint32_t free = pd->slots_free;

	(void)state;
	assert_int_equal(cap_insert_at(pd, object_of(0), 1, true, 0), OS_ERR_RANGE);
	assert_int_equal(cap_insert_at(pd, object_of(0), 1, true, 64), OS_ERR_RANGE);
	assert_int_equal(cap_insert_at(pd, object_of(0), 1, true, 1), OS_ERR_EXISTS);
	assert_int_equal(cap_insert_at(pd, object_of(0), 1, true, 30), OS_OK);
	assert_int_equal(cap_insert_at(pd, object_of(1), 1, true, 30), OS_ERR_EXISTS);
	/* The first, the last, and one in the middle of the free ones. */
	assert_int_equal(cap_insert_at(pd, object_of(1), 1, true, 4), OS_OK);
	assert_int_equal(cap_insert_at(pd, object_of(2), 1, true, 63), OS_OK);
	assert_int_equal(pd->slots_free, free - 3);
	assert_int_equal(cap_find(pd, 30, OS_KIND_GATE, 1, &object), OS_OK);
	for (uint32_t i = 3; pd->slots_free; i++)
		insert(pd, i);
	for (uint32_t i = 1; i < 64; i++)
		assert_int_equal(count_at(pd, i), 1);
}

/* ------------------------------------------------------------------ drop */

static void held_less_often(void **state)
{
	struct pd *pd = world.root;
	uint32_t slot = insert(pd, 0), used = pd->slots_used, free = pd->slots_free;

	(void)state;
	insert(pd, 0);
	insert(pd, 0);
	assert_int_equal(cap_drop(pd, slot, 4), OS_ERR_RANGE);
	assert_int_equal(cap_drop(pd, slot, 1ul << 32 | 1), OS_ERR_RANGE);
	assert_int_equal(count_at(pd, slot), 3);
	assert_int_equal(cap_drop(pd, slot, 2), OS_OK);
	assert_int_equal(count_at(pd, slot), 1);
	assert_int_equal(pd->slots_used, used);
	assert_int_equal(cap_drop(pd, slot, 1), OS_OK);
	assert_int_equal(pd->slots_used, used - 1);
	assert_int_equal(pd->slots_free, free + 1);
	assert_null(object_of(0)->slots);
	assert_int_equal(cap_drop(pd, slot, 1), OS_ERR_CAP_INVALID);
	assert_int_equal(cap_drop(pd, 0, 0), OS_ERR_CAP_INVALID);
	assert_int_equal(cap_drop(pd, 64, 1), OS_ERR_CAP_INVALID);
}

static void dead_ones_are_dropped_like_others(void **state)
{
	struct pd *pd = world.root;
	uint32_t slot = insert(pd, 0), free = pd->slots_free;

	(void)state;
	insert(pd, 0);
	assert_true(object_revoke(object_of(0), 1));
	assert_int_equal(count_at(pd, slot), 2);
	assert_int_equal(pd->slots_free, free);
	assert_int_equal(SYS(CAP_DUP, slot), OS_ERR_GONE);
	assert_int_equal(SYS(CAP_BADGE, slot), OS_ERR_GONE);
	assert_int_equal(SYS(CAP_LOOKUP, OS_KERNEL_ROOT_PD, slot), OS_ERR_GONE);
	/* The same object at the same place is another one, in another slot. */
	assert_int_not_equal(insert(pd, 0), slot);
	assert_int_equal(cap_drop(pd, slot, 3), OS_ERR_RANGE);
	assert_int_equal(cap_drop(pd, slot, 2), OS_OK);
	assert_int_equal(pd->slots_free, free);
}

static void a_right_to_reply_that_is_dropped_tells_the_caller(void **state)
{
	uint64_t slot = thread_new(OS_KERNEL_ROOT_PD);
	struct thread *caller = container_of(object_in(slot), struct thread, object);
	uint32_t reply;

	(void)state;
	caller->state = OS_THREAD_CALLED;
	caller->reply.kind = OS_KIND_REPLY;
	assert_int_equal(cap_insert(world.root, &caller->reply, OS_RIGHT_USE, false, true, &reply),
	                 OS_OK);
	assert_int_equal(SYS(CAP_DUP, reply), OS_ERR_LIMIT);
	assert_int_equal(SYS(CAP_DROP, reply, 1), OS_OK);
	assert_int_equal(caller->state, OS_THREAD_READY);
	assert_int_equal(caller->frame.rax, OS_ERR_GONE);
}

/* ------------------------------------------------------------------ revoke */

static void capabilities_die_in_batches(void **state)
{
	uint32_t slots[40];

	(void)state;
	for (uint32_t i = 0; i < 40; i++)
		assert_int_equal(cap_insert(world.root, object_of(0), 1, false, true, &slots[i]),
		                 OS_OK);
	assert_false(object_revoke(object_of(0), 16));
	assert_false(object_revoke(object_of(0), 16));
	assert_true(object_revoke(object_of(0), 8));
	for (uint32_t i = 0; i < 40; i++) {
		assert_null(slot_at(world.root, slots[i])->object);
		assert_int_equal(count_at(world.root, slots[i]), 1);
	}
	assert_true(object_revoke(object_of(0), 0));
}

static void one_slot_dies_last(void **state)
{
	uint32_t slots[8];

	(void)state;
	for (uint32_t i = 0; i < 8; i++)
		assert_int_equal(cap_insert(world.root, object_of(0), 1, false, true, &slots[i]),
		                 OS_OK);
	slot_outlive(slot_at(world.root, slots[3]));
	assert_false(object_revoke(object_of(0), 7));
	assert_ptr_equal(slot_at(world.root, slots[3])->object, object_of(0));
	assert_true(object_revoke(object_of(0), 1));
	assert_null(slot_at(world.root, slots[3])->object);
}

static void references_outside_of_tables(void **state)
{
	struct slot a = { 0 }, b = { 0 };
	uint32_t slot = insert(world.root, 0);

	(void)state;
	slot_refer(&a, object_of(0));
	slot_refer(&b, object_of(0));
	slot_refer(&b, object_of(1));
	assert_true(object_revoke(object_of(0), BATCH));
	assert_null(a.object);
	assert_null(slot_at(world.root, slot)->object);
	assert_ptr_equal(b.object, object_of(1));
	slot_refer(&b, NULL);
	assert_null(object_of(1)->slots);
	slot_refer(&b, NULL);
}

/* Whatever happens: a held object is found, in its slot, and nothing else is. */
static void any_order_of_changes(void **state)
{
	struct pd *pd = world.root;
	uint32_t held[OBJECTS] = { 0 }, at[OBJECTS] = { 0 }, random = 12345, slot;

	(void)state;
	assert_int_equal(cap_table_add(pd, page_new()), OS_OK);
	for (uint32_t step = 0; step < 20000; step++) {
		uint32_t i, what;

		random = random * 1664525 + 1013904223;
		i = random / 65536 % OBJECTS;
		what = random / 65536 / OBJECTS % 16;
		if (what < 8 && cap_insert(pd, object_of(i), 1, true, false, &slot) == OS_OK) {
			assert_true(!held[i] || at[i] == slot);
			held[i]++;
			at[i] = slot;
		} else if (what < 15 && what >= 8 && held[i]) {
			assert_int_equal(cap_drop(pd, at[i], 1), OS_OK);
			held[i]--;
		} else if (what == 15 && held[i]) {
			assert_true(object_revoke(object_of(i), 1));
			assert_int_equal(cap_drop(pd, at[i], held[i]), OS_OK);
			held[i] = 0;
		}
	}
	for (uint32_t i = 0; i < OBJECTS; i++)
		if (held[i])
			assert_int_equal(cap_drop(pd, at[i], held[i]), OS_OK);
	assert_int_equal(pd->slots_free, 127 - 3);
	assert_int_equal(pd->slots_used, 0);
	for (uint32_t i = 4; i < SLOT_BUCKETS; i++)
		assert_true(!pd->buckets[i] || pd->buckets[i] < 4);
}

/* ------------------------------------------------------------------ system calls */

static void dup_and_drop(void **state)
{
	(void)state;
	assert_int_equal(SYS(CAP_DUP, OS_KERNEL_ROOT_PD), OS_OK);
	assert_int_equal(count_at(world.root, OS_KERNEL_ROOT_PD), 2);
	assert_int_equal(SYS(CAP_DROP, OS_KERNEL_ROOT_PD, 1), OS_OK);
	assert_int_equal(SYS(CAP_DUP, 0), OS_ERR_CAP_INVALID);
	assert_int_equal(SYS(CAP_DUP, 60), OS_ERR_CAP_INVALID);
	assert_int_equal(SYS(CAP_DROP, 60, 1), OS_ERR_CAP_INVALID);
	assert_int_equal(SYS(CAP_DROP, OS_KERNEL_ROOT_PD, 2), OS_ERR_RANGE);
}

static void badges_of_ones_own_objects(void **state)
{
	uint64_t own = endpoint_new(OS_KERNEL_ROOT_PD), pd = pd_new(1, 0), other = endpoint_new(pd);

	(void)state;
	assert_int_equal(SYS(CAP_BADGE, gate_new(own, 17)), OS_OK);
	assert_int_equal(world.out.a, 0x7a6);
	assert_int_equal(world.out.b, 17);
	assert_int_equal(SYS(CAP_BADGE, context_new(own, 18)), OS_OK);
	assert_int_equal(world.out.b, 18);
	assert_int_equal(SYS(CAP_BADGE, gate_new(other, 19)), OS_ERR_NOT_FOUND);
	assert_int_equal(world.out.b, 0);
	assert_int_equal(SYS(CAP_BADGE, own), OS_ERR_NOT_FOUND);
	assert_int_equal(SYS(CAP_BADGE, 63), OS_ERR_CAP_INVALID);
}

static void grants_no_more_than_one_has(void **state)
{
	uint64_t pd = pd_new(1, 0), gate = gate_new(endpoint_new(pd), 1);
	struct pd *to = pd_at(pd);

	(void)state;
	slot_at(world.root, gate)->rights = OS_RIGHT_CONTROL | OS_RIGHT_USE;
	assert_int_equal(SYS(CAP_GRANT, pd, gate, OS_RIGHT_COPY, 0), OS_ERR_DENIED);
	assert_int_equal(SYS(CAP_GRANT, pd, gate, 16, 0), OS_ERR_INVALID);
	assert_int_equal(SYS(CAP_GRANT, pd, gate, 1ul << 32, 0), OS_ERR_INVALID);
	assert_int_equal(SYS(CAP_GRANT, pd, gate, OS_RIGHT_USE, 0), OS_OK);
	assert_int_equal(world.out.a, 1);
	assert_int_equal(slot_at(to, 1)->rights, OS_RIGHT_USE);
	assert_int_equal(to->slots_used, 1);
	assert_int_equal(SYS(CAP_GRANT, pd, gate, OS_RIGHT_USE, 0), OS_OK);
	assert_int_equal(count_at(to, 1), 2);
	slot_at(world.root, gate)->rights = OS_RIGHT_USE;
	assert_int_equal(SYS(CAP_GRANT, pd, gate, OS_RIGHT_USE, 0), OS_ERR_DENIED);
	slot_at(world.root, gate)->rights = OS_RIGHT_ALL;
	slot_at(world.root, pd)->rights = OS_RIGHT_USE;
	assert_int_equal(SYS(CAP_GRANT, pd, gate, OS_RIGHT_USE, 0), OS_ERR_DENIED);
}

static void grants_into_a_certain_slot(void **state)
{
	uint64_t pd = pd_new(1, 0), gate = gate_new(endpoint_new(pd), 1);

	(void)state;
	assert_int_equal(SYS(CAP_GRANT, pd, gate, OS_RIGHT_USE | OS_GRANT_UNCOUNTED, 4), OS_OK);
	assert_int_equal(world.out.a, 4);
	assert_int_equal(pd_at(pd)->slots_used, 0);
	assert_int_equal(SYS(CAP_GRANT, pd, gate, OS_RIGHT_USE, 4), OS_ERR_EXISTS);
	assert_int_equal(SYS(CAP_GRANT, pd, gate, OS_RIGHT_USE, 64), OS_ERR_RANGE);
	assert_int_equal(SYS(CAP_GRANT, pd, gate, OS_RIGHT_USE, 1ul << 32 | 5), OS_ERR_RANGE);
	made(SYS(PD_LIMIT, pd, 0));
	assert_int_equal(SYS(CAP_GRANT, pd, gate, OS_RIGHT_USE, 5), OS_ERR_OUT_OF_CAPS);
	assert_int_equal(SYS(CAP_GRANT, pd, 62, OS_RIGHT_USE, 5), OS_ERR_CAP_INVALID);
}

static void looks_into_and_takes_from_another_table(void **state)
{
	uint64_t pd = pd_new(1, 0), gate = gate_new(endpoint_new(pd), 1);

	(void)state;
	made(SYS(CAP_GRANT, pd, gate, OS_RIGHT_USE, 9));
	made(SYS(CAP_GRANT, pd, gate, OS_RIGHT_USE, 0));
	assert_int_equal(SYS(CAP_LOOKUP, pd, 9), OS_OK);
	assert_int_equal(world.out.a, 99);
	assert_int_equal(world.out.b, 0x1234);
	assert_int_equal(world.out.c, OS_KIND_GATE);
	assert_int_equal(world.out.d, 2);
	assert_int_equal(SYS(CAP_LOOKUP, OS_KERNEL_ROOT_PD, OS_KERNEL_ROOT_MACHINE), OS_OK);
	assert_int_equal(world.out.a, 0);
	assert_int_equal(world.out.c, OS_KIND_MACHINE);
	assert_int_equal(SYS(CAP_LOOKUP, pd, 10), OS_ERR_CAP_INVALID);
	assert_int_equal(SYS(CAP_LOOKUP, gate, 10), OS_ERR_CAP_TYPE);
	assert_int_equal(SYS(CAP_REMOVE, pd, 9, 3), OS_ERR_RANGE);
	assert_int_equal(SYS(CAP_REMOVE, pd, 9, 2), OS_OK);
	assert_int_equal(SYS(CAP_REMOVE, pd, 9, 1), OS_ERR_CAP_INVALID);
}

#define CASE(test) cmocka_unit_test_setup(test, setup)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(finds_what_is_there_and_tells_what_is_not),
		CASE(a_dying_object_is_gone_except_for_who_destroys_it),
		CASE(what_is_held_already_is_held_once_more),
		CASE(held_too_often),
		CASE(slots_are_used_again_as_late_as_possible),
		CASE(a_table_that_is_full),
		CASE(counted_slots_are_limited),
		CASE(into_a_certain_slot),
		CASE(held_less_often),
		CASE(dead_ones_are_dropped_like_others),
		CASE(a_right_to_reply_that_is_dropped_tells_the_caller),
		CASE(capabilities_die_in_batches),
		CASE(one_slot_dies_last),
		CASE(references_outside_of_tables),
		CASE(any_order_of_changes),
		CASE(dup_and_drop),
		CASE(badges_of_ones_own_objects),
		CASE(grants_no_more_than_one_has),
		CASE(grants_into_a_certain_slot),
		CASE(looks_into_and_takes_from_another_table),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
