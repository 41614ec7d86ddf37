/* SPDX-License-Identifier: BSD-2-Clause */
/* What programs ask a terminal to do: characters, control characters and sequences. */

#include <osier/format.h>
#include <osier/string.h>

#include "screen_own.h"
#include "width.h"

static struct screen *self(struct parser *parser)
{
	return container_of(parser, struct screen, parser);
}

static void answer(struct screen *s, const char *text)
{
	if (s->answer)
		s->answer(s, text, strlen(text));
}

/* ------------------------------------------------------------------ the cursor */

static void place(struct screen *s, int64_t column, int64_t row)
{
	struct cursor *const c = &s->cursor;
	int64_t most;

	screen_mark(s, c->row);
	c->row = (uint32_t)(row < 0 ? 0 : OS_MIN(row, (int64_t)s->rows - 1));
	most = (int64_t)screen_line_columns(s, c->row) - 1;
	c->column = (uint32_t)(column < 0 ? 0 : OS_MIN(column, most));
	c->wraps = false;
	screen_mark(s, c->row);
}

/* Up (negative) or down, but not out of the region. */
static void move_rows(struct screen *s, int64_t rows)
{
	const int64_t from = s->cursor.row, to = from + rows;
	const int64_t least = from >= s->top ? s->top : 0;
	const int64_t most = from <= s->bottom ? s->bottom : s->rows - 1;

	place(s, s->cursor.column, to < least ? least : OS_MIN(to, most));
}

/* To a row and column that a program says, from 0. */
static void place_absolute(struct screen *s, int64_t column, int64_t row)
{
	if (s->cursor.origin)
		row = OS_MIN(row + s->top, (int64_t)s->bottom);
	place(s, column, row);
}

static void line_feed(struct screen *s)
{
	if (s->cursor.row == s->bottom)
		screen_move_up(s, s->top, s->bottom, 1);
	else
		place(s, s->cursor.column, (int64_t)s->cursor.row + 1);
}

static void reverse_line_feed(struct screen *s)
{
	if (s->cursor.row == s->top)
		screen_move_down(s, s->top, s->bottom, 1);
	else
		place(s, s->cursor.column, (int64_t)s->cursor.row - 1);
}

static void tab(struct screen *s, uint32_t count, bool forward)
{
	uint32_t column = s->cursor.column;

	for (count = OS_MIN(count, s->columns); count; count--)
		do
			column += forward ? 1u : column ? -1u : 0;
		while (column && column < s->columns - 1 && !s->tabs[column]);
	place(s, column, s->cursor.row);
}

/* ------------------------------------------------------------------ characters */

/* DEC's characters for lines and boxes, from 0x60 on. */
static const uint16_t graphics[] = {
	0x25c6, 0x2592, 0x2409, 0x240c, 0x240d, 0x240a, 0xb0,   0xb1,   0x2424, 0x240b, 0x2518,
	0x2510, 0x250c, 0x2514, 0x253c, 0x23ba, 0x23bb, 0x2500, 0x23bc, 0x23bd, 0x251c, 0x2524,
	0x2534, 0x252c, 0x2502, 0x2264, 0x2265, 0x3c0,  0x2260, 0xa3,   0xb7,
};

/* The character of the set that is in use. */
static uint32_t of_set(const struct cursor *c, uint32_t character)
{
	const uint8_t set = c->sets[c->shifted];

	if (set == '0' && character - 0x60 < OS_ARRAY_SIZE(graphics))
		return graphics[character - 0x60];
	return set == 'A' && character == '#' ? 0xa3 : character;
}

/* What joins goes to the character that was written last, if the cursor is still behind that. */
static void join(struct screen *s, uint32_t mark)
{
	const struct cursor *const c = &s->cursor;
	struct cell *cell = screen_line(s, c->row) + c->column;

	if (!c->wraps) {
		if (!c->column)
			return;
		cell--;
	}
	if (cell->flags & CELL_RIGHT)
		cell--;
	for (int i = 0; i < CELL_MARKS && cell->character && mark <= UINT16_MAX; i++)
		if (!cell->marks[i]) {
			cell->marks[i] = (uint16_t)mark;
			screen_mark(s, c->row);
			return;
		}
}

