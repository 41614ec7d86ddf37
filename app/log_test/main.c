/* SPDX-License-Identifier: BSD-2-Clause */
/* log_test: when it is its turn, logs lines of all sorts: short, long, too long, several in one. */

#include <api/turn.h>
#include <osier/env.h>
#include <osier/session.h>
#include <osier/string.h>

enum { LONGEST = 500 }; /* bytes of a line that os_log() does not cut */

/* `size` dots between "long(" and ")end". */
static void log_long(struct os_env *env, size_t size)
{
	char dots[2 * LONGEST];

	memset(dots, '.', size);
	os_log(env, "long(%.*s)end", (int)size, dots);
}

static void log_all(struct os_env *env)
{
	os_log(env, "plain");
	log_long(env, LONGEST - strlen("long()end"));
	log_long(env, LONGEST - strlen("long()end") + 1);
	os_log(env, "one\ntwo\n\nfour");
	os_log(env, "bell \a escape \033[2J tab \t umlaut \u00fc");
	os_log(env, "%s", "");
	os_log(env, "%d %u %x %5d|%-5d|%05d %c %s %lld", -1, 2u, 0xabcdef, 42, 42, 42, 'c', "text",
	       -5000000000ll);
	os_warning(env, "%s", "of %s");
}

enum os_err os_construct(struct os_env *env)
{
	struct os_session session;
	struct turn_cap turn;
	enum os_err err;

	if ((err = turn_open(&session, env, NULL, &turn)))
		return err;
	if ((err = turn_wait(turn)))
		return err;
	log_all(env);
	return turn_pass(turn);
}
