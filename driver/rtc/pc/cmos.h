/* SPDX-License-Identifier: BSD-2-Clause */
/* The clock in a PC's CMOS memory: what its registers mean, in all the forms that they have. */

#ifndef RTC_CMOS_H
#define RTC_CMOS_H

#include <api/rtc.h>
#include <osier/err.h>
#include <osier/types.h>

/*
 * Specification: Motorola MC146818A. Numbers are binary or decimal (BCD), hours count to 24 or to
 * 12: register B tells. While the clock counts on, which takes 2 ms, its registers are undefined;
 * register A says so, 244 µs ahead.
 */

/** How its registers are reached. */
struct cmos_port {
	uint8_t (*read)(const struct cmos_port *port, uint8_t number);
	void (*write)(const struct cmos_port *port, uint8_t number, uint8_t value);
};

/** A clock; `century`: the register that holds it, of ACPI's FADT; 0: none does. */
struct cmos {
	const struct cmos_port *port;
	uint8_t century;
};

/** Its date. Without a register for the century, it is from 1970 to 2069. Errors: INVALID. */
enum os_err cmos_read(const struct cmos *cmos, struct rtc_date *date) OS_MUST_CHECK;

/** Set it to `date`, which is valid, in the form that it is in. */
void cmos_write(const struct cmos *cmos, const struct rtc_date *date);

#endif
