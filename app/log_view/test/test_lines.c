/* SPDX-License-Identifier: BSD-2-Clause */
/* Lines in colours: labels, errors, warnings, and what a hostile line may not do. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "../lines.h"

static char out[1 << 16];

static void shows(const char *text, const char *expected)
{
	const size_t size = lines_colour(out, text, strlen(text));
	size_t lines = 0;

	for (const char *at = text; (at = strchr(at, '\n')); at++)
		lines++;
	assert_true(size <= strlen(text) + lines * LINES_MORE);
	out[size] = 0;
	assert_string_equal(out, expected);
}

static void labels_have_a_colour(void **state)
{
	(void)state;
	shows("[init -> a] text\n", "\033[36m[init -> a] \033[mtext\033[m\r\n");
	shows("[a] one\n[b] [x] two\n",
	      "\033[36m[a] \033[mone\033[m\r\n\033[36m[b] \033[m[x] two\033[m\r\n");
	shows("[a] \n", "\033[36m[a] \033[m\033[m\r\n");
	shows("no label\n[neither\n", "no label\033[m\r\n[neither\033[m\r\n");
	shows("", "");
}

static void errors_and_warnings_are_seen(void **state)
{
	(void)state;
	shows("[a] error: bad\n", "\033[36m[a] \033[m\033[1;31merror: bad\033[m\r\n");
	shows("[a] crashed: worse\n", "\033[36m[a] \033[m\033[1;31mcrashed: worse\033[m\r\n");
	shows("[a] warning: look\n", "\033[36m[a] \033[m\033[33mwarning: look\033[m\r\n");
	shows("[a] errors happen\n", "\033[36m[a] \033[merrors happen\033[m\r\n");
	shows("[a] error\n", "\033[36m[a] \033[merror\033[m\r\n");
}

static void a_line_controls_nothing(void **state)
{
	(void)state;
	shows("[a] \033[2J\r\x7f\tx\n", "\033[36m[a] \033[m?[2J??\tx\033[m\r\n");
	shows("[a] \xc2\x9b"
	      "2J \xc3\xa9 \xc2\n",
	      "\033[36m[a] \033[m?\x9b"
	      "2J \xc3\xa9 \xc2\033[m\r\n");
	shows("[\033[31m] x\n", "\033[36m[?[31m] \033[mx\033[m\r\n");
}

static void lost_lines_are_told(void **state)
{
	size_t size;

	(void)state;
	size = lines_lost(out, UINT64_MAX);
	assert_true(size <= LINES_LOST);
	size = lines_lost(out, 17);
	out[size] = 0;
	assert_string_equal(out, "\033[2m(17 lines lost)\033[m\r\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(labels_have_a_colour),
		cmocka_unit_test(errors_and_warnings_are_seen),
		cmocka_unit_test(a_line_controls_nothing),
		cmocka_unit_test(lost_lines_are_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
