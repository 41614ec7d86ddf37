/* SPDX-License-Identifier: BSD-2-Clause */
/* What is asked of a child's PD and CPU session, on a thread of its own if need be. */

#include "internal.h"

#include <osier/thread.h>

/*
 *   entrypoint                        thread                     sibling
 *   errand_begin -------------------> perform -----------------> pd_endow, cpu_thread, …
 *   (serves the sibling, too)                 <-----------------
 *   handle_done <------ signal ------
 *   child_errand_done
 *
 * Core and our parent answer: their sessions are asked at once. A sibling may be in a call to us,
 * or never answer: it holds up nobody but the child that is to be made of its sessions. The end of
 * either cancels the call. There is one errand of a child at a time. All that the server of a PD
 * session gets is the child's own account, which we split off ourselves, and close.
 */
enum { STACK_SIZE = 16 * 1024 };

struct own_thread {
	struct errand errand;
	struct child *child;
	struct os_thread thread;
	struct os_signal_handler done;
};

/* ------------------------------------------------------------------ asking */

/* Give it its quota and its program. */
static enum os_err load(struct errand *errand)
{
	enum os_err err;

	errand->what = "PD session";
	if ((err = pd_state_sigh(errand->pd, errand->state_sigh)) ||
	    (err = pd_endow(errand->pd, errand->account)))
		return err;
	errand->what = "loading the binary";
	return pd_load_virtual(errand->pd, rom_dataspace_as_dataspace(errand->binary),
	                       errand->parent, errand->pd.cap);
}

/* From the main thread's creation to its start. */
static enum os_err run(struct errand *errand)
{
	struct thread_cap thread = { 0 };
	enum os_err err;

	errand->what = "starting the main thread";
	if (!(err = cpu_thread(errand->cpu, errand->pd, "main", errand->priority, &thread)))
		err = thread_start(thread, 0, 0);
	os_cap_drop(thread.cap);
	return err;
}

static void perform(struct errand *errand)
{
	switch (errand->kind) {
	case ERRAND_LOAD:
		errand->err = load(errand);
		break;
	case ERRAND_RUN:
		errand->err = run(errand);
		break;
	case ERRAND_STATE:
		errand->what = "PD session";
		errand->err = pd_state(errand->pd, &errand->state, errand->text);
		break;
	}
}

/* ------------------------------------------------------------------ on a thread */

static void ask(struct os_thread *thread, void *argument)
{
	struct own_thread *const own = argument;
	enum os_err err;

	(void)thread;
	perform(&own->errand);
	err = os_signal_submit(own->done.cap, 1);
	(void)err; /* whoever has ended the handler waits for the thread */
}

static void destroy(struct own_thread *own)
{
	struct os_alloc *const alloc = own->child->sandbox->alloc;

	own->child->errand = NULL;
	os_thread_fini(&own->thread);
	os_signal_handler_fini(&own->done);
	os_cap_drop(own->errand.pd.cap);
	os_cap_drop(own->errand.cpu.cap);
	os_free(alloc, own, sizeof(*own));
}

static void handle_done(struct os_signal_handler *handler, uint64_t count)
{
	struct own_thread *const own = container_of(handler, struct own_thread, done);
	struct child *const child = own->child;
	struct errand errand;

	(void)count;
	os_thread_join(&own->thread);
	errand = own->errand;
	destroy(own);
	child_errand_done(child, &errand);
}

static enum os_err begin_thread(struct child *child, const struct errand *errand)
{
	struct os_sandbox *const sandbox = child->sandbox;
	struct own_thread *own;
	enum os_err err;

	if ((err = os_alloc(sandbox->alloc, sizeof(*own), (void **)&own)))
		return err;
	own->errand = *errand;
	own->errand.pd.cap = own->errand.cpu.cap = (struct os_cap){ 0 };
	own->child = child;
	child->errand = own;
	/* copies: what the sessions have goes with their servers */
	if ((err = os_cap_dup(errand->pd.cap, &own->errand.pd.cap)) ||
	    (err = os_cap_dup(errand->cpu.cap, &own->errand.cpu.cap)) ||
	    (err = os_signal_handler_init(&own->done, sandbox->ep, handle_done)) ||
	    (err = os_thread_init(&own->thread, sandbox->env, "errand", STACK_SIZE, 0, ask, own)))
		destroy(own);
	return err;
}

/* ------------------------------------------------------------------ either way */

bool errand_waits(const struct sandbox_session *session)
{
	return session->target == SANDBOX_TARGET_CHILD || session->target == SANDBOX_TARGET_LOCAL;
}

enum os_err errand_begin(struct child *child, enum errand_kind kind)
{
	const struct sandbox_session *const pd = child->environment[PARENT_ENVIRONMENT_PD],
	                                    *const cpu = child->environment[PARENT_ENVIRONMENT_CPU];
	struct errand errand = {
		.kind = kind,
		.pd = { pd->cap },
		.cpu = { cpu->cap },
		.account = child->account,
		.state_sigh = child->pd_state.cap,
		.binary = child->binary,
		.parent = parent_server_cap(&child->parent).cap,
		.priority = child->start->priority,
		.state = PD_STATE_RUNNING,
	};

	OS_ASSERT(!child->errand);
	if (errand_waits(kind == ERRAND_RUN ? cpu : pd))
		return begin_thread(child, &errand);
	perform(&errand);
	child_errand_done(child, &errand);
	return OS_OK;
}

void errand_end(struct child *child)
{
	struct own_thread *const own = child->errand;
	enum os_err err;

	if (!own)
		return;
	if (os_cap_valid(own->thread.cap.cap)) {
		err = thread_cancel_blocking(own->thread.cap);
		(void)err; /* it has returned */
	}
	destroy(own);
}
