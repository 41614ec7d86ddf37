/* SPDX-License-Identifier: BSD-2-Clause */
/* Layout, focus, pointer and keys of widgets, on a surface in memory. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "fail_alloc.h"
#include <input/key.h>
#include <widget/controls.h>

enum { WIDTH = 300, HEIGHT = 200, CACHE = 1 << 16 };

static struct fail_alloc memory;
static struct os_theme theme;
static void *font_data;
static struct os_ui ui;
static os_pixel pixels[WIDTH * HEIGHT];
static const struct os_surface surface = { pixels, WIDTH, HEIGHT, WIDTH };
static struct os_rect damaged;
static struct os_box root;
static int clicks;

static int load_font(void **state)
{
	FILE *file = fopen("/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf", "rb");
	long size;

	(void)state;
	assert_non_null(file);
	assert_int_equal(fseek(file, 0, SEEK_END), 0);
	size = ftell(file);
	rewind(file);
	font_data = malloc((size_t)size);
	assert_int_equal(fread(font_data, 1, (size_t)size, file), size);
	fclose(file);
	fail_alloc_init(&memory, 0);
	theme = os_theme_default;
	assert_int_equal(
	        os_font_create(&theme.font, &memory.alloc, font_data, (size_t)size, 14, CACHE),
	        OS_OK);
	theme.bold = theme.mono = theme.font;
	return 0;
}

static int free_font(void **state)
{
	(void)state;
	os_font_destroy(theme.font);
	free(font_data);
	return memory.live != 0;
}

static void damage(struct os_ui *own, struct os_rect rect)
{
	assert_ptr_equal(own, &ui);
	damaged = os_rect_unite(damaged, rect);
}

static void draw(void)
{
	os_ui_draw(&ui, &surface, damaged);
	damaged = (struct os_rect){ 0 };
}

static int begin(void **state)
{
	(void)state;
	os_box_init(&root, OS_BOX_COLUMN);
	root.margin = -1;
	os_ui_init(&ui, &theme, &root.widget, damage);
	os_ui_resize(&ui, WIDTH, HEIGHT);
	clicks = 0;
	return 0;
}

static int end(void **state)
{
	(void)state;
	root.widget.children = (struct os_list){ 0 }; /* they were the test's */
	os_ui_fini(&ui);
	return 0;
}

static bool send(struct os_input_event event)
{
	return os_ui_input(&ui, &event);
}

static bool press(uint32_t code, uint32_t character)
{
	return send((struct os_input_event){
	        .kind = OS_INPUT_PRESS, .code = (uint16_t)code, .character = character });
}

static void release(uint32_t code)
{
	send((struct os_input_event){ .kind = OS_INPUT_RELEASE, .code = (uint16_t)code });
}

static bool type(uint32_t code, uint32_t character)
{
	const bool wanted = press(code, character);

	release(code);
	return wanted;
}

static void point(int32_t x, int32_t y)
{
	send((struct os_input_event){ .kind = OS_INPUT_ABSOLUTE, .x = x, .y = y });
}

static void point_at(const struct os_widget *widget)
{
	point(widget->area.x + widget->area.width / 2, widget->area.y + widget->area.height / 2);
}

static void click(const struct os_widget *widget)
{
	point_at(widget);
	press(OS_BUTTON_LEFT, 0);
	release(OS_BUTTON_LEFT);
}

static void clicked(struct os_button *button)
{
	(void)button;
	clicks++;
}

static os_pixel at(int32_t x, int32_t y)
{
	return pixels[y * WIDTH + x];
}

static void assert_rect(struct os_rect rect, int32_t x, int32_t y, int32_t width, int32_t height)
{
	assert_int_equal(rect.x, x);
	assert_int_equal(rect.y, y);
	assert_int_equal(rect.width, width);
	assert_int_equal(rect.height, height);
}

/* A widget of a certain size, without looks. */
static uint32_t fixed_size(const struct os_widget *widget, const struct os_theme *by)
{
	(void)widget;
	(void)by;
	return 0;
}

static const struct os_widget_class fixed_class = { .name = "fixed", .width = fixed_size };

static struct os_widget fixed(uint32_t width, uint32_t height, uint32_t grow)
{
	return (struct os_widget){
		.class = &fixed_class, .min_width = width, .min_height = height, .grow = grow
	};
}

