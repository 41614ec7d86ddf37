/* SPDX-License-Identifier: BSD-2-Clause */
/* The buffer that the platform records in which thread each CPU runs, where that is its to know. */

#include "core.h"

enum { EVENTS_MIN = 64 };

static uint64_t ring_size(uint32_t events)
{
	return os_align_up(sizeof(struct os_trace_ring) + events * sizeof(struct os_trace_event),
	                   OS_PAGE_SIZE);
}

void trace_cpus_stop(struct trace_cpus *cpus)
{
	for (; cpus->on; cpus->on--)
		platform_cpu_record_end(cpus->on - 1);
}

static void destroy(struct object *object)
{
	struct trace_cpus *cpus = container_of(object, struct trace_cpus, object);

	trace_cpus_stop(cpus);
	core.trace_cpus = NULL;
	*cpus->holder = NULL;
	object_destroy(&cpus->ds->object);
}

static enum os_err page_fill(struct dataspace *ds, uint32_t count, uint32_t events)
{
	struct os_trace_buffer *page = platform_memory_map(&ds->memory, ds->size, true);

	if (!page)
		return OS_ERR_OUT_OF_RAM;
	page->version = OS_TRACE_VERSION;
	page->rings_at = OS_TRACE_PAGE;
	page->ring_count = count;
	page->ring_size = (uint32_t)ring_size(events);
	page->event_count = events;
	page->policy = TRACE_POLICY_OVERWRITE;
	platform_memory_unmap(page, ds->size);
	return OS_OK;
}

static enum os_err start(struct trace_cpus *cpus, uint32_t count, uint32_t events)
{
	enum os_err err;

	if ((err = page_fill(cpus->ds, count, events)))
		return err;
	for (; cpus->on < count; cpus->on++) {
		const uint64_t offset = OS_TRACE_PAGE + cpus->on * ring_size(events);

		if ((err = platform_cpu_record(cpus->on, &cpus->ds->memory, offset, events)))
			return err;
	}
	return OS_OK;
}

enum os_err trace_cpus_create(struct account *account, uint32_t events, struct trace_cpus **holder)
{
	const uint32_t count = platform_cpu_count();
	struct trace_cpus *cpus;
	struct dataspace *ds;
	struct object *object;
	enum os_err err;

	if (!count)
		return OS_ERR_UNSUPPORTED;
	if (events < EVENTS_MIN || events > OS_TRACE_SWITCHES_MAX || events & (events - 1))
		return OS_ERR_INVALID;
	if (core.trace_cpus)
		return OS_ERR_EXISTS;
	/* before the object, which is to go first when the account does */
	err = dataspace_create(account, NULL, OS_TRACE_PAGE + count * ring_size(events), &ds);
	if (err)
		return err;
	if ((err = object_create(sizeof(*cpus), OBJECT_TRACE_BUFFER, TRACE_TYPE, account, 0,
	                         destroy, &object))) {
		object_destroy(&ds->object);
		return err;
	}
	cpus = container_of(object, struct trace_cpus, object);
	cpus->ds = ds;
	cpus->holder = holder;
	core.trace_cpus = *holder = cpus;
	if ((err = start(cpus, count, events)))
		object_destroy(object);
	return err;
}
