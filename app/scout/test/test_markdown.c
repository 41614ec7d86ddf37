/* SPDX-License-Identifier: BSD-2-Clause */
/* Documents: what Markdown means, and that nothing is an error. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "fail_alloc.h"
#include "../markdown.h"

static const char kinds[] = "HPIQCMR";

/* A document as text: a letter and number per block, then its runs with marks for their styles. */
static const char *told(const char *source)
{
	static char text[4096];
	struct document document;
	struct fail_alloc memory;
	size_t at = 0;

	fail_alloc_init(&memory, 0);
	assert_int_equal(document_init(&document, &memory.alloc, source, strlen(source)), OS_OK);
	for (size_t i = 0; i < document.block_count; i++) {
		const struct block *block = &document.blocks[i];

		at += (size_t)sprintf(text + at, "%c%u", kinds[block->kind], block->level);
		if (block->number)
			at += (size_t)sprintf(text + at, "#%u", block->number);
		for (size_t n = block->first; n < block->first + block->count; n++) {
			const struct run *run = &document.runs[n];

			at += (size_t)sprintf(text + at, "[%s%s%s%.*s", run->style & 1 ? "s:" : "",
			                      run->style & 2 ? "e:" : "",
			                      run->style & 4 ? "c:" : "", (int)run->length,
			                      run->text);
			if (run->target)
				at += (size_t)sprintf(text + at, "->%.*s", (int)run->target_length,
				                      run->target);
			at += (size_t)sprintf(text + at, "]");
		}
		at += (size_t)sprintf(text + at, " ");
	}
	text[at ? at - 1 : 0] = '\0';
	document_fini(&document);
	assert_int_equal(memory.live, 0);
	return text;
}

static void blocks(void **state)
{
	(void)state;
	assert_string_equal(told(""), "");
	assert_string_equal(told("\n\n \n"), "");
	assert_string_equal(told("# One\n## Two ##\n#none\n"), "H1[One] H2[Two ##] P0[#none]");
	assert_string_equal(told("a\nb\n\nc"), "P0[a\nb] P0[c]");
	assert_string_equal(told("- a\n  more\n  - b\n* c\n"), "I1[a\n  more] I2[b] I1[c]");
	assert_string_equal(told("1. a\n2. b\n10. c"), "I1#1[a] I1#2[b] I1#10[c]");
	assert_string_equal(told("> a\n> b\nc"), "Q0[a][\n][b\nc]");
	assert_string_equal(told("a\n---\n***\n--"), "P0[a] R0 R0 P0[--]");
	assert_string_equal(told("```c\nint a;\n\n  # b\n```\nc"),
	                    "C0[c:int a;][c:][c:  # b] P0[c]");
	assert_string_equal(told("```\nnever closed"), "C0[c:never closed]");
	assert_string_equal(told("![A tree](tree.png)\n![](x)\n"), "M0[A tree->tree.png] M0[->x]");
}

static void texts(void **state)
{
	(void)state;
	assert_string_equal(told("a **b** c"), "P0[a ][s:b][ c]");
	assert_string_equal(told("a *b **c** d*"), "P0[a ][e:b ][s:e:c][e: d]");
	assert_string_equal(told("`a*b*`c"), "P0[c:a*b*][c]");
	assert_string_equal(told("[a **b**](to) c"), "P0[a ->to][s:b->to][ c]");
	assert_string_equal(told("[a [b] c](to)"), "P0[a [b] c->to]");
	assert_string_equal(told("\\*a\\* \\x"), "P0[*a][* \\x]");
}

static void what_has_no_meaning_stands_for_itself(void **state)
{
	(void)state;
	assert_string_equal(told("a * b"), "P0[a * b]");
	assert_string_equal(told("2 * 3 * 4"), "P0[2 * 3 * 4]");
	assert_string_equal(told("**a"), "P0[**a]");
	assert_string_equal(told("`a"), "P0[`a]");
	assert_string_equal(told("[a](b"), "P0[[a](b]");
	assert_string_equal(told("[a] (b)"), "P0[[a] (b)]");
	assert_string_equal(told("[[[[[[[[[[[a]]]]]]]]]]](b)"), "P0[[[[[[[[[[[[a]]]]]]]]]]](b)]");
	assert_string_equal(told("<b>a</b>"), "P0[<b>a</b>]");
	assert_string_equal(told("a\\"), "P0[a\\]");
}

