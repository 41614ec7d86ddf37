/* SPDX-License-Identifier: BSD-2-Clause */
/* A UART of the 16550 family: its registers, and what to do about an interrupt. */

#ifndef UART_UART_H
#define UART_UART_H

#include "../platform.h"

/*
 * Specification: National Semiconductor PC16550D, June 1995. The line may bring anything at any
 * time, and the device may answer anything: all loops are bounded, characters that arrived damaged
 * are dropped and counted, and a device that keeps on asking for nothing is left alone.
 */

enum uart_register {
	UART_DATA = 0,     /* the divisor's low byte, if LINE_CONTROL says so */
	UART_ENABLE = 1,   /* interrupts; the divisor's high byte */
	UART_IDENTIFY = 2, /* read: which interrupt; written: FIFO control */
	UART_LINE_CONTROL = 3,
	UART_MODEM_CONTROL = 4,
	UART_LINE_STATUS = 5,
	UART_MODEM_STATUS = 6,
	UART_SCRATCH = 7,
	UART_REGISTERS = 8,
};

/** How the registers are reached. */
struct uart_port {
	uint8_t (*read)(const struct uart_port *port, enum uart_register number);
	void (*write)(const struct uart_port *port, enum uart_register number, uint8_t value);
	uint16_t base;
};

struct uart {
	const struct uart_port *port;
	struct line *line;
	uint32_t fifo;      /* characters that it takes at once */
	uint8_t enabled;    /* what UART_ENABLE holds */
	uint32_t fruitless; /* interrupts in a row that were for nothing */
	uint64_t noise;     /* characters that arrived damaged, or were lost */
	bool broken;
};

enum { UART_BAUD_MAX = 115200 };

/**
 * Set up for 8 bits, no parity, at `baud`, of which UART_BAUD_MAX must be a multiple; interrupts
 * come from here on. Errors: NOT_FOUND (no UART answers there), RANGE (`baud`).
 */
enum os_err uart_init(struct uart *uart, const struct uart_port *port, struct line *line,
                      uint32_t baud) OS_MUST_CHECK;

/** Do what the device wants, for a bounded time; true: it wants more. */
bool uart_serve(struct uart *uart);

/** There is more to send, or more room for what arrives. */
void uart_update(struct uart *uart);

#endif
