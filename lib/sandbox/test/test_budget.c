/* SPDX-License-Identifier: BSD-2-Clause */
/* Arithmetic on quotas, what children get, and the table of session states. */

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <cmocka.h>

#include "../src/budget.h"
#include "../src/session_state.h"
#include <osier/string.h>

#define COST sandbox_child_cost((struct os_quota){ 0 })

static char line[SANDBOX_LINE_MAX];

static void message(struct sandbox_sink *sink, bool error, const char *text)
{
	(void)sink;
	(void)error;
	assert_int_equal(os_str_copy(line, sizeof(line), text), OS_OK);
}

static struct sandbox_sink sink = { message };

static void test_quota_is_never_negative(void **state)
{
	struct os_quota a = { 10, 5 };

	(void)state;
	assert_false(os_quota_sub(&a, (struct os_quota){ 11, 0 }));
	assert_false(os_quota_sub(&a, (struct os_quota){ 0, 6 }));
	assert_int_equal(a.ram, 10);
	assert_int_equal(a.caps, 5);
	assert_true(os_quota_sub(&a, (struct os_quota){ 10, 5 }));
	assert_int_equal(a.ram + a.caps, 0);
}

static void test_quota_does_not_wrap(void **state)
{
	struct os_quota a = { UINT64_MAX, 1 };

	(void)state;
	assert_false(os_quota_add(&a, (struct os_quota){ 1, 0 }));
	assert_false(os_quota_add(&a, (struct os_quota){ 0, UINT64_MAX }));
	assert_true(os_quota_add(&a, (struct os_quota){ 0, 1 }));
	assert_int_equal(a.caps, 2);
}

static struct sandbox_start start_with(uint64_t ram, uint64_t caps, bool has_caps)
{
	return (struct sandbox_start){
		.name = "x", .line = 7, .quota = { ram, caps }, .has_caps = has_caps
	};
}

static void test_child_gets_what_it_asks_for(void **state)
{
	const struct sandbox_start start = start_with(1 << 20, 200, true);
	const struct os_quota cost = sandbox_child_cost((struct os_quota){ 0 });
	struct os_quota assigned, own;

	(void)state;
	assert_int_equal(sandbox_budget_assign(&start, (struct os_quota){ 1 << 20, 200 }, COST, 0,
	                                       &sink, &assigned, &own),
	                 OS_OK);
	assert_int_equal(assigned.ram, 1 << 20);
	assert_int_equal(own.ram, (1 << 20) - cost.ram);
	assert_int_equal(own.caps, 200 - cost.caps);
}

static void test_without_caps_it_gets_a_share(void **state)
{
	const struct sandbox_start start = start_with(1 << 20, 0, false);
	struct os_quota assigned, own;

	(void)state;
	assert_int_equal(sandbox_budget_assign(&start, (struct os_quota){ 1 << 20, 900 }, COST, 3,
	                                       &sink, &assigned, &own),
	                 OS_OK);
	assert_int_equal(assigned.caps, 300);
	assert_int_equal(sandbox_budget_assign(&start, (struct os_quota){ 1 << 20, 90000 }, COST, 3,
	                                       &sink, &assigned, &own),
	                 OS_OK);
	assert_int_equal(assigned.caps, SANDBOX_DEFAULT_CAPS);
}

static void test_more_than_is_left_is_refused(void **state)
{
	const struct os_quota left = { 2 << 20, 100 };
	struct sandbox_start start = start_with((2 << 20) + 1024, 100, true);
	struct os_quota assigned = { 0 }, own;

	(void)state;
	assert_int_equal(sandbox_budget_assign(&start, left, COST, 0, &sink, &assigned, &own),
	                 OS_ERR_OUT_OF_RAM);
	assert_string_equal(line,
	                    "config:7: child \"x\": not started: asks for 2049K RAM, 2048K are "
	                    "left; lower its RAM or raise that of its parent");
	start = start_with(1 << 20, 101, true);
	assert_int_equal(sandbox_budget_assign(&start, left, COST, 0, &sink, &assigned, &own),
	                 OS_ERR_OUT_OF_CAPS);
	assert_string_equal(line, "config:7: child \"x\": not started: asks for 101 capabilities, "
	                          "100 are left; lower its caps or raise those of its parent");
	start = start_with(4096, 100, true);
	assert_int_equal(sandbox_budget_assign(&start, left, COST, 0, &sink, &assigned, &own),
	                 OS_ERR_OUT_OF_RAM);
	assert_int_equal(assigned.ram, 0);
}

