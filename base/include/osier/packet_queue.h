/* SPDX-License-Identifier: BSD-2-Clause */
/* Packets in shared memory between two parties that do not trust each other: the pure part. */

#ifndef OSIER_PACKET_QUEUE_H
#define OSIER_PACKET_QUEUE_H

#include <stdatomic.h>
#include <osier/avl.h>
#include <osier/range_alloc.h>

/*
 * A source and a sink share one dataspace: a submit queue (source to sink), an acknowledge queue
 * (sink to source) and a bulk buffer. Each queue has one producer and one consumer. Each side
 * writes only its own index and keeps the true one privately; what it reads of the peer's is read
 * once and checked, so the worst a hostile peer can do is to get OS_ERR_PROTOCOL and to miss its
 * own wake-ups. The source frees a packet only after the acknowledgement of that very packet.
 *
 * Wake-ups: a side that finds nothing to do (EMPTY, FULL) publishes the index that it waits for to
 * be passed, then looks again. A side that passes that index is told so by `*wake`, once: it must
 * signal the peer before it waits itself, after any number of further packets. `*wake` is only ever
 * set to true, so one variable collects a batch. Nothing here blocks.
 */

#define OS_PACKET_ENTRIES_MAX ((uint32_t)1 << 16)

struct os_packet {
	uint64_t offset; /* bytes from the start of the bulk buffer */
	uint32_t size;   /* bytes; an acknowledgement may tell less */
	uint32_t op;     /* what is asked for; in an acknowledgement, the result */
	uint64_t user;   /* of the source, which gets it back unchanged */
};

/* ------------------------------------------------------------- one queue */

struct os_packet_slot {
	_Atomic(uint64_t) offset;
	_Atomic(uint64_t) size_op;
	_Atomic(uint64_t) user;
};

/** In shared memory; all zero is an empty queue. The two halves are on lines of their own. */
struct os_packet_ring {
	_Alignas(64) _Atomic(uint32_t) head; /* producer: packets put so far, modulo 2^32 */
	_Atomic(uint32_t) room_event;        /* producer: "wake me when tail passes this" */
	_Alignas(64) _Atomic(uint32_t) tail; /* consumer: packets got so far */
	_Atomic(uint32_t) packet_event;      /* consumer: "wake me when head passes this" */
	_Alignas(64) struct os_packet_slot slot[];
};

/** The producer's private view of a queue. */
struct os_packet_producer {
	struct os_packet_ring *ring;
	uint32_t entries;
	uint32_t head;
	uint32_t tail; /* as last seen and found valid */
};

/** The consumer's private view of a queue. */
struct os_packet_consumer {
	struct os_packet_ring *ring;
	uint32_t entries;
	uint32_t tail;
	uint32_t head; /* as last seen and found valid */
};

/** Bytes of shared memory of a queue of `entries`. */
size_t os_packet_ring_size(uint32_t entries);

/** Begin to produce into the fresh `ring` of `entries`, a power of two; each side once. */
void os_packet_producer_init(struct os_packet_producer *producer, struct os_packet_ring *ring,
                             uint32_t entries);

/** Begin to consume from the fresh `ring` of `entries`, a power of two; each side once. */
void os_packet_consumer_init(struct os_packet_consumer *consumer, struct os_packet_ring *ring,
                             uint32_t entries);

/**
 * Put a copy of `packet`. `*wake` becomes true if the consumer must be signalled. Errors: FULL (a
 * wake-up comes when half of the queue is free again), PROTOCOL (the peer's index is impossible).
 */
OS_MUST_CHECK enum os_err os_packet_put(struct os_packet_producer *producer,
                                        const struct os_packet *packet, bool *wake);

/**
 * Get the next packet, of which nothing is checked yet. `*wake` becomes true if the producer must
 * be signalled. Errors: EMPTY (a wake-up comes with the next packet), PROTOCOL.
 */
OS_MUST_CHECK enum os_err os_packet_get(struct os_packet_consumer *consumer,
                                        struct os_packet *packet, bool *wake);

/* ------------------------------------------------------------ the stream */

/** Where everything is in the shared dataspace; both sides compute it from the same three numbers.
 */
