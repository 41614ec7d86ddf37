/* SPDX-License-Identifier: BSD-2-Clause */
/* Threads that are not paid for, do not end, or fault where they should not. */

#include "attack.h"
#include <osier/session.h>
#include <osier/thread.h>

enum {
	ROUNDS = 100,
	PAUSES = 1000, /* the thread comes to its stop at any moment of core's looking for that */
	STACK = 8192,
	SPARE = 32, /* threads that may be on their way out at a time */
	THREAD_FLAGS =
	        CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | CLONE_SYSVSEM,
	SIGRETURN_MASK = 37, /* index of the signal mask in struct ucontext, in words */
};

static uint32_t release; /* futex: 1 lets all hidden threads go */
static uint8_t stacks[ROUNDS][STACK] __attribute__((aligned(16)));

/* ------------------------------------------------------------------ raw threads */

long raw_clone(unsigned long flags, void *stack, void (*entry)(void));
__asm__(".text\n"
        ".globl raw_clone\n"
        ".hidden raw_clone\n"
        "raw_clone:\n"
        "	mov %rdx, %r9\n"
        "	xor %edx, %edx\n"
        "	xor %r10d, %r10d\n"
        "	xor %r8d, %r8d\n"
        "	mov $56, %eax\n"
        "	syscall\n"
        "	test %rax, %rax\n"
        "	jz 1f\n"
        "	ret\n"
        "1:	call *%r9\n"
        "	hlt\n");

/* These run without a thread block of their own: system calls only. */
static void wait_for_release(void)
{
	while (!__atomic_load_n(&release, __ATOMIC_ACQUIRE))
		futex_wait(&release, 0, FUTEX_PRIVATE);
	SYSCALL_1(NR_exit, 0);
	__builtin_trap();
}

/* Block every signal, by the return from a signal that there was not. */
static void become_deaf(void)
{
	uint64_t context[64] = { 0 };

	context[4] = 2;                                     /* no signal stack */
	context[20] = (uint64_t)(uintptr_t)context & -64ul; /* rsp */
	context[20] -= 128 * 8 + 8;
	context[21] = (uint64_t)(uintptr_t)wait_for_release; /* rip */
	context[22] = 0x202;                                 /* rflags */
	context[23] = 0x2b00000000000033;                    /* ss, cs */
	context[SIGRETURN_MASK] = UINT64_MAX;
	__asm__ volatile("mov %0, %%rsp\n"
	                 "mov $15, %%eax\n"
	                 "syscall\n"
	                 "hlt\n"
	                 :
	                 : "r"(context)
	                 : "memory");
	__builtin_unreachable();
}

static struct cpu_cap cpu_session(struct os_env *env)
{
	static struct cpu_cap cpu;

	if (!cpu.cap.slot)
		OS_ASSERT(!parent_environment(env->parent, PARENT_ENVIRONMENT_CPU, &cpu.cap));
	return cpu;
}

static bool raw_thread(struct os_env *env, uint32_t round, bool report, void (*entry)(void))
{
	struct cpu_cap cpu = cpu_session(env);
	struct thread_cap cap;
	long page;

	if (cpu_thread(cpu, env->pd, "raw", 0, &cap))
		return false;
	page = core_call(OS_LINUX_THREAD_PREPARE, cap.cap.slot, 0) - OS_LINUX_ANSWER;
	if (page <= 0 || raw_clone(THREAD_FLAGS, stacks[round] + STACK - 64, entry) < 0) {
		OS_ASSERT(!cpu_thread_destroy(cpu, cap));
		return false;
	}
	/* in the thread's name: core believes what the PD says of its own threads */
	if (report)
		syscall6(OS_LINUX_CALL_NR, OS_LINUX_THREAD_RUNNING, page, 0, 0, 0, 0);
	OS_ASSERT(!cpu_thread_destroy(cpu, cap));
	return true;
}

/* Threads whose object is destroyed, and paid back, but which go on. */
static enum verdict hidden_threads(struct os_env *env, void (*entry)(void))
{
	uint32_t count = 0;

