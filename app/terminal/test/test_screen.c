/* SPDX-License-Identifier: BSD-2-Clause */
/* Terminals: what programs write, and what is seen of it; history, sizes, selection; nonsense. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>
#include <utf8/utf8.h>
#include "fail_alloc.h"
#include "random.h"

#include "../screen.h"

static struct fail_alloc memory;
static struct screen screen;
static char answers[256], title[128];

static void answer(struct screen *self, const char *bytes, size_t size)
{
	const size_t length = strlen(answers);

	(void)self;
	if (length + size < sizeof(answers)) {
		memcpy(answers + length, bytes, size);
		answers[length + size] = 0;
	}
}

static void titled(struct screen *self, const char *text)
{
	(void)self;
	snprintf(title, sizeof(title), "%s", text);
}

static void begin(uint32_t columns, uint32_t rows, uint32_t history)
{
	fail_alloc_init(&memory, 0);
	assert_int_equal(screen_init(&screen, &memory.alloc, columns, rows, history), OS_OK);
	screen.answer = answer;
	screen.titled = titled;
	answers[0] = title[0] = 0;
}

static void end(void)
{
	screen_fini(&screen);
	screen_fini(&screen);
	assert_int_equal(memory.live, 0);
}

static void say(const char *text)
{
	screen_write(&screen, text, strlen(text));
}

/* A row as it is shown, without blanks at its end. */
static const char *row(uint32_t number)
{
	static char text[SCREEN_COLUMNS_MAX * 4 + 1];
	const struct cell *const cells = screen_row(&screen, number);
	size_t length = 0, used = 0;

	for (uint32_t i = 0; i < screen.columns; i++) {
		const uint32_t c = cells[i].character;

		length += os_utf8_encode(c ? c : ' ', text + length);
		if (c && c != ' ')
			used = length;
	}
	text[used] = 0;
	return text;
}

static void at(uint32_t column, uint32_t line)
{
	assert_int_equal(screen.cursor.column, column);
	assert_int_equal(screen.cursor.row, line);
}

/* ------------------------------------------------------------------ text */

static void text_goes_from_left_to_right_and_down(void **state)
{
	(void)state;
	begin(10, 3, 0);
	say("hello\r\nworld");
	assert_string_equal(row(0), "hello");
	assert_string_equal(row(1), "world");
	at(5, 1);
	say("\r\n1234567890"); /* the line is full, but the next one has not begun */
	at(9, 2);
	assert_string_equal(row(0), "hello");
	say("x");
	assert_string_equal(row(1), "1234567890");
	assert_string_equal(row(2), "x");
	end();
}

static void utf8_may_come_in_pieces(void **state)
{
	static const char text[] = "äö€𝄞|\xff|\xc3|\xe2\x82|\xed\xa0\x80|\xc0\xaf";

	(void)state;
	begin(40, 2, 0);
	for (size_t i = 0; i < sizeof(text) - 1; i++)
		screen_write(&screen, text + i, 1);
	say("|");
	/* what is none shows that it is none, and nothing is swallowed */
	assert_int_equal(screen_row(&screen, 0)[0].character, 0xe4);
	assert_int_equal(screen_row(&screen, 0)[3].character, 0x1d11e);
	assert_string_equal(row(0), "äö€𝄞|\ufffd|\ufffd|\ufffd|\ufffd|\ufffd\ufffd|");
	end();
}

/* Of each cell: w and W for the halves of a wide character, . for one that is blank, else n. */
static const char *kinds(uint32_t number)
{
	static char text[SCREEN_COLUMNS_MAX + 1];
	const struct cell *const cells = screen_row(&screen, number);

	for (uint32_t i = 0; i < screen.columns; i++)
		text[i] = cells[i].flags & CELL_LEFT    ? 'w'
		          : cells[i].flags & CELL_RIGHT ? 'W'
		          : cells[i].character          ? 'n'
		                                        : '.';
	text[screen.columns] = 0;
	return text;
}

