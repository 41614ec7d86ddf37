/* SPDX-License-Identifier: BSD-2-Clause */
/* System calls, a little more handy than the stubs. */

/* So that the FPU is used only where a program asks for it. */
#pragma GCC target("general-regs-only")

#include "test.h"

enum os_err observe(uint32_t number, enum os_err err)
{
	if (environment.observed && number < OS_SYS_COUNT && (uint32_t)err < 32)
		__atomic_fetch_or(&environment.observed[number], 1u << err, __ATOMIC_RELAXED);
	return err;
}

enum os_err syscall_raw(struct registers *registers)
{
	register uint64_t rax __asm__("rax") = registers->number;
	register uint64_t rdi __asm__("rdi") = registers->argument[0];
	register uint64_t rsi __asm__("rsi") = registers->argument[1];
	register uint64_t rdx __asm__("rdx") = registers->argument[2];
	register uint64_t r10 __asm__("r10") = registers->argument[3];
	register uint64_t r8 __asm__("r8") = registers->argument[4];
	register uint64_t r9 __asm__("r9") = registers->argument[5];

	__asm__ volatile("syscall"
	                 : "+r"(rax), "+r"(rdi), "+r"(rsi), "+r"(rdx), "+r"(r10), "+r"(r8), "+r"(r9)
	                 :
	                 : "rcx", "r11", "memory");
	registers->result[0] = rsi;
	registers->result[1] = rdx;
	registers->result[2] = r10;
	registers->result[3] = r8;
	return observe((uint32_t)registers->number, (enum os_err)rax);
}

static enum os_err reply_wait(uint64_t endpoint, uint64_t flags, uint64_t head, struct event *event)
{
	return os_kernel_reply_wait(endpoint, flags, head, 0, &event->value, &event->badge,
	                            &event->kind, &event->sender);
}

enum os_err wait_at(uint64_t endpoint, struct event *event)
{
	return reply_wait(endpoint, 0, 0, event);
}

enum os_err poll_at(uint64_t endpoint, struct event *event)
{
	return reply_wait(endpoint, OS_WAIT_POLL, 0, event);
}

enum os_err reply_and_wait(uint64_t endpoint, uint64_t head, struct event *event)
{
	return reply_wait(endpoint, OS_WAIT_REPLY, head, event);
}

enum os_err reply_and_poll(uint64_t endpoint, uint64_t head, struct event *event)
{
	return reply_wait(endpoint, OS_WAIT_REPLY | OS_WAIT_POLL, head, event);
}

enum os_err call(uint64_t gate, uint64_t head, uint64_t *answer)
{
	uint64_t flags;

	return os_kernel_call(gate, head, answer, &flags);
}
