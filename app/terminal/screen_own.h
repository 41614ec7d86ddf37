/* SPDX-License-Identifier: BSD-2-Clause */
/* What the screen's two halves share: cells (screen.c), and what programs ask for (control.c). */

#ifndef TERMINAL_SCREEN_OWN_H
#define TERMINAL_SCREEN_OWN_H

#include "screen.h"

/* The cells of a row of the screen itself, whatever is shown. */
struct cell *screen_line(const struct screen *screen, uint32_t row);

/* The row is to be drawn anew. */
void screen_mark(struct screen *screen, uint32_t row);

/* Cells from the beginning of a line to that of the next. */
uint32_t screen_stride(const struct screen *screen);

/* How a row of the screen itself is shown, and how many columns it has then. */
enum line_size screen_line_size(const struct screen *screen, uint32_t row);
uint32_t screen_line_columns(const struct screen *screen, uint32_t row);

/* Have it shown in another way. What is behind its last column is lost. */
void screen_size_set(struct screen *screen, uint32_t row, enum line_size size);

/* Blank a row, which is of the usual size then. */
void screen_blank(struct screen *screen, uint32_t row);

/* Blank columns `from` up to, not including, `to`, in the present background. */
void screen_erase(struct screen *screen, uint32_t row, uint32_t from, uint32_t to);

/* No halves of wide characters, and nothing that only the last cell can say, remain in the row. */
void screen_mend(struct screen *screen, uint32_t row);

/* The same where only the columns from `from` up to, not including, `to` have changed. */
void screen_mend_at(struct screen *screen, uint32_t row, uint32_t from, uint32_t to);

/* The line goes on in the next one, or does not. */
void screen_continue(struct screen *screen, uint32_t row, bool on);

/* The cells of a line: 0 is the oldest of the history. Not of the alternate screen. */
struct cell *screen_any_line(const struct screen *screen, uint32_t index);

/*
 * Fold the lines of `old`, whose sizes are other ones, into the cells of `screen`, all blank; sets
 * `first`, `history` and `scrolled`. `cursor` is moved along, and is within the screen. (reflow.c)
 */
void screen_reflow(struct screen *screen, const struct screen *old, struct cursor *cursor);

/* Move the rows from `top` to `bottom`, blanking what becomes free. */
void screen_move_up(struct screen *screen, uint32_t top, uint32_t bottom, uint32_t count);
void screen_move_down(struct screen *screen, uint32_t top, uint32_t bottom, uint32_t count);

/* A stop each eight columns. */
void screen_tabs_reset(struct screen *screen);

/* As it is at the beginning, but for the history. */
void screen_reset(struct screen *screen);

#endif
