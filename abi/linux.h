/* SPDX-License-Identifier: BSD-2-Clause */
/* What core and the platform image agree on, on Linux: shared pages, channels, calls to core. */

#ifndef ABI_LINUX_H
#define ABI_LINUX_H

/*
 * Three kinds of shared memory, each between two parties that need not trust each other:
 *
 *   control area   core <-> PD       one memfd per PD: info page, tables that core writes, UTCBs
 *   channel        client <-> server one page per client thread and server entrypoint
 *   dataspaces     whoever holds the capability
 *
 * Core is called by a system call that does not exist (OS_LINUX_CALL_NR), which the PD's seccomp
 * filter turns into a notification: the listener names the PD, arguments travel in registers,
 * larger things in the caller's UTCB page. mmap and munmap outside of the fast window notify core
 * as well, which decides, puts the right file behind the thread's mapping descriptor, and lets it
 * continue.
 *
 * A call from client to server does not involve core: the client writes its request into the
 * channel page, rings the entrypoint's doorbell pipe if the entrypoint sleeps, and waits for the
 * reply's sequence number. The request names a "right": an index into a table that core writes and
 * only the server sees, which tells the badge and which PD may use it. Capabilities are handed over
 * by core beforehand (OS_LINUX_CAPS_SEND), into the receiver's table. Then core may ring as well,
 * so that the server can begin before the client runs again.
 */

#include <abi/msg.h>
#include <abi/platform.h>

enum {
	OS_LINUX_CALL_NR = 0x4f5310,
	OS_LINUX_PAGE = 4096,
	OS_LINUX_MAP_LOADING = 0x800, /* mmap flag (MAP_DENYWRITE) of mappings made while loading */
	OS_LINUX_SIGNAL_END = 34,     /* sent by core to a thread that is to end */
	OS_LINUX_SIGNAL_CANCEL = 10,  /* … whose `cancel` core has set: see base/linux/cancel.c */
};

/*
 * Descriptors of a PD. From OS_LINUX_FD_MAP on, core gives each its fixed number, so that none ever
 * takes the place of another: that of entry n of its kind is n * OS_LINUX_FD_KINDS further on.
 */
enum {
	OS_LINUX_FD_CONTROL = 0,  /* closed before the component runs */
	OS_LINUX_FD_IMAGE = 1,    /* closed likewise: data, bss and stack */
	OS_LINUX_FD_BINARY = 2,   /* closed likewise */
	OS_LINUX_FD_DOORBELL = 3, /* of the main entrypoint: read end */
	OS_LINUX_FD_HOST = 5,     /* of a host component: what core passes on to it */
	OS_LINUX_FD_SCREEN = 6,   /* likewise: memory for pixels, to be written */
	OS_LINUX_FD_KINDS = 4,
	OS_LINUX_FD_MAP = 8, /* of each thread: where core puts what is to be mapped */
	OS_LINUX_FD_FIX = 9, /* of each thread: what resolves a fault; core permits each mapping */
	OS_LINUX_FD_CALL = 10,  /* of each channel called through: the doorbell's write end */
	OS_LINUX_FD_SERVE = 11, /* of each further entrypoint: the doorbell's read end */
};

/* ------------------------------------------------------------------ address space of a PD */

/* Offsets from the PD's random base; each area is apart from the next. */
#define OS_LINUX_CONTROL_OFFSET 0x0ul
#define OS_LINUX_CONTROL_SIZE   0x1000000ul /* 16 MiB */
#define OS_LINUX_FAST_OFFSET    0x2000000ul
#define OS_LINUX_FAST_SIZE      0x200000ul  /* 2 MiB: mapped without asking core */
#define OS_LINUX_CLIENT_OFFSET  0x4000000ul /* channels that the PD calls through */
#define OS_LINUX_TRACE_OFFSET   0x6000000ul /* where its trace goes, if there is one */
#define OS_LINUX_SERVER_OFFSET  0x8000000ul /* channels that the PD serves */
#define OS_LINUX_CHANNELS_MAX   4096ul      /* of either kind */
#define OS_LINUX_IMAGE_OFFSET   0x10000000ul
#define OS_LINUX_IMAGE_SIZE     0x20000000ul
#define OS_LINUX_ATTACH_OFFSET  0x40000000ul
#define OS_LINUX_SPACE_SIZE     0x10000000000ul /* 1 TiB */

