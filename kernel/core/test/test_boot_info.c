/* SPDX-License-Identifier: BSD-2-Clause */
/* What boot loaders tell, and the image record: read rightly, and survived when damaged. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include <boot_info.h>

enum {
	LIMIT = MOCK_PAGES * OS_KERNEL_PAGE,
	START = 0x1000, /* hvm_start_info, or Multiboot's tags */
	MAP = 0x2000,   /* PVH's memory map */
	IMAGE = 0x100000,
	IMAGE_SIZE = 0x6000,
	FREE = OS_BOOT_MEMORY_FREE,
	RESERVED = OS_BOOT_MEMORY_RESERVED,
};

static struct boot_info info;
static const char *problem;
static uint32_t tags_length;

static void put(uint64_t at, uint64_t value, uint32_t size)
{
	memcpy(mock_memory + at, &value, size);
}

static void refused(bool accepted, const char *what)
{
	assert_false(accepted);
	assert_non_null(problem);
	assert_non_null(strstr(problem, what));
}

/* ------------------------------------------------------------------ the memory map */

static struct boot_memory memory;

static void range_is(uint32_t index, uint64_t start, uint64_t end, uint32_t kind)
{
	assert_true(index < memory.count);
	assert_int_equal(memory.ranges[index].address, start);
	assert_int_equal(memory.ranges[index].size, end - start);
	assert_int_equal(memory.ranges[index].kind, kind);
}

static void set(uint64_t start, uint64_t end, uint32_t kind)
{
	assert_true(boot_memory_set(&memory, start, end, kind));
}

static int empty(void **state)
{
	(void)state;
	memory.count = 0;
	return 0;
}

static void ranges_are_sorted_and_joined(void **state)
{
	(void)state;
	set(0x5000, 0x6000, FREE);
	set(0x1000, 0x2000, FREE);
	set(0x3000, 0x4000, FREE);
	assert_int_equal(memory.count, 3);
	range_is(0, 0x1000, 0x2000, FREE);
	range_is(2, 0x5000, 0x6000, FREE);
	set(0x2000, 0x3000, FREE);
	set(0x4000, 0x5000, FREE);
	assert_int_equal(memory.count, 1);
	range_is(0, 0x1000, 0x6000, FREE);
}

static void a_later_kind_replaces_what_it_covers(void **state)
{
	(void)state;
	set(0x1000, 0x9000, FREE);
	set(0x3000, 0x4000, RESERVED); /* within */
	assert_int_equal(memory.count, 3);
	range_is(1, 0x3000, 0x4000, RESERVED);
	set(0x0, 0x2000, RESERVED);     /* over the beginning */
	set(0x8000, 0x10000, RESERVED); /* over the end */
	range_is(0, 0x0, 0x2000, RESERVED);
	range_is(1, 0x2000, 0x3000, FREE);
	range_is(3, 0x4000, 0x8000, FREE);
	range_is(4, 0x8000, 0x10000, RESERVED);
	set(0x2800, 0x8001, OS_BOOT_MEMORY_KERNEL); /* over several; whole pages */
	assert_int_equal(memory.count, 3);
	range_is(0, 0x0, 0x2000, RESERVED);
	range_is(1, 0x2000, 0x9000, OS_BOOT_MEMORY_KERNEL);
	range_is(2, 0x9000, 0x10000, RESERVED);
	set(0x4000, 0x4000, FREE); /* nothing */
	assert_int_equal(memory.count, 3);
}

static void too_many_ranges_are_told(void **state)
{
	(void)state;
	for (uint64_t i = 0; i < BOOT_MEMORY_MAX; i++)
		set(i * 0x2000, i * 0x2000 + 0x1000, FREE);
	assert_false(boot_memory_set(&memory, 0x10000000, 0x10001000, FREE));
	assert_int_equal(memory.count, BOOT_MEMORY_MAX);
}

static void memory_is_taken_where_there_is_enough(void **state)
{
	uint64_t address;

	(void)state;
	set(0x1000, 0x3000, FREE);
	set(0x4000, 0x9000, FREE);
	assert_true(boot_memory_take(&memory, 0x3000, 0, LIMIT, OS_BOOT_MEMORY_KERNEL, &address));
	assert_int_equal(address, 0x4000);
	assert_true(boot_memory_take(&memory, 1, 0x2000, LIMIT, OS_BOOT_MEMORY_KERNEL, &address));
	assert_int_equal(address, 0x2000);
	assert_false(boot_memory_take(&memory, 0x3000, 0, LIMIT, FREE, &address));
	assert_false(boot_memory_take(&memory, 0x2000, 0, 0x8000, FREE, &address));
	assert_int_equal(boot_memory_sum(&memory, FREE), 0x3000);
	assert_int_equal(boot_memory_sum(&memory, OS_BOOT_MEMORY_KERNEL), 0x4000);
	assert_int_equal(boot_memory_end(&memory, FREE), 0x9000);
	assert_int_equal(boot_memory_end(&memory, RESERVED), 0);
}

