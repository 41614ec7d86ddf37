/* SPDX-License-Identifier: BSD-2-Clause */
/* Traces: what a component adds to its own timeline. */

#ifndef OSIER_TRACE_H
#define OSIER_TRACE_H

#include <osier/types.h>

/*
 * A component's calls, requests, signals, sessions and waits are recorded by themselves while some
 * client of TRACE records it (doc/tracing.md). These functions add what only the component knows.
 * They record for the calling thread, without a system call; while nobody records they cost one
 * branch. None of them blocks or fails.
 */

enum { OS_TRACE_TEXT_MAX = 56 };

/** A moment: `name`, cut at OS_TRACE_TEXT_MAX bytes, and a number of any meaning. */
void os_trace_mark(const char *name, uint32_t number);

/** The beginning of a span of time, which os_trace_end() ends. They nest, within a thread. */
void os_trace_begin(const char *name, uint32_t number);
void os_trace_end(void);

#endif
