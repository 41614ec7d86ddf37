/* SPDX-License-Identifier: BSD-2-Clause */
/* Balanced search tree: insertion and removal walk up by parent pointers, without recursion. */

#include <osier/avl.h>

/* Which child of its parent `node` is. */
static int side_of(const struct os_avl_node *node)
{
	return node->parent->child[1] == node;
}

/* Let `with` (or nothing) hang where `node` hangs. */
static void replace(struct os_avl *tree, struct os_avl_node *node, struct os_avl_node *with)
{
	if (node->parent)
		node->parent->child[side_of(node)] = with;
	else
		tree->root = with;
	if (with)
		with->parent = node->parent;
}

static void update(struct os_avl *tree, struct os_avl_node *node)
{
	if (tree->update)
		(void)!tree->update(node);
}

void os_avl_update(struct os_avl *tree, struct os_avl_node *node)
{
	if (!tree->update)
		return;
	while (node && tree->update(node))
		node = node->parent;
}

/*
 * Lift the child of `top` at `side` above it; the two swap a subtree. Balances are the caller's.
 *
 *     top                lifted
 *     / \                 / \
 *    a  lifted    →     top  c       (side = 1)
 *        / \            / \
 *       b   c          a   b
 */
static struct os_avl_node *rotate(struct os_avl *tree, struct os_avl_node *top, int side)
{
	struct os_avl_node *lifted = top->child[side];
	struct os_avl_node *inner = lifted->child[!side];

	replace(tree, top, lifted);
	lifted->child[!side] = top;
	top->parent = lifted;
	top->child[side] = inner;
	if (inner)
		inner->parent = top;
	update(tree, top);
	update(tree, lifted);
	return lifted;
}

/* `top` is two levels deeper at `side`: make it even. Returns the subtree's new top. */
static struct os_avl_node *rebalance(struct os_avl *tree, struct os_avl_node *top, int side)
{
	const int sign = side ? 1 : -1;
	struct os_avl_node *child = top->child[side];

	if (child->balance != -sign) {
		struct os_avl_node *lifted = rotate(tree, top, side);

		/* An even child (only after a removal) leaves the height as it was. */
		top->balance = lifted->balance ? 0 : sign;
		lifted->balance = lifted->balance ? 0 : -sign;
		return lifted;
	}
	struct os_avl_node *inner = rotate(tree, child, !side);

	rotate(tree, top, side);
	top->balance = inner->balance == sign ? -sign : 0;
	child->balance = inner->balance == -sign ? sign : 0;
	inner->balance = 0;
	return inner;
}

/* Hang `node` at an end of the tree, and make it even. */
static void insert(struct os_avl *tree, struct os_avl_node *node, struct os_avl_node *parent,
                   struct os_avl_node **link)
{
	*node = (struct os_avl_node){ .parent = parent };
	*link = node;
	update(tree, node);
	os_avl_update(tree, parent);

	/* Upwards as long as the subtree below has become higher. */
	for (; parent; node = parent, parent = node->parent) {
		const int side = side_of(node);

		parent->balance += side ? 1 : -1;
		if (!parent->balance)
			return;
		if (parent->balance == 2 || parent->balance == -2) {
			rebalance(tree, parent, side);
			return;
		}
	}
}

void os_avl_insert(struct os_avl *tree, struct os_avl_node *node,
                   int (*compare)(const struct os_avl_node *a, const struct os_avl_node *b))
{
	struct os_avl_node **link = &tree->root, *parent = NULL;

	while (*link) {
		parent = *link;
		link = &parent->child[compare(node, parent) >= 0];
	}
	insert(tree, node, parent, link);
}

void os_avl_insert_after(struct os_avl *tree, struct os_avl_node *node, struct os_avl_node *before)
{
	struct os_avl_node **link = before ? &before->child[1] : &tree->root, *parent = before;

	while (*link) {
		parent = *link;
		link = &parent->child[0];
	}
	insert(tree, node, parent, link);
}

/* Upwards as long as the subtree at `side` of `parent` has become lower. */
static void shrunk(struct os_avl *tree, struct os_avl_node *parent, int side)
{
	while (parent) {
		parent->balance -= side ? 1 : -1;
		if (parent->balance == 1 || parent->balance == -1)
			return;
		if (parent->balance)
			parent = rebalance(tree, parent, !side);
		if (parent->balance) /* rotated, and as high as before */
			return;
		if (!parent->parent)
			return;
		side = side_of(parent);
		parent = parent->parent;
	}
}

void os_avl_remove(struct os_avl *tree, struct os_avl_node *node)
{
	struct os_avl_node *parent = node->parent, *above = parent;
	int side;

	if (!parent && !node->child[0] && !node->child[1]) {
		/* the only one, as often */
		tree->root = NULL;
		return;
	}
	side = parent ? side_of(node) : 0;

	if (node->child[0] && node->child[1]) {
		/* The next one in order, which has no smaller child, takes the node's place. */
		struct os_avl_node *next = os_avl_next(node);

		side = side_of(next);
		parent = next->parent == node ? next : next->parent;
		replace(tree, next, next->child[1]);
		replace(tree, node, next);
		for (int i = 0; i < 2; i++) {
			next->child[i] = node->child[i];
			if (next->child[i])
				next->child[i]->parent = next;
		}
		next->balance = node->balance;
		/* what it keeps is of another place: whatever that will be here, it is new */
		for (struct os_avl_node *at = parent; at != next; at = at->parent)
			update(tree, at);
		update(tree, next);
		above = next->parent;
	} else {
		replace(tree, node, node->child[0] ? node->child[0] : node->child[1]);
	}
	*node = (struct os_avl_node){ 0 };
	os_avl_update(tree, above);
	shrunk(tree, parent, side);
}

struct os_avl_node *os_avl_lower_bound(const struct os_avl *tree, const void *key,
                                       int (*compare_key)(const void *key,
                                                          const struct os_avl_node *node))
{
	struct os_avl_node *found = NULL;

	for (struct os_avl_node *node = tree->root; node;) {
		const bool greater = compare_key(key, node) > 0;

		if (!greater)
			found = node;
		node = node->child[greater];
	}
	return found;
}

struct os_avl_node *os_avl_find(const struct os_avl *tree, const void *key,
                                int (*compare_key)(const void *key, const struct os_avl_node *node))
{
	struct os_avl_node *node = os_avl_lower_bound(tree, key, compare_key);

	return node && !compare_key(key, node) ? node : NULL;
}

/* The outermost node of the subtree at `side`; NULL for no subtree. */
static struct os_avl_node *outermost(struct os_avl_node *node, int side)
{
	while (node && node->child[side])
		node = node->child[side];
	return node;
}

static struct os_avl_node *neighbour(const struct os_avl_node *node, int side)
{
	if (node->child[side])
		return outermost(node->child[side], !side);
	while (node->parent && side_of(node) == side)
		node = node->parent;
	return node->parent;
}

struct os_avl_node *os_avl_first(const struct os_avl *tree)
{
	return outermost(tree->root, 0);
}

struct os_avl_node *os_avl_last(const struct os_avl *tree)
{
	return outermost(tree->root, 1);
}

struct os_avl_node *os_avl_next(const struct os_avl_node *node)
{
	return neighbour(node, 1);
}

struct os_avl_node *os_avl_prev(const struct os_avl_node *node)
{
	return neighbour(node, 0);
}
