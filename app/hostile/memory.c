/* SPDX-License-Identifier: BSD-2-Clause */
/* Memory that is not paid for, or not the component's to change. */

#include "attack.h"
#include <api/account.h>
#include <api/rm.h>
#include <osier/session.h>

enum {
	GROWS_DOWN = 0x100,
	HUGE = 0x40000,
	PRIVATE_ANONYMOUS = MAP_PRIVATE | MAP_ANONYMOUS,
	SHARED_ANONYMOUS = MAP_SHARED | MAP_ANONYMOUS,
	SHARED_FIXED = MAP_SHARED | MAP_FIXED,
	READ_WRITE = PROT_READ | PROT_WRITE,
	MADV_REMOVE = 9,
	SIZE = 128 * 1024, /* more than goes into the fast window */
};

#define BLOCK ((uint64_t)2 << 20) /* addresses that one page table covers */

static uint64_t own_base(void)
{
	return info_page()->base;
}

static uint64_t attach_base(void)
{
	/* far away from where the platform image puts things */
	return own_base() + OS_LINUX_ATTACH_OFFSET + ((uint64_t)64 << 30);
}

/* ------------------------------------------------------------------ raw mappings */

static void mmap_run(struct os_env *env)
{
	const uint64_t fast = own_base() + OS_LINUX_FAST_OFFSET, far = attach_base();
	const uint64_t control = own_base(), image = info_page()->load_base;
	const struct {
		const char *name;
		uint64_t address, size;
		long prot, flags, fd;
	} tries[] = {
		{ "mmap_anonymous", 0, SIZE, READ_WRITE, PRIVATE_ANONYMOUS, -1 },
		{ "mmap_shared_anonymous", 0, SIZE, READ_WRITE, SHARED_ANONYMOUS, -1 },
		{ "mmap_grows_down", far, SIZE, READ_WRITE, PRIVATE_ANONYMOUS | GROWS_DOWN, -1 },
		{ "mmap_huge", 0, BLOCK, READ_WRITE, PRIVATE_ANONYMOUS | HUGE, -1 },
		{ "mmap_no_reserve", 0, 1ul << 40, READ_WRITE, PRIVATE_ANONYMOUS | MAP_NORESERVE,
		  -1 },
		{ "mmap_fixed_anonymous", far, SIZE, READ_WRITE, PRIVATE_ANONYMOUS | MAP_FIXED,
		  -1 },
		{ "mmap_fast_anonymous", fast, 4096, READ_WRITE, SHARED_FIXED | MAP_ANONYMOUS, -1 },
		{ "mmap_fast_private", fast, 4096, READ_WRITE, MAP_PRIVATE | MAP_FIXED, 8 },
		{ "mmap_fast_executable", fast, 4096, PROT_READ | PROT_EXEC, SHARED_FIXED, 8 },
		{ "mmap_fast_all_rights", fast, 4096, 7, SHARED_FIXED, 8 },
		{ "mmap_fast_beyond", fast + OS_LINUX_FAST_SIZE - 4096, 8192, PROT_READ,
		  SHARED_FIXED, 8 },
		{ "mmap_fast_overflow", fast, -4096ul, PROT_READ, SHARED_FIXED, 8 },
		{ "mmap_loading_flag", far, SIZE, READ_WRITE, SHARED_FIXED | OS_LINUX_MAP_LOADING,
		  8 },
		{ "mmap_over_control", control, 4096, READ_WRITE, SHARED_FIXED, 8 },
		{ "mmap_over_image", image, 4096, READ_WRITE, SHARED_FIXED, 8 },
		{ "mmap_at_zero", 0, 4096, READ_WRITE, SHARED_FIXED, 8 },
		{ "mmap_in_kernel", 0xffff800000000000, 4096, READ_WRITE, SHARED_FIXED, 8 },
		{ "mmap_doorbell", far, 4096, READ_WRITE, SHARED_FIXED, OS_LINUX_FD_DOORBELL },
		{ "mmap_other_descriptor", far, 4096, READ_WRITE, SHARED_FIXED, 9 },
		{ "mmap_size_zero", far, 0, READ_WRITE, SHARED_FIXED, 8 },
		{ "mmap_high_flags", far, SIZE, READ_WRITE, SHARED_FIXED | 1l << 32, 8 },
	};

	for (size_t i = 0; i < OS_ARRAY_SIZE(tries); i++)
		verdict_log(env, tries[i].name,
		            refused_if(!is_mapped(SYSCALL_6(NR_mmap, tries[i].address,
		                                            tries[i].size, tries[i].prot,
		                                            tries[i].flags, tries[i].fd, 0))));
}

