/* SPDX-License-Identifier: BSD-2-Clause */
/* Threads from outside: start, pause, cancel, registers; and faults with their pagers. */

#include <actors.h>

static struct thread *thread, *pager;
static struct endpoint *endpoint;
static struct gate *gate;

static const uint64_t page_fault = OS_FAULT_PAGE | 14ul << 32;

static int setup(void **state)
{
	actors_setup(state);
	thread = actor_new(60);
	pager = actor_new(40);
	endpoint = endpoint_for(pager, 0);
	gate = gate_for(endpoint, 0xfa);
	ROOT(THREAD_SETUP, thread, has(world.self, gate), 60, 0);
	return 0;
}

static void wait_for_fault(uint64_t flags, uint64_t header)
{
	ACT(pager, REPLY_WAIT, hold(pager, endpoint, OS_RIGHT_ALL), flags, header);
}

/* The thread meets a fault; all its registers are in the frame. */
static void fault(uint64_t kind)
{
	run(thread);
	thread->full_frame = FRAME_FULL;
	thread->frame.rip = 0x1234;
	thread->frame.rsp = 0x5678;
	thread_fault(mock.self, thread, kind, 0xabc000, 6);
	assert_false(mock.self->exclusive);
	assert_int_equal(mock.self->local, 0);
}

static void assert_fault(uint32_t kind, uint32_t length)
{
	struct os_kernel_fault got;

	assert_int_equal(pager->state, OS_THREAD_READY);
	assert_int_equal(pager->frame.rsi, PLAIN(OS_KERNEL_OP_FAULT, length));
	assert_int_equal(pager->frame.rdx, 0xfa);
	memcpy(&got, pager->utcb->payload, sizeof(got));
	assert_int_equal(got.kind, kind);
	assert_int_equal(got.ip, thread->fault_words[3]);
	assert_int_equal(got.sp, 0x5678);
	assert_int_equal(got.thread, thread->cookie);
	assert_int_equal(thread->state, OS_THREAD_CALLED);
}

static uint64_t state_of(struct thread *of)
{
	assert_int_equal(ROOT(THREAD_TIME, of, 0), OS_OK);
	return world.self->frame.rdx;
}

/* ------------------------------------------------------------------ start */

static void a_thread_starts_once_in_user_land(void **state)
{
	struct thread *new;

	(void)state;
	run(world.self);
	new = container_of(object_in(thread_new(hold(world.self, thread->pd, OS_RIGHT_ALL))),
	                   struct thread, object);
	assert_int_equal(state_of(new), OS_THREAD_NEW);
	assert_int_equal(ROOT(THREAD_START, new, OS_KERNEL_USER_END, 0x2000), OS_ERR_RANGE);
	assert_int_equal(ROOT(THREAD_START, new, 0x1000, 1ul << 63), OS_ERR_RANGE);
	assert_int_equal(ROOT(THREAD_REGISTERS, new, 0), OS_ERR_EMPTY);
	assert_int_equal(ROOT(THREAD_START, new, 0x1000, 0x2000, 0x77), OS_OK);
	assert_int_equal(new->frame.rip, 0x1000);
	assert_int_equal(new->frame.rsp, 0x2000);
	assert_int_equal(new->frame.rdi, 0x77);
	assert_int_equal(new->frame.rflags, 0x202);
	assert_int_equal(new->full_frame, FRAME_FULL);
	assert_true(new->queued);
	assert_int_equal(ROOT(THREAD_START, new, 0x1000, 0x2000), OS_ERR_EXISTS);
}

static void a_thread_paused_before_its_start_does_not_run(void **state)
{
	struct thread *new;

	(void)state;
	run(world.self);
	new = container_of(object_in(thread_new(hold(world.self, thread->pd, OS_RIGHT_ALL))),
	                   struct thread, object);
	ROOT(THREAD_PAUSE, new, 0);
	assert_int_equal(ROOT(THREAD_START, new, 0x1000, 0x2000), OS_OK);
	assert_false(new->queued);
	assert_int_equal(ROOT(THREAD_RESUME, new, 0), OS_OK);
	assert_true(new->queued);
}