static void what_joins_stays_with_the_character_before(void **state)
{
	const struct cell *cells;
	char text[64];

	(void)state;
	begin(6, 3, 0);
	say("\u0301e\u0301\u0323\u0302\u0303.\u200b中\u0300|\u0301x");
	cells = screen_row(&screen, 0);
	assert_string_equal(kinds(0), "nnwWnn");
	/* as many as there is room for, and nothing without a character */
	assert_int_equal(cells[0].marks[0], 0x301);
	assert_int_equal(cells[0].marks[1], 0x323);
	assert_int_equal(cells[0].marks[2], 0x302);
	assert_int_equal(cells[1].marks[0], 0x200b);
	assert_int_equal(cells[2].marks[0], 0x300);
	assert_int_equal(cells[4].marks[0], 0x301);
	/* also when the cursor is behind the last column */
	say("\u0302");
	assert_int_equal(cells[5].marks[0], 0x302);
	screen_select(&screen, screen_place(&screen, 1, 0), screen_place(&screen, 6, 0));
	text[screen_text(&screen, text, sizeof(text))] = 0;
	assert_string_equal(text, ".\u200b中\u0300|\u0301x\u0302");
	/* a new character has none of them */
	say("\033[Ha");
	assert_int_equal(cells[0].marks[0], 0);
	/* marks outside of the basic plane are left out */
	say("\U0001d167");
	assert_int_equal(cells[0].marks[0], 0);
	end();
}

static void lines_of_double_size_have_half_the_columns(void **state)
{
	(void)state;
	begin(10, 4, 4);
	say("0123456789\033[1;9H\033#6");
	assert_int_equal(screen_row_size(&screen, 0), LINE_WIDE);
	/* what is behind the margin is lost, and the cursor within it */
	assert_string_equal(row(0), "01234");
	at(4, 0);
	say("abc");
	assert_string_equal(row(0), "0123a");
	assert_string_equal(row(1), "bc");
	assert_int_equal(screen_row_size(&screen, 1), LINE_SINGLE);
	say("\033[3;1H\033#3top\r\n\033#4top");
	assert_int_equal(screen_row_size(&screen, 2), LINE_TOP);
	assert_int_equal(screen_row_size(&screen, 3), LINE_BOTTOM);
	say("\033[1;1H\033[9C");
	at(4, 0);
	/* erasing within it leaves its size, and the usual one comes back by asking for it */
	say("\033[2K");
	assert_int_equal(screen_row_size(&screen, 0), LINE_WIDE);
	say("\033#5\033[9C");
	assert_int_equal(screen_row_size(&screen, 0), LINE_SINGLE);
	at(9, 0);
	end();
}

static void sizes_of_lines_go_with_them(void **state)
{
	(void)state;
	begin(10, 3, 4);
	say("\033#6wide\r\n\r\n\r\n");
	assert_int_equal(screen_row_size(&screen, 0), LINE_SINGLE);
	screen_scroll(&screen, 1);
	assert_string_equal(row(0), "wide");
	assert_int_equal(screen_row_size(&screen, 0), LINE_WIDE);
	/* also where lines are folded anew, as long as there is room */
	assert_int_equal(screen_resize(&screen, 8, 3), OS_OK);
	screen_scroll(&screen, 4);
	assert_string_equal(row(0), "wide");
	assert_int_equal(screen_row_size(&screen, 0), LINE_WIDE);
	assert_int_equal(screen_resize(&screen, 7, 3), OS_OK);
	screen_scroll(&screen, 4);
	assert_string_equal(row(0), "wide");
	assert_int_equal(screen_row_size(&screen, 0), LINE_SINGLE);
	/* inserted ones are new, and moved ones are not */
	screen_scroll(&screen, -100);
	say("\033[H\033[J\033#6a\033[L");
	assert_int_equal(screen_row_size(&screen, 0), LINE_SINGLE);
	assert_int_equal(screen_row_size(&screen, 1), LINE_WIDE);
	say("\033[M");
	assert_int_equal(screen_row_size(&screen, 0), LINE_WIDE);
	say("\033[J");
	assert_int_equal(screen_row_size(&screen, 0), LINE_SINGLE);
	/* the screen of tests, and a whole reset */
	say("\033#6\033#8");
	assert_int_equal(screen_row_size(&screen, 0), LINE_SINGLE);
	end();
}

