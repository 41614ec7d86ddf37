/* SPDX-License-Identifier: BSD-2-Clause */
/* System calls that reach for files, networks, processes and the kernel: all are to be refused. */

#include "attack.h"
#include <osier/format.h>

/* Numbers of arch/x86/entry/syscalls/syscall_64.tbl, where base/linux/syscall.h has no name. */
struct attempt {
	const char *name;
	long number;
	long args[4];
};

static char path[] = "/etc/passwd";
static char proc_path[] = "/proc/self/fd/8";
static uint64_t buffer[64];

#define PATH   ((long)(uintptr_t)path)
#define BUFFER ((long)(uintptr_t)buffer)

static const struct attempt attempts[] = {
	{ "open", 2, { PATH, O_RDWR } },
	{ "openat", 257, { AT_FDCWD, PATH, O_RDONLY } },
	{ "openat2", 437, { AT_FDCWD, PATH, BUFFER, 24 } },
	{ "creat", 85, { PATH, 0600 } },
	{ "reopen_descriptor", 257, { AT_FDCWD, (long)(uintptr_t)proc_path, O_RDWR } },
	{ "open_by_handle_at", 304, { AT_FDCWD, BUFFER, O_RDONLY } },
	{ "unlink", 87, { PATH } },
	{ "mount", 165, { PATH, PATH, PATH, 0 } },
	{ "chroot", 161, { PATH } },
	{ "ioctl", 16, { 3, 0x541b, BUFFER } },
	{ "fcntl", 72, { 8, 1033, 0 } },
	{ "dup", 32, { 8 } },
	{ "dup3", 292, { 8, 100, 0 } },
	{ "splice", 275, { 8, 0, 3, 0 } },
	{ "tee", 276, { 3, 3, 4096, 0 } },
	{ "vmsplice", 278, { 3, BUFFER, 1, 0 } },
	{ "copy_file_range", 326, { 8, 0, 8, 0 } },
	{ "sendfile", 40, { 3, 8, 0, 4096 } },
	{ "pwrite", 18, { 8, BUFFER, 8, 0 } },
	{ "writev", 20, { 8, BUFFER, 1 } },
	{ "ftruncate", 77, { 8, 0 } },
	{ "fallocate_punch", 285, { 8, 3, 0, 4096 } },
	{ "memfd_create", 319, { PATH, 0 } },
	{ "memfd_secret", 447, { 0 } },
	{ "io_uring_setup", 425, { 8, BUFFER } },
	{ "userfaultfd", 323, { 1 } },
	{ "socket", 41, { 1, 1, 0 } },
	{ "socketpair", 53, { 1, 1, 0, BUFFER } },
	{ "connect", 42, { 3, BUFFER, 16 } },
	{ "sendmsg", 46, { 3, BUFFER, 0 } },
	{ "recvmsg", 47, { 3, BUFFER, 0 } },
	{ "fork", 57, { 0 } },
	{ "vfork", 58, { 0 } },
	{ "clone3", 435, { BUFFER, 88 } },
	{ "execve", 59, { PATH, BUFFER, BUFFER } },
	{ "execveat", 322, { 8, PATH, BUFFER, BUFFER } },
	{ "unshare", 272, { CLONE_NEWUSER } },
	{ "setns", 308, { 8, 0 } },
	{ "ptrace_core", 101, { 16, 1, 0, 0 } },
	{ "ptrace_traceme", 101, { 0, 0, 0, 0 } },
	{ "kill_core", 62, { 1, SIGKILL } },
	{ "kill_everyone", 62, { -1, SIGKILL } },
	{ "kill_group", 62, { 0, SIGKILL } },
	{ "tkill", 200, { 1, SIGKILL } },
	{ "tgkill_neighbour", 234, { 2, 2, SIGKILL } },
	{ "sigqueue", 129, { 1, SIGKILL, BUFFER } },
	{ "pidfd_open", 434, { 1, 0 } },
	{ "pidfd_getfd", 438, { 8, 8, 0 } },
	{ "pidfd_send_signal", 424, { 8, SIGKILL, 0, 0 } },
	{ "process_vm_readv", 310, { 1, BUFFER, 1, BUFFER } },
	{ "process_vm_writev", 311, { 1, BUFFER, 1, BUFFER } },
	{ "process_madvise", 440, { 8, BUFFER, 1, 4 } },
	{ "kcmp", 312, { 1, 2, 0, 0 } },
	{ "prlimit", 302, { 1, 7, BUFFER, BUFFER } },
	{ "setpriority", 141, { 0, 0, -20 } },
	{ "sched_setscheduler", 144, { 0, 1, BUFFER } },
	{ "sched_setaffinity", 203, { 0, 8, BUFFER } },
	{ "setuid", 105, { 0 } },
	{ "setresuid", 117, { 0, 0, 0 } },
	{ "capset", 126, { BUFFER, BUFFER } },
	{ "personality", 135, { 0x40000 } },
	{ "prctl_dumpable", 157, { PR_SET_DUMPABLE, 1 } },
	{ "prctl_pdeathsig", 157, { PR_SET_PDEATHSIG, 0 } },
	{ "prctl_set_mm", 157, { 35, 1, BUFFER } },
	{ "prctl_seccomp", 157, { 22, 0 } },
	{ "seccomp", 317, { 1, 0, BUFFER } },
	{ "modify_ldt", 154, { 1, BUFFER, 16 } },
	{ "bpf", 321, { 0, BUFFER, 120 } },
	{ "perf_event_open", 298, { BUFFER, 0, -1, -1 } },
	{ "keyctl", 250, { 0, -3, 1 } },
	{ "add_key", 248, { PATH, PATH, BUFFER, 8 } },
	{ "rt_sigaction", 13, { SIGSEGV, BUFFER, 0, 8 } },
	{ "rt_sigprocmask", 14, { 0, BUFFER, 0, 8 } },
	{ "rseq", 334, { BUFFER, 32, 0, 0 } },
	{ "set_robust_list", 273, { BUFFER, 24 } },
	{ "membarrier", 324, { 16, 0 } },
	{ "futex_waitv", 449, { BUFFER, 1, 0, 0 } },
	{ "shmget", 29, { 0, 4096, 01600 } },
	{ "mq_open", 240, { PATH, 0102, 0600, 0 } },
	{ "eventfd", 290, { 0, 0 } },
	{ "pipe", 293, { BUFFER, 0 } },
	{ "nanosleep", 35, { BUFFER, 0 } },
	{ "clock_gettime", 228, { 1, BUFFER } },
	{ "arch_prctl_map_vdso", 158, { 0x2003, 0x10000 } },
	{ "arch_prctl_cpuid", 158, { 0x1012, 0 } },
	{ "arch_prctl_xcomp", 158, { 0x1023, 18 } },
	{ "other_number", 0x4f5311, { 0 } },
};

