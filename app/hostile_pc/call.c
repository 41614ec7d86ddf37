/* SPDX-License-Identifier: BSD-2-Clause */
/* System calls with capabilities that were not given, with anything, and in any state. */

#include "attack.h"
#include <abi/kernel_calls.h>
#include <api/hello.h>
#include <osier/session.h>

enum {
	SLOTS = 256, /* that are tried: all that the component can have */
	RANDOM_CALLS = 30000,
};

/* ------------------------------------------------------------------ without authority */

static const struct {
	const char *name;
	uint64_t number;
} privileged[] = {
	{ "memory_give", OS_SYS_MEMORY_GIVE },
	{ "memory_take", OS_SYS_MEMORY_TAKE },
	{ "map", OS_SYS_MAP },
	{ "unmap", OS_SYS_UNMAP },
	{ "pd_create", OS_SYS_PD_CREATE },
	{ "pd_give", OS_SYS_PD_GIVE },
	{ "pd_limit", OS_SYS_PD_LIMIT },
	{ "pd_state", OS_SYS_PD_STATE },
	{ "pd_ports", OS_SYS_PD_PORTS },
	{ "pd_syscalls", OS_SYS_PD_SYSCALLS },
	{ "cap_grant", OS_SYS_CAP_GRANT },
	{ "cap_lookup", OS_SYS_CAP_LOOKUP },
	{ "cap_remove", OS_SYS_CAP_REMOVE },
	{ "endpoint_create", OS_SYS_ENDPOINT_CREATE },
	{ "gate_create", OS_SYS_GATE_CREATE },
	{ "signal_create", OS_SYS_SIGNAL_CREATE },
	{ "semaphore_create", OS_SYS_SEMAPHORE_CREATE },
	{ "mutex_create", OS_SYS_MUTEX_CREATE },
	{ "interrupt_create", OS_SYS_INTERRUPT_CREATE },
	{ "destroy", OS_SYS_DESTROY },
	{ "thread_create", OS_SYS_THREAD_CREATE },
	{ "thread_setup", OS_SYS_THREAD_SETUP },
	{ "thread_start", OS_SYS_THREAD_START },
	{ "thread_pause", OS_SYS_THREAD_PAUSE },
	{ "thread_resume", OS_SYS_THREAD_RESUME },
	{ "thread_cancel", OS_SYS_THREAD_CANCEL },
	{ "thread_step", OS_SYS_THREAD_STEP },
	{ "thread_registers", OS_SYS_THREAD_REGISTERS },
	{ "debug_write", OS_SYS_DEBUG_WRITE },
	{ "counter", OS_SYS_COUNTER },
	{ "debug_enter", OS_SYS_DEBUG_ENTER },
};

/* The answer is about the capability, whatever the other arguments are. */
static bool is_denial(uint64_t err)
{
	return err == OS_ERR_CAP_INVALID || err == OS_ERR_CAP_TYPE || err == OS_ERR_DENIED ||
	       err == OS_ERR_GONE;
}

static bool denied_with(uint64_t number, uint64_t first, uint64_t second)
{
	const struct arguments plausible = { first, second, 0, 0, 0, 0 };
	const struct arguments pages = { first, second, 0x1000000, 0x1000000, 4096, OS_MAP_READ };

	return is_denial(kernel_call(number, plausible)) && is_denial(kernel_call(number, pages));
}

static bool always_denied(uint64_t number)
{
	static const uint64_t wild[] = { 0xffff,       0x7ffff,    0x80000,        0xffffffff,
		                         0x100000001u, 1ul << 63u, UINT64_MAX - 7, UINT64_MAX };

	for (uint64_t slot = 0; slot < SLOTS; slot++) {
		const uint64_t others[] = { slot, OS_CAP_SLOT_PD, OS_CAP_SLOT_THREAD,
			                    OS_PC_SLOT_ENDPOINT, OS_PC_SLOT_SELF };

		for (size_t i = 0; i < OS_ARRAY_SIZE(others); i++)
			if (!denied_with(number, slot, others[i]))
				return false;
	}
	for (size_t i = 0; i < OS_ARRAY_SIZE(wild); i++)
		if (!denied_with(number, wild[i], wild[i]))
			return false;
	return true;
}

static enum verdict no_authority(struct os_env *env)
{
	bool all = true;

	for (size_t i = 0; i < OS_ARRAY_SIZE(privileged); i++) {
		const bool denied = always_denied(privileged[i].number);

		verdict_log(env, privileged[i].name, refused_if(denied));
		all = all && denied;
	}
	return refused_if(all);
}

/* What may be used by who holds it: with slots that hold nothing of the kind. */
static enum verdict guessed_slots(struct os_env *env)
{
	static const uint64_t numbers[] = {
		OS_SYS_CALL,       OS_SYS_REPLY,        OS_SYS_SIGNAL,
		OS_SYS_UNBLOCK,    OS_SYS_CAP_DUP,      OS_SYS_CAP_BADGE,
		OS_SYS_MUTEX_LOCK, OS_SYS_MUTEX_UNLOCK, OS_SYS_SEMAPHORE_DOWN,
		OS_SYS_REPLY_WAIT, OS_SYS_SEMAPHORE_UP, OS_SYS_INTERRUPT_ACKNOWLEDGE,
		OS_SYS_CAP_DROP,   OS_SYS_THREAD_TIME,
	};
	enum { BEHIND = 4096 }; /* more than the component has slots for */

