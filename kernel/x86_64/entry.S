/* SPDX-License-Identifier: BSD-2-Clause */
/* The ways into the kernel, and the one way out. */

/*
 *   user mode --SYSCALL--> syscall_entry ----> syscall_table[rax] --.
 *             --exception, interrupt, int 0x80--> entry_user -------+--> cpu_return --> user mode
 *   idle      --interrupt--> entry_kernel --------------------------'        '-> idle
 *   anywhere  --#DB, NMI, #DF, #MC--> stacks of their own --> back where they came from
 *
 * The first three ways leave everything that is to be kept in the frame of the thread, and begin
 * with an empty kernel stack. Interrupts are off in the kernel but for the idle loop's hlt.
 *
 * GS: the kernel's base is struct cpu, exchanged with the user's by swapgs. User land may set its
 * base to anything (wrgsbase), so that the base cannot tell which of the two is loaded: what may
 * come in between uses the pointer at the beginning of its own stack, and restores what was there.
 */

/* struct cpu, struct thread and its frame: asserted in cpu.c. */
#define CPU_SELF      0
#define CPU_CURRENT   8
#define CPU_SCRATCH   16
#define CPU_STACK     24
#define CPU_EXIT_WORK 32

#define FRAME_R15    0
#define FRAME_R14    8
#define FRAME_R13    16
#define FRAME_R12    24
#define FRAME_RBP    32
#define FRAME_RBX    40
#define FRAME_R11    48
#define FRAME_R10    56
#define FRAME_R9     64
#define FRAME_R8     72
#define FRAME_RAX    80
#define FRAME_RCX    88
#define FRAME_RDX    96
#define FRAME_RSI    104
#define FRAME_RDI    112
#define FRAME_VECTOR 120
#define FRAME_ERROR  128
#define FRAME_RIP    136
#define FRAME_CS     144
#define FRAME_RFLAGS 152
#define FRAME_RSP    160
#define FRAME_SS     168
#define FRAME_SIZE   176

#define THREAD_FULL_FRAME 216

#define USER_DATA 0x23
#define USER_CODE 0x2b
#define INTERRUPT_STACK 4096

#define FLAGS_NONE     2
#define VECTOR_DEBUG   1
#define VECTOR_FOREIGN 0x80 /* int 0x80 */
#define VECTOR_SYSCALL 0x100 /* as thread_foreign_syscall() calls SYSCALL: no vector */
#define FRAME_AGAIN    2

/* The registers of a frame, below its rdi and with it. */
	.macro registers_push_but_rdi
	pushq %rsi
	pushq %rdx
	pushq %rcx
	pushq %rax
	pushq %r8
	pushq %r9
	pushq %r10
	pushq %r11
	pushq %rbx
	pushq %rbp
	pushq %r12
	pushq %r13
	pushq %r14
	pushq %r15
	.endm
	.macro registers_pop
	popq %r15
	popq %r14
	popq %r13
	popq %r12
	popq %rbp
	popq %rbx
	popq %r11
	popq %r10
	popq %r9
	popq %r8
	popq %rax
	popq %rcx
	popq %rdx
	popq %rsi
	popq %rdi
	.endm

/* ------------------------------------------------------------------ system calls */

	.text
	.balign 64
	.globl syscall_entry
syscall_entry:
	swapgs
	movq %rsp, %gs:CPU_SCRATCH
	movq %gs:CPU_CURRENT, %rsp
	movq %rcx, FRAME_RIP(%rsp)
	movq %r11, FRAME_RFLAGS(%rsp)
	movq %rbx, FRAME_RBX(%rsp)
	movq %rbp, FRAME_RBP(%rsp)
	movq %r12, FRAME_R12(%rsp)
	movq %r13, FRAME_R13(%rsp)
	movq %r14, FRAME_R14(%rsp)
	movq %r15, FRAME_R15(%rsp)
	movq %gs:CPU_SCRATCH, %rbx
	movq %rbx, FRAME_RSP(%rsp)
	cmpq syscall_count, %rax
	jae syscall_foreign
	/* Spectre v1: no other entry of the table, whatever the branch before is guessed to do. */
	sbbq %rbx, %rbx
	andq %rbx, %rax
	movq %gs:CPU_STACK, %rsp
	movq %r10, %rcx
	xorl %ebp, %ebp /* a backtrace ends here */
	pushq $cpu_return
	/* Spectre v2: a return trampoline, so that nothing is predicted. */
	call 1f
