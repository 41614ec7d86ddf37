/* SPDX-License-Identifier: BSD-2-Clause */
/* Interrupts: whose they are, that they come one by one, and none without being asked for. */

#include <api/io_port.h>
#include <api/irq.h>
#include <osier/ep.h>

#include "test.h"

enum {
	PIT = 0, /* ISA's number */
	PIT_PORTS = 0x40,
	PIT_PORT_COUNT = 4,
	PIT_HZ = 1193182,
	PIT_SHORT = PIT_HZ / 1000,
	STORM_SIGNALS = 50,
	MESSAGES = 4,
	MESSAGE_ADDRESS = 0xfee, /* of interrupt messages: in MiB */
};

static uint64_t signals;

static void note(struct os_signal_handler *handler, uint64_t count)
{
	(void)handler;
	signals += count;
}

static enum os_err ask(struct os_env *env, uint32_t number, enum irq_trigger trigger)
{
	struct os_session session;
	struct irq_cap irq;
	const enum os_err err = irq_open(&session, env, NULL, number, trigger, &irq);

	if (!err)
		os_session_close(&session);
	return err;
}

static void refusals(struct os_env *env, struct irq_cap pit)
{
	uint64_t address;
	uint32_t data;

	CHECK(ask(env, PIT, IRQ_TRIGGER_LEGACY) == OS_ERR_DENIED);
	CHECK(ask(env, 16, IRQ_TRIGGER_LEGACY) == OS_ERR_RANGE);
	CHECK(ask(env, UINT32_MAX, IRQ_TRIGGER_LEVEL_LOW) == OS_ERR_RANGE);
	CHECK(irq_acknowledge(pit) == OS_ERR_NOT_FOUND); /* not before sigh() */
	CHECK(irq_info(pit, &address, &data) == OS_ERR_NOT_FOUND);
	os_log(env, "an interrupt has one driver, and must be there");
}

/* Each acknowledge lets one come, however many the device sends. */
static void storm(struct os_env *env, struct irq_cap pit)
{
	signals = 0;
	CHECK(!irq_acknowledge(pit));
	pit_interrupt_always(PIT_SHORT);
	for (uint64_t i = 1; i <= STORM_SIGNALS; i++) {
		CHECK(!os_ep_dispatch(env->ep, true));
		CHECK(signals == i);
		CHECK(os_ep_dispatch(env->ep, false) == OS_ERR_EMPTY);
		CHECK(!irq_acknowledge(pit));
	}
	os_log(env, "interrupts come one by one");
}

static void pit_use(struct os_env *env, struct irq_cap pit, struct os_signal_handler *handler)
{
	struct os_session session;
	struct io_port_cap ports;

	CHECK(!io_port_open(&session, env, NULL, PIT_PORTS, PIT_PORT_COUNT, &ports));
	CHECK(!io_port_enable(ports));
	CHECK(!irq_sigh(pit, handler->cap));
	CHECK(!irq_acknowledge(pit));
	pit_interrupt_once(PIT_SHORT);
	CHECK(!os_ep_dispatch(env->ep, true));
	CHECK(signals == 1);
	os_log(env, "the PIT has interrupted");
	storm(env, pit);
	pit_interrupt_once(1);
	os_session_close(&session);
}

/* Messages that devices write: each has its own, and signals of its own. */
static void messages(struct os_env *env)
{
	struct os_signal_handler handlers[MESSAGES];
	struct os_session sessions[MESSAGES];
	uint32_t data[MESSAGES];
	struct irq_cap irq;
	uint64_t address;

	for (int i = 0; i < MESSAGES; i++) {
		CHECK(!os_signal_handler_init(&handlers[i], env->ep, note));
		CHECK(!irq_open(&sessions[i], env, NULL, 0, IRQ_TRIGGER_MESSAGE, &irq));
		CHECK(irq_info(irq, &address, &data[i]) == OS_ERR_NOT_FOUND);
		if (i)
			CHECK(irq_sigh(irq, handlers[i - 1].cap));
		CHECK(!irq_sigh(irq, handlers[i].cap));
		CHECK(!irq_info(irq, &address, &data[i]));
		CHECK(address >> 20 == MESSAGE_ADDRESS);
		for (int j = 0; j < i; j++)
			CHECK((data[i] & 0xff) != (data[j] & 0xff));
	}
	for (int i = 0; i < MESSAGES; i++) {
		os_session_close(&sessions[i]);
		os_signal_handler_fini(&handlers[i]);
	}
	os_log(env, "each message-signalled interrupt has a message of its own");
}

void test_irq(struct os_env *env)
{
	struct os_signal_handler handler;
	struct os_session session;
	struct irq_cap pit;

	CHECK(!os_signal_handler_init(&handler, env->ep, note));
	CHECK(!irq_open(&session, env, NULL, PIT, IRQ_TRIGGER_LEGACY, &pit));
	refusals(env, pit);
	pit_use(env, pit, &handler);
	os_session_close(&session);
	CHECK(!ask(env, PIT, IRQ_TRIGGER_LEGACY));
	os_signal_handler_fini(&handler);
	messages(env);
}
