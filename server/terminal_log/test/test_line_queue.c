/* SPDX-License-Identifier: BSD-2-Clause */
/* Lines in a piece of memory: order, loss, and what a hostile line may not do. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>
#include "../line_queue.h"

static char memory[1200], shown[900];
static struct line_queue queue;

static int fresh(void **state)
{
	(void)state;
	line_queue_init(&queue, memory, sizeof(memory));
	return 0;
}

static void next_is(const char *expected)
{
	const size_t size = line_queue_get(&queue, "a -> b", shown, sizeof(shown));

	assert_int_equal(size, strlen(expected));
	assert_memory_equal(shown, expected, size);
}

static void lines_come_out_in_order(void **state)
{
	char line[40], expected[60];

	(void)state;
	next_is("");
	for (int i = 0; i < 1000; i++) {
		snprintf(line, sizeof(line), "line %d", i);
		snprintf(expected, sizeof(expected), "[a -> b] line %d\r\n", i);
		line_queue_put_text(&queue, line);
		next_is(expected);
	}
	next_is("");
}

static void a_text_has_lines(void **state)
{
	(void)state;
	line_queue_put_text(&queue, "one\n\nthree");
	next_is("[a -> b] one\r\n");
	next_is("[a -> b] \r\n");
	next_is("[a -> b] three\r\n");
	next_is("");
}

static void what_has_no_room_is_told(void **state)
{
	char line[101] = "";

	(void)state;
	memset(line, 'x', 100);
	for (int i = 0; i < 20; i++)
		line_queue_put_text(&queue, line);
	line_queue_put_text(&queue, "small");
	for (int i = 0; i < 11; i++)
		assert_int_equal(line_queue_get(&queue, "l", shown, sizeof(shown)), 106);
	next_is("[a -> b] (10 lines lost)\r\n");
	assert_false(line_queue_pending(&queue));
	line_queue_put_text(&queue, "again");
	next_is("[a -> b] again\r\n");
}

static void no_line_does_harm(void **state)
{
	char longest[LINE_QUEUE_LINE_MAX + 9];

	(void)state;
	line_queue_put(&queue, "\x1b[2J\r\x7f\x9b\xc2\x9bJ\0z", 12);
	next_is("[a -> b] ?[2J????J?z\r\n");
	line_queue_put_text(&queue, "\xc3\xbc\t\xe2\x82\xac \xff\xc3");
	next_is("[a -> b] \xc3\xbc\t\xe2\x82\xac ??\r\n");
	memset(longest, 'y', sizeof(longest));
	line_queue_put(&queue, longest, sizeof(longest));
	assert_int_equal(line_queue_get(&queue, "l", shown, sizeof(shown)),
	                 4 + LINE_QUEUE_LINE_MAX + 2);
}

static void a_line_may_have_its_label_already(void **state)
{
	(void)state;
	line_queue_put_text(&queue, "[x] bye");
	assert_int_equal(line_queue_get(&queue, NULL, shown, sizeof(shown)), 9);
	assert_memory_equal(shown, "[x] bye\r\n", 9);
}

static void without_memory_all_is_lost(void **state)
{
	(void)state;
	line_queue_init(&queue, NULL, 0);
	line_queue_put_text(&queue, "a\nb");
	next_is("[a -> b] (2 lines lost)\r\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(lines_come_out_in_order, fresh),
		cmocka_unit_test_setup(a_text_has_lines, fresh),
		cmocka_unit_test_setup(what_has_no_room_is_told, fresh),
		cmocka_unit_test_setup(no_line_does_harm, fresh),
		cmocka_unit_test_setup(a_line_may_have_its_label_already, fresh),
		cmocka_unit_test_setup(without_memory_all_is_lost, fresh),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