	__atomic_store_n(&release, 0, __ATOMIC_RELEASE);
	while (count < ROUNDS && raw_thread(env, count, false, entry))
		count++;
	__atomic_store_n(&release, 1, __ATOMIC_RELEASE);
	futex_wake(&release, ROUNDS, FUTEX_PRIVATE);
	/* they go: until then, their stacks are not used again */
	for (uint32_t i = 0; i < 100000; i++)
		SYSCALL_0(NR_sched_yield);
	return refused_if(count > 0 && count <= SPARE);
}

static enum verdict unreported_threads(struct os_env *env)
{
	return hidden_threads(env, wait_for_release);
}

static enum verdict deaf_threads(struct os_env *env)
{
	return hidden_threads(env, become_deaf);
}

static enum verdict consent_used_twice(struct os_env *env)
{
	struct cpu_cap cpu = cpu_session(env);
	struct thread_cap cap;
	long first, second;

	__atomic_store_n(&release, 1, __ATOMIC_RELEASE);
	if (cpu_thread(cpu, env->pd, "twice", 0, &cap) ||
	    core_call(OS_LINUX_THREAD_PREPARE, cap.cap.slot, 0) < OS_LINUX_ANSWER)
		return SUCCEEDED;
	first = raw_clone(THREAD_FLAGS, stacks[0] + STACK - 64, wait_for_release);
	second = raw_clone(THREAD_FLAGS, stacks[1] + STACK - 64, wait_for_release);
	if (core_call(OS_LINUX_THREAD_PREPARE, cap.cap.slot, 0) >= OS_LINUX_ANSWER ||
	    core_call(OS_LINUX_THREAD_PREPARE, OS_CAP_SLOT_THREAD, 0) >= OS_LINUX_ANSWER)
		return SUCCEEDED;
	OS_ASSERT(!cpu_thread_destroy(cpu, cap));
	return refused_if(first > 0 && second == -E_PERM);
}

/* Resumes the main thread as often as that pauses itself, if it has done so yet or not. */
static void resume_entry(struct os_thread *thread, void *argument)
{
	const struct thread_cap main_thread = { { OS_CAP_SLOT_THREAD } };

	(void)thread;
	for (uint32_t i = 0; i < PAUSES; i++) {
		os_semaphore_down(argument);
		while (thread_resume(main_thread) == OS_ERR_EMPTY)
			SYSCALL_0(NR_sched_yield);
	}
}

/* Who is two threads could wait as one of them, and be waited for as the other. */
static enum verdict two_threads_in_one(struct os_env *env)
{
	struct cpu_cap cpu = cpu_session(env);
	struct thread_cap cap;
	long page, result;

	if (cpu_thread(cpu, env->pd, "two", 0, &cap))
		return SUCCEEDED;
	page = core_call(OS_LINUX_THREAD_PREPARE, cap.cap.slot, 0) - OS_LINUX_ANSWER;
	OS_ASSERT(page > 0);
	result = syscall6(OS_LINUX_CALL_NR, OS_LINUX_THREAD_RUNNING, page, 0, 0, 0, 0);
	/* nor is an exception taken that it says the other one has */
	if (result == OS_OK ||
	    syscall6(OS_LINUX_CALL_NR, OS_LINUX_FAULT, page, 0, 0, 0, 0) == OS_OK)
		return SUCCEEDED;
	OS_ASSERT(!cpu_thread_destroy(cpu, cap));
	return REFUSED;
}

/* A thread that pauses whoever calls: core must not wait for one that waits for core. */
static enum verdict pause_who_calls(struct os_env *env)
{
	const struct thread_cap self = { { OS_CAP_SLOT_THREAD } };
	static struct os_semaphore go;
	struct os_thread other;

	if (os_thread_init(&other, env, "resumes", 4096, 0, resume_entry, &go))
		return SUCCEEDED;
	for (uint32_t i = 0; i < PAUSES; i++) {
		os_semaphore_up(&go);
		OS_ASSERT(!thread_pause(self));
	}
	os_thread_fini(&other);
	return HARMLESS;
}

static void wait_entry(struct os_thread *thread, void *argument)
{
	struct os_semaphore *go = argument;

	(void)thread;
	os_semaphore_down(go);
}

