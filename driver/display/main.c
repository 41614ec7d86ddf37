/* SPDX-License-Identifier: BSD-2-Clause */
/* display: serves "Framebuffer" and "Input" by a program of the host's, in a window or over VNC. */

#include <blit/region.h>
#include <framebuffer/server.h>
#include <input/session.h>
#include <osier/env.h>
#include <osier/session.h>

#include "keys.h"
#include "platform.h"

/*
 * Framebuffer sessions stand in line. The first one is shown; to the others it looks as if there
 * were no screen, until the first one is closed. Input goes to all Input sessions.
 *
 *              refresh: a frame goes out
 *    IDLE ---------------------------------> BUSY   refresh: noted as dirty
 *     ^                                        |
 *     |   shown, and nothing is dirty          |   shown, and something is: a frame goes out
 *     +----------------------------------------+---> BUSY
 *
 * The other end says how large the picture is, and may begin anew at any time (protocol.h).
 */

struct picture {
	struct os_server_session base;
	struct os_list_node node; /* pictures */
	struct os_framebuffer_server framebuffer;
};

struct input {
	struct os_server_session base;
	struct os_input_server server;
};

static struct os_env *own;
static struct os_service framebuffer_service, input_service;
static struct os_signal_handler arrived;
static struct os_list pictures;
static struct keys keys;
static struct os_region dirty;
static uint32_t width, height; /* of the screen; 0: there is none */
static bool connected;         /* the other end has begun */
static bool busy;              /* a frame is under way */

/* The one that is shown; NULL: there is none. */
static struct picture *shown(void)
{
	return OS_LIST_ITEM(os_list_first(&pictures), struct picture, node);
}

/* ------------------------------------------------------------------ frames */

/* What is dirty goes out, unless a frame is under way. */
static void frame_send(void)
{
	struct display_request frame = { .kind = DISPLAY_FRAME, .width = width, .height = height };
	const struct picture *const picture = shown();

	if (busy || !connected || !dirty.count || !picture ||
	    !os_framebuffer_server_current(&picture->framebuffer))
		return;
	for (; frame.count < dirty.count; frame.count++) {
		const struct os_rect rect = dirty.rects[frame.count];
		struct display_part *const part = &frame.parts[frame.count];

		*part = (struct display_part){ (uint32_t)rect.x, (uint32_t)rect.y,
			                       (uint32_t)rect.width, (uint32_t)rect.height };
		platform_pixels(picture->framebuffer.surface.pixels, width, part);
	}
	/* where nobody listens now, MODE will tell when somebody does, and all is dirty then */
	busy = platform_send(&frame);
	dirty.count = 0;
}

static void all_dirty(void)
{
	dirty.count = 0;
	if (shown() && os_framebuffer_server_current(&shown()->framebuffer))
		os_region_add(&dirty, (struct os_rect){ 0, 0, (int32_t)width, (int32_t)height });
}

static void blank(void)
{
	const struct display_request request = { .kind = DISPLAY_BLANK };

	dirty.count = 0;
	if (connected && !platform_send(&request))
		os_warning(own, "the screen goes on showing what it does");
}

/* ------------------------------------------------------------------ input */

static void input_put(const struct os_input_event *event)
{
	OS_LIST_FOR_EACH (node, &input_service.sessions) {
		struct os_server_session *const base =
		        OS_LIST_ITEM(node, struct os_server_session, node);

		os_input_server_put(&container_of(base, struct input, base)->server, event);
	}
}

static void keys_release(void)
{
	for (uint32_t code; (code = keys_release_one(&keys));) {
		const struct os_input_event event = { .kind = OS_INPUT_RELEASE,
			                              .code = (uint16_t)code };

		input_put(&event);
	}
}

/* ------------------------------------------------------------------ the other end */

static void mode_changed(const struct display_event *event)
{
	if (!display_fits(event->width, event->height))
		return;
	if (event->fresh) {
		connected = true;
		busy = false;
		keys_release();
	}
	width = event->width;
	height = event->height;
	if (shown())
		os_framebuffer_server_mode(&shown()->framebuffer, width, height);
	all_dirty();
	frame_send();
}

static void frame_shown(void)
{
	if (!busy)
		return;
	busy = false;
	frame_send();
	if (shown())
		os_framebuffer_server_shown(&shown()->framebuffer);
}

