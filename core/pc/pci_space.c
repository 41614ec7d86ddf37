/* SPDX-License-Identifier: BSD-2-Clause */
/* PCI configuration space, read once at the start, and changed where that is core's part. */

#include "pci.h"
#include "ports.h"
#include <api/pci.h>

/*
 * PCI Local Bus Specification 3.0, 3.2.2.3 (configuration mechanism 1) and chapter 6. Functions
 * that the firmware has left with the bus lose it here, and with it what the firmware does by
 * them: nothing writes to memory but what a driver has been given.
 */

enum {
	ADDRESS = 0xcf8,
	DATA = 0xcfc,
	BUSES = 256,
	PLACES = 256, /* of a bus: 32 devices with 8 functions each */
	FUNCTIONS_MAX = 1024,
	CAPABILITIES_MAX = 48,
	HEADER = 0x40, /* bytes */
	ENTRY = 16,    /* of a table of messages: address, data, control */
};

/* Offsets in the header. */
enum {
	VENDOR = 0x00,
	COMMAND = 0x04,
	STATUS = 0x06,
	CLASS = 0x0b,
	CACHE_LINE = 0x0c,
	LATENCY = 0x0d,
	TYPE = 0x0e,
	BASE = 0x10,
	SECONDARY = 0x19,
	CAPABILITIES = 0x34,
	LINE = 0x3c,
	PIN = 0x3d,
};

enum {
	STATUS_CAPABILITIES = 1 << 4,
	TYPE_MANY = 0x80,
	TYPE_PLAIN = 0,
	TYPE_BRIDGE = 1,
	CLASS_BRIDGE = 6,
	ISA_IRQS = 16,
};

enum capability { MSI = 0x05, VENDOR_SPECIFIC = 0x09, MSIX = 0x11 };

/* MSI: 6.8.1; MSI-X: 6.8.2. */
enum {
	CONTROL = 2,
	MSI_ENABLE = 1,
	MSI_SEVERAL = 7 << 4, /* how many messages are enabled: one */
	MSI_WIDE = 1 << 7,
	MSI_MASKS = 1 << 8,
	MSIX_LAST = 0x7ff,
	MSIX_ENABLE = 1 << 15,
	MSIX_MASK = 1 << 14,
	MSIX_TABLE = 4,
	ENTRY_WORDS = ENTRY / 4,
	ENTRY_MASKED = 1,
};

static struct pci_function *functions[FUNCTIONS_MAX];
static uint32_t function_count;

static uint16_t select_word(uint8_t bus, uint8_t number, uint32_t at)
{
	port_out_32(ADDRESS, 1u << 31 | (uint32_t)bus << 16 | (uint32_t)number << 8 | (at & 0xfc));
	return (uint16_t)(DATA + (at & 3));
}

uint32_t pci_get(const struct pci_function *function, uint32_t at, uint32_t size)
{
	const uint16_t port = select_word(function->bus, function->number, at);

	return size == 4 ? port_in_32(port) : size == 2 ? port_in_16(port) : port_in_8(port);
}

void pci_set(const struct pci_function *function, uint32_t at, uint32_t size, uint32_t value)
{
	const uint16_t port = select_word(function->bus, function->number, at);

	if (size == 4)
		port_out_32(port, value);
	else if (size == 2)
		port_out_16(port, (uint16_t)value);
	else
		port_out_8(port, (uint8_t)value);
}

void pci_command(const struct pci_function *function, uint32_t bits, bool set)
{
	const uint32_t old = pci_get(function, COMMAND, 2);

	pci_set(function, COMMAND, 2, set ? old | bits : old & ~bits);
	/* what it has sent so far arrives before the answer does */
	(void)pci_get(function, COMMAND, 2);
}

struct pci_function *pci_at(uint32_t index)
{
	return index < function_count ? functions[index] : NULL;
}

/* ------------------------------------------------------------------ interrupts */

static void control_set(const struct pci_function *f, uint32_t at, uint32_t clear, uint32_t set)
{
	pci_set(f, at + CONTROL, 2, (pci_get(f, at + CONTROL, 2) & ~clear) | set);
}

/* See the table, with all entries masked. */
static enum os_err table_map(struct pci_function *f)
{
	void *at;
	enum os_err err;

	if (f->entries)
		return OS_OK;
	pci_command(f, PCI_COMMAND_MEMORY, true);
	if ((err = device_map(f->table, (uint64_t)f->messages * ENTRY,
	                      OS_MAP_READ | OS_MAP_WRITE | OS_MAP_UNCACHED, &at)))
		return err == OS_ERR_RANGE ? OS_ERR_LIMIT : err;
	f->entries = at;
	for (uint32_t i = 0; i < f->messages; i++)
		f->entries[i * ENTRY_WORDS + 3] = ENTRY_MASKED;
	return OS_OK;
}

