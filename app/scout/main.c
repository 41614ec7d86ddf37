/* SPDX-License-Identifier: BSD-2-Clause */
/* scout: a tutorial browser, whose documents may start what they tell of. */

#include <config/config.h>
#include <launcher/launcher.h>
#include <osier/env.h>
#include <osier/string.h>

#include "view.h"

static struct os_env *env;
static struct os_config config;
static struct os_upstream upstream;
static struct os_launcher launcher;
static struct library library;
static struct view view;

static const char execute[] = "execute:";

/* ------------------------------------------------------------------ starting */

static void launcher_message(struct os_launcher *self, bool error, const char *text)
{
	(void)self;
	if (error) {
		os_error(env, "%s", text);
		view_status(&view, true, "%s", text);
	}
}

static const struct os_launcher_ops launcher_ops = {
	.message = launcher_message,
};

/* What has ended by itself makes room: nobody could tell it from what never ran. */
static void ended_remove(void)
{
	struct os_list_node *node = os_list_first(&launcher.launches);

	while (node) {
		struct os_launch *launch = OS_LIST_ITEM(node, struct os_launch, node);

		node = os_list_next(node);
		if (launch->fate == OS_SANDBOX_ENDED || launch->fate == OS_SANDBOX_FAILED) {
			if (os_launcher_kill(&launcher, launch))
				return; /* it stays; nothing is worse than it was */
		}
	}
}

static void start(const char *name)
{
	struct os_launch *launch;
	enum os_err err;

	ended_remove();
	if ((err = os_launcher_start(&launcher, name, &launch)) == OS_ERR_NOT_FOUND)
		view_status(&view, true,
		            "there is no <launch name=\"%s\"> in this browser's config", name);
	else if (err)
		view_status(&view, true, "%s cannot be started: %s", name, os_err_text(err));
	else if (!*launch->said) /* else that it has failed is told already */
		view_status(&view, false, "%s runs now, as a child of this browser.", launch->name);
}

/* ------------------------------------------------------------------ moving */

/* Open `name` and go to `scroll`; "": the document that is open. */
static enum os_err open_at(const char *name, int32_t scroll)
{
	struct library_page page;
	enum os_err err;

	if (*name && !os_str_equal(name, library.page.name)) {
		if ((err = library_read(&library, name, &page))) {
			view_status(&view, true, "%s: %s", name, os_err_text(err));
			return err;
		}
		/* what is shown points into the document before */
		view_forget(&view);
		library_open(&library, &page);
		os_window_title(&view.window, name);
	}
	return view_show(&view, scroll);
}

static void follow(struct view *self, const char *target, size_t length)
{
	char text[NAME_SIZE], *anchor;

	if (length >= sizeof(text)) {
		view_status(self, true, "this link is too long");
		return;
	}
	memcpy(text, target, length);
	text[length] = '\0';
	view_status(self, false, "%s", "");
	if (os_str_starts_with(text, execute)) {
		start(text + sizeof(execute) - 1);
		return;
	}
	for (anchor = text; *anchor && *anchor != '#'; anchor++)
		continue;
	library_leave(&library, self->scroll);
	if (anchor != text) {
		const char mark = *anchor;

		*anchor = '\0';
		if (open_at(text, 0))
			return;
		*anchor = mark;
	}
	if (*anchor && !view_go(self, anchor, strlen(anchor)))
		view_status(self, true, "there is no \"%s\" in %s", anchor, library.page.name);
}

static void turn(struct view *self, bool forward)
{
	struct place place;

	if (library_return(&library, forward, self->scroll, &place) &&
	    open_at(place.name, place.scroll))
		os_warning(env, "%s cannot be shown", place.name);
}

/* ------------------------------------------------------------------ the beginning */

static struct os_theme theme_read(void)
{
	struct os_theme theme = os_theme_default;

	os_theme_config(&theme, env, config.root);
	return theme;
}

static void config_changed(struct os_config *self)
{
	const enum os_err err = os_launcher_config(&launcher, self->root);
	const struct os_theme theme = theme_read();

	view_theme(&view, &theme);
	if (err)
		os_error(env, "config: %s", os_err_text(err));
}

static enum os_err window_open(void)
{
	const struct os_window_config window = {
		.title = "Scout",
		.width = (uint32_t)os_xml_u64(config.root, "width", 800),
		.height = (uint32_t)os_xml_u64(config.root, "height", 600),
		.x = (int32_t)os_xml_i64(config.root, "x", 40),
		.y = (int32_t)os_xml_i64(config.root, "y", 60),
	};

	view.library = &library;
	view.follow = follow;
	view.turn = turn;
	view.grip = -1;
	return os_window_open(&view.window, env, env->ep, &window, &view_ops, &view);
}

enum os_err os_construct(struct os_env *own)
{
	struct library_page page;
	char name[NAME_SIZE];
	enum os_err err;

	env = library.env = own;
	if ((err = os_config_open(&config, env)) || (err = os_upstream_init(&upstream, env)) ||
	    (err = os_launcher_init(&launcher, &upstream, env->ep, &launcher_ops, NULL)) ||
	    (err = os_launcher_config(&launcher, config.root)))
		return err;
	view.theme = theme_read();
	if ((err = fonts_init(&view.fonts, env, view.theme.font_size)))
		return err;
	if (os_xml_string(config.root, "document", name, sizeof(name)) &&
	    (err = os_str_copy(name, sizeof(name), "guide.md")))
		return err;
	if ((err = library_read(&library, name, &page))) {
		os_error(env, "document \"%s\": %s", name, os_err_text(err));
		return err;
	}
	library_open(&library, &page);
	if ((err = window_open()) || (err = view_show(&view, 0)))
		return err;
	return os_config_sigh(&config, env->ep, config_changed);
}
