/* SPDX-License-Identifier: BSD-2-Clause */
/* Badge tables: an array with a first-in-first-out list of free places. */

#include <osier/badge.h>
#include <osier/string.h>

enum {
	FIRST_COUNT = 16, /* from the heap */
	INDEX_MAX = 1 << OS_BADGE_INDEX_BITS,
	GENERATION_MAX = (1 << OS_BADGE_GENERATION_BITS) - 1,
};

static void free_append(struct os_badges *badges, uint32_t index)
{
	badges->entries[index].link = 0;
	if (badges->free_first)
		badges->entries[badges->free_last - 1].link = index + 1;
	else
		badges->free_first = index + 1;
	badges->free_last = index + 1;
}

/* The table has so many entries now, of which the old ones are in their places. */
static void grown(struct os_badges *badges, struct os_badge_entry *entries, uint32_t count)
{
	const uint32_t old_count = badges->count;

	badges->entries = entries;
	badges->count = count;
	for (uint32_t i = old_count; i < count; i++)
		free_append(badges, i);
}

static void entries_free(struct os_badges *badges, struct os_alloc *alloc)
{
	if (badges->entries != badges->own)
		os_free(alloc, badges->entries, badges->count * sizeof(*badges->entries));
}

static enum os_err grow(struct os_badges *badges, struct os_alloc *alloc)
{
	const uint32_t count = OS_MAX(2 * badges->count, (uint32_t)FIRST_COUNT);
	struct os_badge_entry *entries;
	enum os_err err;

	if (!badges->count) {
		grown(badges, badges->own, OS_BADGES_OWN);
		return OS_OK;
	}
	if (count > INDEX_MAX)
		return OS_ERR_LIMIT;
	if ((err = os_alloc(alloc, count * sizeof(*entries), (void **)&entries)))
		return err;
	memcpy(entries, badges->entries, badges->count * sizeof(*entries));
	entries_free(badges, alloc);
	grown(badges, entries, count);
	return OS_OK;
}

enum os_err os_badge_alloc(struct os_badges *badges, struct os_alloc *alloc,
                           enum os_badge_kind kind, void *target, uint32_t *badge)
{
	struct os_badge_entry *entry;
	enum os_err err;
	uint32_t index;

	if (!badges->free_first && (err = grow(badges, alloc)))
		return err;
	index = badges->free_first - 1;
	entry = &badges->entries[index];
	badges->free_first = entry->link;
	entry->target = target;
	entry->kind = kind;
	entry->link = 0;
	entry->generation = (uint16_t)(entry->generation % GENERATION_MAX + 1);
	*badge = (uint32_t)entry->generation << OS_BADGE_INDEX_BITS | index;
	return OS_OK;
}

struct os_badge_entry *os_badge_find(struct os_badges *badges, uint32_t badge,
                                     enum os_badge_kind kind)
{
	const uint32_t index = badge & (INDEX_MAX - 1);
	struct os_badge_entry *entry;

	if (index >= badges->count)
		return NULL;
	entry = &badges->entries[index];
	if (entry->kind != kind || entry->generation != badge >> OS_BADGE_INDEX_BITS)
		return NULL;
	return entry;
}

void os_badge_free(struct os_badges *badges, uint32_t badge)
{
	const uint32_t index = badge & (INDEX_MAX - 1);

	OS_ASSERT(index < badges->count && badges->entries[index].kind != OS_BADGE_FREE &&
	          badges->entries[index].generation == badge >> OS_BADGE_INDEX_BITS);
	badges->entries[index].kind = OS_BADGE_FREE;
	badges->entries[index].target = NULL;
	free_append(badges, index);
}

uint32_t os_badge_any(struct os_badges *badges, enum os_badge_kind *kind, void **target)
{
	for (uint32_t i = 0; i < badges->count; i++) {
		const struct os_badge_entry *const entry = &badges->entries[i];

		if (entry->kind == OS_BADGE_FREE)
			continue;
		*kind = entry->kind;
		*target = entry->target;
		return (uint32_t)entry->generation << OS_BADGE_INDEX_BITS | i;
	}
	return 0;
}

void os_badges_fini(struct os_badges *badges, struct os_alloc *alloc)
{
	entries_free(badges, alloc);
	os_mutex_fini(&badges->lock);
	*badges = (struct os_badges){ 0 };
}
