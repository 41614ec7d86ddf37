/* SPDX-License-Identifier: BSD-2-Clause */
/* TRACE sessions: the tree and its events, as far as it lies below the parent of the client. */

#include "core.h"
#include <abi/trace.h>
#include <osier/string.h>

enum { BUFFER_MAX = 64 << 20 };

_Static_assert(OS_LABEL_MAX <= OS_TRACE_LABEL_SIZE, "labels fit");
_Static_assert(OS_TRACE_NAME_SIZE >= THREAD_INFO_NAME_SIZE, "names fit");

struct trace_session {
	struct object object;
	struct trace_server rpc;
	struct account *account;
	struct dataspace *buffer;
	char scope[OS_LABEL_MAX]; /* what the session sees has this prefix */
	struct os_list buffers;   /* struct trace_buffer.node */
	struct trace_cpus *cpus;
	struct trace_shape shape_new; /* of those for new PDs, if there are to be such: */
	bool wants_new;
	struct os_list_node node; /* in core.traces then */
	struct sigh end_sigh;
	bool end_told;
	struct os_list_node end_node; /* in core.ends */
};

/* ------------------------------------------------------------------ what a session sees */

static bool sees_all(const struct trace_session *session)
{
	return os_str_equal(session->scope, core.root->label);
}

static bool sees_pd(const struct trace_session *session, const struct pd *pd)
{
	return os_label_has_prefix(pd->label, session->scope);
}

/* The account itself, other than by lying below one that is seen. */
static bool sees_account(const struct trace_session *session, const struct account *account)
{
	if (account->pd)
		return sees_pd(session, account->pd);
	if (account->label)
		return os_label_has_prefix(account->label, session->scope);
	return sees_all(session);
}

/* A walk over all accounts: parents first, without recursion, as they may be nested deeply. */
struct walk {
	const struct trace_session *session;
	const struct account *account; /* the current one */
	const struct account *top;     /* it is seen, with all that is below it; or NULL */
};

static void walk_first(struct walk *walk, const struct trace_session *session)
{
	*walk = (struct walk){ .session = session, .account = core.root_account };
}

static void walk_next(struct walk *walk)
{
	const struct account *account = walk->account;
	const struct os_list_node *next = os_list_first(&account->children);

	while (!next && account->parent) {
		if (account == walk->top)
			walk->top = NULL;
		next = os_list_next(&account->parent_node);
		account = account->parent;
	}
	walk->account = OS_LIST_ITEM(next, struct account, parent_node);
}

/* Whether the session sees the current account. */
static bool walk_sees(struct walk *walk)
{
	if (!walk->top && sees_account(walk->session, walk->account))
		walk->top = walk->account;
	return walk->top;
}

/* ------------------------------------------------------------------ records */

/* Where records go; those before `first`, and those that do not fit, are only counted. */
struct writer {
	const struct trace_session *session;
	uint8_t *at;
	size_t room;
	uint32_t first, count, total;
};

/* Room for the next record, zeroed but for its head; NULL: it is not to be written. */
static void *record(struct writer *writer, enum os_trace_kind kind, size_t size, uint64_t id)
{
	const bool wanted =
	        writer->total >= writer->first && writer->total - writer->first == writer->count;
	struct os_trace_record *at = (struct os_trace_record *)(void *)writer->at;

	writer->total++;
	if (!wanted || size > writer->room)
		return NULL;
	memset(at, 0, size);
	at->kind = (uint16_t)kind;
	at->size = (uint16_t)size;
	at->id = id;
	writer->at += size;
	writer->room -= size;
	writer->count++;
	return at;
}

static uint64_t caps_used(const struct account *account)
{
	return account->quota.caps_used + (account->pd ? platform_slots_used(account) : 0);
}

static uint32_t objects_of(const struct account *account)
{
	uint32_t count = 0;

	OS_LIST_FOR_EACH (node, &account->objects)
		count++;
	OS_LIST_FOR_EACH (node, &account->children)
		count++;
	return count;
}

