/* SPDX-License-Identifier: BSD-2-Clause */
/* Faults as calls to the pager: what it learns, how it answers, and what if it does not. */

#include "common.h"

#define FAR 0x500000000000ul

static uint64_t endpoint;
static struct event event;

/* ------------------------------------------------------------------ page faults */

static void read_at(void *address)
{
	(void)*(volatile uint64_t *)address;
	trace_note('r');
}

static void write_at(void *address)
{
	*(volatile uint64_t *)address = 1;
	trace_note('w');
}

static void execute_at(void *address)
{
	((void (*)(void))address)();
	trace_note('x');
}

enum { ERROR_PRESENT = 1, ERROR_WRITE = 2, ERROR_USER = 4, ERROR_EXECUTE = 16 };

/* A thread that does something there; its fault. */
static struct thread faulting(void (*entry)(void *), uint64_t address,
                              struct os_kernel_fault *fault)
{
	struct thread thread;

	endpoint = endpoint_make(SELF_PD, 0);
	thread = victim_make(SELF_PD, entry, (void *)address, endpoint);
	*fault = fault_wait(endpoint);
	CHECK_EQUAL(fault->thread, address); /* the cookie that thread_make_new() gave */
	CHECK_EQUAL(thread_state(&thread), OS_THREAD_FAULTED);
	return thread;
}

TEST(fault_of_a_read)
{
	struct os_kernel_fault fault;

	(void)faulting(read_at, FAR + 8, &fault);
	CHECK_EQUAL(fault.kind, OS_FAULT_PAGE);
	CHECK_EQUAL(fault.vector, 14);
	CHECK_EQUAL(fault.address, FAR + 8);
	CHECK_EQUAL(fault.error & (ERROR_PRESENT | ERROR_WRITE | ERROR_EXECUTE), 0);
	CHECK(fault.ip >= (uint64_t)read_at && fault.ip < (uint64_t)read_at + 64);
}

TEST(fault_of_a_write)
{
	struct os_kernel_fault fault;

	(void)faulting(write_at, FAR + 8, &fault);
	CHECK_EQUAL(fault.error & (ERROR_PRESENT | ERROR_WRITE | ERROR_EXECUTE), ERROR_WRITE);
}

TEST(fault_of_an_execution)
{
	struct os_kernel_fault fault;

	(void)faulting(execute_at, FAR, &fault);
	CHECK_EQUAL(fault.error & (ERROR_PRESENT | ERROR_WRITE | ERROR_EXECUTE), ERROR_EXECUTE);
	CHECK_EQUAL(fault.ip, FAR);
}

TEST(fault_of_a_write_to_a_read_only_page)
{
	struct os_kernel_fault fault;

	pd_map(SELF_PD, FAR, page_alloc(), 1, OS_MAP_READ);
	(void)faulting(write_at, FAR, &fault);
	CHECK_EQUAL(fault.error & (ERROR_PRESENT | ERROR_WRITE), ERROR_PRESENT | ERROR_WRITE);
}

TEST(fault_of_an_execution_of_data)
{
	struct os_kernel_fault fault;

	pd_map(SELF_PD, FAR, page_alloc(), 1, OS_MAP_READ | OS_MAP_WRITE);
	(void)faulting(execute_at, FAR, &fault);
	CHECK_EQUAL(fault.error & (ERROR_PRESENT | ERROR_EXECUTE), ERROR_PRESENT | ERROR_EXECUTE);
}

TEST(program_text_cannot_be_written)
{
	struct os_kernel_fault fault;

	(void)faulting(write_at, (uint64_t)program_text, &fault);
	CHECK_EQUAL(fault.error & (ERROR_PRESENT | ERROR_WRITE), ERROR_PRESENT | ERROR_WRITE);
	(void)faulting(write_at, (uint64_t)program_rodata, &fault);
	CHECK_EQUAL(fault.error & (ERROR_PRESENT | ERROR_WRITE), ERROR_PRESENT | ERROR_WRITE);
	(void)faulting(execute_at, (uint64_t)program_rodata, &fault);
	CHECK_EQUAL(fault.error & ERROR_EXECUTE, ERROR_EXECUTE);
}

