/* SPDX-License-Identifier: BSD-2-Clause */
/* What the kernel and user land agree on, beside the system calls of kernel.calls. */

#ifndef ABI_KERNEL_H
#define ABI_KERNEL_H

#include <abi/err.h>
#include <abi/msg.h>
#include <stdint.h>

enum {
	OS_KERNEL_PAGE = 4096,
	OS_KERNEL_UNIT = 64,          /* bytes: small objects are made of these */
	OS_KERNEL_SLOTS_PAGE = 64,    /* slots in a page given for slots */
	OS_KERNEL_DIRECTORY = 512,    /* pages of slots that one directory page refers to */
	OS_KERNEL_SLOTS_MAX = 524288, /* of a PD: 16 directories */
	OS_KERNEL_GIVE_MAX = 1024,    /* pages that memory_give() takes at a time */
	OS_KERNEL_CHAIN_MAX = 32,     /* calls within calls */
	OS_KERNEL_PRIORITY_LOWEST = 127,
	OS_KERNEL_CPUS_MAX = 64,
	OS_KERNEL_RECORDS_MAX = 4096, /* events of a CPU's ring */
	OS_KERNEL_SLOTS_SPARE = 32,   /* fewer free slots: OS_KERNEL_SLOTS_LOW */
};

/* User land ends here; the page below is never mapped. */
#define OS_KERNEL_USER_END 0x7ffffffff000ul

/*
 * A UTCB is one page, which its thread and the kernel see. It begins with a struct os_msg, of which
 * the kernel reads and writes payload and capabilities (the header word travels in a register, and
 * the word in memory is not looked at); the rest of the page is left alone. Only a receiver at a
 * raw endpoint finds more, from OS_KERNEL_COOKIES on: what cap_lookup() tells as the cookie of each
 * slot in the request, 64 bits each; 0 also for a slot that is none, or dead.
 */
enum { OS_KERNEL_COOKIES = 2048 };

/*
 * The header word: the first eight bytes of a struct os_msg. Its upper 16 bits, `flow`, are passed
 * on as they are.
 */
static inline uint64_t os_kernel_header(uint32_t op, uint32_t length, uint32_t cap_count,
                                        uint32_t cap_move)
{
	return (uint64_t)op | (uint64_t)length << 16 | (uint64_t)cap_count << 32 |
	       (uint64_t)cap_move << 40;
}

/* ------------------------------------------------------------------ capabilities */

/** Kinds of objects, as cap_lookup() tells them. */
enum os_kernel_kind {
	OS_KIND_NONE,
	OS_KIND_GATE,
	OS_KIND_SIGNAL,
	OS_KIND_ENDPOINT,
	OS_KIND_THREAD,
	OS_KIND_PD,
	OS_KIND_SEMAPHORE,
	OS_KIND_MUTEX,
	OS_KIND_INTERRUPT,
	OS_KIND_MACHINE, /* authority over memory, interrupts and ports */
	OS_KIND_REPLY,   /* the right to answer one caller; no object, cannot be copied */
	OS_KIND_COUNT,
};

/* Rights of a capability. Who creates an object has all of them. */
enum {
	OS_RIGHT_USE = 1,     /* call, submit, wait, unblock, lock */
	OS_RIGHT_COPY = 2,    /* pass it on in a message */
	OS_RIGHT_CONTROL = 4, /* set up, grant, destroy */
	OS_RIGHT_ALL = 7,
	OS_GRANT_UNCOUNTED = 8, /* cap_grant(): the slot does not count for pd_limit() */
};

/*
 * Capabilities arrive in free slots of the receiver's table, which its creator has given memory for
 * (pd_give) and allowed the use of (pd_limit). What the receiver holds already arrives in the same
 * slot, held once more, with the rights that it had. When an object is destroyed, the slots that
 * held it are dead: calls give GONE, and they stay in use until they are dropped.
 *
 * A PD takes OS_MSG_CAPS_MAX capabilities with any message, as far as it has slots.
 */

/* Slots that the root PD starts with. */
enum {
	OS_KERNEL_ROOT_PD = 1,
	OS_KERNEL_ROOT_THREAD = 2,
	OS_KERNEL_ROOT_MACHINE = 3,
	OS_KERNEL_ROOT_FREE = 4, /* the first free one */
};

