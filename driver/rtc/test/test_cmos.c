/* SPDX-License-Identifier: BSD-2-Clause */
/* The clock in CMOS memory, played: all its forms, updates at any moment, and nonsense. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include "../pc/cmos.h"

enum { CENTURY = 0x32, A = 0x0a, B = 0x0b, BINARY = 4, HOURS_24 = 2 };

static uint8_t memory[128];
static uint32_t reads;       /* so far */
static uint32_t update_at;   /* the read before which the clock counts on; 0: never */
static uint32_t update_left; /* reads until an update is over */
static void (*count_on)(void);

static uint8_t play_read(const struct cmos_port *port, uint8_t number)
{
	(void)port;
	assert_true(number < sizeof(memory));
	if (++reads == update_at && count_on)
		count_on();
	if (number == A && update_left) {
		update_left--;
		return 0x80;
	}
	return memory[number];
}

static void play_write(const struct cmos_port *port, uint8_t number, uint8_t value)
{
	(void)port;
	assert_true(number < sizeof(memory));
	assert_true(number == B || memory[B] & 0x80); /* it must not count meanwhile */
	memory[number] = value;
}

static const struct cmos_port port = { play_read, play_write };
static const struct cmos cmos = { &port, CENTURY }, young = { &port, 0 };

static int fresh(void **state)
{
	(void)state;
	memset(memory, 0, sizeof(memory));
	reads = update_at = update_left = 0;
	count_on = NULL;
	return 0;
}

static void show(uint8_t form, uint8_t century, uint8_t year, uint8_t month, uint8_t day,
                 uint8_t hour, uint8_t minute, uint8_t second)
{
	memory[B] = form;
	memory[CENTURY] = century;
	memory[9] = year;
	memory[8] = month;
	memory[7] = day;
	memory[4] = hour;
	memory[2] = minute;
	memory[0] = second;
}

static void reads_as(const struct cmos *clock, uint32_t year, uint32_t month, uint32_t day,
                     uint32_t hour, uint32_t minute, uint32_t second)
{
	struct rtc_date date;

	assert_int_equal(cmos_read(clock, &date), OS_OK);
	assert_int_equal(date.year, year);
	assert_int_equal(date.month, month);
	assert_int_equal(date.day, day);
	assert_int_equal(date.hour, hour);
	assert_int_equal(date.minute, minute);
	assert_int_equal(date.second, second);
}

static void decimal_and_binary(void **state)
{
	(void)state;
	show(HOURS_24, 0x20, 0x26, 0x11, 0x20, 0x23, 0x59, 0x58);
	reads_as(&cmos, 2026, 11, 20, 23, 59, 58);
	show(HOURS_24 | BINARY, 20, 26, 11, 20, 23, 59, 58);
	reads_as(&cmos, 2026, 11, 20, 23, 59, 58);
}

static void twelve_hours(void **state)
{
	(void)state;
	for (uint32_t hour = 0; hour < 24; hour++) {
		const uint32_t shown = (hour + 11) % 12 + 1;
		const uint8_t pm = hour >= 12 ? 0x80 : 0;
		const uint8_t decimal = (uint8_t)(shown / 10 << 4 | shown % 10);

		show(0, 0x20, 0x26, 1, 2, (uint8_t)(decimal | pm), 0, 0);
		reads_as(&cmos, 2026, 1, 2, hour, 0, 0);
		show(BINARY, 20, 26, 1, 2, (uint8_t)(shown | pm), 0, 0);
		reads_as(&cmos, 2026, 1, 2, hour, 0, 0);
	}
}

static void without_a_century(void **state)
{
	(void)state;
	show(HOURS_24, 0x55, 0x69, 1, 1, 0, 0, 0);
	reads_as(&young, 2069, 1, 1, 0, 0, 0);
	show(HOURS_24, 0x55, 0x70, 1, 1, 0, 0, 0);
	reads_as(&young, 1970, 1, 1, 0, 0, 0);
}

static void new_year(void)
{
	show(HOURS_24, 0x20, 0x27, 1, 1, 0, 0, 0);
	update_left = 3;
}

static void it_counts_on_at_any_moment(void **state)
{
	(void)state;
	for (uint32_t at = 1; at < 30; at++) {
		struct rtc_date date;

		fresh(NULL);
		show(HOURS_24, 0x20, 0x26, 0x12, 0x31, 0x23, 0x59, 0x59);
		update_at = at;
		count_on = new_year;
		assert_int_equal(cmos_read(&cmos, &date), OS_OK);
		/* the old year or the new one, and nothing in between */
		if (date.year == 2026)
			assert_int_equal(date.month * 100 + date.day, 1231);
		else
			assert_int_equal(date.year * 10000 + date.month * 100 + date.day, 20270101);
		assert_int_equal(date.second, date.year == 2026 ? 59 : 0);
	}
}

static void nonsense_is_refused(void **state)
{
	struct rtc_date date;

	(void)state;
	show(HOURS_24, 0x20, 0x26, 0x1a, 1, 0, 0, 0);
	assert_int_equal(cmos_read(&cmos, &date), OS_ERR_INVALID);
	show(HOURS_24, 0x20, 0x26, 0x02, 0x30, 0, 0, 0);
	assert_int_equal(cmos_read(&cmos, &date), OS_ERR_INVALID);
	show(0, 0x20, 0x26, 0x01, 0x01, 0x13, 0, 0);
	assert_int_equal(cmos_read(&cmos, &date), OS_ERR_INVALID);
	show(0, 0x20, 0x26, 0x01, 0x01, 0x80, 0, 0);
	assert_int_equal(cmos_read(&cmos, &date), OS_ERR_INVALID);
	show(HOURS_24 | BINARY, 20, 100, 1, 1, 0, 0, 0);
	assert_int_equal(cmos_read(&cmos, &date), OS_ERR_INVALID);
	memset(memory, 0xff, sizeof(memory));
	assert_int_equal(cmos_read(&cmos, &date), OS_ERR_INVALID);
	memset(memory, 0, sizeof(memory));
	assert_int_equal(cmos_read(&cmos, &date), OS_ERR_INVALID);
}

static void a_clock_that_updates_for_ever_is_given_up(void **state)
{
	struct rtc_date date;

	(void)state;
	show(HOURS_24, 0x20, 0x26, 1, 1, 0, 0, 0);
	update_left = UINT32_MAX;
	assert_int_equal(cmos_read(&cmos, &date), OS_ERR_INVALID);
	assert_true(reads < 100000);
}

static void what_is_set_is_read_again_in_each_form(void **state)
{
	static const uint8_t forms[] = { 0, BINARY, HOURS_24, BINARY | HOURS_24 };

	(void)state;
	for (size_t i = 0; i < OS_ARRAY_SIZE(forms); i++) {
		for (uint32_t hour = 0; hour < 24; hour++) {
			const struct rtc_date date = { 2099, 12, 31, hour, 58, 59 };

			fresh(NULL);
			memory[B] = forms[i];
			cmos_write(&cmos, &date);
			assert_int_equal(memory[B], forms[i]);
			reads_as(&cmos, 2099, 12, 31, hour, 58, 59);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(decimal_and_binary, fresh),
		cmocka_unit_test_setup(twelve_hours, fresh),
		cmocka_unit_test_setup(without_a_century, fresh),
		cmocka_unit_test_setup(it_counts_on_at_any_moment, fresh),
		cmocka_unit_test_setup(nonsense_is_refused, fresh),
		cmocka_unit_test_setup(a_clock_that_updates_for_ever_is_given_up, fresh),
		cmocka_unit_test_setup(what_is_set_is_read_again_in_each_form, fresh),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
