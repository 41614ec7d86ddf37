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

static uint64_t call_data(uint32_t type, const struct os_msg *msg)
{
	return (uint64_t)type << 32 | (uint32_t)msg->op << 16 | msg->flow;
}

/* Kept apart, so that the usual way needs no more registers. */
static __attribute__((noinline)) enum os_err call_traced(struct os_cap cap, struct os_msg *msg,
                                                         uint32_t type)
{
	struct os_trace_writer *trace = os_trace_writer_own();
	uint64_t flow;
	enum os_err err;

	if (!(uint16_t)++trace->flow)
		trace->flow++; /* 0 stands for none */
	flow = msg->flow = (uint16_t)trace->flow;
	os_trace_write(trace, OS_TRACE_CALL, call_data(type, msg));
	err = os_call(cap, msg);
	os_trace_write(trace, OS_TRACE_RETURN, (uint64_t)(err ? err : msg->op) << 32 | flow);
	return err;
}

enum os_err os_rpc_call(struct os_cap cap, struct os_msg *msg, uint32_t type)
{
	if (__builtin_expect(os_trace_ring_own() != OS_TRACE_OFF, 0))
		return call_traced(cap, msg, type);
	return os_call(cap, msg);
}

uint64_t os_trace_receive(uint32_t type, const struct os_msg *msg)
{
	const uint64_t data = call_data(type, msg);

	os_trace_write(os_trace_writer_own(), OS_TRACE_RECEIVE, data);
	return data | UINT64_C(1) << 63;
}
