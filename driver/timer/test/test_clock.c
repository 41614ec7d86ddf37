/* SPDX-License-Identifier: BSD-2-Clause */
/* The PC's clock: which time two counters tell, one of them of unknown rate, the other narrow. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include "../pc/clock.h"

#define MS UINT64_C(1000000)
#define S  (1000 * MS)

/* A machine: its TSC's real rate, and the device, at a time since the start. */
static struct clock clock;
static uint64_t real_khz, tsc_start;
static uint32_t ticks_start;

static const struct clock_device hpet = { .femtoseconds = 69841279, .mask = UINT32_MAX };
static const struct clock_device pit = { .femtoseconds = 838095345, .mask = UINT16_MAX };

static uint64_t tsc_at(uint64_t ns)
{
	return tsc_start + (uint64_t)((unsigned __int128)ns * real_khz / MS);
}

static uint32_t ticks_at(uint64_t ns)
{
	return ticks_start +
	       (uint32_t)((unsigned __int128)ns * 1000000 / clock.device->femtoseconds);
}

static void begin(const struct clock_device *device, uint64_t real, uint64_t rough)
{
	real_khz = real;
	tsc_start = UINT64_C(0x123456789a);
	ticks_start = 0xfffff123;
	clock_init(&clock, device, rough, tsc_start, ticks_start);
}

static void sample_at(uint64_t ns)
{
	clock_sample(&clock, tsc_at(ns), ticks_at(ns));
}

static void assert_near(uint64_t value, uint64_t expected, uint64_t distance)
{
	assert_in_range(value, expected > distance ? expected - distance : 0, expected + distance);
}

static void tells_time_by_the_rough_rate_at_first(void **state)
{
	(void)state;
	begin(&hpet, 2000000, 2000000);
	assert_int_equal(clock_ns(&clock, tsc_at(0)), 0);
	assert_int_equal(clock_ns(&clock, tsc_at(7 * MS)), 7 * MS);
}

static void is_right_from_the_first_sample_on(void **state)
{
	(void)state;
	begin(&hpet, 2000000, 2020000); /* 1 % wrong */
	sample_at(10 * MS);
	assert_near(clock_ns(&clock, tsc_at(10 * MS)), 10 * MS, 100);
	assert_near(clock_ns(&clock, tsc_at(S)), S, 10000);
	sample_at(S);
	assert_near(clock_ns(&clock, tsc_at(60 * S)), 60 * S, 10000);
}

static void leaves_out_what_comes_too_early(void **state)
{
	(void)state;
	begin(&hpet, 2000000, 2000000);
	/* a device that is read late within a short time says nothing about the rate */
	clock_sample(&clock, tsc_at(MS / 10), ticks_at(MS / 5));
	assert_int_equal(clock_ns(&clock, tsc_at(MS)), MS);
}

static void counts_overflows_of_the_device(void **state)
{
	(void)state;
	begin(&pit, 3000000, 3001000); /* the counter is full after 55 ms */
	sample_at(10 * MS);
	for (uint64_t ns = 100 * MS; ns < 100 * S; ns += ns / 2) {
		sample_at(ns);
		assert_near(clock_ns(&clock, tsc_at(ns)), ns, 2000);
	}
	assert_near(clock_ns(&clock, tsc_at(100 * S)), 100 * S, 100000);
}

static void follows_the_device_in_the_long_run(void **state)
{
	uint64_t ns = 0;

	(void)state;
	begin(&hpet, 2000000, 2000000);
	for (int i = 0; i < 1000; i++)
		sample_at(ns += 900 * MS);
	assert_near(clock_ns(&clock, tsc_at(ns)), 900 * S, 200000);
	assert_true(clock.ns_sum <= 64 * S);
}

static void follows_a_rate_that_changes(void **state)
{
	uint64_t before;

	(void)state;
	begin(&hpet, 2000000, 2000000);
	sample_at(60 * S);
	/* from now on the TSC runs faster by a thousandth */
	tsc_start = tsc_at(60 * S) - 60 * UINT64_C(2002000000);
	real_khz = 2002000;
	for (uint64_t s = 61; s < 600; s++)
		sample_at(s * S);
	before = clock_ns(&clock, tsc_at(599 * S));
	assert_near(clock_ns(&clock, tsc_at(600 * S)) - before, S, 10000);
}

static void never_goes_backwards(void **state)
{
	(void)state;
	begin(&hpet, 2000000, 1900000); /* too fast by 5 % */
	assert_true(clock_ns(&clock, tsc_at(100 * MS)) > 105 * MS);
	sample_at(101 * MS);
	assert_true(clock_ns(&clock, tsc_at(101 * MS)) > 105 * MS);
	assert_near(clock_ns(&clock, tsc_at(110 * MS)), 110 * MS, 1000);
}

static void bears_a_tsc_that_is_behind_on_another_cpu(void **state)
{
	uint64_t now;

	(void)state;
	begin(&hpet, 2000000, 2000000);
	sample_at(S);
	now = clock_ns(&clock, tsc_at(S));
	assert_int_equal(clock_ns(&clock, tsc_at(S - MS)), now);
	clock_sample(&clock, tsc_at(S - MS), ticks_at(S + 2 * MS));
	assert_int_equal(clock_ns(&clock, tsc_at(S - MS)), now);
}

static void a_sample_is_due_after_a_second(void **state)
{
	(void)state;
	begin(&hpet, 2000000, 2000000);
	assert_false(clock_sample_due(&clock, tsc_at(999 * MS)));
	assert_true(clock_sample_due(&clock, tsc_at(S)));
	sample_at(S);
	assert_false(clock_sample_due(&clock, tsc_at(S + 999 * MS)));
	assert_false(clock_sample_due(&clock, tsc_at(0)));
}

static void ticks_are_never_too_few(void **state)
{
	(void)state;
	assert_int_equal(clock_ticks(&pit, 0, UINT16_MAX), 0);
	assert_int_equal(clock_ticks(&pit, 1, UINT16_MAX), 1);
	assert_int_equal(clock_ticks(&pit, 838, UINT16_MAX), 1);
	assert_int_equal(clock_ticks(&pit, 839, UINT16_MAX), 2);
	assert_int_equal(clock_ticks(&pit, 50 * MS, UINT16_MAX), 59660);
	assert_int_equal(clock_ticks(&pit, S, UINT16_MAX), UINT16_MAX);
	assert_int_equal(clock_ticks(&hpet, UINT64_MAX, 1 << 30), 1 << 30);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tells_time_by_the_rough_rate_at_first),
		cmocka_unit_test(is_right_from_the_first_sample_on),
		cmocka_unit_test(leaves_out_what_comes_too_early),
		cmocka_unit_test(counts_overflows_of_the_device),
		cmocka_unit_test(follows_the_device_in_the_long_run),
		cmocka_unit_test(follows_a_rate_that_changes),
		cmocka_unit_test(never_goes_backwards),
		cmocka_unit_test(bears_a_tsc_that_is_behind_on_another_cpu),
		cmocka_unit_test(a_sample_is_due_after_a_second),
		cmocka_unit_test(ticks_are_never_too_few),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
