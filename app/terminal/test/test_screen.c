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
	say("\r\ne\u0301\u200b."); /* what joins with the one before is left out */
	assert_string_equal(row(1), "e.");
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
	say("\033[!p");
	assert_true(!screen.paste_marks && !screen.hidden_cursor);
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
		for (uint32_t n = 0; n < screen.columns; n++)
			assert_true(screen_row(&screen, i)[n].character <= 0x10ffff);
}

/* Bytes that mean something, in any order. */
static uint8_t random_byte(uint64_t *seed)
{
	static const char often[] =
	        "\033\033\033[[[]]?;;;0123456789hlmrHJKLMPX@ABCD\n\n\r\t\b\016c#8(0";

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
		cmocka_unit_test(a_size_without_memory_changes_nothing),
		cmocka_unit_test(text_is_selected_over_lines),
		cmocka_unit_test(whatever_is_written_it_stays_a_terminal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