/* `seen`: so is the parent. */
static void write_account(struct writer *writer, const struct account *account, bool seen,
                          uint64_t caps)
{
	const struct quota *quota = &account->quota;
	struct os_trace_account *out =
	        record(writer, OS_TRACE_ACCOUNT, sizeof(*out), account->object.id);

	if (!out)
		return;
	out->parent = account->parent && seen ? account->parent->object.id : 0;
	out->pd = account->pd ? account->pd->object.id : 0;
	out->ram_limit = quota->ram_limit;
	out->ram_used = quota->ram_used;
	out->caps_limit = quota->caps_limit;
	out->caps_used = caps;
	out->object_count = objects_of(account);
}

/* Who has given the account's quota: the nearest PD above; 0: core, or one that is not seen. */
static uint64_t giver(const struct trace_session *session, const struct account *account)
{
	const struct account *above = account->parent;

	while (above && !above->pd)
		above = above->parent;
	return above && sees_pd(session, above->pd) ? above->pd->object.id : 0;
}

static bool is_session_of_core(const struct object *object)
{
	return object->kind == OBJECT_PD || object->kind >= OBJECT_ROM;
}

/* What the session's account was made for: the first object of that kind charged to it. */
static const struct object *served(const struct account *account)
{
	OS_LIST_FOR_EACH (node, &account->objects) {
		const struct object *object = OS_LIST_ITEM(node, struct object, account_node);

		if (account->label ? is_session_of_core(object) : object->kind == OBJECT_RPC)
			return object;
	}
	return NULL;
}

static void write_session(struct writer *writer, const struct account *account)
{
	const struct object *object = served(account);
	struct os_trace_session *out =
	        record(writer, OS_TRACE_SESSION, sizeof(*out), account->object.id);

	if (!out)
		return;
	out->client = giver(writer->session, account);
	out->type = object ? object->type : 0;
	out->core = account->label != NULL;
	if (account->label)
		memcpy(out->label, account->label, strlen(account->label));
	if (object && object->kind == OBJECT_RPC) {
		const struct pd *server = container_of(object, struct rpc_object, object)->pd;

		out->server =
		        sees_pd(writer->session, server) ? server->object.id : OS_TRACE_OUTSIDE;
	}
}

static void write_pd(struct writer *writer, const struct pd *pd)
{
	struct os_trace_pd *out = record(writer, OS_TRACE_PD, sizeof(*out), pd->object.id);

	if (!out)
		return;
	out->account = pd->account ? pd->account->object.id : 0;
	out->parent = pd->account ? giver(writer->session, pd->account) : 0;
	out->state = pd->state;
	out->thread_count = pd->thread_count;
	out->cpu_time_us = pd->ended_us;
	OS_LIST_FOR_EACH (node, &pd->threads)
		out->cpu_time_us +=
		        platform_thread_time_us(OS_LIST_ITEM(node, struct thread, pd_node));
	memcpy(out->label, pd->label, strlen(pd->label));
	memcpy(out->binary, pd->binary_name, sizeof(pd->binary_name));
}

static enum os_trace_thread_state state_of(const struct thread *thread)
{
	if (thread->held || (!thread->started && thread == thread->pd->main))
		return OS_TRACE_THREAD_NEW;
	return thread->fault.kind ? OS_TRACE_THREAD_FAULTED : OS_TRACE_THREAD_RUNNING;
}

static void write_thread(struct writer *writer, struct thread *thread)
{
	struct os_trace_thread *out =
	        record(writer, OS_TRACE_THREAD, sizeof(*out), thread->object.id);

	if (!out)
		return;
	out->pd = thread->pd->object.id;
	out->cpu_time_us = platform_thread_time_us(thread);
	out->state = state_of(thread);
	out->priority = thread->priority;
	memcpy(out->name, thread->name, strlen(thread->name));
}

