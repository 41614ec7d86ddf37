/* SPDX-License-Identifier: BSD-2-Clause */
/* The service "Input": each session has a ring, and gets the script's events. */

#include <api/input.h>
#include <input/ring.h>
#include <osier/sigh.h>
#include <osier/string.h>

#include "screen.h"

enum { LABEL_SIZE = 160 };

struct session {
	struct os_server_session base;
	struct input_server rpc;
	struct os_ram ram;
	struct os_input_source source;
	struct signal_context_cap sigh;
	char label[LABEL_SIZE];
};

static struct os_service service;
static void (*changed_handler)(void);

static void notify(struct session *session)
{
	os_sigh_notify(&session->sigh);
}

bool inputs_put(const char *suffix, const struct os_input_event *event)
{
	bool found = false;

	OS_LIST_FOR_EACH (node, &service.sessions) {
		struct session *const session = OS_LIST_ITEM(node, struct session, base.node);

		if (!os_str_ends_with(session->label, suffix))
			continue;
		found = true;
		if (os_input_source_put(&session->source, event))
			notify(session);
	}
	return found;
}

/* A generator of Marsaglia's kind (xorshift32). */
static uint32_t random_next(uint32_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 17;
	*state ^= *state << 5;
	return *state;
}

bool inputs_garbage(const char *suffix, uint32_t seed)
{
	uint32_t state = seed ? seed : 1;
	bool found = false;

	OS_LIST_FOR_EACH (node, &service.sessions) {
		struct session *const session = OS_LIST_ITEM(node, struct session, base.node);
		uint32_t *const words = session->ram.view.start;

		if (!os_str_ends_with(session->label, suffix))
			continue;
		found = true;
		for (size_t i = 0; i < OS_INPUT_RING_SIZE / sizeof(*words); i++)
			words[i] = random_next(&state);
		notify(session);
	}
	return found;
}

/* ------------------------------------------------------------------ RPC */

static enum os_err ring(struct input_server *rpc, struct ram_dataspace_cap *ds)
{
	*ds = container_of(rpc, struct session, rpc)->ram.ds;
	return OS_OK;
}

static enum os_err sigh(struct input_server *rpc, struct signal_context_cap handler)
{
	struct session *const session = container_of(rpc, struct session, rpc);

	os_sigh_set(&session->sigh, handler);
	notify(session);
	changed_handler();
	return OS_OK;
}

static const struct input_ops rpc_ops = { .ring = ring, .sigh = sigh };

/* ------------------------------------------------------------------ sessions */

static enum os_err session_create(struct os_server_session *base,
                                  const struct os_session_request *request, struct os_cap *cap)
{
	struct session *const session = container_of(base, struct session, base);
	enum os_err err;

	if ((err = os_str_copy(session->label, sizeof(session->label), request->label)) ||
	    (err = os_ram_init(&session->ram, service.env, OS_INPUT_RING_SIZE, &base->account)))
		return err;
	session->source.ring = session->ram.view.start;
	if ((err = input_server_init(&session->rpc, service.ep, &base->account, &rpc_ops)))
		os_ram_fini(&session->ram, service.env);
	*cap = input_server_cap(&session->rpc).cap;
	return err;
}

static void session_destroy(struct os_server_session *base)
{
	struct session *const session = container_of(base, struct session, base);

	input_server_fini(&session->rpc);
	os_cap_drop(session->sigh.cap);
	os_ram_fini(&session->ram, service.env);
}

static const struct os_service_ops service_ops = {
	.session_size = sizeof(struct session),
	.create = session_create,
	.destroy = session_destroy,
};

enum os_err inputs_init(struct os_env *env, void (*changed)(void))
{
	changed_handler = changed;
	return os_service_init(&service, env, env->ep, INPUT_SERVICE, &service_ops, NULL);
}
