/* SPDX-License-Identifier: BSD-2-Clause */
/* Layout: words fill lines, lines fill blocks, and blocks the page. */

#include <osier/string.h>

#include "layout.h"

enum { ROOM_MIN = 64, HEADING_GAP = 20, LIST_GAP = 4, CODE_PAD = 8, RULE_HEIGHT = 17 };

/* Where the next word goes. */
struct pen {
	struct page *page;
	const struct document *document;
	const struct measure *measure;
	const struct block *block;
	int32_t left, x, y;
	uint32_t right;    /* where a line ends */
	size_t line_first; /* box of the line */
	uint32_t line_height, baseline;
	bool space; /* one is due before the next word, if it is not the line's first */
};

static bool is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static enum os_err box_add(struct page *page, struct box box)
{
	const size_t room = page->room ? 2 * page->room : ROOM_MIN;
	enum os_err err;
	void *memory;

	if (page->count == page->room) {
		if ((err = os_alloc(page->alloc, room * sizeof(box), &memory)))
			return err;
		if (page->boxes) {
			memcpy(memory, page->boxes, page->count * sizeof(box));
			os_free(page->alloc, page->boxes, page->room * sizeof(box));
		}
		page->boxes = memory;
		page->room = room;
	}
	page->boxes[page->count++] = box;
	return OS_OK;
}

/* ------------------------------------------------------------------ lines */

/* All of a line's boxes stand on the same baseline; then the next line begins. */
static void line_end(struct pen *pen)
{
	struct page *const page = pen->page;

	for (size_t i = pen->line_first; i < page->count; i++) {
		struct box *box = &page->boxes[i];

		box->y = pen->y + (int32_t)(pen->baseline - box->baseline);
	}
	pen->y += (int32_t)pen->line_height;
	pen->x = pen->left;
	pen->line_first = page->count;
	pen->line_height = pen->baseline = 0;
	pen->space = false;
}

static void line_fits(struct pen *pen, uint32_t height, uint32_t baseline)
{
	if (baseline > pen->baseline) {
		pen->line_height += baseline - pen->baseline;
		pen->baseline = baseline;
	}
	if (pen->baseline + height - baseline > pen->line_height)
		pen->line_height = pen->baseline + height - baseline;
}

/* How much of a word that is wider than a line fits into one: at least a character. */
static size_t word_part(const struct pen *pen, struct look look, const char *word, size_t length)
{
	const uint32_t room = pen->right - (uint32_t)pen->left;
	size_t fits = 1, next;

	for (next = 1; next <= length; next++) {
		/* only whole characters of UTF-8 */
		if (next < length && ((uint8_t)word[next] & 0xc0) == 0x80)
			continue;
		if (pen->measure->width(pen->measure->context, look, word, next) > room)
			break;
		fits = next;
	}
	while (fits < length && ((uint8_t)word[fits] & 0xc0) == 0x80)
		fits++;
	return fits;
}

/* Join the piece to the box before, if that is of the same run and just before it in the text. */
static bool joined(struct pen *pen, const struct run *run, const char *word, size_t length)
{
	struct page *const page = pen->page;
	struct box *last = page->count > pen->line_first ? &page->boxes[page->count - 1] : NULL;

	if (!last || last->run != run || last->text + last->length + 1 != word || word[-1] != ' ')
		return false;
	/* as a whole: the widths of its words are rounded up */
	last->length += 1 + length;
	last->width =
	        pen->measure->width(pen->measure->context, last->look, last->text, last->length);
	pen->x = last->x + (int32_t)last->width;
	return true;
}

static enum os_err piece(struct pen *pen, const struct run *run, struct look look, const char *word,
                         size_t length, uint32_t width)
{
	uint32_t baseline, height;
	enum os_err err;

	if (joined(pen, run, word, length))
		return OS_OK;
	height = pen->measure->line(pen->measure->context, look, &baseline);
	err = box_add(pen->page, (struct box){ .x = pen->x,
	                                       .y = pen->y,
	                                       .width = width,
	                                       .height = height,
	                                       .baseline = baseline,
	                                       .text = word,
	                                       .length = length,
	                                       .run = run,
	                                       .block = pen->block,
	                                       .look = look });
	line_fits(pen, height, baseline);
	pen->x += (int32_t)width;
	return err;
}

