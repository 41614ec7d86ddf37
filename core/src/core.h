/* SPDX-License-Identifier: BSD-2-Clause */
/* Core's data structures: accounts, objects, capability tables, and who owns what. */

#ifndef CORE_CORE_H
#define CORE_CORE_H

/*
 * Core is one thread. Each request of a component runs to completion before the next one is looked
 * at, so that there are no locks, and each handler follows one rule: check everything, then act.
 *
 *    account ---- pays for ----> object <---- cap slot ---- table of a PD
 *       ^                          ^
 *       | tree                     | embedded in: dataspace, region_map, pd, thread, rpc_object,
 *    account                       |              signal_context, and core's own sessions
 *
 * Every object is charged to an account and dies with it. A slot is charged to the account of the
 * PD that holds it. One unit of the capability quota pays for one object or one slot, whose
 * bookkeeping in core is bounded (CORE_BYTES_PER_CAP), so core cannot be made to run out of memory:
 * at boot it hands out no more units than it has memory for. Larger things are charged in bytes of
 * RAM.
 */

#include <abi/trace.h>
#include <api/account.h>
#include <api/cpu.h>
#include <api/dataspace.h>
#include <api/log.h>
#include <api/log_history.h>
#include <api/parent.h>
#include <api/pd.h>
#include <api/region_map.h>
#include <api/rm.h>
#include <api/rom.h>
#include <api/trace.h>
#include <elf/elf.h>
#include <label/label.h>
#include <osier/alloc.h>
#include <osier/avl.h>
#include <osier/err.h>
#include <osier/list.h>
#include <osier/rpc.h>
#include <osier/types.h>
#include <platform_types.h> /* core/linux or core/pc: struct platform_pd, … */

enum {
	CORE_BYTES_PER_CAP = 512,
	CORE_ATTACHMENT_BYTES = 192, /* of RAM quota for one attachment */
	SLOTS_RESERVED = 4,          /* the invalid slot 0, and the well-known ones */
	EPS_MAX = 256,               /* entrypoints of a PD */
	/*
	 * Of RAM quota for a map within a map, in addition: what a fault takes core to pass through
	 * it shall not be more than what it takes to clear the memory that could be had instead.
	 */
	CORE_NESTED_BYTES = 1024,
};

#define USER_END 0x7ffffffff000ul /* of the addresses that a component may use */

/* What `size` bytes of core's memory cost in RAM beside one capability. */
#define CORE_RAM(size) ((size) > CORE_BYTES_PER_CAP ? (size)-CORE_BYTES_PER_CAP : 0)

/* ------------------------------------------------------------------ accounts (account.c, pure) */

struct object;
struct thread;
struct os_registers;

/* One node of the tree of quotas. Invariant: used <= limit, for both resources. */
struct quota {
	uint64_t ram_limit, ram_used;
	uint64_t caps_limit, caps_used;
};

/* Charge both or nothing. Errors: OUT_OF_RAM, OUT_OF_CAPS. */
enum os_err quota_charge(struct quota *quota, uint64_t ram, uint64_t caps) OS_MUST_CHECK;
void quota_refund(struct quota *quota, uint64_t ram, uint64_t caps);
/* Move free quota; both or nothing. */
enum os_err quota_move(struct quota *from, struct quota *to, uint64_t ram,
                       uint64_t caps) OS_MUST_CHECK;

/* ------------------------------------------------------------------ objects (object.c) */

enum object_kind {
	OBJECT_ACCOUNT,
	OBJECT_DATASPACE,
	OBJECT_REGION_MAP,
	OBJECT_PD,
	OBJECT_THREAD,
	OBJECT_RPC,    /* served by a component */
	OBJECT_SIGNAL, /* signal context */
	OBJECT_PARENT, /* core as the parent of the root component */
	OBJECT_ROM,
	OBJECT_LOG,
	OBJECT_CPU,
	OBJECT_RM,
	OBJECT_TRACE,
	OBJECT_TRACE_BUFFER,
	OBJECT_DEVICE, /* session of a service that only the platform has */
};

struct object {
	enum object_kind kind;
	uint32_t type; /* interface type as in X_TYPE */
	uint32_t size; /* bytes of memory, of which this is the first member; 0: static */
	uint64_t id;   /* never used twice */
	/* Undoes what is special to the kind; called by object_destroy() only. May be NULL. */
	void (*destroy)(struct object *object);
	struct os_rpc_object *rpc; /* the generated server of objects that core serves; else NULL */
	struct platform_object platform;
	struct account *account; /* that pays; NULL: core itself */
	struct os_list_node account_node;
	uint64_t ram;  /* bytes charged, beside one capability, and … */
	uint64_t caps; /* … further ones: core.scarce_price, where something scarce is kept */
};

struct account {
	struct object object; /* the account that the account itself is charged to is its parent */
	struct account_server rpc;
	struct quota quota;
	struct account *parent;
	uint64_t maker;                   /* id of the account of the PD that made it; 0: core */
	struct pd *pd;                    /* whose own account it is, or NULL */
	const char *label;                /* of the session of core's that it is for, or NULL */
	struct os_list children, objects; /* objects other than the children */
	struct os_list_node parent_node;
};

