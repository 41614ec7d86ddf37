/* SPDX-License-Identifier: BSD-2-Clause */
/* The 16550: characters between its FIFOs and the line's rings. */

#include "uart.h"

enum {
	ENABLE_RECEIVE = 1 << 0,
	ENABLE_SEND = 1 << 1,
	ENABLE_LINE = 1 << 2,

	IDENTIFY_NONE = 1 << 0,
	IDENTIFY_MASK = 0x0e,
	IDENTIFY_SEND = 0x02,
	IDENTIFY_RECEIVE = 0x04,
	IDENTIFY_LINE = 0x06,
	IDENTIFY_TIMEOUT = 0x0c, /* characters below the FIFO's mark */
	IDENTIFY_FIFO = 0xc0,

	FIFO_ON = 0x87, /* both emptied; an interrupt at 8 characters */
	LINE_8N1 = 0x03,
	LINE_DIVISOR = 0x80,
	MODEM_LOOP = 0x1a, /* RTS and OUT2 turned back to CTS and DCD */
	MODEM_LOOP_STATUS = 0x90,
	MODEM_STATUS_LINES = 0xf0,
	MODEM_READY = 0x0b, /* DTR, RTS, and OUT2, which lets interrupts out */

	STATUS_DATA = 1 << 0,
	STATUS_OVERRUN = 1 << 1,
	STATUS_DAMAGED = 0x1c, /* parity, framing, break */
	STATUS_SEND = 1 << 5,

	FIFO_SIZE = 16,
	ROUNDS = 64,          /* of uart_serve() */
	FRUITLESS_MAX = 1000, /* then it is broken */
};

static uint8_t get(const struct uart *uart, enum uart_register number)
{
	return uart->port->read(uart->port, number);
}

static void set(const struct uart *uart, enum uart_register number, uint8_t value)
{
	uart->port->write(uart->port, number, value);
}

static bool is_there(const struct uart *uart)
{
	bool turned_back;

	for (unsigned pattern = 0x55; pattern <= 0xaa; pattern += 0x55) {
		set(uart, UART_SCRATCH, (uint8_t)pattern);
		if (get(uart, UART_SCRATCH) != pattern)
			return false;
	}
	set(uart, UART_MODEM_CONTROL, MODEM_LOOP);
	turned_back = (get(uart, UART_MODEM_STATUS) & MODEM_STATUS_LINES) == MODEM_LOOP_STATUS;
	set(uart, UART_MODEM_CONTROL, 0);
	return turned_back;
}

/* Ask for just the interrupts that there is something to do about. */
static void enable(struct uart *uart)
{
	uint8_t wanted = ENABLE_LINE;

	if (uart->broken)
		wanted = 0;
	else if (os_byte_ring_room(&uart->line->input))
		wanted |= ENABLE_RECEIVE;
	if (!uart->broken && os_byte_ring_used(&uart->line->output))
		wanted |= ENABLE_SEND;
	if (wanted != uart->enabled)
		set(uart, UART_ENABLE, wanted);
	uart->enabled = wanted;
}

enum os_err uart_init(struct uart *uart, const struct uart_port *port, struct line *line,
                      uint32_t baud)
{
	uint32_t divisor;

	*uart = (struct uart){ .port = port, .line = line };
	if (!baud || baud > UART_BAUD_MAX || UART_BAUD_MAX % baud ||
	    (divisor = UART_BAUD_MAX / baud) > UINT16_MAX)
		return OS_ERR_RANGE;
	set(uart, UART_ENABLE, 0);
	if (!is_there(uart))
		return OS_ERR_NOT_FOUND;
	set(uart, UART_LINE_CONTROL, LINE_DIVISOR);
	set(uart, UART_DATA, (uint8_t)divisor);
	set(uart, UART_ENABLE, (uint8_t)(divisor >> 8));
	set(uart, UART_LINE_CONTROL, LINE_8N1);
	set(uart, UART_IDENTIFY, FIFO_ON);
	uart->fifo = (get(uart, UART_IDENTIFY) & IDENTIFY_FIFO) == IDENTIFY_FIFO ? FIFO_SIZE : 1;
	set(uart, UART_MODEM_CONTROL, MODEM_READY);
	/* what has been there before is nobody's */
	for (uint32_t i = 0; i < FIFO_SIZE; i++)
		get(uart, UART_DATA);
	get(uart, UART_LINE_STATUS);
	get(uart, UART_MODEM_STATUS);
	enable(uart);
	return OS_OK;
}

/* Returns how many characters were looked at. */
static uint32_t receive(struct uart *uart)
{
	uint32_t count = 0;

	while (count < 2 * FIFO_SIZE && os_byte_ring_room(&uart->line->input)) {
		const uint8_t status = get(uart, UART_LINE_STATUS);
		uint8_t byte;

		uart->noise += (status & STATUS_OVERRUN) != 0;
		if (!(status & STATUS_DATA))
			break;
		byte = get(uart, UART_DATA);
		if (status & STATUS_DAMAGED)
			uart->noise++;
		else
			os_byte_ring_put(&uart->line->input, &byte, 1);
		count++;
	}
	return count;
}

static uint32_t transmit(struct uart *uart)
{
	uint8_t bytes[FIFO_SIZE];
	uint32_t count;

	if (!(get(uart, UART_LINE_STATUS) & STATUS_SEND))
		return 0;
	count = os_byte_ring_get(&uart->line->output, bytes, uart->fifo);
	for (uint32_t i = 0; i < count; i++)
		set(uart, UART_DATA, bytes[i]);
	return count;
}

/* One interrupt; returns how many characters have gone either way. */
static uint32_t serve_one(struct uart *uart, uint8_t identity)
{
	switch (identity & IDENTIFY_MASK) {
	case IDENTIFY_RECEIVE:
	case IDENTIFY_TIMEOUT:
	case IDENTIFY_LINE:
		return receive(uart);
	case IDENTIFY_SEND:
		return transmit(uart);
	default: /* the modem's lines, which we do not ask for */
		get(uart, UART_MODEM_STATUS);
		return 0;
	}
}

bool uart_serve(struct uart *uart)
{
	for (uint32_t i = 0; i < ROUNDS && !uart->broken; i++) {
		const uint8_t identity = get(uart, UART_IDENTIFY);

		if (identity & IDENTIFY_NONE)
			return false;
		uart->fruitless = serve_one(uart, identity) ? 0 : uart->fruitless + 1;
		uart->broken = uart->fruitless > FRUITLESS_MAX;
		enable(uart);
	}
	return !uart->broken;
}

void uart_update(struct uart *uart)
{
	if (uart->broken)
		return;
	transmit(uart);
	enable(uart);
}