static void a_line_of_double_width_is_no_part_of_a_longer_one(void **state)
{
	char text[64] = { 0 };

	(void)state;
	begin(6, 3, 2);
	say("\033#6abcd");
	assert_string_equal(row(0), "abc");
	assert_string_equal(row(1), "d");
	screen_select(&screen, (struct place){ 0, 0 }, (struct place){ 1, 6 });
	text[screen_text(&screen, text, sizeof(text) - 1)] = 0;
	assert_string_equal(text, "abc\nd");
	/* not even where a wide character has no room at all */
	say("\033[H\033[J\033[2;1H\033#6ab\u4e00");
	assert_string_equal(row(1), "ab");
	assert_string_equal(row(2), "\u4e00");
	end();
}

static void what_blinks_is_found_while_it_is_shown(void **state)
{
	(void)state;
	begin(10, 2, 2);
	say("still");
	assert_false(screen_blink(&screen));
	say("\033[5mb\033[25ms");
	memset(screen.dirty, 0, sizeof(screen.dirty));
	assert_true(screen_blink(&screen));
	assert_true(screen.dirty[0]);
	assert_false(screen.dirty[1]);
	assert_int_equal(screen_row(&screen, 0)[5].style, STYLE_BLINK);
	assert_int_equal(screen_row(&screen, 0)[6].style, 0);
	say("\r\n\r\n");
	assert_false(screen_blink(&screen));
	screen_scroll(&screen, 1);
	assert_true(screen_blink(&screen));
	end();
}

static void wide_characters_take_two_cells(void **state)
{
	(void)state;
	begin(6, 4, 0);
	say("a中文b");
	assert_string_equal(kinds(0), "nwWwWn");
	/* one that does not fit begins a line */
	say("\r\nabcde中");
	assert_string_equal(kinds(1), "nnnnn.");
	assert_string_equal(kinds(2), "wW....");
	at(2, 2);
	/* pictures are wide, letters of halved width are not; whole ones are */
	say("\033[H\033[2J\U0001f600ｱＡ");
	assert_string_equal(kinds(0), "wWnwW.");
	/* without folding the last one has the last cells */
	say("\033[?7l\033[2;6H中");
	assert_string_equal(kinds(1), "....wW");
	end();
	begin(1, 2, 0);
	say("中");
	assert_string_equal(row(0), "\ufffd");
	end();
}

static void no_half_of_a_wide_character_remains(void **state)
{
	(void)state;
	begin(6, 2, 0);
	say("中文字\033[1;2Hx");
	assert_string_equal(kinds(0), ".nwWwW");
	say("\033[1;5Hx");
	assert_string_equal(kinds(0), ".nwWn.");
	say("\033[1;2H字");
	assert_string_equal(kinds(0), ".wW.n.");
	say("\r\033[2K中文字\033[1;2H\033[K");
	assert_string_equal(kinds(0), "......");
	say("\r中文字\033[1;2H\033[X");
	assert_string_equal(kinds(0), "..wWwW");
	say("\r中文字\033[1;2H\033[P");
	assert_string_equal(kinds(0), ".wWwW.");
	say("\r中文字\033[1;2H\033[@");
	assert_string_equal(kinds(0), "...wW.");
	say("\r中文字\r\033[4hx\033[4l");
	assert_string_equal(kinds(0), "nwWwW.");
	say("\033[2J\033[H中文字\r\033[3C\033[1K");
	assert_string_equal(kinds(0), "....wW");
	end();
}

static void the_cursor_goes_where_it_is_sent(void **state)
{
	(void)state;
	begin(10, 5, 0);
	say("\033[3;4H");
	at(3, 2);
	say("\033[A\033[2C");
	at(5, 1);
	say("\033[99B\033[99D");
	at(0, 4);
	say("\033[99;99H\033[99A\033[G");
	at(0, 0);
	say("\t");
	at(8, 0);
	say("\033[3g\t");
	at(9, 0);
	say("\033[4G\033H\r\t");
	at(3, 0);
	say("\033[5d\033[6G\0337\033[H\0338");
	at(5, 4);
	say("\b\b");
	at(3, 4);
	end();
}

