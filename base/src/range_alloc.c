/* SPDX-License-Identifier: BSD-2-Clause */
/* Address range allocator: one tree of disjoint ranges, which knows its largest free one below. */

#include <osier/range_alloc.h>

struct range {
	struct os_avl_node node; /* os_range_alloc::ranges, or by `parent` in the reserve */
	uint64_t first;
	uint64_t last;
	uint64_t span;   /* of the largest free range in this subtree: last - first */
	bool free;       /* free ranges never touch each other */
	bool free_below; /* there is a free range in this subtree, so `span` counts */
};

/* No operation cuts a range in more than three pieces. */
#define RESERVE 2

static struct range *range_of(const struct os_avl_node *node)
{
	return OS_AVL_ITEM(node, struct range, node);
}

static bool update_span(struct os_avl_node *node)
{
	struct range *range = range_of(node);
	const struct range was = *range;

	range->free_below = range->free;
	range->span = range->free ? range->last - range->first : 0;
	for (int i = 0; i < 2; i++) {
		const struct range *child = range_of(node->child[i]);

		if (!child || !child->free_below)
			continue;
		range->free_below = true;
		range->span = OS_MAX(range->span, child->span);
	}
	return range->span != was.span || range->free_below != was.free_below;
}

static int compare_ranges(const struct os_avl_node *a, const struct os_avl_node *b)
{
	return range_of(a)->first < range_of(b)->first ? -1 : 1;
}

/* The order of an address and a range that ends before it, has it, or begins behind it. */
static int compare_address(const void *key, const struct os_avl_node *node)
{
	const uint64_t addr = *(const uint64_t *)key;

	if (addr > range_of(node)->last)
		return 1;
	return addr < range_of(node)->first ? -1 : 0;
}

/* The first range that does not end before `addr`. */
static struct range *range_from(const struct os_range_alloc *ranges, uint64_t addr)
{
	return range_of(os_avl_lower_bound(&ranges->ranges, &addr, compare_address));
}

/* ------------------------------------------------------------ reserve */

static void spare_put(struct os_range_alloc *ranges, struct range *range)
{
	/* One more than an operation needs is not kept. */
	if (ranges->spare_count >= RESERVE) {
		os_free(ranges->meta, range, sizeof(*range));
		return;
	}
	range->node.parent = ranges->spare;
	ranges->spare = &range->node;
	ranges->spare_count++;
}

static struct range *spare_get(struct os_range_alloc *ranges)
{
	struct range *range = range_of(ranges->spare);

	OS_ASSERT(range);
	ranges->spare = range->node.parent;
	ranges->spare_count--;
	return range;
}

/*
 * Have nodes for any one operation. This comes first in each: the metadata's allocator may itself
 * need a range from here, and what was looked up before would then be stale.
 */
static enum os_err reserve(struct os_range_alloc *ranges)
{
	while (ranges->spare_count < RESERVE) {
		void *range;
		enum os_err err;

		if ((err = os_alloc(ranges->meta, sizeof(struct range), &range)))
			return err;
		spare_put(ranges, range);
	}
	return OS_OK;
}

/* ----------------------------------------------------- free byte count */

/* The count has 65 bits: only all 2^64 bytes at once need the topmost. */
static void count_free(struct os_range_alloc *ranges, uint64_t first, uint64_t last)
{
	ranges->free_low += last - first + 1;
	ranges->free_all = !ranges->free_low;
}

static void count_taken(struct os_range_alloc *ranges, uint64_t first, uint64_t last)
{
	ranges->free_low -= last - first + 1;
	ranges->free_all = false;
}

/* ---------------------------------------------------------- operations */

void os_range_alloc_init(struct os_range_alloc *ranges, struct os_alloc *meta)
{
	*ranges = (struct os_range_alloc){ .meta = meta, .ranges = { .update = update_span } };
}

void os_range_alloc_fini(struct os_range_alloc *ranges)
{
	struct os_avl_node *node = ranges->ranges.root;

	/* Leaves first, without restoring balance: linear, and no recursion. */
	while (node) {
		struct os_avl_node *child = node->child[0] ? node->child[0] : node->child[1];

		if (!child) {
			struct os_avl_node *parent = node->parent;

			if (parent)
				parent->child[parent->child[1] == node] = NULL;
			os_free(ranges->meta, range_of(node), sizeof(struct range));
			child = parent;
		}
		node = child;
	}
	while (ranges->spare_count)
		os_free(ranges->meta, spare_get(ranges), sizeof(struct range));
	*ranges = (struct os_range_alloc){ 0 };
}

