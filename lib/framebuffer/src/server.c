/* SPDX-License-Identifier: BSD-2-Clause */
/* The server's side of one Framebuffer session. */

#include <framebuffer/server.h>
#include <osier/string.h>

static struct os_framebuffer_server *self(struct framebuffer_server *rpc)
{
	return container_of(rpc, struct os_framebuffer_server, rpc);
}

/* ------------------------------------------------------------------ pixels */

/* What both have stays, row by row. */
static void copy_content(const struct os_surface *to, const struct os_surface *from)
{
	const uint32_t width = OS_MIN(to->width, from->width);

	for (uint32_t y = 0; from->pixels && y < OS_MIN(to->height, from->height); y++)
		memcpy(to->pixels + (size_t)y * to->stride, from->pixels + (size_t)y * from->stride,
		       width * sizeof(os_pixel));
}

/* The client may still have attached what it has got; what it never got, goes at once. */
static void replace(struct os_framebuffer_server *server, struct os_ram next)
{
	struct os_ram *const old = server->handed ? &server->earlier : &server->ram;

	os_ram_fini(old, server->env);
	if (server->handed)
		server->earlier = server->ram;
	server->ram = next;
	server->handed = false;
}

static enum os_err pixels_set(struct os_framebuffer_server *server, uint32_t width, uint32_t height)
{
	struct os_surface surface = { .width = width, .height = height, .stride = width };
	struct os_ram ram = { 0 };
	enum os_err err = OS_OK;

	if (width && height)
		err = os_ram_init(&ram, server->env, (size_t)width * height * sizeof(os_pixel),
		                  server->account);
	if (err) /* an own lack is not cured by a larger donation, which these ask for */
		return err == OS_ERR_OUT_OF_RAM || err == OS_ERR_OUT_OF_CAPS ? err : OS_ERR_LIMIT;
	surface.pixels = ram.view.start;
	copy_content(&surface, &server->surface);
	server->surface = surface;
	replace(server, ram);
	return OS_OK;
}

/* ------------------------------------------------------------------ RPC */

static enum os_err mode(struct framebuffer_server *rpc, uint32_t *width, uint32_t *height,
                        uint32_t *stride, bool *alpha)
{
	struct os_framebuffer_server *const server = self(rpc);

	*width = *stride = server->told_width = server->width;
	*height = server->told_height = server->height;
	*alpha = server->alpha;
	return OS_OK;
}

static enum os_err mode_sigh(struct framebuffer_server *rpc, struct signal_context_cap handler)
{
	os_sigh_set(&self(rpc)->mode_sigh, handler);
	return OS_OK;
}

static enum os_err dataspace(struct framebuffer_server *rpc, struct dataspace_cap *ds)
{
	struct os_framebuffer_server *const server = self(rpc);
	const bool told = server->told_width;
	const uint32_t width = told ? server->told_width : server->width;
	const uint32_t height = told ? server->told_height : server->height;
	enum os_err err;

	if (!width || !height || !server->width)
		return OS_ERR_NOT_FOUND;
	if ((server->surface.width != width || server->surface.height != height) &&
	    (err = pixels_set(server, width, height)))
		return err;
	os_ram_fini(&server->earlier, server->env);
	server->handed = true;
	*ds = ram_dataspace_as_dataspace(server->ram.ds);
	return OS_OK;
}

static int32_t clamp(uint32_t length)
{
	return (int32_t)OS_MIN(length, (uint32_t)INT32_MAX);
}

static enum os_err refresh(struct framebuffer_server *rpc, int32_t x, int32_t y, uint32_t width,
                           uint32_t height)
{
	struct os_framebuffer_server *const server = self(rpc);
	const struct os_rect rect = { x, y, clamp(width), clamp(height) };
	const struct os_rect all = { 0, 0, clamp(server->surface.width),
		                     clamp(server->surface.height) };

	server->ops->refresh(server, os_rect_intersect(rect, all));
	return OS_OK;
}

static enum os_err sync_sigh(struct framebuffer_server *rpc, struct signal_context_cap handler)
{
	os_sigh_set(&self(rpc)->sync_sigh, handler);
	return OS_OK;
}

static enum os_err mode_set(struct framebuffer_server *rpc, uint32_t width, uint32_t height)
{
	struct os_framebuffer_server *const server = self(rpc);

	if (!server->ops->mode_set)
		return OS_ERR_DENIED;
	if (!width || !height || width > OS_SURFACE_MAX || height > OS_SURFACE_MAX)
		return OS_ERR_RANGE;
	return server->ops->mode_set(server, width, height);
}

static const struct framebuffer_ops rpc_ops = {
	.mode = mode,
	.mode_sigh = mode_sigh,
	.dataspace = dataspace,
	.refresh = refresh,
	.sync_sigh = sync_sigh,
	.mode_set = mode_set,
};

/* ------------------------------------------------------------------ the server's */

enum os_err os_framebuffer_server_init(struct os_framebuffer_server *server, struct os_env *env,
                                       struct os_ep *ep, struct os_account *account,
                                       const struct os_framebuffer_ops *ops)
{
	enum os_err err;

	*server = (struct os_framebuffer_server){ .ops = ops, .env = env, .account = account };
	if ((err = framebuffer_server_init(&server->rpc, ep, account, &rpc_ops)))
		*server = (struct os_framebuffer_server){ 0 };
	return err;
}

void os_framebuffer_server_fini(struct os_framebuffer_server *server)
{
	if (!server->env)
		return;
	framebuffer_server_fini(&server->rpc);
	os_cap_drop(server->mode_sigh.cap);
	os_cap_drop(server->sync_sigh.cap);
	os_ram_fini(&server->ram, server->env);
	os_ram_fini(&server->earlier, server->env);
	*server = (struct os_framebuffer_server){ 0 };
}

void os_framebuffer_server_mode(struct os_framebuffer_server *server, uint32_t width,
                                uint32_t height)
{
	if (server->width == width && server->height == height)
		return;
	server->width = width;
	server->height = height;
	os_sigh_notify(&server->mode_sigh);
}

enum os_err os_framebuffer_server_resize(struct os_framebuffer_server *server, uint32_t width,
                                         uint32_t height, bool alpha)
{
	enum os_err err;

	if ((err = pixels_set(server, width, height)))
		return err;
	server->alpha = alpha;
	server->width = server->told_width = width;
	server->height = server->told_height = height;
	os_sigh_notify(&server->mode_sigh);
	return OS_OK;
}
