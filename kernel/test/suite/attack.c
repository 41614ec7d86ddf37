/* SPDX-License-Identifier: BSD-2-Clause */
/* What user land may not do to the CPU, each with a fault that names the culprit. */

#include "common.h"

/* ------------------------------------------------------------------ forbidden instructions */

/* Each is the first instruction of its own function, so that the fault is at its address. */
#define CODE(name, text)                                     \
	static void __attribute__((naked)) code_##name(void) \
	{                                                    \
		__asm__ volatile(text "\n1: jmp 1b");        \
	}

CODE(hlt, "hlt")
CODE(cli, "cli")
CODE(sti, "sti")
CODE(lgdt, "lgdt (%rsp)")
CODE(lidt, "lidt (%rsp)")
CODE(lldt, "lldt %ax")
CODE(ltr, "ltr %ax")
CODE(sgdt, "sgdt -64(%rsp)")
CODE(sidt, "sidt -64(%rsp)")
CODE(sldt, "sldt %ax")
CODE(str, "str %ax")
CODE(smsw, "smsw %ax")
CODE(lmsw, "lmsw %ax")
CODE(clts, "clts")
CODE(invd, "invd")
CODE(wbinvd, "wbinvd")
CODE(invlpg, "invlpg (%rsp)")
CODE(rdmsr, "rdmsr")
CODE(wrmsr, "wrmsr")
CODE(rdpmc, "rdpmc")
CODE(swapgs, "swapgs")
CODE(sysret, "sysretq")
CODE(iret_to_kernel, "iretq")
CODE(read_cr0, "mov %cr0, %rax")
CODE(read_cr3, "mov %cr3, %rax")
CODE(write_cr0, "mov %rax, %cr0")
CODE(write_cr3, "mov %rax, %cr3")
CODE(write_cr4, "mov %rax, %cr4")
CODE(write_cr8, "mov %rax, %cr8")
CODE(read_dr0, "mov %db0, %rax")
CODE(read_dr7, "mov %db7, %rax")
CODE(write_dr0, "mov %rax, %db0")
CODE(write_dr7, "mov %rax, %db7")
CODE(xsetbv, "xsetbv")
CODE(in_port, "in $0x60, %al")
CODE(out_port, "out %al, $0x60")
CODE(in_string, "insb")
CODE(out_pci, "mov $0xcf8, %dx; out %eax, %dx")
CODE(load_ss, "xor %eax, %eax; mov %eax, %ss")
CODE(load_ds_of_the_kernel, "mov $0x08, %eax; mov %eax, %ds")
CODE(load_es_of_the_tss, "mov $0x40, %eax; mov %eax, %es")
CODE(load_fs_wild, "mov $0xfff0, %eax; mov %eax, %fs")
CODE(load_gs_of_the_kernel, "mov $0x10, %eax; mov %eax, %gs")
CODE(far_return_to_the_kernel, "pushq $8; pushq $0; lretq")
CODE(ud2, "ud2")
CODE(int3, "int3")
CODE(int_software, "int $0x20")
CODE(int_of_an_exception, "int $0x0e")
CODE(int_of_the_nmi, "int $2")
CODE(sysenter, "sysenter")
CODE(vmcall, "vmcall")
CODE(monitor, "monitor")

enum { PROTECTION = 13, INVALID = 6, BREAKPOINT = 3, ANY = 255 };

/* `vector`: of the exception; ANY: whichever the CPU has. */
#define ENTRY(name, number)                \
	{                                  \
#name, code_##name, number \
	}