/* What changes a mapping, or the heap, behind core's back. */
static void change_run(struct os_env *env)
{
	static uint64_t word;
	const long here = (long)(uintptr_t)&word & -4096l, far = (long)attach_base();
	const struct {
		const char *name;
		long number, args[4];
	} tries[] = {
		{ "brk", 12, { 0 } },
		{ "mremap", 25, { here, 4096, 8192, 1 } },
		{ "mremap_to", 25, { here, 4096, 4096, 3 } },
		{ "mprotect", 10, { here, 4096, 7 } },
		{ "pkey_mprotect", 329, { here, 4096, 7, -1 } },
		{ "madvise_remove", 28, { here, 4096, MADV_REMOVE } },
		{ "madvise_dont_need", 28, { here, 4096, 4 } },
		{ "mlock", 149, { here, 4096 } },
		{ "remap_file_pages", 216, { here, 4096, 0, 1 } },
		{ "mbind", 237, { here, 4096, 0, 0 } },
		{ "msync", 26, { here, 4096, 4 } },
	};
	bool refused = true;

	for (size_t i = 0; i < OS_ARRAY_SIZE(tries); i++)
		verdict_log(
		        env, tries[i].name,
		        refused_if(SYSCALL_4(tries[i].number, tries[i].args[0], tries[i].args[1],
		                             tries[i].args[2], tries[i].args[3]) == -E_PERM));
	/* none of these may leave a hole that something else then moves into */
	refused = SYSCALL_2(NR_munmap, own_base(), 4096) && SYSCALL_2(NR_munmap, here, 4096) &&
	          SYSCALL_2(NR_munmap, far, 4096) && SYSCALL_2(NR_munmap, 0, 1ul << 46) &&
	          SYSCALL_2(NR_munmap, own_base() + OS_LINUX_CLIENT_OFFSET, 8192) &&
	          SYSCALL_2(NR_munmap, own_base() + OS_LINUX_FAST_OFFSET - 4096, 8192);
	verdict_log(env, "munmap", refused_if(refused));
}

/* ------------------------------------------------------------------ quota */

static struct account_cap account_of(struct os_env *env)
{
	struct account_cap account = { 0 };

	OS_ASSERT(pd_account(env->pd, &account) == OS_OK);
	return account;
}

static uint64_t ram_used(struct os_env *env)
{
	uint64_t ram_limit, used, caps_limit, caps_used;
	struct account_cap account = account_of(env);

	OS_ASSERT(account_info(account, &ram_limit, &used, &caps_limit, &caps_used) == OS_OK);
	os_cap_drop(account.cap);
	return used;
}

static enum verdict allocate_all(struct os_env *env)
{
	enum { COUNT = 400 };
	static struct ram_dataspace_cap all[COUNT];
	const uint64_t before = ram_used(env),
	               odd[] = { 0, UINT64_MAX, UINT64_MAX - 4095, 1ul << 46 };
	struct ram_dataspace_cap ds = { 0 };
	uint64_t limit, used, caps_limit, caps_used;
	struct account_cap account = account_of(env);
	uint32_t count = 0;
	bool bounded;

	for (size_t i = 0; i < OS_ARRAY_SIZE(odd); i++)
		if (os_ram_alloc(env, odd[i], NULL, &ds) == OS_OK)
			return SUCCEEDED;
	while (count < COUNT && os_ram_alloc(env, 64 * 1024, NULL, &all[count]) == OS_OK)
		count++;
	OS_ASSERT(account_info(account, &limit, &used, &caps_limit, &caps_used) == OS_OK);
	bounded = count < COUNT && used <= limit && caps_used <= caps_limit &&
	          used - before >= (uint64_t)count * 64 * 1024;
	while (count--)
		os_ram_free(env, &all[count]);
	os_cap_drop(account.cap);
	return refused_if(bounded && ram_used(env) <= before + 65536);
}

/*
 * One page at many addresses, so far apart that each needs a page table of its own: by mmap, as
 * base would do it. What is mapped must have been paid for.
 */
static enum verdict page_tables_by_mmap(struct os_env *env)
{
	const uint64_t before = ram_used(env);
	struct ram_dataspace_cap ds;
	uint64_t count = 0, paid;
	void *at;

