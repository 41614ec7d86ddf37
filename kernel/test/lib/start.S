/* SPDX-License-Identifier: BSD-2-Clause */
/* Where the root program and the threads that it makes begin. */

	.section .text.start, "ax"
	.globl program_start
program_start:			/* rdi: boot information, rsi: UTCB */
	leaq	root_block + 4 * 4096(%rip), %rsp
	xorl	%ebp, %ebp
	call	program_main
1:	jmp	1b

	.globl thread_entry
thread_entry:			/* rdi: struct block */
	xorl	%ebp, %ebp
	call	thread_main
1:	jmp	1b

	.section .note.GNU-stack, "", @progbits
