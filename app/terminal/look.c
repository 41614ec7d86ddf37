/* SPDX-License-Identifier: BSD-2-Clause */
/* Colours of cells, and their drawing. */

#include <osier/string.h>
#include <utf8/utf8.h>

#include "look.h"

enum { FONT_MIN = 6, FONT_MAX = 72 };

static const os_pixel calm = 0xffd8dee6; /* of a text that fills a window */

/* calm ones, that go with Osier's theme */
static const os_pixel palette_default[16] = {
	0xff1d2530, 0xffc0504d, 0xff6aa84f, 0xffc9a24a, 0xff4a7ebb, 0xff9068be,
	0xff3aa6a0, 0xffc8d0d8, 0xff5a6675, 0xffe07a76, 0xff93c47d, 0xffe6c878,
	0xff7aa6dc, 0xffb79ae0, 0xff6cccc6, 0xfff4f6f8,
};

/* ------------------------------------------------------------------ colours */

/* "#rrggbb"; anything else leaves it as it is. */
static void colour_read(struct os_xml node, const char *name, os_pixel *colour)
{
	char text[8];

	if (!os_xml_string(node, name, text, sizeof(text)))
		(void)os_colour_read(text, strlen(text), colour);
}

/* The cube and the greys of xterm. */
static os_pixel palette_rest(uint32_t index)
{
	static const uint8_t steps[] = { 0, 95, 135, 175, 215, 255 };
	const uint32_t i = index - 16, grey = 8 + (index - 232) * 10;

	if (index >= 232)
		return 0xff000000 | grey << 16 | grey << 8 | grey;
	return 0xff000000 | (os_pixel)steps[i / 36] << 16 | (os_pixel)steps[i / 6 % 6] << 8 |
	       steps[i % 6];
}

void look_read(struct look *look, struct os_env *env, struct os_xml config)
{
	struct os_theme theme = os_theme_default;
	uint64_t size;

	theme.text = calm;
	os_theme_config(&theme, env, config);
	size = os_xml_u64(config, "font_size", theme.font_size);
	look->font_size = (uint32_t)OS_MAX(OS_MIN(size, (uint64_t)FONT_MAX), (uint64_t)FONT_MIN);
	memcpy(look->palette, palette_default, sizeof(palette_default));
	for (uint32_t i = 16; i < 256; i++)
		look->palette[i] = palette_rest(i);
	look->text = theme.text;
	look->back = theme.panel;
	look->accent = theme.accent;
	colour_read(config, "text", &look->text);
	colour_read(config, "back", &look->back);
	colour_read(config, "accent", &look->accent);
	OS_XML_FOR_EACH (colour, config, "colour")
		colour_read(colour, "value", &look->palette[os_xml_u64(colour, "index", 0) & 0xff]);
}

static os_pixel colour_of(const struct look *look, uint32_t colour, os_pixel otherwise)
{
	if (colour & COLOUR_RGB)
		return 0xff000000 | (colour & 0xffffff);
	return colour & COLOUR_INDEX ? look->palette[colour & 0xff] : otherwise;
}

static os_pixel mix(os_pixel a, os_pixel b)
{
	return ((a & 0xfefefe) >> 1) + ((b & 0xfefefe) >> 1) + 0xff000000;
}

/* What a cell is drawn with. */
struct paint {
	os_pixel text, back;
	bool underline, strike;
	const struct cell *cell; /* NULL: no character is to be seen */
};

static struct paint paint_of(const struct look *look, const struct screen *screen,
                             const struct cell *cell, bool selected, bool cursor)
{
	uint32_t text = cell->text;
	struct paint p = { .underline = cell->style & STYLE_UNDERLINE,
		           .strike = cell->style & STYLE_STRIKE,
		           .cell = cell->style & STYLE_HIDDEN ? NULL : cell };
	os_pixel swap;

	if (cell->style & STYLE_BLINK && look->dark) {
		p.underline = p.strike = false;
		p.cell = NULL;
	}

	/* bold letters of the eight dark colours are bright */
	if (cell->style & STYLE_BOLD && text & COLOUR_INDEX && (text & 0xff) < 8)
		text += 8;
	p.text = colour_of(look, text, cell->style & STYLE_BOLD ? look->palette[15] : look->text);
	p.back = colour_of(look, cell->back, look->back);
	if (cell->style & STYLE_FAINT)
		p.text = mix(p.text, p.back);
	if (!(cell->style & STYLE_INVERSE) != !screen->inverse) {
		swap = p.text;
		p.text = p.back;
		p.back = swap;
	}
	if (selected) {
		p.text = look->back;
		p.back = look->accent;
	}
	if (cursor) {
		p.text = look->back;
		p.back = look->text;
	}
	return p;
}

