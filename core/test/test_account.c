/* SPDX-License-Identifier: BSD-2-Clause */
/* Accounts: whatever is split, moved, charged and closed, nothing is won or lost. */

#include "random.h"
#include "world.h"

static void charges_both_resources_or_nothing(void **state)
{
	struct quota quota = { .ram_limit = 100, .caps_limit = 10 };

	(void)state;
	assert_int_equal(quota_charge(&quota, 101, 1), OS_ERR_OUT_OF_RAM);
	assert_int_equal(quota_charge(&quota, 100, 11), OS_ERR_OUT_OF_CAPS);
	assert_int_equal(quota_charge(&quota, UINT64_MAX, UINT64_MAX), OS_ERR_OUT_OF_RAM);
	assert_int_equal(quota.ram_used, 0);
	assert_int_equal(quota.caps_used, 0);
	assert_int_equal(quota_charge(&quota, 100, 10), OS_OK);
	assert_int_equal(quota_charge(&quota, 1, 0), OS_ERR_OUT_OF_RAM);
	assert_int_equal(quota_charge(&quota, 0, 1), OS_ERR_OUT_OF_CAPS);
	quota_refund(&quota, 100, 10);
	expect_assert_failure(quota_refund(&quota, 1, 0));
}

static void moves_only_what_is_free(void **state)
{
	struct quota a = { .ram_limit = 100, .ram_used = 60, .caps_limit = 10 }, b = { 0 };

	(void)state;
	assert_int_equal(quota_move(&a, &b, 41, 0), OS_ERR_OUT_OF_RAM);
	assert_int_equal(quota_move(&a, &b, 40, 11), OS_ERR_OUT_OF_CAPS);
	assert_int_equal(b.ram_limit, 0);
	assert_int_equal(quota_move(&a, &b, 40, 10), OS_OK);
	assert_int_equal(a.ram_limit, 60);
	assert_int_equal(b.ram_limit, 40);
	assert_int_equal(b.caps_limit, 10);
}

static void closing_hands_the_children_to_the_parent(void **state)
{
	struct account *parent, *child, *grandchild, *root;

	(void)state;
	root = core.root->account;
	assert_int_equal(account_split(root, 1000, 20, &parent), OS_OK);
	assert_int_equal(account_split(parent, 500, 10, &child), OS_OK);
	assert_int_equal(account_split(child, 100, 5, &grandchild), OS_OK);
	account_destroy(child);
	world_check();
	assert_ptr_equal(grandchild->parent, parent);
	assert_int_equal(grandchild->quota.ram_limit, 100);
	assert_int_equal(parent->quota.ram_limit, 900);
	account_destroy(parent);
	assert_ptr_equal(grandchild->parent, root);
	account_destroy(grandchild);
	world_check();
}

static struct account *named(struct account_cap cap)
{
	return container_of(cap_lookup(core.root, cap.cap.slot), struct account, object);
}

/* A child splits off what is its own; what its parent has split off outlives it. */
static void what_a_child_has_made_ends_with_it(void **state)
{
	struct account_cap own, mine, its, deep;
	struct account *kept;
	struct quota before;
	struct child child;

	(void)state;
	assert_int_equal(pd_account(world_pd, &own), OS_OK);
	before = core.root->account->quota;
	assert_int_equal(child_start(&child, 1, "app"), OS_OK);
	assert_int_equal(pd_account(child.pd, &its), OS_OK);
	assert_int_equal(account_create(its, 4096, 3, &mine), OS_OK);
	kept = named(mine);
	world.caller = child.main;
	assert_int_equal(pd_account(world_pd, &its), OS_OK);
	assert_int_equal(account_create(its, 8192, 9, &deep), OS_OK);
	assert_int_equal(account_create(deep, 4096, 4, &deep), OS_OK);
	child_stop(&child);
	world_check();
	assert_ptr_equal(kept->parent, core.root->account);
	assert_int_equal(account_close(own, mine), OS_OK);
	assert_int_equal(core.root->account->quota.ram_limit, before.ram_limit);
	world_check();
}

static void a_tree_does_not_grow_without_bound(void **state)
{
	struct account_cap at[100];
	uint32_t depth = 0;
	enum os_err err;

	(void)state;
	assert_int_equal(pd_account(world_pd, &at[0]), OS_OK);
	while (!(err = account_create(at[depth], 0, 200 - 2 * depth, &at[depth + 1])))
		depth++;
	assert_int_equal(err, OS_ERR_LIMIT);
	assert_true(depth > 50 && depth < 65);
	for (; depth; depth--)
		assert_int_equal(account_close(at[depth - 1], at[depth]), OS_OK);
	world_check();
}

