/* SPDX-License-Identifier: BSD-2-Clause */
/* LOG sessions: labelled lines, nothing that plays with the terminal, and a bounded rate. */

#include <string.h>

#include "world.h"

#define TEST(f) cmocka_unit_test_setup_teardown(f, world_setup, world_teardown)

static void clear(void)
{
	world.log_length = 0;
	world.log[0] = 0;
}

static void write_times(struct log_cap log, int count)
{
	for (int i = 0; i < count; i++)
		assert_int_equal(log_write(log, "x"), OS_OK);
}

static int lines(const char *with)
{
	int count = 0;

	for (const char *p = world.log; (p = strstr(p, with)); p++)
		count++;
	return count;
}

static void each_line_has_the_label(void **state)
{
	struct log_cap log = { world_open(1, "LOG", "init.2 -> init.2.1", LOG_RAM, LOG_CAPS) };

	(void)state;
	clear();
	assert_int_equal(log_write(log, "one\ntwo\n"), OS_OK);
	assert_string_equal(world.log, "[init -> init.2 -> init.2.1] one\n"
	                               "[init -> init.2 -> init.2.1] two\n"
	                               "[init -> init.2 -> init.2.1] \n");
}

static void control_characters_do_not_reach_the_terminal(void **state)
{
	struct log_cap log = { world_open(1, "LOG", "a", LOG_RAM, LOG_CAPS) };

	(void)state;
	clear();
	assert_int_equal(log_write(log, "\x1b[2J\r[core] fake\ttab \xc3\xa9\x7f"), OS_OK);
	assert_string_equal(world.log, "[init -> a] ?[2J?[core] fake\ttab \xc3\xa9?\n");
}

static void the_longest_line_fits(void **state)
{
	char text[512], label[OS_LABEL_MAX - 8];
	struct log_cap log;

	(void)state;
	memset(label, 'l', sizeof(label) - 1);
	label[sizeof(label) - 1] = 0;
	memset(text, 't', sizeof(text) - 1);
	text[sizeof(text) - 1] = 0;
	log.cap = world_open(1, "LOG", label, LOG_RAM, LOG_CAPS);
	clear();
	assert_int_equal(log_write(log, text), OS_OK);
	assert_int_equal(world.log_length, strlen("[init -> ] \n") + strlen(label) + strlen(text));
}

static void a_flood_is_throttled_and_told_about_once(void **state)
{
	struct log_cap log = { world_open(1, "LOG", "a", LOG_RAM, LOG_CAPS) };
	struct log_cap other = { world_open(2, "LOG", "b", LOG_RAM, LOG_CAPS) };

	(void)state;
	clear();
	write_times(log, 2500);
	assert_int_equal(lines("[init -> a] x\n"), 2000);
	assert_int_equal(lines("[core] LOG: \"init -> a\" writes too fast, lines are dropped\n"),
	                 1);
	write_times(other, 1);
	assert_int_equal(lines("[init -> b] x\n"), 1);
	/* silent until half of the burst is earned again */
	world.clock_us += 999 * 1000;
	clear();
	write_times(log, 1);
	assert_string_equal(world.log, "");
	world.clock_us += 1000;
	write_times(log, 1);
	assert_string_equal(world.log, "[core] LOG: 501 lines of \"init -> a\" were dropped\n"
	                               "[init -> a] x\n");
	/* no more than the burst is ever earned */
	world.clock_us += UINT64_C(3600) * 1000000;
	clear();
	write_times(log, 2100);
	assert_int_equal(lines("[init -> a] x\n"), 2000);
}

static void lines_within_a_text_count(void **state)
{
	struct log_cap log = { world_open(1, "LOG", "a", LOG_RAM, LOG_CAPS) };
	char text[501];

	(void)state;
	memset(text, '\n', sizeof(text) - 1);
	text[sizeof(text) - 1] = 0; /* 501 empty lines */
	clear();
	for (int i = 0; i < 4; i++)
		assert_int_equal(log_write(log, text), OS_OK);
	assert_int_equal(lines("[init -> a] \n"), 3 * 501);
}

static void what_was_dropped_is_told_when_the_session_ends(void **state)
{
	struct log_cap log = { world_open(1, "LOG", "a", LOG_RAM, LOG_CAPS) };

	(void)state;
	write_times(log, 2007);
	clear();
	assert_int_equal(parent_session_close(world_parent, 1), OS_OK);
	assert_string_equal(world.log, "[core] LOG: 7 lines of \"init -> a\" were dropped\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(each_line_has_the_label),
		TEST(control_characters_do_not_reach_the_terminal),
		TEST(the_longest_line_fits),
		TEST(a_flood_is_throttled_and_told_about_once),
		TEST(lines_within_a_text_count),
		TEST(what_was_dropped_is_told_when_the_session_ends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
