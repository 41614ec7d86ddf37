/* SPDX-License-Identifier: BSD-2-Clause */
/* Packet queues in shared memory: own indices are private, the peer's are read once and checked. */

#include <osier/packet_queue.h>

#define LINE 64

/*
 * A wake-up is never lost: who waits stores its event and then reads the peer's index; who moves
 * its index stores it and then reads the peer's event. All four are sequentially consistent, so at
 * least one of the two sees the other's store.
 */

/* ------------------------------------------------------------- one queue */

size_t os_packet_ring_size(uint32_t entries)
{
	return os_align_up(sizeof(struct os_packet_ring) +
	                           (size_t)entries * sizeof(struct os_packet_slot),
	                   LINE);
}

static bool entries_valid(uint32_t entries)
{
	return entries && entries <= OS_PACKET_ENTRIES_MAX && !(entries & (entries - 1));
}

void os_packet_producer_init(struct os_packet_producer *producer, struct os_packet_ring *ring,
                             uint32_t entries)
{
	OS_ASSERT(entries_valid(entries));
	*producer = (struct os_packet_producer){ .ring = ring, .entries = entries };
	/* Far behind: no wake-up wanted. The consumer's, 0, means that it waits from the start. */
	atomic_store(&ring->room_event, UINT32_MAX);
}

void os_packet_consumer_init(struct os_packet_consumer *consumer, struct os_packet_ring *ring,
                             uint32_t entries)
{
	OS_ASSERT(entries_valid(entries));
	*consumer = (struct os_packet_consumer){ .ring = ring, .entries = entries };
}

/* Look at the peer's index. */
static enum os_err producer_refresh(struct os_packet_producer *producer)
{
	const uint32_t tail = atomic_load(&producer->ring->tail);

	if (producer->head - tail > producer->entries)
		return OS_ERR_PROTOCOL;
	producer->tail = tail;
	return OS_OK;
}

static bool producer_full(const struct os_packet_producer *producer)
{
	return producer->head - producer->tail == producer->entries;
}

/* OS_OK if there is room; before it says FULL, the event is set. */
static enum os_err producer_room(struct os_packet_producer *producer)
{
	enum os_err err;

	if (!producer_full(producer))
		return OS_OK;
	if ((err = producer_refresh(producer)) || !producer_full(producer))
		return err;
	atomic_store(&producer->ring->room_event, producer->tail + (producer->entries - 1) / 2);
	if ((err = producer_refresh(producer)))
		return err;
	return producer_full(producer) ? OS_ERR_FULL : OS_OK;
}

enum os_err os_packet_put(struct os_packet_producer *producer, const struct os_packet *packet,
                          bool *wake)
{
	struct os_packet_ring *ring = producer->ring;
	struct os_packet_slot *slot = &ring->slot[producer->head & (producer->entries - 1)];
	const uint32_t head = producer->head;
	enum os_err err;

	if ((err = producer_room(producer)))
		return err;
	atomic_store_explicit(&slot->offset, packet->offset, memory_order_relaxed);
	atomic_store_explicit(&slot->size_op, packet->size | (uint64_t)packet->op << 32,
	                      memory_order_relaxed);
	atomic_store_explicit(&slot->user, packet->user, memory_order_relaxed);
	producer->head++;
	atomic_store(&ring->head, producer->head);
	if (atomic_load(&ring->packet_event) == head)
		*wake = true;
	return OS_OK;
}

static enum os_err consumer_refresh(struct os_packet_consumer *consumer)
{
	const uint32_t head = atomic_load(&consumer->ring->head);

	if (head - consumer->tail > consumer->entries)
		return OS_ERR_PROTOCOL;
	consumer->head = head;
	return OS_OK;
}

static bool consumer_empty(const struct os_packet_consumer *consumer)
{
	return consumer->head == consumer->tail;
}

/* OS_OK if there is a packet; before it says EMPTY, the event is set. */
static enum os_err consumer_ready(struct os_packet_consumer *consumer)
{
	enum os_err err;

	if (!consumer_empty(consumer))
		return OS_OK;
	if ((err = consumer_refresh(consumer)) || !consumer_empty(consumer))
		return err;
	atomic_store(&consumer->ring->packet_event, consumer->tail);
	if ((err = consumer_refresh(consumer)))
		return err;
	return consumer_empty(consumer) ? OS_ERR_EMPTY : OS_OK;
}

