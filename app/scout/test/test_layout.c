/* SPDX-License-Identifier: BSD-2-Clause */
/* Layout: lines that break, stay on the page, and are found again. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "fail_alloc.h"
#include "../layout.h"

/* Characters are 10 wide and 20 high, those of headings 20 and 40. */
static uint32_t width(void *context, struct look look, const char *text, size_t length)
{
	uint32_t count = 0;

	(void)context;
	for (size_t i = 0; i < length; i++)
		count += ((uint8_t)text[i] & 0xc0) != 0x80;
	return count * (look.level ? 20 : 10);
}

static uint32_t line(void *context, struct look look, uint32_t *baseline)
{
	(void)context;
	*baseline = look.level ? 30 : 15;
	return look.level ? 40 : 20;
}

static void image(void *context, const char *file, size_t length, uint32_t *w, uint32_t *h)
{
	(void)context;
	*w = *h = 0;
	if (length == 4 && !memcmp(file, "wide", 4)) {
		*w = 400;
		*h = 100;
	}
}

static const struct measure measure = { .width = width, .line = line, .image = image };

struct both {
	struct fail_alloc memory;
	struct document document;
	struct page page;
};

static void both_init(struct both *both, const char *text, uint32_t page_width)
{
	fail_alloc_init(&both->memory, 0);
	assert_int_equal(document_init(&both->document, &both->memory.alloc, text, strlen(text)),
	                 OS_OK);
	assert_int_equal(
	        page_init(&both->page, &both->memory.alloc, &both->document, page_width, &measure),
	        OS_OK);
}

static void both_fini(struct both *both)
{
	page_fini(&both->page);
	document_fini(&both->document);
	assert_int_equal(both->memory.live, 0);
}

static void is_box(const struct page *page, size_t index, const char *text, int32_t x, int32_t y)
{
	const struct box *box = &page->boxes[index];

	assert_true(index < page->count);
	assert_int_equal(box->length, strlen(text));
	assert_memory_equal(box->text, text, box->length);
	assert_int_equal(box->x, x);
	assert_int_equal(box->y, y);
}

static void words_fill_lines(void **state)
{
	struct both both;

	(void)state;
	both_init(&both, "one two three four", 90);
	assert_int_equal(both.page.count, 3);
	is_box(&both.page, 0, "one two", 0, 0);
	is_box(&both.page, 1, "three", 0, 20);
	is_box(&both.page, 2, "four", 0, 40);
	assert_int_equal(both.page.boxes[0].width, 70);
	assert_int_equal(both.page.height, 60);
	both_fini(&both);
}

static void punctuation_stays_with_its_word(void **state)
{
	struct both both;

	(void)state;
	both_init(&both, "aa **bb**, c", 100);
	assert_int_equal(both.page.count, 3);
	is_box(&both.page, 1, "bb", 30, 0);
	is_box(&both.page, 2, ", c", 50, 0);
	both_fini(&both);
}

static void long_words_are_broken_between_characters(void **state)
{
	struct both both;

	(void)state;
	both_init(&both,
	          "a \xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9", 80);
	assert_int_equal(both.page.count, 3);
	assert_int_equal(both.page.boxes[1].length, 16);
	assert_int_equal(both.page.boxes[2].length, 2);
	both_fini(&both);
}

static void different_sizes_share_a_baseline(void **state)
{
	struct both both;

	(void)state;
	both_init(&both, "# A\n\nb", 200);
	is_box(&both.page, 0, "A", 0, 0);
	is_box(&both.page, 1, "b", 0, 40 + PAGE_GAP);
	assert_int_equal(both.page.tops[1], 40 + PAGE_GAP);
	both_fini(&both);
}

static void items_are_indented_and_images_fit(void **state)
{
	struct both both;

	(void)state;
	both_init(&both, "- a\n\n![x](wide)\n\n![none](gone)", 200);
	is_box(&both.page, 0, "a", PAGE_INDENT, 0);
	assert_true(both.page.boxes[1].image);
	assert_int_equal(both.page.boxes[1].width, 200);
	assert_int_equal(both.page.boxes[1].height, 50);
	assert_false(both.page.boxes[2].image); /* its description instead */
	is_box(&both.page, 2, "none", 0, 20 + PAGE_GAP + 50 + PAGE_GAP);
	both_fini(&both);
}

static void boxes_and_links_are_found(void **state)
{
	struct both both;
	const struct box *link;

	(void)state;
	both_init(&both, "a [b](x)\n\n[c d](y) e", 80);
	assert_ptr_equal(page_at(&both.page, 25, 10), &both.page.boxes[1]);
	assert_null(page_at(&both.page, 75, 10));
	link = page_link(&both.page, NULL, false);
	assert_memory_equal(link->run->target, "x", 1);
	link = page_link(&both.page, link, false);
	assert_memory_equal(link->run->target, "y", 1);
	assert_null(page_link(&both.page, link, false));
	link = page_link(&both.page, link, true);
	assert_memory_equal(link->run->target, "x", 1);
	assert_null(page_link(&both.page, link, true));
	assert_int_equal(page_first(&both.page, 0), 0);
	assert_int_equal(page_first(&both.page, 20), 2);
	assert_int_equal(page_first(&both.page, 1000), both.page.count);
	both_fini(&both);
}

/* Any text on any width: all of it is on the page, from the top down. */
static void anything_has_a_layout(void **state)
{
	static const char letters[] = "aaa *`[](#->1. \n\n!\xc3\xa9";

	(void)state;
	srand(2);
	for (int round = 0; round < 2000; round++) {
		char text[300];
		struct both both;

		for (size_t i = 0; i < sizeof(text) - 1; i++)
			text[i] = letters[(size_t)rand() % (sizeof(letters) - 1)];
		text[sizeof(text) - 1] = '\0';
		both_init(&both, text, (uint32_t)(rand() % 400));
		for (size_t i = 0; i < both.page.count; i++) {
			const struct box *box = &both.page.boxes[i];

			assert_true(box->x >= 0 && box->y >= 0);
			assert_true(box->y + (int32_t)box->height <= (int32_t)both.page.height);
		}
		both_fini(&both);
	}
}

static void failing_allocations_leave_nothing_behind(void **state)
{
	(void)state;
	for (size_t n = 1, failed = 1; failed; n++) {
		struct document document;
		struct fail_alloc memory;
		struct page page = { 0 };
		enum os_err err;

		fail_alloc_init(&memory, n);
		err = document_init(&document, &memory.alloc, "a\n\n- b\n\n*c*", 11);
		if (!err)
			err = page_init(&page, &memory.alloc, &document, 100, &measure);
		assert_int_equal(err, memory.failed ? OS_ERR_OUT_OF_RAM : OS_OK);
		page_fini(&page);
		document_fini(&document);
		assert_int_equal(memory.live, 0);
		failed = memory.failed;
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(words_fill_lines),
		cmocka_unit_test(punctuation_stays_with_its_word),
		cmocka_unit_test(long_words_are_broken_between_characters),
		cmocka_unit_test(different_sizes_share_a_baseline),
		cmocka_unit_test(items_are_indented_and_images_fit),
		cmocka_unit_test(boxes_and_links_are_found),
		cmocka_unit_test(anything_has_a_layout),
		cmocka_unit_test(failing_allocations_leave_nothing_behind),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
