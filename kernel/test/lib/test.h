/* SPDX-License-Identifier: BSD-2-Clause */
/* A small library for programs that run on the bare kernel: root programs and what tests need. */

#ifndef KERNEL_TEST_TEST_H
#define KERNEL_TEST_TEST_H

/*
 * The same functions serve root and the PD that the suite runs one test in: both hold their PD,
 * their thread and the machine in the slots OS_KERNEL_ROOT_*, and have a range of free pages. All
 * of them check what the kernel answers; a program that wants an error calls os_kernel_*() itself.
 *
 * A thread's stack and UTCB share a block of four pages, found from the stack pointer:
 *   | UTCB | struct block, then the stack ...                    |
 * In PDs made with pd_make() the program's own code and data, and the blocks of the threads, have
 * the same addresses as in their maker: all of them see the same variables.
 */

#include <abi/kernel.h>
#include <abi/kernel_calls.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "observe.h"

/* ------------------------------------------------------------------ the program */

enum {
	PAGE = OS_KERNEL_PAGE,
	BLOCK = 4 * PAGE,
	SELF_PD = OS_KERNEL_ROOT_PD,
	SELF_THREAD = OS_KERNEL_ROOT_THREAD,
	MACHINE = OS_KERNEL_ROOT_MACHINE,
	JUDGE_SLOT = 8, /* a test's: where it reports to */
	PAGER_SLOT = 9, /* a test's: where unexpected faults are told */
	PRIORITY_ROOT = 0,
	PRIORITY_HIGH = 20, /* of threads that a test makes: they run at once … */
	PRIORITY_TEST = 40, /* … and the test goes on when they wait */
	PRIORITY_LOW = 60,
};

/* Physical page p is seen at WINDOW + p, where this library has mapped it. */
#define WINDOW 0x10000000000ul

/** What a program has; the suite writes a test's before the test starts. */
struct environment {
	uint64_t pages, pages_end; /* free physical pages: the next, behind the last */
	uint64_t text_copy,
	        data_copy;         /* physical copies of the program, for further PDs; 0: none */
	uint64_t units, units_end; /* memory for small objects: the next, behind the last */
	uint64_t big;              /* free 2 MiB, aligned; 0: none */
	const struct os_boot_info *boot; /* root only */
	uint64_t pager;                  /* slot of the pager of new threads; 0: none */
	uint64_t cpu_count, tsc_khz;
	uint64_t acpi_rsdp;
	bool test; /* runs under the judge */
	bool debug;
	uint32_t *observed; /* a word for each system call: the errors that it gave; or NULL */
};

extern struct environment environment;
extern char program_text[], program_rodata[], program_data[], program_end[];

/** A root program begins here; the others are up to it. */
void root_main(void);

/** End the machine (isa-debug-exit at port 0xf4); status: 0 success. */
void machine_exit(uint32_t status) __attribute__((noreturn));

/* ------------------------------------------------------------------ text */

/** Formats into `to` (always terminated): %s %c %d %u %x, with l for 64 bits; the length. */
size_t text_format(char *to, size_t size, const char *format, ...)
        __attribute__((format(printf, 3, 4)));
size_t text_format_list(char *to, size_t size, const char *format, __builtin_va_list list);
/** To the serial line, through the kernel. */
void print(const char *format, ...) __attribute__((format(printf, 1, 2)));
const char *err_name(enum os_err err);

/* ------------------------------------------------------------------ checks */

/** Report, and end: the program, or the test. */
void check_failed(const char *file, int line, const char *format, ...)
        __attribute__((noreturn, format(printf, 3, 4)));

