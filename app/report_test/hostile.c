/* SPDX-License-Identifier: BSD-2-Clause */
/* Reporters that break the rules, lie about lengths, promise more than they pay, and vanish. */

#include <osier/string.h>

#include "test.h"

static struct report_cap open_with(struct os_session *session, uint64_t size)
{
	struct report_cap cap;

	OS_ASSERT(!report_open(session, env, "told", size, &cap));
	return cap;
}

/* Pieces that overlap, leave gaps or do not fit; a length that is another. */
static void wrong_pieces(struct reader *reader)
{
	struct os_session session;
	const struct report_cap cap = open_with(&session, 8);

	OS_ASSERT(report_write(cap, 1, "a", 1) == OS_ERR_RANGE);
	OS_ASSERT(report_submit(cap, 1) == OS_ERR_RANGE);
	OS_ASSERT(report_submit(cap, UINT64_MAX) == OS_ERR_RANGE);
	OS_ASSERT(!report_write(cap, 0, "abcd", 4));
	OS_ASSERT(report_write(cap, 3, "e", 1) == OS_ERR_RANGE);
	OS_ASSERT(report_write(cap, 5, "e", 1) == OS_ERR_RANGE);
	OS_ASSERT(report_write(cap, UINT64_MAX, "e", 1) == OS_ERR_RANGE);
	OS_ASSERT(report_write(cap, 4, "efghi", 5) == OS_ERR_RANGE);
	OS_ASSERT(report_submit(cap, 3) == OS_ERR_RANGE);
	OS_ASSERT(report_submit(cap, 5) == OS_ERR_RANGE);
	OS_ASSERT(!report_write(cap, 4, "efgh", 4));
	OS_ASSERT(!report_submit(cap, 8));
	OS_ASSERT(reader_shows(reader, "abcdefgh"));
	/* Nothing has been written since. */
	OS_ASSERT(report_submit(cap, 8) == OS_ERR_RANGE);
	OS_ASSERT(!report_submit(cap, 0));
	OS_ASSERT(reader_shows(reader, ""));
	os_session_close(&session);
}

/* It pays for little and writes much: the report before stays. */
static void more_than_paid(struct reader *reader)
{
	struct os_session session;
	const struct report_cap cap = open_with(&session, 8);

	OS_ASSERT(!report_write(cap, 0, "<paid/>", 7) && !report_submit(cap, 7));
	OS_ASSERT(!report_resize(cap, 512 * 1024));
	OS_ASSERT(report_write(cap, 0, "<more/>", 7) == OS_ERR_OUT_OF_RAM);
	OS_ASSERT(report_write(cap, 7, "<more/>", 7) == OS_ERR_RANGE);
	OS_ASSERT(reader_shows(reader, "<paid/>"));
	OS_ASSERT(report_resize(cap, UINT64_MAX) == OS_ERR_RANGE);
	OS_ASSERT(!os_session_upgrade(&session, 1024 * 1024, 0));
	OS_ASSERT(!report_write(cap, 0, "<more/>", 7) && !report_submit(cap, 7));
	OS_ASSERT(reader_shows(reader, "<more/>"));
	OS_ASSERT(!report_resize(cap, 0));
	OS_ASSERT(!report_write(cap, 0, "", 0));
	OS_ASSERT(report_write(cap, 0, "<more/>", 7) == OS_ERR_RANGE);
	os_session_close(&session);
}

/* It is gone in the middle of a report, of which nobody ever sees a part. */
static void gone_while_writing(struct reader *reader)
{
	struct os_session session;
	const struct report_cap cap = open_with(&session, 4096);
	const uint64_t changes = reader->changes;

	OS_ASSERT(!report_write(cap, 0, "<half", 5));
	os_session_close(&session);
	OS_ASSERT(reader_shows(reader, ""));
	OS_ASSERT(reader->changes == changes);
}

static void flood(void)
{
	enum { REPORTS = 2000 };
	struct os_session session;
	const struct report_cap cap = open_with(&session, 64);

	for (int i = 0; i < REPORTS; i++) {
		OS_ASSERT(!report_write(cap, 0, i % 2 ? "<odd/>" : "<even/>", 6 + !(i % 2)));
		OS_ASSERT(!report_submit(cap, 6 + !(i % 2)));
	}
	os_session_close(&session);
}

void hostile_run(void)
{
	struct os_report too_long;
	struct reader reader;
	uint64_t changes;

	reader_open(&reader);
	OS_ASSERT(os_report_open(&too_long, env, "told", 600 * 1024) == OS_ERR_RANGE);
	wrong_pieces(&reader);
	more_than_paid(&reader);
	/* Each of the two has reported twice, and was then withdrawn. */
	reader_wait(&reader, 6);
	gone_while_writing(&reader);
	changes = reader.changes;
	flood();
	while (reader.changes < changes + 2001)
		OS_ASSERT(!os_ep_dispatch(env->ep, true));
	OS_ASSERT(reader_shows(&reader, ""));
	reader_close(&reader);
}
