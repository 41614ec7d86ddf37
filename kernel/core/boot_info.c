/* SPDX-License-Identifier: BSD-2-Clause */
/* What boot loaders tell, and the image record, checked: both may be damaged. */

#include <boot_info.h>
#include <bytes.h>

#define ROUND_UP(x)   (((x) + OS_KERNEL_PAGE - 1) & ~(uint64_t)(OS_KERNEL_PAGE - 1))
#define ROUND_DOWN(x) ((x) & ~(uint64_t)(OS_KERNEL_PAGE - 1))

#define PHYSICAL_END  (1ul << 46) /* the direct map has room for so much */

static bool fail(const char **problem, const char *text)
{
	*problem = text;
	return false;
}

/* ------------------------------------------------------------------ memory */

static bool range_insert(struct boot_memory *memory, uint32_t at, uint64_t start, uint64_t end,
                         uint32_t kind)
{
	if (memory->count >= BOOT_MEMORY_MAX)
		return false;
	for (uint32_t i = memory->count++; i > at; i--)
		memory->ranges[i] = memory->ranges[i - 1];
	memory->ranges[at] =
	        (struct os_boot_memory){ .address = start, .size = end - start, .kind = kind };
	return true;
}

static void range_remove(struct boot_memory *memory, uint32_t at)
{
	memory->count--;
	for (uint32_t i = at; i < memory->count; i++)
		memory->ranges[i] = memory->ranges[i + 1];
}

static uint64_t range_end(const struct os_boot_memory *range)
{
	return range->address + range->size;
}

/* Cut [start, end) out of the ranges; *at: where a range that fills it belongs. */
static bool range_cut(struct boot_memory *memory, uint64_t start, uint64_t end, uint32_t *at)
{
	struct os_boot_memory *range;
	uint64_t old_end;
	uint32_t i = 0;

	while (i < memory->count && range_end(&memory->ranges[i]) <= start)
		i++;
	if (i < memory->count && memory->ranges[i].address < start) {
		range = &memory->ranges[i++];
		old_end = range_end(range);
		if (old_end > end && !range_insert(memory, i, end, old_end, range->kind))
			return false;
		range->size = start - range->address;
	}
	while (i < memory->count && range_end(&memory->ranges[i]) <= end)
		range_remove(memory, i);
	if (i < memory->count && memory->ranges[i].address < end) {
		range = &memory->ranges[i];
		range->size = range_end(range) - end;
		range->address = end;
	}
	*at = i;
	return true;
}

static void range_join(struct boot_memory *memory, uint32_t at)
{
	struct os_boot_memory *range = &memory->ranges[at];

	if (at + 1 >= memory->count || range->kind != range[1].kind ||
	    range_end(range) != range[1].address)
		return;
	range->size += range[1].size;
	range_remove(memory, at + 1);
}

bool boot_memory_set(struct boot_memory *memory, uint64_t start, uint64_t end, uint32_t kind)
{
	uint32_t at;

	if (end > PHYSICAL_END)
		end = PHYSICAL_END;
	if (start >= end)
		return true;
	start = ROUND_DOWN(start);
	end = ROUND_UP(end);
	if (!range_cut(memory, start, end, &at) || !range_insert(memory, at, start, end, kind))
		return false;
	range_join(memory, at);
	if (at)
		range_join(memory, at - 1);
	return true;
}

bool boot_memory_take(struct boot_memory *memory, uint64_t size, uint64_t from, uint64_t to,
                      uint32_t kind, uint64_t *address)
{
	size = ROUND_UP(size);
	for (uint32_t i = 0; i < memory->count; i++) {
		const struct os_boot_memory *range = &memory->ranges[i];
		uint64_t start = range->address > from ? range->address : from;
		uint64_t end = range_end(range) < to ? range_end(range) : to;

		if (range->kind != OS_BOOT_MEMORY_FREE || start >= end || end - start < size)
			continue;
		if (!boot_memory_set(memory, start, start + size, kind))
			return false;
		*address = start;
		return true;
	}
	return false;
}

bool boot_memory_is(const struct boot_memory *memory, uint64_t start, uint64_t size, uint32_t kind)
{
	for (uint32_t i = 0; i < memory->count; i++) {
		const struct os_boot_memory *range = &memory->ranges[i];

		if (range->kind == kind && range->address <= start &&
		    start - range->address <= range->size)
			return size <= range->size - (start - range->address);
	}
	return false;
}

uint64_t boot_memory_sum(const struct boot_memory *memory, uint32_t kind)
{
	uint64_t sum = 0;

	for (uint32_t i = 0; i < memory->count; i++)
		if (memory->ranges[i].kind == kind)
			sum += memory->ranges[i].size;
	return sum;
}

