/* SPDX-License-Identifier: BSD-2-Clause */
/* rtc_test: tells the date, and sets the clock if its config says that it may. */

#include <api/rtc.h>
#include <config/config.h>
#include <osier/env.h>

static struct {
	struct os_env *env;
	struct rtc_cap rtc;
	struct os_signal_handler told;
	bool may_set;
} test;

static bool same_date(const struct rtc_date *a, const struct rtc_date *b)
{
	return a->year == b->year && a->month == b->month && a->day == b->day && a->hour == b->hour;
}

static void tell(const char *what)
{
	struct rtc_date date;
	int64_t seconds, again;
	enum os_err err;

	if ((err = rtc_now(test.rtc, &date, &seconds)) ||
	    (err = rtc_now(test.rtc, &date, &again))) {
		os_error(test.env, "no date: %s", os_err_text(err));
		return;
	}
	if (again < seconds)
		os_error(test.env, "the clock goes backwards");
	os_log(test.env, "%s: %u-%02u-%02uT%02u:%02u:%02u, %ld", what, date.year, date.month,
	       date.day, date.hour, date.minute, date.second, (long)again);
}

static void expect(const char *what, enum os_err err, enum os_err expected)
{
	if (err == expected)
		os_log(test.env, "%s: %s", what, os_err_text(err));
	else
		os_error(test.env, "%s: %s", what, os_err_text(err));
}

static void set(void)
{
	const struct rtc_date future = { 2099, 12, 31, 22, 0, 0 };
	const struct rtc_date never = { 2099, 2, 29, 0, 0, 0 };
	struct rtc_date date;
	int64_t seconds;

	expect("a date that there is not", rtc_set(test.rtc, &never),
	       test.may_set ? OS_ERR_RANGE : OS_ERR_DENIED);
	expect("another date", rtc_set(test.rtc, &future), test.may_set ? OS_OK : OS_ERR_DENIED);
	if (!test.may_set)
		return;
	if (rtc_now(test.rtc, &date, &seconds) || !same_date(&date, &future))
		os_error(test.env, "what was set is not read");
	tell("now it is");
}

static void handle_told(struct os_signal_handler *handler, uint64_t count)
{
	(void)handler;
	(void)count;
	os_log(test.env, "somebody has set the clock");
}

enum os_err os_construct(struct os_env *env)
{
	static struct os_config config;
	static struct os_session session;
	enum os_err err;

	test.env = env;
	if ((err = os_config_open(&config, env)) ||
	    (err = rtc_open(&session, env, NULL, &test.rtc)) ||
	    (err = os_signal_handler_init(&test.told, env->ep, handle_told)) ||
	    (err = rtc_sigh(test.rtc, test.told.cap)))
		return err;
	test.may_set = os_xml_bool(config.root, "set", false);
	tell("it is");
	set();
	return OS_OK;
}
