/* SPDX-License-Identifier: BSD-2-Clause */
/* Address spaces: x86-64 page tables of four levels (Intel SDM Vol. 3A, 4.5), in memory given. */

#include <kernel.h>

#define ENTRY_PRESENT   1ul
#define ENTRY_WRITE     2ul
#define ENTRY_USER      4ul
#define ENTRY_THROUGH   8ul  /* PWT */
#define ENTRY_UNCACHED  16ul /* PCD */
#define ENTRY_ACCESSED  32ul /* set at once: the CPU need not */
#define ENTRY_DIRTY     64ul
#define ENTRY_LARGE     128ul /* level 2: a page of 2 MiB */
#define ENTRY_PAT       128ul /* level 1; with PCD and PWT clear entry 4: write-combining */
#define ENTRY_PAT_LARGE 4096ul
#define ENTRY_NX        (1ul << 63)
#define ENTRY_ADDRESS   0x000ffffffffff000ul
#define ENTRY_TABLE     (ENTRY_PRESENT | ENTRY_WRITE | ENTRY_USER | ENTRY_ACCESSED)

#define PAGE_LARGE      0x200000ul
#define PHYSICAL_END    (1ul << 52)

enum {
	ROOT_LEVEL = 4,
	ENTRIES = 512,
	USER_ENTRIES = 256, /* of the root; the others are the kernel's */
	LARGE_BATCH = 8,    /* of large pages: the check of what they hold takes long */
	TABLE_STEPS = 8,    /* what dropping a table counts as, in a batch */
	FINI_STEPS = 32,    /* each may look at a whole table */
};

/* ------------------------------------------------------------------ entries */

/* Bytes that an entry of a table of `level` stands for. */
static uint64_t span_of(uint32_t level)
{
	return 1ul << (12 + 9 * (level - 1));
}

static uint32_t index_of(uint64_t address, uint32_t level)
{
	return address >> (12 + 9 * (level - 1)) & (ENTRIES - 1);
}

static uint64_t *table_of(uint64_t entry)
{
	return physical_pointer(entry & ENTRY_ADDRESS);
}

static bool is_table(uint64_t entry)
{
	return (entry & (ENTRY_PRESENT | ENTRY_LARGE)) == ENTRY_PRESENT;
}

static uint64_t entry_of(uint64_t physical, uint32_t attributes, bool large)
{
	uint64_t entry = physical | ENTRY_PRESENT | ENTRY_USER | ENTRY_ACCESSED;

	if (attributes & OS_MAP_WRITE)
		entry |= ENTRY_WRITE | ENTRY_DIRTY;
	if (!(attributes & OS_MAP_EXECUTE))
		entry |= ENTRY_NX;
	if (attributes & OS_MAP_UNCACHED)
		entry |= ENTRY_UNCACHED | ENTRY_THROUGH;
	if (attributes & OS_MAP_COMBINED)
		entry |= large ? ENTRY_PAT_LARGE : ENTRY_PAT;
	return large ? entry | ENTRY_LARGE : entry;
}

static uint32_t attributes_of(uint64_t entry, bool large)
{
	uint32_t attributes = OS_MAP_READ;

	if (entry & ENTRY_WRITE)
		attributes |= OS_MAP_WRITE;
	if (!(entry & ENTRY_NX))
		attributes |= OS_MAP_EXECUTE;
	if (entry & ENTRY_UNCACHED)
		attributes |= OS_MAP_UNCACHED;
	if (entry & (large ? ENTRY_PAT_LARGE : ENTRY_PAT))
		attributes |= OS_MAP_COMBINED;
	return attributes;
}

/* Has it got a table of its own? */
static bool has_root(const struct pd *pd)
{
	return pd->root_table != pointer_physical(kernel_root_table());
}

/* ------------------------------------------------------------------ the reserve of tables */

static void reserve_push(struct pd *pd, void *page)
{
	struct node *node = page;

	node->next = pd->tables;
	pd->tables = node;
	pd->table_count++;
}

/* A zeroed table, or NULL. */
static uint64_t *reserve_pop(struct pd *pd)
{
	struct node *node = pd->tables;

	if (!node)
		return NULL;
	pd->tables = node->next;
	pd->table_count--;
	node->next = NULL;
	return (uint64_t *)node;
}

enum os_err space_add(struct pd *pd, uint64_t page)
{
	const uint64_t *kernel = kernel_root_table();
	uint64_t *table;
	enum os_err err;

