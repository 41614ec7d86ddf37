/* SPDX-License-Identifier: BSD-2-Clause */
/* The binary of a child from a sibling, who is asked on a thread of its own. */

#include "internal.h"

#include <osier/thread.h>

/*
 *   entrypoint                      thread                     sibling
 *   fetch_begin ------------------> rom_dataspace, rom_sigh -->
 *   (serves the sibling, too)                              <--
 *   handle_done <--- signal -------
 *
 * The entrypoint cannot ask by itself: the sibling may just be in a call to it, such as the one
 * that delivers this very session. A sibling that hangs holds up nobody but the child that wants
 * its binary from there; the end of either cancels the call.
 */
struct fetch {
	struct child *child;
	struct os_thread thread;
	struct os_signal_handler done;
	bool again; /* there was another change meanwhile */
	/* the thread's */
	struct rom_cap rom;
	struct signal_context_cap changed;
	struct rom_dataspace_cap binary;
	enum os_err err;
};

enum { STACK_SIZE = 16 * 1024 };

static void ask(struct os_thread *thread, void *argument)
{
	struct fetch *const fetch = argument;
	enum os_err err;

	(void)thread;
	if (!(fetch->err = rom_dataspace(fetch->rom, &fetch->binary)))
		fetch->err = rom_sigh(fetch->rom, fetch->changed);
	err = os_signal_submit(fetch->done.cap, 1);
	(void)err; /* whoever has ended the handler waits for the thread */
}

static void destroy(struct fetch *fetch)
{
	struct os_alloc *const alloc = fetch->child->sandbox->alloc;

	fetch->child->fetch = NULL;
	os_thread_fini(&fetch->thread);
	os_signal_handler_fini(&fetch->done);
	os_cap_drop(fetch->rom.cap);
	os_cap_drop(fetch->binary.cap);
	os_free(alloc, fetch, sizeof(*fetch));
}

static void handle_done(struct os_signal_handler *handler, uint64_t count)
{
	struct fetch *const fetch = container_of(handler, struct fetch, done);
	struct child *const child = fetch->child;
	struct rom_dataspace_cap binary;
	const bool again = fetch->again;
	enum os_err err;

	(void)count;
	os_thread_join(&fetch->thread);
	err = fetch->err;
	binary = err ? (struct rom_dataspace_cap){ 0 } : fetch->binary;
	if (!err)
		fetch->binary = (struct rom_dataspace_cap){ 0 };
	destroy(fetch);
	child_fetched(child, binary, err);
	if (again && os_cap_valid(child->binary_changed.cap.cap)) {
		err = os_signal_submit(child->binary_changed.cap, 1);
		(void)err; /* its own context: it is there */
	}
}

enum os_err fetch_begin(struct child *child, struct rom_cap rom)
{
	struct os_sandbox *const sandbox = child->sandbox;
	struct fetch *fetch = child->fetch;
	enum os_err err;

	if (fetch) {
		fetch->again = true;
		return OS_OK;
	}
	if ((err = os_alloc(sandbox->alloc, sizeof(*fetch), (void **)&fetch)))
		return err;
	fetch->child = child;
	child->fetch = fetch;
	fetch->changed = child->binary_changed.cap;
	if ((err = os_cap_dup(rom.cap, &fetch->rom.cap)) ||
	    (err = os_signal_handler_init(&fetch->done, sandbox->ep, handle_done)) ||
	    (err = os_thread_init(&fetch->thread, sandbox->env, "fetch", STACK_SIZE, 0, ask,
	                          fetch)))
		destroy(fetch);
	return err;
}

void fetch_end(struct child *child)
{
	struct fetch *const fetch = child->fetch;
	enum os_err err;

	if (!fetch)
		return;
	if (os_cap_valid(fetch->thread.cap.cap)) {
		err = thread_cancel_blocking(fetch->thread.cap);
		(void)err; /* it has returned */
	}
	destroy(fetch);
}
