/* SPDX-License-Identifier: BSD-2-Clause */
/* A thread that calls a child on init's behalf: asked by a semaphore, done by a signal. */

#include "caller.h"

enum { STACK_SIZE = 16 * 1024 };

static void run(struct os_thread *thread, void *argument)
{
	struct caller *const caller = argument;
	enum os_err err;

	(void)thread;
	for (;;) {
		os_semaphore_down(&caller->asked);
		if (__atomic_load_n(&caller->ends, __ATOMIC_ACQUIRE))
			return;
		caller->work(caller);
		err = os_signal_submit(caller->finished.cap, 1);
		(void)err; /* whoever has ended the handler waits for the thread */
	}
}

static void handle_finished(struct os_signal_handler *handler, uint64_t count)
{
	struct caller *const caller = container_of(handler, struct caller, finished);

	(void)count;
	caller->busy = false;
	caller->done(caller); /* which may be its end */
}

enum os_err caller_init(struct caller *caller, struct os_ep *ep)
{
	enum os_err err;

	*caller = (struct caller){ .work = caller->work, .done = caller->done };
	if (!(err = os_signal_handler_init(&caller->finished, ep, handle_finished)))
		err = os_thread_init(&caller->thread, ep->env, "caller", STACK_SIZE, 0, run,
		                     caller);
	if (err)
		caller_fini(caller);
	return err;
}

void caller_fini(struct caller *caller)
{
	enum os_err err;

	if (os_cap_valid(caller->thread.cap.cap)) {
		__atomic_store_n(&caller->ends, true, __ATOMIC_RELEASE);
		if (caller->busy) {
			err = thread_cancel_blocking(caller->thread.cap);
			(void)err; /* it has returned */
		}
		os_semaphore_up(&caller->asked);
		os_thread_fini(&caller->thread);
	}
	os_signal_handler_fini(&caller->finished);
	*caller = (struct caller){ .work = caller->work, .done = caller->done };
}

void caller_ask(struct caller *caller)
{
	OS_ASSERT(!caller->busy);
	caller->busy = true;
	os_semaphore_up(&caller->asked);
}