/*
 * Make an object: `size` bytes, zeroed but for the struct object that they begin with. One
 * capability is charged to `account` (NULL: core), and `ram` bytes together with what `size`
 * exceeds CORE_BYTES_PER_CAP by. `destroy` may be NULL. Errors: OUT_OF_RAM, OUT_OF_CAPS.
 */
enum os_err object_create(size_t size, enum object_kind kind, uint32_t type,
                          struct account *account, uint64_t ram, void (*destroy)(struct object *),
                          struct object **out) OS_MUST_CHECK;

/* Calls to the object are answered by `dispatch`, which stands on `rpc` within the object. */
void object_serve(struct object *object, struct os_rpc_object *rpc,
                  enum os_err (*dispatch)(struct os_rpc_object *, struct os_msg *));

/* Revoke every slot that refers to it, refund the charge, run its destroy function, free it. */
void object_destroy(struct object *object);

/*
 * account.c: the tree on top of the pure arithmetic. Split `ram` and `caps` off `parent`, which
 * pays one capability more for the account itself; NULL: the root of a tree. It is made by the PD
 * that is served now, if any. LIMIT: the tree would be too deep.
 */
enum os_err account_split(struct account *parent, uint64_t ram, uint64_t caps,
                          struct account **out) OS_MUST_CHECK;
/*
 * Hands children that were made from further up to its parent, and destroys the others, and its
 * objects (the latest first); gives its quota to the parent. If it is a PD's own account, the PD is
 * killed.
 */
void account_destroy(struct account *account);
/* NULL: OUT_OF_CAPS, since it can pay nothing. */
enum os_err account_charge(struct account *account, uint64_t ram, uint64_t caps) OS_MUST_CHECK;
void account_refund(struct account *account, uint64_t ram, uint64_t caps);
/* As quota_move(). */
enum os_err account_move(struct account *from, struct account *to, uint64_t ram,
                         uint64_t caps) OS_MUST_CHECK;

/* explain.c: what should be charged to the account, by what there is that it pays for. */
void account_explain(const struct account *account, uint64_t *ram, uint64_t *caps);

/* ------------------------------------------------------------------ capability tables (platform)
 */

/*
 * Put `object` into the table of `pd`, or raise the count of the slot that already refers to it. A
 * new slot costs the PD one capability, a new chunk of slots its bytes of RAM; the chunk stays,
 * also when this fails afterwards. Errors: OUT_OF_CAPS, OUT_OF_RAM, LIMIT, and the platform's.
 */
enum os_err cap_insert(struct pd *pd, struct object *object, uint32_t *slot) OS_MUST_CHECK;
/* The same into one of the reserved slots, which must be free. */
enum os_err cap_insert_at(struct pd *pd, struct object *object, uint32_t slot) OS_MUST_CHECK;
/* The object in a slot; NULL if there is none. */
struct object *cap_lookup(struct pd *pd, uint32_t slot);
/* The same, NULL if it is of another kind. */
struct object *cap_lookup_kind(struct pd *pd, uint32_t slot, enum object_kind kind);
/* Why there is none: CAP_INVALID; GONE, of a dead one; else CAP_TYPE. */
enum os_err cap_lookup_error(struct pd *pd, uint32_t slot);
/* One count less; what is not there is ignored. */
void cap_drop(struct pd *pd, uint32_t slot);
/* The object is about to be destroyed: all slots that refer to it are dead from here on. */
void cap_revoke(struct object *object);
void cap_table_fini(struct pd *pd);

/* ------------------------------------------------------------------ memory objects */

struct dataspace {
	struct object object;
	struct dataspace_server rpc;
	uint64_t size; /* bytes, whole pages */
	bool writeable;
	bool ends;        /* it is being destroyed */
	const char *name; /* of the boot module, or NULL */
	struct pd *owner; /* that may free it; NULL: core (ROM modules), or it has ended */
	struct os_list_node owner_node;
	struct dataspace *origin; /* whose memory this shows read-only, or NULL */
	struct os_list derived;   /* struct dataspace.origin_node: the other way round */
	struct os_list_node origin_node;
	struct platform_memory memory; /* empty with `map`; the origin's with `origin` */
	struct region_map *map;        /* of a managed dataspace */
	struct os_list attachments;    /* struct attachment.ds_node */
	struct os_list loaded;         /* struct pd.binary_node: whose binary it is */
	struct region_map *faults_of;  /* it is this map's fault_page, or NULL */
};

/* RAM of `size` bytes (rounded up to pages), charged to `account`; INVALID for size 0. */
enum os_err dataspace_create(struct account *account, struct pd *owner, uint64_t size,
                             struct dataspace **out) OS_MUST_CHECK;
