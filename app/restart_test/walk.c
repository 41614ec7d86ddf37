/* SPDX-License-Identifier: BSD-2-Clause */
/* A parent that makes and ends children at random, and tells before each of these steps. */

#include "test.h"
#include <api/turn.h>
#include <osier/alloc.h>
#include <sandbox/sandbox.h>

/* ------------------------------------------------------------------ the parent */

void test_walk(struct os_env *env, const struct settings *settings)
{
	static struct os_session session;
	uint64_t random = settings->seed;
	struct child *children;
	struct turn_cap turn;

	OS_ASSERT(!turn_open(&session, env, NULL, &turn));
	OS_ASSERT(!os_alloc(env->heap, settings->children * sizeof(*children), (void **)&children));
	for (;;) {
		OS_ASSERT(!turn_wait(turn));
		restart_child_step(env, &children[random_below(&random, settings->children)],
		                   &random);
	}
}

/* ------------------------------------------------------------------ who kills it */

static struct turn_server turn_server;

static enum os_err wait(struct turn_server *rpc)
{
	(void)rpc;
	parent_walks_on();
	return OS_OK;
}

static const struct turn_ops turn_ops = { .wait = wait };

static enum os_err create(struct os_sandbox_service *service,
                          const struct os_sandbox_request *request, void **session,
                          struct os_cap *cap)
{
	(void)service;
	(void)request;
	(void)session;
	*cap = turn_server_cap(&turn_server).cap;
	return OS_OK;
}

static void close(struct os_sandbox_service *service, void *session)
{
	(void)service;
	(void)session;
}

static struct os_sandbox_service service = { .name = TURN_SERVICE,
	                                     .create = create,
	                                     .close = close };

struct os_sandbox_service *walk_service(struct os_env *env)
{
	if (!turn_server.ops)
		OS_ASSERT(!turn_server_init(&turn_server, env->ep, NULL, &turn_ops));
	return &service;
}
