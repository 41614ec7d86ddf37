/* SPDX-License-Identifier: BSD-2-Clause */
/* Reading and setting the clock in CMOS memory. */

#include <osier/string.h>

#include "../calendar.h"
#include "cmos.h"

enum cmos_register {
	SECOND = 0x00,
	MINUTE = 0x02,
	HOUR = 0x04,
	DAY = 0x07,
	MONTH = 0x08,
	YEAR = 0x09,
	STATUS_A = 0x0a,
	STATUS_B = 0x0b,
};

enum {
	A_UPDATING = 0x80,
	B_SET = 0x80, /* it does not count */
	B_BINARY = 0x04,
	B_24_HOURS = 0x02,
	HOUR_PM = 0x80,
	UPDATE_READS = 20000, /* of register A, while an update goes on, some µs each */
	TRIES = 10,
	PIVOT = 70, /* without a century: the year that stands for 1970 */
};

/* What the registers hold. */
struct raw {
	uint8_t second, minute, hour, day, month, year, century;
};

static uint8_t get(const struct cmos *cmos, uint8_t number)
{
	return cmos->port->read(cmos->port, number);
}

static void set(const struct cmos *cmos, uint8_t number, uint8_t value)
{
	cmos->port->write(cmos->port, number, value);
}

static bool updating(const struct cmos *cmos)
{
	return get(cmos, STATUS_A) & A_UPDATING;
}

static struct raw raw_read(const struct cmos *cmos)
{
	return (struct raw){
		.second = get(cmos, SECOND),
		.minute = get(cmos, MINUTE),
		.hour = get(cmos, HOUR),
		.day = get(cmos, DAY),
		.month = get(cmos, MONTH),
		.year = get(cmos, YEAR),
		.century = cmos->century ? get(cmos, cmos->century) : 0,
	};
}

/* Twice the same, and no update begins: that is what the clock shows. */
static bool raw_read_stable(const struct cmos *cmos, struct raw *raw)
{
	for (uint32_t i = 0; i < TRIES; i++) {
		uint32_t reads = 0;
		struct raw again;

		while (updating(cmos))
			if (++reads > UPDATE_READS)
				return false;
		*raw = raw_read(cmos);
		again = raw_read(cmos);
		if (!updating(cmos) && memcmp(raw, &again, sizeof(again)) == 0)
			return true;
	}
	return false;
}

/* False: it is no number in this form. */
static bool number(uint8_t value, uint8_t form, uint32_t *out)
{
	if (form & B_BINARY) {
		*out = value;
		return true;
	}
	*out = (uint32_t)(value >> 4) * 10 + (value & 15);
	return value >> 4 < 10 && (value & 15) < 10;
}

static bool hour(uint8_t value, uint8_t form, uint32_t *out)
{
	const bool pm = !(form & B_24_HOURS) && value & HOUR_PM;

	if (!(form & B_24_HOURS))
		value &= (uint8_t)~HOUR_PM;
	if (!number(value, form, out))
		return false;
	if (form & B_24_HOURS)
		return true;
	if (*out < 1 || *out > 12)
		return false;
	*out = *out % 12 + (pm ? 12 : 0);
	return true;
}

enum os_err cmos_read(const struct cmos *cmos, struct rtc_date *date)
{
	uint32_t century = 0;
	struct raw raw;
	uint8_t form;

	*date = (struct rtc_date){ 0 };
	if (!raw_read_stable(cmos, &raw))
		return OS_ERR_INVALID;
	form = get(cmos, STATUS_B);
	if (!number(raw.second, form, &date->second) || !number(raw.minute, form, &date->minute) ||
	    !hour(raw.hour, form, &date->hour) || !number(raw.day, form, &date->day) ||
	    !number(raw.month, form, &date->month) || !number(raw.year, form, &date->year) ||
	    !number(raw.century, form, &century) || date->year > 99)
		return OS_ERR_INVALID;
	if (!cmos->century)
		century = date->year < PIVOT ? 20 : 19;
	date->year += century * 100;
	return calendar_valid(date) ? OS_OK : OS_ERR_INVALID;
}

static uint8_t encode(uint32_t value, uint8_t form)
{
	return form & B_BINARY ? (uint8_t)value : (uint8_t)(value / 10 << 4 | value % 10);
}

static uint8_t encode_hour(uint32_t value, uint8_t form)
{
	if (form & B_24_HOURS)
		return encode(value, form);
	return encode((value + 11) % 12 + 1, form) | (value >= 12 ? HOUR_PM : 0);
}

void cmos_write(const struct cmos *cmos, const struct rtc_date *date)
{
	const uint8_t form = get(cmos, STATUS_B) & (uint8_t)~B_SET;

	set(cmos, STATUS_B, form | B_SET);
	set(cmos, SECOND, encode(date->second, form));
	set(cmos, MINUTE, encode(date->minute, form));
	set(cmos, HOUR, encode_hour(date->hour, form));
	set(cmos, DAY, encode(date->day, form));
	set(cmos, MONTH, encode(date->month, form));
	set(cmos, YEAR, encode(date->year % 100, form));
	if (cmos->century)
		set(cmos, cmos->century, encode(date->year / 100, form));
	set(cmos, STATUS_B, form);
}
