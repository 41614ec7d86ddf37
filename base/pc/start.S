/* SPDX-License-Identifier: BSD-2-Clause */
/* Entry of the platform image: the kernel starts the main thread here, the info page in RDI. */

	.set	INFO_STACK_TOP, 16	/* struct os_pc_info.stack_top, asserted in main.c */

	.text
	.globl	_start
	.type	_start, @function
_start:
	xor	%ebp, %ebp
	mov	%rdi, %rbx
	mov	INFO_STACK_TOP(%rdi), %rsp
	and	$-16, %rsp
	lea	__ehdr_start(%rip), %rdi
	lea	_DYNAMIC(%rip), %rsi
	call	relocate_self
	mov	%rbx, %rdi
	call	image_main
	ud2
	.size	_start, . - _start

	.hidden	relocate_self
	.hidden	image_main
	.weak	_DYNAMIC
	.hidden	_DYNAMIC
	.hidden	__ehdr_start
	.section .note.GNU-stack, "", @progbits