enum os_err os_packet_get(struct os_packet_consumer *consumer, struct os_packet *packet, bool *wake)
{
	struct os_packet_ring *ring = consumer->ring;
	struct os_packet_slot *slot = &ring->slot[consumer->tail & (consumer->entries - 1)];
	const uint32_t tail = consumer->tail;
	uint64_t size_op;
	enum os_err err;

	if ((err = consumer_ready(consumer)))
		return err;
	size_op = atomic_load_explicit(&slot->size_op, memory_order_relaxed);
	*packet = (struct os_packet){
		.offset = atomic_load_explicit(&slot->offset, memory_order_relaxed),
		.size = (uint32_t)size_op,
		.op = (uint32_t)(size_op >> 32),
		.user = atomic_load_explicit(&slot->user, memory_order_relaxed),
	};
	consumer->tail++;
	atomic_store(&ring->tail, consumer->tail);
	if (atomic_load(&ring->room_event) == tail)
		*wake = true;
	return OS_OK;
}

/* ------------------------------------------------------------ the stream */

enum os_err os_packet_stream_layout_init(struct os_packet_stream_layout *layout,
                                         uint32_t submit_entries, uint32_t acknowledge_entries,
                                         uint64_t bulk_size)
{
	uint64_t acknowledge_offset, bulk_offset;

	if (!entries_valid(submit_entries) || !entries_valid(acknowledge_entries) || !bulk_size)
		return OS_ERR_INVALID;
	acknowledge_offset = os_packet_ring_size(submit_entries);
	bulk_offset = os_align_up(acknowledge_offset + os_packet_ring_size(acknowledge_entries),
	                          OS_PAGE_SIZE);
	if (bulk_size > PTRDIFF_MAX - OS_PAGE_SIZE - bulk_offset)
		return OS_ERR_RANGE;
	*layout = (struct os_packet_stream_layout){
		.submit_entries = submit_entries,
		.acknowledge_entries = acknowledge_entries,
		.submit_offset = 0,
		.acknowledge_offset = acknowledge_offset,
		.bulk_offset = bulk_offset,
		.bulk_size = bulk_size,
		.size = os_align_up(bulk_offset + bulk_size, OS_PAGE_SIZE),
	};
	return OS_OK;
}

static struct os_packet_ring *ring_at(void *base, uint64_t offset)
{
	return (struct os_packet_ring *)((char *)base + offset);
}

/* ------------------------------------------------------------ the source */

/* A packet that is allocated: what the sink cannot change. */
struct record {
	struct os_avl_node node; /* os_packet_source::packets */
	struct os_packet packet; /* as allocated, then as submitted */
	uint32_t allocated;      /* bytes */
	bool submitted;          /* and not acknowledged */
};

static struct record *record_of(const struct os_avl_node *node)
{
	return OS_AVL_ITEM(node, struct record, node);
}

static int compare_offset(const void *key, const struct os_avl_node *node)
{
	const uint64_t offset = *(const uint64_t *)key, other = record_of(node)->packet.offset;

	return offset < other ? -1 : offset > other;
}

static int compare_records(const struct os_avl_node *a, const struct os_avl_node *b)
{
	return compare_offset(&record_of(a)->packet.offset, b);
}

static struct record *record_find(const struct os_packet_source *source, uint64_t offset)
{
	return record_of(os_avl_find(&source->packets, &offset, compare_offset));
}

enum os_err os_packet_source_init(struct os_packet_source *source, void *base,
                                  const struct os_packet_stream_layout *layout,
                                  struct os_alloc *meta)
{
	enum os_err err;

	*source = (struct os_packet_source){
		.meta = meta,
		.bulk_base = (char *)base + layout->bulk_offset,
	};
	os_range_alloc_init(&source->bulk, meta);
	if ((err = os_range_alloc_add(&source->bulk, 0, layout->bulk_size))) {
		os_packet_source_fini(source);
		return err;
	}
	os_packet_producer_init(&source->submit, ring_at(base, layout->submit_offset),
	                        layout->submit_entries);
	os_packet_consumer_init(&source->acknowledge, ring_at(base, layout->acknowledge_offset),
	                        layout->acknowledge_entries);
	return OS_OK;
}

