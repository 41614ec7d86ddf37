/* SPDX-License-Identifier: BSD-2-Clause */
/* What a snapshot tells of load: sums, and the components that use most. Pure. */

#ifndef LOAD_MONITOR_LOAD_H
#define LOAD_MONITOR_LOAD_H

#include <abi/trace.h>
#include <osier/types.h>

enum { LOAD_COMPONENTS_MAX = 512 };

struct load_component {
	uint64_t id, cpu_time_us;
	uint64_t ram_used;
	uint32_t permille; /* of one CPU, since the snapshot before; 0 in its first one */
	char label[OS_TRACE_LABEL_SIZE];
};

/** Zero is one before the first snapshot. */
struct load {
	struct load_component components[2][LOAD_COMPONENTS_MAX]; /* now, and before */
	uint16_t order[LOAD_COMPONENTS_MAX]; /* of those now: most CPU time first, then most RAM */
	uint32_t current, count, count_before;
	uint32_t beyond;   /* components that there was no room for: they are in the sums only */
	uint32_t permille; /* of one CPU, all together */
	uint64_t ram_used, ram_limit;
	uint64_t time_us;
};

/** Take in the next snapshot, which may be damaged: of `size` bytes at `header`. */
void load_update(struct load *load, const struct os_trace_snapshot *header, size_t size);

/** The component in place `rank`, below `count`. */
const struct load_component *load_at(const struct load *load, uint32_t rank);

/** "812K", "12.3M", "1.5G". */
void load_size_print(uint64_t bytes, char out[16]);

#endif
