/* SPDX-License-Identifier: BSD-2-Clause */
/* A page in which core tells who waits at a region map: region_map.faults(). */

#ifndef ABI_FAULT_H
#define ABI_FAULT_H

/*
 * It is written by core alone, at any time, also while it is read:
 *
 *     a thread begins to wait   number 0; kind, address; then the number; then `last`
 *     it does not wait          number 0
 *
 * So what is read is true where the number is the same before and behind. An entry in use is left
 * alone: a fault whose entry is still another one's is `hidden`, and has to be asked for.
 */

#include <stdint.h>

enum { OS_FAULT_ENTRIES = 128 };

struct os_fault_entry {
	uint64_t number;  /* of the fault; 0: nobody waits */
	uint64_t address; /* in the map */
	uint32_t kind;    /* enum region_map_fault_kind */
	uint32_t reserved;
};

struct os_fault_page {
	uint64_t last;   /* number of the latest fault */
	uint64_t hidden; /* number of the latest one that there was no free entry for */
	uint64_t reserved[6];
	struct os_fault_entry entries[OS_FAULT_ENTRIES]; /* fault N: entry N % OS_FAULT_ENTRIES */
};

_Static_assert(sizeof(struct os_fault_page) <= 4096, "it is one page");

#endif
