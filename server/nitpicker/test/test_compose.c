/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The view stack and what it looks like, after random operations of several clients: as a painter
 * would do it, from the back to the front, and in full; and only what was damaged has changed.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "../compose.h"
#include <blit/region.h>

enum { WIDTH = 150, HEIGHT = 110, CLIENTS = 5, VIEWS = 40, BUFFER = 90 };

static struct stack stack;
static struct os_region damaged;
static struct domain domains[3];
static struct client clients[CLIENTS];
static struct view views[VIEWS];
static os_pixel buffers[CLIENTS][BUFFER * BUFFER], pointer_pixels[20 * 20];
static os_pixel screen[HEIGHT * WIDTH], painted[HEIGHT * WIDTH];
static struct pointer_image pointer;
static struct scene scene;
static const struct os_surface to = { screen, WIDTH, HEIGHT, WIDTH };
static const struct os_surface model = { painted, WIDTH, HEIGHT, WIDTH };

static void damage(struct stack *self, struct os_rect rect)
{
	os_region_add(&damaged, os_rect_intersect(rect, self->screen));
}

static int32_t random_between(int32_t from, int32_t to_)
{
	return from + rand() % (to_ - from + 1);
}

/* Premultiplied; transparent altogether, opaque, and between. */
static os_pixel random_pixel(void)
{
	const uint32_t alpha = rand() % 3 == 0 ? 0 : rand() % 2 ? 255 : (uint32_t)rand() % 256;
	os_pixel pixel = alpha << 24;

	for (int i = 0; i < 3; i++)
		pixel |= (alpha ? (uint32_t)rand() % (alpha + 1) : 0) << 8 * i;
	return pixel;
}

static void buffer_draw(struct client *client, struct os_rect rect)
{
	for (int32_t y = rect.y; y < rect.y + rect.height; y++)
		for (int32_t x = rect.x; x < rect.x + rect.width; x++)
			client->buffer.pixels[y * BUFFER + x] = random_pixel();
}

/* ------------------------------------------------------------------ the model */

/* Where it would be, and what clips it, by itself. */
static void place_of(const struct view *view, int64_t *left, int64_t *top, struct os_rect *clip)
{
	if (view->parent) {
		place_of(view->parent, left, top, clip);
	} else {
		*clip = view->orphan ? (struct os_rect){ 0 } : stack_area(&stack, view->client);
		*left = clip->x;
		*top = clip->y;
	}
	*left += view->x;
	*top += view->y;
	for (int32_t edge = 0; edge < 2; edge++) {
		/* one dimension after the other, pixel by pixel */
		int32_t from = INT32_MAX, end = INT32_MIN;
		const int32_t first = edge ? clip->y : clip->x;
		const int32_t count = edge ? clip->height : clip->width;
		const int64_t start = edge ? *top : *left;
		const uint32_t length = edge ? view->height : view->width;

		for (int32_t at = first; at < first + count; at++)
			if (at >= start && at < start + (int64_t)length) {
				from = OS_MIN(from, at);
				end = OS_MAX(end, at + 1);
			}
		if (from > end)
			*clip = (struct os_rect){ 0 };
		else if (edge)
			*clip = (struct os_rect){ clip->x, from, clip->width, end - from };
		else
			*clip = (struct os_rect){ from, clip->y, end - from, clip->height };
	}
}

/* Its pixel at (x, y) of the screen, given where it is; false: none. */
static bool pixel_of(const struct view *view, int64_t left, int64_t top, struct os_rect clip,
                     int32_t x, int32_t y, os_pixel *pixel)
{
	if (!os_rect_contains(clip, x, y))
		return false;
	*pixel = view->colour;
	if (view->filled)
		return true;
	if (!view->client->buffer.pixels || !view->client->domain)
		return false;
	left = x - left + view->offset_x;
	top = y - top + view->offset_y;
	if (left < 0 || top < 0 || left >= view->client->buffer.width ||
	    top >= view->client->buffer.height)
		return false;
	*pixel = view->client->buffer.pixels[top * BUFFER + left];
	return true;
}

static void paint_view(const struct view *view)
{
	struct os_rect clip;
	int64_t left, top;

	place_of(view, &left, &top, &clip);
	clip = os_rect_intersect(clip, stack.screen);
	for (int32_t y = clip.y; y < clip.y + clip.height; y++)
		for (int32_t x = clip.x; x < clip.x + clip.width; x++) {
			os_pixel pixel;
			const struct os_surface one = { &pixel, 1, 1, 1 };

			if (!pixel_of(view, left, top, clip, x, y, &pixel))
				continue;
			if (view->client->alpha || view->filled)
				os_blit_blend(&model, (struct os_rect){ x, y, 1, 1 }, &one, x, y);
			else
				painted[y * WIDTH + x] = pixel;
		}
}

