/* SPDX-License-Identifier: BSD-2-Clause */
/* Faults of a region map, read from the page where core tells them (abi/fault.h). */

#include <abi/fault.h>
#include <osier/fault.h>
#include <osier/rpc.h>

void os_faults_init(struct os_faults *faults, struct region_map_cap map)
{
	struct rom_dataspace_cap ds;

	*faults = (struct os_faults){ .map = map };
	if (region_map_faults(map, &ds))
		return;
	if (os_view_init(&faults->page, rom_dataspace_as_dataspace(ds), 0, OS_PAGE_SIZE,
	                 OS_ATTACH_READ))
		faults->page = (struct os_view){ 0 };
	os_cap_drop(ds.cap);
}

void os_faults_fini(struct os_faults *faults)
{
	os_view_fini(&faults->page);
	*faults = (struct os_faults){ 0 };
}

/* Ask the map. */
static bool fault_ask(struct os_faults *faults, struct os_fault *out)
{
	if (region_map_fault_state(faults->map, faults->seen, &out->number, &out->kind,
	                           &out->address) ||
	    out->kind == REGION_MAP_FAULT_KIND_NONE)
		return false;
	faults->seen = out->number;
	return true;
}

/* What the page tells of fault `number`; false: nothing, or not any more. */
static bool fault_read(const struct os_fault_page *page, uint64_t number, struct os_fault *out)
{
	const struct os_fault_entry *entry = &page->entries[number % OS_FAULT_ENTRIES];

	if (__atomic_load_n(&entry->number, __ATOMIC_ACQUIRE) != number)
		return false;
	*out = (struct os_fault){
		.number = number,
		.address = __atomic_load_n(&entry->address, __ATOMIC_RELAXED),
		.kind = (enum region_map_fault_kind)__atomic_load_n(&entry->kind, __ATOMIC_RELAXED),
	};
	__atomic_thread_fence(__ATOMIC_ACQUIRE);
	return __atomic_load_n(&entry->number, __ATOMIC_RELAXED) == number;
}

bool os_faults_next(struct os_faults *faults, struct os_fault *out)
{
	const struct os_fault_page *page = faults->page.start;
	uint64_t last;

	if (!page)
		return fault_ask(faults, out);
	last = __atomic_load_n(&page->last, __ATOMIC_ACQUIRE);
	while (faults->seen < last) {
		const uint64_t number = faults->seen + 1;

		if (fault_read(page, number, out)) {
			faults->seen = number;
			return true;
		}
		if (number <= __atomic_load_n(&page->hidden, __ATOMIC_ACQUIRE)) {
			if (fault_ask(faults, out))
				return true;
			break;
		}
		faults->seen = number;
	}
	faults->seen = OS_MAX(faults->seen, last);
	return false;
}
