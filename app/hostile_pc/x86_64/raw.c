/* SPDX-License-Identifier: BSD-2-Clause */
/* System calls, stacks, segment bases and registers, past everything that base does. */

#include "../attack.h"
#include <abi/kernel_calls.h>

uint64_t kernel_call(uint64_t number, struct arguments args)
{
	register uint64_t r10 __asm__("r10") = args.d;
	register uint64_t r8 __asm__("r8") = args.e;
	register uint64_t r9 __asm__("r9") = args.f;

	__asm__ volatile("syscall"
	                 : "+a"(number), "+D"(args.a), "+S"(args.b), "+d"(args.c), "+r"(r10),
	                   "+r"(r8), "+r"(r9)
	                 :
	                 : "rcx", "r11", "memory");
	return number;
}

uint64_t kernel_call_with_flags(uint64_t number, struct arguments args, uint64_t flags,
                                uint64_t *error, uint64_t *answer)
{
	register uint64_t after __asm__("rbx") = flags;

	__asm__ volatile("leaq -128(%%rsp), %%rsp\n" /* the red zone */
	                 "pushfq; orq %%rbx, (%%rsp); popfq\n"
	                 "syscall\n"
	                 "pushfq; popq %%rbx\n"
	                 "cld; pushfq; andq $~0x44000, (%%rsp); popfq\n"
	                 "leaq 128(%%rsp), %%rsp"
	                 : "+a"(number), "+r"(after), "+D"(args.a), "+S"(args.b), "+d"(args.c)
	                 :
	                 : "rcx", "r8", "r9", "r10", "r11", "memory", "cc");
	*error = number;
	*answer = args.b;
	return after;
}

uint64_t yield_with_stack(uint64_t sp)
{
	uint64_t rax = OS_SYS_YIELD;

	__asm__ volatile("xchg %%rsp, %%rbx; syscall; xchg %%rsp, %%rbx"
	                 : "+a"(rax), "+b"(sp)
	                 :
	                 : "rcx", "r11", "rdi", "rsi", "rdx", "r8", "r9", "r10", "memory");
	return rax;
}

void __attribute__((naked, noinline)) go_to(uint64_t ip __attribute__((unused)))
{
	__asm__ volatile("push %rdi; ret");
}

void __attribute__((naked, noinline)) push_at(uint64_t sp __attribute__((unused)))
{
	__asm__ volatile("mov %rsp, %rbx; mov %rdi, %rsp; push %rax; mov %rbx, %rsp; ret");
}

struct os_thread_block *thread_self(void)
{
	struct os_thread_block *self;

	__asm__ volatile("mov %%gs:0, %0" : "=r"(self));
	return self;
}

void gs_base_set(uint64_t base)
{
	__asm__ volatile("wrgsbase %0" : : "r"(base) : "memory");
}

bool bases_kept(uint64_t base, uint32_t calls)
{
	const uint64_t first = base, second = base ^ 0x1000;
	uint64_t fs, gs, fs_before, gs_before, wrong = 0;

	__asm__ volatile("rdfsbase %0; rdgsbase %1" : "=r"(fs_before), "=r"(gs_before));
	__asm__ volatile("wrfsbase %0; wrgsbase %1" : : "r"(first), "r"(second) : "memory");
	for (uint32_t i = 0; i < calls; i++) {
		kernel_call(OS_SYS_YIELD, (struct arguments){ 0 });
		for (volatile uint32_t work = 0; work < 1000; work++)
			continue; /* interrupts come in between */
		__asm__ volatile("rdfsbase %0; rdgsbase %1" : "=r"(fs), "=r"(gs));
		wrong |= fs ^ first;
		wrong |= gs ^ second;
	}
	__asm__ volatile("wrfsbase %0; wrgsbase %1" : : "r"(fs_before), "r"(gs_before) : "memory");
	return !wrong;
}

/* ------------------------------------------------------------------ registers */

#define LOWER(DO)       DO("0") DO("1") DO("2") DO("3") DO("4") DO("5") DO("6")
#define UPPER(DO)       DO("7") DO("8") DO("9") DO("10") DO("11") DO("12") DO("13")
#define EACH_VECTOR(DO) LOWER(DO) UPPER(DO)
#define LOWER_USED      "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7"
#define UPPER_USED      "xmm8", "xmm9", "xmm10", "xmm11", "xmm12", "xmm13", "xmm14", "xmm15"

/* What vector n holds is set to vector 15, or compared with it by way of vector 14. */
#define FILL(n)   "movdqa %%xmm15, %%xmm" n "\n"
#define HALF      "movq %%xmm14, %%rdx; or %%rdx, %%rbx\n"
#define LOAD(n)   "movdqa %%xmm" n ", %%xmm14; pxor %%xmm15, %%xmm14\n"
#define DIFFER(n) LOAD(n) HALF "psrldq $8, %%xmm14\n" HALF

/* All of it in one piece: no code of a compiler's comes in between. */
static uint64_t vectors_differ(uint64_t pattern, uint32_t calls)
{
	uint64_t differ = 0, count = calls;

	__asm__ volatile("movq %2, %%xmm15; punpcklqdq %%xmm15, %%xmm15\n" EACH_VECTOR(
	                         FILL) "1: mov $7, %%eax; syscall\n" EACH_VECTOR(DIFFER)
	                 /* the pattern itself, and whether it is still whole */
	                 "movq %%xmm15, %%rdx; xor %2, %%rdx; or %%rdx, %%rbx\n"
	                 "dec %1; jnz 1b"
	                 : "+b"(differ), "+r"(count)
	                 : "r"(pattern)
	                 : "rax", "rcx", "rdx", "rsi", "rdi", "r8", "r9", "r10", "r11", "memory",
	                   "cc", LOWER_USED, UPPER_USED);
	return differ;
}

_Static_assert(OS_SYS_YIELD == 7, "see the code above");

bool vectors_kept(uint64_t pattern, uint32_t calls)
{
	uint64_t whole = pattern & INT64_MAX, back;

	/* a register of the FPU holds it, too: as an integer, for which it has room */
	__asm__ volatile("fninit; fildll %0" : : "m"(whole));
	if (vectors_differ(pattern, calls))
		return false;
	__asm__ volatile("fistpll %0; fninit" : "=m"(back));
	return back == whole;
}

bool vectors_clean(uint32_t calls)
{
	uint16_t environment[14 + 40];

	__asm__ volatile("fninit");
	if (vectors_differ(0, calls))
		return false;
	/* all of its registers are empty still: FNSAVE, Intel SDM Vol. 1, figure 8-11 */
	__asm__ volatile("fnsave %0" : "=m"(environment));
	return environment[4] == 0xffff;
}
