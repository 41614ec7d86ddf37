/* SPDX-License-Identifier: BSD-2-Clause */
/* Buffers that traced PDs write their events to. */

#include "core.h"
#include <osier/string.h>

/*
 * A thread's block has one word that tells it where its events go. Core writes OFF or ASK there;
 * a thread that finds ASK asks for its ring (trace_place), and puts its address there, unless core
 * has written OFF meanwhile. So nothing happens in a component before it has something to record,
 * and core never has to wait for it:
 *
 *              switch on             the thread asks, and gets a ring
 *    OFF  ------------------>  ASK  --------------------------------->  address
 *     ^                         | no ring, no memory                       |
 *     +-------------------------+------------------------------------------+ switch off
 *
 * Who is writing an event while the buffer goes may find it gone: the platform puts a page of the
 * component's own in its place then.
 */

enum { EVENTS_MIN = 64 };

static uint64_t ring_size(const struct trace_shape *shape)
{
	return sizeof(struct os_trace_ring) + shape->events * sizeof(struct os_trace_event);
}

static uint64_t window_size(const struct trace_shape *shape)
{
	return os_align_up(shape->threads * ring_size(shape), OS_PAGE_SIZE);
}

bool trace_shape_valid(const struct trace_shape *shape)
{
	return shape->threads && shape->threads <= OS_TRACE_THREADS_MAX &&
	       shape->events >= EVENTS_MIN && !(shape->events & (shape->events - 1)) &&
	       shape->events < OS_TRACE_WINDOW_MAX && window_size(shape) <= OS_TRACE_WINDOW_MAX;
}

/* ------------------------------------------------------------------ the first page */

/* NULL: core is out of memory; then the page says what it said before. */
static struct os_trace_buffer *page_map(struct trace_buffer *buffer)
{
	struct dataspace *ds = buffer->ds;

	return ds ? platform_memory_map(&ds->memory, ds->size, true) : NULL;
}

static void page_unmap(struct trace_buffer *buffer, struct os_trace_buffer *page)
{
	platform_memory_unmap(page, buffer->ds->size);
}

static enum os_err page_fill(struct trace_buffer *buffer)
{
	struct os_trace_buffer *page = page_map(buffer);
	const struct pd *pd = buffer->pd;

	if (!page)
		return OS_ERR_OUT_OF_RAM;
	page->version = OS_TRACE_VERSION;
	page->rings_at = OS_TRACE_PAGE;
	page->ring_count = buffer->shape.threads;
	page->ring_size = (uint32_t)ring_size(&buffer->shape);
	page->event_count = buffer->shape.events;
	page->policy = buffer->shape.policy;
	page->pd = pd->object.id;
	memcpy(page->label, pd->label, strlen(pd->label));
	memcpy(page->binary, pd->binary_name, sizeof(page->binary) - 1);
	page_unmap(buffer, page);
	return OS_OK;
}

/* ------------------------------------------------------------------ life */

/* From 1 to OS_TRACE_ASK_MAX, over and over. */
static uint64_t ask_next(void)
{
	return core.trace_asks++ % OS_TRACE_ASK_MAX + 1;
}

static void words_set(struct pd *pd, uint64_t word)
{
	OS_LIST_FOR_EACH (node, &pd->threads) {
		struct thread *thread = OS_LIST_ITEM(node, struct thread, pd_node);

		if (thread->ready)
			platform_trace(thread, word);
	}
}

void trace_buffer_switch(struct trace_buffer *buffer, bool on)
{
	if (buffer->pd && on != buffer->on)
		words_set(buffer->pd, on ? ask_next() : OS_TRACE_OFF);
	buffer->on = on;
}

static void destroy(struct object *object)
{
	struct trace_buffer *buffer = container_of(object, struct trace_buffer, object);
	struct pd *pd = buffer->pd;

	if (pd) {
		trace_buffer_switch(buffer, false);
		platform_trace_gone(pd);
		pd->trace = NULL;
		OS_LIST_FOR_EACH (node, &pd->threads)
			OS_LIST_ITEM(node, struct thread, pd_node)->trace_ring = 0;
	}
	if (buffer->list)
		os_list_remove(buffer->list, &buffer->node);
	if (buffer->ds)
		object_destroy(&buffer->ds->object);
}

/* Behind those of PDs with smaller ids. */
static void insert(struct trace_buffer *buffer, struct os_list *list)
{
	struct os_list_node *before = os_list_first(list);

	while (before && OS_LIST_ITEM(before, struct trace_buffer, node)->pd_id < buffer->pd_id)
		before = os_list_next(before);
	buffer->list = list;
	os_list_insert_before(list, before, &buffer->node);
}

