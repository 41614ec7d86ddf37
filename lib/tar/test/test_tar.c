/* SPDX-License-Identifier: BSD-2-Clause */
/* Archives: those of the host's tar in all formats, and those that no tar would write. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <tar/tar.h>
#include "random.h"

enum { ARCHIVE_MAX = 512 * 1024 };

static char bytes[ARCHIVE_MAX];

/* ------------------------------------------------------------------ the host's tar */

/* The output of a shell command is the archive. */
static struct os_tar archive_by(const char *command)
{
	FILE *pipe = popen(command, "r");
	size_t size;

	assert_non_null(pipe);
	size = fread(bytes, 1, sizeof(bytes), pipe);
	assert_int_equal(pclose(pipe), 0);
	assert_in_range(size, 1024, sizeof(bytes) - 1);
	return (struct os_tar){ bytes, size };
}

/* Files of all kinds in a folder of their own, which is gone when the archive is made. */
static struct os_tar host_archive(const char *format, const char *names)
{
	char command[2048];

	snprintf(command, sizeof(command),
	         "set -e; d=$(mktemp -d); cd $d; trap 'rm -rf $d' EXIT; "
	         "printf 'hello\\n' >greeting; : >empty; mkdir -p etc/deep; "
	         "head -c 70000 /dev/zero | tr '\\0' 'x' >etc/big; printf deep >etc/deep/file; "
	         "ln -s greeting link; printf twin >one; ln one two; "
	         "l=$(printf '%%060d' 7); mkdir -p $l; printf split >$l/$l; "
	         "h=$(printf '%%0120d' 7); if [ %s = long ]; then printf long >$h; "
	         "mkdir -p $h.d/$h; printf longer >$h.d/$h/$h; fi; tar -c --format=%s .",
	         names, format);
	return archive_by(command);
}

static void has(const struct os_tar *archive, const char *name, const char *content)
{
	struct os_tar_entry entry;

	assert_int_equal(os_tar_find(archive, name, &entry), OS_OK);
	assert_int_equal(entry.size, strlen(content));
	assert_memory_equal(entry.content, content, entry.size);
}

static void has_all(const struct os_tar *archive)
{
	struct os_tar_entry entry;
	char name[256];

	has(archive, "greeting", "hello\n");
	has(archive, "empty", "");
	has(archive, "etc/deep/file", "deep");
	snprintf(name, sizeof(name), "%060d/%060d", 7, 7);
	has(archive, name, "split");
	assert_int_equal(os_tar_find(archive, "etc/big", &entry), OS_OK);
	assert_int_equal(entry.size, 70000);
	for (size_t i = 0; i < entry.size; i++)
		assert_int_equal(((const char *)entry.content)[i], 'x');
	assert_int_equal(os_tar_find(archive, "link", &entry), OS_ERR_UNSUPPORTED);
	assert_int_equal(os_tar_find(archive, "etc", &entry), OS_ERR_UNSUPPORTED);
	assert_int_equal(os_tar_find(archive, "none", &entry), OS_ERR_NOT_FOUND);
	assert_int_equal(os_tar_find(archive, "greetin", &entry), OS_ERR_NOT_FOUND);
}

/* Of two names for one file, the later one in the archive is a link to the other. */
static void has_one_of_twins(const struct os_tar *archive)
{
	struct os_tar_entry entry;
	const enum os_err one = os_tar_find(archive, "one", &entry);

	assert_int_equal(one ? one : os_tar_find(archive, "two", &entry), OS_ERR_UNSUPPORTED);
	has(archive, one ? "two" : "one", "twin");
}

static void every_format_of_the_host_is_read(void **state)
{
	static const char *const formats[] = { "ustar", "oldgnu", "gnu", "pax" };

	(void)state;
	for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
		struct os_tar archive = host_archive(formats[i], "short");

		has_all(&archive);
		has_one_of_twins(&archive);
	}
}

static void long_names_are_read(void **state)
{
	static const char *const formats[] = { "oldgnu", "gnu", "pax" };
	char name[512];

	(void)state;
	for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
		struct os_tar archive = host_archive(formats[i], "long");

		snprintf(name, sizeof(name), "%0120d", 7);
		has(&archive, name, "long");
		snprintf(name, sizeof(name), "%0120d.d/%0120d/%0120d", 7, 7, 7);
		has(&archive, name, "longer");
	}
}

static void old_archives_are_read(void **state)
{
	struct os_tar archive = archive_by("set -e; d=$(mktemp -d); cd $d; trap 'rm -rf $d' EXIT; "
	                                   "printf old >old; tar -c --format=v7 old");

	(void)state;
	has(&archive, "old", "old");
}

