/* SPDX-License-Identifier: BSD-2-Clause */
/* The output: a driver's Framebuffer session, on which the scene is painted, once a frame. */

#ifndef NITPICKER_OUTPUT_H
#define NITPICKER_OUTPUT_H

#include <api/framebuffer.h>
#include <blit/region.h>
#include <link/link.h>
#include <osier/resource.h>

#include "compose.h"

/*
 *                something has changed
 *    (at rest) --------------------------> paints, and says so to the driver
 *        ^                                     |
 *        | nothing has changed meanwhile       v
 *        +----------------------------- waits for the driver's sync: what changes is noted
 *
 * So what happens after a rest is seen at once, then at most once a frame; and at rest nothing
 * wakes anybody. The driver paces, as it knows its frames.
 */

/** One output; zero before output_init(). */
struct output {
	struct os_env *env;
	struct os_ep *ep;
	const struct scene *scene;
	struct os_link link;
	struct framebuffer_cap framebuffer; /* while the link is open */
	struct os_signal_handler mode, sync, again;
	struct os_resource_watcher watcher; /* set once the own quota was too little */
	struct os_view view;
	uint64_t held;             /* bytes that the driver has for us */
	struct os_surface surface; /* `pixels` NULL: nothing is shown at present */
	struct os_region dirty, painted;
	bool waits;      /* for the driver's sync */
	bool resumes;    /* `again` has been signalled to itself */
	uint64_t frames; /* painted so far */
	bool wanted;     /* somebody would like to know when the next frame is shown */
	void (*resized)(struct output *output);
	void (*shown)(struct output *output); /* a frame has been */
};

/** Errors: those of os_link_init(), OUT_OF_RAM, OUT_OF_CAPS. */
enum os_err output_init(struct output *output, struct os_links *links, struct os_ep *ep,
                        const struct scene *scene, void (*resized)(struct output *),
                        void (*shown)(struct output *)) OS_MUST_CHECK;

/** To be painted again; clipped to the screen. */
void output_damage(struct output *output, struct os_rect rect);

/** Call `shown` once the next frame is, even if nothing has changed. */
void output_sync(struct output *output);

/** Paint what has changed, a bounded amount of it, unless the last frame is still on its way. */
void output_flush(struct output *output);

#endif
