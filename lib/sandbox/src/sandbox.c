/* SPDX-License-Identifier: BSD-2-Clause */
/* The sandbox as a whole: applying a config, dividing the quota, telling what goes on. */

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
	if (sandbox->ops->changed)
		sandbox->ops->changed(sandbox);
}

/* ------------------------------------------------------------------ work for later */

/* Children cannot be destroyed within their own call: a signal of our own does it afterwards. */
void sandbox_work(struct os_sandbox *sandbox)
{
	if (sandbox->work_submitted)
		return;
	sandbox->work_submitted = !os_signal_submit(sandbox->work.cap, 1);
}

static void tear_down_ended(struct os_sandbox *sandbox)
{
	struct os_list_node *node;

	while ((node = os_list_first(&sandbox->ended))) {
		struct child *child = OS_LIST_ITEM(node, struct child, end_node);

		/* a child stays in state `ending`, with nothing left */
		os_list_remove(&sandbox->ended, node);
		child->listed = false;
		child_teardown(child);
	}
}

static void tell_up(struct os_sandbox *sandbox)
{
	if (sandbox->up_told || sandbox->starting || !sandbox->config)
		return;
	sandbox->up_told = true;
	if (sandbox->ops->up)
		sandbox->ops->up(sandbox, sandbox->up, sandbox->child_count);
}

static void handle_work(struct os_signal_handler *handler, uint64_t count)
{
	struct os_sandbox *sandbox = container_of(handler, struct os_sandbox, work);

	(void)count;
	sandbox->work_submitted = false;
	if (!os_list_empty(&sandbox->ended)) {
		tear_down_ended(sandbox);
		sandbox_changed(sandbox);
	}
	resource_retry(sandbox);
	tell_up(sandbox);
}

void sandbox_child_settled(struct os_sandbox *sandbox, bool up)
{
	sandbox->starting--;
	sandbox->up += up;
	if (!sandbox->starting)
		sandbox_work(sandbox);
}

/* ------------------------------------------------------------------ a config */

static enum os_err create_children(struct os_sandbox *sandbox)
{
	enum os_err err;

	OS_LIST_FOR_EACH (node, &sandbox->config->starts) {
		const struct sandbox_start *start = OS_LIST_ITEM(node, struct sandbox_start, node);
		struct child *child;

		sandbox->child_count++;
		if (!start->usable)
			continue;
		if ((err = child_create(sandbox, start, &child)))
			return err;
	}
	return OS_OK;
}

/* Capabilities that are asked for by number come first; the others share what is left. */
static struct os_quota reserve_named(struct os_sandbox *sandbox, size_t *sharers)
{
	struct os_quota named = { 0 };

	*sharers = 0;
	OS_LIST_FOR_EACH (node, &sandbox->children) {
		const struct sandbox_start *start = OS_LIST_ITEM(node, struct child, node)->start;

		if (!start->has_caps)
			++*sharers;
		else if (__builtin_add_overflow(named.caps, start->quota.caps, &named.caps))
			named.caps = UINT64_MAX;
	}
	return named;
}

/* Decide what each child gets, in the config's order; who gets nothing is not started. */
static void divide(struct os_sandbox *sandbox, struct os_quota left)
{
	struct message_sink sink = message_sink(sandbox);
	size_t sharers;
	struct os_quota named = reserve_named(sandbox, &sharers);
	const struct os_quota cost = sandbox_child_cost(sandbox->upstream->cost);

	OS_LIST_FOR_EACH (node, &sandbox->children) {
		struct child *child = OS_LIST_ITEM(node, struct child, node);
		const struct sandbox_start *start = child->start;
		struct os_quota offer = left;

		if (!start->has_caps)
			offer.caps -= OS_MIN(offer.caps, named.caps);
		if (sandbox_budget_assign(start, offer, cost, sharers, &sink.sink, &child->assigned,
		                          &child->own)) {
			child->state = CHILD_FAILED;
			child->ending = true;
		}
		OS_ASSERT(os_quota_sub(&left, child->assigned));
		if (start->has_caps)
			named.caps -= OS_MIN(named.caps, start->quota.caps);
		else
			sharers--;
	}
}