static void test_reserve_stays(void **state)
{
	struct os_quota left = sandbox_budget_left((struct os_quota){ 1, 1 });

	(void)state;
	assert_int_equal(left.ram + left.caps, 0);
	left = sandbox_budget_left((struct os_quota){ 1 << 20, 1000 });
	assert_int_equal(left.ram, (1 << 20) - SANDBOX_RESERVE_RAM);
	assert_int_equal(left.caps, 1000 - SANDBOX_RESERVE_CAPS);
}

/* ------------------------------------------------------------------ session states */

/* Every sequence of events ends, and a server that is lost is lost to every state. */
static void test_states_can_always_end(void **state)
{
	(void)state;
	for (int upstream = 0; upstream < 2; upstream++) {
		for (int from = 0; from < SESSION_DONE; from++) {
			enum session_state s = (enum session_state)from, next;

			/* the client closes, if it has not; then the server is lost or answers */
			if (session_next(s, SESSION_CLOSE, upstream, &next))
				s = next;
			for (int i = 0; i < 3 && s != SESSION_DONE; i++) {
				assert_true(session_next(s, SESSION_LOST, upstream, &next));
				s = next;
			}
			assert_int_equal(s, SESSION_DONE);
		}
	}
}

static void test_answers_count_once(void **state)
{
	enum session_state next;

	(void)state;
	assert_true(session_next(SESSION_OFFERED, SESSION_DELIVER, false, &next));
	assert_int_equal(next, SESSION_OPEN);
	assert_false(session_next(next, SESSION_DELIVER, false, &next));
	assert_false(session_next(SESSION_OPEN, SESSION_DENY, false, &next));
	assert_false(session_next(SESSION_FAILED, SESSION_DELIVER, false, &next));
	assert_false(session_next(SESSION_WAITING, SESSION_CLOSED, false, &next));
	assert_false(session_next(SESSION_CLOSING, SESSION_CLOSE, false, &next));
}

static void test_nothing_leaves_done(void **state)
{
	enum session_state next;

	(void)state;
	for (int event = 0; event < SESSION_EVENTS; event++)
		for (int upstream = 0; upstream < 2; upstream++)
			assert_false(session_next(SESSION_DONE, (enum session_event)event, upstream,
			                          &next));
}

static void test_reasons_are_declared_errors(void **state)
{
	(void)state;
	assert_int_equal(session_reason(OS_ERR_NOT_FOUND), OS_ERR_NOT_FOUND);
	assert_int_equal(session_reason(OS_OK), OS_ERR_DENIED);
	assert_int_equal(session_reason(OS_ERR_LATER), OS_ERR_DENIED);
	assert_int_equal(session_reason(UINT32_MAX), OS_ERR_DENIED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_quota_is_never_negative),
		cmocka_unit_test(test_quota_does_not_wrap),
		cmocka_unit_test(test_child_gets_what_it_asks_for),
		cmocka_unit_test(test_without_caps_it_gets_a_share),
		cmocka_unit_test(test_more_than_is_left_is_refused),
		cmocka_unit_test(test_reserve_stays),
		cmocka_unit_test(test_states_can_always_end),
		cmocka_unit_test(test_answers_count_once),
		cmocka_unit_test(test_nothing_leaves_done),
		cmocka_unit_test(test_reasons_are_declared_errors),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
