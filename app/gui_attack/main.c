/* SPDX-License-Identifier: BSD-2-Clause */
/* gui_attack: a Gui client that does all that it should not. */

#include <api/gui.h>
#include <config/config.h>
#include <input/session.h>
#include <osier/env.h>
#include <osier/string.h>

enum { SESSIONS = 5, ROUNDS = 100, SIZE = 64 };

/* A session, with a buffer of SIZE by SIZE pixels once shown() has succeeded. */
struct client {
	struct os_session session;
	struct gui_cap gui;
	struct framebuffer_cap framebuffer;
	struct os_view pixels;
	uint32_t view;
};

static struct os_env *own;

static enum os_err open_session(struct client *client)
{
	*client = (struct client){ 0 };
	return gui_open(&client->session, own, NULL, &client->gui);
}

static void fill(const struct client *client, uint32_t colour)
{
	uint32_t *const pixels = client->pixels.start;

	for (size_t i = 0; i < client->pixels.size / sizeof(*pixels); i++)
		pixels[i] = colour;
}

static enum os_err view_add(struct client *client, uint32_t parent, uint32_t *view)
{
	return OS_SESSION_CALL(&client->session, gui_view_create(client->gui, parent, view));
}

/* Open it, with a buffer and a view of it at (x, y). */
static enum os_err shown(struct client *client, int32_t x, int32_t y, bool alpha)
{
	struct dataspace_cap ds;
	enum os_err err;

	if ((err = open_session(client)) ||
	    (err = OS_SESSION_CALL(&client->session, gui_buffer(client->gui, SIZE, SIZE, alpha))) ||
	    (err = gui_framebuffer(client->gui, &client->framebuffer)) ||
	    (err = framebuffer_dataspace(client->framebuffer, &ds)))
		return err;
	err = os_view_init(&client->pixels, ds, 0, 0, OS_ATTACH_WRITE);
	os_cap_drop(ds.cap);
	if (err || (err = view_add(client, 0, &client->view)))
		return err;
	fill(client, alpha ? 0x40404040 : 0xff800080);
	if ((err = framebuffer_refresh(client->framebuffer, 0, 0, SIZE, SIZE)))
		return err;
	return gui_view_place(client->gui, client->view, x, y, SIZE, SIZE);
}

static void close_session(struct client *client)
{
	os_view_fini(&client->pixels);
	os_cap_drop(client->framebuffer.cap);
	os_session_close(&client->session);
}

/* ------------------------------------------------------------------ sizes */

/* Whatever is said, is answered; one of these for each. */
static bool answered(enum os_err err)
{
	return err != OS_ERR_GONE && err != OS_ERR_UNDECLARED;
}

static bool sizes_of_views(struct client *client)
{
	static const int32_t places[] = { INT32_MIN, -1, 0, 1, 100, INT32_MAX };
	static const uint32_t lengths[] = { 0, 1, 64, 0x7fffffff, 0x80000000, UINT32_MAX };
	bool all = true;

	for (size_t i = 0; i < OS_ARRAY_SIZE(places); i++)
		for (size_t k = 0; k < OS_ARRAY_SIZE(lengths); k++) {
			all &= answered(gui_view_place(client->gui, client->view, places[i],
			                               places[k], lengths[k], lengths[i]));
			all &= answered(
			        gui_view_offset(client->gui, client->view, places[k], places[i]));
			all &= answered(framebuffer_refresh(client->framebuffer, places[i],
			                                    places[k], lengths[i], lengths[k]));
			all &= answered(gui_pointer(client->gui, lengths[i], lengths[k], lengths[k],
			                            lengths[i]));
		}
	return all;
}

static const char *attack_sizes(void)
{
	static const uint32_t lengths[] = { 1, 0, 16384, 16385, 0x10000, 0x7fffffff, UINT32_MAX };
	struct client client;
	bool all = true;

	if (shown(&client, 0, 0, false))
		return "cannot begin";
	for (size_t i = 0; i < OS_ARRAY_SIZE(lengths); i++)
		for (size_t k = 0; k < OS_ARRAY_SIZE(lengths); k++)
			all &= answered(gui_buffer(client.gui, lengths[i], lengths[k], i & 1));
	all &= sizes_of_views(&client);
	/* one pixel, which a view of the screen's size shows */
	all &= !gui_buffer(client.gui, 1, 1, false) &&
	       !gui_view_offset(client.gui, client.view, 0, 0) &&
	       !gui_view_place(client.gui, client.view, 0, 0, 4000, 4000) &&
	       sizes_of_views(&client);
	return all ? "answered" : "NOT ANSWERED";
}

/* ------------------------------------------------------------------ views */

