/* SPDX-License-Identifier: BSD-2-Clause */
/* Messages to core as no platform image sends them: abi/pc.h. */

#include "attack.h"
#include <abi/kernel_calls.h>
#include <api/hello.h>
#include <osier/session.h>
#include <osier/thread.h>

enum {
	ROUNDS = 5000,
	WITHOUT_END = 100000, /* more than anybody's quota */
	PAGE = 4096,
};

enum os_err core_ask(uint64_t op, const void *payload, size_t size)
{
	uint64_t answer = 0, flags;
	enum os_err err;

	if (size)
		memcpy(thread_self()->msg->payload, payload, size);
	err = os_kernel_call(OS_PC_SLOT_CORE, os_kernel_header((uint32_t)op, (uint32_t)size, 0, 0),
	                     &answer, &flags);
	return err ? err : (enum os_err)(answer & UINT16_MAX);
}

/* ------------------------------------------------------------------ garbage */

/* What is let be: what ends the component, fills the log, or is not given back. */
static bool is_left_out(uint64_t op)
{
	return op == OS_PC_THREAD_EXIT || op == OS_PC_PANIC || op == OS_PC_DEBUG ||
	       op == OS_PC_SLOTS || op == OS_PC_MEMORY;
}

/* Operations, payloads, lengths and capabilities at random. */
static enum verdict random_messages(struct os_env *env)
{
	struct random random = { .state = 0x77 };
	struct os_msg *msg = thread_self()->msg;

	(void)env;
	for (uint32_t i = 0; i < ROUNDS; i++) {
		const uint64_t op = random_next(&random) % (i % 4 ? 16 : 65536);
		const uint32_t length = random_next(&random) % 4 ? 40 : 1100;
		const uint32_t caps = i % 8 ? 0 : random_next(&random) % 12;
		uint64_t answer, flags;

		if (is_left_out(op))
			continue;
		for (uint32_t word = 0; word < 5; word++) {
			const uint64_t value = random_argument(&random);

			memcpy(msg->payload + word * sizeof(value), &value, sizeof(value));
		}
		for (uint32_t cap = 0; cap < OS_MSG_CAPS_MAX; cap++)
			msg->caps[cap].slot = (uint32_t)random_next(&random) | 0x1000;
		if (os_kernel_call(OS_PC_SLOT_CORE, os_kernel_header((uint32_t)op, length, caps, 0),
		                   &answer, &flags) == OS_ERR_GONE)
			return SUCCEEDED;
	}
	for (uint32_t ep = 1; ep < 256; ep++)
		(void)!core_ask(OS_PC_EP_DESTROY, &ep, sizeof(ep));
	return HARMLESS;
}

static enum verdict long_messages(struct os_env *env)
{
	static const uint64_t headers[] = {
		0x401ul << 16, 0xfffful << 16, 9ul << 32, 0xfful << 32, 1ul << 48, 0xfffful << 48,
	};

	(void)env;
	for (uint32_t i = 0; i < OS_ARRAY_SIZE(headers); i++) {
		uint64_t answer, flags;

		if (os_kernel_call(OS_PC_SLOT_CORE, headers[i] | OS_PC_DETACH, &answer, &flags) ==
		            OS_OK &&
		    (answer & UINT16_MAX) == OS_OK)
			return SUCCEEDED;
	}
	return REFUSED;
}

/* ------------------------------------------------------------------ attaching */

static enum verdict odd_attachments(struct os_env *env)
{
	static uint8_t here[2 * PAGE]; /* in the component's own data */
	const uint64_t self = (uint64_t)thread_self() & -(uint64_t)PAGE;
	const uint64_t places[] = {
		0,
		1,
		PAGE,
		self,
		self + 8,
		(uint64_t)&self & -(uint64_t)PAGE,
		((uint64_t)here + PAGE) & -(uint64_t)PAGE,
		(uint64_t)odd_attachments & -4096ul,
		OS_KERNEL_USER_END - PAGE,
		OS_KERNEL_USER_END,
		0x800000000000,
		0xffff800000000000,
		0xffffffff80100000,
		0xfffffffffffff000,
	};
	struct ram_dataspace_cap ds;
	struct os_pc_attach args;

	if (os_ram_alloc(env, PAGE, NULL, &ds))
		return SUCCEEDED;
	for (size_t i = 0; i < OS_ARRAY_SIZE(places); i++) {
		args = (struct os_pc_attach){ .ds_slot = ds.cap.slot,
			                      .writeable = 1,
			                      .fixed = 1,
			                      .size = PAGE,
			                      .address = places[i] };
		if (core_ask(OS_PC_ATTACH, &args, sizeof(args)) == OS_OK)
			return SUCCEEDED;
		args.size = places[i]; /* and as sizes and offsets */
		args.fixed = 0;
		if (args.size > PAGE && core_ask(OS_PC_ATTACH, &args, sizeof(args)) == OS_OK)
			return SUCCEEDED;
		args.size = PAGE;
		args.offset = places[i];
		if (args.offset && core_ask(OS_PC_ATTACH, &args, sizeof(args)) == OS_OK)
			return SUCCEEDED;
	}
	args = (struct os_pc_attach){
		.ds_slot = ds.cap.slot, .writeable = 1, .executable = 1, .size = PAGE
	};
	if (core_ask(OS_PC_ATTACH, &args, sizeof(args)) == OS_OK)
		return SUCCEEDED;
	os_ram_free(env, &ds);
	return REFUSED;
}

static enum verdict odd_detachments(struct os_env *env)
{
	const uint64_t own[] = {
		(uint64_t)thread_self() & -(uint64_t)PAGE,
		(uint64_t)odd_detachments & -(uint64_t)PAGE,
		(uint64_t)&env & -(uint64_t)PAGE,
		OS_KERNEL_USER_END,
		0xffffffff80100000,
	};