/* ------------------------------------------------------------------ cells */

static bool same(const struct paint *a, const struct paint *b)
{
	return a->text == b->text && a->back == b->back;
}

static void draw_line(const struct os_surface *surface, struct os_rect clip, int32_t x, int32_t y,
                      uint32_t width, os_pixel colour)
{
	const struct os_rect line = { x, y, (int32_t)width, 1 };

	os_blit_fill(surface, os_rect_intersect(line, clip), colour);
}

static void draw_frame(const struct os_surface *surface, struct os_rect clip, struct os_rect box,
                       os_pixel colour)
{
	const struct os_rect sides[] = {
		{ box.x, box.y, box.width, 1 },
		{ box.x, box.y + box.height - 1, box.width, 1 },
		{ box.x, box.y, 1, box.height },
		{ box.x + box.width - 1, box.y, 1, box.height },
	};

	for (size_t i = 0; i < OS_ARRAY_SIZE(sides); i++)
		os_blit_fill(surface, os_rect_intersect(sides[i], clip), colour);
}

/* What the font lacks is a box as wide as the character. Marks are drawn over it, or not at all. */
static void draw_character(const struct look *look, const struct paint *p,
                           const struct os_surface *surface, struct os_rect clip,
                           struct os_rect box)
{
	const int32_t baseline = box.y + (int32_t)look->ascent;
	char utf8[4];

	if (os_font_has(look->font, p->cell->character)) {
		os_font_draw(look->font, surface, clip, box.x * 256, baseline, p->text, utf8,
		             os_utf8_encode(p->cell->character, utf8));
	} else {
		const struct os_rect inner = { box.x + 1, box.y + 2, box.width - 2,
			                       box.height - 4 };

		draw_frame(surface, clip, inner, p->text);
	}
	for (int i = 0; i < CELL_MARKS && p->cell->marks[i]; i++)
		if (os_font_has(look->font, p->cell->marks[i]))
			os_font_draw(look->font, surface, clip, box.x * 256, baseline, p->text,
			             utf8, os_utf8_encode(p->cell->marks[i], utf8));
}

static void draw_cell(const struct look *look, const struct paint *p,
                      const struct os_surface *surface, struct os_rect clip, int32_t x, int32_t y)
{
	const struct os_rect box = { x, y,
		                     (int32_t)look->cell_width *
		                             (p->cell && p->cell->flags & CELL_LEFT ? 2 : 1),
		                     (int32_t)look->cell_height };

	if (p->cell && p->cell->character > ' ')
		draw_character(look, p, surface, clip, box);
	if (p->underline)
		draw_line(surface, clip, x, y + (int32_t)look->ascent + 1, look->cell_width,
		          p->text);
	if (p->strike)
		draw_line(surface, clip, x, y + (int32_t)look->cell_height / 2, look->cell_width,
		          p->text);
}

/* The columns that the cursor covers: both of a wide character. */
static void cursor_columns(const struct screen *screen, const struct cell *cells, uint32_t *first,
                           uint32_t *count)
{
	*first = screen->cursor.column;
	if (*first && cells[*first].flags & CELL_RIGHT)
		--*first;
	*count = cells[*first].flags & CELL_LEFT ? 2 : 1;
}

/*
 * Make a row that has been drawn in its left half as wide as it is, and, if it shows a half of
 * something twice as high, as high: each pixel becomes two, or four. In place, so from where pixels
 * go to nothing that is still needed.
 */
