/* SPDX-License-Identifier: BSD-2-Clause */
/* Fonts: text as glyphs, which are drawn once and kept as long as the cache has room. */

#include "font_file.h"
#include <osier/list.h>
#include <paint/font.h>
#include <utf8/utf8.h>

enum {
	SIZE_LEAST = 6,
	SIZE_MOST = 200,
	FRACTION = 256,       /* of a pixel, in lengths */
	PLACES = 4,           /* where within a pixel a glyph may begin */
	EMS_MAX = 4,          /* no outline goes further from its origin */
	BUCKETS = 256,        /* of the cache */
	ASCII = 128,          /* characters whose glyphs are known at once */
	REPLACEMENT = 0xfffd, /* U+FFFD */
};

/* A glyph as it is drawn at one place within a pixel; (x, y) is from there to the mask. */
struct glyph {
	struct os_list_node by_use; /* latest first */
	struct glyph *next;         /* of its bucket */
	uint32_t key;               /* number x PLACES + place */
	bool cached;
	int32_t x, y;
	uint32_t width, height;
	uint8_t cover[];
};

struct os_font {
	struct os_alloc *alloc;
	struct font_file file;
	uint32_t size;
	struct os_font_metrics metrics;
	size_t cache_limit, cache_used;
	struct os_list by_use;
	struct glyph *buckets[BUCKETS];
	uint16_t ascii[ASCII];
};

/* ------------------------------------------------------------------ cache */

static size_t glyph_size(const struct glyph *glyph)
{
	return sizeof(*glyph) + (size_t)glyph->width * glyph->height;
}

static void glyph_evict(struct os_font *font, struct glyph *glyph)
{
	struct glyph **at = &font->buckets[glyph->key % BUCKETS];

	while (*at != glyph)
		at = &(*at)->next;
	*at = glyph->next;
	os_list_remove(&font->by_use, &glyph->by_use);
	font->cache_used -= glyph_size(glyph);
	os_free(font->alloc, glyph, glyph_size(glyph));
}

/* Make room for one of `size` bytes; false: it is too large to be kept. */
static bool cache_make_room(struct os_font *font, size_t size)
{
	if (size > font->cache_limit)
		return false;
	while (size > font->cache_limit - font->cache_used)
		glyph_evict(font, OS_LIST_ITEM(os_list_last(&font->by_use), struct glyph, by_use));
	return true;
}

static struct glyph *cache_find(struct os_font *font, uint32_t key)
{
	struct glyph *glyph = font->buckets[key % BUCKETS];

	while (glyph && glyph->key != key)
		glyph = glyph->next;
	if (glyph) {
		os_list_remove(&font->by_use, &glyph->by_use);
		os_list_prepend(&font->by_use, &glyph->by_use);
	}
	return glyph;
}

static void cache_add(struct os_font *font, struct glyph *glyph)
{
	struct glyph **bucket = &font->buckets[glyph->key % BUCKETS];

	glyph->cached = cache_make_room(font, glyph_size(glyph));
	if (!glyph->cached)
		return;
	glyph->next = *bucket;
	*bucket = glyph;
	os_list_prepend(&font->by_use, &glyph->by_use);
	font->cache_used += glyph_size(glyph);
}

/* ------------------------------------------------------------------ glyphs */

/* Where an outline lies, in pixels around the origin. */
struct box {
	float left, top, right, bottom;
};

static float scale_of(const struct os_font *font)
{
	return (float)font->size / (float)font->file.units_per_em;
}

static void box_add(struct box *box, float x, float y)
{
	box->left = OS_MIN(box->left, x);
	box->right = OS_MAX(box->right, x);
	box->top = OS_MIN(box->top, -y);
	box->bottom = OS_MAX(box->bottom, -y);
}

static void clamp(short *value, int32_t limit)
{
	*value = (short)OS_MAX(OS_MIN(*value, limit), -limit);
}

/* Curves stay between their ends and what they bend to, so all of the outline lies in the box. */
static struct box outline_box(const struct os_font *font, struct font_outline *outline)
{
	const int32_t limit = (int32_t)OS_MIN(EMS_MAX * font->file.units_per_em, 32767u);
	const float scale = scale_of(font);
	struct box box = { 0 };