	for (size_t i = 0; i < OS_ARRAY_SIZE(own); i++)
		if (core_ask(OS_PC_DETACH, (uint64_t[]){ own[i], PAGE }, 16) == OS_OK)
			return SUCCEEDED;
	return REFUSED;
}

/* ------------------------------------------------------------------ threads */

static enum verdict odd_threads(struct os_env *env)
{
	static const uint64_t wild[] = { 0, 0x8000000000000000, 0xffffffff80100000 };

	(void)env;
	for (uint32_t slot = 0; slot < 256; slot++) {
		/* not prepared, not ours, or no thread */
		if (core_ask(OS_PC_THREAD_PREPARE, &slot, sizeof(slot)) == OS_OK)
			return SUCCEEDED;
		for (size_t i = 0; i < OS_ARRAY_SIZE(wild); i++)
			if (core_ask(OS_PC_THREAD_START, (uint64_t[]){ slot, wild[i], wild[i], 0 },
			             32) == OS_OK)
				return SUCCEEDED;
	}
	return REFUSED;
}

static enum verdict halt(struct os_env *env)
{
	(void)env;
	return refused_if(core_ask(OS_PC_HALT, NULL, 0) == OS_ERR_DENIED);
}

/* ------------------------------------------------------------------ without end */

/* Ask until it is refused, for a reason that has to do with quotas. */
static enum verdict until_refused(enum os_pc_call op)
{
	for (uint32_t i = 0; i < WITHOUT_END; i++) {
		const enum os_err err = core_ask(op, NULL, 0);

		if (err)
			return refused_if(i > 0 &&
			                  (err == OS_ERR_OUT_OF_RAM || err == OS_ERR_OUT_OF_CAPS ||
			                   err == OS_ERR_LIMIT));
	}
	return SUCCEEDED;
}

static enum verdict memory_without_end(struct os_env *env)
{
	os_log(env, "asks for pages");
	return until_refused(OS_PC_MEMORY);
}

static enum verdict slots_without_end(struct os_env *env)
{
	os_log(env, "asks for slots");
	return until_refused(OS_PC_SLOTS);
}

static enum verdict entrypoints_without_end(struct os_env *env)
{
	os_log(env, "asks for entrypoints");
	return until_refused(OS_PC_EP_CREATE);
}

/* ------------------------------------------------------------------ forged texts */

static const char forged[] = "nothing\n[init -> neighbour] forged line\n\033[2Jforged line\r\b";

static enum verdict forged_lines(struct os_env *env)
{
	(void)env;
	return harmless_if(core_ask(OS_PC_DEBUG, forged, sizeof(forged)) == OS_OK);
}

static enum verdict forged_panic(struct os_env *env)
{
	os_log(env, "attack forged_panic begins");
	(void)!core_ask(OS_PC_PANIC, forged, sizeof(forged));
	return SUCCEEDED;
}

/* ------------------------------------------------------------------ UTCBs */

static atomic_bool enough;
static atomic_uint scribbled;

/* Writes to the first thread's UTCB as fast as it can. */
static void scribble(struct os_thread *thread, void *argument)
{
	volatile struct os_msg *msg = argument;
	struct random random = { .state = 0x1234 };

	(void)thread;
	while (!enough) {
		const uint64_t value = random_next(&random);

		for (uint32_t i = 0; i < 64; i++)
			msg->payload[i] = (uint8_t)(value >> i % 56);
		msg->caps[value % OS_MSG_CAPS_MAX].slot = (uint32_t)(value >> 32) | 0x1000;
		scribbled++;
		if (scribbled % 64 == 0)
			os_platform->thread_yield();
	}
}

/* The kernel copies what is there; core and the server find what is wrong with it. */
static enum verdict utcb_changes(struct os_env *env)
{
	struct os_thread thread;
	struct os_session session;
	struct hello_cap hello;

	if (hello_open(&session, env, NULL, &hello) ||
	    os_thread_init(&thread, env, "scribbler", 0, 0, scribble, thread_self()->msg))
		return SUCCEEDED;
	for (uint32_t i = 0; i < ROUNDS / 10; i++) {
		uint64_t answer, flags;
		const uint32_t caps = i % 5 ? 0 : i % 9;

		(void)!os_kernel_call(hello.cap.slot, os_kernel_header(2, 8, caps, 0xff), &answer,
		                      &flags);
		(void)!os_kernel_call(OS_PC_SLOT_CORE, os_kernel_header(OS_PC_ATTACH, 40, caps, 0),
		                      &answer, &flags);
		os_platform->thread_yield();
	}
	enough = true;
	os_thread_fini(&thread);
	os_session_close(&session);
	return harmless_if(scribbled > 0);
}

/* The pointer to it is the component's own affair. */
static enum verdict utcb_pointer(struct os_env *env)
{
	thread_self()->msg = (void *)0xffffffff80100000;
	os_log(env, "not reached");
	return SUCCEEDED;
}

static const struct attack list[] = {
	{ "random_messages", random_messages },
	{ "long_messages", long_messages },
	{ "odd_attachments", odd_attachments },
	{ "odd_detachments", odd_detachments },
	{ "odd_threads", odd_threads },
	{ "halt", halt },
	{ "memory_without_end", memory_without_end },
	{ "slots_without_end", slots_without_end },
	{ "entrypoints_without_end", entrypoints_without_end },
	{ "forged_lines", forged_lines },
	{ "forged_panic", forged_panic },
	{ "utcb_changes", utcb_changes },
	{ "utcb_pointer", utcb_pointer },
};

const struct attacks core_attacks = { list, OS_ARRAY_SIZE(list) };
