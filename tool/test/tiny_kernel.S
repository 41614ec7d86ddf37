/* SPDX-License-Identifier: BSD-2-Clause */
/* Stands in for the kernel in tests of the image tool: what boot loaders look at, and no more. */

	.section .head, "a"
	.balign 8
head:	.long 0xe85250d6, 0, head_end - head, -(0xe85250d6 + (head_end - head))
	.short 0, 0
	.long 8
head_end:

	.section .note.pvh, "a", @note
	.long 4, 4, 18
	.asciz "Xen"
	.long start + 0x80000000 # its physical address

	.section .text, "ax"
	.code32
	.globl start
start:	hlt
	jmp start

	.section .bss, "aw", @nobits
	.skip 5000

	.section .note.GNU-stack, "", @progbits