/* ------------------------------------------------------------------ layout */

static void test_room_goes_to_who_grows(void **state)
{
	struct os_widget a = fixed(20, 10, 0), b = fixed(30, 20, 1), c = fixed(10, 5, 2);
	struct os_box row;

	(void)state;
	os_box_init(&row, OS_BOX_ROW);
	os_widget_add(&root.widget, &row.widget);
	os_widget_add(&row.widget, &a);
	os_widget_add(&row.widget, &b);
	os_widget_add(&row.widget, &c);
	draw();
	/* 300 - 2 x 8 margin - 2 x 8 space = 268, of which 208 are left over */
	assert_rect(row.widget.area, 8, 8, 284, 20);
	assert_rect(a.area, 8, 8, 20, 20);
	assert_rect(b.area, 36, 8, 30 + 69, 20);
	assert_rect(c.area, 143, 8, 10 + 139, 20);
	os_ui_resize(&ui, 80, 100); /* too narrow: those that grow give way */
	draw();
	assert_rect(a.area, 8, 8, 20, 20);
	assert_int_equal(c.area.x + c.area.width, 72);
	os_ui_resize(&ui, 10, 3); /* nothing is left; nothing breaks */
	draw();
	assert_true(b.area.width >= 0 && c.area.width >= 0);
}

static void test_columns_align(void **state)
{
	struct os_widget a = fixed(20, 10, 0), b = fixed(30, 20, 1), c = fixed(40, 5, 0);

	(void)state;
	b.align = OS_ALIGN_MIDDLE;
	c.align = OS_ALIGN_END;
	os_widget_add(&root.widget, &a);
	os_widget_add(&root.widget, &b);
	os_widget_add(&root.widget, &c);
	draw();
	assert_rect(a.area, 8, 8, 284, 10);
	assert_rect(b.area, 135, 26, 30, 20 + 133);
	assert_rect(c.area, 252, 187, 40, 5);
	os_widget_hide(&b, true);
	draw();
	assert_rect(c.area, 252, 26, 40, 5);
	os_widget_remove(&a);
	draw();
	assert_rect(c.area, 252, 8, 40, 5);
	assert_null(a.ui);
	assert_int_equal(os_ui_natural_width(&ui), 40 + 16);
	assert_int_equal(os_ui_natural_height(&ui, 100), 5 + 16);
}

static void test_labels_wrap(void **state)
{
	struct os_label label, word;

	(void)state;
	os_label_init(&label, "one two three four five six\nseven");
	label.wrap = true;
	os_label_init(&word, "Donaudampfschifffahrtsgesellschaft");
	word.wrap = true;
	os_widget_add(&root.widget, &label.widget);
	os_widget_add(&root.widget, &word.widget);
	draw();
	assert_int_equal(label.widget.area.height, 2 * 17);
	assert_int_equal(word.widget.area.height, 17);
	os_ui_resize(&ui, 90, 200);
	draw();
	assert_true(label.widget.area.height >= 4 * 17);
	assert_true(word.widget.area.height >= 3 * 17);
	os_ui_resize(&ui, 17, 200); /* a pixel: a character in each line */
	draw();
	assert_int_equal(word.widget.area.height, 34 * 17);
	assert_int_equal(os_widget_width(&label.widget, &theme),
	                 os_text_width(theme.font, "one two three four five six"));
}

static size_t inked(struct os_rect area, os_pixel background)
{
	size_t count = 0;

	for (int32_t y = area.y; y < area.y + area.height; y++)
		for (int32_t x = area.x; x < area.x + area.width; x++)
			count += at(x, y) != background;
	return count;
}

static void test_only_damage_is_drawn(void **state)
{
	struct os_label first, second;

	(void)state;
	os_label_init(&first, "first");
	os_label_init(&second, "second");
	os_widget_add(&root.widget, &first.widget);
	os_widget_add(&root.widget, &second.widget);
	draw();
	assert_true(inked(first.widget.area, theme.background) > 20);
	assert_true(inked(second.widget.area, theme.background) > 20);
	memset(pixels, 0x55, sizeof(pixels));
	os_widget_changed(&second.widget);
	assert_rect(damaged, second.widget.area.x, second.widget.area.y, second.widget.area.width,
	            second.widget.area.height);
	draw();
	assert_int_equal(inked(first.widget.area, 0x55555555), 0);
	assert_int_equal(at(second.widget.area.x, second.widget.area.y), theme.background);
}

