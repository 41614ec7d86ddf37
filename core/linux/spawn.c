/* SPDX-License-Identifier: BSD-2-Clause */
/* How a PD becomes a Linux process, with nothing in it but what core gave. */

#include "linux.h"
#include <osier/string.h>

/*
 *   core                          child (shares memory and descriptors until it executes)
 *   dup3 the four descriptors
 *   clone VM|VFORK|FILES  ----->  own session, landlock, limits, namespaces (by clone)
 *                                 first filter; its listener appears among core's descriptors
 *                                 close_range: an own table, with 0 to 3 left in it (and 5, of
 *                                 a host component with the profile "terminal"; 5 and 6, of
 *                                 one with the profile "display")
 *   listener into epoll   <-----  execveat: the platform image
 *                                 maps what the info page lists, second filter, component's entry
 */

enum {
	FD_PLATFORM = 4, /* executed by the child, closed by that; OS_LINUX_FD_HOST comes next */
	CHILD_STACK = 16384,
	SCREEN_SIZE_MAX = 1 << 28, /* bytes, of OS_LINUX_FD_SCREEN, whose own size is sealed */
	LISTENER = 8 | 32,         /* SECCOMP_FILTER_FLAG_NEW_LISTENER, WAIT_KILLABLE_RECV */
	POLL_HUP = 16,
	F_DUPFD_CLOEXEC = 1030,
	CHILD_OPENS = 2, /* among core's descriptors: its folder of threads, its listener */
	WAIT_ALL = 0x40000000,
	IOCTL_SET_FLAGS = 0x40082104, /* SECCOMP_IOCTL_NOTIF_SET_FLAGS */
	RLIMIT_FSIZE = 1,
	RLIMIT_DATA = 2,
	RLIMIT_STACK = 3,
	RLIMIT_CORE = 4,
	RLIMIT_NOFILE = 7,
	RLIMIT_MEMLOCK = 8,
};

struct child {
	const char *argv[3];
	struct os_linux_filter_insn filter[OS_LINUX_FILTER_MAX];
	uint32_t filter_count;
	bool namespaces;
	int last_fd; /* that the child keeps */
	uint64_t file_size;
	long core_pid;
	volatile long listener, tasks;
	volatile long error;
};

static int ruleset = -1; /* landlock: nothing of the file system, no network */
static uint8_t child_stack[CHILD_STACK] __attribute__((aligned(16)));

/* Start `entry` in a child that shares our memory; returns its pid to the parent alone. */
long clone_child(unsigned long flags, void *stack_top, void (*entry)(void *), void *argument);
__asm__(".text\n"
        ".globl clone_child\n"
        ".hidden clone_child\n"
        "clone_child:\n"
        "	mov %rdx, %r8\n" /* entry */
        "	mov %rcx, %r9\n" /* argument */
        "	xor %edx, %edx\n"
        "	xor %r10d, %r10d\n"
        "	mov $56, %eax\n"
        "	push %r8\n"
        "	push %r9\n"
        "	xor %r8d, %r8d\n"
        "	pop %r9\n"
        "	pop %rcx\n"
        "	mov %rcx, -8(%rsi)\n"
        "	mov %r9, -16(%rsi)\n"
        "	sub $16, %rsi\n"
        "	syscall\n"
        "	test %rax, %rax\n"
        "	jz 1f\n"
        "	ret\n"
        "1:	xor %ebp, %ebp\n"
        "	pop %rdi\n"
        "	pop %rax\n"
        "	call *%rax\n"
        "	hlt\n");

void spawn_init(void)
{
	/* struct landlock_ruleset_attr: all file-system rights of ABI 1, network of ABI 4 */
	uint64_t rights[2] = { 0x1fff, 3 };
	long fd = SYSCALL_3(NR_landlock_create_ruleset, rights, 16, 0);

	if (fd < 0)
		fd = SYSCALL_3(NR_landlock_create_ruleset, rights, 8, 0);
	ruleset = (int)fd;
	SYSCALL_3(NR_dup3, fd_number(options.platform_image->ds->memory.fd), FD_PLATFORM,
	          O_CLOEXEC);
}

static void limit(int resource, uint64_t value)
{
	uint64_t both[2] = { value, value };

	SYSCALL_4(NR_prlimit64, 0, resource, both, 0);
}