	if (os_ram_alloc(env, 4096, NULL, &ds))
		return SUCCEEDED;
	while (count < 65000) {
		const struct os_attach_args args = { .ds_slot = ds.cap.slot,
			                             .writeable = true,
			                             .fixed = true,
			                             .size = 4096,
			                             .address = attach_base() + count * BLOCK };

		if (os_platform->attach(&args, &at))
			break;
		*(volatile uint8_t *)at = 1;
		count++;
	}
	paid = ram_used(env) - before;
	for (uint64_t i = 0; i < count; i++)
		OS_ASSERT(!os_platform->detach((void *)(attach_base() + i * BLOCK), 4096));
	os_ram_free(env, &ds);
	return refused_if(count > 0 && count < 65000 && paid >= count * 4096 &&
	                  ram_used(env) <= before + 65536);
}

static struct region_map_cap address_space(struct os_env *env)
{
	struct region_map_cap map = { 0 };

	OS_ASSERT(pd_address_space(env->pd, &map) == OS_OK);
	return map;
}

/* The same by RPC; `keep`: attachments stay, else each is detached again, with its table left. */
static uint64_t attach_everywhere(struct os_env *env, struct ram_dataspace_cap ds, bool keep,
                                  uint64_t *paid)
{
	const uint64_t start = attach_base() + ((uint64_t)256 << 30), before = ram_used(env);
	struct region_map_cap map = address_space(env);
	uint64_t count = 0, at;

	while (count < 5000) {
		const uint64_t address = start + count * BLOCK;

		if (region_map_attach(map, ram_dataspace_as_dataspace(ds), 0, 4096, true, address,
		                      true, false, &at))
			break;
		*(volatile uint8_t *)address = 1;
		count++;
		if (!keep && region_map_detach(map, address))
			break;
	}
	*paid = ram_used(env) - before;
	for (uint64_t i = 0; keep && i < count; i++)
		OS_ASSERT(!os_platform->detach((void *)(start + i * BLOCK), 4096));
	os_cap_drop(map.cap);
	return count;
}

static enum verdict page_tables_by_rpc(struct os_env *env)
{
	struct ram_dataspace_cap ds;
	uint64_t count, paid;

	if (os_ram_alloc(env, 4096, NULL, &ds))
		return SUCCEEDED;
	count = attach_everywhere(env, ds, true, &paid);
	os_ram_free(env, &ds);
	return refused_if(count > 0 && paid >= count * 4096);
}

static enum verdict page_tables_left(struct os_env *env)
{
	struct ram_dataspace_cap ds;
	uint64_t count, paid;

	if (os_ram_alloc(env, 4096, NULL, &ds))
		return SUCCEEDED;
	count = attach_everywhere(env, ds, false, &paid);
	os_ram_free(env, &ds);
	/* whether Linux still has the tables is not for us to say: they must not be free of charge
	 */
	return refused_if(count > 0 && paid >= count * 4096);
}

static const struct attack memory_attacks[] = {
	{ "allocate_all", allocate_all },
	{ "page_tables_by_mmap", page_tables_by_mmap },
	{ "page_tables_by_rpc", page_tables_by_rpc },
	{ "page_tables_left", page_tables_left },
};

static void memory_run_all(struct os_env *env)
{
	mmap_run(env);
	change_run(env);
}

const struct group memory_group = { .name = "memory",
	                            .attacks = memory_attacks,
	                            .count = OS_ARRAY_SIZE(memory_attacks),
	                            .run_all = memory_run_all };

/* ------------------------------------------------------------------ read-only content */

/* Try to get at the memory behind the thread's mapping descriptor with more rights. */
static bool descriptor_yields(long prot)
{
	const uint64_t fast = own_base() + OS_LINUX_FAST_OFFSET + OS_LINUX_FAST_SIZE / 2;
	long at = SYSCALL_6(NR_mmap, fast, 4096, prot, SHARED_FIXED, thread_self()->fd, 0);

	if (is_mapped(at))
		SYSCALL_2(NR_munmap, at, 4096);
	return is_mapped(at);
}

/* Every way to attach `ds` for writing, or for writing what is executed. */
static bool becomes_writeable(struct os_env *env, struct dataspace_cap ds)
{
	struct region_map_cap map = address_space(env);
	struct os_view view = { 0 }, code = { 0 };
	uint64_t at;
	bool hole = false;

	hole |= !os_view_init(&view, ds, 0, 4096, OS_ATTACH_WRITE);
	hole |= !os_view_init(&view, ds, 0, 4096, OS_ATTACH_WRITE | OS_ATTACH_EXECUTE);
	hole |= !region_map_attach(map, ds, 0, 4096, false, 0, true, false, &at);
	hole |= !core_call(OS_LINUX_DATASPACE_FD, ds.cap.slot, 1);
	/* map it rightfully, then go for what has come with that */
	if (!os_view_init(&view, ds, 0, 4096, OS_ATTACH_READ)) {
		hole |= descriptor_yields(READ_WRITE);
		hole |= descriptor_yields(PROT_READ | PROT_EXEC);
		hole |= SYSCALL_3(NR_mprotect, view.start, 4096, READ_WRITE) == 0;
		os_view_fini(&view);
	}
	if (!os_view_init(&code, ds, 0, SIZE, OS_ATTACH_EXECUTE)) {
		hole |= SYSCALL_3(NR_mprotect, code.start, 4096, 7) == 0;
		os_view_fini(&code);
	}
	os_cap_drop(map.cap);
	return hole;
}

