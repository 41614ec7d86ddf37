/* SPDX-License-Identifier: BSD-2-Clause */
/* The screen of a terminal: cells, cursor, modes, what has scrolled away, what is selected. Pure.
 */

#ifndef TERMINAL_SCREEN_H
#define TERMINAL_SCREEN_H

#include <osier/alloc.h>

#include "parser.h"

/*
 *   history  +---------------+  line 0: the oldest
 *            |               |
 *            |               |  <- what is shown begins here when somebody scrolls back
 *   screen   +---------------+  line `history`: row 0
 *            |               |
 *            +---------------+
 *
 * A VT102 with what xterm has added since: 256 and direct colours, an alternate screen, UTF-8,
 * reports of the mouse. A wide character takes two cells, and whatever changes one of them leaves
 * no half behind. Characters that join with the one before are kept with it, up to three of them.
 *
 * A line that was too long goes on in the next: its last cell says so. When the number of columns
 * changes, such lines are put together, and folded anew (reflow.c).
 */

/** Colours: 0 is the default, else one of the palette, or red, green and blue. */
enum { COLOUR_INDEX = 1 << 24, COLOUR_RGB = 2 << 24 };

enum {
	STYLE_BOLD = 1,
	STYLE_FAINT = 2,
	STYLE_ITALIC = 4,
	STYLE_UNDERLINE = 8,
	STYLE_INVERSE = 16,
	STYLE_HIDDEN = 32,
	STYLE_STRIKE = 64,
	STYLE_BLINK = 128,
};

/** What a cell is, beside a character of its own. */
enum {
	CELL_LEFT = 1,      /* the left half of a wide character */
	CELL_RIGHT = 2,     /* the right one; `character` is 0 */
	CELL_CONTINUES = 4, /* the last of a line that goes on in the next */
	CELL_PADDING = 8,   /* blank, as a wide character did not fit here */
};

enum { CELL_MARKS = 3 };

/**
 * How a line is shown: of twice the width it has half of the columns. One of twice the height is
 * two lines with the same text, by convention, of which each shows a half.
 */
enum line_size { LINE_SINGLE, LINE_WIDE, LINE_TOP, LINE_BOTTOM };

struct cell {
	uint32_t character; /* 0: nothing was ever written here */
	uint32_t text, back;
	uint16_t marks[CELL_MARKS]; /* that join with it; 0: none, and no further ones */
	uint8_t style, flags;
};

/** Which events of the mouse a program wants to hear of. */
enum mouse_reports {
	MOUSE_NONE,
	MOUSE_BUTTONS, /* pressed, released */
	MOUSE_DRAG,    /* and motion while one is held */
	MOUSE_MOTION,  /* any */
};

enum { SCREEN_COLUMNS_MAX = 512, SCREEN_ROWS_MAX = 256, SCREEN_HISTORY_MAX = 10000 };

/** A place in history and screen: of the first line that ever was, line 0. */
struct place {
	uint64_t line;
	uint32_t column;
};

/** The cursor, and what goes with it when it is saved. */
struct cursor {
	uint32_t column, row;
	bool wraps; /* it is behind the last column: the next character begins a line */
	struct cell pen;
	uint8_t sets[2]; /* G0, G1: '0' (lines and boxes), 'A' (British), else ASCII */
	bool shifted;    /* G1 is in use */
	bool origin;     /* rows count from the region's */
};

struct screen {
	struct parser parser;
	struct os_alloc *alloc;
	/** Where answers go, such as the place of the cursor. */
	void (*answer)(struct screen *screen, const char *bytes, size_t size);
	/** The program has named the window; may be NULL. */
	void (*titled)(struct screen *screen, const char *title);

	uint32_t columns, rows;
	/* a ring of `lines` lines, history included; `rows` lines. Behind the columns of each
	 * stands one more cell, whose `flags` are the line's size */
	struct cell *cells, *other;
	uint32_t lines, first; /* of the ring: all, and which one is row 0 of the screen */
	uint32_t history;      /* lines in the ring before that */
	uint64_t scrolled;     /* lines that have ever gone to the history */
	bool alternate;        /* `other` is shown, which has no history */
	struct cursor cursor, saved, saved_main;
	uint32_t top, bottom; /* the scrolling region, bottom included */
	uint8_t tabs[SCREEN_COLUMNS_MAX];
	bool wrap, insert, newline, hidden_cursor, inverse;
	bool blinks; /* something that blinks was written */
	/* for who turns input into bytes */
	bool cursor_keys, paste_marks, focus_reports, mouse_sgr;
	enum mouse_reports mouse;
	uint32_t last;               /* character, for it to be repeated */
	uint32_t back;               /* lines that somebody has scrolled back */
	bool dirty[SCREEN_ROWS_MAX]; /* rows to be drawn anew, as they are shown */
	struct place from, to;       /* selected; the same: nothing is */
};

/** Errors: OUT_OF_RAM, OUT_OF_CAPS, RANGE (0, or more than the above). */
enum os_err screen_init(struct screen *screen, struct os_alloc *alloc, uint32_t columns,
                        uint32_t rows, uint32_t history) OS_MUST_CHECK;

/** Zero is accepted. */
void screen_fini(struct screen *screen);

/**
 * Another size: lines are folded anew, and rows come from, and go to, the history, so that the
 * cursor stays on the screen; what is below it goes first. Lines of the alternate screen are cut:
 * its program draws them again. Another width ends the selection. On an error nothing changes.
 */
enum os_err screen_resize(struct screen *screen, uint32_t columns, uint32_t rows) OS_MUST_CHECK;

/** What a program has written. */
void screen_write(struct screen *screen, const void *bytes, size_t size);

/** The `columns` cells of a row as it is shown. */
const struct cell *screen_row(const struct screen *screen, uint32_t row);

enum line_size screen_row_size(const struct screen *screen, uint32_t row);

/** Something that is shown blinks: the rows with it are to be drawn anew. */
bool screen_blink(struct screen *screen);

/** Show what was `lines` lines earlier (negative: later), as far as there is something. */
void screen_scroll(struct screen *screen, int32_t lines);

/** All of it is to be drawn anew. */
void screen_damage(struct screen *screen);

/** The place that is shown at a row and column, within bounds. */
struct place screen_place(const struct screen *screen, int32_t column, int32_t row);

/** Select what lies between both, in either order. */
void screen_select(struct screen *screen, struct place from, struct place to);

bool screen_selected(const struct screen *screen, uint32_t column, uint32_t row);

/**
 * The text that is selected, as UTF-8, into `out` of `size` bytes, without blanks at the ends of
 * lines, and with no end where a line goes on in the next; returns its length, of what fits, by
 * whole characters.
 */
size_t screen_text(const struct screen *screen, char *out, size_t size);

#endif
