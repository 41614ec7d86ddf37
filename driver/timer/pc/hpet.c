/* SPDX-License-Identifier: BSD-2-Clause */
/* The High Precision Event Timer: its main counter, and timer 0 in the PIT's place. */

#include <api/io_mem.h>
#include <osier/memory.h>
#include <osier/session.h>

#include "device.h"

/* Registers are used as words of 32 bits, which all chipsets can do. */
enum {
	CAPABILITIES = 0x00,
	PERIOD = 0x04, /* femtoseconds */
	CONFIGURATION = 0x10,
	COUNTER = 0xf0, /* lower half */
	TIMER_0 = 0x100,
	TIMER_SIZE = 0x20,
	COMPARATOR = 0x08, /* of a timer */
	SIZE = 0x400,
};

enum {
	CAPABILITY_LEGACY = 1 << 15,
	CAPABILITY_REVISION = 0xff,
	CAPABILITY_TIMERS_SHIFT = 8, /* number of the last one, 5 bits */
	CAPABILITY_TIMERS = 0x1f,
	PERIOD_MAX = 0x05f5e100, /* 100 ns */
	CONFIGURATION_ENABLE = 1,
	CONFIGURATION_LEGACY = 2, /* timer 0 is IRQ 0 in the PIT's place, timer 1 IRQ 8 */
	TIMER_INTERRUPT = 1 << 2,
	TIMER_32_BITS = 1 << 8,
};

enum {
	AHEAD_MIN_NS = 1000, /* a comparator that is set later than that may be missed */
	TICKS_MAX = 1 << 30,
};

static struct {
	struct os_session session;
	struct os_view view;
	volatile uint32_t *registers;
	struct device device;
	uint32_t ahead;
} hpet;

static uint32_t get(uint32_t offset)
{
	return hpet.registers[offset / sizeof(uint32_t)];
}

static void set(uint32_t offset, uint32_t value)
{
	hpet.registers[offset / sizeof(uint32_t)] = value;
}

static uint32_t hpet_read(void)
{
	return get(COUNTER);
}

static void hpet_alarm(uint32_t ticks)
{
	uint32_t ahead = OS_MAX(ticks, hpet.ahead), end;

	/* equality alone interrupts: not to be behind already */
	do {
		end = get(COUNTER) + ahead;
		set(TIMER_0 + COMPARATOR, end);
		ahead *= 2;
	} while ((int32_t)(end - get(COUNTER)) <= 0 && ahead < TICKS_MAX);
}

static bool present(void)
{
	const uint32_t capabilities = get(CAPABILITIES), period = get(PERIOD);

	return capabilities & CAPABILITY_REVISION && capabilities != UINT32_MAX &&
	       capabilities & CAPABILITY_LEGACY && period && period <= PERIOD_MAX;
}

static void start(void)
{
	const uint32_t last = get(CAPABILITIES) >> CAPABILITY_TIMERS_SHIFT & CAPABILITY_TIMERS;

	set(CONFIGURATION, 0);
	for (uint32_t i = 0; i <= last && TIMER_0 + i * TIMER_SIZE < SIZE; i++)
		set(TIMER_0 + i * TIMER_SIZE, 0);
	/* once, as an edge */
	set(TIMER_0, TIMER_INTERRUPT | TIMER_32_BITS);
	set(CONFIGURATION, CONFIGURATION_ENABLE | CONFIGURATION_LEGACY);
}

enum os_err hpet_init(struct os_env *env, uint64_t address, const struct device **device)
{
	struct io_mem_dataspace_cap ds;
	struct io_mem_cap io_mem;
	enum os_err err;

	if (address % sizeof(uint64_t))
		return OS_ERR_ALIGN;
	if ((err = io_mem_open(&hpet.session, env, NULL, address, SIZE, IO_MEM_CACHING_UNCACHED,
	                       &io_mem)))
		return err;
	if ((err = io_mem_dataspace(io_mem, &ds)))
		goto close;
	if ((err = os_view_init(&hpet.view, io_mem_dataspace_as_dataspace(ds), 0, 0,
	                        OS_ATTACH_WRITE)))
		goto close;
	hpet.registers = (uint32_t *)((char *)hpet.view.start + address % OS_PAGE_SIZE);
	if (!present()) {
		err = OS_ERR_UNSUPPORTED;
		goto detach;
	}
	start();
	hpet.device = (struct device){
		.name = "HPET",
		.clock = { .femtoseconds = get(PERIOD), .mask = UINT32_MAX },
		.ticks_max = TICKS_MAX,
		.read = hpet_read,
		.alarm = hpet_alarm,
	};
	hpet.ahead = clock_ticks(&hpet.device.clock, AHEAD_MIN_NS, TICKS_MAX);
	*device = &hpet.device;
	return OS_OK;
detach:
	os_view_fini(&hpet.view);
close:
	os_session_close(&hpet.session);
	return err;
}
