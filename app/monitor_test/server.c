/* SPDX-License-Identifier: BSD-2-Clause */
/* The server: no code of rpcgen's, so that it can do what none would. */

#include <osier/session.h>
#include <osier/string.h>

#include "mystery.h"

struct session {
	struct os_server_session base;
	struct os_rpc_object object;
	struct os_reply waiters[MYSTERY_WAITERS];
	uint32_t waiter_count;
};

static struct os_service service;

static enum os_err fail(struct os_msg *msg, enum os_err err)
{
	os_msg_caps_drop(msg);
	*msg = (struct os_msg){ .op = (uint16_t)err };
	return OS_OK;
}

static enum os_err turn_round(struct os_msg *msg)
{
	for (uint16_t i = 0; i < msg->length / 2; i++) {
		const uint8_t byte = msg->payload[i];

		msg->payload[i] = msg->payload[msg->length - 1 - i];
		msg->payload[msg->length - 1 - i] = byte;
	}
	msg->op = OS_OK;
	msg->cap_move = (uint8_t)((1u << msg->cap_count) - 1);
	return OS_OK;
}

static enum os_err wait(struct session *session, struct os_msg *msg)
{
	if (session->waiter_count == MYSTERY_WAITERS)
		return fail(msg, OS_ERR_FULL);
	os_msg_caps_drop(msg);
	os_reply_save(service.ep, &session->waiters[session->waiter_count++]);
	return OS_ERR_LATER;
}

static enum os_err call_back(struct os_msg *msg)
{
	struct os_cap callback;
	enum os_err err;

	if (msg->cap_count != 1)
		return fail(msg, OS_ERR_INVALID);
	callback = (struct os_cap){ msg->caps[0].slot };
	msg->op = MYSTERY_TURN_ROUND;
	msg->cap_count = 0;
	err = os_call(callback, msg);
	os_cap_drop(callback);
	return err ? fail(msg, err) : OS_OK;
}

static enum os_err dispatch(struct os_rpc_object *object, struct os_msg *msg)
{
	struct session *const session = container_of(object, struct session, object);

	switch (msg->op) {
	case MYSTERY_TURN_ROUND:
		return turn_round(msg);
	case MYSTERY_WAIT:
		return wait(session, msg);
	case MYSTERY_CRASH:
		os_log(service.env, "crashes, as it is asked to");
		__builtin_trap();
	case MYSTERY_CALL_BACK:
		return call_back(msg);
	default:
		return fail(msg, OS_ERR_OPERATION);
	}
}

static enum os_err session_create(struct os_server_session *base,
                                  const struct os_session_request *request, struct os_cap *cap)
{
	struct session *session = container_of(base, struct session, base);
	const enum os_err err = os_rpc_object_init(&session->object, service.ep, &base->account,
	                                           dispatch, MYSTERY_TYPE);

	(void)request;
	*cap = session->object.cap;
	return err;
}

static void session_destroy(struct os_server_session *base)
{
	os_rpc_object_fini(&container_of(base, struct session, base)->object);
}

static const struct os_service_ops ops = {
	.session_size = sizeof(struct session),
	.create = session_create,
	.destroy = session_destroy,
};

enum os_err server_start(struct os_env *env)
{
	return os_service_init(&service, env, env->ep, MYSTERY_SERVICE, &ops, NULL);
}
