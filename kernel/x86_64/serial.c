/* SPDX-License-Identifier: BSD-2-Clause */
/* COM1, a 16550; only the debugger has it interrupt. */

#include <instructions.h>
#include <machine.h>

enum {
	COM1 = 0x3f8,
	DATA = COM1,           /* divisor's low byte while LINE_DIVISOR is set */
	INTERRUPTS = COM1 + 1, /* divisor's high byte */
	FIFO = COM1 + 2,
	LINE = COM1 + 3,
	MODEM = COM1 + 4,
	STATUS = COM1 + 5,
	LINE_DIVISOR = 0x80,
	LINE_8N1 = 0x03,
	STATUS_RECEIVED = 0x01,
	STATUS_EMPTY = 0x20,
	STATUS_ABSENT = 0xff,
	WAIT_MAX = 100000, /* looks at a device that may hang */
};

void serial_init(void)
{
	port_write(INTERRUPTS, 0);
	port_write(LINE, LINE_DIVISOR);
	port_write(DATA, 1); /* 115200 / 1 */
	port_write(INTERRUPTS, 0);
	port_write(LINE, LINE_8N1);
	port_write(FIFO, 0x07);  /* on, and empty */
	port_write(MODEM, 0x03); /* DTR, RTS; no interrupt */
}

void serial_put(char c)
{
	for (uint32_t i = 0; i < WAIT_MAX && !(port_read(STATUS) & STATUS_EMPTY); i++)
		cpu_pause();
	port_write(DATA, (uint8_t)c);
}

void serial_listen(void)
{
	port_write(MODEM, 0x0b); /* DTR, RTS, and the line to the interrupt controller */
	port_write(INTERRUPTS, 0x01);
}

int serial_get(void)
{
	uint8_t status = port_read(STATUS);

	if (status == STATUS_ABSENT || !(status & STATUS_RECEIVED))
		return -1;
	return port_read(DATA);
}
