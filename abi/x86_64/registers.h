/* SPDX-License-Identifier: BSD-2-Clause */
/* A thread's registers, as api/cpu.rpc passes them on x86_64. */

#ifndef ABI_X86_64_REGISTERS_H
#define ABI_X86_64_REGISTERS_H

#include <stdint.h>

/*
 * What thread.registers() tells and thread.registers_set() takes. More may come behind. Of the
 * flags, those of user land can be set; TF is single_step()'s, and gs_base the platform's: what
 * they are set to is ignored. The vector unit's registers stay as they are.
 */
struct os_registers {
	uint64_t rax, rbx, rcx, rdx, rsi, rdi, rbp, rsp;
	uint64_t r8, r9, r10, r11, r12, r13, r14, r15;
	uint64_t rip, rflags;
	uint64_t fs_base, gs_base;
};

#endif
