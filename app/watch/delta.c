/* SPDX-License-Identifier: BSD-2-Clause */
/* Remembers of each record a digest of its lines: one that differs is told again. */

#include "delta.h"

#include <osier/format.h>
#include <trace/tree.h>

enum { TEXTS = 2 }; /* lines of a record: what it is, and its numbers */

struct entry {
	struct os_avl_node node;
	struct os_list_node in_list;
	uint16_t kind;
	uint64_t id;
	uint64_t round; /* of the last snapshot that had it */
	uint64_t digests[TEXTS];
};

struct key {
	uint16_t kind;
	uint64_t id;
};

typedef char text[DELTA_LINE_MAX];

static int compare(struct key a, struct key b)
{
	if (a.kind != b.kind)
		return a.kind < b.kind ? -1 : 1;
	return a.id < b.id ? -1 : a.id > b.id;
}

static struct key key_of(const struct os_avl_node *node)
{
	const struct entry *entry = OS_AVL_ITEM(node, struct entry, node);

	return (struct key){ entry->kind, entry->id };
}

static int compare_nodes(const struct os_avl_node *a, const struct os_avl_node *b)
{
	return compare(key_of(a), key_of(b));
}

static int compare_key(const void *key, const struct os_avl_node *node)
{
	return compare(*(const struct key *)key, key_of(node));
}

/* FNV-1a, 64 bits; never 0, which is that of no line. */
static uint64_t digest(const char *line)
{
	uint64_t hash = 0xcbf29ce484222325;

	for (; *line; line++)
		hash = (hash ^ (unsigned char)*line) * 0x100000001b3;
	return hash ? hash : 1;
}

/* ------------------------------------------------------------------ lines */

#define HEX(number) ((unsigned long long)(number))

static void format_account(const struct os_trace_account *a, text *texts)
{
	os_format(texts[0], sizeof(text), "@A %llx %llx %llx", HEX(a->record.id), HEX(a->parent),
	          HEX(a->pd));
	os_format(texts[1], sizeof(text), "@a %llx %llx %llx %llx %llx", HEX(a->record.id),
	          HEX(a->ram_limit), HEX(a->ram_used), HEX(a->caps_limit), HEX(a->caps_used));
}

static void format_session(const struct os_trace_session *s, text *texts)
{
	os_format(texts[0], sizeof(text), "@S %llx %llx %llx %x %x %.*s", HEX(s->record.id),
	          HEX(s->client), HEX(s->server), s->type, s->core, OS_TRACE_LABEL_SIZE - 1,
	          s->label);
}

static void format_pd(const struct os_trace_pd *p, text *texts)
{
	os_format(texts[0], sizeof(text), "@P %llx %llx %llx %.*s", HEX(p->record.id),
	          HEX(p->account), HEX(p->parent), OS_TRACE_LABEL_SIZE - 1, p->label);
	os_format(texts[1], sizeof(text), "@p %llx %llx %x %x", HEX(p->record.id),
	          HEX(p->cpu_time_us), p->state, p->thread_count);
}

static const char letters[] = {
	[OS_TRACE_ACCOUNT] = 'A',
	[OS_TRACE_SESSION] = 'S',
	[OS_TRACE_PD] = 'P',
};

/* Whether lines tell of records of this kind. */
static bool is_told(const struct os_trace_record *record)
{
	return record->kind < OS_ARRAY_SIZE(letters) && letters[record->kind];
}

static void format(const struct os_trace_record *record, text *texts)
{
	texts[0][0] = texts[1][0] = 0;
	switch (record->kind) {
	case OS_TRACE_ACCOUNT:
		format_account((const struct os_trace_account *)record, texts);
		break;
	case OS_TRACE_SESSION:
		format_session((const struct os_trace_session *)record, texts);
		break;
	default:
		format_pd((const struct os_trace_pd *)record, texts);
		break;
	}
}

/* The program of a PD, once. */
static void tell_binary(const struct os_trace_record *record, struct delta_sink *sink)
{
	const struct os_trace_pd *pd = (const struct os_trace_pd *)record;
	text line;

	os_format(line, sizeof(line), "@N %llx %.*s", HEX(record->id), OS_TRACE_NAME_SIZE - 1,
	          pd->binary);
	sink->line(sink, line);
}

/* ------------------------------------------------------------------ entries */

/* The entry of a record, made if there is none. */
static enum os_err entry_get(struct delta *delta, const struct os_trace_record *record,
                             struct entry **out)
{
	const struct key key = { record->kind, record->id };
	struct entry *entry =
	        OS_AVL_ITEM(os_avl_find(&delta->entries, &key, compare_key), struct entry, node);
	enum os_err err;

	*out = entry;
	if (entry)
		return OS_OK;
	if ((err = os_alloc(delta->heap, sizeof(*entry), (void **)&entry)))
		return err;
	*entry = (struct entry){ .kind = record->kind, .id = record->id };
	os_avl_insert(&delta->entries, &entry->node, compare_nodes);
	os_list_append(&delta->list, &entry->in_list);
	*out = entry;
	return OS_OK;
}

static void entry_forget(struct delta *delta, struct entry *entry)
{
	os_avl_remove(&delta->entries, &entry->node);
	os_list_remove(&delta->list, &entry->in_list);
	os_free(delta->heap, entry, sizeof(*entry));
}

static enum os_err tell(struct delta *delta, const struct os_trace_record *record,
                        struct delta_sink *sink)
{
	struct entry *entry;
	text texts[TEXTS];
	enum os_err err;

	if ((err = entry_get(delta, record, &entry)))
		return err;
	format(record, texts);
	if (record->kind == OS_TRACE_PD && !entry->round)
		tell_binary(record, sink);
	for (size_t i = 0; i < TEXTS; i++) {
		const uint64_t now = digest(texts[i]);

		if (entry->digests[i] != now && texts[i][0])
			sink->line(sink, texts[i]);
		entry->digests[i] = now;
	}
	entry->round = delta->round;
	return OS_OK;
}

static void tell_gone(struct delta *delta, struct delta_sink *sink)
{
	text line;

	OS_LIST_FOR_EACH (node, &delta->list) {
		struct entry *entry = OS_LIST_ITEM(node, struct entry, in_list);

		if (entry->round == delta->round)
			continue;
		os_format(line, sizeof(line), "@x %c %llx", letters[entry->kind], HEX(entry->id));
		sink->line(sink, line);
		entry_forget(delta, entry);
	}
}

enum os_err delta_update(struct delta *delta, const struct os_trace_snapshot *snapshot, size_t size,
                         struct delta_sink *sink)
{
	const struct os_trace_record *record = NULL;
	enum os_err err;
	text line;

	delta->round++;
	os_format(line, sizeof(line), "@> %llx", HEX(snapshot->time_us));
	sink->line(sink, line);
	while ((record = os_trace_record_next(snapshot, size, record, 0)))
		if (is_told(record) && (err = tell(delta, record, sink)))
			return err;
	tell_gone(delta, sink);
	os_format(line, sizeof(line), "@< %llx", HEX(snapshot->generation));
	sink->line(sink, line);
	return OS_OK;
}

void delta_fini(struct delta *delta)
{
	OS_LIST_FOR_EACH (node, &delta->list)
		entry_forget(delta, OS_LIST_ITEM(node, struct entry, in_list));
	*delta = (struct delta){ 0 };
}
