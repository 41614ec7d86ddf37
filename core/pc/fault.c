/* SPDX-License-Identifier: BSD-2-Clause */
/* Page faults and exceptions: resolved by a region map, waited for, or the end of a component. */

#include "pc.h"
#include <abi/x86_64/exception.h>
#include <abi/x86_64/registers.h>
#include <osier/format.h>
#include <osier/string.h>

enum { REPORT_MAX = 1200 };

/* Bits of a page fault's error code: Intel SDM Vol. 3A, 4.7. */
enum {
	FAULT_WRITE = 2,
	FAULT_EXECUTE = 16,
};

/* What the kernel tells, as api/cpu.rpc tells it. */
static enum thread_exception kind_of_vector(uint32_t vector)
{
	static const uint8_t kinds[] = {
		[OS_EXCEPTION_DIVIDE_ERROR] = THREAD_EXCEPTION_DIVISION,
		[OS_EXCEPTION_DEBUG] = THREAD_EXCEPTION_BREAKPOINT,
		[OS_EXCEPTION_BREAKPOINT] = THREAD_EXCEPTION_BREAKPOINT,
		[OS_EXCEPTION_OVERFLOW] = THREAD_EXCEPTION_OVERFLOW,
		[OS_EXCEPTION_INVALID_OPCODE] = THREAD_EXCEPTION_ILLEGAL_INSTRUCTION,
		[OS_EXCEPTION_STACK_FAULT] = THREAD_EXCEPTION_PROTECTION,
		[OS_EXCEPTION_GENERAL_PROTECTION] = THREAD_EXCEPTION_PROTECTION,
		[OS_EXCEPTION_FLOATING_POINT] = THREAD_EXCEPTION_FLOATING_POINT,
		[OS_EXCEPTION_ALIGNMENT_CHECK] = THREAD_EXCEPTION_ALIGNMENT,
		[OS_EXCEPTION_SIMD_FLOATING_POINT] = THREAD_EXCEPTION_FLOATING_POINT,
	};

	if (vector >= OS_ARRAY_SIZE(kinds) || !kinds[vector])
		return THREAD_EXCEPTION_OTHER;
	return (enum thread_exception)kinds[vector];
}

static enum thread_exception exception_of(const struct os_kernel_fault *f)
{
	switch (f->kind) {
	case OS_FAULT_STEP:
		return THREAD_EXCEPTION_STEP;
	case OS_FAULT_SYSCALL:
		return THREAD_EXCEPTION_SYSTEM_CALL;
	default:
		return kind_of_vector(f->vector);
	}
}

/* ------------------------------------------------------------------ crash reports */

/* Was there memory that has been freed since? */
static bool was_freed(const struct thread *thread, uint64_t address)
{
	struct attachment *a;
	struct resolved r;

	if (!thread->pd->address_space)
		return false;
	region_map_resolve(thread->pd->address_space, address, &r);
	a = region_map_find(r.innermost, r.innermost_address);
	return a && !a->ds;
}

static const char *what_happened(const struct thread *thread, const struct os_kernel_fault *f)
{
	if (f->kind == OS_FAULT_PAGE)
		return was_freed(thread, f->address) ? "access to memory that was freed"
		                                     : "segmentation fault";
	if (f->kind == OS_FAULT_SYSCALL)
		return "system call that is none";
	switch (f->vector) {
	case OS_EXCEPTION_DIVIDE_ERROR:
		return "division by zero";
	case OS_EXCEPTION_DEBUG:
	case OS_EXCEPTION_BREAKPOINT:
		return "breakpoint";
	case OS_EXCEPTION_INVALID_OPCODE:
		return "illegal instruction";
	case OS_EXCEPTION_STACK_FAULT:
	case OS_EXCEPTION_GENERAL_PROTECTION:
		return "segmentation fault";
	default:
		return "fault";
	}
}