static enum verdict rom_writeable(struct os_env *env)
{
	struct os_rom rom;
	struct rom_dataspace_cap ds;
	bool hole;

	if (os_rom_open(&rom, env, "hostile") || rom_dataspace(rom.cap, &ds))
		return SUCCEEDED;
	hole = becomes_writeable(env, rom_dataspace_as_dataspace(ds));
	os_cap_drop(ds.cap);
	os_rom_close(&rom);
	return refused_if(!hole);
}

static enum verdict view_writeable(struct os_env *env)
{
	struct ram_dataspace_cap ds;
	struct rom_dataspace_cap view;
	bool hole;

	if (os_ram_alloc(env, SIZE, NULL, &ds) || pd_read_only(env->pd, ds, &view))
		return SUCCEEDED;
	hole = becomes_writeable(env, rom_dataspace_as_dataspace(view));
	os_cap_drop(view.cap);
	os_ram_free(env, &ds);
	return refused_if(!hole);
}

/*
 * A managed dataspace shows one page of another's memory, read-only. A fault brings the page, and
 * must bring neither the right to write it nor the other pages.
 */
static enum verdict managed_descriptor(struct os_env *env)
{
	const uint64_t at = attach_base() + ((uint64_t)200 << 30);
	struct region_map_cap space = address_space(env), map;
	struct managed_dataspace_cap managed;
	struct ram_dataspace_cap ds;
	struct os_session session;
	struct rm_cap rm;
	uint64_t got;
	bool hole;

	if (rm_open(&session, env, NULL, &rm) || rm_create(rm, SIZE, &map) ||
	    os_ram_alloc(env, SIZE, NULL, &ds) ||
	    region_map_attach(map, ram_dataspace_as_dataspace(ds), 4096, 4096, true, 0, false,
	                      false, &got) ||
	    region_map_dataspace(map, &managed) ||
	    region_map_attach(space, managed_dataspace_as_dataspace(managed), 0, SIZE, true, at,
	                      false, false, &got))
		return SUCCEEDED;
	/* what is behind the descriptor until then is our own binary */
	hole = rom_writeable(env) != REFUSED;
	hole |= *(volatile uint8_t *)at != 0; /* the fault */
	hole |= descriptor_yields(READ_WRITE);
	for (int fd = 0; fd < 4096; fd++) {
		uint64_t word;

		if (fd != OS_LINUX_FD_DOORBELL)
			hole |= SYSCALL_3(NR_read, fd, &word, 8) == 8 &&
			        fd != (int)thread_self()->fd;
	}
	hole |= region_map_detach(space, at) != OS_OK;
	os_ram_free(env, &ds);
	os_session_close(&session);
	os_cap_drop(space.cap);
	return refused_if(!hole);
}

/* Freed memory: a mapping that was left behind must show nothing, and hold nothing. */
static enum verdict use_after_free(struct os_env *env)
{
	const uint64_t before = ram_used(env);
	struct ram_dataspace_cap ds;
	struct os_view view;

	if (os_ram_alloc(env, SIZE, NULL, &ds) ||
	    os_view_init(&view, ram_dataspace_as_dataspace(ds), 0, SIZE, OS_ATTACH_WRITE))
		return SUCCEEDED;
	*(volatile uint8_t *)view.start = 42;
	os_ram_free(env, &ds);
	/* the descriptor still names the file: growing it, or mapping it, must bring nothing back
	 */
	if (SYSCALL_2(77, thread_self()->fd, SIZE) != -E_PERM ||
	    SYSCALL_4(285, thread_self()->fd, 0, 0, SIZE) != -E_PERM)
		return SUCCEEDED;
	os_view_fini(&view);
	return harmless_if(ram_used(env) <= before + 65536);
}

static const struct attack content_attacks[] = {
	{ "rom_writeable", rom_writeable },
	{ "read_only_view_writeable", view_writeable },
	{ "managed_descriptor", managed_descriptor },
	{ "use_after_free", use_after_free },
};

const struct group content_group = { .name = "content",
	                             .attacks = content_attacks,
	                             .count = OS_ARRAY_SIZE(content_attacks) };
