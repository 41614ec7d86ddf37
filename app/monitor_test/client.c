/* SPDX-License-Identifier: BSD-2-Clause */
/* The client: looks for a difference that somebody in between would make. */

#include <api/hello.h>
#include <osier/session.h>
#include <osier/string.h>
#include <osier/thread.h>

#include "mystery.h"

enum { WAITERS = 20, SESSIONS = 200, CALLBACK_STACK = 16384 };

static struct {
	struct os_env *env;
	struct os_session session;
	struct os_ep ep; /* of the object that is handed over, to be called back */
	struct os_rpc_object callback;
	struct os_thread threads[WAITERS];
	_Atomic(uint32_t) begun, gone;
} test;

static void expect(const char *what, bool good)
{
	if (good)
		os_log(test.env, "%s", what);
	else
		os_error(test.env, "not so: %s", what);
}

static struct os_msg *request(uint16_t op, const char *payload)
{
	struct os_msg *const msg = os_msg_own();

	*msg = (struct os_msg){ .op = op, .length = (uint16_t)strlen(payload) };
	memcpy(msg->payload, payload, msg->length);
	return msg;
}

static bool answered(struct os_cap cap, struct os_msg *msg, const char *payload)
{
	return !os_call(cap, msg) && msg->op == OS_OK && msg->length == strlen(payload) &&
	       memcmp(msg->payload, payload, msg->length) == 0;
}

static bool turns_round(void)
{
	return answered(test.session.cap, request(MYSTERY_TURN_ROUND, "abc"), "cba");
}

static enum os_err open(struct os_session *session)
{
	const struct os_session_args args = {
		.service = MYSTERY_SERVICE, .ram = 16384, .caps = 8, .type = MYSTERY_TYPE
	};

	return os_session_open(session, test.env, &args);
}

/* ------------------------------------------------------------------ capabilities */

static enum os_err called_back(struct os_rpc_object *object, struct os_msg *msg)
{
	(void)object;
	os_msg_caps_drop(msg);
	for (uint16_t i = 0; i < msg->length; i++)
		msg->payload[i] ^= 0x20;
	msg->op = OS_OK;
	return OS_OK;
}

/* A count of a capability that comes back must be the same slot, as without anybody between. */
static bool comes_back(struct os_msg *msg, uint32_t index, struct os_cap cap)
{
	const bool same = os_cap_same((struct os_cap){ msg->caps[index].slot }, cap);

	os_cap_drop((struct os_cap){ msg->caps[index].slot });
	return same;
}

static void capabilities(void)
{
	struct os_signal_receiver receiver = { 0 };
	struct os_signal_context context;
	struct os_msg *msg;
	struct os_cap copy;
	bool good;

	if (os_signal_receiver_init(&receiver, test.env) ||
	    os_signal_context_init(&context, &receiver) || os_cap_dup(context.cap.cap, &copy)) {
		os_error(test.env, "no signal context");
		return;
	}
	msg = request(MYSTERY_TURN_ROUND, "x");
	msg->cap_count = 3;
	msg->cap_move = 2;
	msg->caps[0].slot = test.callback.cap.slot;
	msg->caps[1].slot = copy.slot;
	good = answered(test.session.cap, msg, "x") && msg->cap_count == 3 && !msg->caps[2].slot;
	expect("capabilities come back as those that they are",
	       good && comes_back(msg, 0, test.callback.cap) &&
	               comes_back(msg, 1, context.cap.cap));
	os_signal_receiver_fini(&receiver);

	msg = request(MYSTERY_CALL_BACK, "abc");
	msg->cap_count = 1;
	msg->caps[0].slot = test.callback.cap.slot;
	expect("the server calls back", answered(test.session.cap, msg, "ABC"));
}

/* ------------------------------------------------------------------ calls that wait */

