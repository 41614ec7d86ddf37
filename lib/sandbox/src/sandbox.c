/* SPDX-License-Identifier: BSD-2-Clause */
/* The sandbox as a whole: what is done later, what is told, beginning and end. */

#include "internal.h"

/* ------------------------------------------------------------------ messages, locals */

void sandbox_message(struct os_sandbox *sandbox, bool error, const char *format, ...)
{
	char text[SANDBOX_LINE_MAX];
	va_list args;

	if (!sandbox->ops->message)
		return;
	va_start(args, format);
	os_vformat(text, sizeof(text), format, args);
	va_end(args);
	sandbox->ops->message(sandbox, error, text);
}

bool child_heard(struct child *child)
{
	enum { COMPLAINTS_MAX = 32 };

	if (child->complaints > COMPLAINTS_MAX)
		return false;
	if (child->complaints++ < COMPLAINTS_MAX)
		return true;
	sandbox_message(child->sandbox, true,
	                "child \"%s\": causes many lines; no further ones are shown",
	                child->start->name);
	return false;
}

static void sink_message(struct sandbox_sink *sink, bool error, const char *text)
{
	const struct message_sink *messages = container_of(sink, struct message_sink, sink);

	if (!messages->child || child_heard(messages->child))
		sandbox_message(messages->sandbox, error, "%s", text);
}

struct message_sink message_sink(struct os_sandbox *sandbox)
{
	return (struct message_sink){ { sink_message }, sandbox, NULL };
}

static void drop_message(struct sandbox_sink *sink, bool error, const char *text)
{
	(void)sink;
	(void)error;
	(void)text;
}

struct sandbox_sink message_silence = { drop_message };

struct os_sandbox_service *sandbox_local(struct os_sandbox *sandbox, const char *service)
{
	OS_LIST_FOR_EACH (node, &sandbox->services) {
		struct os_sandbox_service *local =
		        OS_LIST_ITEM(node, struct os_sandbox_service, node);

		if (os_str_equal(sandbox_service_name(local->name), service))
			return local;
	}
	return NULL;
}

static bool lookup_local(struct sandbox_locals *locals, const char *service, const char *label)
{
	struct os_sandbox *sandbox = container_of(locals, struct local_lookup, locals)->sandbox;
	struct os_sandbox_service *local = sandbox_local(sandbox, service);

	return local && (!label || !local->offers || local->offers(local, label));
}

struct local_lookup local_lookup(struct os_sandbox *sandbox)
{
	return (struct local_lookup){ { lookup_local }, sandbox };
}

void os_sandbox_service_add(struct os_sandbox *sandbox, struct os_sandbox_service *service)
{
	os_list_append(&sandbox->services, &service->node);
}

void sandbox_changed(struct os_sandbox *sandbox)
{
	if (!sandbox->ops->changed)
		return;
	sandbox->dirty = true;
	sandbox_work(sandbox);
}

/* ------------------------------------------------------------------ work for later */

/* Children cannot be destroyed within their own call: a signal of our own does it afterwards. */
void sandbox_work(struct os_sandbox *sandbox)
{
	if (sandbox->work_submitted)
		return;
	sandbox->work_submitted = !os_signal_submit(sandbox->work.cap, 1);
}

/* What is to become of a child that has been torn down. */
static void after_end(struct child *child)
{
	if (!child->again)
		return; /* it stays in state `ending`, with nothing left */
	child->ending = child->again = false;
	child_set_state(child, child->resume_us ? CHILD_PAUSED : CHILD_IDLE);
}

static void tear_down_ended(struct os_sandbox *sandbox)
{
	struct os_list_node *node;

	while ((node = os_list_first(&sandbox->ended))) {
		struct child *child = OS_LIST_ITEM(node, struct child, end_node);

		os_list_remove(&sandbox->ended, node);
		child->listed = false;
		child_teardown(child);
		after_end(child);
	}
}

static void ask_anew(struct os_sandbox *sandbox)
{
	if (!sandbox->asking)
		return;
	sandbox->asking = false;
	OS_LIST_FOR_EACH (node, &sandbox->children)
		child_ask_anew(OS_LIST_ITEM(node, struct child, node));
}

