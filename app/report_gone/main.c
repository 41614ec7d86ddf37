/* SPDX-License-Identifier: BSD-2-Clause */
/* report_gone: a writer and a reader whose server ends again and again; see README.md. */

#include <api/turn.h>
#include <config/config.h>
#include <osier/report.h>
#include <osier/session.h>
#include <osier/string.h>

#include "parts.h"

enum { REPORT_SIZE = 3000 }; /* several messages */

static struct turn_cap turn;

void turn_take(struct os_env *env)
{
	static struct os_session session;

	if (!os_cap_valid(turn.cap))
		OS_ASSERT(!turn_open(&session, env, NULL, &turn));
	OS_ASSERT(!turn_wait(turn));
}

void turn_give(void)
{
	OS_ASSERT(!turn_pass(turn));
}

/* The report of a round, which is the same letter all over. */
static void fill(char text[REPORT_SIZE], uint32_t round)
{
	memset(text, 'a' + (int)round, REPORT_SIZE);
}

/*
 * Reports, and goes on reporting the same while the others have their turns, so that the server's
 * end meets it at any point of that.
 */
static void write(struct os_env *env)
{
	static char text[REPORT_SIZE];
	struct os_report report = { 0 };
	enum os_err err;

	for (uint32_t round = 0; round < ROUNDS; round++) {
		turn_take(env);
		OS_ASSERT(!os_report_open(&report, env, "told", REPORT_SIZE));
		fill(text, round);
		OS_ASSERT(!os_report_submit(&report, text, REPORT_SIZE));
		turn_give();
		while (!(err = os_report_submit(&report, text, REPORT_SIZE)))
			continue;
		OS_ASSERT(err == OS_ERR_GONE);
		OS_ASSERT(os_report_submit(&report, text, REPORT_SIZE) == OS_ERR_GONE);
		os_report_close(&report);
	}
	os_log(env, "%u times the server was gone, and reports went on", ROUNDS);
}

static void read(struct os_env *env)
{
	static char text[REPORT_SIZE];
	struct os_rom rom = { 0 };
	struct os_view view;

	for (uint32_t round = 0; round < ROUNDS; round++) {
		turn_take(env);
		/* of the server that has ended; a view of it must not be looked at any more */
		if (round)
			OS_ASSERT(os_rom_view(&rom, &view) == OS_ERR_GONE);
		os_rom_close(&rom);
		OS_ASSERT(!os_rom_open(&rom, env, "seen") && !os_rom_view(&rom, &view));
		fill(text, round);
		OS_ASSERT(view.size >= REPORT_SIZE && !memcmp(view.start, text, REPORT_SIZE));
		os_view_fini(&view);
		turn_give();
	}
	os_log(env, "%u times the server was gone, and reading went on", ROUNDS - 1);
}

enum os_err os_construct(struct os_env *env)
{
	static struct os_config config;
	enum os_err err;

	if ((err = os_config_open(&config, env)))
		return err;
	if (os_xml_equal(config.root, "role", "keeper"))
		return keeper_start(env);
	if (os_xml_equal(config.root, "role", "writer"))
		write(env);
	else
		read(env);
	os_exit(env, 0);
}