static void wait_for_ever(struct os_thread *thread, void *argument)
{
	struct os_msg *const msg = request(MYSTERY_WAIT, "");
	enum os_err err;

	(void)thread;
	(void)argument;
	atomic_fetch_add(&test.begun, 1);
	err = os_call(test.session.cap, msg);
	if (err == OS_ERR_GONE || (!err && msg->op == OS_ERR_GONE))
		atomic_fetch_add(&test.gone, 1);
}

static bool waiters_start(void)
{
	for (uint32_t i = 0; i < WAITERS; i++)
		if (os_thread_init(&test.threads[i], test.env, "waiter", 0, 0, wait_for_ever, NULL))
			return false;
	while (atomic_load(&test.begun) < WAITERS)
		if (!turns_round())
			return false;
	return true;
}

static void waiting(void)
{
	bool good = waiters_start();

	for (uint32_t i = 0; i < 100; i++)
		good = good && turns_round();
	expect("20 calls wait, and others of the same session are answered", good);
	os_session_close(&test.session);
	for (uint32_t i = 0; i < WAITERS; i++)
		os_thread_fini(&test.threads[i]);
	expect("who waits when the session is closed learns that", test.gone == WAITERS);
}

/* ------------------------------------------------------------------ quota, malformed messages */

static uint64_t caps_used(uint64_t *ram)
{
	uint64_t ram_limit, caps_limit, caps = 0;
	struct account_cap account;

	*ram = 0;
	if (pd_account(test.env->pd, &account))
		return 0;
	if (account_info(account, &ram_limit, ram, &caps_limit, &caps))
		caps = 0;
	os_cap_drop(account.cap);
	return caps;
}

static void quota(void)
{
	uint64_t ram, ram_before;
	const uint64_t before = caps_used(&ram_before);
	bool good = true;

	for (uint32_t i = 0; i < SESSIONS && good; i++) {
		good = !open(&test.session) && turns_round();
		os_session_close(&test.session);
	}
	/* what was donated returns when the server has agreed, however long that takes */
	while (good && (caps_used(&ram) > before || ram > ram_before))
		continue;
	expect("200 sessions leave nothing behind", good);
}

static void malformed(void)
{
	struct os_session session;
	struct hello_cap hello;
	struct os_msg *msg;
	int32_t sum;

	if (hello_open(&session, test.env, NULL, &hello)) {
		os_error(test.env, "no session \"Hello\"");
		return;
	}
	msg = request(HELLO_OP_ADD, "too short");
	expect("a malformed message is refused as such",
	       !os_call(hello.cap, msg) && msg->op == OS_ERR_PROTOCOL);
	msg = request(77, "");
	expect("an operation that there is not, too",
	       !os_call(hello.cap, msg) && msg->op == OS_ERR_OPERATION);
	expect("and the next good one is answered", !hello_add(hello, 1, 2, &sum) && sum == 3);
	os_session_close(&session);
}

static void crash(void)
{
	struct os_msg *msg;
	enum os_err err;

	if (open(&test.session)) {
		os_error(test.env, "no session");
		return;
	}
	msg = request(MYSTERY_CRASH, "");
	err = os_call(test.session.cap, msg);
	expect("a server that crashes in a call is gone",
	       err == OS_ERR_GONE || (!err && msg->op == OS_ERR_GONE));
	msg = request(MYSTERY_TURN_ROUND, "");
	err = os_call(test.session.cap, msg);
	expect("and stays so", err == OS_ERR_GONE || (!err && msg->op == OS_ERR_GONE));
	os_session_close(&test.session);
}

enum os_err client_start(struct os_env *env, bool die)
{
	enum os_err err;

	test.env = env;
	if ((err = os_ep_init(&test.ep, env, "callbacks", CALLBACK_STACK)) ||
	    (err = os_rpc_object_init(&test.callback, &test.ep, NULL, called_back,
	                              CALLBACK_TYPE)) ||
	    (err = open(&test.session)))
		return err;
	if (die) {
		expect("calls wait", waiters_start());
		__builtin_trap();
	}
	expect("a message of an unknown interface is answered", turns_round());
	capabilities();
	waiting();
	malformed();
	quota();
	crash();
	os_exit(env, 0);
}