static void record_destroy(struct os_packet_source *source, struct record *record)
{
	os_avl_remove(&source->packets, &record->node);
	os_range_alloc_free(&source->bulk, record->packet.offset);
	os_free(source->meta, record, sizeof(*record));
}

void os_packet_source_fini(struct os_packet_source *source)
{
	while (source->packets.root)
		record_destroy(source, record_of(source->packets.root));
	os_range_alloc_fini(&source->bulk);
	*source = (struct os_packet_source){ 0 };
}

enum os_err os_packet_source_alloc(struct os_packet_source *source, uint32_t size,
                                   unsigned align_log2, struct os_packet *packet)
{
	struct record *record;
	void *memory;
	uint64_t offset;
	enum os_err err;

	if ((err = os_alloc(source->meta, sizeof(*record), &memory)))
		return err;
	if ((err = os_range_alloc_alloc(&source->bulk, size, align_log2, OS_RANGE_ALL, &offset)))
		goto out;
	record = memory;
	*record = (struct record){
		.packet = { .offset = offset, .size = size },
		.allocated = size,
	};
	os_avl_insert(&source->packets, &record->node, compare_records);
	*packet = record->packet;
	return OS_OK;
out:
	os_free(source->meta, memory, sizeof(*record));
	return err;
}

void os_packet_source_free(struct os_packet_source *source, const struct os_packet *packet)
{
	struct record *record = record_find(source, packet->offset);

	OS_ASSERT(record && !record->submitted);
	record_destroy(source, record);
}

void *os_packet_source_data(const struct os_packet_source *source, const struct os_packet *packet)
{
	return source->bulk_base + packet->offset;
}

enum os_err os_packet_source_submit(struct os_packet_source *source, const struct os_packet *packet,
                                    bool *wake)
{
	struct record *record = record_find(source, packet->offset);
	enum os_err err;

	OS_ASSERT(record && !record->submitted && packet->size <= record->allocated);
	if ((err = os_packet_put(&source->submit, packet, wake)))
		return err;
	record->packet = *packet;
	record->submitted = true;
	return OS_OK;
}

enum os_err os_packet_source_acknowledged(struct os_packet_source *source, struct os_packet *packet,
                                          bool *wake)
{
	struct os_packet answer;
	struct record *record;
	enum os_err err;

	if ((err = os_packet_get(&source->acknowledge, &answer, wake)))
		return err;
	record = record_find(source, answer.offset);
	if (!record || !record->submitted || answer.size > record->packet.size)
		return OS_ERR_PROTOCOL;
	record->submitted = false;
	*packet = record->packet;
	packet->size = answer.size;
	packet->op = answer.op;
	return OS_OK;
}

/* -------------------------------------------------------------- the sink */

void os_packet_sink_init(struct os_packet_sink *sink, void *base,
                         const struct os_packet_stream_layout *layout)
{
	*sink = (struct os_packet_sink){
		.bulk_base = (char *)base + layout->bulk_offset,
		.bulk_size = layout->bulk_size,
	};
	os_packet_consumer_init(&sink->submit, ring_at(base, layout->submit_offset),
	                        layout->submit_entries);
	os_packet_producer_init(&sink->acknowledge, ring_at(base, layout->acknowledge_offset),
	                        layout->acknowledge_entries);
}

enum os_err os_packet_sink_get(struct os_packet_sink *sink, struct os_packet *packet, bool *wake)
{
	struct os_packet next;
	enum os_err err;

	if ((err = os_packet_get(&sink->submit, &next, wake)))
		return err;
	if (next.offset > sink->bulk_size || next.size > sink->bulk_size - next.offset)
		return OS_ERR_PROTOCOL;
	*packet = next;
	return OS_OK;
}

void *os_packet_sink_data(const struct os_packet_sink *sink, const struct os_packet *packet)
{
	return sink->bulk_base + packet->offset;
}

enum os_err os_packet_sink_acknowledge(struct os_packet_sink *sink, const struct os_packet *packet,
                                       bool *wake)
{
	return os_packet_put(&sink->acknowledge, packet, wake);
}