static void the_last_of_the_same_name_counts(void **state)
{
	struct os_tar archive =
	        archive_by("set -e; d=$(mktemp -d); cd $d; trap 'rm -rf $d' EXIT; printf first >a; "
	                   "tar -cf x.tar a; printf second >a; tar -rf x.tar ./a; cat x.tar");

	(void)state;
	has(&archive, "a", "second");
}

/* Numbers that do not fit into the header's octal digits. */
static void binary_numbers_are_read(void **state)
{
	struct os_tar archive =
	        archive_by("set -e; d=$(mktemp -d); cd $d; trap 'rm -rf $d' EXIT; printf early >a; "
	                   "tar -c --format=gnu --owner=:3000000000 --mtime=@-5 a");

	(void)state;
	has(&archive, "a", "early");
}

/* ------------------------------------------------------------------ made by hand */

static void checksum_set(char *header)
{
	uint32_t sum = 0;

	memset(header + 148, ' ', 8);
	for (int i = 0; i < 512; i++)
		sum += (unsigned char)header[i];
	snprintf(header + 148, 8, "%06o", sum);
}

/* An entry at `at` of `bytes`; returns where the next one goes. */
static size_t put(size_t at, const char *name, char type, const char *content, size_t size)
{
	char *header = bytes + at;

	memset(header, 0, 512);
	snprintf(header, 100, "%s", name);
	snprintf(header + 124, 12, "%011zo", size);
	header[156] = type;
	memcpy(header + 257, "ustar\00000", 8);
	checksum_set(header);
	memset(header + 512, 0, (size + 511) / 512 * 512);
	memcpy(header + 512, content, size);
	return at + 512 + (size + 511) / 512 * 512;
}

static struct os_tar finish(size_t at)
{
	memset(bytes + at, 0, 1024);
	return (struct os_tar){ bytes, at + 1024 };
}

/* The errors of reading all of it: of the first entry that is not read, or EMPTY. */
static enum os_err walk(const struct os_tar *archive)
{
	struct os_tar_entry entry;
	size_t at = 0, before;
	enum os_err err;

	do {
		before = at;
		err = os_tar_next(archive, &at, &entry);
		assert_true(err || at >= before + 512);
		assert_true(at <= archive->size);
	} while (!err);
	return err;
}

static void the_end_is_found(void **state)
{
	struct os_tar archive = { bytes, 0 };

	(void)state;
	assert_int_equal(walk(&archive), OS_ERR_EMPTY);
	archive = finish(put(0, "a", '0', "x", 1));
	assert_int_equal(walk(&archive), OS_ERR_EMPTY);
	archive.size -= 1024; /* no zero block at all */
	assert_int_equal(walk(&archive), OS_ERR_EMPTY);
	archive.size += 7; /* padding that is no block */
	assert_int_equal(walk(&archive), OS_ERR_EMPTY);
	bytes[archive.size - 1] = 'x';
	assert_int_equal(walk(&archive), OS_ERR_SYNTAX);
	has(&archive, "a", "x");
}

static void what_is_cut_or_damaged_is_told(void **state)
{
	struct os_tar archive;

	(void)state;
	archive = finish(put(0, "a", '0', "xyz", 3));
	archive.size = 514;
	assert_int_equal(walk(&archive), OS_ERR_SYNTAX);
	archive.size = 515; /* the content is there, its padding is not */
	assert_int_equal(walk(&archive), OS_ERR_EMPTY);
	archive = finish(put(put(0, "a", '0', "x", 1), "b", '0', "y", 1));
	bytes[1024] ^= 1; /* no checksum fits */
	assert_int_equal(walk(&archive), OS_ERR_SYNTAX);
	has(&archive, "a", "x");
	assert_int_equal(os_tar_find(&archive, "b", &(struct os_tar_entry){ 0 }), OS_ERR_NOT_FOUND);
	put(0, "a", '0', "x", 1);
	memcpy(bytes + 124, "77777777777", 12); /* 8 GiB */
	checksum_set(bytes);
	assert_int_equal(walk(&archive), OS_ERR_SYNTAX);
	memcpy(bytes + 124, "1x", 3);
	checksum_set(bytes);
	assert_int_equal(walk(&archive), OS_ERR_SYNTAX);
	memset(bytes + 124, 0xff, 12); /* a negative binary number */
	checksum_set(bytes);
	assert_int_equal(walk(&archive), OS_ERR_SYNTAX);
	memset(bytes + 124, 0xff, 12); /* one beyond all bounds */
	bytes[124] = (char)0x80;
	checksum_set(bytes);
	assert_int_equal(walk(&archive), OS_ERR_SYNTAX);
}

static void records(const char *text, enum os_err expected)
{
	struct os_tar archive =
	        finish(put(put(0, "pax", 'x', text, strlen(text)), "a", '0', "x", 1));
	struct os_tar_entry entry;
	size_t at = 0;

	assert_int_equal(os_tar_next(&archive, &at, &entry), expected);
}