static void erasing_inserting_and_deleting(void **state)
{
	(void)state;
	begin(10, 4, 0);
	say("abcdefghij\033[1;4H\033[2@");
	assert_string_equal(row(0), "abc  defgh");
	say("\033[3P");
	assert_string_equal(row(0), "abcefgh");
	say("\033[2X");
	assert_string_equal(row(0), "abc  gh");
	say("\033[1K");
	assert_string_equal(row(0), "     gh");
	say("\033[K");
	assert_string_equal(row(0), "");
	say("\033[H1\r\n2\r\n3\r\n4\033[2;1H\033[L");
	assert_string_equal(row(1), "");
	assert_string_equal(row(2), "2");
	assert_string_equal(row(3), "3");
	say("\033[2M");
	assert_string_equal(row(1), "3");
	say("\033[J");
	assert_string_equal(row(1), "");
	assert_string_equal(row(0), "1");
	say("\033[2J");
	assert_string_equal(row(0), "");
	say("\033[4habc\033[D\033[Dx");
	assert_string_equal(row(1), "axbc");
	say("\033[4l\033[Hz\033[3b");
	assert_string_equal(row(0), "zzzz");
	end();
}

static void a_region_scrolls_by_itself(void **state)
{
	(void)state;
	begin(10, 5, 10);
	say("a\r\nb\r\nc\r\nd\r\ne\033[2;4r\033[4;1H\n");
	assert_string_equal(row(0), "a");
	assert_string_equal(row(1), "c");
	assert_string_equal(row(2), "d");
	assert_string_equal(row(3), "");
	assert_string_equal(row(4), "e");
	assert_int_equal(screen.history, 0);
	say("\033[2;1H\033M");
	assert_string_equal(row(1), "");
	assert_string_equal(row(2), "c");
	say("\033[?6h");
	at(0, 1);
	say("\033[99;1H");
	at(0, 3);
	say("\033[?6l\033[r");
	end();
}

static void lines_and_boxes(void **state)
{
	(void)state;
	begin(10, 2, 0);
	say("\033(0lqk\033(Blqk\r\n\033)0\016x\017x");
	assert_string_equal(row(0), "┌─┐lqk");
	assert_string_equal(row(1), "│x");
	say("\033c\033(A#\033(B#");
	assert_string_equal(row(0), "£#");
	end();
}

static void colours_and_styles(void **state)
{
	const struct cell *cells;

	(void)state;
	begin(20, 2, 0);
	say("\033[1;31;44ma\033[0mb\033[38;5;200;4mc\033[38;2;1;2;3;7md\033[39;24me\033[91;102mf");
	cells = screen_row(&screen, 0);
	assert_int_equal(cells[0].style, STYLE_BOLD);
	assert_int_equal(cells[0].text, COLOUR_INDEX | 1);
	assert_int_equal(cells[0].back, COLOUR_INDEX | 4);
	assert_int_equal(cells[1].style | cells[1].text | cells[1].back, 0);
	assert_int_equal(cells[2].text, COLOUR_INDEX | 200);
	assert_int_equal(cells[2].style, STYLE_UNDERLINE);
	assert_int_equal(cells[3].text, COLOUR_RGB | 0x010203);
	assert_int_equal(cells[4].text, 0);
	assert_int_equal(cells[4].style, STYLE_INVERSE);
	assert_int_equal(cells[5].text, COLOUR_INDEX | 9);
	assert_int_equal(cells[5].back, COLOUR_INDEX | 10);
	/* with colons, too: the space of colours may stand there or not, and what is unknown goes
	 */
	say("\033[0;38:2::9:8:7;48:5:100;4:3mg\033[4:0;38:2:1:2:3;1:9mh\033[0;21mi\033[0;102m");
	assert_int_equal(cells[6].text, COLOUR_RGB | 0x090807);
	assert_int_equal(cells[6].back, COLOUR_INDEX | 100);
	assert_int_equal(cells[6].style, STYLE_UNDERLINE);
	assert_int_equal(cells[7].text, COLOUR_RGB | 0x010203);
	assert_int_equal(cells[7].style, STYLE_BOLD);
	assert_int_equal(cells[8].style, STYLE_UNDERLINE);
	/* what is erased has the background of the pen */
	say("\033[K");
	assert_int_equal(screen_row(&screen, 0)[19].back, COLOUR_INDEX | 10);
	end();
}

