/* SPDX-License-Identifier: BSD-2-Clause */
/* The kernel's data structures, and who may touch them when. */

#ifndef KERNEL_KERNEL_H
#define KERNEL_KERNEL_H

/*
 * An event kernel: each CPU has one kernel stack, interrupts are off in the kernel, and nothing
 * sleeps in it. What a thread has in registers is in its frame while the kernel runs.
 *
 *   pd --- table of slots ---> object: gate -> endpoint <- context (signal)
 *    \--- threads                      thread, pd, semaphore, mutex, interrupt, machine
 *
 * Two ways through the kernel:
 *
 *   local      what touches only threads, endpoints and the run queue of this CPU, and reads
 *              capability tables. Takes no lock and writes no cache line that CPUs share: it sets
 *              a flag of its own CPU, and looks whether somebody wants to be exclusive.
 *   exclusive  everything else: one CPU at a time, while no CPU is in a local section. May touch
 *              everything but the registers of threads that run in user mode on other CPUs; those
 *              are evicted first (cpu_evict).
 *
 * A local function checks everything before it changes anything, and gives up (false) where it
 * meets something that is not local; then the exclusive one does the work. Long operations do a
 * bounded part, and have the system call restarted (thread_restart).
 *
 * Every object lives in memory that user land gave. pages.c knows what each page of RAM is for.
 */

#include <abi/err.h>
#include <abi/kernel.h>
#include <abi/msg.h>
#include <abi/trace.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MUST_CHECK                    __attribute__((warn_unused_result))
#define container_of(p, type, member) ((type *)((char *)(p)-offsetof(type, member)))
#define likely(x)                     __builtin_expect(!!(x), 1)
#define unlikely(x)                   __builtin_expect(!!(x), 0)
/* Small rather than fast, and not inlined. */
#define SLOW __attribute__((noinline, cold))

#ifndef NDEBUG
#define ASSERT(x) ((x) ? (void)0 : kernel_panic(__FILE__, __LINE__, #x))
#else
#define ASSERT(x) ((void)0)
#endif

enum {
	PRIORITIES = 128,
	BATCH = 64, /* steps of a long operation between two looks at interrupts */
	SLOT_BUCKETS = 512,
	DIRECTORIES = 16,
	TIME_SLICE_TICKS = 2, /* of 5 ms */
};

struct cpu;
struct endpoint;
struct pd;
struct thread;

/** Report on the serial line and the screen, with a backtrace, and stop all CPUs. */
void kernel_panic(const char *file, int line, const char *what) __attribute__((noreturn));

/* ------------------------------------------------------------------ lists */

/* Doubly linked; a node that is in no list is zero. */
struct node {
	struct node *next, *prev;
};

struct queue {
	struct node *first, *last;
};

static inline bool queue_empty(const struct queue *q)
{
	return !q->first;
}

static inline void queue_append(struct queue *q, struct node *n)
{
	n->next = NULL;
	n->prev = q->last;
	if (q->last)
		q->last->next = n;
	else
		q->first = n;
	q->last = n;
}

static inline void queue_prepend(struct queue *q, struct node *n)
{
	n->prev = NULL;
	n->next = q->first;
	if (q->first)
		q->first->prev = n;
	else
		q->last = n;
	q->first = n;
}

static inline void queue_remove(struct queue *q, struct node *n)
{
	if (n->prev)
		n->prev->next = n->next;
	else
		q->first = n->next;
	if (n->next)
		n->next->prev = n->prev;
	else
		q->last = n->prev;
	n->next = n->prev = NULL;
}

/* A list without an end, where order does not matter. */
static inline void list_add(struct node **head, struct node *n)
{
	n->prev = NULL;
	n->next = *head;
	if (*head)
		(*head)->prev = n;
	*head = n;
}

static inline void list_remove(struct node **head, struct node *n)
{
	if (n->prev)
		n->prev->next = n->next;
	else
		*head = n->next;
	if (n->next)
		n->next->prev = n->prev;
	n->next = n->prev = NULL;
}

