/* SPDX-License-Identifier: BSD-2-Clause */
/* What accounts pay for, summed up anew: the charges themselves are kept as they come and go. */

#include "core.h"

static uint64_t attachments_charge(const struct region_map *map)
{
	uint64_t sum = 0;

	for (const struct os_avl_node *n = os_avl_first(&map->attachments); n; n = os_avl_next(n))
		sum += OS_AVL_ITEM(n, const struct attachment, node)->charge;
	return sum;
}

static void add_object(const struct account *account, const struct object *object, uint64_t *ram,
                       uint64_t *caps)
{
	const struct region_map *map;

	*ram += object->ram;
	*caps += 1 + object->caps;
	if (object->kind != OBJECT_REGION_MAP)
		return;
	/* an address space is charged to the session; what is attached there, to the PD */
	map = container_of(object, const struct region_map, object);
	if (map->account == account)
		*ram += attachments_charge(map);
}

static void add_pd(const struct pd *pd, uint64_t *ram, uint64_t *caps)
{
	*ram += PLATFORM_PD_RAM + pd->ep_count * (uint64_t)CORE_RAM(sizeof(struct entrypoint)) +
	        attachments_charge(pd->address_space);
	*caps += PLATFORM_PD_SCARCE * core.scarce_price + pd->ep_count * (1 + core.scarce_price);
	platform_pd_explain(pd, ram, caps);
}

void account_explain(const struct account *account, uint64_t *ram, uint64_t *caps)
{
	*ram = *caps = 0;
	OS_LIST_FOR_EACH (node, &account->objects)
		add_object(account, OS_LIST_ITEM(node, struct object, account_node), ram, caps);
	OS_LIST_FOR_EACH (node, &account->children) {
		const struct account *child = OS_LIST_ITEM(node, struct account, parent_node);

		*ram += child->object.ram;
		*caps += 1 + child->object.caps;
	}
	if (account->pd)
		add_pd(account->pd, ram, caps);
}