enum os_err pci_message_start(struct pci_function *f, uint32_t number, uint64_t address,
                              uint64_t data)
{
	volatile uint32_t *entry;
	uint32_t at;
	enum os_err err;

	if (f->msix) {
		if ((err = table_map(f)))
			return err;
		entry = f->entries + (size_t)number * ENTRY_WORDS;
		entry[0] = (uint32_t)address;
		entry[1] = (uint32_t)(address >> 32);
		entry[2] = (uint32_t)data;
		entry[3] = 0;
		control_set(f, f->msix, MSIX_MASK, MSIX_ENABLE);
	} else {
		at = f->msi + 4u;
		pci_set(f, at, 4, (uint32_t)address);
		if (pci_get(f, f->msi + CONTROL, 2) & MSI_WIDE)
			pci_set(f, at += 4, 4, (uint32_t)(address >> 32));
		pci_set(f, at + 4, 2, (uint32_t)data);
		control_set(f, f->msi, MSI_SEVERAL, MSI_ENABLE);
	}
	f->enabled++;
	return OS_OK;
}

void pci_message_stop(struct pci_function *f, uint32_t number)
{
	if (f->msix)
		f->entries[(size_t)number * ENTRY_WORDS + 3] = ENTRY_MASKED;
	if (--f->enabled)
		return;
	control_set(f, f->msix ? f->msix : f->msi, f->msix ? MSIX_ENABLE : MSI_ENABLE, 0);
}

void pci_quiet(struct pci_function *f)
{
	pci_command(f, PCI_COMMAND_MASTER, false);
	pci_command(f, PCI_COMMAND_NO_LINE, true);
}

/* ------------------------------------------------------------------ the start */

static void fix(struct pci_function *f, uint32_t from, uint32_t to)
{
	for (uint32_t i = from; i < to && i < PCI_SPACE; i++)
		f->fixed[i / 32] |= 1u << i % 32;
}

static void unfix(struct pci_function *f, uint32_t from, uint32_t to)
{
	for (uint32_t i = from; i < to && i < PCI_SPACE; i++)
		f->fixed[i / 32] &= ~(1u << i % 32);
}

/* Write all ones to it, and see what stays: 6.2.5.1. The function does not decode meanwhile. */
static uint32_t bar_probe(const struct pci_function *f, uint32_t at, uint32_t old)
{
	uint32_t ones;

	pci_set(f, at, 4, UINT32_MAX);
	ones = pci_get(f, at, 4);
	pci_set(f, at, 4, old);
	return ones;
}

/* Returns how many registers it takes. */
static uint32_t bar_read(struct pci_function *f, uint32_t index)
{
	const uint32_t at = BASE + 4 * index, low = pci_get(f, at, 4);
	const bool wide = (low & 7) == 4 && index + 1 < PCI_BARS;
	struct pci_bar *bar = &f->bars[index];
	uint64_t mask = bar_probe(f, at, low);

	if (low & 1) {
		bar->base = low & 0xfffc;
		mask = (mask & 0xfffc) | (mask ? ~UINT64_C(0xffff) : 0);
		bar->kind = PCI_KIND_PORTS;
	} else {
		bar->base = low & ~15u;
		mask = mask & ~UINT64_C(15);
		if (wide) {
			const uint32_t high = pci_get(f, at + 4, 4);

			bar->base |= (uint64_t)high << 32;
			mask |= (uint64_t)bar_probe(f, at + 4, high) << 32;
		} else if (mask) {
			mask |= UINT64_C(0xffffffff) << 32;
		}
		bar->kind = low & 8 ? PCI_KIND_MEMORY_PREFETCHABLE : PCI_KIND_MEMORY;
	}
	bar->size = mask & -mask;
	/* one that is not there, or has no place */
	if (!mask || !bar->base || bar->base > UINT64_MAX - bar->size)
		*bar = (struct pci_bar){ 0 };
	return wide ? 2 : 1;
}

static void bars_read(struct pci_function *f)
{
	const uint32_t command = pci_get(f, COMMAND, 2);

	pci_set(f, COMMAND, 2, command & ~(uint32_t)(PCI_COMMAND_PORTS | PCI_COMMAND_MEMORY));
	for (uint32_t i = 0; i < PCI_BARS;)
		i += bar_read(f, i);
	pci_set(f, COMMAND, 2, command);
}

