/* SPDX-License-Identifier: BSD-2-Clause */
/* Faults of a region map, one after the other: for whom its handler is signalled. */

#ifndef OSIER_FAULT_H
#define OSIER_FAULT_H

#include <osier/memory.h>

/** A thread that waits for something to be attached to the map. */
struct os_fault {
	uint64_t number;  /* for region_map_fault_thread() and region_map_fault_refuse() */
	uint64_t address; /* in the map */
	enum region_map_fault_kind kind;
};

/** What a handler knows of a map's faults; zero is empty. Used by one thread at a time. */
struct os_faults {
	struct region_map_cap map; /* the caller's */
	struct os_view page;       /* where core tells them; empty: it is asked for each */
	uint64_t seen;             /* number of the latest that was returned, or is over */
};

/**
 * Begin with all that wait at `map`. Core tells faults in a page (a page of RAM and two
 * capabilities of the map's account, and what an attachment costs): where that cannot be had, each
 * fault costs a call to the map, or two, and nothing else differs. Install the signal handler
 * before or after; nothing is lost.
 */
void os_faults_init(struct os_faults *faults, struct region_map_cap map);

/** Give the page back to the own address space; the map keeps it. Zero is accepted. */
void os_faults_fini(struct os_faults *faults);

/**
 * The next fault that has not been returned yet; false: none. Every fault is returned once, as
 * long as its thread waits; it may have ended when the handler gets to it. To be called until it
 * is false whenever the map's handler is signalled. Blocks no longer than a call to core.
 */
bool os_faults_next(struct os_faults *faults, struct os_fault *out);

#endif
