/* SPDX-License-Identifier: BSD-2-Clause */
/* screen_probe: says when the screen shows what its config lists, for benchmarks and tests. */

#include <api/capture.h>
#include <blit/blit.h>
#include <config/config.h>
#include <osier/env.h>
#include <osier/memory.h>

#include "ticks.h"

enum { BYTES = sizeof(os_pixel) };

static struct os_env *env;
static struct os_config config;
static struct os_session session;
static struct capture_cap capture;
static struct os_view pixels;
static struct os_surface screen;
static struct os_signal_handler mode_handler, change_handler;
static bool seen;

/* "#1d2530" */
static bool colour_read(struct os_xml node, uint32_t *colour)
{
	char text[16];

	*colour = 0;
	if (os_xml_string(node, "colour", text, sizeof(text)) || *text != '#')
		return false;
	for (const char *at = text + 1; *at; at++) {
		const char c = *at;
		const uint32_t digit = c >= '0' && c <= '9'   ? (uint32_t)(c - '0')
		                       : c >= 'a' && c <= 'f' ? (uint32_t)(c - 'a' + 10)
		                                              : 16;

		if (digit > 15)
			return false;
		*colour = *colour << 4 | digit;
	}
	return true;
}

static bool is_near(uint32_t a, uint32_t b, uint32_t depth)
{
	for (int shift = 0; shift < 24; shift += 8) {
		const int32_t difference =
		        (int32_t)(a >> shift & 0xff) - (int32_t)(b >> shift & 0xff);

		if (difference > (int32_t)depth || -difference > (int32_t)depth)
			return false;
	}
	return true;
}

/* Whether a pixel of the area has the colour; with not="yes": another one. */
static bool is_seen(struct os_xml node)
{
	const struct os_rect whole = { 0, 0, (int32_t)screen.width, (int32_t)screen.height };
	const uint32_t depth = (uint32_t)os_xml_u64(node, "depth", 0);
	const bool other = os_xml_bool(node, "not", false);
	struct os_rect area = { .x = (int32_t)os_xml_u64(node, "x", 0),
		                .y = (int32_t)os_xml_u64(node, "y", 0),
		                .width = (int32_t)os_xml_u64(node, "width", 1),
		                .height = (int32_t)os_xml_u64(node, "height", 1) };
	uint32_t colour;

	if (!colour_read(node, &colour))
		return false;
	area = os_rect_intersect(area, whole);
	for (int32_t y = area.y; y < area.y + area.height; y++) {
		const os_pixel *const row = screen.pixels + (size_t)y * screen.stride;

		for (int32_t x = area.x; x < area.x + area.width; x++)
			if (is_near(row[x], colour, depth) != other)
				return true;
	}
	return false;
}

static void look(void)
{
	const unsigned int width = screen.width, height = screen.height;
	const uint64_t now = ticks();
	size_t count = 0;

	if (seen || !screen.pixels)
		return;
	OS_XML_FOR_EACH (node, config.root, "pixel") {
		if (!is_seen(node))
			return;
		count++;
	}
	seen = true;
	os_view_fini(&pixels);
	screen = (struct os_surface){ 0 };
	os_session_close(&session); /* from now on, it costs nothing */
	os_log(env, "%u x %u: all %llu are as expected, at tick %llu", width, height,
	       (unsigned long long)count, (unsigned long long)now);
}

static void changed(struct os_signal_handler *handler, uint64_t count)
{
	int32_t x, y;
	uint32_t width, height;

	(void)handler;
	(void)count;
	if (screen.pixels && !capture_capture(capture, &x, &y, &width, &height))
		look();
}

/* Another size; what cannot be attached now may be with the next one. */
static void mode_changed(struct os_signal_handler *handler, uint64_t count)
{
	struct rom_dataspace_cap ds;
	uint32_t width, height;
	enum os_err err;

	(void)handler;
	(void)count;
	if (seen)
		return;
	os_view_fini(&pixels);
	screen = (struct os_surface){ 0 };
	if (capture_mode(capture, &width, &height) || !width || !height)
		return;
	err = os_session_upgrade(&session, (uint64_t)width * height * BYTES, 0);
	if (err || (err = OS_SESSION_CALL(&session, capture_buffer(capture, width, height, &ds)))) {
		os_warning(env, "%u x %u: %s", (unsigned int)width, (unsigned int)height,
		           os_err_text(err));
		return;
	}
	err = os_view_init(&pixels, (struct dataspace_cap){ ds.cap }, 0, 0, OS_ATTACH_READ);
	os_cap_drop(ds.cap);
	if (err || pixels.size < (uint64_t)width * height * BYTES)
		return;
	screen = (struct os_surface){ pixels.start, width, height, width };
	changed(NULL, 0);
}

enum os_err os_construct(struct os_env *own)
{
	enum os_err err;

	env = own;
	if ((err = os_config_open(&config, env)) ||
	    (err = capture_open(&session, env, NULL, &capture)) ||
	    (err = os_signal_handler_init(&mode_handler, env->ep, mode_changed)) ||
	    (err = os_signal_handler_init(&change_handler, env->ep, changed)) ||
	    (err = capture_mode_sigh(capture, mode_handler.cap)) ||
	    (err = capture_sigh(capture, change_handler.cap)))
		return err;
	mode_changed(NULL, 0);
	return OS_OK;
}