/* All records; the sums over all accounts go into `header`. */
static void write_all(struct writer *writer, struct os_trace_snapshot *header)
{
	struct walk walk;

	for (walk_first(&walk, writer->session); walk.account; walk_next(&walk)) {
		const bool seen_above = walk.top;
		const struct account *account = walk.account;
		uint64_t caps;

		if (!walk_sees(&walk))
			continue;
		/* once: slots come and go beside core */
		caps = caps_used(account);
		header->ram_limit += account->quota.ram_limit;
		header->ram_used += account->quota.ram_used;
		header->caps_limit += account->quota.caps_limit;
		header->caps_used += caps;
		write_account(writer, account, seen_above, caps);
		if (!account->pd && account->parent)
			write_session(writer, account);
	}
	OS_LIST_FOR_EACH (node, &core.pds) {
		struct pd *pd = OS_LIST_ITEM(node, struct pd, node);

		if (!sees_pd(writer->session, pd))
			continue;
		write_pd(writer, pd);
		OS_LIST_FOR_EACH (thread_node, &pd->threads)
			write_thread(writer, OS_LIST_ITEM(thread_node, struct thread, pd_node));
	}
}

/* ------------------------------------------------------------------ api/trace.rpc */

static struct trace_session *self(struct trace_server *rpc)
{
	return container_of(rpc, struct trace_session, rpc);
}

static enum os_err buffer(struct trace_server *rpc, uint64_t size, struct rom_dataspace_cap *out)
{
	struct trace_session *session = self(rpc);
	struct dataspace *view;
	enum os_err err;

	if (!size || size > BUFFER_MAX)
		return OS_ERR_INVALID;
	if (session->buffer)
		object_destroy(&session->buffer->object);
	session->buffer = NULL;
	if ((err = dataspace_create(session->account, NULL, size, &session->buffer)))
		return err;
	if ((err = dataspace_derive(session->buffer, &view)) ||
	    (err = cap_insert(current_pd(), &view->object, &out->cap.slot))) {
		object_destroy(&session->buffer->object);
		session->buffer = NULL;
	}
	return err;
}

static enum os_err snapshot(struct trace_server *rpc, uint32_t first, uint32_t *count,
                            uint32_t *total, uint64_t *generation)
{
	struct trace_session *session = self(rpc);
	struct dataspace *ds = session->buffer;
	struct os_trace_snapshot header = {
		.version = OS_TRACE_VERSION,
		.header_size = sizeof(header),
		.first = first,
		.whole = sees_all(session),
		.generation = core.changes,
		.time_us = platform_clock_us(),
		.cycles = __builtin_ia32_rdtsc(),
	};
	struct writer writer = { .session = session, .first = first };
	uint8_t *at;

	if (!ds || !(at = platform_memory_map(&ds->memory, ds->size, true)))
		return OS_ERR_INVALID;
	writer.at = at + sizeof(header);
	writer.room = ds->size - sizeof(header);
	write_all(&writer, &header);
	/* what a larger one has left behind is no part of it */
	memset(writer.at, 0, OS_MIN(writer.room, sizeof(struct os_trace_record)));
	header.count = *count = writer.count;
	header.total = *total = writer.total;
	if (header.whole) {
		header.ram_total = core.ram;
		header.caps_total = core.caps;
	}
	*generation = header.generation;
	memcpy(at, &header, sizeof(header));
	platform_memory_unmap(at, ds->size);
	return OS_OK;
}

static struct pd *pd_of(const struct trace_session *session, uint64_t id)
{
	OS_LIST_FOR_EACH (node, &core.pds) {
		struct pd *pd = OS_LIST_ITEM(node, struct pd, node);

		if (pd->object.id == id)
			return sees_pd(session, pd) ? pd : NULL;
	}
	return NULL;
}