static const struct {
	const char *what;
	uint64_t address;
	bool canonical;
} wild[] = {
	{ "null", 0, true },
	{ "the_last_user_page", OS_KERNEL_USER_END - PAGE, true },
	{ "the_page_above_user_land", OS_KERNEL_USER_END, true },
	{ "the_end_of_the_lower_half", 0x7ffffffffff8ul, true },
	{ "a_non_canonical_address", 0x800000000000ul, false },
	{ "a_far_non_canonical_address", 0x8000000000000000ul, false },
	{ "the_direct_map", 0xffff800000000000ul, true },
	{ "the_kernel_image", 0xffffffff80100000ul, true },
	{ "the_last_page", -(uint64_t)PAGE, true },
};

enum { WILD = sizeof(wild) / sizeof(*wild) };

static void (*const accesses[])(void *) = { read_at, write_at, execute_at };

static bool wild_label(uint64_t index, char *name, size_t size)
{
	static const char *const names[] = { "read", "write", "execute" };

	text_format(name, size, "fault_of_a_%s_at_%s", names[index / WILD],
	            wild[index % WILD].what);
	return true;
}

/* An address of the kernel's is a fault like any other; a non-canonical one has no address. */
TEST_EACH(fault_at_a_wild_address, 3 * WILD, wild_label)
{
	uint64_t address = wild[index % WILD].address;
	struct os_kernel_fault fault;

	(void)faulting(accesses[index / WILD], address, &fault);
	if (wild[index % WILD].canonical) {
		CHECK_EQUAL(fault.kind, OS_FAULT_PAGE);
		CHECK_EQUAL(fault.address, address);
		CHECK(fault.error & ERROR_USER);
	} else {
		CHECK_EQUAL(fault.kind, OS_FAULT_EXCEPTION);
		CHECK_EQUAL(fault.vector, 13);
	}
	CHECK_EQUAL(trace[0], 0);
}

/* ------------------------------------------------------------------ what the pager does */

TEST(pager_maps_and_answers)
{
	struct os_kernel_fault fault;
	struct thread thread = faulting(read_at, FAR, &fault);

	pd_map(SELF_PD, FAR, page_alloc(), 1, OS_MAP_READ);
	CHECK_ERR(reply_and_poll(endpoint, header(0, 0), &event), OS_ERR_EMPTY);
	thread_join(&thread);
	CHECK_EQUAL(trace[0], 'r');
}

TEST(pager_answers_without_mapping_and_it_faults_again)
{
	struct os_kernel_fault fault;

	(void)faulting(read_at, FAR, &fault);
	for (int i = 0; i < 10; i++) {
		CHECK_OK(reply_and_wait(endpoint, header(0, 0), &event));
		CHECK_EQUAL(header_op(event.value), OS_KERNEL_OP_FAULT);
	}
}

TEST(pager_waits_on_and_resumes_later)
{
	struct os_kernel_fault fault;
	struct thread thread = faulting(read_at, FAR, &fault);

	CHECK_ERR(poll_at(endpoint, &event), OS_ERR_EMPTY);
	CHECK_EQUAL(thread_state(&thread), OS_THREAD_FAULTED);
	pd_map(SELF_PD, FAR, page_alloc(), 1, OS_MAP_READ);
	CHECK_OK(os_kernel_thread_resume(thread.slot));
	thread_join(&thread);
}

/* Of one page for the thread at FAR. */
static enum os_err resolve(const struct thread *thread, uint64_t address, uint64_t physical,
                           uint64_t attributes)
{
	uint64_t done = 0;
	enum os_err err = os_kernel_thread_resolve(MACHINE, thread->slot, address, physical, PAGE,
	                                           attributes, &done);

	CHECK_EQUAL(done, err && err != OS_ERR_EMPTY ? 0 : PAGE);
	return err;
}

