/* SPDX-License-Identifier: BSD-2-Clause */
/* RM sessions: they make region maps, charged to the session's account or to another one. */

#include "core.h"

static enum os_err make(struct rm_session *session, struct account *account, uint64_t size,
                        struct region_map_cap *out)
{
	struct region_map *map;
	enum os_err err;

	if ((err = region_map_new(account, size, &map)))
		return err;
	map->session = session;
	os_list_append(&session->maps, &map->session_node);
	if ((err = cap_insert(current_pd(), &map->object, &out->cap.slot)))
		object_destroy(&map->object);
	return err;
}

static struct rm_session *self(struct rm_server *rpc)
{
	return container_of(rpc, struct rm_session, rpc);
}

static enum os_err create(struct rm_server *rpc, uint64_t size, struct region_map_cap *out)
{
	return make(self(rpc), self(rpc)->account, size, out);
}

static enum os_err create_for(struct rm_server *rpc, uint64_t size, struct account_cap account,
                              struct region_map_cap *out)
{
	struct object *object = cap_lookup_kind(current_pd(), account.cap.slot, OBJECT_ACCOUNT);

	if (!object)
		return OS_ERR_CAP_INVALID;
	return make(self(rpc), container_of(object, struct account, object), size, out);
}

static enum os_err destroy_map(struct rm_server *rpc, struct region_map_cap cap)
{
	struct object *object = cap_lookup_kind(current_pd(), cap.cap.slot, OBJECT_REGION_MAP);

	if (!object || container_of(object, struct region_map, object)->session != self(rpc))
		return OS_ERR_NOT_FOUND;
	object_destroy(object);
	return OS_OK;
}

static const struct rm_ops ops = {
	.create = create,
	.destroy = destroy_map,
	.create_for = create_for,
};

static void destroy(struct object *object)
{
	struct rm_session *session = container_of(object, struct rm_session, object);
	struct os_list_node *node;

	while ((node = os_list_first(&session->maps)))
		object_destroy(&OS_LIST_ITEM(node, struct region_map, session_node)->object);
}

enum os_err rm_session_create(const struct session_request *request, struct object **out)
{
	struct rm_session *session;
	enum os_err err;

	if ((err = object_create(sizeof(*session), OBJECT_RM, RM_TYPE, request->account, 0, destroy,
	                         out)))
		return err;
	session = container_of(*out, struct rm_session, object);
	session->rpc.ops = &ops;
	object_serve(&session->object, &session->rpc.object, rm_dispatch);
	session->account = request->account;
	return OS_OK;
}
