/* SPDX-License-Identifier: BSD-2-Clause */
/* TrueType files (ISO/IEC 14496-22): read with every access checked, so any bytes will do. */

#ifndef PAINT_FONT_FILE_H
#define PAINT_FONT_FILE_H

#include <osier/alloc.h>
#include <stb/truetype.h>

/** A part of the file; what is outside reads as 0. */
struct font_table {
	const uint8_t *start;
	size_t size;
};

struct font_file {
	struct font_table file, cmap, glyf, loca, hmtx, kern; /* cmap, kern: the subtable in use */
	uint32_t units_per_em, glyph_count, metric_count;
	uint32_t cmap_format;
	int32_t ascent, descent, gap; /* units; descent is positive */
	bool long_loca;
};

/** Lines and curves in units of the font, as stb_truetype draws them; to be freed. */
struct font_outline {
	stbtt_vertex *vertices;
	size_t count, room;
};

enum {
	FONT_COMPONENTS_MAX = 64, /* of one glyph, all levels taken together */
	FONT_DEPTH_MAX = 4,
	FONT_VERTICES_MAX = 16384,
	FONT_POINTS_MAX = 4096, /* of one simple glyph */
};

/** INVALID: these bytes are no font with outlines of TrueType. They stay the caller's. */
enum os_err font_file_init(struct font_file *font, const void *data, size_t size) OS_MUST_CHECK;

/** Number of a character's glyph; 0 where there is none. */
uint32_t font_file_glyph(const struct font_file *font, uint32_t character);

/** How far the next glyph is, in units, and how much nearer (negative) it is to be by kerning. */
uint32_t font_file_advance(const struct font_file *font, uint32_t glyph);
int32_t font_file_kerning(const struct font_file *font, uint32_t glyph, uint32_t next);

/** INVALID: nonsense; then, and for OUT_OF_RAM, there is no outline. */
enum os_err font_file_outline(const struct font_file *font, struct os_alloc *alloc, uint32_t glyph,
                              struct font_outline *outline) OS_MUST_CHECK;
void font_outline_fini(struct font_outline *outline, struct os_alloc *alloc);

/* ------------------------------------------------------------------ reading */

static inline uint32_t font_u8(struct font_table table, size_t at)
{
	return at < table.size ? table.start[at] : 0;
}

static inline uint32_t font_u16(struct font_table table, size_t at)
{
	if (table.size < 2 || at > table.size - 2)
		return 0;
	return (uint32_t)table.start[at] << 8 | table.start[at + 1];
}

static inline int32_t font_i16(struct font_table table, size_t at)
{
	return (int16_t)font_u16(table, at);
}

static inline uint32_t font_u32(struct font_table table, size_t at)
{
	return font_u16(table, at) << 16 | font_u16(table, at + 2);
}

/** What is left of a table from an offset on. */
static inline struct font_table font_part(struct font_table table, size_t at)
{
	if (at >= table.size)
		return (struct font_table){ 0 };
	return (struct font_table){ table.start + at, table.size - at };
}

#endif