TEST(pager_maps_and_resumes_in_one_step)
{
	struct os_kernel_fault fault;
	struct thread thread = faulting(read_at, FAR, &fault);
	uint64_t page = page_alloc();
	enum os_err err;

	CHECK_ERR(poll_at(endpoint, &event), OS_ERR_EMPTY);
	/* an error leaves it where it is */
	CHECK_ERR(resolve(&thread, FAR, page + 1, OS_MAP_READ), OS_ERR_ALIGN);
	CHECK_ERR(resolve(&thread, OS_KERNEL_USER_END, page, OS_MAP_READ), OS_ERR_RANGE);
	CHECK_ERR(resolve(&thread, FAR, page, OS_MAP_WRITE), OS_ERR_INVALID);
	CHECK_ERR(resolve(&thread, FAR, 0xfee00000, OS_MAP_READ), OS_ERR_DENIED);
	CHECK_EQUAL(thread_state(&thread), OS_THREAD_FAULTED);
	while ((err = resolve(&thread, FAR, page, OS_MAP_READ))) {
		CHECK_ERR(err, OS_ERR_OUT_OF_RAM);
		CHECK_EQUAL(thread_state(&thread), OS_THREAD_FAULTED);
		CHECK_OK(os_kernel_pd_give(MACHINE, SELF_PD, page_alloc(), OS_GIVE_TABLE));
	}
	thread_join(&thread);
}

TEST(pager_resolves_what_waits_no_longer)
{
	struct thread thread = thread_make_new(SELF_PD, sleeper, NULL, PRIORITY_LOW, 0);
	uint64_t page = page_alloc();

	pd_map(SELF_PD, FAR, page, 1, OS_MAP_READ); /* with the page tables */
	CHECK_ERR(resolve(&thread, FAR, page, OS_MAP_READ), OS_ERR_EMPTY);
}

TEST(pager_saves_the_reply_and_answers_later)
{
	struct os_kernel_fault fault;
	struct thread thread = faulting(read_at, FAR, &fault);
	uint64_t slot;

	CHECK_OK(os_kernel_reply_save(&slot));
	CHECK_ERR(poll_at(endpoint, &event), OS_ERR_EMPTY);
	pd_map(SELF_PD, FAR, page_alloc(), 1, OS_MAP_READ);
	CHECK_OK(os_kernel_reply(slot, header(0, 0)));
	thread_join(&thread);
}

TEST(pager_drops_the_saved_reply_and_the_thread_stays)
{
	struct os_kernel_fault fault;
	struct thread thread = faulting(read_at, FAR, &fault);
	uint64_t slot;

	CHECK_OK(os_kernel_reply_save(&slot));
	CHECK_OK(os_kernel_cap_drop(slot, 1));
	CHECK_EQUAL(thread_state(&thread), OS_THREAD_FAULTED);
	pd_map(SELF_PD, FAR, page_alloc(), 1, OS_MAP_READ);
	CHECK_OK(os_kernel_thread_resume(thread.slot));
	thread_join(&thread);
}

static void jumped(void)
{
	trace_note('j');
	sleeper(NULL);
}

TEST(pager_answers_with_registers)
{
	struct os_kernel_fault fault;
	struct thread thread = faulting(read_at, FAR, &fault);
	struct os_kernel_registers *registers = (void *)utcb()->payload;

	CHECK_OK(os_kernel_thread_registers(thread.slot, 0));
	CHECK_EQUAL(registers->rip, fault.ip);
	registers->rip = (uint64_t)jumped;
	registers->rsp = (uint64_t)thread.utcb + BLOCK - 8;
	CHECK_ERR(reply_and_poll(endpoint, header(0, sizeof(*registers)), &event), OS_ERR_EMPTY);
	CHECK_EQUAL(trace[0], 'j');
}

TEST(pager_answers_with_registers_of_the_kernels)
{
	struct os_kernel_fault fault;
	struct thread thread = faulting(read_at, FAR, &fault);
	struct os_kernel_registers *registers = (void *)utcb()->payload;

	CHECK_OK(os_kernel_thread_registers(thread.slot, 0));
	registers->rip = 0xffffffff80100000ul;
	/* Refused: it goes on where it was, and faults again. */
	CHECK_OK(reply_and_wait(endpoint, header(0, sizeof(*registers)), &event));
	CHECK_EQUAL(((struct os_kernel_fault *)(void *)utcb()->payload)->ip, fault.ip);
}

TEST(pager_that_never_answers_holds_up_its_thread_only)
{
	struct os_kernel_fault fault;
	struct thread thread = faulting(read_at, FAR, &fault);
	struct server server = server_make(server_echo, pd_make(), PRIORITY_HIGH, 0);
	uint64_t answer;

	for (int i = 0; i < 20; i++)
		CHECK_OK(call(server.gate, header(1, 0), &answer));
	CHECK_EQUAL(thread_state(&thread), OS_THREAD_FAULTED);
	CHECK_OK(os_kernel_destroy(thread.slot));
}

