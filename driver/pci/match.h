/* SPDX-License-Identifier: BSD-2-Clause */
/* Which devices a policy names: pure. */

#ifndef PCI_MATCH_H
#define PCI_MATCH_H

#include <xml/xml.h>

/** A device, as its configuration space tells. */
struct identity {
	uint32_t bus, device, function;
	uint32_t id;         /* vendor, and device << 16 */
	uint32_t class_code; /* 24 bits */
};

/**
 * The first <pci> of `policy` that names the device, or the empty node. All attributes must match;
 * one without any names nothing:
 *
 *   class="USB"            a name of class_number(), or "0x0c", "0x0c03", "0x0c0330"
 *   vendor="0x1234" device="0x11e8"
 *   address="00:1f.2"      bus, device and function, as lspci prints them
 */
struct os_xml match_policy(struct os_xml policy, const struct identity *identity);

/** The first bits of the class code that a name stands for, and which count; false: no such. */
bool match_class(const char *name, uint32_t *class_code, uint32_t *mask);

#endif
