/* SPDX-License-Identifier: BSD-2-Clause */
/* How frames look: titles and buttons, drawn into the buffer of a client's frames. */

#include <osier/string.h>
#include <paint/paint.h>

#include "wm.h"

#define COLOUR_FOCUSED   0xff2f7f7au
#define COLOUR_UNFOCUSED 0xff2c3644u
#define COLOUR_TEXT      0xffffffffu
#define COLOUR_FAINT     0xffa0abbau
#define COLOUR_HOVER     0x30303030u
#define COLOUR_CLOSE     0xffc2453bu

os_pixel look_colour(bool focused)
{
	return focused ? COLOUR_FOCUSED : COLOUR_UNFOCUSED;
}

/* maximise, the same under the pointer, close, the same under the pointer */
struct os_rect look_button(enum part part, bool hover)
{
	const int32_t index = (part == PART_CLOSE ? 2 : 0) + (hover ? 1 : 0);

	return (struct os_rect){ index * BUTTON_WIDTH, 0, BUTTON_WIDTH, TITLE_HEIGHT };
}

static void draw_close(const struct os_surface *surface, struct os_rect rect, os_pixel colour)
{
	const int32_t x = rect.x + rect.width / 2, y = rect.height / 2;

	for (int32_t i = 0; i < 2; i++) {
		os_paint_line(surface, rect, x - 5 + i, y - 5, x + 4 + i, y + 4, colour);
		os_paint_line(surface, rect, x - 5 + i, y + 4, x + 4 + i, y - 5, colour);
	}
}

static void draw_maximise(const struct os_surface *surface, struct os_rect rect, os_pixel colour)
{
	const struct os_rect box = { rect.x + rect.width / 2 - 5, rect.height / 2 - 5, 11, 11 };
	const struct os_rect top = { box.x, box.y, box.width, 2 };

	os_paint_frame(surface, rect, box, 1, colour);
	os_blit_fill(surface, top, colour);
}

void look_buttons(const struct os_surface *surface, bool focused)
{
	const os_pixel colour = focused ? COLOUR_TEXT : COLOUR_FAINT;

	for (int hover = 0; hover < 2; hover++) {
		const struct os_rect close = look_button(PART_CLOSE, hover);
		const struct os_rect maximise = look_button(PART_MAXIMISE, hover);

		os_blit_fill(surface, close, hover ? COLOUR_CLOSE : look_colour(focused));
		os_blit_fill(surface, maximise, look_colour(focused));
		if (hover)
			os_blit_tint(surface, maximise, COLOUR_HOVER);
		draw_close(surface, close, hover ? COLOUR_TEXT : colour);
		draw_maximise(surface, maximise, hover ? COLOUR_TEXT : colour);
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

void look_title(const struct os_surface *surface, uint32_t row, const char *text, bool focused)
{
	const struct os_rect rect = { 0, (int32_t)(row + LOOK_ROWS) * TITLE_HEIGHT, TITLE_WIDTH,
		                      TITLE_HEIGHT };
	const struct os_font_metrics metrics = os_font_metrics(wm.font);
	const int32_t baseline = rect.y +
	                         (TITLE_HEIGHT - (int32_t)(metrics.ascent + metrics.descent)) / 2 +
	                         (int32_t)metrics.ascent;

	os_blit_fill(surface, rect, look_colour(focused));
	os_font_draw(wm.font, surface, rect, 8 * 256, baseline,
	             focused ? COLOUR_TEXT : COLOUR_FAINT, text, strlen(text));
}