/* Core's own and read-only: takes over `memory`. With `map`, that map as memory. */
enum os_err dataspace_wrap(const struct platform_memory *memory, uint64_t size,
                           struct region_map *map, struct dataspace **out) OS_MUST_CHECK;
/* Memory of a device, of interface `type`: writeable, charged to `account`, ends with it. */
enum os_err dataspace_device(struct account *account, uint32_t type,
                             const struct platform_memory *memory, uint64_t size,
                             struct dataspace **out) OS_MUST_CHECK;

/* A second dataspace with the memory of `origin`, read-only; ends with it. */
enum os_err dataspace_derive(struct dataspace *origin, struct dataspace **out) OS_MUST_CHECK;

/* Where signals of one kind go; zero is nowhere. */
struct sigh {
	struct signal_context *context; /* NULL: none, or it has been destroyed */
	struct os_list_node node;       /* in signal_context.sighs */
	void (*lost)(struct sigh *);    /* called when the context is destroyed; may be NULL */
};

/* One dataspace seen at one address of one region map. */
struct attachment {
	struct os_avl_node node; /* in region_map.attachments, by address */
	struct os_list_node ds_node;
	struct os_list_node nested_node; /* in region_map.nested, if ds->map */
	struct region_map *map;
	struct dataspace *ds; /* NULL: destroyed while attached; faults from here on */
	uint64_t address, size, offset;
	bool writeable, executable;
	uint64_t charge;       /* bytes of RAM quota, refunded at detach */
	uint64_t gap, gap_max; /* free bytes right below it; the greatest gap of its subtree */
	struct platform_attachment platform;
};

/* An RM session. */
struct rm_session {
	struct object object;
	struct rm_server rpc;
	struct account *account;
	struct os_list maps; /* struct region_map.session_node */
};

struct region_map {
	struct object object;
	struct region_map_server rpc;
	struct os_avl attachments;
	struct attachment *recent; /* that was found last, or NULL */
	struct gap {
		struct attachment *below, *above; /* either may be NULL */
		bool known;
	} gap; /* the free addresses where something was looked for last, or attached next to */
	struct os_list
	        nested; /* of them, those of managed dataspaces: struct attachment.nested_node */
	uint64_t size;  /* addresses 0 … size - 1 */
	uint64_t first, last;    /* of these, what may be attached to; the platform may narrow it */
	struct pd *pd;           /* the address space of this PD, or NULL */
	struct account *account; /* attachments are charged to it; NULL: none possible */
	struct rm_session *session; /* that made it; NULL for an address space */
	struct os_list_node session_node;
	struct dataspace *ds; /* the map as a dataspace, made at first use */
	struct sigh fault_sigh;
	struct os_avl faults_by_number, faults_by_address; /* struct fault: threads that wait */
	uint64_t fault_count;                              /* numbers given so far */
	uint64_t waiting;                                  /* how many wait */
	struct dataspace *fault_ds;       /* a page that tells who waits, made at first use … */
	struct os_fault_page *fault_page; /* … and where core writes it; or NULL */
	/* a search through nested maps: the number of the last one that came here, and its way */
	uint64_t visit;
	struct region_map *visit_next;
};

/*
 * region_map.c. A map of `size` bytes, charged to `account`, which also pays for attachments.
 */
enum os_err region_map_new(struct account *account, uint64_t size,
                           struct region_map **out) OS_MUST_CHECK;

/*
 * Attach `size` bytes (0: all) of `ds` from `offset` at `address` of `map`, at the cost of
 * CORE_ATTACHMENT_BYTES, in a PD's address space also platform_attach_charge(), and of a map in
 * another one CORE_NESTED_BYTES; the threads that wait for it are looked at again. Takes the place
 * of an attachment with the same address and size whose dataspace is gone, or in which a thread
 * waits for a fault to be resolved. Checks all, then acts. Errors: INVALID (also: writeable and
 * executable; a map inside of itself), ALIGN, RANGE (outside of the dataspace or map), CONFLICT
 * (overlap), DENIED (writeable, of read-only memory), OUT_OF_RAM, OUT_OF_CAPS.
 */
enum os_err attachment_create(struct region_map *map, struct dataspace *ds, uint64_t address,
                              uint64_t offset, uint64_t size, bool writeable, bool executable,
                              struct attachment **out) OS_MUST_CHECK;
void attachment_destroy(struct attachment *attachment);
void region_map_clear(struct region_map *map);                                 /* all attachments */
struct attachment *region_map_find(struct region_map *map, uint64_t address);  /* covering */
struct attachment *region_map_below(struct region_map *map, uint64_t address); /* starts before */
struct attachment *region_map_above(struct region_map *map, uint64_t address); /* first at/after */
/* A free range of `size` bytes within [first, last]; lowest address that fits. O(log n). LIMIT. */
enum os_err region_map_free_range(struct region_map *map, uint64_t size, uint64_t first,
                                  uint64_t last, uint64_t *out) OS_MUST_CHECK;