static void a_question_about_a_range_is_answered(void **state)
{
	(void)state;
	set(0x1000, 0x3000, FREE);
	assert_true(boot_memory_is(&memory, 0x1000, 0x2000, FREE));
	assert_true(boot_memory_is(&memory, 0x2fff, 1, FREE));
	assert_false(boot_memory_is(&memory, 0x1000, 0x2001, FREE));
	assert_false(boot_memory_is(&memory, 0xfff, 2, FREE));
	assert_false(boot_memory_is(&memory, 0x1000, UINT64_MAX, FREE));
	assert_false(boot_memory_is(&memory, 0x1000, 0x1000, RESERVED));
}

/* ------------------------------------------------------------------ PVH */

static void map_put(uint64_t at, uint64_t start, uint64_t size, uint32_t type)
{
	put(at, start, 8);
	put(at + 8, size, 8);
	put(at + 16, type, 4);
}

static int pvh(void **state)
{
	(void)state;
	mock_reset(1);
	put(START, 0x336ec578, 4);
	put(START + 4, 1, 4);
	put(START + 32, 0xf5a0, 8);
	put(START + 40, MAP, 8);
	put(START + 48, 3, 4);
	map_put(MAP, 0, 0x9fc00, 1);
	map_put(MAP + 24, 0x9fc00, 0x400, 2);
	map_put(MAP + 48, 0x100000, 0x100000, 1);
	return 0;
}

static bool pvh_read(void)
{
	problem = NULL;
	return boot_info_pvh(&info, START, LIMIT, &problem);
}

static void pvh_is_read(void **state)
{
	(void)state;
	assert_true(pvh_read());
	memory = info.memory;
	range_is(0, 0, 0x1000, RESERVED);
	range_is(1, 0x1000, 0x9f000, FREE);
	range_is(2, 0x9f000, 0xa0000, RESERVED);
	range_is(3, 0x100000, 0x200000, FREE);
	assert_int_equal(memory.count, 4);
	assert_int_equal(info.rsdp, 0xf5a0);
	assert_int_equal(info.screen.address, 0xb8000);
	assert_true(info.screen.text);
}

static void what_is_reserved_wins(void **state)
{
	(void)state;
	map_put(MAP, 0x100000, 0x4000, 2);
	map_put(MAP + 24, 0x102000, 0x4000, 3);
	assert_true(pvh_read());
	memory = info.memory;
	range_is(1, 0x100000, 0x104000, RESERVED);
	range_is(2, 0x104000, 0x106000, OS_BOOT_MEMORY_ACPI);
	range_is(3, 0x106000, 0x200000, FREE);
}

static void ram_at_the_screens_address_is_no_screen(void **state)
{
	(void)state;
	map_put(MAP, 0, 0x200000, 1);
	map_put(MAP + 24, 0x300000, 0x1000, 2);
	assert_true(pvh_read());
	assert_int_equal(info.screen.address, 0);
}

static void ranges_that_wrap_end_with_memory(void **state)
{
	(void)state;
	map_put(MAP + 24, 0x300000, UINT64_MAX, 1);
	assert_true(pvh_read());
	assert_int_equal(boot_memory_end(&info.memory, FREE), 1ul << 46);
	map_put(MAP + 24, UINT64_MAX - 5, 3, 2);
	assert_true(pvh_read());
}

static void damaged_pvh_is_refused(void **state)
{
	(void)state;
	put(START + 48, 0, 4);
	refused(pvh_read(), "no memory map");
	put(START + 48, 0xffffffff, 4);
	refused(pvh_read(), "out of reach");
	put(START + 40, UINT64_MAX - 3, 8);
	refused(pvh_read(), "out of reach");
	put(START + 4, 0, 4);
	refused(pvh_read(), "no memory map");
	put(START, 0x336ec579, 4);
	refused(pvh_read(), "no boot loader");
	refused(boot_info_pvh(&info, 0, LIMIT, &problem), "out of reach");
	refused(boot_info_pvh(&info, LIMIT - 8, LIMIT, &problem), "out of reach");
}