/* ------------------------------------------------------------------ objects and capabilities */

/* What every object begins with. */
struct object {
	uint8_t kind;  /* enum os_kernel_kind; NONE: nothing lives here */
	uint8_t dying; /* being destroyed, step by step: calls find it GONE, nobody gets it */
	uint8_t reserved[2];
	uint32_t type;      /* of gates and contexts: the interface */
	struct slot *slots; /* all that hold it, through slot.next */
};

/*
 * One slot of a table: 64 bytes. Free: count 0. Dead: count > 0 without an object. A slot outside
 * of tables (pd NULL) is a reference that is NULL once its object is destroyed: slot_refer().
 */
struct slot {
	struct object *object;
	struct slot *next, *prev; /* of the same object; of a free one, next in pd.free_slots */
	struct pd *pd;
	uint32_t count;
	uint32_t index;
	uint32_t hash_next; /* slot with the same hash; 0: none */
	uint8_t rights;
	uint8_t counted; /* for pd_limit() */
	uint8_t reserved[18];
};
_Static_assert(sizeof(struct slot) == 64, "a capability costs 64 bytes");

struct gate {
	struct object object;
	struct endpoint *endpoint;
	uint64_t badge, cookie;
	struct node node;     /* endpoint.gates */
	struct node *callers; /* that are queued at the endpoint: struct thread.gate_node */
};
_Static_assert(sizeof(struct gate) <= 64, "see kernel.calls");

struct context {
	struct object object;
	struct endpoint *endpoint;
	uint64_t badge, cookie;
	struct node node;         /* endpoint.contexts */
	uint64_t count;           /* submitted, not yet delivered; saturates */
	struct node pending_node; /* endpoint.pending while count > 0 */
	struct object *interrupt; /* bound to it, or NULL */
};
_Static_assert(sizeof(struct context) <= 128, "see kernel.calls");

/* What core has given a gate or a context to be known by; 0 for other kinds. */
static inline uint64_t object_cookie(const struct object *object)
{
	if (object->kind == OS_KIND_GATE)
		return ((const struct gate *)object)->cookie;
	return object->kind == OS_KIND_SIGNAL ? ((const struct context *)object)->cookie : 0;
}

struct endpoint {
	struct object object;
	struct pd *pd;
	struct node node; /* pd.endpoints */
	uint64_t tag;
	uint32_t flags;
	uint32_t cpu;            /* whose local sections may touch it: that of `server` */
	struct thread *receiver; /* waits here now, or NULL */
	struct thread *server;   /* waited here last, and nowhere since, or NULL */
	struct queue callers;    /* struct thread.wait_node, in order of arrival */
	struct queue pending;    /* struct context.pending_node */
	struct node *gates, *contexts;
	bool signal_next; /* calls and signals take turns */
};
_Static_assert(sizeof(struct endpoint) <= 128, "see kernel.calls");

struct semaphore {
	struct object object;
	struct queue waiters; /* struct thread.wait_node */
	uint64_t count;
	uint32_t order;
};

struct mutex {
	struct object object;
	struct queue waiters;
	struct thread *owner;
	struct node owner_node; /* thread.mutexes */
	uint8_t order, owner_died;
};
_Static_assert(sizeof(struct semaphore) <= 64 && sizeof(struct mutex) <= 64, "see kernel.calls");

struct interrupt {
	struct object object;
	struct context *context; /* NULL: destroyed */
	uint32_t source;         /* as in interrupt_create() */
	uint32_t input;          /* global system interrupt, after overrides */
	uint32_t entry;          /* of the IOAPIC */
	uint8_t vector, cpu;
	bool masked;  /* until it is acknowledged */
	bool pending; /* has come again meanwhile */
};
_Static_assert(sizeof(struct interrupt) <= 64, "see kernel.calls");

/* ------------------------------------------------------------------ PDs */

