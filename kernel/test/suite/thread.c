/* SPDX-License-Identifier: BSD-2-Clause */
/* Threads: start, pause, resume, cancel, step, registers, and their end in every state. */

#include "common.h"

static uint64_t count;

/* ------------------------------------------------------------------ setup and start */

TEST(thread_setup_refuses_what_is_out_of_range)
{
	struct thread thread = thread_make_new(SELF_PD, sleeper, NULL, PRIORITY_LOW, 0);

	CHECK_ERR(os_kernel_thread_setup(thread.slot, 0, OS_KERNEL_PRIORITY_LOWEST + 1, 0),
	          OS_ERR_RANGE);
	CHECK_ERR(os_kernel_thread_setup(thread.slot, 0, -1ul, 0), OS_ERR_RANGE);
	CHECK_ERR(os_kernel_thread_setup(thread.slot, 0, 1ul << 32, 0), OS_ERR_RANGE);
	CHECK_ERR(os_kernel_thread_setup(thread.slot, 0, 0, environment.cpu_count), OS_ERR_RANGE);
	CHECK_ERR(os_kernel_thread_setup(thread.slot, 0, 0, 1ul << 32), OS_ERR_RANGE);
}

TEST(thread_setup_refuses_a_pager_that_is_no_gate)
{
	struct thread thread = thread_make_new(SELF_PD, sleeper, NULL, PRIORITY_LOW, 0);

	CHECK_ERR(os_kernel_thread_setup(thread.slot, MACHINE, 1, 0), OS_ERR_CAP_TYPE);
	CHECK_ERR(os_kernel_thread_setup(thread.slot, FREE_SLOT, 1, 0), OS_ERR_CAP_INVALID);
	CHECK_ERR(os_kernel_thread_setup(thread.slot, -1ul, 1, 0), OS_ERR_CAP_INVALID);
	grant_at(SELF_PD, gate_make(endpoint_make(SELF_PD, 0), 0), OS_RIGHT_COPY, FREE_SLOT);
	CHECK_ERR(os_kernel_thread_setup(thread.slot, FREE_SLOT, 1, 0), OS_ERR_DENIED);
}

static enum os_err start(uint64_t ip, uint64_t sp)
{
	struct thread thread = thread_make_new(SELF_PD, sleeper, NULL, PRIORITY_LOW, 0);

	return os_kernel_thread_start(thread.slot, ip, sp, 0);
}

TEST(thread_start_refuses_addresses_that_are_not_user_land)
{
	static const uint64_t bad[] = { OS_KERNEL_USER_END,   0x800000000000ul,
		                        0xffff800000000000ul, 0xffffffff80100000ul,
		                        0x8000000000000000ul, -1ul };

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		CHECK_ERR(start(bad[i], 0x1000), OS_ERR_RANGE);
		CHECK_ERR(start(0x400000, bad[i]), OS_ERR_RANGE);
	}
}

TEST(thread_is_started_once)
{
	struct thread thread = thread_make(SELF_PD, sleeper, NULL, PRIORITY_HIGH, 0);

	CHECK_ERR(os_kernel_thread_start(thread.slot, 0x400000, 0x1000, 0), OS_ERR_EXISTS);
	CHECK_ERR(os_kernel_thread_start(SELF_THREAD, 0x400000, 0x1000, 0), OS_ERR_EXISTS);
}

static volatile uint64_t seen[18];

/* Notes all registers that it starts with, but rdi, rsp and rip. */
static void __attribute__((naked)) note_registers(void)
{
	__asm__ volatile("mov %rax, seen+0(%rip); mov %rbx, seen+8(%rip)\n"
	                 "mov %rcx, seen+16(%rip); mov %rdx, seen+24(%rip)\n"
	                 "mov %rsi, seen+32(%rip); mov %rbp, seen+40(%rip)\n"
	                 "mov %r8, seen+48(%rip); mov %r9, seen+56(%rip)\n"
	                 "mov %r10, seen+64(%rip); mov %r11, seen+72(%rip)\n"
	                 "mov %r12, seen+80(%rip); mov %r13, seen+88(%rip)\n"
	                 "mov %r14, seen+96(%rip); mov %r15, seen+104(%rip)\n"
	                 "rdfsbase %rax; mov %rax, seen+112(%rip)\n"
	                 "rdgsbase %rax; mov %rax, seen+120(%rip)\n"
	                 "mov %rdi, seen+128(%rip)\n"
	                 "movq $1, seen+136(%rip)\n"
	                 "1: jmp 1b\n");
}