static void a_map_of_too_many_ranges_is_refused(void **state)
{
	(void)state;
	for (uint32_t i = 0; i < 2000; i++)
		map_put(MAP + i * 24, i * 0x2000ul, 0x1000, 1);
	put(START + 48, 2000, 4);
	refused(pvh_read(), "too many ranges");
}

/* ------------------------------------------------------------------ Multiboot 2 */

/* Append a tag; returns where its payload is. */
static uint64_t tag_add(uint32_t type, uint32_t size)
{
	uint64_t at = START + tags_length;

	put(at, type, 4);
	put(at + 4, size, 4);
	tags_length += (size + 7) & ~7u;
	put(START, tags_length, 4);
	return at + 8;
}

static uint64_t screen_add(uint64_t address, uint32_t pitch, uint32_t width, uint32_t height,
                           uint8_t bits, uint8_t type)
{
	uint64_t at = tag_add(8, 38);

	put(at, address, 8);
	put(at + 8, pitch, 4);
	put(at + 12, width, 4);
	put(at + 16, height, 4);
	put(at + 20, bits, 1);
	put(at + 21, type, 1);
	put(at + 24, 0x080008080810, 6); /* 8 bits each, at 16, 8 and 0 */
	return at;
}

static int multiboot(void **state)
{
	uint64_t at;

	(void)state;
	mock_reset(1);
	tags_length = 8;
	at = tag_add(6, 16 + 2 * 24);
	put(at, 24, 4);
	map_put(at + 8, 0x100000, 0x100000, 1);
	map_put(at + 32, 0, 0xa0000, 1);
	return 0;
}

static bool multiboot_read(void)
{
	problem = NULL;
	return boot_info_multiboot(&info, START, LIMIT, &problem);
}

static bool multiboot_end(void)
{
	tag_add(0, 8);
	return multiboot_read();
}

static void multiboot_is_read(void **state)
{
	uint64_t at;

	(void)state;
	at = tag_add(15, 44);
	memcpy(mock_memory + at, "new", 4);
	at = tag_add(14, 28);
	memcpy(mock_memory + at, "old", 4);
	screen_add(0xfd000000, 4096, 1024, 768, 32, 1);
	assert_true(multiboot_end());
	memory = info.memory;
	range_is(1, 0x1000, 0xa0000, FREE);
	range_is(2, 0x100000, 0x200000, FREE);
	assert_int_equal(info.rsdp_size, 36);
	assert_string_equal((const char *)info.rsdp_copy, "new");
	assert_int_equal(info.screen.address, 0xfd000000);
	assert_int_equal(info.screen.red_shift, 16);
	assert_int_equal(info.screen.green_shift, 8);
	assert_int_equal(info.screen.blue_shift, 0);
	assert_false(info.screen.text);
}

static void without_a_screens_tag_there_is_text_but_not_with_efi(void **state)
{
	(void)state;
	assert_true(multiboot_end());
	assert_int_equal(info.screen.address, 0xb8000);
	multiboot(state);
	tag_add(12, 16);
	assert_true(multiboot_end());
	assert_int_equal(info.screen.address, 0);
}

static void a_text_screen_is_taken(void **state)
{
	(void)state;
	screen_add(0xb8000, 160, 80, 25, 16, 2);
	assert_true(multiboot_end());
	assert_true(info.screen.text);
	assert_int_equal(info.screen.width, 80);
}

static void screens_that_cannot_be_drawn_on_are_ignored(void **state)
{
	static const struct {
		uint64_t address;
		uint32_t pitch, width, height;
		uint8_t bits, type;
	} bad[] = {
		{ 0x180000, 4096, 1024, 16, 32, 1 },    /* in RAM */
		{ 0xfd000000, 4095, 1024, 768, 32, 1 }, /* lines overlap */
		{ 0xfd000000, 4096, 1024, 768, 8, 1 },
		{ 0xfd000000, 4096, 1024, 768, 0, 1 },
		{ 0xfd000000, 4096, 1024, 768, 33, 1 },
		{ 0xfd000000, 4096, 0, 768, 32, 1 },
		{ 0xfd000000, 4096, 1024, 0, 32, 1 },
		{ 0xfd000000, 0xffffffff, 1024, 768, 32, 1 },
		{ 0xfd000000, 65536, 16385, 768, 32, 1 },
		{ UINT64_MAX - 4096, 4096, 1024, 768, 32, 1 },
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		multiboot(state);
		screen_add(bad[i].address, bad[i].pitch, bad[i].width, bad[i].height, bad[i].bits,
		           bad[i].type);
		assert_true(multiboot_end());
		assert_int_equal(info.screen.address, 0);
	}
}

