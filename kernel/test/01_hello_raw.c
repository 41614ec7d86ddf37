/* SPDX-License-Identifier: BSD-2-Clause */
/* The first program: writes to the serial port by I/O ports alone, which it has granted itself. */

/*
 * Shows that the kernel starts a root program with a stack of its own making, that system calls
 * arrive, that root may give the kernel memory, and that a port which is allowed needs no call.
 */

#include "test.h"

enum { COM1 = 0x3f8, LINE_STATUS = COM1 + 5, TRANSMITTER_EMPTY = 0x20 };

static void put_raw(const char *text)
{
	for (; *text; text++) {
		while (!(port_read8(LINE_STATUS) & TRANSMITTER_EMPTY))
			;
		port_write8(COM1, (uint8_t)*text);
	}
}

void root_main(void)
{
	ports_allow(COM1, 8);
	put_raw("hello, raw serial port\n");
	put_raw("01_hello_raw: done\n");
}