2:	pause
	lfence
	jmp 2b
1:	movq syscall_table(, %rax, 8), %rax
	movq %rax, (%rsp)
	ret

/* Not one of the kernel's: all registers are kept. */
syscall_foreign:
	movq %rax, FRAME_RAX(%rsp)
	movq %rcx, FRAME_RCX(%rsp)
	movq %rdx, FRAME_RDX(%rsp)
	movq %rsi, FRAME_RSI(%rsp)
	movq %rdi, FRAME_RDI(%rsp)
	movq %r8, FRAME_R8(%rsp)
	movq %r9, FRAME_R9(%rsp)
	movq %r10, FRAME_R10(%rsp)
	movq %r11, FRAME_R11(%rsp)
	movq $VECTOR_SYSCALL, FRAME_VECTOR(%rsp)
	movq $0, FRAME_ERROR(%rsp)
	jmp user_saved

/* ------------------------------------------------------------------ exceptions and interrupts */

/*
 * A stub for each vector, 8 bytes: those in `errors` come with an error code on the stack. Vectors
 * from 128 on are pushed sign-extended.
 */
	.balign 64
	.globl entry_stubs
entry_stubs:
	.set vector, 0
	.rept 256
	.balign 8
	.if vector < 128
	pushq $vector
	.else
	pushq $vector - 256
	.endif
	.if vector == 8 || (vector >= 10 && vector <= 14) || vector == 17 || vector == 21 || \
		vector == 29 || vector == 30
	jmp entry
	.else
	jmp entry_no_error
	.endif
	.set vector, vector + 1
	.endr

entry_no_error:
	pushq (%rsp)
	movq $0, 8(%rsp)
entry:
	testb $3, 24(%rsp) /* cs */
	jz entry_kernel
/* The CPU has pushed into the thread's frame. */
	swapgs
entry_user:
	lfence /* not with the user's base of GS, whatever the branch is guessed to do */
	pushq %rdi
	registers_push_but_rdi
user_saved:
	movb $1, THREAD_FULL_FRAME(%rsp)
	movq %rsp, %rsi
	movq %gs:CPU_SELF, %rdi
	movq %gs:CPU_STACK, %rsp
	xorl %ebp, %ebp
	pushq $FLAGS_NONE
	popfq /* AC, DF and NT are the user's */
	call exception_user

/* ------------------------------------------------------------------ the way out */

	.balign 64
	.globl cpu_return
cpu_return:
	movq %gs:CPU_CURRENT, %rsp
	testq %rsp, %rsp
	jz return_idle
	movb THREAD_FULL_FRAME(%rsp), %al
	orb %gs:CPU_EXIT_WORK, %al
	jnz return_slow
return_syscall:
	movq FRAME_RIP(%rsp), %rcx
	movq %rcx, %rdi
	shrq $47, %rdi /* SYSRET faults in the kernel, on the user's stack, if not canonical */
	jnz return_bad
	movq FRAME_RFLAGS(%rsp), %r11
	movq FRAME_RBX(%rsp), %rbx
	movq FRAME_RBP(%rsp), %rbp
	movq FRAME_R12(%rsp), %r12
	movq FRAME_R13(%rsp), %r13
	movq FRAME_R14(%rsp), %r14
	movq FRAME_R15(%rsp), %r15
	movq FRAME_RAX(%rsp), %rax
	movq FRAME_RSI(%rsp), %rsi
	movq FRAME_RDX(%rsp), %rdx
	movq FRAME_R10(%rsp), %r10
	movq FRAME_R8(%rsp), %r8
	xorl %r9d, %r9d
	movq FRAME_RSP(%rsp), %rsp
	swapgs
	sysretq