static enum os_err word(struct pen *pen, const struct run *run, struct look look, const char *text,
                        size_t length)
{
	const struct measure *const measure = pen->measure;
	enum os_err err = OS_OK;

	while (length && !err) {
		const uint32_t gap = pen->space && pen->x > pen->left
		                             ? measure->width(measure->context, look, " ", 1)
		                             : 0;
		uint32_t width = measure->width(measure->context, look, text, length);
		size_t part = length;

		if ((uint32_t)pen->x + gap + width > pen->right && pen->x > pen->left &&
		    (pen->space || gap)) {
			line_end(pen);
			continue;
		}
		if (width > pen->right - (uint32_t)pen->left) {
			if (pen->x > pen->left)
				line_end(pen);
			part = word_part(pen, look, text, length);
			width = measure->width(measure->context, look, text, part);
		}
		pen->x += (int32_t)gap;
		pen->space = false;
		err = piece(pen, run, look, text, part, width);
		text += part;
		length -= part;
		if (length)
			line_end(pen);
	}
	return err;
}

static enum os_err run_words(struct pen *pen, const struct run *run, struct look look)
{
	const char *at = run->text, *const end = run->text + run->length;
	enum os_err err;

	while (at < end) {
		const char *from;

		if (is_space(*at)) {
			pen->space = true;
			at++;
			continue;
		}
		for (from = at; at < end && !is_space(*at); at++)
			continue;
		if ((err = word(pen, run, look, from, (size_t)(at - from))))
			return err;
	}
	return OS_OK;
}

/* ------------------------------------------------------------------ blocks */

static enum os_err text_block(struct pen *pen)
{
	const struct block *const block = pen->block;
	enum os_err err = OS_OK;

	for (size_t i = block->first; !err && i < block->first + block->count; i++) {
		const struct run *run = &pen->document->runs[i];
		const struct look look = { block->kind == BLOCK_HEADING ? block->level : 0,
			                   run->style };

		err = run_words(pen, run, look);
	}
	line_end(pen);
	return err;
}

/* Lines of code are not broken, and spaces count. */
static enum os_err code_block(struct pen *pen)
{
	const struct block *const block = pen->block;
	const struct look look = { 0, STYLE_CODE };
	enum os_err err = OS_OK;

	pen->y += CODE_PAD;
	pen->x = pen->left += CODE_PAD;
	for (size_t i = block->first; !err && i < block->first + block->count; i++) {
		const struct run *run = &pen->document->runs[i];

		err = piece(
		        pen, run, look, run->text, run->length,
		        pen->measure->width(pen->measure->context, look, run->text, run->length));
		line_end(pen);
	}
	pen->left -= CODE_PAD;
	pen->y += CODE_PAD;
	return err;
}

static enum os_err image_block(struct pen *pen)
{
	const struct run *const run = &pen->document->runs[pen->block->first];
	const uint32_t room = pen->right - (uint32_t)pen->left;
	uint32_t width, height;
	struct box box;

	pen->measure->image(pen->measure->context, run->target, run->target_length, &width,
	                    &height);
	if (!width || !height)
		return text_block(pen);
	if (width > room) {
		height = (uint32_t)((uint64_t)height * room / width);
		width = room;
	}
	box = (struct box){ .x = pen->left + (int32_t)(room - width) / 2,
		            .y = pen->y,
		            .width = width,
		            .height = height,
		            .text = run->text,
		            .length = run->length,
		            .run = run,
		            .block = pen->block,
		            .image = true };
	pen->y += (int32_t)height;
	pen->line_first = pen->page->count + 1;
	return box_add(pen->page, box);
}

static int32_t gap_before(const struct block *block, bool first)
{
	if (first)
		return 0;
	if (block->kind == BLOCK_HEADING)
		return HEADING_GAP;
	return block->kind == BLOCK_ITEM ? LIST_GAP : PAGE_GAP;
}

