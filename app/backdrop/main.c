/* SPDX-License-Identifier: BSD-2-Clause */
/* backdrop: a shade of colours, and an image, behind all windows. */

#include <config/config.h>
#include <gui/window.h>
#include <osier/string.h>
#include <paint/paint.h>
#include <widget/theme.h>

static struct {
	struct os_env *env;
	struct os_config config;
	struct os_window window;
	struct os_image image;
	os_pixel top, bottom;
} backdrop;

static os_pixel colour(const char *name, os_pixel value)
{
	char text[8];

	if (!os_xml_string(backdrop.config.root, name, text, sizeof(text)))
		(void)os_colour_read(text, strlen(text), &value);
	return value;
}

/* Where the image goes on a screen of that size. */
static struct os_rect place(const struct os_surface *screen)
{
	const struct os_surface *const image = &backdrop.image.surface;
	uint64_t width = image->width, height = image->height;

	if (os_xml_equal(backdrop.config.root, "place", "fill")) {
		width = screen->width;
		height = screen->height;
	} else if (os_xml_equal(backdrop.config.root, "place", "fit") && width && height) {
		const bool wide = width * screen->height > height * screen->width;
		const uint64_t to = wide ? screen->width : screen->height;
		const uint64_t from = wide ? width : height;

		width = width * to / from;
		height = height * to / from;
	}
	return (struct os_rect){ ((int32_t)screen->width - (int32_t)width) / 2,
		                 ((int32_t)screen->height - (int32_t)height) / 2, (int32_t)width,
		                 (int32_t)height };
}

static void draw(struct os_window *window, const struct os_surface *surface, struct os_rect dirty)
{
	const struct os_rect all = { 0, 0, (int32_t)surface->width, (int32_t)surface->height };
	const struct os_rect at = place(surface);

	(void)window;
	os_paint_shade(surface, dirty, all, backdrop.top, backdrop.bottom);
	if (backdrop.image.surface.pixels)
		os_paint_scaled(surface, dirty, at, &backdrop.image.surface);
}

/* Take the image that the config names. */
static enum os_err image_take(const char *name)
{
	struct os_rom rom = { 0 };
	struct os_view view = { 0 };
	enum os_err err;

	if ((err = os_rom_open(&rom, backdrop.env, name)))
		return err;
	if (!(err = os_rom_view(&rom, &view)))
		err = os_image_decode(&backdrop.image, backdrop.env->heap, view.start, view.size);
	os_view_fini(&view);
	os_rom_close(&rom);
	return err;
}

static void take_config(void)
{
	struct os_theme theme = os_theme_default;
	char name[64];
	enum os_err err;

	os_theme_config(&theme, backdrop.env, backdrop.config.root);
	backdrop.top = colour("top", theme.raised);
	backdrop.bottom = colour("bottom", theme.panel);
	os_image_fini(&backdrop.image);
	backdrop.image = (struct os_image){ 0 };
	if (!os_xml_string(backdrop.config.root, "image", name, sizeof(name)) &&
	    (err = image_take(name)))
		os_error(backdrop.env, "image \"%s\": %s", name, os_err_text(err));
}

static void config_changed(struct os_config *config)
{
	(void)config;
	take_config();
	os_window_damage_all(&backdrop.window);
}

static const struct os_window_ops ops = { .draw = draw };

enum os_err os_construct(struct os_env *env)
{
	const struct os_window_config window = { .title = "backdrop", .background = true };
	enum os_err err;

	backdrop.env = env;
	if ((err = os_config_open(&backdrop.config, env)))
		return err;
	take_config();
	if ((err = os_window_open(&backdrop.window, env, env->ep, &window, &ops, NULL)))
		return err;
	return os_config_sigh(&backdrop.config, env->ep, config_changed);
}
