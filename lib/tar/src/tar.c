/* SPDX-License-Identifier: BSD-2-Clause */
/* tar: headers in blocks of 512 bytes, some of which only tell more about the one that follows. */

#include <osier/string.h>
#include <tar/tar.h>

enum { BLOCK = 512 };

struct header {
	char name[100], mode[8], uid[8], gid[8], size[12], mtime[12], checksum[8], type;
	char link[100], magic[6], version[2], uname[32], gname[32], major[8], minor[8], prefix[155];
	char padding[12];
};
_Static_assert(sizeof(struct header) == BLOCK, "a header is one block");

/* What was told of the next entry in headers of its own. */
struct told {
	const char *name; /* NULL: nothing */
	size_t name_length;
	uint64_t size;
	bool has_size, sparse;
};

/* ------------------------------------------------------------------ fields */

/* An octal number with spaces around it, or GNU's binary one; false if it is neither. */
static bool number(const char *field, size_t size, uint64_t *value)
{
	const unsigned char *bytes = (const unsigned char *)field;
	size_t at = 0;

	*value = 0;
	if (bytes[0] == 0x80) {
		for (at = 1; at < size; at++) {
			if (*value >> 56)
				return false;
			*value = *value << 8 | bytes[at];
		}
		return true;
	}
	while (at < size && bytes[at] == ' ')
		at++;
	while (at < size && bytes[at] >= '0' && bytes[at] <= '7') {
		if (*value >> 61)
			return false;
		*value = *value << 3 | (bytes[at++] - '0');
	}
	return at == size || bytes[at] == ' ' || bytes[at] == '\0';
}

/* Old programs have added signed characters. */
static bool checksum_right(const struct header *header)
{
	const char *const bytes = (const char *)header;
	const size_t start = offsetof(struct header, checksum);
	uint32_t plain = 0, with_sign = 0;
	uint64_t expected;

	for (size_t i = 0; i < BLOCK; i++) {
		const char byte =
		        i >= start && i < start + sizeof(header->checksum) ? ' ' : bytes[i];

		plain += (unsigned char)byte;
		with_sign += (uint32_t)(signed char)byte;
	}
	return number(header->checksum, sizeof(header->checksum), &expected) &&
	       (expected == plain || expected == with_sign);
}

static bool is_zero(const struct header *header)
{
	for (size_t i = 0; i < BLOCK; i++)
		if (((const char *)header)[i])
			return false;
	return true;
}

static size_t length_of(const char *field, size_t size)
{
	size_t length = 0;

	while (length < size && field[length])
		length++;
	return length;
}

/* ------------------------------------------------------------------ names */

/* Append to a name; false if it does not fit. */
static bool append(char *name, size_t *length, const char *text, size_t size)
{
	if (size >= OS_TAR_NAME_MAX - *length)
		return false;
	memcpy(name + *length, text, size);
	*length += size;
	name[*length] = 0;
	return true;
}

/* "./a/b/" and "/a/b" are "a/b". */
static void normalize(char *name, size_t length)
{
	size_t start = 0;

	while (name[start] == '/' || (name[start] == '.' && name[start + 1] == '/'))
		start++;
	while (length > start && name[length - 1] == '/')
		length--;
	memmove(name, name + start, length - start);
	name[length - start] = 0;
}

static bool take_name(const struct header *header, const struct told *told, char *name)
{
	size_t length = 0;
	bool fits = true;

	name[0] = 0;
	if (told->name) {
		fits = append(name, &length, told->name, told->name_length);
	} else {
		/* GNU's own format, "ustar " in place of "ustar", has other things there. */
		if (!memcmp(header->magic, "ustar", 6) && header->prefix[0])
			fits = append(name, &length, header->prefix,
			              length_of(header->prefix, sizeof(header->prefix))) &&
			       append(name, &length, "/", 1);
		fits = fits && append(name, &length, header->name,
		                      length_of(header->name, sizeof(header->name)));
	}
	if (fits)
		normalize(name, length);
	else
		name[0] = 0;
	return fits;
}

/* ------------------------------------------------------------------ extended headers */

static bool key_is(const char *key, size_t length, const char *text)
{
	return length == strlen(text) && !memcmp(key, text, length);
}

static bool take_keyword(struct told *told, const char *key, size_t key_length, const char *value,
                         size_t length)
{
	if (key_is(key, key_length, "path")) {
		told->name = value;
		told->name_length = length_of(value, length);
	} else if (key_is(key, key_length, "size")) {
		if (os_parse_u64(value, length, &told->size))
			return false;
		told->has_size = true;
	} else if (key_length > 11 && !memcmp(key, "GNU.sparse.", 11)) {
		told->sparse = true;
	}
	return true;
}