/* ------------------------------------------------------------------ control area */

struct os_linux_segment {
	uint64_t address, size, offset;
	uint32_t fd, prot;
};

struct os_linux_filter_insn {
	uint16_t code;
	uint8_t jt, jf;
	uint32_t k;
};

enum {
	OS_LINUX_CAPS_PER_PAGE = 128,
	OS_LINUX_RIGHTS_PER_PAGE = 256,
	OS_LINUX_RECORDS_PER_PAGE = 64,
	OS_LINUX_CAP_PAGES = 512,
	OS_LINUX_RIGHT_PAGES = 256,
	OS_LINUX_RECORD_PAGES = 64,
	OS_LINUX_SEGMENTS_MAX = 12,
	OS_LINUX_FILTER_MAX = 96,
	/*
	 * Dropping a capability waits for the next call to core, which takes up to so many along,
	 * or until the entrypoint sleeps.
	 */
	OS_LINUX_DROPS_MAX = 32,
	OS_LINUX_THREAD_PAGES = 6, /* UTCB, the thread's own page, four pages of signal stack */
};

/* Page 0 of the control area. Core writes it; what the PD writes there harms itself alone. */
struct os_linux_info {
	uint64_t base; /* of the PD's address space */
	uint64_t entry, load_base, stack_top;
	uint8_t entropy[OS_ENTROPY_SIZE];
	uint32_t main_thread_page; /* page index of the main thread's UTCB */
	uint32_t segment_count, filter_count;
	uint32_t halt; /* 1: ask core to stop the process before the component is entered */
	uint32_t attach_hint_pages; /* size of the gap at attach_hint; 0: unlimited */
	uint64_t attach_hint;       /* where the next attachment may go */
	uint64_t attach_top;        /* behind the last attachment: always free for a while */
	struct os_linux_segment segments[OS_LINUX_SEGMENTS_MAX];
	/* page indices of the tables' chunks; 0: not there yet */
	uint16_t cap_pages[OS_LINUX_CAP_PAGES];
	uint16_t right_pages[OS_LINUX_RIGHT_PAGES];
	uint16_t record_pages[OS_LINUX_RECORD_PAGES]; /* channels served */
	uint16_t client_pages[OS_LINUX_RECORD_PAGES]; /* channels called through */
	struct os_linux_filter_insn filter[OS_LINUX_FILTER_MAX];
};

_Static_assert(sizeof(struct os_linux_info) <= OS_LINUX_PAGE, "the info page is one page");

enum os_linux_cap_kind {
	OS_LINUX_CAP_NONE,
	OS_LINUX_CAP_CORE,   /* served by core */
	OS_LINUX_CAP_RPC,    /* served by the entrypoint `ep_key` */
	OS_LINUX_CAP_SIGNAL, /* context at the entrypoint `ep_key` */
	OS_LINUX_CAP_DEAD,
};

/* One slot of the PD's capability table. */
struct os_linux_cap {
	uint32_t kind;
	uint32_t type;   /* interface type */
	uint32_t ep_key; /* names the entrypoint, the same for all who hold capabilities to it */
	uint32_t right;  /* what a request tells the server */
	uint32_t own;    /* 1: an object of this PD, with … */
	uint32_t own_ep, own_badge;
	uint32_t object; /* names the object: its number's lower half */
};

/*
 * One right of a client at this PD's entrypoints. It is named by its index in the lower 16 bits,
 * and by a generation above, so that what was sent under an earlier right with the index is told
 * apart.
 */
struct os_linux_right {
	uint32_t pd_tag; /* of the client; 0: free */
	uint32_t badge;
	uint32_t name;
	uint16_t kind; /* OS_LINUX_CAP_RPC or SIGNAL */
	uint16_t ep;
};

enum { OS_LINUX_RIGHT_INDEX = 0xffff };

/*
 * What a PD is told about one of its channels, as the server or as the client. Capabilities that
 * come with a message are taken by exchanging caps_word for 0: core takes back what nobody
 * took.
 */
struct os_linux_record {
	uint32_t pd_tag;    /* of the client; 0: none */
	uint32_t ep;        /* at which of the PD's entrypoints */
	uint64_t caps_word; /* os_linux_caps_word() of the capabilities below; 0: none */
	uint32_t caps[OS_MSG_CAPS_MAX]; /* slots in this PD's table */
	uint32_t reserved[4];
};