/* On to the next line, of which this one is the beginning. */
static void fold(struct screen *s)
{
	s->cursor.column = 0;
	line_feed(s);
	if (s->cursor.row)
		screen_continue(s, s->cursor.row - 1, true);
}

/* Have so many columns from the cursor on. */
static void make_room(struct screen *s, uint32_t width)
{
	struct cursor *const c = &s->cursor;
	uint32_t columns;

	if (c->wraps && s->wrap)
		fold(s);
	c->wraps = false;
	columns = screen_line_columns(s, c->row);
	if (c->column + width <= columns || columns < width)
		return;
	if (!s->wrap) {
		c->column = columns - width;
		return;
	}
	screen_erase(s, c->row, c->column, s->columns);
	if (columns == s->columns)
		screen_line(s, c->row)[c->column].flags |= CELL_PADDING;
	fold(s);
}

static void put(struct screen *s, uint32_t character)
{
	struct cursor *const c = &s->cursor;
	uint32_t width = character_width(character), columns;
	struct cell *cell, *line;

	make_room(s, width);
	columns = screen_line_columns(s, c->row);
	if (width > columns) {
		width = 1;
		character = 0xfffd;
	}
	line = screen_line(s, c->row);
	cell = line + c->column;
	if (s->insert)
		memmove(cell + width, cell, (s->columns - c->column - width) * sizeof(*line));
	for (uint32_t i = 0; i < width; i++) {
		cell[i] = c->pen;
		cell[i].flags = width == 1 ? 0 : i ? CELL_RIGHT : CELL_LEFT;
	}
	cell->character = character;
	/* halves that have lost their other one are beside, or somewhere behind */
	if (s->insert)
		screen_mend(s, c->row);
	else
		screen_mend_at(s, c->row, c->column, c->column + width);
	screen_mark(s, c->row);
	s->last = character;
	s->blinks |= c->pen.style & STYLE_BLINK;
	c->wraps = c->column + width == columns;
	c->column = OS_MIN(c->column + width, columns - 1);
}

static void print(struct parser *parser, uint32_t character)
{
	struct screen *const s = self(parser);

	if (character_width(character))
		put(s, of_set(&s->cursor, character));
	else
		join(s, character);
}

static void execute(struct parser *parser, uint8_t control)
{
	struct screen *const s = self(parser);

	switch (control) {
	case '\b':
		place(s, (int64_t)s->cursor.column - 1, s->cursor.row);
		break;
	case '\t':
		tab(s, 1, true);
		break;
	case '\n':
	case '\v':
	case '\f':
		line_feed(s);
		if (s->newline)
			place(s, 0, s->cursor.row);
		break;
	case '\r':
		place(s, 0, s->cursor.row);
		break;
	case 0x0e:
	case 0x0f:
		s->cursor.shifted = control == 0x0e;
		break;
	default: /* among them the bell, which nobody hears */
		break;
	}
}

/* ------------------------------------------------------------------ escape sequences */

static void cursor_restore(struct screen *s, const struct cursor *saved)
{
	const struct cursor cursor = *saved;

	place(s, cursor.column, cursor.row);
	s->cursor = cursor;
	screen_mark(s, cursor.row);
}

static void soft_reset(struct screen *s)
{
	s->wrap = true;
	s->insert = s->newline = s->hidden_cursor = false;
	s->cursor_keys = s->paste_marks = s->focus_reports = s->mouse_sgr = false;
	s->mouse = MOUSE_NONE;
	s->top = 0;
	s->bottom = s->rows - 1;
	s->cursor.pen = (struct cell){ 0 };
	s->cursor.sets[0] = s->cursor.sets[1] = 'B';
	s->cursor.shifted = s->cursor.origin = false;
	s->saved = (struct cursor){ 0 };
}

