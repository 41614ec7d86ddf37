/* SPDX-License-Identifier: BSD-2-Clause */
/* Showing a document: a page that is scrolled, with links that light up. */

#include <input/key.h>
#include <osier/format.h>
#include <osier/string.h>
#include <paint/paint.h>
#include <stdarg.h>

#include "view.h"

enum {
	MARGIN = 32,
	WIDTH_MAX = 760, /* of a page: longer lines are hard to read */
	BAR_WIDTH = 10,
	BAR_LEAST = 24,
	STATUS_PAD = 9,
	BULLET = 5,
	STEP = 48, /* pixels per notch of the wheel, or arrow key */
};

/* What a theme has no colour for lies between two that it has, whichever of them is the lighter. */
static os_pixel colour_hover(const struct os_theme *theme)
{
	return os_colour_mix(theme->accent, theme->text, 144);
}

static os_pixel colour_code(const struct os_theme *theme)
{
	return os_colour_mix(theme->text, theme->accent, 96);
}

/* There is no slanted font, so that a colour has to tell. */
static os_pixel colour_emphasis(const struct os_theme *theme)
{
	return os_colour_mix(theme->text, theme->warning, 112);
}

/* ------------------------------------------------------------------ geometry */

static uint32_t page_width(const struct view *view)
{
	const uint32_t edges = 2 * MARGIN + BAR_WIDTH;
	const uint32_t room = view->window.width > edges ? view->window.width - edges : 0;

	return room < WIDTH_MAX ? room : WIDTH_MAX;
}

static int32_t page_left(const struct view *view)
{
	return (int32_t)(view->window.width - BAR_WIDTH - page_width(view)) / 2;
}

static int32_t status_height(const struct view *view)
{
	uint32_t baseline;

	return (int32_t)fonts_line(&view->fonts, (struct look){ 0 }, &baseline) + STATUS_PAD;
}

/* What is left of the window for the page. */
static int32_t page_room(const struct view *view)
{
	return (int32_t)view->window.height - (*view->status ? status_height(view) : 0);
}

static int32_t scroll_max(const struct view *view)
{
	const int32_t whole = (int32_t)view->page.height + 2 * MARGIN;

	return whole > page_room(view) ? whole - page_room(view) : 0;
}

static struct os_rect window_rect(const struct view *view)
{
	return (struct os_rect){ 0, 0, (int32_t)view->window.width, (int32_t)view->window.height };
}

static void damage_all(struct view *view)
{
	os_window_damage(&view->window, window_rect(view));
}

static void scroll_to(struct view *view, int32_t scroll)
{
	const int32_t max = scroll_max(view);

	scroll = scroll > max ? max : scroll;
	scroll = scroll < 0 ? 0 : scroll;
	if (scroll == view->scroll)
		return;
	view->scroll = scroll;
	damage_all(view);
}

/* ------------------------------------------------------------------ drawing */

static os_pixel colour_of(const struct view *view, const struct box *box)
{
	const struct os_theme *const theme = &view->theme;

	if (box->run->target)
		return view->hover && view->hover->run == box->run ? colour_hover(theme)
		                                                   : theme->accent;
	if (box->look.level)
		return theme->text;
	if (box->look.style & STYLE_CODE)
		return colour_code(theme);
	if (box->look.style & STYLE_STRONG)
		return theme->text;
	return box->look.style & STYLE_EMPHASIS ? colour_emphasis(theme) : theme->text;
}

/* A line of text may have line ends of the source in it, which mean a space. */
static void draw_words(struct view *view, const struct os_surface *surface, struct os_rect clip,
                       const struct box *box, int32_t x, int32_t y)
{
	os_font_draw(font_of(&view->fonts, box->look), surface, clip, x * 256,
	             y + (int32_t)box->baseline, colour_of(view, box), box->text, box->length);
}

static void draw_link(const struct view *view, const struct os_surface *surface,
                      struct os_rect clip, const struct box *box, struct os_rect rect)
{
	const struct os_rect line = { rect.x, rect.y + (int32_t)box->baseline + 2, rect.width, 1 };
	const struct os_rect around = { rect.x - 3, rect.y - 1, rect.width + 6, rect.height + 2 };

	os_blit_fill(surface, os_rect_intersect(clip, line), colour_of(view, box));
	if (view->focus && view->focus->run == box->run)
		os_paint_frame(surface, clip, around, 1, colour_hover(&view->theme));
}

