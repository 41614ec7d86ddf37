/* SPDX-License-Identifier: BSD-2-Clause */
/* Core on Linux: command line, namespaces, and the loop over all components' listeners. */

#include "linux.h"
#include <osier/heap.h>
#include <osier/string.h>

/*
 * Two processes: the launcher stays in the caller's world and waits; its child is core, and PID 1
 * of a PID namespace, so that no component survives it. Started as root, the launcher first becomes
 * a user that owns nothing.
 */

enum {
	EVENTS = 32,
	SETTLE_MS = 1,                /* between looks at threads that are to stop */
	UNPRIVILEGED_ID = 0x6f730000, /* "os": nobody else's uid; the low bits are random */
	EPOLL_IN = 1,
	DESCRIPTORS_OWN = 256, /* of core itself, modules included */
	FD_FIRST_OWN = 16,     /* core keeps its own descriptors away from those it hands over */
	F_DUPFD_CLOEXEC = 1030,
	RLIMIT_NOFILE = 7,
	DESCRIPTORS_MAX = 1 << 19,
};

struct options options = { .ram = 256ul << 20, .caps = 10000 };

extern struct os_heap_backing core_heap_backing;
extern uint64_t __stack_chk_guard;
static struct os_heap heap;
static int epoll_fd, log_fd, launcher_pipe = -1;
struct fd terminal_fd, display_socket, display_memory;
static void *ready[EVENTS]; /* cookies of the events that are being worked through */

/* ------------------------------------------------------------------ services for core/src */

void platform_log(const char *text, size_t length)
{
	while (length) {
		long done = SYSCALL_3(NR_write, log_fd, text, length);

		if (done == -E_INTR)
			continue;
		if (done <= 0)
			return; /* nobody listens */
		text += done;
		length -= (size_t)done;
	}
}

uint64_t platform_clock_us(void)
{
	struct timespec now = { 0, 0 };

	SYSCALL_2(NR_clock_gettime, CLOCK_MONOTONIC, &now);
	return (uint64_t)now.seconds * 1000000 + (uint64_t)now.nanoseconds / 1000;
}

/* Linux itself has its devices, and the host's user the power. */
const struct service platform_services[] = { { 0 } };

OS_NORETURN void core_exit(int value)
{
	SYSCALL_1(NR_exit_group, value);
	__builtin_trap();
}

static OS_NORETURN void die(const char *format, ...) OS_PRINTF(1, 2);
static OS_NORETURN void die(const char *format, ...)
{
	char text[512] = "core: ";
	va_list args;
	size_t length;

	va_start(args, format);
	length = 6 + os_vformat(text + 6, sizeof(text) - 8, format, args);
	va_end(args);
	length = OS_MIN(length, sizeof(text) - 2);
	text[length++] = '\n';
	SYSCALL_3(NR_write, 2, text, length);
	core_exit(2);
}

/* ------------------------------------------------------------------ boot modules */

struct module_file {
	struct module module;
	int fd;
};

static void module_add(const char *name, size_t name_length, const char *path)
{
	struct module_file *file;
	char *copy;
	void *memory;

	if (os_alloc(core.heap, sizeof(*file), &memory) != OS_OK)
		die("out of memory");
	file = memory;
	if (os_alloc(core.heap, name_length + 1, &memory) != OS_OK)
		die("out of memory");
	copy = memory;
	memcpy(copy, name, name_length);
	file->module.name = copy;
	file->fd = (int)SYSCALL_4(NR_openat, AT_FDCWD, path, O_RDONLY | O_CLOEXEC, 0);
	if (file->fd < 0)
		die("cannot open \"%s\" for boot module \"%s\": error %d", path, copy, -file->fd);
	os_list_append(&core.modules, &file->module.node);
}

struct module *module_find(const char *name)
{
	OS_LIST_FOR_EACH (node, &core.modules) {
		struct module *module = OS_LIST_ITEM(node, struct module, node);

		if (os_str_equal(module->name, name))
			return module;
	}
	return NULL;
}

static uint64_t file_size(int fd)
{
	/* struct stat of x86_64: st_size at 48 */
	uint64_t stat[18];

	return SYSCALL_2(NR_fstat, fd, stat) ? 0 : stat[6];
}

