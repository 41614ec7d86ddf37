/* SPDX-License-Identifier: BSD-2-Clause */
/* Page faults and exceptions: resolved by a region map, waited for, or the end of a component. */

#include "pc.h"
#include <osier/format.h>
#include <osier/string.h>

enum { REPORT_MAX = 1200 };

/* Vectors of exceptions: Intel SDM Vol. 3A, table 6-1; bits of a page fault's error code. */
enum {
	DIVIDE_ERROR = 0,
	DEBUG_EXCEPTION = 1,
	BREAKPOINT = 3,
	INVALID_OPCODE = 6,
	STACK_FAULT = 12,
	GENERAL_PROTECTION = 13,
	ALIGNMENT_CHECK = 17,
	FAULT_WRITE = 2,
	FAULT_EXECUTE = 16,
};

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
	case DIVIDE_ERROR:
		return "division by zero";
	case DEBUG_EXCEPTION:
	case BREAKPOINT:
		return "breakpoint";
	case INVALID_OPCODE:
		return "illegal instruction";
	case STACK_FAULT:
	case GENERAL_PROTECTION:
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
	return f->vector == GENERAL_PROTECTION || f->vector == STACK_FAULT ? 0 : f->ip;
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

bool fault_serve(struct thread *thread, const struct os_kernel_fault *fault)
{
	struct resolved where;

	thread->platform.fault = *fault;
	if (fault->kind != OS_FAULT_PAGE) {
		fault_end(thread, NULL);
		return false;
	}
	if (!fault_begin(thread, fault->address, kind_of(fault), &where))
		return false;
	if (space_resolve(thread, fault->address, &where) == OS_OK)
		return true;
	fault_end(thread, "no memory for page tables");
	return false;
}

enum os_err platform_fault_resolved(struct thread *thread, const struct resolved *where)
{
	enum os_err err = space_resolve(thread, thread->fault.at, where);

	return err ? err : os_kernel_thread_resume(thread->platform.slot);
}