static void launch(struct os_sandbox *sandbox)
{
	sandbox->starting++; /* so that nobody is told before all are under way */
	OS_LIST_FOR_EACH (node, &sandbox->children) {
		struct child *child = OS_LIST_ITEM(node, struct child, node);

		if (child->state != CHILD_IDLE)
			continue;
		sandbox->starting++;
		child_launch(child);
	}
	sandbox_child_settled(sandbox, false);
}

enum os_err os_sandbox_apply(struct os_sandbox *sandbox, const char *text, size_t size)
{
	struct message_sink sink = message_sink(sandbox);
	struct local_lookup lookup = local_lookup(sandbox);
	struct os_quota left;
	enum os_err err;

	if (sandbox->config)
		return OS_ERR_BUSY;
	err = os_alloc(sandbox->alloc, sizeof(*sandbox->config), (void **)&sandbox->config);
	if (err)
		return err;
	err = sandbox_config_init(sandbox->config, sandbox->alloc, text, size, &sink.sink);
	if (err)
		goto out;
	sandbox_config_check(sandbox->config, &lookup.locals, &sink.sink);
	sandbox->verbose = sandbox->config->verbose;
	if ((err = offer_init(sandbox)) || (err = create_children(sandbox)) ||
	    (err = os_upstream_free(sandbox->upstream, &left)))
		goto out;
	divide(sandbox, sandbox_budget_left(left));
	launch(sandbox);
out:
	if (err)
		sandbox_clear(sandbox);
	return err;
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
	sandbox->child_count = sandbox->starting = sandbox->up = 0;
	sandbox->up_told = false;
}

void os_sandbox_fini(struct os_sandbox *sandbox)
{
	struct os_list_node *node;

	if (!sandbox->upstream)
		return;
	sandbox_clear(sandbox);
	/* what remains waits for our parent only: children that serve are gone */
	while ((node = os_list_first(&sandbox->orphans)))
		session_abandon(OS_LIST_ITEM(node, struct sandbox_session, orphan));
	os_signal_handler_fini(&sandbox->work);
	os_list_remove(&sandbox->upstream->sandboxes, &sandbox->member);
	*sandbox = (struct os_sandbox){ 0 };
}

/* ------------------------------------------------------------------ report */

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

static void report_child(const struct child *child, struct os_xml_writer *writer)
{
	static const char *const states[] = {
		[CHILD_IDLE] = "idle", [CHILD_OPENING] = "starting", [CHILD_RUNNING] = "starting",
		[CHILD_UP] = "up",     [CHILD_ENDED] = "ended",      [CHILD_FAILED] = "failed",
	};

	os_xml_writer_begin(writer, "child");
	os_xml_writer_attribute(writer, "name", child->start->name);
	os_xml_writer_attribute(writer, "binary", child->start->binary);
	os_xml_writer_attribute(writer, "state", states[child->state]);
	os_xml_writer_attribute_u64(writer, "ram", child->assigned.ram);
	os_xml_writer_attribute_u64(writer, "caps", child->assigned.caps);
	if (child->resource_state == PARENT_RESOURCE_STATE_PENDING) {
		os_xml_writer_begin(writer, "requested");
		os_xml_writer_attribute_u64(writer, "ram", child->resource.ram);
		os_xml_writer_attribute_u64(writer, "caps", child->resource.caps);
		os_xml_writer_end(writer);
	}
	os_xml_writer_end(writer);
}

void os_sandbox_report(struct os_sandbox *sandbox, struct os_xml_writer *writer)
{
	os_xml_writer_begin(writer, "state");
	OS_LIST_FOR_EACH (node, &sandbox->children)
		report_child(OS_LIST_ITEM(node, const struct child, node), writer);
	os_xml_writer_end(writer);
}
