/* SPDX-License-Identifier: BSD-2-Clause */
/* Log_history sessions: who reads what was printed, what is lost, and who is told. */

#include <stdio.h>
#include <string.h>

#include "world.h"

#define TEST(f) cmocka_unit_test_setup_teardown(f, world_setup, world_teardown)

static char text[LOG_HISTORY_READ_TEXT_SIZE + 1];
static uint64_t first, next;

static struct log_history_cap open_history(uint64_t id)
{
	return (struct log_history_cap){ world_open(id, "Log_history", "viewer", LOG_HISTORY_RAM,
		                                    LOG_HISTORY_CAPS) };
}

static void look(struct log_history_cap history, uint64_t line)
{
	size_t size;

	assert_int_equal(log_history_read(history, line, &first, &next, text, &size), OS_OK);
	assert_true(size < sizeof(text));
	text[size] = 0;
}

/* The number that the next line has; what was printed by tests before is still there. */
static uint64_t end_of(struct log_history_cap history)
{
	for (look(history, 0); next > first;)
		look(history, next);
	return next;
}

static struct signal_context *listen(struct log_history_cap history)
{
	struct signal_context_cap cap;

	assert_int_equal(
	        pd_signal_context(world_pd, OS_EP_MAIN, 1, (struct account_cap){ 0 }, &cap), OS_OK);
	assert_int_equal(log_history_sigh(history, cap), OS_OK);
	return container_of(cap_lookup(core.root, cap.cap.slot), struct signal_context, object);
}

static void lines_are_read_as_they_were_printed(void **state)
{
	const struct log_history_cap history = open_history(1);
	const struct log_cap log = { world_open(2, "LOG", "a", LOG_RAM, LOG_CAPS) };
	const uint64_t begin = end_of(history);

	(void)state;
	assert_int_equal(log_write(log, "one\ntwo\033"), OS_OK);
	core_log("three");
	look(history, begin);
	assert_string_equal(text, "[init -> a] one\n[init -> a] two?\n[core] three\n");
	assert_int_equal(first, begin);
	assert_int_equal(next, begin + 3);
	look(history, begin + 1);
	assert_string_equal(text, "[init -> a] two?\n[core] three\n");
	look(history, next);
	assert_string_equal(text, "");
	assert_int_equal(first, begin + 3);
	assert_int_equal(next, begin + 3);
	/* numbers that have not come yet */
	look(history, UINT64_MAX);
	assert_string_equal(text, "");
	assert_int_equal(next, begin + 3);
}

static void a_reading_has_whole_lines(void **state)
{
	const struct log_history_cap history = open_history(1);
	const uint64_t begin = end_of(history);
	char line[401] = "";

	(void)state;
	memset(line, 'x', sizeof(line) - 1);
	for (int i = 0; i < 3; i++)
		core_log("%s", line);
	look(history, begin);
	assert_int_equal(next - first, 2);
	assert_int_equal(strlen(text), 2 * (strlen("[core] \n") + strlen(line)));
	look(history, next);
	assert_int_equal(next - first, 1);
}

static void the_oldest_lines_give_way_and_are_counted(void **state)
{
	const struct log_history_cap history = open_history(1);
	const uint64_t begin = end_of(history);
	uint64_t seen = 0;

	(void)state;
	for (int i = 0; i < 20000; i++) {
		world.log_length = 0;
		core_log("%d", i);
	}
	look(history, begin);
	assert_true(first > begin);
	assert_true(first < begin + 20000);
	for (; next > first; look(history, next)) {
		char expected[32];

		/* none is missing behind the first one, and none is damaged */
		snprintf(expected, sizeof(expected), "[core] %d\n", (int)(first - begin));
		assert_memory_equal(text, expected, strlen(expected));
		seen += next - first;
	}
	assert_int_equal(next, begin + 20000);
	assert_in_range(seen, 65536 / 15 - 100, 65536 / 15 + 100);
}

static void who_has_read_all_is_told_once(void **state)
{
	const struct log_history_cap history = open_history(1);
	struct signal_context *const context = listen(history);

	(void)state;
	/* that there is something to be read at all */
	assert_int_equal(context->pending, 1);
	core_log("one");
	assert_int_equal(context->pending, 1);
	end_of(history);
	core_log("two");
	core_log("three");
	assert_int_equal(context->pending, 2);
	end_of(history);
	assert_int_equal(parent_session_close(world_parent, 1), OS_OK);
	core_log("nobody is told any more");
	assert_int_equal(context->pending, 2);
}

static void sessions_do_not_disturb_each_other(void **state)
{
	const struct log_history_cap one = open_history(1), two = open_history(2);
	struct signal_context *const first_context = listen(one), *const second = listen(two);
	const uint64_t end = end_of(one);

	(void)state;
	core_log("line");
	assert_int_equal(first_context->pending, 2);
	assert_int_equal(second->pending, 1);
	look(two, end);
	assert_string_equal(text, "[core] line\n");
	look(one, end);
	assert_string_equal(text, "[core] line\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(lines_are_read_as_they_were_printed),
		TEST(a_reading_has_whole_lines),
		TEST(the_oldest_lines_give_way_and_are_counted),
		TEST(who_has_read_all_is_told_once),
		TEST(sessions_do_not_disturb_each_other),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
