/* SPDX-License-Identifier: BSD-2-Clause */
/* What the files of the kernel's platform image share. */

#ifndef PC_IMAGE_H
#define PC_IMAGE_H

#include <abi/kernel_calls.h>
#include <abi/pc.h>
#include <osier/err.h>
#include <osier/types.h>

#define HIDDEN __attribute__((visibility("hidden")))

/*
 * A thread's page begins with its UTCB; behind the message lies what follows. GS points there.
 * Only its own thread uses it, but for `token` and what is written before the thread starts.
 */
struct thread {
	struct os_thread_block block; /* shared with base */
	_Atomic(uint32_t) token;      /* enum token, in thread.c */
	uint32_t slot;                /* of the thread as a kernel object */
	/* the request that was received last: what ep_reply() takes */
	uint32_t channel;  /* number in the table of replies; 0: none was free */
	uint32_t sequence; /* of the request */
	bool owed;         /* it has not been answered, nor has the right to do so been saved */
	void (*entry)(void *);
	void *argument;
};

enum { THREAD_OFFSET = OS_PC_THREAD_BLOCK };
_Static_assert(THREAD_OFFSET >= sizeof(struct os_msg) && THREAD_OFFSET % 64 == 0,
               "behind the UTCB");
_Static_assert(THREAD_OFFSET + sizeof(struct thread) <= OS_KERNEL_PAGE, "a thread has one page");

HIDDEN extern const struct os_platform platform_table;

static inline struct thread *thread_self(void)
{
	struct thread *self;

	/* volatile: not to be read before the thread has set its GS */
	__asm__ volatile("mov %%gs:0, %0" : "=r"(self));
	return self;
}

/* The header word of a message, which travels in a register. */
static inline uint64_t header_get(const struct os_msg *msg)
{
	uint64_t header;

	__builtin_memcpy(&header, msg, sizeof(header));
	return header;
}

static inline void header_set(struct os_msg *msg, uint64_t header)
{
	__builtin_memcpy(msg, &header, sizeof(header));
}

/* client.c */
HIDDEN enum os_err call(uint32_t slot, struct os_msg *msg);
HIDDEN enum os_err signal_submit(uint32_t slot, uint32_t count);
/* Call core. What stands in the thread's message stays. Errors: core's, or those of calls. */
HIDDEN enum os_err core_call(enum os_pc_call op, const void *args, size_t args_size, void *answer,
                             size_t answer_size);
/* The capability table is nearly full: have it grow. The thread's message stays. */
HIDDEN void slots_grow(void);

/* server.c */
HIDDEN enum os_err ep_create(uint32_t caps_max, uint32_t *ep);
HIDDEN void ep_destroy(uint32_t ep);
HIDDEN enum os_err ep_wait(uint32_t ep, bool block, struct os_ep_event *event);
HIDDEN void ep_reply(uint32_t ep, uint32_t channel, uint32_t sequence, struct os_msg *msg);
HIDDEN enum os_err ep_reply_wait(uint32_t ep, uint32_t channel, uint32_t sequence,
                                 struct os_msg *msg, struct os_ep_event *event);
HIDDEN enum os_err ep_reply_save(uint32_t ep, uint32_t channel, uint32_t sequence);
HIDDEN void server_init(void);
HIDDEN void server_thread_fini(struct thread *thread);

/* map.c */
HIDDEN enum os_err attach(const struct os_attach_args *args, void **at);
HIDDEN enum os_err detach(void *at, uint64_t size);

/* thread.c */
/* Fill in the block of the thread whose page is at `page`. */
HIDDEN struct thread *thread_init(uint64_t page, uint32_t slot, uint32_t priority);
/* Make the calling thread `thread`. */
HIDDEN void thread_enter(struct thread *thread);
HIDDEN enum os_err thread_start(const struct os_thread_args *args);
HIDDEN void thread_exit(void) __attribute__((noreturn));
HIDDEN void thread_block(void);
HIDDEN enum os_err thread_block_cancellable(void);
HIDDEN void thread_unblock(struct os_thread_block *block);
HIDDEN void thread_yield(void);

/* trace.c */
HIDDEN void trace_open(void);

#endif
