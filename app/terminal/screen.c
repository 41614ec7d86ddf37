/* SPDX-License-Identifier: BSD-2-Clause */
/* Cells that move: memory, rows, history, sizes, and what is selected. */

#include <osier/string.h>
#include <utf8/utf8.h>

#include "screen_own.h"

enum { TAB = 8 };

/* ------------------------------------------------------------------ rows */

uint32_t screen_stride(const struct screen *s)
{
	return s->columns + 1;
}

struct cell *screen_any_line(const struct screen *s, uint32_t index)
{
	return s->cells +
	       (size_t)((s->first + s->lines - s->history + index) % s->lines) * screen_stride(s);
}

struct cell *screen_line(const struct screen *s, uint32_t row)
{
	return s->alternate ? s->other + (size_t)row * screen_stride(s)
	                    : screen_any_line(s, s->history + row);
}

const struct cell *screen_row(const struct screen *s, uint32_t row)
{
	if (s->alternate || row >= s->back)
		return screen_line(s, row - (s->alternate ? 0 : s->back));
	return screen_any_line(s, s->history - s->back + row);
}

enum line_size screen_row_size(const struct screen *s, uint32_t row)
{
	return (enum line_size)screen_row(s, row)[s->columns].flags;
}

enum line_size screen_line_size(const struct screen *s, uint32_t row)
{
	return (enum line_size)screen_line(s, row)[s->columns].flags;
}

uint32_t screen_line_columns(const struct screen *s, uint32_t row)
{
	return screen_line_size(s, row) == LINE_SINGLE ? s->columns : OS_MAX(s->columns / 2, 1u);
}

void screen_size_set(struct screen *s, uint32_t row, enum line_size size)
{
	screen_line(s, row)[s->columns].flags = (uint8_t)size;
	if (size == LINE_SINGLE) {
		screen_mark(s, row);
		return;
	}
	screen_continue(s, row, false);
	screen_erase(s, row, screen_line_columns(s, row), s->columns);
}

bool screen_blink(struct screen *s)
{
	bool any = false;

	for (uint32_t row = 0; row < s->rows && s->blinks; row++) {
		const struct cell *const cells = screen_row(s, row);

		for (uint32_t i = 0; i < s->columns; i++)
			if (cells[i].style & STYLE_BLINK) {
				s->dirty[row] = any = true;
				break;
			}
	}
	return any;
}

void screen_damage(struct screen *s)
{
	memset(s->dirty, true, sizeof(s->dirty));
}

void screen_mark(struct screen *s, uint32_t row)
{
	if (s->back)
		screen_damage(s);
	s->dirty[row] = true;
}

void screen_erase(struct screen *s, uint32_t row, uint32_t from, uint32_t to)
{
	struct cell *const line = screen_line(s, row);
	const struct cell blank = { .back = s->cursor.pen.back };

	for (uint32_t i = from; i < OS_MIN(to, s->columns); i++)
		line[i] = blank;
	screen_mend(s, row);
	screen_mark(s, row);
}

void screen_blank(struct screen *s, uint32_t row)
{
	screen_line(s, row)[s->columns] = (struct cell){ .flags = LINE_SINGLE };
	screen_erase(s, row, 0, s->columns);
}

static void cell_clear(struct cell *cell)
{
	*cell = (struct cell){ .back = cell->back, .flags = cell->flags & CELL_CONTINUES };
}

void screen_mend(struct screen *s, uint32_t row)
{
	struct cell *const line = screen_line(s, row);

	for (uint32_t i = 0; i < s->columns; i++) {
		const bool last = i == s->columns - 1;

		if ((line[i].flags & CELL_LEFT && (last || !(line[i + 1].flags & CELL_RIGHT))) ||
		    (line[i].flags & CELL_RIGHT && (!i || !(line[i - 1].flags & CELL_LEFT))))
			cell_clear(&line[i]);
		if (!last)
			line[i].flags &= (uint8_t) ~(CELL_CONTINUES | CELL_PADDING);
	}
}

void screen_mend_at(struct screen *s, uint32_t row, uint32_t from, uint32_t to)
{
	struct cell *const line = screen_line(s, row);

	if (from && line[from - 1].flags & CELL_LEFT && !(line[from].flags & CELL_RIGHT))
		cell_clear(&line[from - 1]);
	if (to < s->columns && line[to].flags & CELL_RIGHT && !(line[to - 1].flags & CELL_LEFT))
		cell_clear(&line[to]);
}

void screen_continue(struct screen *s, uint32_t row, bool on)
{
	struct cell *const last = &screen_line(s, row)[s->columns - 1];

	if (on && screen_line_size(s, row) == LINE_SINGLE)
		last->flags |= CELL_CONTINUES;
	else
		last->flags &= (uint8_t) ~(CELL_CONTINUES | CELL_PADDING);
}