/* One record, "LENGTH KEY=VALUE\n", where LENGTH is that of the whole; its length, or 0. */
static size_t take_record(struct told *told, const char *text, size_t size)
{
	size_t at = 0, length = 0, equals;

	while (at < size && text[at] >= '0' && text[at] <= '9' && length <= size)
		length = length * 10 + (size_t)(text[at++] - '0');
	if (at == 0 || at == size || text[at] != ' ' || length > size || length < at + 3 ||
	    text[length - 1] != '\n')
		return 0;
	at++;
	for (equals = at; equals < length && text[equals] != '=';)
		equals++;
	if (equals == length)
		return 0;
	return take_keyword(told, text + at, equals - at, text + equals + 1, length - equals - 2)
	               ? length
	               : 0;
}

static bool take_records(struct told *told, const char *text, size_t size)
{
	while (size) {
		const size_t length = take_record(told, text, size);

		if (!length)
			return false;
		text += length;
		size -= length;
	}
	return true;
}

/* ------------------------------------------------------------------ entries */

static enum os_tar_kind kind_of(const struct header *header, const struct told *told)
{
	switch (header->type) {
	case '\0':
	case '0':
	case '7':
		return told->sparse ? OS_TAR_OTHER : OS_TAR_FILE;
	case '1':
	case '2':
		return OS_TAR_LINK;
	case '5':
		return OS_TAR_DIRECTORY;
	default:
		return OS_TAR_OTHER;
	}
}

/* True if the entry only tells about the next one, or about all. */
static bool is_told(const struct header *header)
{
	return header->type == 'x' || header->type == 'g' || header->type == 'L' ||
	       header->type == 'K';
}

/* Read the header at `*at` and go behind what follows it; that is told as `content`. */
static enum os_err read_header(const struct os_tar *archive, size_t *at, const struct told *told,
                               struct header *header, struct os_tar_entry *content)
{
	size_t left = archive->size - *at;
	uint64_t size;

	*header = (struct header){ 0 };
	if (left)
		memcpy(header, (const char *)archive->start + *at, OS_MIN(left, (size_t)BLOCK));
	if (is_zero(header))
		return OS_ERR_EMPTY;
	if (left < BLOCK || !checksum_right(header) ||
	    !number(header->size, sizeof(header->size), &size))
		return OS_ERR_SYNTAX;
	if (told->has_size && !is_told(header))
		size = told->size;
	/* What can have no content often tells a size. */
	if (header->type >= '1' && header->type <= '6')
		size = 0;
	left -= BLOCK;
	if (size > left)
		return OS_ERR_SYNTAX;
	content->content = (const char *)archive->start + *at + BLOCK;
	content->size = size;
	*at += BLOCK + OS_MIN(os_align_up(size, BLOCK), left);
	return OS_OK;
}

static enum os_err take_told(const struct header *header, const struct os_tar_entry *content,
                             struct told *told)
{
	if (header->type == 'x')
		return take_records(told, content->content, content->size) ? OS_OK : OS_ERR_SYNTAX;
	if (header->type == 'L') {
		told->name = content->content;
		told->name_length = length_of(content->content, content->size);
	}
	/* Where a link leads ('K'), and what is told of all entries ('g'), does not matter here. */
	return OS_OK;
}

enum os_err os_tar_next(const struct os_tar *archive, size_t *at, struct os_tar_entry *entry)
{
	struct told told = { 0 };
	struct header header;
	enum os_err err;

	if (*at > archive->size)
		return OS_ERR_SYNTAX;
	for (;;) {
		if ((err = read_header(archive, at, &told, &header, entry)))
			return err;
		if (!is_told(&header))
			break;
		if ((err = take_told(&header, entry, &told)))
			return err;
	}
	entry->kind = kind_of(&header, &told);
	if (entry->kind != OS_TAR_FILE) {
		entry->content = NULL;
		entry->size = 0;
	}
	return take_name(&header, &told, entry->name) ? OS_OK : OS_ERR_TOO_LONG;
}

enum os_err os_tar_find(const struct os_tar *archive, const char *name, struct os_tar_entry *entry)
{
	enum os_err err, found = OS_ERR_NOT_FOUND;
	struct os_tar_entry next;
	size_t at = 0;

	while (!(err = os_tar_next(archive, &at, &next)) || err == OS_ERR_TOO_LONG) {
		if (err || !os_str_equal(next.name, name))
			continue;
		*entry = next;
		found = next.kind == OS_TAR_FILE ? OS_OK : OS_ERR_UNSUPPORTED;
	}
	return found;
}