static struct thread dying_faulter;

/* A pager in a PD of its own that has taken a fault, and ends. */
static void pager_ends(bool taken, bool whole_pd)
{
	uint64_t pd = pd_make();
	struct server pager =
	        server_make_new(taken ? server_silent : sleeper, pd, PRIORITY_HIGH, 0);

	thread_run(&pager.thread);
	dying_faulter = thread_make_new(SELF_PD, read_at, (void *)FAR, PRIORITY_HIGH, 0);
	CHECK_OK(os_kernel_thread_setup(dying_faulter.slot, pager.gate, PRIORITY_HIGH, 0));
	thread_run(&dying_faulter);
	CHECK_EQUAL(thread_state(&dying_faulter), OS_THREAD_FAULTED);
	CHECK_OK(os_kernel_destroy(whole_pd ? pd : taken ? pager.thread.slot : pager.endpoint));
	/* It stays until somebody resumes it, and tells another pager then. */
	CHECK_OK(os_kernel_yield());
	CHECK_EQUAL(thread_state(&dying_faulter), OS_THREAD_FAULTED);
	endpoint = endpoint_make(SELF_PD, 0);
	CHECK_OK(os_kernel_thread_setup(dying_faulter.slot, gate_make(endpoint, 77), PRIORITY_HIGH,
	                                0));
	CHECK_OK(os_kernel_thread_resume(dying_faulter.slot));
	CHECK_EQUAL(fault_wait(endpoint).address, FAR);
}

TEST(pager_that_dies_with_a_fault_in_its_hands)
{
	pager_ends(true, false);
}

TEST(pager_whose_pd_dies_with_a_fault_in_its_hands)
{
	pager_ends(true, true);
}

TEST(pager_whose_endpoint_dies_with_a_fault_in_its_queue)
{
	pager_ends(false, false);
}

TEST(pager_whose_pd_dies_with_a_fault_in_its_queue)
{
	pager_ends(false, true);
}

TEST(fault_without_a_pager_stops_the_thread)
{
	struct thread thread;

	environment.pager = 0;
	thread = thread_make(SELF_PD, read_at, (void *)FAR, PRIORITY_HIGH, 0);
	CHECK_EQUAL(thread_state(&thread), OS_THREAD_FAULTED);
	pd_map(SELF_PD, FAR, page_alloc(), 1, OS_MAP_READ);
	CHECK_OK(os_kernel_thread_resume(thread.slot));
	thread_join(&thread);
}

static void fault_itself(void *slot)
{
	struct event mine;

	CHECK_ERR(poll_at((uint64_t)slot, &mine), OS_ERR_EMPTY);
	(void)*(volatile uint64_t *)FAR;
}

TEST(fault_of_a_thread_that_is_its_own_pager)
{
	uint64_t own = endpoint_make(SELF_PD, 0);
	struct thread thread =
	        thread_make_new(SELF_PD, fault_itself, (void *)own, PRIORITY_HIGH, 0);

	CHECK_OK(os_kernel_thread_setup(thread.slot, gate_make(own, 77), PRIORITY_HIGH, 0));
	thread_run(&thread);
	CHECK_EQUAL(thread_state(&thread), OS_THREAD_FAULTED);
	CHECK_OK(os_kernel_destroy(thread.slot));
}

TEST(faults_of_several_threads_queue)
{
	struct thread threads[10];
	uint64_t seen = 0, gate;

	endpoint = endpoint_make(SELF_PD, 0);
	gate = gate_make(endpoint, 77);
	for (uint64_t i = 0; i < 10; i++) {
		threads[i] =
		        thread_make_new(SELF_PD, read_at, (void *)(FAR + 8 * i), PRIORITY_HIGH, 0);
		CHECK_OK(os_kernel_thread_setup(threads[i].slot, gate, PRIORITY_HIGH, 0));
		thread_run(&threads[i]);
	}
	for (int i = 0; i < 10; i++)
		seen |= 1ul << (fault_wait(endpoint).address - FAR) / 8;
	CHECK_EQUAL(seen, 0x3ff);
	pd_map(SELF_PD, FAR, page_alloc(), 1, OS_MAP_READ);
	for (int i = 0; i < 10; i++) {
		CHECK_OK(os_kernel_thread_resume(threads[i].slot));
		thread_join(&threads[i]);
	}
}

