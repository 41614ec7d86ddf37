/* SPDX-License-Identifier: BSD-2-Clause */
/* Linux system calls on x86_64, without a libc: what core and the platform image need. */

#ifndef LINUX_SYSCALL_H
#define LINUX_SYSCALL_H

/* Numbers and structures: arch/x86/entry/syscalls/syscall_64.tbl and include/uapi of Linux 6.1. */

#include <stddef.h>
#include <stdint.h>

static inline long syscall6(long nr, long a, long b, long c, long d, long e, long f)
{
	long result;
	register long r10 __asm__("r10") = d;
	register long r8 __asm__("r8") = e;
	register long r9 __asm__("r9") = f;

	__asm__ volatile("syscall"
	                 : "=a"(result)
	                 : "a"(nr), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
	                 : "rcx", "r11", "memory");
	return result;
}

#define SYSCALL_0(nr)             syscall6(nr, 0, 0, 0, 0, 0, 0)
#define SYSCALL_1(nr, a)          syscall6(nr, (long)(a), 0, 0, 0, 0, 0)
#define SYSCALL_2(nr, a, b)       syscall6(nr, (long)(a), (long)(b), 0, 0, 0, 0)
#define SYSCALL_3(nr, a, b, c)    syscall6(nr, (long)(a), (long)(b), (long)(c), 0, 0, 0)
#define SYSCALL_4(nr, a, b, c, d) syscall6(nr, (long)(a), (long)(b), (long)(c), (long)(d), 0, 0)
#define SYSCALL_5(nr, a, b, c, d, e) \
	syscall6(nr, (long)(a), (long)(b), (long)(c), (long)(d), (long)(e), 0)
#define SYSCALL_6(nr, a, b, c, d, e, f) \
	syscall6(nr, (long)(a), (long)(b), (long)(c), (long)(d), (long)(e), (long)(f))

enum {
	NR_read = 0,
	NR_write = 1,
	NR_close = 3,
	NR_fstat = 5,
	NR_poll = 7,
	NR_mmap = 9,
	NR_mprotect = 10,
	NR_munmap = 11,
	NR_rt_sigaction = 13,
	NR_rt_sigreturn = 15,
	NR_ioctl = 16,
	NR_pread64 = 17,
	NR_pwrite64 = 18,
	NR_sched_yield = 24,
	NR_getpid = 39,
	NR_sendto = 44,
	NR_clone = 56,
	NR_exit = 60,
	NR_wait4 = 61,
	NR_kill = 62,
	NR_fcntl = 72,
	NR_ftruncate = 77,
	NR_ptrace = 101,
	NR_getuid = 102,
	NR_getgid = 104,
	NR_getppid = 110,
	NR_setsid = 112,
	NR_setgroups = 116,
	NR_setresuid = 117,
	NR_setresgid = 119,
	NR_sigaltstack = 131,
	NR_setpriority = 141,
	NR_prctl = 157,
	NR_arch_prctl = 158,
	NR_futex = 202,
	NR_clock_gettime = 228,
	NR_exit_group = 231,
	NR_epoll_wait = 232,
	NR_epoll_ctl = 233,
	NR_tgkill = 234,
	NR_waitid = 247,
	NR_openat = 257,
	NR_fallocate = 285,
	NR_copy_file_range = 326,
	NR_epoll_create1 = 291,
	NR_dup3 = 292,
	NR_pipe2 = 293,
	NR_prlimit64 = 302,
	NR_seccomp = 317,
	NR_getrandom = 318,
	NR_memfd_create = 319,
	NR_execveat = 322,
	NR_preadv2 = 327,
	NR_close_range = 436,
	NR_landlock_create_ruleset = 444,
	NR_landlock_restrict_self = 446,
};

enum {
	E_PERM = 1,
	E_NOENT = 2,
	E_SRCH = 3,
	E_INTR = 4,
	E_AGAIN = 11,
};

enum {
	PROT_READ = 1,
	PROT_WRITE = 2,
	PROT_EXEC = 4,
	MAP_SHARED = 1,
	MAP_PRIVATE = 2,
	MAP_FIXED = 0x10,
	MAP_ANONYMOUS = 0x20,
	MAP_NORESERVE = 0x4000,

	O_RDONLY = 0,
	O_WRONLY = 1,
	O_RDWR = 2,
	O_NONBLOCK = 0x800,
	O_DIRECTORY = 0x10000,
	O_CLOEXEC = 0x80000,
	AT_FDCWD = -100,
	AT_EMPTY_PATH = 0x1000,

	F_SETFD = 2,
	F_SETFL = 4,
	F_SETPIPE_SZ = 1031,
	F_ADD_SEALS = 1033,
	F_SEAL_SEAL = 1,
	F_SEAL_SHRINK = 2,
	F_SEAL_GROW = 4,
	F_SEAL_WRITE = 8,
	MFD_CLOEXEC = 1,
	MFD_ALLOW_SEALING = 2,

	RWF_NOWAIT = 8,
	FUTEX_WAIT = 0,
	FUTEX_WAKE = 1,
	FUTEX_WAIT_BITSET = 9,
	FUTEX_PRIVATE = 128,

	CLONE_VM = 0x100,
	CLONE_FS = 0x200,
	CLONE_FILES = 0x400,
	CLONE_SIGHAND = 0x800,
	CLONE_VFORK = 0x4000,
	CLONE_THREAD = 0x10000,
	CLONE_SYSVSEM = 0x40000,
	CLONE_NEWUTS = 0x4000000,
	CLONE_NEWIPC = 0x8000000,
	CLONE_NEWUSER = 0x10000000,
	CLONE_NEWPID = 0x20000000,

	SIGINT = 2,
	SIGILL = 4,
	SIGTRAP = 5,
	SIGBUS = 7,
	SIGFPE = 8,
	SIGKILL = 9,
	SIGSEGV = 11,
	SIGPIPE = 13,
	SIGTERM = 15,
	SIGCHLD = 17,
	SIGSTOP = 19,
	SIGXFSZ = 25,

	PR_SET_PDEATHSIG = 1,
	PR_SET_DUMPABLE = 4,
	PR_SET_NO_NEW_PRIVS = 38,
	ARCH_SET_GS = 0x1001,
	ARCH_SET_FS = 0x1002,
	ARCH_GET_FS = 0x1003,
	ARCH_GET_GS = 0x1004,

	MSG_DONTWAIT = 0x40,
	MSG_NOSIGNAL = 0x4000,

	CLOCK_REALTIME = 0,
	CLOCK_MONOTONIC = 1,

	TIOCGWINSZ = 0x5413,
};

struct timespec {
	int64_t seconds, nanoseconds;
};

/* futex(2): wait while *word is `expected`. `private`: FUTEX_PRIVATE if no other PD sees the word.
 */
static inline long futex_wait(uint32_t *word, uint32_t expected, int private)
{
	return SYSCALL_4(NR_futex, word, FUTEX_WAIT | private, expected, 0);
}

static inline long futex_wake(uint32_t *word, int count, int private)
{
	return SYSCALL_3(NR_futex, word, FUTEX_WAKE | private, count);
}

#endif
