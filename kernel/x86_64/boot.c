/* SPDX-License-Identifier: BSD-2-Clause */
/* From what the boot loader left to the root PD's first thread, on the boot CPU. */

#include <acpi.h>
#include <boot_info.h>
#include <cpu.h>
#include <machine.h>

#define ROUND_UP(x, to) (((x) + (to)-1) & ~((uint64_t)(to)-1))

#define ENTRY_PRESENT   1ul
#define ENTRY_WRITE     2ul
#define ENTRY_UNCACHED  0x18ul /* PCD, PWT */
#define ENTRY_USED      0x60ul /* accessed, dirty: the CPU need not set them */
#define ENTRY_LARGE     0x80ul
#define ENTRY_GLOBAL    0x100ul
#define ENTRY_NX        (1ul << 63)
#define ENTRY_ADDRESS   0x000ffffffffff000ul

#define KERNEL_BASE     0xffffffff80000000ul
#define LARGE           0x200000ul
#define FOUR_GIB        0x100000000ul
#define MEBIBYTE        0x100000ul
#define BIOS_START      0xa0000ul /* no RAM from here on to 1 MiB */
#define APIC_START      0xfee00000ul
#define APIC_END        0xfef00000ul /* of what means interrupts: SDM Vol. 3A, 11.11.1 */

enum {
	MULTIBOOT_LOADED = 0x36d76289, /* what Multiboot 2 leaves in eax */
	ROOT_TABLES = 64,
	ROOT_SLOTS = 512,
	ROOT_STACK = 65536,
};

/* From linker.ld. */
extern const uint8_t text_start[], rodata_start[], data_start[], kernel_end[];

uint64_t kernel_table_physical;

static struct boot_info info;
static uint64_t map_end; /* of the direct map */

/* ------------------------------------------------------------------ memory */

static void memory_set(uint64_t start, uint64_t end, uint32_t kind)
{
	if (!boot_memory_set(&info.memory, start, end, kind))
		boot_fail("the memory map has too many ranges");
}

static uint64_t memory_take(uint64_t size, uint32_t kind)
{
	uint64_t address;

	if (!boot_memory_take(&info.memory, size, MEBIBYTE, FOUR_GIB, kind, &address))
		boot_fail("too little memory: %lu KiB more are needed for the kernel", size / 1024);
	return address;
}

void *boot_pages(uint64_t size)
{
	size = ROUND_UP(size, OS_KERNEL_PAGE);
	return memset(physical_pointer(memory_take(size, OS_BOOT_MEMORY_KERNEL)), 0, size);
}

static bool is_ram(uint32_t kind)
{
	return kind == OS_BOOT_MEMORY_FREE || kind == OS_BOOT_MEMORY_MODULE ||
	       kind == OS_BOOT_MEMORY_KERNEL;
}

static bool overlaps_ram(uint64_t start, uint64_t end)
{
	for (uint32_t i = 0; i < info.memory.count; i++) {
		const struct os_boot_memory *range = &info.memory.ranges[i];

		if (is_ram(range->kind) && range->address < end &&
		    start < range->address + range->size)
			return true;
	}
	return false;
}

static uint64_t ram_end(void)
{
	uint64_t end = 0;

	for (uint32_t i = 0; i < info.memory.count; i++)
		if (is_ram(info.memory.ranges[i].kind))
			end = info.memory.ranges[i].address + info.memory.ranges[i].size;
	return end;
}

/* ------------------------------------------------------------------ the kernel's page tables */

/* The entry for `address` in a table of `level`; tables on the way are made. */
static uint64_t *entry_at(uint64_t address, uint32_t level)
{
	uint64_t *table = physical_pointer(kernel_table_physical), *entry;

	for (uint32_t i = 4;; i--) {
		entry = &table[address >> (12 + 9 * (i - 1)) & 511];
		if (i == level)
			return entry;
		if (!*entry)
			*entry = pointer_physical(boot_pages(OS_KERNEL_PAGE)) | ENTRY_PRESENT |
			         ENTRY_WRITE;
		table = physical_pointer(*entry & ENTRY_ADDRESS);
	}
}

static uint64_t physical_of(const uint8_t *kernel_symbol)
{
	return (uint64_t)kernel_symbol - KERNEL_BASE;
}

/* One page of 4 KiB or 2 MiB of the direct map. The kernel's text and constants are read-only. */
static void direct_map_page(uint64_t address, uint32_t level)
{
	uint64_t entry = address | ENTRY_PRESENT | ENTRY_GLOBAL | ENTRY_NX | ENTRY_USED;

	if (address < physical_of(text_start) || address >= physical_of(data_start))
		entry |= ENTRY_WRITE;
	if (level == 2)
		entry |= ENTRY_LARGE;
	if (!overlaps_ram(address, address + (level == 2 ? LARGE : OS_KERNEL_PAGE)))
		entry |= ENTRY_UNCACHED;
	*entry_at(PHYSICAL_BASE + address, level) = entry;
}