struct os_packet_stream_layout {
	uint32_t submit_entries;
	uint32_t acknowledge_entries;
	uint64_t submit_offset;
	uint64_t acknowledge_offset;
	uint64_t bulk_offset; /* at a page boundary */
	uint64_t bulk_size;
	uint64_t size; /* of the dataspace, whole pages */
};

/**
 * Lay out queues of the given numbers of entries and a bulk buffer of `bulk_size` bytes. Errors:
 * INVALID (entries no power of two or above OS_PACKET_ENTRIES_MAX, bulk_size 0), RANGE.
 */
OS_MUST_CHECK enum os_err os_packet_stream_layout_init(struct os_packet_stream_layout *layout,
                                                       uint32_t submit_entries,
                                                       uint32_t acknowledge_entries,
                                                       uint64_t bulk_size);

/** The side that allocates packets and submits them. Zero is empty. */
struct os_packet_source {
	struct os_packet_producer submit;
	struct os_packet_consumer acknowledge;
	struct os_range_alloc bulk;
	struct os_avl packets; /* by offset: all that are allocated */
	struct os_alloc *meta;
	char *bulk_base;
};

/**
 * Begin at the fresh, zeroed dataspace mapped at `base` with the given layout. `base` stays the
 * caller's, and is mapped until fini. Errors: those of `meta`.
 */
OS_MUST_CHECK enum os_err os_packet_source_init(struct os_packet_source *source, void *base,
                                                const struct os_packet_stream_layout *layout,
                                                struct os_alloc *meta);

/** Forget all packets and give the metadata back. */
void os_packet_source_fini(struct os_packet_source *source);

/**
 * A packet of `size` bytes at a multiple of 2^align_log2 in the bulk buffer; op and user are 0, to
 * be set before it is submitted. Errors: INVALID (size 0), FULL (no room in the bulk buffer: free
 * packets first), or those of the metadata.
 */
OS_MUST_CHECK enum os_err os_packet_source_alloc(struct os_packet_source *source, uint32_t size,
                                                 unsigned align_log2, struct os_packet *packet);

/** Free a packet that is not on its way. A bug if it is, or is none. */
void os_packet_source_free(struct os_packet_source *source, const struct os_packet *packet);

/** The packet's bytes. The sink can change them at any time. */
void *os_packet_source_data(const struct os_packet_source *source, const struct os_packet *packet);

/**
 * Submit an allocated packet; its size may be less than allocated. It is on its way until it is
 * acknowledged. `*wake`: signal the sink. Errors: FULL, PROTOCOL.
 */
OS_MUST_CHECK enum os_err os_packet_source_submit(struct os_packet_source *source,
                                                  const struct os_packet *packet, bool *wake);

/**
 * The next acknowledged packet: one that was on its way, with offset and user as submitted, size
 * (not more than submitted) and op from the sink. To be freed or submitted again. `*wake`: signal
 * the sink. Errors: EMPTY, PROTOCOL (none that was on its way, or too large).
 */
OS_MUST_CHECK enum os_err os_packet_source_acknowledged(struct os_packet_source *source,
                                                        struct os_packet *packet, bool *wake);

/** The side that gets packets and acknowledges them. Zero is empty; there is nothing to free. */
struct os_packet_sink {
	struct os_packet_consumer submit;
	struct os_packet_producer acknowledge;
	char *bulk_base;
	uint64_t bulk_size;
};

/** Begin at the dataspace mapped at `base` with the given layout. */
void os_packet_sink_init(struct os_packet_sink *sink, void *base,
                         const struct os_packet_stream_layout *layout);

/**
 * The next packet, which lies within the bulk buffer. `*wake`: signal the source. Errors: EMPTY,
 * PROTOCOL (also for a packet that lies elsewhere, which is then gone).
 */
OS_MUST_CHECK enum os_err os_packet_sink_get(struct os_packet_sink *sink, struct os_packet *packet,
                                             bool *wake);

/** The bytes of a packet from os_packet_sink_get(). The source can change them at any time. */
void *os_packet_sink_data(const struct os_packet_sink *sink, const struct os_packet *packet);

/** Give a packet back, result in size and op. `*wake`: signal the source. FULL, PROTOCOL. */
OS_MUST_CHECK enum os_err os_packet_sink_acknowledge(struct os_packet_sink *sink,
                                                     const struct os_packet *packet, bool *wake);

#endif
