/* SPDX-License-Identifier: BSD-2-Clause */
/* What the platform's folder has to offer: the other end, which shows pixels and sees people. */

#ifndef DISPLAY_PLATFORM_H
#define DISPLAY_PLATFORM_H

#include <osier/env.h>
#include <osier/ep.h>

#include "protocol.h"

/**
 * Begin. `arrived` is submitted to when there is something to be taken. Errors: NOT_FOUND (core was
 * given nothing that shows pixels), OUT_OF_RAM, OUT_OF_CAPS.
 */
enum os_err platform_init(struct os_env *env, struct signal_context_cap arrived) OS_MUST_CHECK;

/** The next thing that the other end said; false: there is none. Its content is not checked. */
bool platform_take(struct display_event *event);

/** Say something; false: the other end does not listen. Does not block. */
bool platform_send(const struct display_request *request);

/** Write part of a picture that is `width` pixels wide to where the other end reads. */
void platform_pixels(const uint32_t *pixels, uint32_t width, const struct display_part *part);

#endif
