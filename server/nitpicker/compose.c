/* SPDX-License-Identifier: BSD-2-Clause */
/* Composing a tile, from the front to the back: no pixel is painted that something is in front of.
 */

#include <glyph/glyph.h>
#include <osier/format.h>
#include <osier/string.h>

#include "compose.h"

/*
 * `free` has a bit for each pixel of the tile that nothing opaque is in front of so far. A view
 * that is opaque takes its bits, and is painted where it had them. One that is transparent is noted
 * with the bits that it found, and blended when all behind it is there: the last one first.
 *
 * Pixels go by a small surface in the cache, as blending reads them again and the screen may be
 * slow to read; but for a tile which one opaque view fills.
 */

enum { SMALLEST = 16, /* a tile's edge */ FRAME = 2, KILL_RED = 0x60600000, CHARACTERS_MAX = 240 };

struct mask {
	uint64_t rows[TILE];
};

/* Something to be painted. */
struct item {
	const struct os_surface *surface; /* NULL: `colour` all over */
	os_pixel colour;
	struct os_rect at;       /* on the screen */
	int32_t from_x, from_y;  /* the pixel of the surface that is at its upper left corner */
	const struct view *view; /* NULL: the pointer */
};

struct tile {
	const struct scene *scene;
	struct os_rect rect;
	struct os_surface surface; /* to be painted; the screen's (rect.x, rect.y) is (0, 0) */
	struct mask free;
	struct item items[LAYERS_MAX]; /* transparent ones, the first in front */
	struct mask seen[LAYERS_MAX];
	size_t count;
	bool split; /* there is too much in it: to be painted in halves */
	uint64_t work;
};

/* ------------------------------------------------------------------ masks */

static uint64_t bits(int32_t from, int32_t count)
{
	const uint64_t all = count >= TILE ? UINT64_MAX : (UINT64_C(1) << count) - 1;

	return all << from;
}

/* What of `rect`, relative to the tile, is in the mask: as another mask; false: nothing. */
static bool mask_part(const struct mask *mask, struct os_rect rect, struct mask *part)
{
	const uint64_t row = bits(rect.x, rect.width);
	uint64_t any = 0;

	for (int32_t y = rect.y; y < rect.y + rect.height; y++)
		any |= part->rows[y] = mask->rows[y] & row;
	return any;
}

static void mask_remove(struct mask *mask, struct os_rect rect)
{
	const uint64_t row = bits(rect.x, rect.width);

	for (int32_t y = rect.y; y < rect.y + rect.height; y++)
		mask->rows[y] &= ~row;
}

/* ------------------------------------------------------------------ painting */

static os_pixel faint(os_pixel colour)
{
	return (colour >> 1 & 0x7f7f7f) | 0x80000000;
}

/* What X-ray shows on top of a view: its colour, a frame, whose it is. */
static void paint_xray(struct tile *tile, const struct view *view, struct os_rect clip,
                       struct os_rect at)
{
	const os_pixel colour = view->client->domain->colour | 0xff000000;
	const struct os_rect edges[] = {
		{ at.x, at.y, at.width, FRAME },
		{ at.x, at.y + at.height - FRAME, at.width, FRAME },
		{ at.x, at.y, FRAME, at.height },
		{ at.x + at.width - FRAME, at.y, FRAME, at.height },
	};
	char text[CHARACTERS_MAX];

	os_blit_tint(&tile->surface, clip, faint(colour));
	for (size_t i = 0; i < OS_ARRAY_SIZE(edges); i++)
		os_blit_fill(&tile->surface, os_rect_intersect(clip, edges[i]), colour);
	os_format(text, sizeof(text), "%s%s%s", view->client->label, *view->title ? " " : "",
	          view->title);
	os_glyph_draw(&tile->surface, clip, at.x + 3 * FRAME, at.y + 2 * FRAME, 0xffffffff,
	              0xff000000, text);
	tile->work += (uint64_t)clip.width * (uint64_t)clip.height;
}

static void paint_pixels(struct tile *tile, const struct item *item, struct os_rect at,
                         struct os_rect clip, bool blend)
{
	const struct os_surface from = {
		.pixels = item->surface->pixels + item->from_x +
		          (size_t)item->from_y * item->surface->stride,
		.width = (uint32_t)at.width,
		.height = (uint32_t)at.height,
		.stride = item->surface->stride,
	};

	if (blend)
		os_blit_blend(&tile->surface, clip, &from, at.x, at.y);
	else
		os_blit_copy(&tile->surface, clip, &from, at.x, at.y);
}

