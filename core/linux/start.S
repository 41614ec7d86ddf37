/* SPDX-License-Identifier: BSD-2-Clause */
/* Entry of the Linux core: relocate, then core_main(stack). */

	.text
	.globl _start
	.type _start, @function
_start:
	xor %ebp, %ebp
	mov %rsp, %rbx
	and $-16, %rsp
	lea __ehdr_start(%rip), %rdi
	lea _DYNAMIC(%rip), %rsi
	call relocate
	mov %rbx, %rdi
	call core_main
	hlt
	.hidden relocate
	.hidden core_main
	.weak _DYNAMIC
	.hidden _DYNAMIC
	.hidden __ehdr_start
	.section .note.GNU-stack, "", @progbits
