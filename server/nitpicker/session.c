/* SPDX-License-Identifier: BSD-2-Clause */
/* The service "Gui": the buffer, input and pointer of each session. */

#include <osier/string.h>

#include "session.h"

static struct session *self(struct gui_server *rpc)
{
	return container_of(rpc, struct session, rpc);
}

static struct session *of_client(struct client *client)
{
	return container_of(client, struct session, client);
}

static struct session *of_node(struct os_list_node *node)
{
	return OS_LIST_ITEM(node, struct session, base.node);
}

void sigh_set(struct signal_context_cap *to, struct signal_context_cap handler)
{
	os_cap_drop(to->cap);
	*to = handler;
}

void sigh_notify(struct signal_context_cap *to)
{
	/* a context that is gone means that nobody wants to know any more */
	if (os_cap_valid(to->cap) && os_signal_submit(*to, 1))
		sigh_set(to, (struct signal_context_cap){ 0 });
}

/* ------------------------------------------------------------------ the buffer */

static int32_t clamp(uint32_t length)
{
	return (int32_t)OS_MIN(length, (uint32_t)INT32_MAX);
}

/* What both have stays, row by row. */
static void copy_content(const struct os_surface *to, const struct os_surface *from)
{
	const uint32_t width = OS_MIN(to->width, from->width);

	for (uint32_t y = 0; from->pixels && y < OS_MIN(to->height, from->height); y++)
		memcpy(to->pixels + (size_t)y * to->stride, from->pixels + (size_t)y * from->stride,
		       width * sizeof(os_pixel));
}

/* The client may still have attached what it has got; what it never got, goes at once. */
static void buffer_replace(struct session *session, struct os_ram next)
{
	struct os_env *const env = session->gui->env;

	if (session->handed) {
		os_ram_fini(&session->earlier, env);
		session->earlier = session->buffer;
	} else {
		os_ram_fini(&session->buffer, env);
	}
	session->buffer = next;
	session->handed = false;
}

static enum os_err buffer(struct gui_server *rpc, uint32_t width, uint32_t height, bool alpha)
{
	struct session *const session = self(rpc);
	struct os_surface surface = { .width = width, .height = height, .stride = width };
	struct os_ram ram = { 0 };
	enum os_err err;

	if (width > OS_SURFACE_MAX || height > OS_SURFACE_MAX || !width != !height)
		return OS_ERR_INVALID;
	if (width &&
	    (err = os_ram_init(&ram, session->gui->env, (size_t)width * height * sizeof(os_pixel),
	                       &session->base.account)))
		return err == OS_ERR_OUT_OF_RAM || err == OS_ERR_OUT_OF_CAPS ? err : OS_ERR_LIMIT;
	surface.pixels = ram.view.start;
	copy_content(&surface, &session->client.buffer);
	session->client.buffer = surface;
	session->client.alpha = alpha;
	buffer_replace(session, ram);
	stack_client_update(&session->gui->stack, &session->client);
	session->gui->views_changed = true;
	sigh_notify(&session->buffer_sigh);
	gui_update(session->gui);
	return OS_OK;
}

static struct session *of_framebuffer(struct framebuffer_server *rpc)
{
	return container_of(rpc, struct session, framebuffer);
}

static enum os_err fb_mode(struct framebuffer_server *rpc, uint32_t *width, uint32_t *height,
                           uint32_t *stride, bool *alpha)
{
	const struct client *const client = &of_framebuffer(rpc)->client;

	*width = client->buffer.width;
	*height = client->buffer.height;
	*stride = client->buffer.stride;
	*alpha = client->alpha;
	return OS_OK;
}

static enum os_err fb_mode_sigh(struct framebuffer_server *rpc, struct signal_context_cap handler)
{
	sigh_set(&of_framebuffer(rpc)->buffer_sigh, handler);
	return OS_OK;
}

static enum os_err fb_dataspace(struct framebuffer_server *rpc, struct dataspace_cap *ds)
{
	struct session *const session = of_framebuffer(rpc);

	if (!session->client.buffer.pixels)
		return OS_ERR_NOT_FOUND;
	os_ram_fini(&session->earlier, session->gui->env);
	session->handed = true;
	*ds = ram_dataspace_as_dataspace(session->buffer.ds);
	return OS_OK;
}

static enum os_err fb_refresh(struct framebuffer_server *rpc, int32_t x, int32_t y, uint32_t width,
                              uint32_t height)
{
	struct session *const session = of_framebuffer(rpc);

	stack_refresh(&session->gui->stack, &session->client,
	              (struct os_rect){ x, y, clamp(width), clamp(height) });
	session->refreshed = true;
	session->frame = session->gui->output.frames;
	if (os_cap_valid(session->sync_sigh.cap))
		output_sync(&session->gui->output);
	gui_update(session->gui);
	return OS_OK;
}

