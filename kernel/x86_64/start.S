/* SPDX-License-Identifier: BSD-2-Clause */
/* The kernel's first instructions: from 32-bit mode without paging to boot_main(), for all CPUs. */

#define BASE        0xffffffff80000000
#define PHYSICAL(x) ((x) - BASE)

#define MULTIBOOT_MAGIC 0xe85250d6
#define XEN_ELFNOTE_PHYS32_ENTRY 18

#define CR0_FLAGS 0x80050033 /* PG, AM, WP, NE, ET, MP, PE */
#define CR4_PAE   0x20
#define MSR_EFER  0xc0000080
#define EFER_SCE_LME_NXE 0x901
#define CPUID_LONG_MODE  (1 << 29)
#define CPUID_NX         (1 << 20)

#define SELECTOR_CODE 0x08
#define PAGE_TABLE    0x03 /* present, writeable */
#define PAGE_LARGE    0x83

/* ------------------------------------------------------------------ for boot loaders */

	.section .head, "a"
	.balign 8
/* Multiboot 2 specification, 3.1. */
multiboot_header:
	.long MULTIBOOT_MAGIC
	.long 0
	.long multiboot_end - multiboot_header
	.long -(MULTIBOOT_MAGIC + (multiboot_end - multiboot_header))
	.short 3, 0 /* entry address */
	.long 12
	.long PHYSICAL(start)
	.balign 8
	.short 5, 1 /* frame buffer, optional */
	.long 20
	.long 0, 0, 32
	.balign 8
	.short 6, 1 /* modules page-aligned, optional: there are none */
	.long 8
	.balign 8
	.short 0, 0
	.long 8
multiboot_end:

	.section .note.pvh, "a", @note
	.balign 4
	.long 4, 8, XEN_ELFNOTE_PHYS32_ENTRY
	.asciz "Xen"
	.quad PHYSICAL(start_pvh)

/* ------------------------------------------------------------------ the boot CPU */

	.text
	.code32
	.globl start
/* PVH (Xen's docs/misc/pvh.pandoc): ebx is the address of hvm_start_info; eax says nothing. */
start_pvh:
	xorl %eax, %eax
/* Multiboot 2: eax is its magic, ebx the address of its information. */
start:
	cli
	cld
	movl $PHYSICAL(boot_stack_end), %esp
	movl %eax, %ebp
	movl %ebx, %edi

	/* CPUID exists where its flag can be changed. */
	pushfl
	popl %eax
	movl %eax, %ecx
	xorl $0x200000, %eax
	pushl %eax
	popfl
	pushfl
	popl %eax
	movl $PHYSICAL(text_long_mode), %esi
	cmpl %eax, %ecx
	je start_fail
	movl $0x80000000, %eax
	cpuid
	cmpl $0x80000001, %eax
	jb start_fail
	movl $0x80000001, %eax
	cpuid
	testl $CPUID_LONG_MODE, %edx
	jz start_fail
	movl $PHYSICAL(text_nx), %esi
	testl $CPUID_NX, %edx
	jz start_fail

	/* 4 GiB in 2 MiB pages: as they are, in the direct map, and 1 GiB where the kernel is. */
	movl $PHYSICAL(boot_table_2m), %ebx
	movl $PAGE_LARGE, %eax
	xorl %edx, %edx
1:	movl %eax, (%ebx, %edx, 8)
	addl $0x200000, %eax
	incl %edx
	cmpl $2048, %edx
	jb 1b
	movl $PHYSICAL(boot_table_2m) + PAGE_TABLE, %eax
	movl $PHYSICAL(boot_table_1g), %ebx
	movl %eax, 0(%ebx)
	movl %eax, 4096 + 510 * 8(%ebx)
	addl $4096, %eax
	movl %eax, 8(%ebx)
	addl $4096, %eax
	movl %eax, 16(%ebx)
	addl $4096, %eax
	movl %eax, 24(%ebx)
	leal PAGE_TABLE(%ebx), %eax
	movl $PHYSICAL(boot_table), %ebx
	movl %eax, 0(%ebx)
	movl %eax, 256 * 8(%ebx)
	addl $4096, %eax
	movl %eax, 511 * 8(%ebx)

	lgdtl PHYSICAL(boot_gdt_pointer)
	call long_mode_enter
	ljmpl $SELECTOR_CODE, $PHYSICAL(start_64)