static void draw_box(struct view *view, const struct os_surface *surface, struct os_rect clip,
                     const struct box *box)
{
	const struct os_rect rect = { box->x + page_left(view), box->y + MARGIN - view->scroll,
		                      (int32_t)box->width, (int32_t)box->height };

	if (box->image) {
		os_paint_scaled(
		        surface, clip, rect,
		        library_image(view->library, box->run->target, box->run->target_length));
		return;
	}
	draw_words(view, surface, clip, box, rect.x, rect.y);
	if (box->run->target)
		draw_link(view, surface, clip, box, rect);
}

/* What stands behind or beside the text of a block. */
static void draw_block(struct view *view, const struct os_surface *surface, struct os_rect clip,
                       size_t index)
{
	const struct document *const document = &view->library->page.document;
	const struct block *const block = &document->blocks[index];
	const int32_t y = view->page.tops[index] + MARGIN - view->scroll, left = page_left(view);
	const int32_t next = index + 1 < view->page.top_count
	                             ? view->page.tops[index + 1] - PAGE_GAP
	                             : (int32_t)view->page.height;
	const int32_t height = next + MARGIN - view->scroll - y, width = (int32_t)page_width(view);
	const int32_t indent = PAGE_INDENT * (int32_t)(block->level < 4 ? block->level : 4);
	const struct os_theme *const theme = &view->theme;
	const struct look look = { 0, 0 };
	uint32_t baseline, line, length;
	char number[16];

	if (block->kind == BLOCK_CODE)
		os_paint_round(surface, clip, (struct os_rect){ left, y, width, height }, 6,
		               theme->panel);
	if (block->kind == BLOCK_QUOTE)
		os_blit_fill(surface,
		             os_rect_intersect(clip, (struct os_rect){ left + 8, y, 3, height }),
		             theme->accent);
	if (block->kind == BLOCK_RULE)
		os_blit_fill(surface,
		             os_rect_intersect(clip, (struct os_rect){ left, y + 8, width, 1 }),
		             theme->line);
	if (block->kind != BLOCK_ITEM)
		return;
	line = fonts_line(&view->fonts, look, &baseline);
	if (!block->number) {
		const struct os_rect bullet = { left + indent - 14,
			                        y + 1 + ((int32_t)line - BULLET) / 2, BULLET,
			                        BULLET };

		os_paint_round(surface, clip, bullet, 2, theme->accent);
		return;
	}
	os_format(number, sizeof(number), "%u.", (unsigned int)block->number);
	length = fonts_width(&view->fonts, look, number, strlen(number)) + 4;
	os_font_draw(font_of(&view->fonts, look), surface, clip,
	             (left + indent - (int32_t)OS_MAX(length, 20u)) * 256, y + (int32_t)baseline,
	             theme->accent, number, strlen(number));
}

/* The scroll bar's grip; empty if all is seen. */
static struct os_rect grip_rect(const struct view *view)
{
	const int32_t room = page_room(view), max = scroll_max(view);
	int32_t height;

	if (!max)
		return (struct os_rect){ 0 };
	height = (int32_t)((int64_t)room * room / (room + max));
	height = height < BAR_LEAST ? BAR_LEAST : height;
	return (struct os_rect){ (int32_t)view->window.width - BAR_WIDTH,
		                 (int32_t)((int64_t)(room - height) * view->scroll / max),
		                 BAR_WIDTH - 2, height };
}

static void draw_status(struct view *view, const struct os_surface *surface, struct os_rect dirty)
{
	const struct look look = { 0, 0 };
	const struct os_rect rect = { 0, page_room(view), (int32_t)view->window.width,
		                      status_height(view) };
	const struct os_rect clip = os_rect_intersect(dirty, rect);
	uint32_t baseline;

	if (!*view->status)
		return;
	os_blit_fill(surface, clip, view->theme.panel);
	fonts_line(&view->fonts, look, &baseline);
	os_font_draw(font_of(&view->fonts, look), surface, clip, MARGIN * 256,
	             rect.y + 5 + (int32_t)baseline,
	             view->status_bad ? view->theme.warning : view->theme.text, view->status,
	             strlen(view->status));
}

static void draw(struct os_window *window, const struct os_surface *surface, struct os_rect dirty)
{
	struct view *const view = window->context;
	const struct os_rect paper = { 0, 0, (int32_t)window->width, page_room(view) };
	const struct os_rect clip = os_rect_intersect(dirty, paper);
	const int32_t bottom = clip.y + clip.height - MARGIN + view->scroll;

	os_blit_fill(surface, clip, view->theme.background);
	for (size_t i = 0; i < view->page.top_count; i++)
		if (view->page.tops[i] <= bottom)
			draw_block(view, surface, clip, i);
	for (size_t i = page_first(&view->page, clip.y - MARGIN + view->scroll);
	     i < view->page.count && view->page.boxes[i].y <= bottom; i++)
		draw_box(view, surface, clip, &view->page.boxes[i]);
	if (scroll_max(view))
		os_paint_round(surface, clip, grip_rect(view), 4,
		               view->grip >= 0 ? view->theme.accent : view->theme.line);
	draw_status(view, surface, dirty);
}