/* The last byte of `size` bytes from `base`. */
static enum os_err range_end(uint64_t base, uint64_t size, uint64_t *last)
{
	if (!size)
		return OS_ERR_INVALID;
	if (size - 1 > UINT64_MAX - base)
		return OS_ERR_RANGE;
	*last = base + (size - 1);
	return OS_OK;
}

static void insert(struct os_range_alloc *ranges, uint64_t first, uint64_t last, bool free)
{
	struct range *range = spare_get(ranges);

	range->first = first;
	range->last = last;
	range->free = free;
	os_avl_insert(&ranges->ranges, &range->node, compare_ranges);
}

static void discard(struct os_range_alloc *ranges, struct range *range)
{
	os_avl_remove(&ranges->ranges, &range->node);
	spare_put(ranges, range);
}

/* Join `range`, which is free, with free neighbours that touch it. */
static void join_neighbours(struct os_range_alloc *ranges, struct range *range)
{
	struct range *prev = range_of(os_avl_prev(&range->node));
	struct range *next = range_of(os_avl_next(&range->node));
	uint64_t first = range->first, last = range->last;

	if (prev && prev->free && prev->last == first - 1) {
		first = prev->first;
		discard(ranges, prev);
	}
	if (next && next->free && last == next->first - 1) {
		last = next->last;
		discard(ranges, next);
	}
	range->first = first;
	range->last = last;
	os_avl_update(&ranges->ranges, &range->node);
}

enum os_err os_range_alloc_add(struct os_range_alloc *ranges, uint64_t base, uint64_t size)
{
	const struct range *at;
	uint64_t last;
	enum os_err err;

	if ((err = range_end(base, size, &last)))
		return err;
	if ((err = reserve(ranges)))
		return err;
	at = range_from(ranges, base);
	if (at && at->first <= last)
		return OS_ERR_CONFLICT;
	insert(ranges, base, last, true);
	count_free(ranges, base, last);
	join_neighbours(ranges, range_from(ranges, base));
	return OS_OK;
}

/*
 * The free range that has all of [first, last]. Free ranges that touch are one, so there is no
 * other way to be free. Otherwise tells whether a part is in use (CONFLICT) or missing (RANGE).
 */
static enum os_err find_free(const struct os_range_alloc *ranges, uint64_t first, uint64_t last,
                             struct range **out)
{
	struct range *range = range_from(ranges, first);
	enum os_err err = OS_OK;

	if (range && range->free && range->first <= first && last <= range->last) {
		*out = range;
		return OS_OK;
	}
	for (uint64_t at = first;;) {
		if (!range || range->first > at)
			return OS_ERR_RANGE;
		if (!range->free)
			err = OS_ERR_CONFLICT;
		if (range->last >= last)
			return err;
		at = range->last + 1;
		range = range_of(os_avl_next(&range->node));
	}
}

/* Cut [first, last] out of `range`, which has it and is free: what is left stays free. */
static void cut(struct os_range_alloc *ranges, struct range *range, uint64_t first, uint64_t last)
{
	const uint64_t end = range->last;
	const bool tail = last < end;

	count_taken(ranges, first, last);
	if (range->first < first) {
		range->last = first - 1;
		os_avl_update(&ranges->ranges, &range->node);
		if (tail)
			insert(ranges, last + 1, end, true);
	} else if (tail) {
		range->first = last + 1; /* keeps its place in the order */
		os_avl_update(&ranges->ranges, &range->node);
	} else {
		discard(ranges, range);
	}
}

enum os_err os_range_alloc_remove(struct os_range_alloc *ranges, uint64_t base, uint64_t size)
{
	struct range *range;
	uint64_t last;
	enum os_err err;

	if ((err = range_end(base, size, &last)))
		return err;
	if ((err = reserve(ranges)))
		return err;
	if ((err = find_free(ranges, base, last, &range)))
		return err;
	cut(ranges, range, base, last);
	return OS_OK;
}

enum os_err os_range_alloc_alloc_at(struct os_range_alloc *ranges, uint64_t addr, uint64_t size)
{
	struct range *range;
	uint64_t last;
	enum os_err err;