	if ((err = page_take(page, PAGE_TABLE, pd, (void **)&table)))
		return err;
	if (has_root(pd)) {
		reserve_push(pd, table);
		return OS_OK;
	}
	words_copy(table + USER_ENTRIES, kernel + USER_ENTRIES, ENTRIES - USER_ENTRIES);
	pd->root_table = page;
	cpu_flush(pd);
	return OS_OK;
}

/* ------------------------------------------------------------------ map */

/* A table that stands for what the large page at `entry` does. */
static void table_fill(uint64_t *table, uint64_t entry)
{
	uint64_t physical = entry & ENTRY_ADDRESS & ~(PAGE_LARGE - 1);
	uint64_t page = entry_of(physical, attributes_of(entry, true), false);

	for (uint32_t i = 0; i < ENTRIES; i++)
		table[i] = page + (uint64_t)i * OS_KERNEL_PAGE;
}

/* Have the entry refer to a table, for the same translations as before: no need to flush. */
static SLOW bool table_make(struct pd *pd, uint64_t *entry)
{
	uint64_t *table = reserve_pop(pd);

	if (!table)
		return false;
	if (*entry & ENTRY_PRESENT)
		table_fill(table, *entry);
	*entry = pointer_physical(table) | ENTRY_TABLE;
	return true;
}

/* The entry for `address` in the table below `entry`, which is made if need be. NULL: no memory. */
static inline uint64_t *entry_below(struct pd *pd, uint64_t *entry, uint64_t address,
                                    uint32_t level)
{
	if (unlikely(!is_table(*entry)) && !table_make(pd, entry))
		return NULL;
	return &table_of(*entry)[index_of(address, level)];
}

static inline uint64_t *entry_make(struct pd *pd, uint64_t address, bool large)
{
	uint64_t *root = physical_pointer(pd->root_table), *entry;

	if (unlikely(!has_root(pd)))
		return NULL;
	entry = entry_below(pd, &root[index_of(address, 4)], address, 3);
	if (likely(entry))
		entry = entry_below(pd, entry, address, 2);
	if (likely(entry) && !large)
		entry = entry_below(pd, entry, address, 1);
	return entry;
}

/* Rights and caching: never both writeable and executable. */
#define ATTRIBUTES(cached)                                                                  \
	(1ul << ((cached) | OS_MAP_READ) | 1ul << ((cached) | OS_MAP_READ | OS_MAP_WRITE) | \
	 1ul << ((cached) | OS_MAP_READ | OS_MAP_EXECUTE))

static inline enum os_err check_range(uint64_t address, uint64_t size)
{
	if ((address | size) % OS_KERNEL_PAGE)
		return OS_ERR_ALIGN;
	if (size > OS_KERNEL_USER_END || address > OS_KERNEL_USER_END - size)
		return OS_ERR_RANGE;
	return OS_OK;
}

static inline enum os_err check_map(uint64_t address, uint64_t physical, uint64_t size,
                                    uint64_t attributes)
{
	const uint64_t valid = ATTRIBUTES(OS_MAP_CACHED) | ATTRIBUTES(OS_MAP_UNCACHED) |
	                       ATTRIBUTES(OS_MAP_COMBINED);
	enum os_err err = check_range(address | physical % OS_KERNEL_PAGE, size);

	if (err)
		return err;
	if (physical > PHYSICAL_END - size)
		return OS_ERR_RANGE;
	return attributes < 64 && valid >> attributes & 1 ? OS_OK : OS_ERR_INVALID;
}

/* How much one call does: pages of one size. */
static inline uint64_t batch_of(uint64_t address, uint64_t physical, uint64_t size)
{
	uint64_t most = BATCH * (uint64_t)OS_KERNEL_PAGE;

	if (!((address | physical) & (PAGE_LARGE - 1)) && size >= PAGE_LARGE) {
		most = LARGE_BATCH * PAGE_LARGE;
		size &= ~(PAGE_LARGE - 1);
	} else if (!((address ^ physical) & (PAGE_LARGE - 1))) {
		uint64_t until_large = PAGE_LARGE - (address & (PAGE_LARGE - 1));

		most = until_large < most ? until_large : most;
	}
	return size < most ? size : most;
}