static const struct {
	const char *name;
	void (*code)(void);
	uint8_t vector;
} forbidden[] = {
	ENTRY(hlt, PROTECTION),
	ENTRY(cli, PROTECTION),
	ENTRY(sti, PROTECTION),
	ENTRY(lgdt, PROTECTION),
	ENTRY(lidt, PROTECTION),
	ENTRY(lldt, PROTECTION),
	ENTRY(ltr, PROTECTION),
	ENTRY(sgdt, PROTECTION), /* UMIP */
	ENTRY(sidt, PROTECTION),
	ENTRY(sldt, PROTECTION),
	ENTRY(str, PROTECTION),
	ENTRY(smsw, PROTECTION),
	ENTRY(lmsw, PROTECTION),
	ENTRY(clts, PROTECTION),
	ENTRY(invd, PROTECTION),
	ENTRY(wbinvd, PROTECTION),
	ENTRY(invlpg, PROTECTION),
	ENTRY(rdmsr, PROTECTION),
	ENTRY(wrmsr, PROTECTION),
	ENTRY(rdpmc, PROTECTION),
	ENTRY(swapgs, PROTECTION),
	ENTRY(sysret, PROTECTION),
	ENTRY(iret_to_kernel, ANY),
	ENTRY(read_cr0, PROTECTION),
	ENTRY(read_cr3, PROTECTION),
	ENTRY(write_cr0, PROTECTION),
	ENTRY(write_cr3, PROTECTION),
	ENTRY(write_cr4, PROTECTION),
	ENTRY(write_cr8, PROTECTION),
	ENTRY(read_dr0, PROTECTION),
	ENTRY(read_dr7, PROTECTION),
	ENTRY(write_dr0, PROTECTION),
	ENTRY(write_dr7, PROTECTION),
	ENTRY(xsetbv, PROTECTION),
	ENTRY(in_port, PROTECTION),
	ENTRY(out_port, PROTECTION),
	ENTRY(in_string, PROTECTION),
	ENTRY(out_pci, PROTECTION),
	ENTRY(load_ss, ANY),
	ENTRY(load_ds_of_the_kernel, PROTECTION),
	ENTRY(load_es_of_the_tss, PROTECTION),
	ENTRY(load_fs_wild, PROTECTION),
	ENTRY(load_gs_of_the_kernel, PROTECTION),
	ENTRY(far_return_to_the_kernel, ANY),
	ENTRY(ud2, INVALID),
	ENTRY(int3, BREAKPOINT),
	ENTRY(int_software, PROTECTION),
	ENTRY(int_of_an_exception, PROTECTION),
	ENTRY(int_of_the_nmi, PROTECTION),
	ENTRY(sysenter, ANY),
	ENTRY(vmcall, ANY),
	ENTRY(monitor, ANY),
};

enum { FORBIDDEN = sizeof(forbidden) / sizeof(*forbidden) };

static bool forbidden_label(uint64_t index, char *name, size_t size)
{
	text_format(name, size, "user_land_cannot_%s", forbidden[index].name);
	return true;
}

/* The thread faults, and everybody else goes on. */
TEST_EACH(user_land_cannot, FORBIDDEN, forbidden_label)
{
	uint64_t endpoint = endpoint_make(SELF_PD, 0), pd = pd_make(), answer;
	struct server server = server_make(server_echo, pd_make(), PRIORITY_HIGH, 0);
	struct thread thread = thread_make_new(pd, sleeper, (void *)0x4711, PRIORITY_HIGH, 0);
	struct os_kernel_fault fault;

	CHECK_OK(os_kernel_thread_setup(thread.slot, gate_make(endpoint, 77), PRIORITY_HIGH, 0));
	CHECK_OK(os_kernel_thread_start(thread.slot, (uint64_t)forbidden[index].code,
	                                (uint64_t)thread.utcb + BLOCK - 64, 0));
	fault = fault_wait(endpoint);
	CHECK_EQUAL(fault.thread, 0x4711);
	CHECK(fault.kind == OS_FAULT_EXCEPTION || fault.kind == OS_FAULT_PAGE);
	if (forbidden[index].vector != ANY)
		CHECK_EQUAL(fault.vector, forbidden[index].vector);
	CHECK_OK(call(server.gate, header(1, 0), &answer));
	CHECK_OK(os_kernel_destroy(pd));
}

