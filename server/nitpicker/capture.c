/* SPDX-License-Identifier: BSD-2-Clause */
/* The service "Capture": the scene painted into a client's buffer, when the client asks for it. */

#include <api/capture.h>
#include <api/pd.h>
#include <osier/string.h>

#include "gui.h"

/* What one call paints at most, in pixels; the rest, the next one. */
enum { STEP = 4 * 1024 * 1024 };

struct capture {
	struct os_server_session base;
	struct capture_server rpc;
	struct os_ram ram;
	struct rom_dataspace_cap view; /* of it, for the client */
	struct os_surface surface;
	struct os_region dirty;
	struct signal_context_cap mode_sigh, sigh;
	bool told; /* that there is something new */
	char label[ROUTER_LABEL_SIZE];
};

static struct capture *self(struct capture_server *rpc)
{
	return container_of(rpc, struct capture, rpc);
}

static struct gui *gui_of(const struct capture *capture)
{
	return capture->base.service->context;
}

static void damage(struct capture *capture, struct os_rect rect)
{
	const struct os_rect limit = { 0, 0, (int32_t)capture->surface.width,
		                       (int32_t)capture->surface.height };

	os_region_add(&capture->dirty, os_rect_intersect(rect, limit));
	if (!os_region_empty(&capture->dirty) && !capture->told) {
		capture->told = true;
		os_sigh_notify(&capture->sigh);
	}
}

static enum os_err mode(struct capture_server *rpc, uint32_t *width, uint32_t *height)
{
	const struct os_rect screen = gui_of(self(rpc))->stack.screen;

	*width = (uint32_t)screen.width;
	*height = (uint32_t)screen.height;
	return OS_OK;
}

static enum os_err mode_sigh(struct capture_server *rpc, struct signal_context_cap handler)
{
	os_sigh_set(&self(rpc)->mode_sigh, handler);
	return OS_OK;
}

static void buffer_fini(struct capture *capture)
{
	os_cap_drop(capture->view.cap);
	capture->view = (struct rom_dataspace_cap){ 0 };
	os_ram_fini(&capture->ram, gui_of(capture)->env);
	capture->surface = (struct os_surface){ 0 };
	capture->dirty = (struct os_region){ 0 };
	capture->told = false;
}

static enum os_err buffer(struct capture_server *rpc, uint32_t width, uint32_t height,
                          struct rom_dataspace_cap *ds)
{
	struct capture *const capture = self(rpc);
	struct gui *const gui = gui_of(capture);
	enum os_err err;

	if (!width || !height || width > OS_SURFACE_MAX || height > OS_SURFACE_MAX)
		return OS_ERR_INVALID;
	buffer_fini(capture);
	if ((err = os_ram_init(&capture->ram, gui->env, (size_t)width * height * sizeof(os_pixel),
	                       &capture->base.account)) ||
	    (err = pd_read_only(gui->env->pd, capture->ram.ds, &capture->view))) {
		buffer_fini(capture);
		return err == OS_ERR_OUT_OF_RAM || err == OS_ERR_OUT_OF_CAPS ? err : OS_ERR_LIMIT;
	}
	capture->surface = (struct os_surface){ capture->ram.view.start, width, height, width };
	damage(capture, gui->stack.screen);
	*ds = capture->view;
	return OS_OK;
}

static enum os_err capture_now(struct capture_server *rpc, int32_t *x, int32_t *y, uint32_t *width,
                               uint32_t *height)
{
	struct capture *const capture = self(rpc);
	const struct os_rect screen = gui_of(capture)->stack.screen;
	struct os_rect all = { 0 }, part;
	uint64_t work = 0;

	if (!capture->surface.pixels)
		return OS_ERR_NOT_FOUND;
	while (work < STEP && os_region_take(&capture->dirty, TILE, TILE, &part)) {
		part = os_rect_intersect(part, screen);
		if (os_rect_empty(part))
			continue;
		work += compose_tile(&gui_of(capture)->scene, part, &capture->surface);
		all = os_rect_unite(all, part);
	}
	capture->told = false;
	damage(capture, (struct os_rect){ 0 }); /* tells that there is more to do, if so */
	*x = all.x;
	*y = all.y;
	*width = (uint32_t)all.width;
	*height = (uint32_t)all.height;
	return OS_OK;
}

static enum os_err sigh(struct capture_server *rpc, struct signal_context_cap handler)
{
	struct capture *const capture = self(rpc);

	os_sigh_set(&capture->sigh, handler);
	capture->told = false;
	damage(capture, (struct os_rect){ 0 });
	return OS_OK;
}

static const struct capture_ops rpc_ops = {
	.mode = mode,
	.mode_sigh = mode_sigh,
	.buffer = buffer,
	.capture = capture_now,
	.sigh = sigh,
};

/* ------------------------------------------------------------------ sessions */

static enum os_err session_create(struct os_server_session *base,
                                  const struct os_session_request *request, struct os_cap *cap)
{
	struct capture *const capture = container_of(base, struct capture, base);
	struct gui *const gui = base->service->context;
	struct grant grant;
	enum os_err err;

	if (!policy_find(&gui->policy, request->label, &grant) || !grant.capture) {
		os_warning(gui->env,
		           "\"%s\" may not capture; add <policy label=\"%s\" domain=\"...\" "
		           "capture=\"yes\"/>",
		           request->label, request->label);
		return OS_ERR_DENIED;
	}
	if ((err = os_str_copy(capture->label, sizeof(capture->label), request->label)))
		return err;
	err = capture_server_init(&capture->rpc, gui->env->ep, &base->account, &rpc_ops);
	*cap = capture_server_cap(&capture->rpc).cap;
	return err;
}

static void session_destroy(struct os_server_session *base)
{
	struct capture *const capture = container_of(base, struct capture, base);

	capture_server_fini(&capture->rpc);
	buffer_fini(capture);
	os_cap_drop(capture->mode_sigh.cap);
	os_cap_drop(capture->sigh.cap);
}

static const struct os_service_ops service_ops = {
	.session_size = sizeof(struct capture),
	.create = session_create,
	.destroy = session_destroy,
};

static struct capture *of_node(struct os_list_node *node)
{
	return OS_LIST_ITEM(node, struct capture, base.node);
}

void captures_damage(struct gui *gui, struct os_rect rect)
{
	OS_LIST_FOR_EACH (node, &gui->captures.sessions)
		damage(of_node(node), rect);
}

void captures_grant(struct gui *gui)
{
	OS_LIST_FOR_EACH (node, &gui->captures.sessions) {
		struct capture *const capture = of_node(node);
		struct grant grant;

		if (!policy_find(&gui->policy, capture->label, &grant) || !grant.capture)
			os_server_session_end(&capture->base);
	}
}

void captures_resized(struct gui *gui)
{
	OS_LIST_FOR_EACH (node, &gui->captures.sessions)
		os_sigh_notify(&of_node(node)->mode_sigh);
}

enum os_err captures_init(struct gui *gui)
{
	return os_service_init(&gui->captures, gui->env, gui->env->ep, CAPTURE_SERVICE,
	                       &service_ops, gui);
}
