/* SPDX-License-Identifier: BSD-2-Clause */
/* The line on a PC: a serial port, by sessions of IO_PORT and IRQ. */

#include <abi/x86_64/port.h>
#include <api/io_port.h>
#include <api/irq.h>
#include <osier/session.h>
#include <osier/string.h>

#include "../platform.h"
#include "uart.h"

/*
 *   interrupt --> handler: serve, acknowledge, look again --> `changed`
 *                    ^                                |
 *                    +---- a signal to itself --------+   while the device wants more
 *
 * Its interrupts are edges: one that comes before it is acknowledged may be lost, hence the look.
 */

/* COM1 is the kernel's. */
static const struct place {
	const char *name;
	uint16_t port;
	uint32_t irq;
} places[] = { { "COM2", 0x2f8, 3 }, { "COM3", 0x3e8, 4 }, { "COM4", 0x2e8, 3 } };

static struct {
	struct os_env *env;
	struct signal_context_cap changed;
	struct uart_port port;
	struct uart uart;
	struct os_session port_session, irq_session;
	struct irq_cap irq;
	struct os_signal_handler handler;
	uint32_t columns, lines;
	uint32_t input_seen, output_seen;
	bool broken_told;
} com;

static uint8_t port_read(const struct uart_port *port, enum uart_register number)
{
	return os_port_read8((uint16_t)(port->base + number));
}

static void port_write(const struct uart_port *port, enum uart_register number, uint8_t value)
{
	os_port_write8((uint16_t)(port->base + number), value);
}

/* Tell what has come, and what has gone. */
static void tell(void)
{
	const struct line *const line = com.uart.line;
	const uint32_t input = atomic_load(&line->input.head);
	const uint32_t output = atomic_load(&line->output.tail);
	enum os_err err;

	if (com.uart.broken && !com.broken_told)
		os_error(com.env, "the device interrupts without end, and is left alone");
	com.broken_told = com.uart.broken;
	if (input == com.input_seen && output == com.output_seen)
		return;
	com.input_seen = input;
	com.output_seen = output;
	err = os_signal_submit(com.changed, 1);
	OS_ASSERT(!err);
}

static void handle_interrupt(struct os_signal_handler *handler, uint64_t count)
{
	bool more;
	enum os_err err;

	(void)count;
	uart_serve(&com.uart);
	if ((err = irq_acknowledge(com.irq)))
		os_warning(com.env, "no more interrupts: %s", os_err_text(err));
	more = uart_serve(&com.uart);
	tell();
	/* others have their turn in between */
	if (more && os_signal_submit(handler->cap, 1))
		os_warning(com.env, "no more signals");
}

void platform_output(void)
{
	uart_update(&com.uart);
	tell();
}

void platform_input(void)
{
	uart_update(&com.uart);
}

void platform_size(uint32_t *columns, uint32_t *lines)
{
	*columns = com.columns;
	*lines = com.lines;
}

void platform_size_watch(void)
{
	/* a serial line does not tell */
}

static const struct place *place_named(const char *name)
{
	for (size_t i = 0; i < OS_ARRAY_SIZE(places); i++)
		if (os_str_equal(places[i].name, name))
			return &places[i];
	return NULL;
}

static enum os_err open_device(struct os_env *env, const struct place *place)
{
	struct io_port_cap ports;
	enum os_err err;

	if ((err = io_port_open(&com.port_session, env, NULL, place->port, UART_REGISTERS,
	                        &ports)) ||
	    (err = io_port_enable(ports)) ||
	    (err = irq_open(&com.irq_session, env, NULL, place->irq, IRQ_TRIGGER_LEGACY,
	                    &com.irq)) ||
	    (err = os_signal_handler_init(&com.handler, env->ep, handle_interrupt)))
		return err;
	return irq_sigh(com.irq, com.handler.cap);
}

enum os_err platform_init(struct os_env *env, struct os_xml config, struct line *line,
                          struct signal_context_cap changed)
{
	const uint32_t baud = (uint32_t)os_xml_u64(config, "baud", UART_BAUD_MAX);
	char name[16] = "COM2";
	const struct place *place;
	enum os_err err;

	if (os_xml_has(config, "port") && (err = os_xml_string(config, "port", name, sizeof(name))))
		return err;
	if (!(place = place_named(name))) {
		os_error(env, "config: port=\"%s\": expected COM2, COM3 or COM4", name);
		return OS_ERR_INVALID;
	}
	com.env = env;
	com.changed = changed;
	com.columns = (uint32_t)os_xml_u64(config, "columns", 80);
	com.lines = (uint32_t)os_xml_u64(config, "lines", 25);
	com.port = (struct uart_port){ port_read, port_write, place->port };
	if ((err = open_device(env, place)))
		return err;
	if ((err = uart_init(&com.uart, &com.port, line, baud))) {
		if (err == OS_ERR_RANGE)
			os_error(env, "config: baud=\"%u\": 115200 is no multiple of it", baud);
		else
			os_error(env, "%s: there is no 16550", name);
		return err;
	}
	os_log(env, "%s: 16550%s, %u baud", name, com.uart.fifo > 1 ? "A" : "", baud);
	return irq_acknowledge(com.irq);
}
