/* SPDX-License-Identifier: BSD-2-Clause */
/* What happens to a ROM module in which order: the elements of its <rom>, step by step. Pure. */

#ifndef DYNAMIC_ROM_SCRIPT_H
#define DYNAMIC_ROM_SCRIPT_H

#include <xml/xml.h>

/*
 *   <inline>  the content is what stands in it       <content>  <wait/> (but for the first),
 * <inline> <empty/>  there is no content                    <sleep milliseconds="n"/>  go on after
 * that <hold/>   the end: it stays like this            <wait/>  go on when a client says so
 *
 * After the last one comes the first again; after the last <content> nothing.
 */
enum script_step {
	SCRIPT_SET,   /* `content` and `size` are the content from now on */
	SCRIPT_SLEEP, /* go on after `milliseconds` */
	SCRIPT_WAIT,  /* go on when told */
	SCRIPT_HOLD,  /* never go on */
};

/** A script and how far it is; zero holds. */
struct script {
	struct os_xml rom;
	struct os_xml next; /* the element that comes next; the empty node: the first one */
	bool waited;        /* at a <content>: the wait before it is over */
	/* of the step taken last */
	const char *content, *description;
	size_t size, description_length;
	uint64_t milliseconds;
};

enum { SCRIPT_TEXT_MAX = 160 };

/**
 * Whether `rom` is such a script, which has something to wait for in each round. If not, `text` of
 * SCRIPT_TEXT_MAX bytes tells what is wrong, and `line` where.
 */
bool script_check(struct os_xml rom, char *text, uint32_t *line);

/** Begin at the first step of `rom`, which has been checked and stays where it is. */
void script_begin(struct script *script, struct os_xml rom);

/** Take the next step. */
enum script_step script_step(struct script *script);

/** True if the script needs a timer. */
bool script_sleeps(struct os_xml rom);

/** True if a client has to say when it goes on. */
bool script_waits(struct os_xml rom);

#endif
