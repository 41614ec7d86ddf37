/* SPDX-License-Identifier: BSD-2-Clause */
/* ACPI's tables: what they tell of CPUs and interrupts, and that damaged ones do no harm. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include <acpi.h>

enum {
	LIMIT = MOCK_PAGES * OS_KERNEL_PAGE,
	RSDP = 0x1000,
	ROOT = 0x2000,
	OTHER = 0x3000, /* a table that is not of interest */
	MADT = 0x4000,
};

static const char *problem;
static uint32_t madt_length;

static void put(uint64_t at, uint64_t value, uint32_t size)
{
	memcpy(mock_memory + at, &value, size);
}

/* Set the byte at `at` so that all bytes add up to 0. */
static void sum_set(uint64_t from, uint64_t size, uint64_t at)
{
	uint8_t sum = 0;

	mock_memory[at] = 0;
	for (uint64_t i = 0; i < size; i++)
		sum = (uint8_t)(sum + mock_memory[from + i]);
	mock_memory[at] = (uint8_t)-sum;
}

static void table_put(uint64_t at, const char *name, uint32_t size)
{
	memcpy(mock_memory + at, name, 4);
	put(at + 4, size, 4);
	sum_set(at, size, at + 9);
}

static void rsdp_put(uint8_t revision)
{
	memcpy(mock_memory + RSDP, "RSD PTR ", 8);
	mock_memory[RSDP + 15] = revision;
	put(RSDP + 16, revision < 2 ? ROOT : 0xffffffff, 4);
	sum_set(RSDP, 20, RSDP + 8);
	if (revision < 2)
		return;
	put(RSDP + 20, 36, 4);
	put(RSDP + 24, ROOT, 8);
	sum_set(RSDP, 36, RSDP + 32);
}

static void madt_end(void)
{
	table_put(MADT, "APIC", madt_length);
}

static void madt_add(const uint8_t *entry, uint32_t size)
{
	memcpy(mock_memory + MADT + madt_length, entry, size);
	madt_length += size;
	madt_end();
}

#define ADD(...) \
	madt_add((const uint8_t[]){ __VA_ARGS__ }, sizeof((const uint8_t[]){ __VA_ARGS__ }))

/* ACPI 2.0; a MADT with one CPU and one IOAPIC, behind another table. */
static int setup(void **state)
{
	(void)state;
	mock_reset(1);
	rsdp_put(2);
	put(ROOT + 36, OTHER, 8);
	put(ROOT + 44, MADT, 8);
	table_put(ROOT, "XSDT", 52);
	table_put(OTHER, "FACP", 36);
	put(MADT + 36, 0xfee00000, 4);
	madt_length = 44;
	ADD(0, 8, 0, 3, 1, 0, 0, 0);
	ADD(1, 12, 0, 0, 0, 0, 0xc0, 0xfe, 0, 0, 0, 0);
	return 0;
}

static bool read_tables(void)
{
	problem = NULL;
	return acpi_read(&acpi, RSDP, LIMIT, &problem);
}

static void refused(const char *what)
{
	assert_false(read_tables());
	assert_non_null(strstr(problem, what));
}

static void a_machine_is_read(void **state)
{
	(void)state;
	assert_true(read_tables());
	assert_int_equal(acpi.cpu_count, 1);
	assert_int_equal(acpi.cpus[0], 3);
	assert_int_equal(acpi.apic_address, 0xfee00000);
	assert_int_equal(acpi.ioapic_count, 1);
	assert_int_equal(acpi.ioapics[0].address, 0xfec00000);
	assert_int_equal(acpi.ioapics[0].first, 0);
	assert_int_equal(acpi.nmi_lint, ACPI_LINT_NONE);
	for (uint32_t i = 0; i < ACPI_ISA_IRQS; i++) {
		assert_int_equal(acpi.isa_irqs[i].input, i);
		assert_false(acpi.isa_irqs[i].level || acpi.isa_irqs[i].low);
	}
}