static void setup_checks_its_arguments(void **state)
{
	(void)state;
	assert_int_equal(ROOT(THREAD_SETUP, thread, 0, 128, 0), OS_ERR_RANGE);
	assert_int_equal(ROOT(THREAD_SETUP, thread, 0, 1, 2), OS_ERR_RANGE);
	assert_int_equal(ROOT(THREAD_SETUP, thread, 60, 1, 0), OS_ERR_CAP_INVALID);
	assert_int_equal(ROOT(THREAD_SETUP, thread, has(world.self, endpoint), 1, 0),
	                 OS_ERR_CAP_TYPE);
	assert_int_equal(thread->priority, 60);
	assert_ptr_equal(thread_pager(thread), gate);
}

static void a_thread_moves_itself_to_another_cpu(void **state)
{
	(void)state;
	ACT(thread, THREAD_SETUP, hold_thread(thread, thread), 0, 33, 1);
	assert_int_equal(thread->cpu, 1);
	assert_int_equal(thread->frame.rax, OS_OK);
	assert_int_equal(thread->effective, 33);
	assert_true(thread->queued);
	assert_ptr_not_equal(cpus[0]->current, thread);
	assert_int_equal(cpus[1]->ready_bits[0], 1ul << 33);
}

static void a_running_thread_is_evicted_to_be_moved(void **state)
{
	(void)state;
	move(thread, 1);
	mock.self = cpus[1];
	sched_kicked(mock.self);
	assert_ptr_equal(current(), thread);
	mock.self = cpus[0];
	move(thread, 0);
	assert_int_equal(mock_count(MOCK_EVICT, thread), 1);
	assert_null(cpus[1]->current);
	assert_true(thread->queued);
}

/* ------------------------------------------------------------------ pause and resume */

static void pauses_are_counted(void **state)
{
	(void)state;
	assert_int_equal(ROOT(THREAD_RESUME, thread, 0), OS_ERR_EMPTY);
	for (uint32_t i = 0; i < UINT8_MAX; i++)
		assert_int_equal(ROOT(THREAD_PAUSE, thread, 0), OS_OK);
	assert_int_equal(ROOT(THREAD_PAUSE, thread, 0), OS_ERR_LIMIT);
	assert_false(thread->queued);
	for (uint32_t i = 0; i < UINT8_MAX; i++) {
		assert_false(thread->queued);
		assert_int_equal(ROOT(THREAD_RESUME, thread, 0), OS_OK);
	}
	assert_true(thread_can_run(thread));
}

static void a_thread_pauses_itself(void **state)
{
	(void)state;
	ACT(thread, THREAD_PAUSE, hold_thread(thread, thread));
	assert_int_equal(thread->frame.rax, OS_OK);
	assert_ptr_not_equal(current(), thread);
	assert_false(thread->queued);
	ROOT(THREAD_RESUME, thread, 0);
	assert_true(thread->queued || current() == thread);
}

static void a_thread_that_runs_elsewhere_is_paused(void **state)
{
	(void)state;
	move(thread, 1);
	mock.self = cpus[1];
	sched_kicked(mock.self);
	mock.self = cpus[0];
	ROOT(THREAD_PAUSE, thread, 0);
	assert_int_equal(mock_count(MOCK_EVICT, thread), 1);
	assert_false(thread->queued);
	mock.self = cpus[0];
	ROOT(THREAD_RESUME, thread, 0);
	assert_int_equal(cpus[1]->ready_bits[0], 1ul << 60);
}

static void a_paused_thread_is_woken_and_stays(void **state)
{
	(void)state;
	ACT(thread, BLOCK);
	ROOT(THREAD_PAUSE, thread, 0);
	assert_int_equal(state_of(thread), OS_THREAD_BLOCKED);
	ROOT(THREAD_CANCEL, thread, 0);
	assert_int_equal(state_of(thread), OS_THREAD_READY);
	assert_false(thread->queued);
	ROOT(THREAD_RESUME, thread, 0);
	assert_true(thread_can_run(thread));
}

/* ------------------------------------------------------------------ registers */

static void registers_of_who_runs_are_not_to_be_had(void **state)
{
	(void)state;
	assert_int_equal(ROOT(THREAD_REGISTERS, thread, 0), OS_ERR_BUSY);
	assert_int_equal(ROOT(THREAD_REGISTERS, world.self, 0), OS_ERR_BUSY);
	ROOT(THREAD_PAUSE, thread, 0);
	assert_int_equal(ROOT(THREAD_REGISTERS, thread, 2), OS_ERR_RANGE);
	assert_int_equal(ROOT(THREAD_REGISTERS, thread, 0), OS_OK);
}

