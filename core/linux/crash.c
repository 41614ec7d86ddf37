/* SPDX-License-Identifier: BSD-2-Clause */
/* Crash reports: what happened to a component, where, with which registers. */

#include "linux.h"
#include <abi/x86_64/registers.h>
#include <osier/format.h>
#include <osier/string.h>

enum { REPORT_MAX = 1200 };

static const char *what_happened(uint32_t signal)
{
	switch (signal) {
	case SIGSEGV:
		return "segmentation fault";
	case SIGBUS:
		return "access to memory that was freed";
	case SIGFPE:
		return "division by zero";
	case SIGILL:
		return "illegal instruction";
	case SIGTRAP:
		return "breakpoint";
	default:
		return "fault";
	}
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

static void registers_log(const char *label, const uint64_t *r)
{
	static const char *const names[] = { "rax", "rbx", "rcx", "rdx", "rsi", "rdi",
		                             "rbp", "rsp", "r8",  "r9",  "r10", "r11",
		                             "r12", "r13", "r14", "r15", "rip", "rflags" };
	char text[REPORT_MAX];
	size_t length = 0;

	for (size_t i = 0; i < OS_ARRAY_SIZE(names); i++)
		length += os_format(text + length, sizeof(text) - length, "%s=0x%lx%s", names[i],
		                    (unsigned long)r[i],
		                    i + 1 == OS_ARRAY_SIZE(names) ? ""
		                    : i % 6 == 5                  ? "\n"
		                                                  : " ");
	core_log_lines(label, text);
}

/* Report, end the process, tell the parent. */
void platform_fault_end(struct thread *thread, const char *reason)
{
	struct os_linux_utcb *utcb = thread_utcb(thread);
	struct pd *pd = thread->pd;
	char symbol[120], text[PD_TEXT_MAX], line[PD_TEXT_MAX + 64];
	struct os_registers registers = { 0 };

	(void)!frame_registers(thread, &registers);
	symbol_of(pd, registers.rip, symbol, sizeof(symbol));
	os_format(text, sizeof(text), "%s at address 0x%lx%s%s, ip 0x%lx%s",
	          what_happened(utcb->fault_signal),
	          (unsigned long)(utcb->fault_signal == SIGTRAP ? registers.rip
	                                                        : utcb->fault_address),
	          reason ? ", " : "", reason ? reason : "", (unsigned long)registers.rip, symbol);
	os_format(line, sizeof(line), "crashed: %s", text);
	core_log_lines(pd->label, line);
	registers_log(pd->label, &registers.rax);
	process_kill(pd);
	pd_ended(pd, PD_STATE_CRASHED, text);
}