uint64_t boot_memory_end(const struct boot_memory *memory, uint32_t kind)
{
	uint64_t end = 0;

	for (uint32_t i = 0; i < memory->count; i++)
		if (memory->ranges[i].kind == kind)
			end = range_end(&memory->ranges[i]);
	return end;
}

/* ------------------------------------------------------------------ the loader's memory map */

/* Both protocols have the same types, those of ACPI's E820; entries of 20 bytes or more. */
struct firmware_map {
	const uint8_t *entries;
	uint32_t count, entry_size;
};

static uint32_t kind_of(uint32_t type)
{
	switch (type) {
	case 1:
		return OS_BOOT_MEMORY_FREE;
	case 3: /* ACPI tables */
	case 4: /* ACPI's memory that is not volatile */
		return OS_BOOT_MEMORY_ACPI;
	default:
		return OS_BOOT_MEMORY_RESERVED;
	}
}

/* Take over the entries of one kind; where they overlap others, the caller's order decides. */
static bool map_add(struct boot_memory *memory, const struct firmware_map *map, uint32_t kind)
{
	for (uint32_t i = 0; i < map->count; i++) {
		const uint8_t *entry = map->entries + (uint64_t)i * map->entry_size;
		uint64_t start = u64_at(entry), size = u64_at(entry + 8), end;

		if (kind_of(u32_at(entry + 16)) != kind)
			continue;
		if (__builtin_add_overflow(start, size, &end) || end > PHYSICAL_END)
			end = PHYSICAL_END;
		if (kind == OS_BOOT_MEMORY_FREE && start < end) { /* whole pages only */
			start = ROUND_UP(start);
			end = ROUND_DOWN(end);
		}
		if (!boot_memory_set(memory, start, end, kind))
			return false;
	}
	return true;
}

static bool map_read(struct boot_info *info, const struct firmware_map *map, const char **problem)
{
	struct boot_memory *memory = &info->memory;

	if (!map->count)
		return fail(problem, "the boot loader tells no memory map");
	if (!map_add(memory, map, OS_BOOT_MEMORY_FREE) ||
	    !map_add(memory, map, OS_BOOT_MEMORY_ACPI) ||
	    !map_add(memory, map, OS_BOOT_MEMORY_RESERVED) ||
	    /* the first page is the firmware's in any case */
	    !boot_memory_set(memory, 0, OS_KERNEL_PAGE, OS_BOOT_MEMORY_RESERVED))
		return fail(problem, "the boot loader's memory map has too many ranges");
	return true;
}

/* A VGA text screen, unless there is RAM, or firmware without VGA. */
static void screen_text(struct boot_info *info)
{
	if (info->efi || boot_memory_is(&info->memory, 0xb8000, 0x1000, OS_BOOT_MEMORY_FREE))
		return;
	info->screen = (struct os_boot_screen){
		.address = 0xb8000, .width = 80, .height = 25, .pitch = 160, .bits = 16, .text = 1
	};
}

/* ------------------------------------------------------------------ PVH */

struct hvm_start_info {
	uint32_t magic, version, flags, module_count;
	uint64_t modules, command_line, rsdp;
	uint64_t map; /* from version 1 on */
	uint32_t map_count, reserved;
};

enum { HVM_MAGIC = 0x336ec578, HVM_ENTRY_SIZE = 24 };

bool boot_info_pvh(struct boot_info *info, uint64_t address, uint64_t limit, const char **problem)
{
	struct firmware_map map = { .entry_size = HVM_ENTRY_SIZE };
	struct hvm_start_info start;
	const void *at = bytes_at(address, sizeof(start), limit);

	*info = (struct boot_info){ 0 };
	if (!at)
		return fail(problem, "the boot loader's information is out of reach");
	memcpy(&start, at, sizeof(start));
	if (start.magic != HVM_MAGIC)
		return fail(problem, "no boot loader that speaks PVH or Multiboot 2");
	if (start.version < 1)
		return fail(problem, "the boot loader's PVH version has no memory map");
	map.count = start.map_count;
	map.entries = bytes_at(start.map, (uint64_t)map.count * HVM_ENTRY_SIZE, limit);
	if (!map.entries)
		return fail(problem, "the boot loader's memory map is out of reach");
	if (!map_read(info, &map, problem))
		return false;
	info->rsdp = start.rsdp;
	screen_text(info);
	return true;
}

/* ------------------------------------------------------------------ Multiboot 2 */

enum {
	TAG_END = 0,
	TAG_MEMORY = 6,
	TAG_SCREEN = 8,
	TAG_EFI_32 = 11,
	TAG_EFI_64 = 12,
	TAG_RSDP_OLD = 14,
	TAG_RSDP_NEW = 15,
	TAG_HEADER = 8, /* bytes */
	TAGS_SIZE_MAX = 1 << 20,
	SCREEN_RGB = 1,
	SCREEN_TEXT = 2,
	SCREEN_MAX = 16384, /* pixels */
};