/* Message, number of capabilities, and a generation, so that no two deliveries look the same. */
static inline uint64_t os_linux_caps_word(uint64_t sequence, uint64_t count, uint64_t generation)
{
	return sequence + count * (UINT64_C(1) << 32) + generation * (UINT64_C(1) << 40);
}

_Static_assert(sizeof(struct os_linux_cap) * OS_LINUX_CAPS_PER_PAGE == OS_LINUX_PAGE, "page");
_Static_assert(sizeof(struct os_linux_right) * OS_LINUX_RIGHTS_PER_PAGE == OS_LINUX_PAGE, "page");
_Static_assert(sizeof(struct os_linux_record) * OS_LINUX_RECORDS_PER_PAGE == OS_LINUX_PAGE, "page");

/* What a thread asks of core beside registers, and what core answers: its UTCB page. */
struct os_linux_utcb {
	struct os_msg msg;
	/* request that goes with an mmap */
	uint32_t map_kind;  /* enum os_linux_map */
	uint32_t map_index; /* slot or channel */
	/* capabilities to be dropped before the call is served: see OS_LINUX_DROPS_MAX */
	uint32_t drop_count;
	struct os_linux_drop {
		uint32_t slot, count;
	} drops[OS_LINUX_DROPS_MAX];
	/* answers */
	uint32_t answer_fd;    /* doorbell of the opened channel or the new entrypoint */
	uint32_t answer_index; /* the channel's number at the server; the new entrypoint */
	uint32_t fd_slot;      /* the dataspace behind the thread's mapping descriptor, or 0 */
	uint64_t fd_size;      /* its size in bytes */
	uint32_t event_kind;   /* enum os_linux_event */
	uint32_t event_index, event_badge;
	uint64_t event_count;
	/* a fault: what happened, and where; fix_prot: see below */
	uint32_t fault_signal, fix_prot;
	uint64_t fault_address, fault_error;
	uint64_t fault_vector; /* of the CPU's exception */
	uint64_t fault_fs;     /* base of FS; what core writes here is loaded */
	/*
	 * Where on the signal stack the registers lie that a handler returns to: the address of
	 * uc_mcontext in the outermost frame. That is the same for each signal, so that it holds
	 * whenever the thread is on that stack.
	 */
	uint64_t signal_frame;
	uint32_t cancel, reserved; /* set by core, taken by what is cancelled by it */
	/* after OS_LINUX_OTHER: the mapping that resolves the fault */
	uint64_t fix_address, fix_size, fix_offset;
	struct os_trace_place trace;
};

_Static_assert(sizeof(struct os_linux_utcb) <= OS_LINUX_PAGE, "a UTCB is one page");

enum os_linux_map {
	OS_LINUX_MAP_DATASPACE = 1, /* map_index: slot */
	OS_LINUX_MAP_CHANNEL,       /* map_index: slot of an object at the server to be called */
	OS_LINUX_MAP_ACCEPT,        /* map_index: channel that is to be served */
	OS_LINUX_MAP_SCRATCH,       /* in place of a channel page that is gone */
	OS_LINUX_MAP_FIX,           /* a page fault, as the UTCB tells, that this might resolve */
	OS_LINUX_MAP_TRACE,         /* the window for the trace, as OS_LINUX_TRACE answered */
};

enum os_linux_event {
	OS_LINUX_EVENT_NONE,
	OS_LINUX_EVENT_CLOSED, /* channel event_index: its client is gone */
	OS_LINUX_EVENT_SIGNAL, /* event_badge, event_count: from core, or by way of it */
};

/*
 * Results: an os_err; for THREAD_PREPARE OS_LINUX_ANSWER + a page index; for EP_EVENT
 * OS_LINUX_ANSWER
 * + 1 if more events wait. An mmap that was not let through gets the os_err, or OS_LINUX_ATTACHED
 * where the memory appears by faults; for a fault OS_LINUX_OTHER if another mapping resolves it.
 */
enum { OS_LINUX_ANSWER = 0x10000, OS_LINUX_ATTACHED = 0x20000, OS_LINUX_OTHER = 0x20001 };

