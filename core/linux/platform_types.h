/* SPDX-License-Identifier: BSD-2-Clause */
/* What core's objects carry for Linux. */

#ifndef CORE_LINUX_PLATFORM_TYPES_H
#define CORE_LINUX_PLATFORM_TYPES_H

#include <abi/linux.h>
#include <osier/list.h>
#include <osier/types.h>
#include "cap_table.h"

/*
 * Of a PD's RAM quota, for what the host spends on it: kernel stack, page tables, descriptors, and
 * the first pages of its control area.
 */
#define PLATFORM_PD_RAM (64 * 1024)

/* Kernel stack and the like of a further thread, beside the pages that it shares with core. */
#define PLATFORM_THREAD_RAM (20 * 1024)

/* Threads of a PD: an index has a fixed place in the control area. */
#define PLATFORM_THREADS_MAX 1024u

/* Descriptors that core keeps for a PD: control area, image, listener, scratch page. */
#define PLATFORM_PD_SCARCE 4

enum { PD_STACK_SIZE = 64 * 1024 };

/* A descriptor, kept as number + 1 so that zero is empty. */
struct fd {
	int plus_one;
};

static inline int fd_number(struct fd fd)
{
	return fd.plus_one - 1;
}

static inline struct fd fd_of(long number)
{
	return (struct fd){ .plus_one = number < 0 ? 0 : (int)number + 1 };
}

/* A memfd; sealed against growth, so that it ends where it was made to end. */
struct platform_memory {
	struct fd fd;
	uint64_t id; /* never used twice; 0: not told apart */
};

/* One channel: a client's thread and a server's entrypoint (channel.c). */
struct channel {
	struct thread *client; /* NULL: gone */
	struct pd *client_pd;
	struct entrypoint *ep; /* NULL: gone */
	uint32_t client_index, server_index;
	struct platform_memory memory;
	struct os_list_node client_node, ep_node;
	struct os_list_node closed_node; /* in platform_ep.closed */
	bool accepted, closed, told;     /* mapped by the server; client gone; server knows */
	struct pending_caps {
		uint64_t word; /* as in the receiver's record; 0: none */
		uint32_t count, generation;
		uint32_t slots[OS_MSG_CAPS_MAX];
	} to_server, to_client;
};

struct platform_pd {
	uint32_t tag;     /* never used twice */
	uint32_t profile; /* enum host_profile */
	uint64_t base, load_base;
	int pid; /* 0: no process */
	struct fd listener, control;
	uint8_t *control_map;
	uint32_t control_pages;
	struct platform_memory image, scratch;
	uint64_t image_charge;
	/* page tables of what others have detached, pages of threads: paid until the PD ends */
	uint64_t stray_charge;
	bool unmapping;
	bool deaf;       /* has a thread that does not end when told to */
	struct fd tasks; /* of its process: one entry per thread */
	/* rights of others at this PD's entrypoints: which slot holds each; free ones are linked */
	struct right {
		struct cap_slot *slot;
		uint32_t next_free;
		uint16_t generation;
	} * rights;
	uint32_t right_count, right_free;
	/* channels served, by index */
	struct channel **channels;
	uint32_t channel_count, channel_hint;
	/* channels called through, by number */
	struct channel **client_channels;
	uint32_t client_count;
	/* UTCBs, by thread index: kept for the next thread with the index */
	uint16_t thread_pages[PLATFORM_THREADS_MAX];
	uint32_t thread_page_count;
	struct thread *recent; /* who called last, and is likely to call next */
	uint32_t debug_lines;
};

struct platform_thread {
	uint32_t page, index; /* of its UTCB; its number in the PD, from 0 */
	int tid;
	bool prepared, running;
	struct os_list channels; /* struct channel.client_node */
	uint64_t parked; /* notification that waits for the end of a fault or exception; 0: none */
	/* that has come while the thread was paused */
	enum { PARKED_WAITS, PARKED_GOES_ON } parked_end;
	/* tracer.c */
	enum { TRACE_NONE, TRACE_SEIZED, TRACE_STOPPED, TRACE_LEAVING } trace;
	struct os_list_node leaving;
	int trace_signal; /* that it was about to get when it stopped */
	struct fix {
		uint64_t address, size, offset, prot;
	} fix;               /* the mapping that the thread asks for as it faults */
	uint64_t fix_memory; /* what is behind its descriptor for that; see mapping.c */
};

/* The PD maps by itself, and Linux knows what. */
struct platform_attachment {
	/* platform_memory.id of what a PD other than the map's own may have mapped; 0: nothing */
	uint64_t seen;
};

struct platform_ep {
	uint32_t key; /* names it to clients; never used twice */
	uint32_t caps_max;
	struct fd doorbell;      /* write end */
	struct fd read_end;      /* until the PD has it */
	struct os_list channels; /* struct channel.ep_node */
	struct os_list closed;   /* struct channel.closed_node */
	struct os_list pending;  /* struct signal_context.pending_node */
};

#endif