/* `size` counts the tag's header. */
static bool tag_memory(const uint8_t *tag, uint32_t size, struct firmware_map *map)
{
	if (size < 16 || u32_at(tag + 8) < 20)
		return false;
	map->entry_size = u32_at(tag + 8);
	map->count = (size - 16) / map->entry_size;
	map->entries = tag + 16;
	return true;
}

static void tag_screen(const uint8_t *tag, uint32_t size, struct os_boot_screen *screen)
{
	if (size < 32 || (tag[29] == SCREEN_RGB && size < 38))
		return;
	if (tag[29] != SCREEN_RGB && tag[29] != SCREEN_TEXT)
		return;
	*screen = (struct os_boot_screen){
		.address = u64_at(tag + 8),
		.pitch = u32_at(tag + 16),
		.width = u32_at(tag + 20),
		.height = u32_at(tag + 24),
		.bits = tag[28],
		.text = tag[29] == SCREEN_TEXT,
	};
	if (screen->text)
		return;
	screen->red_shift = tag[32];
	screen->green_shift = tag[34];
	screen->blue_shift = tag[36];
}

/* The newer RSDP is the better one. */
static void tag_rsdp(const uint8_t *tag, uint32_t size, struct boot_info *info)
{
	uint32_t length = size - TAG_HEADER < BOOT_RSDP_SIZE ? size - TAG_HEADER : BOOT_RSDP_SIZE;

	if (length <= info->rsdp_size)
		return;
	memcpy(info->rsdp_copy, tag + TAG_HEADER, length);
	info->rsdp_size = length;
}

static bool tags_read(struct boot_info *info, const uint8_t *tags, uint32_t total,
                      struct firmware_map *map)
{
	for (uint32_t at = 8; at <= total - TAG_HEADER;) {
		uint32_t type = u32_at(tags + at), size = u32_at(tags + at + 4);

		if (type == TAG_END)
			return true;
		if (size < TAG_HEADER || size > total - at)
			return false;
		if (type == TAG_MEMORY && !tag_memory(tags + at, size, map))
			return false;
		if (type == TAG_SCREEN)
			tag_screen(tags + at, size, &info->screen);
		if (type == TAG_EFI_32 || type == TAG_EFI_64)
			info->efi = true;
		if (type == TAG_RSDP_OLD || type == TAG_RSDP_NEW)
			tag_rsdp(tags + at, size, info);
		at += (size + 7) & ~7u;
	}
	return false;
}

/* Is it a screen that can be drawn on without harm? */
static bool screen_usable(const struct boot_info *info)
{
	const struct os_boot_screen *s = &info->screen;
	uint32_t bytes = s->text ? 2 : (s->bits + 7) / 8;
	uint64_t size = (uint64_t)s->pitch * s->height;

	if (!s->text && (s->bits < 15 || s->bits > 32))
		return false;
	if (!s->width || !s->height || s->width > SCREEN_MAX || s->height > SCREEN_MAX ||
	    s->pitch > SCREEN_MAX * 4 || s->pitch < s->width * bytes)
		return false;
	if (s->red_shift > 31 || s->green_shift > 31 || s->blue_shift > 31)
		return false;
	if (s->address > PHYSICAL_END - size)
		return false;
	for (uint32_t i = 0; i < info->memory.count; i++) {
		const struct os_boot_memory *range = &info->memory.ranges[i];

		if (range->kind != OS_BOOT_MEMORY_RESERVED && range->address < s->address + size &&
		    s->address < range_end(range))
			return false;
	}
	return true;
}

bool boot_info_multiboot(struct boot_info *info, uint64_t address, uint64_t limit,
                         const char **problem)
{
	struct firmware_map map = { 0 };
	const uint8_t *tags = bytes_at(address, 8, limit);
	uint32_t total;

	*info = (struct boot_info){ 0 };
	if (!tags || address % 8)
		return fail(problem, "the boot loader's information is out of reach");
	total = u32_at(tags);
	if (total < 16 || total > TAGS_SIZE_MAX || !bytes_at(address, total, limit))
		return fail(problem, "the boot loader's information has an impossible size");
	if (!tags_read(info, tags, total, &map))
		return fail(problem, "the boot loader's information is damaged");
	if (!map_read(info, &map, problem))
		return false;
	if (!info->screen.address)
		screen_text(info);
	else if (!screen_usable(info))
		info->screen = (struct os_boot_screen){ 0 };
	return true;
}

/* ------------------------------------------------------------------ the image */

/* FNV-1a over words of 64 bits. */
static uint64_t checksum(const uint64_t *words, uint64_t count)
{
	uint64_t sum = 0xcbf29ce484222325;

	for (uint64_t i = 0; i < count; i++)
		sum = (sum ^ words[i]) * 0x100000001b3;
	return sum;
}

