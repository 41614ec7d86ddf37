/* SPDX-License-Identifier: BSD-2-Clause */
/* uart: serves "Terminal" sessions, one at a time connected to the platform's line. */

#include <api/terminal.h>
#include <config/config.h>
#include <osier/env.h>
#include <osier/session.h>

#include "platform.h"

/*
 * Sessions stand in line. The first one has the terminal; to the others it looks as if nobody were
 * at its other end: nothing arrives, and nothing is taken. When the first one is closed, the next
 * one is told by its signals.
 */

enum { PART = OS_PAGE_SIZE }; /* of the shared buffer: what is read, what is written */

enum event { READ_AVAIL, WRITE_AVAIL, SIZE_CHANGED, CONNECTED, EVENTS };

struct session {
	struct os_server_session base;
	struct os_list_node node; /* sessions */
	struct terminal_server rpc;
	struct os_ram buffer;
	struct signal_context_cap sigh[EVENTS]; /* the client's */
	bool cut_short;                         /* a write: it waits for room */
};

static struct os_service service;
static struct os_list sessions;
static struct line line;
static struct os_signal_handler changed;
static uint32_t input_seen;     /* of line.input: bytes that the client has been told of */
static uint32_t columns, lines; /* as last told */

static struct session *self(struct terminal_server *rpc)
{
	return container_of(rpc, struct session, rpc);
}

static struct session *connected(void)
{
	return OS_LIST_ITEM(os_list_first(&sessions), struct session, node);
}

static bool is_connected(const struct session *session)
{
	return os_list_first(&sessions) == &session->node;
}

static void notify(struct session *session, enum event event)
{
	struct signal_context_cap *const to = &session->sigh[event];

	/* A context that is gone means that nobody wants to know any more. */
	if (os_cap_valid(to->cap) && os_signal_submit(*to, 1)) {
		os_cap_drop(to->cap);
		*to = (struct signal_context_cap){ 0 };
	}
}

static void tell_input(struct session *session)
{
	input_seen = atomic_load(&line.input.head);
	if (os_byte_ring_used(&line.input))
		notify(session, READ_AVAIL);
}

static void tell_size(struct session *session)
{
	uint32_t now_columns, now_lines;

	platform_size(&now_columns, &now_lines);
	if (now_columns == columns && now_lines == lines)
		return;
	columns = now_columns;
	lines = now_lines;
	notify(session, SIZE_CHANGED);
}

static void handle_changed(struct os_signal_handler *handler, uint64_t count)
{
	struct session *const session = connected();

	(void)handler;
	(void)count;
	if (!session)
		return;
	if (input_seen != atomic_load(&line.input.head))
		tell_input(session);
	if (session->cut_short && os_byte_ring_room(&line.output)) {
		session->cut_short = false;
		notify(session, WRITE_AVAIL);
	}
	tell_size(session);
}

/* It has become the first one. */
static void connect(struct session *session)
{
	notify(session, CONNECTED);
	notify(session, SIZE_CHANGED);
	tell_input(session);
	if (session->cut_short)
		notify(session, WRITE_AVAIL);
	session->cut_short = false;
}

/* ------------------------------------------------------------------ api/terminal.rpc */

static enum os_err size(struct terminal_server *rpc, uint32_t *out_columns, uint32_t *out_lines)
{
	*out_columns = 0;
	*out_lines = 0;
	if (is_connected(self(rpc)))
		platform_size(out_columns, out_lines);
	return OS_OK;
}

static enum os_err buffer(struct terminal_server *rpc, struct ram_dataspace_cap *ds,
                          uint32_t *read_size, uint32_t *write_size)
{
	*ds = self(rpc)->buffer.ds;
	*read_size = PART;
	*write_size = PART;
	return OS_OK;
}

static enum os_err avail(struct terminal_server *rpc, uint32_t *bytes)
{
	*bytes = is_connected(self(rpc)) ? os_byte_ring_used(&line.input) : 0;
	return OS_OK;
}

static enum os_err read(struct terminal_server *rpc, uint32_t bytes, uint32_t *count)
{
	struct session *const session = self(rpc);

	*count = 0;
	if (!is_connected(session))
		return OS_OK;
	*count = os_byte_ring_get(&line.input, session->buffer.view.start,
	                          OS_MIN(bytes, (uint32_t)PART));
	if (*count)
		platform_input();
	return OS_OK;
}

