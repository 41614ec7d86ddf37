/* SPDX-License-Identifier: BSD-2-Clause */
/* What is read: documents and images by the names of their ROM modules, and the way back. */

#ifndef SCOUT_LIBRARY_H
#define SCOUT_LIBRARY_H

#include <osier/list.h>
#include <osier/session.h>
#include <paint/paint.h>

#include "markdown.h"

enum { NAME_SIZE = 64, HISTORY_MAX = 32 };

struct library_image {
	struct os_list_node node;
	char name[NAME_SIZE];
	struct os_image image; /* of no size: there is none */
};

/** Where a person was. */
struct place {
	char name[NAME_SIZE];
	int32_t scroll;
};

/** A document, and the copy of its text, so that nobody can change it meanwhile. */
struct library_page {
	char name[NAME_SIZE];
	char *text;
	size_t text_size;
	struct document document;
};

/** Zero, with `env` set, is empty. */
struct library {
	struct os_env *env;
	struct library_page page; /* that is open */
	struct os_list images;    /* of it */
	struct place back[HISTORY_MAX], forward[HISTORY_MAX];
	size_t back_count, forward_count;
};

/**
 * Read the document in ROM module `name`; nothing is open by that yet. Errors: those of ROM
 * sessions, OUT_OF_RAM, TOO_LONG.
 */
enum os_err library_read(struct library *library, const char *name,
                         struct library_page *page) OS_MUST_CHECK;

/** Open it in place of the one before, which is gone, and with it all that points into it. */
void library_open(struct library *library, const struct library_page *page);

/** The image in the ROM module of that name; of no size if there is none, which is told once. */
const struct os_surface *library_image(struct library *library, const char *name, size_t length);

/** Note where the person is, before going on from there; what was forward is forgotten. */
void library_leave(struct library *library, int32_t scroll);

/** The place before, or with `forward` the one that was left by going back; false: there is none.
 */
bool library_return(struct library *library, bool forward, int32_t scroll, struct place *place);

#endif
