/* SPDX-License-Identifier: BSD-2-Clause */
/* screen_client: draws onto a Framebuffer session what an Input session tells. */

#include <api/framebuffer.h>
#include <blit/blit.h>
#include <input/key.h>
#include <input/session.h>
#include <osier/env.h>

enum { SQUARE = 16, GROWTH = 2048 /* of the donation: a screen is much more than a session */ };

static const os_pixel slate = 0xff1d2530, red = 0xffff0000, green = 0xff00ff00;

static struct {
	struct os_env *env;
	struct os_session fb_session, input_session;
	struct framebuffer_cap fb;
	struct os_view pixels;
	struct os_surface surface;
	struct os_signal_handler mode;
	struct os_input input;
	int32_t x, y;
} client;

static void paint(struct os_rect rect, os_pixel colour)
{
	os_blit_fill(&client.surface, rect, colour);
	if (framebuffer_refresh(client.fb, rect.x, rect.y, (uint32_t)rect.width,
	                        (uint32_t)rect.height))
		os_error(client.env, "the framebuffer has gone");
}

static struct os_rect everything(void)
{
	return (struct os_rect){ 0, 0, (int32_t)client.surface.width,
		                 (int32_t)client.surface.height };
}

/* Attach what the current mode shows. */
static enum os_err take_mode(void)
{
	struct os_surface *const surface = &client.surface;
	struct dataspace_cap ds = { 0 };
	enum os_err err;
	bool alpha;

	os_view_fini(&client.pixels);
	err = framebuffer_mode(client.fb, &surface->width, &surface->height, &surface->stride,
	                       &alpha);
	if (err || !surface->width || !surface->height)
		goto out;
	if ((err = os_session_upgrade(&client.fb_session,
	                              (uint64_t)surface->width * surface->height * sizeof(os_pixel),
	                              0)) ||
	    (err = OS_SESSION_CALL(&client.fb_session, framebuffer_dataspace(client.fb, &ds))))
		goto out;
	err = os_view_init(&client.pixels, ds, 0, 0, OS_ATTACH_WRITE);
	os_cap_drop(ds.cap);
out:
	surface->pixels = client.pixels.start;
	if (err || !surface->pixels ||
	    (uint64_t)surface->stride * surface->height * sizeof(os_pixel) > client.pixels.size) {
		*surface = (struct os_surface){ 0 };
		return err;
	}
	os_log(client.env, "mode %ux%u", surface->width, surface->height);
	paint(everything(), slate);
	return OS_OK;
}

static void handle_mode(struct os_signal_handler *handler, uint64_t count)
{
	const enum os_err err = take_mode();

	(void)handler;
	(void)count;
	if (err)
		os_error(client.env, "no pixels: %s", os_err_text(err));
}

static int32_t within(int32_t value, uint32_t size)
{
	return OS_MAX(OS_MIN(value, (int32_t)size - 1), 0);
}

static void event(struct os_input *input, const struct os_input_event *event)
{
	(void)input;
	switch (event->kind) {
	case OS_INPUT_ABSOLUTE:
		client.x = event->x;
		client.y = event->y;
		return;
	case OS_INPUT_RELATIVE:
		/* a mouse does not know where the screen ends */
		client.x = within(client.x + event->x, client.surface.width);
		client.y = within(client.y + event->y, client.surface.height);
		return;
	case OS_INPUT_PRESS:
		os_log(client.env, "%s", os_key_name(event->code));
		paint(os_key_is_button(event->code)
		              ? (struct os_rect){ client.x - SQUARE / 2, client.y - SQUARE / 2,
		                                  SQUARE, SQUARE }
		              : everything(),
		      os_key_is_button(event->code) ? red : green);
		return;
	case OS_INPUT_RELEASE:
		if (!os_key_is_button(event->code))
			paint(everything(), slate);
		return;
	default:
		return;
	}
}

enum os_err os_construct(struct os_env *env)
{
	struct input_cap input;
	enum os_err err;

	client.env = env;
	if ((err = framebuffer_open(&client.fb_session, env, NULL, &client.fb)))
		return err;
	client.fb_session.growth = GROWTH;
	if ((err = os_signal_handler_init(&client.mode, env->ep, handle_mode)) ||
	    (err = framebuffer_mode_sigh(client.fb, client.mode.cap)) || (err = take_mode()) ||
	    (err = input_open(&client.input_session, env, NULL, &input)))
		return err;
	return os_input_init(&client.input, env->ep, input, &client.input_session, event);
}
