/* SPDX-License-Identifier: BSD-2-Clause */
/* Region maps: attachments by address, free ranges, nesting, and the attach operation. */

#include "core.h"

/*
 * Attachments form a tree by address. Each knows the gap of free addresses right below it, and the
 * greatest gap of its subtree, so that a free range is found without looking at all of them.
 */

_Static_assert(sizeof(struct attachment) <= CORE_ATTACHMENT_BYTES, "paid in RAM");

static struct attachment *item(const struct os_avl_node *node)
{
	return OS_AVL_ITEM(node, struct attachment, node);
}

static uint64_t gap_max(const struct os_avl_node *node)
{
	return node ? item(node)->gap_max : 0;
}

static bool update(struct os_avl_node *node)
{
	struct attachment *a = item(node);
	const uint64_t was = a->gap_max;

	a->gap_max = OS_MAX(a->gap, OS_MAX(gap_max(node->child[0]), gap_max(node->child[1])));
	return a->gap_max != was;
}

static int compare_key(const void *key, const struct os_avl_node *node)
{
	const uint64_t address = *(const uint64_t *)key;

	return address < item(node)->address ? -1 : address > item(node)->address;
}

/* ------------------------------------------------------------------ looking up */

struct attachment *region_map_above(struct region_map *map, uint64_t address)
{
	return item(os_avl_lower_bound(&map->attachments, &address, compare_key));
}

/* The last that starts at or before `address`. */
static struct attachment *at_or_below(struct region_map *map, uint64_t address)
{
	struct attachment *found = NULL;

	for (struct os_avl_node *node = map->attachments.root; node;) {
		const bool right = item(node)->address <= address;

		if (right)
			found = item(node);
		node = node->child[right];
	}
	return found;
}

struct attachment *region_map_below(struct region_map *map, uint64_t address)
{
	return address ? at_or_below(map, address - 1) : NULL;
}

static uint64_t end_of(const struct attachment *a)
{
	return a ? a->address + a->size : 0;
}

static bool is_in_gap(const struct gap *gap, uint64_t address)
{
	return gap->known && address >= end_of(gap->below) &&
	       (!gap->above || address < gap->above->address);
}

/* The attachment there, or NULL: map->gap is where the address is then. */
static struct attachment *look_for(struct region_map *map, uint64_t address)
{
	struct gap gap = { .known = true };

	for (struct os_avl_node *node = map->attachments.root; node;) {
		const bool right = item(node)->address <= address;

		if (right)
			gap.below = item(node);
		else
			gap.above = item(node);
		node = node->child[right];
	}
	if (address < end_of(gap.below))
		return gap.below;
	map->gap = gap;
	return NULL;
}

/*
 * Most accesses are where the last one was, or where something has just been attached; or behind
 * that, and something is attached there next.
 */
struct attachment *region_map_find(struct region_map *map, uint64_t address)
{
	struct attachment *a = map->recent;

	if (a && address - a->address < a->size)
		return a;
	if (is_in_gap(&map->gap, address) || !(a = look_for(map, address)))
		return NULL;
	map->recent = a;
	return a;
}

/* The first node after `node` (NULL: of all) with a gap of at least `size`. */
static struct os_avl_node *next_gap(struct region_map *map, struct os_avl_node *node, uint64_t size)
{
	struct os_avl_node *down = node ? node->child[1] : map->attachments.root;

	while (node && gap_max(down) < size) {
		struct os_avl_node *from = node;

		down = NULL;
		node = node->parent;
		if (!node || node->child[0] != from)
			continue;
		if (item(node)->gap >= size)
			return node;
		down = node->child[1];
	}
	while (gap_max(down) >= size) {
		if (gap_max(down->child[0]) >= size)
			down = down->child[0];
		else if (item(down)->gap >= size)
			return down;
		else
			down = down->child[1];
	}
	return NULL;
}

enum os_err region_map_free_range(struct region_map *map, uint64_t size, uint64_t first,
                                  uint64_t last, uint64_t *out)
{
	struct attachment *below = region_map_find(map, first), *above;
	struct os_avl_node *node;
	uint64_t start = first;

	OS_ASSERT(size > 0);
	if (below)
		start = below->address + below->size;
	above = region_map_above(map, start);
	if (above && above->address - start < size) {
		node = next_gap(map, &above->node, size);
		above = item(node);
		if (above)
			start = above->address - above->gap;
		else
			start = item(os_avl_last(&map->attachments))->address +
			        item(os_avl_last(&map->attachments))->size;
	}
	last = OS_MIN(last, map->size - 1);
	if (start < first || start > last || size - 1 > last - start)
		return OS_ERR_LIMIT;
	*out = start;
	return OS_OK;
}