static void programs_are_answered(void **state)
{
	(void)state;
	begin(20, 5, 0);
	say("\033[2;3H\033[6n\033[5n\033[c\033[>c");
	assert_string_equal(answers, "\033[2;3R\033[0n\033[?6c\033[>0;1;0c");
	say("\033]0;a title\007\033]2;another\033\\x");
	assert_string_equal(title, "another");
	assert_string_equal(row(1), "  x");
	say("\033]nonsense\007\033P a string \033\\\033_more\033\\y");
	assert_string_equal(row(1), "  xy");
	end();
}

static void modes_of_keys_are_kept_for_who_sends_them(void **state)
{
	(void)state;
	begin(20, 5, 0);
	say("\033[?1;2004h");
	assert_true(screen.cursor_keys && screen.paste_marks);
	say("\033[?1l\033[?25l");
	assert_true(!screen.cursor_keys && screen.hidden_cursor);
	say("\033[?1002;1004;1006h");
	assert_true(screen.mouse == MOUSE_DRAG && screen.mouse_sgr && screen.focus_reports);
	say("\033[?1003h");
	assert_int_equal(screen.mouse, MOUSE_MOTION);
	say("\033[?1003l\033[?1000h");
	assert_int_equal(screen.mouse, MOUSE_BUTTONS);
	say("\033[!p");
	assert_true(!screen.paste_marks && !screen.hidden_cursor);
	assert_true(screen.mouse == MOUSE_NONE && !screen.mouse_sgr && !screen.focus_reports);
	end();
}

/* ------------------------------------------------------------------ history and sizes */

static void count_lines(uint32_t from, uint32_t to)
{
	char text[16];

	for (uint32_t i = from; i <= to; i++) {
		snprintf(text, sizeof(text), "%s%u", i > 1 ? "\r\n" : "", i);
		say(text);
	}
}

static void what_scrolls_away_can_be_looked_at(void **state)
{
	(void)state;
	begin(10, 3, 5);
	count_lines(1, 10);
	assert_string_equal(row(0), "8");
	assert_int_equal(screen.history, 5);
	screen_scroll(&screen, 2);
	assert_string_equal(row(0), "6");
	assert_string_equal(row(2), "8");
	/* who looks at something goes on looking at it, as long as it is there */
	count_lines(11, 12);
	assert_string_equal(row(0), "6");
	screen_scroll(&screen, 100);
	assert_string_equal(row(0), "5");
	screen_scroll(&screen, -100);
	assert_string_equal(row(2), "12");
	end();
}

static void the_alternate_screen_leaves_no_trace(void **state)
{
	(void)state;
	begin(10, 3, 5);
	count_lines(1, 4);
	say("\033[?1049h");
	assert_string_equal(row(0), "");
	count_lines(1, 9);
	assert_int_equal(screen.history, 1);
	say("\033[?1049l");
	assert_string_equal(row(0), "2");
	assert_string_equal(row(2), "4");
	at(1, 2);
	end();
}

static void another_size_keeps_what_is_near_the_cursor(void **state)
{
	(void)state;
	begin(10, 5, 10);
	count_lines(1, 5);
	assert_int_equal(screen_resize(&screen, 8, 3), OS_OK);
	assert_string_equal(row(0), "3");
	assert_string_equal(row(2), "5");
	at(1, 2);
	assert_int_equal(screen_resize(&screen, 12, 6), OS_OK);
	assert_string_equal(row(0), "1");
	assert_string_equal(row(4), "5");
	at(1, 4);
	/* lines below the cursor go first */
	say("\033[H");
	assert_int_equal(screen_resize(&screen, 12, 2), OS_OK);
	assert_string_equal(row(0), "1");
	assert_int_equal(screen.history, 0);
	assert_int_equal(screen_resize(&screen, 0, 2), OS_ERR_RANGE);
	assert_int_equal(screen_resize(&screen, 12, SCREEN_ROWS_MAX + 1), OS_ERR_RANGE);
	assert_string_equal(row(0), "1");
	end();
}