/* What a fault at `address` of `map` meets, through nested maps. */
struct resolved {
	struct dataspace *ds;    /* with memory */
	struct attachment *leaf; /* of `ds` */
	uint64_t ds_offset;      /* of the address's page */
	uint64_t first, last;    /* address range in `map` around it that maps linearly */
	bool writeable, executable;
	/*
	 * Where the region is missing, if `ds` is NULL. Else the map that is to blame for an access
	 * that is not permitted: the innermost that maps it read-only, or simply the innermost.
	 */
	struct region_map *innermost;
	uint64_t innermost_address;
};
void region_map_resolve(struct region_map *map, uint64_t address, struct resolved *out);

/* `visit` all attachments of `map`, and of all maps in it. */
void region_map_each(struct region_map *map, void (*visit)(struct attachment *));
/* Begin a search through maps; a map whose `visit` is the result has been met by it. */
uint64_t region_map_search(void);

/* ------------------------------------------------------------------ faults (fault.c) */

/* A thread that cannot go on, for a page of its address space. */
struct fault {
	enum region_map_fault_kind kind; /* NONE: there is no fault */
	struct region_map *map;          /* where it waits; NULL: nowhere, and `retry` is set */
	uint64_t number, address;        /* in that map */
	uint64_t at;                     /* the address in the PD's address space */
	struct os_avl_node by_number, by_address;
	bool retry; /* to be looked at again by faults_settle() */
	struct os_list_node retry_node;
};

/*
 * A thread has met a page fault at `address` of its PD's address space. True: the access is
 * permitted, and the platform maps what `where` tells. Else the thread waits, and the handler of
 * the map to blame is told; or there is none, and the PD has ended.
 */
bool fault_begin(struct thread *thread, uint64_t address, enum region_map_fault_kind kind,
                 struct resolved *where);
/* The thread does not wait for a page any more; it need not have. */
void fault_cancel(struct thread *thread);
/* What becomes of a fault that nobody resolves: an exception. `reason` may be NULL. */
void fault_end(struct thread *thread, const char *reason);

/* Threads that wait at these addresses of `map` are to be looked at again; UINT64_MAX: at all. */
void faults_retry(struct region_map *map, uint64_t address, uint64_t size);
/* The same with all that wait in `map`, and in what is nested in it. */
void faults_retry_below(struct region_map *map);
/* The first that waits at these addresses, or NULL. */
struct fault *faults_find(struct region_map *map, uint64_t address, uint64_t size);
/* `map` is about to be destroyed: nobody waits there any more. */
void faults_leave(struct region_map *map);
/*
 * Look at threads that are to be looked at again; called between requests, since it may end PDs.
 * Does a bounded number; true: there are more.
 */
bool faults_settle(void);

/* The part of api/region_map.rpc that is about faults. */
enum os_err faults_state(struct region_map *map, uint64_t after, uint64_t *number,
                         enum region_map_fault_kind *kind, uint64_t *address) OS_MUST_CHECK;
enum os_err faults_thread(struct region_map *map, uint64_t number, char *label,
                          char *name) OS_MUST_CHECK;
enum os_err faults_refuse(struct region_map *map, uint64_t number,
                          const char *reason) OS_MUST_CHECK;
/* The map's handler is another one, or none. */
void faults_handler_changed(struct region_map *map);
/* Have all who wait told of in the map's page, which is new. */
void faults_show(struct region_map *map);

/* fault_page.c: what fault.c tells of who begins to wait, and does not wait any more. */
void fault_page_add(struct region_map *map, const struct fault *fault);
void fault_page_remove(struct region_map *map, const struct fault *fault);
/* The page as a dataspace, read-only, made if there is none. Errors: OUT_OF_RAM, OUT_OF_CAPS. */
enum os_err fault_page_show(struct region_map *map, struct dataspace **out) OS_MUST_CHECK;
/* The page is being destroyed. */
void fault_page_gone(struct region_map *map);

/* ------------------------------------------------------------------ PDs, threads, entrypoints */

enum { PD_TEXT_MAX = 200 };

struct pd {
	struct object object; /* the PD session; charged to the session's account */
	struct pd_server rpc;
	char label[OS_LABEL_MAX];
	enum pd_state state;
	char state_text[PD_TEXT_MAX];
	struct account *account; /* its own quota; NULL until funded */
	struct cap_table caps;
	struct region_map *address_space;
	struct dataspace *binary; /* NULL: not loaded, or destroyed since */
	struct os_list_node binary_node;
	char binary_name[64]; /* of the boot module that it is, or "" */
	struct os_elf elf;    /* of the binary; without the data, see pd_symbol() */
	struct os_list threads, eps;
	uint32_t thread_count, ep_count;
	struct thread *main;       /* the first thread, or NULL */
	uint64_t ended_us;         /* CPU time of threads that have ended before it did */
	struct os_list dataspaces; /* struct dataspace.owner_node: allocated by this PD */
	struct sigh state_sigh;
	struct os_list_node node;   /* core.pds */
	struct trace_buffer *trace; /* where its events go, or NULL */
	struct platform_pd platform;
};