void region_map_resolve(struct region_map *map, uint64_t address, struct resolved *out)
{
	const uint64_t target = address;
	bool read_only = false;

	*out = (struct resolved){
		.last = map->size - 1, .writeable = true, .executable = true, .innermost = map
	};
	out->innermost_address = address;
	/* as deep as maps are nested, which ends: there are no cycles */
	for (;;) {
		struct attachment *a = region_map_find(map, address);
		uint64_t inside;

		if (!a || !a->ds || !a->writeable || !read_only) {
			out->innermost = map;
			out->innermost_address = address;
		}
		if (!a || !a->ds)
			return;
		read_only |= !a->writeable;
		inside = address - a->address;
		out->first = OS_MAX(out->first, target - OS_MIN(target, inside));
		out->last = OS_MIN(out->last, target + (a->size - 1 - inside));
		out->writeable &= a->writeable;
		out->executable &= a->executable;
		address = inside + a->offset;
		map = a->ds->map;
		if (!map) {
			out->ds = a->ds;
			out->leaf = a;
			out->ds_offset = address & ~(uint64_t)(OS_PAGE_SIZE - 1);
			return;
		}
	}
}

/* ------------------------------------------------------------------ nesting */

/*
 * A search goes through maps one by one, each once, without recursion: those that it has met form a
 * queue by `visit_next`, and a cursor tells which of the first one's neighbours is next. Searching
 * for a cycle goes down from one map and up from the other, a step each in turn, until one of both
 * has seen all there is: attaching an empty map anywhere, or anything to a map that is nowhere
 * attached, takes a step, whatever is built on the other side.
 */
struct search {
	bool down;
	uint64_t visit;
	struct region_map *first, *last; /* the queue */
	struct os_list_node *cursor;
};

uint64_t region_map_search(void)
{
	return ++core.searches;
}

static struct os_list_node *neighbours(const struct search *search)
{
	const struct region_map *map = search->first;

	if (!map)
		return NULL;
	if (search->down)
		return os_list_first(&map->nested);
	return map->ds ? os_list_first(&map->ds->attachments) : NULL;
}

static void search_init(struct search *search, struct region_map *from, bool down)
{
	*search = (struct search){
		.down = down, .visit = region_map_search(), .first = from, .last = from
	};
	from->visit = search->visit;
	from->visit_next = NULL;
	search->cursor = neighbours(search);
}

/*
 * One step; `*met` is the map that it has met for the first time, or NULL. A map that the search
 * `other` has met is left to that. False: there is nothing more.
 */
static bool search_step(struct search *search, uint64_t other, struct region_map **met)
{
	const struct os_list_node *node = search->cursor;
	struct region_map *map;

	*met = NULL;
	if (!node) {
		if (search->first)
			search->first = search->first->visit_next;
		search->cursor = neighbours(search);
		return search->first != NULL;
	}
	search->cursor = node->next;
	map = search->down ? OS_LIST_ITEM(node, struct attachment, nested_node)->ds->map
	                   : OS_LIST_ITEM(node, struct attachment, ds_node)->map;
	if (map->visit == search->visit)
		return true;
	*met = map;
	if (map->visit == other)
		return true;
	map->visit = search->visit;
	map->visit_next = NULL;
	search->last->visit_next = map;
	search->last = map;
	return true;
}

/* Is `map` in what is nested in `inner`, or `inner` itself? Then both searches meet a map. */
static bool would_close_cycle(struct region_map *map, struct region_map *inner)
{
	struct search down, up;
	struct region_map *met;

	if (map == inner)
		return true;
	search_init(&down, inner, true);
	search_init(&up, map, false);
	while (search_step(&down, up.visit, &met)) {
		if (met && met->visit == up.visit)
			return true;
		if (!search_step(&up, down.visit, &met))
			return false;
		if (met && met->visit == down.visit)
			return true;
	}
	return false;
}

void faults_retry_below(struct region_map *map)
{
	struct search search;
	struct region_map *met;

	faults_retry(map, 0, UINT64_MAX);
	search_init(&search, map, true);
	while (search_step(&search, UINT64_MAX, &met))
		if (met)
			faults_retry(met, 0, UINT64_MAX);
}

static void each(struct region_map *map, void (*visit)(struct attachment *))
{
	for (struct os_avl_node *n = os_avl_first(&map->attachments); n; n = os_avl_next(n))
		visit(item(n));
}

void region_map_each(struct region_map *map, void (*visit)(struct attachment *))
{
	struct search search;
	struct region_map *met;

	each(map, visit);
	search_init(&search, map, true);
	while (search_step(&search, UINT64_MAX, &met))
		if (met)
			each(met, visit);
}

/* ------------------------------------------------------------------ attaching */

/* Where an attachment goes: the one whose place it takes, and its neighbours, all may be NULL. */
struct place {
	struct attachment *old, *below, *above;
};