static void size(uint32_t columns, uint32_t rows)
{
	assert_int_equal(screen_resize(&screen, columns, rows), OS_OK);
}

static void lines_are_folded_anew_for_another_width(void **state)
{
	(void)state;
	begin(10, 4, 20);
	say("The quick brown fox.\r\nTwo");
	assert_string_equal(row(0), "The quick");
	assert_string_equal(row(1), "brown fox.");
	size(15, 4);
	assert_string_equal(row(0), "The quick brown");
	assert_string_equal(row(1), " fox.");
	assert_string_equal(row(2), "Two");
	at(3, 2);
	size(40, 4);
	assert_string_equal(row(0), "The quick brown fox.");
	assert_string_equal(row(1), "Two");
	at(3, 1);
	/* there and back: nothing is lost by a window that was small */
	size(3, 2);
	assert_string_equal(row(1), "Two");
	assert_int_equal(screen.history, 6);
	assert_string_equal(row(0), "x.");
	assert_true(screen.cursor.wraps);
	size(20, 4);
	assert_string_equal(row(0), "The quick brown fox.");
	assert_string_equal(row(1), "Two");
	at(3, 1);
	say("!");
	assert_string_equal(row(1), "Two!");
	end();
}

static void the_history_is_folded_too(void **state)
{
	(void)state;
	begin(8, 2, 10);
	say("12345678abcd\r\n2\r\n3\r\n4");
	assert_int_equal(screen.history, 3);
	size(4, 2);
	assert_int_equal(screen.history, 4);
	screen_scroll(&screen, 4);
	assert_string_equal(row(0), "1234");
	assert_string_equal(row(1), "5678");
	size(16, 2);
	assert_int_equal(screen.history, 2);
	screen_scroll(&screen, 4);
	assert_string_equal(row(0), "12345678abcd");
	/* what there is no room for is the oldest */
	size(1, 2);
	assert_int_equal(screen.history, 10);
	screen_scroll(&screen, 10);
	assert_string_equal(row(0), "4");
	screen_scroll(&screen, -10);
	assert_string_equal(row(0), "3");
	assert_string_equal(row(1), "4");
	end();
}

static void folding_keeps_wide_characters_whole(void **state)
{
	(void)state;
	begin(6, 3, 10);
	say("中文字a中");
	assert_string_equal(kinds(0), "wWwWwW");
	size(5, 3);
	assert_string_equal(kinds(0), "wWwW.");
	assert_string_equal(kinds(1), "wWnwW");
	at(4, 1);
	assert_true(screen.cursor.wraps);
	/* the gap is no blank */
	size(12, 3);
	assert_string_equal(kinds(0), "wWwWwWnwW...");
	at(9, 0);
	size(1, 3);
	assert_string_equal(row(2), "\ufffd");
	end();
}

static void only_lines_that_were_folded_are_joined(void **state)
{
	(void)state;
	begin(5, 4, 10);
	/* exactly as long as the screen is wide, and no longer */
	say("12345\r\nabc");
	size(10, 4);
	assert_string_equal(row(0), "12345");
	assert_string_equal(row(1), "abc");
	/* what was folded, and is another line now */
	say("\033[2J\033[H1234567890ab\033[1;1H\033[K");
	size(20, 4);
	assert_string_equal(row(0), "");
	assert_string_equal(row(1), "ab");
	say("\033[2J\033[H");
	size(5, 4);
	say("1234567\033[2;1H\033[L");
	size(10, 4);
	assert_string_equal(row(0), "12345");
	assert_string_equal(row(2), "67");
	end();
}