TEST(thread_starts_with_nothing_in_its_registers)
{
	struct thread thread = thread_make_new(SELF_PD, sleeper, NULL, PRIORITY_LOW, 0);

	CHECK_OK(os_kernel_thread_start(thread.slot, (uint64_t)note_registers,
	                                (uint64_t)thread.utcb + BLOCK, 4711));
	CHECK_OK(os_kernel_thread_setup(SELF_THREAD, PAGER_SLOT, PRIORITY_LOW, 0));
	while (!seen[17])
		CHECK_OK(os_kernel_yield());
	for (int i = 0; i < 16; i++)
		CHECK_EQUAL(seen[i], 0);
	CHECK_EQUAL(seen[16], 4711);
}

/* ------------------------------------------------------------------ pause, resume, cancel */

TEST(thread_pause_stops_it)
{
	struct thread thread = thread_make(SELF_PD, looper, &count, PRIORITY_TEST, 0);
	uint64_t before;

	CHECK_OK(os_kernel_yield());
	CHECK_OK(os_kernel_thread_pause(thread.slot));
	before = count;
	CHECK(before);
	for (int i = 0; i < 10; i++)
		CHECK_OK(os_kernel_yield());
	CHECK_EQUAL(count, before);
	CHECK_OK(os_kernel_thread_resume(thread.slot));
	while (count == before)
		CHECK_OK(os_kernel_yield());
}

TEST(thread_pauses_are_counted)
{
	struct thread thread = thread_make(SELF_PD, looper, &count, PRIORITY_TEST, 0);

	for (int i = 0; i < 3; i++)
		CHECK_OK(os_kernel_thread_pause(thread.slot));
	for (int i = 0; i < 2; i++)
		CHECK_OK(os_kernel_thread_resume(thread.slot));
	count = 0;
	CHECK_OK(os_kernel_yield());
	CHECK_EQUAL(count, 0);
	CHECK_OK(os_kernel_thread_resume(thread.slot));
	CHECK_ERR(os_kernel_thread_resume(thread.slot), OS_ERR_EMPTY);
	while (!count)
		CHECK_OK(os_kernel_yield());
}

TEST(thread_pauses_have_a_limit)
{
	struct thread thread = thread_make(SELF_PD, sleeper, NULL, PRIORITY_HIGH, 0);
	uint64_t pauses = 0;
	enum os_err err;

	while (!(err = os_kernel_thread_pause(thread.slot)))
		CHECK(++pauses < 1000000);
	CHECK_ERR(err, OS_ERR_LIMIT);
	for (uint64_t i = 0; i < pauses; i++)
		CHECK_OK(os_kernel_thread_resume(thread.slot));
	CHECK_ERR(os_kernel_thread_resume(thread.slot), OS_ERR_EMPTY);
}

TEST(thread_resume_of_one_that_was_never_paused)
{
	struct thread thread = thread_make(SELF_PD, sleeper, NULL, PRIORITY_HIGH, 0);

	CHECK_ERR(os_kernel_thread_resume(thread.slot), OS_ERR_EMPTY);
	CHECK_EQUAL(thread_state(&thread), OS_THREAD_BLOCKED);
}

TEST(thread_pause_before_its_start)
{
	struct thread thread = thread_make_new(SELF_PD, looper, &count, PRIORITY_HIGH, 0);

	CHECK_OK(os_kernel_thread_pause(thread.slot));
	thread_run(&thread);
	CHECK_EQUAL(count, 0);
	CHECK_OK(os_kernel_thread_setup(thread.slot, PAGER_SLOT, PRIORITY_TEST, 0));
	CHECK_OK(os_kernel_thread_resume(thread.slot));
	while (!count)
		CHECK_OK(os_kernel_yield());
}

static struct client client;

