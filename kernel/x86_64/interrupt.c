/* SPDX-License-Identifier: BSD-2-Clause */
/* Interrupts of devices, by IOAPICs and as messages (MSI), to the contexts that they are bound to.
 */

#include <acpi.h>
#include <cpu.h>
#include <machine.h>

/*
 *              attach               raise: submitted             raise: remembered
 *   (nothing) --------> masked     -----------------> masked     ----------------> pending
 *                         ^ | unmask       ^                                          |
 *                         | v              |                                          |
 *                       unmasked ----------'  <--------- unmask: raised again --------'
 *
 * From when it is submitted until it is acknowledged, a level-triggered interrupt is masked at its
 * IOAPIC. The others cannot be masked without losing some: the first one that comes meanwhile is
 * remembered, and raised again when the interrupt is unmasked.
 */

enum {
	VECTORS = VECTOR_TIMER - VECTOR_DEVICE, /* for devices, on each CPU */
	INPUTS_MAX = 1024,
	APIC_ID_MAX = 254, /* that IOAPICs and messages can name: eight bits; 255 is all */

	/* IOAPIC: 82093AA data sheet, 3. Register numbers, and bits of a redirection entry. */
	IOAPIC_SELECT = 0, /* words from its address on */
	IOAPIC_WINDOW = 4,
	IOAPIC_VERSION = 1,
	IOAPIC_ENTRY = 0x10,
	ENTRY_LOW = 1 << 13,
	ENTRY_LEVEL = 1 << 15,
	ENTRY_MASKED = 1 << 16,

	SERIAL_IRQ = 4, /* of ISA: COM1 */

	PIC_1_COMMAND = 0x20,
	PIC_1_DATA = 0x21,
	PIC_2_COMMAND = 0xa0,
	PIC_2_DATA = 0xa1,
};

#define MESSAGE_ADDRESS 0xfee00000ul /* of MSIs: SDM Vol. 3A, 11.11.1 */

static struct {
	volatile uint32_t *at;
	uint32_t first, count; /* inputs */
} ioapics[ACPI_IOAPICS_MAX];

/* Written by exclusive CPUs. */
static struct interrupt **vectors[OS_KERNEL_CPUS_MAX]; /* [cpu][vector - VECTOR_DEVICE] */
static uint8_t vectors_next[OS_KERNEL_CPUS_MAX];
static bool inputs_taken[INPUTS_MAX];

/* Of the IOAPICs' registers, and of `masked` and `pending` of all interrupts. */
static struct lock lock = { .rank = LOCK_INTERRUPT };

/* ------------------------------------------------------------------ IOAPICs */

static uint32_t ioapic_read(uint32_t index, uint32_t number)
{
	ioapics[index].at[IOAPIC_SELECT] = number;
	return ioapics[index].at[IOAPIC_WINDOW];
}

static void ioapic_write(uint32_t index, uint32_t number, uint32_t value)
{
	ioapics[index].at[IOAPIC_SELECT] = number;
	ioapics[index].at[IOAPIC_WINDOW] = value;
}

/* The lower half of an input's entry; the upper half names the CPU. */
static void entry_write(uint32_t input, uint32_t entry)
{
	for (uint32_t i = 0; i < acpi.ioapic_count; i++)
		if (input - ioapics[i].first < ioapics[i].count)
			ioapic_write(i, IOAPIC_ENTRY + (input - ioapics[i].first) * 2, entry);
}

static void entry_write_cpu(uint32_t input, uint32_t apic_id)
{
	for (uint32_t i = 0; i < acpi.ioapic_count; i++)
		if (input - ioapics[i].first < ioapics[i].count)
			ioapic_write(i, IOAPIC_ENTRY + (input - ioapics[i].first) * 2 + 1,
			             apic_id << 24);
}

static bool input_exists(uint32_t input)
{
	for (uint32_t i = 0; i < acpi.nmi_count; i++)
		if (acpi.nmis[i] == input)
			return false;
	for (uint32_t i = 0; i < acpi.ioapic_count; i++)
		if (input < INPUTS_MAX && input - ioapics[i].first < ioapics[i].count)
			return true;
	return false;
}