struct pd {
	struct object object;
	uint64_t cookie;
	/* read by local sections */
	struct slot **directories[DIRECTORIES]; /* each a page of pointers to pages of slots */
	uint32_t slot_count;                    /* slots that there is memory for */
	uint32_t slots_free, slots_used;        /* used: counted ones */
	uint32_t slots_limit;
	struct slot *free_slots, *free_last; /* used again as late as possible */
	struct slot syscall_gate;            /* a reference; NULL: the pager's */
	/* address space */
	uint64_t root_table;  /* physical: the kernel's, until a first page for tables is given */
	struct node *tables;  /* given for page tables, not used; linked through themselves */
	uint32_t table_count; /* of them */
	uint32_t tlb_generation; /* raised by each unmap */
	uint8_t *ports[2]; /* halves of the bitmap, a page each, 1: forbidden; in use once both
	                      are there */
	uint32_t ports_generation;
	struct node *threads, *endpoints; /* struct thread.pd_node, endpoint.node */
	uint64_t destroy_cursor;
	uint32_t buckets[SLOT_BUCKETS]; /* first slot by hash of the object's address; 0: none */
};
_Static_assert(sizeof(struct pd) <= OS_KERNEL_PAGE, "a PD is one page");

/* ------------------------------------------------------------------ threads */

/* As the CPU and entry.S leave them: at the beginning of struct thread, in this order. */
struct frame {
	uint64_t r15, r14, r13, r12, rbp, rbx, r11, r10, r9, r8, rax, rcx, rdx, rsi, rdi;
	uint64_t vector, error;
	uint64_t rip, cs, rflags, rsp, ss;
};

/*
 *          start           call                taken
 *   NEW --------> READY --------> CALLING ------------> CALLED ----> READY   (answered, GONE)
 *                  | ^ --------> WAITING (endpoint) --------------> READY
 *                  | ^ --------> BLOCKED (token, semaphore, mutex) -> READY
 *                  fault ------> FAULTED (is a call to the pager) --> READY
 *
 * `paused` lies across: a paused thread that is READY is in no run queue. The states are those of
 * enum os_kernel_thread_state; a fault is CALLING or CALLED with `faulted` set.
 */
struct thread {
	struct frame frame; /* 16-byte aligned: the CPU pushes to its end */
	struct object object;
	struct pd *pd;
	struct os_msg *utcb; /* in the direct map */
	uint64_t cookie;

	/* how to return to user mode: 1: all registers are in the frame (iret); 0: as after a
	 * system call; more in arch.h. 0 while it runs there: entry.S clears it on the way. */
	uint8_t full_frame;

	/* scheduling; with `state`, touched by local sections of `cpu` */
	uint8_t state;
	uint8_t priority, effective; /* own; with what callers lend */
	uint8_t paused;
	bool faulted, cancel; /* `cancel`: the next wait ends at once */
	bool token;           /* of block() */
	bool stepping;
	uint32_t cpu;
	uint32_t ticks_left;
	struct node ready_node; /* cpu.ready[effective], while READY, not paused and not current */
	bool queued;            /* it is in there */

	/* IPC */
	struct thread *caller;     /* owed a reply by this thread, or NULL */
	struct thread *callee;     /* CALLED: who owes the reply, or NULL (saved) */
	struct endpoint *endpoint; /* CALLING: where */
	struct endpoint *serves;   /* whose `server` it is, or NULL; WAITING: there */
	struct gate *gate;         /* CALLING: through which */
	struct node gate_node;     /* CALLING: gate.callers */
	uint64_t header;           /* CALLING: of the request */
	bool raw;                  /* CALLED: slots in an answer to come later are numbers */
	struct node wait_node;     /* in endpoint.callers, semaphore.waiters, mutex.waiters */
	struct object *waits_for;  /* BLOCKED: semaphore or mutex; NULL: the token */
	uint32_t depth;            /* of calls that lead here */
	struct object reply;       /* kind REPLY while a saved right to answer this thread exists */
	struct slot pager;         /* a reference to a gate; NULL: none */
	uint64_t fault_words[6];   /* of struct os_kernel_fault, until the pager takes it */
	struct node *mutexes;      /* owned: struct mutex.owner_node */

