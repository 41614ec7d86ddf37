/* SPDX-License-Identifier: BSD-2-Clause */
/* What ACPI's MADT tells of CPUs and interrupt controllers, checked. */

#include <acpi.h>
#include <bytes.h>

enum {
	RSDP_SIZE = 20, /* of revision 0 */
	RSDP_SIZE_2 = 36,
	TABLE_HEADER = 36,
	TABLE_SIZE_MAX = 1 << 20,
	MADT_ENTRIES = 44, /* where they begin */
};

enum madt_type {
	MADT_APIC = 0,
	MADT_IOAPIC = 1,
	MADT_OVERRIDE = 2,
	MADT_NMI = 3,
	MADT_APIC_NMI = 4,
	MADT_ADDRESS = 5,
	MADT_X2APIC = 9,
	MADT_X2APIC_NMI = 10,
	MADT_TYPES,
};

/* What an entry must be long for its fields to be there; 0: not of interest. */
static const uint8_t madt_size[MADT_TYPES] = {
	[MADT_APIC] = 8,     [MADT_IOAPIC] = 12,  [MADT_OVERRIDE] = 10, [MADT_NMI] = 8,
	[MADT_APIC_NMI] = 6, [MADT_ADDRESS] = 12, [MADT_X2APIC] = 16,   [MADT_X2APIC_NMI] = 12,
};

struct acpi acpi;

static bool sum_right(const uint8_t *bytes, uint64_t size)
{
	uint8_t sum = 0;

	for (uint64_t i = 0; i < size; i++)
		sum = (uint8_t)(sum + bytes[i]);
	return !sum;
}

/* A table, its length and its sum checked; NULL: it is damaged. */
static const uint8_t *table_at(uint64_t address, uint64_t limit, uint32_t *size)
{
	const uint8_t *table = bytes_at(address, TABLE_HEADER, limit);

	if (!table)
		return NULL;
	*size = u32_at(table + 4);
	if (*size < TABLE_HEADER || *size > TABLE_SIZE_MAX || !bytes_at(address, *size, limit) ||
	    !sum_right(table, *size))
		return NULL;
	return table;
}

/* ------------------------------------------------------------------ entries of the MADT */

static void cpu_add(struct acpi *a, uint32_t id, uint32_t flags)
{
	if (!(flags & 1)) /* not enabled */
		return;
	for (uint32_t i = 0; i < a->cpu_count; i++)
		if (a->cpus[i] == id)
			return;
	if (a->cpu_count < ACPI_CPUS_MAX)
		a->cpus[a->cpu_count++] = id;
	else
		a->cpus_left_out++;
}

static void ioapic_add(struct acpi *a, uint64_t address, uint32_t first)
{
	if (address && a->ioapic_count < ACPI_IOAPICS_MAX)
		a->ioapics[a->ioapic_count++] =
		        (struct acpi_ioapic){ .address = address, .first = first };
}

/* Flags of MPS INTI: polarity in bits 0 and 1, trigger mode in 2 and 3; 3: low, level. */
static void override_add(struct acpi *a, const uint8_t *entry)
{
	uint8_t irq = entry[3], flags = entry[8];

	if (irq < ACPI_ISA_IRQS)
		a->isa_irqs[irq] = (struct acpi_isa_irq){
			.input = u32_at(entry + 4),
			.low = (flags & 3) == 3,
			.level = (flags >> 2 & 3) == 3,
		};
}

static void nmi_add(struct acpi *a, uint32_t input)
{
	if (a->nmi_count < ACPI_NMIS_MAX)
		a->nmis[a->nmi_count++] = input;
}

static void lint_set(struct acpi *a, uint8_t pin)
{
	if (pin <= 1)
		a->nmi_lint = pin;
}

