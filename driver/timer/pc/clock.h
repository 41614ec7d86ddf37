/* SPDX-License-Identifier: BSD-2-Clause */
/* Time by the time-stamp counter, which a slower device keeps right: pure arithmetic. */

#ifndef TIMER_CLOCK_H
#define TIMER_CLOCK_H

#include <osier/types.h>

/*
 * The device (HPET, PIT) counts at a rate that is known, but takes long to be read, and its counter
 * is so narrow that it overflows. So time is read from the time-stamp counter (TSC), whose rate is
 * only roughly known at first. Each look at the device (a sample) sets the time to what the device
 * says, and adds to what is known of the TSC's rate. How often the device's counter has overflowed
 * in between is told by the TSC.
 *
 * The time that is given out never goes backwards.
 */

/** A counting device. */
struct clock_device {
	uint64_t femtoseconds; /* of a tick */
	uint32_t mask;         /* its counter is so wide: 2^n - 1 */
};

struct clock {
	const struct clock_device *device;
	uint64_t tsc, ns;         /* at the last sample; nanoseconds since the beginning */
	uint32_t ticks;           /* of the device then */
	bool measured;            /* the rate: else it is the rough one */
	uint64_t tsc_sum, ns_sum; /* the rate: both grew so much, over the latest samples */
	uint64_t latest_ns;       /* given out */
};

/** Begin at time 0, where the counters are `tsc` and `ticks`. `khz`: of the TSC, roughly, not 0. */
void clock_init(struct clock *clock, const struct clock_device *device, uint64_t khz, uint64_t tsc,
                uint32_t ticks);

/** The counters have been read at the same moment. What comes too early is left out. */
void clock_sample(struct clock *clock, uint64_t tsc, uint32_t ticks);

/** True if a sample is worth its time: the last one is a second ago. */
bool clock_sample_due(const struct clock *clock, uint64_t tsc);

/** Nanoseconds since the beginning. */
uint64_t clock_ns(struct clock *clock, uint64_t tsc);

/** Ticks of the device that take at least `ns`, at most `max`. */
uint32_t clock_ticks(const struct clock_device *device, uint64_t ns, uint32_t max);

#endif