	for (size_t i = 0; i < outline->count; i++) {
		stbtt_vertex *vertex = &outline->vertices[i];
		const bool curve = vertex->type == STBTT_vcurve;
		short *const values[] = { &vertex->x, &vertex->y, &vertex->cx, &vertex->cy };

		for (size_t k = 0; k < OS_ARRAY_SIZE(values); k++)
			clamp(values[k], limit);
		if (i == 0)
			box = (struct box){ vertex->x * scale, -vertex->y * scale,
				            vertex->x * scale, -vertex->y * scale };
		box_add(&box, vertex->x * scale, vertex->y * scale);
		if (curve)
			box_add(&box, vertex->cx * scale, vertex->cy * scale);
	}
	return box;
}

static struct glyph *glyph_draw(struct os_font *font, struct font_outline *outline, uint32_t key)
{
	const float shift = (float)(key % PLACES) / PLACES;
	const struct box box = outline_box(font, outline);
	const int32_t left = STBTT_ifloor((double)(box.left + shift)),
	              top = STBTT_ifloor((double)(box.top));
	const uint32_t width = (uint32_t)(STBTT_iceil((double)(box.right + shift)) - left);
	const uint32_t height = (uint32_t)(STBTT_iceil((double)(box.bottom)) - top);
	const bool empty = !outline->count || !width || !height;
	struct glyph *glyph;
	void *memory;

	if (os_alloc(font->alloc, sizeof(*glyph) + (empty ? 0 : (size_t)width * height), &memory))
		return NULL;
	glyph = memory;
	glyph->key = key;
	if (empty)
		return glyph;
	glyph->x = left;
	glyph->y = top;
	glyph->width = width;
	glyph->height = height;
	stbtt_Rasterize(&(stbtt__bitmap){ (int)width, (int)height, (int)width, glyph->cover },
	                0.35f, outline->vertices, (int)outline->count, scale_of(font),
	                scale_of(font), shift, 0, left, top, 1, font->alloc);
	return glyph;
}

/* From the cache, or made; NULL: there is no memory. */
static struct glyph *glyph_take(struct os_font *font, uint32_t number, uint32_t place)
{
	const uint32_t key = number * PLACES + place;
	struct glyph *glyph = cache_find(font, key);
	struct font_outline outline;

	if (glyph)
		return glyph;
	if (font_file_outline(&font->file, font->alloc, number, &outline) == OS_ERR_OUT_OF_RAM)
		return NULL;
	glyph = glyph_draw(font, &outline, key); /* nonsense is an empty outline */
	font_outline_fini(&outline, font->alloc);
	if (glyph)
		cache_add(font, glyph);
	return glyph;
}

static void glyph_release(struct os_font *font, struct glyph *glyph)
{
	if (!glyph->cached)
		os_free(font->alloc, glyph, glyph_size(glyph));
}

/* ------------------------------------------------------------------ text */

/* Going through a text: position in 1/256 pixels, and the glyph that comes there. */
struct walk {
	struct os_font *font;
	const char *pos, *end;
	uint32_t last, glyph; /* last: UINT32_MAX at the beginning */
	int64_t x, next_x;    /* of this glyph, and behind it */
};

static struct walk walk_begin(struct os_font *font, const char *text, size_t length, int32_t x)
{
	return (struct walk){
		.font = font, .pos = text, .end = text + length, .glyph = UINT32_MAX, .next_x = x
	};
}

static uint32_t glyph_of(const struct os_font *font, uint32_t character)
{
	return character < ASCII ? font->ascii[character] : font_file_glyph(&font->file, character);
}

bool os_font_has(const struct os_font *font, uint32_t character)
{
	return glyph_of(font, character);
}

/* From units to 1/256 pixels, to nearest. */
static int64_t length_of(const struct os_font *font, int64_t units)
{
	const int64_t em = font->file.units_per_em, value = units * font->size * FRACTION;

	return (value >= 0 ? value + em / 2 : value - em / 2) / em;
}

