/* SPDX-License-Identifier: BSD-2-Clause */
/* The view stack: a tree, in which a view is in front of its parent, and clipped to it. */

#include "stack.h"

/* ------------------------------------------------------------------ geometry */

static struct os_rect screen_area(const struct stack *stack, const struct domain *domain)
{
	const struct os_rect screen = stack->screen;
	const int64_t width =
	        domain->width > 0 ? domain->width : (int64_t)screen.width + domain->width;
	const int64_t height =
	        domain->height > 0 ? domain->height : (int64_t)screen.height + domain->height;
	const struct os_rect area = {
		domain->x < 0 ? screen.width + domain->x : domain->x,
		domain->y < 0 ? screen.height + domain->y : domain->y,
		(int32_t)OS_MAX(width, 0),
		(int32_t)OS_MAX(height, 0),
	};

	return os_rect_intersect(area, screen);
}

struct os_rect stack_area(const struct stack *stack, const struct client *client)
{
	return client->domain ? screen_area(stack, client->domain) : (struct os_rect){ 0 };
}

/* What of `clip` lies from (left, top) on, `width` by `height`. */
static struct os_rect part_of(struct os_rect clip, int64_t left, int64_t top, uint64_t width,
                              uint64_t height)
{
	const int64_t right = OS_MIN(left + (int64_t)width, (int64_t)clip.x + clip.width);
	const int64_t bottom = OS_MIN(top + (int64_t)height, (int64_t)clip.y + clip.height);

	left = OS_MAX(left, clip.x);
	top = OS_MAX(top, clip.y);
	if (left >= right || top >= bottom)
		return (struct os_rect){ 0 };
	return (struct os_rect){ (int32_t)left, (int32_t)top, (int32_t)(right - left),
		                 (int32_t)(bottom - top) };
}

/* What follows from a view's place, given that its parent is up to date. */
static void view_compute(const struct stack *stack, struct view *view)
{
	const struct client *const client = view->client;
	struct os_rect around = { 0 };
	int64_t left = 0, top = 0;

	if (view->parent) {
		around = view->parent->clip;
		left = view->parent->left;
		top = view->parent->top;
	} else if (!view->orphan) {
		around = stack_area(stack, client);
		left = around.x;
		top = around.y;
	}
	view->left = left + view->x;
	view->top = top + view->y;
	view->clip = part_of(around, view->left, view->top, view->width, view->height);
	/* where the buffer would be, were all of it shown */
	left = view->left - view->offset_x;
	top = view->top - view->offset_y;
	view->shown = (struct os_rect){ 0 };
	if (view->filled)
		view->shown = view->clip;
	else if (client->buffer.pixels && client->domain)
		view->shown =
		        part_of(view->clip, left, top, client->buffer.width, client->buffer.height);
	if (os_rect_empty(view->shown))
		return;
	view->from_x = (int32_t)(view->shown.x - left);
	view->from_y = (int32_t)(view->shown.y - top);
}

/* The view after `view` among those in `top`, each before those in it; NULL: that were all. */
static struct view *next_within(const struct view *top, struct view *view)
{
	if (os_list_first(&view->children))
		return OS_LIST_ITEM(os_list_first(&view->children), struct view, sibling);
	while (view != top && !os_list_next(&view->sibling))
		view = view->parent;
	return view == top ? NULL
	                   : OS_LIST_ITEM(os_list_next(&view->sibling), struct view, sibling);
}

static void tree_compute(const struct stack *stack, struct view *top)
{
	for (struct view *view = top; view; view = next_within(top, view))
		view_compute(stack, view);
}

void stack_place(struct stack *stack, struct view *view)
{
	const struct os_rect before = view->clip;

	tree_compute(stack, view);
	stack->damage(stack, before);
	stack->damage(stack, view->clip);
}

/* Both within a screen or buffer, so that nothing overflows; `a` may be empty. */
static bool overlap(struct os_rect a, struct os_rect b)
{
	return a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height &&
	       b.y < a.y + a.height;
}

