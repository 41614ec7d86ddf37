/* SPDX-License-Identifier: BSD-2-Clause */
/* The GUI server's parts that know each other: its state, sessions, captures, reports. */

#ifndef NITPICKER_GUI_H
#define NITPICKER_GUI_H

#include <api/gui.h>
#include <config/config.h>
#include <framebuffer/server.h>
#include <input/session.h>
#include <report/report.h>

#include "output.h"
#include "policy.h"

/** What one report has told last. */
struct told {
	struct os_xml_report report;
	char label[ROUTER_LABEL_SIZE];
	char domain[32];
	os_pixel colour;
	uint64_t count;
};

struct gui {
	struct os_env *env;
	struct os_config config;
	struct policy policy;
	struct stack stack;
	struct router router;
	struct scene scene;
	struct output output;
	struct os_links links;
	struct os_link input_link;
	struct os_input input;
	struct os_rom focus_rom;
	char focus_label[ROUTER_LABEL_SIZE]; /* whom that names */
	struct os_signal_handler focus_handler;
	struct os_service sessions, captures;
	struct pointer_image arrow;
	bool moved;         /* the pointer has ever been: it is shown */
	bool views_changed; /* who is at the pointer may be another */
	uint64_t kills;
	struct told focus, hover, clicked, killed;
};

/**
 * Something has happened: find out who is at the pointer, end who is to be ended, tell who wants to
 * know, and paint. To be called at the end of each handler.
 */
void gui_update(struct gui *gui);

/** Where a ROM module decides about the focus: it may be for a client that is there only now. */
void gui_focus_follow(struct gui *gui);

/** Announce "Gui". Errors: those of os_service_init(). */
enum os_err sessions_init(struct gui *gui) OS_MUST_CHECK;
/** An event for a client of a session. */
void session_deliver(struct client *client, const struct os_input_event *event);
/** The config is another: what are the sessions granted now? */
void sessions_grant(struct gui *gui);
/** The screen has another size. */
void sessions_resized(struct gui *gui);
/** A frame is shown: tell who has refreshed something. */
void sessions_shown(struct gui *gui);
/** End the session of this client. */
void session_kill(struct gui *gui, struct client *client);

/** Announce "Capture". Errors: those of os_service_init(). */
enum os_err captures_init(struct gui *gui) OS_MUST_CHECK;
/** These pixels of the scene have changed. */
void captures_damage(struct gui *gui, struct os_rect rect);
/** The config is another: end who may not capture any more. */
void captures_grant(struct gui *gui);
/** The screen has another size. */
void captures_resized(struct gui *gui);

/** Tell what has changed since the last time, as far as the config says so. */
void reports_update(struct gui *gui);

/** Tell that the client's session is being ended by a person. */
void report_killed(struct gui *gui, const struct client *client);

#endif