TEST(thread_paused_in_a_call_gets_its_answer_later)
{
	uint64_t endpoint = endpoint_make(SELF_PD, 0);
	struct event event;

	client_start(&client, SELF_PD, gate_make(endpoint, 0), header(0, 0), PRIORITY_HIGH, 0);
	CHECK_OK(wait_at(endpoint, &event));
	CHECK_OK(os_kernel_thread_pause(client.thread.slot));
	CHECK_ERR(reply_and_poll(endpoint, header(6, 0), &event), OS_ERR_EMPTY);
	CHECK_EQUAL(client.done, 0);
	CHECK_OK(os_kernel_thread_resume(client.thread.slot));
	CHECK_EQUAL(client.done, 1);
	CHECK_EQUAL(client.answer, header(6, 0));
}

TEST(thread_paused_while_it_waits_takes_a_call_later)
{
	struct server server = server_make(server_echo, SELF_PD, PRIORITY_HIGH, 0);

	CHECK_OK(os_kernel_thread_pause(server.thread.slot));
	client_start(&client, SELF_PD, server.gate, header(1, 0), PRIORITY_HIGH, 0);
	CHECK_EQUAL(client.done, 0);
	CHECK_OK(os_kernel_thread_resume(server.thread.slot));
	thread_join(&client.thread);
	CHECK_EQUAL(client.answer, header(2, 0));
}

static void pauser_of_itself(void *unused)
{
	(void)unused;
	CHECK_OK(os_kernel_thread_pause(count));
	trace_note('p');
}

TEST(thread_pauses_itself)
{
	struct thread thread = thread_make_new(SELF_PD, pauser_of_itself, NULL, PRIORITY_HIGH, 0);

	count = thread.slot;
	thread_run(&thread);
	CHECK_EQUAL(trace[0], 0);
	CHECK_OK(os_kernel_thread_resume(thread.slot));
	CHECK_EQUAL(trace[0], 'p');
}

TEST(thread_cancel_of_one_that_runs_ends_its_next_wait)
{
	struct thread thread = thread_make_new(SELF_PD, sleeper, NULL, PRIORITY_HIGH, 0);
	struct event event;

	CHECK_OK(os_kernel_thread_cancel(SELF_THREAD));
	CHECK_ERR(os_kernel_block(), OS_ERR_CANCELLED);
	CHECK_ERR(poll_at(endpoint_make(SELF_PD, 0), &event), OS_ERR_EMPTY);
	CHECK_OK(os_kernel_thread_cancel(thread.slot));
	thread_run(&thread);
	CHECK_EQUAL(thread_state(&thread), OS_THREAD_BLOCKED);
}

/* ------------------------------------------------------------------ registers and single step */

static struct os_kernel_registers *registers(void)
{
	return (void *)utcb()->payload;
}

TEST(thread_registers_of_one_that_runs_are_busy)
{
	struct thread thread = thread_make(SELF_PD, looper, &count, PRIORITY_TEST, 0);

	CHECK_ERR(os_kernel_thread_registers(thread.slot, 0), OS_ERR_BUSY);
	CHECK_ERR(os_kernel_thread_registers(SELF_THREAD, 0), OS_ERR_BUSY);
	CHECK_ERR(os_kernel_thread_registers(SELF_THREAD, 1), OS_ERR_BUSY);
}

TEST(thread_registers_of_one_that_was_not_started_are_empty)
{
	struct thread thread = thread_make_new(SELF_PD, looper, &count, PRIORITY_TEST, 0);

	CHECK_ERR(os_kernel_thread_registers(thread.slot, 0), OS_ERR_EMPTY);
}

TEST(thread_registers_of_an_unknown_direction)
{
	struct thread thread = thread_make(SELF_PD, sleeper, NULL, PRIORITY_HIGH, 0);

	CHECK_ERR(os_kernel_thread_registers(thread.slot, 2), OS_ERR_RANGE);
}

static volatile uint32_t spinning;

/* Spins with known registers. */
static void __attribute__((naked)) spin_registers(void)
{
	__asm__ volatile("mov $0x11, %rax; mov $0x22, %rbx; mov $0x33, %rcx; mov $0x44, %rdx\n"
	                 "mov $0x55, %rsi; mov $0x66, %rdi; mov $0x77, %rbp; mov $0x88, %r8\n"
	                 "mov $0x99, %r9; mov $0xaa, %r10; mov $0xbb, %r11; mov $0xcc, %r12\n"
	                 "mov $0xdd, %r13; mov $0xee, %r14; mov $0xff, %r15\n"
	                 "movl $1, spinning(%rip)\n"
	                 "1: jmp 1b\n");
}

