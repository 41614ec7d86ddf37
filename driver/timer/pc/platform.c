/* SPDX-License-Identifier: BSD-2-Clause */
/* The timer on a PC: time from the TSC, kept right by HPET or PIT, which also give the alarms. */

#include <api/irq.h>
#include <config/config.h>
#include <osier/session.h>

#include "../platform.h"
#include "device.h"

/*
 *   platform_clock_alarm ---> device.alarm ... interrupt ---> acknowledge
 *           ^                                                     |
 *           |                     no: the rest of the way   alarm's time?  yes: `expired`
 *           +--------------------------------------------------- +
 *
 * An interrupt that comes before it has been acknowledged may be lost. So who handles one sets the
 * device anew, afterwards.
 */

#define NS_PER_US UINT64_C(1000)
#define NS_PER_MS UINT64_C(1000000)

enum {
	IRQ_TIMER = 0, /* ISA's, of PIT and HPET alike */
	LOOKS = 3,     /* of a sample: the quickest one counts, as we may be interrupted */
};

#define CALIBRATE_NS (10 * NS_PER_MS)
/* 50 ms of the fastest CPU: within that, the device must have counted */
#define CALIBRATE_CYCLES_MAX UINT64_C(500000000)

/* Where chipsets have the HPET, if ACPI does not tell. */
#define HPET_USUAL UINT64_C(0xfed00000)

/* The first samples come soon, as the rate of the TSC is known but roughly. */
#define SAMPLE_FIRST (10 * NS_PER_MS)
#define SAMPLE_LAST  (60000 * NS_PER_MS)
#define LONG_WAIT    (200 * NS_PER_MS)

static struct {
	const struct device *device;
	struct clock clock;
	uint64_t sample_ns;       /* when the next one is to be taken */
	uint64_t sample_distance; /* from the one before */
	uint64_t alarm_us;
	struct signal_context_cap expired;
	struct os_session session;
	struct irq_cap irq;
	struct os_signal_handler handler;
} timer = { .alarm_us = PLATFORM_NO_ALARM };

static uint64_t tsc_read(void)
{
	return __builtin_ia32_rdtsc();
}

/* Both counters at nearly the same moment. */
static void look(uint64_t *tsc, uint32_t *ticks)
{
	uint64_t quickest = UINT64_MAX;

	*tsc = 0;
	*ticks = 0;
	for (int i = 0; i < LOOKS; i++) {
		const uint64_t before = tsc_read();
		const uint32_t count = timer.device->read();
		const uint64_t took = tsc_read() - before;

		if (took > quickest)
			continue;
		quickest = took;
		*tsc = before + took / 2;
		*ticks = count;
	}
}

static void sample(void)
{
	uint64_t tsc;
	uint32_t ticks;

	look(&tsc, &ticks);
	clock_sample(&timer.clock, tsc, ticks);
}

static uint64_t now_ns(void)
{
	if (clock_sample_due(&timer.clock, tsc_read()))
		sample();
	return clock_ns(&timer.clock, tsc_read());
}

uint64_t platform_clock_now(void)
{
	return now_ns() / NS_PER_US;
}

/* ------------------------------------------------------------------ alarms */

/* Have the device interrupt at what comes first. */
static void device_set(uint64_t now)
{
	const uint64_t alarm_ns =
	        timer.alarm_us > UINT64_MAX / NS_PER_US ? UINT64_MAX : timer.alarm_us * NS_PER_US;
	const uint64_t next = OS_MIN(alarm_ns, timer.sample_ns);
	uint64_t wait = next > now ? next - now : 0;

	/* an emulated device may be late by a thousandth of a long wait: go the last part alone */
	if (wait > LONG_WAIT)
		wait -= wait / 64;
	timer.device->alarm(clock_ticks(&timer.device->clock, wait, timer.device->ticks_max));
}

void platform_clock_alarm(uint64_t us)
{
	if (us == timer.alarm_us)
		return;
	timer.alarm_us = us;
	device_set(now_ns());
}

