/* SPDX-License-Identifier: BSD-2-Clause */
/* Exceptions, and page faults that no region map resolves. */

#include "test.h"

/* Past the instruction that the thread stands at. */
static void skip(struct child *child, uint64_t length)
{
	struct os_registers r = registers_get(child->thread);

	r.rip += length;
	r.rax = 77;
	registers_set(child->thread, &r);
	OS_ASSERT(!thread_proceed(child->thread, THREAD_ANSWER_RESUME));
	child_result(child, 77);
}

static void each_kind(struct child *child)
{
	static const struct {
		enum command command;
		enum thread_exception kind;
		uint64_t length;
	} all[] = {
		{ COMMAND_DIVIDE, THREAD_EXCEPTION_DIVISION, 2 },
		{ COMMAND_ILLEGAL, THREAD_EXCEPTION_ILLEGAL_INSTRUCTION, 2 },
		{ COMMAND_PROTECTION, THREAD_EXCEPTION_PROTECTION, 1 },
		{ COMMAND_FLOAT, THREAD_EXCEPTION_FLOATING_POINT, 1 },
	};

	for (size_t i = 0; i < OS_ARRAY_SIZE(all); i++) {
		struct exception e;

		child_command(child, all[i].command, 0);
		e = exception_expect(child, all[i].kind);
		OS_ASSERT(e.ip == registers_get(child->thread).rip);
		skip(child, all[i].length);
	}
}

/* What emulators leave out: an instruction that should not go through, and does. */
static void each_rare_kind(struct os_env *env, struct child *child)
{
	static const struct {
		const char *name;
		enum command command;
		enum thread_exception kind;
		uint64_t length;
	} all[] = {
		{ "SIMD division", COMMAND_SIMD, THREAD_EXCEPTION_FLOATING_POINT, 4 },
		{ "misaligned access", COMMAND_MISALIGNED, THREAD_EXCEPTION_ALIGNMENT, 3 },
	};

	for (size_t i = 0; i < OS_ARRAY_SIZE(all); i++) {
		struct exception e;

		child_command(child, all[i].command, 0);
		e = exception_wait(child);
		os_cap_drop(e.thread.cap);
		if (e.kind == THREAD_EXCEPTION_BREAKPOINT) {
			OS_ASSERT(registers_get(child->thread).rax == 1);
			os_log(env, "%s: not checked by this CPU", all[i].name);
			continue;
		}
		OS_ASSERT(e.kind == all[i].kind);
		OS_ASSERT(e.ip == registers_get(child->thread).rip);
		skip(child, all[i].length);
		os_log(env, "%s: told", all[i].name);
	}
}

/* What is asked of a thread in the wrong state, or with nonsense. */
static void refused(struct child *child)
{
	struct os_registers r = registers_get(child->thread);

	OS_ASSERT(thread_registers_set(child->thread, &r, sizeof(r) - 8) == OS_ERR_INVALID);
	OS_ASSERT(thread_registers_set(child->thread, &r, 0) == OS_ERR_INVALID);
	r.rip = UINT64_C(0xffff800000000000);
	OS_ASSERT(thread_registers_set(child->thread, &r, sizeof(r)) == OS_ERR_RANGE);
	r.rip = 0x1000;
	r.fs_base = UINT64_C(1) << 63;
	OS_ASSERT(thread_registers_set(child->thread, &r, sizeof(r)) == OS_ERR_RANGE);
	OS_ASSERT(thread_resume(child->thread) == OS_ERR_EMPTY);
	/* flags that are not for user land are not set */
	r = registers_get(child->thread);
	r.rflags |= 0x3000;
	registers_set(child->thread, &r);
	child_command(child, COMMAND_NONE, 0);
}

/* A handler of the thread's own takes the place of the session's, until it goes. */
static void own_handler(struct os_env *env, struct child *child)
{
	struct os_signal_receiver receiver;
	struct os_signal_context context, *which;
	struct thread_cap none;
	enum thread_exception kind;
	uint64_t count, address, ip;

	OS_ASSERT(!os_signal_receiver_init(&receiver, env));
	OS_ASSERT(!os_signal_context_init(&context, &receiver));
	/* it has an exception, of which the session has been told: so is the new handler */
	OS_ASSERT(!thread_exception_sigh(child->thread, context.cap));
	OS_ASSERT(!os_signal_wait(&receiver, &which, &count) && count == 1);
	child_command(child, COMMAND_DIVIDE, 0);
	OS_ASSERT(!os_signal_wait(&receiver, &which, &count) && count == 1);
	OS_ASSERT(!thread_exception(child->thread, &kind, &address, &ip));
	OS_ASSERT(kind == THREAD_EXCEPTION_DIVISION && address == ip);
	OS_ASSERT(cpu_exception_thread(child->cpu, &none) == OS_ERR_EMPTY);
	/* with its end, the session's handler is told */
	os_signal_receiver_fini(&receiver);
	OS_ASSERT(!thread_exception_sigh(child->thread, (struct signal_context_cap){ { 0 } }));
	(void)exception_expect(child, THREAD_EXCEPTION_DIVISION);
	skip(child, 2);
}

