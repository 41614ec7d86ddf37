/* SPDX-License-Identifier: BSD-2-Clause */
/* Documents: lines make blocks, and what stands in a block makes runs. */

#include <osier/string.h>

#include "markdown.h"

/* What opens and does not close within that many bytes stands for itself: time stays linear. */
enum { REACH = 1000 };
enum { LEVEL_MAX = 6, ROOM_MIN = 32, NESTING_MAX = 8, INDENT = 2 };

struct text {
	const char *at, *end;
};

static bool is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static bool is_punctuation(char c)
{
	return (c >= '!' && c <= '/') || (c >= ':' && c <= '@') || (c >= '[' && c <= '`') ||
	       (c >= '{' && c <= '~');
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* ------------------------------------------------------------------ what it consists of */

/* Make room for one more in an array of elements of `size` bytes. */
static enum os_err grow(struct os_alloc *alloc, void **array, size_t size, size_t count,
                        size_t *room)
{
	const size_t larger = *room ? 2 * *room : ROOM_MIN;
	enum os_err err;
	void *memory;

	if (count < *room)
		return OS_OK;
	if ((err = os_alloc(alloc, larger * size, &memory)))
		return err;
	if (*array) {
		memcpy(memory, *array, count * size);
		os_free(alloc, *array, *room * size);
	}
	*array = memory;
	*room = larger;
	return OS_OK;
}

static enum os_err block_add(struct document *document, struct block block)
{
	void *array = document->blocks;
	const enum os_err err = grow(document->alloc, &array, sizeof(block), document->block_count,
	                             &document->block_room);

	document->blocks = array;
	if (err)
		return err;
	block.first = document->run_count;
	document->blocks[document->block_count++] = block;
	return OS_OK;
}

/* Add a run to the last block; one without text adds nothing, unless it stands for a line. */
static enum os_err run_add(struct document *document, struct run run)
{
	void *array = document->runs;
	enum os_err err;

	if (!run.length && !(run.style & STYLE_BREAK))
		return OS_OK;
	err = grow(document->alloc, &array, sizeof(run), document->run_count, &document->run_room);
	document->runs = array;
	if (err)
		return err;
	document->runs[document->run_count++] = run;
	document->blocks[document->block_count - 1].count++;
	return OS_OK;
}

/* ------------------------------------------------------------------ within a text */

/* How what stands open is continued: the style, and where a link leads. */
struct inside {
	struct document *document;
	const char *from; /* what has not become a run yet */
	struct run look;
};

static enum os_err flush(struct inside *inside, const char *to)
{
	struct run run = inside->look;

	run.text = inside->from;
	run.length = (size_t)(to - inside->from);
	inside->from = to;
	return run_add(inside->document, run);
}

/* Where `mark` comes next; NULL: nowhere. */
static const char *find(const char *at, const char *end, const char *mark)
{
	const size_t length = strlen(mark);

	if (end - at > REACH)
		end = at + REACH;
	for (; at < end && (size_t)(end - at) >= length; at++)
		if (!memcmp(at, mark, length))
			return at;
	return NULL;
}

static bool starts(const char *at, const char *end, const char *mark)
{
	const size_t length = strlen(mark);

	return (size_t)(end - at) >= length && !memcmp(at, mark, length);
}

/* `code`: what is between means itself. Returns where it goes on; NULL: it is none. */
static const char *code_span(struct inside *inside, const char *at, const char *end,
                             enum os_err *err)
{
	const char *const close = find(at + 1, end, "`");
	const uint8_t style = inside->look.style;

	if (!close)
		return NULL;
	if ((*err = flush(inside, at)))
		return close;
	inside->from = at + 1;
	inside->look.style |= STYLE_CODE;
	*err = flush(inside, close);
	inside->look.style = style;
	inside->from = close + 1;
	return close + 1;
}

/* Where the "]" is that closes the "[" at `at`, with "(…)" behind it; NULL: it is no link. */
static const char *link_close(const char *at, const char *end, const char **target_end)
{
	const char *const reach = end - at > REACH ? at + REACH : end;

	for (uint32_t depth = 0; at < reach; at++) {
		if (*at == '\\' && at + 1 < end)
			at++;
		else if (*at == '[' && ++depth > NESTING_MAX)
			return NULL;
		else if (*at == ']' && !--depth)
			return starts(at, end, "](") && (*target_end = find(at + 2, end, ")"))
			               ? at
			               : NULL;
	}
	return NULL;
}

/* A mark such as "**", which opens here and closes further on, or closes what is open. */
static bool toggles(const struct inside *inside, const char *at, const char *end, const char *mark,
                    uint8_t style)
{
	const size_t length = strlen(mark);

	if (!starts(at, end, mark))
		return false;
	if (inside->look.style & style)
		return true;
	if (at + length >= end || is_space(at[length]))
		return false;
	return find(at + length + 1, end, mark) != NULL;
}

static enum os_err toggle(struct inside *inside, const char **at, size_t length, uint8_t style)
{
	const enum os_err err = flush(inside, *at);

	inside->look.style ^= style;
	*at += length;
	inside->from = *at;
	return err;
}

/* The runs of a text, which may be that of a link. */
static enum os_err inline_read(struct inside *inside, const char *at, const char *end);

static enum os_err link_read(struct inside *inside, const char **at, const char *close,
                             const char *target_end)
{
	const struct run look = inside->look;
	enum os_err err;

	if ((err = flush(inside, *at)))
		return err;
	inside->look.target = close + 2;
	inside->look.target_length = (size_t)(target_end - close - 2);
	inside->from = *at + 1;
	if ((err = inline_read(inside, *at + 1, close)))
		return err;
	inside->look = look;
	*at = inside->from = target_end + 1;
	return OS_OK;
}

/* One character or mark of the text; `at` goes on behind it. */
static enum os_err inline_step(struct inside *inside, const char **at, const char *end)
{
	const char *close, *target_end, *next;
	enum os_err err = OS_OK;

	if (**at == '\\' && *at + 1 < end && is_punctuation((*at)[1])) {
		err = flush(inside, *at);
		inside->from = *at + 1;
		*at += 2;
		return err;
	}
	if (**at == '`' && (next = code_span(inside, *at, end, &err))) {
		*at = next;
		return err;
	}
	/* within a link there is none, so this goes no deeper than twice */
	if (**at == '[' && !inside->look.target && (close = link_close(*at, end, &target_end)))
		return link_read(inside, at, close, target_end);
	if (toggles(inside, *at, end, "**", STYLE_STRONG))
		return toggle(inside, at, 2, STYLE_STRONG);
	if (toggles(inside, *at, end, "*", STYLE_EMPHASIS))
		return toggle(inside, at, 1, STYLE_EMPHASIS);
	++*at;
	return OS_OK;
}

static enum os_err inline_read(struct inside *inside, const char *at, const char *end)
{
	enum os_err err;

	while (at < end)
		if ((err = inline_step(inside, &at, end)))
			return err;
	return flush(inside, end);
}

static enum os_err runs_read(struct document *document, struct text text)
{
	struct inside inside = { .document = document, .from = text.at };

	return inline_read(&inside, text.at, text.end);
}

/* ------------------------------------------------------------------ lines */

/* The line that begins at `at`, without its end; `next` is where the one after begins. */
static struct text line_at(const char *at, const char *end, const char **next)
{
	struct text line = { at, at };

	while (line.end < end && *line.end != '\n')
		line.end++;
	*next = line.end < end ? line.end + 1 : end;
	while (line.end > line.at && is_space(line.end[-1]))
		line.end--;
	return line;
}

static struct text trim(struct text text)
{
	while (text.at < text.end && is_space(*text.at))
		text.at++;
	while (text.end > text.at && is_space(text.end[-1]))
		text.end--;
	return text;
}

static uint32_t indent_of(struct text line)
{
	uint32_t indent = 0;

	for (; line.at < line.end && (*line.at == ' ' || *line.at == '\t'); line.at++)
		indent += *line.at == '\t' ? 4 : 1;
	return indent;
}

/* What a line begins; `text` is what it says beyond that. PARAGRAPH: nothing special. */
static struct block line_kind(struct text line, struct text *text)
{
	const struct text whole = trim(line);
	const char *at = whole.at;
	uint32_t number = 0;

	*text = whole;
	while (at < whole.end && *at == '#')
		at++;
	if (at > whole.at && at - whole.at <= LEVEL_MAX && at < whole.end && *at == ' ') {
		*text = trim((struct text){ at, whole.end });
		return (struct block){ .kind = BLOCK_HEADING, .level = (uint32_t)(at - whole.at) };
	}
	if (starts(whole.at, whole.end, "- ") || starts(whole.at, whole.end, "* ")) {
		*text = trim((struct text){ whole.at + 2, whole.end });
		return (struct block){ .kind = BLOCK_ITEM, .level = 1 + indent_of(line) / INDENT };
	}
	for (at = whole.at; at < whole.end && is_digit(*at) && number < 100000; at++)
		number = 10 * number + (uint32_t)(*at - '0');
	if (at > whole.at && starts(at, whole.end, ". ")) {
		*text = trim((struct text){ at + 2, whole.end });
		return (struct block){ .kind = BLOCK_ITEM,
			               .level = 1 + indent_of(line) / (INDENT + 1),
			               .number = number };
	}
	if (starts(whole.at, whole.end, "> ")) {
		*text = trim((struct text){ whole.at + 2, whole.end });
		return (struct block){ .kind = BLOCK_QUOTE };
	}
	return (struct block){ .kind = BLOCK_PARAGRAPH };
}

/* At least three of the same of "-", "*" and "_", and nothing else. */
static bool is_rule(struct text line)
{
	const struct text whole = trim(line);

	if (whole.end - whole.at < 3 || (*whole.at != '-' && *whole.at != '*' && *whole.at != '_'))
		return false;
	for (const char *at = whole.at; at < whole.end; at++)
		if (*at != *whole.at)
			return false;
	return true;
}

static bool is_fence(struct text line)
{
	return starts(trim(line).at, line.end, "```");
}

/* A line that is an image and nothing else. */
static bool is_image(struct text line, struct run *run)
{
	const struct text whole = trim(line);
	const char *close, *end;

	if (!starts(whole.at, whole.end, "![") ||
	    !(close = link_close(whole.at + 1, whole.end, &end)) || end + 1 != whole.end)
		return false;
	*run = (struct run){ .text = whole.at + 2,
		             .length = (size_t)(close - whole.at - 2),
		             .target = close + 2,
		             .target_length = (size_t)(end - close - 2) };
	return true;
}

/* A line that does not go on with the text before it. */
static bool is_other(struct text line)
{
	struct text text;
	struct run run;

	return trim(line).at == line.end || is_rule(line) || is_fence(line) ||
	       is_image(line, &run) || line_kind(line, &text).kind != BLOCK_PARAGRAPH;
}

/* ------------------------------------------------------------------ blocks */

static enum os_err code_read(struct document *document, const char **at, const char *end)
{
	enum os_err err = block_add(document, (struct block){ .kind = BLOCK_CODE });
	struct text line;

	while (!err && *at < end) {
		line = line_at(*at, end, at);
		if (is_fence(line))
			return OS_OK;
		err = run_add(document, (struct run){ .text = line.at,
		                                      .length = (size_t)(line.end - line.at),
		                                      .style = STYLE_CODE | STYLE_BREAK });
	}
	return err;
}

/* A block of text, which goes on with the lines behind it that do not begin another one. */
static enum os_err text_read(struct document *document, struct text line, const char **at,
                             const char *end)
{
	struct text text;
	const struct block block = line_kind(line, &text);
	enum os_err err = block_add(document, block);

	while (!err && block.kind != BLOCK_HEADING && *at < end) {
		const char *next;
		struct text said;

		line = line_at(*at, end, &next);
		if (block.kind == BLOCK_QUOTE && line_kind(line, &said).kind == BLOCK_QUOTE) {
			/* each of its lines has a mark, so they are read one by one */
			if ((err = runs_read(document, (struct text){ text.at, text.end })))
				return err;
			if ((err = run_add(document,
			                   (struct run){ .text = text.end, .length = 1 })))
				return err;
			text = said;
			*at = next;
			continue;
		}
		if (is_other(line))
			break;
		text.end = line.end;
		*at = next;
	}
	return err ? err : runs_read(document, text);
}

static enum os_err block_read(struct document *document, const char **at, const char *end)
{
	const struct text line = line_at(*at, end, at);
	struct run image;
	enum os_err err;

	if (trim(line).at == line.end)
		return OS_OK;
	if (is_fence(line))
		return code_read(document, at, end);
	if (is_rule(line))
		return block_add(document, (struct block){ .kind = BLOCK_RULE });
	if (!is_image(line, &image))
		return text_read(document, line, at, end);
	err = block_add(document, (struct block){ .kind = BLOCK_IMAGE });
	image.style = STYLE_BREAK; /* it counts without a description, too */
	return err ? err : run_add(document, image);
}

enum os_err document_init(struct document *document, struct os_alloc *alloc, const char *text,
                          size_t size)
{
	const char *const end = text + size;
	enum os_err err = OS_OK;

	*document = (struct document){ .alloc = alloc };
	while (!err && text < end)
		err = block_read(document, &text, end);
	if (err)
		document_fini(document);
	return err;
}

void document_fini(struct document *document)
{
	if (document->blocks)
		os_free(document->alloc, document->blocks,
		        document->block_room * sizeof(*document->blocks));
	if (document->runs)
		os_free(document->alloc, document->runs,
		        document->run_room * sizeof(*document->runs));
	*document = (struct document){ 0 };
}

/* ------------------------------------------------------------------ anchors */

/* What a character of a heading is in a target; 0: nothing. */
static char folded(char c)
{
	if (c >= 'A' && c <= 'Z')
		return (char)(c - 'A' + 'a');
	if (is_space(c))
		return '-';
	return is_punctuation(c) && c != '-' && c != '_' ? 0 : c;
}

static bool is_anchor(const struct document *document, const struct block *block,
                      const char *target, size_t length)
{
	for (size_t i = block->first; i < block->first + block->count; i++) {
		const struct run *run = &document->runs[i];

		for (size_t n = 0; n < run->length; n++) {
			const char c = folded(run->text[n]);

			if (!c)
				continue;
			if (!length || *target != c)
				return false;
			target++;
			length--;
		}
	}
	return !length;
}

const struct block *document_anchor(const struct document *document, const char *target,
                                    size_t length)
{
	if (!length || *target != '#')
		return NULL;
	for (size_t i = 0; i < document->block_count; i++) {
		const struct block *block = &document->blocks[i];

		if (block->kind == BLOCK_HEADING &&
		    is_anchor(document, block, target + 1, length - 1))
			return block;
	}
	return NULL;
}