static void direct_map(uint64_t start, uint64_t end)
{
	for (uint64_t at = start & ~(LARGE - 1); at < end; at += LARGE) {
		if (at >= physical_of(kernel_end)) {
			direct_map_page(at, 2);
			continue;
		}
		for (uint64_t page = at; page < at + LARGE; page += OS_KERNEL_PAGE)
			direct_map_page(page, 1);
	}
}

/* Text is never writeable, and nothing else is executable. */
static void kernel_map(void)
{
	for (const uint8_t *at = text_start; at < kernel_end; at += OS_KERNEL_PAGE) {
		uint64_t entry = physical_of(at) | ENTRY_PRESENT | ENTRY_GLOBAL | ENTRY_USED;

		if (at >= data_start)
			entry |= ENTRY_WRITE;
		if (at >= rodata_start)
			entry |= ENTRY_NX;
		*entry_at((uint64_t)at, 1) = entry;
	}
}

static uint64_t screen_end(void)
{
	return info.screen.address + (uint64_t)info.screen.pitch * info.screen.height;
}

static void tables_init(void)
{
	map_end = ROUND_UP(ram_end() > FOUR_GIB ? ram_end() : FOUR_GIB, LARGE);
	kernel_table_physical = pointer_physical(boot_pages(OS_KERNEL_PAGE));
	kernel_map();
	direct_map(0, map_end);
	if (screen_end() > map_end)
		direct_map(info.screen.address, screen_end());
	cr3_write(kernel_table_physical);
	if (screen_end() > FOUR_GIB) /* out of reach before */
		screen_init(&info.screen);
}

/* ------------------------------------------------------------------ what there is */

static void info_read(uint32_t magic, uint64_t address)
{
	static const struct os_boot_screen text = {
		.address = 0xb8000, .width = 80, .height = 25, .pitch = 160, .bits = 16, .text = 1
	};
	const char *problem;

	screen_init(&text); /* until we know better */
	if (magic == MULTIBOOT_LOADED ? !boot_info_multiboot(&info, address, FOUR_GIB, &problem)
	                              : !boot_info_pvh(&info, address, FOUR_GIB, &problem))
		boot_fail("%s", problem);
	if (screen_end() <= FOUR_GIB)
		screen_init(&info.screen);
}

/* The image is the kernel's but for its modules; the kernel itself is what comes before it. */
static const struct os_image *image_read(void)
{
	uint64_t start = physical_of(kernel_end);
	const struct os_boot_module *modules;
	const struct os_image *image;
	const char *problem;

	if (!boot_image_check(&info, start, FOUR_GIB, &image, &problem))
		boot_fail("%s", problem);
	if (boot_memory_sum(&info.memory, OS_BOOT_MEMORY_FREE) < image->memory_min)
		boot_fail("too little memory: the scenario %s needs %lu MiB, this machine has %lu",
		          image->name, image->memory_min / MEBIBYTE,
		          boot_memory_sum(&info.memory, OS_BOOT_MEMORY_FREE) / MEBIBYTE);
	memory_set(physical_of(text_start), start + image->size, OS_BOOT_MEMORY_KERNEL);
	modules = (const void *)((const uint8_t *)image + image->module_offset);
	for (uint32_t i = 0; i < image->module_count; i++)
		memory_set(modules[i].address, modules[i].address + modules[i].size,
		           OS_BOOT_MEMORY_MODULE);
	return image;
}

/* Interrupt controllers belong to the kernel alone. */
static void apic_reserve(uint64_t start, uint64_t end)
{
	if (end > map_end || overlaps_ram(start, end))
		boot_fail("ACPI's table of interrupt controllers (MADT) is damaged");
	memory_set(start, end, OS_BOOT_MEMORY_DENIED);
}

static void acpi_init(void)
{
	const char *problem;

	if (info.rsdp_size) { /* a copy, for which there has to be a place */
		info.rsdp = memory_take(OS_KERNEL_PAGE, OS_BOOT_MEMORY_ACPI);
		memset(physical_pointer(info.rsdp), 0, OS_KERNEL_PAGE);
		memcpy(physical_pointer(info.rsdp), info.rsdp_copy, info.rsdp_size);
	}
	if (!acpi_read(&acpi, info.rsdp, map_end, &problem))
		boot_fail("%s", problem);
	apic_reserve(APIC_START, APIC_END);
	apic_reserve(acpi.apic_address, acpi.apic_address + OS_KERNEL_PAGE);
	for (uint32_t i = 0; i < acpi.ioapic_count; i++)
		apic_reserve(acpi.ioapics[i].address, acpi.ioapics[i].address + OS_KERNEL_PAGE);
}