/* Put an entry in place of the old one. True: something that was there has changed. */
static inline bool entry_replace(struct pd *pd, uint64_t *entry, uint64_t value, bool large)
{
	uint64_t old = *entry;

	*entry = value;
	if (likely(!(old & ENTRY_PRESENT)) || old == value)
		return false;
	if (!large || !is_table(old))
		return true;
	cpu_flush(pd); /* before the table is used again */
	words_zero(table_of(old), ENTRIES);
	reserve_push(pd, table_of(old));
	return false;
}

/* The level 1 entry for `address`, if there are tables for it. */
static inline uint64_t *entry_find(const struct pd *pd, uint64_t address)
{
	const uint64_t *root = physical_pointer(pd->root_table);
	uint64_t entry = root[index_of(address, 4)];

	if (unlikely(!has_root(pd) || !is_table(entry)))
		return NULL;
	entry = table_of(entry)[index_of(address, 3)];
	if (unlikely(!is_table(entry)))
		return NULL;
	entry = table_of(entry)[index_of(address, 2)];
	if (unlikely(!is_table(entry)))
		return NULL;
	return &table_of(entry)[index_of(address, 1)];
}

static SLOW enum os_err map_batch(struct pd *pd, uint64_t address, uint64_t physical, uint64_t size,
                                  uint32_t attributes, uint64_t *done)
{
	bool large = !((address | physical) & (PAGE_LARGE - 1)) && size >= PAGE_LARGE;
	uint64_t step = large ? PAGE_LARGE : OS_KERNEL_PAGE, at;
	uint64_t value = entry_of(physical, attributes, large);
	enum os_err err = OS_OK;
	bool changed = false;

	for (at = 0; at < size; at += step) {
		uint64_t *entry = entry_make(pd, address + at, large);

		if (unlikely(!entry)) {
			err = OS_ERR_OUT_OF_RAM;
			break;
		}
		changed |= entry_replace(pd, entry, value + at, large);
	}
	if (changed)
		cpu_flush(pd);
	*done = at;
	return err;
}

static inline bool mappable(uint64_t physical, uint64_t size)
{
	/* The usual case. */
	if (size == OS_KERNEL_PAGE && page_use(physical) == PAGE_FREE)
		return true;
	return pages_mappable(physical, size);
}

enum os_err space_map(struct pd *pd, uint64_t address, uint64_t physical, uint64_t size,
                      uint64_t attributes, uint64_t *done)
{
	enum os_err err = check_map(address, physical, size, attributes & ~(uint64_t)MAP_ANY);
	uint64_t *entry = NULL;

	*done = 0;
	if (err)
		return err;
	/* One page into a table that is there: what pagers do all day. */
	if (size == OS_KERNEL_PAGE)
		entry = entry_find(pd, address);
	else
		size = batch_of(address, physical, size);
	if (!(attributes & MAP_ANY) && !mappable(physical, size))
		return OS_ERR_DENIED;
	if (!entry || *entry & ENTRY_PRESENT)
		return map_batch(pd, address, physical, size, (uint32_t)attributes, done);
	*entry = entry_of(physical, (uint32_t)attributes, false);
	*done = size;
	return OS_OK;
}

/* ------------------------------------------------------------------ unmap */

/* What an unmap() has found so far. */
struct unmapping {
	uint64_t end;
	uint64_t *dropped; /* tables, linked by their first word */
	uint32_t steps;
	bool changed;
};

static void table_drop(struct unmapping *unmapping, uint64_t *entry)
{
	uint64_t *table = table_of(*entry);

	*entry = 0;
	words_zero(table, ENTRIES);
	table[0] = (uintptr_t)unmapping->dropped;
	unmapping->dropped = table;
	unmapping->steps += TABLE_STEPS;
	unmapping->changed = true;
}

/* Unmap at `*at`, and move it on to what comes behind. */
static enum os_err unmap_step(struct pd *pd, struct unmapping *unmapping, uint64_t *at)
{
	uint64_t *table = physical_pointer(pd->root_table);
	uint32_t level = ROOT_LEVEL;
	uint64_t *entry = &table[index_of(*at, level)];
	uint64_t span = span_of(level), next;

	while (level > 1 && is_table(*entry)) {
		bool whole = level == 2 && !(*at & (span - 1)) && unmapping->end - *at >= span;

		if (whole) {
			table_drop(unmapping, entry);
			break;
		}
		table = table_of(*entry);
		span = span_of(--level);
		entry = &table[index_of(*at, level)];
	}
	next = (*at | (span - 1)) + 1;
	if (*entry & ENTRY_PRESENT) {
		if (*at & (span - 1) || unmapping->end < next)
			return OS_ERR_CONFLICT;
		*entry = 0;
		unmapping->changed = true;
	}
	unmapping->steps++;
	*at = next < unmapping->end ? next : unmapping->end;
	return OS_OK;
}

