/* SPDX-License-Identifier: BSD-2-Clause */
/* Capability tables: counted slots, dead slots, limits, and what a request carries. */

#include "random.h"
#include "world.h"

#define TEST(f) cmocka_unit_test_setup_teardown(f, world_setup, world_teardown)

static struct object *new_object(void)
{
	struct dataspace *ds;

	assert_int_equal(dataspace_create(core.root->account, core.root, 1, &ds), OS_OK);
	return &ds->object;
}

static void the_same_object_is_the_same_slot_counted(void **state)
{
	struct object *object = new_object();
	uint32_t a, b;

	(void)state;
	assert_int_equal(cap_insert(core.root, object, &a), OS_OK);
	assert_int_equal(cap_insert(core.root, object, &b), OS_OK);
	assert_int_equal(a, b);
	assert_true(a >= SLOTS_RESERVED);
	cap_drop(core.root, a);
	assert_ptr_equal(cap_lookup(core.root, a), object);
	cap_drop(core.root, a);
	assert_null(cap_lookup(core.root, a));
	cap_drop(core.root, a); /* more often than held: nothing happens */
	world_check();
}

static void slots_beyond_the_table_are_empty(void **state)
{
	(void)state;
	assert_null(cap_lookup(core.root, 0));
	assert_null(cap_lookup(core.root, UINT32_MAX));
	assert_null(cap_slot_at(core.root, SLOTS_PER_CHUNK * SLOT_CHUNKS_MAX));
	cap_drop(core.root, 0);
	cap_drop(core.root, UINT32_MAX);
}

static void a_dead_slot_is_not_used_again_before_it_is_dropped(void **state)
{
	struct object *object = new_object();
	uint32_t dead, slot = 0;

	(void)state;
	assert_int_equal(cap_insert(core.root, object, &dead), OS_OK);
	object_destroy(object);
	object = new_object();
	for (uint32_t i = 0; i < 3 * SLOTS_PER_CHUNK; i++) {
		assert_int_equal(cap_insert(core.root, object, &slot), OS_OK);
		assert_int_not_equal(slot, dead);
		cap_drop(core.root, slot);
	}
	cap_drop(core.root, dead);
	for (uint32_t i = 0; i < 3 * SLOTS_PER_CHUNK && slot != dead; i++) {
		assert_int_equal(cap_insert(core.root, object, &slot), OS_OK);
		cap_drop(core.root, slot);
	}
	assert_int_equal(slot, dead);
}

static void the_quota_ends_the_table(void **state)
{
	struct child child;
	uint32_t slot, count = 0;
	enum os_err err;

	(void)state;
	assert_int_equal(child_start(&child, 1, "a"), OS_OK);
	while (!(err = cap_insert(child.object, new_object(), &slot)))
		count++;
	assert_int_equal(err, OS_ERR_OUT_OF_CAPS);
	assert_in_range(count, 150, 200);
	assert_true(child.object->caps.chunk_count == 2);
	world_check();
	child_stop(&child);
	world_check();
}

static void finds_any_of_many(void **state)
{
	enum { COUNT = 1000 };
	static struct object *objects[COUNT];
	static uint32_t slots[COUNT];
	uint64_t seed = 7;

	(void)state;
	for (uint32_t i = 0; i < COUNT; i++)
		objects[i] = new_object();
	for (uint32_t n = 0; n < 20 * COUNT; n++) {
		const uint32_t i = (uint32_t)random_below(&seed, COUNT);

		if (slots[i]) {
			assert_ptr_equal(cap_lookup(core.root, slots[i]), objects[i]);
			cap_drop(core.root, slots[i]);
			slots[i] = 0;
		} else {
			assert_int_equal(cap_insert(core.root, objects[i], &slots[i]), OS_OK);
		}
	}
	world_check();
}