static void child_main(void *argument)
{
	struct child *child = argument;
	struct {
		uint16_t count;
		struct os_linux_filter_insn *insns;
	} program = { (uint16_t)child->filter_count, child->filter };
	static const char *const no_environment[1];
	/* SIG_IGN: until the platform image has its own handler, which the flag waits for */
	static const uint64_t ignore[4] = { 1 };

	SYSCALL_4(NR_rt_sigaction, OS_LINUX_SIGNAL_CANCEL, &ignore, 0, 8);
	SYSCALL_0(NR_setsid);
	SYSCALL_2(NR_prctl, PR_SET_PDEATHSIG, SIGKILL);
	/* core may have died before; with a namespace of its own it has taken us along then */
	if (!child->namespaces && SYSCALL_0(NR_getppid) != child->core_pid)
		SYSCALL_1(NR_exit_group, 127);
	/* for core, whose descriptors these are still */
	child->tasks = SYSCALL_4(NR_openat, AT_FDCWD, "/proc/self/task",
	                         O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0);
	if (ruleset >= 0)
		SYSCALL_2(NR_landlock_restrict_self, ruleset, 0);
	limit(RLIMIT_FSIZE, child->file_size);
	limit(RLIMIT_DATA, 1 << 20);
	limit(RLIMIT_STACK, 256 << 10);
	limit(RLIMIT_CORE, 0);
	limit(RLIMIT_MEMLOCK, 0);
	limit(RLIMIT_NOFILE, OS_LINUX_FD_MAP + OS_LINUX_FD_KINDS * (OS_LINUX_CHANNELS_MAX + 1));
	child->listener = SYSCALL_3(NR_seccomp, 1, LISTENER, &program);
	if (child->listener < 0)
		child->error = child->listener;
	else if ((child->error = SYSCALL_3(NR_close_range, child->last_fd + 1, ~0u, 2)) == 0)
		child->error = SYSCALL_5(NR_execveat, FD_PLATFORM, "", child->argv, no_environment,
		                         AT_EMPTY_PATH);
	SYSCALL_1(NR_exit_group, 127);
}

static void hand_over(int fd, int as)
{
	SYSCALL_3(NR_dup3, fd, as, 0);
}

/*
 * Linux lets a table of descriptors grow at once, but waits for all CPUs (an RCU grace period, up
 * to 20 ms) where it is shared with a child: so it grows before.
 */
static void descriptors_ready(void)
{
	long fd[CHILD_OPENS];

	for (size_t i = 0; i < CHILD_OPENS; i++)
		fd[i] = SYSCALL_3(NR_fcntl, FD_PLATFORM, F_DUPFD_CLOEXEC, 0);
	for (size_t i = 0; i < CHILD_OPENS; i++)
		if (fd[i] >= 0)
			SYSCALL_1(NR_close, fd[i]);
}

enum os_err spawn(struct pd *pd, struct entrypoint *main_ep)
{
	unsigned long flags = CLONE_VM | CLONE_VFORK | CLONE_FILES | SIGCHLD;
	static struct child child; /* outlives the child's use of it: core waits for execveat */
	struct platform_pd *p = &pd->platform;
	char base[24];
	long pid;

	child = (struct child){ .argv = { pd->label, base, NULL },
		                .namespaces = !options.no_namespaces,
		                .last_fd = FD_PLATFORM,
		                .core_pid = SYSCALL_0(NR_getpid) };
	os_format(base, sizeof(base), "%lx", (unsigned long)p->base);
	child.filter_count = filter_loading(child.filter, p->base + OS_LINUX_FAST_OFFSET);
	hand_over(fd_number(p->control), OS_LINUX_FD_CONTROL);
	hand_over(fd_number(p->image.fd), OS_LINUX_FD_IMAGE);
	hand_over(fd_number(pd->binary->memory.fd), OS_LINUX_FD_BINARY);
	hand_over(fd_number(main_ep->platform.read_end), OS_LINUX_FD_DOORBELL);
	if (p->profile == HOST_TERMINAL && terminal_fd.plus_one) {
		hand_over(fd_number(terminal_fd), OS_LINUX_FD_HOST);
		child.last_fd = OS_LINUX_FD_HOST;
	}
	if (p->profile == HOST_DISPLAY && display_socket.plus_one && display_memory.plus_one) {
		hand_over(fd_number(display_socket), OS_LINUX_FD_HOST);
		hand_over(fd_number(display_memory), OS_LINUX_FD_SCREEN);
		child.last_fd = OS_LINUX_FD_SCREEN;
		child.file_size = SCREEN_SIZE_MAX;
	}
	if (child.namespaces)
		flags |= CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWIPC | CLONE_NEWUTS;
	descriptors_ready();
	pid = clone_child(flags, child_stack + CHILD_STACK, child_main, &child);
	SYSCALL_1(NR_close, fd_number(main_ep->platform.read_end));
	main_ep->platform.read_end = (struct fd){ 0 };
	if (pid < 0) {
		core_log("cannot create a process for \"%s\": error %ld", pd->label, -pid);
		return OS_ERR_OUT_OF_RAM;
	}
	p->pid = (int)pid;
	p->tasks = fd_of(child.tasks);
	if (child.error) {
		core_log("cannot start \"%s\" in its sandbox: error %ld", pd->label, -child.error);
		if (child.listener >= 0)
			SYSCALL_1(NR_close, child.listener);
		process_kill(pd);
		return OS_ERR_OUT_OF_RAM;
	}
	p->listener = fd_of(child.listener);
	/* Linux 6.6: caller and core hand the CPU to each other; older ones refuse, and are slower
	 */
	SYSCALL_3(NR_ioctl, child.listener, IOCTL_SET_FLAGS, 1);
	loop_add(p->listener, pd);
	return OS_OK;
}