static enum verdict threads_without_end(struct os_env *env)
{
	enum { COUNT = 2000 };
	static struct os_thread threads[COUNT];
	static struct os_semaphore go;
	uint32_t count = 0;

	while (count < COUNT &&
	       !os_thread_init(&threads[count], env, "endless", 4096, 0, wait_entry, &go))
		count++;
	for (uint32_t i = 0; i < count; i++)
		os_semaphore_up(&go);
	for (uint32_t i = 0; i < count; i++)
		os_thread_fini(&threads[i]);
	return refused_if(count > 0 && count < COUNT);
}

static const struct attack thread_attacks[] = {
	{ "unreported_threads", unreported_threads },
	{ "deaf_threads", deaf_threads },
	{ "two_threads_in_one", two_threads_in_one },
	{ "pause_who_calls", pause_who_calls },
	{ "consent_used_twice", consent_used_twice },
	{ "threads_without_end", threads_without_end },
};

const struct group thread_group = { .name = "thread",
	                            .attacks = thread_attacks,
	                            .count = OS_ARRAY_SIZE(thread_attacks) };

/* ------------------------------------------------------------------ faults */

static struct os_signal_receiver receiver;
static struct os_signal_context faults;
static struct region_map_cap space;

/* Touch an address where nothing is ever mapped. */
static void touch_nothing(void)
{
	static volatile uint8_t *volatile nothing = (volatile uint8_t *)8;

	*nothing = 1;
}

static void toucher(struct os_thread *thread, void *argument)
{
	(void)thread;
	*(volatile uint8_t *)argument = 1;
}

static void *hole(void)
{
	return (void *)(info_page()->base + OS_LINUX_ATTACH_OFFSET + ((uint64_t)300 << 30));
}

/* A thread that waits for a fault to be resolved, at a hole in the own address space. */
static void park(struct os_env *env, struct os_thread *thread)
{
	struct os_signal_context *context;
	uint64_t count;

	if (!receiver.env) {
		OS_ASSERT(!os_signal_receiver_init(&receiver, env));
		OS_ASSERT(!os_signal_context_init(&faults, &receiver));
		OS_ASSERT(!pd_address_space(env->pd, &space));
	}
	OS_ASSERT(!region_map_fault_sigh(space, faults.cap));
	OS_ASSERT(!os_thread_init(thread, env, "toucher", 4096, 0, toucher, hole()));
	OS_ASSERT(!os_signal_wait(&receiver, &context, &count));
}

static uint32_t page_of(const struct os_thread *thread)
{
	/* the second thread's pages are the ones that its mapping descriptor's number leads to */
	for (uint32_t page = 1; page < 256; page++) {
		const struct own_thread *t =
		        (const void *)((char *)info_page() + (page + 1) * OS_PAGE_SIZE);

		if (t->block.self == &t->block && t->block.base_thread == thread)
			return page;
	}
	return 0;
}

/* In the name of a thread that waits already, a second fault. */
static enum verdict second_fault(struct os_env *env)
{
	struct ram_dataspace_cap ds;
	struct os_thread thread;
	uint64_t at;
	long result;

	park(env, &thread);
	result = syscall6(OS_LINUX_CALL_NR, OS_LINUX_FAULT, page_of(&thread), 0, 0, 0, 0);
	if (os_ram_alloc(env, 4096, NULL, &ds) ||
	    region_map_attach(space, ram_dataspace_as_dataspace(ds), 0, 4096, true,
	                      (uint64_t)hole(), true, false, &at))
		return SUCCEEDED;
	os_thread_fini(&thread);
	OS_ASSERT(!os_platform->detach(hole(), 4096));
	os_ram_free(env, &ds);
	return refused_if(result != OS_OK);
}

/* Destroy threads while they wait for a fault: none may stay behind. */
static enum verdict destroyed_in_fault(struct os_env *env)
{
	struct cpu_cap cpu = cpu_session(env);
	struct os_thread thread;

	for (uint32_t i = 0; i < ROUNDS; i++) {
		park(env, &thread);
		OS_ASSERT(!cpu_thread_destroy(cpu, thread.cap));
		os_ram_fini(&thread.stack, env);
	}
	return HARMLESS;
}