/* ------------------------------------------------------------------ order */

static struct os_list *list_of(struct stack *stack, const struct view *view)
{
	if (view->parent)
		return &view->parent->children;
	if (view->orphan || !view->client->domain)
		return &stack->hidden;
	return &stack->layers[2 * (view->client->domain->layer % STACK_LAYERS) + view->background];
}

static void unlink_view(struct view *view)
{
	os_list_remove(view->list, &view->sibling);
	view->list = NULL;
}

/* Put it before `next` of its list; NULL: at the end. */
static void link_view(struct stack *stack, struct view *view, struct os_list_node *next)
{
	view->list = list_of(stack, view);
	os_list_insert_before(view->list, next, &view->sibling);
}

enum os_err stack_insert(struct stack *stack, struct view *view, struct view *parent)
{
	if (parent && parent->depth + 1 >= STACK_DEPTH)
		return OS_ERR_LIMIT;
	view->parent = parent;
	view->depth = parent ? parent->depth + 1 : 0;
	view->inserted = true;
	os_list_append(&view->client->views, &view->of_client);
	link_view(stack, view, os_list_first(list_of(stack, view)));
	view_compute(stack, view);
	return OS_OK;
}

void stack_remove(struct stack *stack, struct view *view)
{
	if (!view->inserted)
		return;
	stack->damage(stack, view->clip);
	OS_LIST_FOR_EACH (node, &view->children) {
		struct view *const child = OS_LIST_ITEM(node, struct view, sibling);

		unlink_view(child);
		child->parent = NULL;
		child->orphan = true;
		link_view(stack, child, NULL);
		tree_compute(stack, child);
	}
	unlink_view(view);
	os_list_remove(&view->client->views, &view->of_client);
	view->inserted = false;
}

static enum os_err move(struct stack *stack, struct view *view, struct view *neighbour,
                        bool in_front)
{
	struct os_list_node *next;

	if (neighbour == view)
		return OS_OK;
	if (neighbour && (neighbour->list != view->list || view->orphan))
		return OS_ERR_INVALID;
	unlink_view(view);
	if (neighbour)
		next = in_front ? &neighbour->sibling : os_list_next(&neighbour->sibling);
	else
		next = in_front ? os_list_first(list_of(stack, view)) : NULL;
	link_view(stack, view, next);
	stack->damage(stack, view->clip);
	return OS_OK;
}

enum os_err stack_raise(struct stack *stack, struct view *view, struct view *neighbour)
{
	return move(stack, view, neighbour, true);
}

enum os_err stack_lower(struct stack *stack, struct view *view, struct view *neighbour)
{
	return move(stack, view, neighbour, false);
}

enum os_err stack_background(struct stack *stack, struct view *view)
{
	if (view->parent || view->orphan)
		return OS_ERR_INVALID;
	unlink_view(view);
	view->background = true;
	link_view(stack, view, NULL);
	stack->damage(stack, view->clip);
	return OS_OK;
}

/* ------------------------------------------------------------------ clients, screen */

void stack_client_add(struct stack *stack, struct client *client)
{
	os_list_append(&stack->clients, &client->node);
}

void stack_client_remove(struct stack *stack, struct client *client)
{
	OS_LIST_FOR_EACH (node, &client->views)
		stack_remove(stack, OS_LIST_ITEM(node, struct view, of_client));
	os_list_remove(&stack->clients, &client->node);
}

void stack_client_update(struct stack *stack, struct client *client)
{
	OS_LIST_FOR_EACH (node, &client->views) {
		struct view *const view = OS_LIST_ITEM(node, struct view, of_client);

		if (list_of(stack, view) != view->list) {
			stack->damage(stack, view->clip);
			unlink_view(view);
			link_view(stack, view, os_list_first(list_of(stack, view)));
		}
		stack_place(stack, view);
	}
}