/* A handler that comes late is told of what has happened; without one, the child ends. */
static void ends(struct os_env *env)
{
	struct child child;
	enum pd_state state;
	char text[PD_STATE_TEXT_SIZE];

	child_start(env, &child);
	child_command(&child, COMMAND_DIVIDE, 0);
	(void)exception_expect(&child, THREAD_EXCEPTION_DIVISION);
	OS_ASSERT(!thread_proceed(child.thread, THREAD_ANSWER_END));
	OS_ASSERT(!pd_state(child.pd, &state, text));
	OS_ASSERT(state == PD_STATE_CRASHED);
	os_log(env, "ended: %s", text);
	child_end(&child);

	child_start(env, &child);
	OS_ASSERT(!cpu_exception_sigh(child.cpu, (struct signal_context_cap){ { 0 } }));
	/* it is still at its breakpoint, and ends at the next one */
	child_command(&child, COMMAND_NONE, 0);
	while (!pd_state(child.pd, &state, text) && state == PD_STATE_RUNNING)
		continue;
	OS_ASSERT(state == PD_STATE_CRASHED);
	os_log(env, "ended: %s", text);
	child_end(&child);
}

/* A thread that the child has made itself: it belongs to the same session. */
static void another_thread(struct os_env *env, struct child *child)
{
	struct exception e;
	struct os_registers r;

	child_command(child, COMMAND_THREAD, 0);
	e = exception_wait(child);
	OS_ASSERT(e.kind == THREAD_EXCEPTION_ILLEGAL_INSTRUCTION);
	OS_ASSERT(!os_cap_same(e.thread.cap, child->thread.cap));
	r = registers_get(e.thread);
	OS_ASSERT(r.rip == e.ip);
	r.rip += 2;
	r.rax = 88;
	registers_set(e.thread, &r);
	OS_ASSERT(!thread_proceed(e.thread, THREAD_ANSWER_RESUME));
	os_cap_drop(e.thread.cap);
	child_result(child, 88);
	os_log(env, "a thread that the child has made");
}

void test_exceptions(struct os_env *env)
{
	struct child child;

	child_start(env, &child);
	each_kind(&child);
	each_rare_kind(env, &child);
	os_log(env, "exceptions: told, and skipped");
	refused(&child);
	child_result(&child, 0);
	os_log(env, "nonsense is refused");
	own_handler(env, &child);
	os_log(env, "a thread has its own handler");
	another_thread(env, &child);
	child_end(&child);
	ends(env);
}

/* ------------------------------------------------------------------ page faults */

static void access_is_moved(struct child *child)
{
	struct exception e;
	struct os_registers r;

	child_command(child, COMMAND_READ, 0x1230);
	e = exception_expect(child, THREAD_EXCEPTION_READ);
	OS_ASSERT(e.address == 0x1230);
	r = registers_get(child->thread);
	OS_ASSERT(r.rdi == 0x1230 && r.rip == e.ip);
	r.rdi = r.rsp & ~UINT64_C(7);
	registers_set(child->thread, &r);
	OS_ASSERT(!thread_proceed(child->thread, THREAD_ANSWER_RESUME));
	(void)exception_expect(child, THREAD_EXCEPTION_BREAKPOINT);

	child_command(child, COMMAND_JUMP, 0x1230);
	e = exception_expect(child, THREAD_EXCEPTION_EXECUTE);
	OS_ASSERT(e.address == 0x1230);
	r = registers_get(child->thread);
	r.rip = r.rbx;
	r.rsp += 8;
	registers_set(child->thread, &r);
	OS_ASSERT(!thread_proceed(child->thread, THREAD_ANSWER_RESUME));
	child_result(child, 0);
}

/* The base of FS is a register like any other: the child reads through it. */
static void segment_is_moved(struct child *child, uint64_t address)
{
	struct os_registers r;
	uint64_t was;

	child_command(child, COMMAND_FS, 0);
	(void)exception_expect(child, THREAD_EXCEPTION_BREAKPOINT);
	r = registers_get(child->thread);
	was = r.fs_base;
	r.fs_base = address;
	registers_set(child->thread, &r);
	OS_ASSERT(!thread_proceed(child->thread, THREAD_ANSWER_RESUME));
	child_result(child, COMMAND_VALUE);
	r = registers_get(child->thread);
	OS_ASSERT(r.fs_base == address);
	r.fs_base = was;
	registers_set(child->thread, &r);
}

/* Memory appears where the child writes. */
static void memory_is_given(struct os_env *env, struct child *child)
{
	struct region_map_cap map;
	struct os_ram ram;
	struct dataspace_cap ds;
	uint64_t at, again;

	OS_ASSERT(!os_ram_init(&ram, env, OS_PAGE_SIZE, NULL));
	ds = ram_dataspace_as_dataspace(ram.ds);
	OS_ASSERT(!pd_address_space(child->pd, &map));
	OS_ASSERT(!region_map_attach(map, ds, 0, 0, false, 0, true, false, &at));
	OS_ASSERT(!region_map_detach(map, at));
	child_command(child, COMMAND_WRITE, at + 16);
	OS_ASSERT(exception_expect(child, THREAD_EXCEPTION_WRITE).address == at + 16);
	/* nothing has changed: it meets the same once more */
	OS_ASSERT(!thread_proceed(child->thread, THREAD_ANSWER_RESUME));
	OS_ASSERT(exception_expect(child, THREAD_EXCEPTION_WRITE).address == at + 16);
	OS_ASSERT(!region_map_attach(map, ds, 0, 0, true, at, true, false, &again));
	OS_ASSERT(!thread_proceed(child->thread, THREAD_ANSWER_RESUME));
	child_result(child, at + 16);
	OS_ASSERT(*(volatile uint64_t *)((uint8_t *)ram.view.start + 16) == COMMAND_VALUE);
	segment_is_moved(child, at + 16);
	OS_ASSERT(!region_map_detach(map, at));
	os_cap_drop(map.cap);
	os_ram_fini(&ram, env);
}

void test_faults(struct os_env *env)
{
	struct child child;

	child_start(env, &child);
	access_is_moved(&child);
	os_log(env, "page faults: told, and led elsewhere");
	memory_is_given(env, &child);
	os_log(env, "page faults: resolved");
	child_end(&child);
}
