/* SPDX-License-Identifier: BSD-2-Clause */
/* The Linux platform image's beginning: from execve to the component's first instruction. */

#include "image.h"
#include <osier/string.h>

/*
 * Nothing of the component runs before the second filter is in force: until then the process holds
 * only this image's code, and follows what core has written into the info page.
 */

struct os_linux_info *info;
static struct os_start_info start_info;

static OS_NORETURN void fail(int value)
{
	SYSCALL_1(NR_exit_group, value);
	__builtin_trap();
}

OS_NORETURN void os_panic(const char *file, int line, const char *what)
{
	(void)file;
	(void)line;
	platform_table.panic(what);
}

static uint64_t parse_hex(const char *text)
{
	uint64_t value = 0;

	for (; *text; text++)
		value = value << 4 | (uint64_t)(*text <= '9' ? *text - '0' : *text - 'a' + 10);
	return value;
}

static void map_at(uint64_t address, uint64_t size, uint32_t prot, uint32_t fd, uint64_t offset)
{
	/* code is mapped privately, so that a debugger can set breakpoints; nobody else writes
	 * there */
	int kind = prot & PROT_WRITE ? MAP_SHARED : MAP_PRIVATE;
	long at = SYSCALL_6(NR_mmap, address, size, prot, kind | MAP_FIXED | OS_LINUX_MAP_LOADING,
	                    fd, offset);

	if (at != (long)address)
		fail(126);
}

static void segments_map(void)
{
	for (uint32_t i = 0; i < info->segment_count && i < OS_LINUX_SEGMENTS_MAX; i++) {
		const struct os_linux_segment *seg = &info->segments[i];

		map_at(seg->address, seg->size, seg->prot, seg->fd, seg->offset);
	}
}

static void filter_install(void)
{
	struct {
		uint16_t count;
		struct os_linux_filter_insn *insns;
	} program = { (uint16_t)info->filter_count, info->filter };

	if (SYSCALL_3(NR_seccomp, 1, 0, &program))
		fail(125);
}

/* Enter the component on its own stack; what the image used so far is left behind. */
static OS_NORETURN void enter(uint64_t entry, uint64_t stack_top, struct os_start_info *start)
{
	__asm__ volatile("mov %1, %%rsp\n"
	                 "xor %%ebp, %%ebp\n"
	                 "jmp *%0\n"
	                 :
	                 : "r"(entry), "r"(stack_top), "D"(start)
	                 : "memory");
	__builtin_unreachable();
}

HIDDEN OS_NORETURN void image_main(long *stack)
{
	char **argv = (char **)(stack + 1);
	uint64_t base = stack[0] == 2 ? parse_hex(argv[1]) : 0;
	struct thread *thread;

	if (!base)
		fail(124);
	map_at(base, OS_LINUX_CONTROL_SIZE, PROT_READ | PROT_WRITE, OS_LINUX_FD_CONTROL, 0);
	info = (struct os_linux_info *)base;
	segments_map();
	SYSCALL_1(NR_close, OS_LINUX_FD_CONTROL);
	SYSCALL_1(NR_close, OS_LINUX_FD_IMAGE);
	SYSCALL_1(NR_close, OS_LINUX_FD_BINARY);
	thread = control_page(info->main_thread_page + 1);
	thread->fd = OS_LINUX_FD_MAP;
	thread_setup(thread, info->main_thread_page);
	fault_init(stack);
	server_init();
	start_info.platform = &platform_table;
	start_info.load_base = info->load_base;
	memcpy(start_info.entropy, info->entropy, sizeof(start_info.entropy));
	memset(info->entropy, 0, sizeof(info->entropy));
	filter_install();
	if (info->halt)
		core_call(OS_LINUX_HALT, 0, 0);
	enter(info->entry, info->stack_top, &start_info);
}

/* ------------------------------------------------------------------ the table */

static enum os_err cap_dup(uint32_t slot)
{
	return (enum os_err)core_call(OS_LINUX_CAP_DUP, slot, 0);
}

/* A table holds each object once. */
static bool cap_same(uint32_t a, uint32_t b)
{
	return a && a == b && cap_entry(a)->kind != OS_LINUX_CAP_NONE;
}

static enum os_err cap_own_badge(uint32_t slot, uint32_t *ep, uint32_t *badge)
{
	const struct os_linux_cap *cap = cap_entry(slot);

	if (cap->kind == OS_LINUX_CAP_NONE)
		return OS_ERR_CAP_INVALID;
	if (!cap->own)
		return OS_ERR_NOT_FOUND;
	*ep = cap->own_ep;
	*badge = cap->own_badge;
	return OS_OK;
}

static void text_put(const char *text)
{
	uint8_t *payload = thread_self()->block.msg->payload;
	size_t length = OS_MIN(strlen(text), (size_t)OS_MSG_PAYLOAD_MAX - 1);

	memcpy(payload, text, length);
	payload[length] = 0;
}

static OS_NORETURN void panic(const char *text)
{
	text_put(text);
	core_call(OS_LINUX_PANIC, 0, 0);
	fail(123);
}

static void debug(const char *text)
{
	text_put(text);
	core_call(OS_LINUX_DEBUG, 0, 0);
}

const struct os_platform platform_table = {
	.size = sizeof(platform_table),
	.version = OS_ABI_VERSION,
	.name = "linux",
	.cap_drop = cap_drop,
	.cap_dup = cap_dup,
	.cap_same = cap_same,
	.cap_own_badge = cap_own_badge,
	.call = call,
	.ep_create = ep_create,
	.ep_destroy = ep_destroy,
	.ep_wait = ep_wait,
	.ep_reply = ep_reply,
	.signal_submit = signal_submit,
	.attach = attach,
	.detach = detach,
	.thread_start = thread_start,
	.thread_exit = thread_exit,
	.thread_block = thread_block,
	.thread_unblock = thread_unblock,
	.thread_yield = thread_yield,
	.panic = panic,
	.debug = debug,
	.ep_reply_wait = ep_reply_wait,
	.ep_reply_save = ep_reply_save,
	.thread_block_cancellable = thread_block_cancellable,
	.trace_open = trace_open,
};
