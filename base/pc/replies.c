/* SPDX-License-Identifier: BSD-2-Clause */
/* Requests that wait for their answers: a table that grows by pages, with a list of free entries.
 */

#include "replies.h"

/* The lower half of a free entry is the next one, marked; that of a saved one a slot. */
#define FREE UINT32_C(0x80000000)

static inline uint64_t word(uint32_t high, uint32_t low)
{
	return (uint64_t)high << 32 | low;
}

static reply_entry *entry_at(struct replies *replies, uint32_t index)
{
	const uint32_t page = index / REPLIES_PAGE, i = index % REPLIES_PAGE;
	reply_entry *entries = page < REPLIES_PAGES ? atomic_load(&replies->pages[page]) : NULL;

	if (!entries || (!page && i >= REPLIES_FIRST))
		return NULL;
	return &entries[i];
}

/* Put the chain of entries from `first` to `last` into the list. */
static void push(struct replies *replies, uint32_t first, uint32_t last, uint32_t last_sequence)
{
	uint64_t head = atomic_load(&replies->free);
	reply_entry *entry = entry_at(replies, last);

	do
		atomic_store(entry, word(last_sequence, FREE | (uint32_t)head));
	while (!atomic_compare_exchange_weak(&replies->free, &head,
	                                     word((uint32_t)(head >> 32) + 1, first)));
}

static void push_range(struct replies *replies, uint32_t first, uint32_t end)
{
	for (uint32_t i = first; i + 1 < end; i++)
		atomic_store(entry_at(replies, i), word(0, FREE | (i + 1)));
	push(replies, first, end - 1, 0);
}

void replies_init(struct replies *replies)
{
	atomic_store(&replies->pages[0], replies->first);
	push_range(replies, 1, REPLIES_FIRST);
}

bool replies_add(struct replies *replies, void *page)
{
	for (uint32_t i = 1; i < REPLIES_PAGES; i++) {
		reply_entry *none = NULL;

		if (!atomic_compare_exchange_strong(&replies->pages[i], &none, page))
			continue;
		push_range(replies, i * REPLIES_PAGE, (i + 1) * REPLIES_PAGE);
		return true;
	}
	return false;
}

uint32_t replies_take(struct replies *replies, uint32_t *sequence)
{
	uint64_t head = atomic_load(&replies->free), was;
	uint32_t index;

	do {
		index = (uint32_t)head;
		if (!index)
			return 0;
		/* should it be taken meanwhile, the head's count has changed */
		was = atomic_load(entry_at(replies, index));
	} while (!atomic_compare_exchange_weak(
	        &replies->free, &head, word((uint32_t)(head >> 32) + 1, (uint32_t)was & ~FREE)));
	*sequence = (uint32_t)(was >> 32);
	atomic_store(entry_at(replies, index), word(*sequence, 0));
	return index;
}

void replies_give(struct replies *replies, uint32_t index, uint32_t sequence)
{
	push(replies, index, index, sequence);
}

void replies_save(struct replies *replies, uint32_t index, uint32_t sequence, uint32_t slot)
{
	atomic_store(entry_at(replies, index), word(sequence, slot));
}

uint32_t replies_answer(struct replies *replies, uint32_t index, uint32_t sequence)
{
	reply_entry *entry = entry_at(replies, index);
	uint64_t was = entry ? atomic_load(entry) : 0;
	const uint32_t slot = (uint32_t)was;

	if (!slot || slot & FREE || was >> 32 != sequence ||
	    !atomic_compare_exchange_strong(entry, &was, word(sequence, 0)))
		return 0;
	replies_give(replies, index, sequence);
	return slot;
}
