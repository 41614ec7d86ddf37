/* SPDX-License-Identifier: BSD-2-Clause */
/* Text on the screen that the boot loader left: for messages at boot, and for a panic. */

#include <font.h>
#include <machine.h>
#include <print.h>

enum { TEXT_WHITE = 0x0f00 };

static struct {
	uint8_t *at;                          /* NULL: there is none */
	uint32_t width, height, pitch, pixel; /* of a frame buffer, bytes per pixel */
	uint32_t columns, rows, column, row;
	bool text;
	bool released; /* user land draws on it */
} screen;

/* Rows of characters, counted from the top, become black. */
static void rows_clear(uint32_t first, uint32_t count)
{
	uint32_t height = screen.text ? 1 : font_height;

	memset(screen.at + (uint64_t)first * height * screen.pitch, 0,
	       (uint64_t)count * height * screen.pitch);
}

void screen_init(const struct os_boot_screen *s)
{
	screen.at = NULL;
	if (!s->address)
		return;
	screen.text = s->text;
	screen.pitch = s->pitch;
	screen.pixel = (s->bits + 7) / 8;
	screen.columns = s->text ? s->width : s->width / FONT_WIDTH;
	screen.rows = s->text ? s->height : s->height / font_height;
	screen.column = screen.row = 0;
	if (!screen.columns || !screen.rows)
		return;
	screen.at = physical_pointer(s->address);
	rows_clear(0, screen.rows);
}

void screen_release(void)
{
	screen.released = true;
}

void screen_take(void)
{
	screen.released = false;
	screen.column = screen.row = 0;
	if (screen.at)
		rows_clear(0, screen.rows);
}

/* White is all bits set, whatever the format of a pixel is. */
static void glyph_draw(uint8_t c)
{
	const uint8_t *glyph = font_glyphs + (c - FONT_FIRST) * font_height;
	uint8_t *line = screen.at + (uint64_t)screen.row * font_height * screen.pitch +
	                screen.column * FONT_WIDTH * screen.pixel;

	for (uint32_t y = 0; y < font_height; y++, line += screen.pitch)
		for (uint32_t x = 0; x < FONT_WIDTH * screen.pixel; x++)
			line[x] = glyph[y] & 0x80 >> x / screen.pixel ? 0xff : 0;
}

/* The next line; behind the last one comes the first, and the one below it is made empty. */
static void line_next(void)
{
	screen.column = 0;
	if (++screen.row == screen.rows)
		screen.row = 0;
	rows_clear(screen.row, 1);
}

void screen_put(char c)
{
	uint8_t code = c >= FONT_FIRST && c <= FONT_LAST ? (uint8_t)c : '?';
	uint16_t cell = TEXT_WHITE | code;

	if (!screen.at || screen.released)
		return;
	if (c == '\n') {
		line_next();
		return;
	}
	if (screen.column == screen.columns)
		line_next();
	if (screen.text)
		memcpy(screen.at + screen.row * screen.pitch + screen.column * 2, &cell, 2);
	else
		glyph_draw(code);
	screen.column++;
}

void console_put(char c)
{
	if (c == '\n')
		serial_put('\r');
	serial_put(c);
	screen_put(c);
}