enum os_err platform_module_load(struct module *module, struct platform_memory *memory,
                                 uint64_t *size)
{
	struct module_file *file = container_of(module, struct module_file, module);
	uint64_t length = file_size(file->fd), done = 0;
	enum os_err err;
	uint8_t *at;
	long got;

	*size = os_align_up(OS_MAX(length, 1u), OS_PAGE_SIZE);
	if ((err = platform_memory_create(*size, memory)))
		return err;
	if (!(at = platform_memory_map(memory, *size, true))) {
		platform_memory_destroy(memory);
		return OS_ERR_OUT_OF_RAM;
	}
	while (done < length) {
		got = SYSCALL_4(NR_pread64, file->fd, at + done, length - done, done);
		if (got <= 0)
			break;
		done += (uint64_t)got;
	}
	platform_memory_unmap(at, *size);
	/* nobody can change it any more, core included */
	SYSCALL_3(NR_fcntl, fd_number(memory->fd), F_ADD_SEALS,
	          F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_SEAL);
	if (done < length) {
		platform_memory_destroy(memory);
		return OS_ERR_INVALID;
	}
	return OS_OK;
}

/* ------------------------------------------------------------------ command line */

static void usage(void)
{
	die("usage: core [--ram 256M] [--caps 10000] [--halt LABEL] [--recorder LABEL] "
	    "[--host NAME=PROFILE]... [--display SOCKET,MEMORY] [--no-namespaces] "
	    "--config FILE NAME=PATH...");
}

static uint64_t option_size(const char *name, const char *text)
{
	uint64_t value;

	if (os_parse_size(text, strlen(text), &value) != OS_OK)
		die("%s: expected a number such as 5000 or 256M, got \"%s\"", name, text);
	return value;
}

/* HOST_NONE: there is no such profile. */
static enum host_profile profile_named(const char *name)
{
	static const char *const names[] = {
		[HOST_CLOCK] = "clock", [HOST_TERMINAL] = "terminal", [HOST_DISPLAY] = "display"
	};

	for (uint32_t i = HOST_NONE + 1; i < OS_ARRAY_SIZE(names); i++)
		if (os_str_equal(name, names[i]))
			return (enum host_profile)i;
	return HOST_NONE;
}

static void host_add(const char *text)
{
	enum host_profile profile = HOST_NONE;
	struct host_component *host;
	size_t length = 0;
	void *memory;

	while (text[length] && text[length] != '=')
		length++;
	if (text[length])
		profile = profile_named(text + length + 1);
	if (profile == HOST_NONE)
		die("--host: expected NAME=clock, NAME=terminal or NAME=display, got \"%s\"", text);
	if (os_alloc(core.heap, sizeof(*host) + length + 1, &memory) != OS_OK)
		die("out of memory");
	host = memory;
	memcpy(host + 1, text, length);
	host->name = (const char *)(host + 1);
	host->profile = profile;
	options.terminal |= profile == HOST_TERMINAL;
	os_list_append(&options.hosts, &host->node);
}

/* Two descriptors that whoever started us has opened. */
static void display_parse(const char *text)
{
	struct display *display = &options.display;
	size_t length = 0;

	while (text[length] && text[length] != ',')
		length++;
	if (!text[length] || os_parse_size(text, length, &display->socket) != OS_OK ||
	    os_parse_size(text + length + 1, strlen(text + length + 1), &display->memory) != OS_OK)
		die("--display: expected two descriptors such as 7,8, got \"%s\"", text);
}

static bool option_parse(const char *name, const char *value)
{
	if (os_str_equal(name, "--ram"))
		options.ram = option_size(name, value);
	else if (os_str_equal(name, "--caps"))
		options.caps = option_size(name, value);
	else if (os_str_equal(name, "--halt"))
		options.halt = value;
	else if (os_str_equal(name, "--recorder"))
		core.recorder = value;
	else if (os_str_equal(name, "--host"))
		host_add(value);
	else if (os_str_equal(name, "--display"))
		display_parse(value);
	else if (os_str_equal(name, "--config"))
		options.config = value;
	else
		return false;
	return true;
}

static void module_parse(const char *text)
{
	size_t length = 0;

	while (text[length] && text[length] != '=')
		length++;
	if (!length || !text[length])
		die("expected NAME=PATH, got \"%s\"", text);
	module_add(text, length, text + length + 1);
}

static void arguments_parse(int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		if (os_str_equal(argv[i], "--no-namespaces"))
			options.no_namespaces = true;
		else if (argv[i][0] != '-')
			module_parse(argv[i]);
		else if (i + 1 == argc || !option_parse(argv[i], argv[i + 1]))
			usage();
		else
			i++;
	}
	if (!options.config)
		usage();
	module_add("config", 6, options.config);
	options.platform_image = module_find("platform-linux");
	if (!options.platform_image)
		die("boot module \"platform-linux\" is missing; add platform-linux=PATH");
	if (!module_find("init"))
		die("boot module \"init\" is missing; add init=PATH");
}

/* ------------------------------------------------------------------ the launcher */

static int core_pid;

static void forward_signal(int number)
{
	SYSCALL_2(NR_kill, core_pid, SIGKILL);
	SYSCALL_4(NR_wait4, core_pid, 0, 0, 0);
	SYSCALL_1(NR_exit_group, 128 + number);
}

