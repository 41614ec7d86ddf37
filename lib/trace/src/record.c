/* SPDX-License-Identifier: BSD-2-Clause */
/* From record to record of a snapshot, within its bounds. */

#include <trace/tree.h>

/* Smallest size of a record that is one of its kind; 0: not known. */
static size_t size_min(uint16_t kind)
{
	switch (kind) {
	case OS_TRACE_ACCOUNT:
		return sizeof(struct os_trace_account);
	case OS_TRACE_SESSION:
		return sizeof(struct os_trace_session);
	case OS_TRACE_PD:
		return sizeof(struct os_trace_pd);
	case OS_TRACE_THREAD:
		return sizeof(struct os_trace_thread);
	default:
		return sizeof(struct os_trace_record);
	}
}

/* The record at `offset`; NULL: there is none, or it does not lie within the snapshot. */
static const struct os_trace_record *record_at(const struct os_trace_snapshot *header, size_t size,
                                               size_t offset)
{
	const struct os_trace_record *record;

	if (offset > size || size - offset < sizeof(*record))
		return NULL;
	record = (const void *)((const uint8_t *)header + offset);
	if (!record->kind || record->size % 8 || record->size < size_min(record->kind) ||
	    record->size > size - offset)
		return NULL;
	return record;
}

const void *os_trace_record_next(const struct os_trace_snapshot *header, size_t size,
                                 const void *from, enum os_trace_kind kind)
{
	const struct os_trace_record *record = from;
	size_t offset;

	if (size < sizeof(*header) || header->version != OS_TRACE_VERSION ||
	    header->header_size % 8 || header->header_size < sizeof(*header))
		return NULL;
	do {
		offset = header->header_size;
		if (record)
			offset = (size_t)((const uint8_t *)record - (const uint8_t *)header) +
			         record->size;
		record = record_at(header, size, offset);
	} while (record && kind && record->kind != kind);
	return record;
}