/* Is a table of `count` entries within the image, and aligned? */
static bool table_fits(const struct os_image *image, uint32_t offset, uint32_t count,
                       uint64_t entry_size)
{
	return !(offset % 8) && offset >= sizeof(*image) && offset <= image->size &&
	       count * entry_size <= image->size - offset;
}

/* Are [address, address + size) whole pages of the image at `base`, behind its record? */
static bool pages_fit(const struct os_image *image, uint64_t base, uint64_t address, uint64_t size)
{
	return !(address % OS_KERNEL_PAGE) && size && address > base &&
	       address - base <= image->size && size <= image->size - (address - base);
}

static bool segments_overlap(const struct os_image_segment *a, const struct os_image_segment *b)
{
	return a->address < b->address + b->size && b->address < a->address + a->size;
}

static bool segments_check(const struct os_image *image, uint64_t base, const char **problem)
{
	const struct os_image_segment *segments =
	        (const void *)((const uint8_t *)image + image->segment_offset);
	bool entry = false;

	for (uint32_t i = 0; i < image->segment_count; i++) {
		const struct os_image_segment *s = &segments[i];

		if (!pages_fit(image, base, s->physical, s->size) || s->size % OS_KERNEL_PAGE)
			return fail(problem, "the image's root program is not all in the image");
		if (s->address % OS_KERNEL_PAGE || !s->address ||
		    s->address >= OS_KERNEL_USER_END || s->size > OS_KERNEL_USER_END - s->address)
			return fail(problem, "the image's root program has impossible addresses");
		if ((s->attributes & ~7u) || !(s->attributes & OS_MAP_READ) ||
		    ((s->attributes & OS_MAP_WRITE) && (s->attributes & OS_MAP_EXECUTE)))
			return fail(problem, "the image's root program has impossible rights");
		for (uint32_t j = 0; j < i; j++)
			if (segments_overlap(s, &segments[j]))
				return fail(problem, "parts of the image's root program overlap");
		entry |= (s->attributes & OS_MAP_EXECUTE) && image->entry >= s->address &&
		         image->entry - s->address < s->size;
	}
	if (!entry)
		return fail(problem, "the image's root program has no entry");
	return true;
}

static bool name_proper(const char *name)
{
	for (uint32_t i = 0; i < OS_BOOT_NAME_MAX; i++)
		if (!name[i])
			return i > 0;
	return false;
}

static bool modules_check(const struct os_image *image, uint64_t base, const char **problem)
{
	const struct os_boot_module *modules =
	        (const void *)((const uint8_t *)image + image->module_offset);

	for (uint32_t i = 0; i < image->module_count; i++) {
		if (!pages_fit(image, base, modules[i].address, modules[i].size) ||
		    ROUND_UP(modules[i].size) > image->size - (modules[i].address - base))
			return fail(problem, "a module of the image is not all in the image");
		if (!name_proper(modules[i].name))
			return fail(problem, "a module of the image has no proper name");
	}
	return true;
}

bool boot_image_check(const struct boot_info *info, uint64_t address, uint64_t limit,
                      const struct os_image **out, const char **problem)
{
	const struct os_image *image = bytes_at(address, sizeof(*image), limit);

	if (!image || !boot_memory_is(&info->memory, address, OS_KERNEL_PAGE, OS_BOOT_MEMORY_FREE))
		return fail(problem, "there is no RAM where the image record should be");
	if (image->magic != OS_IMAGE_MAGIC)
		return fail(problem, "there is no image record behind the kernel: this is the bare "
		                     "kernel, or the image is damaged");
	if (image->version != OS_BOOT_VERSION || image->record_size != sizeof(*image))
		return fail(problem, "the image is of another version than the kernel");
	if (image->size % OS_KERNEL_PAGE || image->size < OS_KERNEL_PAGE ||
	    !bytes_at(address, image->size, limit) ||
	    !boot_memory_is(&info->memory, address, image->size, OS_BOOT_MEMORY_FREE))
		return fail(problem, "the image is damaged, or larger than the memory");
	if (checksum((const uint64_t *)(image + 1), (image->size - sizeof(*image)) / 8) !=
	    image->checksum)
		return fail(problem, "the image is damaged or truncated: its checksum is wrong");
	if (image->segment_count > BOOT_SEGMENTS_MAX || image->module_count > BOOT_MODULES_MAX ||
	    !table_fits(image, image->segment_offset, image->segment_count,
	                sizeof(struct os_image_segment)) ||
	    !table_fits(image, image->module_offset, image->module_count,
	                sizeof(struct os_boot_module)))
		return fail(problem, "the image's tables are not all in the image");
	if (!name_proper(image->name))
		return fail(problem, "the image has no proper name");
	if (!segments_check(image, address, problem) || !modules_check(image, address, problem))
		return false;
	*out = image;
	return true;
}
