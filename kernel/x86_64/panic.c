/* SPDX-License-Identifier: BSD-2-Clause */
/* The end: what went wrong, on the serial line and on the screen, and all CPUs stopped. */

#include <cpu.h>
#include <debug.h>
#include <machine.h>
#include <print.h>

enum { BACKTRACE_MAX = 16, PANIC_EVENTS = 8 };

extern const uint8_t text_start[], rodata_start[], boot_stack[], boot_stack_end[]; /* linker.ld */

static uint32_t panics; /* CPUs that have tried */

bool panic_is_on(void)
{
	return __atomic_load_n(&panics, __ATOMIC_ACQUIRE) != 0;
}

void panic_stop(void)
{
	for (;;)
		cpu_halt();
}

static bool within(uint64_t at, const void *start, const void *end)
{
	return at >= (uint64_t)start && at <= (uint64_t)end - 16;
}

/* Are the two words at `at` on a stack of this CPU, or the one of boot? */
static bool on_stack(uint64_t at)
{
	const struct cpu_memory *memory;

	if (at % 8)
		return false;
	if (!cpu_count || within(at, boot_stack, boot_stack_end))
		return within(at, boot_stack, boot_stack_end);
	memory = container_of(cpu_self(), struct cpu_memory, cpu);
	return within(at, memory, &memory->cpu);
}

static void backtrace_print(uint64_t ip, uint64_t frame)
{
	kernel_print("called from (addr2line -e kernel.elf):");
	for (uint32_t i = 0; i < BACKTRACE_MAX; i++) {
		if (ip >= (uint64_t)text_start && ip < (uint64_t)rodata_start)
			kernel_print(" %lx", ip);
		if (!on_stack(frame))
			break;
		ip = ((const uint64_t *)frame)[1];
		frame = ((const uint64_t *)frame)[0];
	}
	kernel_print("\n");
}

/* Only the first one goes on; the others stop, as does this one when it fails within. */
static void panic_begin(void)
{
	if (__atomic_fetch_add(&panics, 1, __ATOMIC_SEQ_CST))
		panic_stop();
	if (cpu_count > 1)
		apic_stop_others();
	screen_take();
}

#ifndef NDEBUG
static void events_print(void)
{
	const struct arch_cpu *arch;
	uint32_t count;

	if (!cpu_count)
		return;
	arch = cpu_self()->arch;
	count = arch->event_count < PANIC_EVENTS ? arch->event_count : PANIC_EVENTS;
	for (uint32_t i = arch->event_count - count; i != arch->event_count; i++) {
		const struct event_note *note = &arch->events[i % EVENTS];

		kernel_print("%s %lx %lx; ", event_name(note->event), note->a, note->b);
	}
	kernel_print("\n");
}
#else
static void events_print(void)
{
}
#endif

static void where_print(void)
{
	const struct cpu *cpu;

	if (!cpu_count)
		return;
	cpu = cpu_self();
	kernel_print("CPU %u of %u", cpu->index, cpu_count);
	if (cpu->current)
		kernel_print(", thread %lx of PD %lx", cpu->current->cookie,
		             cpu->current->pd->cookie);
	kernel_print("%s%s\n", cpu->exclusive ? ", exclusive" : "", cpu->local ? ", local" : "");
}

/* What may itself fail comes last: a second panic ends in panic_begin(). */
static void panic_end(void) __attribute__((noreturn));
static void panic_end(void)
{
	where_print();
	events_print();
	kernel_print("The system has stopped.\n");
	if (cpu_count)
		debugger_enter("panic", NULL);
	panic_stop();
}

void kernel_panic(const char *file, int line, const char *what)
{
	panic_begin();
	kernel_print("\nkernel panic: %s:%d: %s\n", file, line, what);
	backtrace_print(0, (uint64_t)__builtin_frame_address(0));
	panic_end();
}

void panic_exception(const struct frame *f, const char *what)
{
	uint64_t cr2;

	panic_begin();
	__asm__ volatile("mov %%cr2, %0" : "=r"(cr2));
	kernel_print("\nkernel panic: %s, vector %lu, error %lx, cr2 %lx\n", what, f->vector,
	             f->error, cr2);
	kernel_print("rip %016lx  cs  %016lx  flg %016lx\n", f->rip, f->cs, f->rflags);
	kernel_print("rsp %016lx  ss  %016lx  rbp %016lx\n", f->rsp, f->ss, f->rbp);
	kernel_print("rax %016lx  rbx %016lx  rcx %016lx\n", f->rax, f->rbx, f->rcx);
	kernel_print("rdx %016lx  rsi %016lx  rdi %016lx\n", f->rdx, f->rsi, f->rdi);
	kernel_print("r8  %016lx  r9  %016lx  r10 %016lx\n", f->r8, f->r9, f->r10);
	kernel_print("r11 %016lx  r12 %016lx  r13 %016lx\n", f->r11, f->r12, f->r13);
	kernel_print("r14 %016lx  r15 %016lx\n", f->r14, f->r15);
	backtrace_print(f->rip, f->rbp);
	panic_end();
}

void boot_fail(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	if (__atomic_fetch_add(&panics, 1, __ATOMIC_SEQ_CST))
		panic_stop();
	kernel_print("\nOsier cannot start: ");
	print_format(console_put, format, arguments);
	va_end(arguments);
	kernel_print(".\n");
	panic_stop();
}
