/* SPDX-License-Identifier: BSD-2-Clause */
/* Packet streams of sessions: the two ends of osier/packet_queue.h, with memory and wake-ups. */

#ifndef OSIER_PACKET_STREAM_H
#define OSIER_PACKET_STREAM_H

#include <api/packet_stream.h>
#include <osier/ep.h>
#include <osier/memory.h>
#include <osier/packet_queue.h>

/*
 * Server and client each have one end. Which of them is the source, from which packets come, and
 * which the sink is up to the session's interface: network packets to be sent come from the client,
 * received ones from the server.
 *
 * Packets are moved by the functions of osier/packet_queue.h, on `source` or `sink` of the end,
 * with
 * `&end->wake`. They need no system call; it is flush() that wakes the other side, once for any
 * number of packets, and only if that waits. An end is used by one thread, the server's by its
 * ep's.
 */
struct os_packet_end {
	enum packet_stream_role role;
	struct os_packet_stream_layout layout;
	union {
		struct os_packet_source source;
		struct os_packet_sink sink;
	};
	bool wake; /* the other side waits for what was done since the last flush */
};

/* ------------------------------------------------------------------ server */

/** The server's end of one stream. Zero is empty. */
struct os_packet_server {
	struct packet_stream_server rpc; /* its capability is for the client */
	struct os_packet_end end;
	void (*handle)(struct os_packet_server *server);
	struct os_env *env;
	struct os_ram ram;
	struct os_signal_handler handler;
	struct signal_context_cap client; /* 0: none */
	struct os_reply waiting;          /* empty: the client is not in wait() */
	bool news;                        /* since wait() returned last */
};

/** What a server's end is made of. */
struct os_packet_server_args {
	enum packet_stream_role role; /* the server's own */
	uint32_t submit_entries;      /* powers of two */
	uint32_t acknowledge_entries;
	uint64_t bulk_size; /* bytes */
};

/**
 * Make the server's end. The dataspace is charged to `account`, metadata of a source to env->heap.
 * `handle` runs on `ep` when the client has something new; it moves what packets it can, not
 * blocking; a flush follows. Errors: INVALID, RANGE (args), OUT_OF_RAM, OUT_OF_CAPS, LIMIT.
 */
enum os_err os_packet_server_init(struct os_packet_server *server, struct os_env *env,
                                  struct os_ep *ep, struct os_account *account,
                                  const struct os_packet_server_args *args,
                                  void (*handle)(struct os_packet_server *)) OS_MUST_CHECK;

/** End it; the dataspace is gone for both sides. Not from within `handle`. */
void os_packet_server_fini(struct os_packet_server *server);

/** Wake the client if it waits for what was done: when packets moved outside of `handle`. */
void os_packet_server_flush(struct os_packet_server *server);

/* ------------------------------------------------------------------ client */

/** The client's end of one stream. Zero is empty. */
struct os_packet_client {
	struct packet_stream_cap stream;
	struct os_packet_end end;
	struct ram_dataspace_cap ds;
	struct os_view view;
	struct signal_context_cap server;
};

/**
 * Make the client's end of `stream`, which is consumed in every case. Metadata of a source is on
 * env->heap. Errors: GONE, PROTOCOL (a layout that cannot be), those of attaching, OUT_OF_RAM,
 * OUT_OF_CAPS.
 */
enum os_err os_packet_client_init(struct os_packet_client *client, struct os_env *env,
                                  struct packet_stream_cap stream) OS_MUST_CHECK;

void os_packet_client_fini(struct os_packet_client *client);

/** Have `handler` signalled when the server has something new. Else there is wait(). */
enum os_err os_packet_client_sigh(struct os_packet_client *client,
                                  struct os_signal_handler *handler) OS_MUST_CHECK;

/** Wake the server if it waits for what was done. Does not block. Errors: GONE. */
enum os_err os_packet_client_flush(struct os_packet_client *client) OS_MUST_CHECK;

/** Flush, and block until the server has something new, or at times nothing. Errors: GONE,
 * CANCELLED. */
enum os_err os_packet_client_wait(struct os_packet_client *client) OS_MUST_CHECK;

/**
 * The functions of osier/packet_queue.h, which instead of EMPTY or FULL wait. A source must fetch
 * acknowledgements before it submits more packets than the acknowledge queue has entries: both
 * sides could wait for each other else. Errors besides: GONE, CANCELLED.
 */
enum os_err os_packet_client_submit(struct os_packet_client *client,
                                    const struct os_packet *packet) OS_MUST_CHECK;
enum os_err os_packet_client_acknowledged(struct os_packet_client *client,
                                          struct os_packet *packet) OS_MUST_CHECK;
enum os_err os_packet_client_get(struct os_packet_client *client,
                                 struct os_packet *packet) OS_MUST_CHECK;
enum os_err os_packet_client_acknowledge(struct os_packet_client *client,
                                         const struct os_packet *packet) OS_MUST_CHECK;

#endif
