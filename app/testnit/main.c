/* SPDX-License-Identifier: BSD-2-Clause */
/* testnit: four views that overlap, and are moved by pointer and keys. */

#include <api/gui.h>
#include <gui/watch.h>
#include <input/key.h>
#include <input/session.h>
#include <osier/env.h>
#include <osier/format.h>
#include <paint/paint.h>

enum { VIEWS = 4, WIDTH = 160, HEIGHT = 120, STEP = 8, BAR = 16 };

/* The buffer has the four pictures below each other. */
static const struct {
	os_pixel top, bottom; /* premultiplied */
	int32_t x, y;
} pictures[VIEWS] = {
	{ 0xff3aa6a0, 0xff1f5e5b, 40, 40 },
	{ 0xffc0803a, 0xff6b4620, 120, 90 },
	{ 0xff6a6fc0, 0xff3a3d70, 60, 160 },
	{ 0x80404040, 0x80181818, 140, 130 }, /* lets see through */
};

static struct {
	struct os_env *env;
	struct os_session session;
	struct gui_cap gui;
	struct framebuffer_cap framebuffer;
	struct os_input input;
	struct os_gui_watch watch;
	struct {
		uint32_t number;
		int32_t x, y;
	} views[VIEWS]; /* the first is in front */
	int32_t x, y;   /* the pointer */
	bool drag;      /* the first view follows it */
} nit;

/* Nothing works without the server. */
static void check(enum os_err err)
{
	if (!err)
		return;
	os_error(nit.env, "the GUI server does not answer: %s", os_err_text(err));
	os_exit(nit.env, 1);
}

static void move_front(int32_t dx, int32_t dy)
{
	nit.views[0].x += dx;
	nit.views[0].y += dy;
	check(gui_view_place(nit.gui, nit.views[0].number, nit.views[0].x, nit.views[0].y, WIDTH,
	                     HEIGHT));
}

/* The view at the pointer comes to the front, and follows it. */
static void pick(void)
{
	size_t i = 0;

	while (i < VIEWS &&
	       !os_rect_contains((struct os_rect){ nit.views[i].x, nit.views[i].y, WIDTH, HEIGHT },
	                         nit.x, nit.y))
		i++;
	if (i == VIEWS)
		return;
	for (; i > 0; i--) {
		const __typeof__(nit.views[0]) before = nit.views[i - 1];

		nit.views[i - 1] = nit.views[i];
		nit.views[i] = before;
	}
	nit.drag = true;
	check(gui_view_raise(nit.gui, nit.views[0].number, 0));
}

static void motion(int32_t x, int32_t y)
{
	const int32_t dx = x - nit.x, dy = y - nit.y;

	nit.x = x;
	nit.y = y;
	if (nit.drag)
		move_front(dx, dy);
}

static void key(uint32_t code)
{
	switch (code) {
	case OS_BUTTON_LEFT:
		pick();
		return;
	case OS_KEY_LEFT:
		move_front(-STEP, 0);
		return;
	case OS_KEY_RIGHT:
		move_front(STEP, 0);
		return;
	case OS_KEY_UP:
		move_front(0, -STEP);
		return;
	case OS_KEY_DOWN:
		move_front(0, STEP);
		return;
	default:
		return;
	}
}

static void event(struct os_input *input, const struct os_input_event *event)
{
	(void)input;
	switch (event->kind) {
	case OS_INPUT_ABSOLUTE:
		motion(event->x, event->y);
		return;
	case OS_INPUT_PRESS:
	case OS_INPUT_REPEAT:
		key(event->code);
		return;
	case OS_INPUT_RELEASE:
		if (event->code == OS_BUTTON_LEFT)
			nit.drag = false;
		return;
	case OS_INPUT_LOST:
		nit.drag = false;
		return;
	case OS_INPUT_CLOSE:
		os_exit(nit.env, 0);
	default:
		return;
	}
}

static void draw(const struct os_surface *surface)
{
	for (int32_t i = 0; i < VIEWS; i++) {
		const struct os_rect rect = { 0, i * HEIGHT, WIDTH, HEIGHT };
		const struct os_rect bar = { 0, i * HEIGHT, WIDTH, BAR };

		os_blit_fill(surface, rect, 0);
		os_paint_shade(surface, rect, rect, pictures[i].top, pictures[i].bottom);
		os_blit_tint(surface, bar, 0x40404040);
	}
}

static enum os_err open_buffer(void)
{
	const uint64_t size = (uint64_t)WIDTH * HEIGHT * VIEWS * sizeof(os_pixel);
	struct os_surface surface = { .width = WIDTH, .height = HEIGHT * VIEWS, .stride = WIDTH };
	struct dataspace_cap ds;
	struct os_view view;
	enum os_err err;

	if ((err = os_session_upgrade(&nit.session, size, 0)) ||
	    (err = gui_buffer(nit.gui, surface.width, surface.height, true)) ||
	    (err = gui_framebuffer(nit.gui, &nit.framebuffer)) ||
	    (err = framebuffer_dataspace(nit.framebuffer, &ds)))
		return err;
	err = os_view_init(&view, ds, 0, 0, OS_ATTACH_WRITE);
	os_cap_drop(ds.cap);
	if (err)
		return err;
	surface.pixels = view.start;
	draw(&surface);
	os_view_fini(&view); /* it is drawn once */
	return framebuffer_refresh(nit.framebuffer, 0, 0, surface.width, surface.height);
}

/* All views are to be seen at once. */
static enum os_err open_views(void)
{
	enum os_err err;

	if ((err = gui_begin(nit.gui)))
		return err;
	for (int32_t i = 0; i < VIEWS; i++) {
		uint32_t *const number = &nit.views[VIEWS - 1 - i].number;
		char title[] = "view 0";

		title[sizeof(title) - 2] = (char)('1' + i);
		nit.views[VIEWS - 1 - i].x = pictures[i].x;
		nit.views[VIEWS - 1 - i].y = pictures[i].y;
		if ((err = OS_SESSION_CALL(&nit.session, gui_view_create(nit.gui, 0, number))) ||
		    (err = gui_view_title(nit.gui, *number, title)) ||
		    (err = gui_view_offset(nit.gui, *number, 0, i * HEIGHT)) ||
		    (err = gui_view_place(nit.gui, *number, pictures[i].x, pictures[i].y, WIDTH,
		                          HEIGHT)))
			return err;
	}
	return gui_commit(nit.gui);
}

static void gone(struct os_gui_watch *watch)
{
	(void)watch;
	check(OS_ERR_GONE);
}

enum os_err os_construct(struct os_env *env)
{
	struct input_cap input;
	enum os_err err;

	nit.env = env;
	if ((err = gui_open(&nit.session, env, NULL, &nit.gui)) || (err = open_buffer()) ||
	    (err = gui_input(nit.gui, &input)) ||
	    (err = os_input_init(&nit.input, env->ep, input, &nit.session, event)) ||
	    (err = os_gui_watch_init(&nit.watch, env, env->ep, &nit.session, gone)))
		return err;
	return open_views();
}