static const struct parser_ops ops;

void screen_reset(struct screen *s)
{
	s->parser = (struct parser){ .ops = &ops };
	s->alternate = s->inverse = false;
	s->cursor = s->saved_main = (struct cursor){ 0 };
	soft_reset(s);
	screen_tabs_reset(s);
	s->back = 0;
	for (uint32_t row = 0; row < s->rows; row++)
		screen_blank(s, row);
	screen_damage(s);
}

/* All of it full of E, to adjust screens that were tubes. */
static void fill(struct screen *s)
{
	for (uint32_t row = 0; row < s->rows; row++) {
		struct cell *const line = screen_line(s, row);

		line[s->columns].flags = LINE_SINGLE;
		for (uint32_t i = 0; i < s->columns; i++)
			line[i] = (struct cell){ .character = 'E' };
		screen_mark(s, row);
	}
}

/* The line of the cursor is shown in another size. */
static void line_resize(struct screen *s, uint8_t final)
{
	static const enum line_size sizes[] = { LINE_TOP, LINE_BOTTOM, LINE_SINGLE, LINE_WIDE };

	screen_size_set(s, s->cursor.row, sizes[final - '3']);
	place(s, s->cursor.column, s->cursor.row);
}

static void escape(struct parser *parser, uint8_t intermediate, uint8_t final)
{
	struct screen *const s = self(parser);

	if (intermediate == '(' || intermediate == ')') {
		s->cursor.sets[intermediate == ')'] = final;
		return;
	}
	if (intermediate) {
		if (intermediate == '#' && final == '8')
			fill(s);
		else if (intermediate == '#' && final >= '3' && final <= '6')
			line_resize(s, final);
		return;
	}
	switch (final) {
	case '7':
		s->saved = s->cursor;
		break;
	case '8':
		cursor_restore(s, &s->saved);
		break;
	case 'D':
		line_feed(s);
		break;
	case 'E':
		line_feed(s);
		place(s, 0, s->cursor.row);
		break;
	case 'H':
		s->tabs[s->cursor.column] = true;
		break;
	case 'M':
		reverse_line_feed(s);
		break;
	case 'Z':
		answer(s, "\033[?6c");
		break;
	case 'c':
		screen_reset(s);
		break;
	default:
		break;
	}
}

static void command(struct parser *parser, uint32_t number, const char *text)
{
	struct screen *const s = self(parser);

	if ((number == 0 || number == 2) && s->titled)
		s->titled(s, text);
}

/* ------------------------------------------------------------------ control sequences: cells */

static void erase_display(struct screen *s, uint32_t how)
{
	const struct cursor *const c = &s->cursor;

	if (how == 3 && !s->alternate) {
		s->history = s->back = 0;
		screen_damage(s);
	}
	if (how > 2)
		return;
	for (uint32_t row = 0; row < s->rows; row++)
		if ((how == 0 && row + !c->column > c->row) || (how == 1 && row < c->row) ||
		    how == 2)
			screen_blank(s, row);
	if (how == 0)
		screen_erase(s, c->row, c->column, s->columns);
	else if (how == 1)
		screen_erase(s, c->row, 0, c->column + 1);
}

static void erase_line(struct screen *s, uint32_t how)
{
	const struct cursor *const c = &s->cursor;

	if (how <= 2)
		screen_erase(s, c->row, how ? 0 : c->column, how == 1 ? c->column + 1 : s->columns);
}

static void insert_cells(struct screen *s, uint32_t count)
{
	struct cell *const line = screen_line(s, s->cursor.row);
	const uint32_t at = s->cursor.column;

	count = OS_MIN(count, s->columns - at);
	memmove(line + at + count, line + at, (s->columns - at - count) * sizeof(*line));
	screen_erase(s, s->cursor.row, at, at + count);
}