/* Nobody gets the table of messages: who writes there can interrupt with any vector. */
static void msix_read(struct pci_function *f, uint32_t at)
{
	const uint32_t table = pci_get(f, at + MSIX_TABLE, 4), number = table & 7;
	const uint32_t count = (pci_get(f, at + CONTROL, 2) & MSIX_LAST) + 1;
	const uint64_t offset = table & ~7u;

	if (number >= PCI_BARS || f->bars[number].kind == PCI_KIND_NONE ||
	    f->bars[number].kind == PCI_KIND_PORTS || offset >= f->bars[number].size ||
	    f->bars[number].size - offset < count * ENTRY)
		return;
	f->msix = (uint8_t)at;
	f->messages = (uint16_t)count;
	f->table = f->bars[number].base + offset;
	memory_deny(f->table, count * ENTRY, "a table of message-signalled interrupts");
}

/* Those that are not known may move base addresses, too: a reset or a change of power does. */
static void capability_read(struct pci_function *f, uint32_t at, uint32_t end)
{
	const uint32_t kind = pci_get(f, at, 1);

	fix(f, at, kind == VENDOR_SPECIFIC ? at + 2 : end);
	if (kind == MSIX) {
		msix_read(f, at);
	} else if (kind == MSI) {
		f->msi = (uint8_t)at;
		control_set(f, at, MSI_ENABLE, 0);
	}
}

static void capabilities_read(struct pci_function *f)
{
	uint32_t at, starts[PCI_SPACE / 32] = { 0 }, end;

	if (!(pci_get(f, STATUS, 2) & STATUS_CAPABILITIES))
		return;
	at = pci_get(f, CAPABILITIES, 1) & 0xfc;
	for (uint32_t i = 0; at >= HEADER && i < CAPABILITIES_MAX; i++) {
		starts[at / 32] |= 1u << at % 32;
		at = pci_get(f, at + 1, 1) & 0xfc;
	}
	for (at = HEADER; at < PCI_SPACE; at += 4) {
		if (!(starts[at / 32] & 1u << at % 32))
			continue;
		for (end = at + 4; end < PCI_SPACE && !(starts[end / 32] & 1u << end % 32);)
			end += 4;
		capability_read(f, at, end);
	}
	if (f->msix)
		control_set(f, f->msix, MSIX_ENABLE, 0);
	else if (f->msi)
		f->messages = 1;
}

static void function_read(struct pci_function *f, uint32_t type)
{
	uint32_t line;

	f->bridge = type != TYPE_PLAIN || pci_get(f, CLASS, 1) == CLASS_BRIDGE;
	fix(f, 0, HEADER);
	if (f->bridge) {
		fix(f, HEADER, PCI_SPACE);
		return;
	}
	unfix(f, STATUS, STATUS + 2);
	unfix(f, CACHE_LINE, LATENCY + 1);
	pci_quiet(f);
	bars_read(f);
	capabilities_read(f);
	line = pci_get(f, LINE, 1);
	if (pci_get(f, PIN, 1) && line < ISA_IRQS)
		f->line = (uint8_t)line;
}

static void bus_read(uint32_t bus, bool known[BUSES])
{
	for (uint32_t number = 0; number < PLACES; number++) {
		struct pci_function here = { .bus = (uint8_t)bus, .number = (uint8_t)number };
		struct pci_function *f;
		uint32_t type;

		if (pci_get(&here, VENDOR, 2) == 0xffff) {
			number |= number % 8 ? 0 : 7;
			continue;
		}
		type = pci_get(&here, TYPE, 1);
		if ((type & ~(uint32_t)TYPE_MANY) == TYPE_BRIDGE)
			known[pci_get(&here, SECONDARY, 1)] = true;
		if (function_count == FUNCTIONS_MAX || os_alloc(core.heap, sizeof(*f), (void **)&f))
			die("there are too many PCI functions");
		*f = here;
		function_read(f, type & ~(uint32_t)TYPE_MANY);
		functions[function_count++] = f;
		number |= number % 8 || type & TYPE_MANY ? 0 : 7;
	}
}

void pci_init(void)
{
	bool known[BUSES] = { true }, done[BUSES] = { false };

	ports_own(ADDRESS, 8);
	for (uint32_t bus = 0; bus < BUSES; bus++) {
		if (!known[bus] || done[bus])
			continue;
		done[bus] = true;
		bus_read(bus, known);
		bus = UINT32_MAX; /* a bridge may lead to a lower number */
	}
}

bool pci_shared(const struct pci_function *function, const struct extent *pages)
{
	for (uint32_t i = 0; i < function_count; i++)
		for (uint32_t j = 0; functions[i] != function && j < PCI_BARS; j++) {
			const struct pci_bar *bar = &functions[i]->bars[j];

			if (bar->kind != PCI_KIND_NONE && bar->kind != PCI_KIND_PORTS &&
			    bar->base < pages->address + pages->size &&
			    pages->address < bar->base + bar->size)
				return true;
		}
	return false;
}