void process_wait(int pid)
{
	int status = 0;

	/* who is traced tells when it stops, too */
	for (;;) {
		const long got = SYSCALL_4(NR_wait4, pid, &status, WAIT_ALL, 0);

		if (got != -E_INTR && (got != pid || (status & 0xff) != 0x7f))
			return;
	}
}

void process_kill(struct pd *pd)
{
	struct platform_pd *p = &pd->platform;

	if (!p->pid)
		return;
	SYSCALL_2(NR_kill, p->pid, SIGKILL);
	tracer_reap(pd);
	/* wait: memory, descriptors and the process are gone when the quota returns */
	process_wait(p->pid);
	p->pid = 0;
	if (p->tasks.plus_one)
		SYSCALL_1(NR_close, fd_number(p->tasks));
	p->tasks = (struct fd){ 0 };
	if (p->listener.plus_one) {
		loop_forget(pd);
		SYSCALL_1(NR_close, fd_number(p->listener));
		p->listener = (struct fd){ 0 };
	}
}

/* True if no thread of the process is left that the listener could hear. */
bool process_gone(struct pd *pd)
{
	struct {
		int fd;
		int16_t events, got;
	} poll = { fd_number(pd->platform.listener), 0, 0 };

	return SYSCALL_3(NR_poll, &poll, 1, 0) == 1 && (poll.got & POLL_HUP);
}

/* The folder of its threads has a link from each, and the two that each folder has. */
uint32_t process_threads(struct pd *pd)
{
	uint64_t stat[18] = { 0 };

	/* not known: no more threads then */
	if (SYSCALL_2(NR_fstat, fd_number(pd->platform.tasks), stat) || stat[2] < 2)
		return UINT32_MAX / 2;
	return (uint32_t)stat[2] - 2;
}

/* ------------------------------------------------------------------ loading a binary */

struct layout {
	struct os_linux_info *info;
	uint64_t load_base, image_used;
	const uint8_t *binary;
	uint8_t *image;
};

static uint64_t page_up(uint64_t value)
{
	return os_align_up(value, OS_PAGE_SIZE);
}

/* Code and constants are mapped from the binary itself; the rest is copied into the PD's image. */
static bool segment_shared(const struct os_elf_segment *seg)
{
	uint64_t skew = seg->address % OS_PAGE_SIZE;

	return !(seg->flags & OS_ELF_WRITE) &&
	       page_up(skew + seg->memory_size) == page_up(skew + seg->file_size);
}

static uint64_t image_size(const struct os_elf *elf)
{
	uint64_t size = PD_STACK_SIZE;

	for (uint32_t i = 0; i < elf->segment_count; i++) {
		const struct os_elf_segment *seg = &elf->segments[i];

		if (!segment_shared(seg))
			size += page_up(seg->address % OS_PAGE_SIZE + seg->memory_size);
	}
	return size;
}

static void segment_add(struct layout *layout, const struct os_elf_segment *seg)
{
	struct os_linux_segment *out = &layout->info->segments[layout->info->segment_count++];
	uint64_t skew = seg->address % OS_PAGE_SIZE;

	out->address = layout->load_base + seg->address - skew;
	out->size = page_up(skew + seg->memory_size);
	out->prot = PROT_READ;
	if (seg->flags & OS_ELF_EXECUTE)
		out->prot |= PROT_EXEC;
	if (seg->flags & OS_ELF_WRITE)
		out->prot |= PROT_WRITE;
	if (segment_shared(seg)) {
		out->fd = OS_LINUX_FD_BINARY;
		out->offset = seg->file_offset - skew;
		return;
	}
	out->fd = OS_LINUX_FD_IMAGE;
	out->offset = layout->image_used;
	memcpy(layout->image + layout->image_used + skew, layout->binary + seg->file_offset,
	       seg->file_size);
	layout->image_used += out->size;
}