static struct trace_buffer *buffer_of(const struct trace_session *session, uint64_t pd)
{
	OS_LIST_FOR_EACH (node, &session->buffers) {
		struct trace_buffer *found = OS_LIST_ITEM(node, struct trace_buffer, node);

		if (found->pd_id == pd)
			return found;
	}
	return NULL;
}

static enum os_err record_pd(struct trace_server *rpc, uint64_t id, uint32_t threads,
                             uint32_t events, enum trace_policy policy)
{
	const struct trace_shape shape = { threads, events, policy };
	struct trace_session *session = self(rpc);
	struct pd *pd = pd_of(session, id);
	struct trace_buffer *made;

	if (!pd)
		return OS_ERR_NOT_FOUND;
	return trace_buffer_create(session->account, &session->buffers, pd, &shape, &made);
}

static enum os_err record_new(struct trace_server *rpc, uint32_t threads, uint32_t events,
                              enum trace_policy policy)
{
	const struct trace_shape shape = { threads, events, policy };
	struct trace_session *session = self(rpc);

	if (threads && !trace_shape_valid(&shape))
		return OS_ERR_INVALID;
	if (session->wants_new)
		os_list_remove(&core.traces, &session->node);
	session->shape_new = shape;
	session->wants_new = threads != 0;
	if (session->wants_new)
		os_list_append(&core.traces, &session->node);
	return OS_OK;
}

void trace_pd_begins(struct pd *pd)
{
	struct trace_buffer *made;

	OS_LIST_FOR_EACH (node, &core.traces) {
		struct trace_session *session = OS_LIST_ITEM(node, struct trace_session, node);

		/* the first one for whom that works; for none of them it must harm the PD */
		if (sees_pd(session, pd) &&
		    trace_buffer_create(session->account, &session->buffers, pd,
		                        &session->shape_new, &made) == OS_OK)
			return;
	}
}

static enum os_err enable(struct trace_server *rpc, uint64_t pd, bool on)
{
	struct trace_buffer *found = buffer_of(self(rpc), pd);

	if (!found)
		return OS_ERR_NOT_FOUND;
	trace_buffer_switch(found, on);
	return OS_OK;
}

static enum os_err recorded(struct trace_server *rpc, uint64_t after, uint64_t *pd, bool *ended,
                            struct rom_dataspace_cap *out)
{
	struct os_list_node *node = os_list_first(&self(rpc)->buffers);
	struct trace_buffer *found;
	struct dataspace *view;
	enum os_err err;

	while (node && OS_LIST_ITEM(node, struct trace_buffer, node)->pd_id <= after)
		node = os_list_next(node);
	if (!node)
		return OS_ERR_NOT_FOUND;
	found = OS_LIST_ITEM(node, struct trace_buffer, node);
	if ((view = OS_LIST_ITEM(os_list_first(&found->ds->derived), struct dataspace,
	                         origin_node)) == NULL &&
	    (err = dataspace_derive(found->ds, &view)))
		return err;
	*pd = found->pd_id;
	*ended = !found->pd;
	return cap_insert(current_pd(), &view->object, &out->cap.slot);
}

static enum os_err forget(struct trace_server *rpc, uint64_t pd)
{
	struct trace_buffer *found = buffer_of(self(rpc), pd);

	if (!found)
		return OS_ERR_NOT_FOUND;
	object_destroy(&found->object);
	return OS_OK;
}

static enum os_err switches(struct trace_server *rpc, uint32_t events,
                            struct rom_dataspace_cap *out)
{
	struct trace_session *session = self(rpc);
	struct dataspace *view;
	enum os_err err;

	if (!sees_all(session))
		return OS_ERR_DENIED;
	if (session->cpus)
		object_destroy(&session->cpus->object);
	if ((err = trace_cpus_create(session->account, events, &session->cpus)))
		return err;
	if ((err = dataspace_derive(session->cpus->ds, &view)) ||
	    (err = cap_insert(current_pd(), &view->object, &out->cap.slot)))
		object_destroy(&session->cpus->object);
	return err;
}

