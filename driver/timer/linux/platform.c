/* SPDX-License-Identifier: BSD-2-Clause */
/* The timer on Linux: the host's monotonic clock, and a thread that sleeps until the alarm. */

#include <base/linux/syscall.h>
#include <stdatomic.h>
#include <osier/thread.h>

#include "../platform.h"

enum { NS_PER_US = 1000, NS_PER_S = 1000000000, BITSET_ANY = -1 };

static struct {
	struct signal_context_cap expired;
	uint64_t start_ns;
	_Atomic(uint64_t) alarm_us;
	_Atomic(uint32_t) changed; /* futex word: counts alarms that were set */
	struct os_thread thread;
} clock = { .alarm_us = PLATFORM_NO_ALARM };

static uint64_t now_ns(void)
{
	struct timespec time = { 0, 0 };

	/* clock_gettime(2): cannot fail for this clock */
	SYSCALL_2(NR_clock_gettime, CLOCK_MONOTONIC, &time);
	return (uint64_t)time.seconds * NS_PER_S + (uint64_t)time.nanoseconds;
}

uint64_t platform_clock_now(void)
{
	return (now_ns() - clock.start_ns) / NS_PER_US;
}

/* Sleep until `alarm_us`, or another alarm than the one that `changed` counted last. */
static void sleep(uint32_t changed, uint64_t alarm_us)
{
	uint64_t end_ns;
	struct timespec end;
	bool ends = !__builtin_mul_overflow(alarm_us, NS_PER_US, &end_ns) &&
	            !__builtin_add_overflow(end_ns, clock.start_ns, &end_ns);

	end.seconds = (int64_t)(end_ns / NS_PER_S);
	end.nanoseconds = (int64_t)(end_ns % NS_PER_S);
	/* futex(2): this variant takes an absolute time, of CLOCK_MONOTONIC */
	SYSCALL_6(NR_futex, &clock.changed, FUTEX_WAIT_BITSET | FUTEX_PRIVATE, changed,
	          ends ? &end : NULL, NULL, BITSET_ANY);
}

static void wait_for_alarms(struct os_thread *thread, void *argument)
{
	(void)thread;
	(void)argument;
	for (;;) {
		const uint32_t changed = atomic_load(&clock.changed);
		uint64_t alarm = atomic_load(&clock.alarm_us);

		if (alarm == PLATFORM_NO_ALARM || alarm > platform_clock_now()) {
			sleep(changed, alarm);
			continue;
		}
		/* Each alarm goes off once; a new one may have taken its place just now. */
		if (atomic_compare_exchange_strong(&clock.alarm_us, &alarm, PLATFORM_NO_ALARM)) {
			const enum os_err err = os_signal_submit(clock.expired, 1);

			OS_ASSERT(!err);
		}
	}
}

void platform_clock_alarm(uint64_t us)
{
	atomic_store(&clock.alarm_us, us);
	atomic_fetch_add(&clock.changed, 1);
	SYSCALL_3(NR_futex, &clock.changed, FUTEX_WAKE | FUTEX_PRIVATE, 1);
}

enum os_err platform_clock_init(struct os_env *env, struct signal_context_cap expired)
{
	clock.expired = expired;
	clock.start_ns = now_ns();
	return os_thread_init(&clock.thread, env, "alarm", 0, 0, wait_for_alarms, NULL);
}