/* Those at the end of the list are in the back; a view is behind those in it. */
static void paint_list(const struct os_list *list)
{
	for (const struct os_list_node *node = os_list_last(list); node;
	     node = os_list_prev(node)) {
		const struct view *const view = OS_LIST_ITEM(node, struct view, sibling);

		paint_view(view);
		paint_list(&view->children);
	}
}

static const struct view *list_at(const struct os_list *list, int32_t x, int32_t y)
{
	OS_LIST_FOR_EACH (node, list) {
		const struct view *const view = OS_LIST_ITEM(node, struct view, sibling);
		const struct view *const within = list_at(&view->children, x, y);
		struct os_rect clip;
		int64_t left, top;
		os_pixel pixel;

		if (within)
			return within;
		place_of(view, &left, &top, &clip);
		if (pixel_of(view, left, top, clip, x, y, &pixel) &&
		    (view->filled || !view->client->alpha || pixel >> 24))
			return view;
	}
	return NULL;
}

static void compare(void)
{
	const struct os_rect at = { scene.pointer_x - pointer.hot_x,
		                    scene.pointer_y - pointer.hot_y, 20, 20 };
	struct os_rect part;

	while (os_region_take(&damaged, 1 + rand() % TILE, 1 + rand() % TILE, &part))
		compose_tile(&scene, part, &to);
	for (size_t i = 0; i < WIDTH * HEIGHT; i++)
		painted[i] = scene.background;
	for (size_t i = 2 * STACK_LAYERS; i--;)
		paint_list(&stack.layers[i]);
	if (scene.pointer)
		os_blit_blend(&model, at, &pointer.surface, at.x, at.y);
	for (size_t i = 0; i < WIDTH * HEIGHT; i++)
		assert_int_equal(screen[i] & 0xffffff, painted[i] & 0xffffff);
	for (int i = 0; i < 20; i++) {
		const int32_t x = rand() % WIDTH, y = rand() % HEIGHT;
		const struct view *found = NULL;

		for (size_t layer = 0; !found && layer < 2 * STACK_LAYERS; layer++)
			found = list_at(&stack.layers[layer], x, y);
		assert_ptr_equal(stack_at(&stack, x, y), found);
	}
}

/* ------------------------------------------------------------------ operations */

static void place_random(struct view *view)
{
	if (rand() % 20 == 0) {
		view->x = rand() % 2 ? INT32_MIN : INT32_MAX;
		view->width = rand() % 2 ? UINT32_MAX : 0;
		view->offset_x = rand() % 2 ? INT32_MIN : INT32_MAX;
	} else {
		view->x = random_between(-60, WIDTH);
		view->width = (uint32_t)random_between(0, 120);
		view->offset_x = random_between(-20, BUFFER);
	}
	view->filled = rand() % 5 == 0;
	view->colour = rand() % 2 ? random_pixel() : 0xff00ff00;
	view->y = random_between(-60, HEIGHT);
	view->height = (uint32_t)random_between(0, 120);
	view->offset_y = random_between(-20, BUFFER);
	stack_place(&stack, view);
}

static struct view *random_view(void)
{
	struct view *const view = &views[rand() % VIEWS];

	return view->inserted ? view : NULL;
}

static void make_or_break(void)
{
	struct view *const view = &views[rand() % VIEWS];
	struct view *parent = rand() % 2 ? random_view() : NULL;

	if (view->inserted) {
		stack_remove(&stack, view);
		return;
	}
	*view = (struct view){ .client = &clients[rand() % CLIENTS] };
	if (stack_insert(&stack, view, parent)) {
		/* too deep */
		assert_true(parent && parent->depth == STACK_DEPTH - 1);
		return;
	}
	place_random(view);
}

static void change_client(void)
{
	struct client *const client = &clients[rand() % CLIENTS];

	switch (rand() % 5) {
	case 0:
		client->domain = rand() % 4 ? &domains[rand() % 3] : NULL;
		break;
	case 1:
		client->alpha = !client->alpha;
		break;
	case 2:
		client->buffer.pixels = rand() % 4 ? buffers[client - clients] : NULL;
		break;
	case 3:
		client->buffer.width = (uint32_t)random_between(1, BUFFER);
		client->buffer.height = (uint32_t)random_between(1, BUFFER);
		break;
	default:
		stack_client_remove(&stack, client);
		assert_null(os_list_first(&client->views));
		stack_client_add(&stack, client);
		return;
	}
	stack_client_update(&stack, client);
}