static enum os_err switches_end(struct trace_server *rpc)
{
	if (self(rpc)->cpus)
		trace_cpus_stop(self(rpc)->cpus);
	return OS_OK;
}

static enum os_err end_sigh(struct trace_server *rpc, struct signal_context_cap handler)
{
	struct trace_session *session = self(rpc);

	if (!sees_all(session))
		return OS_ERR_DENIED;
	sigh_set(&session->end_sigh, handler.cap.slot);
	return OS_OK;
}

static enum os_err end_seen(struct trace_server *rpc)
{
	sigh_fini(&self(rpc)->end_sigh);
	return OS_OK;
}

static enum os_err explain(struct trace_server *rpc, uint64_t id, uint64_t *ram,
                           uint64_t *ram_explained, uint64_t *caps, uint64_t *caps_explained)
{
	struct walk walk;

	for (walk_first(&walk, self(rpc)); walk.account; walk_next(&walk)) {
		if (!walk_sees(&walk) || walk.account->object.id != id)
			continue;
		*ram = walk.account->quota.ram_used;
		*caps = walk.account->quota.caps_used;
		account_explain(walk.account, ram_explained, caps_explained);
		return OS_OK;
	}
	return OS_ERR_NOT_FOUND;
}

static enum os_err begun(struct trace_server *rpc)
{
	(void)rpc;
	if (core.recorder && os_str_equal(current_pd()->label, core.recorder))
		trace_release();
	return OS_OK;
}

bool trace_holds_end(void)
{
	bool holds = false;

	OS_LIST_FOR_EACH (node, &core.ends) {
		struct trace_session *session = OS_LIST_ITEM(node, struct trace_session, end_node);

		if (!session->end_sigh.context)
			continue;
		if (!session->end_told)
			signal_context_submit(session->end_sigh.context, 1);
		session->end_told = true;
		holds = true;
	}
	return holds;
}

static const struct trace_ops ops = {
	.buffer = buffer,
	.snapshot = snapshot,
	.record = record_pd,
	.record_new = record_new,
	.enable = enable,
	.recorded = recorded,
	.forget = forget,
	.end_sigh = end_sigh,
	.end_seen = end_seen,
	.begun = begun,
	.explain = explain,
	.switches = switches,
	.switches_end = switches_end,
};

static void destroy(struct object *object)
{
	struct trace_session *session = container_of(object, struct trace_session, object);
	struct os_list_node *node;

	while ((node = os_list_first(&session->buffers)))
		object_destroy(&OS_LIST_ITEM(node, struct trace_buffer, node)->object);
	if (session->cpus)
		object_destroy(&session->cpus->object);
	if (session->wants_new)
		os_list_remove(&core.traces, &session->node);
	sigh_fini(&session->end_sigh);
	os_list_remove(&core.ends, &session->end_node);
}

/* The label without its last element: of the component that routed the session. */
static void scope_set(struct trace_session *session, const char *label)
{
	const size_t last = (size_t)(os_label_last(label) - label);
	const size_t length = last ? last - (sizeof(OS_LABEL_SEPARATOR) - 1) : strlen(label);

	memcpy(session->scope, label, length);
}

enum os_err trace_session_create(const struct session_request *request, struct object **out)
{
	struct trace_session *session;
	enum os_err err;

	/* its buffers are charged to the same account, and go with it */
	if ((err = object_create(sizeof(*session), OBJECT_TRACE, TRACE_TYPE, request->account, 0,
	                         destroy, out)))
		return err;
	session = container_of(*out, struct trace_session, object);
	session->rpc.ops = &ops;
	object_serve(&session->object, &session->rpc.object, trace_dispatch);
	session->account = request->account;
	os_list_append(&core.ends, &session->end_node);
	scope_set(session, request->label);
	return OS_OK;
}