/* ------------------------------------------------------------------ exceptions of arithmetic */

static void divide(void *zero)
{
	__asm__ volatile("xor %%edx, %%edx; mov $1, %%eax; div %%rcx" : : "c"(zero) : "rax", "rdx");
}

static void fpu_exception(void *unused)
{
	uint16_t control = 0; /* all exceptions on */
	float zero = 0;

	(void)unused;
	__asm__ volatile("fldcw %0; fld1; fdivs %1; fwait" : : "m"(control), "m"(zero));
}

static void simd_exception(void *unused)
{
	uint32_t control = 0;
	float one = 1, zero = 0;

	(void)unused;
	__asm__ volatile("ldmxcsr %0; movss %1, %%xmm0; divss %2, %%xmm0"
	                 :
	                 : "m"(control), "m"(one), "m"(zero)
	                 : "xmm0");
}

static void alignment(void *address)
{
	__asm__ volatile("leaq -128(%%rsp), %%rsp\n"
	                 "pushfq; orq $0x40000, (%%rsp); popfq; movl 1(%0), %%eax\n"
	                 "pushfq; andq $~0x40000, (%%rsp); popfq\n"
	                 "leaq 128(%%rsp), %%rsp"
	                 :
	                 : "r"(address)
	                 : "rax", "memory", "cc");
	trace_note('a');
}

enum { NO_VECTOR = 255 };

/* Of the exception that the thread raises; NO_VECTOR: it has come to its end. */
static uint32_t vector_of(void (*entry)(void *), void *argument)
{
	uint64_t endpoint = endpoint_make(SELF_PD, 0);
	struct os_kernel_fault fault;
	struct thread thread = victim_make(SELF_PD, entry, argument, endpoint);

	if (thread.block->done)
		return NO_VECTOR;
	fault = fault_wait(endpoint);
	CHECK_EQUAL(fault.kind, OS_FAULT_EXCEPTION);
	return fault.vector;
}

TEST(division_by_zero_is_told_to_the_pager)
{
	CHECK_EQUAL(vector_of(divide, NULL), 0);
}

TEST(fpu_exception_is_told_to_the_pager)
{
	CHECK_EQUAL(vector_of(fpu_exception, NULL), 16);
}

TEST(simd_exception_is_told_to_the_pager)
{
	uint32_t vector = vector_of(simd_exception, NULL);

	CHECK(vector == 19 || vector == NO_VECTOR); /* emulated CPUs have none */
}

/* ------------------------------------------------------------------ flags */

TEST(user_land_may_set_ac_and_the_kernel_works_on)
{
	/* With SMAP, AC would let the kernel read user land: it clears it at entry. Emulated
	 * CPUs check no alignment, so a fault is allowed, too, but not needed. */
	static uint64_t data[2];
	uint32_t vector = vector_of(alignment, data);

	CHECK(vector == 17 || (vector == NO_VECTOR && trace[0] == 'a'));
}

/* A system call with flags set that must not reach the kernel's code, nor be lost. */
static uint64_t flags_over_syscall(uint64_t flags)
{
	uint64_t rax = OS_SYS_YIELD, after;

	__asm__ volatile("leaq -128(%%rsp), %%rsp\n" /* the red zone */
	                 "pushfq; orq %2, (%%rsp); popfq\n"
	                 "syscall\n"
	                 "pushfq; popq %1\n"
	                 "cld; pushfq; andq $~0x44000, (%%rsp); popfq\n"
	                 "leaq 128(%%rsp), %%rsp"
	                 : "+a"(rax), "=&b"(after), "+d"(flags)
	                 :
	                 : "rcx", "r11", "rdi", "rsi", "r8", "r9", "r10", "memory", "cc");
	CHECK_OK((enum os_err)rax);
	return after;
}

