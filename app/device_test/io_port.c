/* SPDX-License-Identifier: BSD-2-Clause */
/* I/O ports: some may be had, once, and are then used without a system call. */

#include <abi/x86_64/port.h>
#include <api/io_port.h>

#include "test.h"

enum {
	PIT_0 = 0x40,
	PIT_COMMAND = 0x43,
	PIT_ONCE = 0x30,   /* channel 0, both bytes, mode 0 */
	PIT_ALWAYS = 0x34, /* mode 2 */
	CLOCK = 0x70,      /* index and data of the battery-powered clock */
	CLOCK_SECONDS = 0,
	SECONDS_MAX = 0x59, /* as decimal digits */
};

static enum os_err ask(struct os_env *env, uint32_t first, uint32_t count)
{
	struct os_session session;
	struct io_port_cap ports;
	const enum os_err err = io_port_open(&session, env, NULL, first, count, &ports);

	if (!err)
		os_session_close(&session);
	return err;
}

static void refusals(struct os_env *env)
{
	CHECK(ask(env, 0xcf8, 4) == OS_ERR_DENIED); /* PCI configuration */
	CHECK(ask(env, 0xcfc, 1) == OS_ERR_DENIED);
	CHECK(ask(env, 0xcff, 1) == OS_ERR_DENIED);
	CHECK(ask(env, 0x20, 2) == OS_ERR_DENIED); /* interrupt controllers */
	CHECK(ask(env, 0xa1, 1) == OS_ERR_DENIED);
	CHECK(ask(env, 0x3f8, 8) == OS_ERR_DENIED); /* the kernel's serial line */
	CHECK(ask(env, 0x92, 1) == OS_ERR_DENIED);  /* resets the machine */
	CHECK(ask(env, 0, 65536) == OS_ERR_DENIED);
	os_log(env, "ports of the machine as a whole are refused");
	CHECK(ask(env, CLOCK, 0) == OS_ERR_INVALID);
	CHECK(ask(env, 65535, 2) == OS_ERR_RANGE);
	CHECK(ask(env, UINT32_MAX, 2) == OS_ERR_RANGE);
	CHECK(ask(env, 2, UINT32_MAX) == OS_ERR_RANGE);
	os_log(env, "ports that no machine has are refused");
}

void test_io_port(struct os_env *env)
{
	struct os_session session;
	struct io_port_cap ports;

	refusals(env);
	CHECK(!io_port_open(&session, env, NULL, CLOCK, 2, &ports));
	CHECK(!io_port_enable(ports));
	CHECK(!io_port_enable(ports));
	os_port_write8(CLOCK, CLOCK_SECONDS);
	CHECK(os_port_read8(CLOCK + 1) <= SECONDS_MAX);
	CHECK(ask(env, CLOCK + 1, 1) == OS_ERR_DENIED);
	CHECK(ask(env, CLOCK - 1, 2) == OS_ERR_DENIED);
	os_session_close(&session);
	CHECK(!ask(env, CLOCK + 1, 1));
	os_log(env, "ports have one driver at a time");
}

static void pit_set(uint8_t command, uint16_t ticks)
{
	os_port_write8(PIT_COMMAND, command);
	os_port_write8(PIT_0, (uint8_t)ticks);
	os_port_write8(PIT_0, (uint8_t)(ticks >> 8));
}

void pit_interrupt_once(uint16_t ticks)
{
	pit_set(PIT_ONCE, ticks);
}

void pit_interrupt_always(uint16_t ticks)
{
	pit_set(PIT_ALWAYS, ticks);
}