/* ------------------------------------------------------------------ buttons, focus */

static void test_clicks(void **state)
{
	struct os_button button;

	(void)state;
	os_button_init(&button, "Start", clicked);
	button.widget.align = OS_ALIGN_START;
	os_widget_add(&root.widget, &button.widget);
	draw();
	assert_int_equal(at(50, 10), theme.raised);
	point(50, 20);
	draw();
	assert_int_equal(at(50, 10), theme.hovered);
	press(OS_BUTTON_LEFT, 0);
	draw();
	assert_int_equal(at(50, 10), theme.pressed);
	assert_int_equal(clicks, 0);
	release(OS_BUTTON_LEFT);
	assert_int_equal(clicks, 1);
	press(OS_BUTTON_LEFT, 0);
	point(50, 150); /* thought better of it */
	release(OS_BUTTON_LEFT);
	assert_int_equal(clicks, 1);
	point(50, 20);
	release(OS_BUTTON_LEFT); /* pressed elsewhere */
	assert_int_equal(clicks, 1);
	os_widget_disable(&button.widget, true);
	click(&button.widget);
	assert_int_equal(clicks, 1);
	assert_null(ui.focus);
	send((struct os_input_event){ .kind = OS_INPUT_LEAVE });
	assert_null(ui.hover);
}

static void test_tab_goes_round(void **state)
{
	struct os_button buttons[4];
	struct os_label label;

	(void)state;
	for (int i = 0; i < 4; i++) {
		os_button_init(&buttons[i], "x", clicked);
		os_widget_add(&root.widget, &buttons[i].widget);
	}
	os_label_init(&label, "between");
	os_widget_insert(&root.widget, &label.widget, &buttons[2].widget);
	os_widget_disable(&buttons[1].widget, true);
	send((struct os_input_event){ .kind = OS_INPUT_FOCUS });
	type(OS_KEY_TAB, '\t');
	assert_ptr_equal(ui.focus, &buttons[0].widget);
	draw();
	assert_int_equal(at(buttons[0].widget.area.x, buttons[0].widget.area.y + 10), theme.accent);
	type(OS_KEY_TAB, '\t');
	assert_ptr_equal(ui.focus, &buttons[2].widget);
	type(OS_KEY_TAB, '\t');
	type(OS_KEY_TAB, '\t');
	assert_ptr_equal(ui.focus, &buttons[0].widget);
	press(OS_KEY_LEFTSHIFT, 0);
	type(OS_KEY_TAB, '\t');
	assert_ptr_equal(ui.focus, &buttons[3].widget);
	release(OS_KEY_LEFTSHIFT);
	type(OS_KEY_ENTER, '\n');
	assert_int_equal(clicks, 1);
	press(OS_KEY_SPACE, ' ');
	assert_int_equal(clicks, 1);
	release(OS_KEY_SPACE);
	assert_int_equal(clicks, 2);
	press(OS_KEY_SPACE, ' ');
	type(OS_KEY_TAB, '\t'); /* thought better of it */
	release(OS_KEY_SPACE);
	assert_int_equal(clicks, 2);
	os_widget_hide(ui.focus, true);
	assert_null(ui.focus);
	assert_false(type(OS_KEY_ENTER, '\n'));
	send((struct os_input_event){ .kind = OS_INPUT_UNFOCUS });
	assert_false(os_widget_has_focus(&buttons[0].widget));
}

static void remove_itself(struct os_button *button)
{
	clicks++;
	os_widget_remove(&button->widget);
	memset(button, 0, sizeof(*button));
}

static void test_a_button_may_go_when_clicked(void **state)
{
	struct os_button button;

	(void)state;
	os_button_init(&button, "Kill", remove_itself);
	os_widget_add(&root.widget, &button.widget);
	draw();
	click(&button.widget);
	assert_int_equal(clicks, 1);
	assert_null(ui.focus);
	assert_null(ui.pressed);
	os_button_init(&button, "Kill", remove_itself);
	os_widget_add(&root.widget, &button.widget);
	os_widget_focus(&button.widget);
	type(OS_KEY_ENTER, '\n');
	assert_int_equal(clicks, 2);
	draw();
}

