/* SPDX-License-Identifier: BSD-2-Clause */
/* Layout: where each word of a document stands on a page of a given width; pure. */

#ifndef SCOUT_LAYOUT_H
#define SCOUT_LAYOUT_H

#include "markdown.h"

/** Which font: of headings by level, and of texts by style. */
struct look {
	uint32_t level; /* of a heading; 0: it is none */
	uint8_t style;  /* STYLE_… */
};

/** What the layout has to know of fonts and images, in pixels. */
struct measure {
	void *context;
	/** The width of a text without a line end. */
	uint32_t (*width)(void *context, struct look look, const char *text, size_t length);
	/** From one line to the next, and from a line's top to its baseline. */
	uint32_t (*line)(void *context, struct look look, uint32_t *baseline);
	/** The size of an image; 0 by 0: there is none, and its description is shown. */
	void (*image)(void *context, const char *file, size_t length, uint32_t *width,
	              uint32_t *height);
};

/** A piece of one line, in one look, or an image. */
struct box {
	int32_t x, y; /* of its upper left corner */
	uint32_t width, height;
	uint32_t baseline; /* below y */
	const char *text;
	size_t length;
	const struct run *run;     /* that it is of */
	const struct block *block; /* that it is in */
	struct look look;
	bool image;
};

/** A page; zero is an empty one. Members are for reading only. */
struct page {
	struct os_alloc *alloc;
	struct box *boxes; /* from the top down */
	size_t count, room;
	uint32_t width, height;
	int32_t *tops; /* of each block, with the space before it left out; as many as there are */
	size_t top_count;
};

enum { PAGE_WIDTH_MIN = 80, PAGE_GAP = 12, PAGE_INDENT = 24 };

/**
 * Lay the document out; its text, and the document, must stay as long as the page. A word wider
 * than the page is broken. Errors: OUT_OF_RAM, with nothing left behind.
 */
enum os_err page_init(struct page *page, struct os_alloc *alloc, const struct document *document,
                      uint32_t width, const struct measure *measure) OS_MUST_CHECK;

/** Zero is accepted. */
void page_fini(struct page *page);

/** The first box that ends below `y`: where drawing begins; `count` if there is none. */
size_t page_first(const struct page *page, int32_t y);

/** The box at this place; NULL: there is none. */
const struct box *page_at(const struct page *page, int32_t x, int32_t y);

/** The next box of a link behind `from` (NULL: from the top), or before it; NULL: there is none. */
const struct box *page_link(const struct page *page, const struct box *from, bool backwards);

#endif