static void registers_come_and_go(void **state)
{
	struct os_kernel_registers *registers = (void *)world.self->utcb->payload;
	struct os_kernel_registers before;

	(void)state;
	ROOT(THREAD_PAUSE, thread, 0);
	for (uint32_t i = 0; i < sizeof(before) / 8; i++)
		((uint64_t *)&before)[i] = 0x1000 + i;
	before.rflags = 0x202;
	*registers = before;
	assert_int_equal(ROOT(THREAD_REGISTERS, thread, 1), OS_OK);
	assert_int_equal(thread->full_frame, FRAME_FULL);
	assert_int_equal(thread->frame.rip, before.rip);
	assert_int_equal(thread->frame.r15, before.r15);
	assert_int_equal(thread->fs_base, before.fs_base);
	memset(registers, 0, sizeof(*registers));
	assert_int_equal(ROOT(THREAD_REGISTERS, thread, 0), OS_OK);
	assert_memory_equal(registers, &before, sizeof(before));
}

static void registers_are_those_of_user_land(void **state)
{
	struct os_kernel_registers *registers = (void *)world.self->utcb->payload;
	uint64_t *const fields[] = { &registers->rip, &registers->rsp, &registers->fs_base,
		                     &registers->gs_base };
	const uint64_t bad[] = { OS_KERNEL_USER_END, 1ul << 47, 0xffff800000000000, UINT64_MAX };
	struct frame before;

	(void)state;
	ROOT(THREAD_PAUSE, thread, 0);
	before = thread->frame;
	for (uint32_t i = 0; i < 4; i++) {
		for (uint32_t j = 0; j < 4; j++) {
			memset(registers, 0, sizeof(*registers));
			*fields[i] = bad[j];
			assert_int_equal(ROOT(THREAD_REGISTERS, thread, 1), OS_ERR_RANGE);
			assert_memory_equal(&thread->frame, &before, sizeof(before));
		}
	}
	/* No privilege by flags: IOPL, NT, VM; interrupts stay on. */
	memset(registers, 0, sizeof(*registers));
	registers->rflags = UINT64_MAX & ~(uint64_t)0x200;
	assert_int_equal(ROOT(THREAD_REGISTERS, thread, 1), OS_OK);
	assert_int_equal(thread->frame.rflags & 0x27000, 0);
	assert_int_equal(thread->frame.rflags & 0x202, 0x202);
	assert_int_equal(thread->frame.cs, FRAME_CS);
	assert_int_equal(thread->frame.ss, FRAME_SS);
}

static void stepping_sets_the_trap_flag(void **state)
{
	struct os_kernel_registers *registers = (void *)world.self->utcb->payload;

	(void)state;
	assert_int_equal(ROOT(THREAD_STEP, thread, 2), OS_ERR_RANGE);
	assert_int_equal(ROOT(THREAD_STEP, thread, 1), OS_OK);
	assert_true(thread->frame.rflags & FLAG_TRAP);
	/* It cannot be taken away but in the same way. */
	ROOT(THREAD_PAUSE, thread, 0);
	memset(registers, 0, sizeof(*registers));
	ROOT(THREAD_REGISTERS, thread, 1);
	assert_true(thread->frame.rflags & FLAG_TRAP);
	assert_int_equal(ROOT(THREAD_STEP, thread, 0), OS_OK);
	assert_false(thread->frame.rflags & FLAG_TRAP);
}

/* ------------------------------------------------------------------ faults */

static void a_fault_is_a_call_to_the_pager(void **state)
{
	struct os_kernel_fault got;

	(void)state;
	wait_for_fault(0, 0);
	fault(page_fault);
	assert_ptr_equal(current(), pager);
	assert_fault(OS_FAULT_PAGE, sizeof(got));
	memcpy(&got, pager->utcb->payload, sizeof(got));
	assert_int_equal(got.vector, 14);
	assert_int_equal(got.address, 0xabc000);
	assert_int_equal(got.error, 6);
	assert_int_equal(state_of(thread), OS_THREAD_FAULTED);

	/* The answer lets it go on where it was, all registers as they were. */
	thread->frame.rax = 0x42;
	wait_for_fault(OS_WAIT_REPLY, PLAIN(0, 0));
	assert_true(thread_can_run(thread));
	assert_false(thread->faulted);
	assert_int_equal(thread->frame.rax, 0x42);
	assert_int_equal(thread->frame.rip, 0x1234);
	assert_int_equal(thread->full_frame, FRAME_FULL);
}