static const struct {
	const char *name;
	uint64_t flag;
	bool kept;
} flags[] = {
	{ "direction", 0x400, true },
	{ "alignment", 0x40000, true },
	{ "nested_task", 0x4000, false },
	{ "identification", 0x200000, true },
};

static bool flags_label(uint64_t index, char *name, size_t size)
{
	text_format(name, size, "system_call_with_the_%s_flag", flags[index].name);
	return true;
}

TEST_EACH(system_call_with_a_flag, 4, flags_label)
{
	struct server server = server_make(server_echo, pd_make(), PRIORITY_HIGH, 0);
	uint64_t after = flags_over_syscall(flags[index].flag), answer;

	if (flags[index].kept)
		CHECK_EQUAL(after & flags[index].flag, flags[index].flag);
	CHECK_EQUAL(after & 0x200, 0x200);
	/* The kernel copies messages in the right direction afterwards. */
	words(utcb())[0] = 1, words(utcb())[1] = 2;
	CHECK_OK(call(server.gate, header(0, 16), &answer));
	CHECK_EQUAL(words(server.thread.utcb)[1], 2);
}

static void __attribute__((naked)) trap_flag(void)
{
	__asm__ volatile("pushfq; orq $0x100, (%rsp); popfq; nop\n"
	                 "1: jmp 1b\n");
}

static void __attribute__((naked)) trap_flag_at_syscall(void)
{
	__asm__ volatile("mov $7, %eax; pushfq; orq $0x100, (%rsp); popfq; syscall\n"
	                 "1: jmp 1b\n");
}

static void __attribute__((naked)) trap_behind_mov_ss(void)
{
	__asm__ volatile("mov %ss, %ebx; mov $7, %eax; pushfq; orq $0x100, (%rsp); popfq\n"
	                 "mov %ebx, %ss; syscall\n"
	                 "1: jmp 1b\n");
}

static const struct {
	const char *name;
	void (*code)(void);
} traps[] = {
	{ "before_an_instruction", trap_flag },
	{ "before_a_system_call", trap_flag_at_syscall },
	{ "behind_mov_ss_and_a_system_call", trap_behind_mov_ss },
};

static bool trap_label(uint64_t index, char *name, size_t size)
{
	text_format(name, size, "trap_flag_%s", traps[index].name);
	return true;
}

/* A debug trap at kernel entry does not stop the kernel; user land's own is an exception. */
TEST_EACH(trap_flag_set, 3, trap_label)
{
	uint64_t endpoint = endpoint_make(SELF_PD, 0), answer;
	struct server server = server_make(server_echo, pd_make(), PRIORITY_HIGH, 0);
	struct thread thread = thread_make_new(SELF_PD, sleeper, NULL, PRIORITY_HIGH, 0);
	struct os_kernel_fault fault;
	struct event event;

	_Static_assert(OS_SYS_YIELD == 7, "see the code above");
	CHECK_OK(os_kernel_thread_setup(thread.slot, gate_make(endpoint, 77), PRIORITY_HIGH, 0));
	CHECK_OK(os_kernel_thread_start(thread.slot, (uint64_t)traps[index].code,
	                                (uint64_t)thread.utcb + BLOCK, 0));
	fault = fault_wait(endpoint);
	CHECK_EQUAL(fault.vector, 1);
	CHECK(fault.ip >= (uint64_t)traps[index].code &&
	      fault.ip < (uint64_t)traps[index].code + 40);
	for (int i = 0; i < 3; i++) /* TF stays on: further traps come as well */
		CHECK_OK(reply_and_wait(endpoint, header(0, 0), &event));
	CHECK_OK(call(server.gate, header(1, 0), &answer));
}

/* ------------------------------------------------------------------ addresses at the edge */

static void __attribute__((naked)) syscall_with_bad_stack(void)
{
	__asm__ volatile("mov $0x8000000000000000, %rsp; mov $7, %eax; syscall\n"
	                 "mov %rax, trace_err(%rip); movq $1, trace_done(%rip)\n"
	                 "1: jmp 1b\n");
}