/* ------------------------------------------------------------------ flags */

enum {
	OS_WAIT_REPLY = 1,
	OS_WAIT_ACKNOWLEDGE = 2,
	OS_WAIT_POLL = 4,
	OS_WAIT_SIGNAL = 8,
};

enum {
	OS_EVENT_CALL = 1,
	OS_EVENT_SIGNAL = 2,
	OS_KERNEL_SLOTS_LOW = 256, /* the PD should see that its table grows before it goes on */
};

enum { OS_ENDPOINT_RAW = 1 };
enum { OS_ORDER_FIFO, OS_ORDER_PRIORITY };
enum { OS_GIVE_TABLE, OS_GIVE_SLOTS, OS_GIVE_DIRECTORY, OS_GIVE_PORTS };

/* Attributes of map(): rights, and how memory is cached. Never both writeable and executable. */
enum {
	OS_MAP_READ = 1,
	OS_MAP_WRITE = 2,
	OS_MAP_EXECUTE = 4,
	OS_MAP_CACHED = 0,
	OS_MAP_UNCACHED = 16,
	OS_MAP_COMBINED = 32, /* write-combining */
};

/* Sources of interrupts. */
enum {
	OS_IRQ_NUMBER = 0xffff,
	OS_IRQ_LEVEL = 1 << 16,
	OS_IRQ_LOW = 1 << 17,    /* active low */
	OS_IRQ_LEGACY = 1 << 18, /* the number is one of ISA's 0 to 15: overrides of ACPI apply */
	OS_IRQ_MSI = 1 << 19,
};

enum os_kernel_thread_state {
	OS_THREAD_NEW,
	OS_THREAD_READY,   /* or running */
	OS_THREAD_CALLING, /* until the receiver takes the call */
	OS_THREAD_CALLED,  /* until it is answered */
	OS_THREAD_WAITING, /* at an endpoint */
	OS_THREAD_BLOCKED, /* block(), semaphore or mutex */
	OS_THREAD_FAULTED, /* for its pager */
};

enum os_kernel_counter {
	OS_COUNTER_LOCKS,        /* taken, that CPUs share */
	OS_COUNTER_CR3,          /* writes */
	OS_COUNTER_MSR,          /* writes */
	OS_COUNTER_IPI,          /* sent */
	OS_COUNTER_FPU,          /* states saved */
	OS_COUNTER_SWITCHES,     /* of threads */
	OS_COUNTER_HALTS,        /* of an idle CPU */
	OS_COUNTER_TICKS,        /* of the scheduler's timer */
	OS_COUNTER_SHARED_LINES, /* cache lines written that CPUs share, on the way of calls */
	OS_COUNTER_COUNT,
};

/* ------------------------------------------------------------------ faults */

/*
 * A fault is a call of the faulting thread to its pager: operation OS_KERNEL_OP_FAULT, payload a
 * struct os_kernel_fault (of a foreign system call followed by the registers), badge that of the
 * pager's gate. Any reply lets the thread go on; a reply of sizeof(struct os_kernel_registers)
 * bytes sets its registers first. If the pager waits on without a reply, the thread stays until
 * thread_resume(). A thread without a pager stays as well.
 */
enum { OS_KERNEL_OP_FAULT = 0xff00 };

enum os_kernel_fault_kind {
	OS_FAULT_PAGE,
	OS_FAULT_EXCEPTION,
	OS_FAULT_STEP,
	OS_FAULT_SYSCALL, /* number in rax, as SYSCALL, or int 0x80 (vector 0x80) */
};

struct os_kernel_fault {
	uint32_t kind;
	uint32_t vector;  /* of the CPU's exception */
	uint64_t address; /* PAGE */
	uint64_t error;   /* of the CPU; PAGE: bit 0 present, bit 1 write, bit 4 execute */
	uint64_t ip, sp;
	uint64_t thread; /* cookie of the thread */
};

