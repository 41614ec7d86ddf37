/* SPDX-License-Identifier: BSD-2-Clause */
/* From the records of a snapshot to who uses how much. */

#include "load.h"
#include <osier/format.h>
#include <osier/string.h>
#include <trace/tree.h>

static struct load_component *now(struct load *load)
{
	return load->components[load->current];
}

/* The same component in the snapshot before; NULL: it was not there. */
static const struct load_component *before(const struct load *load, uint64_t id)
{
	const struct load_component *others = load->components[!load->current];

	for (uint32_t i = 0; i < load->count_before; i++)
		if (others[i].id == id)
			return &others[i];
	return NULL;
}

static uint32_t permille(const struct load *load, const struct os_trace_pd *pd, uint64_t elapsed)
{
	const struct load_component *old = before(load, pd->record.id);

	if (!old || !elapsed || pd->cpu_time_us < old->cpu_time_us)
		return 0;
	return (uint32_t)((pd->cpu_time_us - old->cpu_time_us) * 1000 / elapsed);
}

static void component_add(struct load *load, const struct os_trace_pd *pd, uint64_t elapsed)
{
	struct load_component *component;

	if (load->count == LOAD_COMPONENTS_MAX) {
		load->beyond++;
		return;
	}
	component = &now(load)[load->count++];
	*component = (struct load_component){ .id = pd->record.id,
		                              .cpu_time_us = pd->cpu_time_us,
		                              .permille = permille(load, pd, elapsed) };
	memcpy(component->label, pd->label, sizeof(component->label));
	component->label[sizeof(component->label) - 1] = 0;
	load->permille += component->permille;
}

static void account_add(struct load *load, const struct os_trace_account *account)
{
	for (uint32_t i = 0; account->pd && i < load->count; i++)
		if (now(load)[i].id == account->pd)
			now(load)[i].ram_used += account->ram_used;
}

static bool uses_more(const struct load_component *a, const struct load_component *b)
{
	if (a->permille != b->permille)
		return a->permille > b->permille;
	return a->ram_used > b->ram_used;
}

static void sort(struct load *load)
{
	const struct load_component *all = now(load);

	for (uint32_t i = 0; i < load->count; i++) {
		uint32_t at = i;

		for (; at && uses_more(&all[i], &all[load->order[at - 1]]); at--)
			load->order[at] = load->order[at - 1];
		load->order[at] = (uint16_t)i;
	}
}

void load_update(struct load *load, const struct os_trace_snapshot *header, size_t size)
{
	const uint64_t elapsed =
	        header->time_us > load->time_us ? header->time_us - load->time_us : 0;
	const struct os_trace_account *account = NULL;
	const struct os_trace_pd *pd = NULL;

	load->count_before = load->count;
	load->current = !load->current;
	load->count = load->beyond = load->permille = 0;
	while ((pd = os_trace_record_next(header, size, pd, OS_TRACE_PD)))
		component_add(load, pd, elapsed);
	while ((account = os_trace_record_next(header, size, account, OS_TRACE_ACCOUNT)))
		account_add(load, account);
	sort(load);
	load->ram_used = header->ram_used;
	load->ram_limit = header->whole ? header->ram_total : header->ram_limit;
	load->time_us = header->time_us;
}

const struct load_component *load_at(const struct load *load, uint32_t rank)
{
	return &load->components[load->current][load->order[rank]];
}

void load_size_print(uint64_t bytes, char out[16])
{
	uint64_t tenths = bytes / 1024 * 10 + bytes % 1024 * 10 / 1024;
	size_t unit = 0;

	while (tenths >= 10240 && unit < 3) {
		tenths /= 1024;
		unit++;
	}
	if (unit && tenths < 1000)
		os_format(out, 16, "%u.%u%c", (unsigned int)(tenths / 10),
		          (unsigned int)(tenths % 10), "KMGT"[unit]);
	else
		os_format(out, 16, "%u%c", (unsigned int)(tenths / 10), "KMGT"[unit]);
}
