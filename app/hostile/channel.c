/* SPDX-License-Identifier: BSD-2-Clause */
/* What a client can do to a server through the page and the doorbell that they share. */

#include "attack.h"
#include <api/hello.h>
#include <api/signaller.h>
#include <osier/session.h>
#include <osier/thread.h>

enum { ROUNDS = 20000, RIGHTS = 4096, PATIENCE = 10000000, SENDS = 2000 };

static struct os_session session;
static struct hello_cap hello;
static struct os_linux_channel *page;
static uint32_t doorbell, server_index, own_right;
static bool stop;

/* Open a session, and find the page and the doorbell that its first call has brought. */
static void session_use(struct os_env *env)
{
	struct os_identify_reply identity;
	const struct os_linux_info *info = info_page();

	if (hello.cap.slot)
		return;
	OS_ASSERT(!hello_open(&session, env, NULL, &hello));
	OS_ASSERT(!hello_identify(hello, &identity));
	page = (struct os_linux_channel *)(info->base + OS_LINUX_CLIENT_OFFSET +
	                                   (thread_self()->first_channel - 1) * OS_PAGE_SIZE);
	doorbell = thread_self()->utcb->answer_fd;
	server_index = thread_self()->utcb->answer_index;
	own_right = page->request.right;
}

static bool served(void)
{
	int32_t sum = 0;
	enum os_err err = hello_add(hello, 40, 2, &sum);

	if (err || sum != 42)
		os_warning(session.env, "40 + 2 = %d: %s", sum, os_err_text(err));
	return !err && sum == 42;
}

static void ring(uint32_t number)
{
	SYSCALL_3(NR_write, doorbell, &number, 4);
}

/* Wait for the answer to request `sequence`; false if it does not come. */
static bool answered(uint32_t sequence)
{
	for (uint32_t i = 0; i < PATIENCE; i++) {
		if (__atomic_load_n(&page->reply.sequence, __ATOMIC_ACQUIRE) == sequence)
			return true;
		SYSCALL_0(NR_sched_yield);
	}
	return false;
}

/* A request made by hand. */
static bool request(uint32_t right, uint32_t op, uint32_t length, uint32_t caps)
{
	uint32_t sequence = page->request.sequence + 1;

	page->request.right = right;
	page->request.op = (uint16_t)op;
	page->request.length = (uint16_t)length;
	page->request.cap_count = (uint8_t)caps;
	__atomic_store_n(&page->request.sequence, sequence, __ATOMIC_SEQ_CST);
	ring(server_index);
	return answered(sequence);
}

/* ------------------------------------------------------------------ by hand */

static enum verdict forged_rights(struct os_env *env)
{
	const uint32_t far[] = { 65535, 65536, 0x7fffffff, 0xffffffff };
	bool hole = false;

	session_use(env);
	for (uint32_t i = 0; i < RIGHTS + OS_ARRAY_SIZE(far); i++) {
		uint32_t right = i < RIGHTS ? i : far[i - RIGHTS];

		hole |= !request(right, OS_MSG_OP_IDENTIFY, 0, 0);
		hole |= (page->reply.op == OS_OK) != (right == own_right);
	}
	return refused_if(!hole && served());
}

static enum verdict impossible_headers(struct os_env *env)
{
	static const uint32_t lengths[] = { 1, 1023, 1025, 4096, 65535 }, caps[] = { 1, 8, 9, 255 };
	bool hole = false;

	session_use(env);
	for (uint32_t op = 0; op < 65536; op += op < 16 ? 1 : 4093) {
		for (size_t i = 0; i < OS_ARRAY_SIZE(lengths); i++)
			hole |= !request(own_right, op, lengths[i], 0) || page->reply.op == OS_OK;
		for (size_t i = 0; i < OS_ARRAY_SIZE(caps); i++)
			hole |= !request(own_right, op, 0, caps[i]) || page->reply.op == OS_OK;
	}
	return refused_if(!hole && served());
}

static enum verdict garbage_page(struct os_env *env)
{
	struct random random = { 0x5eed };

	session_use(env);
	for (uint32_t i = 0; i < ROUNDS; i++) {
		random_fill(&random, page, i % 16 ? sizeof(page->request) : sizeof(*page));
		ring(i % 3 ? server_index : (uint32_t)random_next(&random));
	}
	return harmless_if(served());
}

static enum verdict forged_signals(struct os_env *env)
{
	struct random random = { 0xbadc0de };

	session_use(env);
	for (uint32_t i = 0; i < ROUNDS; i++) {
		uint64_t right = i % 4 ? random_next(&random) % 64 : random_next(&random) >> 32;

		page->signals[i % OS_LINUX_SIGNAL_SLOTS] =
		        right << 32 | (uint32_t)random_next(&random);
		__atomic_fetch_add(&page->request.signal_sequence, 1, __ATOMIC_SEQ_CST);
		ring(server_index);
	}
	return harmless_if(served());
}

