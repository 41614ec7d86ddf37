/* SPDX-License-Identifier: BSD-2-Clause */
/* Memory: dataspaces, views of them in the own address space, region maps. */

#ifndef OSIER_MEMORY_H
#define OSIER_MEMORY_H

#include <api/account.h>
#include <api/dataspace.h>
#include <api/region_map.h>
#include <osier/env.h>
#include <osier/err.h>
#include <osier/types.h>

/** An account to charge allocations to, where it is not the PD's own. */
struct os_account {
	struct account_cap cap;
};

/** Allocate zeroed RAM of `size` bytes, rounded up to pages; `account` NULL: the PD's own. */
enum os_err os_ram_alloc(struct os_env *env, size_t size, struct os_account *account,
                         struct ram_dataspace_cap *ds) OS_MUST_CHECK;

/** Free RAM: every mapping, here and elsewhere, is gone when this returns. Empties `ds`. */
void os_ram_free(struct os_env *env, struct ram_dataspace_cap *ds);

enum os_attach_flags {
	OS_ATTACH_READ = 0,
	OS_ATTACH_WRITE = 1,
	OS_ATTACH_EXECUTE = 2, /* never together with WRITE */
};

/** A dataspace, or a part of it, seen in the own address space. */
struct os_view {
	void *start; /* NULL: empty */
	size_t size; /* bytes */
};

/**
 * Attach `size` bytes (0: all) from `offset` of `ds` at an address that is free.
 * Errors: CAP_INVALID, CAP_TYPE, DENIED (write to read-only memory), RANGE, ALIGN, OUT_OF_RAM.
 */
enum os_err os_view_init(struct os_view *view, struct dataspace_cap ds, uint64_t offset,
                         size_t size, enum os_attach_flags flags) OS_MUST_CHECK;

/** Detach. Empty views are accepted. */
void os_view_fini(struct os_view *view);

/** RAM with its view in one: allocate and attach writeable, detach and free. */
struct os_ram {
	struct ram_dataspace_cap ds;
	struct os_view view;
};
enum os_err os_ram_init(struct os_ram *ram, struct os_env *env, size_t size,
                        struct os_account *account) OS_MUST_CHECK;
void os_ram_fini(struct os_ram *ram, struct os_env *env);

#endif
