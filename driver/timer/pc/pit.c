/* SPDX-License-Identifier: BSD-2-Clause */
/* The Programmable Interval Timer (Intel 8254): channel 0 for alarms, channel 2 counts. */

#include <abi/x86_64/port.h>
#include <api/io_port.h>
#include <osier/session.h>

#include "device.h"

enum {
	CHANNEL_0 = 0x40,
	CHANNEL_2 = 0x42,
	COMMAND = 0x43,
	GATE = 0x61, /* "port B": of channel 2 */
	PORTS = 4,   /* from CHANNEL_0 on */
};

enum {
	COMMAND_ALARM = 0x30, /* channel 0, both bytes, mode 0: interrupt at 0 */
	COMMAND_COUNT = 0xb4, /* channel 2, both bytes, mode 2: again and again */
	COMMAND_LATCH = 0x80, /* channel 2 */
	GATE_COUNT = 1,
	GATE_SPEAKER = 2,
};

static struct os_session ports, gate;

static uint32_t pit_read(void)
{
	uint32_t count;

	os_port_write8(COMMAND, COMMAND_LATCH);
	count = os_port_read8(CHANNEL_2);
	count |= (uint32_t)os_port_read8(CHANNEL_2) << 8;
	return -count & UINT16_MAX; /* it counts down */
}

static void pit_alarm(uint32_t ticks)
{
	ticks = OS_MAX(ticks, 1u);
	os_port_write8(COMMAND, COMMAND_ALARM);
	os_port_write8(CHANNEL_0, (uint8_t)ticks);
	os_port_write8(CHANNEL_0, (uint8_t)(ticks >> 8));
}

static const struct device pit = {
	.name = "PIT",
	.clock = { .femtoseconds = 838095345, .mask = UINT16_MAX }, /* 1.193182 MHz */
	.ticks_max = UINT16_MAX,
	.read = pit_read,
	.alarm = pit_alarm,
};

static enum os_err open_ports(struct os_env *env, struct os_session *session, uint32_t first,
                              uint32_t count)
{
	struct io_port_cap cap;
	enum os_err err;

	if ((err = io_port_open(session, env, NULL, first, count, &cap)))
		return err;
	if ((err = io_port_enable(cap)))
		os_session_close(session);
	return err;
}

enum os_err pit_init(struct os_env *env, const struct device **device)
{
	enum os_err err;

	if ((err = open_ports(env, &ports, CHANNEL_0, PORTS)))
		return err;
	if ((err = open_ports(env, &gate, GATE, 1))) {
		os_session_close(&ports);
		return err;
	}
	os_port_write8(GATE, (os_port_read8(GATE) & ~GATE_SPEAKER) | GATE_COUNT);
	os_port_write8(COMMAND, COMMAND_COUNT);
	os_port_write8(CHANNEL_2, 0); /* 65536 */
	os_port_write8(CHANNEL_2, 0);
	*device = &pit;
	return OS_OK;
}