static void delete_cells(struct screen *s, uint32_t count)
{
	struct cell *const line = screen_line(s, s->cursor.row);
	const uint32_t at = s->cursor.column;

	count = OS_MIN(count, s->columns - at);
	memmove(line + at, line + at + count, (s->columns - at - count) * sizeof(*line));
	screen_erase(s, s->cursor.row, s->columns - count, s->columns);
}

static void move_lines(struct screen *s, uint32_t count, bool insert)
{
	if (s->cursor.row < s->top || s->cursor.row > s->bottom)
		return;
	if (insert)
		screen_move_down(s, s->cursor.row, s->bottom, count);
	else if (s->cursor.row)
		screen_move_up(s, s->cursor.row, s->bottom, count);
	else
		/* what is deleted is no history */
		for (count = OS_MIN(count, s->bottom + 1); count; count--) {
			for (uint32_t row = 0; row < s->bottom; row++)
				memcpy(screen_line(s, row), screen_line(s, row + 1),
				       screen_stride(s) * sizeof(struct cell));
			screen_blank(s, s->bottom);
		}
	screen_damage(s);
	place(s, 0, s->cursor.row);
}

/* ------------------------------------------------------------------ control sequences: colours */

/* Parameters that belong to the one at `at`, by colons. */
static uint32_t sub_count(const struct parser *p, uint32_t at)
{
	uint32_t count = 0;

	while (at + count + 1 < p->count && p->sub >> (at + count + 1) & 1)
		count++;
	return count;
}

/* 38 and 48: an index, or red, green, blue, as 38;2;r;g;b or 38:2:space:r:g:b. Returns how many
 * parameters that were. */
static uint32_t extended_colour(const struct parser *p, uint32_t at, uint32_t *colour)
{
	const uint32_t kind = parser_param(p, at + 1, 0), subs = sub_count(p, at);

	if (kind == 2 && subs >= 5) {
		*colour = COLOUR_RGB | (parser_param(p, at + 3, 0) & 0xff) << 16 |
		          (parser_param(p, at + 4, 0) & 0xff) << 8 |
		          (parser_param(p, at + 5, 0) & 0xff);
		return subs;
	}

	if (kind == 5) {
		*colour = COLOUR_INDEX | (parser_param(p, at + 2, 0) & 0xff);
		return 2;
	}
	if (kind != 2)
		return p->count;
	*colour = COLOUR_RGB | (parser_param(p, at + 2, 0) & 0xff) << 16 |
	          (parser_param(p, at + 3, 0) & 0xff) << 8 | (parser_param(p, at + 4, 0) & 0xff);
	return 4;
}

static void style(struct cell *pen, uint32_t number)
{
	static const uint8_t on[] = {
		[1] = STYLE_BOLD,      [2] = STYLE_FAINT,  [3] = STYLE_ITALIC,
		[4] = STYLE_UNDERLINE, [5] = STYLE_BLINK,  [6] = STYLE_BLINK,
		[7] = STYLE_INVERSE,   [8] = STYLE_HIDDEN, [9] = STYLE_STRIKE
	};
	static const uint8_t off[] = { [2] = STYLE_BOLD | STYLE_FAINT,
		                       [3] = STYLE_ITALIC,
		                       [4] = STYLE_UNDERLINE,
		                       [5] = STYLE_BLINK,
		                       [7] = STYLE_INVERSE,
		                       [8] = STYLE_HIDDEN,
		                       [9] = STYLE_STRIKE };

	if (number < 10)
		pen->style |= on[number];
	else
		pen->style &= (uint8_t)~off[number - 20];
}

