/* SPDX-License-Identifier: BSD-2-Clause */
/* What TRACE sessions (api/trace.rpc) tell in shared memory: snapshots of the tree, events. */

#ifndef ABI_TRACE_H
#define ABI_TRACE_H

#include <stdint.h>

enum {
	OS_TRACE_VERSION = 1,
	OS_TRACE_LABEL_SIZE = 160,
	OS_TRACE_NAME_SIZE = 64,
};

/* ------------------------------------------------------------------ snapshots */

/*
 * A snapshot begins with its header; records follow, 8-byte aligned. First come the accounts, each
 * before those split off from it, and behind each that belongs to a session that session; then the
 * PDs, each with its threads. Quota is moved, not copied, when an account is split off. So the sum
 * of all limits is what the system has, whatever happens in it, and no account's use is above its
 * limit.
 *
 * Records of a kind have the same size. Members may be appended: `size` leads to the next record.
 * The last one is followed by a record of kind 0, unless there is no room for its head.
 * Ids are never used twice; 0 is none.
 */
struct os_trace_snapshot {
	uint32_t version; /* OS_TRACE_VERSION */
	uint32_t header_size;
	uint32_t first, count; /* numbers of the records that follow */
	uint32_t total;        /* of all that the session sees */
	uint32_t whole;        /* 1: it sees everything */
	uint64_t generation;   /* differs if something was created, destroyed or charged since */
	uint64_t time_us;      /* since some point in the past */
	uint64_t cycles;       /* of the time-stamp counter, at the same time */
	/* sums over all accounts that the session sees */
	uint64_t ram_limit, ram_used, caps_limit, caps_used;
	/* what core was given at the start, for a session that sees everything; else 0 */
	uint64_t ram_total, caps_total;
};

enum os_trace_kind {
	OS_TRACE_ACCOUNT = 1,
	OS_TRACE_SESSION,
	OS_TRACE_PD,
	OS_TRACE_THREAD,
};

/** Each record begins so. */
struct os_trace_record {
	uint16_t kind; /* enum os_trace_kind */
	uint16_t size; /* bytes, this head included */
	uint32_t reserved;
	uint64_t id; /* a session has the id of its account */
};

/** Quota: of a PD, of a session, or split off by a component for a purpose of its own. */
struct os_trace_account {
	struct os_trace_record record;
	uint64_t parent; /* account that it was split off from; 0: the root, or not seen */
	uint64_t pd;     /* whose own account it is; 0: none */
	uint64_t ram_limit, ram_used;
	uint64_t caps_limit, caps_used;
	uint32_t object_count; /* charged to it */
	uint32_t reserved;
};

/* `server` of a session that somebody serves whom the TRACE session does not see. */
#define OS_TRACE_OUTSIDE UINT64_MAX

/**
 * An account that is no PD's own: that of a session, with who serves it. The client of a session
 * that core serves is the component with the longest label that `label` begins with; of others it
 * is the one that the account was split off from.
 */
struct os_trace_session {
	struct os_trace_record record;
	uint64_t client; /* PD that the account was split off from; 0: core, or not seen */
	uint64_t server; /* PD; 0: core; OS_TRACE_OUTSIDE */
	uint32_t type;   /* of the interface (FNV-1a 32 of its name); 0: nothing is served yet */
	uint32_t core;   /* 1: a session of core's */
	char label[OS_TRACE_LABEL_SIZE]; /* of a session of core's; else empty */
};

/** A protection domain. */
struct os_trace_pd {
	struct os_trace_record record;
	uint64_t account;     /* its own; 0: it has none yet, or no more */
	uint64_t parent;      /* the PD that gave it its quota; 0: none, or not seen */
	uint64_t cpu_time_us; /* of all its threads, those that have ended included */
	uint32_t state;       /* enum pd_state (api/pd.rpc) */
	uint32_t thread_count;
	char label[OS_TRACE_LABEL_SIZE];
	char binary[OS_TRACE_NAME_SIZE]; /* boot module that it runs; empty: not one */
};

enum os_trace_thread_state {
	OS_TRACE_THREAD_NEW,     /* not started */
	OS_TRACE_THREAD_RUNNING, /* started; waiting included */
	OS_TRACE_THREAD_FAULTED, /* waits until a fault is resolved */
};

