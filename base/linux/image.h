/* SPDX-License-Identifier: BSD-2-Clause */
/* The Linux platform image: what its files share. */

#ifndef LINUX_IMAGE_H
#define LINUX_IMAGE_H

#include <abi/linux.h>
#include <base/linux/syscall.h>
#include <osier/err.h>
#include <osier/types.h>

#define HIDDEN __attribute__((visibility("hidden")))

/*
 * The image serves a component that may be hostile, in the component's own process: it protects
 * nothing, core does. It must however not be confused by peers, who write to shared channel pages.
 */

/* A thread, in the page behind its UTCB; %gs:0 points to it. */
struct thread {
	struct os_thread_block block;
	struct os_linux_utcb *utcb;
	uint32_t page;
	uint32_t token;         /* futex: 1 if thread_unblock() has been called */
	uint32_t fd;            /* the mapping descriptor */
	uint32_t first_channel; /* + 1, into client_channels; 0: none */
	uint32_t recent;        /* + 1: the channel that was used last */
	uint32_t cpu, looks; /* where it was when it looked last, for a trace; how often it has */
	void (*entry)(void *);
	void *argument;
	/* what resolved the last fault, from which the next one's remedy is guessed (fault.c) */
	uint64_t fix_address, fix_size, fix_offset;
	uint32_t fix_prot;
};

/* How long to spin for a peer on another CPU, in cycles of the time-stamp counter. */
enum {
	SPIN_CYCLES_MIN = 5000,   /* some 2 µs: what a peer that is awake needs */
	SPIN_CYCLES_MAX = 250000, /* some 100 µs: more than it takes to wake a CPU */
	SPIN_CYCLES_TIGHT = 2500, /* without pauses, whose length would be noticed */
};

static inline uint64_t cycles(void)
{
	return __builtin_ia32_rdtsc();
}

enum { SPIN_PROBE_INTERVAL = 16 }; /* misses after which the longest spin is tried again */

/* What the waits so far teach about the next one. */
struct spin {
	uint32_t budget; /* cycles */
	uint32_t misses;
};

/*
 * Where spinning was rewarded, it may take twice as long next time. Where it was not, the peer is
 * asleep or has lost its CPU, perhaps to us: less and less is spent, but for an occasional probe
 * that finds out whether both sides are awake again.
 */
static inline void spin_learn(struct spin *spin, bool rewarded, uint64_t waited)
{
	if (rewarded) {
		spin->budget = OS_MIN((uint32_t)waited * 2, (uint32_t)SPIN_CYCLES_MAX);
		spin->misses = 0;
	} else {
		spin->budget /= 2;
		if (++spin->misses % SPIN_PROBE_INTERVAL == 0)
			spin->budget = SPIN_CYCLES_MAX;
	}
	spin->budget = OS_MAX(spin->budget, (uint32_t)SPIN_CYCLES_MIN);
}

/*
 * A peer on the same CPU gets it by yielding, which is less work than sleeping and being woken, if
 * it is ready to run and next in line. A yield that comes back at once, or late, tells that it is
 * not.
 */
enum {
	YIELDS_MAX = 4,
	YIELD_CYCLES_MIN = 1500,  /* less: nobody else ran */
	YIELD_CYCLES_MAX = 60000, /* more: somebody ran who does not give the CPU away */
	YIELD_MISSES_MAX = 2,     /* in a row, after which it is only probed now and then */
};

struct handoff {
	uint32_t misses;
};

/* Worth trying? Counts the waits that pass without, so that it is tried again. */
static inline bool handoff_worth(struct handoff *handoff)
{
	return handoff->misses < YIELD_MISSES_MAX ||
	       handoff->misses++ % SPIN_PROBE_INTERVAL == SPIN_PROBE_INTERVAL - 1;
}

static inline void handoff_learn(struct handoff *handoff, bool rewarded)
{
	handoff->misses = rewarded ? 0 : handoff->misses + 1;
}

/* How long a yield took tells whether somebody else ran, and gave the CPU back soon. */
static inline bool handoff_ran(uint64_t took)
{
	return took >= YIELD_CYCLES_MIN && took <= YIELD_CYCLES_MAX;
}

/* A channel that a thread of this PD calls through. */
struct client_channel {
	struct os_linux_channel *page;
	uint32_t ep_key, server_index, doorbell;
	uint32_t sequence;
	struct spin spin;
	struct handoff handoff;
	uint32_t next; /* + 1: of the same thread, or of the free ones */
};

HIDDEN extern struct os_linux_info *info;
HIDDEN extern const struct os_platform platform_table;

static inline struct thread *thread_self(void)
{
	struct thread *self;

	/* volatile: not to be read before the thread has set its GS */
	__asm__ volatile("mov %%gs:0, %0" : "=r"(self));
	return self;
}

HIDDEN extern uint32_t drops_pending; /* how many entries wait in drops.c */
HIDDEN void drops_take(struct os_linux_utcb *utcb);

/* Call core. Results as abi/linux.h tells. */
static inline long core_call(uint32_t op, uint64_t a, uint64_t b)
{
	struct thread *self = thread_self();

	if (__atomic_load_n(&drops_pending, __ATOMIC_RELAXED))
		drops_take(self->utcb);
	return syscall6(OS_LINUX_CALL_NR, op, self->page, (long)a, (long)b, 0, 0);
}