/* What a component may call, whatever comes of it. */
static bool is_permitted(long number)
{
	static const long permitted[] = {
		NR_read,         NR_write, NR_close,       NR_mmap,    NR_munmap,
		NR_rt_sigreturn, NR_clone, NR_sched_yield, NR_exit,    NR_exit_group,
		NR_sigaltstack,  NR_futex, NR_arch_prctl,  NR_preadv2,
	};

	for (size_t i = 0; i < OS_ARRAY_SIZE(permitted); i++)
		if (permitted[i] == number)
			return true;
	return false;
}

/* uretprobe and uprobe: Linux lets them pass by any filter, and ends who calls them out of place.
 */
static bool is_unfiltered(long number)
{
	return number == 335 || number == 336;
}

static enum verdict all_others(void)
{
	for (long number = 0; number < 2048; number++)
		if (!is_permitted(number) && !is_unfiltered(number) && SYSCALL_0(number) != -E_PERM)
			return SUCCEEDED;
	return REFUSED;
}

static const struct {
	const char *name;
	unsigned long flags;
} clones[] = {
	{ "clone_process", SIGCHLD },
	{ "clone_vm", CLONE_VM | SIGCHLD },
	{ "clone_vfork", CLONE_VM | CLONE_VFORK | SIGCHLD },
	{ "clone_files", CLONE_FILES | SIGCHLD },
	{ "clone_parent", 0x8000 },
	{ "clone_untraced", 0x800000 | SIGCHLD },
	{ "clone_new_user", CLONE_NEWUSER | SIGCHLD },
	{ "clone_new_pid", CLONE_NEWPID | SIGCHLD },
	{ "clone_pidfd", 0x1000 | SIGCHLD },
	{ "clone_thread_without_consent",
	  CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | CLONE_SYSVSEM },
	{ "clone_thread_settls", CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD |
	                                 CLONE_SYSVSEM | 0x80000 },
};

