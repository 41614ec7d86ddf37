/* SPDX-License-Identifier: BSD-2-Clause */
/* Outlines of glyphs: points of contours, and glyphs composed of others, as lines and curves. */

#include "font_file.h"
#include <osier/string.h>

enum { ON_CURVE = 1, X_SHORT = 2, Y_SHORT = 4, REPEAT = 8, X_SAME = 16, Y_SAME = 32 };

/* Of a component of a composed glyph. */
enum {
	WORDS = 1,
	ARE_OFFSETS = 2,
	SCALE = 8,
	MORE = 32,
	SCALE_XY = 64,
	MATRIX = 128,
};

struct point {
	int16_t x, y;
	bool on;
};

/* Where a component goes: factors of 1 / 16384, then units. */
struct placing {
	int32_t xx, xy, yx, yy, dx, dy;
};

/* A glyph being read, with all that it is composed of. */
struct reader {
	const struct font_file *font;
	struct os_alloc *alloc;
	struct font_outline *outline;
	uint32_t components;
	struct point points[FONT_POINTS_MAX];
};

/* ------------------------------------------------------------------ vertices */

static enum os_err vertex_add(struct reader *reader, const stbtt_vertex *vertex)
{
	struct font_outline *outline = reader->outline;
	const size_t room = outline->room ? 2 * outline->room : 64;
	void *vertices;
	enum os_err err;

	if (outline->count == outline->room) {
		if (room > FONT_VERTICES_MAX)
			return OS_ERR_INVALID;
		if ((err = os_alloc(reader->alloc, room * sizeof(*vertex), &vertices)))
			return err;
		if (outline->count)
			memcpy(vertices, outline->vertices, outline->count * sizeof(*vertex));
		os_free(reader->alloc, outline->vertices, outline->room * sizeof(*vertex));
		outline->vertices = vertices;
		outline->room = room;
	}
	outline->vertices[outline->count++] = *vertex;
	return OS_OK;
}

static enum os_err line_to(struct reader *reader, uint8_t type, struct point to)
{
	return vertex_add(reader, &(stbtt_vertex){ .x = to.x, .y = to.y, .type = type });
}

static enum os_err curve_to(struct reader *reader, struct point control, struct point to)
{
	return vertex_add(reader, &(stbtt_vertex){ .x = to.x,
	                                           .y = to.y,
	                                           .cx = control.x,
	                                           .cy = control.y,
	                                           .type = STBTT_vcurve });
}

void font_outline_fini(struct font_outline *outline, struct os_alloc *alloc)
{
	os_free(alloc, outline->vertices, outline->room * sizeof(*outline->vertices));
	*outline = (struct font_outline){ 0 };
}

/* ------------------------------------------------------------------ contours */

static struct point between(struct point a, struct point b)
{
	return (struct point){ (int16_t)((a.x + b.x) >> 1), (int16_t)((a.y + b.y) >> 1), true };
}

/* Between two points off the curve there is one on it, in the middle. */
static enum os_err contour_add(struct reader *reader, const struct point *points, size_t count)
{
	const struct point first = points[0], last = points[count - 1];
	const struct point start = first.on ? first : last.on ? last : between(first, last);
	struct point control = { 0 };
	bool pending = false; /* a control point, without its end yet */
	enum os_err err;

	if ((err = line_to(reader, STBTT_vmove, start)))
		return err;
	for (size_t i = first.on; i < count && !err; i++) {
		const struct point point = points[i];

		if (pending)
			err = curve_to(reader, control, point.on ? point : between(control, point));
		else if (point.on)
			err = line_to(reader, STBTT_vline, point);
		pending = !point.on;
		control = point;
	}
	if (err)
		return err;
	return pending ? curve_to(reader, control, start) : line_to(reader, STBTT_vline, start);
}

/* ------------------------------------------------------------------ simple glyphs */

static struct font_table glyph_data(const struct font_file *font, uint32_t glyph)
{
	const struct font_table *loca = &font->loca;
	size_t from, to;

	if (font->long_loca) {
		from = font_u32(*loca, 4 * (size_t)glyph);
		to = font_u32(*loca, 4 * (size_t)glyph + 4);
	} else {
		from = 2 * (size_t)font_u16(*loca, 2 * (size_t)glyph);
		to = 2 * (size_t)font_u16(*loca, 2 * (size_t)glyph + 2);
	}
	if (from >= to || to > font->glyf.size)
		return (struct font_table){ 0 };
	return (struct font_table){ font->glyf.start + from, to - from };
}

/* Read the flags into `flags`; returns where the coordinates begin, or 0: there are too few. */
static size_t flags_read(struct font_table data, size_t at, uint8_t *flags, size_t count)
{
	for (size_t i = 0; i < count;) {
		const uint8_t flag = (uint8_t)font_u8(data, at++);
		size_t times = flag & REPEAT ? font_u8(data, at++) + 1 : 1;

		if (at > data.size)
			return 0;
		for (; times && i < count; times--)
			flags[i++] = flag;
	}
	return at;
}

/* One coordinate as its difference from the last one; `at` goes on. */
static int32_t difference(struct font_table data, size_t *at, uint8_t flag, uint8_t is_short,
                          uint8_t same)
{
	int32_t value;

	if (flag & is_short) {
		value = (int32_t)font_u8(data, (*at)++);
		return flag & same ? value : -value;
	}
	if (flag & same)
		return 0;
	value = font_i16(data, *at);
	*at += 2;
	return value;
}