static void extended_headers_are_checked(void **state)
{
	struct os_tar archive =
	        finish(put(put(0, "pax", 'x', "12 path=b/c\n", 12), "a", '0', "x", 1));

	(void)state;
	has(&archive, "b/c", "x");
	records("", OS_OK);
	records("10 size=1\n", OS_OK);
	records("10 size=2\n10 size=0\n", OS_OK);
	records("11 size=-1\n", OS_ERR_SYNTAX);
	records("14 size=99999\n", OS_ERR_SYNTAX);
	records("8 path=b\n", OS_ERR_SYNTAX);
	records("11 path=b\n", OS_ERR_SYNTAX);
	records("99999999999999999999 path=b\n", OS_ERR_SYNTAX);
	records("path=b\n", OS_ERR_SYNTAX);
	records("7 path\n", OS_ERR_SYNTAX);
	records("10 path=b\n10", OS_ERR_SYNTAX);
	records("3 \n", OS_ERR_SYNTAX);
	records("0 ", OS_ERR_SYNTAX);
}

static void names_are_bounded(void **state)
{
	static char name[3000];
	struct os_tar_entry entry;
	struct os_tar archive;
	size_t at = 0;

	(void)state;
	memset(name, 'n', sizeof(name) - 1);
	archive = finish(put(put(put(0, "@", 'L', name, OS_TAR_NAME_MAX), "a", '0', "x", 1), "b",
	                     '0', "y", 1));
	assert_int_equal(os_tar_next(&archive, &at, &entry), OS_ERR_TOO_LONG);
	assert_int_equal(os_tar_next(&archive, &at, &entry), OS_OK);
	assert_string_equal(entry.name, "b");
	has(&archive, "b", "y");
	archive = finish(put(put(0, "@", 'L', name, OS_TAR_NAME_MAX - 1), "a", '0', "x", 1));
	name[OS_TAR_NAME_MAX - 1] = 0;
	has(&archive, name, "x");
	/* Neither slashes only nor nothing is a name that anybody asks for. */
	archive = finish(put(put(0, "/././", '5', "", 0), "", '0', "x", 1));
	assert_int_equal(walk(&archive), OS_ERR_EMPTY);
	at = 0;
	assert_int_equal(os_tar_next(&archive, &at, &entry), OS_OK);
	assert_string_equal(entry.name, "");
}

static void what_is_no_file_has_no_content(void **state)
{
	static const char types[] = "123456SVMDz";

	(void)state;
	for (const char *type = types; *type; type++) {
		struct os_tar archive = finish(put(0, "a", *type, "", 0));
		struct os_tar_entry entry;

		assert_int_equal(os_tar_find(&archive, "a", &entry), OS_ERR_UNSUPPORTED);
		assert_null(entry.content);
	}
}

/* Whatever is in an archive, reading it stays within it, and ends. ASan watches. */
static void anything_may_be_in_an_archive(void **state)
{
	uint64_t random = 4711;

	(void)state;
	for (int round = 0; round < 3000; round++) {
		const char *text = round % 2 ? "12 path=b/c\n" : "10 size=1\n";
		size_t size = put(0, "pax", 'x', text, strlen(text));
		struct os_tar_entry entry;
		struct os_tar archive;
		char *exact;

		size = put(size, "a", '0', "content", 7);
		size = put(size, "@", 'L', "long name", 9);
		size = put(size, "b", '0', "more", 4);
		size = finish(size).size;
		for (uint64_t i = random_below(&random, 8); i; i--)
			bytes[random_below(&random, size)] = (char)random_next(&random);
		if (random_below(&random, 2)) { /* headers that pass for right */
			checksum_set(bytes);
			checksum_set(bytes + 1024);
			checksum_set(bytes + 2048);
		}
		size = random_below(&random, 4) ? size : random_below(&random, size);
		exact = malloc(size + 1);
		memcpy(exact, bytes, size);
		archive = (struct os_tar){ exact, size };
		walk(&archive);
		if (!os_tar_find(&archive, "b/c", &entry)) {
			assert_true((const char *)entry.content >= exact);
			assert_true((const char *)entry.content + entry.size <= exact + size);
		}
		free(exact);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_format_of_the_host_is_read),
		cmocka_unit_test(long_names_are_read),
		cmocka_unit_test(old_archives_are_read),
		cmocka_unit_test(the_last_of_the_same_name_counts),
		cmocka_unit_test(binary_numbers_are_read),
		cmocka_unit_test(the_end_is_found),
		cmocka_unit_test(what_is_cut_or_damaged_is_told),
		cmocka_unit_test(extended_headers_are_checked),
		cmocka_unit_test(names_are_bounded),
		cmocka_unit_test(what_is_no_file_has_no_content),
		cmocka_unit_test(anything_may_be_in_an_archive),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