static void a_cleared_screen_stays_clear(void **state)
{
	(void)state;
	begin(10, 4, 10);
	count_lines(1, 8);
	say("\033[H\033[2Jx");
	size(12, 4);
	assert_string_equal(row(0), "x");
	assert_int_equal(screen.history, 4);
	/* where there is more room, the history comes back */
	size(12, 6);
	assert_string_equal(row(1), "4");
	assert_string_equal(row(2), "x");
	at(1, 2);
	say("\033[3J");
	assert_int_equal(screen.history, 0);
	assert_string_equal(row(2), "x");
	end();
}

static void the_alternate_screen_is_cut(void **state)
{
	(void)state;
	begin(6, 3, 10);
	say("1234567\033[?1049h\033[H中文字");
	size(5, 3);
	assert_string_equal(kinds(0), "wWwW.");
	at(4, 0);
	say("\033[?1049l");
	assert_string_equal(row(0), "12345");
	assert_string_equal(row(1), "67");
	at(2, 1);
	end();
}

static void a_size_without_memory_changes_nothing(void **state)
{
	(void)state;
	for (uint32_t fail = 1; fail <= 2; fail++) {
		begin(10, 3, 5);
		count_lines(1, 6);
		memory.fail_at = memory.calls + fail;
		assert_int_equal(screen_resize(&screen, 20, 6), OS_ERR_OUT_OF_RAM);
		assert_int_equal(screen.columns, 10);
		assert_string_equal(row(2), "6");
		end();
	}
	fail_alloc_init(&memory, 2);
	assert_int_equal(screen_init(&screen, &memory.alloc, 10, 3, 5), OS_ERR_OUT_OF_RAM);
	assert_int_equal(memory.live, 0);
}

/* ------------------------------------------------------------------ selection */

static void text_is_selected_over_lines(void **state)
{
	char text[64];

	(void)state;
	begin(10, 3, 10);
	say("one two   \r\nthree\r\nfour €");
	screen_select(&screen, screen_place(&screen, 6, 2), screen_place(&screen, 4, 0));
	assert_true(screen_selected(&screen, 4, 0) && !screen_selected(&screen, 3, 0));
	text[screen_text(&screen, text, sizeof(text))] = 0;
	assert_string_equal(text, "two\nthree\nfour €");
	/* it is what it was after it has scrolled away */
	say("\r\n5\r\n6\r\n7\r\n8");
	text[screen_text(&screen, text, sizeof(text))] = 0;
	assert_string_equal(text, "two\nthree\nfour €");
	/* what does not fit is left out by whole characters */
	assert_int_equal(screen_text(&screen, text, 17), 15);
	/* a line that goes on has no end, and blanks at its end are text */
	say("\033[2J\033[Hfolded    twice     x\033[3;1H\033[K");
	screen_select(&screen, screen_place(&screen, 0, 0), screen_place(&screen, 9, 2));
	text[screen_text(&screen, text, sizeof(text))] = 0;
	assert_string_equal(text, "folded    twice     ");
	screen_select(&screen, screen_place(&screen, 1, 1), screen_place(&screen, 1, 1));
	assert_int_equal(screen_text(&screen, text, sizeof(text)), 0);
	end();
}

/* ------------------------------------------------------------------ nonsense */

static void check_sane(void)
{
	assert_true(screen.cursor.column < screen.columns && screen.cursor.row < screen.rows);
	assert_true(screen.top < screen.rows && screen.bottom < screen.rows);
	assert_true(screen.top <= screen.bottom);
	assert_true(screen.history <= screen.lines - screen.rows && screen.back <= screen.history);
	for (uint32_t i = 0; i < screen.rows; i++)
		for (uint32_t n = 0; n < screen.columns; n++) {
			const struct cell *const cell = &screen_row(&screen, i)[n];
			const bool last = n == screen.columns - 1;

			assert_true(cell->character <= 0x10ffff);
			/* halves come in pairs, and only last cells tell of the next line */
			assert_true(!(cell->flags & CELL_LEFT) ||
			            (!last && cell[1].flags & CELL_RIGHT));
			assert_true(!(cell->flags & CELL_RIGHT) ||
			            (n && cell[-1].flags & CELL_LEFT));
			assert_true(last || !(cell->flags & (CELL_CONTINUES | CELL_PADDING)));
			assert_true(screen_row_size(&screen, i) == LINE_SINGLE ||
			            !(cell->flags & CELL_CONTINUES));
		}
}