	struct node pd_node; /* pd.threads */
	uint64_t progress;   /* bytes that map() or unmap() has done before it was restarted */
	uint64_t cycles;     /* it ran for; while it runs, without the time-stamp counter's value */
	uint64_t id;         /* in records of switches */
	uint64_t fs_base, gs_base; /* while it does not run */
	uint8_t fpu_used;          /* its state is in `fpu`, or in the registers of its CPU */
	uint8_t fpu[2880] __attribute__((aligned(64)));
};
_Static_assert(sizeof(struct thread) <= OS_KERNEL_PAGE, "a thread is one page");
_Static_assert(offsetof(struct thread, frame) == 0, "see entry.S");

/* ------------------------------------------------------------------ CPUs */

/* What one CPU asks of another while it is exclusive; answered without any lock. */
enum cpu_request {
	CPU_REQUEST_NONE,
	CPU_REQUEST_FLUSH,  /* the TLB; and load the ports of the PD again */
	CPU_REQUEST_UNLOAD, /* load the kernel's own page tables */
	CPU_REQUEST_EVICT,  /* save the current thread's state; have no current thread any more */
};

struct cpu {
	/* entry.S knows the offsets of these (asserted there) */
	struct cpu *self;
	struct thread *current; /* NULL: idle */
	uint64_t scratch;
	uint64_t stack;    /* top of the kernel stack */
	uint8_t exit_work; /* 1: CPU buffers are to be overwritten on the way to user mode */

	uint32_t index;
	uint32_t apic_id;
	volatile uint32_t local; /* 1: in a local section */
	bool exclusive;          /* this CPU is the exclusive one */
	bool give_way;           /* one of the same priority is to run now */
	bool reschedule;         /* something better than `current` may be ready */
	bool idle;

	/* run queue */
	uint64_t ready_bits[2]; /* bit p % 64 of word p / 64: ready[p] is not empty; 0 is best */
	struct queue ready[PRIORITIES];

	struct pd *space;         /* whose page tables are loaded; NULL: the kernel's own */
	struct thread *fpu_owner; /* whose state is in the registers, or NULL */
	struct pd *ports_owner;   /* whose bitmap is in the TSS */
	uint32_t ports_generation;
	bool ticking;

	/* where switches are recorded (cpu_record), or NULL */
	struct os_trace_ring *ring;
	uint64_t ring_head, ring_count;

	/* mailbox: written by the exclusive CPU */
	volatile uint32_t request;

	uint64_t counters[OS_COUNTER_COUNT];
	struct arch_cpu *arch; /* GDT, TSS, … */
} __attribute__((aligned(64)));

extern struct cpu *cpus[OS_KERNEL_CPUS_MAX];
extern uint32_t cpu_count;

#ifndef NDEBUG
#define COUNT(cpu, what) ((cpu)->counters[OS_COUNTER_##what]++)
#else
#define COUNT(cpu, what) ((void)0)
#endif

/* sched.c; for thread_load(): record a switch to `to` (NULL: idle) in cpu->ring. */
void sched_record(struct cpu *cpu, const struct thread *to);

/*
 * arch.h, of x86_64/ or of the tests' mock:
 *   struct cpu *cpu_self(void);
 *   void *physical_pointer(uint64_t address);  uint64_t pointer_physical(const void *pointer);
 *   uint64_t cycles_now(void);
 *   memcpy, memset, memcmp;
 *   const uint64_t *kernel_root_table(void);  entries 256 to 511 are in every PD's root table
 *   void words_copy(void *to, const void *from, uint64_t words);  also words_zero()
 *   bool address_canonical(uint64_t);  uint64_t flags_for_user(uint64_t flags);  FLAG_TRAP
 *   FRAME_SYSCALL, FRAME_FULL, FRAME_AGAIN;  FRAME_CS, FRAME_SS
 *   void thread_load(struct cpu *cpu, struct thread *from, struct thread *to);
 *                       what a switch does beside registers and cpu->current; NULL: idle
 *   void fpu_drop(struct thread *thread);  it ends
 *   void cpu_pause(void);
 */