static volatile uint64_t trace_err __attribute__((used)) = 99, trace_done __attribute__((used));

TEST(system_call_with_a_stack_pointer_that_is_none)
{
	struct thread thread = thread_make_new(SELF_PD, sleeper, NULL, PRIORITY_LOW, 0);

	CHECK_OK(os_kernel_thread_start(thread.slot, (uint64_t)syscall_with_bad_stack,
	                                (uint64_t)thread.utcb + BLOCK, 0));
	CHECK_OK(os_kernel_thread_setup(SELF_THREAD, PAGER_SLOT, PRIORITY_LOW, 0));
	while (!trace_done)
		CHECK_OK(os_kernel_yield());
	CHECK_EQUAL(trace_err, OS_OK);
}

TEST(exception_with_a_stack_pointer_of_the_kernels)
{
	uint64_t endpoint = endpoint_make(SELF_PD, 0);
	struct thread thread = thread_make_new(SELF_PD, sleeper, NULL, PRIORITY_HIGH, 0);

	CHECK_OK(os_kernel_thread_setup(thread.slot, gate_make(endpoint, 77), PRIORITY_HIGH, 0));
	/* Misaligned, and pushes to nowhere. */
	CHECK_OK(os_kernel_thread_start(thread.slot, (uint64_t)looper, 3, 0));
	CHECK_EQUAL(fault_wait(endpoint).kind, OS_FAULT_PAGE);
}

static bool stack_label(uint64_t index, char *name, size_t size)
{
	text_format(name, size, "thread_with_a_stack_misaligned_by_%lu", index + 1);
	return true;
}

static volatile uint64_t misaligned_runs;

static void __attribute__((naked)) misaligned(void)
{
	__asm__ volatile("1: incq misaligned_runs(%rip); mov $7, %eax; syscall; jmp 1b\n");
}

/* The kernel never looks at a user stack: interrupts and calls work with any. */
TEST_EACH(thread_with_a_misaligned_stack, 15, stack_label)
{
	struct thread thread = thread_make_new(SELF_PD, sleeper, NULL, PRIORITY_TEST, 0);

	CHECK_OK(os_kernel_thread_start(thread.slot, (uint64_t)misaligned,
	                                (uint64_t)thread.utcb + BLOCK - 16 + index + 1, 0));
	while (misaligned_runs < 50)
		CHECK_OK(os_kernel_yield());
}

TEST(system_call_from_the_last_bytes_of_user_land)
{
	/* The return address is the first that is not user land: a fault, not SYSRET's in the
	 * kernel on the user's stack. */
	uint64_t page = page_alloc(), endpoint = endpoint_make(SELF_PD, 0), pd = pd_make();
	uint8_t *code = window_map(page, 1);
	struct thread thread = thread_make_new(pd, sleeper, NULL, PRIORITY_HIGH, 0);
	struct os_kernel_fault fault;

	memset(code, 0x90, PAGE);
	memcpy(code + PAGE - 7, "\xb8\x07\x00\x00\x00\x0f\x05", 7); /* mov $7, %eax; syscall */
	pd_map(pd, OS_KERNEL_USER_END - PAGE, page, 1, OS_MAP_READ | OS_MAP_EXECUTE);
	CHECK_OK(os_kernel_thread_setup(thread.slot, gate_make(endpoint, 77), PRIORITY_HIGH, 0));
	CHECK_OK(os_kernel_thread_start(thread.slot, OS_KERNEL_USER_END - 7,
	                                (uint64_t)thread.utcb + BLOCK, 0));
	fault = fault_wait(endpoint);
	CHECK_EQUAL(fault.kind, OS_FAULT_PAGE);
	CHECK_EQUAL(fault.address, OS_KERNEL_USER_END);
}