static void handle_interrupt(struct os_signal_handler *handler, uint64_t count)
{
	uint64_t now;
	enum os_err err;

	(void)handler;
	(void)count;
	err = irq_acknowledge(timer.irq);
	OS_ASSERT(!err);
	now = now_ns();
	if (now >= timer.sample_ns) {
		sample();
		now = now_ns();
		timer.sample_ns = now + timer.sample_distance;
		timer.sample_distance = OS_MIN(timer.sample_distance * 10, SAMPLE_LAST);
	}
	if (timer.alarm_us <= now / NS_PER_US) {
		timer.alarm_us = PLATFORM_NO_ALARM;
		err = os_signal_submit(timer.expired, 1);
		OS_ASSERT(!err);
	}
	device_set(now);
}

/* ------------------------------------------------------------------ start */

/* Where nobody has told the rate of the TSC. UNSUPPORTED: the device does not count. */
static enum os_err calibrate(uint64_t *khz)
{
	const struct clock_device *device = &timer.device->clock;
	const uint32_t end = clock_ticks(device, CALIBRATE_NS, device->mask / 2);
	uint64_t tsc, start_tsc;
	uint32_t ticks, start;

	look(&start_tsc, &start);
	do {
		look(&tsc, &ticks);
		ticks = (ticks - start) & device->mask;
		if (tsc - start_tsc > CALIBRATE_CYCLES_MAX)
			return OS_ERR_UNSUPPORTED;
	} while (ticks < end);
	/* cycles * 10^12 / (ticks * femtoseconds), in such steps that nothing overflows */
	*khz = (tsc - start_tsc) * UINT64_C(1000000000) / (device->femtoseconds * ticks / 1000);
	return *khz ? OS_OK : OS_ERR_UNSUPPORTED;
}

/* What core knows of the machine: see abi/pc.h. All of it may be missing. */
static void machine_ask(struct os_env *env, uint64_t *khz, uint64_t *hpet)
{
	struct os_rom rom;
	struct os_view view;
	struct os_xml root;

	if (os_rom_open(&rom, env, "platform_info"))
		return;
	if (!os_rom_view(&rom, &view)) {
		root = os_xml_root(&view);
		*khz = os_xml_u64(os_xml_first(root, "tsc"), "khz", *khz);
		*hpet = os_xml_u64(os_xml_first(root, "hpet"), "address", *hpet);
		os_view_fini(&view);
	}
	os_rom_close(&rom);
}

/* The HPET, unless the config says hpet="no"; else the PIT. */
static enum os_err device_init(struct os_env *env, uint64_t hpet)
{
	struct os_config config;
	bool wanted = true;
	enum os_err err;

	if (!os_config_open(&config, env)) {
		wanted = os_xml_bool(config.root, "hpet", true);
		os_config_close(&config);
	}
	if (wanted && !(err = hpet_init(env, hpet, &timer.device)))
		return OS_OK;
	if (wanted)
		os_log(env, "no HPET at 0x%lx: %s", (unsigned long)hpet, os_err_text(err));
	return pit_init(env, &timer.device);
}

static enum os_err irq_init(struct os_env *env)
{
	enum os_err err;

	if ((err = os_signal_handler_init(&timer.handler, env->ep, handle_interrupt)) ||
	    (err = irq_open(&timer.session, env, NULL, IRQ_TIMER, IRQ_TRIGGER_LEGACY,
	                    &timer.irq)) ||
	    (err = irq_sigh(timer.irq, timer.handler.cap)))
		return err;
	return irq_acknowledge(timer.irq);
}

enum os_err platform_clock_init(struct os_env *env, struct signal_context_cap expired)
{
	uint64_t khz = 0, hpet = HPET_USUAL, tsc;
	uint32_t ticks;
	enum os_err err;

	timer.expired = expired;
	machine_ask(env, &khz, &hpet);
	if ((err = device_init(env, hpet)) || (!khz && (err = calibrate(&khz))))
		return err;
	if ((err = irq_init(env)))
		return err;
	look(&tsc, &ticks);
	clock_init(&timer.clock, &timer.device->clock, khz, tsc, ticks);
	timer.sample_distance = timer.sample_ns = SAMPLE_FIRST;
	device_set(0);
	os_log(env, "%s, TSC about %lu MHz", timer.device->name, (unsigned long)(khz / 1000));
	return OS_OK;
}