/* ------------------------------------------------------------------ pointer */

static const struct box *link_at(const struct view *view, int32_t x, int32_t y)
{
	const struct box *box;

	if (y >= page_room(view))
		return NULL;
	box = page_at(&view->page, x - page_left(view), y - MARGIN + view->scroll);
	return box && box->run->target && !box->image ? box : NULL;
}

static void hover(struct view *view)
{
	const struct box *box = link_at(view, view->x, view->y);

	if ((box ? box->run : NULL) == (view->hover ? view->hover->run : NULL))
		return;
	view->hover = box;
	damage_all(view);
}

static void move(struct view *view, int32_t x, int32_t y)
{
	const struct os_rect grip = grip_rect(view);
	const int32_t way = page_room(view) - grip.height;

	view->x = x;
	view->y = y;
	if (view->grip >= 0 && way > 0)
		scroll_to(view, (int32_t)((int64_t)(y - view->grip) * scroll_max(view) / way));
	hover(view);
}

static void press(struct view *view)
{
	const struct os_rect grip = grip_rect(view);

	view->held = link_at(view, view->x, view->y);
	if (view->x < (int32_t)view->window.width - BAR_WIDTH || os_rect_empty(grip))
		return;
	if (os_rect_contains(grip, view->x, view->y)) {
		view->grip = view->y - grip.y;
		damage_all(view);
	} else {
		scroll_to(view,
		          view->scroll + (view->y < grip.y ? -page_room(view) : page_room(view)));
	}
}

static void release(struct view *view)
{
	const struct box *const box = link_at(view, view->x, view->y);
	const struct box *const held = view->held;

	view->held = NULL;
	if (view->grip >= 0) {
		view->grip = -1;
		damage_all(view);
	}
	if (box && held && box->run == held->run)
		view->follow(view, box->run->target, box->run->target_length);
}

/* ------------------------------------------------------------------ keys */

/* The next link gets the focus, and is scrolled to. */
static void focus_move(struct view *view, bool backwards)
{
	const struct box *const next = page_link(&view->page, view->focus, backwards);
	const int32_t top = next ? next->y + MARGIN : 0;

	view->focus = next ? next : page_link(&view->page, NULL, backwards);
	if (next && (top < view->scroll || top + STEP > view->scroll + page_room(view)))
		scroll_to(view, top - page_room(view) / 3);
	damage_all(view);
}

static void key(struct view *view, uint16_t code)
{
	const int32_t room = page_room(view);

	switch (code) {
	case OS_KEY_DOWN:
		scroll_to(view, view->scroll + STEP);
		break;
	case OS_KEY_UP:
		scroll_to(view, view->scroll - STEP);
		break;
	case OS_KEY_PAGEDOWN:
	case OS_KEY_SPACE:
		scroll_to(view, view->scroll + room - STEP);
		break;
	case OS_KEY_PAGEUP:
		scroll_to(view, view->scroll - room + STEP);
		break;
	case OS_KEY_HOME:
		scroll_to(view, 0);
		break;
	case OS_KEY_END:
		scroll_to(view, scroll_max(view));
		break;
	case OS_KEY_TAB:
		focus_move(view, view->shift);
		break;
	case OS_KEY_ENTER:
		if (view->focus)
			view->follow(view, view->focus->run->target,
			             view->focus->run->target_length);
		break;
	case OS_KEY_BACKSPACE:
		view->turn(view, false);
		break;
	case OS_KEY_LEFT:
	case OS_KEY_RIGHT:
		if (view->alt)
			view->turn(view, code == OS_KEY_RIGHT);
		break;
	default:
		break;
	}
}

static void modifier(struct view *view, uint16_t code, bool down)
{
	if (code == OS_KEY_LEFTALT)
		view->alt = down;
	if (code == OS_KEY_LEFTSHIFT || code == OS_KEY_RIGHTSHIFT)
		view->shift = down;
}

static void press_code(struct view *view, uint16_t code)
{
	switch (code) {
	case OS_BUTTON_LEFT:
		press(view);
		break;
	case OS_BUTTON_SIDE:
	case OS_BUTTON_EXTRA:
		view->turn(view, code == OS_BUTTON_EXTRA);
		break;
	default:
		modifier(view, code, true);
		key(view, code);
	}
}