static void faults_wait_for_a_busy_pager(void **state)
{
	(void)state;
	ACT(pager, REPLY_WAIT, hold(pager, endpoint, OS_RIGHT_ALL), OS_WAIT_POLL);
	fault(page_fault);
	assert_int_equal(thread->state, OS_THREAD_CALLING);
	wait_for_fault(0, 0);
	assert_fault(OS_FAULT_PAGE, sizeof(struct os_kernel_fault));
}

static void a_fault_finds_a_pager_on_another_cpu(void **state)
{
	(void)state;
	wait_for_fault(0, 0);
	move(pager, 1);
	fault(page_fault);
	assert_fault(OS_FAULT_PAGE, sizeof(struct os_kernel_fault));
	assert_int_equal(cpus[1]->ready_bits[0], 1ul << 40);
	assert_ptr_equal(cpus[0]->current, world.self);
}

static void the_answer_sets_registers(void **state)
{
	struct os_kernel_registers registers = { .rip = 0x4000, .rsp = 0x8000, .rax = 9 };

	(void)state;
	wait_for_fault(0, 0);
	fault(page_fault);
	memcpy(pager->utcb->payload, &registers, sizeof(registers));
	wait_for_fault(OS_WAIT_REPLY, PLAIN(0, sizeof(registers)));
	assert_int_equal(thread->frame.rip, 0x4000);
	assert_int_equal(thread->frame.rax, 9);
	/* Not those of the kernel. */
	fault(page_fault);
	registers.rip = 0xffffffff80000000;
	memcpy(pager->utcb->payload, &registers, sizeof(registers));
	wait_for_fault(OS_WAIT_REPLY, PLAIN(0, sizeof(registers)));
	assert_int_equal(thread->frame.rip, 0x1234);
	assert_true(thread_can_run(thread));
}

static void without_an_answer_it_stays_until_it_is_resumed(void **state)
{
	(void)state;
	wait_for_fault(0, 0);
	fault(page_fault);
	wait_for_fault(0, 0);
	assert_int_equal(thread->state, OS_THREAD_FAULTED);
	assert_false(thread->queued);
	assert_int_equal(ROOT(THREAD_RESUME, thread, 0), OS_OK);
	assert_true(thread_can_run(thread));
	assert_int_equal(ROOT(THREAD_RESUME, thread, 0), OS_ERR_EMPTY);
}

static void the_pager_waits_on_without_a_lock(void **state)
{
	uint32_t before;

	(void)state;
	wait_for_fault(0, 0);
	fault(page_fault);
	before = mock_count(MOCK_EXCLUSIVE, NULL);
	wait_for_fault(0, 0);
	assert_int_equal(mock_count(MOCK_EXCLUSIVE, NULL), before);
	assert_int_equal(thread->state, OS_THREAD_FAULTED);
	assert_int_equal(state_of(thread), OS_THREAD_FAULTED);
	assert_null(pager->caller);
	assert_ptr_equal(endpoint->receiver, pager);
	/* and learns of the same one again, when that has not been resolved */
	assert_int_equal(ROOT(THREAD_RESUME, thread, 0), OS_OK);
	fault(page_fault);
	assert_fault(OS_FAULT_PAGE, sizeof(struct os_kernel_fault));
}

static enum os_err resolve(uint64_t address, uint64_t physical, uint64_t attributes)
{
	return ACT(world.self, THREAD_RESOLVE, MACHINE, hold_thread(world.self, thread), address,
	           physical, 4096, attributes);
}

static void a_fault_is_resolved_in_one_step(void **state)
{
	uint64_t physical, page = page_new();
	uint32_t attributes;

	(void)state;
	wait_for_fault(0, 0);
	fault(page_fault);
	wait_for_fault(0, 0);
	/* page tables are missing: it waits on */
	assert_int_equal(resolve(0xabc000, page, OS_MAP_READ), OS_ERR_OUT_OF_RAM);
	assert_int_equal(thread->state, OS_THREAD_FAULTED);
	for (int i = 0; i < 4; i++)
		ACT(world.self, PD_GIVE, MACHINE, hold(world.self, thread->pd, OS_RIGHT_ALL),
		    page_new(), OS_GIVE_TABLE);
	assert_int_equal(resolve(0xabc000, page, OS_MAP_READ | 128), OS_ERR_INVALID);
	assert_int_equal(thread->state, OS_THREAD_FAULTED);
	assert_int_equal(resolve(0xabc000, page, OS_MAP_READ), OS_OK);
	assert_int_equal(world.self->frame.rsi, 4096);
	assert_true(thread_can_run(thread));
	assert_true(space_lookup(thread->pd, 0xabc000, &physical, &attributes));
	assert_int_equal(physical, page);
	/* it waits no longer: what is to be mapped is, all the same */
	assert_int_equal(resolve(0xabd000, page, OS_MAP_READ), OS_ERR_EMPTY);
	assert_true(space_lookup(thread->pd, 0xabd000, &physical, &attributes));
}