static enum os_err block_place(struct pen *pen, const struct block *block)
{
	uint32_t indent = 0;

	pen->block = block;
	if (block->kind == BLOCK_ITEM)
		indent = PAGE_INDENT * (block->level < 4 ? block->level : 4);
	if (block->kind == BLOCK_QUOTE)
		indent = PAGE_INDENT;
	/* a narrow page has no room for that */
	if (indent + PAGE_WIDTH_MIN / 2 > pen->page->width)
		indent = 0;
	pen->x = pen->left = (int32_t)indent;
	pen->line_first = pen->page->count;
	pen->space = false;
	switch (block->kind) {
	case BLOCK_CODE:
		return code_block(pen);
	case BLOCK_IMAGE:
		return image_block(pen);
	case BLOCK_RULE:
		pen->y += RULE_HEIGHT;
		return OS_OK;
	case BLOCK_HEADING:
	case BLOCK_PARAGRAPH:
	case BLOCK_ITEM:
	case BLOCK_QUOTE:
		break;
	}
	return text_block(pen);
}

enum os_err page_init(struct page *page, struct os_alloc *alloc, const struct document *document,
                      uint32_t width, const struct measure *measure)
{
	struct pen pen = { .page = page, .document = document, .measure = measure };
	enum os_err err = OS_OK;
	void *tops = NULL;

	if (width < PAGE_WIDTH_MIN)
		width = PAGE_WIDTH_MIN;
	*page = (struct page){ .alloc = alloc, .width = width };
	pen.right = width;
	if (document->block_count &&
	    (err = os_alloc(alloc, document->block_count * sizeof(*page->tops), &tops)))
		return err;
	page->tops = tops;
	page->top_count = document->block_count;
	for (size_t i = 0; !err && i < document->block_count; i++) {
		pen.y += gap_before(&document->blocks[i], !i);
		page->tops[i] = pen.y;
		err = block_place(&pen, &document->blocks[i]);
	}
	page->height = (uint32_t)pen.y;
	if (err)
		page_fini(page);
	return err;
}

void page_fini(struct page *page)
{
	if (page->boxes)
		os_free(page->alloc, page->boxes, page->room * sizeof(*page->boxes));
	if (page->tops)
		os_free(page->alloc, page->tops, page->top_count * sizeof(*page->tops));
	*page = (struct page){ 0 };
}

/* ------------------------------------------------------------------ finding */

size_t page_first(const struct page *page, int32_t y)
{
	size_t low = 0, high = page->count;

	/* boxes of a line may end at different heights, but lines follow each other */
	while (low < high) {
		const size_t middle = (low + high) / 2;
		const struct box *box = &page->boxes[middle];

		if (box->y + (int32_t)box->height <= y)
			low = middle + 1;
		else
			high = middle;
	}
	while (low && page->boxes[low - 1].y + (int32_t)page->boxes[low - 1].height > y)
		low--;
	return low;
}

const struct box *page_at(const struct page *page, int32_t x, int32_t y)
{
	for (size_t i = 0; i < page->count; i++) {
		const struct box *box = &page->boxes[i];

		if (x >= box->x && x < box->x + (int32_t)box->width && y >= box->y &&
		    y < box->y + (int32_t)box->height)
			return box;
	}
	return NULL;
}

const struct box *page_link(const struct page *page, const struct box *from, bool backwards)
{
	const size_t start = from ? (size_t)(from - page->boxes) : backwards ? page->count : 0;
	const struct run *const run = from ? from->run : NULL;

	if (backwards) {
		for (size_t i = start; i-- > 0;)
			if (page->boxes[i].run->target && page->boxes[i].run != run &&
			    !page->boxes[i].image)
				return &page->boxes[i];
		return NULL;
	}
	for (size_t i = start; i < page->count; i++)
		if (page->boxes[i].run->target && page->boxes[i].run != run &&
		    !page->boxes[i].image)
			return &page->boxes[i];
	return NULL;
}