/* Which CPU this is, roughly: the limit of a segment that Linux sets up per CPU. */
static inline uint32_t cpu_number(void)
{
	uint32_t limit;

	__asm__ volatile("lsl %1, %0" : "=r"(limit) : "r"(0x7b) : "cc");
	return limit & 0xfff;
}

/* The same for a channel, where 0 stands for a peer that has not told yet. */
static inline uint8_t cpu_told(void)
{
	return (uint8_t)(cpu_number() + 1);
}

static inline void cpu_relax(void)
{
	__builtin_ia32_pause();
}

/* A lock for short sections within the PD; sleeps when contended. */
struct lock {
	uint32_t word; /* 0 free, 1 held, 2 held and waited for */
};

static inline void lock_take(struct lock *lock)
{
	uint32_t was = 0;

	if (__atomic_compare_exchange_n(&lock->word, &was, 1, 0, __ATOMIC_ACQUIRE,
	                                __ATOMIC_RELAXED))
		return;
	while (__atomic_exchange_n(&lock->word, 2, __ATOMIC_ACQUIRE))
		futex_wait(&lock->word, 2, FUTEX_PRIVATE);
}

static inline void lock_release(struct lock *lock)
{
	if (__atomic_exchange_n(&lock->word, 0, __ATOMIC_RELEASE) == 2)
		futex_wake(&lock->word, 1, FUTEX_PRIVATE);
}

/* cancel.c */
/*
 * Make a system call that waits. False: the thread is to be cancelled, and it has brought nothing;
 * who ends its wait for that reason takes it, by cancel_take().
 */
HIDDEN bool cancellable(long nr, long a, long b, long c, long *result);
HIDDEN bool cancel_take(void);
/* Where a thread goes on that was at `ip` when the signal for that came. */
HIDDEN uint64_t cancel_move(uint64_t ip);

/* tables.c: the tables that core writes; never beyond the control area. */
HIDDEN const struct os_linux_cap *cap_entry(uint32_t slot); /* an empty one if there is none */
HIDDEN const struct os_linux_right *right_entry(uint32_t name);
HIDDEN struct os_linux_record *server_record(uint32_t index);
HIDDEN struct os_linux_record *client_record(uint32_t index);
HIDDEN void *control_page(uint32_t page);
/* Take the capabilities that came with message `sequence`. */
HIDDEN enum os_err caps_take(struct os_linux_record *record, uint32_t sequence, uint32_t count,
                             struct os_msg *msg);

/* drops.c */
HIDDEN void cap_drop(uint32_t slot);
HIDDEN void drops_flush(void);

/* map.c */
HIDDEN long map_call(uint32_t kind, uint32_t index, uint64_t address, uint64_t size, uint32_t prot,
                     uint64_t offset);
HIDDEN enum os_err attach(const struct os_attach_args *args, void **at);
HIDDEN enum os_err detach(void *at, uint64_t size);
HIDDEN bool fast_again(uint64_t address); /* after SIGBUS; true: it is there */

/* client.c */
HIDDEN enum os_err call(uint32_t slot, struct os_msg *msg);
HIDDEN enum os_err signal_submit(uint32_t slot, uint32_t count);
HIDDEN void client_thread_fini(struct thread *thread);

/* server.c */
HIDDEN enum os_err ep_create(uint32_t caps_max, uint32_t *ep);
HIDDEN void ep_destroy(uint32_t ep);
HIDDEN enum os_err ep_wait(uint32_t ep, bool block, struct os_ep_event *event);
HIDDEN void ep_reply(uint32_t ep, uint32_t channel, uint32_t sequence, struct os_msg *msg);
HIDDEN enum os_err ep_reply_wait(uint32_t ep, uint32_t channel, uint32_t sequence,
                                 struct os_msg *msg, struct os_ep_event *event);
HIDDEN enum os_err ep_reply_save(uint32_t ep, uint32_t channel, uint32_t sequence);
HIDDEN void server_init(void);
/* The page of a served channel is gone: its client is. */
HIDDEN void server_channel_lost(uint32_t index);

/* thread.c */
HIDDEN void thread_setup(struct thread *thread, uint32_t page);
HIDDEN enum os_err thread_start(const struct os_thread_args *args);
HIDDEN void thread_exit(void) __attribute__((noreturn));
HIDDEN void thread_block(void);
HIDDEN enum os_err thread_block_cancellable(void);
HIDDEN void thread_unblock(struct os_thread_block *thread);
HIDDEN void thread_yield(void);

/* trace.c */
enum { FLOW_SPREAD = 0x9e37 }; /* so that threads number their calls differently */
HIDDEN void trace_open(void);
/* The memory at `address` is gone; true: it was the thread's trace, which is off now. */
HIDDEN bool trace_lost(uint64_t address);
/* Tell a trace of the calling thread that it is on this CPU. */
HIDDEN void trace_cpu(struct thread *thread, uint32_t cpu);

/* Looks after which a trace is told again: rings lose what is old. */
enum { CPU_TOLD_AGAIN = 64 };

/* cpu_told(); whoever traces the calling thread learns of it if that has been moved. */
static inline uint8_t cpu_tell(void)
{
	struct thread *self = thread_self();
	const uint32_t cpu = cpu_number();

	if (__builtin_expect(cpu != self->cpu || ++self->looks % CPU_TOLD_AGAIN == 0, 0))
		trace_cpu(self, cpu);
	return (uint8_t)(cpu + 1);
}

/* fault.c */
/* `stack`: as at the process's start. */
HIDDEN void fault_init(const long *stack);

#endif
