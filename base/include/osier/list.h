/* SPDX-License-Identifier: BSD-2-Clause */
/* Intrusive doubly linked list; zero is the empty list. Nothing here blocks or allocates. */

#ifndef OSIER_LIST_H
#define OSIER_LIST_H

#include <osier/types.h>

/** Embedded in what is listed; in one list at a time. */
struct os_list_node {
	struct os_list_node *next;
	struct os_list_node *prev;
};

struct os_list {
	struct os_list_node *first;
	struct os_list_node *last;
};

static inline bool os_list_empty(const struct os_list *list)
{
	return !list->first;
}

/** The first node, or NULL. */
static inline struct os_list_node *os_list_first(const struct os_list *list)
{
	return list->first;
}

/** The last node, or NULL. */
static inline struct os_list_node *os_list_last(const struct os_list *list)
{
	return list->last;
}

/** The node behind `node`, or NULL. */
static inline struct os_list_node *os_list_next(const struct os_list_node *node)
{
	return node->next;
}

/** The node before `node`, or NULL. */
static inline struct os_list_node *os_list_prev(const struct os_list_node *node)
{
	return node->prev;
}

/** Put `node`, which is in no list, before `before`; at the end if `before` is NULL. */
static inline void os_list_insert_before(struct os_list *list, struct os_list_node *before,
                                         struct os_list_node *node)
{
	node->next = before;
	node->prev = before ? before->prev : list->last;
	*(node->prev ? &node->prev->next : &list->first) = node;
	*(before ? &before->prev : &list->last) = node;
}

/** Put `node` at the end. */
static inline void os_list_append(struct os_list *list, struct os_list_node *node)
{
	os_list_insert_before(list, NULL, node);
}

/** Put `node` at the front. */
static inline void os_list_prepend(struct os_list *list, struct os_list_node *node)
{
	os_list_insert_before(list, list->first, node);
}

/** Take `node` out of `list`, which it must be in. */
static inline void os_list_remove(struct os_list *list, struct os_list_node *node)
{
	*(node->prev ? &node->prev->next : &list->first) = node->next;
	*(node->next ? &node->next->prev : &list->last) = node->prev;
	node->next = NULL;
	node->prev = NULL;
}

/* The object whose member at `offset` is `node`; NULL stays NULL. */
static inline void *os_list_object(const struct os_list_node *node, size_t offset)
{
	return node ? (char *)(uintptr_t)node - offset : NULL;
}

/** The object of type `type` whose `member` is `node`; NULL for a NULL node. */
#define OS_LIST_ITEM(node, type, member) ((type *)os_list_object((node), offsetof(type, member)))

/** Run over all nodes, as `struct os_list_node *node`; the current one may be removed, freed too.
 */
#define OS_LIST_FOR_EACH(node, list)                                                             \
	for (struct os_list_node *node = (list)->first, *node##_next = node ? node->next : NULL; \
	     node; node = node##_next, node##_next = node ? node->next : NULL)

#endif
