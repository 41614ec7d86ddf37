/* SPDX-License-Identifier: BSD-2-Clause */
/* tar archives read in place: the files in them, by name. */

#ifndef TAR_TAR_H
#define TAR_TAR_H

/*
 * POSIX.1-2017 pax interchange format (`path` and `size` of extended headers), its ustar subset
 * with names split by `prefix`, GNU's long names and binary sizes, and V7 archives. Links are
 * entries that nothing follows; sparse files, devices and whatever else are entries without
 * content.
 *
 * Nothing is allocated. An archive may hold anything: what is read lies within it, and takes time
 * linear in its size. Should it change meanwhile (memory of a hostile peer), what is found is
 * arbitrary, but lies within it. No function blocks.
 */

#include <osier/err.h>
#include <osier/types.h>

enum { OS_TAR_NAME_MAX = 1024 /* bytes of a name, including NUL */ };

/** The bytes of an archive; NULs after its end are padding. */
struct os_tar {
	const void *start;
	size_t size;
};

enum os_tar_kind { OS_TAR_FILE, OS_TAR_DIRECTORY, OS_TAR_LINK, OS_TAR_OTHER };

struct os_tar_entry {
	enum os_tar_kind kind;
	char name[OS_TAR_NAME_MAX]; /* without leading "./" and "/", and "/" at the end */
	const void *content;        /* FILE */
	size_t size;
};

/**
 * The entry at byte `*at` (0: the first), which becomes the place of the next one. Errors: EMPTY
 * (the end), SYNTAX (no header at `*at`, or one that cannot be), TOO_LONG (its name, for
 * OS_TAR_NAME_MAX; `*at` is the next one's all the same).
 */
enum os_err os_tar_next(const struct os_tar *archive, size_t *at,
                        struct os_tar_entry *entry) OS_MUST_CHECK;

/**
 * The file `name`; of several with that name the last, which is what unpacking would leave. What is
 * wrong in the archive ends it there. Errors: NOT_FOUND, UNSUPPORTED (it is not a file).
 */
enum os_err os_tar_find(const struct os_tar *archive, const char *name,
                        struct os_tar_entry *entry) OS_MUST_CHECK;

#endif
