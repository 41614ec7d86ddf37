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

/** Zero, with `env` set, is empty. */
struct library {
	struct os_env *env;
	char name[NAME_SIZE]; /* of the document that is open */
	char *text;           /* a copy of its own, so that nobody can change it meanwhile */
	size_t text_size;
	struct document document;
	struct os_list images; /* of it */
	struct place back[HISTORY_MAX], forward[HISTORY_MAX];
	size_t back_count, forward_count;
};

/**
 * Open the document in ROM module `name` in place of the one before, which stays on an error.
 * Errors: those of ROM sessions, OUT_OF_RAM, TOO_LONG.
 */
enum os_err library_open(struct library *library, const char *name) OS_MUST_CHECK;

/** The image in the ROM module of that name; of no size if there is none, which is told once. */
const struct os_surface *library_image(struct library *library, const char *name, size_t length);

/** Note where the person is, before going on from there; what was forward is forgotten. */
void library_leave(struct library *library, int32_t scroll);

/** The place before, or with `forward` the one that was left by going back; false: there is none.
 */
bool library_return(struct library *library, bool forward, int32_t scroll, struct place *place);

#endif
