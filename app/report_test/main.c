/* SPDX-License-Identifier: BSD-2-Clause */
/* report_test: what is reported is read as a ROM module, by whoever is permitted, at any pace. */

#include <osier/string.h>

#include "test.h"

struct os_env *env;

/* ------------------------------------------------------------------ readers */

static void changed(struct os_signal_handler *handler, uint64_t count)
{
	container_of(handler, struct reader, handler)->changes += count;
}

void reader_open(struct reader *reader)
{
	*reader = (struct reader){ 0 };
	OS_ASSERT(!os_rom_open(&reader->rom, env, "seen"));
	OS_ASSERT(!os_signal_handler_init(&reader->handler, env->ep, changed));
	OS_ASSERT(!os_rom_sigh(&reader->rom, &reader->handler));
}

void reader_close(struct reader *reader)
{
	os_signal_handler_fini(&reader->handler);
	os_rom_close(&reader->rom);
}

void reader_wait(struct reader *reader, uint64_t total)
{
	while (reader->changes < total)
		OS_ASSERT(!os_ep_dispatch(env->ep, true));
	OS_ASSERT(os_ep_dispatch(env->ep, false) == OS_ERR_EMPTY);
	OS_ASSERT(reader->changes == total);
}

bool view_shows(const struct os_view *view, const char *text)
{
	const char *const content = view->start;
	const size_t size = strlen(text);

	if (view->size < size || memcmp(content, text, size) != 0)
		return false;
	for (size_t i = size; i < view->size; i++)
		if (content[i])
			return false;
	return true;
}

bool reader_shows(struct reader *reader, const char *text)
{
	struct os_view view;
	bool shows;

	OS_ASSERT(!os_rom_view(&reader->rom, &view));
	shows = view_shows(&view, text);
	os_view_fini(&view);
	return shows;
}

void report(struct os_report *to, const char *text)
{
	OS_ASSERT(!os_report_submit(to, text, strlen(text)));
}

/* ------------------------------------------------------------------ tests */

static void content_follows_the_reports(void)
{
	struct os_report reporter;
	struct reader reader;
	struct os_view old;

	reader_open(&reader);
	OS_ASSERT(reader_shows(&reader, ""));
	OS_ASSERT(!os_report_open(&reporter, env, "told", 100));
	OS_ASSERT(reader_shows(&reader, ""));
	reader_wait(&reader, 0);
	report(&reporter, "<first/>");
	reader_wait(&reader, 1);
	OS_ASSERT(!os_rom_view(&reader.rom, &old));
	report(&reporter, "<second/>");
	report(&reporter, "<third/>");
	reader_wait(&reader, 3);
	OS_ASSERT(view_shows(&old, "<first/>"));
	os_view_fini(&old);
	OS_ASSERT(reader_shows(&reader, "<third/>"));
	report(&reporter, "<third/>");
	OS_ASSERT(reader_shows(&reader, "<third/>"));
	reader_wait(&reader, 3);
	os_report_close(&reporter);
	reader_wait(&reader, 4);
	OS_ASSERT(reader_shows(&reader, ""));
	reader_close(&reader);
}

/* Reports, and the memory for them, grow on either side. */
static void long_reports(void)
{
	enum { SIZE = 40000 };
	static char text[SIZE + 1];
	struct os_report reporter;
	struct reader reader;

	for (size_t i = 0; i < SIZE; i++)
		text[i] = (char)('a' + i % 19);
	reader_open(&reader);
	OS_ASSERT(!os_report_open(&reporter, env, "told", 0));
	report(&reporter, text);
	OS_ASSERT(reader_shows(&reader, text));
	report(&reporter, "<short/>");
	OS_ASSERT(reader_shows(&reader, "<short/>"));
	text[SIZE - 4096] = 0;
	report(&reporter, text);
	OS_ASSERT(reader_shows(&reader, text));
	reader_wait(&reader, 3);
	os_report_close(&reporter);
	reader_close(&reader);
}