static void test_fingers(void **state)
{
	struct os_button button;

	(void)state;
	os_button_init(&button, "Touch", clicked);
	os_widget_add(&root.widget, &button.widget);
	draw();
	send((struct os_input_event){ .kind = OS_INPUT_TOUCH, .x = 20, .y = 20 });
	send((struct os_input_event){ .kind = OS_INPUT_TOUCH, .code = 1, .x = 200, .y = 190 });
	send((struct os_input_event){ .kind = OS_INPUT_UNTOUCH, .code = 1 });
	assert_int_equal(clicks, 0);
	send((struct os_input_event){ .kind = OS_INPUT_UNTOUCH });
	assert_int_equal(clicks, 1);
	assert_null(ui.hover);
}

static void ticked(struct os_check *check)
{
	clicks += check->on ? 1 : 10;
}

static void test_checks(void **state)
{
	struct os_check check;

	(void)state;
	os_check_init(&check, "verbose", ticked);
	os_widget_add(&root.widget, &check.widget);
	draw();
	click(&check.widget);
	assert_true(check.on);
	assert_int_equal(clicks, 1);
	press(OS_KEY_SPACE, ' ');
	release(OS_KEY_SPACE);
	assert_false(check.on);
	assert_int_equal(clicks, 11);
}

/* ------------------------------------------------------------------ entries */

static struct os_entry entry;
static char text[12];

static void add_entry(const char *content)
{
	strcpy(text, content);
	os_entry_init(&entry, text, sizeof(text));
	os_widget_add(&root.widget, &entry.widget);
	send((struct os_input_event){ .kind = OS_INPUT_FOCUS });
	os_widget_focus(&entry.widget);
	draw();
}

static void entered(struct os_entry *own)
{
	assert_ptr_equal(own, &entry);
	clicks++;
}

static void test_editing(void **state)
{
	(void)state;
	add_entry("f");
	type(OS_KEY_SEMICOLON, 0xfc);
	type(OS_KEY_R, 'r');
	assert_string_equal(text, "f\xc3\xbcr");
	type(OS_KEY_LEFT, 0);
	type(OS_KEY_BACKSPACE, '\b');
	assert_string_equal(text, "fr");
	type(OS_KEY_O, 'o');
	type(OS_KEY_DELETE, 0x7f);
	assert_string_equal(text, "fo");
	type(OS_KEY_HOME, 0);
	type(OS_KEY_BACKSPACE, '\b');
	type(OS_KEY_END, 0);
	type(OS_KEY_DELETE, 0x7f);
	assert_string_equal(text, "fo");
	entry.entered = entered;
	type(OS_KEY_ENTER, '\n');
	assert_int_equal(clicks, 1);
	draw();
}

static void test_what_does_not_fit(void **state)
{
	(void)state;
	add_entry("0123456789");
	type(OS_KEY_4, 0x20ac); /* three bytes, and there is one */
	assert_string_equal(text, "0123456789");
	type(OS_KEY_A, 'a');
	assert_string_equal(text, "0123456789a");
	type(OS_KEY_A, 'b');
	assert_string_equal(text, "0123456789a");
	assert_false(os_entry_set(&entry, "much longer than that"));
	assert_false(os_entry_set(&entry, "\xff"));
	assert_false(os_entry_set(&entry, "a\nb"));
	assert_string_equal(text, "0123456789a");
	assert_true(os_entry_set(&entry, "short"));
	assert_string_equal(text, "short");
	draw();
}

static void test_selection(void **state)
{
	(void)state;
	add_entry("one two 3");
	press(OS_KEY_LEFTCTRL, 0);
	type(OS_KEY_LEFT, 0);
	type(OS_KEY_LEFT, 0);
	assert_int_equal(entry.cursor, 4);
	press(OS_KEY_LEFTSHIFT, 0);
	type(OS_KEY_RIGHT, 0);
	assert_int_equal(entry.cursor, 8);
	assert_int_equal(entry.anchor, 4);
	release(OS_KEY_LEFTSHIFT);
	release(OS_KEY_LEFTCTRL);
	type(OS_KEY_X, 'x');
	assert_string_equal(text, "one x3");
	press(OS_KEY_LEFTCTRL, 0);
	type(OS_KEY_A, 'a');
	release(OS_KEY_LEFTCTRL);
	type(OS_KEY_DELETE, 0x7f);
	assert_string_equal(text, "");
	/* by the pointer */
	assert_true(os_entry_set(&entry, "mmmmmmmm"));
	draw();
	point(entry.widget.area.x + 6 + 3, entry.widget.area.y + 10);
	press(OS_BUTTON_LEFT, 0);
	assert_int_equal(entry.cursor, 0);
	point(entry.widget.area.x + 6 + (int32_t)os_text_width(theme.font, "mmm"),
	      entry.widget.area.y + 10);
	release(OS_BUTTON_LEFT);
	assert_int_equal(entry.cursor, 3);
	assert_int_equal(entry.anchor, 0);
	draw();
}