static void madt_entry(struct acpi *a, const uint8_t *entry)
{
	switch ((enum madt_type)entry[0]) {
	case MADT_APIC:
		cpu_add(a, entry[3], u32_at(entry + 4));
		break;
	case MADT_X2APIC:
		cpu_add(a, u32_at(entry + 4), u32_at(entry + 8));
		break;
	case MADT_IOAPIC:
		ioapic_add(a, u32_at(entry + 4), u32_at(entry + 8));
		break;
	case MADT_OVERRIDE:
		override_add(a, entry);
		break;
	case MADT_NMI:
		nmi_add(a, u32_at(entry + 4));
		break;
	case MADT_APIC_NMI:
		lint_set(a, entry[5]);
		break;
	case MADT_X2APIC_NMI:
		lint_set(a, entry[8]);
		break;
	case MADT_ADDRESS:
		a->apic_address = u64_at(entry + 4);
		break;
	case MADT_TYPES:
		break;
	}
}

static bool madt_read(struct acpi *a, const uint8_t *madt, uint32_t size, const char **problem)
{
	*problem = "ACPI's table of interrupt controllers (MADT) is damaged";
	if (size < MADT_ENTRIES)
		return false;
	a->apic_address = u32_at(madt + TABLE_HEADER);
	for (uint32_t at = MADT_ENTRIES; at < size;) {
		const uint8_t *entry = madt + at;

		if (size - at < 2 || entry[1] < 2 || entry[1] > size - at)
			return false;
		if (entry[0] < MADT_TYPES && madt_size[entry[0]]) {
			if (entry[1] < madt_size[entry[0]])
				return false;
			madt_entry(a, entry);
		}
		at += entry[1];
	}
	if (!a->cpu_count || !a->apic_address || a->apic_address % OS_KERNEL_PAGE)
		return false;
	return true;
}

/* ------------------------------------------------------------------ the way to the MADT */

/* The address of the table of tables, and how long its entries are; false: damaged. */
static bool rsdp_read(uint64_t rsdp, uint64_t limit, uint64_t *root, uint32_t *entry_size)
{
	const uint8_t *at = bytes_at(rsdp, RSDP_SIZE, limit);

	if (!at || memcmp(at, "RSD PTR ", 8) != 0 || !sum_right(at, RSDP_SIZE))
		return false;
	*root = u32_at(at + 16);
	*entry_size = 4;
	if (at[15] < 2)
		return true;
	if (!bytes_at(rsdp, RSDP_SIZE_2, limit) || u32_at(at + 20) != RSDP_SIZE_2 ||
	    !sum_right(at, RSDP_SIZE_2))
		return false;
	if (u64_at(at + 24)) {
		*root = u64_at(at + 24);
		*entry_size = 8;
	}
	return true;
}

bool acpi_read(struct acpi *a, uint64_t rsdp, uint64_t limit, const char **problem)
{
	const uint8_t *root, *table;
	uint32_t entry_size, size, table_size;
	uint64_t address;

	*a = (struct acpi){ .nmi_lint = ACPI_LINT_NONE };
	for (uint32_t i = 0; i < ACPI_ISA_IRQS; i++)
		a->isa_irqs[i].input = i;
	*problem = "no ACPI tables were found, or their beginning (RSDP) is damaged";
	if (!rsdp_read(rsdp, limit, &address, &entry_size))
		return false;
	*problem = "ACPI's list of tables (RSDT or XSDT) is damaged";
	root = table_at(address, limit, &size);
	if (!root || memcmp(root, entry_size == 8 ? "XSDT" : "RSDT", 4) != 0)
		return false;
	for (uint32_t at = TABLE_HEADER; at + entry_size <= size; at += entry_size) {
		address = entry_size == 8 ? u64_at(root + at) : u32_at(root + at);
		table = bytes_at(address, TABLE_HEADER, limit);
		if (!table || memcmp(table, "APIC", 4) != 0)
			continue;
		*problem = "ACPI's table of interrupt controllers (MADT) is damaged";
		if (!(table = table_at(address, limit, &table_size)))
			return false;
		return madt_read(a, table, table_size, problem);
	}
	*problem = "ACPI has no table of interrupt controllers (MADT)";
	return false;
}
