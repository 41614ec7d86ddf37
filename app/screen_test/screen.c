/* SPDX-License-Identifier: BSD-2-Clause */
/* The service "Framebuffer": each client's pixels are in memory that it has donated. */

#include <api/framebuffer.h>
#include <osier/string.h>

#include "screen.h"

struct session {
	struct os_server_session base;
	struct framebuffer_server rpc;
	struct os_ram ram;
	uint32_t width, height; /* of what is in there */
	struct signal_context_cap mode_sigh, sync_sigh;
};

static struct screen *self(struct framebuffer_server *rpc)
{
	const struct session *const session = container_of(rpc, struct session, rpc);

	return container_of(session->base.service, struct screen, service);
}

static void sigh_set(struct signal_context_cap *to, struct signal_context_cap handler)
{
	os_cap_drop(to->cap);
	*to = handler;
}

static void notify(struct signal_context_cap *to)
{
	/* A context that is gone means that nobody wants to know any more. */
	if (os_cap_valid(to->cap) && os_signal_submit(*to, 1))
		sigh_set(to, (struct signal_context_cap){ 0 });
}

/* ------------------------------------------------------------------ the screen */

/* The client that has come last is shown, once it has pixels of the current mode. */
static void show(struct screen *screen)
{
	struct os_surface *const surface = &screen->surface;

	surface->pixels = NULL;
	OS_LIST_FOR_EACH (node, &screen->service.sessions) {
		const struct session *const session = OS_LIST_ITEM(node, struct session, base.node);

		if (session->width == surface->width && session->height == surface->height &&
		    session->ram.view.start)
			surface->pixels = session->ram.view.start;
	}
}

void screen_mode(struct screen *screen, uint32_t width, uint32_t height)
{
	screen->surface = (struct os_surface){ NULL, width, height, width };
	show(screen);
	OS_LIST_FOR_EACH (node, &screen->service.sessions)
		notify(&OS_LIST_ITEM(node, struct session, base.node)->mode_sigh);
}

void screen_sync(struct screen *screen)
{
	OS_LIST_FOR_EACH (node, &screen->service.sessions)
		notify(&OS_LIST_ITEM(node, struct session, base.node)->sync_sigh);
}

size_t screen_clients(const struct screen *screen)
{
	size_t count = 0;

	OS_LIST_FOR_EACH (node, &screen->service.sessions)
		count++;
	return count;
}

/* What of `rect` is on the screen; nothing, while there is no picture. */
static struct os_rect clip(const struct screen *screen, struct os_rect rect)
{
	if (!screen->surface.pixels)
		return (struct os_rect){ 0 };
	return os_rect_intersect(rect, (struct os_rect){ 0, 0, (int32_t)screen->surface.width,
	                                                 (int32_t)screen->surface.height });
}

static const os_pixel *row(const struct screen *screen, struct os_rect rect, int32_t y)
{
	return screen->surface.pixels + (size_t)(rect.y + y) * screen->surface.stride + rect.x;
}

uint64_t screen_pixels(const struct screen *screen, struct os_rect rect, os_pixel colour)
{
	uint64_t count = 0;

	rect = clip(screen, rect);
	for (int32_t y = 0; y < rect.height; y++)
		for (int32_t x = 0; x < rect.width; x++)
			count += ((row(screen, rect, y)[x] ^ colour) & 0xffffff) == 0;
	return count;
}

uint32_t screen_checksum(const struct screen *screen, struct os_rect rect)
{
	enum { OFFSET = 0x811c9dc5u, PRIME = 0x01000193u, COLOURS = 3 };
	uint32_t hash = OFFSET;

	rect = clip(screen, rect);
	for (int32_t y = 0; y < rect.height; y++)
		for (int32_t x = 0; x < rect.width; x++)
			for (int i = 0; i < COLOURS; i++)
				hash = (hash ^ (row(screen, rect, y)[x] >> 8 * i & 0xff)) * PRIME;
	return hash;
}

void screen_count_reset(struct screen *screen)
{
	screen->refreshed = 0;
	screen->refreshes = 0;
}

/* ------------------------------------------------------------------ RPC */

static enum os_err mode(struct framebuffer_server *rpc, uint32_t *width, uint32_t *height,
                        uint32_t *stride, bool *alpha)
{
	const struct os_surface *const surface = &self(rpc)->surface;

	*width = surface->width;
	*height = surface->height;
	*stride = surface->stride;
	*alpha = false;
	return OS_OK;
}

static enum os_err mode_sigh(struct framebuffer_server *rpc, struct signal_context_cap handler)
{
	sigh_set(&container_of(rpc, struct session, rpc)->mode_sigh, handler);
	return OS_OK;
}

static enum os_err dataspace(struct framebuffer_server *rpc, struct dataspace_cap *ds)
{
	struct session *const session = container_of(rpc, struct session, rpc);
	struct screen *const screen = self(rpc);
	const struct os_surface *const mode = &screen->surface;
	struct os_ram ram;
	enum os_err err;

	if (!mode->width || !mode->height)
		return OS_ERR_NOT_FOUND;
	if (session->width != mode->width || session->height != mode->height) {
		if ((err = os_ram_init(&ram, screen->env,
		                       (size_t)mode->width * mode->height * sizeof(os_pixel),
		                       &session->base.account)))
			return err;
		os_ram_fini(&session->ram, screen->env);
		session->ram = ram;
		session->width = mode->width;
		session->height = mode->height;
	}
	show(screen);
	ds->cap = session->ram.ds.cap;
	return OS_OK;
}

static enum os_err refresh(struct framebuffer_server *rpc, int32_t x, int32_t y, uint32_t width,
                           uint32_t height)
{
	struct screen *const screen = self(rpc);
	const struct os_rect rect = { x, y, (int32_t)OS_MIN(width, (uint32_t)INT32_MAX),
		                      (int32_t)OS_MIN(height, (uint32_t)INT32_MAX) };

	screen->touched = clip(screen, rect);
	if (!os_rect_empty(screen->touched))
		screen->refreshed +=
		        (uint64_t)screen->touched.width * (uint64_t)screen->touched.height;
	screen->refreshes++;
	screen->refresh_count++;
	if (!screen->sync_held)
		notify(&container_of(rpc, struct session, rpc)->sync_sigh);
	screen->changed();
	return OS_OK;
}

static enum os_err sync_sigh(struct framebuffer_server *rpc, struct signal_context_cap handler)
{
	sigh_set(&container_of(rpc, struct session, rpc)->sync_sigh, handler);
	return OS_OK;
}

static enum os_err mode_set(struct framebuffer_server *rpc, uint32_t width, uint32_t height)
{
	if (!width || !height || width > OS_SURFACE_MAX || height > OS_SURFACE_MAX)
		return OS_ERR_RANGE;
	screen_mode(self(rpc), width, height);
	return OS_OK;
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

static enum os_err session_create(struct os_server_session *base,
                                  const struct os_session_request *request, struct os_cap *cap)
{
	struct session *const session = container_of(base, struct session, base);
	const enum os_err err =
	        framebuffer_server_init(&session->rpc, base->service->ep, &base->account, &rpc_ops);

	(void)request;
	*cap = framebuffer_server_cap(&session->rpc).cap;
	return err;
}

static void session_destroy(struct os_server_session *base)
{
	struct session *const session = container_of(base, struct session, base);

	framebuffer_server_fini(&session->rpc);
	os_ram_fini(&session->ram, base->service->env);
	show(container_of(base->service, struct screen, service));
	os_cap_drop(session->mode_sigh.cap);
	os_cap_drop(session->sync_sigh.cap);
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