static size_t count_up(const struct os_sandbox *sandbox)
{
	size_t count = 0;

	OS_LIST_FOR_EACH (node, &sandbox->children)
		count += OS_LIST_ITEM(node, const struct child, node)->was_up;
	return count;
}

static void tell_up(struct os_sandbox *sandbox)
{
	if (sandbox->up_told || sandbox->starting || !sandbox->config)
		return;
	sandbox->up_told = true;
	if (sandbox->ops->up)
		sandbox->ops->up(sandbox, count_up(sandbox), sandbox->child_count);
}

static void tell_changed(struct os_sandbox *sandbox)
{
	if (!sandbox->dirty || !watch_may_report(sandbox))
		return;
	sandbox->dirty = false;
	if (sandbox->ops->changed)
		sandbox->ops->changed(sandbox);
}

static void handle_work(struct os_signal_handler *handler, uint64_t count)
{
	struct os_sandbox *sandbox = container_of(handler, struct os_sandbox, work);

	(void)count;
	sandbox->work_submitted = false;
	ask_anew(sandbox);
	tear_down_ended(sandbox);
	if (sandbox->growing)
		quota_resize(sandbox);
	quota_start_idle(sandbox);
	resource_retry(sandbox);
	if (sandbox->paused)
		watch_update(sandbox);
	tell_up(sandbox);
	own_sessions_tell(sandbox);
	tell_changed(sandbox);
}

/* ------------------------------------------------------------------ beginning and end */

enum os_err os_sandbox_init(struct os_sandbox *sandbox, struct os_upstream *upstream,
                            struct os_ep *ep, const struct os_sandbox_ops *ops, void *context)
{
	enum os_err err;

	*sandbox = (struct os_sandbox){ .env = upstream->env,
		                        .ep = ep,
		                        .alloc = upstream->env->heap,
		                        .upstream = upstream,
		                        .ops = ops,
		                        .context = context };
	if ((err = os_signal_handler_init(&sandbox->work, ep, handle_work)))
		return err;
	os_list_append(&upstream->sandboxes, &sandbox->member);
	return OS_OK;
}

void sandbox_clear(struct os_sandbox *sandbox)
{
	struct os_list_node *node;

	OS_LIST_FOR_EACH (each, &sandbox->children)
		OS_LIST_ITEM(each, struct child, node)->ending = true; /* no more messages */
	while ((node = os_list_first(&sandbox->children)))
		child_destroy(OS_LIST_ITEM(node, struct child, node));
	offer_fini(sandbox);
	if (sandbox->config) {
		sandbox_config_fini(sandbox->config);
		os_free(sandbox->alloc, sandbox->config, sizeof(*sandbox->config));
	}
	sandbox->config = NULL;
	sandbox->child_count = 0;
	sandbox->up_told = sandbox->growing = sandbox->dirty = false;
}

void os_sandbox_fini(struct os_sandbox *sandbox)
{
	struct os_list_node *node;

	if (!sandbox->upstream)
		return;
	own_sessions_close(sandbox);
	sandbox_clear(sandbox);
	/* what remains waits for our parent only: children that serve are gone */
	while ((node = os_list_first(&sandbox->orphans)))
		session_abandon(OS_LIST_ITEM(node, struct sandbox_session, orphan));
	os_signal_handler_fini(&sandbox->work);
	os_list_remove(&sandbox->upstream->sandboxes, &sandbox->member);
	*sandbox = (struct os_sandbox){ 0 };
}

/* ------------------------------------------------------------------ asking */

enum os_sandbox_fate os_sandbox_fate(const struct os_sandbox *sandbox, const char *name)
{
	const struct child *child = child_find(sandbox, name);

	if (!child)
		return OS_SANDBOX_NONE;
	switch (child->state) {
	case CHILD_UP:
		return OS_SANDBOX_UP;
	case CHILD_ENDED:
		return OS_SANDBOX_ENDED;
	case CHILD_FAILED:
		return OS_SANDBOX_FAILED;
	default:
		return OS_SANDBOX_STARTING;
	}
}
