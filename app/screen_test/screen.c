/* SPDX-License-Identifier: BSD-2-Clause */
/* The service "Framebuffer": each client's pixels are in memory that it has donated. */

#include <framebuffer/server.h>
#include <osier/string.h>

#include "screen.h"

struct session {
	struct os_server_session base;
	struct os_framebuffer_server framebuffer;
};

static struct screen *self(struct os_framebuffer_server *framebuffer)
{
	const struct session *const session =
	        container_of(framebuffer, struct session, framebuffer);

	return container_of(session->base.service, struct screen, service);
}

static struct session *of_node(struct os_list_node *node)
{
	return OS_LIST_ITEM(node, struct session, base.node);
}

/* ------------------------------------------------------------------ the screen */

/* The client that has come last is shown, once it has pixels of the current mode. */
static struct os_surface shown(const struct screen *screen)
{
	struct os_surface surface = { 0 };

	OS_LIST_FOR_EACH (node, &screen->service.sessions)
		if (os_framebuffer_server_current(&of_node(node)->framebuffer))
			surface = of_node(node)->framebuffer.surface;
	return surface;
}

void screen_mode(struct screen *screen, uint32_t width, uint32_t height)
{
	screen->width = width;
	screen->height = height;
	OS_LIST_FOR_EACH (node, &screen->service.sessions)
		os_framebuffer_server_mode(&of_node(node)->framebuffer, width, height);
}

void screen_sync(struct screen *screen)
{
	OS_LIST_FOR_EACH (node, &screen->service.sessions)
		os_framebuffer_server_shown(&of_node(node)->framebuffer);
}

size_t screen_clients(const struct screen *screen)
{
	size_t count = 0;

	OS_LIST_FOR_EACH (node, &screen->service.sessions)
		count++;
	return count;
}

/* What of `rect` is on the screen; nothing, while there is no picture. */
static struct os_rect clip(struct os_surface surface, struct os_rect rect)
{
	return os_rect_intersect(
	        rect, (struct os_rect){ 0, 0, (int32_t)surface.width, (int32_t)surface.height });
}

static const os_pixel *row(struct os_surface surface, struct os_rect rect, int32_t y)
{
	return surface.pixels + (size_t)(rect.y + y) * surface.stride + rect.x;
}

uint64_t screen_pixels(const struct screen *screen, struct os_rect rect, os_pixel colour)
{
	const struct os_surface surface = shown(screen);
	uint64_t count = 0;

	rect = clip(surface, rect);
	for (int32_t y = 0; y < rect.height; y++)
		for (int32_t x = 0; x < rect.width; x++)
			count += ((row(surface, rect, y)[x] ^ colour) & 0xffffff) == 0;
	return count;
}

uint32_t screen_checksum(const struct screen *screen, struct os_rect rect)
{
	enum { OFFSET = 0x811c9dc5u, PRIME = 0x01000193u, COLOURS = 3 };
	const struct os_surface surface = shown(screen);
	uint32_t hash = OFFSET;

	rect = clip(surface, rect);
	for (int32_t y = 0; y < rect.height; y++)
		for (int32_t x = 0; x < rect.width; x++)
			for (int i = 0; i < COLOURS; i++)
				hash = (hash ^ (row(surface, rect, y)[x] >> 8 * i & 0xff)) * PRIME;
	return hash;
}

void screen_count_reset(struct screen *screen)
{
	screen->refreshed = 0;
	screen->refreshes = 0;
}

/* ------------------------------------------------------------------ what clients ask for */

static void refresh(struct os_framebuffer_server *framebuffer, struct os_rect rect)
{
	struct screen *const screen = self(framebuffer);

	screen->touched = clip(shown(screen), rect);
	if (!os_rect_empty(screen->touched))
		screen->refreshed +=
		        (uint64_t)screen->touched.width * (uint64_t)screen->touched.height;
	screen->refreshes++;
	screen->refresh_count++;
	if (!screen->sync_held)
		os_framebuffer_server_shown(framebuffer);
	screen->changed();
}

static enum os_err mode_set(struct os_framebuffer_server *framebuffer, uint32_t width,
                            uint32_t height)
{
	screen_mode(self(framebuffer), width, height);
	return OS_OK;
}

static const struct os_framebuffer_ops framebuffer_ops = { .refresh = refresh,
	                                                   .mode_set = mode_set };

/* ------------------------------------------------------------------ sessions */

static enum os_err session_create(struct os_server_session *base,
                                  const struct os_session_request *request, struct os_cap *cap)
{
	struct session *const session = container_of(base, struct session, base);
	const struct screen *const screen = container_of(base->service, struct screen, service);
	enum os_err err;

	(void)request;
	if ((err = os_framebuffer_server_init(&session->framebuffer, screen->env, base->service->ep,
	                                      &base->account, &framebuffer_ops)))
		return err;
	os_framebuffer_server_mode(&session->framebuffer, screen->width, screen->height);
	*cap = framebuffer_server_cap(&session->framebuffer.rpc).cap;
	return OS_OK;
}

static void session_destroy(struct os_server_session *base)
{
	os_framebuffer_server_fini(&container_of(base, struct session, base)->framebuffer);
}

static const struct os_service_ops service_ops = {
	.session_size = sizeof(struct session),
	.create = session_create,
	.destroy = session_destroy,
};

enum os_err screen_init(struct screen *screen, struct os_env *env, uint32_t width, uint32_t height,
                        void (*changed)(void))
{
	*screen = (struct screen){ .env = env, .changed = changed };
	screen_mode(screen, width, height);
	return os_service_init(&screen->service, env, env->ep, FRAMEBUFFER_SERVICE, &service_ops,
	                       NULL);
}
