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

/* ------------------------------------------------------------------ the buffer */

static enum os_err buffer(struct gui_server *rpc, uint32_t width, uint32_t height, bool alpha)
{
	struct session *const session = self(rpc);
	struct gui *const gui = session->gui;
	enum os_err err;

	if (width > OS_SURFACE_MAX || height > OS_SURFACE_MAX || !width != !height)
		return OS_ERR_INVALID;
	if ((err = os_framebuffer_server_resize(&session->framebuffer, width, height, alpha)))
		return err;
	session->client.buffer = session->framebuffer.surface;
	session->client.alpha = alpha;
	stack_client_update(&gui->stack, &session->client);
	gui->views_changed = true;
	gui_update(gui);
	return OS_OK;
}

static void refresh(struct os_framebuffer_server *framebuffer, struct os_rect rect)
{
	struct session *const session = container_of(framebuffer, struct session, framebuffer);
	struct gui *const gui = session->gui;

	stack_refresh(&gui->stack, &session->client, rect);
	session->refreshed = true;
	session->frame = gui->output.frames;
	if (os_cap_valid(framebuffer->sync_sigh.cap))
		output_sync(&gui->output);
	gui_update(gui);
}

/* Its size is what the session says: buffer(). */
static const struct os_framebuffer_ops framebuffer_ops = { .refresh = refresh };

static enum os_err framebuffer(struct gui_server *rpc, struct framebuffer_cap *cap)
{
	*cap = framebuffer_server_cap(&self(rpc)->framebuffer.rpc);
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
	os_sigh_set(&self(rpc)->mode_sigh, handler);
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
	struct os_env *const env = session->gui->env;
	struct os_ep *const ep = env->ep;
	struct os_account *const account = &session->base.account;
	enum os_err err;

	if ((err = gui_server_init(&session->rpc, ep, account, &rpc_ops)) ||
	    (err = os_framebuffer_server_init(&session->framebuffer, env, ep, account,
	                                      &framebuffer_ops)))
		return err;
	return os_input_server_init(&session->input, env, ep, account);
}

static void serve_no_more(struct session *session)
{
	gui_server_fini(&session->rpc);
	os_framebuffer_server_fini(&session->framebuffer);
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

	serve_no_more(session);
	if (gui->scene.pointer == &session->client.pointer) {
		gui->stack.damage(&gui->stack, compose_pointer(&gui->scene));
		gui->scene.pointer = NULL;
	}
	stack_client_remove(&gui->stack, &session->client);
	router_client_gone(&gui->router, &session->client);
	views_fini(session);
	os_ram_fini(&session->pointer_buffer, gui->env);
	os_ram_fini(&session->pointer_image, gui->env);
	os_cap_drop(session->mode_sigh.cap);
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
		os_sigh_notify(&of_node(node)->mode_sigh);
}

void sessions_shown(struct gui *gui)
{
	OS_LIST_FOR_EACH (node, &gui->sessions.sessions) {
		struct session *const session = of_node(node);

		if (!session->refreshed || session->frame == gui->output.frames)
			continue; /* it is not in this frame, but will be in the next */
		session->refreshed = false;
		os_framebuffer_server_shown(&session->framebuffer);
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