void signal_return(void);
__asm__(".text\n.globl signal_return\n.hidden signal_return\n"
        "signal_return:\n	mov $15, %eax\n	syscall\n");

static void handle_signal(int number, void (*handler)(int))
{
	struct {
		void (*handler)(int);
		uint64_t flags;
		void (*restorer)(void);
		uint64_t mask;
	} action = { handler, 0x04000000 /* SA_RESTORER */, signal_return, 0 };

	SYSCALL_4(NR_rt_sigaction, number, &action, 0, 8);
}

static void drop_root(void)
{
	uint32_t random = 0, id;

	if (SYSCALL_0(NR_getuid) != 0)
		return;
	SYSCALL_3(NR_getrandom, &random, sizeof(random), 0);
	id = UNPRIVILEGED_ID | (random & 0xffff);
	SYSCALL_2(NR_setgroups, 0, 0);
	if (SYSCALL_3(NR_setresgid, id, id, id) || SYSCALL_3(NR_setresuid, id, id, id))
		die("cannot give up root");
	/* own descriptors are opened again through /proc/self/fd */
	SYSCALL_2(NR_prctl, PR_SET_DUMPABLE, 1);
}

/* Wait for core and end with its value. */
static OS_NORETURN void launcher(long pid)
{
	int status = 0;

	core_pid = (int)pid;
	handle_signal(SIGINT, forward_signal);
	handle_signal(SIGTERM, forward_signal);
	while (SYSCALL_4(NR_wait4, pid, &status, 0, 0) == -E_INTR)
		continue;
	core_exit(status & 0x7f ? 128 + (status & 0x7f) : status >> 8 & 0xff);
}

static bool write_file(const char *path, const char *text)
{
	long fd = SYSCALL_4(NR_openat, AT_FDCWD, path, O_WRONLY | O_CLOEXEC, 0);
	bool ok;

	if (fd < 0)
		return false;
	ok = SYSCALL_3(NR_write, fd, text, strlen(text)) == (long)strlen(text);
	SYSCALL_1(NR_close, fd);
	return ok;
}

/* Only an id that is mapped may own further namespaces, those of the components. */
static void map_ids(uint32_t uid, uint32_t gid)
{
	char text[40];

	os_format(text, sizeof(text), "%u %u 1", uid, uid);
	if (!write_file("/proc/self/uid_map", text))
		options.no_namespaces = true;
	write_file("/proc/self/setgroups", "deny");
	os_format(text, sizeof(text), "%u %u 1", gid, gid);
	write_file("/proc/self/gid_map", text);
}

/* Each component takes some descriptors of core's: as many as the host permits. */
static void raise_descriptor_limit(void)
{
	uint64_t limit[2] = { DESCRIPTORS_MAX, DESCRIPTORS_MAX };

	if (SYSCALL_4(NR_prlimit64, 0, RLIMIT_NOFILE, limit, 0) == 0)
		return;
	if (SYSCALL_4(NR_prlimit64, 0, RLIMIT_NOFILE, 0, limit) == 0) {
		limit[0] = limit[1];
		SYSCALL_4(NR_prlimit64, 0, RLIMIT_NOFILE, limit, 0);
	}
}

/*
 * What core keeps a descriptor for costs so many capabilities that all of them together do not buy
 * more descriptors than the host permits: else one component could take those of all others.
 */
static void descriptor_price(void)
{
	uint64_t limit[2] = { 0, 0 }, room;

	SYSCALL_4(NR_prlimit64, 0, RLIMIT_NOFILE, 0, limit);
	room = limit[0] > 2 * DESCRIPTORS_OWN ? limit[0] - DESCRIPTORS_OWN : DESCRIPTORS_OWN;
	core.scarce_price = (options.caps + room - 1) / room - 1;
}

/* Returns in core. */
static void launch(void)
{
	unsigned long flags = CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWIPC | CLONE_NEWUTS | SIGCHLD;
	uint32_t uid, gid;
	int ends[2];
	long pid = -1;

	raise_descriptor_limit();
	descriptor_price();
	drop_root();
	uid = (uint32_t)SYSCALL_0(NR_getuid);
	gid = (uint32_t)SYSCALL_0(NR_getgid);
	SYSCALL_2(NR_prctl, PR_SET_NO_NEW_PRIVS, 1);
	if (SYSCALL_2(NR_pipe2, ends, O_CLOEXEC))
		die("cannot create a pipe");
	if (!options.no_namespaces)
		pid = SYSCALL_5(NR_clone, flags, 0, 0, 0, 0);
	if (pid < 0) {
		if (!options.no_namespaces) {
			static const char note[] = "[core] this host forbids unprivileged user "
			                           "namespaces; each component "
			                           "is held by its system-call filter alone\n";
			SYSCALL_3(NR_write, 1, note, sizeof(note) - 1);
		}
		options.no_namespaces = true;
		pid = SYSCALL_5(NR_clone, SIGCHLD, 0, 0, 0, 0);
	}
	if (pid < 0)
		die("cannot create a process: error %ld", -pid);
	if (pid > 0) {
		SYSCALL_1(NR_close, ends[0]);
		launcher(pid);
	}
	SYSCALL_2(NR_prctl, PR_SET_PDEATHSIG, SIGKILL);
	if (!options.no_namespaces)
		map_ids(uid, gid);
	SYSCALL_1(NR_close, ends[1]);
	launcher_pipe = ends[0];
}