static void draw_something(void)
{
	struct client *const client = &clients[rand() % CLIENTS];
	const int32_t x = rand() % (int32_t)client->buffer.width;
	const int32_t y = rand() % (int32_t)client->buffer.height;
	const struct os_rect rect = { x, y, random_between(1, (int32_t)client->buffer.width - x),
		                      random_between(1, (int32_t)client->buffer.height - y) };

	if (!client->buffer.pixels)
		return;
	buffer_draw(client, rect);
	stack_refresh(&stack, client, rect);
}

static void move_pointer(void)
{
	damage(&stack, compose_pointer(&scene));
	scene.pointer = rand() % 5 ? &pointer : NULL;
	scene.pointer_x = random_between(0, WIDTH - 1);
	scene.pointer_y = random_between(0, HEIGHT - 1);
	damage(&stack, compose_pointer(&scene));
}

static void operate(void)
{
	struct view *const view = random_view(), *const other = rand() % 2 ? random_view() : NULL;
	const bool beside = !other || (view && other->list == view->list && !view->orphan);

	switch (rand() % 9) {
	case 0:
		make_or_break();
		break;
	case 1:
		change_client();
		break;
	case 2:
		move_pointer();
		break;
	case 3:
		if (view)
			assert_int_equal(stack_raise(&stack, view, other),
			                 beside || view == other ? OS_OK : OS_ERR_INVALID);
		break;
	case 4:
		if (view)
			assert_int_equal(stack_lower(&stack, view, other),
			                 beside || view == other ? OS_OK : OS_ERR_INVALID);
		break;
	case 5:
		if (view && rand() % 4 == 0)
			assert_int_equal(stack_background(&stack, view),
			                 view->parent || view->orphan ? OS_ERR_INVALID : OS_OK);
		break;
	case 6:
		draw_something();
		break;
	default:
		if (view)
			place_random(view);
	}
}

static void fresh(unsigned int seed)
{
	srand(seed);
	stack = (struct stack){ .damage = damage };
	damaged = (struct os_region){ 0 };
	memset(views, 0, sizeof(views));
	for (size_t i = 0; i < OS_ARRAY_SIZE(domains); i++)
		domains[i] = (struct domain){ .layer = (uint32_t)i * 7 };
	domains[1] = (struct domain){ .layer = 2, .x = -50, .y = 20, .height = -30 };
	for (size_t i = 0; i < CLIENTS; i++) {
		clients[i] = (struct client){ .label = "client",
			                      .domain = &domains[i % 3],
			                      .alpha = i % 2,
			                      .buffer = { buffers[i], BUFFER, BUFFER, BUFFER } };
		stack_client_add(&stack, &clients[i]);
		buffer_draw(&clients[i], (struct os_rect){ 0, 0, BUFFER, BUFFER });
	}
	for (size_t i = 0; i < OS_ARRAY_SIZE(pointer_pixels); i++)
		pointer_pixels[i] = random_pixel();
	pointer = (struct pointer_image){ { pointer_pixels, 20, 20, 20 }, 5, 7 };
	scene = (struct scene){ .stack = &stack, .background = 0xff1d2530 };
	stack_resize(&stack, WIDTH, HEIGHT);
}

static void it_looks_as_if_painted_from_back_to_front(void **state)
{
	(void)state;
	for (unsigned int seed = 1; seed <= 40; seed++) {
		fresh(seed);
		for (int step = 0; step < 120; step++) {
			for (int i = rand() % 6; i >= 0; i--)
				operate();
			compare();
		}
	}
}

/* ------------------------------------------------------------------ bounds */

static void hundred_opaque(void)
{
	static struct view hundred[100];

	fresh(1);
	memset(hundred, 0, sizeof(hundred));
	for (size_t i = 0; i < OS_ARRAY_SIZE(hundred); i++) {
		hundred[i].client = &clients[0];
		assert_int_equal(stack_insert(&stack, &hundred[i], NULL), OS_OK);
		hundred[i].x = (int32_t)i % 20;
		hundred[i].width = hundred[i].height = BUFFER;
		stack_place(&stack, &hundred[i]);
	}
}

