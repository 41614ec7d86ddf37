/* SPDX-License-Identifier: BSD-2-Clause */
/* The intrusive list and the intrusive queue. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <osier/fifo.h>
#include <osier/list.h>

struct item {
	char name;
	struct os_list_node node;
	struct os_fifo_node queued;
};

static struct item *item_of(const struct os_list_node *node)
{
	return OS_LIST_ITEM(node, struct item, node);
}

/* The list holds just the items of these names, forwards and backwards. */
static void assert_list(const struct os_list *list, const char *names)
{
	size_t count = 0;

	OS_LIST_FOR_EACH (node, list)
		assert_int_equal(item_of(node)->name, names[count++]);
	assert_int_equal(count, strlen(names));
	for (struct os_list_node *n = os_list_last(list); n; n = os_list_prev(n))
		assert_int_equal(item_of(n)->name, names[--count]);
	assert_int_equal(count, 0);
	assert_int_equal(os_list_empty(list), !names[0]);
}

static void list_keeps_its_order(void **state)
{
	struct item a = { .name = 'a' }, b = { .name = 'b' }, c = { .name = 'c' };
	struct os_list list = { 0 };

	(void)state;
	assert_list(&list, "");
	assert_null(OS_LIST_ITEM(os_list_first(&list), struct item, node));
	os_list_append(&list, &b.node);
	assert_list(&list, "b");
	os_list_prepend(&list, &a.node);
	assert_list(&list, "ab");
	os_list_insert_before(&list, NULL, &c.node);
	assert_list(&list, "abc");
	os_list_remove(&list, &b.node);
	assert_list(&list, "ac");
	os_list_insert_before(&list, &c.node, &b.node);
	assert_list(&list, "abc");
	os_list_remove(&list, &a.node);
	assert_list(&list, "bc");
	os_list_insert_before(&list, &b.node, &a.node);
	assert_list(&list, "abc");
	os_list_remove(&list, &c.node);
	os_list_remove(&list, &a.node);
	assert_list(&list, "b");
	assert_null(os_list_next(&b.node));
	os_list_remove(&list, &b.node);
	assert_list(&list, "");
}

static void items_may_go_while_the_list_is_run_over(void **state)
{
	struct os_list list = { 0 };

	(void)state;
	for (int i = 0; i < 10; i++) {
		struct item *item = calloc(1, sizeof(*item));

		item->name = (char)('0' + i);
		os_list_append(&list, &item->node);
	}
	OS_LIST_FOR_EACH (node, &list) {
		struct item *item = item_of(node);

		if (item->name % 2)
			continue;
		os_list_remove(&list, node);
		free(item);
	}
	assert_list(&list, "13579");
	OS_LIST_FOR_EACH (node, &list)
		free(item_of(node)); /* even without removing them */
}

static void assert_fifo(const struct os_fifo *fifo, const char *names)
{
	size_t count = 0;

	OS_FIFO_FOR_EACH (node, fifo)
		assert_int_equal(OS_FIFO_ITEM(node, struct item, queued)->name, names[count++]);
	assert_int_equal(count, strlen(names));
	assert_int_equal(os_fifo_empty(fifo), !names[0]);
}

static void queue_gives_what_came_first(void **state)
{
	struct item a = { .name = 'a' }, b = { .name = 'b' }, c = { .name = 'c' };
	struct os_fifo fifo = { 0 };

	(void)state;
	assert_null(os_fifo_get(&fifo));
	assert_null(os_fifo_peek(&fifo));
	assert_null(OS_FIFO_ITEM(os_fifo_peek(&fifo), struct item, queued));
	os_fifo_put(&fifo, &a.queued);
	os_fifo_put(&fifo, &b.queued);
	os_fifo_put_front(&fifo, &c.queued);
	assert_fifo(&fifo, "cab");
	assert_ptr_equal(os_fifo_peek(&fifo), &c.queued);
	assert_ptr_equal(os_fifo_get(&fifo), &c.queued);
	assert_ptr_equal(os_fifo_get(&fifo), &a.queued);
	assert_fifo(&fifo, "b");
	assert_ptr_equal(os_fifo_get(&fifo), &b.queued);
	assert_fifo(&fifo, "");
	os_fifo_put_front(&fifo, &a.queued);
	os_fifo_put(&fifo, &b.queued);
	assert_fifo(&fifo, "ab");
}

static void anything_can_leave_the_queue(void **state)
{
	struct item a = { .name = 'a' }, b = { .name = 'b' }, c = { .name = 'c' };
	struct os_fifo fifo = { 0 };

	(void)state;
	assert_false(os_fifo_remove(&fifo, &a.queued));
	os_fifo_put(&fifo, &a.queued);
	os_fifo_put(&fifo, &b.queued);
	os_fifo_put(&fifo, &c.queued);
	assert_true(os_fifo_remove(&fifo, &b.queued));
	assert_false(os_fifo_remove(&fifo, &b.queued));
	assert_fifo(&fifo, "ac");
	assert_true(os_fifo_remove(&fifo, &c.queued));
	os_fifo_put(&fifo, &b.queued); /* behind the new last one */
	assert_fifo(&fifo, "ab");
	assert_true(os_fifo_remove(&fifo, &a.queued));
	assert_true(os_fifo_remove(&fifo, &b.queued));
	assert_fifo(&fifo, "");
	os_fifo_put(&fifo, &c.queued);
	assert_fifo(&fifo, "c");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(list_keeps_its_order),
		cmocka_unit_test(items_may_go_while_the_list_is_run_over),
		cmocka_unit_test(queue_gives_what_came_first),
		cmocka_unit_test(anything_can_leave_the_queue),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
