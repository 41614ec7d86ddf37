/* SPDX-License-Identifier: BSD-2-Clause */
/* Instructions that user land may not execute: Intel SDM Vol. 2, "64-Bit Mode Exceptions". */

#include "../attack.h"

/* Each in a function whose name the crash report shows; should it be let through, it returns. */
#define CODE(name, text)                                               \
	static void __attribute__((naked, noinline)) code_##name(void) \
	{                                                              \
		__asm__ volatile(text "\n\tret");                      \
	}

#define KERNEL      "movabs $0xffffffff80100000, %rax; "
#define HOLE        "movabs $0x8000000000000000, %rax; "
#define FLAGS(bits) "pushfq; orq $" bits ", (%rsp); popfq; "

/* ---- the state of the CPU */
CODE(hlt, "hlt")
CODE(cli, "cli")
CODE(sti, "sti")
CODE(lgdt, "lgdt (%rsp)")
CODE(lidt, "lidt (%rsp)")
CODE(lldt, "lldt %ax")
CODE(ltr, "ltr %ax")
CODE(sgdt, "sgdt -64(%rsp)")
CODE(sidt, "sidt -64(%rsp)")
CODE(sldt, "sldt %ax")
CODE(str, "str %ax")
CODE(smsw, "smsw %ax")
CODE(lmsw, "lmsw %ax")
CODE(clts, "clts")
CODE(invd, "invd")
CODE(wbinvd, "wbinvd")
CODE(invlpg, "invlpg (%rsp)")
CODE(rdmsr, "mov $0xc0000082, %ecx; rdmsr")
CODE(wrmsr, "mov $0xc0000082, %ecx; wrmsr")
CODE(wrmsr_gs, "mov $0xc0000102, %ecx; wrmsr")
CODE(rdpmc, "xor %ecx, %ecx; rdpmc")
CODE(swapgs, "swapgs")
CODE(xsetbv, "xor %ecx, %ecx; mov $7, %eax; xor %edx, %edx; xsetbv")
CODE(wrpkru, "xor %ecx, %ecx; xor %edx, %edx; xor %eax, %eax; wrpkru")
CODE(stac, "stac")
CODE(read_cr0, "mov %cr0, %rax")
CODE(read_cr2, "mov %cr2, %rax")
CODE(read_cr3, "mov %cr3, %rax")
CODE(write_cr0, "mov %rax, %cr0")
CODE(write_cr3, "mov %rax, %cr3")
CODE(write_cr4, "mov %rax, %cr4")
CODE(write_cr8, "mov %rax, %cr8")
CODE(read_dr0, "mov %db0, %rax")
CODE(write_dr0, "mov %rax, %db0")
CODE(write_dr7, "mov %rax, %db7")
CODE(vmcall, "vmcall")
CODE(monitor, "monitor")

/* ---- ports */
CODE(in, "in $0x60, %al")
CODE(out, "mov $0xfe, %al; out %al, $0x64")
CODE(out_pci, "mov $0xcf8, %dx; out %eax, %dx")
CODE(out_serial, "mov $0x3f8, %dx; out %al, %dx")
CODE(in_string, "mov $0x60, %dx; mov %rsp, %rdi; insb")

/* ---- segments */
CODE(load_ss_null, "xor %eax, %eax; mov %eax, %ss")
CODE(load_ds_of_the_kernel, "mov $0x08, %eax; mov %eax, %ds")
CODE(load_es_of_the_tss, "mov $0x30, %eax; mov %eax, %es")
CODE(load_fs_wild, "mov $0xfff0, %eax; mov %eax, %fs")
CODE(load_gs_of_the_kernel, "mov $0x10, %eax; mov %eax, %gs")
CODE(load_ds_local, "mov $0x0f, %eax; mov %eax, %ds")
CODE(far_return_to_the_kernel, "pushq $8; " KERNEL "pushq %rax; lretq")
CODE(far_return_to_32_bits, "pushq $0x23; pushq $4096; lretq")

/* ---- flags */
CODE(trap_flag, FLAGS("0x100") "nop; nop")
CODE(trap_flag_at_a_call, "mov $7, %eax; " FLAGS("0x100") "syscall; nop")
CODE(trap_flag_behind_mov_ss,
     "mov %ss, %ebx; mov $7, %eax; " FLAGS("0x100") "mov %ebx, %ss; syscall; nop")
CODE(io_privilege, FLAGS("0x3000") "cli")
CODE(io_privilege_and_port, FLAGS("0x3000") "in $0x60, %al")

/* ---- returns from interrupts that there were not */
#define FRAME(ss, flags, cs) \
	"mov %rsp, %rbx; pushq $" ss "; pushq %rbx; pushq $" flags "; pushq $" cs "; pushq %rax; "