static void a_small_refresh_touches_few_pixels(void **state)
{
	struct os_rect part;
	uint64_t work = 0;

	(void)state;
	hundred_opaque();
	damaged = (struct os_region){ 0 };
	move_pointer();
	damaged = (struct os_region){ 0 };
	scene.pointer_x = scene.pointer_y = 80;
	scene.pointer = &pointer;
	/* beside and below the pointer */
	for (int32_t x = 20; x <= 76; x += 56) {
		damage(&stack, (struct os_rect){ x, 20 + x / 2, 16, 16 });
		while (os_region_take(&damaged, TILE, TILE, &part))
			work += compose_tile(&scene, part, &to);
		assert_true(work <= 256 * (x == 20 ? 1 : 5));
	}
}

/* Twenty views on top of each other that let see through: the work has a bound. */
static void what_is_behind_too_many_transparent_views_is_black(void **state)
{
	static struct view twenty[20];
	static os_pixel faint_red[BUFFER * BUFFER];
	uint64_t work;

	(void)state;
	fresh(3);
	memset(twenty, 0, sizeof(twenty));
	for (size_t i = 0; i < OS_ARRAY_SIZE(faint_red); i++)
		faint_red[i] = 0x01010000;
	clients[1].buffer.pixels = faint_red;
	clients[1].domain = &domains[0];
	for (size_t i = 0; i < OS_ARRAY_SIZE(twenty); i++) {
		twenty[i].client = &clients[1];
		assert_int_equal(stack_insert(&stack, &twenty[i], NULL), OS_OK);
		twenty[i].width = twenty[i].height = TILE;
		stack_place(&stack, &twenty[i]);
		work = compose_tile(&scene, (struct os_rect){ 0, 0, TILE, TILE }, &to);
		assert_true(work <= (LAYERS_MAX + 5) * TILE * TILE);
		if (i < LAYERS_MAX)
			assert_in_range(screen[0] & 0xff, 1, 0x30);
		else
			assert_int_equal(screen[0] & 0xffff, 0);
	}
}

/* But as many as one likes may be beside each other. */
static void many_transparent_views_are_all_seen(void **state)
{
	static struct view many[200];

	(void)state;
	fresh(5);
	clients[1].domain = &domains[0];
	memset(many, 0, sizeof(many));
	for (int32_t i = 0; i < (int32_t)OS_ARRAY_SIZE(many); i++) {
		many[i].client = &clients[1];
		assert_int_equal(stack_insert(&stack, &many[i], NULL), OS_OK);
		many[i].x = i % 14 * 10;
		many[i].y = i / 14 * 7;
		many[i].width = many[i].height = 12;
		stack_place(&stack, &many[i]);
	}
	compare();
}

static void xray_shows_labels_and_colours(void **state)
{
	size_t frame = 0, white = 0;

	(void)state;
	fresh(4);
	views[0] = (struct view){ .client = &clients[0], .title = "title" };
	domains[0].colour = 0x00ff00;
	clients[0].alpha = false;
	assert_int_equal(stack_insert(&stack, &views[0], NULL), OS_OK);
	views[0].width = views[0].height = TILE;
	memset(buffers[0], 0, sizeof(buffers[0]));
	stack_place(&stack, &views[0]);
	scene.xray = true;
	compose_tile(&scene, (struct os_rect){ 0, 0, TILE, TILE }, &to);
	for (int y = 0; y < TILE; y++)
		for (int x = 0; x < TILE; x++) {
			frame += (screen[y * WIDTH + x] & 0xffffff) == 0x00ff00;
			white += (screen[y * WIDTH + x] & 0xffffff) == 0xffffff;
		}
	/* but where the text ends */
	assert_in_range(frame, 4 * 2 * (TILE - 2) - 2 * 18, 4 * 2 * (TILE - 2));
	assert_in_range(white, 100, 600);
	assert_int_equal(screen[50 * WIDTH + 50] & 0xffffff, 0x007f00);
	scene.kill = true;
	compose_tile(&scene, (struct os_rect){ 0, 0, TILE, TILE }, &to);
	assert_true((screen[50 * WIDTH + 50] & 0xff0000) > 0x500000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_looks_as_if_painted_from_back_to_front),
		cmocka_unit_test(a_small_refresh_touches_few_pixels),
		cmocka_unit_test(what_is_behind_too_many_transparent_views_is_black),
		cmocka_unit_test(many_transparent_views_are_all_seen),
		cmocka_unit_test(xray_shows_labels_and_colours),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
