/* SPDX-License-Identifier: BSD-2-Clause */
/* From the records of a snapshot to the lines that are shown. */

#include "table.h"
#include <label/label.h>
#include <osier/format.h>
#include <osier/string.h>
#include <trace/tree.h>

/* ------------------------------------------------------------------ order */

/* Labels element by element, so that what is below a component follows it at once. */
static int label_compare(const char *a, const char *b)
{
	static const char separator[] = OS_LABEL_SEPARATOR;

	for (;; a++, b++) {
		const bool a_ends = !*a || os_str_starts_with(a, separator);
		const bool b_ends = !*b || os_str_starts_with(b, separator);

		if (a_ends != b_ends)
			return a_ends ? -1 : 1;
		if (!*a || !*b)
			return *a ? 1 : *b ? -1 : 0;
		if (*a != *b)
			return (unsigned char)*a < (unsigned char)*b ? -1 : 1;
	}
}

static int compare_labels(const struct os_avl_node *a, const struct os_avl_node *b)
{
	return label_compare(OS_AVL_ITEM(a, struct row, by_label)->pd->label,
	                     OS_AVL_ITEM(b, struct row, by_label)->pd->label);
}

static int compare_label(const void *key, const struct os_avl_node *node)
{
	return label_compare(key, OS_AVL_ITEM(node, struct row, by_label)->pd->label);
}

static int compare_ids(const struct os_avl_node *a, const struct os_avl_node *b)
{
	const uint64_t x = OS_AVL_ITEM(a, struct row, by_id)->id;
	const uint64_t y = OS_AVL_ITEM(b, struct row, by_id)->id;

	return x < y ? -1 : x > y;
}

static int compare_id(const void *key, const struct os_avl_node *node)
{
	const uint64_t x = *(const uint64_t *)key, y = OS_AVL_ITEM(node, struct row, by_id)->id;

	return x < y ? -1 : x > y;
}

static int compare_times(const struct os_avl_node *a, const struct os_avl_node *b)
{
	const uint64_t x = OS_AVL_ITEM(a, struct time, node)->id;
	const uint64_t y = OS_AVL_ITEM(b, struct time, node)->id;

	return x < y ? -1 : x > y;
}

static int compare_time(const void *key, const struct os_avl_node *node)
{
	const uint64_t x = *(const uint64_t *)key, y = OS_AVL_ITEM(node, struct time, node)->id;

	return x < y ? -1 : x > y;
}

/* ------------------------------------------------------------------ memory */

/* Room for `count` items of `size` bytes; what was there is gone. */
static enum os_err room_make(struct os_alloc *heap, void **items, size_t *room, size_t count,
                             size_t size)
{
	enum os_err err;

	if (count <= *room)
		return OS_OK;
	os_free(heap, *items, *room * size);
	*items = NULL;
	*room = 0;
	count += count / 2;
	if (!(err = os_alloc(heap, count * size, items)))
		*room = count;
	return err;
}

static void rows_clear(struct table *table)
{
	table->row_count = 0;
	table->labels = table->ids = (struct os_avl){ 0 };
	table->total = table->rest = (struct usage){ 0 };
}

static void times_clear(struct table *table)
{
	table->time_count = 0;
	table->time_tree = (struct os_avl){ 0 };
}

void table_fini(struct table *table)
{
	if (table->heap) {
		os_free(table->heap, table->rows, table->row_room * sizeof(struct row));
		os_free(table->heap, table->times, table->time_room * sizeof(struct time));
	}
	*table = (struct table){ 0 };
}

/* ------------------------------------------------------------------ rows */

/* Keep what the threads had used at the snapshot that is about to be replaced. */
static enum os_err times_keep(struct table *table)
{
	enum os_err err;

	times_clear(table);
	if ((err = room_make(table->heap, (void **)&table->times, &table->time_room,
	                     table->row_count, sizeof(struct time))))
		return err;
	for (size_t i = 0; i < table->row_count; i++) {
		struct time *time = &table->times[table->time_count++];

		*time = (struct time){ .id = table->rows[i].id,
			               .us = table->rows[i].pd->cpu_time_us };
		os_avl_insert(&table->time_tree, &time->node, compare_times);
	}
	return OS_OK;
}

/* Of one CPU; what a component used before its first snapshot is not known to be recent. */
static uint32_t permille(const struct table *table, const struct os_trace_pd *pd, uint64_t elapsed)
{
	const struct time *time = OS_AVL_ITEM(
	        os_avl_find(&table->time_tree, &pd->record.id, compare_time), struct time, node);

	if (!time || !elapsed || pd->cpu_time_us < time->us)
		return 0;
	return (uint32_t)((pd->cpu_time_us - time->us) * 1000 / elapsed);
}

static enum os_err rows_fill(struct table *table, const struct os_trace_snapshot *header,
                             size_t size)
{
	const uint64_t elapsed = header->time_us - table->time_us;
	const struct os_trace_pd *pd = NULL;
	size_t count = 0;
	enum os_err err;

	while ((pd = os_trace_record_next(header, size, pd, OS_TRACE_PD)))
		count++;
	rows_clear(table);
	if ((err = room_make(table->heap, (void **)&table->rows, &table->row_room, count,
	                     sizeof(struct row))))
		return err;
	while ((pd = os_trace_record_next(header, size, pd, OS_TRACE_PD))) {
		struct row *row = &table->rows[table->row_count++];

		*row = (struct row){ .id = pd->record.id,
			             .pd = pd,
			             .permille = permille(table, pd, elapsed) };
		os_avl_insert(&table->labels, &row->by_label, compare_labels);
		os_avl_insert(&table->ids, &row->by_id, compare_ids);
	}
	table->time_us = header->time_us;
	return OS_OK;
}

