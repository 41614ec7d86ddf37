/* SPDX-License-Identifier: BSD-2-Clause */
/* The seccomp programs that stand between a component and Linux. */

#include "filter.h"
#include <base/linux/syscall.h>
#include <osier/err.h>

/*
 * Two programs are stacked; Linux takes the stricter verdict. The first is installed before the
 * platform image is executed and owns the listener: it turns calls to core, and mappings outside of
 * the fast window, into notifications, and lets pass what loading needs. The second is installed by
 * the platform image as its last act before the component runs, and is the list of what is allowed.
 *
 *   mmap      loading flag           -> allowed while loading, refused afterwards
 *             inside fast window     -> allowed: MAP_SHARED|MAP_FIXED, never executable
 *             anything else          -> core decides
 *
 * Programs follow linux/filter.h and linux/seccomp.h: data is struct seccomp_data, 64-bit arguments
 * are compared in halves.
 */

enum {
	LD_ABS = 0x20, /* A = data[k] */
	JEQ = 0x15,    /* A == k */
	JGE = 0x35,
	JGT = 0x25,
	JSET = 0x45,
	ADD_X = 0x0c,
	TAX = 0x07,
	AND_K = 0x54,
	RET = 0x06,

	RET_ERRNO = 0x00050000,
	RET_NOTIFY = 0x7fc00000,
	RET_ALLOW = 0x7fff0000,
	RET_KILL = (int)0x80000000,

	ARCH_X86_64 = (int)0xc000003e,
	X32_BIT = 0x40000000,
};

struct program {
	struct os_linux_filter_insn *insns;
	uint32_t count;
};

static void emit(struct program *p, uint16_t code, uint32_t k, uint8_t jt, uint8_t jf)
{
	OS_ASSERT(p->count < OS_LINUX_FILTER_MAX);
	p->insns[p->count++] = (struct os_linux_filter_insn){ code, jt, jf, k };
}

static void load_low(struct program *p, int argument)
{
	emit(p, LD_ABS, 16 + 8 * (uint32_t)argument, 0, 0);
}

static void load_high(struct program *p, int argument)
{
	emit(p, LD_ABS, 16 + 8 * (uint32_t)argument + 4, 0, 0);
}

/* Architecture and table: anything but native x86_64 system calls ends the process. */
static void emit_head(struct program *p)
{
	emit(p, LD_ABS, 4, 0, 0);
	emit(p, JEQ, (uint32_t)ARCH_X86_64, 1, 0);
	emit(p, RET, (uint32_t)RET_KILL, 0, 0);
	emit(p, LD_ABS, 0, 0, 0);
	emit(p, JSET, X32_BIT, 0, 1);
	emit(p, RET, (uint32_t)RET_KILL, 0, 0);
}

/* If the call is `nr`: verdict. The number stays in A. */
static void emit_case(struct program *p, uint32_t nr, uint32_t verdict)
{
	emit(p, JEQ, nr, 0, 1);
	emit(p, RET, verdict, 0, 0);
}

/*
 * Is [argument 0, + argument 1) within the fast window? Falls through if so; returns `verdict` if
 * not. The window lies within one 4 GiB block, so high halves are equal.
 */
static void emit_window(struct program *p, uint64_t fast, uint32_t verdict)
{
	uint32_t low = (uint32_t)fast, high = (uint32_t)(fast >> 32);

	load_high(p, 1);
	emit(p, JEQ, 0, 1, 0);
	emit(p, RET, verdict, 0, 0);
	load_low(p, 1);
	emit(p, JGT, OS_LINUX_FAST_SIZE, 0, 1);
	emit(p, RET, verdict, 0, 0);
	load_high(p, 0);
	emit(p, JEQ, high, 1, 0);
	emit(p, RET, verdict, 0, 0);
	load_low(p, 0);
	emit(p, JGE, low, 1, 0);
	emit(p, RET, verdict, 0, 0);
	emit(p, JGT, low + OS_LINUX_FAST_SIZE, 0, 1);
	emit(p, RET, verdict, 0, 0);
	emit(p, TAX, 0, 0, 0);
	load_low(p, 1);
	emit(p, ADD_X, 0, 0, 0);
	emit(p, JGT, low + OS_LINUX_FAST_SIZE, 0, 1);
	emit(p, RET, verdict, 0, 0);
}