static struct thread spinner(void)
{
	struct thread thread = thread_make_new(SELF_PD, sleeper, NULL, PRIORITY_TEST, 0);

	CHECK_OK(os_kernel_thread_start(thread.slot, (uint64_t)spin_registers,
	                                (uint64_t)thread.utcb + BLOCK, 0));
	while (!spinning)
		CHECK_OK(os_kernel_yield());
	CHECK_OK(os_kernel_thread_pause(thread.slot));
	return thread;
}

TEST(thread_registers_are_those_of_the_program)
{
	struct thread thread = spinner();
	struct os_kernel_registers *r = registers();

	CHECK_OK(os_kernel_thread_registers(thread.slot, 0));
	CHECK(r->rax == 0x11 && r->rbx == 0x22 && r->rcx == 0x33 && r->rdx == 0x44);
	CHECK(r->rsi == 0x55 && r->rdi == 0x66 && r->rbp == 0x77 && r->r8 == 0x88);
	CHECK(r->r9 == 0x99 && r->r10 == 0xaa && r->r11 == 0xbb && r->r12 == 0xcc);
	CHECK(r->r13 == 0xdd && r->r14 == 0xee && r->r15 == 0xff);
	CHECK_EQUAL(r->rsp, (uint64_t)thread.utcb + BLOCK);
	CHECK_EQUAL(r->rflags & 0x200, 0x200);
}

TEST(thread_registers_can_be_written)
{
	struct thread thread = spinner();

	memset(registers(), 0, sizeof(*registers()));
	registers()->rip = (uint64_t)note_registers;
	registers()->rsp = (uint64_t)thread.utcb + BLOCK;
	registers()->rax = 0x1234, registers()->rbx = 0x2345, registers()->r15 = 0x3456;
	registers()->rcx = 0x4567, registers()->r11 = 0x5678;
	registers()->fs_base = 0x100000, registers()->gs_base = 0x200000;
	registers()->rdi = 0x6789;
	registers()->rflags = 0x202;
	CHECK_OK(os_kernel_thread_registers(thread.slot, 1));
	CHECK_OK(os_kernel_thread_resume(thread.slot));
	while (!seen[17])
		CHECK_OK(os_kernel_yield());
	CHECK_EQUAL(seen[0], 0x1234);
	CHECK_EQUAL(seen[1], 0x2345);
	CHECK_EQUAL(seen[2], 0x4567);
	CHECK_EQUAL(seen[9], 0x5678);
	CHECK_EQUAL(seen[13], 0x3456);
	CHECK_EQUAL(seen[14], 0x100000);
	CHECK_EQUAL(seen[15], 0x200000);
	CHECK_EQUAL(seen[16], 0x6789);
}

static uint64_t *register_at(uint64_t index)
{
	struct os_kernel_registers *r = registers();
	uint64_t *const fields[] = { &r->rip, &r->rsp, &r->fs_base, &r->gs_base };

	return fields[index];
}

static bool bad_register_label(uint64_t index, char *name, size_t size)
{
	static const char *const names[] = { "rip", "rsp", "fs_base", "gs_base" };

	text_format(name, size, "thread_registers_refuse_a_bad_%s", names[index]);
	return true;
}

TEST_EACH(thread_registers_refuse, 4, bad_register_label)
{
	static const uint64_t bad[] = { 0x800000000000ul,     0xffff800000000000ul,
		                        0xffffffff80100000ul, 0x8000000000000000ul,
		                        0x00ff000000000000ul, -1ul };
	struct thread thread = spinner();

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		CHECK_OK(os_kernel_thread_registers(thread.slot, 0));
		*register_at(index) = bad[i];
		CHECK_ERR(os_kernel_thread_registers(thread.slot, 1), OS_ERR_RANGE);
		CHECK_OK(os_kernel_thread_registers(thread.slot, 0));
		CHECK(*register_at(index) != bad[i]);
	}
}