static struct cpu *cpus_init(uint32_t *interrupts)
{
	struct cpu *cpu = cpu_prepare(boot_pages(sizeof(struct cpu_memory)), 0, 0);
	uint64_t page = 0;

	cpu_init(cpu);
	cpu_count = 1;
	interrupt_cpu_init(0);
	/* The 8259s first: what they have raised is taken back only while the APIC accepts it. */
	*interrupts = interrupt_init();
	apic_init(acpi.apic_address);
	apic_cpu_init();
	cpu->apic_id = apic_self();
	interrupt_debugger_init();
	clock_init();
	if (acpi.cpu_count > 1 && !boot_memory_take(&info.memory, OS_KERNEL_PAGE, OS_KERNEL_PAGE,
	                                            BIOS_START, OS_BOOT_MEMORY_KERNEL, &page))
		kernel_print("kernel: no memory below 1 MiB for the start of other CPUs\n");
	smp_init(page);
	return cpu;
}

/* The kernel takes no memory any more: tell pages.c what there is. */
static void memory_init(uint64_t *words, uint64_t end)
{
	pages_init(words, end);
	for (uint32_t i = 0; i < info.memory.count; i++) {
		const struct os_boot_memory *range = &info.memory.ranges[i];

		if (range->kind == OS_BOOT_MEMORY_FREE || range->kind == OS_BOOT_MEMORY_MODULE)
			pages_set(range->address, range->size, PAGE_FREE);
		if (range->kind == OS_BOOT_MEMORY_KERNEL)
			pages_set(range->address, range->size, PAGE_KERNEL);
		if (range->kind == OS_BOOT_MEMORY_DENIED)
			pages_deny(range->address, range->size);
	}
}

/* ------------------------------------------------------------------ root */

/* What the root PD is made of, and what is mapped there beside its segments. */
struct root {
	const struct os_image *image;
	struct pd *pd;
	uint64_t next;    /* physical: pages for PD, thread, tables, slots */
	uint64_t address; /* virtual: the next that is free, behind the segments */
	uint64_t stack_top, utcb, info;
};

static void root_expect(enum os_err err)
{
	if (err)
		boot_fail("the root program cannot be set up (error %u)", err);
}

static uint64_t root_page(struct root *root)
{
	root->next += OS_KERNEL_PAGE;
	return root->next - OS_KERNEL_PAGE;
}

static void root_map(struct root *root, uint64_t address, uint64_t physical, uint64_t size,
                     uint32_t attributes)
{
	uint64_t done;

	for (uint64_t at = 0; at < size; at += done)
		root_expect(space_map(root->pd, address + at, physical + at, size - at,
		                      attributes | MAP_ANY, &done));
}

/* Map pages behind all others, with one below them that is not mapped. */
static uint64_t root_append(struct root *root, uint64_t physical, uint64_t size,
                            uint32_t attributes)
{
	uint64_t address = root->address + OS_KERNEL_PAGE;

	root_map(root, address, physical, size, attributes);
	root->address = address + size;
	return address;
}

static void root_load(struct root *root)
{
	const struct os_image_segment *segments =
	        (const void *)((const uint8_t *)root->image + root->image->segment_offset);

	for (uint32_t i = 0; i < root->image->segment_count; i++) {
		const struct os_image_segment *s = &segments[i];

		pages_set(s->physical, s->size, PAGE_FREE);
		root_map(root, s->address, s->physical, s->size, s->attributes);
		if (s->address + s->size > root->address)
			root->address = s->address + s->size;
	}
	root->address = ROUND_UP(root->address, LARGE);
}

static void root_create(struct root *root)
{
	root_expect(pd_init(root_page(root), 0, &root->pd));
	for (uint32_t i = 0; i < ROOT_TABLES; i++)
		root_expect(pd_add(root->pd, root_page(root), OS_GIVE_TABLE));
	root_expect(pd_add(root->pd, root_page(root), OS_GIVE_DIRECTORY));
	for (uint32_t i = 0; i < ROOT_SLOTS / OS_KERNEL_SLOTS_PAGE; i++)
		root_expect(pd_add(root->pd, root_page(root), OS_GIVE_SLOTS));
	root->pd->slots_limit = OS_KERNEL_SLOTS_MAX;
}

static struct thread *root_thread(struct root *root)
{
	uint64_t page = root_page(root), utcb = root_page(root);
	struct thread *thread;

