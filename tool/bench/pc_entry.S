/* SPDX-License-Identifier: BSD-2-Clause */
/* In place of the kernel: tells the tick of its first instruction, as the kernel's would be. */

#define SERIAL 0x3f8
#define EXIT   0xf4 /* isa-debug-exit */

	.section .note.pvh, "a", @note
	.balign 4
	.long 4, 4, 18 /* XEN_ELFNOTE_PHYS32_ENTRY */
	.asciz "Xen"
	.long _start

	.text
	.code32
	.globl _start
_start:
	rdtsc
	movl %eax, %esi
	movl %edx, %edi
	movl $16, %ecx
	movl $SERIAL, %edx
digit:			/* the highest first */
	movl %edi, %eax
	shrl $28, %eax
	shldl $4, %esi, %edi
	shll $4, %esi
	addb $'0', %al
	cmpb $'9', %al
	jbe put
	addb $'a' - '9' - 1, %al
put:
	outb %al, %dx
	loop digit
	movb $'\n', %al
	outb %al, %dx
	movl $EXIT, %edx
	xorl %eax, %eax
	outb %al, %dx
stop:
	hlt
	jmp stop

	.section .note.GNU-stack, "", @progbits
