/* SPDX-License-Identifier: BSD-2-Clause */
/* What execution_child can be told to do by the component that has made it. */

#ifndef EXECUTION_CHILD_COMMAND_H
#define EXECUTION_CHILD_COMMAND_H

#include <stdint.h>

/*
 * The child stops at a breakpoint, with what its last command has returned in RAX. Its parent sets
 * RAX to the next command and RDI to an argument, and lets it go on.
 */
enum command {
	COMMAND_NONE,
	COMMAND_DIVIDE,     /* by zero; the instruction has 2 bytes */
	COMMAND_ILLEGAL,    /* an instruction of 2 bytes */
	COMMAND_READ,       /* 8 bytes at RDI: returns them */
	COMMAND_WRITE,      /* COMMAND_VALUE to RDI */
	COMMAND_JUMP,       /* call RDI, which cannot be; goes on at RBX with 8 more in RSP */
	COMMAND_STEPS,      /* a breakpoint; instructions of 1, 1 and 5 bytes; a breakpoint */
	COMMAND_SPIN,       /* with COMMAND_VALUE in RSI: count in RCX until RDX is not 0 */
	COMMAND_PROTECTION, /* an instruction of 1 byte that user land may not use */
	COMMAND_THREAD,     /* a thread that does COMMAND_ILLEGAL; returns what that has returned */
	COMMAND_BLOCK,      /* wait for the wake token; returns the error */
	COMMAND_WAIT,       /* wait at the entrypoint; returns the error */
	COMMAND_FS,         /* a breakpoint; returns the word at the base of FS */
	COMMAND_FLOAT,      /* x87 divides by zero, and waits for it: 1 byte; returns 1 */
	COMMAND_SIMD,       /* SSE divides by zero: 4 bytes; returns 1 */
	COMMAND_MISALIGNED, /* a word at an odd address, checked: 3 bytes; returns 1 */
};

#define COMMAND_READY UINT64_C(0x72656164790a0000) /* the first result */
#define COMMAND_VALUE UINT64_C(0x1122334455667788)

/** Stop at a breakpoint; returns RAX and RDI as they were set. */
uint64_t command_next(uint64_t result, uint64_t *argument);

/** Those that are instructions of the CPU; the others return 0. */
uint64_t command_run(uint64_t command, uint64_t argument);

#endif