#include <arch.h>

/* ------------------------------------------------------------------ lock.c (x86_64) */

/* Begin a local section. False: somebody is, or wants to be, exclusive: take the other way. */
static inline bool local_enter(struct cpu *cpu) MUST_CHECK;
static inline void local_leave(struct cpu *cpu);
extern volatile uint32_t exclusive_wanted;

static inline bool local_enter(struct cpu *cpu)
{
	__atomic_exchange_n(&cpu->local, 1, __ATOMIC_SEQ_CST);
	if (likely(!__atomic_load_n(&exclusive_wanted, __ATOMIC_ACQUIRE)))
		return true;
	__atomic_store_n(&cpu->local, 0, __ATOMIC_RELEASE);
	return false;
}

static inline void local_leave(struct cpu *cpu)
{
	__atomic_store_n(&cpu->local, 0, __ATOMIC_RELEASE);
}

/*
 * Become the exclusive CPU; serves requests of others while it waits. False: the current thread has
 * been evicted meanwhile (cpu->current is NULL); we are exclusive all the same. What it was about
 * to do (system call, fault) happens again when it runs: thread_restart() has been called for it at
 * that moment, as it may have been changed or destroyed since. So: once in a way through the
 * kernel, and before anything has been changed.
 */
bool exclusive_enter(struct cpu *cpu) MUST_CHECK;
void exclusive_leave(struct cpu *cpu);
/* In an interrupt: local, if that is possible within a while, else exclusive. The interrupted
 * thread may have been evicted afterwards (then cpu->reschedule is set). */
void section_enter(struct cpu *cpu);
void section_leave(struct cpu *cpu);

/* Exclusive: have `thread`, if it is the current one of another CPU, saved and evicted from there.
 * Afterwards it is READY, in no run queue. */
void cpu_evict(struct thread *thread);
/* Exclusive: have the TLB of every CPU that has `pd` loaded forget it (and this one's), and have
 * its ports looked at again: both after changes. */
void cpu_flush(struct pd *pd);
/* Exclusive: have every CPU that has `pd` loaded load the kernel's own tables. */
void cpu_unload(struct pd *pd);
/* Make another CPU look at its run queue. */
void cpu_kick(struct cpu *cpu);

/* ------------------------------------------------------------------ sched.c */

/* Make it READY (if it was not) and queue it, unless it is paused. Local on its own CPU, else
 * exclusive; sets cpu.reschedule, or kicks the other CPU, if it is better than the current one. */
void sched_ready(struct thread *thread);
/* The same at the front of its priority: it was preempted. */
void sched_ready_first(struct thread *thread);
/* Take it out of the run queue, if it is there. */
void sched_remove(struct thread *thread);
/* Give `thread` another effective priority, wherever it is. */
void sched_priority(struct thread *thread, uint8_t effective);
/* The best ready thread, or NULL; not removed. */
struct thread *sched_best(struct cpu *cpu);
/* Let the best thread run: the current one, if none is better and it is still READY. */
void schedule(struct cpu *cpu);
/* Switch to `to` (READY, not queued; NULL: idle) from whatever runs. */
void sched_switch(struct cpu *cpu, struct thread *to);
/* The timer's tick, on its own CPU. Takes either way by itself. */
void sched_tick(struct cpu *cpu);
/* cpu_kick() by another CPU has arrived. Takes either way by itself. */
void sched_kicked(struct cpu *cpu);
/* The current thread lets others of its priority run. */
void sched_pass(struct cpu *cpu);

/* ------------------------------------------------------------------ thread.c */

/* The thread's wait ends with `err` in rax; it becomes ready. */
void thread_wake(struct thread *thread, enum os_err err);
/* Take it out of whatever it waits for; its state is READY, in no queue. */
void thread_unwait(struct thread *thread);
/* Have the current system call, whose arguments are in the frame, executed again. */
void thread_restart(struct thread *thread);
/* Results of a system call. */
static inline void thread_result(struct thread *t, enum os_err err, uint64_t a, uint64_t b,
                                 uint64_t c, uint64_t d)
{
	t->frame.rax = err;
	t->frame.rsi = a;
	t->frame.rdx = b;
	t->frame.r10 = c;
	t->frame.r8 = d;
}
/*
 * Begin an exclusive system call: its number and arguments go into the frame of the current thread,
 * for thread_restart(). False: the thread has been evicted, and the call is not to be done now.
 */
