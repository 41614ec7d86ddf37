/* SPDX-License-Identifier: BSD-2-Clause */
/* The parent of server, writer and reader, who restarts the server whenever it is its turn. */

#include <osier/format.h>
#include <osier/string.h>
#include <osier/thread.h>
#include <sandbox/sandbox.h>

#include "parts.h"

static struct {
	struct os_env *env;
	struct os_upstream upstream;
	struct os_sandbox sandbox;
	struct os_signal_handler restart;
	struct os_semaphore restarted;
	struct os_thread turns;
	uint32_t version, left; /* of the server; children that have not ended */
} keeper;

/* Another version restarts the server, and touches nobody else. */
static enum os_err apply(void)
{
	static const char format[] =
	        "<config><parent-provides><service name=\"ROM\"/><service name=\"PD\"/>"
	        "<service name=\"CPU\"/><service name=\"LOG\"/><service name=\"Turn\"/>"
	        "</parent-provides>"
	        "<default-route><any-service><parent/><any-child/></any-service></default-route>"
	        "<start name=\"report_rom\" ram=\"2M\" caps=\"300\" version=\"%u\">"
	        "<provides><service name=\"Report\"/><service name=\"ROM\"/></provides>"
	        "<config><policy label=\"reader -> seen\" report=\"writer -> told\"/></config>"
	        "</start>"
	        "<start name=\"writer\" ram=\"1M\" caps=\"150\"><binary name=\"report_gone\"/>"
	        "<exit propagate=\"yes\"/><config role=\"writer\"/></start>"
	        "<start name=\"reader\" ram=\"1M\" caps=\"150\"><binary name=\"report_gone\"/>"
	        "<exit propagate=\"yes\"/><config role=\"reader\"/>"
	        "<route><service name=\"ROM\" label=\"seen\"><child name=\"report_rom\"/></service>"
	        "<any-service><parent/><any-child/></any-service></route></start></config>";
	char text[sizeof(format) + 16];

	return os_sandbox_apply(&keeper.sandbox, text,
	                        os_format(text, sizeof(text), format, keeper.version++));
}

static void restart(struct os_signal_handler *handler, uint64_t count)
{
	(void)handler;
	(void)count;
	OS_ASSERT(!apply());
	os_semaphore_up(&keeper.restarted);
}

/* The entrypoint must not wait: it serves the children. */
static void take_turns(struct os_thread *thread, void *argument)
{
	(void)thread;
	(void)argument;
	for (uint32_t round = 0; round < ROUNDS; round++) {
		turn_take(keeper.env);
		OS_ASSERT(!os_signal_submit(keeper.restart.cap, 1));
		os_semaphore_down(&keeper.restarted);
		turn_give();
	}
}

static void message(struct os_sandbox *sandbox, bool error, const char *text)
{
	(void)sandbox;
	if (error)
		os_error(keeper.env, "%s", text);
}

static void child_exited(struct os_sandbox *sandbox, const char *child, int32_t value)
{
	(void)sandbox;
	(void)child;
	if (value || !--keeper.left)
		os_exit(keeper.env, value);
}

static const struct os_sandbox_ops ops = { .message = message, .exit = child_exited };

enum os_err keeper_start(struct os_env *env)
{
	enum os_err err;

	keeper.env = env;
	keeper.left = 2;
	if ((err = os_upstream_init(&keeper.upstream, env)) ||
	    (err = os_sandbox_init(&keeper.sandbox, &keeper.upstream, env->ep, &ops, NULL)) ||
	    (err = os_signal_handler_init(&keeper.restart, env->ep, restart)) || (err = apply()))
		return err;
	return os_thread_init(&keeper.turns, env, "turns", 0, 0, take_turns, NULL);
}