static void it_is_resumed_while_its_pager_works(void **state)
{
	(void)state;
	wait_for_fault(0, 0);
	fault(page_fault);
	assert_int_equal(ROOT(THREAD_RESUME, thread, 0), OS_OK);
	assert_true(thread_can_run(thread));
	assert_null(pager->caller);
	wait_for_fault(OS_WAIT_REPLY, 0);
	assert_int_equal(pager->state, OS_THREAD_WAITING);
}

static void a_wait_for_the_pager_is_not_cancelled(void **state)
{
	(void)state;
	wait_for_fault(0, 0);
	fault(page_fault);
	assert_int_equal(ROOT(THREAD_CANCEL, thread, 0), OS_OK);
	assert_int_equal(thread->state, OS_THREAD_CALLED);
	wait_for_fault(OS_WAIT_REPLY, 0);
	/* What it would wait for next is. */
	assert_int_equal(ACT(thread, BLOCK), OS_ERR_CANCELLED);
}

static void nobody_to_tell_leaves_it_faulted(void **state)
{
	(void)state;
	destroy(gate);
	assert_null(thread_pager(thread));
	fault(page_fault);
	assert_int_equal(thread->state, OS_THREAD_FAULTED);
	assert_int_equal(ROOT(THREAD_RESUME, thread, 0), OS_OK);
	assert_true(thread_can_run(thread));
}

static void a_pager_that_goes_leaves_it_faulted(void **state)
{
	struct thread *second = actor_new(60);

	(void)state;
	ROOT(THREAD_SETUP, second, has(world.self, gate), 60, 0);
	wait_for_fault(0, 0);
	fault(page_fault);
	run(second);
	second->full_frame = FRAME_FULL;
	thread_fault(mock.self, second, page_fault, 0, 0);
	assert_int_equal(second->state, OS_THREAD_CALLING);
	destroy(&pager->object);
	assert_int_equal(thread->state, OS_THREAD_FAULTED);
	assert_int_equal(second->state, OS_THREAD_FAULTED);
	assert_true(second->faulted);
}

static void a_pager_that_faults_itself_is_left_faulted(void **state)
{
	(void)state;
	ROOT(THREAD_SETUP, pager, has(world.self, gate), 40, 0);
	ACT(pager, REPLY_WAIT, hold(pager, endpoint, OS_RIGHT_ALL), OS_WAIT_POLL);
	run(pager);
	pager->full_frame = FRAME_FULL;
	thread_fault(mock.self, pager, page_fault, 0, 0);
	assert_int_equal(pager->state, OS_THREAD_FAULTED);
}

static void an_answer_to_a_fault_comes_later(void **state)
{
	uint64_t slot;

	(void)state;
	wait_for_fault(0, 0);
	fault(page_fault);
	assert_int_equal(ACT(pager, REPLY_SAVE, 0), OS_OK);
	slot = pager->frame.rsi;
	wait_for_fault(0, 0);
	assert_int_equal(thread->state, OS_THREAD_CALLED);
	ROOT(THREAD_CANCEL, pager, 0);
	assert_int_equal(ACT(pager, REPLY, slot, 0), OS_OK);
	assert_true(thread_can_run(thread));
}

static void who_faults_is_destroyed(void **state)
{
	(void)state;
	wait_for_fault(0, 0);
	fault(page_fault);
	destroy(&thread->object);
	assert_null(pager->caller);
	assert_int_equal(mock_count(MOCK_FPU_DROP, thread), 1);
}

/* ------------------------------------------------------------------ foreign system calls */

static void foreign_call(uint32_t vector)
{
	run(thread);
	thread->full_frame = FRAME_FULL;
	thread->frame.rip = 0x1234;
	thread->frame.rsp = 0x5678;
	thread->frame.rax = 0x40000007;
	thread->fs_base = 0xf5;
	thread_foreign_syscall(mock.self, thread, vector);
}