static void handle_event(struct display_event *event)
{
	/* what is left of an earlier life of ours is of no interest */
	if (!connected && !(event->kind == DISPLAY_MODE && event->fresh))
		return;
	if (event->kind == DISPLAY_MODE)
		mode_changed(event);
	else if (event->kind == DISPLAY_SHOWN)
		frame_shown();
	else if (event->kind == DISPLAY_INPUT && keys_filter(&keys, &event->input))
		input_put(&event->input);
}

static void handle_arrived(struct os_signal_handler *handler, uint64_t count)
{
	struct display_event event;

	(void)handler;
	/* one signal for each; a frame that follows at once may have been taken before */
	while (count-- && platform_take(&event))
		handle_event(&event);
}

/* ------------------------------------------------------------------ a picture */

static void refresh(struct os_framebuffer_server *framebuffer, struct os_rect rect)
{
	if (!os_framebuffer_server_current(framebuffer))
		return;
	os_region_add(&dirty, rect);
	frame_send();
}

static enum os_err mode_set(struct os_framebuffer_server *framebuffer, uint32_t new_width,
                            uint32_t new_height)
{
	const struct display_request request = { .kind = DISPLAY_ASK,
		                                 .width = new_width,
		                                 .height = new_height };

	if (framebuffer != &shown()->framebuffer)
		return OS_ERR_DENIED;
	if (!display_fits(new_width, new_height) || !connected || !platform_send(&request))
		return OS_ERR_RANGE;
	return OS_OK;
}

_Static_assert((int)OS_REGION_RECTS <= (int)DISPLAY_PARTS, "a frame has all that is dirty");

static const struct os_framebuffer_ops picture_ops = { .refresh = refresh, .mode_set = mode_set };

/* ------------------------------------------------------------------ sessions */

static enum os_err picture_create(struct os_server_session *base,
                                  const struct os_session_request *request, struct os_cap *cap)
{
	struct picture *const picture = container_of(base, struct picture, base);
	enum os_err err;

	(void)request;
	if ((err = os_framebuffer_server_init(&picture->framebuffer, own, own->ep, &base->account,
	                                      &picture_ops)))
		return err;
	os_list_append(&pictures, &picture->node);
	if (picture == shown())
		os_framebuffer_server_mode(&picture->framebuffer, width, height);
	*cap = framebuffer_server_cap(&picture->framebuffer.rpc).cap;
	return OS_OK;
}

static void picture_destroy(struct os_server_session *base)
{
	struct picture *const picture = container_of(base, struct picture, base);
	const bool was_first = picture == shown();

	os_list_remove(&pictures, &picture->node);
	os_framebuffer_server_fini(&picture->framebuffer);
	if (!was_first)
		return;
	blank();
	if (shown())
		os_framebuffer_server_mode(&shown()->framebuffer, width, height);
}

static const struct os_service_ops framebuffer_ops = {
	.session_size = sizeof(struct picture),
	.create = picture_create,
	.destroy = picture_destroy,
};

static enum os_err input_create(struct os_server_session *base,
                                const struct os_session_request *request, struct os_cap *cap)
{
	struct input *const input = container_of(base, struct input, base);
	enum os_err err;

	(void)request;
	if (!(err = os_input_server_init(&input->server, own, own->ep, &base->account)))
		*cap = input_server_cap(&input->server.rpc).cap;
	return err;
}

static void input_destroy(struct os_server_session *base)
{
	os_input_server_fini(&container_of(base, struct input, base)->server);
}

static const struct os_service_ops input_ops = {
	.session_size = sizeof(struct input),
	.create = input_create,
	.destroy = input_destroy,
};

enum os_err os_construct(struct os_env *env)
{
	enum os_err err;

	own = env;
	if ((err = os_signal_handler_init(&arrived, env->ep, handle_arrived)))
		return err;
	err = platform_init(env, arrived.cap);
	if (err == OS_ERR_NOT_FOUND)
		os_warning(env, "core was given no screen (core --display): nothing is shown");
	else if (err)
		return err;
	if ((err = os_service_init(&framebuffer_service, env, env->ep, FRAMEBUFFER_SERVICE,
	                           &framebuffer_ops, NULL)))
		return err;
	return os_service_init(&input_service, env, env->ep, INPUT_SERVICE, &input_ops, NULL);
}