TEST(fault_is_told_with_all_of_the_message_and_nothing_else)
{
	struct os_kernel_fault fault;

	memset(utcb()->payload, 0xa5, OS_MSG_PAYLOAD_MAX);
	(void)faulting(read_at, FAR, &fault);
	for (size_t i = sizeof(fault); i < OS_MSG_PAYLOAD_MAX; i++)
		CHECK_EQUAL(utcb()->payload[i], 0xa5);
}

TEST(fault_with_an_answer_that_carries_capabilities)
{
	/* They are of no use to the thread, which has no table to look at now. */
	struct os_kernel_fault fault;
	uint64_t semaphore = semaphore_make(0, 0), free;
	struct thread thread = faulting(read_at, FAR, &fault);

	pd_map(SELF_PD, FAR, page_alloc(), 1, OS_MAP_READ);
	utcb()->caps[0].slot = (uint32_t)semaphore;
	free = state_of(SELF_PD).free;
	CHECK_ERR(reply_and_poll(endpoint, os_kernel_header(0, 0, 1, 0), &event), OS_ERR_EMPTY);
	thread_join(&thread);
	CHECK_EQUAL(state_of(SELF_PD).free, free);
	CHECK_EQUAL(held(SELF_PD, semaphore), 1);
}

/* ------------------------------------------------------------------ foreign system calls */

static void __attribute__((naked)) foreign_syscall(void)
{
	__asm__ volatile("mov $0x1234, %eax; mov $1, %edi; mov $2, %esi; mov $3, %edx\n"
	                 "mov $4, %r10d; mov $5, %r8d; mov $6, %r9d; mov $7, %ebx\n"
	                 "syscall\n"
	                 "1: jmp 1b\n");
}

static void __attribute__((naked)) foreign_int80(void)
{
	__asm__ volatile("mov $0x4, %eax; mov $1, %edi; mov $2, %esi; mov $3, %edx\n"
	                 "mov $4, %r10d; mov $5, %r8d; mov $6, %r9d; mov $7, %ebx\n"
	                 "int $0x80\n"
	                 "1: jmp 1b\n");
}

static void __attribute__((naked)) foreign_x32(void)
{
	__asm__ volatile("mov $0x40000000, %eax; mov $1, %edi; mov $2, %esi; mov $3, %edx\n"
	                 "mov $4, %r10d; mov $5, %r8d; mov $6, %r9d; mov $7, %ebx\n"
	                 "syscall\n"
	                 "1: jmp 1b\n");
}

static void __attribute__((naked)) foreign_huge(void)
{
	__asm__ volatile("mov $-1, %rax; mov $1, %edi; mov $2, %esi; mov $3, %edx\n"
	                 "mov $4, %r10d; mov $5, %r8d; mov $6, %r9d; mov $7, %ebx\n"
	                 "syscall\n"
	                 "1: jmp 1b\n");
}

static const struct {
	const char *what;
	void (*code)(void);
	uint64_t rax;
	uint32_t vector;
} foreign[] = {
	{ "syscall", foreign_syscall, 0x1234, 0 },
	{ "int_80", foreign_int80, 4, 0x80 },
	{ "x32_call", foreign_x32, 0x40000000, 0 },
	{ "call_of_number_minus_one", foreign_huge, -1ul, 0 },
};

static bool foreign_label(uint64_t index, char *name, size_t size)
{
	text_format(name, size, "foreign_%s_goes_to_%s", foreign[index / 2].what,
	            index % 2 ? "the_handler_of_the_pd" : "the_pager");
	return true;
}

