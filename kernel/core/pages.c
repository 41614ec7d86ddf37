/* SPDX-License-Identifier: BSD-2-Clause */
/* What each page of RAM is used for, and small objects within pages. */

#include <kernel.h>

uint64_t *page_words;
uint64_t page_words_end;

enum { DENIED_MAX = 32, UNITS_PAGE = OS_KERNEL_PAGE / OS_KERNEL_UNIT };

/* What is never mapped for anybody; no RAM. */
static struct range {
	uint64_t address, end;
} denied[DENIED_MAX];
static uint32_t denied_count;

/* The first unit of a page of units. */
struct unit_map {
	uint64_t used, starts; /* bit n: unit n is used; an object begins there */
};

SLOW void pages_init(uint64_t *words, uint64_t end)
{
	page_words = words;
	page_words_end = end;
	denied_count = 0;
}

SLOW void pages_set(uint64_t address, uint64_t size, enum page_use use)
{
	uint64_t end = address + size < page_words_end ? address + size : page_words_end;

	for (; address < end; address += OS_KERNEL_PAGE)
		page_words[address / OS_KERNEL_PAGE] = use;
}

uint64_t pages_limit(void)
{
	return page_words_end;
}

void *page_owner(uint64_t address)
{
	if (address >= page_words_end)
		return NULL;
	return (void *)(page_words[address / OS_KERNEL_PAGE] & -(uint64_t)OS_KERNEL_PAGE);
}

enum os_err page_take(uint64_t address, enum page_use use, const void *owner, void **out)
{
	enum page_use now = page_use(address);

	if (address % OS_KERNEL_PAGE)
		return OS_ERR_ALIGN;
	if (now == PAGE_NONE)
		return OS_ERR_INVALID;
	if (now != PAGE_FREE)
		return OS_ERR_BUSY;
	page_words[address / OS_KERNEL_PAGE] = (uint64_t)owner | use;
	*out = physical_pointer(address);
	if (use == PAGE_UNITS)
		*(struct unit_map *)*out = (struct unit_map){ .used = 1 };
	else if (use != PAGE_THREAD && use != PAGE_UTCB)
		words_zero(*out, OS_KERNEL_PAGE / 8);
	return OS_OK;
}

void page_release(uint64_t address)
{
	ASSERT(page_use(address) > PAGE_KERNEL);
	page_words[address / OS_KERNEL_PAGE] = PAGE_FREE;
}

SLOW void pages_deny(uint64_t address, uint64_t size)
{
	uint64_t end = address + size;

	if (end < address)
		end = -1ul;
	if (denied_count < DENIED_MAX) {
		denied[denied_count++] = (struct range){ address, end };
		return;
	}
	/* No machine has so many: rather deny what lies between, too. */
	if (address < denied[DENIED_MAX - 1].address)
		denied[DENIED_MAX - 1].address = address;
	if (end > denied[DENIED_MAX - 1].end)
		denied[DENIED_MAX - 1].end = end;
}

bool pages_mappable(uint64_t address, uint64_t size)
{
	uint64_t end = address + size;
	bool ram = end <= page_words_end;

	for (uint64_t at = address; at < end && at < page_words_end; at += OS_KERNEL_PAGE) {
		enum page_use use = page_use(at);

		if (use == PAGE_NONE)
			ram = false;
		else if (use != PAGE_FREE && use != PAGE_UTCB && use != PAGE_RING)
			return false;
	}
	for (uint32_t i = 0; !ram && i < denied_count; i++)
		if (address < denied[i].end && denied[i].address < end)
			return false;
	return true;
}

/* ------------------------------------------------------------------ small objects */

static struct unit_map *unit_map_of(const void *object)
{
	return (struct unit_map *)((uintptr_t)object & -(uintptr_t)OS_KERNEL_PAGE);
}

/* The bits of `size` bytes from the unit of `object` on. */
static uint64_t unit_bits(const void *object, uint32_t size)
{
	uint64_t first = (uintptr_t)object % OS_KERNEL_PAGE / OS_KERNEL_UNIT;

	return ((1ul << size / OS_KERNEL_UNIT) - 1) << first;
}

enum os_err unit_take(uint64_t address, uint32_t size, void **out)
{
	uint64_t first = address % OS_KERNEL_PAGE / OS_KERNEL_UNIT;
	struct unit_map *map;
	void *object;

	if (address % OS_KERNEL_UNIT)
		return OS_ERR_ALIGN;
	if (page_use(address) != PAGE_UNITS || first == 0)
		return OS_ERR_INVALID;
	if (first + size / OS_KERNEL_UNIT > UNITS_PAGE)
		return OS_ERR_INVALID;
	object = physical_pointer(address);
	map = unit_map_of(object);
	if (map->used & unit_bits(object, size))
		return OS_ERR_BUSY;
	map->used |= unit_bits(object, size);
	map->starts |= 1ul << first;
	words_zero(object, size / 8);
	*out = object;
	return OS_OK;
}

void unit_release(void *object, uint32_t size)
{
	struct unit_map *map = unit_map_of(object);

	((struct object *)object)->kind = OS_KIND_NONE;
	map->used &= ~unit_bits(object, size);
	map->starts &= ~unit_bits(object, size);
}

struct object *unit_first(uint64_t page)
{
	char *start = physical_pointer(page);
	uint64_t starts = unit_map_of(start)->starts;

	if (!starts)
		return NULL;
	return (struct object *)(start + (uint64_t)__builtin_ctzl(starts) * OS_KERNEL_UNIT);
}