/* Numbers that are no whole ones would turn all that follow into garbage. */
static enum verdict odd_doorbell(struct os_env *env)
{
	static const long sizes[] = { 0, 1, 2, 3, 5, 6, 7, 8, 4096, 8192, 0x100000004, -4 };
	static uint8_t bytes[16384];
	bool hole = false;

	session_use(env);
	for (size_t i = 0; i < OS_ARRAY_SIZE(sizes); i++)
		hole |= SYSCALL_3(NR_write, doorbell, bytes + 1, sizes[i]) >= 0;
	hole |= SYSCALL_3(NR_read, doorbell, bytes, 4) >= 0;
	return refused_if(!hole && served());
}

/* ------------------------------------------------------------------ while it is read */

static void scribble(struct os_thread *thread, void *argument)
{
	struct random random = { 0x1234567 };

	(void)thread;
	(void)argument;
	while (!__atomic_load_n(&stop, __ATOMIC_RELAXED)) {
		page->request.length = (uint16_t)random_next(&random);
		page->reply.length = 65535;
		page->request.op = (uint16_t)(random_next(&random) % 4);
		page->request.cap_count = (uint8_t)random_next(&random);
		page->request.right = (uint32_t)random_next(&random) % 64;
		page->reply.sequence = (uint32_t)random_next(&random);
		random_fill(&random, page->request.payload, 96);
	}
}

static enum verdict changed_while_read(struct os_env *env)
{
	struct os_thread thread;

	session_use(env);
	stop = false;
	if (os_thread_init(&thread, env, "scribbler", 4096, 0, scribble, NULL))
		return SUCCEEDED;
	for (uint32_t i = 0; i < ROUNDS; i++) {
		__atomic_fetch_add(&page->request.sequence, 1, __ATOMIC_SEQ_CST);
		ring(server_index);
		SYSCALL_0(NR_sched_yield);
	}
	__atomic_store_n(&stop, true, __ATOMIC_RELAXED);
	os_thread_fini(&thread);
	return harmless_if(served());
}

/* ------------------------------------------------------------------ capabilities */

static long send_to(uint32_t slot, uint64_t sequence, uint32_t count, const uint32_t *slots)
{
	struct os_msg *msg = thread_self()->block.msg;

	*msg = (struct os_msg){ .cap_count = (uint8_t)count };
	for (uint32_t i = 0; i < OS_MSG_CAPS_MAX && i < count; i++)
		msg->caps[i].slot = slots[i];
	return core_call(OS_LINUX_CAPS_SEND, slot, sequence);
}

static long send(uint64_t sequence, uint32_t count, const uint32_t *slots)
{
	return send_to(hello.cap.slot, sequence, count, slots);
}

/* Hand over, and never call: the server's table must not fill up with what it never asked for. */
static enum verdict sent_and_not_called(struct os_env *env)
{
	uint32_t sequence = page ? page->request.sequence + 1000000 : 1000000;
	struct signal_context_cap context;
	uint32_t slots[1];
	long err = OS_OK;

	session_use(env);
	for (uint32_t i = 0; i < SENDS && err == OS_OK; i++) {
		if (pd_signal_context(env->pd, OS_EP_MAIN, 1000, (struct account_cap){ 0 },
		                      &context))
			return SUCCEEDED;
		slots[0] = context.cap.slot;
		err = send(sequence++, 1, slots);
		/* from here on the server would hold a dead slot */
		if (pd_object_free(env->pd, context.cap))
			return SUCCEEDED;
		os_cap_drop(context.cap);
	}
	return harmless_if(err == OS_OK && served());
}

/* Exchange what was sent while the server takes it, under the same number: it must get one or the
 * other, and keep none. */
static enum verdict sent_while_taken(struct os_env *env)
{
	struct signal_context_cap context;
	uint32_t sequence, slots[1];
	long err = OS_OK;

	session_use(env);
	for (uint32_t i = 0; i < SENDS && err == OS_OK; i++) {
		sequence = page->request.sequence + 1;
		for (uint32_t k = 0; k < 8 && err == OS_OK; k++) {
			if (pd_signal_context(env->pd, OS_EP_MAIN, 1001, (struct account_cap){ 0 },
			                      &context))
				return SUCCEEDED;
			slots[0] = context.cap.slot;
			err = send(sequence, 1, slots);
			if (k == 0) {
				page->request.right = own_right;
				page->request.op = OS_MSG_OP_IDENTIFY;
				page->request.length = 0;
				page->request.cap_count = 1;
				__atomic_store_n(&page->request.sequence, sequence,
				                 __ATOMIC_SEQ_CST);
				ring(server_index);
			}
			if (pd_object_free(env->pd, context.cap))
				return SUCCEEDED;
			os_cap_drop(context.cap);
		}
		if (!answered(sequence))
			return SUCCEEDED;
	}
	return harmless_if(err == OS_OK && served());
}

/*
 * Have core ring, and never tell the request's number: what fits is served all the same, what does
 * not is left, and both leave the channel in order.
 */