static void stack_add(struct layout *layout, uint64_t span, uint32_t random)
{
	struct os_linux_segment *out = &layout->info->segments[layout->info->segment_count++];
	uint64_t gap = (1 + random % 32) * OS_PAGE_SIZE; /* guards below and above */

	out->address = layout->load_base + page_up(span) + gap;
	out->size = PD_STACK_SIZE;
	out->prot = PROT_READ | PROT_WRITE;
	out->fd = OS_LINUX_FD_IMAGE;
	out->offset = layout->image_used;
	layout->info->stack_top = out->address + out->size;
}

static void layout_fill(struct pd *pd, struct layout *layout)
{
	struct os_linux_info *info = layout->info;
	uint32_t random[4] = { 0 };

	SYSCALL_3(NR_getrandom, info->entropy, OS_ENTROPY_SIZE, 0);
	SYSCALL_3(NR_getrandom, random, sizeof(random), 0);
	pd->platform.base =
	        (uint64_t)(0x100 + random[0] % 0x4f00) << 32 | (uint64_t)(random[1] & 0x3ff) << 21;
	layout->load_base = os_align_up(pd->platform.base + OS_LINUX_IMAGE_OFFSET +
	                                        (random[2] & 0xff) * OS_PAGE_SIZE,
	                                os_elf_align(&pd->elf));
	info->base = pd->platform.base;
	info->load_base = pd->platform.load_base = layout->load_base;
	pd->address_space->first = info->base + OS_LINUX_ATTACH_OFFSET;
	pd->address_space->last = info->base + OS_LINUX_SPACE_SIZE - 1;
	info->entry = layout->load_base + os_elf_entry(&pd->elf);
	for (uint32_t i = 0; i < pd->elf.segment_count; i++)
		segment_add(layout, &pd->elf.segments[i]);
	stack_add(layout, os_elf_span(&pd->elf), random[3]);
	info->filter_count = filter_final(info->filter, pd->platform.profile);
	info->attach_hint = info->attach_top = info->base + OS_LINUX_ATTACH_OFFSET;
}

static enum host_profile profile_of(const char *label)
{
	const char *name = os_label_last(label);

	OS_LIST_FOR_EACH (node, &options.hosts) {
		struct host_component *host = OS_LIST_ITEM(node, struct host_component, node);

		if (os_str_equal(host->name, name))
			return host->profile;
	}
	return HOST_NONE;
}

enum os_err platform_pd_load(struct pd *pd)
{
	struct layout layout = { .info = control_info(pd) };
	struct platform_pd *p = &pd->platform;
	uint64_t size = image_size(&pd->elf);
	enum os_err err;

	if (!pd->binary->memory.fd.plus_one || pd->elf.segment_count >= OS_LINUX_SEGMENTS_MAX ||
	    size > OS_LINUX_IMAGE_SIZE)
		return OS_ERR_BINARY;
	for (uint32_t i = 0; i < pd->elf.segment_count; i++)
		if (!segment_shared(&pd->elf.segments[i]) &&
		    (pd->elf.segments[i].flags & OS_ELF_EXECUTE))
			return OS_ERR_BINARY;
	if ((err = account_charge(pd->account, size, 0)))
		return err;
	p->image_charge = size;
	p->profile = profile_of(pd->label);
	layout.binary = platform_memory_map(&pd->binary->memory, pd->binary->size, false);
	if ((err = platform_memory_create(size, &p->image)))
		goto out;
	layout.image = platform_memory_map(&p->image, size, true);
	if (!layout.binary || !layout.image) {
		err = OS_ERR_OUT_OF_RAM;
		goto out;
	}
	layout_fill(pd, &layout);
out:
	if (layout.binary)
		platform_memory_unmap((void *)(uintptr_t)layout.binary, pd->binary->size);
	if (layout.image)
		platform_memory_unmap(layout.image, size);
	if (err) {
		platform_memory_destroy(&p->image);
		account_refund(pd->account, size, 0);
		p->image_charge = 0;
	}
	return err;
}

enum os_err platform_thread_start(struct thread *thread)
{
	struct pd *pd = thread->pd;
	struct entrypoint *ep = pd_ep(pd, OS_EP_MAIN);
	enum os_err err;

	if (!pd->platform.image.fd.plus_one || !ep)
		return OS_ERR_INVALID;
	if (pd->platform.pid || !ep->platform.read_end.plus_one)
		return OS_ERR_EXISTS;
	control_info(pd)->main_thread_page = thread->platform.page;
	control_info(pd)->halt =
	        thread->pauses || (options.halt && os_str_equal(options.halt, pd->label));
	if ((err = spawn(pd, ep)))
		return err;
	thread->platform.tid = pd->platform.pid;
	thread->platform.running = true;
	platform_thread_priority(thread);
	return OS_OK;
}