static enum os_err fb_sync_sigh(struct framebuffer_server *rpc, struct signal_context_cap handler)
{
	sigh_set(&of_framebuffer(rpc)->sync_sigh, handler);
	return OS_OK;
}

/* The size is what the session says: buffer(). */
static enum os_err fb_mode_set(struct framebuffer_server *rpc, uint32_t width, uint32_t height)
{
	(void)rpc;
	(void)width;
	(void)height;
	return OS_ERR_DENIED;
}

static const struct framebuffer_ops framebuffer_ops = {
	.mode = fb_mode,
	.mode_sigh = fb_mode_sigh,
	.dataspace = fb_dataspace,
	.refresh = fb_refresh,
	.sync_sigh = fb_sync_sigh,
	.mode_set = fb_mode_set,
};

static enum os_err framebuffer(struct gui_server *rpc, struct framebuffer_cap *cap)
{
	*cap = framebuffer_server_cap(&self(rpc)->framebuffer);
	return OS_OK;
}

/* ------------------------------------------------------------------ area, input, pointer */

static enum os_err mode(struct gui_server *rpc, uint32_t *width, uint32_t *height)
{
	const struct os_rect area = stack_area(&self(rpc)->gui->stack, &self(rpc)->client);

	*width = (uint32_t)area.width;
	*height = (uint32_t)area.height;
	return OS_OK;
}

static enum os_err mode_sigh(struct gui_server *rpc, struct signal_context_cap handler)
{
	sigh_set(&self(rpc)->mode_sigh, handler);
	return OS_OK;
}

static enum os_err input(struct gui_server *rpc, struct input_cap *cap)
{
	*cap = input_server_cap(&self(rpc)->input.rpc);
	return OS_OK;
}

static enum os_err focus(struct gui_server *rpc)
{
	struct session *const session = self(rpc);
	const enum os_err err = router_focus_ask(&session->gui->router, &session->client);

	gui_update(session->gui);
	return err;
}

static enum os_err pointer_buffer(struct gui_server *rpc, struct ram_dataspace_cap *ds)
{
	struct session *const session = self(rpc);
	const size_t pixels = (size_t)SESSION_POINTER * SESSION_POINTER * sizeof(os_pixel);
	struct os_env *const env = session->gui->env;
	enum os_err err = OS_OK;

	if (!session->pointer_buffer.view.start) {
		if ((err = os_ram_init(&session->pointer_image, env, pixels,
		                       &session->base.account)))
			return err;
		if ((err = os_ram_init(&session->pointer_buffer, env, pixels,
		                       &session->base.account)))
			os_ram_fini(&session->pointer_image, env);
	}
	*ds = session->pointer_buffer.ds;
	return err;
}

static enum os_err pointer(struct gui_server *rpc, uint32_t width, uint32_t height, uint32_t hot_x,
                           uint32_t hot_y)
{
	struct session *const session = self(rpc);
	struct pointer_image *const image = &session->client.pointer;
	const struct os_ram *const buffer = &session->pointer_buffer;

	if (width > SESSION_POINTER || height > SESSION_POINTER || hot_x > SESSION_POINTER ||
	    hot_y > SESSION_POINTER || (width && height && !buffer->view.start))
		return OS_ERR_INVALID;
	session->gui->stack.damage(&session->gui->stack, compose_pointer(&session->gui->scene));
	*image = (struct pointer_image){ .hot_x = (int32_t)hot_x, .hot_y = (int32_t)hot_y };
	if (width && height) {
		image->surface = (struct os_surface){ session->pointer_image.view.start, width,
			                              height, SESSION_POINTER };
		memcpy(image->surface.pixels, buffer->view.start, buffer->view.size);
	}
	session->gui->stack.damage(&session->gui->stack, compose_pointer(&session->gui->scene));
	gui_update(session->gui);
	return OS_OK;
}

static const struct gui_ops rpc_ops = {
	.framebuffer = framebuffer,
	.buffer = buffer,
	.mode = mode,
	.mode_sigh = mode_sigh,
	.view_create = view_create,
	.view_create_in = view_create_in,
	.view_destroy = view_destroy,
	.view_capability = view_capability,
	.view_place = view_place,
	.view_offset = view_offset,
	.view_raise = view_raise,
	.view_lower = view_lower,
	.view_background = view_background,
	.view_title = view_title,
	.begin = views_begin,
	.commit = views_commit,
	.input = input,
	.focus = focus,
	.pointer_buffer = pointer_buffer,
	.pointer = pointer,
	.view_fill = view_fill,
};