/* ------------------------------------------------------------------ lists, scrolling */

static struct os_items items;
static int64_t chosen, activated;

static const char *row_text(struct os_items *own, uint32_t row)
{
	static char line[20];

	assert_true(row < own->count);
	snprintf(line, sizeof(line), "row %u", row);
	return line;
}

static void row_chosen(struct os_items *own, uint32_t row)
{
	(void)own;
	chosen = row;
}

static void row_activated(struct os_items *own, uint32_t row)
{
	(void)own;
	activated = row;
}

static const struct os_items_ops items_ops = {
	.text = row_text,
	.selected = row_chosen,
	.activated = row_activated,
};

static void add_items(uint32_t count)
{
	chosen = activated = -1;
	os_items_init(&items, &items_ops, 4);
	items.row_height = 20;
	os_items_set(&items, count);
	os_widget_add(&root.widget, &items.widget);
	os_widget_focus(&items.widget);
	draw();
}

static void test_lists_by_keys(void **state)
{
	(void)state;
	add_items(100);
	assert_rect(items.widget.area, 8, 8, 284, 80);
	type(OS_KEY_DOWN, 0);
	assert_int_equal(chosen, 0);
	for (int i = 0; i < 5; i++)
		type(OS_KEY_DOWN, 0);
	assert_int_equal(chosen, 5);
	assert_int_equal(items.offset, 40);
	type(OS_KEY_END, 0);
	assert_int_equal(chosen, 99);
	assert_int_equal(items.offset, 100 * 20 - 80);
	type(OS_KEY_PAGEUP, 0);
	assert_int_equal(chosen, 96);
	type(OS_KEY_ENTER, '\n');
	assert_int_equal(activated, 96);
	type(OS_KEY_HOME, 0);
	type(OS_KEY_UP, 0);
	assert_int_equal(chosen, 0);
	assert_int_equal(items.offset, 0);
	os_items_select(&items, 50);
	os_items_set(&items, 3);
	assert_int_equal(items.selection, 2);
	assert_int_equal(items.offset, 0);
	os_items_set(&items, 0);
	assert_int_equal(items.selection, -1);
	assert_true(type(OS_KEY_DOWN, 0));
	assert_false(type(OS_KEY_ENTER, '\n'));
	draw();
}

static void test_lists_by_pointer(void **state)
{
	(void)state;
	add_items(100);
	point(20, 8 + 45);
	send((struct os_input_event){ .kind = OS_INPUT_WHEEL, .y = -1 });
	assert_int_equal(items.offset, 48);
	press(OS_BUTTON_LEFT, 0);
	release(OS_BUTTON_LEFT);
	assert_int_equal(chosen, 4); /* (45 + 48) / 20 */
	assert_int_equal(activated, -1);
	press(OS_BUTTON_LEFT, 0);
	assert_int_equal(activated, 4);
	release(OS_BUTTON_LEFT);
	/* the bar: its thumb is dragged to the end */
	point(288, 12);
	press(OS_BUTTON_LEFT, 0);
	point(100, 190);
	assert_int_equal(items.offset, 100 * 20 - 80);
	release(OS_BUTTON_LEFT);
	point(100, 10);
	assert_int_equal(items.offset, 100 * 20 - 80);
	/* a click above the thumb: a page up */
	point(288, 10);
	press(OS_BUTTON_LEFT, 0);
	release(OS_BUTTON_LEFT);
	assert_int_equal(items.offset, 100 * 20 - 160);
	draw();
}

