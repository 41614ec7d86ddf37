/* SPDX-License-Identifier: BSD-2-Clause */
/* One request of a component to an object of core, from the slot to the reply. */

#include "core.h"

/* Tell the generated code what is passed. Slot 0 stands for no capability. */
static enum os_err type_request_caps(struct pd *pd, struct os_msg *msg)
{
	for (uint32_t i = 0; i < msg->cap_count; i++) {
		const struct object *object = cap_lookup(pd, msg->caps[i].slot);

		if (!object && msg->caps[i].slot)
			return OS_ERR_CAP_INVALID;
		msg->caps[i].type = object ? object->type : 0;
	}
	return OS_OK;
}

static void type_reply_caps(struct pd *pd, struct os_msg *msg)
{
	for (uint32_t i = 0; i < msg->cap_count; i++) {
		const struct object *object = cap_lookup(pd, msg->caps[i].slot);

		msg->caps[i].type = object ? object->type : 0;
	}
}

static enum os_err serve(struct pd *pd, struct object *object, enum os_err missing,
                         struct os_msg *msg)
{
	enum os_err err;

	if (msg->length > OS_MSG_PAYLOAD_MAX)
		return OS_ERR_PROTOCOL;
	if (!object)
		return missing;
	if (!object->rpc)
		return OS_ERR_CAP_INVALID;
	if ((err = type_request_caps(pd, msg)))
		return err;
	return object->rpc->dispatch(object->rpc, msg);
}

/* `missing`: why there is no object. */
static enum os_err call(struct thread *thread, struct object *object, enum os_err missing,
                        struct os_msg *msg)
{
	uint32_t moved[OS_MSG_CAPS_MAX], moved_count = 0;
	enum os_err err;

	if (msg->cap_count > OS_MSG_CAPS_MAX)
		return OS_ERR_PROTOCOL;
	for (uint32_t i = 0; i < msg->cap_count; i++)
		if (msg->cap_move & 1u << i)
			moved[moved_count++] = msg->caps[i].slot;
	core.current = thread;
	err = serve(thread->pd, object, missing, msg);
	if (!core.current)
		return OS_ERR_CANCELLED;
	/* what was moved here was not counted on the way in: the caller's count is all there is */
	for (uint32_t i = 0; i < moved_count; i++)
		cap_drop(thread->pd, moved[i]);
	if (!err)
		type_reply_caps(thread->pd, msg);
	core.current = NULL;
	return err;
}

enum os_err core_call(struct thread *thread, uint32_t slot, struct os_msg *msg)
{
	struct object *object = cap_lookup(thread->pd, slot);

	return call(thread, object, object ? OS_OK : cap_lookup_error(thread->pd, slot), msg);
}

enum os_err core_call_object(struct thread *thread, struct object *object, struct os_msg *msg)
{
	return call(thread, object, OS_OK, msg);
}
