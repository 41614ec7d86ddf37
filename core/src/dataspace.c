/* SPDX-License-Identifier: BSD-2-Clause */
/* Dataspaces: RAM of components, ROM modules, and region maps seen as memory. */

#include "core.h"

static enum os_err info(struct dataspace_server *rpc, uint64_t *size, bool *writeable)
{
	const struct dataspace *ds = container_of(rpc, struct dataspace, rpc);

	*size = ds->size;
	*writeable = ds->writeable;
	return OS_OK;
}

static const struct dataspace_ops ops = { .info = info };

static void destroy(struct object *object)
{
	struct dataspace *ds = container_of(object, struct dataspace, object);
	struct os_list_node *derived;

	ds->ends = true;
	while ((derived = os_list_first(&ds->derived)))
		object_destroy(&OS_LIST_ITEM(derived, struct dataspace, origin_node)->object);
	/* what was attached stays, as a place that faults: the map's owner detaches it */
	OS_LIST_FOR_EACH (node, &ds->attachments) {
		struct attachment *attachment = OS_LIST_ITEM(node, struct attachment, ds_node);

		platform_detached(attachment);
		os_list_remove(&ds->attachments, node);
		if (ds->map)
			os_list_remove(&attachment->map->nested, &attachment->nested_node);
		attachment->ds = NULL;
	}
	OS_LIST_FOR_EACH (node, &ds->loaded) {
		struct pd *pd = OS_LIST_ITEM(node, struct pd, binary_node);

		platform_binary_gone(pd);
		pd->binary = NULL;
		os_list_remove(&ds->loaded, node);
	}
	if (ds->faults_of)
		fault_page_gone(ds->faults_of);
	if (ds->owner)
		os_list_remove(&ds->owner->dataspaces, &ds->owner_node);
	if (ds->map) {
		faults_retry_below(ds->map);
		ds->map->ds = NULL;
	} else if (ds->origin) {
		os_list_remove(&ds->origin->derived, &ds->origin_node);
	} else {
		platform_memory_destroy(&ds->memory);
	}
}

/* A dataspace without content; `ram` bytes are charged for it. */
static enum os_err create(struct account *account, uint32_t type, uint64_t size, uint64_t ram,
                          struct dataspace **out)
{
	struct dataspace *ds;
	struct object *object;
	enum os_err err;

	if ((err = object_create(sizeof(*ds), OBJECT_DATASPACE, type, account, ram, destroy,
	                         &object)))
		return err;
	ds = container_of(object, struct dataspace, object);
	ds->rpc.ops = &ops;
	object_serve(&ds->object, &ds->rpc.object, dataspace_dispatch);
	ds->size = size;
	*out = ds;
	return OS_OK;
}

enum os_err dataspace_create(struct account *account, struct pd *owner, uint64_t size,
                             struct dataspace **out)
{
	const uint64_t bytes = os_align_up(size, OS_PAGE_SIZE);
	struct dataspace *ds;
	enum os_err err;

	if (bytes == 0) /* or too much to be rounded up */
		return OS_ERR_INVALID;
	if ((err = create(account, RAM_DATASPACE_TYPE, bytes, bytes, &ds)))
		return err;
	if ((err = platform_memory_create(bytes, &ds->memory))) {
		object_destroy(&ds->object);
		return err;
	}
	ds->writeable = true;
	ds->owner = owner;
	if (owner)
		os_list_append(&owner->dataspaces, &ds->owner_node);
	*out = ds;
	return OS_OK;
}

enum os_err dataspace_wrap(const struct platform_memory *memory, uint64_t size,
                           struct region_map *map, struct dataspace **out)
{
	enum os_err err;

	if (map && (err = create(map->object.account, MANAGED_DATASPACE_TYPE, size, 0, out)))
		return err;
	if (!map && (err = create(NULL, ROM_DATASPACE_TYPE, size, 0, out)))
		return err;
	(*out)->map = map;
	(*out)->writeable = map != NULL;
	if (!map)
		(*out)->memory = *memory;
	return OS_OK;
}

enum os_err dataspace_device(struct account *account, uint32_t type,
                             const struct platform_memory *memory, uint64_t size,
                             struct dataspace **out)
{
	enum os_err err;

	if ((err = create(account, type, size, 0, out)))
		return err;
	(*out)->writeable = true;
	(*out)->memory = *memory;
	return OS_OK;
}

enum os_err dataspace_derive(struct dataspace *origin, struct dataspace **out)
{
	enum os_err err;

	if ((err = create(origin->object.account, ROM_DATASPACE_TYPE, origin->size, 0, out)))
		return err;
	(*out)->memory = origin->memory;
	(*out)->origin = origin;
	(*out)->owner = NULL;
	os_list_append(&origin->derived, &(*out)->origin_node);
	return OS_OK;
}
