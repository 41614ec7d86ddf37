/* SPDX-License-Identifier: BSD-2-Clause */
/* The platform table: what a component reaches through the platform image that its creator maps. */

#ifndef ABI_PLATFORM_H
#define ABI_PLATFORM_H

#include <abi/err.h>
#include <abi/msg.h>
#include <abi/trace.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * A component is one static PIE, whatever it runs on. What differs between platforms sits behind
 * this table, whose address the component's start code receives in its first argument register:
 *
 *     component (base) ---table---> platform image ---system calls---> Linux, or Osier's kernel
 *
 * The table is append-only and tells its size: an older component runs on a newer platform. The GS
 * segment belongs to the platform, FS to the program; at GS:0 stands the thread's os_thread_block.
 * All calls may be made by any thread. None returns before its effect is complete.
 */

enum {
	OS_ABI_VERSION = 1,     /* in the ELF note "Osier", type 1, and in the table */
	OS_CAP_SLOT_PARENT = 1, /* slots that every PD starts with */
	OS_CAP_SLOT_PD = 2,
	OS_CAP_SLOT_THREAD = 3, /* the main thread */
	OS_EP_MAIN = 0,         /* the entrypoint that every PD starts with */
	OS_ENTROPY_SIZE = 32,
};

/** The part of a thread's state that platform image and component share; %gs:0 points to itself. */
struct os_thread_block {
	struct os_thread_block *self;
	struct os_msg *msg; /* the thread's message buffer */
	void *base_thread;  /* for base: its struct os_thread */
	uint32_t priority;  /* 0 (highest) to 127 */
	uint32_t reserved;
	struct os_trace_writer trace; /* core turns it on and off; see trace_open() */
};

/** What an entrypoint has received. */
struct os_ep_event {
	enum { OS_EP_NONE, OS_EP_CALL, OS_EP_SIGNAL } kind;
	uint32_t badge;   /* of the object or context */
	uint32_t channel; /* CALL: with `sequence`, what ep_reply takes */
	uint32_t sequence;
	uint64_t count; /* SIGNAL: submitted since the last delivery, at least 1 */
};

struct os_attach_args {
	uint32_t ds_slot;
	bool writeable, executable, fixed;
	uint64_t offset, size; /* bytes, multiples of the page size; size 0: all from offset */
	uint64_t address;      /* with `fixed` */
};

struct os_thread_args {
	uint32_t thread_slot; /* from cpu_thread() */
	void (*entry)(void *);
	void *argument;
	void *stack_top;   /* 16-byte aligned; the stack belongs to the caller */
	void *base_thread; /* for os_thread_block */
	uint32_t priority;
};

struct os_platform {
	uint32_t size;    /* bytes of this table */
	uint32_t version; /* OS_ABI_VERSION */
	const char *name; /* "linux", "pc" */

	/* ---- capabilities. Slots are indices into the PD's table; 0 is never valid. */
	void (*cap_drop)(uint32_t slot);       /* one count less; the last one frees the slot */
	enum os_err (*cap_dup)(uint32_t slot); /* one count more; CAP_INVALID */
	bool (*cap_same)(uint32_t a, uint32_t b);
	/* Badge of an object or context of this PD; CAP_INVALID, NOT_FOUND (not one of ours). */
	enum os_err (*cap_own_badge)(uint32_t slot, uint32_t *ep, uint32_t *badge);

	/* ---- IPC. `msg` is the thread's own buffer; see os_call() for the contract. */
	enum os_err (*call)(uint32_t slot, struct os_msg *msg);

	/*
	 * Entrypoints: where calls and signals for this PD arrive. One thread at a time waits at
	 * one. `caps_max`: how many capabilities it takes with a request (0..8); more are refused.
	 */
	enum os_err (*ep_create)(uint32_t caps_max, uint32_t *ep);
	void (*ep_destroy)(uint32_t ep);
	/* Wait for an event (`block`), or look for one. A CALL's request stands in the thread's
	 * buffer. */
	enum os_err (*ep_wait)(uint32_t ep, bool block, struct os_ep_event *event);
	/* Answer a CALL, once, now or later, from the thread's buffer. Late or doubled ones are
	 * ignored. */
	void (*ep_reply)(uint32_t ep, uint32_t channel, uint32_t sequence, struct os_msg *msg);

	/* ---- signals. GONE if the context has been destroyed. Does not block. */
	enum os_err (*signal_submit)(uint32_t slot, uint32_t count);

	/* ---- memory of the own address space. */
	enum os_err (*attach)(const struct os_attach_args *args, void **at);
	enum os_err (*detach)(void *at, uint64_t size); /* of all that attach() mapped there */

	/* ---- threads. */
	enum os_err (*thread_start)(const struct os_thread_args *args);
	void (*thread_exit)(void) __attribute__((noreturn));
	void (*thread_block)(void); /* until the own wake token is set; consumes it */
	void (*thread_unblock)(struct os_thread_block *thread); /* sets the token of `thread` */
	void (*thread_yield)(void);

	/* ---- the end, and the way out before anything else works. */
	void (*panic)(const char *text)
	        __attribute__((noreturn)); /* reported with the PD's label */
	void (*debug)(const char *text);   /* a line into core's own log, throttled */

	/* ---- appended since version 1 */

	/*
	 * ep_reply(), then ep_wait() that blocks, in one step where the platform can: the usual
	 * loop of a server. `msg` is the thread's own buffer. The answer has been given also when
	 * waiting fails.
	 */
	enum os_err (*ep_reply_wait)(uint32_t ep, uint32_t channel, uint32_t sequence,
	                             struct os_msg *msg, struct os_ep_event *event);
	/*
	 * The CALL is to be answered later. By the thread that received it, before another one
	 * answers; that thread itself may answer, or wait for other events, without. The buffer
	 * stays as it is. Errors: CAP_SLOTS, OUT_OF_RAM: it can only be answered by this thread,
	 * before it waits again; else the caller learns GONE.
	 */
	enum os_err (*ep_reply_save)(uint32_t ep, uint32_t channel, uint32_t sequence);

	/*
	 * As thread_block(); but CANCELLED, with no token taken, if the thread is to be cancelled:
	 * thread.cancel_blocking() of api/cpu.rpc. Beside this, `call` (but to objects of core) and
	 * ep_wait and ep_reply_wait with `block` end that way. The others leave it for the next one
	 * of these.
	 */
	enum os_err (*thread_block_cancellable)(void);

	/*
	 * If the calling thread's block says that it is to ask for its ring: do so. It says either
	 * where that is or OS_TRACE_OFF afterwards. The thread's buffer stays as it is.
	 */
	void (*trace_open)(void);
};

/** What the start code gets in its first argument register. */
struct os_start_info {
	const struct os_platform *platform;
	uint64_t load_base; /* what the component's addresses were shifted by */
	uint8_t entropy[OS_ENTROPY_SIZE];
};

#endif
