/* SPDX-License-Identifier: BSD-2-Clause */
/* status_bar: whose the focus is, in the colour of its domain, and a clock. */

#include <api/rtc.h>
#include <config/config.h>
#include <gui/window.h>
#include <osier/format.h>
#include <osier/string.h>
#include <paint/font.h>
#include <paint/paint.h>
#include <timeout/timeout.h>
#include <widget/theme.h>

enum { SPACE = 8, FONT_CACHE = 128 * 1024, LABEL_SIZE = 160, SECOND = 1000000 };

static struct {
	struct os_env *env;
	struct os_config config;
	struct os_window window;
	struct os_rom font_rom, focus_rom;
	struct os_view font_data;
	struct os_theme theme;
	struct os_font *font;
	uint32_t font_size;
	struct os_signal_handler focus_changed;
	char label[LABEL_SIZE];
	os_pixel colour; /* of its domain */
	/* the clock */
	struct os_timeouts timeouts;
	struct os_timeout tick;
	struct os_session rtc_session;
	struct rtc_cap rtc;
	struct os_signal_handler clock_set;
	bool seconds;
	char time[16];
} bar;

/* ------------------------------------------------------------------ drawing */

static int32_t pixels_of(const char *text)
{
	return (int32_t)(os_font_width(bar.font, text, strlen(text)) + 255) / 256;
}

static void text(const struct os_surface *surface, struct os_rect clip, int32_t x, const char *what)
{
	const struct os_font_metrics metrics = os_font_metrics(bar.font);
	const int32_t free = (int32_t)surface->height - (int32_t)(metrics.ascent + metrics.descent);

	os_font_draw(bar.font, surface, clip, x * 256, free / 2 + (int32_t)metrics.ascent,
	             bar.theme.text, what, strlen(what));
}

static void draw(struct os_window *window, const struct os_surface *surface, struct os_rect dirty)
{
	const int32_t width = (int32_t)surface->width, height = (int32_t)surface->height;
	const struct os_rect mark = { SPACE, SPACE, OS_MAX(height - 2 * SPACE, 2),
		                      height - 2 * SPACE };
	const int32_t clock = width - SPACE - pixels_of(bar.time);
	const struct os_rect room = { 0, 0, OS_MAX(clock - SPACE, 0), height };

	(void)window;
	os_blit_fill(surface, dirty, bar.theme.background);
	os_blit_fill(surface, os_rect_intersect(dirty, (struct os_rect){ 0, height - 1, width, 1 }),
	             bar.theme.line);
	text(surface, dirty, clock, bar.time);
	if (!*bar.label)
		return;
	os_paint_round(surface, dirty, mark, 2, bar.colour);
	text(surface, os_rect_intersect(dirty, room), mark.x + mark.width + SPACE, bar.label);
}

/* ------------------------------------------------------------------ focus */

static void focus_read(void)
{
	char colour[8], digits[9];
	uint64_t value = 0;
	struct os_view view;
	struct os_xml root;

	if (os_rom_view(&bar.focus_rom, &view))
		return;
	root = os_xml_root(&view);
	if (os_xml_string(root, "label", bar.label, sizeof(bar.label)))
		*bar.label = 0;
	bar.colour = bar.theme.text;
	if (!os_xml_string(root, "color", colour, sizeof(colour)) && *colour == '#') {
		os_format(digits, sizeof(digits), "0x%s", colour + 1);
		if (!os_parse_u64(digits, strlen(digits), &value))
			bar.colour = (os_pixel)value | 0xff000000;
	}
	os_view_fini(&view);
}

static void handle_focus(struct os_signal_handler *handler, uint64_t count)
{
	(void)handler;
	(void)count;
	focus_read();
	os_window_damage_all(&bar.window);
}

static enum os_err focus_open(void)
{
	enum os_err err;

	if ((err = os_rom_open(&bar.focus_rom, bar.env, "focus")) ||
	    (err = os_signal_handler_init(&bar.focus_changed, bar.env->ep, handle_focus)) ||
	    (err = os_rom_sigh(&bar.focus_rom, &bar.focus_changed)))
		return err;
	focus_read();
	return OS_OK;
}

/* ------------------------------------------------------------------ clock */