/** A thread. */
struct os_trace_thread {
	struct os_trace_record record;
	uint64_t pd;
	uint64_t cpu_time_us;
	uint32_t state;    /* enum os_trace_thread_state */
	uint32_t priority; /* 0 (highest) to 127 */
	char name[OS_TRACE_NAME_SIZE];
};

/* ------------------------------------------------------------------ events */

/*
 * A component that is traced writes events into a buffer that core has mapped for it, one ring per
 * thread, without a system call. Who traces it sees the same memory, read-only:
 *
 *     page 0      struct os_trace_buffer: written by core, not mapped in the component
 *     page 1 …    rings of equal size: struct os_trace_ring with its events
 *
 * Whatever stands in a ring is the component's, which may write what it likes there at any time.
 * The buffer belongs to the TRACE session. When it goes, the component goes on with a page of its
 * own in its place, and core turns its events off.
 */
enum {
	OS_TRACE_PAGE = 4096,
	OS_TRACE_THREADS_MAX = 32,    /* rings of a buffer */
	OS_TRACE_SWITCHES_MAX = 4096, /* events of a CPU's ring */
	OS_TRACE_WINDOW_MAX =
	        112 * 4096u, /* bytes of all rings: address space kept free for them */
};

/** One event. Within a ring, none is older than the one before. */
struct os_trace_event {
	uint64_t head; /* time-stamp counter << 8, enum os_trace_event_kind */
	uint64_t data; /* see there */
};

/** What one thread has recorded. */
struct os_trace_ring {
	uint64_t head; /* events written so far; number n stands at index n modulo their number */
	uint64_t lost; /* that came when the ring was full (TRACE_POLICY_STOP) */
	uint64_t reserved[6];
	struct os_trace_event events[];
};

/*
 * RPCs are told on both sides: by the caller (CALL, RETURN) and by the server (RECEIVE, REPLY). The
 * caller gives each a number, its `flow`, which travels with the message. RECEIVE and RETURN have
 * the time at which the message was seen.
 */
enum os_trace_event_kind {
	OS_TRACE_NONE,
	OS_TRACE_THREAD_BEGIN, /* the ring is this thread's from here on; data: its id */
	OS_TRACE_THREAD_END,
	OS_TRACE_CALL,        /* data: interface type << 32, operation << 16, flow */
	OS_TRACE_RETURN,      /* of the call last made; data: enum os_err << 32, flow */
	OS_TRACE_RECEIVE,     /* as CALL */
	OS_TRACE_REPLY,       /* as RETURN; OS_ERR_LATER: the answer follows later */
	OS_TRACE_REPLY_LATER, /* data: badge << 32, enum os_err */
	OS_TRACE_SUBMIT,      /* signals; data: slot << 32, count */
	OS_TRACE_SIGNAL,      /* a handler begins; data: badge << 32, count */
	OS_TRACE_SIGNAL_DONE,
	OS_TRACE_BLOCK,           /* the thread is about to sleep; data: enum os_trace_wait */
	OS_TRACE_WAKE,            /* it runs again */
	OS_TRACE_SESSION_OPEN,    /* data: interface type << 32, session id */
	OS_TRACE_SESSION_OPENED,  /* data: enum os_err << 32, session id */
	OS_TRACE_SESSION_CLOSE,   /* data: session id */
	OS_TRACE_SESSION_CREATE,  /* at the server; data: session id */
	OS_TRACE_SESSION_DESTROY, /* data: session id */
	OS_TRACE_MARK,   /* os_trace_mark(); data: bytes of text that follow << 32, a number */
	OS_TRACE_BEGIN,  /* os_trace_begin(); the same */
	OS_TRACE_END,    /* os_trace_end() */
	OS_TRACE_TEXT,   /* data: eight bytes of text that belong to the event before */
	OS_TRACE_SWITCH, /* a CPU runs another thread; data: its id, 0: core's, or OS_TRACE_IDLE */
	OS_TRACE_CPU,    /* the thread has found itself on another CPU; data: its number */
	OS_TRACE_EVENT_KINDS,
};

/* Of OS_TRACE_SWITCH: no thread. */
#define OS_TRACE_IDLE UINT64_MAX

/** What a thread sleeps for. */
enum os_trace_wait {
	OS_TRACE_WAIT_LOCK,  /* a lock, a semaphore */
	OS_TRACE_WAIT_REPLY, /* the answer to its call */
	OS_TRACE_WAIT_EVENT, /* at its entrypoint: requests, signals */
};