/* If A is a descriptor of the kind OS_LINUX_FD_FIX: verdict. */
static void emit_fix(struct program *p, uint32_t verdict)
{
	emit(p, JGE, OS_LINUX_FD_MAP, 0, 3);
	emit(p, AND_K, OS_LINUX_FD_KINDS - 1, 0, 0);
	emit_case(p, OS_LINUX_FD_FIX % OS_LINUX_FD_KINDS, verdict);
}

/* Code for one system call, skipped if the number in A is another. */
static uint32_t block_begin(struct program *p, uint32_t nr)
{
	emit(p, JEQ, nr, 0, 0);
	return p->count - 1;
}

static void block_end(struct program *p, uint32_t begin)
{
	p->insns[begin].jf = (uint8_t)(p->count - begin - 1);
}

uint32_t filter_loading(struct os_linux_filter_insn *program, uint64_t fast)
{
	struct program p = { program, 0 };
	uint32_t block;

	emit_head(&p);
	emit_case(&p, OS_LINUX_CALL_NR, RET_NOTIFY);
	emit_case(&p, NR_clone, RET_NOTIFY);
	block = block_begin(&p, NR_mmap);
	load_low(&p, 3);
	emit(&p, JSET, OS_LINUX_MAP_LOADING, 0, 1);
	emit(&p, RET, RET_ALLOW, 0, 0);
	load_low(&p, 2);
	emit(&p, JSET, PROT_EXEC, 0, 1);
	emit(&p, RET, RET_NOTIFY, 0, 0);
	load_low(&p, 4);
	emit_fix(&p, RET_NOTIFY);
	emit_window(&p, fast, RET_NOTIFY);
	emit(&p, RET, RET_ALLOW, 0, 0);
	block_end(&p, block);
	block = block_begin(&p, NR_munmap);
	emit_window(&p, fast, RET_NOTIFY);
	emit(&p, RET, RET_ALLOW, 0, 0);
	block_end(&p, block);
	emit(&p, RET, RET_ALLOW, 0, 0);
	return p.count;
}

/* An argument of which only the lower half is looked at below. */
static void emit_high_zero(struct program *p, int argument)
{
	load_high(p, argument);
	emit(p, JEQ, 0, 1, 0);
	emit(p, RET, RET_ERRNO | E_PERM, 0, 0);
}

/* mmap: what the first program lets pass must have just these flags, and never be executable. */
static void emit_mmap(struct program *p)
{
	uint32_t block = block_begin(p, NR_mmap);

	emit_high_zero(p, 2);
	emit_high_zero(p, 3);
	load_low(p, 3);
	emit(p, JEQ, MAP_SHARED | MAP_FIXED, 1, 0);
	emit(p, RET, RET_ERRNO | E_PERM, 0, 0);
	load_low(p, 2);
	emit(p, JEQ, PROT_READ, 3, 0);
	emit(p, JEQ, PROT_READ | PROT_WRITE, 2, 0);
	/* executable: core has been asked by way of the first program */
	emit(p, JEQ, PROT_READ | PROT_EXEC, 1, 0);
	emit(p, RET, RET_ERRNO | E_PERM, 0, 0);
	emit(p, RET, RET_ALLOW, 0, 0);
	block_end(p, block);
}

static void emit_futex(struct program *p, enum host_profile profile)
{
	uint32_t block = block_begin(p, NR_futex);

	load_low(p, 1);
	emit(p, AND_K, ~(uint32_t)FUTEX_PRIVATE, 0, 0);
	emit_case(p, FUTEX_WAIT, RET_ALLOW);
	emit_case(p, FUTEX_WAKE, RET_ALLOW);
	if (profile == HOST_CLOCK)
		emit_case(p, FUTEX_WAIT_BITSET, RET_ALLOW);
	emit(p, RET, RET_ERRNO | E_PERM, 0, 0);
	block_end(p, block);
}

/* If argument 0 is the descriptor that core passes on to host components: allow. */
static void emit_host_allow(struct program *p)
{
	load_low(p, 0);
	emit_case(p, OS_LINUX_FD_HOST, RET_ALLOW);
}

