/* SPDX-License-Identifier: BSD-2-Clause */
/* How frames look: titles and buttons, drawn into the buffer of a client's frames. */

#include <osier/string.h>
#include <paint/paint.h>

#include "wm.h"

enum { ICON_REACH = 5 }; /* of the signs on buttons, from their middle */

/* Calmer than what a theme has for small things: frames are large. */
os_pixel look_colour(bool focused)
{
	return focused ? os_colour_mix(wm.theme.accent, wm.theme.background, 77) : wm.theme.hovered;
}

static os_pixel text_colour(bool focused)
{
	return focused ? wm.theme.text : wm.theme.faint;
}

/* maximise, the same under the pointer, close, the same under the pointer */
struct os_rect look_button(int32_t title, enum part part, bool hover)
{
	const int32_t index = (part == PART_CLOSE ? 2 : 0) + (hover ? 1 : 0);
	const int32_t width = frame_scaled(BUTTON_WIDTH, title);

	return (struct os_rect){ index * width, 0, width, title };
}

static void draw_close(const struct os_surface *surface, struct os_rect rect, os_pixel colour)
{
	const int32_t x = rect.x + rect.width / 2, y = rect.height / 2;
	const int32_t reach = frame_scaled(ICON_REACH, rect.height), to = reach - 1;

	for (int32_t i = 0; i < frame_scaled(2, rect.height); i++) {
		os_paint_line(surface, rect, x - reach + i, y - reach, x + to + i, y + to, colour);
		os_paint_line(surface, rect, x - reach + i, y + to, x + to + i, y - reach, colour);
	}
}

static void draw_maximise(const struct os_surface *surface, struct os_rect rect, os_pixel colour)
{
	const int32_t reach = frame_scaled(ICON_REACH, rect.height);
	const struct os_rect box = { rect.x + rect.width / 2 - reach, rect.height / 2 - reach,
		                     2 * reach + 1, 2 * reach + 1 };
	const struct os_rect top = { box.x, box.y, box.width, frame_scaled(2, rect.height) };

	os_paint_frame(surface, rect, box, frame_scaled(1, rect.height), colour);
	os_blit_fill(surface, top, colour);
}

void look_buttons(const struct os_surface *surface, int32_t title, bool focused)
{
	const struct os_theme *const theme = &wm.theme;
	const os_pixel frame = look_colour(focused), colour = text_colour(focused);

	for (int hover = 0; hover < 2; hover++) {
		const struct os_rect close = look_button(title, PART_CLOSE, hover);
		const struct os_rect maximise = look_button(title, PART_MAXIMISE, hover);

		os_blit_fill(surface, close, hover ? theme->warning : frame);
		os_blit_fill(surface, maximise,
		             hover ? os_colour_mix(frame, theme->text, 48) : frame);
		draw_close(surface, close, hover ? theme->on_accent : colour);
		draw_maximise(surface, maximise, hover ? theme->text : colour);
	}
}

/* Which way a border can be dragged: '#' is white, '.' is black around it. */
enum { STRAIGHT_WIDTH = 21, STRAIGHT_HEIGHT = 9, DIAGONAL = 15 };
static const char straight[STRAIGHT_HEIGHT][STRAIGHT_WIDTH + 1] = {
	"    ..         ..    ", "   .#.         .#.   ", "  .##...........##.  ",
	" .#################. ", ".###################.", " .#################. ",
	"  .##...........##.  ", "   .#.         .#.   ", "    ..         ..    ",
};
static const char diagonal[DIAGONAL][DIAGONAL + 1] = {
	"........       ", ".######.       ", ".#####.        ", ".####.         ",
	".#####.        ", ".##.###.       ", ".#. .###.      ", " .   .###.   . ",
	"      .###. .#.", "       .###.##.", "        .#####.", "         .####.",
	"        .#####.", "       .######.", "       ........",
};

static os_pixel arrow_colour(char c)
{
	return c == '#' ? 0xffffffffu : c == '.' ? 0xff000000u : 0;
}

struct os_rect look_arrows(const struct os_surface *surface, enum part part)
{
	const bool slanted = part >= PART_TOP_LEFT, upright = part >= PART_TOP && !slanted,
	           rising = part == PART_TOP_RIGHT || part == PART_BOTTOM_LEFT;
	const int32_t length = slanted ? DIAGONAL : STRAIGHT_WIDTH,
	              across = slanted ? DIAGONAL : STRAIGHT_HEIGHT;
	const struct os_rect rect = { 0, 0, upright ? across : length, upright ? length : across };

	for (int32_t y = 0; y < rect.height; y++)
		for (int32_t x = 0; x < rect.width; x++) {
			const struct os_rect at = { x, y, 1, 1 };
			const char c = slanted   ? diagonal[y][rising ? DIAGONAL - 1 - x : x]
			               : upright ? straight[x][y]
			                         : straight[y][x];

			os_blit_fill(surface, at, arrow_colour(c));
		}
	return rect;
}

void look_title(const struct os_surface *surface, int32_t title, uint32_t row, const char *text,
                bool focused)
{
	const struct os_rect rect = { 0, (int32_t)(row + LOOK_ROWS) * title,
		                      (int32_t)surface->width, title };
	const struct os_font_metrics metrics = os_font_metrics(wm.font);
	const int32_t baseline = rect.y +
	                         (title - (int32_t)(metrics.ascent + metrics.descent)) / 2 +
	                         (int32_t)metrics.ascent;

	os_blit_fill(surface, rect, look_colour(focused));
	os_font_draw(wm.font, surface, rect, 8 * 256, baseline, text_colour(focused), text,
	             strlen(text));
}