static void acpi_1_is_read(void **state)
{
	(void)state;
	rsdp_put(0);
	put(ROOT + 36, OTHER, 4);
	put(ROOT + 40, MADT, 4);
	table_put(ROOT, "RSDT", 44);
	assert_true(read_tables());
	assert_int_equal(acpi.cpu_count, 1);
}

static void cpus_that_are_off_or_doubled_do_not_count(void **state)
{
	(void)state;
	ADD(0, 8, 1, 4, 0, 0, 0, 0);
	ADD(9, 16, 0, 0, 3, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0);
	ADD(9, 16, 0, 0, 0, 1, 0, 0, 1, 0, 0, 0, 9, 0, 0, 0);
	assert_true(read_tables());
	assert_int_equal(acpi.cpu_count, 2);
	assert_int_equal(acpi.cpus[1], 0x100);
}

static void more_cpus_than_there_is_room_for_are_counted(void **state)
{
	(void)state;
	for (uint8_t i = 0; i < 70; i++)
		ADD(0, 8, 0, (uint8_t)(100 + i), 1, 0, 0, 0);
	assert_true(read_tables());
	assert_int_equal(acpi.cpu_count, ACPI_CPUS_MAX);
	assert_int_equal(acpi.cpus_left_out, 71 - ACPI_CPUS_MAX);
}

static void overrides_change_isa_interrupts(void **state)
{
	(void)state;
	ADD(2, 10, 0, 0, 2, 0, 0, 0, 0, 0);
	ADD(2, 10, 0, 9, 9, 0, 0, 0, 0x0d, 0);
	ADD(2, 10, 0, 5, 5, 0, 0, 0, 0x0f, 0);
	ADD(2, 10, 0, 16, 7, 0, 0, 0, 0x0f, 0); /* there is no such one */
	assert_true(read_tables());
	assert_int_equal(acpi.isa_irqs[0].input, 2);
	assert_false(acpi.isa_irqs[0].level || acpi.isa_irqs[0].low);
	assert_true(acpi.isa_irqs[9].level && !acpi.isa_irqs[9].low);
	assert_true(acpi.isa_irqs[5].level && acpi.isa_irqs[5].low);
	assert_int_equal(acpi.isa_irqs[7].input, 7);
}

static void nmis_and_the_address_are_read(void **state)
{
	(void)state;
	ADD(3, 8, 0, 0, 23, 0, 0, 0);
	ADD(4, 6, 0xff, 0, 0, 1);
	ADD(5, 12, 0, 0, 0, 0x10, 0xe0, 0xfe, 0, 0, 0, 0);
	assert_true(read_tables());
	assert_int_equal(acpi.nmi_count, 1);
	assert_int_equal(acpi.nmis[0], 23);
	assert_int_equal(acpi.nmi_lint, 1);
	assert_int_equal(acpi.apic_address, 0xfee01000);
	ADD(10, 12, 0, 0, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0);
	assert_true(read_tables());
	assert_int_equal(acpi.nmi_lint, 0);
	ADD(4, 6, 0xff, 0, 0, 2); /* there are two pins */
	assert_true(read_tables());
	assert_int_equal(acpi.nmi_lint, 0);
}

static void entries_of_other_types_are_skipped(void **state)
{
	(void)state;
	ADD(200, 3, 1);
	ADD(6, 2);
	ADD(0, 8, 1, 4, 1, 0, 0, 0);
	assert_true(read_tables());
	assert_int_equal(acpi.cpu_count, 2);
}

static void a_damaged_rsdp_is_refused(void **state)
{
	(void)state;
	mock_memory[RSDP + 30] ^= 1; /* only the sum of ACPI 2.0 covers it */
	refused("RSDP");
	mock_memory[RSDP + 30] ^= 1;
	mock_memory[RSDP + 10] ^= 1;
	refused("RSDP");
	mock_memory[RSDP + 10] ^= 1;
	put(RSDP + 20, 0xffffffff, 4);
	refused("RSDP");
	assert_false(acpi_read(&acpi, 0, LIMIT, &problem));
	assert_false(acpi_read(&acpi, LIMIT - 8, LIMIT, &problem));
	assert_false(acpi_read(&acpi, UINT64_MAX - 4, LIMIT, &problem));
}