return_slow:
	testb $1, %gs:CPU_EXIT_WORK
	jz 1f
	verw verw_selector
1:	cmpb $FRAME_AGAIN, THREAD_FULL_FRAME(%rsp)
	jb 2f
	movb $1, THREAD_FULL_FRAME(%rsp)
	movq %rsp, %rsi
	movq %gs:CPU_SELF, %rdi
	movq %gs:CPU_STACK, %rsp
	pushq $cpu_return
	jmp exception_again
2:	cmpb $0, THREAD_FULL_FRAME(%rsp)
	je return_syscall
	movq FRAME_RIP(%rsp), %rcx
	shrq $47, %rcx
	jnz return_bad
	movb $0, THREAD_FULL_FRAME(%rsp)
	movq $USER_CODE, FRAME_CS(%rsp)
	movq $USER_DATA, FRAME_SS(%rsp)
	registers_pop
	swapgs
	addq $16, %rsp
	iretq

/* The thread cannot go on where it should: a fault. */
return_bad:
	movb $1, THREAD_FULL_FRAME(%rsp)
	movq %rsp, %rsi
	movq %gs:CPU_SELF, %rdi
	movq %gs:CPU_STACK, %rsp
	pushq $cpu_return
	jmp exception_bad_return

/* Nothing to do: whatever comes, comes by an interrupt, and begins with an empty stack. */
return_idle:
	movq %gs:CPU_STACK, %rsp
	movq %gs:CPU_SELF, %rdi
	xorl %ebp, %ebp
	call cpu_idle
	sti
	hlt
	cli /* after an NMI */
	jmp return_idle

/* ------------------------------------------------------------------ from the kernel */

/* An interrupt that ends the idle loop, or a bug. */
entry_kernel:
	cmpq $32, (%rsp)
	jae 1f
	call exception_save
	movq %rsp, %rdi
	call exception_kernel
1:	lfence
	movl (%rsp), %esi
	movq %gs:CPU_SELF, %rdi
	movq %gs:CPU_STACK, %rsp
	pushq $cpu_return
	jmp exception_idle

/* Complete the frame on the stack behind vector and error code; the caller's return is on top. */
exception_save:
	xchgq %rdi, (%rsp)
	registers_push_but_rdi
	pushq %rdi
	ret

/* ------------------------------------------------------------------ stacks of their own */

/*
 * #DB: from user mode into the thread's frame, as without a stack of its own; the kernel ignores
 * it (SYSCALL behind a `mov ss` with the trap flag set).
 */
	.globl entry_debug, entry_nmi, entry_double_fault, entry_machine_check
entry_debug:
	testb $3, 8(%rsp)
	jz 1f
	swapgs
	movq %rax, %gs:CPU_SCRATCH
	movq %rsp, %rax
	movq %gs:CPU_CURRENT, %rsp
	addq $FRAME_SIZE, %rsp
	pushq 32(%rax)
	pushq 24(%rax)
	pushq 16(%rax)
	pushq 8(%rax)
	pushq (%rax)
	movq %gs:CPU_SCRATCH, %rax
	pushq $0
	pushq $VECTOR_DEBUG
	jmp entry_user
1:	pushq $0
	pushq $VECTOR_DEBUG
	jmp entry_anywhere

entry_nmi:
	pushq $0
	pushq $2
	jmp entry_anywhere
entry_double_fault:
	pushq $8
	jmp entry_anywhere
entry_machine_check:
	pushq $0
	pushq $18

/* The base of GS may be the kernel's or the user's, and is restored in the end. */
entry_anywhere:
	call exception_save
	movq %rsp, %rdi
	rdgsbase %rbx
	movq %rsp, %rax
	andq $-INTERRUPT_STACK, %rax
	movq (%rax), %rax
	wrgsbase %rax
	lfence
	xorl %ebp, %ebp
	pushq $FLAGS_NONE
	popfq
	call exception_kernel
	wrgsbase %rbx
	registers_pop
	addq $16, %rsp
	iretq

	.section .rodata
verw_selector:
	.short 0x10 /* the kernel's data segment */

	.section .note.GNU-stack, "", @progbits