static void a_palette_is_no_screen(void **state)
{
	(void)state;
	screen_add(0xfd000000, 4096, 1024, 768, 8, 0);
	assert_true(multiboot_end());
	assert_int_not_equal(info.screen.address, 0xfd000000);
}

static void damaged_tags_are_refused(void **state)
{
	uint64_t at;

	(void)state;
	refused(multiboot_read(), "damaged"); /* no end */
	at = tag_add(1, 7);
	refused(multiboot_read(), "damaged"); /* shorter than its own header */
	put(at - 4, 0x10000, 4);
	refused(multiboot_read(), "damaged"); /* longer than all */
	put(START, 8, 4);
	refused(multiboot_read(), "impossible size");
	put(START, 0xffffffff, 4);
	refused(multiboot_read(), "impossible size");
	refused(boot_info_multiboot(&info, 0, LIMIT, &problem), "out of reach");
	refused(boot_info_multiboot(&info, START + 4, LIMIT, &problem), "out of reach");
	refused(boot_info_multiboot(&info, LIMIT, LIMIT, &problem), "out of reach");
}

static void a_memory_map_of_tiny_entries_is_refused(void **state)
{
	(void)state;
	put(START + 16, 8, 4);
	refused(multiboot_end(), "damaged");
}

static void without_a_memory_map_nothing_starts(void **state)
{
	(void)state;
	tags_length = 8;
	refused(multiboot_end(), "no memory map");
}

static void any_wrong_byte_of_the_tags_is_survived(void **state)
{
	(void)state;
	tag_add(15, 44);
	screen_add(0xfd000000, 4096, 1024, 768, 32, 1);
	assert_true(multiboot_end());
	for (uint32_t i = 0; i < tags_length; i++)
		for (uint32_t value = 0; value < 256; value++) {
			uint8_t old = mock_memory[START + i];

			mock_memory[START + i] = (uint8_t)value;
			(void)!multiboot_read();
			mock_memory[START + i] = old;
		}
}

/* ------------------------------------------------------------------ the image */

static struct os_image *image(void)
{
	return (struct os_image *)(mock_memory + IMAGE);
}

static struct os_image_segment *segment(uint32_t index)
{
	return (struct os_image_segment *)(mock_memory + IMAGE + image()->segment_offset) + index;
}

static struct os_boot_module *module(uint32_t index)
{
	return (struct os_boot_module *)(mock_memory + IMAGE + image()->module_offset) + index;
}

static void image_sum(void)
{
	uint64_t sum = 0xcbf29ce484222325, word;

	for (uint64_t at = sizeof(struct os_image); at < IMAGE_SIZE; at += 8) {
		memcpy(&word, mock_memory + IMAGE + at, 8);
		sum = (sum ^ word) * 0x100000001b3;
	}
	image()->checksum = sum;
}

/* Two segments, two modules. */
static int image_setup(void **state)
{
	pvh(state);
	assert_true(pvh_read());
	*image() = (struct os_image){
		.magic = OS_IMAGE_MAGIC,
		.version = OS_BOOT_VERSION,
		.record_size = sizeof(struct os_image),
		.size = IMAGE_SIZE,
		.entry = 0x400010,
		.segment_count = 2,
		.segment_offset = sizeof(struct os_image),
		.module_count = 2,
		.module_offset = 0x400,
		.name = "test",
	};
	*segment(0) = (struct os_image_segment){
		.address = 0x400000,
		.physical = IMAGE + 0x1000,
		.size = 0x1000,
		.attributes = OS_MAP_READ | OS_MAP_EXECUTE,
	};
	*segment(1) = (struct os_image_segment){
		.address = 0x401000,
		.physical = IMAGE + 0x2000,
		.size = 0x2000,
		.attributes = OS_MAP_READ | OS_MAP_WRITE,
	};
	*module(0) = (struct os_boot_module){ "init", IMAGE + 0x4000, 0x1000 };
	*module(1) = (struct os_boot_module){ "config", IMAGE + 0x5000, 7 };
	image_sum();
	return 0;
}

