/* SPDX-License-Identifier: BSD-2-Clause */
/* Time by the time-stamp counter, which a slower device keeps right. */

#include "clock.h"

#define MS        UINT64_C(1000000) /* in nanoseconds */
#define FS_PER_NS UINT64_C(1000000)

/* Of a shorter one, the time that it takes itself would be too large a part. */
#define SAMPLE_MIN (1 * MS)
#define SAMPLE_DUE (1000 * MS)
/* The rate follows changes: when the sums have grown to that, what they tell counts half. */
#define SUM_MAX (64000 * MS)

static uint64_t scale(uint64_t value, uint64_t by, uint64_t per)
{
	return (uint64_t)((unsigned __int128)value * by / per);
}

/* Since the last sample, by the TSC alone, which may be a little behind on another CPU. */
static uint64_t tsc_ns(const struct clock *clock, uint64_t tsc)
{
	return tsc > clock->tsc ? scale(tsc - clock->tsc, clock->ns_sum, clock->tsc_sum) : 0;
}

void clock_init(struct clock *clock, const struct clock_device *device, uint64_t khz, uint64_t tsc,
                uint32_t ticks)
{
	*clock = (struct clock){
		.device = device,
		.tsc = tsc,
		.ticks = ticks & device->mask,
		.tsc_sum = khz,
		.ns_sum = MS,
	};
}

/* How far the device has counted since the last sample, overflows included. */
static uint64_t ticks_elapsed(const struct clock *clock, uint64_t tsc, uint32_t ticks)
{
	const struct clock_device *device = clock->device;
	const uint64_t span = (uint64_t)device->mask + 1;
	const uint64_t guess = scale(tsc_ns(clock, tsc), FS_PER_NS, device->femtoseconds);
	const uint64_t part = (ticks - clock->ticks) & device->mask;

	/* next to the guess of all the numbers that leave this remainder */
	if (guess + span / 2 < part)
		return part;
	return part + (guess + span / 2 - part) / span * span;
}

void clock_sample(struct clock *clock, uint64_t tsc, uint32_t ticks)
{
	const uint64_t ns =
	        scale(ticks_elapsed(clock, tsc, ticks), clock->device->femtoseconds, FS_PER_NS);

	if (ns < SAMPLE_MIN || tsc <= clock->tsc)
		return;
	clock->tsc_sum = (clock->measured ? clock->tsc_sum : 0) + tsc - clock->tsc;
	clock->ns_sum = (clock->measured ? clock->ns_sum : 0) + ns;
	clock->measured = true;
	while (clock->ns_sum > SUM_MAX) {
		clock->ns_sum /= 2;
		clock->tsc_sum /= 2;
	}
	clock->tsc = tsc;
	clock->ticks = ticks & clock->device->mask;
	clock->ns += ns;
}

bool clock_sample_due(const struct clock *clock, uint64_t tsc)
{
	return tsc_ns(clock, tsc) >= SAMPLE_DUE;
}

uint64_t clock_ns(struct clock *clock, uint64_t tsc)
{
	clock->latest_ns = OS_MAX(clock->latest_ns, clock->ns + tsc_ns(clock, tsc));
	return clock->latest_ns;
}

uint32_t clock_ticks(const struct clock_device *device, uint64_t ns, uint32_t max)
{
	const unsigned __int128 ticks =
	        ((unsigned __int128)ns * FS_PER_NS + device->femtoseconds - 1) /
	        device->femtoseconds;

	return ticks > max ? max : (uint32_t)ticks;
}
