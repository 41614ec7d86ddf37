/* SPDX-License-Identifier: BSD-2-Clause */
/* Exceptions of the CPU, by vector: Intel SDM Vol. 3A, table 6-1. */

#ifndef ABI_X86_64_EXCEPTION_H
#define ABI_X86_64_EXCEPTION_H

/** Those that a component's own instructions can raise, but page faults. */
enum os_exception {
	OS_EXCEPTION_DIVIDE_ERROR = 0,
	OS_EXCEPTION_DEBUG = 1,
	OS_EXCEPTION_BREAKPOINT = 3,
	OS_EXCEPTION_OVERFLOW = 4,
	OS_EXCEPTION_INVALID_OPCODE = 6,
	OS_EXCEPTION_STACK_FAULT = 12,
	OS_EXCEPTION_GENERAL_PROTECTION = 13,
	OS_EXCEPTION_FLOATING_POINT = 16,
	OS_EXCEPTION_ALIGNMENT_CHECK = 17,
	OS_EXCEPTION_SIMD_FLOATING_POINT = 19,
};

#endif
