/* SPDX-License-Identifier: BSD-2-Clause */
/* display: serves "Framebuffer" and "Input" by a program of the host's, in a window or over VNC. */

#include <api/framebuffer.h>
#include <input/session.h>
#include <osier/env.h>
#include <osier/session.h>

#include "dirty.h"
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

/* The pixels of a session, for one mode. */
struct buffer {
	struct os_ram ram;
	uint32_t width, height; /* 0: there is none */
};

struct picture {
	struct os_server_session base;
	struct os_list_node node; /* pictures */
	struct framebuffer_server rpc;
	struct buffer buffer;
	struct signal_context_cap mode_sigh, sync_sigh; /* the client's */
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
static struct dirty dirty;
static uint32_t width, height; /* of the screen; 0: there is none */
static bool connected;         /* the other end has begun */
static bool busy;              /* a frame is under way */

static struct picture *self(struct framebuffer_server *rpc)
{
	return container_of(rpc, struct picture, rpc);
}

static struct picture *shown(void)
{
	return OS_LIST_ITEM(os_list_first(&pictures), struct picture, node);
}

static void notify(struct signal_context_cap *context)
{
	/* A context that is gone means that nobody wants to know any more. */
	if (os_cap_valid(context->cap) && os_signal_submit(*context, 1)) {
		os_cap_drop(context->cap);
		*context = (struct signal_context_cap){ 0 };
	}
}

static void sigh_set(struct signal_context_cap *context, struct signal_context_cap handler)
{
	os_cap_drop(context->cap);
	*context = handler;
}

/* ------------------------------------------------------------------ frames */

static bool is_shown(const struct picture *picture)
{
	return os_list_first(&pictures) == &picture->node;
}

/* Its pixels are what the screen has room for. */
static bool is_current(const struct picture *picture)
{
	return is_shown(picture) && width && picture->buffer.width == width &&
	       picture->buffer.height == height;
}

/* What is dirty goes out, unless a frame is under way. */
static void frame_send(void)
{
	struct display_request frame = { DISPLAY_FRAME, width, height, dirty.count, { { 0 } } };
	const struct picture *const picture = shown();

	if (busy || !connected || !dirty.count || !picture || !is_current(picture))
		return;
	for (uint32_t i = 0; i < dirty.count; i++) {
		frame.parts[i] = dirty.parts[i];
		platform_pixels(picture->buffer.ram.view.start, width, &frame.parts[i]);
	}
	/* where nobody listens now, MODE will tell when somebody does, and all is dirty then */
	busy = platform_send(&frame);
	dirty.count = 0;
}

static void all_dirty(void)
{
	dirty.count = 0;
	if (shown() && is_current(shown()))
		dirty_add(&dirty, width, height, 0, 0, width, height);
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
	const bool same = event->width == width && event->height == height;

	if (!display_fits(event->width, event->height))
		return;
	if (event->fresh) {
		connected = true;
		busy = false;
		keys_release();
	}
	width = event->width;
	height = event->height;
	all_dirty();
	if (!same && shown())
		notify(&shown()->mode_sigh);
	frame_send();
}

static void frame_shown(void)
{
	if (!busy)
		return;
	busy = false;
	frame_send();
	if (shown())
		notify(&shown()->sync_sigh);
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

/* ------------------------------------------------------------------ api/framebuffer.rpc */

static enum os_err mode(struct framebuffer_server *rpc, uint32_t *out_width, uint32_t *out_height,
                        uint32_t *stride, bool *alpha)
{
	const bool first = is_shown(self(rpc));

	*out_width = *stride = first ? width : 0;
	*out_height = first ? height : 0;
	*alpha = false;
	return OS_OK;
}

static enum os_err mode_sigh(struct framebuffer_server *rpc, struct signal_context_cap handler)
{
	sigh_set(&self(rpc)->mode_sigh, handler);
	return OS_OK;
}

static enum os_err dataspace(struct framebuffer_server *rpc, struct dataspace_cap *ds)
{
	struct picture *const picture = self(rpc);
	struct buffer buffer = { .width = width, .height = height };
	enum os_err err;

	if (!is_shown(picture) || !width)
		return OS_ERR_NOT_FOUND;
	if (!is_current(picture)) {
		err = os_ram_init(&buffer.ram, own, (size_t)width * height * 4,
		                  &picture->base.account);
		if (err)
			return err == OS_ERR_OUT_OF_RAM || err == OS_ERR_OUT_OF_CAPS ? err
			                                                             : OS_ERR_LIMIT;
		os_ram_fini(&picture->buffer.ram, own);
		picture->buffer = buffer;
	}
	*ds = (struct dataspace_cap){ picture->buffer.ram.ds.cap };
	return OS_OK;
}

static enum os_err refresh(struct framebuffer_server *rpc, int32_t x, int32_t y, uint32_t columns,
                           uint32_t rows)
{
	if (is_current(self(rpc))) {
		dirty_add(&dirty, width, height, x, y, columns, rows);
		frame_send();
	}
	return OS_OK;
}

static enum os_err sync_sigh(struct framebuffer_server *rpc, struct signal_context_cap handler)
{
	sigh_set(&self(rpc)->sync_sigh, handler);
	return OS_OK;
}

static enum os_err mode_set(struct framebuffer_server *rpc, uint32_t new_width, uint32_t new_height)
{
	const struct display_request request = { .kind = DISPLAY_ASK,
		                                 .width = new_width,
		                                 .height = new_height };

	if (!is_shown(self(rpc)))
		return OS_ERR_DENIED;
	if (!display_fits(new_width, new_height) || !connected || !platform_send(&request))
		return OS_ERR_RANGE;
	return OS_OK;
}

static const struct framebuffer_ops framebuffer_rpc = {
	.mode = mode,
	.mode_sigh = mode_sigh,
	.dataspace = dataspace,
	.refresh = refresh,
	.sync_sigh = sync_sigh,
	.mode_set = mode_set,
};

/* ------------------------------------------------------------------ sessions */

static enum os_err picture_create(struct os_server_session *base,
                                  const struct os_session_request *request, struct os_cap *cap)
{
	struct picture *const picture = container_of(base, struct picture, base);
	enum os_err err;

	(void)request;
	if ((err = framebuffer_server_init(&picture->rpc, own->ep, &base->account,
	                                   &framebuffer_rpc)))
		return err;
	os_list_append(&pictures, &picture->node);
	*cap = framebuffer_server_cap(&picture->rpc).cap;
	return OS_OK;
}

static void picture_destroy(struct os_server_session *base)
{
	struct picture *const picture = container_of(base, struct picture, base);
	const bool was_first = is_shown(picture);

	framebuffer_server_fini(&picture->rpc);
	os_list_remove(&pictures, &picture->node);
	os_cap_drop(picture->mode_sigh.cap);
	os_cap_drop(picture->sync_sigh.cap);
	os_ram_fini(&picture->buffer.ram, own);
	if (!was_first)
		return;
	blank();
	if (shown())
		notify(&shown()->mode_sigh);
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