static void a_call_needs_an_object_of_core(void **state)
{
	struct account_cap none = { 0 };
	struct os_cap object;

	(void)state;
	assert_int_equal(pd_rpc_object(world_pd, OS_EP_MAIN, 1, PD_TYPE, none, &object), OS_OK);
	assert_int_equal(pd_state_sigh((struct pd_cap){ object }, (struct signal_context_cap){ 0 }),
	                 OS_ERR_CAP_INVALID);
	assert_int_equal(parent_alive((struct parent_cap){ { 99 } }), OS_ERR_CAP_INVALID);
	assert_int_equal(pd_object_free(world_pd, object), OS_OK);
	assert_int_equal(pd_object_free(world_pd, object), OS_ERR_CAP_INVALID);
}

static void types_are_checked_twice(void **state)
{
	struct account_cap none = { 0 };
	struct os_cap fake;

	(void)state;
	/* by the generated code: */
	assert_int_equal(pd_fund(world_pd, (struct account_cap){ world_pd.cap }, 0, 0),
	                 OS_ERR_CAP_TYPE);
	/* and by core, where a component claims to serve the type: */
	assert_int_equal(pd_rpc_object(world_pd, OS_EP_MAIN, 1, ACCOUNT_TYPE, none, &fake), OS_OK);
	assert_int_equal(pd_fund(world_pd, (struct account_cap){ fake }, 0, 0), OS_ERR_CAP_INVALID);
	cap_drop(core.root, fake.slot);
}

static void moved_capabilities_are_dropped_in_every_case(void **state)
{
	struct ram_dataspace_cap ds;
	struct account_cap none = { 0 };
	struct os_cap object;

	(void)state;
	/* refused by the handler: not an object that the PD made */
	assert_int_equal(pd_alloc(world_pd, 1, none, &ds), OS_OK);
	assert_int_equal(pd_object_free(world_pd, ds.cap), OS_ERR_NOT_FOUND);
	assert_int_equal(cap_slot_at(core.root, ds.cap.slot)->count, 0);
	/* refused by the generated code: of the wrong type */
	assert_int_equal(pd_rpc_object(world_pd, OS_EP_MAIN, 1, 5, none, &object), OS_OK);
	assert_int_equal(pd_free(world_pd, (struct ram_dataspace_cap){ object }), OS_ERR_CAP_TYPE);
	assert_int_equal(cap_slot_at(core.root, object.slot)->count, 0);
	/* consumed: the memory is gone, and so is its slot */
	assert_int_equal(pd_alloc(world_pd, 1, none, &ds), OS_OK);
	assert_int_equal(pd_free(world_pd, ds), OS_OK);
	assert_int_equal(cap_slot_at(core.root, ds.cap.slot)->count, 0);
	world_check();
}

static void an_impossible_message_is_refused(void **state)
{
	struct os_msg msg = { .cap_count = OS_MSG_CAPS_MAX + 1 };

	(void)state;
	assert_int_equal(core_call(world.caller, OS_CAP_SLOT_PD, &msg), OS_ERR_PROTOCOL);
	msg = (struct os_msg){ .length = OS_MSG_PAYLOAD_MAX + 1 };
	assert_int_equal(core_call(world.caller, OS_CAP_SLOT_PD, &msg), OS_ERR_PROTOCOL);
	msg = (struct os_msg){ .op = 999 };
	assert_int_equal(core_call(world.caller, OS_CAP_SLOT_PD, &msg), OS_OK);
	assert_int_equal(msg.op, OS_ERR_OPERATION);
	msg = (struct os_msg){ .op = PD_OP_FREE, .cap_count = 1, .caps = { { .slot = 77 } } };
	assert_int_equal(core_call(world.caller, OS_CAP_SLOT_PD, &msg), OS_ERR_CAP_INVALID);
	assert_null(core.current);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_same_object_is_the_same_slot_counted),
		TEST(slots_beyond_the_table_are_empty),
		TEST(a_dead_slot_is_not_used_again_before_it_is_dropped),
		TEST(the_quota_ends_the_table),
		TEST(finds_any_of_many),
		TEST(a_call_needs_an_object_of_core),
		TEST(types_are_checked_twice),
		TEST(moved_capabilities_are_dropped_in_every_case),
		TEST(an_impossible_message_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