/* The CPU tells no address for a protection fault, and the instruction's for others. */
static uint64_t fault_address(const struct os_kernel_fault *f)
{
	if (f->kind == OS_FAULT_PAGE)
		return f->address;
	return f->vector == OS_EXCEPTION_GENERAL_PROTECTION || f->vector == OS_EXCEPTION_STACK_FAULT
	               ? 0
	               : f->ip;
}

/* "handler+0x12 in ram_fs" where the binary has symbols. */
static void symbol_of(struct pd *pd, uint64_t ip, char *out, size_t size)
{
	uint64_t base = pd->platform.load_base, offset = 0;
	char name[80];

	out[0] = 0;
	if (ip >= base && pd_symbol(pd, ip - base, name, sizeof(name), &offset) == OS_OK)
		os_format(out, size, " in %s+0x%lx", name, (unsigned long)offset);
}

static void registers_log(const char *label, const struct os_kernel_registers *r)
{
	const struct {
		const char *name;
		uint64_t value;
	} all[] = {
		{ "rax", r->rax }, { "rbx", r->rbx },       { "rcx", r->rcx }, { "rdx", r->rdx },
		{ "rsi", r->rsi }, { "rdi", r->rdi },       { "rbp", r->rbp }, { "rsp", r->rsp },
		{ "r8", r->r8 },   { "r9", r->r9 },         { "r10", r->r10 }, { "r11", r->r11 },
		{ "r12", r->r12 }, { "r13", r->r13 },       { "r14", r->r14 }, { "r15", r->r15 },
		{ "rip", r->rip }, { "rflags", r->rflags },
	};
	char text[REPORT_MAX];
	size_t length = 0;

	for (size_t i = 0; i < OS_ARRAY_SIZE(all); i++)
		length += os_format(text + length, sizeof(text) - length, "%s=0x%lx%s", all[i].name,
		                    (unsigned long)all[i].value,
		                    i + 1 == OS_ARRAY_SIZE(all) ? ""
		                    : i % 6 == 5                ? "\n"
		                                                : " ");
	core_log_lines(label, text);
}

/* Report, end the PD, tell the parent. */
void platform_fault_end(struct thread *thread, const char *reason)
{
	const struct os_kernel_fault *f = &thread->platform.fault;
	struct pd *pd = thread->pd;
	char symbol[120], text[PD_TEXT_MAX], line[PD_TEXT_MAX + 64];
	struct os_kernel_registers registers = { 0 };

	if (os_kernel_thread_registers(thread->platform.slot, 0) == OS_OK)
		memcpy(&registers, utcb->payload, sizeof(registers));
	symbol_of(pd, f->ip, symbol, sizeof(symbol));
	os_format(text, sizeof(text), "%s at address 0x%lx%s%s, ip 0x%lx%s",
	          what_happened(thread, f), (unsigned long)fault_address(f), reason ? ", " : "",
	          reason ? reason : "", (unsigned long)f->ip, symbol);
	os_format(line, sizeof(line), "crashed: %s", text);
	core_log_lines(pd->label, line);
	registers_log(pd->label, &registers);
	pd_ended(pd, PD_STATE_CRASHED, text);
}

/* ------------------------------------------------------------------ faults */

static enum region_map_fault_kind kind_of(const struct os_kernel_fault *f)
{
	if (f->error & FAULT_WRITE)
		return REGION_MAP_FAULT_KIND_WRITE;
	return f->error & FAULT_EXECUTE ? REGION_MAP_FAULT_KIND_EXECUTE
	                                : REGION_MAP_FAULT_KIND_READ;
}

/* Left alone as long as it waits; else as a reply to the kernel: true, unless that is done. */
static bool goes_on(struct thread *thread)
{
	struct platform_thread *t = &thread->platform;

	if (!t->paused || thread->pauses)
		return true;
	/* it was resumed when its fault was on the way here already */
	t->paused = false;
	(void)!os_kernel_thread_resume(t->slot);
	return false;
}

