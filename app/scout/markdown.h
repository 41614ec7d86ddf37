/* SPDX-License-Identifier: BSD-2-Clause */
/* Documents: a text in Markdown, taken apart into blocks and runs; pure. */

#ifndef SCOUT_MARKDOWN_H
#define SCOUT_MARKDOWN_H

#include <osier/alloc.h>
#include <osier/err.h>

/*
 * The part of CommonMark 0.30 that a guide needs: headings (#), paragraphs, lists (-, *, 1.),
 * quotes
 * (>), fenced code (```), rules (---), images on a line of their own, and within a text **strong**,
 * *emphasis*, `code`, [links](target), and backslashes before punctuation. HTML is text. Nothing is
 * an error: what has no meaning stands for itself. Reading takes time linear in the text's length,
 * but for emphasis that nobody closes, where it is bounded by a line's length.
 *
 * Blocks and runs point into the text, which stays the caller's, and must stay as it is.
 */

enum block_kind {
	BLOCK_HEADING, /* `level` 1 to 6 */
	BLOCK_PARAGRAPH,
	BLOCK_ITEM,  /* of a list; `level` from 1 is its depth; `number` from 1, or 0: a bullet */
	BLOCK_QUOTE, /* a paragraph that is quoted */
	BLOCK_CODE,  /* one run per line */
	BLOCK_IMAGE, /* one run: its text is the description, its target the file */
	BLOCK_RULE,
};

enum {
	STYLE_STRONG = 1,
	STYLE_EMPHASIS = 2,
	STYLE_CODE = 4,
	STYLE_BREAK = 8 /* a new line after */
};

/** A piece of text of one style; spaces and line ends in it are of any number, and mean one. */
struct run {
	const char *text;
	size_t length;
	const char *target; /* of a link; NULL: it is none */
	size_t target_length;
	uint8_t style; /* STYLE_… */
};

struct block {
	enum block_kind kind;
	uint32_t level, number;
	size_t first, count; /* its runs */
};

/** A document; zero is an empty one. Members are for reading only. */
struct document {
	struct os_alloc *alloc;
	struct block *blocks;
	size_t block_count, block_room;
	struct run *runs;
	size_t run_count, run_room;
};

/** Take `size` bytes at `text` apart. Errors: OUT_OF_RAM, with nothing left behind. */
enum os_err document_init(struct document *document, struct os_alloc *alloc, const char *text,
                          size_t size) OS_MUST_CHECK;

/** Zero is accepted. */
void document_fini(struct document *document);

/**
 * The heading that a target such as "#what-is-a-session" means, by its text in lower case with "-"
 * for each space, and without punctuation; NULL: there is none.
 */
const struct block *document_anchor(const struct document *document, const char *target,
                                    size_t length);

#endif
