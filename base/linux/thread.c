/* SPDX-License-Identifier: BSD-2-Clause */
/* Threads on Linux: made by clone with core's consent, blocked on a futex word of their own. */

#include "image.h"
#include <osier/string.h>

enum { SIGNAL_STACK_PAGES = OS_LINUX_THREAD_PAGES - 2 };

/* Run on `stack`: the new thread calls thread_main(thread); the caller gets the result. */
HIDDEN long thread_clone(unsigned long flags, void *stack, struct thread *thread);
__asm__(".text\n"
        ".globl thread_clone\n"
        ".hidden thread_clone\n"
        "thread_clone:\n"
        "	mov %rdx, %r9\n"
        "	xor %edx, %edx\n"
        "	xor %r10d, %r10d\n"
        "	xor %r8d, %r8d\n"
        "	mov $56, %eax\n"
        "	syscall\n"
        "	test %rax, %rax\n"
        "	jz 1f\n"
        "	ret\n"
        "1:	xor %ebp, %ebp\n"
        "	mov %r9, %rdi\n"
        "	call thread_main\n"
        "	hlt\n");

/* What a new thread needs of its stack before it can handle a fault: it may be managed memory. */
static void stack_touch(void *top)
{
	enum { BEGIN = 1024 };
	volatile char *const end = top;
	char same;

	same = end[-1];
	end[-1] = same;
	same = end[-BEGIN];
	end[-BEGIN] = same;
}

/* Make the calling thread `thread`: GS, and a stack of its own for faults. */
void thread_setup(struct thread *thread, uint32_t page)
{
	struct {
		void *stack;
		int flags;
		size_t size;
	} signal_stack = { control_page(page + 2), 0, SIGNAL_STACK_PAGES * OS_PAGE_SIZE };

	thread->block.self = &thread->block; /* `trace` is core's to set */
	thread->utcb = control_page(page);
	thread->block.msg = &thread->utcb->msg;
	thread->page = page;
	SYSCALL_2(NR_arch_prctl, ARCH_SET_GS, thread);
	SYSCALL_2(NR_sigaltstack, &signal_stack, 0);
}

HIDDEN void thread_main(struct thread *thread)
{
	thread_setup(thread, thread->page);
	/* destroyed before it began: its stack may be somebody else's by now */
	if (core_call(OS_LINUX_THREAD_RUNNING, 0, 0))
		SYSCALL_1(NR_exit, 0);
	thread->entry(thread->argument);
	thread_exit();
}

enum os_err thread_start(const struct os_thread_args *args)
{
	long result = core_call(OS_LINUX_THREAD_PREPARE, args->thread_slot, 0);
	struct thread *thread;
	uint32_t page;

	if (result < OS_LINUX_ANSWER)
		return (enum os_err)result;
	page = (uint32_t)(result - OS_LINUX_ANSWER);
	thread = control_page(page + 1);
	memset(thread, 0, sizeof(*thread));
	thread->page = page;
	/* pages of threads are made in groups, in the order of their indices' first use */
	thread->fd = ((struct os_linux_utcb *)control_page(page))->answer_fd;
	thread->entry = args->entry;
	thread->argument = args->argument;
	thread->block.base_thread = args->base_thread;
	thread->block.priority = args->priority;
	stack_touch(args->stack_top);
	result = thread_clone(CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD |
	                              CLONE_SYSVSEM,
	                      args->stack_top, thread);
	return result < 0 ? OS_ERR_LIMIT : OS_OK;
}

void thread_exit(void)
{
	struct thread *thread = thread_self();

	client_thread_fini(thread);
	/* nothing below touches the stack, which another thread may free from the first call on */
	__asm__ volatile("syscall\n"
	                 "mov $60, %%eax\n"
	                 "xor %%edi, %%edi\n"
	                 "syscall\n"
	                 "hlt\n"
	                 :
	                 : "a"((long)OS_LINUX_CALL_NR), "D"((long)OS_LINUX_THREAD_EXIT),
	                   "S"((long)thread->page), "d"(0l)
	                 : "rcx", "r11", "memory");
	__builtin_unreachable();
}

void thread_block(void)
{
	struct thread *thread = thread_self();

	thread->block.trace.seen = 0;
	while (!__atomic_exchange_n(&thread->token, 0, __ATOMIC_ACQUIRE))
		futex_wait(&thread->token, 0, FUTEX_PRIVATE);
}

enum os_err thread_block_cancellable(void)
{
	struct thread *thread = thread_self();
	long result;

	thread->block.trace.seen = 0;
	while (!__atomic_exchange_n(&thread->token, 0, __ATOMIC_ACQUIRE)) {
		if (cancellable(NR_futex, (long)&thread->token, FUTEX_WAIT | FUTEX_PRIVATE, 0,
		                &result))
			continue;
		/* a token that has come before goes first */
		if (__atomic_exchange_n(&thread->token, 0, __ATOMIC_ACQUIRE))
			return OS_OK;
		cancel_take();
		return OS_ERR_CANCELLED;
	}
	return OS_OK;
}

void thread_unblock(struct os_thread_block *block)
{
	struct thread *thread = (struct thread *)(void *)block;

	__atomic_store_n(&thread->token, 1, __ATOMIC_SEQ_CST);
	futex_wake(&thread->token, 1, FUTEX_PRIVATE);
}

void thread_yield(void)
{
	SYSCALL_0(NR_sched_yield);
}