static void dies_with_its_objects_the_latest_first(void **state)
{
	struct dataspace *first, *second;
	struct account *account;
	uint32_t slot;

	(void)state;
	assert_int_equal(account_split(core.root->account, 4 * OS_PAGE_SIZE, 4, &account), OS_OK);
	assert_int_equal(dataspace_create(account, NULL, 1, &first), OS_OK);
	assert_int_equal(dataspace_create(account, NULL, OS_PAGE_SIZE + 1, &second), OS_OK);
	assert_int_equal(account->quota.ram_used, 3 * OS_PAGE_SIZE);
	assert_ptr_equal(OS_LIST_ITEM(account->objects.last, struct object, account_node),
	                 &second->object);
	assert_int_equal(cap_insert(core.root, &first->object, &slot), OS_OK);
	account_destroy(account);
	/* a dead slot is held, and paid for, until it is dropped */
	assert_null(cap_lookup(core.root, slot));
	assert_int_equal(cap_slot_at(core.root, slot)->count, 1);
	world_check();
	cap_drop(core.root, slot);
	world_check();
}

static void operations_check_who_is_related(void **state)
{
	struct account_cap own, a, b;
	uint64_t ram, ram_used, caps, caps_used;

	(void)state;
	assert_int_equal(pd_account(world_pd, &own), OS_OK);
	assert_int_equal(account_create(own, 1000, 10, &a), OS_OK);
	assert_int_equal(account_create(a, 300, 3, &b), OS_OK);
	assert_int_equal(account_transfer(own, b, 1, 0), OS_ERR_DENIED);
	assert_int_equal(account_transfer(a, a, 1, 0), OS_ERR_DENIED);
	assert_int_equal(account_transfer(a, (struct account_cap){ 0 }, 1, 0), OS_ERR_CAP_INVALID);
	assert_int_equal(account_transfer(b, a, 301, 0), OS_ERR_OUT_OF_RAM);
	assert_int_equal(account_transfer(b, a, 100, 1), OS_OK);
	assert_int_equal(account_transfer(a, own, 100, 1), OS_OK);
	assert_int_equal(account_info(a, &ram, &ram_used, &caps, &caps_used), OS_OK);
	assert_int_equal(ram, 700);
	assert_int_equal(caps, 7);
	assert_int_equal(caps_used, 1);
	assert_int_equal(account_close(own, b), OS_ERR_DENIED);
	assert_int_equal(account_close(own, a), OS_OK);
	assert_int_equal(account_info(a, &ram, &ram_used, &caps, &caps_used), OS_ERR_GONE);
	assert_int_equal(account_close(own, b), OS_OK);
	world_check();
}

enum { ACCOUNTS = 24, STEPS = 20000 };

/* The place of a random account in the table; at least one is there. */
static uint32_t pick(struct account **table, uint64_t *seed)
{
	uint32_t i;

	do
		i = (uint32_t)random_below(seed, ACCOUNTS);
	while (!table[i]);
	return i;
}

static void random_step(struct account **table, uint64_t *seed)
{
	const uint32_t i = pick(table, seed), j = (uint32_t)random_below(seed, ACCOUNTS);
	const uint64_t ram = random_below(seed, 1 << 16), caps = random_below(seed, 16);
	struct dataspace *ds;

	switch (random_below(seed, 5)) {
	case 0:
		if (!table[j] && account_split(table[i], ram, caps, &table[j]))
			assert_null(table[j]);
		break;
	case 1:
		if (i == 0)
			break;
		account_destroy(table[i]);
		table[i] = NULL;
		break;
	case 2:
		if (table[i]->parent &&
		    quota_move(&table[i]->quota, &table[i]->parent->quota, ram, caps))
			return;
		break;
	case 3:
		if (i && quota_move(&table[i]->parent->quota, &table[i]->quota, ram, caps))
			return;
		break;
	default:
		if (dataspace_create(table[i], core.root, ram, &ds) == OS_OK &&
		    random_below(seed, 3) == 0)
			object_destroy(&ds->object);
	}
}

static void sums_add_up_at_every_step(void **state)
{
	struct account *table[ACCOUNTS] = { core.root->account };
	uint64_t seed = 1;

	(void)state;
	for (uint32_t n = 0; n < STEPS; n++) {
		random_step(table, &seed);
		world_check();
	}
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, world_setup, world_teardown)
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(charges_both_resources_or_nothing),
		cmocka_unit_test(moves_only_what_is_free),
		TEST(closing_hands_the_children_to_the_parent),
		TEST(what_a_child_has_made_ends_with_it),
		TEST(a_tree_does_not_grow_without_bound),
		TEST(dies_with_its_objects_the_latest_first),
		TEST(operations_check_who_is_related),
		TEST(sums_add_up_at_every_step),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