/* Of uc_mcontext: r8 … r15 rdi rsi rbp rbx rdx rax rcx rsp rip rflags, segments, error, vector. */
enum {
	OS_LINUX_FRAME_WORDS = 23,
	OS_LINUX_FRAME_IP = 16,
	OS_LINUX_FRAME_ERROR = 19,
	OS_LINUX_FRAME_VECTOR = 20,
};

/* Calls to core: rdi the operation, rsi the page index of the UTCB, then rdx, r10, r8. */
enum os_linux_call {
	OS_LINUX_CALL = 1, /* slot: RPC to one of core's objects, message in the UTCB */
	OS_LINUX_NOTHING,  /* but what goes along: drops */
	OS_LINUX_CAP_DROP, /* slot */
	OS_LINUX_CAP_DUP,  /* slot */
	/*
	 * slot of the callee, sequence; capabilities in the UTCB's message. With OS_LINUX_CAPS_RING
	 * the rest of the request stands in the channel page already, all but its sequence, which
	 * the client writes when it goes on.
	 */
	OS_LINUX_CAPS_SEND,
	OS_LINUX_CAPS_REPLY,      /* channel, sequence; likewise */
	OS_LINUX_CHANNEL_CLOSE,   /* client side: channel's number, entrypoint's key */
	OS_LINUX_CHANNEL_RELEASE, /* server side: channel */
	OS_LINUX_EP_CREATE,       /* caps_max */
	OS_LINUX_EP_DESTROY,      /* ep */
	OS_LINUX_EP_EVENT,        /* ep: the next event in the UTCB */
	OS_LINUX_SIGNAL,          /* slot, count: by way of core */
	OS_LINUX_DATASPACE_FD,    /* slot, writeable: behind the thread's mapping descriptor */
	OS_LINUX_THREAD_PREPARE,  /* slot: answers the page index of the new thread's UTCB */
	OS_LINUX_THREAD_RUNNING,  /* first call of a new thread */
	OS_LINUX_THREAD_EXIT,     /* last call of a thread */
	OS_LINUX_FAULT,           /* an exception: details in the UTCB. Answered to go on */
	OS_LINUX_HALT,            /* loaded, and to be stopped for a debugger */
	OS_LINUX_PANIC,           /* text in the message's payload */
	OS_LINUX_DEBUG,           /* likewise */
	OS_LINUX_TRACE,           /* answers the place of the thread's ring */
};

/* With the sequence: ring the entrypoint's doorbell when the capabilities are there. */
#define OS_LINUX_CAPS_RING (UINT64_C(1) << 32)

/* ------------------------------------------------------------------ channels */

enum { OS_LINUX_SIGNAL_SLOTS = 64 };

/*
 * One page. Each cache line has one writer, so that a round trip between two CPUs moves two lines.
 * `cpu` is where the writer ran when it wrote, + 1; 0: it has not written yet.
 * Sequence numbers: the client counts `request.sequence` up, the server answers by copying it to
 * `reply.sequence`. Both run from 1 and skip the special values.
 */
struct os_linux_channel {
	/* written by the client */
	_Alignas(64) struct {
		uint32_t sequence;
		uint32_t right;
		uint16_t op, length;
		uint8_t cap_count, cpu;
		uint16_t sleeping;        /* the client waits by futex on reply.sequence */
		uint32_t signal_sequence; /* counts changes of `signals` */
		uint16_t flow, reserved;
		uint8_t payload[OS_MSG_PAYLOAD_MAX];
	} request;
	/* written by the server; by core when the server is gone (OS_LINUX_REPLY_GONE) */
	_Alignas(64) struct {
		uint32_t sequence; /* futex word, shared by these two PDs alone */
		uint16_t op, length;
		uint8_t cap_count, cpu;
		uint16_t awake; /* the server looks at this channel before it sleeps: no need to
		                   ring */
		uint8_t payload[OS_MSG_PAYLOAD_MAX];
	} reply;
	/*
	 * Signals that wait: a right in the upper half, a count in the lower; 0 is free. The client
	 * adds, the server takes by exchanging for 0. So does core when the client or its right
	 * ends, and delivers what it has found there itself.
	 */
	_Alignas(64) uint64_t signals[OS_LINUX_SIGNAL_SLOTS];
};

#define OS_LINUX_REPLY_GONE      0xffffffffu
#define OS_LINUX_REPLY_CANCELLED 0xfffffffeu

_Static_assert(sizeof(struct os_linux_channel) <= OS_LINUX_PAGE, "a channel is one page");

#endif