	memset(physical_pointer(utcb), 0, OS_KERNEL_PAGE);
	root->utcb = root_append(root, utcb, OS_KERNEL_PAGE, OS_MAP_READ | OS_MAP_WRITE);
	root_expect(thread_init(root->pd, page, utcb, 0, &thread));
	root_expect(
	        cap_insert_at(root->pd, &root->pd->object, OS_RIGHT_ALL, false, OS_KERNEL_ROOT_PD));
	root_expect(cap_insert_at(root->pd, &thread->object, OS_RIGHT_ALL, false,
	                          OS_KERNEL_ROOT_THREAD));
	root_expect(cap_insert_at(root->pd, &machine_object, OS_RIGHT_ALL, false,
	                          OS_KERNEL_ROOT_MACHINE));
	return thread;
}

static void thread_run(const struct root *root, struct thread *thread)
{
	thread->frame.rip = root->image->entry;
	thread->frame.rsp = root->stack_top;
	thread->frame.rflags = flags_for_user(0);
	thread->frame.rdi = root->info;
	thread->frame.rsi = root->utcb;
	thread->full_frame = FRAME_FULL;
	thread->priority = thread->effective = 0;
	thread->cpu = 0;
	sched_ready(thread);
}

/* The record for root, at the beginning of `size` bytes of zeroed memory. */
static void record_fill(struct os_boot_info *record, const struct os_image *image)
{
	uint64_t memory_size = info.memory.count * sizeof(struct os_boot_memory);
	uint64_t module_size = image->module_count * sizeof(struct os_boot_module);

	record->magic = OS_BOOT_MAGIC;
	record->version = OS_BOOT_VERSION;
	record->memory_count = info.memory.count;
	record->memory_offset = sizeof(*record);
	record->module_count = image->module_count;
	record->module_offset = (uint32_t)(sizeof(*record) + memory_size);
	record->size = record->module_offset + module_size;
	memcpy((uint8_t *)record + record->memory_offset, info.memory.ranges, memory_size);
	memcpy((uint8_t *)record + record->module_offset,
	       (const uint8_t *)image + image->module_offset, module_size);
	record->cpu_count = cpu_count;
	record->acpi_rsdp = info.rsdp;
	record->tsc_khz = clock_tsc_khz;
	record->screen = info.screen;
	record->entropy_bits = entropy_collect(record->entropy);
#ifndef NDEBUG
	record->debug = 1;
#endif
}

static void root_start(const struct os_image *image, uint32_t interrupts)
{
	uint64_t pages = 3 + ROOT_TABLES + 1 + ROOT_SLOTS / OS_KERNEL_SLOTS_PAGE;
	uint64_t record_size = ROUND_UP(sizeof(struct os_boot_info) + sizeof(info.memory.ranges) +
	                                        image->module_count * sizeof(struct os_boot_module),
	                                OS_KERNEL_PAGE);
	uint64_t words_end = ram_end();
	uint64_t *words = boot_pages(words_end / OS_KERNEL_PAGE * sizeof(*words));
	uint64_t pool = memory_take(pages * OS_KERNEL_PAGE, OS_BOOT_MEMORY_KERNEL);
	uint64_t stack = pointer_physical(boot_pages(ROOT_STACK));
	struct os_boot_info *record = boot_pages(record_size);
	struct root root = { .image = image, .next = pool };
	struct thread *thread;

	memory_init(words, words_end);
	pages_set(pool, pages * OS_KERNEL_PAGE, PAGE_FREE);
	pages_set(stack, ROOT_STACK, PAGE_FREE);
	pages_set(pointer_physical(record), record_size, PAGE_FREE);
	record_fill(record, image);
	record->interrupt_count = interrupts;

	root_create(&root);
	root_load(&root);
	root.stack_top =
	        root_append(&root, stack, ROOT_STACK, OS_MAP_READ | OS_MAP_WRITE) + ROOT_STACK;
	root.info = root_append(&root, pointer_physical(record), record_size, OS_MAP_READ);
	thread = root_thread(&root);
	record->image_address = root.address;
	thread_run(&root, thread);
}

/* ------------------------------------------------------------------ the order of things */

/* From start.S: what the boot loader left in eax (0: PVH) and ebx. */
void boot_main(uint32_t magic, uint64_t address) __attribute__((noreturn));
void boot_main(uint32_t magic, uint64_t address)
{
	const struct os_image *image;
	struct cpu *cpu;
	uint32_t interrupts;

	serial_init();
	info_read(magic, address);
	image = image_read();
	tables_init();
	acpi_init();
	cpu = cpus_init(&interrupts);
	kernel_print("Osier: %s, %lu MiB, %u CPUs, %u interrupts\n", image->name,
	             boot_memory_sum(&info.memory, OS_BOOT_MEMORY_FREE) / MEBIBYTE, cpu_count,
	             interrupts);
	if (!exclusive_enter(cpu))
		boot_fail("another CPU runs already");
	root_start(image, interrupts);
	exclusive_leave(cpu);
	screen_release();
	sched_kicked(cpu);
	cpu_return();
}