static void a_foreign_call_goes_to_the_handler_with_its_registers(void **state)
{
	struct os_kernel_registers registers;
	const uint32_t length = sizeof(struct os_kernel_fault) + sizeof(registers);
	struct gate *handler;

	(void)state;
	handler = gate_for(endpoint, 0xfa);
	ROOT(THREAD_SETUP, thread, has(world.self, gate_for(endpoint, 1)), 60, 0);
	assert_int_equal(ACT(world.self, PD_SYSCALLS, hold(world.self, thread->pd, OS_RIGHT_ALL),
	                     has(world.self, handler)),
	                 OS_OK);
	wait_for_fault(0, 0);
	foreign_call(0x80);
	assert_fault(OS_FAULT_SYSCALL, length);
	memcpy(&registers, pager->utcb->payload + sizeof(struct os_kernel_fault),
	       sizeof(registers));
	assert_int_equal(registers.rax, 0x40000007);
	assert_int_equal(registers.rip, 0x1234);
	assert_int_equal(registers.fs_base, 0xf5);
	registers.rax = 42;
	memcpy(pager->utcb->payload, &registers, sizeof(registers));
	wait_for_fault(OS_WAIT_REPLY, PLAIN(0, sizeof(registers)));
	assert_int_equal(thread->frame.rax, 42);
	assert_int_equal(thread->frame.rip, 0x1234);
	/* Without a handler: to the pager. */
	destroy(handler);
	foreign_call(0);
	assert_int_equal(pager->frame.rdx, 1);
}

/* ------------------------------------------------------------------ the end */

static void a_thread_is_destroyed_in_each_state(void **state)
{
	(void)state;
	for (uint32_t i = 0; i < 4; i++) {
		struct thread *victim = actor_new(60);

		if (i == 1)
			ACT(victim, BLOCK);
		if (i == 2)
			ACT(victim, CALL, hold(victim, gate, OS_RIGHT_ALL), 0);
		if (i == 3)
			ROOT(THREAD_PAUSE, victim, 0);
		destroy(&victim->object);
		assert_int_equal(page_use(pointer_physical(victim)), PAGE_FREE);
	}
	assert_null(endpoint->callers.first);
	assert_null(gate->callers);
}

static void a_thread_that_runs_elsewhere_is_destroyed(void **state)
{
	(void)state;
	move(thread, 1);
	mock.self = cpus[1];
	sched_kicked(mock.self);
	mock.self = cpus[0];
	destroy(&thread->object);
	assert_int_equal(mock_count(MOCK_EVICT, thread), 1);
	assert_null(cpus[1]->current);
}

#define TEST(name) cmocka_unit_test_setup(name, setup)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_thread_starts_once_in_user_land),
		TEST(a_thread_paused_before_its_start_does_not_run),
		TEST(setup_checks_its_arguments),
		TEST(a_thread_moves_itself_to_another_cpu),
		TEST(a_running_thread_is_evicted_to_be_moved),
		TEST(pauses_are_counted),
		TEST(a_thread_pauses_itself),
		TEST(a_thread_that_runs_elsewhere_is_paused),
		TEST(a_paused_thread_is_woken_and_stays),
		TEST(registers_of_who_runs_are_not_to_be_had),
		TEST(registers_come_and_go),
		TEST(registers_are_those_of_user_land),
		TEST(stepping_sets_the_trap_flag),
		TEST(a_fault_is_a_call_to_the_pager),
		TEST(faults_wait_for_a_busy_pager),
		TEST(a_fault_finds_a_pager_on_another_cpu),
		TEST(the_answer_sets_registers),
		TEST(without_an_answer_it_stays_until_it_is_resumed),
		TEST(the_pager_waits_on_without_a_lock),
		TEST(a_fault_is_resolved_in_one_step),
		TEST(it_is_resumed_while_its_pager_works),
		TEST(a_wait_for_the_pager_is_not_cancelled),
		TEST(nobody_to_tell_leaves_it_faulted),
		TEST(a_pager_that_goes_leaves_it_faulted),
		TEST(a_pager_that_faults_itself_is_left_faulted),
		TEST(an_answer_to_a_fault_comes_later),
		TEST(who_faults_is_destroyed),
		TEST(a_foreign_call_goes_to_the_handler_with_its_registers),
		TEST(a_thread_is_destroyed_in_each_state),
		TEST(a_thread_that_runs_elsewhere_is_destroyed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