/* A CPU session. */
struct cpu_session {
	struct object object;
	struct cpu_server rpc;
	uint32_t priority_limit; /* its threads' priorities are this or a greater number */
	struct os_list threads;  /* struct thread.cpu_node */
	struct sigh exception_sigh;
	struct os_list exceptions; /* struct thread.exception_node: not told yet, oldest first */
};

struct thread {
	struct object object;
	struct thread_server rpc;
	struct pd *pd;
	struct os_list_node pd_node;
	struct cpu_session *cpu;
	struct os_list_node cpu_node;
	char name[64];
	uint32_t priority;
	bool ready, started; /* the platform knows it; it runs, or is … */
	bool held;           /* … in core.held */
	struct os_list_node held_node;
	uint32_t trace_ring; /* number of its ring, + 1; 0: none */
	struct fault fault;
	/* execution.c */
	uint32_t pauses;
	bool stepping, untold;           /* single steps; in the list of cpu->exceptions */
	enum thread_exception exception; /* NONE: it has none, else it waits for an answer */
	uint64_t exception_address;
	struct os_list_node exception_node;
	struct sigh exception_sigh;
	struct platform_thread platform;
};

/* Where calls and signals arrive; made by the platform's system calls, 0 with the PD. */
struct entrypoint {
	struct pd *pd;
	uint32_t id; /* in the PD */
	struct os_list_node pd_node;
	struct os_list objects, contexts; /* struct rpc_object.ep_node, signal_context.ep_node */
	struct platform_ep platform;
};

struct rpc_object {
	struct object object;
	struct entrypoint *ep;
	struct os_list_node ep_node;
	struct pd *pd;
	uint32_t badge;
};

struct signal_context {
	struct object object;
	struct entrypoint *ep;
	struct os_list_node ep_node;
	struct pd *pd;
	uint32_t badge;
	uint64_t pending;                 /* submitted by core, not yet fetched */
	struct os_list_node pending_node; /* in platform_ep's list while pending > 0 */
	struct os_list sighs;             /* struct sigh.node: who submits to it */
};

/* pd.c. The PD session, charged to `account`. */
enum os_err pd_create(struct account *account, const char *label, struct pd **out) OS_MUST_CHECK;
/* See api/pd.rpc. Entrypoint OS_EP_MAIN exists from here on. On success the PD owns `account`. */
enum os_err pd_set_account(struct pd *pd, struct account *account) OS_MUST_CHECK;
enum os_err pd_set_quota(struct pd *pd, struct account *from, uint64_t ram,
                         uint64_t caps) OS_MUST_CHECK;
enum os_err pd_prepare(struct pd *pd, struct dataspace *binary, struct object *parent,
                       struct object *own) OS_MUST_CHECK;
/*
 * The PD's processes are gone or must go: its threads and entrypoints are destroyed, state and text
 * are set, the parent is told. Does nothing if it has ended before.
 */
void pd_ended(struct pd *pd, enum pd_state state, const char *text);
/* Destroys all that the PD has but its session; pd->account is NULL afterwards, not destroyed. */
void pd_release(struct pd *pd);
/* The function at `address` of the binary, as os_elf_symbol(); NOT_FOUND also if that is gone. */
enum os_err pd_symbol(struct pd *pd, uint64_t address, char *name, size_t size,
                      uint64_t *offset) OS_MUST_CHECK;
/* ep.c */
struct entrypoint *pd_ep(struct pd *pd, uint32_t id);
/* Costs the PD one capability. Errors: EXISTS, LIMIT, OUT_OF_CAPS, and the platform's. */
enum os_err entrypoint_create(struct pd *pd, uint32_t id, struct entrypoint **out) OS_MUST_CHECK;
/* Destroys its objects and contexts. */
void entrypoint_destroy(struct entrypoint *ep);
enum os_err rpc_object_create(struct entrypoint *ep, struct account *account, uint32_t badge,
                              uint32_t type, struct rpc_object **out) OS_MUST_CHECK;
enum os_err signal_context_create(struct entrypoint *ep, struct account *account, uint32_t badge,
                                  struct signal_context **out) OS_MUST_CHECK;
void signal_context_submit(struct signal_context *context, uint64_t count); /* NULL accepted */
/* Signals go to the context in `slot` of the caller from now on; to nowhere, if there is none. */
void sigh_set(struct sigh *sigh, uint32_t slot);
void sigh_fini(struct sigh *sigh);

/* cpu.c. A thread, charged to its PD's account. Errors as of cpu.thread. */
enum os_err thread_create(struct cpu_session *cpu, struct pd *pd, const char *name,
                          uint32_t priority, struct thread **out) OS_MUST_CHECK;
/* Start a PD's main thread. Errors: INVALID (another one), EXISTS, and the platform's. */
enum os_err thread_run(struct thread *thread) OS_MUST_CHECK;