static enum os_err write(struct terminal_server *rpc, uint32_t bytes, uint32_t *count)
{
	struct session *const session = self(rpc);
	const uint8_t *const from = (const uint8_t *)session->buffer.view.start + PART;

	*count = 0;
	if (bytes > PART)
		return OS_ERR_RANGE;
	if (is_connected(session) && (*count = os_byte_ring_put(&line.output, from, bytes)))
		platform_output();
	session->cut_short = *count < bytes;
	return OS_OK;
}

static void sigh_set(struct session *session, enum event event, struct signal_context_cap handler)
{
	os_cap_drop(session->sigh[event].cap);
	session->sigh[event] = handler;
}

static enum os_err read_avail_sigh(struct terminal_server *rpc, struct signal_context_cap handler)
{
	sigh_set(self(rpc), READ_AVAIL, handler);
	if (is_connected(self(rpc)))
		tell_input(self(rpc));
	return OS_OK;
}

static enum os_err write_avail_sigh(struct terminal_server *rpc, struct signal_context_cap handler)
{
	sigh_set(self(rpc), WRITE_AVAIL, handler);
	return OS_OK;
}

static enum os_err size_changed_sigh(struct terminal_server *rpc, struct signal_context_cap handler)
{
	platform_size_watch();
	sigh_set(self(rpc), SIZE_CHANGED, handler);
	return OS_OK;
}

static enum os_err connected_sigh(struct terminal_server *rpc, struct signal_context_cap handler)
{
	sigh_set(self(rpc), CONNECTED, handler);
	if (is_connected(self(rpc)))
		notify(self(rpc), CONNECTED);
	return OS_OK;
}

static const struct terminal_ops rpc_ops = {
	.size = size,
	.buffer = buffer,
	.avail = avail,
	.read = read,
	.write = write,
	.read_avail_sigh = read_avail_sigh,
	.write_avail_sigh = write_avail_sigh,
	.size_changed_sigh = size_changed_sigh,
	.connected_sigh = connected_sigh,
};

/* ------------------------------------------------------------------ sessions */

static enum os_err session_create(struct os_server_session *base,
                                  const struct os_session_request *request, struct os_cap *cap)
{
	struct session *session = container_of(base, struct session, base);
	enum os_err err;

	(void)request;
	if ((err = os_ram_init(&session->buffer, base->service->env, 2 * PART, &base->account)))
		return err;
	if ((err = terminal_server_init(&session->rpc, service.ep, &base->account, &rpc_ops))) {
		os_ram_fini(&session->buffer, base->service->env);
		return err;
	}
	os_list_append(&sessions, &session->node);
	*cap = terminal_server_cap(&session->rpc).cap;
	return OS_OK;
}

/* What was typed for a client that is gone is not for the next one. */
static void input_forget(void)
{
	uint8_t bytes[256];

	for (size_t i = 0; i < OS_BYTE_RING_SIZE / sizeof(bytes); i++)
		os_byte_ring_get(&line.input, bytes, sizeof(bytes));
	platform_input();
}

static void session_destroy(struct os_server_session *base)
{
	struct session *session = container_of(base, struct session, base);
	const bool was_first = is_connected(session);

	terminal_server_fini(&session->rpc);
	os_list_remove(&sessions, &session->node);
	for (size_t i = 0; i < EVENTS; i++)
		os_cap_drop(session->sigh[i].cap);
	os_ram_fini(&session->buffer, base->service->env);
	if (was_first)
		input_forget();
	if (was_first && connected())
		connect(connected());
}

static const struct os_service_ops service_ops = {
	.session_size = sizeof(struct session),
	.create = session_create,
	.destroy = session_destroy,
};

enum os_err os_construct(struct os_env *env)
{
	static struct os_config config;
	enum os_err err;

	if ((err = os_config_open(&config, env)) ||
	    (err = os_signal_handler_init(&changed, env->ep, handle_changed)) ||
	    (err = platform_init(env, config.root, &line, changed.cap)))
		return err;
	platform_size(&columns, &lines);
	return os_service_init(&service, env, env->ep, TERMINAL_SERVICE, &service_ops, NULL);
}