#define CHECK(condition)                                                    \
	do {                                                                \
		if (!(condition))                                           \
			check_failed(__FILE__, __LINE__, "%s", #condition); \
	} while (0)
#define CHECK_EQUAL(value, wanted)                                                             \
	do {                                                                                   \
		uint64_t value_ = (uint64_t)(value), wanted_ = (uint64_t)(wanted);             \
		if (value_ != wanted_)                                                         \
			check_failed(__FILE__, __LINE__, "%s is %lx, not %lx", #value, value_, \
			             wanted_);                                                 \
	} while (0)
#define CHECK_ERR(call, wanted)                                                        \
	do {                                                                           \
		enum os_err err_ = (call);                                             \
		if (err_ != (wanted))                                                  \
			check_failed(__FILE__, __LINE__, "%s gives %s, not %s", #call, \
			             err_name(err_), err_name(wanted));                \
	} while (0)
#define CHECK_OK(call) CHECK_ERR(call, OS_OK)

/* ------------------------------------------------------------------ system calls */

/** Any number and arguments: what a program could do without stubs. */
struct registers {
	uint64_t number;
	uint64_t argument[6];
	uint64_t result[4]; /* rsi, rdx, r10, r8 */
};
enum os_err syscall_raw(struct registers *registers);

/** The UTCB of the calling thread. */
static inline struct os_msg *utcb(void)
{
	uint64_t sp;

	__asm__("mov %%rsp, %0" : "=r"(sp));
	return *(struct os_msg **)((sp & -(uint64_t)BLOCK) + PAGE);
}

static inline uint64_t header(uint32_t op, uint32_t length)
{
	return os_kernel_header(op, length, 0, 0);
}

/** What reply_wait() gives. */
struct event {
	uint64_t value, badge, kind, sender;
};
enum os_err wait_at(uint64_t endpoint, struct event *event);
enum os_err poll_at(uint64_t endpoint, struct event *event);
enum os_err reply_and_wait(uint64_t endpoint, uint64_t header, struct event *event);
/** Reply, and come back at once; what has arrived meanwhile stays where it is only if EMPTY. */
enum os_err reply_and_poll(uint64_t endpoint, uint64_t header, struct event *event);
enum os_err call(uint64_t gate, uint64_t header, uint64_t *answer);
/** Payload as 64-bit words. */
static inline uint64_t *words(struct os_msg *msg)
{
	return (uint64_t *)(void *)msg->payload;
}
static inline uint32_t header_op(uint64_t header)
{
	return header & 0xffff;
}
static inline uint32_t header_length(uint64_t header)
{
	return header >> 16 & 0xffff;
}
static inline uint32_t header_caps(uint64_t header)
{
	return header >> 32 & 0xff;
}

/* ------------------------------------------------------------------ memory */

/** Free physical pages, not mapped, not zeroed. */
uint64_t page_alloc(void);
uint64_t pages_alloc(uint64_t count);
/** Free pages at a multiple of `align` pages. */
uint64_t pages_alloc_aligned(uint64_t count, uint64_t align);
/** See physical pages in this PD, to be written. */
void *window_map(uint64_t physical, uint64_t count);
void window_unmap(uint64_t physical, uint64_t count);
/** Map pages into a PD, and give it the page tables that are missing. */
void pd_map(uint64_t pd, uint64_t address, uint64_t physical, uint64_t count, uint64_t attributes);
/** A unit of `size` bytes for a small object. */
uint64_t unit_alloc(uint32_t size);

/* ------------------------------------------------------------------ objects */

/** A PD with `slots` pages of slots and nothing mapped. */
uint64_t pd_make_empty(uint64_t slots, uint64_t cookie);
/** A PD that shares this program's code and data. */
uint64_t pd_make(void);
/** Give this PD more slots. */
void slots_give(uint64_t pd, uint64_t pages);

struct block {
	struct os_msg *utcb;
	void (*entry)(void *);
	void *argument;
	uint32_t done;
};

struct thread {
	uint64_t slot;
	struct block *block;
	struct os_msg *utcb;
	uint64_t page, utcb_page; /* physical */
};

extern char thread_entry[];

/** A thread that can run entry(argument), in this PD or one of pd_make(); not started. */
struct thread thread_make_new(uint64_t pd, void (*entry)(void *), void *argument, uint64_t priority,
                              uint64_t cpu);
void thread_run(struct thread *thread);
/** Both at once. */
struct thread thread_make(uint64_t pd, void (*entry)(void *), void *argument, uint64_t priority,
                          uint64_t cpu);
/** Until the thread has returned from its entry, or has reached a state of enum
 * os_kernel_thread_state; both yield meanwhile. */
void thread_join(struct thread *thread);
void thread_expect(const struct thread *thread, enum os_kernel_thread_state state);
enum os_kernel_thread_state thread_state(const struct thread *thread);
/** Wait until another thread has set the flag to `value`. */
void flag_wait(const volatile uint32_t *flag, uint32_t value);

uint64_t endpoint_make(uint64_t pd, uint64_t tag);
uint64_t gate_make(uint64_t endpoint, uint64_t badge);
uint64_t gate_make_full(uint64_t endpoint, uint64_t badge, uint64_t type, uint64_t cookie);
uint64_t signal_make(uint64_t endpoint, uint64_t badge);
uint64_t semaphore_make(uint64_t count, uint64_t order);
uint64_t mutex_make(uint64_t order);
/** Into another PD; the slot there. */
uint64_t grant(uint64_t pd, uint64_t slot, uint64_t rights);
/** A second slot of this PD that holds the object of `slot` with fewer rights: at a PD's own. */
void grant_at(uint64_t pd, uint64_t slot, uint64_t rights, uint64_t at);

/* ------------------------------------------------------------------ ports */

/** Let this PD use I/O ports. */
void ports_allow(uint64_t first, uint64_t count);

static inline void port_write8(uint16_t port, uint8_t value)
{
	__asm__ volatile("outb %0, %1" : : "a"(value), "Nd"(port));
}

static inline uint8_t port_read8(uint16_t port)
{
	uint8_t value;

	__asm__ volatile("inb %1, %0" : "=a"(value) : "Nd"(port));
	return value;
}

static inline void port_write32(uint16_t port, uint32_t value)
{
	__asm__ volatile("outl %0, %1" : : "a"(value), "Nd"(port));
}

/** The programmable interval timer: `ticks` of 1,193,182 Hz. */
void pit_one_shot(uint16_t ticks);
void pit_periodic(uint16_t ticks);

/* ------------------------------------------------------------------ faults */

/** Run `entry` in a thread whose faults arrive at `endpoint`, with `badge` 77. */
struct thread victim_make(uint64_t pd, void (*entry)(void *), void *argument, uint64_t endpoint);
/** The next fault that arrives at `endpoint`. */
struct os_kernel_fault fault_wait(uint64_t endpoint);

/* ------------------------------------------------------------------ the registry */

struct test {
	const char *name;
	void (*run)(uint64_t index);
	/* Of a test with several cases: the name of one; false: there is none of this index. */
	bool (*label)(uint64_t index, char *name, size_t size);
	uint32_t count; /* of indices */
	uint32_t cpus;  /* that it needs; with fewer it is not run */
} __attribute__((aligned(32)));

#define TEST_CASE(name_, label_, count_, needs)                  \
	static void test_##name_(uint64_t index);                \
	static const struct test test_case_##name_               \
	        __attribute__((section("test_cases"), used)) = { \
		        .name = #name_,                          \
		        .run = test_##name_,                     \
		        .label = (label_),                       \
		        .count = (count_),                       \
		        .cpus = (needs),                         \
	        };                                               \
	static void test_##name_(uint64_t index __attribute__((unused)))
#define TEST(name_) TEST_CASE(name_, NULL, 1, 1)
/** A test that several CPUs are needed for. */
#define TEST_ON(name_, needs) TEST_CASE(name_, NULL, 1, needs)
/** A test for each index below `count_` that `label_` has a name for. */
#define TEST_EACH(name_, count_, label_) TEST_CASE(name_, label_, count_, 1)

extern const struct test test_cases_first[], test_cases_end[];

/** What a test reports to the judge by. */
enum { JUDGE_PASSED = 1, JUDGE_FAILED = 2 };

/** Run all registered tests, each in a PD of its own; prints the results; the number that failed.
 */
uint32_t judge_run(void);

void *memcpy(void *to, const void *from, size_t size);
void *memset(void *at, int value, size_t size);
int memcmp(const void *a, const void *b, size_t size);
size_t strlen(const char *text);

#endif
