/* SPDX-License-Identifier: BSD-2-Clause */
/* Intrusive first-in-first-out queue; zero is the empty queue. Nothing blocks or allocates. */

#ifndef OSIER_FIFO_H
#define OSIER_FIFO_H

#include <osier/types.h>

/** Embedded in what is queued; in one queue at a time. */
struct os_fifo_node {
	struct os_fifo_node *next;
};

struct os_fifo {
	struct os_fifo_node *first;
	struct os_fifo_node *last;
};

static inline bool os_fifo_empty(const struct os_fifo *fifo)
{
	return !fifo->first;
}

/** Put `node`, which is in no queue, at the end. */
static inline void os_fifo_put(struct os_fifo *fifo, struct os_fifo_node *node)
{
	node->next = NULL;
	*(fifo->first ? &fifo->last->next : &fifo->first) = node;
	fifo->last = node;
}

/** Put `node` at the front: it is the next one to be taken. */
static inline void os_fifo_put_front(struct os_fifo *fifo, struct os_fifo_node *node)
{
	node->next = fifo->first;
	if (!fifo->first)
		fifo->last = node;
	fifo->first = node;
}

/** The node to be taken next, which stays; NULL if there is none. */
static inline struct os_fifo_node *os_fifo_peek(const struct os_fifo *fifo)
{
	return fifo->first;
}

/** Take the first node; NULL if there is none. */
static inline struct os_fifo_node *os_fifo_get(struct os_fifo *fifo)
{
	struct os_fifo_node *node = fifo->first;

	if (!node)
		return NULL;
	fifo->first = node->next;
	if (!fifo->first)
		fifo->last = NULL;
	node->next = NULL;
	return node;
}

/** Take `node` out wherever it stands, in linear time; false if it was not in the queue. */
static inline bool os_fifo_remove(struct os_fifo *fifo, struct os_fifo_node *node)
{
	struct os_fifo_node *prev = NULL;

	for (struct os_fifo_node *n = fifo->first; n; prev = n, n = n->next) {
		if (n != node)
			continue;
		*(prev ? &prev->next : &fifo->first) = n->next;
		if (fifo->last == n)
			fifo->last = prev;
		n->next = NULL;
		return true;
	}
	return false;
}

/* The object whose member at `offset` is `node`; NULL stays NULL. */
static inline void *os_fifo_object(const struct os_fifo_node *node, size_t offset)
{
	return node ? (char *)node - offset : NULL;
}

/** The object of type `type` whose `member` is `node`; NULL for a NULL node. */
#define OS_FIFO_ITEM(node, type, member) ((type *)os_fifo_object((node), offsetof(type, member)))

/** Run over all nodes in order, as `struct os_fifo_node *node`; the queue must not change. */
#define OS_FIFO_FOR_EACH(node, fifo) \
	for (struct os_fifo_node *node = (fifo)->first; node; node = node->next)

#endif