static bool image_read(void)
{
	const struct os_image *out;

	problem = NULL;
	return boot_image_check(&info, IMAGE, LIMIT, &out, &problem);
}

static bool image_summed(void)
{
	image_sum();
	return image_read();
}

static void an_image_is_accepted(void **state)
{
	const struct os_image *out;

	(void)state;
	assert_true(boot_image_check(&info, IMAGE, LIMIT, &out, &problem));
	assert_ptr_equal(out, image());
}

static void a_missing_image_is_told(void **state)
{
	(void)state;
	image()->magic = 0;
	refused(image_read(), "no image record");
	refused(boot_image_check(&info, LIMIT, LIMIT, &(const struct os_image *){ NULL }, &problem),
	        "no RAM");
	refused(boot_image_check(&info, 0xa0000, LIMIT, &(const struct os_image *){ NULL },
	                         &problem),
	        "no RAM");
}

static void another_version_is_told(void **state)
{
	(void)state;
	image()->version++;
	refused(image_read(), "version");
	image_setup(state);
	image()->record_size--;
	refused(image_read(), "version");
}

static void a_truncated_image_is_told(void **state)
{
	(void)state;
	image()->size = UINT64_MAX & ~0xffful;
	refused(image_read(), "larger than the memory");
	image()->size = 0;
	refused(image_read(), "damaged");
	image()->size = IMAGE_SIZE + 8;
	refused(image_read(), "damaged");
	image_setup(state);
	memset(mock_memory + IMAGE + 0x5000, 0, 0x1000);
	mock_memory[IMAGE + IMAGE_SIZE - 1] = 1;
	refused(image_read(), "checksum");
}

static void any_changed_bit_behind_the_record_is_noticed(void **state)
{
	(void)state;
	for (uint64_t at = sizeof(struct os_image); at < IMAGE_SIZE; at++) {
		mock_memory[IMAGE + at] ^= (uint8_t)(1 << at % 8);
		refused(image_read(), "checksum");
		mock_memory[IMAGE + at] ^= (uint8_t)(1 << at % 8);
	}
	assert_true(image_read());
}

static void tables_out_of_the_image_are_refused(void **state)
{
	(void)state;
	image()->segment_count = BOOT_SEGMENTS_MAX + 1;
	refused(image_read(), "tables");
	image_setup(state);
	image()->module_count = 0xffffffff;
	refused(image_read(), "tables");
	image_setup(state);
	image()->segment_offset = IMAGE_SIZE;
	refused(image_read(), "tables");
	image()->segment_offset = 0; /* the record itself */
	refused(image_read(), "tables");
	image()->segment_offset = 0xfffffff8;
	refused(image_read(), "tables");
	image()->segment_offset = 132;
	refused(image_read(), "tables");
	image_setup(state);
	image()->module_offset = IMAGE_SIZE - 8;
	refused(image_read(), "tables");
}

static void segments_out_of_the_image_are_refused(void **state)
{
	static const uint64_t physical[] = { 0,
		                             IMAGE,
		                             IMAGE + IMAGE_SIZE,
		                             IMAGE + 0x1001,
		                             IMAGE + IMAGE_SIZE - 0x1000,
		                             UINT64_MAX & ~0xffful };

	for (size_t i = 0; i < sizeof(physical) / sizeof(physical[0]); i++) {
		image_setup(state);
		segment(1)->physical = physical[i];
		refused(image_summed(), "not all in the image");
	}
	image_setup(state);
	segment(1)->size = UINT64_MAX & ~0xffful;
	refused(image_summed(), "not all in the image");
	segment(1)->size = 0;
	refused(image_summed(), "not all in the image");
	segment(1)->size = 0x800;
	refused(image_summed(), "not all in the image");
}

static void segments_at_impossible_addresses_are_refused(void **state)
{
	static const uint64_t addresses[] = { 0, 0x401800, OS_KERNEL_USER_END,
		                              OS_KERNEL_USER_END - 0x1000, 0xffff800000000000 };

	for (size_t i = 0; i < sizeof(addresses) / sizeof(addresses[0]); i++) {
		image_setup(state);
		segment(1)->address = addresses[i];
		refused(image_summed(), "impossible addresses");
	}
	image_setup(state);
	segment(1)->address = 0x3ff000;
	refused(image_summed(), "overlap");
}