/*
 * execution.c. `thread` has met an exception, or a fault that nobody resolves, and does not run.
 * Who is there to be told is told, and platform_thread_proceed() or platform_fault_end() follows,
 * unless the thread is destroyed first; else its PD ends, with a report that tells the reason, if
 * there is any.
 */
void exception_meet(struct thread *thread, enum thread_exception kind, uint64_t address,
                    const char *reason);
void exception_cancel(struct thread *thread); /* it need not have one */
/* The rest of api/cpu.rpc. */
enum os_err thread_exception_answer(struct thread *thread, enum thread_answer answer) OS_MUST_CHECK;
void thread_exception_handler(struct thread *thread, uint32_t slot);
void cpu_exception_handler(struct cpu_session *cpu, uint32_t slot);
enum os_err cpu_exception_take(struct cpu_session *cpu, uint32_t *slot) OS_MUST_CHECK;
enum os_err thread_pause_count(struct thread *thread) OS_MUST_CHECK;
enum os_err thread_resume_count(struct thread *thread) OS_MUST_CHECK;
enum os_err thread_step(struct thread *thread, bool on) OS_MUST_CHECK;
enum os_err thread_registers_get(struct thread *thread, void *registers,
                                 size_t *size) OS_MUST_CHECK;
enum os_err thread_registers_set_all(struct thread *thread, const void *registers,
                                     size_t size) OS_MUST_CHECK;

/* Sessions: each makes its object, charged to `account`, from decoded arguments. */
struct session_request {
	struct account *account;
	const char *label; /* complete, from "init" on */
	const void *args;
	size_t args_size;
};
enum os_err pd_session_create(const struct session_request *request,
                              struct object **out) OS_MUST_CHECK;
enum os_err cpu_session_create(const struct session_request *request,
                               struct object **out) OS_MUST_CHECK;
enum os_err rm_session_create(const struct session_request *request,
                              struct object **out) OS_MUST_CHECK;
enum os_err rom_session_create(const struct session_request *request,
                               struct object **out) OS_MUST_CHECK;
enum os_err log_session_create(const struct session_request *request,
                               struct object **out) OS_MUST_CHECK;
enum os_err trace_session_create(const struct session_request *request,
                                 struct object **out) OS_MUST_CHECK;

enum os_err log_history_session_create(const struct session_request *request,
                                       struct object **out) OS_MUST_CHECK;

/* A service that core offers. */
struct service {
	const char *name;
	enum os_err (*create)(const struct session_request *request, struct object **out);
};
/* What the platform adds to those that core always has; the last one has no name. */
extern const struct service platform_services[];

/* What a ROM session shows. */
enum os_err rom_session_content(struct object *session, struct dataspace **out) OS_MUST_CHECK;

/*
 * trace_buffer.c: where the events of a PD go, as long as somebody traces it. It is one object of
 * the session that made it, the dataspace another; abi/trace.h tells what is in there.
 */
struct trace_buffer {
	struct object object;
	struct os_list *list; /* that it is in, with `node`, in the order of the PDs' ids */
	struct os_list_node node;
	struct pd *pd; /* NULL: it has ended */
	uint64_t pd_id;
	struct dataspace *ds; /* NULL: not any more */
	struct trace_shape {
		uint32_t threads, events; /* rings; events of one: a power of two */
		enum trace_policy policy;
	} shape;
	uint32_t used, ended; /* rings: bits by number */
	bool on;
};
/* Errors: INVALID, EXISTS (somebody else traces it), GONE, OUT_OF_RAM, OUT_OF_CAPS. */
enum os_err trace_buffer_create(struct account *account, struct os_list *list, struct pd *pd,
                                const struct trace_shape *shape,
                                struct trace_buffer **out) OS_MUST_CHECK;
void trace_buffer_switch(struct trace_buffer *buffer, bool on);
/* Whether there can be such buffers. */
bool trace_shape_valid(const struct trace_shape *shape);

/*
 * trace_cpus.c: where the platform records which thread each CPU runs, as long as a session wants
 * that, which it is an object of: core.trace_cpus.
 */
struct trace_cpus {
	struct object object;
	struct trace_cpus **holder; /* the session's reference; NULL once this is gone */
	struct dataspace *ds;
	uint32_t on; /* CPUs, from the first one on, that record */
};
/* Errors: UNSUPPORTED, INVALID, EXISTS (there is one already), OUT_OF_RAM, OUT_OF_CAPS. */
enum os_err trace_cpus_create(struct account *account, uint32_t events,
                              struct trace_cpus **holder) OS_MUST_CHECK;
/* What was recorded stays. */
void trace_cpus_stop(struct trace_cpus *cpus);

/* What is in the PD's window; NULL: nothing. */
struct dataspace *trace_dataspace(struct pd *pd);
/* A ring for the thread. NOT_FOUND: it is not to be traced; LIMIT: no ring is free. */
enum os_err trace_place(struct thread *thread, struct os_trace_place *place) OS_MUST_CHECK;
/* The thread exists, or runs on its own now: it is to ask for a ring if its PD is traced. */
void trace_thread_begins(struct thread *thread);
void trace_thread_ends(struct thread *thread);
/* The PD is about to run: sessions that want all new ones begin to trace it. */
void trace_pd_begins(struct pd *pd);
void trace_pd_ends(struct pd *pd);
/*
 * trace_hold.c: what runs beside a recorder begins when that has begun, so that nothing is missed.
 * Keep the start of a PD's main thread for later, if it is to wait; false: it is not.
 */