static void rendition(struct screen *s)
{
	const struct parser *const p = &s->parser;
	struct cell *const pen = &s->cursor.pen;

	for (uint32_t i = 0; i < OS_MAX(p->count, 1u); i++) {
		const uint32_t n = parser_param(p, i, 0);

		if (!n)
			*pen = (struct cell){ 0 };
		else if (n == 4 && sub_count(p, i))
			/* 4:0 is none, 4:1 to 4:5 are kinds of lines */
			style(pen, parser_param(p, i + 1, 0) ? 4 : 24);
		else if (n == 21)
			style(pen, 4); /* two lines, where one is drawn */
		else if (n < 10 || (n > 20 && n < 30))
			style(pen, n);
		else if (n >= 30 && n < 38)
			pen->text = COLOUR_INDEX | (n - 30);
		else if (n >= 40 && n < 48)
			pen->back = COLOUR_INDEX | (n - 40);
		else if (n >= 90 && n < 98)
			pen->text = COLOUR_INDEX | (n - 90 + 8);
		else if (n >= 100 && n < 108)
			pen->back = COLOUR_INDEX | (n - 100 + 8);
		else if (n == 39)
			pen->text = 0;
		else if (n == 49)
			pen->back = 0;
		else if (n == 38)
			i += extended_colour(p, i, &pen->text);
		else if (n == 48)
			i += extended_colour(p, i, &pen->back);
		if (n != 38 && n != 48)
			i += sub_count(p, i);
	}
}

/* ------------------------------------------------------------------ control sequences: modes */

static void alternate(struct screen *s, bool on, bool with_cursor)
{
	if (on == s->alternate)
		return;
	if (on)
		s->saved_main = s->cursor;
	s->alternate = on;
	s->back = 0;
	s->from = s->to = (struct place){ 0 };
	if (!on && with_cursor)
		cursor_restore(s, &s->saved_main);
	for (uint32_t row = 0; on && row < s->rows; row++)
		screen_blank(s, row);
	screen_damage(s);
}

static void private_mode(struct screen *s, uint32_t mode, bool on)
{
	switch (mode) {
	case 1:
		s->cursor_keys = on;
		break;
	case 5:
		s->inverse = on;
		screen_damage(s);
		break;
	case 6:
		s->cursor.origin = on;
		place_absolute(s, 0, 0);
		break;
	case 7:
		s->wrap = on;
		break;
	case 25:
		s->hidden_cursor = !on;
		screen_mark(s, s->cursor.row);
		break;
	case 47:
	case 1047:
		alternate(s, on, false);
		break;
	case 1048:
		if (on)
			s->saved = s->cursor;
		else
			cursor_restore(s, &s->saved);
		break;
	case 1049:
		alternate(s, on, true);
		break;
	case 1000:
	case 1002:
	case 1003:
		s->mouse = !on            ? MOUSE_NONE
		           : mode == 1000 ? MOUSE_BUTTONS
		           : mode == 1002 ? MOUSE_DRAG
		                          : MOUSE_MOTION;
		break;
	case 1004:
		s->focus_reports = on;
		break;
	case 1006:
		s->mouse_sgr = on;
		break;
	case 2004:
		s->paste_marks = on;
		break;
	default:
		break;
	}
}

static void modes(struct screen *s, bool on)
{
	const struct parser *const p = &s->parser;

	for (uint32_t i = 0; i < p->count; i++) {
		const uint32_t mode = parser_param(p, i, 0);

		if (p->mark == '?')
			private_mode(s, mode, on);
		else if (mode == 4)
			s->insert = on;
		else if (mode == 20)
			s->newline = on;
	}
}

static void region(struct screen *s)
{
	const uint32_t top = parser_param(&s->parser, 0, 1) - 1;
	const uint32_t bottom = OS_MIN(parser_param(&s->parser, 1, s->rows), s->rows) - 1;

	if (top >= bottom)
		return;
	s->top = top;
	s->bottom = bottom;
	place_absolute(s, 0, 0);
}

static void report(struct screen *s)
{
	const struct cursor *const c = &s->cursor;
	char text[32];

	if (parser_param(&s->parser, 0, 0) == 5) {
		answer(s, "\033[0n");
	} else if (parser_param(&s->parser, 0, 0) == 6) {
		os_format(text, sizeof(text), "\033[%u;%uR", c->row + 1 - (c->origin ? s->top : 0),
		          c->column + 1);
		answer(s, text);
	}
}

