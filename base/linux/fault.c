/* SPDX-License-Identifier: BSD-2-Clause */
/* Faults: core tells what resolves them, or ends the component. */

#include "image.h"
#include <osier/string.h>

enum {
	SA_SIGINFO = 4,
	SA_ONSTACK = 0x08000000,
	SA_RESTORER = 0x04000000,
	SA_RESTART = 0x10000000,
	SA_NODEFER = 0x40000000,
};

enum { AT_HWCAP2 = 26, HWCAP2_FSGSBASE = 2, PAGE_FAULT = 14 };

static bool fsgsbase; /* Linux lets programs use the instructions */

/* struct siginfo and struct ucontext of Linux on x86_64, as far as needed. */
struct fault_info {
	int signal, error, code, padding;
	uint64_t address;
};

struct fault_context {
	uint64_t flags;
	void *link;
	uint8_t stack[24];
	uint64_t registers[OS_LINUX_FRAME_WORDS];
};

/* FS is the program's, and no part of the context: core reads and changes it in the UTCB. */
static uint64_t fs_base(void)
{
	uint64_t base = 0;

	if (fsgsbase)
		__asm__ volatile("rdfsbase %0" : "=r"(base));
	else
		SYSCALL_2(NR_arch_prctl, ARCH_GET_FS, &base);
	return base;
}

/*
 * The memory of a served channel has gone with its client, or that of the trace with who traced us:
 * go on with a page that leads nowhere.
 */
static bool page_replace(uint64_t address)
{
	uint64_t start = info->base + OS_LINUX_SERVER_OFFSET;
	uint64_t page = address & ~(OS_PAGE_SIZE - 1);

	if (address >= start && address < start + OS_LINUX_CHANNELS_MAX * OS_LINUX_PAGE)
		server_channel_lost((uint32_t)((page - start) / OS_LINUX_PAGE));
	else if (!trace_lost(address))
		return false;
	return map_call(OS_LINUX_MAP_SCRATCH, 0, page, OS_LINUX_PAGE, PROT_READ | PROT_WRITE, 0) ==
	       (long)page;
}

/*
 * Core permits the one mapping that resolves a fault, and tells it if it is asked for another. Most
 * faults go on where the last one was: in the same memory, or in a piece of memory of its own.
 */
static void resolve(struct thread *self, uint64_t address)
{
	struct os_linux_utcb *utcb = self->utcb;
	const uint64_t page = address & ~(uint64_t)(OS_LINUX_PAGE - 1);
	uint64_t offset = self->fix_offset;

	if (!self->fix_size) { /* nothing to go on from; but core wants a proper request */
		self->fix_size = OS_LINUX_PAGE;
		self->fix_prot = PROT_READ;
	}
	if (offset)
		offset += page - self->fix_address;
	self->fix_address = page;
	self->fix_offset = offset;
	while (map_call(OS_LINUX_MAP_FIX, 0, self->fix_address, self->fix_size, self->fix_prot,
	                self->fix_offset) == OS_LINUX_OTHER) {
		self->fix_address = utcb->fix_address;
		self->fix_size = utcb->fix_size;
		self->fix_offset = utcb->fix_offset;
		self->fix_prot = utcb->fix_prot;
	}
}

static void handle_fault(int signal, struct fault_info *fault, struct fault_context *context)
{
	struct thread *self = thread_self();
	struct os_linux_utcb *utcb = self->utcb;
	uint64_t fs;

	if (signal == SIGBUS && (page_replace(fault->address) || fast_again(fault->address)))
		return;
	utcb->fault_signal = (uint32_t)signal;
	utcb->fault_address = fault->address;
	utcb->fault_error = context->registers[OS_LINUX_FRAME_ERROR];
	utcb->fault_vector = context->registers[OS_LINUX_FRAME_VECTOR];
	utcb->fault_fs = fs = fs_base();
	utcb->signal_frame = (uintptr_t)context->registers;
	if (utcb->fault_vector == PAGE_FAULT)
		resolve(self, fault->address);
	else
		core_call(OS_LINUX_FAULT, 0, 0);
	if (utcb->fault_fs != fs)
		SYSCALL_2(NR_arch_prctl, ARCH_SET_FS, utcb->fault_fs);
}

/* Core wants this thread to end, wherever it is. */
static void handle_end(int signal, struct fault_info *fault, struct fault_context *context)
{
	(void)signal;
	(void)fault;
	(void)context;
	SYSCALL_1(NR_exit, 0);
}

static void handle_cancel(int signal, struct fault_info *fault, struct fault_context *context)
{
	(void)signal;
	(void)fault;
	context->registers[OS_LINUX_FRAME_IP] = cancel_move(context->registers[OS_LINUX_FRAME_IP]);
}

HIDDEN void signal_return(void);
__asm__(".text\n.globl signal_return\n.hidden signal_return\n"
        "signal_return:\n	mov $15, %eax\n	syscall\n");

#define IGNORE ((void (*)(int, struct fault_info *, struct fault_context *))1)

/*
 * A fault may come while another signal is handled. A cancel waits: it stays set, and frames of a
 * thread that is cancelled again and again would fill the signal stack (3.6 KiB each with AVX-512).
 */
static void handle(int number, void (*handler)(int, struct fault_info *, struct fault_context *),
                   uint64_t flags)
{
	const uint64_t mask = UINT64_C(1) << (OS_LINUX_SIGNAL_CANCEL - 1);
	struct {
		void (*handler)(int, struct fault_info *, struct fault_context *);
		uint64_t flags;
		void (*restorer)(void);
		uint64_t mask;
	} action = { handler, SA_SIGINFO | SA_ONSTACK | SA_RESTORER | SA_NODEFER | flags,
		     signal_return, mask };

	SYSCALL_4(NR_rt_sigaction, number, &action, 0, 8);
}

/* A value that Linux tells a program at its start: behind arguments and environment. */
static uint64_t auxiliary(const long *stack, long what)
{
	const long *at = stack + 1 + stack[0] + 1;

	while (*at++)
		continue;
	while (*at && *at != what)
		at += 2;
	return *at ? (uint64_t)at[1] : 0;
}

void fault_init(const long *stack)
{
	static const int faults[] = { SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP };

	fsgsbase = auxiliary(stack, AT_HWCAP2) & HWCAP2_FSGSBASE;
	for (size_t i = 0; i < OS_ARRAY_SIZE(faults); i++)
		handle(faults[i], handle_fault, 0);
	handle(OS_LINUX_SIGNAL_END, handle_end, 0);
	/* all other system calls just begin again */
	handle(OS_LINUX_SIGNAL_CANCEL, handle_cancel, SA_RESTART);
	/* errors of a system call are results, not the end */
	handle(SIGPIPE, IGNORE, 0);
	handle(SIGXFSZ, IGNORE, 0);
}
