/* SPDX-License-Identifier: BSD-2-Clause */
/* How Linux enters core and the platform image: relocate, then MAIN(stack). For assembler files. */

/* This is for the assembler: */
/* clang-format off */
#define ENTRY(MAIN)                                                                                \
	.text;                                                                                     \
	.globl _start;                                                                             \
	.type _start, @function;                                                                   \
_start:                                                                                            \
	xor %ebp, %ebp;                                                                            \
	mov %rsp, %rbx;                                                                            \
	and $-16, %rsp;                                                                            \
	lea __ehdr_start(%rip), %rdi;                                                              \
	lea _DYNAMIC(%rip), %rsi;                                                                  \
	call relocate_self;                                                                        \
	mov %rbx, %rdi;                                                                            \
	call MAIN;                                                                                 \
	hlt;                                                                                       \
	.hidden relocate_self;                                                                     \
	.hidden MAIN;                                                                              \
	.weak _DYNAMIC;                                                                            \
	.hidden _DYNAMIC;                                                                          \
	.hidden __ehdr_start;                                                                      \
	.section .note.GNU-stack, "", @progbits
/* clang-format on */