/* A doorbell takes whole entries only, so that nobody can shift what others write. */
static void emit_write(struct program *p, enum host_profile profile)
{
	uint32_t block = block_begin(p, NR_write);

	if (profile == HOST_TERMINAL)
		emit_host_allow(p);
	emit_high_zero(p, 2);
	load_low(p, 2);
	emit(p, JEQ, 4, 0, 1);
	emit(p, RET, RET_ALLOW, 0, 0);
	emit(p, RET, RET_ERRNO | E_PERM, 0, 0);
	block_end(p, block);
}

/* Ask a terminal for its size, and nothing else: there is what types into it, or takes it over. */
static void emit_ioctl(struct program *p)
{
	uint32_t block = block_begin(p, NR_ioctl);

	emit_high_zero(p, 1);
	load_low(p, 1);
	emit(p, JEQ, TIOCGWINSZ, 1, 0);
	emit(p, RET, RET_ERRNO | E_PERM, 0, 0);
	emit_host_allow(p);
	emit(p, RET, RET_ERRNO | E_PERM, 0, 0);
	block_end(p, block);
}

/* A whole message to the other end, to nobody else. */
static void emit_send(struct program *p)
{
	uint32_t block = block_begin(p, NR_sendto);

	emit_high_zero(p, 4);
	load_low(p, 4);
	emit(p, JEQ, 0, 1, 0);
	emit(p, RET, RET_ERRNO | E_PERM, 0, 0);
	emit_host_allow(p);
	emit(p, RET, RET_ERRNO | E_PERM, 0, 0);
	block_end(p, block);
}

/* The memory of pixels: it is sealed, so that nobody can make it grow. */
static void emit_pwrite(struct program *p)
{
	uint32_t block = block_begin(p, NR_pwrite64);

	load_low(p, 0);
	emit_case(p, OS_LINUX_FD_SCREEN, RET_ALLOW);
	emit(p, RET, RET_ERRNO | E_PERM, 0, 0);
	block_end(p, block);
}

/* Files that resolve faults are to be mapped as core permits, and not to be read. */
static void emit_read(struct program *p, uint32_t nr)
{
	uint32_t block = block_begin(p, nr);

	load_low(p, 0);
	emit_fix(p, RET_ERRNO | E_PERM);
	emit(p, RET, RET_ALLOW, 0, 0);
	block_end(p, block);
}

/* FS and GS, to be set and asked for. */
static void emit_arch_prctl(struct program *p)
{
	uint32_t block = block_begin(p, NR_arch_prctl);

	load_low(p, 0);
	emit(p, JGE, ARCH_SET_GS, 0, 2);
	emit(p, JGT, ARCH_GET_GS, 1, 0);
	emit(p, RET, RET_ALLOW, 0, 0);
	emit(p, RET, RET_ERRNO | E_PERM, 0, 0);
	block_end(p, block);
}

uint32_t filter_final(struct os_linux_filter_insn *program, enum host_profile profile)
{
	static const uint32_t allowed[] = {
		OS_LINUX_CALL_NR, NR_munmap, NR_clone,      NR_close,       NR_rt_sigreturn,
		NR_sched_yield,   NR_exit,   NR_exit_group, NR_sigaltstack,
	};
	struct program p = { program, 0 };

	emit_head(&p);
	emit_write(&p, profile);
	emit_read(&p, NR_read);
	emit_read(&p, NR_preadv2);
	emit_futex(&p, profile);
	emit_arch_prctl(&p);
	for (size_t i = 0; i < OS_ARRAY_SIZE(allowed); i++)
		emit_case(&p, allowed[i], RET_ALLOW);
	emit_mmap(&p);
	if (profile == HOST_CLOCK)
		emit_case(&p, NR_clock_gettime, RET_ALLOW);
	if (profile == HOST_TERMINAL)
		emit_ioctl(&p);
	if (profile == HOST_DISPLAY) {
		emit_send(&p);
		emit_pwrite(&p);
	}
	emit(&p, RET, RET_ERRNO | E_PERM, 0, 0);
	return p.count;
}