static void input(struct os_window *window, const struct os_input_event *event)
{
	struct view *const view = window->context;

	switch (event->kind) {
	case OS_INPUT_ABSOLUTE:
		move(view, event->x, event->y);
		break;
	case OS_INPUT_PRESS:
		press_code(view, event->code);
		break;
	case OS_INPUT_REPEAT:
		key(view, event->code);
		break;
	case OS_INPUT_RELEASE:
		if (event->code == OS_BUTTON_LEFT)
			release(view);
		else
			modifier(view, event->code, false);
		break;
	case OS_INPUT_WHEEL:
		scroll_to(view, view->scroll - event->y * STEP);
		hover(view);
		break;
	case OS_INPUT_LEAVE:
		move(view, -1, -1);
		break;
	case OS_INPUT_UNFOCUS:
	case OS_INPUT_LOST:
		view->alt = view->shift = false;
		view->held = NULL;
		view->grip = -1;
		break;
	case OS_INPUT_CLOSE:
		os_exit(window->env, 0);
	default:
		break;
	}
}

/* ------------------------------------------------------------------ what is shown */

static uint32_t measure_width(void *context, struct look look, const char *text, size_t length)
{
	const struct view *const view = context;

	return fonts_width(&view->fonts, look, text, length);
}

static uint32_t measure_line(void *context, struct look look, uint32_t *baseline)
{
	const struct view *const view = context;

	return fonts_line(&view->fonts, look, baseline);
}

static void measure_image(void *context, const char *file, size_t length, uint32_t *width,
                          uint32_t *height)
{
	const struct view *const view = context;
	const struct os_surface *const surface = library_image(view->library, file, length);

	*width = surface->width;
	*height = surface->height;
}

void view_forget(struct view *view)
{
	page_fini(&view->page);
	view->hover = view->focus = view->held = NULL;
}

enum os_err view_show(struct view *view, int32_t scroll)
{
	const struct measure measure = { view, measure_width, measure_line, measure_image };
	struct page page;
	enum os_err err;

	if ((err = page_init(&page, view->window.env->heap, &view->library->page.document,
	                     page_width(view), &measure)))
		return err;
	view_forget(view);
	view->page = page;
	view->scroll = 0;
	scroll_to(view, scroll);
	hover(view);
	damage_all(view);
	return OS_OK;
}

bool view_go(struct view *view, const char *target, size_t length)
{
	const struct document *const document = &view->library->page.document;
	const struct block *const block = document_anchor(document, target, length);

	if (!block)
		return false;
	scroll_to(view, view->page.tops[block - document->blocks]);
	return true;
}

void view_status(struct view *view, bool bad, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	os_vformat(view->status, sizeof(view->status), format, args);
	va_end(args);
	view->status_bad = bad;
	damage_all(view);
}

/* Lay it out anew; what stands at the top of the window stays there, wherever it is then. */
static enum os_err view_relay(struct view *view)
{
	const size_t first = page_first(&view->page, view->scroll - MARGIN);
	const struct box *const top = first < view->page.count ? &view->page.boxes[first] : NULL;
	const char *const text = top && view->scroll > MARGIN ? top->text : NULL;
	const int32_t below = top ? view->scroll - top->y : 0;
	const enum os_err err = view_show(view, view->scroll);

	if (err || !text)
		return err;
	for (size_t i = 0; i < view->page.count; i++) {
		const struct box *const box = &view->page.boxes[i];

		if (text >= box->text && text < box->text + OS_MAX(box->length, (size_t)1)) {
			scroll_to(view, box->y + below);
			break;
		}
	}
	return OS_OK;
}

void view_theme(struct view *view, const struct os_theme *theme)
{
	const uint32_t before = view->theme.font_size;
	enum os_err err = OS_OK;

	view->theme = *theme;
	if (theme->font_size != before &&
	    (fonts_resize(&view->fonts, view->window.env, theme->font_size) ||
	     (err = view_relay(view))))
		view->theme.font_size = before; /* to be tried again */
	if (err)
		os_warning(view->window.env, "fonts of %u pixels: %s",
		           (unsigned int)theme->font_size, os_err_text(err));
	damage_all(view);
}

static void resize(struct os_window *window, uint32_t width, uint32_t height)
{
	struct view *const view = window->context;
	enum os_err err;

	if ((err = os_window_resize(window, width, height)) || (err = view_relay(view)))
		os_warning(window->env, "%u x %u: %s", (unsigned int)width, (unsigned int)height,
		           os_err_text(err));
}

const struct os_window_ops view_ops = { .draw = draw, .input = input, .resize = resize };
