/* SPDX-License-Identifier: BSD-2-Clause */
/* The kernel's platform image: from its own first instruction to the component's, and the table. */

#include "image.h"
#include <osier/string.h>

_Static_assert(offsetof(struct os_pc_info, stack_top) == 16, "start.S knows the offset");

HIDDEN extern uint64_t __stack_chk_guard;
static struct os_start_info start_info;

OS_NORETURN void os_panic(const char *file, int line, const char *what)
{
	(void)file;
	(void)line;
	platform_table.panic(what);
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

HIDDEN __attribute__((no_stack_protector, noreturn)) void image_main(struct os_pc_info *info);

void image_main(struct os_pc_info *info)
{
	const uint64_t lowest_byte =
	        0xff; /* zero, so that text that overruns cannot reproduce it */

	memcpy(&__stack_chk_guard, info->entropy, sizeof(__stack_chk_guard));
	__stack_chk_guard = __stack_chk_guard * UINT64_C(0x9e3779b97f4a7c15) & ~lowest_byte;
	thread_enter(thread_init(info->thread_page, OS_PC_SLOT_SELF, info->priority));
	server_init();
	start_info.platform = &platform_table;
	start_info.load_base = info->load_base;
	memcpy(start_info.entropy, info->entropy, sizeof(start_info.entropy));
	memset(info->entropy, 0, sizeof(info->entropy));
	if (info->halt)
		(void)!core_call(OS_PC_HALT, NULL, 0, NULL, 0);
	enter(info->entry, info->stack_top, &start_info);
}

/* ------------------------------------------------------------------ the table */

static void cap_drop(uint32_t slot)
{
	(void)!os_kernel_cap_drop(slot, 1);
}

static enum os_err cap_dup(uint32_t slot)
{
	return os_kernel_cap_dup(slot);
}

/* A table holds each object once. */
static bool cap_same(uint32_t a, uint32_t b)
{
	uint64_t tag, badge;

	return a && a == b && os_kernel_cap_badge(a, &tag, &badge) != OS_ERR_CAP_INVALID;
}

static enum os_err cap_own_badge(uint32_t slot, uint32_t *ep, uint32_t *badge)
{
	uint64_t tag, value;
	enum os_err err = os_kernel_cap_badge(slot, &tag, &value);

	if (err)
		return err == OS_ERR_GONE ? OS_ERR_NOT_FOUND : err;
	*ep = (uint32_t)tag;
	*badge = (uint32_t)value;
	return OS_OK;
}

static void text_send(enum os_pc_call op, const char *text)
{
	struct os_msg *msg = thread_self()->block.msg;
	const size_t length = OS_MIN(strlen(text), (size_t)OS_MSG_PAYLOAD_MAX - 1);
	uint64_t answer, flags;

	memcpy(msg->payload, text, length);
	msg->payload[length] = 0;
	(void)!os_kernel_call(OS_PC_SLOT_CORE, os_kernel_header(op, (uint32_t)length + 1, 0, 0),
	                      &answer, &flags);
}

static OS_NORETURN void panic(const char *text)
{
	text_send(OS_PC_PANIC, text);
	__builtin_trap(); /* should core not know us any more */
}

static void debug(const char *text)
{
	text_send(OS_PC_DEBUG, text);
}

const struct os_platform platform_table = {
	.size = sizeof(platform_table),
	.version = OS_ABI_VERSION,
	.name = "pc",
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