/* The 8259s get vectors of their own, for what comes in spite of the mask: data sheet 8259A. */
static void pic_mask(void)
{
	static const struct {
		uint16_t port;
		uint8_t value;
	} writes[] = {
		{ PIC_1_COMMAND, 0x11 },
		{ PIC_2_COMMAND, 0x11 },
		{ PIC_1_DATA, VECTOR_LEGACY },
		{ PIC_2_DATA, VECTOR_LEGACY + 8 },
		{ PIC_1_DATA, 4 },
		{ PIC_2_DATA, 2 },
		{ PIC_1_DATA, 1 },
		{ PIC_2_DATA, 1 },
		{ PIC_1_DATA, 0xff },
		{ PIC_2_DATA, 0xff },
	};

	for (uint32_t i = 0; i < sizeof(writes) / sizeof(writes[0]); i++)
		port_write(writes[i].port, writes[i].value);
}

#ifndef NDEBUG
void interrupt_debugger_init(void)
{
	uint32_t input = acpi.isa_irqs[SERIAL_IRQ].input;

	if (!input_exists(input))
		return;
	inputs_taken[input] = true;
	entry_write_cpu(input, cpus[0]->apic_id);
	entry_write(input, VECTOR_SERIAL);
	serial_listen();
}
#endif

uint32_t interrupt_init(void)
{
	uint32_t end = 0;

	pic_mask();
	for (uint32_t i = 0; i < acpi.ioapic_count; i++) {
		uint32_t first = acpi.ioapics[i].first;

		ioapics[i].at = physical_pointer(acpi.ioapics[i].address);
		ioapics[i].first = first;
		ioapics[i].count = (ioapic_read(i, IOAPIC_VERSION) >> 16 & 0xff) + 1;
		for (uint32_t j = 0; j < ioapics[i].count; j++)
			ioapic_write(i, IOAPIC_ENTRY + j * 2, ENTRY_MASKED);
		if (first < INPUTS_MAX && first + ioapics[i].count > end)
			end = first + ioapics[i].count;
	}
	return end < INPUTS_MAX ? end : INPUTS_MAX;
}

void interrupt_cpu_init(uint32_t index)
{
	vectors[index] = boot_pages(VECTORS * sizeof(struct interrupt *));
}

/* ------------------------------------------------------------------ attach and detach */

/* A free vector of the CPU: one that has not been used for as long as possible. */
static bool vector_take(struct interrupt *interrupt, uint32_t cpu)
{
	for (uint32_t i = 0; i < VECTORS; i++) {
		uint32_t at = (vectors_next[cpu] + i) % VECTORS;

		if (vectors[cpu][at] || VECTOR_DEVICE + at == VECTOR_FOREIGN)
			continue;
		vectors[cpu][at] = interrupt;
		vectors_next[cpu] = (uint8_t)((at + 1) % VECTORS);
		interrupt->cpu = (uint8_t)cpu;
		interrupt->vector = (uint8_t)(VECTOR_DEVICE + at);
		return true;
	}
	return false;
}

static enum os_err input_attach(struct interrupt *interrupt, uint32_t cpu)
{
	uint32_t number = interrupt->source & OS_IRQ_NUMBER;
	bool level = interrupt->source & OS_IRQ_LEVEL, low = interrupt->source & OS_IRQ_LOW;

	interrupt->input = number;
	if (interrupt->source & OS_IRQ_LEGACY) {
		if (number >= ACPI_ISA_IRQS)
			return OS_ERR_RANGE;
		interrupt->input = acpi.isa_irqs[number].input;
		level = acpi.isa_irqs[number].level;
		low = acpi.isa_irqs[number].low;
	}
	if (!input_exists(interrupt->input))
		return OS_ERR_RANGE;
	if (inputs_taken[interrupt->input])
		return OS_ERR_EXISTS;
	if (!vector_take(interrupt, cpu))
		return OS_ERR_LIMIT;
	inputs_taken[interrupt->input] = true;
	interrupt->entry = interrupt->vector | (level ? ENTRY_LEVEL : 0) | (low ? ENTRY_LOW : 0);
	lock_enter(&lock);
	entry_write(interrupt->input, interrupt->entry | ENTRY_MASKED);
	entry_write_cpu(interrupt->input, cpus[cpu]->apic_id);
	if (!level) /* what comes before unmask() is remembered */
		entry_write(interrupt->input, interrupt->entry);
	lock_leave(&lock);
	return OS_OK;
}

