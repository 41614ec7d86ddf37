/* SPDX-License-Identifier: BSD-2-Clause */
/* fb: serves "Framebuffer" sessions, of which the first one is shown on the screen. */

#include <blit/region.h>
#include <config/config.h>
#include <framebuffer/server.h>
#include <osier/env.h>
#include <osier/session.h>
#include <osier/string.h>
#include <policy/policy.h>
#include <timeout/timeout.h>

#include "screen.h"

/*
 * Sessions stand in line: the first one is shown, to the others the mode is 0 by 0. A session's
 * pixels are RAM of ours that the client has paid for. What it refreshes is copied to the screen:
 *
 *                  refresh: copy at once                    refresh: remember
 *    frame over ---------------------------> frame begun ---------+
 *        ^                                     |   ^   ^          |
 *        +--- FRAME_US later: nothing ---------+   |   +----------+
 *                                              +---+
 *             FRAME_US later: something remembered, copy it
 *
 * So who refreshes now and then waits for nothing, and who does so all the time costs one copy a
 * frame. The screen itself is no memory for clients: it is slow to read, and would have to be taken
 * away from them when another one is shown, or the mode changes.
 */

enum { FRAME_US = 16667, WIDTH = 1024, HEIGHT = 768 };

struct session {
	struct os_server_session base;
	struct os_list_node node; /* line */
	struct os_framebuffer_server framebuffer;
	bool may_set_mode;
};

static struct os_env *env;
static struct os_service service;
static struct os_config config;
static uint32_t config_width, config_height; /* that were asked for last */
static struct os_list line;                  /* struct session.node */
static struct screen screen;
static struct os_timeouts timeouts;
static struct os_timeout frame; /* that has begun */
static bool frame_begun;
static struct os_region dirty;

static struct session *self(struct os_framebuffer_server *framebuffer)
{
	return container_of(framebuffer, struct session, framebuffer);
}

/* The session that is shown; NULL: there is none. */
static struct session *shown(void)
{
	return OS_LIST_ITEM(os_list_first(&line), struct session, node);
}

/* ------------------------------------------------------------------ pixels */

static void copy(const struct os_surface *surface, struct os_rect part)
{
	const size_t x = (size_t)part.x, y = (size_t)part.y;
	const os_pixel *from = surface->pixels + y * surface->stride + x;
	uint8_t *to = screen.at + y * screen.pitch + x * screen.format.bytes;

	for (int32_t row = 0; row < part.height; row++) {
		format_row(&screen.format, to, from, (uint32_t)part.width);
		from += surface->stride;
		to += screen.pitch;
	}
}

/* Show what is dirty. */
static void flush(void)
{
	for (size_t i = 0; i < dirty.count; i++)
		copy(&shown()->framebuffer.surface, dirty.rects[i]);
	dirty.count = 0;
	os_framebuffer_server_shown(&shown()->framebuffer);
}

static void frame_begin(void)
{
	flush();
	frame_begun = !os_timeout_after(&timeouts, &frame, FRAME_US);
}

static void frame_end(struct os_timeout *timeout, uint64_t count)
{
	(void)timeout;
	(void)count;
	frame_begun = false;
	if (dirty.count)
		frame_begin();
}

static void blacken(void)
{
	dirty.count = 0;
	for (uint32_t y = 0; y < screen.height; y++)
		memset(screen.at + (size_t)y * screen.pitch, 0,
		       (size_t)screen.width * screen.format.bytes);
}

/* Another one is shown, or in another mode. */
static void shown_changed(void)
{
	dirty.count = 0;
	if (shown())
		os_framebuffer_server_mode(&shown()->framebuffer, screen.width, screen.height);
}

static enum os_err screen_mode_set(uint32_t width, uint32_t height)
{
	enum os_err err;

	if (width == screen.width && height == screen.height)
		return OS_OK;
	if (!screen.mode_set)
		return OS_ERR_RANGE;
	if ((err = screen.mode_set(&screen, width, height)))
		return err;
	blacken();
	shown_changed();
	os_log(env, "%ux%u", width, height);
	return OS_OK;
}

/* ------------------------------------------------------------------ what clients ask for */

static void refresh(struct os_framebuffer_server *framebuffer, struct os_rect rect)
{
	if (!os_framebuffer_server_current(framebuffer) || os_rect_empty(rect))
		return;
	os_region_add(&dirty, rect);
	if (!frame_begun)
		frame_begin();
}