/* ------------------------------------------------------------------ sessions */

static enum os_err serve(struct session *session)
{
	struct os_ep *const ep = session->gui->env->ep;
	struct os_account *const account = &session->base.account;
	enum os_err err;

	if ((err = gui_server_init(&session->rpc, ep, account, &rpc_ops)) ||
	    (err = framebuffer_server_init(&session->framebuffer, ep, account, &framebuffer_ops)))
		return err;
	return os_input_server_init(&session->input, session->gui->env, ep, account);
}

static void serve_no_more(struct session *session)
{
	gui_server_fini(&session->rpc);
	framebuffer_server_fini(&session->framebuffer);
	os_input_server_fini(&session->input);
}

static enum os_err session_create(struct os_server_session *base,
                                  const struct os_session_request *request, struct os_cap *cap)
{
	struct session *const session = container_of(base, struct session, base);
	struct gui *const gui = base->service->context;
	struct grant grant;
	enum os_err err;

	session->gui = gui;
	if (!policy_find(&gui->policy, request->label, &grant)) {
		os_warning(gui->env,
		           "no policy for \"%s\"; add <policy label=\"%s\" domain=\"...\"/>",
		           request->label, request->label);
		return OS_ERR_DENIED;
	}
	if ((err = os_str_copy(session->label, sizeof(session->label), request->label)))
		return err;
	session->client.label = session->label;
	session->client.domain = grant.domain;
	if ((err = serve(session))) {
		serve_no_more(session);
		return err;
	}
	stack_client_add(&gui->stack, &session->client);
	gui_focus_follow(gui);
	*cap = gui_server_cap(&session->rpc).cap;
	return OS_OK;
}

static void session_destroy(struct os_server_session *base)
{
	struct session *const session = container_of(base, struct session, base);
	struct gui *const gui = session->gui;
	struct os_ram *const memory[] = { &session->buffer, &session->earlier,
		                          &session->pointer_buffer, &session->pointer_image };

	serve_no_more(session);
	if (gui->scene.pointer == &session->client.pointer) {
		gui->stack.damage(&gui->stack, compose_pointer(&gui->scene));
		gui->scene.pointer = NULL;
	}
	stack_client_remove(&gui->stack, &session->client);
	router_client_gone(&gui->router, &session->client);
	views_fini(session);
	for (size_t i = 0; i < OS_ARRAY_SIZE(memory); i++)
		os_ram_fini(memory[i], gui->env);
	os_cap_drop(session->mode_sigh.cap);
	os_cap_drop(session->buffer_sigh.cap);
	os_cap_drop(session->sync_sigh.cap);
	gui->views_changed = true;
	gui_update(gui);
}

void session_deliver(struct client *client, const struct os_input_event *event)
{
	os_input_server_put(&of_client(client)->input, event);
}

void session_kill(struct gui *gui, struct client *client)
{
	os_log(gui->env, "\"%s\" is killed", client->label);
	os_server_session_end(&of_client(client)->base);
}

void sessions_grant(struct gui *gui)
{
	OS_LIST_FOR_EACH (node, &gui->stack.clients) {
		struct client *const client = OS_LIST_ITEM(node, struct client, node);
		struct grant grant;

		if (!policy_find(&gui->policy, client->label, &grant))
			os_warning(gui->env, "\"%s\" is no longer shown: no policy", client->label);
		client->domain = grant.domain;
		stack_client_update(&gui->stack, client);
	}
}

void sessions_resized(struct gui *gui)
{
	OS_LIST_FOR_EACH (node, &gui->sessions.sessions)
		sigh_notify(&of_node(node)->mode_sigh);
}

void sessions_shown(struct gui *gui)
{
	OS_LIST_FOR_EACH (node, &gui->sessions.sessions) {
		struct session *const session = of_node(node);

		if (!session->refreshed || session->frame == gui->output.frames)
			continue; /* it is not in this frame, but will be in the next */
		session->refreshed = false;
		sigh_notify(&session->sync_sigh);
	}
}

static const struct os_service_ops service_ops = {
	.session_size = sizeof(struct session),
	.create = session_create,
	.destroy = session_destroy,
};

enum os_err sessions_init(struct gui *gui)
{
	return os_service_init(&gui->sessions, gui->env, gui->env->ep, GUI_SERVICE, &service_ops,
	                       gui);
}
