/* SPDX-License-Identifier: BSD-2-Clause */
/* Names of classes are those of the PCI Code and ID Assignment Specification, and what is usual. */

#include "match.h"
#include <osier/string.h>

enum { WORD_MAX = 16, CLASS_BITS = 24 };

static const struct {
	const char *name;
	uint32_t class_code, bits;
} classes[] = {
	{ "STORAGE", 0x01, 8 },    { "IDE", 0x0101, 16 },    { "AHCI", 0x010601, 24 },
	{ "NVME", 0x010802, 24 },  { "NETWORK", 0x02, 8 },   { "ETHERNET", 0x0200, 16 },
	{ "WIFI", 0x0280, 16 },    { "DISPLAY", 0x03, 8 },   { "VGA", 0x0300, 16 },
	{ "MULTIMEDIA", 0x04, 8 }, { "AUDIO", 0x0401, 16 },  { "HDAUDIO", 0x0403, 16 },
	{ "SERIAL", 0x0700, 16 },  { "INPUT", 0x09, 8 },     { "USB", 0x0c03, 16 },
	{ "UHCI", 0x0c0300, 24 },  { "OHCI", 0x0c0310, 24 }, { "EHCI", 0x0c0320, 24 },
	{ "XHCI", 0x0c0330, 24 },
};

static bool as_class(uint32_t value, uint32_t bits, uint32_t *class_code, uint32_t *mask)
{
	*class_code = value << (CLASS_BITS - bits);
	*mask = (1u << CLASS_BITS) - (1u << (CLASS_BITS - bits));
	return true;
}

/* The value of `count` hexadecimal digits. */
static bool hex(const char *text, size_t count, uint32_t *value)
{
	*value = 0;
	for (size_t i = 0; i < count; i++) {
		const char c = text[i];

		if (c >= '0' && c <= '9')
			*value = *value << 4 | (uint32_t)(c - '0');
		else if (c >= 'a' && c <= 'f')
			*value = *value << 4 | (uint32_t)(c - 'a' + 10);
		else if (c >= 'A' && c <= 'F')
			*value = *value << 4 | (uint32_t)(c - 'A' + 10);
		else
			return false;
	}
	return true;
}

bool match_class(const char *name, uint32_t *class_code, uint32_t *mask)
{
	const size_t length = strlen(name);
	uint32_t value;

	for (size_t i = 0; i < OS_ARRAY_SIZE(classes); i++)
		if (os_str_equal(name, classes[i].name))
			return as_class(classes[i].class_code, classes[i].bits, class_code, mask);
	if (!os_str_starts_with(name, "0x") || (length != 4 && length != 6 && length != 8) ||
	    !hex(name + 2, length - 2, &value))
		return false;
	return as_class(value, (uint32_t)(length - 2) * 4, class_code, mask);
}

static bool class_matches(struct os_xml pci, const struct identity *identity)
{
	uint32_t class_code, mask;
	char word[WORD_MAX];

	return !os_xml_has(pci, "class") || (!os_xml_string(pci, "class", word, sizeof(word)) &&
	                                     match_class(word, &class_code, &mask) &&
	                                     (identity->class_code & mask) == class_code);
}

static bool number_matches(struct os_xml pci, const char *name, uint32_t value)
{
	uint64_t wanted;

	return !os_xml_has(pci, name) || (!os_xml_get_u64(pci, name, &wanted) && wanted == value);
}

/* "bus:device.function", of two, two and one digits. */
static bool address_matches(struct os_xml pci, const struct identity *identity)
{
	uint32_t bus, device, function;
	char word[WORD_MAX];

	if (!os_xml_has(pci, "address"))
		return true;
	return !os_xml_string(pci, "address", word, sizeof(word)) && strlen(word) == 7 &&
	       word[2] == ':' && word[5] == '.' && hex(word, 2, &bus) &&
	       hex(word + 3, 2, &device) && hex(word + 6, 1, &function) && bus == identity->bus &&
	       device == identity->device && function == identity->function;
}

struct os_xml match_policy(struct os_xml policy, const struct identity *identity)
{
	OS_XML_FOR_EACH (pci, policy, "pci") {
		if (!os_xml_has(pci, "class") && !os_xml_has(pci, "vendor") &&
		    !os_xml_has(pci, "device") && !os_xml_has(pci, "address"))
			continue;
		if (class_matches(pci, identity) &&
		    number_matches(pci, "vendor", identity->id & 0xffff) &&
		    number_matches(pci, "device", identity->id >> 16) &&
		    address_matches(pci, identity))
			return pci;
	}
	return (struct os_xml){ 0 };
}