/* With its registers; an answer sets them. */
TEST_EACH(foreign_call, 8, foreign_label)
{
	uint64_t pd = pd_make(), handler;
	struct {
		struct os_kernel_fault fault;
		struct os_kernel_registers registers;
	} message;
	struct thread thread = thread_make_new(pd, sleeper, NULL, PRIORITY_HIGH, 0);

	endpoint = endpoint_make(SELF_PD, 0);
	handler = gate_make(endpoint, 77);
	if (index % 2)
		CHECK_OK(os_kernel_pd_syscalls(pd, handler));
	else
		CHECK_OK(os_kernel_thread_setup(thread.slot, handler, PRIORITY_HIGH, 0));
	CHECK_OK(os_kernel_thread_start(thread.slot, (uint64_t)foreign[index / 2].code,
	                                (uint64_t)thread.utcb + BLOCK, 0));
	CHECK_OK(wait_at(endpoint, &event));
	CHECK_EQUAL(event.badge, 77);
	CHECK_EQUAL(header_op(event.value), OS_KERNEL_OP_FAULT);
	CHECK_EQUAL(header_length(event.value), sizeof(message));
	memcpy(&message, utcb()->payload, sizeof(message));
	CHECK_EQUAL(message.fault.kind, OS_FAULT_SYSCALL);
	CHECK_EQUAL(message.fault.vector, foreign[index / 2].vector);
	CHECK_EQUAL(message.registers.rax, foreign[index / 2].rax);
	CHECK(message.registers.rdi == 1 && message.registers.rsi == 2);
	CHECK(message.registers.rdx == 3 && message.registers.r10 == 4);
	CHECK(message.registers.r8 == 5 && message.registers.r9 == 6);
	CHECK_EQUAL(message.registers.rbx, 7);
	CHECK_EQUAL(message.registers.rsp, (uint64_t)thread.utcb + BLOCK);
	memcpy(utcb()->payload, &message.registers, sizeof(message.registers));
	((struct os_kernel_registers *)(void *)utcb()->payload)->rip = (uint64_t)jumped;
	((struct os_kernel_registers *)(void *)utcb()->payload)->rsp -= 8;
	CHECK_ERR(reply_and_poll(endpoint, header(0, sizeof(message.registers)), &event),
	          OS_ERR_EMPTY);
	CHECK_EQUAL(trace[0], 'j');
}

TEST(foreign_calls_go_to_the_pager_again_when_told_so)
{
	uint64_t pd = pd_make();
	struct thread thread = thread_make_new(pd, sleeper, NULL, PRIORITY_HIGH, 0);
	uint64_t other = endpoint_make(SELF_PD, 0);

	endpoint = endpoint_make(SELF_PD, 0);
	CHECK_OK(os_kernel_pd_syscalls(pd, gate_make(other, 1)));
	CHECK_OK(os_kernel_pd_syscalls(pd, 0));
	CHECK_OK(os_kernel_thread_setup(thread.slot, gate_make(endpoint, 77), PRIORITY_HIGH, 0));
	CHECK_OK(os_kernel_thread_start(thread.slot, (uint64_t)foreign_int80,
	                                (uint64_t)thread.utcb + BLOCK, 0));
	CHECK_EQUAL(fault_wait(endpoint).kind, OS_FAULT_SYSCALL);
}

TEST(foreign_call_when_the_handler_is_destroyed)
{
	uint64_t pd = pd_make(), other = endpoint_make(SELF_PD, 0), gate = gate_make(other, 1);
	struct thread thread = thread_make_new(pd, sleeper, NULL, PRIORITY_HIGH, 0);

	endpoint = endpoint_make(SELF_PD, 0);
	CHECK_OK(os_kernel_pd_syscalls(pd, gate));
	CHECK_OK(os_kernel_destroy(gate));
	CHECK_OK(os_kernel_thread_setup(thread.slot, gate_make(endpoint, 77), PRIORITY_HIGH, 0));
	CHECK_OK(os_kernel_thread_start(thread.slot, (uint64_t)foreign_int80,
	                                (uint64_t)thread.utcb + BLOCK, 0));
	CHECK_EQUAL(fault_wait(endpoint).kind, OS_FAULT_SYSCALL);
}

TEST(pd_syscalls_takes_a_gate_only)
{
	uint64_t pd = pd_make_empty(1, 0);

	CHECK_ERR(os_kernel_pd_syscalls(pd, MACHINE), OS_ERR_CAP_TYPE);
	CHECK_ERR(os_kernel_pd_syscalls(pd, FREE_SLOT), OS_ERR_CAP_INVALID);
	CHECK_ERR(os_kernel_pd_syscalls(pd, -1ul), OS_ERR_CAP_INVALID);
}