static void a_damaged_list_of_tables_is_refused(void **state)
{
	(void)state;
	mock_memory[ROOT + 20] ^= 1;
	refused("RSDT or XSDT");
	mock_memory[ROOT + 20] ^= 1;
	put(ROOT + 4, 35, 4);
	refused("RSDT or XSDT");
	put(ROOT + 4, LIMIT, 4);
	refused("RSDT or XSDT");
	table_put(ROOT, "RSDT", 52);
	refused("RSDT or XSDT");
}

static void entries_of_the_list_that_lead_nowhere_are_skipped(void **state)
{
	(void)state;
	put(ROOT + 36, UINT64_MAX - 10, 8);
	table_put(ROOT, "XSDT", 52);
	assert_true(read_tables());
}

static void without_a_madt_there_is_no_machine(void **state)
{
	(void)state;
	put(ROOT + 44, OTHER, 8);
	table_put(ROOT, "XSDT", 52);
	refused("has no table");
}

static void a_damaged_madt_is_refused(void **state)
{
	(void)state;
	mock_memory[MADT + 47] ^= 1;
	refused("MADT) is damaged");
	mock_memory[MADT + 47] ^= 1;
	mock_memory[MADT + 45] = 0; /* an entry without length */
	madt_end();
	refused("MADT) is damaged");
	mock_memory[MADT + 45] = 7; /* shorter than its fields */
	madt_end();
	refused("MADT) is damaged");
	mock_memory[MADT + 45] = 200; /* longer than the table */
	madt_end();
	refused("MADT) is damaged");
	mock_memory[MADT + 45] = 8;
	put(MADT + 48, 0, 4); /* no CPU at all */
	madt_end();
	refused("MADT) is damaged");
	put(MADT + 48, 1, 4);
	put(MADT + 36, 0xfee00004, 4);
	madt_end();
	refused("MADT) is damaged");
	table_put(MADT, "APIC", 40);
	refused("MADT) is damaged");
}

/* Whatever single byte is wrong: no read out of bounds, and counts that fit. */
static void any_wrong_byte_is_survived(void **state)
{
	static const struct {
		uint32_t at, size;
	} parts[] = { { RSDP, 36 }, { ROOT, 52 }, { MADT, 64 } };

	(void)state;
	for (uint32_t part = 0; part < 3; part++)
		for (uint32_t i = 0; i < parts[part].size; i++)
			for (uint32_t value = 0; value < 256; value++) {
				uint8_t *at = &mock_memory[parts[part].at + i];
				uint8_t old = *at;

				*at = (uint8_t)value;
				if (parts[part].at == MADT)
					madt_end();
				else if (parts[part].at == ROOT)
					sum_set(ROOT, 52, ROOT + 9);
				(void)!read_tables();
				assert_true(acpi.cpu_count <= ACPI_CPUS_MAX);
				assert_true(acpi.ioapic_count <= ACPI_IOAPICS_MAX);
				*at = old;
			}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(a_machine_is_read, setup),
		cmocka_unit_test_setup(acpi_1_is_read, setup),
		cmocka_unit_test_setup(cpus_that_are_off_or_doubled_do_not_count, setup),
		cmocka_unit_test_setup(more_cpus_than_there_is_room_for_are_counted, setup),
		cmocka_unit_test_setup(overrides_change_isa_interrupts, setup),
		cmocka_unit_test_setup(nmis_and_the_address_are_read, setup),
		cmocka_unit_test_setup(entries_of_other_types_are_skipped, setup),
		cmocka_unit_test_setup(a_damaged_rsdp_is_refused, setup),
		cmocka_unit_test_setup(a_damaged_list_of_tables_is_refused, setup),
		cmocka_unit_test_setup(entries_of_the_list_that_lead_nowhere_are_skipped, setup),
		cmocka_unit_test_setup(without_a_madt_there_is_no_machine, setup),
		cmocka_unit_test_setup(a_damaged_madt_is_refused, setup),
		cmocka_unit_test_setup(any_wrong_byte_is_survived, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
