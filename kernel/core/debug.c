/* SPDX-License-Identifier: BSD-2-Clause */
/* The last events of each CPU, and names for people: in debug builds. */

#include <debug.h>

#ifndef NDEBUG
static const char *const events[] = {
	[EVENT_SWITCH] = "switch", [EVENT_CALL] = "call",       [EVENT_REPLY] = "reply",
	[EVENT_SIGNAL] = "signal", [EVENT_FAULT] = "fault",     [EVENT_INTERRUPT] = "interrupt",
	[EVENT_CREATE] = "create", [EVENT_DESTROY] = "destroy", [EVENT_SYSCALL] = "system call",
};

static const char *const kinds[OS_KIND_COUNT] = {
	"none",      "gate",  "signal",    "endpoint", "thread", "pd",
	"semaphore", "mutex", "interrupt", "machine",  "reply",
};

static const char *const states[] = {
	"new", "ready", "calling", "called", "waiting", "blocked", "faulted",
};

static const char *const counters[OS_COUNTER_COUNT] = {
	"locks", "CR3", "MSR", "IPI", "FPU", "switches", "halts", "ticks", "shared lines",
};

#define NAME(names, index) ((index) < sizeof(names) / sizeof((names)[0]) ? (names)[index] : "?")

const char *event_name(uint32_t event)
{
	return NAME(events, event);
}

const char *kind_name(uint32_t kind)
{
	return NAME(kinds, kind);
}

const char *thread_state_name(uint32_t state)
{
	return NAME(states, state);
}

const char *counter_name(uint32_t counter)
{
	return NAME(counters, counter);
}

void event_record(enum event event, uint64_t a, uint64_t b)
{
	struct arch_cpu *arch = cpu_self()->arch;

	arch->events[arch->event_count++ % EVENTS] = (struct event_note){
		.cycles = cycles_now(),
		.a = a,
		.b = b,
		.event = event,
	};
}
#endif