/* Each reader has its own pace; some never ask, and some never even want to be told. */
static void readers_at_any_pace(void)
{
	enum { READERS = 8, REPORTS = 200 };
	struct reader reader[READERS];
	struct os_rom silent;
	struct os_report reporter;
	struct os_view view;
	char text[] = "<a/>";

	OS_ASSERT(!os_report_open(&reporter, env, "told", 100));
	for (int i = 0; i < READERS; i++)
		reader_open(&reader[i]);
	OS_ASSERT(!os_rom_open(&silent, env, "seen"));
	for (int i = 0; i < REPORTS; i++) {
		text[1] = (char)('a' + i % 26);
		report(&reporter, text);
		if (i % 100 == 0)
			OS_ASSERT(reader_shows(&reader[i / 100], text));
	}
	OS_ASSERT(!os_rom_view(&silent, &view));
	OS_ASSERT(view_shows(&view, text));
	os_view_fini(&view);
	for (int i = 0; i < READERS; i++) {
		while (reader[i].changes < REPORTS)
			OS_ASSERT(!os_ep_dispatch(env->ep, true));
		reader_close(&reader[i]);
	}
	os_rom_close(&silent);
	os_report_close(&reporter);
}

static void latest_of_several(void)
{
	struct os_report first, second;
	struct reader reader;

	reader_open(&reader);
	OS_ASSERT(!os_report_open(&first, env, "told", 100));
	OS_ASSERT(!os_report_open(&second, env, "told", 100));
	report(&second, "<second/>");
	report(&first, "<first/>");
	OS_ASSERT(reader_shows(&reader, "<first/>"));
	report(&second, "<first/>");
	reader_wait(&reader, 2);
	os_report_close(&first);
	OS_ASSERT(reader_shows(&reader, "<first/>"));
	os_report_close(&second);
	reader_wait(&reader, 3);
	OS_ASSERT(reader_shows(&reader, ""));
	reader_close(&reader);
}

static void who_has_no_policy(void)
{
	struct os_report reporter;
	struct reader reader;
	struct os_rom rom;

	OS_ASSERT(os_rom_open(&rom, env, "secret") == OS_ERR_DENIED);
	reader_open(&reader);
	OS_ASSERT(!os_report_open(&reporter, env, "other", 100));
	report(&reporter, "<other/>");
	OS_ASSERT(reader_shows(&reader, ""));
	reader_wait(&reader, 0);
	os_report_close(&reporter);
	reader_close(&reader);
}

/* ------------------------------------------------------------------ quota */

static uint64_t free_quota(uint64_t *caps)
{
	uint64_t ram_limit, ram_used, caps_limit, caps_used;
	struct account_cap account;

	OS_ASSERT(!pd_account(env->pd, &account));
	OS_ASSERT(!account_info(account, &ram_limit, &ram_used, &caps_limit, &caps_used));
	os_cap_drop(account.cap);
	*caps = caps_limit - caps_used;
	return ram_limit - ram_used;
}

/* Until the servers have let go of all sessions that were closed, so that the donations are back.
 */
static void closed_wait(void)
{
	for (uint64_t id = 0; id < env->next_session_id; id++) {
		enum parent_session_state state;
		struct os_cap cap;
		uint32_t error;

		while (!parent_session_poll(env->parent, id, &state, &error, &cap)) {
			os_cap_drop(cap);
			if (state == PARENT_SESSION_STATE_OPEN)
				break;
		}
	}
}

static void all_tests(bool tell)
{
	static const struct {
		void (*run)(void);
		const char *what;
	} tests[] = {
		{ content_follows_the_reports, "the content follows the reports" },
		{ long_reports, "reports and copies of any length" },
		{ readers_at_any_pace, "readers at any pace" },
		{ latest_of_several, "of several reports the latest counts" },
		{ who_has_no_policy, "who has no policy sees nothing" },
		{ hostile_run, "hostile reporters harm themselves" },
	};

	for (size_t i = 0; i < OS_ARRAY_SIZE(tests); i++) {
		tests[i].run();
		if (tell)
			os_log(env, "%s", tests[i].what);
	}
}

enum os_err os_construct(struct os_env *own)
{
	uint64_t ram, caps, caps_now;

	env = own;
	all_tests(true);
	/* What is allocated once, and kept, is there by now. */
	closed_wait();
	ram = free_quota(&caps);
	all_tests(false);
	closed_wait();
	OS_ASSERT(free_quota(&caps_now) == ram && caps_now == caps);
	os_log(env, "all quota is back");
	os_exit(env, 0);
}