/* Show what time it is, and come back when it is another. */
static void clock_show(void)
{
	const uint32_t period = bar.seconds ? 1 : 60;
	struct rtc_date now;
	uint32_t past = 0;
	int64_t seconds;
	enum os_err err;

	if ((err = rtc_now(bar.rtc, &now, &seconds))) {
		*bar.time = 0;
		if (err == OS_ERR_GONE)
			return;
	} else {
		past = now.second % period;
		os_format(bar.time, sizeof(bar.time), bar.seconds ? "%02u:%02u:%02u" : "%02u:%02u",
		          now.hour, now.minute, now.second);
	}
	if ((err = os_timeout_after(&bar.timeouts, &bar.tick, (uint64_t)(period - past) * SECOND)))
		os_warning(bar.env, "the clock stands still: %s", os_err_text(err));
	os_window_damage_all(&bar.window);
}

static void handle_tick(struct os_timeout *timeout, uint64_t count)
{
	(void)timeout;
	(void)count;
	clock_show();
}

static void handle_clock_set(struct os_signal_handler *handler, uint64_t count)
{
	(void)handler;
	(void)count;
	clock_show();
}

static void clock_close(void)
{
	os_timeout_cancel(&bar.timeouts, &bar.tick);
	os_signal_handler_fini(&bar.clock_set);
	os_timeouts_fini(&bar.timeouts);
	os_session_close(&bar.rtc_session);
	*bar.time = 0;
}

static enum os_err clock_open(void)
{
	enum os_err err;

	bar.tick.handle = handle_tick;
	if ((err = os_timeouts_init(&bar.timeouts, bar.env, bar.env->ep)) ||
	    (err = rtc_open(&bar.rtc_session, bar.env, NULL, &bar.rtc)) ||
	    (err = os_signal_handler_init(&bar.clock_set, bar.env->ep, handle_clock_set)))
		return err;
	return rtc_sigh(bar.rtc, bar.clock_set.cap);
}

/* ------------------------------------------------------------------ config */

static enum os_err font_open(void)
{
	enum os_err err;

	if ((err = os_rom_open(&bar.font_rom, bar.env, "sans.ttf")) ||
	    (err = os_rom_view(&bar.font_rom, &bar.font_data)))
		os_error(bar.env, "font \"sans.ttf\": %s", os_err_text(err));
	return err;
}

static enum os_err take_font(uint32_t size)
{
	struct os_font *font;
	enum os_err err;

	if (bar.font && size == bar.font_size)
		return OS_OK;
	if ((err = os_font_create(&font, bar.env->heap, bar.font_data.start, bar.font_data.size,
	                          size, FONT_CACHE)))
		return err;
	os_font_destroy(bar.font);
	bar.font = font;
	bar.font_size = size;
	return OS_OK;
}

static enum os_err take_config(void)
{
	const bool wanted = !os_xml_equal(bar.config.root, "clock", "none");
	enum os_err err;

	bar.theme = os_theme_default;
	os_theme_config(&bar.theme, bar.env, bar.config.root);
	err = take_font((uint32_t)os_xml_u64(bar.config.root, "size", bar.theme.font_size));
	if (err)
		return err;
	bar.seconds = os_xml_equal(bar.config.root, "clock", "seconds");
	if (!wanted)
		clock_close();
	else if (!bar.rtc_session.env && (err = clock_open()))
		clock_close();
	return err;
}

static void start(void)
{
	if (bar.rtc_session.env)
		clock_show();
	os_window_damage_all(&bar.window);
}

static void config_changed(struct os_config *config)
{
	const enum os_err err = take_config();

	if (err)
		os_error(config->env, "config: %s", os_err_text(err));
	focus_read();
	start();
}

static const struct os_window_ops ops = { .draw = draw };

enum os_err os_construct(struct os_env *env)
{
	const struct os_window_config window = { .title = "status" };
	enum os_err err;

	bar.env = env;
	if ((err = os_config_open(&bar.config, env)) || (err = font_open()) ||
	    (err = take_config()) || (err = focus_open()) ||
	    (err = os_window_open(&bar.window, env, env->ep, &window, &ops, NULL)))
		return err;
	start();
	return os_config_sigh(&bar.config, env->ep, config_changed);
}