bool syscall_exclusive(struct cpu *cpu, uint64_t number, uint64_t a, uint64_t b, uint64_t c,
                       uint64_t d, uint64_t e, uint64_t f) MUST_CHECK;

/* What the handler of an exclusive system call returns beside an error. */
struct results {
	uint64_t a, b, c, d; /* rsi, rdx, r10, r8 */
};
/* ... or: the thread waits, is restarted, or has its results already; nothing is written. */
#define SYSCALL_LATER ((enum os_err)OS_ERR_COUNT)

/* Take the thread out of everything, at any point of its life; a batch at a time, true: done.
 * Exclusive. It may be the current one of this CPU, which has none afterwards. */
bool thread_fini(struct thread *thread) MUST_CHECK;
/* Its frame for the start at `ip`. */
void thread_frame_init(struct thread *thread, uint64_t ip, uint64_t sp, uint64_t argument);
/* The current thread has met a fault, which goes to its pager. `words`: as thread.fault_words:
 * kind | vector << 32, address, error, ip, sp, cookie. Takes either way by itself; switches. */
void thread_fault(struct cpu *cpu, struct thread *thread, uint64_t kind_vector, uint64_t address,
                  uint64_t error);
/* A system call that is not the kernel's. */
void thread_foreign_syscall(struct cpu *cpu, struct thread *thread, uint32_t vector);

/* ------------------------------------------------------------------ ipc.c, signal.c, block.c */

/* Entered from entry.S through the table of system calls: they take either way by themselves, and
 * leave results in the frame of whoever they are for. Arguments as in kernel.calls. */
void syscall_call(uint64_t gate, uint64_t header);
void syscall_reply_wait(uint64_t endpoint, uint64_t flags, uint64_t header, uint64_t interrupt);
void syscall_signal(uint64_t context, uint64_t count);
void syscall_block(void);
void syscall_unblock(uint64_t thread);
void syscall_yield(void);

/* Exclusive. What the destruction of each means for who waits: a batch at a time, true: done.
 * Callers and waiters learn GONE, and the receiver of an endpoint as well; its gates and contexts
 * stay, without an endpoint. */
bool endpoint_fini(struct endpoint *endpoint) MUST_CHECK;
bool semaphore_fini(struct semaphore *semaphore) MUST_CHECK;
bool mutex_fini(struct mutex *mutex) MUST_CHECK;
bool gate_fini(struct gate *gate) MUST_CHECK;
void context_fini(struct context *context);
void reply_dropped(struct thread *caller); /* the saved right to answer it was dropped: GONE */

/* Submit to a context, from an interrupt or another CPU. Exclusive, or local to its endpoint. */
void context_submit(struct context *context, uint64_t count);

/* ------------------------------------------------------------------ cap.c */

/* The slot, free or not; NULL beyond the table. */
static inline struct slot *slot_at(struct pd *pd, uint64_t index)
{
	if (unlikely(index >= pd->slot_count))
		return NULL;
	return &pd->directories[index / (OS_KERNEL_SLOTS_PAGE * OS_KERNEL_DIRECTORY)]
	                       [index / OS_KERNEL_SLOTS_PAGE % OS_KERNEL_DIRECTORY]
	                       [index % OS_KERNEL_SLOTS_PAGE];
}

/* The object in a slot, of `kind` (NONE: any) and `rights`. CAP_INVALID, GONE, CAP_TYPE, DENIED. */
enum os_err cap_find(struct pd *pd, uint64_t index, enum os_kernel_kind kind, uint8_t rights,
                     struct object **out) MUST_CHECK;
/* Exclusive from here on. Put `object` into a free slot, or where it is held already once more (not
 * with `fresh`). CAP_SLOTS, OUT_OF_CAPS (pd_limit), LIMIT, GONE (the object is dying). */