/* Bytes that mean something, in any order. */
static uint8_t random_byte(uint64_t *seed)
{
	static const char often[] =
	        "\033\033\033###[[[]]?;;;:0123456789hlmrHJKLMPX@ABCD\n\n\r\t\b\016c#8(0";

	if (random_below(seed, 4))
		return (uint8_t)often[random_below(seed, sizeof(often) - 1)];
	return (uint8_t)random_below(seed, 256);
}

static void whatever_is_written_it_stays_a_terminal(void **state)
{
	uint64_t seed = 7;
	char text[300];

	(void)state;
	begin(30, 10, 20);
	for (int round = 0; round < 20000; round++) {
		uint8_t bytes[40];
		const size_t size = random_below(&seed, sizeof(bytes));

		for (size_t i = 0; i < size; i++)
			bytes[i] = random_byte(&seed);
		if (!random_below(&seed, 3))
			say(random_below(&seed, 2) ? "中文e\u0301" : "abc\U0001f600");
		answers[0] = 0;
		screen_write(&screen, bytes, size);
		if (!random_below(&seed, 20))
			screen_scroll(&screen, (int32_t)random_below(&seed, 40) - 20);
		if (!random_below(&seed, 50))
			screen_select(&screen,
			              screen_place(&screen, (int32_t)random_below(&seed, 60) - 9,
			                           (int32_t)random_below(&seed, 30) - 9),
			              screen_place(&screen, 5, 5));
		if (!random_below(&seed, 100))
			assert_int_equal(screen_resize(&screen,
			                               (uint32_t)random_below(&seed, 50) + 1,
			                               (uint32_t)random_below(&seed, 20) + 1),
			                 OS_OK);
		assert_true(screen_text(&screen, text, sizeof(text)) <= sizeof(text));
		check_sane();
	}
	assert_int_equal(screen_resize(&screen, 30, 10), OS_OK);
	say("\030\033c\033[Hstill here");
	assert_string_equal(row(0), "still here");
	end();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(text_goes_from_left_to_right_and_down),
		cmocka_unit_test(utf8_may_come_in_pieces),
		cmocka_unit_test(what_joins_stays_with_the_character_before),
		cmocka_unit_test(lines_of_double_size_have_half_the_columns),
		cmocka_unit_test(sizes_of_lines_go_with_them),
		cmocka_unit_test(a_line_of_double_width_is_no_part_of_a_longer_one),
		cmocka_unit_test(what_blinks_is_found_while_it_is_shown),
		cmocka_unit_test(wide_characters_take_two_cells),
		cmocka_unit_test(no_half_of_a_wide_character_remains),
		cmocka_unit_test(the_cursor_goes_where_it_is_sent),
		cmocka_unit_test(erasing_inserting_and_deleting),
		cmocka_unit_test(a_region_scrolls_by_itself),
		cmocka_unit_test(lines_and_boxes),
		cmocka_unit_test(colours_and_styles),
		cmocka_unit_test(programs_are_answered),
		cmocka_unit_test(modes_of_keys_are_kept_for_who_sends_them),
		cmocka_unit_test(what_scrolls_away_can_be_looked_at),
		cmocka_unit_test(the_alternate_screen_leaves_no_trace),
		cmocka_unit_test(another_size_keeps_what_is_near_the_cursor),
		cmocka_unit_test(lines_are_folded_anew_for_another_width),
		cmocka_unit_test(the_history_is_folded_too),
		cmocka_unit_test(folding_keeps_wide_characters_whole),
		cmocka_unit_test(only_lines_that_were_folded_are_joined),
		cmocka_unit_test(a_cleared_screen_stays_clear),
		cmocka_unit_test(the_alternate_screen_is_cut),
		cmocka_unit_test(a_size_without_memory_changes_nothing),
		cmocka_unit_test(text_is_selected_over_lines),
		cmocka_unit_test(whatever_is_written_it_stays_a_terminal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
