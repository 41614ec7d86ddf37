/* SPDX-License-Identifier: BSD-2-Clause */
/* RM sessions: they make region maps, which are charged to the session's account. */

#include "core.h"

struct rm_session {
	struct object object;
	struct rm_server rpc;
	struct account *account;
};

static enum os_err create(struct rm_server *rpc, uint64_t size, struct region_map_cap *out)
{
	struct rm_session *session = container_of(rpc, struct rm_session, rpc);
	struct region_map *map;
	enum os_err err;

	if ((err = region_map_new(session->account, size, &map)))
		return err;
	map->session = &session->object;
	if ((err = cap_insert(current_pd(), &map->object, &out->cap.slot)))
		object_destroy(&map->object);
	return err;
}

static enum os_err destroy_map(struct rm_server *rpc, struct region_map_cap cap)
{
	struct rm_session *session = container_of(rpc, struct rm_session, rpc);
	struct object *object = cap_lookup_kind(current_pd(), cap.cap.slot, OBJECT_REGION_MAP);

	if (!object || container_of(object, struct region_map, object)->session != &session->object)
		return OS_ERR_NOT_FOUND;
	object_destroy(object);
	return OS_OK;
}

static const struct rm_ops ops = {
	.create = create,
	.destroy = destroy_map,
};

enum os_err rm_session_create(const struct session_request *request, struct object **out)
{
	struct rm_session *session;
	enum os_err err;

	/* its maps are charged to the same account, and go with it */
	if ((err = object_create(sizeof(*session), OBJECT_RM, RM_TYPE, request->account, 0, NULL,
	                         out)))
		return err;
	session = container_of(*out, struct rm_session, object);
	session->rpc.ops = &ops;
	object_serve(&session->object, &session->rpc.object, rm_dispatch);
	session->account = request->account;
	return OS_OK;
}