enum os_err interrupt_attach(struct interrupt *interrupt, uint64_t *address, uint64_t *data)
{
	uint32_t cpu = interrupt->context->endpoint->cpu;

	*address = *data = 0;
	if (cpus[cpu]->apic_id > APIC_ID_MAX)
		cpu = 0;
	interrupt->masked = true;
	interrupt->pending = false;
	if (!(interrupt->source & OS_IRQ_MSI))
		return input_attach(interrupt, cpu);
	if (!vector_take(interrupt, cpu))
		return OS_ERR_LIMIT;
	*address = MESSAGE_ADDRESS | cpus[cpu]->apic_id << 12;
	*data = interrupt->vector;
	return OS_OK;
}

void interrupt_detach(struct interrupt *interrupt)
{
	vectors[interrupt->cpu][interrupt->vector - VECTOR_DEVICE] = NULL;
	if (interrupt->source & OS_IRQ_MSI)
		return;
	inputs_taken[interrupt->input] = false;
	lock_enter(&lock);
	entry_write(interrupt->input, interrupt->entry | ENTRY_MASKED);
	lock_leave(&lock);
}

/* ------------------------------------------------------------------ mask and raise */

static bool is_level(const struct interrupt *interrupt)
{
	return interrupt->entry & ENTRY_LEVEL;
}

void interrupt_mask(struct interrupt *interrupt)
{
	lock_enter(&lock);
	interrupt->masked = true;
	if (is_level(interrupt))
		entry_write(interrupt->input, interrupt->entry | ENTRY_MASKED);
	lock_leave(&lock);
}

void interrupt_unmask(struct interrupt *interrupt)
{
	bool again;

	lock_enter(&lock);
	again = interrupt->pending;
	interrupt->masked = interrupt->pending = false;
	if (is_level(interrupt))
		entry_write(interrupt->input, interrupt->entry);
	lock_leave(&lock);
	if (again)
		apic_send(cpus[interrupt->cpu], interrupt->vector);
}

static void raise(struct cpu *cpu, struct interrupt *interrupt)
{
	bool masked;

	lock_enter(&lock);
	masked = interrupt->masked;
	interrupt->masked = true;
	if (is_level(interrupt))
		entry_write(interrupt->input, interrupt->entry | ENTRY_MASKED);
	else
		interrupt->pending = masked;
	lock_leave(&lock);
	if (masked || !interrupt->context)
		return;
	event_record(EVENT_INTERRUPT, cpu->index, interrupt->source);
	context_submit(interrupt->context, 1);
}

/* The interrupt object may be destroyed by another CPU but while this one is in a section. */
static void device_interrupt(struct cpu *cpu, uint32_t vector)
{
	struct interrupt **slot = &vectors[cpu->index][vector - VECTOR_DEVICE];

	section_enter(cpu);
	if (!cpu->exclusive && *slot && (*slot)->context &&
	    (*slot)->context->endpoint->cpu != cpu->index) {
		local_leave(cpu);
		if (!exclusive_enter(cpu))
			cpu->reschedule = true; /* the current thread has been evicted */
	}
	if (*slot)
		raise(cpu, *slot);
	apic_eoi();
	if (cpu->reschedule)
		schedule(cpu);
	section_leave(cpu);
}

void interrupt_dispatch(struct cpu *cpu, uint32_t vector)
{
	switch (vector) {
	case VECTOR_TIMER:
		apic_eoi();
		tick_next(cpu);
		sched_tick(cpu);
		break;
	case VECTOR_KICK:
		apic_eoi();
		sched_kicked(cpu);
		break;
	case VECTOR_REQUEST:
		apic_eoi();
		request_serve(cpu);
		break;
	case VECTOR_SERIAL:
		apic_eoi();
		debugger_serial(cpu);
		break;
	default:
		/* Spurious ones of the local APIC and of the 8259s are not acknowledged. */
		if (vector >= VECTOR_DEVICE && vector < VECTOR_TIMER)
			device_interrupt(cpu, vector);
	}
}