/* The next character; false: there is none. */
static bool walk_next(struct walk *walk)
{
	const struct os_font *font = walk->font;
	uint32_t character;
	size_t length;

	if (walk->pos == walk->end)
		return false;
	length = os_utf8_decode(walk->pos, walk->end, &character);
	if (!length)
		character = REPLACEMENT;
	walk->pos += length ? length : 1;
	walk->last = walk->glyph;
	walk->glyph = glyph_of(font, character);
	walk->x = walk->next_x;
	if (walk->last != UINT32_MAX)
		walk->x += length_of(font, font_file_kerning(&font->file, walk->last, walk->glyph));
	walk->next_x = walk->x + length_of(font, font_file_advance(&font->file, walk->glyph));
	return true;
}

static int32_t limited(int64_t x)
{
	return (int32_t)OS_MAX(OS_MIN(x, INT32_MAX), INT32_MIN);
}

uint32_t os_font_width(struct os_font *font, const char *text, size_t length)
{
	struct walk walk = walk_begin(font, text, length, 0);

	while (walk_next(&walk))
		;
	return (uint32_t)OS_MAX(limited(walk.next_x), 0);
}

size_t os_font_fit(struct os_font *font, const char *text, size_t length, uint32_t width)
{
	struct walk walk = walk_begin(font, text, length, 0);
	const char *fits = text;

	while (walk_next(&walk) && walk.next_x <= width)
		fits = walk.pos;
	return (size_t)(fits - text);
}

int32_t os_font_draw(struct os_font *font, const struct os_surface *to, struct os_rect clip,
                     int32_t x, int32_t y, os_pixel colour, const char *text, size_t length)
{
	struct walk walk = walk_begin(font, text, length, x);
	/* where a pixel of a glyph may be, generously */
	const int64_t reach = (int64_t)EMS_MAX * font->size + 2;
	const int64_t left = (int64_t)clip.x - reach, right = (int64_t)clip.x + clip.width + reach;

	while (walk_next(&walk)) {
		const int64_t at = walk.x + FRACTION / PLACES / 2, pixel = at >> 8;
		struct glyph *glyph;

		if (pixel < left || pixel > right)
			continue;
		glyph = glyph_take(font, walk.glyph, (uint32_t)(at & 0xff) / (FRACTION / PLACES));
		if (!glyph)
			continue;
		os_blit_mask(to, clip,
		             &(struct os_mask){ glyph->cover, glyph->width, glyph->height,
		                                glyph->width },
		             limited(pixel + glyph->x), limited((int64_t)y + glyph->y), colour);
		glyph_release(font, glyph);
	}
	return limited(walk.next_x);
}

/* ------------------------------------------------------------------ fonts */

static uint32_t pixels_up(const struct os_font *font, int64_t units)
{
	return (uint32_t)((length_of(font, units) + FRACTION - 1) / FRACTION);
}

enum os_err os_font_create(struct os_font **out, struct os_alloc *alloc, const void *data,
                           size_t data_size, uint32_t size, size_t cache)
{
	struct font_file file;
	struct os_font *font;
	void *memory;
	enum os_err err;

	*out = NULL;
	if (size < SIZE_LEAST || size > SIZE_MOST)
		return OS_ERR_RANGE;
	if ((err = font_file_init(&file, data, data_size)) ||
	    (err = os_alloc(alloc, sizeof(*font), &memory)))
		return err;
	font = memory;
	font->alloc = alloc;
	font->file = file;
	font->size = size;
	font->cache_limit = cache;
	font->metrics.ascent = pixels_up(font, file.ascent);
	font->metrics.descent = pixels_up(font, file.descent);
	font->metrics.line =
	        font->metrics.ascent + font->metrics.descent + pixels_up(font, file.gap);
	for (uint32_t character = 0; character < ASCII; character++)
		font->ascii[character] = (uint16_t)font_file_glyph(&file, character);
	*out = font;
	return OS_OK;
}

void os_font_destroy(struct os_font *font)
{
	if (!font)
		return;
	while (!os_list_empty(&font->by_use))
		glyph_evict(font, OS_LIST_ITEM(os_list_first(&font->by_use), struct glyph, by_use));
	os_free(font->alloc, font, sizeof(*font));
}

struct os_font_metrics os_font_metrics(const struct os_font *font)
{
	return font->metrics;
}