/* ------------------------------------------------------------------ the loop */

struct epoll_event {
	uint32_t events;
	uint64_t data;
} __attribute__((packed));

void loop_add(struct fd fd, void *cookie)
{
	struct epoll_event event = { EPOLL_IN, (uintptr_t)cookie };

	if (SYSCALL_4(NR_epoll_ctl, epoll_fd, 1, fd_number(fd), &event))
		die("epoll_ctl failed");
}

/* Its descriptor is about to be closed: what is known to be ready is not looked at any more. */
void loop_forget(void *cookie)
{
	for (size_t i = 0; i < EVENTS; i++)
		if (ready[i] == cookie)
			ready[i] = NULL;
}

static OS_NORETURN void loop(void)
{
	struct epoll_event events[EVENTS];

	for (;;) {
		const int wait = faults_settle() ? 0 : tracer_settle() ? SETTLE_MS : -1;
		long count;

		if (core.exiting && !trace_holds_end())
			core_exit(core.exit_value);
		count = SYSCALL_4(NR_epoll_wait, epoll_fd, events, EVENTS, wait);

		for (long i = 0; i < count; i++)
			ready[i] = (void *)(uintptr_t)events[i].data;
		for (long i = 0; i < count; i++) {
			if (!ready[i])
				continue;
			if (ready[i] == &launcher_pipe)
				core_exit(1); /* the launcher has been killed */
			notify(ready[i]);
			if (core.exiting && !trace_holds_end())
				core_exit(core.exit_value);
		}
	}
}

/* Keep 0 to 15 free of core's own descriptors. */
static int move_up(int fd)
{
	long moved = SYSCALL_3(NR_fcntl, fd, F_DUPFD_CLOEXEC, FD_FIRST_OWN);

	return moved < 0 ? fd : (int)moved;
}

/* One that we were started with; none, if it is not open. */
static struct fd inherited(uint64_t number)
{
	const long fd = SYSCALL_3(NR_fcntl, number, F_DUPFD_CLOEXEC, FD_FIRST_OWN);

	return fd < 0 ? (struct fd){ 0 } : fd_of(fd);
}

static void descriptors_init(void)
{
	if (options.terminal)
		terminal_fd = inherited(0);
	if (options.display.socket) {
		display_socket = inherited(options.display.socket);
		display_memory = inherited(options.display.memory);
	}
	log_fd = move_up(1);
	launcher_pipe = move_up(launcher_pipe);
	epoll_fd = move_up((int)SYSCALL_1(NR_epoll_create1, O_CLOEXEC));
	loop_add(fd_of(launcher_pipe), &launcher_pipe);
	OS_LIST_FOR_EACH (node, &core.modules) {
		struct module_file *file = OS_LIST_ITEM(node, struct module_file, module.node);

		file->fd = move_up(file->fd);
	}
	/* reserve the numbers that spawn() hands over */
	for (int fd = 0; fd < FD_FIRST_OWN; fd++)
		SYSCALL_3(NR_dup3, log_fd, fd, O_CLOEXEC);
}

__attribute__((no_stack_protector)) OS_NORETURN void core_main(long *stack)
{
	struct os_heap_config config = { .backing = &core_heap_backing };

	SYSCALL_3(NR_getrandom, &__stack_chk_guard, sizeof(__stack_chk_guard), 0);
	__stack_chk_guard &= ~(uintptr_t)0xff; /* a text that overruns cannot reproduce it */
	log_fd = 1;
	os_heap_init(&heap, &config);
	core.heap = &heap.alloc;
	arguments_parse((int)stack[0], (char **)(stack + 1));
	launch();
	handle_signal(SIGPIPE, (void (*)(int))1); /* ignored */
	descriptors_init();
	if (module_dataspace(options.platform_image, &options.platform_image->ds) != OS_OK)
		die("cannot read the platform image");
	spawn_init();
	/* what components may have is backed by the host's memory as it is used */
	if (core_boot(options.ram, options.caps) != OS_OK)
		core_exit(1);
	loop();
}