static enum os_err mode_set(struct os_framebuffer_server *framebuffer, uint32_t width,
                            uint32_t height)
{
	if (!self(framebuffer)->may_set_mode || self(framebuffer) != shown())
		return OS_ERR_DENIED;
	return screen_mode_set(width, height) ? OS_ERR_RANGE : OS_OK;
}

static const struct os_framebuffer_ops framebuffer_ops = { .refresh = refresh,
	                                                   .mode_set = mode_set };

/* ------------------------------------------------------------------ sessions */

/* A config without policies lets everybody draw. */
static enum os_err policy_of(const char *label, bool *may_set_mode)
{
	struct os_xml policy;
	enum os_err err;

	*may_set_mode = false;
	if (!os_xml_count(config.root, "policy") && !os_xml_count(config.root, "default-policy"))
		return OS_OK;
	if ((err = os_policy_find(config.root, label, &policy)))
		return err;
	*may_set_mode = os_xml_bool(policy, "set_mode", false);
	return OS_OK;
}

static enum os_err session_create(struct os_server_session *base,
                                  const struct os_session_request *request, struct os_cap *cap)
{
	struct session *const session = container_of(base, struct session, base);
	enum os_err err;

	if ((err = policy_of(request->label, &session->may_set_mode)) ||
	    (err = os_framebuffer_server_init(&session->framebuffer, env, service.ep,
	                                      &base->account, &framebuffer_ops)))
		return err;
	os_list_append(&line, &session->node);
	if (session == shown())
		shown_changed();
	*cap = framebuffer_server_cap(&session->framebuffer.rpc).cap;
	return OS_OK;
}

static void session_destroy(struct os_server_session *base)
{
	struct session *const session = container_of(base, struct session, base);
	const bool was_shown = session == shown();

	os_list_remove(&line, &session->node);
	os_framebuffer_server_fini(&session->framebuffer);
	if (was_shown) {
		blacken();
		shown_changed();
	}
}

static const struct os_service_ops service_ops = {
	.session_size = sizeof(struct session),
	.create = session_create,
	.destroy = session_destroy,
};

/* ------------------------------------------------------------------ config, start */

/* 0 by 0: it asks for none. */
static void config_mode(uint32_t *width, uint32_t *height)
{
	const uint64_t asked_width = os_xml_u64(config.root, "width", 0);
	const uint64_t asked_height = os_xml_u64(config.root, "height", 0);
	const bool both = asked_width && asked_height && asked_width <= FORMAT_WIDTH_MAX &&
	                  asked_height <= FORMAT_WIDTH_MAX;

	*width = both ? (uint32_t)asked_width : 0;
	*height = both ? (uint32_t)asked_height : 0;
	if (!both && (os_xml_has(config.root, "width") || os_xml_has(config.root, "height")))
		os_warning(env, "config: expected width and height, from 1 to %u",
		           FORMAT_WIDTH_MAX);
}

/* What the config asks for, unless it has asked for the same before. */
static void config_apply(void)
{
	uint32_t width, height;

	config_mode(&width, &height);
	if (!width || (width == config_width && height == config_height))
		return;
	config_width = width;
	config_height = height;
	if (screen_mode_set(width, height))
		os_warning(env, "config: %ux%u: %s has no such mode, and stays at %ux%u", width,
		           height, screen.name, screen.width, screen.height);
}

static void config_changed(struct os_config *changed)
{
	(void)changed;
	config_apply();
}

/* A card that takes modes is better than one that does not. */
static enum os_err screen_find(void)
{
	enum os_err err, pci_err;

	if (!(pci_err = bochs_screen_init(&screen, env, WIDTH, HEIGHT)))
		return OS_OK;
	if ((err = boot_screen_init(&screen, env)))
		os_error(env, "no screen: neither of the boot loader (%s) nor by PCI (%s)",
		         os_err_text(err), os_err_text(pci_err));
	return err;
}

enum os_err os_construct(struct os_env *own)
{
	enum os_err err;

	env = own;
	frame.handle = frame_end;
	if ((err = os_config_open(&config, env)) ||
	    (err = os_timeouts_init(&timeouts, env, env->ep)) || (err = screen_find()))
		return err;
	blacken();
	os_log(env, "%s, %ux%u, %u bytes a pixel", screen.name, screen.width, screen.height,
	       screen.format.bytes);
	config_apply();
	if ((err = os_config_sigh(&config, env->ep, config_changed)))
		return err;
	return os_service_init(&service, env, env->ep, FRAMEBUFFER_SERVICE, &service_ops, NULL);
}