/* The first line becomes history, and what was the oldest of that the last line. */
static void push_line(struct screen *s)
{
	const uint32_t most = s->lines - s->rows;

	s->first = (s->first + 1) % s->lines;
	s->history = OS_MIN(s->history + 1, most);
	s->scrolled++;
	/* who looks at something goes on looking at it */
	if (s->back)
		s->back = OS_MIN(s->back + 1, s->history);
}

void screen_move_up(struct screen *s, uint32_t top, uint32_t bottom, uint32_t count)
{
	const size_t size = screen_stride(s) * sizeof(struct cell);

	count = OS_MIN(count, bottom - top + 1);
	for (uint32_t n = 0; n < count; n++) {
		if (!s->alternate && !top && bottom == s->rows - 1) {
			push_line(s);
		} else {
			for (uint32_t row = top; row < bottom; row++)
				memcpy(screen_line(s, row), screen_line(s, row + 1), size);
			/* what is above the region has another line below it now */
			if (top)
				screen_continue(s, top - 1, false);
		}
		screen_blank(s, bottom);
		if (bottom > top)
			screen_continue(s, bottom - 1, false);
	}
	screen_damage(s);
}

void screen_move_down(struct screen *s, uint32_t top, uint32_t bottom, uint32_t count)
{
	const size_t size = screen_stride(s) * sizeof(struct cell);

	count = OS_MIN(count, bottom - top + 1);
	for (uint32_t row = bottom + 1; row-- > top + count;)
		memcpy(screen_line(s, row), screen_line(s, row - count), size);
	for (uint32_t row = top; row < top + count; row++)
		screen_blank(s, row);
	if (top)
		screen_continue(s, top - 1, false);
	screen_continue(s, bottom, false);
	screen_damage(s);
}

/* ------------------------------------------------------------------ life */

void screen_tabs_reset(struct screen *s)
{
	for (uint32_t i = 0; i < SCREEN_COLUMNS_MAX; i++)
		s->tabs[i] = i && i % TAB == 0;
}

static size_t cells_size(uint32_t columns, uint32_t lines)
{
	return (size_t)(columns + 1) * lines * sizeof(struct cell);
}

static enum os_err cells_alloc(struct os_alloc *alloc, uint32_t columns, uint32_t rows,
                               uint32_t history, struct cell **cells, struct cell **other)
{
	enum os_err err;

	if (!columns || !rows || columns > SCREEN_COLUMNS_MAX || rows > SCREEN_ROWS_MAX ||
	    history > SCREEN_HISTORY_MAX)
		return OS_ERR_RANGE;
	if ((err = os_alloc(alloc, cells_size(columns, rows + history), (void **)cells)))
		return err;
	if ((err = os_alloc(alloc, cells_size(columns, rows), (void **)other)))
		os_free(alloc, *cells, cells_size(columns, rows + history));
	return err;
}

static void cells_free(struct screen *s)
{
	os_free(s->alloc, s->cells, cells_size(s->columns, s->lines));
	os_free(s->alloc, s->other, cells_size(s->columns, s->rows));
}

enum os_err screen_init(struct screen *screen, struct os_alloc *alloc, uint32_t columns,
                        uint32_t rows, uint32_t history)
{
	struct cell *cells, *other;
	enum os_err err;

	if ((err = cells_alloc(alloc, columns, rows, history, &cells, &other)))
		return err;
	*screen = (struct screen){ .alloc = alloc,
		                   .columns = columns,
		                   .rows = rows,
		                   .cells = cells,
		                   .other = other,
		                   .lines = rows + history };
	screen_reset(screen);
	return OS_OK;
}

void screen_fini(struct screen *screen)
{
	if (screen->alloc)
		cells_free(screen);
	*screen = (struct screen){ 0 };
}

/* ------------------------------------------------------------------ sizes */

static void cursor_fit(struct cursor *cursor, const struct screen *s)
{
	cursor->column = OS_MIN(cursor->column, s->columns - 1);
	cursor->row = OS_MIN(cursor->row, s->rows - 1);
	cursor->column = OS_MIN(cursor->column, screen_line_columns(s, cursor->row) - 1);
	cursor->wraps &= cursor->column == screen_line_columns(s, cursor->row) - 1;
}

/* The alternate screen: lines are cut or extended at their right, rows at the end. */
static void copy_other(struct screen *s, const struct screen *old)
{
	const bool alternate = s->alternate;

	s->alternate = true;
	for (uint32_t row = 0; row < OS_MIN(s->rows, old->rows); row++) {
		const struct cell *const from = old->other + (size_t)row * screen_stride(old);
		struct cell *const to = s->other + (size_t)row * screen_stride(s);

		memcpy(to, from, OS_MIN(s->columns, old->columns) * sizeof(*to));
		to[s->columns] = from[old->columns];
		screen_mend(s, row);
	}
	s->alternate = alternate;
}

enum os_err screen_resize(struct screen *s, uint32_t columns, uint32_t rows)
{
	struct screen old = *s;
	enum os_err err;

