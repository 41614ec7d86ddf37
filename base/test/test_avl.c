/* SPDX-License-Identifier: BSD-2-Clause */
/* The AVL tree: its invariants after every step, and its contents against a plain array. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <osier/avl.h>

#include "random.h"

#define KEYS 64

struct item {
	struct os_avl_node node;
	int key;
	int order; /* of insertion */
	int weight;
	int sum; /* of the weights in the subtree: what `update` keeps */
};

static struct item *item_of(const struct os_avl_node *node)
{
	return OS_AVL_ITEM(node, struct item, node);
}

static int compare(const struct os_avl_node *a, const struct os_avl_node *b)
{
	return item_of(a)->key - item_of(b)->key;
}

static int compare_key(const void *key, const struct os_avl_node *node)
{
	return *(const int *)key - item_of(node)->key;
}

static bool update_sum(struct os_avl_node *node)
{
	const int was = item_of(node)->sum;

	item_of(node)->sum = item_of(node)->weight;
	for (int i = 0; i < 2; i++) {
		if (node->child[i])
			item_of(node)->sum += item_of(node->child[i])->sum;
	}
	return item_of(node)->sum != was;
}

/* Links, balances, heights and sums of the subtree are right; returns its height. */
static int check_subtree(const struct os_avl_node *node, const struct os_avl_node *parent)
{
	int height[2], sum;

	if (!node)
		return 0;
	assert_ptr_equal(node->parent, parent);
	sum = item_of(node)->weight;
	for (int i = 0; i < 2; i++) {
		height[i] = check_subtree(node->child[i], node);
		sum += node->child[i] ? item_of(node->child[i])->sum : 0;
	}
	assert_int_equal(node->balance, height[1] - height[0]);
	assert_in_range(node->balance + 1, 0, 2);
	assert_int_equal(item_of(node)->sum, sum);
	return 1 + OS_MAX(height[0], height[1]);
}

/* The tree is valid, in order both ways, and has `count` nodes. */
static void check_tree(const struct os_avl *tree, size_t count)
{
	const struct os_avl_node *prev = NULL;
	size_t seen = 0;

	check_subtree(tree->root, NULL);
	for (struct os_avl_node *n = os_avl_first(tree); n; prev = n, n = os_avl_next(n)) {
		assert_ptr_equal(os_avl_prev(n), prev);
		if (prev)
			assert_true(item_of(prev)->key < item_of(n)->key ||
			            (item_of(prev)->key == item_of(n)->key &&
			             item_of(prev)->order < item_of(n)->order));
		seen++;
	}
	assert_ptr_equal(os_avl_last(tree), prev);
	assert_int_equal(seen, count);
}

static void zero_is_the_empty_tree(void **state)
{
	const struct os_avl tree = { 0 };
	const int key = 1;

	(void)state;
	assert_null(os_avl_first(&tree));
	assert_null(os_avl_last(&tree));
	assert_null(os_avl_find(&tree, &key, compare_key));
	assert_null(os_avl_lower_bound(&tree, &key, compare_key));
	assert_null(OS_AVL_ITEM(os_avl_first(&tree), struct item, node));
}

static void sorted_input_stays_balanced(void **state)
{
	static struct item items[1000];
	struct os_avl tree = { .update = update_sum };

	(void)state;
	for (int i = 0; i < 1000; i++) {
		items[i] = (struct item){ .key = i, .order = i, .weight = 1 };
		os_avl_insert(&tree, &items[i].node, compare);
	}
	check_tree(&tree, 1000);
	assert_int_equal(item_of(tree.root)->sum, 1000);
	assert_in_range(check_subtree(tree.root, NULL), 10, 14); /* 1.44 log2 */
	for (int i = 999; i >= 0; i--) {
		os_avl_remove(&tree, &items[i].node);
		check_tree(&tree, (size_t)i);
	}
}

