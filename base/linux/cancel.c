/* SPDX-License-Identifier: BSD-2-Clause */
/* Waits that can be cancelled, without anything between looking for that and falling asleep. */

#include "image.h"

/*
 * Core sets `cancel` in the UTCB, then sends a signal. The thread looks at `cancel` just before the
 * system call that waits. If the signal comes in between, or while it waits (Linux then has the
 * system call begin again after the handler), the handler finds it in this piece of code, and moves
 * it to the end. Once the system call has come back, what it has brought is not lost:
 *
 *     cancel_first   look at `cancel`    <-- moved from here
 *                    system call         <-- or here
 *     cancel_last    return what it has brought
 *     cancel_out     return "cancelled"
 */

enum { CANCELLED = -125 };

HIDDEN long cancellable_syscall(long nr, long a, long b, long c, long d, const uint32_t *cancel);
HIDDEN extern const char cancel_first[], cancel_last[], cancel_out[];
__asm__(".text\n"
        ".globl cancellable_syscall, cancel_first, cancel_last, cancel_out\n"
        ".hidden cancellable_syscall, cancel_first, cancel_last, cancel_out\n"
        "cancellable_syscall:\n"
        "	mov %rdi, %rax\n"
        "	mov %rsi, %rdi\n"
        "	mov %rdx, %rsi\n"
        "	mov %rcx, %rdx\n"
        "	mov %r8, %r10\n"
        "cancel_first:\n"
        "	cmpl $0, (%r9)\n"
        "	jne cancel_out\n"
        "	syscall\n"
        "cancel_last:\n"
        "	ret\n"
        "cancel_out:\n"
        "	mov $-125, %rax\n"
        "	ret\n");

uint64_t cancel_move(uint64_t ip)
{
	const uint32_t cancel = __atomic_load_n(&thread_self()->utcb->cancel, __ATOMIC_RELAXED);

	/* the host may send signals, too */
	if (cancel && ip >= (uintptr_t)cancel_first && ip < (uintptr_t)cancel_last)
		return (uintptr_t)cancel_out;
	return ip;
}

bool cancellable(long nr, long a, long b, long c, long *result)
{
	const struct thread *self = thread_self();

	*result = cancellable_syscall(nr, a, b, c, 0, &self->utcb->cancel);
	return *result != CANCELLED;
}

bool cancel_take(void)
{
	return __atomic_exchange_n(&thread_self()->utcb->cancel, 0, __ATOMIC_RELAXED);
}
