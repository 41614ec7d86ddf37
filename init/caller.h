/* SPDX-License-Identifier: BSD-2-Clause */
/* A thread that calls a child on init's behalf: a child that hangs holds up nothing else. */

#ifndef INIT_CALLER_H
#define INIT_CALLER_H

#include <osier/ep.h>
#include <osier/thread.h>

/** Set the first two; zero is empty. Its functions are for the entrypoint's thread. */
struct caller {
	/* Calls the child, on the thread; ends with the first call that fails, as it may have been
	 * cancelled. What it uses is its own from caller_ask() to `done`. */
	void (*work)(struct caller *caller);
	/* It has done so; on the entrypoint's thread. May ask again, and end it. */
	void (*done)(struct caller *caller);

	struct os_thread thread;
	struct os_semaphore asked;
	struct os_signal_handler finished;
	bool busy; /* from caller_ask() to `done` */
	bool ends;
};

/* Errors: those of os_thread_init(). */
enum os_err caller_init(struct caller *caller, struct os_ep *ep) OS_MUST_CHECK;

/* A call under way is cancelled. Zero is accepted. */
void caller_fini(struct caller *caller);

/* Have `work` run; it is not busy. */
void caller_ask(struct caller *caller);

#endif