static void stretch(const struct os_surface *surface, struct os_rect row, enum line_size size)
{
	const int32_t width = OS_MIN(row.width, (int32_t)surface->width);
	const int32_t height = OS_MIN(row.height, (int32_t)surface->height - row.y);
	const bool down = size == LINE_BOTTOM;

	for (int32_t n = 0; n < height; n++) {
		const int32_t y = down ? n : height - 1 - n;
		const int32_t from = size == LINE_WIDE ? y : (down ? row.height + y : y) / 2;
		os_pixel *const to = surface->pixels + (size_t)(row.y + y) * surface->stride;
		const os_pixel *const old =
		        surface->pixels + (size_t)(row.y + from) * surface->stride;

		for (int32_t x = from < height ? width : 0; x-- > 0;)
			to[x] = old[x / 2];
	}
}

static void draw_row(const struct look *look, const struct screen *screen, bool focused,
                     const struct os_surface *surface, struct os_rect clip, uint32_t row)
{
	const struct cell *const cells = screen_row(screen, row);
	const bool here = !screen->hidden_cursor &&
	                  row == screen->cursor.row + (screen->alternate ? 0 : screen->back);
	const int32_t y = (int32_t)(row * look->cell_height);
	static struct paint paints[SCREEN_COLUMNS_MAX];
	uint32_t cursor, width;

	cursor_columns(screen, cells, &cursor, &width);
	for (uint32_t i = 0; i < screen->columns; i++)
		paints[i] =
		        paint_of(look, screen, &cells[i],
		                 screen_selected(screen, i - !!(cells[i].flags & CELL_RIGHT), row),
		                 here && focused && i - cursor < width);
	/* first what is behind, in runs: letters may reach over into the next cell */
	for (uint32_t i = 0, end; i < screen->columns; i = end) {
		struct os_rect run = { (int32_t)(i * look->cell_width), y, 0,
			               (int32_t)look->cell_height };

		for (end = i + 1; end < screen->columns && same(&paints[i], &paints[end]);)
			end++;
		run.width = (int32_t)((end - i) * look->cell_width);
		os_blit_fill(surface, os_rect_intersect(run, clip), paints[i].back);
	}
	for (uint32_t i = 0; i < screen->columns; i++)
		draw_cell(look, &paints[i], surface, clip, (int32_t)(i * look->cell_width), y);
	if (here && !focused)
		/* the hollow cursor of a window without the focus */
		draw_frame(surface, clip,
		           (struct os_rect){ (int32_t)(cursor * look->cell_width), y,
		                             (int32_t)(width * look->cell_width),
		                             (int32_t)look->cell_height },
		           look->text);
}

/* The part within `dirty` of a row, which is drawn as a whole where it is stretched. */
static void draw_line_of(const struct look *look, const struct screen *screen, bool focused,
                         const struct os_surface *surface, struct os_rect line,
                         struct os_rect dirty, uint32_t row)
{
	const struct os_rect all = { 0, 0, (int32_t)surface->width, (int32_t)surface->height };
	const enum line_size size = screen_row_size(screen, row);

	if (size == LINE_SINGLE) {
		draw_row(look, screen, focused, surface, os_rect_intersect(line, dirty), row);
		return;
	}
	draw_row(look, screen, focused, surface, os_rect_intersect(line, all), row);
	stretch(surface, line, size);
}

void look_draw(const struct look *look, const struct screen *screen, bool focused,
               const struct os_surface *surface, struct os_rect dirty)
{
	const struct os_rect all = { 0, 0, (int32_t)(screen->columns * look->cell_width),
		                     (int32_t)(screen->rows * look->cell_height) };
	struct os_rect rest[4];
	const size_t count = os_rect_subtract(dirty, all, rest);

	for (size_t i = 0; i < count; i++)
		os_blit_fill(surface, rest[i], look->back);
	dirty = os_rect_intersect(dirty, all);
	for (uint32_t row = 0; row < screen->rows && !os_rect_empty(dirty); row++) {
		const struct os_rect line = { 0, (int32_t)(row * look->cell_height), all.width,
			                      (int32_t)look->cell_height };

		if (!os_rect_empty(os_rect_intersect(line, dirty)))
			draw_line_of(look, screen, focused, surface, line, dirty, row);
	}
}
