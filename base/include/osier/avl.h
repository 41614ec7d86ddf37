/* SPDX-License-Identifier: BSD-2-Clause */
/* Intrusive balanced search tree (AVL); zero is the empty tree. Never blocks or allocates. */

#ifndef OSIER_AVL_H
#define OSIER_AVL_H

#include <osier/types.h>

/** Embedded in what is sorted; in one tree at a time. */
struct os_avl_node {
	struct os_avl_node *parent;
	struct os_avl_node *child[2]; /* smaller, greater */
	int balance;                  /* height of the greater side less that of the smaller */
};

struct os_avl {
	struct os_avl_node *root;
	/**
	 * NULL, or recomputes what `node` keeps about its subtree (a maximum, a sum) from itself
	 * and its children, whose own is up to date. Called for every node whose subtree changes;
	 * false: it is what it was, and so is what is kept above.
	 */
	bool (*update)(struct os_avl_node *node);
};

/*
 * `compare` is negative, 0 or positive as `a` comes before `b`, equals it, comes after it;
 * `compare_key` likewise as `key` comes before `node`, equals it, comes after it.
 */

/** Put `node`, which is in no tree, in its place: behind those that equal it. O(log n). */
void os_avl_insert(struct os_avl *tree, struct os_avl_node *node,
                   int (*compare)(const struct os_avl_node *a, const struct os_avl_node *b));

/** The same where it is known what comes right before: `before`, or nothing (NULL). */
void os_avl_insert_after(struct os_avl *tree, struct os_avl_node *node, struct os_avl_node *before);

/** Take `node` out of `tree`, which it must be in. O(log n). */
void os_avl_remove(struct os_avl *tree, struct os_avl_node *node);

/**
 * Run `tree->update` for `node`, whose own value has changed, and for all above it. To be called
 * before anything else is done to the tree. O(log n).
 */
void os_avl_update(struct os_avl *tree, struct os_avl_node *node);

/** The first node that equals `key`, or NULL. O(log n). */
struct os_avl_node *os_avl_find(const struct os_avl *tree, const void *key,
                                int (*compare_key)(const void *key,
                                                   const struct os_avl_node *node));

/** The first node that equals `key` or comes after it, or NULL. O(log n). */
struct os_avl_node *os_avl_lower_bound(const struct os_avl *tree, const void *key,
                                       int (*compare_key)(const void *key,
                                                          const struct os_avl_node *node));

/** The least node, or NULL. */
struct os_avl_node *os_avl_first(const struct os_avl *tree);

/** The greatest node, or NULL. */
struct os_avl_node *os_avl_last(const struct os_avl *tree);

/** The node after `node` in order, or NULL. */
struct os_avl_node *os_avl_next(const struct os_avl_node *node);

/** The node before `node` in order, or NULL. */
struct os_avl_node *os_avl_prev(const struct os_avl_node *node);

/* The object whose member at `offset` is `node`; NULL stays NULL. */
static inline void *os_avl_object(const struct os_avl_node *node, size_t offset)
{
	return node ? (char *)node - offset : NULL;
}

/** The object of type `type` whose `member` is `node`; NULL for a NULL node. */
#define OS_AVL_ITEM(node, type, member) ((type *)os_avl_object((node), offsetof(type, member)))

#endif
