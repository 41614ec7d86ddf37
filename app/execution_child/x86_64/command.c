/* SPDX-License-Identifier: BSD-2-Clause */
/* The commands that are instructions. */

#include "../command.h"

uint64_t command_next(uint64_t result, uint64_t *argument)
{
	uint64_t command = result;

	__asm__ volatile("int3" : "+a"(command), "+D"(*argument) : : "memory");
	return command;
}

static uint64_t divide(void)
{
	uint64_t result = 1;

	__asm__ volatile("xor %%ecx, %%ecx\n"
	                 "xor %%edx, %%edx\n"
	                 "div %%ecx"
	                 : "+a"(result)
	                 :
	                 : "rcx", "rdx");
	return result;
}

static uint64_t illegal(void)
{
	uint64_t result = 0;

	__asm__ volatile("ud2" : "+a"(result));
	return result;
}

static uint64_t protection(void)
{
	uint64_t result = 0;

	__asm__ volatile("hlt" : "+a"(result));
	return result;
}

static uint64_t read(uint64_t address)
{
	uint64_t result;

	__asm__ volatile("mov (%%rdi), %0" : "=a"(result), "+D"(address) : : "memory");
	return result;
}

static uint64_t write(uint64_t address)
{
	__asm__ volatile("mov %1, (%%rdi)" : "+D"(address) : "r"(COMMAND_VALUE) : "memory");
	return address;
}

static uint64_t jump(uint64_t address)
{
	uint64_t result = 0;

	/* below the red zone, where the call would put its return address */
	__asm__ volatile("lea 1f(%%rip), %%rbx\n"
	                 "lea -256(%%rsp), %%rsp\n"
	                 "call *%%rdi\n"
	                 "1: lea 256(%%rsp), %%rsp"
	                 : "+a"(result), "+D"(address)
	                 :
	                 : "rbx", "memory");
	return result;
}

static uint64_t steps(void)
{
	uint64_t result = 0;

	__asm__ volatile("int3\n"
	                 "nop\n"
	                 "nop\n"
	                 "mov $0x12345, %%eax\n"
	                 "int3"
	                 : "+a"(result));
	return result;
}

static uint64_t spin(void)
{
	uint64_t count = 0, stop = 0;

	__asm__ volatile("1: inc %%rcx\n"
	                 "test %%rdx, %%rdx\n"
	                 "jz 1b"
	                 : "+c"(count), "+d"(stop)
	                 : "S"(COMMAND_VALUE));
	return count;
}

static uint64_t fs_base(void)
{
	uint64_t base;

	__asm__ volatile("int3\n"
	                 "mov %%fs:0, %0"
	                 : "=a"(base));
	return base;
}

/* Each with the exception permitted before, and masked again behind. */
static uint64_t float_divide(void)
{
	const uint16_t permitted = 0x37b; /* all masked but division by zero */
	uint64_t result = 1;

	__asm__ volatile("fninit\n"
	                 "fldcw %1\n"
	                 "fld1\n"
	                 "fldz\n"
	                 "fdivrp\n"
	                 "fwait\n"
	                 "fnclex\n"
	                 "fninit"
	                 : "+a"(result)
	                 : "m"(permitted));
	return result;
}

static uint64_t simd_divide(void)
{
	const uint32_t permitted = 0x1d80, masked = 0x1f80; /* permitted: division by zero */
	uint64_t result = 1;

	__asm__ volatile("ldmxcsr %1\n"
	                 "cvtsi2ss %%eax, %%xmm0\n"
	                 "xorps %%xmm1, %%xmm1\n"
	                 "divss %%xmm1, %%xmm0\n"
	                 "ldmxcsr %2"
	                 : "+a"(result)
	                 : "m"(permitted), "m"(masked));
	return result;
}

static uint64_t misaligned(void)
{
	uint64_t words[2] = { 0 }, result = 1;

	/* below the red zone, too */
	__asm__ volatile("lea -256(%%rsp), %%rsp\n"
	                 "pushfq\n"
	                 "orl $0x40000, (%%rsp)\n"
	                 "popfq\n"
	                 "mov (%%rdi), %%rcx\n"
	                 "pushfq\n"
	                 "andl $0xfffbffff, (%%rsp)\n"
	                 "popfq\n"
	                 "lea 256(%%rsp), %%rsp"
	                 : "+a"(result)
	                 : "D"((char *)words + 1)
	                 : "rcx", "cc", "memory");
	return result;
}

uint64_t command_run(uint64_t command, uint64_t argument)
{
	switch ((enum command)command) {
	case COMMAND_DIVIDE:
		return divide();
	case COMMAND_ILLEGAL:
		return illegal();
	case COMMAND_READ:
		return read(argument);
	case COMMAND_WRITE:
		return write(argument);
	case COMMAND_JUMP:
		return jump(argument);
	case COMMAND_STEPS:
		return steps();
	case COMMAND_SPIN:
		return spin();
	case COMMAND_PROTECTION:
		return protection();
	case COMMAND_FS:
		return fs_base();
	case COMMAND_FLOAT:
		return float_divide();
	case COMMAND_SIMD:
		return simd_divide();
	case COMMAND_MISALIGNED:
		return misaligned();
	default:
		return 0;
	}
}
