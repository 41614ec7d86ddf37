/* SPDX-License-Identifier: BSD-2-Clause */
/* The date on a PC: the clock in CMOS memory, by a session of IO_PORT. */

#include <abi/x86_64/port.h>
#include <api/io_port.h>
#include <config/config.h>
#include <osier/session.h>

#include "../platform.h"
#include "cmos.h"

enum {
	PORT_INDEX = 0x70, /* its highest bit turns non-maskable interrupts off */
	PORT_DATA = 0x71,
	CENTURY_FIRST = 0x0e, /* where it may be */
	CENTURY_LAST = 0x7f,
};

static uint8_t port_read(const struct cmos_port *port, uint8_t number)
{
	(void)port;
	os_port_write8(PORT_INDEX, number);
	return os_port_read8(PORT_DATA);
}

static void port_write(const struct cmos_port *port, uint8_t number, uint8_t value)
{
	(void)port;
	os_port_write8(PORT_INDEX, number);
	os_port_write8(PORT_DATA, value);
}

static const struct cmos_port port = { port_read, port_write };
static struct cmos cmos = { .port = &port };
static struct os_session session;

/* The register that ACPI names. Without it, the century is guessed. */
static void find_century(struct os_env *env)
{
	struct os_rom rom = { 0 };
	struct os_view view = { 0 };
	uint64_t number = 0;

	if (!os_rom_open(&rom, env, "platform_info") && !os_rom_view(&rom, &view))
		number = os_xml_u64(os_xml_first(os_xml_root(&view), "rtc"), "century", 0);
	if (number >= CENTURY_FIRST && number <= CENTURY_LAST)
		cmos.century = (uint8_t)number;
	os_view_fini(&view);
	os_rom_close(&rom);
}

enum os_err platform_rtc_init(struct os_env *env)
{
	struct io_port_cap ports;
	enum os_err err;

	find_century(env);
	if ((err = io_port_open(&session, env, NULL, PORT_INDEX, 2, &ports)))
		return err;
	return io_port_enable(ports);
}

enum os_err platform_rtc_now(struct rtc_date *date)
{
	return cmos_read(&cmos, date);
}

void platform_rtc_set(const struct rtc_date *date)
{
	cmos_write(&cmos, date);
}
