/* SPDX-License-Identifier: BSD-2-Clause */
/* fb: serves "Framebuffer" sessions, of which the first one is shown on the screen. */

#include <api/framebuffer.h>
#include <config/config.h>
#include <osier/env.h>
#include <osier/session.h>
#include <osier/string.h>
#include <policy/policy.h>
#include <timeout/timeout.h>

#include "dirty.h"
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
	struct framebuffer_server rpc;
	struct os_ram buffer;
	uint32_t width, height;                         /* of the buffer; 0 by 0: there is none */
	struct signal_context_cap mode_sigh, sync_sigh; /* the client's */
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
static struct dirty dirty;

static struct session *self(struct framebuffer_server *rpc)
{
	return container_of(rpc, struct session, rpc);
}

static bool is_shown(const struct session *session)
{
	return os_list_first(&line) == &session->node;
}

static void notify(struct signal_context_cap *to)
{
	/* A context that is gone means that nobody wants to know any more. */
	if (os_cap_valid(to->cap) && os_signal_submit(*to, 1)) {
		os_cap_drop(to->cap);
		*to = (struct signal_context_cap){ 0 };
	}
}

static void sigh_set(struct signal_context_cap *to, struct signal_context_cap handler)
{
	os_cap_drop(to->cap);
	*to = handler;
}

/* ------------------------------------------------------------------ pixels */

/* Whether the session's pixels are such as the screen has. */
static bool fits(const struct session *session)
{
	return is_shown(session) && session->width == screen.width &&
	       session->height == screen.height;
}

static void copy(const struct session *session, const struct area *area)
{
	const uint32_t *from = session->buffer.view.start;
	uint8_t *to =
	        screen.at + (size_t)area->y * screen.pitch + (size_t)area->x * screen.format.bytes;

	from += (size_t)area->y * session->width + area->x;
	for (uint32_t y = 0; y < area->height; y++) {
		format_row(&screen.format, to, from, area->width);
		from += session->width;
		to += screen.pitch;
	}
}

/* Show what is dirty. */
static void flush(void)
{
	struct session *const session = OS_LIST_ITEM(os_list_first(&line), struct session, node);

	for (uint32_t i = 0; i < dirty.count; i++)
		copy(session, &dirty.areas[i]);
	dirty.count = 0;
	notify(&session->sync_sigh);
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
	struct os_list_node *const first = os_list_first(&line);

	dirty.count = 0;
	if (first)
		notify(&OS_LIST_ITEM(first, struct session, node)->mode_sigh);
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

/* ------------------------------------------------------------------ api/framebuffer.rpc */

static enum os_err mode(struct framebuffer_server *rpc, uint32_t *width, uint32_t *height,
                        uint32_t *stride, bool *alpha)
{
	const bool shown = is_shown(self(rpc));

	*width = shown ? screen.width : 0;
	*height = shown ? screen.height : 0;
	*stride = *width;
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
	struct session *const session = self(rpc);
	struct os_ram buffer = { 0 };
	enum os_err err;

	if (!is_shown(session))
		return OS_ERR_NOT_FOUND;
	if (!fits(session)) {
		if ((err = os_ram_init(&buffer, env, (size_t)screen.width * screen.height * 4,
		                       &session->base.account)))
			return err;
		os_ram_fini(&session->buffer, env);
		session->buffer = buffer;
		session->width = screen.width;
		session->height = screen.height;
	}
	*ds = ram_dataspace_as_dataspace(session->buffer.ds);
	return OS_OK;
}

static enum os_err refresh(struct framebuffer_server *rpc, int32_t x, int32_t y, uint32_t width,
                           uint32_t height)
{
	struct area area;

	if (!fits(self(rpc)) || !area_clip(&area, x, y, width, height, screen.width, screen.height))
		return OS_OK;
	dirty_add(&dirty, area);
	if (!frame_begun)
		frame_begin();
	return OS_OK;
}

static enum os_err sync_sigh(struct framebuffer_server *rpc, struct signal_context_cap handler)
{
	sigh_set(&self(rpc)->sync_sigh, handler);
	return OS_OK;
}

static enum os_err mode_set(struct framebuffer_server *rpc, uint32_t width, uint32_t height)
{
	if (!self(rpc)->may_set_mode || !is_shown(self(rpc)))
		return OS_ERR_DENIED;
	return screen_mode_set(width, height) ? OS_ERR_RANGE : OS_OK;
}

static const struct framebuffer_ops rpc_ops = {
	.mode = mode,
	.mode_sigh = mode_sigh,
	.dataspace = dataspace,
	.refresh = refresh,
	.sync_sigh = sync_sigh,
	.mode_set = mode_set,
};

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
	    (err = framebuffer_server_init(&session->rpc, service.ep, &base->account, &rpc_ops)))
		return err;
	os_list_append(&line, &session->node);
	*cap = framebuffer_server_cap(&session->rpc).cap;
	return OS_OK;
}

static void session_destroy(struct os_server_session *base)
{
	struct session *const session = container_of(base, struct session, base);
	const bool was_shown = is_shown(session);

	framebuffer_server_fini(&session->rpc);
	os_list_remove(&line, &session->node);
	os_cap_drop(session->mode_sigh.cap);
	os_cap_drop(session->sync_sigh.cap);
	os_ram_fini(&session->buffer, env);
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
