/* SPDX-License-Identifier: BSD-2-Clause */
/* Lines folded anew for another size of the screen. */

#include "screen_own.h"

/*
 *   old lines                  new lines
 *   |The quick br|  goes on    |The quick brown |  goes on
 *   |own fox.    |             |fox.            |
 *   |Two         |             |Two             |
 *
 * The oldest line comes first. New ones go to a ring, in which later ones take the place of those
 * for which there is no room in the history. It ends with the last line that is anything, or has
 * the cursor, or where the screen is full.
 */
struct fold {
	struct screen *to;
	uint64_t lines;  /* that are begun */
	uint32_t column; /* the next one, of the last of them */
	struct cell *line;
	uint64_t top;        /* the line where the first row of the old screen is */
	uint64_t row;        /* where the cursor is */
	uint32_t at;         /* the column there */
	bool placed, behind; /* that is known; the cursor is behind the last column */
	bool full;           /* nothing more is to be seen */
};

static void line_begin(struct fold *f)
{
	struct screen *const s = f->to;

	f->line = s->cells + (size_t)(f->lines++ % s->lines) * screen_stride(s);
	f->column = 0;
	for (uint32_t i = 0; i <= s->columns; i++)
		f->line[i] = (struct cell){ 0 };
}

/* Have room for so many columns: on the next line, if this one has none. */
static void room(struct fold *f, uint32_t width)
{
	struct cell *const last = &f->line[f->to->columns - 1];

	if (f->column + width <= f->to->columns)
		return;
	if (f->column < f->to->columns)
		last->flags |= CELL_PADDING;
	last->flags |= CELL_CONTINUES;
	line_begin(f);
}

/* A character, of which the right half, if it has one, is `right`. */
static void place(struct fold *f, const struct cell *cell, const struct cell *right)
{
	const bool wide = right && f->to->columns > 1;
	struct cell *to;

	room(f, wide ? 2 : 1);
	to = &f->line[f->column++];
	*to = *cell;
	to->flags = wide ? CELL_LEFT : 0;
	if (right && !wide)
		to->character = 0xfffd; /* there is no screen for it */
	if (!wide)
		return;
	to = &f->line[f->column++];
	*to = *right;
	to->flags = CELL_RIGHT;
}

/* How many cells of a line are something. */
static uint32_t length_of(const struct cell *cells, uint32_t columns)
{
	const struct cell *const last = &cells[columns - 1];

	if (last->flags & CELL_CONTINUES)
		return last->flags & CELL_PADDING ? columns - 1 : columns;
	while (columns && !cells[columns - 1].character && !cells[columns - 1].back &&
	       !(cells[columns - 1].flags & CELL_RIGHT))
		columns--;
	return columns;
}

/* The cursor is at what comes next, or `more` columns behind it. */
static void place_cursor(struct fold *f, uint32_t more)
{
	const uint32_t last = f->to->columns - 1;

	f->placed = true;
	f->row = f->lines - 1;
	f->at = OS_MIN(f->column + more, last);
	f->behind = f->column > last;
}

/* The first row of the new screen: as before, or such that the cursor is on it. */
static uint64_t first_row(const struct fold *f)
{
	const uint32_t rows = f->to->rows;

	return f->row >= f->top + rows ? f->row - rows + 1 : f->top;
}

/* All that will be seen has been folded, but for what its last line has room for. */
static bool is_full(const struct fold *f)
{
	return f->placed && f->lines >= first_row(f) + f->to->rows;
}

/* One line of the old screen; `cursor`: it is in this one. */
static void fold_line(struct fold *f, const struct cell *cells, uint32_t columns,
                      const struct cursor *cursor)
{
	const uint32_t length = length_of(cells, columns);
	const uint8_t size = cells[columns].flags;
	/* a cursor behind the last column has something in front of it, and not beneath */
	const uint32_t at = cursor ? cursor->column + cursor->wraps : UINT32_MAX;

	/* a line of twice the width that does not fit any more is of the usual one */
	if (size != LINE_SINGLE && !f->column && length <= f->to->columns / 2)
		f->line[f->to->columns].flags = size;
	for (uint32_t i = 0; i < length; i++) {
		const bool wide = cells[i].flags & CELL_LEFT && i + 1 < length;

		if (cells[i].flags & CELL_RIGHT)
			continue;
		if (f->placed && f->column == f->to->columns && is_full(f)) {
			f->full = true;
			return;
		}
		if (at == i || (wide && at == i + 1)) {
			room(f, wide && f->to->columns > 1 ? 2 : 1);
			place_cursor(f, 0);
		}
		place(f, &cells[i], wide ? &cells[i + 1] : NULL);
	}
	if (cursor && !f->placed)
		place_cursor(f, at - OS_MIN(at, length));
}

/* The last line that is anything, or has the cursor. */
static uint32_t last_line(const struct screen *old, const struct cursor *cursor)
{
	const uint32_t least = old->history + cursor->row;
	uint32_t line = old->history + old->rows - 1;

	while (line > least && !length_of(screen_any_line(old, line), old->columns))
		line--;
	return line;
}

/* With no more than `blank` rows of nothing at its end, if there is a history to be seen there. */
static uint64_t first_shown(const struct fold *f, uint32_t blank)
{
	const uint32_t rows = f->to->rows, filled = rows > blank ? rows - blank : 0;
	const uint64_t first = first_row(f);

	if (f->lines >= first + filled)
		return first;
	return f->lines > filled ? f->lines - filled : 0;
}

void screen_reflow(struct screen *s, const struct screen *old, struct cursor *cursor)
{
	const uint32_t last = last_line(old, cursor), cursor_line = old->history + cursor->row;
	struct fold f = { .to = s };
	bool goes_on = false;
	uint64_t first;

	for (uint32_t i = 0; i <= last && !f.full; i++) {
		const struct cell *const cells = screen_any_line(old, i);

		if (!goes_on && is_full(&f))
			break;
		if (!goes_on)
			line_begin(&f);
		if (i == old->history)
			f.top = f.lines - 1;
		fold_line(&f, cells, old->columns, i == cursor_line ? cursor : NULL);
		goes_on = cells[old->columns - 1].flags & CELL_CONTINUES;
	}
	first = first_shown(&f, old->history + old->rows - 1 - last);
	while (f.lines < first + s->rows)
		line_begin(&f);
	s->first = (uint32_t)(first % s->lines);
	s->history = (uint32_t)OS_MIN(first, (uint64_t)s->lines - s->rows);
	s->scrolled = old->scrolled - old->history + first;
	cursor->row = (uint32_t)(f.row - first);
	cursor->column = f.at;
	cursor->wraps = f.behind;
}
