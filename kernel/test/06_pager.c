/* SPDX-License-Identifier: BSD-2-Clause */
/* A second address space that starts empty: each of its first accesses is a fault to root. */

/*
 * The new thread's first instruction, its stack, a page that it reads and one that it writes are
 * mapped one by one as it asks for them; the last access, to address 0, is not resolved.
 */

#include "test.h"

#define FAR_CODE  0x10000000ul
#define FAR_STACK 0x20001000ul
#define FAR_READ  0x30000000ul
#define FAR_WRITE 0x40000000ul

extern char far_code[], far_code_end[];

__asm__("	.section .rodata\n"
        "far_code:\n"
        "	pushq	$1\n" /* stack */
        "	movl	$0x30000000, %ebx\n"
        "	movl	(%rbx), %ecx\n" /* read */
        "	movl	$0x40000000, %ebx\n"
        "	movl	%ecx, (%rbx)\n" /* write: nothing there */
        "	movl	$0x30000000, %ebx\n"
        "	movl	%ecx, (%rbx)\n" /* write: read-only there */
        "	xorl	%ebx, %ebx\n"
        "	movl	(%rbx), %ecx\n" /* not resolved */
        "	nop\n"
        "far_code_end:\n"
        "	.text\n");

static uint64_t code, stack, data, pd;

static const char *kind_of(uint64_t error)
{
	if (error & 16)
		return "execute";
	if (error & 2)
		return error & 1 ? "write to a read-only page" : "write";
	return "read";
}

static void resolve(const struct os_kernel_fault *fault)
{
	uint64_t page = fault->address & -(uint64_t)PAGE;

	if (page == FAR_CODE)
		pd_map(pd, page, code, 1, OS_MAP_READ | OS_MAP_EXECUTE);
	else if (page == FAR_STACK - PAGE)
		pd_map(pd, page, stack, 1, OS_MAP_READ | OS_MAP_WRITE);
	else if (page == FAR_READ && !(fault->error & 1))
		pd_map(pd, page, data, 1, OS_MAP_READ);
	else
		pd_map(pd, page, data, 1, OS_MAP_READ | OS_MAP_WRITE);
}

static const struct os_kernel_fault *fault_at(void)
{
	return (const void *)utcb()->payload;
}

/* False: the last one. */
static bool fault_print(void)
{
	struct os_kernel_fault fault = *fault_at(); /* print() uses the UTCB, too */

	print("fault of thread %lu: %s at %lx\n", fault.thread, kind_of(fault.error),
	      fault.address);
	memcpy(utcb()->payload, &fault, sizeof(fault));
	return fault.address != 0;
}

void root_main(void)
{
	uint64_t endpoint = endpoint_make(SELF_PD, 0), thread;
	struct event event;

	code = page_alloc();
	memcpy(window_map(code, 1), far_code, (size_t)(far_code_end - far_code));
	stack = page_alloc();
	data = page_alloc();
	*(uint32_t *)window_map(data, 1) = 4711;
	pd = pd_make_empty(1, 0);
	CHECK_OK(os_kernel_thread_create(MACHINE, pd, page_alloc(), page_alloc(), 99, 0, &thread));
	CHECK_OK(os_kernel_thread_setup(thread, gate_make(endpoint, 77), PRIORITY_TEST, 0));
	CHECK_OK(os_kernel_thread_start(thread, FAR_CODE, FAR_STACK, 0));
	CHECK_OK(wait_at(endpoint, &event));
	while (fault_print()) {
		const struct os_kernel_fault *fault = fault_at();
		bool later = (fault->error & 3) == 3;

		CHECK_EQUAL(header_op(event.value), OS_KERNEL_OP_FAULT);
		resolve(fault);
		if (later) {
			CHECK_OK(os_kernel_thread_resume(
			        thread)); /* the other way to let it go on */
			CHECK_OK(wait_at(endpoint, &event));
		} else {
			CHECK_OK(reply_and_wait(endpoint, header(0, 0), &event));
		}
	}
	print("06_pager: done\n");
}
