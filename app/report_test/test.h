/* SPDX-License-Identifier: BSD-2-Clause */
/* report_test: what its files share. */

#ifndef REPORT_TEST_TEST_H
#define REPORT_TEST_TEST_H

#include <osier/env.h>
#include <osier/report.h>
#include <osier/session.h>

extern struct os_env *env;

/* A reader of the module "seen" and how often it was told of changes. */
struct reader {
	struct os_rom rom;
	struct os_signal_handler handler;
	uint64_t changes;
};

void reader_open(struct reader *reader);
void reader_close(struct reader *reader);

/* Until `total` changes have been told; and no more are. */
void reader_wait(struct reader *reader, uint64_t total);

/* The reader's current content is `text`, and nothing but zeroes after it. */
bool reader_shows(struct reader *reader, const char *text);
bool view_shows(const struct os_view *view, const char *text);

/* Submit `text`. */
void report(struct os_report *to, const char *text);

/* Reporters that break the rules (hostile.c). */
void hostile_run(void);

#endif