/* CONFLICT if the addresses are in use. */
static enum os_err place_find(struct region_map *map, uint64_t address, uint64_t size,
                              struct place *place)
{
	struct attachment *const a = region_map_find(map, address);
	struct attachment *above;

	if (!a) {
		above = map->gap.above;
		*place = (struct place){ .below = map->gap.below, .above = above };
		return above && above->address - address < size ? OS_ERR_CONFLICT : OS_OK;
	}
	if (a->address != address || a->size != size || (a->ds && !faults_find(map, address, size)))
		return OS_ERR_CONFLICT;
	*place = (struct place){ a, item(os_avl_prev(&a->node)), item(os_avl_next(&a->node)) };
	return OS_OK;
}

/* What can be told of a request without looking at what is attached; `size` 0 is replaced. */
static enum os_err check_range(const struct region_map *map, const struct dataspace *ds,
                               uint64_t address, uint64_t offset, uint64_t *size)
{
	if ((address | offset | *size) % OS_PAGE_SIZE)
		return OS_ERR_ALIGN;
	if (offset >= ds->size || *size > ds->size - offset)
		return OS_ERR_RANGE;
	if (*size == 0)
		*size = ds->size - offset;
	if (address < map->first || address > map->last || *size - 1 > map->last - address)
		return OS_ERR_RANGE;
	return OS_OK;
}

/* What is below it has another end now. */
static void set_gap(struct attachment *a, uint64_t end)
{
	if (!a)
		return;
	a->gap = a->address - end;
	os_avl_update(&a->map->attachments, &a->node);
}

static void insert(struct attachment *a, const struct place *place)
{
	struct region_map *map = a->map;

	a->gap = a->address - end_of(place->below);
	set_gap(place->above, end_of(a));
	os_avl_insert_after(&map->attachments, &a->node, place->below ? &place->below->node : NULL);
	os_list_append(&a->ds->attachments, &a->ds_node);
	if (a->ds->map)
		os_list_append(&map->nested, &a->nested_node);
	map->recent = a;
	map->gap = (struct gap){ a, place->above, true };
}

/* Of its charge, `kept` is not refunded now. */
static void end(struct attachment *a, uint64_t kept)
{
	struct region_map *map = a->map;

	if (a->ds) {
		platform_detached(a);
		os_list_remove(&a->ds->attachments, &a->ds_node);
		if (a->ds->map) {
			os_list_remove(&map->nested, &a->nested_node);
			faults_retry_below(a->ds->map);
		}
	}
	set_gap(item(os_avl_next(&a->node)), end_of(item(os_avl_prev(&a->node))));
	os_avl_remove(&map->attachments, &a->node);
	if (map->recent == a)
		map->recent = NULL;
	map->gap.known = false;
	account_refund(map->account, a->charge - kept, 0);
	os_free(core.heap, a, sizeof(*a));
}

enum os_err attachment_create(struct region_map *map, struct dataspace *ds, uint64_t address,
                              uint64_t offset, uint64_t size, bool writeable, bool executable,
                              struct attachment **out)
{
	uint64_t charge = CORE_ATTACHMENT_BYTES;
	struct attachment *a;
	struct place place;
	enum os_err err;

	if (writeable && executable)
		return OS_ERR_INVALID;
	if (writeable && !ds->writeable)
		return OS_ERR_DENIED;
	if ((err = check_range(map, ds, address, offset, &size)) ||
	    (err = place_find(map, address, size, &place)) ||
	    (err = ds->map && would_close_cycle(map, ds->map) ? OS_ERR_INVALID : OS_OK))
		return err;
	charge += map->pd ? platform_attach_charge(map, address, size) : 0;
	charge += ds->map && !map->pd ? CORE_NESTED_BYTES : 0;
	if ((err = account_charge(map->account, charge, 0)))
		return err;
	if ((err = os_alloc(core.heap, sizeof(*a), (void **)&a))) {
		account_refund(map->account, charge, 0);
		return err;
	}
	if (place.old)
		end(place.old, 0); /* its page tables are ours now */
	a->map = map;
	a->ds = ds;
	a->address = address;
	a->size = size;
	a->offset = offset;
	a->writeable = writeable;
	a->executable = executable;
	a->charge = charge;
	insert(a, &place);
	if (map->pd)
		platform_attached(a);
	faults_retry(map, address, size);
	if (out)
		*out = a;
	return OS_OK;
}

void attachment_destroy(struct attachment *a)
{
	end(a, a->map->pd ? platform_detach_charge(a) : 0);
}

void region_map_clear(struct region_map *map)
{
	while (map->attachments.root)
		attachment_destroy(item(map->attachments.root));
}

/* ------------------------------------------------------------------ api/region_map.rpc */