static struct row *row_by_id(const struct table *table, uint64_t id)
{
	return OS_AVL_ITEM(os_avl_find(&table->ids, &id, compare_id), struct row, by_id);
}

/* The component with the longest label that `label` begins with. */
static struct row *row_by_label(const struct table *table, const char *label)
{
	char text[OS_TRACE_LABEL_SIZE];
	struct os_avl_node *node = NULL;
	size_t length;

	if (os_str_copy(text, sizeof(text), label))
		return NULL;
	while (!(node = os_avl_find(&table->labels, text, compare_label))) {
		length = (size_t)(os_label_last(text) - text);
		if (!length)
			return NULL;
		text[length - (sizeof(OS_LABEL_SEPARATOR) - 1)] = 0;
	}
	return OS_AVL_ITEM(node, struct row, by_label);
}

/* How many components of the table are above the row's. */
static uint32_t depth_of(const struct table *table, const struct row *row)
{
	char text[OS_TRACE_LABEL_SIZE];
	uint32_t depth = 0;
	size_t length;

	memcpy(text, row->pd->label, sizeof(text));
	text[sizeof(text) - 1] = 0;
	while ((length = (size_t)(os_label_last(text) - text))) {
		text[length - (sizeof(OS_LABEL_SEPARATOR) - 1)] = 0;
		depth += os_avl_find(&table->labels, text, compare_label) != NULL;
	}
	return depth;
}

/* ------------------------------------------------------------------ accounts */

static void usage_add(struct usage *usage, const struct os_trace_account *account)
{
	usage->ram_limit += account->ram_limit;
	usage->ram_used += account->ram_used;
	usage->caps_limit += account->caps_limit;
	usage->caps_used += account->caps_used;
}

/* Whose the account is, where it is not a PD's own: told by the record of its session. */
static struct row *client_of(const struct table *table, const struct os_trace_session *session)
{
	if (session->core)
		return row_by_label(table, session->label);
	return row_by_id(table, session->client);
}

static void account_add(struct table *table, const struct os_trace_account *account,
                        const struct os_trace_session *session)
{
	struct row *row = account->pd ? row_by_id(table, account->pd) : NULL;

	usage_add(&table->total, account);
	if (row) {
		usage_add(&row->own, account);
		return;
	}
	row = session ? client_of(table, session) : NULL;
	usage_add(row ? &row->sessions : &table->rest, account);
	if (row && session->type)
		row->session_count++;
}

static void accounts_add(struct table *table, const struct os_trace_snapshot *header, size_t size)
{
	const struct os_trace_account *account = NULL;

	while ((account = os_trace_record_next(header, size, account, OS_TRACE_ACCOUNT))) {
		const struct os_trace_session *session =
		        os_trace_record_next(header, size, account, 0);
		const bool is_its = session && session->record.kind == OS_TRACE_SESSION &&
		                    session->record.id == account->record.id;

		account_add(table, account, is_its ? session : NULL);
	}
}

enum os_err table_update(struct table *table, struct os_alloc *heap,
                         const struct os_trace_snapshot *header, size_t size)
{
	enum os_err err;

	table->heap = heap;
	if ((err = rows_fill(table, header, size)) || (err = times_keep(table))) {
		rows_clear(table);
		times_clear(table);
		return err;
	}
	for (size_t i = 0; i < table->row_count; i++)
		table->rows[i].depth = depth_of(table, &table->rows[i]);
	accounts_add(table, header, size);
	return OS_OK;
}

const struct row *table_next(const struct table *table, const struct row *row)
{
	return OS_AVL_ITEM(row ? os_avl_next(&row->by_label) : os_avl_first(&table->labels),
	                   struct row, by_label);
}

bool table_adds_up(const struct table *table, const struct os_trace_snapshot *header)
{
	const struct usage *total = &table->total;

	return total->ram_limit == header->ram_limit && total->ram_used == header->ram_used &&
	       total->caps_limit == header->caps_limit && total->caps_used == header->caps_used &&
	       total->ram_used <= total->ram_limit && total->caps_used <= total->caps_limit &&
	       (!header->whole ||
	        (total->ram_limit == header->ram_total && total->caps_limit == header->caps_total));
}

/* ------------------------------------------------------------------ lines */

/* "1234K", "12.3M", "4.5G": at most six characters. */
static void size_print(uint64_t bytes, char out[12])
{
	uint64_t tenths = bytes * 10 >> 10;
	size_t unit = 0;

	while (tenths > 99999 && unit < 3) {
		tenths >>= 10;
		unit++;
	}
	if (unit)
		os_format(out, 12, "%u.%u%c", (unsigned)(tenths / 10), (unsigned)(tenths % 10),
		          "KMGT"[unit]);
	else
		os_format(out, 12, "%uK", (unsigned)(tenths / 10));
}

static void usage_print(const struct usage *usage, char *out, size_t size)
{
	char used[12], limit[12];

	size_print(usage->ram_used, used);
	size_print(usage->ram_limit, limit);
	os_format(out, size, "%7s /%7s %6llu /%6llu", used, limit,
	          (unsigned long long)usage->caps_used, (unsigned long long)usage->caps_limit);
}

void row_print(const struct row *row, char *out, size_t size)
{
	char own[48], sessions[48];

	usage_print(&row->own, own, sizeof(own));
	usage_print(&row->sessions, sessions, sizeof(sessions));
	os_format(out, size, "%3u.%u%% %s  %4u: %s  %3u  %*s%s", row->permille / 10,
	          row->permille % 10, own, row->session_count, sessions, row->pd->thread_count,
	          (int)(2 * row->depth), "",
	          row->depth ? os_label_last(row->pd->label) : row->pd->label);
}