	if (columns == s->columns && rows == s->rows)
		return OS_OK;
	if ((err = cells_alloc(s->alloc, columns, rows, s->lines - s->rows, &s->cells,
	                       &s->other))) {
		s->cells = old.cells;
		s->other = old.other;
		return err;
	}
	s->columns = columns;
	s->rows = rows;
	s->lines = old.lines - old.rows + rows;
	copy_other(s, &old);
	screen_reflow(s, &old, s->alternate ? &s->saved_main : &s->cursor);
	if (columns != old.columns)
		s->from = s->to = (struct place){ 0 };
	cursor_fit(&s->cursor, s);
	cursor_fit(&s->saved, s);
	cursor_fit(&s->saved_main, s);
	s->top = 0;
	s->bottom = rows - 1;
	s->back = OS_MIN(s->back, s->history);
	cells_free(&old);
	screen_damage(s);
	return OS_OK;
}

void screen_scroll(struct screen *s, int32_t lines)
{
	const int64_t back = s->alternate ? 0 : (int64_t)s->back + lines;
	const uint32_t before = s->back;

	s->back = back < 0 ? 0 : (uint32_t)OS_MIN(back, (int64_t)s->history);
	if (s->back != before)
		screen_damage(s);
}

/* ------------------------------------------------------------------ selection */

static uint64_t first_shown(const struct screen *s)
{
	return s->scrolled - (s->alternate ? 0 : s->back);
}

struct place screen_place(const struct screen *s, int32_t column, int32_t row)
{
	const int32_t columns = (int32_t)s->columns, rows = (int32_t)s->rows;

	column = column < 0 ? 0 : OS_MIN(column, columns);
	row = row < 0 ? 0 : OS_MIN(row, rows - 1);
	return (struct place){ first_shown(s) + (uint32_t)row, (uint32_t)column };
}

static bool before(struct place a, struct place b)
{
	return a.line < b.line || (a.line == b.line && a.column < b.column);
}

void screen_select(struct screen *s, struct place from, struct place to)
{
	s->from = before(to, from) ? to : from;
	s->to = before(to, from) ? from : to;
	screen_damage(s);
}

static bool selected(const struct screen *s, uint64_t line, uint32_t column)
{
	const struct place at = { line, column };

	return !before(at, s->from) && before(at, s->to);
}

bool screen_selected(const struct screen *s, uint32_t column, uint32_t row)
{
	return selected(s, first_shown(s) + row, column);
}

/* The part of a line that is selected, without what is blank at its end. */
static void selected_part(const struct screen *s, const struct cell *cells, uint64_t line,
                          uint32_t *begin, uint32_t *end)
{
	*begin = line == s->from.line ? OS_MIN(s->from.column, s->columns) : 0;
	*end = line == s->to.line ? OS_MIN(s->to.column, s->columns) : s->columns;
	if (cells[s->columns - 1].flags & CELL_CONTINUES)
		return;
	while (*end > *begin && !(cells[*end - 1].flags & CELL_RIGHT) &&
	       (!cells[*end - 1].character || cells[*end - 1].character == ' '))
		(*end)--;
}

static bool put(char *out, size_t size, size_t *length, uint32_t character)
{
	char utf8[4];
	const size_t bytes = os_utf8_encode(character ? character : ' ', utf8);

	if (bytes > size - *length)
		return false;
	memcpy(out + *length, utf8, bytes);
	*length += bytes;
	return true;
}

/* All of a cell; false: it does not fit. */
static bool put_cell(char *out, size_t size, size_t *length, const struct cell *cell)
{
	size_t all = *length;

	if (cell->flags & (CELL_RIGHT | CELL_PADDING))
		return true;
	if (!put(out, size, &all, cell->character))
		return false;
	for (int i = 0; i < CELL_MARKS && cell->marks[i]; i++)
		if (!put(out, size, &all, cell->marks[i]))
			return false;
	*length = all;
	return true;
}

size_t screen_text(const struct screen *s, char *out, size_t size)
{
	const uint64_t oldest = s->scrolled - (s->alternate ? 0 : s->history);
	const uint64_t newest = s->scrolled + s->rows - 1;
	size_t length = 0;
	uint32_t begin, end;
	bool goes_on = true;

	if (!before(s->from, s->to))
		return 0;
	for (uint64_t line = OS_MAX(s->from.line, oldest); line <= OS_MIN(s->to.line, newest);
	     line++) {
		const uint32_t index = (uint32_t)(line - oldest);
		const struct cell *const cells =
		        s->alternate ? screen_line(s, index) : screen_any_line(s, index);

		if (!goes_on && !put(out, size, &length, '\n'))
			return length;
		goes_on = cells[s->columns - 1].flags & CELL_CONTINUES;
		selected_part(s, cells, line, &begin, &end);
		for (; begin < end; begin++)
			if (!put_cell(out, size, &length, &cells[begin]))
				return length;
	}
	return length;
}