static struct region_map *self(struct region_map_server *rpc)
{
	return container_of(rpc, struct region_map, rpc);
}

static enum os_err attach(struct region_map_server *rpc, struct dataspace_cap ds, uint64_t offset,
                          uint64_t size, bool fixed, uint64_t address, bool writeable,
                          bool executable, uint64_t *at)
{
	struct object *object = cap_lookup_kind(current_pd(), ds.cap.slot, OBJECT_DATASPACE);
	struct region_map *map = self(rpc);
	struct dataspace *memory;
	enum os_err err;

	if (!object)
		return OS_ERR_CAP_INVALID;
	memory = container_of(object, struct dataspace, object);
	if (!fixed) {
		address = map->first;
		if ((err = check_range(map, memory, address, offset, &size)) ||
		    (err = region_map_free_range(map, size, map->first, map->last, &address)))
			return err;
	}
	if ((err = attachment_create(map, memory, address, offset, size, writeable, executable,
	                             NULL)))
		return err;
	*at = address;
	return OS_OK;
}

static enum os_err detach(struct region_map_server *rpc, uint64_t address)
{
	struct attachment *a = region_map_find(self(rpc), address);

	if (!a || a->address != address)
		return OS_ERR_NOT_FOUND;
	attachment_destroy(a);
	return OS_OK;
}

static enum os_err dataspace(struct region_map_server *rpc, struct managed_dataspace_cap *ds)
{
	struct region_map *map = self(rpc);
	const bool is_new = !map->ds;
	enum os_err err;

	if (is_new && (err = dataspace_wrap(NULL, map->size, map, &map->ds)))
		return err;
	if ((err = cap_insert(current_pd(), &map->ds->object, &ds->cap.slot)) && is_new)
		object_destroy(&map->ds->object);
	return err;
}

static enum os_err fault_sigh(struct region_map_server *rpc, struct signal_context_cap handler)
{
	sigh_set(&self(rpc)->fault_sigh, handler.cap.slot);
	faults_handler_changed(self(rpc));
	return OS_OK;
}

static enum os_err fault_state(struct region_map_server *rpc, uint64_t after, uint64_t *number,
                               enum region_map_fault_kind *kind, uint64_t *address)
{
	return faults_state(self(rpc), after, number, kind, address);
}

static enum os_err faults(struct region_map_server *rpc, struct rom_dataspace_cap *ds)
{
	struct dataspace *view;
	enum os_err err;

	if ((err = fault_page_show(self(rpc), &view)))
		return err;
	return cap_insert(current_pd(), &view->object, &ds->cap.slot);
}

static enum os_err fault_thread(struct region_map_server *rpc, uint64_t number, char *label,
                                char *name)
{
	return faults_thread(self(rpc), number, label, name);
}

static enum os_err fault_refuse(struct region_map_server *rpc, uint64_t number, const char *reason)
{
	return faults_refuse(self(rpc), number, reason);
}

static const struct region_map_ops ops = {
	.attach = attach,
	.detach = detach,
	.dataspace = dataspace,
	.fault_sigh = fault_sigh,
	.fault_state = fault_state,
	.fault_thread = fault_thread,
	.fault_refuse = fault_refuse,
	.faults = faults,
};

/* ------------------------------------------------------------------ making maps */

static void handler_lost(struct sigh *sigh)
{
	faults_handler_changed(container_of(sigh, struct region_map, fault_sigh));
}

static void destroy(struct object *object)
{
	struct region_map *map = container_of(object, struct region_map, object);

	if (map->session)
		os_list_remove(&map->session->maps, &map->session_node);
	if (map->ds)
		object_destroy(&map->ds->object);
	if (map->fault_ds)
		object_destroy(&map->fault_ds->object);
	region_map_clear(map);
	/* who waits meets the same fault again, in the map around or in none */
	faults_leave(map);
	sigh_fini(&map->fault_sigh);
	if (map->pd)
		map->pd->address_space = NULL;
}

enum os_err region_map_new(struct account *account, uint64_t size, struct region_map **out)
{
	struct region_map *map;
	struct object *object;
	enum os_err err;

	if (size == 0)
		return OS_ERR_INVALID;
	if (size % OS_PAGE_SIZE)
		return OS_ERR_ALIGN;
	if ((err = object_create(sizeof(*map), OBJECT_REGION_MAP, REGION_MAP_TYPE, account, 0,
	                         destroy, &object)))
		return err;
	map = container_of(object, struct region_map, object);
	map->rpc.ops = &ops;
	object_serve(&map->object, &map->rpc.object, region_map_dispatch);
	map->attachments.update = update;
	map->size = size;
	map->last = size - 1;
	map->account = account;
	map->fault_sigh.lost = handler_lost;
	*out = map;
	return OS_OK;
}