static enum verdict sent_and_rung(struct os_env *env)
{
	uint32_t sequence, slots[1];
	bool hole = false;

	session_use(env);
	slots[0] = hello.cap.slot;
	sequence = page->request.sequence + 2000000;
	for (uint32_t i = 0; i < SENDS && !hole; i++, sequence++) {
		page->request.right = own_right;
		page->request.op = OS_MSG_OP_IDENTIFY;
		page->request.length = 0;
		page->request.cap_count = i % 2 ? 1 : (uint8_t)(i % 4); /* 0, 2 do not fit */
		hole |= send(sequence | OS_LINUX_CAPS_RING, 1, slots) != OS_OK;
		hole |= i % 2 && !answered(sequence);
	}
	return harmless_if(!hole && served());
}

/* What a request to the owner of a signal context names it by, from the table that core writes. */
static uint32_t right_of(struct os_cap cap)
{
	const struct os_linux_info *info = info_page();
	const struct os_linux_cap *caps =
	        (const void *)((const char *)info +
	                       info->cap_pages[cap.slot / OS_LINUX_CAPS_PER_PAGE] * OS_PAGE_SIZE);

	return caps[cap.slot % OS_LINUX_CAPS_PER_PAGE].right;
}

/*
 * Signals that nobody rings for, then a request that core rings for, and no more: the server, which
 * finds both by the one bell, must not go to sleep over the signals.
 */
static enum verdict signals_and_sent(struct os_env *env)
{
	static struct os_session other;
	struct os_linux_channel *const hello_page = page;
	struct signaller_cap signaller;
	struct signal_context_cap context;
	uint32_t sequence, slots[1];
	bool hole = false;

	OS_ASSERT(!signaller_open(&other, env, NULL, &signaller));
	OS_ASSERT(!signaller_context(signaller, &context));
	page = (struct os_linux_channel *)(info_page()->base + OS_LINUX_CLIENT_OFFSET +
	                                   (thread_self()->first_channel - 1) * OS_PAGE_SIZE);
	sequence = page->request.sequence + 2000000;
	slots[0] = signaller.cap.slot;
	for (uint32_t i = 0; i < SENDS && !hole; i++, sequence++) {
		for (uint32_t k = 0; k < 2; k++)
			page->signals[k] = (uint64_t)right_of(context.cap) << 32 | 1;
		__atomic_fetch_add(&page->request.signal_sequence, 1, __ATOMIC_SEQ_CST);
		page->request.right = right_of(signaller.cap);
		page->request.op = OS_MSG_OP_IDENTIFY;
		page->request.length = 0;
		page->request.cap_count = 1;
		hole |= send_to(signaller.cap.slot, sequence | OS_LINUX_CAPS_RING, 1, slots) !=
		                OS_OK ||
		        !answered(sequence);
	}
	page = hello_page;
	os_cap_drop(context.cap);
	os_session_close(&other);
	return harmless_if(!hole);
}

static enum verdict capabilities_not_held(struct os_env *env)
{
	static const uint32_t slots[] = { 60000, 60001, 0xffffffff, 60002, 1, 2, 3, 60003 };

	session_use(env);
	return refused_if(send(0x70000100, 8, slots) != OS_OK && served());
}

static const struct attack channel_attacks[] = {
	{ "forged_rights", forged_rights },
	{ "impossible_headers", impossible_headers },
	{ "garbage_page", garbage_page },
	{ "forged_signals", forged_signals },
	{ "odd_doorbell", odd_doorbell },
	{ "changed_while_read", changed_while_read },
	{ "sent_and_not_called", sent_and_not_called },
	{ "sent_while_taken", sent_while_taken },
	{ "sent_and_rung", sent_and_rung },
	{ "signals_and_sent", signals_and_sent },
	{ "capabilities_not_held", capabilities_not_held },
};

const struct group channel_group = { .name = "channel",
	                             .attacks = channel_attacks,
	                             .count = OS_ARRAY_SIZE(channel_attacks) };

/* ------------------------------------------------------------------ floods that do not end */

static void ring_on(struct os_thread *thread, void *argument)
{
	(void)thread;
	(void)argument;
	for (;;)
		ring(server_index);
}

/* Two threads: the doorbell is always full, and a request is always there. */
static enum verdict flood(struct os_env *env)
{
	static struct os_thread ringer;

	session_use(env);
	if (os_thread_init(&ringer, env, "ringer", 4096, 0, ring_on, NULL))
		return SUCCEEDED;
	os_log(env, "the flood begins");
	page->request.right = own_right;
	page->request.op = OS_MSG_OP_IDENTIFY;
	page->request.length = 0;
	page->request.cap_count = 0;
	for (;;)
		__atomic_fetch_add(&page->request.sequence, 1, __ATOMIC_SEQ_CST);
}

static const struct attack flood_attacks[] = { { "flood", flood } };

const struct group flood_group = { .name = "flood",
	                           .attacks = flood_attacks,
	                           .count = OS_ARRAY_SIZE(flood_attacks) };