bool trace_hold(struct thread *thread);
/* The recorder has begun, or will not any more: what waits for it starts. */
void trace_release(void);
/* The PD has ended: it may have been the recorder. */
void trace_recorder_ended(const struct pd *pd);
/* core.exiting: whether the end is to wait for a TRACE session that wants to see it (trace.c). */
bool trace_holds_end(void);

/* parent.c: core as the parent of the root component. */
void parent_init(void);
struct object *parent_object(void);
/* What the root component's environment() finds. */
void parent_set_environment(enum parent_environment what, struct object *session);
/* Close all sessions of the root component. */
void parent_fini(void);

/* ------------------------------------------------------------------ core itself (call.c, boot.c)
 */

/* A boot module: a ROM that core offers. */
struct module {
	const char *name;
	struct dataspace *ds; /* made at first use by platform_module_load() */
	struct os_list_node node;
};

/* The content of a module as a dataspace of core's own; loaded at first use. */
enum os_err module_dataspace(struct module *module, struct dataspace **out) OS_MUST_CHECK;

struct core {
	struct os_alloc *heap;
	struct account *root_account; /* all RAM and capabilities that components may have */
	struct os_list modules, pds;
	struct os_list traces; /* TRACE sessions that want all new PDs … */
	struct os_list ends;   /* … or to see the end */
	const char *recorder; /* label of the PD that others wait for; NULL: nobody is waited for */
	struct os_list held;  /* struct thread.held_node: who waits */
	struct pd *root;      /* the root component: init */
	struct thread *current; /* who called; valid while a request is served */
	bool exiting;
	int exit_value;
	/*
	 * Units of the capability quota that an object costs beyond the one, if the platform keeps
	 * something scarce for it (on Linux a descriptor), so that all quotas together cannot
	 * exceed what there is of that. 0 unless there are more units than scarce things.
	 */
	uint64_t scarce_price;
	uint64_t trace_asks; /* numbers asks for rings */
	struct trace_cpus *trace_cpus;
	uint64_t last_id;       /* of the latest object */
	uint64_t changes;       /* counts charges, refunds and moves of quota */
	uint64_t ram, caps;     /* what the tree was started with */
	struct os_list retries; /* struct fault.retry_node */
	uint64_t searches;      /* through region maps, so far */
};
extern struct core core;

/* The PD whose request is being served. */
static inline struct pd *current_pd(void)
{
	return core.current->pd;
}

/*
 * Serve the request in `msg` of `thread` to what is in `slot`; the reply, or the error, is in `msg`
 * after OS_OK. `msg` is core's own copy. What is marked in cap_move is dropped in every case. Other
 * results: CAP_INVALID (no object or not one of core's, or no capability in a slot that is passed),
 * GONE (the slot is dead), PROTOCOL (impossible header); CANCELLED: the request destroyed `thread`
 * itself, which must not be used any more.
 */
enum os_err core_call(struct thread *thread, uint32_t slot, struct os_msg *msg) OS_MUST_CHECK;
/* The same with the object that is in the slot. */
enum os_err core_call_object(struct thread *thread, struct object *object,
                             struct os_msg *msg) OS_MUST_CHECK;

/*
 * Start the tree: root component from module "init", with all of the quota. core.heap and
 * core.modules are set. On an error, which is logged, core_shutdown() is still to be called.
 */
enum os_err core_boot(uint64_t ram, uint64_t caps) OS_MUST_CHECK;
/* Destroy everything in order: components, accounts, modules' memory. */
void core_shutdown(void);

/* A line of core's own: "[core] …". */
void core_log(const char *format, ...) OS_PRINTF(1, 2);
/* `text` line by line, each with "[label] " in front. */
void core_log_lines(const char *label, const char *text);
/* log_history.c: keep a line, with the newline at its end, of LOG_HISTORY_READ_TEXT_SIZE at most.
 */
void log_history_add(const char *line, size_t size);

/* ------------------------------------------------------------------ platform (core/linux, core/pc)
 */

/* Memory of `size` bytes, zeroed, all of it there. */
enum os_err platform_memory_create(uint64_t size, struct platform_memory *out) OS_MUST_CHECK;
/* Gives it back at once; what still maps it faults. Zero is accepted. */
void platform_memory_destroy(struct platform_memory *memory);
/* See the memory in core; NULL if core is out of address space or memory. */
void *platform_memory_map(struct platform_memory *memory, uint64_t size, bool writeable);
void platform_memory_unmap(void *at, uint64_t size);

/* The content of a boot module, as memory. */
enum os_err platform_module_load(struct module *module, struct platform_memory *memory,
                                 uint64_t *size) OS_MUST_CHECK;