static const uint64_t bases[] = {
	0, 0x1234567000ul, 0x7ffffffff000ul, 0xffff800000000000ul, 0xffffffff80100000ul, -1ul
};

static bool base_label(uint64_t index, char *name, size_t size)
{
	text_format(name, size, "%s_base_of_%lx_is_kept_and_harmless", index / 6 ? "gs" : "fs",
	            bases[index % 6]);
	return true;
}

static void base_write(bool gs, uint64_t base)
{
	if (gs)
		__asm__ volatile("wrgsbase %0" : : "r"(base));
	else
		__asm__ volatile("wrfsbase %0" : : "r"(base));
}

static uint64_t base_read(bool gs)
{
	uint64_t base;

	if (gs)
		__asm__ volatile("rdgsbase %0" : "=r"(base));
	else
		__asm__ volatile("rdfsbase %0" : "=r"(base));
	return base;
}

/* User land may set its bases to anything: also to look like the kernel's. */
TEST_EACH(segment_base, 12, base_label)
{
	struct server server = server_make(server_echo, pd_make(), PRIORITY_HIGH, 0);
	uint64_t answer, base = bases[index % 6];

	base_write(index / 6, base);
	for (int i = 0; i < 20; i++) {
		CHECK_OK(call(server.gate, header(1, 0), &answer));
		CHECK_OK(os_kernel_yield());
		CHECK_EQUAL(base_read(index / 6), base);
	}
	for (volatile int i = 0; i < 3000000; i++) /* interrupts come in between */
		;
	CHECK_EQUAL(base_read(index / 6), base);
}

/* ------------------------------------------------------------------ FPU state */

static volatile uint32_t fpu_go;
static uint64_t fpu_seen[64];

/* Looks at what is in the registers without having used them. */
static void fpu_reader(void *unused)
{
	(void)unused;
	__asm__ volatile("movdqu %%xmm0, %0; movdqu %%xmm1, %1; movdqu %%xmm15, %2"
	                 : "=m"(fpu_seen[0]), "=m"(fpu_seen[2]), "=m"(fpu_seen[4]));
	__asm__ volatile("vextractf128 $1, %%ymm0, %0; vextractf128 $1, %%ymm15, %1"
	                 : "=m"(fpu_seen[6]), "=m"(fpu_seen[8]));
	__asm__ volatile("fnsave %0" : "=m"(fpu_seen[16]) : : "memory");
	__asm__ volatile("stmxcsr %0" : "=m"(fpu_seen[10]));
}

TEST(fpu_state_does_not_leak_into_another_pd)
{
	static const uint8_t secret[32] = { [0 ... 31] = 0x5e };
	struct thread thread;

	__asm__ volatile("vmovdqu %0, %%ymm0; vmovdqu %0, %%ymm1; vmovdqu %0, %%ymm15; fldpi"
	                 :
	                 : "m"(*(const struct { uint8_t b[32]; } *)secret)
	                 : "xmm0", "xmm1", "xmm15");
	thread = thread_make(pd_make(), fpu_reader, NULL, PRIORITY_HIGH, 0);
	thread_join(&thread);
	for (int i = 0; i < 10; i++)
		CHECK_EQUAL(fpu_seen[i], 0);
	CHECK_EQUAL(fpu_seen[10] & 0xffff, 0x1f80);
	/* The stack of the x87 is empty: all tags of the environment are 11. */
	CHECK_EQUAL(fpu_seen[17] & 0xffff, 0xffff);
}

static void fpu_user(void *argument)
{
	uint64_t mine = (uint64_t)argument, back;

	__asm__ volatile("movq %0, %%xmm7; vpbroadcastq %%xmm7, %%ymm6" : : "r"(mine) : "xmm7");
	for (int i = 0; i < 200; i++) {
		(void)os_kernel_yield();
		__asm__ volatile("movq %%xmm7, %0" : "=r"(back));
		CHECK_EQUAL(back, mine);
		__asm__ volatile("vextracti128 $1, %%ymm6, %%xmm5; movq %%xmm5, %0"
		                 : "=r"(back)
		                 :
		                 : "xmm5");
		CHECK_EQUAL(back, mine);
	}
}

