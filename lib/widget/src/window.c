/* SPDX-License-Identifier: BSD-2-Clause */
/* Widgets in a window. */

#include <widget/window.h>

enum { FONT_CACHE = 128 * 1024, SIZE_MIN = 16 };

static struct os_widget_window *window_of(struct os_window *window)
{
	return window->context;
}

static void damage(struct os_ui *ui, struct os_rect rect)
{
	os_window_damage(&container_of(ui, struct os_widget_window, ui)->window, rect);
}

static void draw(struct os_window *window, const struct os_surface *surface, struct os_rect dirty)
{
	os_ui_draw(&window_of(window)->ui, surface, dirty);
}

static void input(struct os_window *window, const struct os_input_event *event)
{
	struct os_widget_window *own = window_of(window);

	if (event->kind != OS_INPUT_CLOSE) {
		(void)os_ui_input(&own->ui, event);
		return;
	}
	if (!own->close)
		os_exit(window->env, 0);
	own->close(&own->ui);
}

static void resize(struct os_window *window, uint32_t width, uint32_t height)
{
	enum os_err err;

	if ((err = os_window_resize(window, width, height)))
		os_warning(window->env, "the window stays as it is: %s", os_err_text(err));
	os_ui_resize(&window_of(window)->ui, window->width, window->height);
}

static void shown(struct os_window *window)
{
	window_of(window)->shown(&window_of(window)->ui);
}

static const struct os_window_ops ops = {
	.draw = draw,
	.input = input,
	.resize = resize,
};

/* The same for who wants to know when it is seen: that costs a signal for each picture. */
static const struct os_window_ops ops_shown = {
	.draw = draw,
	.input = input,
	.resize = resize,
	.sync = shown,
};

static void theme_set(struct os_widget_window *window, const struct os_theme *theme)
{
	window->theme = *theme;
	os_fonts_apply(&window->fonts, &window->theme);
}

enum os_err os_widget_window_open(struct os_widget_window *window, struct os_env *env,
                                  struct os_ep *ep, const struct os_widget_window_config *config,
                                  struct os_widget *root)
{
	const struct os_theme *const theme = config->theme ? config->theme : &os_theme_default;
	struct os_window_config outer = config->window;
	enum os_err err;

	*window = (struct os_widget_window){ .close = config->close, .shown = config->shown };
	if ((err = os_fonts_open(&window->fonts, env, theme->font_size, FONT_CACHE)))
		return err;
	theme_set(window, theme);
	os_ui_init(&window->ui, &window->theme, root, damage);
	if (!outer.width && !config->follows)
		outer.width = OS_MAX(os_ui_natural_width(&window->ui), (uint32_t)SIZE_MIN);
	if (!outer.height && !config->follows)
		outer.height =
		        OS_MAX(os_ui_natural_height(&window->ui, outer.width), (uint32_t)SIZE_MIN);
	if ((err = os_window_open(&window->window, env, ep, &outer,
	                          config->shown ? &ops_shown : &ops, window))) {
		os_widget_window_close(window);
		return err;
	}
	os_ui_resize(&window->ui, window->window.width, window->window.height);
	return OS_OK;
}

void os_widget_window_close(struct os_widget_window *window)
{
	os_window_close(&window->window);
	os_ui_fini(&window->ui);
	os_fonts_close(&window->fonts);
	*window = (struct os_widget_window){ 0 };
}

void os_widget_window_theme(struct os_widget_window *window, const struct os_theme *theme)
{
	const uint32_t before = window->theme.font_size;
	enum os_err err = OS_OK;

	if (theme->font_size != before)
		err = os_fonts_resize(&window->fonts, window->window.env, theme->font_size,
		                      FONT_CACHE);
	if (err)
		os_warning(window->window.env, "fonts of %u pixels: %s", theme->font_size,
		           os_err_text(err));
	theme_set(window, theme);
	if (err)
		window->theme.font_size = before;
	os_ui_theme(&window->ui, &window->theme);
}