/* A PD's platform side. The PD's account pays (PLATFORM_PD_RAM bytes are in the charge of `fund`).
 */
enum os_err platform_pd_init(struct pd *pd) OS_MUST_CHECK;
/* Add what the PD's account pays for beside PLATFORM_PD_RAM: the platform's, and the table's. */
void platform_pd_explain(const struct pd *pd, uint64_t *ram, uint64_t *caps);
enum os_err platform_pd_load(struct pd *pd) OS_MUST_CHECK; /* pd->binary and pd->elf are set */
/*
 * Frees everything, and ends what may be left of its processes: its threads (the main one first),
 * entrypoints, slots and attachments are gone already. pd_ended() is not called for it any more.
 */
void platform_pd_fini(struct pd *pd);
/* The memory of pd->binary is about to go: what the PD shares of it is unmapped. */
void platform_binary_gone(struct pd *pd);

/*
 * Where the platform counts the slots of a PD's table itself: `free` units of the account, which is
 * a PD's own, are not in use for anything else. OUT_OF_CAPS: more slots are in use.
 */
enum os_err platform_slots_limit(struct account *account, uint64_t free) OS_MUST_CHECK;
/* Slots in use that the account has not been charged for. */
uint64_t platform_slots_used(const struct account *account);

enum os_err platform_thread_init(struct thread *thread) OS_MUST_CHECK;
enum os_err platform_thread_start(struct thread *thread) OS_MUST_CHECK;
void platform_thread_fini(struct thread *thread);
void platform_thread_priority(struct thread *thread);
uint64_t platform_thread_time_us(struct thread *thread);
/* `thread` has waited at thread->fault.at; map what `where` tells, and let it run again. */
enum os_err platform_fault_resolved(struct thread *thread,
                                    const struct resolved *where) OS_MUST_CHECK;
/* Report what happened to `thread`, with `reason` (may be NULL), and end its PD. */
void platform_fault_end(struct thread *thread, const char *reason);

/*
 * Have the thread stop wherever it is, or go on, unless it waits for a fault or an exception: then
 * it stays where it is until both have ended. UNSUPPORTED: the host forbids it.
 */
enum os_err platform_thread_pause(struct thread *thread) OS_MUST_CHECK;
void platform_thread_unpause(struct thread *thread);
/* Stop after each instruction, or no longer; the thread stands still. */
enum os_err platform_thread_step(struct thread *thread, bool on) OS_MUST_CHECK;
/* The registers of a thread that stands still. BUSY: it has not come to a halt yet. */
enum os_err platform_thread_registers(struct thread *thread,
                                      struct os_registers *out) OS_MUST_CHECK;
enum os_err platform_thread_registers_set(struct thread *thread,
                                          const struct os_registers *registers) OS_MUST_CHECK;
/* The exception of the thread has been answered: go on, once it is not paused. */
void platform_thread_proceed(struct thread *thread);
void platform_thread_cancel(struct thread *thread); /* what it waits for */
/* Set the word by which the thread knows whether it is traced: OS_TRACE_OFF or an ask. */
void platform_trace(struct thread *thread, uint64_t word);
/* The PD's trace is about to go: its threads, which are off, must be able to go on. */
void platform_trace_gone(struct pd *pd);

/* CPUs that the platform can tell the threads of, at most OS_TRACE_THREADS_MAX; 0: the host's. */
uint32_t platform_cpu_count(void);
/*
 * Record which thread CPU number `cpu`, which does not, runs, by its id: in a ring of that many
 * events, abi/trace.h, at `offset` of `memory`, zeroed, which stays. OUT_OF_RAM: not in one piece.
 */
enum os_err platform_cpu_record(uint32_t cpu, const struct platform_memory *memory, uint64_t offset,
                                uint32_t events) OS_MUST_CHECK;
void platform_cpu_record_end(uint32_t cpu);

enum os_err platform_ep_init(struct entrypoint *ep) OS_MUST_CHECK;
void platform_ep_fini(struct entrypoint *ep);
/*
 * `context` has signals pending, and had none: put it into the list ep->platform.pending, and wake
 * its entrypoint. Who fetches them takes it out; core does if the context dies.
 */
void platform_signal(struct signal_context *context);

/* RAM that the platform spends on mapping `size` bytes at `address` of a PD's address space. */
uint64_t platform_attach_charge(const struct region_map *map, uint64_t address, uint64_t size);
/* The attachment, of an address space, has been made; part of its charge may become the PD's. */
void platform_attached(struct attachment *attachment);
/*
 * The part of it that is still spent when the attachment, of an address space, has ended; the
 * platform refunds it with the PD.
 */
uint64_t platform_detach_charge(struct attachment *attachment);
/* Mappings of an attachment are to go, in every PD that has them, before this returns. */
void platform_detached(struct attachment *attachment);

void platform_log(const char *text, size_t length);
uint64_t platform_clock_us(void); /* monotone */

#endif