TEST(thread_registers_cannot_set_privileged_flags)
{
	struct thread thread = spinner();

	CHECK_OK(os_kernel_thread_registers(thread.slot, 0));
	registers()->rflags = -1ul & ~0x100ul; /* IOPL, NT, VM, VIF; not TF, which is for steps */
	CHECK_OK(os_kernel_thread_registers(thread.slot, 1));
	CHECK_OK(os_kernel_thread_registers(thread.slot, 0));
	CHECK_EQUAL(registers()->rflags & 0x3000, 0);   /* IOPL */
	CHECK_EQUAL(registers()->rflags & 0x4000, 0);   /* NT */
	CHECK_EQUAL(registers()->rflags & 0x20000, 0);  /* VM */
	CHECK_EQUAL(registers()->rflags & 0x180000, 0); /* VIF, VIP */
	registers()->rflags = 0;
	CHECK_OK(os_kernel_thread_registers(thread.slot, 1));
	CHECK_OK(os_kernel_thread_registers(thread.slot, 0));
	CHECK_EQUAL(registers()->rflags & 0x200, 0x200); /* interrupts stay on */
	CHECK_OK(os_kernel_thread_resume(thread.slot));
	CHECK_OK(os_kernel_yield());
}

TEST(thread_step_refuses_other_values)
{
	struct thread thread = thread_make(SELF_PD, sleeper, NULL, PRIORITY_HIGH, 0);

	CHECK_ERR(os_kernel_thread_step(thread.slot, 2), OS_ERR_RANGE);
	CHECK_ERR(os_kernel_thread_step(thread.slot, -1ul), OS_ERR_RANGE);
}

static void __attribute__((naked)) step_code(void)
{
	__asm__ volatile("nop; nop; mov $5, %eax; syscall; nop\n" /* OS_SYS_BLOCK */
	                 "1: jmp 1b\n");
}

TEST(thread_step_stops_after_each_instruction)
{
	uint64_t endpoint = endpoint_make(SELF_PD, 0);
	struct thread thread = thread_make_new(SELF_PD, sleeper, NULL, PRIORITY_HIGH, 0);
	static const uint8_t ends[] = { 1, 2, 7 };
	struct os_kernel_fault fault;

	_Static_assert(OS_SYS_BLOCK == 5, "see step_code()");
	CHECK_OK(os_kernel_thread_setup(thread.slot, gate_make(endpoint, 77), PRIORITY_HIGH, 0));
	CHECK_OK(os_kernel_thread_step(thread.slot, 1));
	CHECK_OK(os_kernel_thread_start(thread.slot, (uint64_t)step_code,
	                                (uint64_t)thread.utcb + BLOCK, 0));
	for (size_t i = 0; i < sizeof(ends); i++) {
		fault = fault_wait(endpoint);
		CHECK_EQUAL(fault.kind, OS_FAULT_STEP);
		CHECK_EQUAL(fault.ip, (uint64_t)step_code + ends[i]);
		CHECK_OK(os_kernel_thread_resume(thread.slot));
	}
	/* The system call is one instruction, too: it blocks first. */
	CHECK_EQUAL(thread_state(&thread), OS_THREAD_BLOCKED);
	CHECK_OK(os_kernel_unblock(thread.slot));
	fault = fault_wait(endpoint);
	CHECK(fault.ip == (uint64_t)step_code + 9 || fault.ip == (uint64_t)step_code + 10);
	CHECK_OK(os_kernel_thread_step(thread.slot, 0));
	CHECK_OK(os_kernel_thread_setup(thread.slot, 0, PRIORITY_LOW, 0));
	CHECK_OK(os_kernel_thread_resume(thread.slot));
	CHECK_EQUAL(thread_state(&thread), OS_THREAD_READY);
}

/* ------------------------------------------------------------------ time */

TEST(thread_time_grows_while_it_runs_only)
{
	struct thread thread = thread_make(SELF_PD, looper, &count, PRIORITY_TEST, 0);
	uint64_t first, second, state;

	while (count < 100000)
		CHECK_OK(os_kernel_yield());
	CHECK_OK(os_kernel_thread_pause(thread.slot));
	CHECK_OK(os_kernel_thread_time(thread.slot, &first, &state));
	CHECK(first > 100000);
	CHECK_OK(os_kernel_yield());
	CHECK_OK(os_kernel_thread_time(thread.slot, &second, &state));
	CHECK_EQUAL(second, first);
	CHECK_OK(os_kernel_thread_time(SELF_THREAD, &first, &state));
	CHECK_OK(os_kernel_thread_time(SELF_THREAD, &second, &state));
	CHECK(second > first);
}