enum os_err cap_insert(struct pd *pd, struct object *object, uint8_t rights, bool counted,
                       bool fresh, uint32_t *index) MUST_CHECK;
enum os_err cap_insert_at(struct pd *pd, struct object *object, uint8_t rights, bool counted,
                          uint32_t index) MUST_CHECK;
/* Room for `count` more capabilities, all of them new? */
bool cap_room(const struct pd *pd, uint32_t count);
/* Count less; frees the slot at 0; drops a saved right to reply. CAP_INVALID, RANGE. */
enum os_err cap_drop(struct pd *pd, uint64_t index, uint64_t count) MUST_CHECK;
/* The same for a slot that is held, once. */
void slot_drop(struct slot *slot);
/* At most `batch` slots of `object` become dead; true: none is left. */
bool object_revoke(struct object *object, uint32_t batch) MUST_CHECK;
/* Have this slot be the last to die when its object is revoked. */
void slot_outlive(struct slot *slot);
/* Memory for 64 more slots, or for pointers to 512 such pages: errors as of pd_give(). */
enum os_err cap_table_add(struct pd *pd, uint64_t page) MUST_CHECK;
enum os_err cap_directory_add(struct pd *pd, uint64_t page) MUST_CHECK;
/* Free all slots of a PD without threads, and their memory, a page at a time; true: done. */
bool cap_table_fini(struct pd *pd) MUST_CHECK;
/* Have a slot outside of tables refer to `object` (NULL: to nothing). */
void slot_refer(struct slot *slot, struct object *object);

static inline struct gate *thread_pager(const struct thread *thread)
{
	return (struct gate *)thread->pager.object;
}

/* ------------------------------------------------------------------ object.c, pages.c, pd.c */

/* What a page of RAM is for. */
enum page_use {
	PAGE_NONE,   /* no RAM, or the firmware's */
	PAGE_FREE,   /* root's, to be mapped or given */
	PAGE_KERNEL, /* the kernel's own */
	PAGE_UNITS,  /* small objects; the first unit is a map of the others */
	PAGE_PD,
	PAGE_THREAD,
	PAGE_UTCB,  /* stays mapped in user land; a thread uses it */
	PAGE_TABLE, /* page table in use or in reserve, slots, directory, ports: part of a PD */
	PAGE_RING,  /* records of a CPU; stays mapped in user land, too */
};

/* `words`: 8 bytes for each page of RAM below `end`, all 0 (PAGE_NONE); the kernel's own memory. */
void pages_init(uint64_t *words, uint64_t end);
/* Set the use of whole pages, at boot. */
void pages_set(uint64_t address, uint64_t size, enum page_use use);

/*
 * A word for each page: its use in the low bits, above them the address of the PD or thread that
 * the page is a part of, if any, which is page-aligned.
 */
extern uint64_t *page_words;
extern uint64_t page_words_end; /* behind what there are words for: an address */

static inline enum page_use page_use(uint64_t address)
{
	if (unlikely(address >= page_words_end))
		return PAGE_NONE;
	return (enum page_use)(page_words[address / OS_KERNEL_PAGE] % OS_KERNEL_PAGE);
}
/* Take a free page for `use`, zeroed but for UNITS, THREAD and UTCB. `owner`: the page-aligned PD
 * or thread that it is a part of. ALIGN, INVALID (no RAM), BUSY. */
enum os_err page_take(uint64_t address, enum page_use use, const void *owner,
                      void **out) MUST_CHECK;
/* The owner it was taken for. */
void *page_owner(uint64_t address);
void page_release(uint64_t address);
/* May user land map this range? Not what the kernel uses, nor what the firmware denies. */
bool pages_mappable(uint64_t address, uint64_t size);
/* Address behind the last page of RAM. */
uint64_t pages_limit(void);
/* A range that is never mapped for anybody (APICs), at boot. */
void pages_deny(uint64_t address, uint64_t size);

