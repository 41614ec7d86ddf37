/* SPDX-License-Identifier: BSD-2-Clause */
/* Managed dataspaces: memory that appears as it is touched, piece by piece. */

#ifndef MANAGED_MANAGED_H
#define MANAGED_MANAGED_H

#include <api/rm.h>
#include <osier/avl.h>
#include <osier/env.h>
#include <osier/ep.h>
#include <osier/fault.h>
#include <osier/heap.h>
#include <osier/list.h>
#include <osier/memory.h>
#include <osier/range_alloc.h>
#include <osier/slab.h>

/*
 *   a thread touches a page --fault--> os_managed, at its entrypoint --attach--> the thread goes on
 *
 * A managed dataspace consists of pieces of one size. Where somebody touches a piece that is not
 * there, a handler makes it: zeroed RAM, or what `fill` puts there, or a copy of what `origin`
 * shows.
 *
 *   sparse, growing     neither fill nor origin: as much RAM as is touched
 *   copy on write       origin: shown until it is written to; then the piece is a copy
 *   paged in            fill; and with a limit, the oldest pieces make room, what was written to
 *                       having been saved
 *   bounded             refuse tells who goes too far: the end of its PD, with the reason
 *
 * The dataspace may be attached by any number of components, or in the own address space, where
 * threads other than the entrypoint's touch it: that one cannot wait for itself.
 */

struct os_managed;

/** Where content comes from and goes to. Called by the entrypoint's thread, one at a time. */
struct os_managed_ops {
	/**
	 * Put what is to be seen at `offset` into `data`, which is zeroed. An error refuses the
	 * access. NULL: zeroes.
	 */
	enum os_err (*fill)(struct os_managed *managed, uint64_t offset, void *data, size_t size);
	/**
	 * A piece that was written to is about to go, nobody sees it any more: keep its content.
	 * With an error it stays. NULL: what was written to is never evicted.
	 */
	enum os_err (*save)(struct os_managed *managed, uint64_t offset, const void *data,
	                    size_t size);
	/** Why this access is refused, in at most 79 bytes; NULL: it is not. May be NULL. */
	const char *(*refuse)(struct os_managed *managed, uint64_t offset,
	                      enum region_map_fault_kind kind);
};

struct os_managed_args {
	struct os_ep *ep;            /* where faults are handled */
	struct rm_cap rm;            /* an RM session, which makes the map */
	struct os_account *account;  /* pays for map and pieces; NULL: the PD's own */
	uint64_t size;               /* bytes; rounded up to pieces */
	size_t piece;                /* bytes, whole pages; 0: a page */
	uint64_t limit;              /* most pieces of RAM at a time; 0: as many as are paid for */
	struct dataspace_cap origin; /* of a copy on write; the caller's, which must not end */
	uint64_t origin_size;        /* bytes that it shows; zeroes follow */
	const struct os_managed_ops *ops; /* may be NULL */
};

/** Memory of one account as an allocator, for what is kept about pieces. */
struct os_managed_meta {
	struct os_alloc alloc;
	struct os_env *env;
	struct os_account *account;
};

/** A managed dataspace; zero is empty. Its numbers are for reading only. */
struct os_managed {
	struct os_env *env;
	struct os_managed_args args;
	struct managed_dataspace_cap ds; /* to be attached, and given to others */
	struct region_map_cap map;
	struct os_signal_handler handler;
	struct os_faults faults; /* from the first one on */
	struct os_mutex lock;
	struct os_managed_meta meta;
	struct os_slab slab;
	struct os_avl pieces;  /* struct piece, by offset */
	struct os_list order;  /* those of RAM, the oldest first */
	uint64_t resident;     /* pieces of RAM */
	uint64_t made, copied; /* pieces so far: made; of these, copies of the origin */
	uint64_t evicted, refused;
};

/**
 * Make one; nothing of it is there yet. `args` is copied, `ops` and what it names stay the
 * caller's. Errors: INVALID (size 0, pieces that are no pages), OUT_OF_RAM, OUT_OF_CAPS, LIMIT.
 */
enum os_err os_managed_init(struct os_managed *managed, struct os_env *env,
                            const struct os_managed_args *args) OS_MUST_CHECK;

/**
 * End it, without saving anything. Whoever waits for a piece, or touches one later, meets a fault
 * that nobody handles. To be called when the account is still there, by the entrypoint's thread or
 * when that does not handle faults of it. Zero is accepted.
 */
void os_managed_fini(struct os_managed *managed);

/**
 * Have the pieces of these bytes there, as if they had been written to: for what must not wait for
 * the handler. Errors: RANGE, OUT_OF_RAM, OUT_OF_CAPS, LIMIT (more than may be there), those of
 * fill and save.
 */
enum os_err os_managed_populate(struct os_managed *managed, uint64_t offset,
                                uint64_t size) OS_MUST_CHECK;

/** Give the pieces back that lie within these bytes: what was written to them is lost. */
void os_managed_discard(struct os_managed *managed, uint64_t offset, uint64_t size);

/**
 * Save what was written to, and evict all that can be. Errors: those of save, of the first piece
 * that stays.
 */
enum os_err os_managed_flush(struct os_managed *managed) OS_MUST_CHECK;

/* ------------------------------------------------------------------ growing stacks and heaps */

/** A stack in the own address space, of which there is what has been used. Zero is empty. */
struct os_managed_stack {
	struct os_managed managed;
	struct os_view view;
	void *top; /* for os_thread_init_on() */
};

/**
 * Room for `size` bytes, the uppermost page of which is there. Going below them ends the component,
 * reported as an overflow. `ep` belongs to another thread than the stack will. Errors: as above.
 */
enum os_err os_managed_stack_init(struct os_managed_stack *stack, struct os_env *env,
                                  struct os_ep *ep, struct rm_cap rm, size_t size) OS_MUST_CHECK;

/** When its thread has ended. Zero is accepted. */
void os_managed_stack_fini(struct os_managed_stack *stack);

/**
 * A heap whose memory appears as it is touched, and goes as it is freed. To be used by any thread
 * but that of the entrypoint that handles its faults. Zero is empty.
 */
struct os_managed_heap {
	struct os_heap heap; /* use heap.alloc */
	struct os_heap_backing backing;
	struct os_managed managed;
	struct os_view view;
	struct os_range_alloc free; /* of the view */
	struct os_mutex lock, use;  /* of that; of the heap */
};

/** Addresses for `size` bytes at most, pieces of 64 KiB. Errors: as above. */
enum os_err os_managed_heap_init(struct os_managed_heap *heap, struct os_env *env, struct os_ep *ep,
                                 struct rm_cap rm, uint64_t size) OS_MUST_CHECK;

/** Give all back, also what is in use. Zero is accepted. */
void os_managed_heap_fini(struct os_managed_heap *heap);

#endif