static void test_scrolling(void **state)
{
	struct os_button buttons[20];
	struct os_scroll scroll;
	struct os_box column;

	(void)state;
	os_scroll_init(&scroll);
	os_box_init(&column, OS_BOX_COLUMN);
	scroll.widget.grow = 1;
	os_widget_add(&root.widget, &scroll.widget);
	os_widget_add(&scroll.widget, &column.widget);
	for (int i = 0; i < 20; i++) {
		os_button_init(&buttons[i], "x", clicked);
		os_widget_add(&column.widget, &buttons[i].widget);
	}
	draw();
	assert_rect(scroll.widget.area, 8, 8, 284, 184);
	assert_int_equal(column.widget.area.height, 20 * 29 + 19 * 8);
	/* what has the focus is in view */
	for (int i = 0; i < 20; i++) {
		type(OS_KEY_TAB, '\t');
		assert_ptr_equal(ui.focus, &buttons[i].widget);
		assert_true(buttons[i].widget.area.y >= 8);
		assert_true(buttons[i].widget.area.y + buttons[i].widget.area.height <= 192);
	}
	assert_int_equal(scroll.offset, 20 * 29 + 19 * 8 - 184);
	/* nothing is drawn, or clicked, outside */
	draw();
	assert_int_equal(at(100, 4), theme.background);
	assert_int_equal(at(100, 196), theme.background);
	point(100, 4);
	press(OS_BUTTON_LEFT, 0);
	release(OS_BUTTON_LEFT);
	assert_int_equal(clicks, 0);
	type(OS_KEY_HOME, 0);
	assert_int_equal(scroll.offset, 0);
	type(OS_KEY_PAGEDOWN, 0);
	assert_int_equal(scroll.offset, 184 - 48);
	os_scroll_to(&scroll, INT32_MAX);
	assert_int_equal(scroll.offset, 20 * 29 + 19 * 8 - 184);
	os_widget_remove(&column.widget);
	draw();
}

/* ------------------------------------------------------------------ bars, plots, pictures */

static void test_bars(void **state)
{
	struct os_bar bar;

	(void)state;
	os_bar_init(&bar, NULL);
	os_widget_add(&root.widget, &bar.widget);
	os_bar_set(&bar, 50, 100, NULL);
	draw();
	assert_int_equal(at(8 + 141, 13), theme.accent);
	assert_int_equal(at(8 + 142, 13), theme.panel);
	os_bar_set(&bar, 90, 100, NULL);
	draw();
	assert_int_equal(at(100, 13), theme.warning);
	os_bar_set(&bar, UINT64_MAX, UINT64_MAX - 1, NULL);
	draw();
	assert_int_equal(at(280, 13), theme.warning);
	os_bar_set(&bar, 1, UINT64_MAX, NULL);
	draw();
	assert_int_equal(at(20, 13), theme.panel);
	os_bar_set(&bar, 1, 0, "no limit");
	draw();
	assert_int_equal(at(200, 13), theme.panel);
}

static void test_plots(void **state)
{
	uint32_t samples[2 * 11];
	struct os_plot plot;

	(void)state;
	os_plot_init(&plot, samples, 11, 2);
	plot.widget.min_height = 104;
	plot.most = 100;
	os_widget_add(&root.widget, &plot.widget);
	draw();
	assert_int_equal(inked((struct os_rect){ 12, 12, 200, 20 }, theme.panel), 0);
	for (uint32_t i = 0; i < 30; i++)
		os_plot_add(&plot, (uint32_t[]){ 50, i == 29 ? 1000 : 0 });
	assert_int_equal(plot.count, 11);
	draw();
	/* a level line in the middle, filled below; the second one rises to the top at the right */
	assert_int_equal(at(100, 10 + 99 - 49), theme.accent);
	assert_int_not_equal(at(100, 80), theme.panel);
	assert_int_equal(at(100, 40), theme.panel);
	assert_int_equal(at(8 + 284 - 3, 10), theme.warning);
}

static void test_pictures(void **state)
{
	static os_pixel content[] = { 0xff112233, 0xff445566 };
	const struct os_surface source = { content, 2, 1, 2 };
	struct os_picture picture;

	(void)state;
	os_picture_init(&picture, &source);
	os_widget_add(&root.widget, &picture.widget);
	draw();
	assert_int_equal(at(8, 8), content[0]);
	assert_int_equal(at(9, 8), content[1]);
	assert_int_equal(at(10, 8), theme.background);
	picture.stretch = true;
	os_widget_resized(&picture.widget);
	draw();
	assert_int_equal(picture.widget.area.height, 142);
	assert_int_equal(at(8, 100), content[0]);
	assert_int_equal(at(291, 100), content[1]);
}

