/* SPDX-License-Identifier: BSD-2-Clause */
/* Tables of a TrueType file: characters, widths, kerning. Outlines are in font_outline.c. */

#include "font_file.h"
#include <osier/string.h>

enum {
	DIRECTORY = 12, /* bytes in front of the table directory */
	ENTRY = 16,     /* of one of its entries */
	TABLES_MAX = 64,
	UNITS_MIN = 16,
	UNITS_MAX = 16384,
};

/* ------------------------------------------------------------------ tables */

static struct font_table table_find(struct font_table file, const char tag[5])
{
	const uint32_t count = OS_MIN(font_u16(file, 4), (uint32_t)TABLES_MAX);

	for (size_t i = 0; i < count; i++) {
		const struct font_table entry = font_part(file, DIRECTORY + i * ENTRY);
		const uint32_t offset = font_u32(entry, 8), length = font_u32(entry, 12);

		if (entry.size < ENTRY || memcmp(entry.start, tag, 4) != 0)
			continue;
		if (offset > file.size || length > file.size - offset)
			break;
		return (struct font_table){ file.start + offset, length };
	}
	return (struct font_table){ 0 };
}

/* How good an encoding is for Unicode: all of it, then its first plane; 0 is none. */
static uint32_t encoding_rank(uint32_t platform, uint32_t encoding)
{
	enum { UNICODE = 0, MICROSOFT = 3 };

	if ((platform == MICROSOFT && encoding == 10) || (platform == UNICODE && encoding == 4))
		return 2;
	return (platform == MICROSOFT && encoding == 1) || (platform == UNICODE && encoding < 4);
}

static void cmap_choose(struct font_file *font)
{
	const struct font_table cmap = table_find(font->file, "cmap");
	const uint32_t count = OS_MIN(font_u16(cmap, 2), (uint32_t)TABLES_MAX);
	uint32_t best = 0;

	for (size_t i = 0; i < count; i++) {
		const size_t at = 4 + i * 8;
		const uint32_t rank = encoding_rank(font_u16(cmap, at), font_u16(cmap, at + 2));
		const struct font_table part = font_part(cmap, font_u32(cmap, at + 4));
		const uint32_t format = font_u16(part, 0);

		if (rank > best && (format == 4 || format == 12)) {
			best = rank;
			font->cmap = part;
			font->cmap_format = format;
		}
	}
}

/* The first subtable that kerns horizontally by pairs. */
static void kern_choose(struct font_file *font)
{
	enum { HORIZONTAL_PAIRS = 1 };
	const struct font_table kern = table_find(font->file, "kern");

	if (font_u16(kern, 0) == 0 && font_u16(kern, 2) && font_u16(kern, 8) == HORIZONTAL_PAIRS)
		font->kern = font_part(kern, 4);
}

enum os_err font_file_init(struct font_file *font, const void *data, size_t size)
{
	struct font_table head, hhea, maxp;

	*font = (struct font_file){ .file = { data, size } };
	if (font_u32(font->file, 0) != 0x00010000 && font_u32(font->file, 0) != 0x74727565)
		return OS_ERR_INVALID;
	head = table_find(font->file, "head");
	hhea = table_find(font->file, "hhea");
	maxp = table_find(font->file, "maxp");
	font->glyf = table_find(font->file, "glyf");
	font->loca = table_find(font->file, "loca");
	font->hmtx = table_find(font->file, "hmtx");
	cmap_choose(font);
	kern_choose(font);
	font->units_per_em = font_u16(head, 18);
	font->long_loca = font_u16(head, 50) == 1;
	font->glyph_count = font_u16(maxp, 4);
	font->metric_count = font_u16(hhea, 34);
	font->ascent = font_i16(hhea, 4);
	font->descent = -font_i16(hhea, 6);
	font->gap = OS_MAX(font_i16(hhea, 8), 0);
	if (!font->glyf.size || !font->loca.size || !font->hmtx.size || !font->cmap.size ||
	    !font->glyph_count || !font->metric_count || font->units_per_em < UNITS_MIN ||
	    font->units_per_em > UNITS_MAX || font->ascent < 0 || font->descent < 0)
		return OS_ERR_INVALID;
	return OS_OK;
}

/* ------------------------------------------------------------------ characters */

/* Segments, by their ends: each has a difference from character to glyph, or a list of glyphs. */
static uint32_t glyph_of_segments(struct font_table map, uint32_t character)
{
	const size_t count = font_u16(map, 6) / 2, ends = 14, starts = ends + 2 * count + 2;
	const size_t deltas = starts + 2 * count, offsets = deltas + 2 * count;
	size_t low = 0, high = count;
	uint32_t start, offset, glyph;

	if (character > 0xffff)
		return 0;
	while (low < high) {
		const size_t middle = (low + high) / 2;

		if (font_u16(map, ends + 2 * middle) < character)
			low = middle + 1;
		else
			high = middle;
	}
	start = font_u16(map, starts + 2 * low);
	if (low == count || start > character)
		return 0;
	offset = font_u16(map, offsets + 2 * low);
	if (!offset)
		return (character + font_u16(map, deltas + 2 * low)) & 0xffff;
	glyph = font_u16(map, offsets + 2 * low + offset + 2 * (size_t)(character - start));
	return glyph ? (glyph + font_u16(map, deltas + 2 * low)) & 0xffff : 0;
}

/* Groups of characters whose glyphs follow each other. */
static uint32_t glyph_of_groups(struct font_table map, uint32_t character)
{
	size_t low = 0, high = OS_MIN(font_u32(map, 12), map.size / 12);

	while (low < high) {
		const size_t middle = (low + high) / 2, at = 16 + 12 * middle;

		if (font_u32(map, at) > character)
			high = middle;
		else if (font_u32(map, at + 4) < character)
			low = middle + 1;
		else
			return font_u32(map, at + 8) + (character - font_u32(map, at));
	}
	return 0;
}

uint32_t font_file_glyph(const struct font_file *font, uint32_t character)
{
	const uint32_t glyph = font->cmap_format == 4 ? glyph_of_segments(font->cmap, character)
	                                              : glyph_of_groups(font->cmap, character);

	return glyph < font->glyph_count ? glyph : 0;
}

/* ------------------------------------------------------------------ widths */

uint32_t font_file_advance(const struct font_file *font, uint32_t glyph)
{
	return font_u16(font->hmtx, 4 * (size_t)OS_MIN(glyph, font->metric_count - 1));
}

int32_t font_file_kerning(const struct font_file *font, uint32_t glyph, uint32_t next)
{
	const uint32_t wanted = glyph << 16 | next;
	size_t low = 0, high = OS_MIN(font_u16(font->kern, 6), font->kern.size / 6);

	while (low < high) {
		const size_t middle = (low + high) / 2, at = 14 + 6 * middle;
		const uint32_t pair = font_u32(font->kern, at);

		if (pair == wanted)
			return font_i16(font->kern, at + 4);
		if (pair < wanted)
			low = middle + 1;
		else
			high = middle;
	}
	return 0;
}