static void headings_are_found_by_their_text(void **state)
{
	static const char text[] = "# What is a *session*?\n\n## Next one\n";
	struct document document;
	struct fail_alloc memory;

	(void)state;
	fail_alloc_init(&memory, 0);
	assert_int_equal(document_init(&document, &memory.alloc, text, sizeof(text) - 1), OS_OK);
	assert_ptr_equal(document_anchor(&document, "#what-is-a-session", 18), &document.blocks[0]);
	assert_ptr_equal(document_anchor(&document, "#next-one", 9), &document.blocks[1]);
	assert_null(document_anchor(&document, "#next", 5));
	assert_null(document_anchor(&document, "#next-one-more", 14));
	assert_null(document_anchor(&document, "next-one", 8));
	assert_null(document_anchor(&document, "", 0));
	document_fini(&document);
}

static void failing_allocations_leave_nothing_behind(void **state)
{
	char text[4000];

	(void)state;
	for (size_t i = 0; i < sizeof(text); i++)
		text[i] = "a\n\n*b* "[i % 7];
	for (size_t n = 1, failed = 1; failed; n++) {
		struct document document;
		struct fail_alloc memory;
		enum os_err err;

		fail_alloc_init(&memory, n);
		err = document_init(&document, &memory.alloc, text, sizeof(text));
		assert_int_equal(err, memory.failed ? OS_ERR_OUT_OF_RAM : OS_OK);
		document_fini(&document);
		assert_int_equal(memory.live, 0);
		failed = memory.failed;
	}
}

/* Any text at all: each run lies within it, and blocks have their runs in order. */
static void anything_is_a_document(void **state)
{
	static const char letters[] = "a *`[]()#->1. \n\n!\\~\t_\xc3\xa9";

	(void)state;
	srand(1);
	for (int round = 0; round < 3000; round++) {
		const size_t size = (size_t)rand() % 300;
		char *text = malloc(size + 1); /* its exact size, for ASan */
		struct document document;
		struct fail_alloc memory;
		size_t next = 0;

		for (size_t i = 0; i < size; i++)
			text[i] = letters[(size_t)rand() % (sizeof(letters) - 1)];
		text = realloc(text, size ? size : 1);
		fail_alloc_init(&memory, 0);
		assert_int_equal(document_init(&document, &memory.alloc, text, size), OS_OK);
		for (size_t i = 0; i < document.block_count; i++) {
			assert_int_equal(document.blocks[i].first, next);
			next += document.blocks[i].count;
		}
		assert_int_equal(next, document.run_count);
		for (size_t i = 0; i < document.run_count; i++) {
			const struct run *run = &document.runs[i];

			assert_true((run->text >= text && run->text + run->length <= text + size));
			assert_true(!run->target ||
			            run->target + run->target_length <= text + size);
		}
		document_fini(&document);
		assert_int_equal(memory.live, 0);
		free(text);
	}
}

/* What opens and never closes costs no more than what does. */
static void time_is_linear(void **state)
{
	static char text[400000];
	struct document document;
	struct fail_alloc memory;

	(void)state;
	for (size_t i = 0; i < sizeof(text); i++)
		text[i] = "[`*a"[i % 4];
	fail_alloc_init(&memory, 0);
	assert_int_equal(document_init(&document, &memory.alloc, text, sizeof(text)), OS_OK);
	document_fini(&document);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(blocks),
		cmocka_unit_test(texts),
		cmocka_unit_test(what_has_no_meaning_stands_for_itself),
		cmocka_unit_test(headings_are_found_by_their_text),
		cmocka_unit_test(failing_allocations_leave_nothing_behind),
		cmocka_unit_test(anything_is_a_document),
		cmocka_unit_test(time_is_linear),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