bool fault_serve(struct thread *thread, const struct os_kernel_fault *fault)
{
	struct resolved where;

	thread->platform.fault = *fault;
	if (fault->kind == OS_FAULT_PAGE && trace_fault(thread, fault->address))
		return true;
	if (fault->kind != OS_FAULT_PAGE) {
		exception_meet(thread, exception_of(fault), fault_address(fault), NULL);
		return false;
	}
	if (!fault_begin(thread, fault->address, kind_of(fault), &where))
		return false;
	if (space_resolve(thread, fault->address, &where, false) == OS_OK)
		return goes_on(thread);
	fault_end(thread, "no memory for page tables");
	return false;
}

/*
 * The thread waits for its pager, and is to wait no longer. The kernel's resume undoes a pause as
 * well, so that one that is to stay paused gets another one first.
 */
static void let_go(struct thread *thread)
{
	struct platform_thread *t = &thread->platform;

	if (thread->pauses && !t->paused)
		OS_ASSERT(os_kernel_thread_pause(t->slot) == OS_OK);
	t->paused = thread->pauses;
	if (t->paused)
		OS_ASSERT(os_kernel_thread_pause(t->slot) == OS_OK);
	(void)!os_kernel_thread_resume(t->slot);
}

enum os_err platform_fault_resolved(struct thread *thread, const struct resolved *where)
{
	const bool at_once = !thread->pauses && !thread->platform.paused;
	enum os_err err = space_resolve(thread, thread->fault.at, where, at_once);

	if (!err && !at_once)
		let_go(thread);
	return err;
}

/* ------------------------------------------------------------------ exceptions */

void platform_thread_proceed(struct thread *thread)
{
	let_go(thread);
}

/* ------------------------------------------------------------------ pauses, steps, registers */

/* Core knows that it waits for its pager. */
static bool at_rest(const struct thread *thread)
{
	return thread->fault.kind || thread->exception;
}

/*
 * A thread that waits for its pager stands still anyway, and the kernel would take the end of its
 * pause for the answer of the pager: so its pauses are counted by core alone.
 */
enum os_err platform_thread_pause(struct thread *thread)
{
	struct platform_thread *t = &thread->platform;

	if (at_rest(thread) || t->paused)
		return OS_OK;
	if (os_kernel_thread_pause(t->slot) != OS_OK)
		return OS_ERR_LIMIT;
	t->paused = true;
	return OS_OK;
}

void platform_thread_unpause(struct thread *thread)
{
	struct platform_thread *t = &thread->platform;
	uint64_t cycles, state = 0;

	if (at_rest(thread) || !t->paused)
		return;
	/* its fault is on the way here: goes_on() and let_go() see to the rest */
	if (os_kernel_thread_time(t->slot, &cycles, &state) == OS_OK && state == OS_THREAD_FAULTED)
		return;
	t->paused = false;
	(void)!os_kernel_thread_resume(t->slot);
}

enum os_err platform_thread_step(struct thread *thread, bool on)
{
	OS_ASSERT(os_kernel_thread_step(thread->platform.slot, on) == OS_OK);
	return OS_OK;
}

_Static_assert(sizeof(struct os_registers) == sizeof(struct os_kernel_registers) &&
                       offsetof(struct os_registers, r8) ==
                               offsetof(struct os_kernel_registers, r8) &&
                       offsetof(struct os_registers, rip) ==
                               offsetof(struct os_kernel_registers, rip),
               "the kernel's are the same");

enum os_err platform_thread_registers(struct thread *thread, struct os_registers *out)
{
	enum os_err err = os_kernel_thread_registers(thread->platform.slot, 0);

	if (!err)
		memcpy(out, utcb->payload, sizeof(*out));
	return err;
}

enum os_err platform_thread_registers_set(struct thread *thread,
                                          const struct os_registers *registers)
{
	struct os_registers set = *registers, was;
	enum os_err err;

	if ((err = platform_thread_registers(thread, &was)))
		return err;
	set.gs_base = was.gs_base;
	memcpy(utcb->payload, &set, sizeof(set));
	return os_kernel_thread_registers(thread->platform.slot, 1);
}

void platform_thread_cancel(struct thread *thread)
{
	(void)!os_kernel_thread_cancel(thread->platform.slot);
}
