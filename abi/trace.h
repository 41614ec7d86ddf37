/* SPDX-License-Identifier: BSD-2-Clause */
/* What TRACE sessions (api/trace.rpc) tell in shared memory: snapshots of the tree. */

#ifndef ABI_TRACE_H
#define ABI_TRACE_H

#include <stdint.h>

enum { OS_TRACE_VERSION = 1 };

/* ------------------------------------------------------------------ snapshots */

/*
 * A snapshot begins with its header; records follow, 8-byte aligned. First come the accounts, each
 * before those split off from it, and behind each that belongs to a session that session; then the
 * PDs, each with its threads. Quota is moved, not copied, when an account is split off. So the sum
 * of all limits is what the system has, whatever happens in it, and no account's use is above its
 * limit.
 *
 * Records of a kind have the same size. Members may be appended: `size` leads to the next record.
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

enum { OS_TRACE_LABEL_SIZE = 160, OS_TRACE_NAME_SIZE = 64 };

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

#endif