/* ------------------------------------------------------------------ themes */

static void test_themes_from_configs(void **state)
{
	static const char config[] = "<theme accent=\"#ff8000\" text=\"#80ff0000\" space=\"12\"/>";
	static const char wrong[] = "<theme accent=\"red\" line=\"#123456\" radius=\"101\"/>";
	struct os_theme own = os_theme_default;
	struct os_xml node;

	(void)state;
	assert_int_equal(os_xml_parse(config, sizeof(config) - 1, &node, NULL), OS_OK);
	assert_null(os_theme_read(&own, node));
	assert_int_equal(own.accent, 0xffff8000);
	assert_int_equal(own.text, 0x80800000);
	assert_int_equal(own.space, 12);
	assert_int_equal(own.background, os_theme_default.background);
	assert_int_equal(os_xml_parse(wrong, sizeof(wrong) - 1, &node, NULL), OS_OK);
	assert_string_equal(os_theme_read(&own, node), "radius");
	assert_int_equal(own.accent, 0xffff8000);
	assert_int_equal(own.line, 0xff123456);
	assert_int_equal(own.radius, os_theme_default.radius);
}

static void test_colours_between_two(void **state)
{
	(void)state;
	assert_int_equal(os_colour_mix(0xff102030, 0xfff0e0d0, 0), 0xff102030);
	assert_int_equal(os_colour_mix(0xff102030, 0xfff0e0d0, 256), 0xfff0e0d0);
	assert_int_equal(os_colour_mix(0xff102030, 0xff304010, 128), 0xff203020);
	assert_int_equal(os_colour_mix(0xffffffff, 0xffffffff, 77), 0xffffffff);
}

static void test_another_theme(void **state)
{
	struct os_theme other = theme;
	struct os_label label;

	(void)state;
	os_label_init(&label, "text");
	os_widget_add(&root.widget, &label.widget);
	draw();
	other.background = 0xff010203;
	other.space = 20;
	os_ui_theme(&ui, &other);
	draw();
	assert_int_equal(at(1, 1), 0xff010203);
	assert_int_equal(label.widget.area.x, 20);
}

/* Whatever arrives, in whatever order, nothing breaks. */
static void test_random_events(void **state)
{
	struct os_button button;
	uint32_t seed = 3;

	(void)state;
	add_entry("random");
	add_items(30);
	os_button_init(&button, "x", clicked);
	os_widget_add(&root.widget, &button.widget);
	for (int i = 0; i < 20000; i++) {
		struct os_input_event event = { 0 };

		seed = seed * 1664525 + 1013904223;
		event.kind = seed >> 28;
		seed = seed * 1664525 + 1013904223;
		event.code = seed >> 30 ? (seed >> 20) % 130 : OS_BUTTON_LEFT;
		event.character = seed >> 29 & 1 ? seed >> 12 & 0xff : seed;
		event.x = seed >> 30 ? (int32_t)(seed >> 8) % 320 : (int32_t)seed;
		seed = seed * 1664525 + 1013904223;
		event.y = seed >> 30 ? (int32_t)(seed >> 8) % 220 : (int32_t)seed;
		send(event);
		if (i % 16 == 0)
			draw();
	}
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
	const struct CMUnitTest tests[] = {
		TEST(test_room_goes_to_who_grows),
		TEST(test_columns_align),
		TEST(test_labels_wrap),
		TEST(test_only_damage_is_drawn),
		TEST(test_clicks),
		TEST(test_tab_goes_round),
		TEST(test_a_button_may_go_when_clicked),
		TEST(test_fingers),
		TEST(test_checks),
		TEST(test_editing),
		TEST(test_what_does_not_fit),
		TEST(test_selection),
		TEST(test_lists_by_keys),
		TEST(test_lists_by_pointer),
		TEST(test_scrolling),
		TEST(test_bars),
		TEST(test_plots),
		TEST(test_pictures),
		TEST(test_themes_from_configs),
		TEST(test_colours_between_two),
		TEST(test_another_theme),
		TEST(test_random_events),
	};

	return cmocka_run_group_tests(tests, load_font, free_font);
}