/* All that a session can have, above each other, and some within each other. */
static uint32_t fill_session(struct client *client)
{
	uint32_t view, parent = 0, count = 0;

	if (gui_begin(client->gui))
		return 0;
	while (!view_add(client, count % 16 < 8 ? 0 : parent, &view)) {
		if (gui_view_place(client->gui, view, (int32_t)(count % 7), (int32_t)(count % 5),
		                   2000, 2000))
			return 0;
		parent = view;
		count++;
	}
	return gui_commit(client->gui) ? 0 : count;
}

static const char *attack_views(void)
{
	static struct client clients[SESSIONS];
	uint32_t count = 0, one = 0;

	for (size_t i = 0; i < SESSIONS; i++) {
		if (shown(&clients[i], 0, 0, true) ||
		    os_session_upgrade(&clients[i].session, 1 << 20, 16))
			return "cannot begin";
		count += one = fill_session(&clients[i]);
		if (!one)
			return "NOT ANSWERED";
	}
	os_log(own, "%u views", count);
	for (int round = 0; round < ROUNDS / 10; round++)
		for (size_t i = 0; i < SESSIONS; i++)
			if (framebuffer_refresh(clients[i].framebuffer, 0, 0, SIZE, SIZE) ||
			    gui_view_raise(clients[i].gui, 1 + (uint32_t)round, 0))
				return "NOT ANSWERED";
	return "answered";
}

/* ------------------------------------------------------------------ input */

static enum os_err attach_ring(struct client *client, struct os_view *view)
{
	struct ram_dataspace_cap ds;
	struct input_cap input;
	enum os_err err;

	if ((err = gui_input(client->gui, &input)) || (err = input_ring(input, &ds)))
		return err;
	return os_view_init(view, ram_dataspace_as_dataspace(ds), 0, 0, OS_ATTACH_WRITE);
}

static const char *attack_ring(void)
{
	struct client client;
	struct os_view view;
	uint32_t state = 1;

	if (shown(&client, 100, 0, false) || attach_ring(&client, &view))
		return "cannot begin";
	os_log(own, "attack ring: goes on");
	/* the rounds have calls in between: the server is to live with each of them */
	for (;;) {
		uint32_t *const words = view.start;

		for (size_t i = 0; i < view.size / sizeof(*words); i++) {
			state ^= state << 13;
			state ^= state >> 17;
			state ^= state << 5;
			__atomic_store_n(&words[i], state, __ATOMIC_RELAXED);
		}
		if (framebuffer_refresh(client.framebuffer, 0, 0, 1, 1))
			return "NOT ANSWERED";
	}
}

static const char *attack_hang(void)
{
	struct client client;
	struct os_view view;

	/* where none of the others is seen */
	if (shown(&client, 100, 170, false) || attach_ring(&client, &view))
		return "cannot begin";
	os_log(own, "asked for the focus: %s", os_err_text(gui_focus(client.gui)));
	os_log(own, "attack hang: goes on");
	/* what it looks at is there, also when the server has ended the session */
	for (;;) {
		(void)*(volatile uint32_t *)view.start;
		(void)*(volatile uint32_t *)client.pixels.start;
		__builtin_ia32_pause();
	}
}

/* ------------------------------------------------------------------ what is gone */

/* Some pixels are the server's memory, which goes while it is shown, and looked at. */
static const char *attack_closes(void)
{
	struct client client;

	for (int round = 0; round < ROUNDS; round++) {
		if (shown(&client, 100, 0, round & 1))
			return "NOT ANSWERED";
		fill(&client, 0xff00ffff);
		if (framebuffer_refresh(client.framebuffer, 0, 0, SIZE, SIZE) ||
		    gui_buffer(client.gui, 1, 1, false) || gui_buffer(client.gui, 0, 0, false))
			return "NOT ANSWERED";
		close_session(&client);
	}
	return "answered";
}

/* Views of one session in views of another, of which all goes in any order. */
static const char *attack_destroys(void)
{
	struct client outer, inner;
	struct gui_view_cap view;
	uint32_t within, third;
	bool all = true;

	for (int round = 0; round < ROUNDS; round++) {
		if (shown(&outer, 100, 0, false) || shown(&inner, 100, 0, true) ||
		    gui_view_capability(outer.gui, outer.view, &view) ||
		    gui_view_create_in(inner.gui, view, &within) ||
		    gui_view_place(inner.gui, within, 0, 0, SIZE, SIZE) ||
		    view_add(&inner, within, &third))
			return "NOT ANSWERED";
		if (round & 1) {
			all &= !gui_view_destroy(outer.gui, outer.view);
			all &= gui_view_destroy(outer.gui, outer.view) == OS_ERR_NOT_FOUND;
			all &= gui_view_create_in(inner.gui, view, &third) != OS_OK;
		}
		if (round & 2)
			close_session(&outer);
		all &= !gui_view_place(inner.gui, within, 5, 5, SIZE, SIZE);
		all &= gui_view_raise(inner.gui, within, inner.view) == OS_ERR_INVALID;
		all &= !gui_view_destroy(inner.gui, within);
		all &= gui_view_raise(inner.gui, within, 0) == OS_ERR_NOT_FOUND;
		all &= gui_view_place(inner.gui, 0, 0, 0, 1, 1) == OS_ERR_NOT_FOUND;
		os_cap_drop(view.cap);
		close_session(&inner);
		if (!(round & 2))
			close_session(&outer);
	}
	return all ? "answered" : "NOT AS DECLARED";
}

