/* SPDX-License-Identifier: BSD-2-Clause */
/* Where a component begins: its first instructions, and the note with its ABI version. */

	/* The platform image jumps here: struct os_start_info * in RDI, RSP aligned to 16. */
	.section .text._start, "ax", @progbits
	.globl	_start
	.type	_start, @function
_start:
	.cfi_startproc
	.cfi_undefined rip			/* nothing called this */
	.reloc	., R_X86_64_NONE, os_abi_note	/* so that the linker keeps the note */
	xorl	%ebp, %ebp			/* ends the chain of frames for debuggers */
	leaq	_DYNAMIC(%rip), %rsi
	call	os_start
	ud2
	.cfi_endproc
	.size	_start, . - _start

	.section .note.osier, "a", @note
	.balign	4
	.hidden	os_abi_note
os_abi_note:
	.long	2f - 1f				/* length of the name */
	.long	4f - 3f				/* length of the description */
	.long	1				/* type: ABI version */
1:	.asciz	"Osier"
2:	.balign	4
3:	.long	1				/* OS_ABI_VERSION, as asserted in start.c */
4:

	.hidden	_DYNAMIC
	.hidden	os_start
	.section .note.GNU-stack, "", @progbits