static void tab_clear(struct screen *s, uint32_t how)
{
	if (how == 0)
		s->tabs[s->cursor.column] = false;
	else if (how == 3)
		memset(s->tabs, 0, sizeof(s->tabs));
}

/* ------------------------------------------------------------------ control sequences */

static void repeat(struct screen *s, uint32_t count)
{
	for (count = OS_MIN(count, s->columns * s->rows); s->last && count; count--)
		put(s, s->last);
}

/* What moves the cursor; false: it is something else. */
static bool control_cursor(struct screen *s, uint8_t final)
{
	const struct parser *const p = &s->parser;
	const struct cursor *const c = &s->cursor;
	const int64_t n = parser_param(p, 0, 1);

	switch (final) {
	case 'A':
		move_rows(s, -n);
		return true;
	case 'B':
	case 'e':
		move_rows(s, n);
		return true;
	case 'C':
	case 'a':
		place(s, c->column + n, c->row);
		return true;
	case 'D':
		place(s, c->column - n, c->row);
		return true;
	case 'E':
	case 'F':
		move_rows(s, final == 'E' ? n : -n);
		place(s, 0, c->row);
		return true;
	case 'G':
	case '`':
		place(s, n - 1, c->row);
		return true;
	case 'H':
	case 'f':
		place_absolute(s, (int64_t)parser_param(p, 1, 1) - 1, n - 1);
		return true;
	case 'I':
	case 'Z':
		tab(s, (uint32_t)n, final == 'I');
		return true;
	case 'd':
		place_absolute(s, c->column, n - 1);
		return true;
	case 's':
		s->saved = *c;
		return true;
	case 'u':
		cursor_restore(s, &s->saved);
		return true;
	default:
		return false;
	}
}

/* What changes cells; false: it is something else. */
static bool control_cells(struct screen *s, uint8_t final)
{
	const uint32_t n = parser_param(&s->parser, 0, 1);

	switch (final) {
	case '@':
		insert_cells(s, n);
		return true;
	case 'J':
		erase_display(s, parser_param(&s->parser, 0, 0));
		return true;
	case 'K':
		erase_line(s, parser_param(&s->parser, 0, 0));
		return true;
	case 'L':
	case 'M':
		move_lines(s, n, final == 'L');
		return true;
	case 'P':
		delete_cells(s, n);
		return true;
	case 'S':
		screen_move_up(s, s->top, s->bottom, n);
		return true;
	case 'T':
		screen_move_down(s, s->top, s->bottom, n);
		return true;
	case 'X':
		screen_erase(s, s->cursor.row, s->cursor.column, s->cursor.column + n);
		return true;
	case 'b':
		repeat(s, n);
		return true;
	default:
		return false;
	}
}

static void control_modes(struct screen *s, uint8_t final)
{
	switch (final) {
	case 'c':
		answer(s, "\033[?6c");
		break;
	case 'g':
		tab_clear(s, parser_param(&s->parser, 0, 0));
		break;
	case 'h':
	case 'l':
		modes(s, final == 'h');
		break;
	case 'm':
		rendition(s);
		break;
	case 'n':
		report(s);
		break;
	case 'r':
		region(s);
		break;
	default:
		break;
	}
}

static void control(struct parser *parser, uint8_t final)
{
	struct screen *const s = self(parser);

	if (parser->intermediate) {
		if (parser->intermediate == '!' && final == 'p')
			soft_reset(s);
		return;
	}
	if (parser->mark == '?' && (final == 'h' || final == 'l'))
		modes(s, final == 'h');
	else if (parser->mark == '>' && final == 'c')
		answer(s, "\033[>0;1;0c");
	else if (!parser->mark && !control_cursor(s, final) && !control_cells(s, final))
		control_modes(s, final);
}

static const struct parser_ops ops = {
	.print = print, .execute = execute, .escape = escape, .control = control, .command = command
};

void screen_write(struct screen *screen, const void *bytes, size_t size)
{
	parser_feed(&screen->parser, bytes, size);
}
