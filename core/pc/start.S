/* SPDX-License-Identifier: BSD-2-Clause */
/* Entry of core: the kernel starts its thread here, RDI the boot information, RSI the UTCB. */

	.set	STACK_SIZE, 64 * 1024

	.text
	.globl	_start
	.type	_start, @function
_start:
	xor	%ebp, %ebp
	lea	stack_top(%rip), %rsp
	call	core_main
	ud2
	.size	_start, . - _start

	.bss
	.balign	4096
	.skip	STACK_SIZE
stack_top:
	.section .note.GNU-stack, "", @progbits