static void lower_bound_is_the_first_not_less(void **state)
{
	struct item items[] = { { .key = 10 }, { .key = 20 }, { .key = 20 }, { .key = 30 } };
	struct os_avl tree = { 0 };
	int key;

	(void)state;
	for (size_t i = 0; i < OS_ARRAY_SIZE(items); i++)
		os_avl_insert(&tree, &items[i].node, compare);
	key = 5;
	assert_ptr_equal(os_avl_lower_bound(&tree, &key, compare_key), &items[0].node);
	assert_null(os_avl_find(&tree, &key, compare_key));
	key = 11;
	assert_ptr_equal(os_avl_lower_bound(&tree, &key, compare_key), &items[1].node);
	key = 20;
	assert_ptr_equal(os_avl_lower_bound(&tree, &key, compare_key), &items[1].node);
	assert_ptr_equal(os_avl_find(&tree, &key, compare_key), &items[1].node);
	key = 31;
	assert_null(os_avl_lower_bound(&tree, &key, compare_key));
}

static void a_changed_weight_is_seen_at_the_top(void **state)
{
	struct item items[7] = { 0 };
	struct os_avl tree = { .update = update_sum };

	(void)state;
	for (int i = 0; i < 7; i++) {
		items[i].key = i;
		items[i].order = i;
		os_avl_insert(&tree, &items[i].node, compare);
	}
	items[6].weight = 5;
	os_avl_update(&tree, &items[6].node);
	assert_int_equal(item_of(tree.root)->sum, 5);
	check_tree(&tree, 7);
}

/* The last one that comes before what has this key. */
static struct os_avl_node *last_before(const struct os_avl *tree, int key)
{
	struct os_avl_node *node = os_avl_lower_bound(tree, &key, compare_key);

	return node ? os_avl_prev(node) : os_avl_last(tree);
}

static void insertion_behind_a_known_node(void **state)
{
	static struct item items[500];
	struct os_avl tree = { .update = update_sum };
	uint64_t random = 7;

	(void)state;
	for (int i = 0; i < 500; i++) {
		items[i] = (struct item){ .key = (int)random_below(&random, 1 << 20),
			                  .weight = i % 3,
			                  .sum = -1 };
		if (i % 2)
			os_avl_insert_after(&tree, &items[i].node,
			                    last_before(&tree, items[i].key));
		else
			os_avl_insert(&tree, &items[i].node, compare);
		check_tree(&tree, (size_t)i + 1);
	}
	for (int i = 0; i < 500; i++) {
		os_avl_remove(&tree, &items[i].node);
		check_tree(&tree, 499 - (size_t)i);
	}
}

/* Random insertions and removals with many equal keys. */
static void random_steps(void **state)
{
	static struct item items[4 * KEYS];
	struct os_avl tree = { .update = update_sum };
	uint64_t random = 1;
	size_t count = 0;

	(void)state;
	for (int step = 0; step < 20000; step++) {
		struct item *item = &items[random_below(&random, OS_ARRAY_SIZE(items))];

		/* The weight doubles as "is in the tree". */
		if (item->weight) {
			os_avl_remove(&tree, &item->node);
			item->weight = 0;
			count--;
		} else {
			*item = (struct item){
				.key = (int)random_below(&random, KEYS),
				.order = step,
				.weight = 1 + (int)random_below(&random, 9),
			};
			os_avl_insert(&tree, &item->node, compare);
			count++;
		}
		check_tree(&tree, count);
	}
	for (int key = -1; key <= KEYS; key++) {
		const struct item *first = NULL, *bound = NULL;

		for (size_t i = 0; i < OS_ARRAY_SIZE(items); i++) {
			const struct item *item = &items[i];

			if (!item->weight || item->key < key)
				continue;
			if (!bound || item->key < bound->key ||
			    (item->key == bound->key && item->order < bound->order))
				bound = item;
		}
		first = bound && bound->key == key ? bound : NULL;
		assert_ptr_equal(item_of(os_avl_find(&tree, &key, compare_key)), first);
		assert_ptr_equal(item_of(os_avl_lower_bound(&tree, &key, compare_key)), bound);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(zero_is_the_empty_tree),
		cmocka_unit_test(sorted_input_stays_balanced),
		cmocka_unit_test(lower_bound_is_the_first_not_less),
		cmocka_unit_test(a_changed_weight_is_seen_at_the_top),
		cmocka_unit_test(insertion_behind_a_known_node),
		cmocka_unit_test(random_steps),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