CODE(iret_to_the_kernel, KERNEL FRAME("0x10", "0x202", "0x08") "iretq")
CODE(iret_to_nowhere,
     HOLE "mov %ss, %ecx; mov %cs, %edx; mov %rsp, %rbx; push %rcx; push %rbx; pushq $0x202; "
          "push %rdx; push %rax; iretq")
CODE(iret_with_nested_task, FLAGS("0x4000") KERNEL FRAME("0x10", "0x202", "0x08") "iretq")
CODE(iret_for_io_privilege,
     "lea 1f(%rip), %rax; mov %ss, %ecx; mov %cs, %edx; mov %rsp, %rbx; push %rcx; push %rbx; "
     "pushq $0x3002; push %rdx; push %rax; iretq; 1: cli")
CODE(sysret, KERNEL "mov %rax, %rcx; sysretq")
CODE(sysenter, "sysenter")
CODE(sysexit, KERNEL "mov %rax, %rcx; sysexitq")

/* ---- interrupts */
CODE(ud2, "ud2")
CODE(int3, "int3")
CODE(int1, ".byte 0xf1")
CODE(int_nmi, "int $2")
CODE(int_double_fault, "int $8")
CODE(int_page_fault, "int $0x0e")
CODE(int_device, "int $0x20")
CODE(int_timer, "int $0xfe")
CODE(int_last, "int $0xff")
CODE(division, "xor %ecx, %ecx; xor %edx, %edx; div %ecx")

/* ---- system calls that are not the kernel's */
CODE(int80, "mov $20, %eax; int $0x80")
CODE(unknown_call, "mov $4095, %eax; syscall")
CODE(x32_call, "mov $0x40000027, %eax; syscall")
CODE(negative_call, "mov $-1, %rax; syscall")
CODE(high_call, "movabs $0x100000007, %rax; syscall")

#define ENTRY(name)                \
	{                          \
#name, code_##name \
	}

_Static_assert(OS_PC_SLOT_CORE == 4, "the kernel's numbers are known here");

const struct instruction instructions[] = {
	ENTRY(hlt),
	ENTRY(cli),
	ENTRY(sti),
	ENTRY(lgdt),
	ENTRY(lidt),
	ENTRY(lldt),
	ENTRY(ltr),
	ENTRY(sgdt),
	ENTRY(sidt),
	ENTRY(sldt),
	ENTRY(str),
	ENTRY(smsw),
	ENTRY(lmsw),
	ENTRY(clts),
	ENTRY(invd),
	ENTRY(wbinvd),
	ENTRY(invlpg),
	ENTRY(rdmsr),
	ENTRY(wrmsr),
	ENTRY(wrmsr_gs),
	ENTRY(rdpmc),
	ENTRY(swapgs),
	ENTRY(xsetbv),
	ENTRY(wrpkru),
	ENTRY(stac),
	ENTRY(read_cr0),
	ENTRY(read_cr2),
	ENTRY(read_cr3),
	ENTRY(write_cr0),
	ENTRY(write_cr3),
	ENTRY(write_cr4),
	ENTRY(write_cr8),
	ENTRY(read_dr0),
	ENTRY(write_dr0),
	ENTRY(write_dr7),
	ENTRY(vmcall),
	ENTRY(monitor),
	ENTRY(in),
	ENTRY(out),
	ENTRY(out_pci),
	ENTRY(out_serial),
	ENTRY(in_string),
	ENTRY(load_ss_null),
	ENTRY(load_ds_of_the_kernel),
	ENTRY(load_es_of_the_tss),
	ENTRY(load_fs_wild),
	ENTRY(load_gs_of_the_kernel),
	ENTRY(load_ds_local),
	ENTRY(far_return_to_the_kernel),
	ENTRY(far_return_to_32_bits),
	ENTRY(trap_flag),
	ENTRY(trap_flag_at_a_call),
	ENTRY(trap_flag_behind_mov_ss),
	ENTRY(io_privilege),
	ENTRY(io_privilege_and_port),
	ENTRY(iret_to_the_kernel),
	ENTRY(iret_to_nowhere),
	ENTRY(iret_with_nested_task),
	ENTRY(iret_for_io_privilege),
	ENTRY(sysret),
	ENTRY(sysenter),
	ENTRY(sysexit),
	ENTRY(ud2),
	ENTRY(int3),
	ENTRY(int1),
	ENTRY(int_nmi),
	ENTRY(int_double_fault),
	ENTRY(int_page_fault),
	ENTRY(int_device),
	ENTRY(int_timer),
	ENTRY(int_last),
	ENTRY(division),
	ENTRY(int80),
	ENTRY(unknown_call),
	ENTRY(x32_call),
	ENTRY(negative_call),
	ENTRY(high_call),
	{ 0 },
};