static const struct attack fault_attacks[] = {
	{ "second_fault", second_fault },
	{ "destroyed_in_fault", destroyed_in_fault },
};

const struct group fault_group = { .name = "fault",
	                           .attacks = fault_attacks,
	                           .count = OS_ARRAY_SIZE(fault_attacks) };

/* ------------------------------------------------------------------ attacks that end us */

static enum verdict int80(struct os_env *env)
{
	long result;

	(void)env;
	__asm__ volatile("int $0x80" : "=a"(result) : "a"(20) : "memory");
	return SUCCEEDED;
}

static enum verdict x32(struct os_env *env)
{
	(void)env;
	SYSCALL_0(0x40000000 + NR_getpid);
	return SUCCEEDED;
}

static enum verdict negative_number(struct os_env *env)
{
	(void)env;
	SYSCALL_0(-1);
	return SUCCEEDED;
}

static enum verdict execute_data(struct os_env *env)
{
	static uint8_t code[16] = { 0xc3 };

	(void)env;
	((void (*)(void))(uintptr_t)code)();
	return SUCCEEDED;
}

static enum verdict write_code(struct os_env *env)
{
	(void)env;
	__asm__ volatile("movb $0xc3, (%0)" : : "r"(execute_data) : "memory");
	return SUCCEEDED;
}

static enum verdict bad_signal_stack(struct os_env *env)
{
	uint64_t stack[3] = { 4096, 0, 65536 };

	(void)env;
	SYSCALL_2(NR_sigaltstack, stack, 0);
	touch_nothing();
	return SUCCEEDED;
}

static enum verdict bad_signal_return(struct os_env *env)
{
	(void)env;
	__asm__ volatile("mov $16, %%rsp\n"
	                 "mov $15, %%eax\n"
	                 "syscall\n" ::
	                         : "memory");
	return SUCCEEDED;
}

static enum verdict bad_thread_block(struct os_env *env)
{
	(void)env;
	SYSCALL_2(NR_arch_prctl, ARCH_SET_GS, 0);
	touch_nothing();
	return SUCCEEDED;
}

/* Resolve a write fault by a read-only mapping where nobody handles faults any more. */
static enum verdict resumed_into_crash(struct os_env *env)
{
	struct os_attach_args args = { .fixed = true, .size = 4096, .address = (uint64_t)hole() };
	struct ram_dataspace_cap ds;
	struct os_thread thread;
	void *at;

	park(env, &thread);
	OS_ASSERT(!os_ram_alloc(env, 4096, NULL, &ds));
	OS_ASSERT(!region_map_fault_sigh(space, (struct signal_context_cap){ 0 }));
	args.ds_slot = ds.cap.slot;
	OS_ASSERT(!os_platform->attach(&args, &at));
	return SUCCEEDED;
}

/* Report a fault with numbers and a text that lead nowhere. */
static enum verdict forged_fault(struct os_env *env)
{
	struct os_linux_utcb *utcb = thread_self()->utcb;

	(void)env;
	memset(&utcb->fault_signal, 0xff,
	       sizeof(*utcb) - offsetof(struct os_linux_utcb, fault_signal));
	core_call(OS_LINUX_FAULT, 0, 0);
	return SUCCEEDED;
}

static enum verdict forged_panic(struct os_env *env)
{
	struct os_linux_utcb *utcb = thread_self()->utcb;

	(void)env;
	memset(utcb->msg.payload, 0x1b, sizeof(utcb->msg.payload));
	core_call(OS_LINUX_PANIC, 0, 0);
	return SUCCEEDED;
}

static const struct attack lethal_attacks[] = {
	{ "int80", int80 },
	{ "x32", x32 },
	{ "negative_number", negative_number },
	{ "execute_data", execute_data },
	{ "write_code", write_code },
	{ "bad_signal_stack", bad_signal_stack },
	{ "bad_signal_return", bad_signal_return },
	{ "bad_thread_block", bad_thread_block },
	{ "resumed_into_crash", resumed_into_crash },
	{ "forged_fault", forged_fault },
	{ "forged_panic", forged_panic },
};

const struct group lethal_group = { .name = "lethal",
	                            .attacks = lethal_attacks,
	                            .count = OS_ARRAY_SIZE(lethal_attacks) };