	(void)env;
	for (size_t i = 0; i < OS_ARRAY_SIZE(numbers); i++)
		for (uint64_t slot = BEHIND; slot < UINT64_MAX / 3; slot += 1 + slot / 16)
			if (kernel_call(numbers[i], (struct arguments){ slot, 1, 0, 0, 0, 0 }) !=
			    OS_ERR_CAP_INVALID)
				return SUCCEEDED;
	return REFUSED;
}

/* ------------------------------------------------------------------ anything */

/* What would block for ever, or give up what the component needs for its verdict. */
static bool is_suicide(uint64_t number, const struct arguments *args)
{
	switch (number) {
	case OS_SYS_BLOCK:
		return true;
	case OS_SYS_REPLY_WAIT:
		return !(args->b & OS_WAIT_POLL);
	case OS_SYS_CALL: /* other objects than core's: for app/fuzz */
		return args->a < SLOTS;
	case OS_SYS_CAP_DROP:
		return args->a < SLOTS;
	default:
		return false;
	}
}

static enum verdict random_calls(struct os_env *env)
{
	struct random random = { .state = 0x9c };
	uint64_t made = 0;

	(void)env;
	for (uint32_t i = 0; i < RANDOM_CALLS; i++) {
		const uint64_t number = random_next(&random) % OS_SYS_COUNT;
		const struct arguments args = {
			random_argument(&random), random_argument(&random),
			random_argument(&random), random_argument(&random),
			random_argument(&random), random_argument(&random),
		};

		if (is_suicide(number, &args))
			continue;
		if (kernel_call(number, args) >= OS_ERR_COUNT)
			return SUCCEEDED; /* no error that there is */
		made++;
	}
	return harmless_if(made > RANDOM_CALLS / 2);
}

/* ------------------------------------------------------------------ state of the CPU */

static enum verdict flags_at_calls(struct os_env *env)
{
	enum { DIRECTION = 0x400, PRIVILEGE = 0x3000, NESTED = 0x4000, ALIGNMENT = 0x40000 };
	static const uint64_t all[] = { DIRECTION, NESTED, ALIGNMENT, DIRECTION | ALIGNMENT };
	const uint64_t identify = os_kernel_header(OS_MSG_OP_IDENTIFY, 0, 0, 0);
	struct os_session session;
	struct hello_cap hello;
	uint64_t error, answer, expected, after;

	if (hello_open(&session, env, NULL, &hello))
		return SUCCEEDED;
	kernel_call_with_flags(OS_SYS_CALL,
	                       (struct arguments){ hello.cap.slot, identify, 0, 0, 0, 0 }, 0,
	                       &error, &expected);
	if (error || !expected)
		return SUCCEEDED;
	for (size_t i = 0; i < OS_ARRAY_SIZE(all); i++) {
		struct os_identify_reply before, *now = (void *)thread_self()->msg->payload;

		memcpy(&before, now, sizeof(before));
		memset(now, 0, sizeof(*now));
		after = kernel_call_with_flags(
		        OS_SYS_CALL, (struct arguments){ hello.cap.slot, identify, 0, 0, 0, 0 },
		        all[i], &error, &answer);
		/* the message was copied the right way round, and nothing was gained */
		if (error || answer != expected || memcmp(now, &before, sizeof(before)) != 0 ||
		    after & PRIVILEGE)
			return SUCCEEDED;
	}
	os_session_close(&session);
	return HARMLESS;
}

static enum verdict bases_at_calls(struct os_env *env)
{
	static const uint64_t bases[] = { 0,
		                          0x1234567000,
		                          OS_KERNEL_USER_END,
		                          0xffff800000000000,
		                          0xffffffff80100000,
		                          0xffffffffffffffff };

	(void)env;
	for (size_t i = 0; i < OS_ARRAY_SIZE(bases); i++)
		if (!bases_kept(bases[i], 100))
			return SUCCEEDED;
	return HARMLESS;
}

/* CPUs refuse such bases at once; emulated ones may let the kernel meet them. */
static enum verdict odd_bases(struct os_env *env)
{
	static const uint64_t bases[] = { 0x8000000000000000, 0x800000000000, 0xffff7fffffffffff };

	os_log(env, "attack odd_bases begins");
	for (size_t i = 0; i < OS_ARRAY_SIZE(bases); i++)
		if (!bases_kept(bases[i], 100))
			return SUCCEEDED;
	return HARMLESS;
}

static enum verdict stacks_at_calls(struct os_env *env)
{
	static const uint64_t stacks[] = { 0,
		                           1,
		                           OS_KERNEL_USER_END,
		                           0x8000000000000000,
		                           0xffff800000000000,
		                           0xffffffff80100000,
		                           UINT64_MAX };

	(void)env;
	for (size_t i = 0; i < OS_ARRAY_SIZE(stacks); i++)
		for (uint32_t round = 0; round < 100; round++)
			if (yield_with_stack(stacks[i]) != OS_OK)
				return SUCCEEDED;
	return HARMLESS;
}

/* The kernel and core are called through a thread block in the kernel. */
static enum verdict gs_of_the_kernel(struct os_env *env)
{
	gs_base_set(0xffffffff80100000);
	os_log(env, "not reached");
	return SUCCEEDED;
}

static const struct attack list[] = {
	{ "no_authority", no_authority },     { "guessed_slots", guessed_slots },
	{ "random_calls", random_calls },     { "flags_at_calls", flags_at_calls },
	{ "bases_at_calls", bases_at_calls }, { "stacks_at_calls", stacks_at_calls },
	{ "odd_bases", odd_bases },           { "gs_of_the_kernel", gs_of_the_kernel },
};

const struct attacks call_attacks = { list, OS_ARRAY_SIZE(list) };