TEST(thread_time_tells_the_state)
{
	struct thread thread = thread_make_new(SELF_PD, sleeper, NULL, PRIORITY_HIGH, 0);

	CHECK_EQUAL(thread_state(&thread), OS_THREAD_NEW);
	thread_run(&thread);
	CHECK_EQUAL(thread_state(&thread), OS_THREAD_BLOCKED);
}

/* ------------------------------------------------------------------ its end in every state */

enum life {
	LIFE_NEW,
	LIFE_READY,
	LIFE_PAUSED,
	LIFE_CALLING,
	LIFE_CALLED,
	LIFE_WAITING,
	LIFE_SERVING,
	LIFE_BLOCKED,
	LIFE_SEMAPHORE,
	LIFE_MUTEX,
	LIFE_OWNER,
	LIFE_FAULTED,
	LIFE_FAULT_QUEUED,
	LIFE_FAULT_SAVED,
	LIFES,
};

static const char *const life_names[LIFES] = {
	"new",
	"ready",
	"paused",
	"calling",
	"called",
	"waiting",
	"serving",
	"blocked",
	"at_a_semaphore",
	"at_a_mutex",
	"owning_a_mutex",
	"faulted",
	"faulted_and_queued",
	"faulted_and_saved",
};

static uint64_t object; /* semaphore or mutex */

static void life_down(void *unused)
{
	(void)unused;
	(void)os_kernel_semaphore_down(object, 0);
}

static void life_lock(void *unused)
{
	uint64_t died;

	(void)unused;
	(void)os_kernel_mutex_lock(object, 0, &died);
	sleeper(NULL);
}

static void life_fault(void *unused)
{
	(void)unused;
	*(volatile int *)0x1000 = 0;
}

static struct server server;

/* A thread that calls, or serves. */
static struct thread life_call(enum life life)
{
	struct event event;

	server = server_make_new(life == LIFE_SERVING ? server_silent : sleeper, pd_make(),
	                         PRIORITY_HIGH, 0);
	if (life == LIFE_SERVING)
		thread_run(&server.thread);
	if (life != LIFE_CALLED) {
		client_start(&client, SELF_PD, server.gate, header(0, 0), PRIORITY_HIGH, 0);
		return life == LIFE_SERVING ? server.thread : client.thread;
	}
	object = endpoint_make(SELF_PD, 0);
	client_start(&client, SELF_PD, gate_make(object, 0), header(0, 0), PRIORITY_HIGH, 0);
	CHECK_OK(wait_at(object, &event));
	return client.thread;
}

static struct thread life_faulted(enum life life)
{
	uint64_t endpoint = endpoint_make(SELF_PD, 0), slot;
	struct thread thread = victim_make(SELF_PD, life_fault, NULL, endpoint);

	if (life != LIFE_FAULT_QUEUED)
		(void)fault_wait(endpoint);
	if (life == LIFE_FAULT_SAVED)
		CHECK_OK(os_kernel_reply_save(&slot));
	return thread;
}

static struct thread life_make(enum life life)
{
	struct thread thread;
	uint64_t died;

	switch (life) {
	case LIFE_NEW:
		return thread_make_new(SELF_PD, sleeper, NULL, PRIORITY_HIGH, 0);
	case LIFE_READY:
		return thread_make(SELF_PD, looper, &count, PRIORITY_LOW, 0);
	case LIFE_PAUSED:
		thread = thread_make(SELF_PD, looper, &count, PRIORITY_LOW, 0);
		CHECK_OK(os_kernel_thread_pause(thread.slot));
		return thread;
	case LIFE_CALLING:
	case LIFE_CALLED:
	case LIFE_SERVING:
		return life_call(life);
	case LIFE_WAITING:
		server = server_make(server_echo, SELF_PD, PRIORITY_HIGH, 0);
		return server.thread;
	case LIFE_BLOCKED:
		return thread_make(SELF_PD, sleeper, NULL, PRIORITY_HIGH, 0);
	case LIFE_SEMAPHORE:
		object = semaphore_make(0, OS_ORDER_PRIORITY);
		return thread_make(SELF_PD, life_down, NULL, PRIORITY_HIGH, 0);
	case LIFE_MUTEX:
		object = mutex_make(OS_ORDER_PRIORITY);
		CHECK_OK(os_kernel_mutex_lock(object, 0, &died));
		return thread_make(SELF_PD, life_lock, NULL, PRIORITY_HIGH, 0);
	case LIFE_OWNER:
		object = mutex_make(OS_ORDER_PRIORITY);
		return thread_make(SELF_PD, life_lock, NULL, PRIORITY_HIGH, 0);
	default:
		return life_faulted(life);
	}
}