/*
 * Where the host schedules (Linux), each thread tells the CPU that it is on: behind THREAD_BEGIN,
 * and when that is another one as it calls, replies or wakes; else every so often, as old events
 * are overwritten. So a CPU ran whoever wrote the latest event on it, unless that was BLOCK.
 *
 * Which thread each CPU runs is recorded by the kernel, if there is one below core
 * (trace.switches). That buffer has a ring for each CPU, numbered as CPUs are, which holds nothing
 * but SWITCH; its `pd` is 0, and there is nothing in `threads`. Only kernel and core write to it.
 */

/** Of one ring: which thread's it is. */
struct os_trace_thread_info {
	uint64_t thread; /* id; 0: the ring has not been used */
	uint32_t ended;  /* 1: it has */
	uint32_t reserved;
	char name[OS_TRACE_NAME_SIZE];
};

/** The first page of a buffer; core alone writes it. */
struct os_trace_buffer {
	uint32_t version;     /* OS_TRACE_VERSION */
	uint32_t rings_at;    /* bytes from the start of the buffer */
	uint32_t ring_count;  /* at most OS_TRACE_THREADS_MAX */
	uint32_t ring_size;   /* bytes from one ring to the next */
	uint32_t event_count; /* of a ring: a power of two */
	uint32_t policy;      /* enum trace_policy */
	uint32_t ended;       /* 1: the PD has */
	uint32_t unnoticed;   /* threads that found no ring free */
	uint64_t pd;
	char label[OS_TRACE_LABEL_SIZE];
	char binary[OS_TRACE_NAME_SIZE];
	struct os_trace_thread_info threads[OS_TRACE_THREADS_MAX];
};

_Static_assert(sizeof(struct os_trace_buffer) <= OS_TRACE_PAGE, "one page");

/**
 * In place of a ring's address: the thread is not traced; or, from 1 to OS_TRACE_ASK_MAX, it is to
 * ask core for its ring. That number differs from the ones before, so that a ring which belonged to
 * an earlier trace is not taken for the present one's.
 */
enum { OS_TRACE_OFF = 0, OS_TRACE_ASK_MAX = 4095 };

/** Where a thread's events go: part of its os_thread_block. */
struct os_trace_writer {
	uint64_t ring;  /* OS_TRACE_OFF, an ask, or the address of its ring */
	uint64_t limit; /* where its head stops; UINT64_MAX: it overwrites what is old */
	uint32_t mask;  /* number of its events - 1 */
	uint32_t flow;  /* of the latest call: odd, so that it is never 0 in 16 bits */
	/*
	 * The platform looks at the clock itself while it waits for a message that is about to
	 * come, and reading it is most of what an event costs. So it tells here, with a request or
	 * a reply, what the time-stamp counter was when it saw that; 0: it has not looked, or the
	 * thread has waited for something else since.
	 */
	uint64_t seen;
};

/** What core tells a thread that asks for a ring. */
struct os_trace_place {
	uint64_t offset; /* of the ring in the window */
	uint64_t size;   /* bytes of the window */
	uint64_t limit;
	uint64_t thread; /* id */
	uint32_t mask;
	uint32_t reserved;
};

/** Write one event of `time` into the ring at `at`. */
static inline void os_trace_write_at(const struct os_trace_writer *writer, uint64_t at,
                                     uint64_t time, enum os_trace_event_kind kind, uint64_t data)
{
	struct os_trace_ring *ring = (struct os_trace_ring *)at;
	const uint64_t head = ring->head;
	struct os_trace_event *event = &ring->events[head & writer->mask];

	if (__builtin_expect(head == writer->limit, 0)) {
		ring->lost++;
		return;
	}
	event->head = time << 8 | kind;
	event->data = data;
	__atomic_store_n(&ring->head, head + 1, __ATOMIC_RELEASE);
}

/** Write one event of now, if there is a ring. */
static inline void os_trace_write(struct os_trace_writer *writer, enum os_trace_event_kind kind,
                                  uint64_t data)
{
	/* once: core turns it off at any time */
	const uint64_t at = __atomic_load_n(&writer->ring, __ATOMIC_RELAXED);

	if (__builtin_expect(at <= OS_TRACE_ASK_MAX, 0))
		return;
	os_trace_write_at(writer, at, __builtin_ia32_rdtsc(), kind, data);
}

#endif
