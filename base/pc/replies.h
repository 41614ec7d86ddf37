/* SPDX-License-Identifier: BSD-2-Clause */
/* Requests that wait for their answers: which saved right a (channel, sequence) stands for. */

#ifndef PC_REPLIES_H
#define PC_REPLIES_H

#include <osier/types.h>
#include <stdatomic.h>

/*
 * An entry is one word, so that answering it twice, or too late, is found out in one step:
 *
 *            take                    save                       answer
 *   FREE ------------> TAKEN -------------------> SAVED ------------------------> FREE
 *   (in the list)      (by a receiver) <-------   (sequence, slot of the right)   (sequence + 1)
 *                         | give back: FREE
 *
 * A receiver takes an entry, uses it for one request after the other, counting the sequence up, and
 * leaves it to the first that is to be answered later. The sequence goes on from user to user, so
 * that the same pair of numbers comes again only after 2^32 uses of an entry.
 *
 * Nothing here blocks or loops but while others get on: threads meet at atomic words alone.
 */

enum {
	REPLIES_PAGE = 512, /* entries in a page */
	REPLIES_PAGES = 512,
	REPLIES_FIRST = 32, /* entries that are there from the beginning */
};

typedef _Atomic(uint64_t) reply_entry;

/** Zero, then replies_init(). */
struct replies {
	_Atomic(uint64_t) free; /* how often it changed << 32 | first free entry; 0: none */
	_Atomic(reply_entry *) pages[REPLIES_PAGES];
	reply_entry first[REPLIES_FIRST];
};

void replies_init(struct replies *replies);

/** Make entries of a zeroed page. False: there are as many as there can be. */
bool replies_add(struct replies *replies, void *page);

/** Take a free entry; `sequence`: the last number that was used with it. 0: there is none. */
uint32_t replies_take(struct replies *replies, uint32_t *sequence);

/** Give up a taken entry, with the last sequence number that was used. */
void replies_give(struct replies *replies, uint32_t index, uint32_t sequence);

/** The right to answer request `sequence` of a taken entry is in `slot`, not 0. */
void replies_save(struct replies *replies, uint32_t index, uint32_t sequence, uint32_t slot);

/** The right to answer the request, which is free again; 0: it is not waiting for an answer. */
uint32_t replies_answer(struct replies *replies, uint32_t index, uint32_t sequence);

#endif