/* Paint what of an item lies in `clip`, relative to the tile. */
static void paint(struct tile *tile, const struct item *item, struct os_rect clip, bool blend)
{
	const struct os_rect at = { item->at.x - tile->rect.x, item->at.y - tile->rect.y,
		                    item->at.width, item->at.height };

	if (item->surface)
		paint_pixels(tile, item, at, clip, blend);
	else if (blend)
		os_blit_tint(&tile->surface, clip, item->colour);
	else
		os_blit_fill(&tile->surface, clip, item->colour);
	tile->work += (uint64_t)clip.width * (uint64_t)clip.height;
	if (tile->scene->xray && item->view)
		paint_xray(tile, item->view, clip, at);
}

static void paint_background(struct tile *tile, struct os_rect clip)
{
	os_blit_fill(&tile->surface, clip, tile->scene->background | 0xff000000);
	tile->work += (uint64_t)clip.width * (uint64_t)clip.height;
}

/* What paint_masked() paints. */
enum how { COPY, BLEND, BLACK };

static void paint_one(struct tile *tile, const struct item *item, struct os_rect clip, enum how how)
{
	if (how == BLACK)
		os_blit_fill(&tile->surface, clip, 0xff000000);
	else if (item)
		paint(tile, item, clip, how == BLEND);
	else
		paint_background(tile, clip);
}

/* The next rows that look the same in the mask, from `y` on: how many. */
static int32_t rows_alike(const struct mask *mask, int32_t y, int32_t end)
{
	int32_t count = 1;

	while (y + count < end && mask->rows[y + count] == mask->rows[y])
		count++;
	return count;
}

/* Paint an item, or the background, where the mask says so; `within` is relative to the tile. */
static void paint_masked(struct tile *tile, const struct item *item, struct os_rect within,
                         const struct mask *mask, enum how how)
{
	for (int32_t y = within.y, rows; y < within.y + within.height; y += rows) {
		uint64_t row = mask->rows[y];

		rows = rows_alike(mask, y, within.y + within.height);
		while (row) {
			const int32_t from = __builtin_ctzll(row);
			const uint64_t rest = ~(row >> from);
			const int32_t count = rest ? __builtin_ctzll(rest) : TILE;

			paint_one(tile, item, (struct os_rect){ from, y, count, rows }, how);
			if (from + count >= TILE)
				break;
			row &= ~bits(from, count);
		}
	}
}

/* ------------------------------------------------------------------ front to back */

static struct os_rect relative(const struct tile *tile, struct os_rect rect)
{
	rect = os_rect_intersect(rect, tile->rect);
	rect.x -= tile->rect.x;
	rect.y -= tile->rect.y;
	return rect;
}

/*
 * A transparent item. Where there are too many of them, the tile comes apart; in the smallest one,
 * the last that fits is painted on black.
 */
static void add_transparent(struct tile *tile, const struct item *item, struct os_rect within,
                            const struct mask *seen)
{
	if (tile->count < LAYERS_MAX) {
		tile->items[tile->count] = *item;
		tile->seen[tile->count++] = *seen;
		return;
	}
	if (tile->rect.width > SMALLEST || tile->rect.height > SMALLEST) {
		tile->split = true;
		return;
	}
	paint_masked(tile, NULL, within, seen, BLACK);
	paint_masked(tile, item, within, seen, BLEND);
	mask_remove(&tile->free, within);
}

/* The next item towards the back. False: nothing behind it is seen. */
static bool add(struct tile *tile, const struct item *item, bool opaque)
{
	const struct os_rect within = relative(tile, item->at);
	struct mask seen = { 0 };

	if (os_rect_empty(within))
		return true;
	tile->work += (uint64_t)within.height;
	if (!mask_part(&tile->free, within, &seen))
		return true;
	if (opaque) {
		paint_masked(tile, item, within, &seen, COPY);
		mask_remove(&tile->free, within);
	} else {
		add_transparent(tile, item, within, &seen);
	}
	for (int32_t y = 0; y < tile->rect.height && !tile->split; y++)
		if (tile->free.rows[y])
			return true;
	return false;
}

static struct item item_of(const struct view *view)
{
	return (struct item){ .surface = view->filled ? NULL : &view->client->buffer,
		              .colour = view->colour,
		              .at = view->shown,
		              .from_x = view->from_x,
		              .from_y = view->from_y,
		              .view = view };
}

static bool opaque(const struct view *view)
{
	return view->filled ? view->colour >> 24 == 0xff : !view->client->alpha;
}

