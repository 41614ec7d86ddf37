/* SPDX-License-Identifier: BSD-2-Clause */
/* A component's config: the XML in its ROM module "config", now and when it changes. */

#ifndef CONFIG_CONFIG_H
#define CONFIG_CONFIG_H

#include <osier/session.h>
#include <xml/xml.h>

/** An open config; zero is empty. */
struct os_config {
	struct os_env *env;
	struct os_rom rom;
	struct os_xml root; /* of the content taken last; the empty node if none was well-formed */
	char *text;         /* that content, on env->heap */
	size_t size;
	struct os_signal_handler handler;
	void (*changed)(struct os_config *config);
	bool (*accept)(struct os_config *config, struct os_xml root); /* may be NULL */
};

/*
 * A component's config arrives in any way that a ROM module can: as the <config> of its <start>, as
 * a <configfile>, or from a server that the session is routed to. All of them may change it, and no
 * component can tell which it is. A content that is empty is no content, such as a report that has
 * not been made yet (server/report_rom): the root is the empty node until there is one, so that
 * defaults apply, and what was there before stays.
 */

/**
 * Open the ROM module "config" and take its content. If that is not well-formed, one line tells
 * where ("config:LINE:COLUMN: expected …"), the error is SYNTAX (or as of os_xml_parse()), and the
 * config is open all the same, with an empty root. On other errors it is not open: those of opening
 * and attaching a ROM, OUT_OF_RAM.
 */
enum os_err os_config_open(struct os_config *config, struct os_env *env) OS_MUST_CHECK;

/**
 * The same for who takes only what it can use as a whole. `accept` tells whether it can use this
 * root, or says in a line why not; the nodes of the content before are still there then. What it
 * refuses is not taken, now (INVALID, and open all the same) or later.
 */
enum os_err os_config_open_checked(struct os_config *config, struct os_env *env,
                                   bool (*accept)(struct os_config *config,
                                                  struct os_xml root)) OS_MUST_CHECK;

void os_config_close(struct os_config *config);

/**
 * Take the current content; nodes of the earlier one must not be used any more. On an error, which
 * is told as by os_config_open(), the earlier content stays. Errors besides: EMPTY (there is none
 * now; not told), INVALID (`accept` refuses it).
 */
enum os_err os_config_update(struct os_config *config) OS_MUST_CHECK;

/**
 * From now on, whenever a well-formed new content has been taken, run `changed` on `ep`. What is
 * not well-formed is told in a line, and changes nothing; nor does what `accept` refuses. Errors:
 * OUT_OF_RAM, OUT_OF_CAPS, GONE.
 */
enum os_err os_config_sigh(struct os_config *config, struct os_ep *ep,
                           void (*changed)(struct os_config *config)) OS_MUST_CHECK;

/** The root of the XML document in a view, which outlives it; the empty node if malformed. */
static inline struct os_xml os_xml_root(const struct os_view *view)
{
	struct os_xml root = { 0 };
	const enum os_err err =
	        view->start ? os_xml_parse(view->start, view->size, &root, NULL) : OS_OK;

	return err ? (struct os_xml){ 0 } : root;
}

#endif