	if ((err = range_end(addr, size, &last)))
		return err;
	if ((err = reserve(ranges)))
		return err;
	if ((err = find_free(ranges, addr, last, &range)))
		return err;
	cut(ranges, range, addr, last);
	insert(ranges, addr, last, false);
	return OS_OK;
}

/* What alloc looks for. */
struct wanted {
	uint64_t span; /* size - 1 */
	uint64_t align_mask;
	struct os_range limit;
};

/* The lowest fitting address in `range`. */
static bool fits(const struct range *range, const struct wanted *wanted, uint64_t *out)
{
	const uint64_t last = OS_MIN(range->last, wanted->limit.last);
	uint64_t first = OS_MAX(range->first, wanted->limit.first);

	if (!range->free || first > UINT64_MAX - wanted->align_mask)
		return false;
	first = (first + wanted->align_mask) & ~wanted->align_mask;
	if (first > last || last - first < wanted->span)
		return false;
	*out = first;
	return true;
}

/* The subtree at `node` has a free range that is large enough, limit and alignment aside. */
static bool promising(const struct os_avl_node *node, const struct wanted *wanted)
{
	const struct range *range = range_of(node);

	return range && range->free_below && range->span >= wanted->span;
}

/* The lowest node of the subtree at `node` that may have a range, by the subtrees' spans alone. */
static struct os_avl_node *descend(struct os_avl_node *node, const struct wanted *wanted)
{
	/* Left of a range that begins at or before the limit, all ends before the limit. */
	while (promising(node->child[0], wanted) && range_of(node)->first > wanted->limit.first)
		node = node->child[0];
	return node;
}

/* In order through all nodes below which a large enough free range is; O(log n) each. */
static struct range *find_lowest(const struct os_range_alloc *ranges, const struct wanted *wanted,
                                 uint64_t *out)
{
	struct os_avl_node *node = ranges->ranges.root;

	if (!promising(node, wanted))
		return NULL;
	node = descend(node, wanted);
	while (node) {
		struct range *range = range_of(node);

		if (range->first > wanted->limit.last)
			return NULL;
		if (fits(range, wanted, out))
			return range;
		if (promising(node->child[1], wanted)) {
			node = descend(node->child[1], wanted);
			continue;
		}
		while (node->parent && node->parent->child[1] == node)
			node = node->parent;
		node = node->parent;
	}
	return NULL;
}

enum os_err os_range_alloc_alloc(struct os_range_alloc *ranges, uint64_t size, unsigned align_log2,
                                 struct os_range limit, uint64_t *out)
{
	struct wanted wanted;
	struct range *range;
	uint64_t addr;
	enum os_err err;

	if (!size || align_log2 > 63)
		return OS_ERR_INVALID;
	if ((err = reserve(ranges)))
		return err;
	wanted = (struct wanted){
		.span = size - 1,
		.align_mask = ((uint64_t)1 << align_log2) - 1,
		.limit = limit,
	};
	range = find_lowest(ranges, &wanted, &addr);
	if (!range)
		return OS_ERR_FULL;
	cut(ranges, range, addr, addr + wanted.span);
	insert(ranges, addr, addr + wanted.span, false);
	*out = addr;
	return OS_OK;
}

/* The range in use that begins at `addr`, or NULL. */
static struct range *find_used(const struct os_range_alloc *ranges, uint64_t addr)
{
	struct range *range = range_from(ranges, addr);

	return range && range->first == addr && !range->free ? range : NULL;
}

void os_range_alloc_free(struct os_range_alloc *ranges, uint64_t addr)
{
	struct range *range = find_used(ranges, addr);

	OS_ASSERT(range);
	range->free = true;
	os_avl_update(&ranges->ranges, &range->node);
	count_free(ranges, range->first, range->last);
	join_neighbours(ranges, range);
}

enum os_err os_range_alloc_size_at(const struct os_range_alloc *ranges, uint64_t addr,
                                   uint64_t *size)
{
	const struct range *range = find_used(ranges, addr);

	if (!range)
		return OS_ERR_NOT_FOUND;
	*size = range->last - range->first + 1;
	return OS_OK;
}

uint64_t os_range_alloc_available(const struct os_range_alloc *ranges)
{
	return ranges->free_all ? UINT64_MAX : ranges->free_low;
}