static enum os_err points_read(struct reader *reader, struct font_table data, size_t at,
                               size_t count)
{
	uint8_t flags[FONT_POINTS_MAX];
	int32_t x = 0, y = 0;

	at = flags_read(data, at, flags, count);
	if (!at)
		return OS_ERR_INVALID;
	for (size_t i = 0; i < count; i++) {
		x += difference(data, &at, flags[i], X_SHORT, X_SAME);
		reader->points[i].x = (int16_t)x;
		reader->points[i].on = flags[i] & ON_CURVE;
	}
	for (size_t i = 0; i < count; i++) {
		y += difference(data, &at, flags[i], Y_SHORT, Y_SAME);
		reader->points[i].y = (int16_t)y;
	}
	return at <= data.size ? OS_OK : OS_ERR_INVALID;
}

static enum os_err simple_read(struct reader *reader, struct font_table data, size_t contours)
{
	const size_t ends = 10, instructions = ends + 2 * contours;
	const size_t count = (size_t)font_u16(data, instructions - 2) + 1;
	size_t from = 0;
	enum os_err err;

	if (!contours)
		return OS_OK;
	if (instructions + 2 > data.size || count > FONT_POINTS_MAX)
		return OS_ERR_INVALID;
	err = points_read(reader, data, instructions + 2 + font_u16(data, instructions), count);
	for (size_t i = 0; i < contours && !err; i++) {
		const size_t end = (size_t)font_u16(data, ends + 2 * i) + 1;

		if (end <= from || end > count)
			return OS_ERR_INVALID;
		err = contour_add(reader, reader->points + from, end - from);
		from = end;
	}
	return err;
}

/* ------------------------------------------------------------------ composed glyphs */

static enum os_err glyph_read(struct reader *reader, uint32_t glyph, uint32_t depth);

static int16_t clamp(int64_t value)
{
	return (int16_t)OS_MAX(OS_MIN(value, INT16_MAX), INT16_MIN);
}

static void place(const struct placing *by, short *x, short *y)
{
	const int64_t was_x = *x, was_y = *y;

	*x = clamp(((was_x * by->xx + was_y * by->yx) >> 14) + by->dx);
	*y = clamp(((was_x * by->xy + was_y * by->yy) >> 14) + by->dy);
}

static int32_t signed_byte(uint32_t byte)
{
	return (int32_t)(byte ^ 0x80) - 0x80;
}

/* Offset and matrix of a component, from behind its glyph's number; `at` goes on. */
static struct placing placing_read(struct font_table data, size_t *at, uint32_t flags)
{
	struct placing by = { .xx = 1 << 14, .yy = 1 << 14 };

	if (flags & WORDS) {
		by.dx = font_i16(data, *at);
		by.dy = font_i16(data, *at + 2);
	} else {
		by.dx = signed_byte(font_u8(data, *at));
		by.dy = signed_byte(font_u8(data, *at + 1));
	}
	*at += flags & WORDS ? 4 : 2;
	if (!(flags & ARE_OFFSETS))
		by.dx = by.dy = 0; /* numbers of points to be aligned: no font of today has that */
	if (flags & SCALE) {
		by.xx = by.yy = font_i16(data, *at);
		*at += 2;
	} else if (flags & SCALE_XY) {
		by.xx = font_i16(data, *at);
		by.yy = font_i16(data, *at + 2);
		*at += 4;
	} else if (flags & MATRIX) {
		by.xx = font_i16(data, *at);
		by.xy = font_i16(data, *at + 2);
		by.yx = font_i16(data, *at + 4);
		by.yy = font_i16(data, *at + 6);
		*at += 8;
	}
	return by;
}

static enum os_err composed_read(struct reader *reader, struct font_table data, uint32_t depth)
{
	size_t at = 10;
	uint32_t flags;
	enum os_err err;

	do {
		const size_t first = reader->outline->count;
		const uint32_t glyph = font_u16(data, at + 2);
		struct placing by;

		if (at + 4 > data.size || reader->components++ >= FONT_COMPONENTS_MAX)
			return OS_ERR_INVALID;
		flags = font_u16(data, at);
		at += 4;
		by = placing_read(data, &at, flags);
		if ((err = glyph_read(reader, glyph, depth + 1)))
			return err;
		for (size_t i = first; i < reader->outline->count; i++) {
			stbtt_vertex *vertex = &reader->outline->vertices[i];

			place(&by, &vertex->x, &vertex->y);
			place(&by, &vertex->cx, &vertex->cy);
		}
	} while (flags & MORE);
	return OS_OK;
}

static enum os_err glyph_read(struct reader *reader, uint32_t glyph, uint32_t depth)
{
	const struct font_table data = glyph_data(reader->font, glyph);
	const int32_t contours = font_i16(data, 0);

	if (depth > FONT_DEPTH_MAX || glyph >= reader->font->glyph_count)
		return OS_ERR_INVALID;
	if (contours < 0)
		return composed_read(reader, data, depth);
	return simple_read(reader, data, (size_t)contours);
}

enum os_err font_file_outline(const struct font_file *font, struct os_alloc *alloc, uint32_t glyph,
                              struct font_outline *outline)
{
	struct reader *reader;
	void *memory;
	enum os_err err;

	*outline = (struct font_outline){ 0 };
	if ((err = os_alloc(alloc, sizeof(*reader), &memory)))
		return err;
	reader = memory;
	reader->font = font;
	reader->alloc = alloc;
	reader->outline = outline;
	if ((err = glyph_read(reader, glyph, 0)))
		font_outline_fini(outline, alloc);
	os_free(alloc, memory, sizeof(*reader));
	return err;
}