static bool destroyed_label(uint64_t index, char *name, size_t size)
{
	text_format(name, size, "thread_destroyed_while_%s", life_names[index]);
	return true;
}

TEST_EACH(thread_destroyed, LIFES, destroyed_label)
{
	struct thread thread = life_make((enum life)index);

	CHECK_OK(os_kernel_destroy(thread.slot));
	CHECK_ERR(os_kernel_destroy(thread.slot), OS_ERR_GONE);
	/* Its pages are free at once, and nobody remembers it. */
	window_map(thread.page, 1);
	memset((void *)(WINDOW + thread.page), 0xee, PAGE);
	window_unmap(thread.page, 1);
	for (int i = 0; i < 5; i++)
		CHECK_OK(os_kernel_yield());
	CHECK_OK(os_kernel_memory_give(MACHINE, thread.page, 1));
}

static bool taken_label(uint64_t index, char *name, size_t size)
{
	text_format(name, size, "thread_memory_taken_while_%s", life_names[index]);
	return true;
}

TEST_EACH(thread_memory_taken, LIFES, taken_label)
{
	struct thread thread = life_make((enum life)index);

	CHECK_OK(os_kernel_memory_take(MACHINE, thread.page));
	CHECK_ERR(os_kernel_destroy(thread.slot), OS_ERR_GONE);
	CHECK_OK(os_kernel_memory_give(MACHINE, thread.page, 1));
	CHECK_OK(os_kernel_memory_give(MACHINE, thread.utcb_page, 1));
}

static bool paused_label(uint64_t index, char *name, size_t size)
{
	text_format(name, size, "thread_paused_and_resumed_while_%s", life_names[index]);
	return true;
}

TEST_EACH(thread_paused, LIFES, paused_label)
{
	struct thread thread = life_make((enum life)index);
	enum os_kernel_thread_state before = thread_state(&thread);

	CHECK_OK(os_kernel_thread_pause(thread.slot));
	CHECK_EQUAL(thread_state(&thread), before);
	if (index < LIFE_FAULTED) {
		CHECK_OK(os_kernel_thread_resume(thread.slot));
		CHECK_EQUAL(thread_state(&thread), before);
	}
	CHECK_OK(os_kernel_destroy(thread.slot));
}

static bool cancelled_label(uint64_t index, char *name, size_t size)
{
	text_format(name, size, "thread_cancelled_while_%s", life_names[index]);
	return true;
}

TEST_EACH(thread_cancelled, LIFES, cancelled_label)
{
	struct thread thread = life_make((enum life)index);
	bool faulted = index >= LIFE_FAULTED;

	CHECK_OK(os_kernel_thread_cancel(thread.slot));
	CHECK_OK(os_kernel_yield());
	/* A wait for the pager is not cancelled. */
	if (faulted)
		CHECK_EQUAL(thread_state(&thread), OS_THREAD_FAULTED);
	CHECK_OK(os_kernel_destroy(thread.slot));
}

static bool moved_label(uint64_t index, char *name, size_t size)
{
	text_format(name, size, "thread_priority_changed_while_%s", life_names[index]);
	return true;
}

TEST_EACH(thread_changed, LIFES, moved_label)
{
	struct thread thread = life_make((enum life)index);
	uint64_t last = environment.cpu_count - 1;

	CHECK_OK(os_kernel_thread_setup(thread.slot, PAGER_SLOT, PRIORITY_LOW + 5, last));
	CHECK_OK(os_kernel_thread_setup(thread.slot, PAGER_SLOT, PRIORITY_LOW, 0));
	CHECK_OK(os_kernel_thread_setup(thread.slot, PAGER_SLOT, PRIORITY_LOW - 5, last));
	CHECK_OK(os_kernel_destroy(thread.slot));
}
