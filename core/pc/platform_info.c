/* SPDX-License-Identifier: BSD-2-Clause */
/* The ROM module "platform_info": what drivers have to know of the machine (abi/pc.h). */

#include "pc.h"
#include <osier/format.h>

/* ACPI's table HPET (IA-PC HPET specification 1.0a, 3.2.4). */
enum { HPET_SPACE = 40, HPET_ADDRESS = 44, HPET_LENGTH = 56, SPACE_MEMORY = 0 };

/* ACPI's table FADT (ACPI 6.5, 5.2.9). */
enum { FADT_CENTURY = 108 };

enum { LINE = 80, SCREEN_LINE = 200 };

/* Physical address of the HPET; 0: there is none, or only behind I/O ports. */
static uint64_t hpet_address(void)
{
	uint32_t length;
	const uint8_t *table = acpi_table("HPET", &length);
	uint64_t address = 0;

	if (table && length >= HPET_LENGTH && table[HPET_SPACE] == SPACE_MEMORY)
		__builtin_memcpy(&address, table + HPET_ADDRESS, sizeof(address));
	return address;
}

/* The register in CMOS memory that holds the century; 0: there is none. */
static uint64_t century_register(void)
{
	uint32_t length;
	const uint8_t *table = acpi_table("FACP", &length);

	return table && length > FADT_CENTURY ? table[FADT_CENTURY] : 0;
}

static size_t line(char *text, const char *format, uint64_t value)
{
	return value ? os_format(text, LINE, format, (unsigned long)value) : 0;
}

/* The boot loader's frame buffer, if there is one. */
static size_t screen(char *text)
{
	const struct os_boot_screen *s = &boot_info->screen;

	if (!s->address || s->text)
		return 0;
	return os_format(text, SCREEN_LINE,
	                 "  <screen address=\"0x%lx\" width=\"%u\" height=\"%u\" pitch=\"%u\""
	                 " bits=\"%u\" red=\"%u\" green=\"%u\" blue=\"%u\"/>\n",
	                 (unsigned long)s->address, s->width, s->height, s->pitch, s->bits,
	                 s->red_shift, s->green_shift, s->blue_shift);
}

const struct os_boot_module *platform_info(void)
{
	static struct os_boot_module record = { .name = "platform_info" };
	char *text;
	size_t at;

	if (page_alloc(&record.address))
		die("out of memory");
	text = memory_pointer(record.address);
	at = os_format(text, LINE, "<platform_info>\n");
	at += line(text + at, "  <tsc khz=\"%lu\"/>\n", boot_info->tsc_khz);
	at += line(text + at, "  <acpi rsdp=\"0x%lx\"/>\n", boot_info->acpi_rsdp);
	at += line(text + at, "  <hpet address=\"0x%lx\"/>\n", hpet_address());
	at += line(text + at, "  <rtc century=\"0x%lx\"/>\n", century_register());
	at += screen(text + at);
	at += os_format(text + at, LINE, "</platform_info>\n");
	record.size = at;
	return &record;
}