struct os_kernel_registers {
	uint64_t rax, rbx, rcx, rdx, rsi, rdi, rbp, rsp;
	uint64_t r8, r9, r10, r11, r12, r13, r14, r15;
	uint64_t rip, rflags;
	uint64_t fs_base, gs_base;
};

/* ------------------------------------------------------------------ boot information */

/*
 * The root PD's first thread starts with rdi the address of this record, rsi that of its UTCB. The
 * record is mapped read-only; its arrays follow it.
 */
enum { OS_BOOT_MAGIC = 0x5349534f, OS_BOOT_VERSION = 1, OS_BOOT_NAME_MAX = 64 };

enum os_boot_memory_kind {
	OS_BOOT_MEMORY_FREE = 1, /* RAM for root to use */
	OS_BOOT_MEMORY_MODULE,   /* RAM of boot modules; root's to reuse when it has no need */
	OS_BOOT_MEMORY_KERNEL,   /* used by the kernel, root's own memory included */
	OS_BOOT_MEMORY_ACPI,     /* tables: may be mapped read-only */
	OS_BOOT_MEMORY_RESERVED, /* by the firmware */
	OS_BOOT_MEMORY_DENIED,   /* APICs: never mapped for anybody */
};

struct os_boot_memory {
	uint64_t address, size; /* bytes; FREE ranges are whole pages */
	uint32_t kind, reserved;
};

struct os_boot_module {
	char name[OS_BOOT_NAME_MAX];
	uint64_t address; /* physical, page-aligned */
	uint64_t size;    /* bytes; the rest of its last page is zero */
};

struct os_boot_screen {
	uint64_t address;                           /* physical; 0: none */
	uint32_t width, height, pitch, bits;        /* pixels; bytes per line; bits per pixel */
	uint8_t red_shift, green_shift, blue_shift; /* bits */
	uint8_t text; /* 1: VGA text, width and height in characters */
	uint32_t reserved;
};

struct os_boot_info {
	uint32_t magic, version;
	uint64_t size; /* bytes, arrays included */
	uint32_t cpu_count;
	uint32_t memory_count, memory_offset; /* struct os_boot_memory[], sorted, not overlapping */
	uint32_t module_count, module_offset; /* struct os_boot_module[] */
	uint32_t interrupt_count;             /* global system interrupts 0 … count - 1 */
	uint64_t acpi_rsdp;                   /* physical address; 0: none found */
	uint64_t tsc_khz;                     /* as measured by the kernel, roughly */
	struct os_boot_screen screen;
	uint8_t entropy[32];    /* of the CPU's generator, mixed with boot times */
	uint32_t entropy_bits;  /* how much of it is unpredictable, estimated */
	uint32_t debug;         /* 1: debug build of the kernel */
	uint64_t image_address; /* where root's own segments may be mapped around: end of them */
};

/* ------------------------------------------------------------------ the image */

/*
 * What the image tool appends to the kernel, at the page-aligned physical address that the symbol
 * `image_end` of the kernel stands for: this record, the tables below, then the pages of root and
 * of the modules. `checksum` is that of all bytes after the record (FNV-1a 64 over 64-bit words,
 * little endian, the size being a multiple of 8). Addresses are physical.
 */
#define OS_IMAGE_MAGIC 0x4547414d4952534ful /* "OSRIMAGE" */

struct os_image_segment {
	uint64_t address;    /* virtual, in the root PD; page-aligned */
	uint64_t physical;   /* page-aligned */
	uint64_t size;       /* whole pages, what is zero included */
	uint32_t attributes; /* OS_MAP_* */
	uint32_t reserved;
};

struct os_image {
	uint64_t magic;
	uint32_t version;     /* OS_BOOT_VERSION */
	uint32_t record_size; /* of this struct */
	uint64_t size;        /* bytes of everything, from this record on; whole pages */
	uint64_t checksum;
	uint64_t entry;                         /* of root */
	uint64_t memory_min;                    /* bytes of RAM that the machine must have */
	uint32_t segment_count, segment_offset; /* struct os_image_segment[], from the record on */
	uint32_t module_count, module_offset;   /* struct os_boot_module[] */
	char name[OS_BOOT_NAME_MAX];            /* of the scenario */
};

#endif
