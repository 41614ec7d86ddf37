/* SPDX-License-Identifier: BSD-2-Clause */
/* The order in which timeouts expire, and how often: against times that the tests choose. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <timeout/schedule.h>
#include "random.h"

static struct os_timeout_schedule schedule;
static struct os_timeout_entry a, b, c;

static int setup(void **state)
{
	(void)state;
	schedule = (struct os_timeout_schedule){ 0 };
	a = b = c = (struct os_timeout_entry){ 0 };
	return 0;
}

/* What expires at `now`, with `count`. */
static struct os_timeout_entry *expire(uint64_t now, uint64_t count)
{
	uint64_t got = 0;
	struct os_timeout_entry *entry = os_timeout_schedule_expired(&schedule, now, &got);

	assert_int_equal(got, count);
	return entry;
}

static void an_empty_schedule_has_nothing(void **state)
{
	uint64_t deadline;

	(void)state;
	assert_false(os_timeout_schedule_next(&schedule, &deadline));
	assert_null(expire(UINT64_MAX, 0));
	os_timeout_schedule_remove(&schedule, &a);
}

static void deadlines_decide_about_the_order(void **state)
{
	uint64_t deadline;

	(void)state;
	os_timeout_schedule_add(&schedule, &a, 30, 0);
	os_timeout_schedule_add(&schedule, &b, 10, 0);
	os_timeout_schedule_add(&schedule, &c, 20, 0);
	assert_true(os_timeout_schedule_next(&schedule, &deadline));
	assert_int_equal(deadline, 10);
	assert_ptr_equal(expire(30, 1), &b);
	assert_ptr_equal(expire(30, 1), &c);
	assert_ptr_equal(expire(30, 1), &a);
	assert_null(expire(30, 0));
}

static void equal_deadlines_stay_in_order(void **state)
{
	(void)state;
	os_timeout_schedule_add(&schedule, &a, 10, 0);
	os_timeout_schedule_add(&schedule, &b, 10, 0);
	os_timeout_schedule_add(&schedule, &c, 10, 0);
	os_timeout_schedule_add(&schedule, &a, 10, 0); /* anew: behind the others */
	assert_ptr_equal(expire(10, 1), &b);
	assert_ptr_equal(expire(10, 1), &c);
	assert_ptr_equal(expire(10, 1), &a);
}

static void nothing_expires_early(void **state)
{
	(void)state;
	os_timeout_schedule_add(&schedule, &a, 10, 0);
	assert_null(expire(9, 0));
	assert_ptr_equal(expire(10, 1), &a);
	os_timeout_schedule_add(&schedule, &b, UINT64_MAX, 0);
	assert_null(expire(UINT64_MAX - 1, 0));
	assert_ptr_equal(expire(UINT64_MAX, 1), &b);
}

static void what_is_removed_does_not_expire(void **state)
{
	(void)state;
	os_timeout_schedule_add(&schedule, &a, 10, 0);
	os_timeout_schedule_add(&schedule, &b, 20, 5);
	os_timeout_schedule_remove(&schedule, &a);
	os_timeout_schedule_remove(&schedule, &a);
	assert_ptr_equal(expire(20, 1), &b);
	os_timeout_schedule_remove(&schedule, &b);
	assert_null(expire(1000, 0));
}

static void periods_do_not_drift(void **state)
{
	uint64_t deadline;

	(void)state;
	os_timeout_schedule_add(&schedule, &a, 100, 10);
	assert_ptr_equal(expire(103, 1), &a);
	assert_null(expire(109, 0));
	assert_ptr_equal(expire(119, 1), &a);
	assert_true(os_timeout_schedule_next(&schedule, &deadline));
	assert_int_equal(deadline, 120);
}

static void missed_periods_are_counted(void **state)
{
	(void)state;
	os_timeout_schedule_add(&schedule, &a, 100, 10);
	assert_ptr_equal(expire(100, 1), &a);
	assert_ptr_equal(expire(139, 3), &a); /* 110, 120, 130 */
	assert_null(expire(139, 0));
	assert_ptr_equal(expire(140, 1), &a);
}

static void a_period_may_reach_the_end_of_time(void **state)
{
	(void)state;
	os_timeout_schedule_add(&schedule, &a, UINT64_MAX - 5, 10);
	assert_ptr_equal(expire(UINT64_MAX - 1, 1), &a);
	assert_false(a.scheduled);
	os_timeout_schedule_add(&schedule, &b, 0, 1);
	assert_null(expire(UINT64_MAX - 2, 0)); /* time had got further already */
	assert_ptr_equal(expire(UINT64_MAX, 2), &b);
	assert_false(b.scheduled);
}

static void nobody_gets_ahead_by_a_deadline_of_the_past(void **state)
{
	(void)state;
	os_timeout_schedule_add(&schedule, &a, 10, 0);
	os_timeout_schedule_add(&schedule, &b, 20, 0);
	assert_ptr_equal(expire(50, 1), &a);
	os_timeout_schedule_add(&schedule, &a, 0, 0);
	assert_ptr_equal(expire(50, 1), &b);
	assert_ptr_equal(expire(50, 1), &a);
}

/* ------------------------------------------------------------------ many */

enum { MANY = 3000, STEPS = 30000 };

/* What each should do, kept the simple way. */
struct model {
	struct os_timeout_entry entry;
	uint64_t deadline, period;
	bool scheduled;
};

static struct model models[MANY];

static void model_expire(uint64_t now)
{
	struct os_timeout_entry *entry;
	uint64_t count, last = 0;

	while ((entry = os_timeout_schedule_expired(&schedule, now, &count))) {
		struct model *m = (struct model *)entry;

		assert_true(m->scheduled && m->deadline <= now);
		assert_true(m->deadline >= last);
		last = m->deadline;
		assert_int_equal(count, m->period ? (now - m->deadline) / m->period + 1 : 1);
		m->scheduled = m->period != 0;
		m->deadline += count * m->period;
	}
	for (size_t i = 0; i < MANY; i++)
		assert_true(!models[i].scheduled || models[i].deadline > now);
}

static void thousands_do_what_a_model_does(void **state)
{
	uint64_t seed = 1, now = 0;

	(void)state;
	for (int i = 0; i < STEPS; i++) {
		struct model *m = &models[random_below(&seed, MANY)];

		if (random_below(&seed, 4)) {
			m->deadline = now + random_below(&seed, 10000);
			m->period = random_below(&seed, 2) ? 1 + random_below(&seed, 3000) : 0;
			m->scheduled = true;
			os_timeout_schedule_add(&schedule, &m->entry, m->deadline, m->period);
		} else {
			m->scheduled = false;
			os_timeout_schedule_remove(&schedule, &m->entry);
		}
		assert_true(m->entry.scheduled == m->scheduled);
		if (i % 50 == 0) {
			now += random_below(&seed, 1000);
			model_expire(now);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(an_empty_schedule_has_nothing, setup),
		cmocka_unit_test_setup(deadlines_decide_about_the_order, setup),
		cmocka_unit_test_setup(equal_deadlines_stay_in_order, setup),
		cmocka_unit_test_setup(nothing_expires_early, setup),
		cmocka_unit_test_setup(what_is_removed_does_not_expire, setup),
		cmocka_unit_test_setup(periods_do_not_drift, setup),
		cmocka_unit_test_setup(missed_periods_are_counted, setup),
		cmocka_unit_test_setup(a_period_may_reach_the_end_of_time, setup),
		cmocka_unit_test_setup(nobody_gets_ahead_by_a_deadline_of_the_past, setup),
		cmocka_unit_test_setup(thousands_do_what_a_model_does, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