/* Switch on paging with the boot tables; 32-bit or 16-bit code. Changes eax, ecx, edx. */
.macro LONG_MODE
	movl $CR4_PAE, %eax
	movl %eax, %cr4
	movl $PHYSICAL(boot_table), %eax
	movl %eax, %cr3
	movl $MSR_EFER, %ecx
	xorl %edx, %edx
	movl $EFER_SCE_LME_NXE, %eax
	wrmsr
	movl $CR0_FLAGS, %eax
	movl %eax, %cr0
.endm

long_mode_enter:
	LONG_MODE
	ret

/* Show the text at esi on COM1 and on a VGA text screen, and halt. */
start_fail:
	movl $0xb8000, %edi
	movl $80 * 25, %ecx
	movl $0x0f200f20, %eax
	rep stosw
	movl $0xb8000, %edi
1:	lodsb
	testb %al, %al
	jz 3f
	movb $0x0f, %ah
	stosw
	movl %eax, %ebx
	movl $0x10000, %ecx
	movw $0x3fd, %dx
2:	inb %dx, %al
	testb $0x20, %al
	loopz 2b
	movw $0x3f8, %dx
	movl %ebx, %eax
	outb %al, %dx
	jmp 1b
3:	hlt
	jmp 3b

	.code64
start_64:
	movabsq $start_high, %rax
	jmp *%rax
start_high:
	xorl %eax, %eax
	movl %eax, %ds
	movl %eax, %es
	movl %eax, %fs
	movl %eax, %gs
	movl %eax, %ss
	movq $boot_stack_end, %rsp
	movl %edi, %esi
	movl %ebp, %edi
	xorl %ebp, %ebp /* a backtrace ends here */
	call boot_main
1:	hlt
	jmp 1b

/* ------------------------------------------------------------------ the other CPUs */

/*
 * Copied to a page below 1 MiB, where they start in 16-bit mode with cs = page << 8: SDM Vol. 3A,
 * 9.4.4. The boot tables and what they lead to are still there.
 */
	.section .rodata
	.code16
	.globl trampoline, trampoline_end
trampoline:
	cli
	cld
	movw %cs, %ax
	movw %ax, %ds
	lgdtl trampoline_gdt_pointer - trampoline
	LONG_MODE
	ljmpl $SELECTOR_CODE, $PHYSICAL(trampoline_64)
trampoline_gdt_pointer:
	.short boot_gdt_end - boot_gdt - 1
	.long PHYSICAL(boot_gdt)
trampoline_end:

	.text
	.code64
trampoline_64:
	movabsq $trampoline_high, %rax
	jmp *%rax
trampoline_high:
	xorl %eax, %eax
	movl %eax, %ds
	movl %eax, %es
	movl %eax, %fs
	movl %eax, %gs
	movl %eax, %ss
	/* Its struct cpu, which only one CPU gets: one that comes too late stays here. */
	xorl %edi, %edi
	xchgq %rdi, smp_starting
	testq %rdi, %rdi
	jz 2f
	movq kernel_table_physical, %rax
	movq %rax, %cr3
	movq 24(%rdi), %rsp /* cpu.stack */
	xorl %ebp, %ebp
	call smp_main
2:	hlt
	jmp 2b

/* ------------------------------------------------------------------ data */

	.section .rodata
text_long_mode:
	.asciz "Osier: this CPU has no 64-bit mode, which is required.\r\n"
text_nx:
	.asciz "Osier: this CPU cannot protect pages from execution (NX), which is required.\r\n"

	.balign 8
boot_gdt:
	.quad 0
	.quad 0x00209b0000000000 /* 64-bit code */
boot_gdt_end:
	.balign 4
boot_gdt_pointer:
	.short boot_gdt_end - boot_gdt - 1
	.long PHYSICAL(boot_gdt)

	.bss
	.balign 4096
	.globl boot_table, boot_stack, boot_stack_end
boot_table:
	.skip 4096
boot_table_1g: /* of the first 512 GiB, and of the kernel */
	.skip 2 * 4096
boot_table_2m:
	.skip 4 * 4096
boot_stack:
	.skip 16384
boot_stack_end:

	.section .note.GNU-stack, "", @progbits
