/* SPDX-License-Identifier: BSD-2-Clause */
/* clone and exec of a static program in the sandbox of a component, until its first line. */

#include <fcntl.h>
#include <grp.h>
#include <linux/filter.h>
#include <linux/landlock.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "baseline.h"

/*
 * The same steps as in core/linux/spawn.c: namespaces, session, landlock, limits, a filter with a
 * listener, an own table of descriptors, execveat. The argument names the program.
 */

enum { STARTS = 60, STACK = 16384, UNPRIVILEGED = 0x6f730001, FILLER = 40 };

#ifndef SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV
#define SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV (1UL << 5)
#endif

static int program, input[2], output[2], ruleset;
static volatile int listener;
static char stack[STACK] __attribute__((aligned(16)));

static void limit(int resource, rlim_t value)
{
	const struct rlimit both = { value, value };

	setrlimit((__rlimit_resource_t)resource, &both);
}

/* As long as the filter that core installs; it lets everything pass. */
static long filter_install(void)
{
	static struct sock_filter code[FILLER + 2];
	const struct sock_fprog fprog = { FILLER + 2, code };

	code[0] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
	                                       offsetof(struct seccomp_data, nr));
	for (int i = 1; i <= FILLER; i++)
		code[i] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K,
		                                       0x10000u + (unsigned)i, 0, 0);
	code[FILLER + 1] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
	return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER,
	               SECCOMP_FILTER_FLAG_NEW_LISTENER | SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV,
	               &fprog);
}

static int child(void *argument)
{
	char *const arguments[] = { "up", NULL }, *const environment[] = { NULL };

	(void)argument;
	setsid();
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (ruleset >= 0)
		syscall(SYS_landlock_restrict_self, ruleset, 0);
	limit(RLIMIT_FSIZE, 0);
	limit(RLIMIT_DATA, 4 << 20);
	limit(RLIMIT_STACK, 256 << 10);
	limit(RLIMIT_CORE, 0);
	limit(RLIMIT_MEMLOCK, 0);
	limit(RLIMIT_NOFILE, 8192);
	listener = (int)filter_install();
	if (listener >= 0 && close_range(5, ~0u, CLOSE_RANGE_UNSHARE) == 0)
		syscall(SYS_execveat, 4, "", arguments, environment, AT_EMPTY_PATH);
	_exit(127);
}

/* Microseconds from clone to the line. */
static double start_once(int flags)
{
	const double start = now_us();
	char line[8];
	pid_t pid;
	double end;

	pid = clone(child, stack + STACK, CLONE_VM | CLONE_VFORK | CLONE_FILES | SIGCHLD | flags,
	            NULL);
	check(pid > 0, "clone");
	check(listener >= 0, "seccomp");
	check(waitpid(pid, NULL, WNOHANG) == 0, "execveat");
	check(read(output[0], line, sizeof(line)) > 0, "read");
	end = now_us();
	return end - start; /* it stays, as components do: none pays for the end of another */
}

static void unprivileged(void)
{
	if (getuid() != 0)
		return;
	check(setgroups(0, NULL) == 0 && setresgid(UNPRIVILEGED, UNPRIVILEGED, UNPRIVILEGED) == 0 &&
	              setresuid(UNPRIVILEGED, UNPRIVILEGED, UNPRIVILEGED) == 0,
	      "setresuid");
}

/* As core does: what is executed lies in memory, which landlock has no say in. */
static int program_load(const char *path)
{
	const int from = open(path, O_RDONLY | O_CLOEXEC);
	const int to = memfd_create("up", MFD_CLOEXEC);
	char buffer[4096];
	ssize_t got;

	check(from >= 0 && to >= 0, path);
	while ((got = read(from, buffer, sizeof(buffer))) > 0)
		check(write(to, buffer, (size_t)got) == got, "write");
	close(from);
	return to;
}

static void prepare(const char *path)
{
	const struct landlock_ruleset_attr rights = { .handled_access_fs = 0x1fff };

	program = program_load(path);
	check(pipe(input) == 0 && pipe(output) == 0, "pipe");
	ruleset = (int)syscall(SYS_landlock_create_ruleset, &rights, sizeof(rights), 0);
	unprivileged();
	check(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0, "no_new_privs");
	/* our own descriptors are kept above those that the program starts with */
	for (int fd = 0; fd < 2; fd++) {
		input[fd] = fcntl(input[fd], F_DUPFD_CLOEXEC, 20);
		output[fd] = fcntl(output[fd], F_DUPFD_CLOEXEC, 20);
	}
	ruleset = fcntl(ruleset, F_DUPFD_CLOEXEC, 20);
	check(dup2(program, 4) == 4 && fcntl(4, F_SETFD, FD_CLOEXEC) == 0, "dup2");
}

int main(int argc, char **argv)
{
	int flags = CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWIPC | CLONE_NEWUTS;
	double taken[STARTS];
	int result;

	check(argc == 2, "usage: sandbox_start PROGRAM");
	prepare(argv[1]);
	result = fcntl(1, F_DUPFD_CLOEXEC, 20);
	check(dup2(input[0], 0) == 0 && dup2(output[1], 1) == 1, "dup2");
	for (int i = 0; i < WARMUP; i++)
		start_once(flags);
	for (int i = 0; i < STARTS; i++)
		taken[i] = start_once(flags);
	dprintf(result, "us %.4f\n", median(taken, STARTS));
	return 0;
}