TEST(fpu_state_is_kept_over_switches)
{
	struct thread threads[6];

	for (uint64_t i = 0; i < 6; i++)
		threads[i] = thread_make(i % 2 ? SELF_PD : pd_make(), fpu_user,
		                         (void *)(0x1111111111111111ul * (i + 1)), PRIORITY_TEST,
		                         i % environment.cpu_count);
	for (uint64_t i = 0; i < 6; i++)
		thread_join(&threads[i]);
}

TEST(fpu_state_is_not_of_a_thread_that_was_there_before)
{
	/* A thread in the page of one that used the FPU starts with a clean state. */
	struct thread thread = thread_make(SELF_PD, fpu_user, (void *)-1ul, PRIORITY_HIGH, 0);
	uint64_t page = thread.page;
	struct thread next;

	thread_expect(&thread, OS_THREAD_BLOCKED);
	CHECK_OK(os_kernel_destroy(thread.slot));
	next = thread_make_new(SELF_PD, fpu_reader, NULL, PRIORITY_HIGH, 0);
	CHECK_OK(os_kernel_destroy(next.slot));
	CHECK_OK(os_kernel_thread_create(MACHINE, SELF_PD, page, next.utcb_page, 0, 0, &next.slot));
	CHECK_OK(os_kernel_thread_setup(next.slot, PAGER_SLOT, PRIORITY_HIGH, 0));
	thread_run(&next);
	thread_join(&next);
	for (int i = 0; i < 10; i++)
		CHECK_EQUAL(fpu_seen[i], 0);
}

/* ------------------------------------------------------------------ messages that change */

static volatile uint32_t changing;

/* Changes the capabilities in a UTCB as fast as it can. */
static void changer(void *argument)
{
	volatile struct os_msg *msg = argument;
	uint32_t i = 0;

	while (changing) {
		i++;
		msg->caps[0].slot = i % 3 ? MACHINE : 0;
		msg->caps[1].slot = i % 5 ? i : SELF_PD;
		msg->caps[2].slot = i % 7 ? 0xffffffff : SELF_THREAD;
		((volatile uint64_t *)(volatile void *)msg->payload)[i % 128] = i;
	}
}

static void utcb_change(uint64_t cpu)
{
	struct server server = server_make(server_echo, pd_make(), PRIORITY_HIGH, 0);
	uint32_t arrived = 0, refused = 0;
	struct state before;
	struct thread thread;

	changing = 1;
	before = state_of(SELF_PD);
	thread = thread_make(SELF_PD, changer, utcb(), PRIORITY_TEST, cpu);
	for (int i = 0; i < 3000; i++) {
		uint64_t answer;
		enum os_err err = call(server.gate, os_kernel_header(1, 1024, 3, 7), &answer);

		if (err) {
			CHECK(err == OS_ERR_CAP_INVALID || err == OS_ERR_DENIED ||
			      err == OS_ERR_GONE || err == OS_ERR_CAP_SLOTS ||
			      err == OS_ERR_OUT_OF_CAPS);
			refused++;
			/* What was moved is gone: never more than there was. */
		} else {
			arrived++;
		}
		if (!held(SELF_PD, MACHINE))
			break;
	}
	changing = 0;
	CHECK(arrived + refused > 0);
	CHECK(state_of(server.pd).used <= 64);
	CHECK(before.used < 256);
	(void)thread;
}

TEST(utcb_changed_by_a_second_thread_on_the_same_cpu)
{
	utcb_change(0);
}

TEST_CASE(utcb_changed_by_a_thread_on_another_cpu, NULL, 1, 2)
{
	utcb_change(1);
}