static void run_all(struct os_env *env)
{
	for (size_t i = 0; i < OS_ARRAY_SIZE(attempts); i++) {
		const struct attempt *a = &attempts[i];
		long result = SYSCALL_4(a->number, a->args[0], a->args[1], a->args[2], a->args[3]);

		verdict_log(env, a->name, refused_if(result == -E_PERM));
	}
	for (size_t i = 0; i < OS_ARRAY_SIZE(clones); i++)
		verdict_log(env, clones[i].name,
		            refused_if(SYSCALL_2(NR_clone, clones[i].flags, 0) == -E_PERM));
	verdict_log(env, "all_other_calls", all_others());
}

const struct group system_group = { .name = "system", .run_all = run_all };

/* ------------------------------------------------------------------ futexes */

static void futex_run_all(struct os_env *env)
{
	static const char *const names[] = {
		[2] = "futex_fd",
		[3] = "futex_requeue",
		[4] = "futex_cmp_requeue",
		[5] = "futex_wake_op",
		[6] = "futex_lock_pi",
		[7] = "futex_unlock_pi",
		[8] = "futex_trylock_pi",
		[9] = "futex_wait_bitset",
		[10] = "futex_wake_bitset",
		[11] = "futex_wait_requeue_pi",
		[12] = "futex_cmp_requeue_pi",
		[13] = "futex_lock_pi2",
	};
	static uint32_t word, other;
	static const int flags[] = { 0, FUTEX_PRIVATE, 256, 256 | FUTEX_PRIVATE };

	for (long op = 2; op < 14; op++) {
		bool refused = true;

		for (size_t i = 0; i < OS_ARRAY_SIZE(flags); i++)
			refused = refused && SYSCALL_6(NR_futex, &word, op | flags[i], 0, 0, &other,
			                               0) == -E_PERM;
		verdict_log(env, names[op], refused_if(refused));
	}
	verdict_log(env, "futex_realtime_wait",
	            refused_if(SYSCALL_4(NR_futex, &word, FUTEX_WAIT | 256, 1, 0) == -E_PERM));
}

const struct group futex_group = { .name = "futex", .run_all = futex_run_all };

/* ------------------------------------------------------------------ descriptors */

/* None of those that the process started with is left: all there is to read from is the doorbell.
 */
static enum verdict inherited(struct os_env *env)
{
	const long bad_descriptor = -9;
	uint32_t word = 0;

	(void)env;
	for (int fd = 0; fd < OS_LINUX_FD_MAP; fd++)
		if (fd != OS_LINUX_FD_DOORBELL &&
		    SYSCALL_3(NR_read, fd, &word, 4) != bad_descriptor)
			return SUCCEEDED;
	return REFUSED;
}

/* The doorbell is to be read from; and what is written anywhere is whole numbers. */
static enum verdict odd_writes(struct os_env *env)
{
	static const long sizes[] = { 0, 1, 3, 5, 8, 4096, 65536, 0x100000004, -4 };

	(void)env;
	for (int fd = 0; fd < 64; fd++)
		for (size_t i = 0; i < OS_ARRAY_SIZE(sizes); i++)
			if (SYSCALL_3(NR_write, fd, buffer, sizes[i]) >= 0)
				return SUCCEEDED;
	return REFUSED;
}

static enum verdict own_doorbell_write(struct os_env *env)
{
	uint32_t word = 0;

	(void)env;
	return refused_if(SYSCALL_3(NR_write, OS_LINUX_FD_DOORBELL, &word, 4) == -9);
}

/* The memory that was just allocated is behind the thread's descriptor: it is to be mapped only. */
static enum verdict memory_file_write(struct os_env *env)
{
	struct ram_dataspace_cap ds;
	uint32_t word = 0;
	long result;

	if (os_ram_alloc(env, 4096, NULL, &ds))
		return SUCCEEDED;
	result = SYSCALL_3(NR_write, thread_self()->fd, &word, 4);
	os_ram_free(env, &ds);
	return refused_if(result < 0);
}

static const struct attack descriptor_attacks[] = {
	{ "inherited_descriptors", inherited },
	{ "odd_writes", odd_writes },
	{ "own_doorbell_write", own_doorbell_write },
	{ "memory_file_write", memory_file_write },
};

const struct group descriptor_group = { .name = "descriptor",
	                                .attacks = descriptor_attacks,
	                                .count = OS_ARRAY_SIZE(descriptor_attacks) };