struct os_rect compose_pointer(const struct scene *scene)
{
	const struct pointer_image *const image = scene->pointer;

	if (!image || !image->surface.pixels)
		return (struct os_rect){ 0 };
	return os_rect_intersect(
	        (struct os_rect){ scene->pointer_x - image->hot_x, scene->pointer_y - image->hot_y,
	                          (int32_t)image->surface.width, (int32_t)image->surface.height },
	        scene->stack->screen);
}

static void add_pointer(struct tile *tile)
{
	const struct scene *const scene = tile->scene;
	const struct os_rect at = compose_pointer(scene);

	if (!os_rect_empty(at))
		add(tile,
		    &(struct item){ .surface = &scene->pointer->surface,
		                    .at = at,
		                    .from_x = at.x - scene->pointer_x + scene->pointer->hot_x,
		                    .from_y = at.y - scene->pointer_y + scene->pointer->hot_y },
		    false);
}

/* False: it is to be split. */
static bool compose(struct tile *tile)
{
	const struct os_rect all = { 0, 0, tile->rect.width, tile->rect.height };
	struct stack *const stack = tile->scene->stack;
	bool more = true;

	for (int32_t y = 0; y < all.height; y++)
		tile->free.rows[y] = bits(0, all.width);
	add_pointer(tile);
	for (const struct view *view = stack_first(stack, tile->rect); view && more;
	     view = stack_next(stack, view, tile->rect)) {
		const struct item item = item_of(view);

		tile->work++;
		more = add(tile, &item, opaque(view));
	}
	if (tile->split)
		return false;
	if (more)
		paint_masked(tile, NULL, all, &tile->free, COPY);
	while (tile->count--) {
		const struct item *const item = &tile->items[tile->count];

		paint_masked(tile, item, relative(tile, item->at), &tile->seen[tile->count], BLEND);
	}
	if (tile->scene->kill)
		os_blit_tint(&tile->surface, all, KILL_RED);
	return true;
}

static uint64_t compose_halves(const struct scene *scene, struct os_rect rect,
                               const struct os_surface *to)
{
	struct os_rect first = rect, second = rect;

	if (rect.width > rect.height) {
		first.width = rect.width / 2;
		second.x += first.width;
		second.width -= first.width;
	} else {
		first.height = rect.height / 2;
		second.y += first.height;
		second.height -= first.height;
	}
	return compose_tile(scene, first, to) + compose_tile(scene, second, to);
}

/* The opaque view that fills the rectangle, if it is the first one there. */
static const struct view *sole_view(const struct scene *scene, struct os_rect rect)
{
	const struct view *view = stack_first(scene->stack, rect);

	if (scene->xray || scene->kill ||
	    !os_rect_empty(os_rect_intersect(compose_pointer(scene), rect)))
		return NULL;
	while (view && os_rect_empty(os_rect_intersect(view->shown, rect)))
		view = stack_next(scene->stack, view, rect);
	if (!view || !opaque(view))
		return NULL;
	return os_rect_intersect(view->shown, rect).width == rect.width &&
	                       os_rect_intersect(view->shown, rect).height == rect.height
	               ? view
	               : NULL;
}

static struct os_surface part_of(const struct os_surface *surface, struct os_rect rect)
{
	return (struct os_surface){
		.pixels = surface->pixels + (size_t)rect.y * surface->stride + rect.x,
		.width = (uint32_t)rect.width,
		.height = (uint32_t)rect.height,
		.stride = surface->stride,
	};
}

uint64_t compose_tile(const struct scene *scene, struct os_rect rect, const struct os_surface *to)
{
	static os_pixel pixels[TILE * TILE];
	static struct tile tile;
	const struct os_rect all = { 0, 0, rect.width, rect.height };
	const struct os_surface target = part_of(to, rect);
	const struct view *const sole = sole_view(scene, rect);

	tile.scene = scene;
	tile.rect = rect;
	tile.count = 0;
	tile.split = false;
	tile.work = 0;
	if (sole) {
		const struct item item = item_of(sole);

		tile.surface = target;
		paint(&tile, &item, all, false);
		return tile.work;
	}
	tile.surface =
	        (struct os_surface){ pixels, (uint32_t)rect.width, (uint32_t)rect.height, TILE };
	if (!compose(&tile)) {
		const uint64_t work = tile.work;

		return work + compose_halves(scene, rect, to);
	}
	os_blit_copy(&target, all, &tile.surface, 0, 0);
	return tile.work + (uint64_t)rect.width * (uint64_t)rect.height;
}