/* A unit of `size` bytes for an object, zeroed. INVALID (no such page), BUSY, ALIGN. */
enum os_err unit_take(uint64_t address, uint32_t size, void **out) MUST_CHECK;
void unit_release(void *object, uint32_t size);
/* The first object in a page of units, or NULL. */
struct object *unit_first(uint64_t page);

/* Destroy, a batch at a time; true: it is done. Not the current thread of this CPU, nor its PD. */
bool object_destroy(struct object *object) MUST_CHECK;
/* The thread or PD that a page of RAM is a part of; NULL: none. */
struct object *page_object(uint64_t address);
/* Destroy what lives in a page of RAM, as above, until it is free. */
bool page_destroy(uint64_t address) MUST_CHECK;
/* What a capability to the machine is to. */
extern struct object machine_object;

/* Part of boot, too: the first PD and thread are made of the same functions. */
enum os_err pd_init(uint64_t page, uint64_t cookie, struct pd **out) MUST_CHECK;
enum os_err pd_add(struct pd *pd, uint64_t page, uint32_t purpose) MUST_CHECK;
bool pd_fini(struct pd *pd) MUST_CHECK; /* a batch at a time; true: it has nothing any more */
enum os_err thread_init(struct pd *pd, uint64_t page, uint64_t utcb, uint64_t cookie,
                        struct thread **out) MUST_CHECK;

/* ------------------------------------------------------------------ space.c */

/* Map or unmap at most BATCH pages (of either size); `done`: bytes. Errors as of map(), unmap().
 * With MAP_ANY in the attributes also what is not for user land. */
enum { MAP_ANY = 64 };
enum os_err space_map(struct pd *pd, uint64_t address, uint64_t physical, uint64_t size,
                      uint64_t attributes, uint64_t *done) MUST_CHECK;
enum os_err space_unmap(struct pd *pd, uint64_t address, uint64_t size, uint64_t *done) MUST_CHECK;
/* What is mapped at `address`: for the debugger and tests. False: nothing. */
bool space_lookup(struct pd *pd, uint64_t address, uint64_t *physical, uint32_t *attributes);
/* Free the page tables, a batch at a time; true: done. */
bool space_fini(struct pd *pd) MUST_CHECK;
/* A page for page tables: errors as of pd_give(). */
enum os_err space_add(struct pd *pd, uint64_t page) MUST_CHECK;

/* ------------------------------------------------------------------ interrupts (x86_64) */

/* Find a vector and program it, masked off. EXISTS, RANGE, LIMIT. */
enum os_err interrupt_attach(struct interrupt *interrupt, uint64_t *address,
                             uint64_t *data) MUST_CHECK;
void interrupt_detach(struct interrupt *interrupt);
void interrupt_mask(struct interrupt *interrupt);
void interrupt_unmask(struct interrupt *interrupt);

/* ------------------------------------------------------------------ the rest */

/* The syscall handlers that are made by hand and run exclusively: syscall_*.c, prototypes in
 * build/gen/kernel/handlers.h, called by build/gen/kernel/dispatch.c. */

/* debug.c: text to the serial line (and, before user land runs, to the screen). %s %u %d %x %p,
 * with l for 64 bits, and a width. */
void kernel_print(const char *format, ...) __attribute__((format(printf, 1, 2)));
#ifndef NDEBUG
/* The kernel debugger, on the serial line, until it is told to continue. */
void debugger_enter(const char *why, const struct frame *frame);
#endif
/* The last events, for the debugger; nothing in release builds. */
enum event {
	EVENT_SWITCH,
	EVENT_CALL,
	EVENT_REPLY,
	EVENT_SIGNAL,
	EVENT_FAULT,
	EVENT_INTERRUPT,
	EVENT_CREATE,
	EVENT_DESTROY,
	EVENT_SYSCALL,
};
#ifndef NDEBUG
void event_record(enum event event, uint64_t a, uint64_t b);
#else
static inline void event_record(enum event event, uint64_t a, uint64_t b)
{
	(void)event;
	(void)a;
	(void)b;
}
#endif

#endif