enum os_err trace_buffer_create(struct account *account, struct os_list *list, struct pd *pd,
                                const struct trace_shape *shape, struct trace_buffer **out)
{
	struct trace_buffer *buffer;
	struct dataspace *ds;
	struct object *object;
	enum os_err err;

	if (!trace_shape_valid(shape))
		return OS_ERR_INVALID;
	if (pd->trace)
		return OS_ERR_EXISTS;
	if (!pd->account || pd->state == PD_STATE_EMPTY || pd->state >= PD_STATE_EXITED)
		return OS_ERR_GONE;
	/* before the buffer, which is to go first when the account does */
	if ((err = dataspace_create(account, NULL, OS_TRACE_PAGE + window_size(shape), &ds)))
		return err;
	if ((err = object_create(sizeof(*buffer), OBJECT_TRACE_BUFFER, TRACE_TYPE, account, 0,
	                         destroy, &object))) {
		object_destroy(&ds->object);
		return err;
	}
	buffer = container_of(object, struct trace_buffer, object);
	buffer->ds = ds;
	buffer->shape = *shape;
	buffer->pd = pd;
	buffer->pd_id = pd->object.id;
	pd->trace = buffer;
	insert(buffer, list);
	if ((err = page_fill(buffer))) {
		object_destroy(&buffer->object);
		return err;
	}
	trace_buffer_switch(buffer, true);
	*out = buffer;
	return OS_OK;
}

void trace_pd_ends(struct pd *pd)
{
	struct trace_buffer *buffer = pd->trace;
	struct os_trace_buffer *page;

	if (!buffer)
		return;
	trace_buffer_switch(buffer, false);
	if ((page = page_map(buffer))) {
		page->ended = 1;
		page_unmap(buffer, page);
	}
	platform_trace_gone(pd);
	pd->trace = NULL;
	buffer->pd = NULL;
}

/* ------------------------------------------------------------------ threads */

struct dataspace *trace_dataspace(struct pd *pd)
{
	return pd->trace && pd->trace->on ? pd->trace->ds : NULL;
}

/* A ring that nobody has used, else one whose thread has ended; none: the number of rings. */
static uint32_t ring_choose(const struct trace_buffer *buffer)
{
	const uint32_t rings = buffer->shape.threads;
	uint32_t i;

	for (i = 0; i < rings; i++)
		if (!(buffer->used & 1u << i))
			return i;
	for (i = 0; i < rings; i++)
		if (buffer->ended & 1u << i)
			return i;
	return rings;
}

/* Note whose the ring is. */
static enum os_err ring_take(struct trace_buffer *buffer, struct thread *thread)
{
	const uint32_t i = ring_choose(buffer);
	struct os_trace_buffer *page = page_map(buffer);

	if (!page)
		return OS_ERR_OUT_OF_RAM;
	if (i == buffer->shape.threads) {
		page->unnoticed++;
		page_unmap(buffer, page);
		return OS_ERR_LIMIT;
	}
	page->threads[i] = (struct os_trace_thread_info){ .thread = thread->object.id };
	memcpy(page->threads[i].name, thread->name, sizeof(thread->name));
	page_unmap(buffer, page);
	buffer->used |= 1u << i;
	buffer->ended &= ~(1u << i);
	thread->trace_ring = i + 1;
	return OS_OK;
}

enum os_err trace_place(struct thread *thread, struct os_trace_place *place)
{
	struct trace_buffer *buffer = thread->pd->trace;
	enum os_err err;

	if (!buffer || !buffer->on)
		return OS_ERR_NOT_FOUND;
	if (!thread->trace_ring && (err = ring_take(buffer, thread)))
		return err;
	*place = (struct os_trace_place){
		.offset = (thread->trace_ring - 1) * ring_size(&buffer->shape),
		.size = buffer->ds->size - OS_TRACE_PAGE,
		.limit = buffer->shape.policy == TRACE_POLICY_STOP ? buffer->shape.events
		                                                   : UINT64_MAX,
		.thread = thread->object.id,
		.mask = buffer->shape.events - 1,
	};
	return OS_OK;
}

void trace_thread_begins(struct thread *thread)
{
	const struct trace_buffer *buffer = thread->pd->trace;

	if (buffer && buffer->on)
		platform_trace(thread, ask_next());
}

void trace_thread_ends(struct thread *thread)
{
	struct trace_buffer *buffer = thread->pd->trace;
	struct os_trace_buffer *page;
	const uint32_t i = thread->trace_ring - 1;

	if (!buffer || !thread->trace_ring)
		return;
	if ((page = page_map(buffer))) {
		page->threads[i].ended = 1;
		page_unmap(buffer, page);
	}
	buffer->ended |= 1u << i;
	thread->trace_ring = 0;
}