/* A window manager asks for another size: the answer is the end. */
static void die(struct os_signal_handler *handler, uint64_t count)
{
	(void)handler;
	(void)count;
	os_log(own, "attack dies: at another mode");
	os_exit(own, 0);
}

static const char *attack_dies(void)
{
	static struct os_signal_handler handler;
	static struct client client;

	if (os_signal_handler_init(&handler, own->ep, die) || shown(&client, 300, 300, false) ||
	    gui_mode_sigh(client.gui, handler.cap))
		return "cannot begin";
	return "waits";
}

/* ------------------------------------------------------------------ others' time and place */

/* As many sizes as there can be, each of which is another mode to a window manager. */
static const char *attack_modes(void)
{
	struct client client;
	uint32_t width, height;

	if (shown(&client, 100, 0, false))
		return "cannot begin";
	os_log(own, "attack modes: goes on");
	for (uint32_t i = 0;; i++)
		if (gui_view_place(client.gui, client.view, 100, 0, SIZE + i % 100,
		                   SIZE + i % 70) ||
		    gui_mode(client.gui, &width, &height) ||
		    (i % 100 == 0 && gui_buffer(client.gui, SIZE + i % 7, SIZE, false)))
			return "NOT ANSWERED";
}

/* Titles of what is no UTF-8, of what is cut within a character, and of all lengths. */
static const char *attack_titles(void)
{
	static const char pieces[][8] = { "\xff\xfe",     "\xf0\x9f\x98", "\xc0\x80",
		                          "\xe2\x82\xac", "\xed\xa0\x80", "\x1b[2J\n",
		                          "\xcc\x81",     "&<\">" };
	char title[GUI_VIEW_TITLE_TITLE_SIZE];
	struct client client;

	if (shown(&client, 100, 0, false))
		return "cannot begin";
	for (size_t round = 0; round < (size_t)ROUNDS * 2; round++) {
		size_t length = 0;

		for (size_t i = round; length + sizeof(pieces[0]) < sizeof(title);
		     i += 1 + round % 3)
			for (const char *c = pieces[i % OS_ARRAY_SIZE(pieces)]; *c; c++)
				title[length++] = *c;
		title[OS_MIN(length, round % sizeof(title))] = 0;
		if (!answered(gui_view_title(client.gui, client.view, title)))
			return "NOT ANSWERED";
	}
	return "answered";
}

static const char *attack_flood(void)
{
	struct client client;

	if (shown(&client, 100, 0, false))
		return "cannot begin";
	os_log(own, "attack flood: goes on");
	for (int32_t i = 0;; i++)
		if (gui_view_place(client.gui, client.view, i % 100, i % 70, SIZE, SIZE) ||
		    framebuffer_refresh(client.framebuffer, 0, 0, SIZE, SIZE) ||
		    gui_view_title(client.gui, client.view, i % 2 ? "a" : "b") ||
		    gui_begin(client.gui) || gui_view_lower(client.gui, client.view, 0) ||
		    (i % 300 == 0 && gui_commit(client.gui)))
			return "NOT ANSWERED";
}

static const char *attack_covers(void)
{
	struct client client;

	if (shown(&client, 0, 0, true) || gui_view_fill(client.gui, client.view, 0xff303030) ||
	    gui_view_place(client.gui, client.view, -10, -10, 4000, 4000) ||
	    gui_view_raise(client.gui, client.view, 0))
		return "cannot begin";
	return "answered";
}

static const struct {
	const char *name;
	const char *(*run)(void);
} attacks[] = {
	{ "sizes", attack_sizes },   { "views", attack_views },       { "ring", attack_ring },
	{ "closes", attack_closes }, { "destroys", attack_destroys }, { "flood", attack_flood },
	{ "hang", attack_hang },     { "covers", attack_covers },     { "dies", attack_dies },
	{ "modes", attack_modes },   { "titles", attack_titles },
};

enum os_err os_construct(struct os_env *env)
{
	struct os_config config;
	enum os_err err;

	own = env;
	if ((err = os_config_open(&config, env)))
		return err;
	for (size_t i = 0; i < OS_ARRAY_SIZE(attacks); i++)
		if (os_xml_equal(config.root, "attack", attacks[i].name))
			os_log(env, "attack %s: %s", attacks[i].name, attacks[i].run());
	return OS_OK;
}
