/* SPDX-License-Identifier: BSD-2-Clause */
/* Badge tables: numbers that stand for objects, of which outdated ones are recognised. */

#ifndef OSIER_BADGE_H
#define OSIER_BADGE_H

#include <osier/alloc.h>
#include <osier/lock.h>

/* A badge is a place in the table and how often that place was used: 0 | generation | index. */
#define OS_BADGE_INDEX_BITS      20
#define OS_BADGE_GENERATION_BITS 11

/** What a badge stands for. */
enum os_badge_kind { OS_BADGE_FREE, OS_BADGE_OBJECT, OS_BADGE_SIGNAL, OS_BADGE_LOCAL };

struct os_badge_entry {
	void *target;
	uint16_t generation;
	uint8_t kind;
	uint32_t link; /* free: the next free place; else the user's, 0 at first */
};

/** Places that a table has by itself: what most components need takes no memory of the heap. */
enum { OS_BADGES_OWN = 4 };

/** Zero is an empty table; one that is in use stays where it is. Badges are never 0. */
struct os_badges {
	struct os_mutex lock; /* taken by the caller, around each of the functions below */
	struct os_badge_entry *entries; /* `own`, then from the heap */
	struct os_badge_entry own[OS_BADGES_OWN];
	uint32_t count;
	uint32_t free_first,
	        free_last; /* index + 1; first in, first out, so that reuse comes late */
};

/** A new badge for `target`. The table grows from `alloc`. Errors: LIMIT, those of `alloc`. */
enum os_err os_badge_alloc(struct os_badges *badges, struct os_alloc *alloc,
                           enum os_badge_kind kind, void *target, uint32_t *badge) OS_MUST_CHECK;

/** Make `badge`, which is in use, one that stands for nothing. */
void os_badge_free(struct os_badges *badges, uint32_t badge);

/** The entry of `badge` if it is of this kind, else NULL; valid until the lock is given back. */
struct os_badge_entry *os_badge_find(struct os_badges *badges, uint32_t badge,
                                     enum os_badge_kind kind);

/** The badge of some entry in use, 0 if there is none: to empty the table. */
uint32_t os_badge_any(struct os_badges *badges, enum os_badge_kind *kind, void **target);

/** Give the table's memory back; badges that were not freed stand for nothing any more. */
void os_badges_fini(struct os_badges *badges, struct os_alloc *alloc);

#endif