static SLOW enum os_err unmap_batch(struct pd *pd, uint64_t address, uint64_t size, uint64_t *done)
{
	struct unmapping unmapping = { .end = address + size };
	enum os_err err = OS_OK;
	uint64_t at = address;

	if (!has_root(pd))
		at = unmapping.end;
	while (!err && at < unmapping.end && unmapping.steps < BATCH)
		err = unmap_step(pd, &unmapping, &at);
	if (unmapping.changed)
		cpu_flush(pd);
	while (unmapping.dropped) {
		uint64_t *table = unmapping.dropped;

		unmapping.dropped = (uint64_t *)(uintptr_t)table[0];
		reserve_push(pd, table);
	}
	*done = at - address;
	return err;
}

enum os_err space_unmap(struct pd *pd, uint64_t address, uint64_t size, uint64_t *done)
{
	enum os_err err = check_range(address, size);
	uint64_t *entry = NULL;

	*done = 0;
	if (err)
		return err;
	if (size == OS_KERNEL_PAGE)
		entry = entry_find(pd, address);
	if (!entry)
		return unmap_batch(pd, address, size, done);
	*done = size;
	if (!(*entry & ENTRY_PRESENT))
		return OS_OK;
	*entry = 0;
	cpu_flush(pd);
	return OS_OK;
}

SLOW bool space_lookup(struct pd *pd, uint64_t address, uint64_t *physical, uint32_t *attributes)
{
	uint64_t *table = physical_pointer(pd->root_table);

	if (address >= OS_KERNEL_USER_END || !has_root(pd))
		return false;
	for (uint32_t level = ROOT_LEVEL;; level--) {
		uint64_t entry = table[index_of(address, level)];
		uint64_t within = span_of(level) - 1;

		if (!(entry & ENTRY_PRESENT))
			return false;
		if (level == 1 || !is_table(entry)) {
			*physical = (entry & ENTRY_ADDRESS & ~within) | (address & within);
			*attributes = attributes_of(entry, level > 1);
			return true;
		}
		table = table_of(entry);
	}
}

/* ------------------------------------------------------------------ the end */

static void table_release(uint64_t *entry)
{
	page_release(*entry & ENTRY_ADDRESS);
	*entry = 0;
}

/*
 * Free the first table of level 1 from pd->destroy_cursor on, or pass what has none, and with it
 * the tables that have been passed.
 */
static SLOW void fini_step(struct pd *pd)
{
	uint64_t *entries[ROOT_LEVEL + 1];
	uint64_t cursor = pd->destroy_cursor;
	uint64_t *table = physical_pointer(pd->root_table);
	uint32_t level = ROOT_LEVEL, i;

	entries[level] = &table[index_of(cursor, level)];
	while (level > 2 && is_table(*entries[level])) {
		table = table_of(*entries[level]);
		level--;
		entries[level] = &table[index_of(cursor, level)];
	}
	if (level == 2 && is_table(*entries[level]))
		table_release(entries[level]);
	i = index_of(cursor, level);
	do {
		i++;
		cursor = (cursor | (span_of(level) - 1)) + 1;
	} while (i < (level == ROOT_LEVEL ? USER_ENTRIES : ENTRIES) && !is_table(table[i]));
	pd->destroy_cursor = cursor;
	for (level++; level <= ROOT_LEVEL && !(cursor & (span_of(level) - 1)); level++)
		table_release(entries[level]);
}

SLOW bool space_fini(struct pd *pd)
{
	uint64_t end = span_of(ROOT_LEVEL) * USER_ENTRIES;

	for (uint32_t steps = 0; steps < FINI_STEPS; steps++) {
		if (has_root(pd) && pd->destroy_cursor < end) {
			fini_step(pd);
		} else if (pd->tables) {
			page_release(pointer_physical(reserve_pop(pd)));
		} else {
			break;
		}
	}
	if ((has_root(pd) && pd->destroy_cursor < end) || pd->tables)
		return false;
	if (has_root(pd)) {
		page_release(pd->root_table);
		pd->root_table = pointer_physical(kernel_root_table());
	}
	return true;
}