void stack_resize(struct stack *stack, uint32_t width, uint32_t height)
{
	stack->screen = (struct os_rect){ 0, 0, (int32_t)OS_MIN(width, (uint32_t)OS_SURFACE_MAX),
		                          (int32_t)OS_MIN(height, (uint32_t)OS_SURFACE_MAX) };
	OS_LIST_FOR_EACH (node, &stack->clients) {
		const struct client *const client = OS_LIST_ITEM(node, struct client, node);

		OS_LIST_FOR_EACH (v, &client->views) {
			struct view *const view = OS_LIST_ITEM(v, struct view, of_client);

			if (!view->parent)
				tree_compute(stack, view);
		}
	}
	stack->damage(stack, stack->screen);
}

void stack_refresh(struct stack *stack, const struct client *client, struct os_rect rect)
{
	rect = os_rect_intersect(rect, (struct os_rect){ 0, 0, (int32_t)client->buffer.width,
	                                                 (int32_t)client->buffer.height });
	if (os_rect_empty(rect))
		return;
	OS_LIST_FOR_EACH (node, &client->views) {
		const struct view *const view = OS_LIST_ITEM(node, struct view, of_client);
		const struct os_rect part = { view->from_x, view->from_y, view->shown.width,
			                      view->shown.height };
		const struct os_rect at = { rect.x - view->from_x + view->shown.x,
			                    rect.y - view->from_y + view->shown.y, rect.width,
			                    rect.height };

		/* most views show another part: that is to be seen quickly */
		if (!view->filled && overlap(part, rect))
			stack->damage(stack, os_rect_intersect(at, view->shown));
	}
}

/* ------------------------------------------------------------------ front to back */

static bool within(const struct view *view, struct os_rect rect)
{
	return overlap(view->clip, rect);
}

/* The frontmost of `node`'s view with those in it, or of what follows it; NULL: nothing. */
static struct view *front_of(const struct os_list_node *node, struct os_rect rect)
{
	struct view *view = NULL;

	while (node) {
		struct view *const candidate = OS_LIST_ITEM(node, struct view, sibling);

		if (!within(candidate, rect)) {
			node = os_list_next(node);
			continue;
		}
		view = candidate;
		node = os_list_first(&view->children);
		while (node && !within(OS_LIST_ITEM(node, struct view, sibling), rect))
			node = os_list_next(node);
		if (!node)
			return view;
	}
	return view;
}

static struct view *layer_first(const struct stack *stack, size_t layer, struct os_rect rect)
{
	for (; layer < OS_ARRAY_SIZE(stack->layers); layer++) {
		struct view *const view = front_of(os_list_first(&stack->layers[layer]), rect);

		if (view)
			return view;
	}
	return NULL;
}

struct view *stack_first(const struct stack *stack, struct os_rect rect)
{
	return layer_first(stack, 0, rect);
}

struct view *stack_next(const struct stack *stack, const struct view *view, struct os_rect rect)
{
	struct view *const beside = front_of(os_list_next(&view->sibling), rect);

	if (beside)
		return beside;
	if (view->parent)
		return view->parent;
	return layer_first(stack, (size_t)(view->list - stack->layers) + 1, rect);
}

struct view *stack_at(const struct stack *stack, int32_t x, int32_t y)
{
	const struct os_rect point = { x, y, 1, 1 };

	for (struct view *view = stack_first(stack, point); view;
	     view = stack_next(stack, view, point)) {
		const struct os_surface *const buffer = &view->client->buffer;
		size_t at;

		if (!os_rect_contains(view->shown, x, y))
			continue;
		if (view->filled || !view->client->alpha)
			return view;
		at = (size_t)(y - view->shown.y + view->from_y) * buffer->stride +
		     (size_t)(x - view->shown.x + view->from_x);
		if (buffer->pixels[at] >> 24)
			return view;
	}
	return NULL;
}
