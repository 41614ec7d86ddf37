/* SPDX-License-Identifier: BSD-2-Clause */
/* What base records in a trace: marks of the component itself, calls, requests, signals. */

#include <osier/string.h>
#include <osier/trace.h>
#include "trace.h"

struct os_trace_writer *os_trace_writer_own(void)
{
	struct os_thread_block *block = os_thread_block_own();

	if (__atomic_load_n(&block->trace.ring, __ATOMIC_RELAXED) <= OS_TRACE_ASK_MAX)
		os_platform->trace_open();
	return &block->trace;
}

void os_trace_first(enum os_trace_event_kind kind, uint32_t high, uint32_t low)
{
	struct os_trace_writer *trace = os_trace_own();

	if (trace)
		os_trace_write(trace, kind, (uint64_t)high << 32 | low);
}

/* ------------------------------------------------------------------ marks */

static void write_text(struct os_trace_writer *trace, enum os_trace_event_kind kind,
                       const char *text, uint32_t number)
{
	const size_t length = OS_MIN(strlen(text), (size_t)OS_TRACE_TEXT_MAX);

	os_trace_write(trace, kind, (uint64_t)length << 32 | number);
	for (size_t i = 0; i < length; i += sizeof(uint64_t)) {
		uint64_t part = 0;

		memcpy(&part, text + i, OS_MIN(length - i, sizeof(part)));
		os_trace_write(trace, OS_TRACE_TEXT, part);
	}
}

void os_trace_mark(const char *name, uint32_t number)
{
	struct os_trace_writer *trace = os_trace_own();

	if (trace)
		write_text(trace, OS_TRACE_MARK, name, number);
}

void os_trace_begin(const char *name, uint32_t number)
{
	struct os_trace_writer *trace = os_trace_own();

	if (trace)
		write_text(trace, OS_TRACE_BEGIN, name, number);
}

void os_trace_end(void)
{
	os_trace_event(OS_TRACE_END, 0);
}

/* ------------------------------------------------------------------ calls */

/* This and the next two are kept apart, so that the usual way needs no more registers. */
static __attribute__((noinline)) enum os_err return_failed(enum os_err err, uint32_t flow)
{
	os_trace_write(&os_thread_block_own()->trace, OS_TRACE_RETURN, (uint64_t)err << 32 | flow);
	return err;
}

static __attribute__((noinline)) enum os_err call_recorded(struct os_cap cap, struct os_msg *msg,
                                                           uint32_t type, uint64_t ring)
{
	/* kept: what serves the call in this thread may make others */
	const uint32_t flow = os_trace_flow_next();
	enum os_err err;

	msg->flow = (uint16_t)flow;
	os_trace_put(ring, OS_TRACE_CALL, type, (uint32_t)msg->op << 16 | flow);
	err = os_call(cap, msg);
	if (__builtin_expect(err, 0))
		return return_failed(err, flow);
	ring = os_trace_ring_own();
	if (__builtin_expect(ring > OS_TRACE_ASK_MAX, 1))
		os_trace_put_seen(ring, OS_TRACE_RETURN, msg->op, flow);
	return OS_OK;
}

static __attribute__((noinline)) enum os_err call_asking(struct os_cap cap, struct os_msg *msg,
                                                         uint32_t type)
{
	const uint64_t ring = os_trace_writer_own()->ring;

	return ring > OS_TRACE_ASK_MAX ? call_recorded(cap, msg, type, ring) : os_call(cap, msg);
}

enum os_err os_rpc_call(struct os_cap cap, struct os_msg *msg, uint32_t type)
{
	const uint64_t ring = os_trace_ring_own();

	if (__builtin_expect(ring == OS_TRACE_OFF, 1))
		return os_call(cap, msg);
	if (__builtin_expect(ring <= OS_TRACE_ASK_MAX, 0))
		return call_asking(cap, msg, type);
	return call_recorded(cap, msg, type, ring);
}