static void segments_are_never_writeable_and_executable(void **state)
{
	static const uint32_t attributes[] = { 0, OS_MAP_WRITE, 7, 8 | OS_MAP_READ,
		                               OS_MAP_UNCACHED | OS_MAP_READ };

	for (size_t i = 0; i < sizeof(attributes) / sizeof(attributes[0]); i++) {
		image_setup(state);
		segment(1)->attributes = attributes[i];
		refused(image_summed(), "impossible rights");
	}
}

static void the_entry_is_in_executable_memory(void **state)
{
	static const uint64_t entries[] = { 0, 0x3fffff, 0x401000, UINT64_MAX };

	for (size_t i = 0; i < sizeof(entries) / sizeof(entries[0]); i++) {
		image_setup(state);
		image()->entry = entries[i];
		refused(image_read(), "no entry");
	}
}

static void modules_out_of_the_image_are_refused(void **state)
{
	(void)state;
	module(1)->address = IMAGE + IMAGE_SIZE;
	refused(image_summed(), "not all in the image");
	module(1)->address = 0;
	refused(image_summed(), "not all in the image");
	module(1)->address = IMAGE + 0x5008;
	refused(image_summed(), "not all in the image");
	image_setup(state);
	module(1)->size = 0x1001;
	refused(image_summed(), "not all in the image");
	module(1)->size = UINT64_MAX;
	refused(image_summed(), "not all in the image");
	module(1)->size = 0;
	refused(image_summed(), "not all in the image");
}

static void names_are_proper(void **state)
{
	(void)state;
	memset(module(1)->name, 'x', OS_BOOT_NAME_MAX);
	refused(image_summed(), "no proper name");
	module(1)->name[0] = 0;
	refused(image_summed(), "no proper name");
	image_setup(state);
	memset(image()->name, 'x', OS_BOOT_NAME_MAX);
	refused(image_read(), "no proper name");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(ranges_are_sorted_and_joined, empty),
		cmocka_unit_test_setup(a_later_kind_replaces_what_it_covers, empty),
		cmocka_unit_test_setup(too_many_ranges_are_told, empty),
		cmocka_unit_test_setup(memory_is_taken_where_there_is_enough, empty),
		cmocka_unit_test_setup(a_question_about_a_range_is_answered, empty),
		cmocka_unit_test_setup(pvh_is_read, pvh),
		cmocka_unit_test_setup(what_is_reserved_wins, pvh),
		cmocka_unit_test_setup(ram_at_the_screens_address_is_no_screen, pvh),
		cmocka_unit_test_setup(ranges_that_wrap_end_with_memory, pvh),
		cmocka_unit_test_setup(damaged_pvh_is_refused, pvh),
		cmocka_unit_test_setup(a_map_of_too_many_ranges_is_refused, pvh),
		cmocka_unit_test_setup(multiboot_is_read, multiboot),
		cmocka_unit_test_setup(without_a_screens_tag_there_is_text_but_not_with_efi,
		                       multiboot),
		cmocka_unit_test_setup(a_text_screen_is_taken, multiboot),
		cmocka_unit_test(screens_that_cannot_be_drawn_on_are_ignored),
		cmocka_unit_test_setup(a_palette_is_no_screen, multiboot),
		cmocka_unit_test_setup(damaged_tags_are_refused, multiboot),
		cmocka_unit_test_setup(a_memory_map_of_tiny_entries_is_refused, multiboot),
		cmocka_unit_test_setup(without_a_memory_map_nothing_starts, multiboot),
		cmocka_unit_test_setup(any_wrong_byte_of_the_tags_is_survived, multiboot),
		cmocka_unit_test_setup(an_image_is_accepted, image_setup),
		cmocka_unit_test_setup(a_missing_image_is_told, image_setup),
		cmocka_unit_test_setup(another_version_is_told, image_setup),
		cmocka_unit_test_setup(a_truncated_image_is_told, image_setup),
		cmocka_unit_test_setup(any_changed_bit_behind_the_record_is_noticed, image_setup),
		cmocka_unit_test_setup(tables_out_of_the_image_are_refused, image_setup),
		cmocka_unit_test(segments_out_of_the_image_are_refused),
		cmocka_unit_test(segments_at_impossible_addresses_are_refused),
		cmocka_unit_test(segments_are_never_writeable_and_executable),
		cmocka_unit_test(the_entry_is_in_executable_memory),
		cmocka_unit_test_setup(modules_out_of_the_image_are_refused, image_setup),
		cmocka_unit_test_setup(names_are_proper, image_setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
