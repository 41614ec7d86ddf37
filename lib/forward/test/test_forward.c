/* SPDX-License-Identifier: BSD-2-Clause */
/* Stand-ins, payers, and capabilities on their way, with threads and peers that are played here. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include <forward/forward.h>

#include "fail_alloc.h"

enum { SLOTS = 64, THREADS = 40, TYPE = 7, OTHER_TYPE = 8, PASS_TYPE = 9, FIRST_OWN = 40 };

/* A thread of the library: it runs when a test lets it, until it has nothing to do. */
struct thread {
	struct os_thread *thread;
};

static struct {
	struct fail_alloc memory;
	struct os_env env;
	int64_t counts[SLOTS];                /* of capabilities that are held */
	struct os_rpc_object *objects[SLOTS]; /* the library's own */
	struct thread threads[THREADS];
	uint32_t thread_count, threads_max, cancelled;
	jmp_buf idle;
	struct os_msg msg;    /* the thread's own buffer */
	struct os_msg seen;   /* what the target got … */
	struct os_cap target; /* … and which one */
	struct os_msg answer; /* what it answers */
	enum os_err call_err;
	struct os_msg replied; /* what the caller got */
	uint32_t replies, closed;
	uint64_t ram, caps; /* that the payer has */
	uint64_t ram_paid, caps_paid;
} world;

/* ------------------------------------------------------------------ capabilities */

enum os_err os_cap_dup(struct os_cap cap, struct os_cap *copy)
{
	*copy = cap;
	world.counts[cap.slot]++;
	return OS_OK;
}

void os_cap_drop(struct os_cap cap)
{
	if (cap.slot)
		world.counts[cap.slot]--;
}

bool os_cap_same(struct os_cap a, struct os_cap b)
{
	return a.slot == b.slot;
}

void os_msg_caps_drop(struct os_msg *msg)
{
	for (uint32_t i = 0; i < msg->cap_count; i++)
		os_cap_drop((struct os_cap){ msg->caps[i].slot });
	msg->cap_count = 0;
}

enum os_err os_rpc_object_init(struct os_rpc_object *object, struct os_ep *ep,
                               struct os_account *account,
                               enum os_err (*dispatch)(struct os_rpc_object *, struct os_msg *),
                               uint32_t interface_type)
{
	(void)ep;
	(void)account;
	(void)interface_type;
	for (uint32_t i = FIRST_OWN; i < SLOTS; i++)
		if (!world.objects[i]) {
			world.objects[i] = object;
			object->dispatch = dispatch;
			object->cap.slot = i;
			return OS_OK;
		}
	return OS_ERR_OUT_OF_CAPS;
}

void os_rpc_object_fini(struct os_rpc_object *object)
{
	assert_ptr_equal(world.objects[object->cap.slot], object);
	world.objects[object->cap.slot] = NULL;
}

struct os_rpc_object *os_rpc_object_find(struct os_ep *ep, struct os_cap cap)
{
	(void)ep;
	return world.objects[cap.slot];
}

/* ------------------------------------------------------------------ messages */

struct os_msg *os_msg_own(void)
{
	return &world.msg;
}

/* What is moved is the target's. */
enum os_err os_call(struct os_cap cap, struct os_msg *msg)
{
	world.seen = *msg;
	world.target = cap;
	for (uint32_t i = 0; i < msg->cap_count; i++)
		if (msg->cap_move & 1u << i)
			os_cap_drop((struct os_cap){ msg->caps[i].slot });
	if (world.call_err)
		return world.call_err;
	*msg = world.answer;
	return OS_OK;
}

void os_reply_save(struct os_ep *ep, struct os_reply *reply)
{
	(void)ep;
	(void)reply;
}

void os_reply_send(struct os_reply *reply, struct os_msg *msg)
{
	(void)reply;
	world.replied = *msg;
	world.replies++;
	for (uint32_t i = 0; i < msg->cap_count; i++)
		os_cap_drop((struct os_cap){ msg->caps[i].slot });
}

/* ------------------------------------------------------------------ threads */

enum os_err os_ep_init(struct os_ep *ep, struct os_env *env, const char *name, size_t stack_size)
{
	(void)ep;
	(void)env;
	(void)name;
	(void)stack_size;
	return OS_OK;
}

enum os_err os_thread_init(struct os_thread *thread, struct os_env *env, const char *name,
                           size_t stack_size, uint32_t priority,
                           void (*entry)(struct os_thread *, void *), void *argument)
{
	(void)name;
	(void)stack_size;
	(void)priority;
	if (world.thread_count == world.threads_max)
		return OS_ERR_OUT_OF_CAPS;
	*thread = (struct os_thread){ .env = env, .entry = entry, .argument = argument };
	world.threads[world.thread_count++].thread = thread;
	return OS_OK;
}

/* Let one run as far as it gets. */
static void run(struct os_thread *thread)
{
	if (!setjmp(world.idle))
		thread->entry(thread, thread->argument);
}

static void run_one(void)
{
	assert_true(world.thread_count > 0);
	run(world.threads[0].thread);
}

/* It is joined: by then it has come to its end. */
void os_thread_fini(struct os_thread *thread)
{
	run(thread);
	for (uint32_t i = 0; i < world.thread_count; i++)
		if (world.threads[i].thread == thread)
			world.threads[i] = world.threads[--world.thread_count];
}

enum os_err thread_cancel_blocking(struct thread_cap thread)
{
	(void)thread;
	world.cancelled++;
	return OS_OK;
}

void os_mutex_lock(struct os_mutex *mutex)
{
	(void)mutex;
}

void os_mutex_unlock(struct os_mutex *mutex)
{
	(void)mutex;
}

void os_semaphore_up(struct os_semaphore *semaphore)
{
	semaphore->count++;
}

void os_semaphore_down(struct os_semaphore *semaphore)
{
	if (semaphore->count)
		semaphore->count--;
	else
		longjmp(world.idle, 1);
}

/* ------------------------------------------------------------------ what else there is */

enum os_err pd_account(struct pd_cap pd, struct account_cap *account)
{
	(void)pd;
	(void)account;
	return OS_OK;
}

enum os_err account_info(struct account_cap account, uint64_t *ram_limit, uint64_t *ram_used,
                         uint64_t *caps_limit, uint64_t *caps_used)
{
	(void)account;
	*ram_limit = *caps_limit = 1 << 30;
	*ram_used = *caps_used = 0;
	return OS_OK;
}

void os_log(struct os_env *env, const char *format, ...)
{
	(void)env;
	(void)format;
}

void os_warning(struct os_env *env, const char *format, ...)
{
	(void)env;
	(void)format;
}

/* ------------------------------------------------------------------ the user */

static enum os_err pay(struct os_forward_payer *payer, uint64_t ram, uint64_t caps)
{
	(void)payer;
	if (world.ram - world.ram_paid < ram)
		return OS_ERR_OUT_OF_RAM;
	if (world.caps - world.caps_paid < caps)
		return OS_ERR_OUT_OF_CAPS;
	world.ram_paid += ram;
	world.caps_paid += caps;
	return OS_OK;
}

static void refund(struct os_forward_payer *payer, uint64_t ram, uint64_t caps)
{
	(void)payer;
	assert_true(ram <= world.ram_paid && caps <= world.caps_paid);
	world.ram_paid -= ram;
	world.caps_paid -= caps;
}

static enum os_forward_how pass(const struct os_forward_call *call, bool reply, uint32_t index,
                                uint32_t type)
{
	(void)call;
	(void)reply;
	(void)index;
	if (type == PASS_TYPE)
		return OS_FORWARD_AS_IS;
	return type == OTHER_TYPE ? OS_FORWARD_STOOD_IN : OS_FORWARD_RESOLVED;
}

static void closed(struct os_forward_group *group)
{
	(void)group;
	world.closed++;
}

static const struct os_forward_ops ops = {
	.pay = pay, .refund = refund, .pass = pass, .closed = closed
};

/* A session with a stand-in for slot 1. */
struct session {
	struct os_forward forward;
	struct os_forward_payer payer;
	struct os_forward_group group;
	struct os_cap cap;
};

static void world_init(size_t fail_at)
{
	memset(&world, 0, sizeof(world));
	fail_alloc_init(&world.memory, fail_at);
	world.env.heap = &world.memory.alloc;
	world.threads_max = THREADS;
	world.ram = 1 << 20;
	world.caps = 1000;
	world.counts[1] = 1;
}

static enum os_err session_open(struct session *s)
{
	enum os_err err;

	if ((err = os_forward_init(&s->forward, &world.env, &ops)) ||
	    (err = os_forward_payer_init(&s->payer, &s->forward)))
		return err;
	os_forward_group_init(&s->group, &s->payer);
	err = os_forward_stand_in(&s->group, (struct os_cap){ 1 }, TYPE, OS_FORWARD_CLIENT,
	                          &s->cap);
	if (err)
		os_forward_payer_fini(&s->payer);
	return err;
}

/* All is given back, and no count is left, but those of the test. */
static void session_close(struct session *s)
{
	os_forward_group_close(&s->group);
	os_forward_payer_fini(&s->payer);
	assert_int_equal(world.closed, 1);
	assert_int_equal(world.thread_count, 0);
	assert_int_equal(world.ram_paid + world.caps_paid, 0);
	assert_int_equal(world.memory.live, 0);
	assert_int_equal(world.counts[1], 0);
}

static void arrive(struct session *s, uint16_t op, uint32_t slot, uint32_t type, enum os_err *err)
{
	struct os_rpc_object *const object = world.objects[s->cap.slot];
	struct os_msg msg = { .op = op, .length = 3, .payload = "abc" };

	assert_non_null(object);
	if (slot) {
		msg.cap_count = 1;
		msg.caps[0] = (struct os_msg_cap){ .slot = slot, .type = type };
		world.counts[slot]++;
	}
	*err = object->dispatch(object, &msg);
	if (*err == OS_OK)
		*err = (enum os_err)msg.op;
}

/* ------------------------------------------------------------------ tests */

static void a_call_reaches_the_target_and_its_answer_the_caller(void **state)
{
	struct session s;
	enum os_err err;

	(void)state;
	world_init(0);
	assert_int_equal(session_open(&s), OS_OK);
	arrive(&s, 5, 0, 0, &err);
	assert_int_equal(err, OS_ERR_LATER);
	assert_int_equal(world.replies, 0);
	world.answer = (struct os_msg){ .op = 0, .length = 2, .payload = "xy" };
	run_one();
	assert_int_equal(world.target.slot, 1);
	assert_int_equal(world.seen.op, 5);
	assert_memory_equal(world.seen.payload, "abc", 3);
	assert_int_equal(world.replies, 1);
	assert_memory_equal(world.replied.payload, "xy", 2);
	/* a target that is gone */
	world.call_err = OS_ERR_GONE;
	arrive(&s, 5, 0, 0, &err);
	run_one();
	assert_int_equal(world.replied.op, OS_ERR_GONE);
	session_close(&s);
}

static void an_object_is_stood_in_for_once_and_comes_back_as_itself(void **state)
{
	struct session s;
	uint32_t stand_in;
	enum os_err err;

	(void)state;
	world_init(0);
	assert_int_equal(session_open(&s), OS_OK);
	/* the client passes an object of its own: the server gets one of ours */
	arrive(&s, 1, 20, OTHER_TYPE, &err);
	run_one();
	stand_in = world.seen.caps[0].slot;
	assert_true(stand_in >= FIRST_OWN && stand_in != s.cap.slot);
	/* again: the same; and it is stood in for no more than once */
	arrive(&s, 1, 20, OTHER_TYPE, &err);
	run_one();
	assert_int_equal(world.seen.caps[0].slot, stand_in);
	/* the server gives it back: the client gets its own */
	world.answer = (struct os_msg){ .cap_count = 1 };
	world.answer.caps[0] = (struct os_msg_cap){ .slot = stand_in, .type = OTHER_TYPE };
	world.counts[stand_in]++;
	arrive(&s, 1, 0, 0, &err);
	run_one();
	assert_int_equal(world.replied.caps[0].slot, 20);
	world.answer = (struct os_msg){ 0 };
	/* what is not to be stood in for passes; what stands for the server's is the server's */
	arrive(&s, 1, 21, TYPE, &err);
	run_one();
	assert_int_equal(world.seen.caps[0].slot, 21);
	arrive(&s, 1, s.cap.slot, TYPE, &err);
	run_one();
	assert_int_equal(world.seen.caps[0].slot, 1);
	arrive(&s, 1, s.cap.slot, PASS_TYPE, &err);
	run_one();
	assert_int_equal(world.seen.caps[0].slot, s.cap.slot);
	session_close(&s);
	for (uint32_t i = 2; i < SLOTS; i++)
		assert_int_equal(world.counts[i], 0);
}

static void who_calls_more_than_it_can_pay_for_waits_for_itself(void **state)
{
	struct session s;
	enum os_err err;
	uint32_t count = 0;

	(void)state;
	world_init(0);
	world.ram = 3 * OS_FORWARD_WORKER_RAM + OS_FORWARD_STAND_IN_RAM + 4 * OS_FORWARD_PLACE_RAM;
	assert_int_equal(session_open(&s), OS_OK);
	assert_int_equal(world.thread_count, 1);
	for (;; count++) {
		arrive(&s, 1, 0, 0, &err);
		if (err != OS_ERR_LATER)
			break;
	}
	assert_int_equal(err, OS_ERR_OUT_OF_RAM);
	assert_true(count >= 3 && world.thread_count >= 2);
	assert_true(world.ram_paid <= world.ram);
	/* what it has paid for is done, and it can go on with that */
	run_one();
	assert_int_equal(world.replies, count);
	for (uint32_t i = 0; i < count; i++) {
		arrive(&s, 1, 0, 0, &err);
		assert_int_equal(err, OS_ERR_LATER);
	}
	run_one();
	session_close(&s);
}

static void calls_are_bounded(void **state)
{
	struct session s;
	enum os_err err = OS_ERR_LATER;

	(void)state;
	world_init(0);
	world.ram = 1 << 30;
	world.caps = 100000;
	assert_int_equal(session_open(&s), OS_OK);
	for (uint32_t i = 0; i < OS_FORWARD_CALLS_MAX; i++) {
		arrive(&s, 1, 0, 0, &err);
		assert_int_equal(err, OS_ERR_LATER);
	}
	arrive(&s, 1, 20, TYPE, &err);
	assert_int_equal(err, OS_ERR_LIMIT);
	assert_int_equal(world.counts[20], 0);
	assert_int_equal(world.thread_count, OS_FORWARD_WORKERS_MAX);
	run_one();
	assert_int_equal(world.replies, OS_FORWARD_CALLS_MAX);
	session_close(&s);
}

static void calls_under_way_end_with_their_payer(void **state)
{
	struct session s;
	enum os_err err;

	(void)state;
	world_init(0);
	assert_int_equal(session_open(&s), OS_OK);
	for (uint32_t i = 0; i < 3; i++)
		arrive(&s, 1, 20, OTHER_TYPE, &err);
	session_close(&s);
	/* nobody was called any more, and nobody waits */
	assert_int_equal(world.target.slot, 0);
	assert_int_equal(world.replies, 3);
	assert_int_equal(world.replied.op, OS_ERR_GONE);
	assert_true(world.cancelled > 0);
	assert_int_equal(world.counts[20], 0);
}

static void damaged_messages_are_refused(void **state)
{
	struct os_msg msg = { .length = OS_MSG_PAYLOAD_MAX + 1 };
	struct session s;

	(void)state;
	world_init(0);
	assert_int_equal(session_open(&s), OS_OK);
	assert_int_equal(world.objects[s.cap.slot]->dispatch(world.objects[s.cap.slot], &msg),
	                 OS_OK);
	assert_int_equal(msg.op, OS_ERR_PROTOCOL);
	session_close(&s);
}

/* Whatever fails: a call is answered, capabilities arrive, and nothing is left. */
static bool steps(void)
{
	struct session s;
	enum os_err err;
	uint32_t later = 0;

	if (session_open(&s)) {
		assert_int_equal(world.memory.live, 0);
		assert_int_equal(world.ram_paid + world.caps_paid, 0);
		return world.memory.failed;
	}
	for (uint32_t i = 0; i < 3; i++) {
		arrive(&s, 1, 20 + i, OTHER_TYPE, &err);
		later += err == OS_ERR_LATER;
	}
	run_one();
	assert_int_equal(world.replies, later);
	session_close(&s);
	for (uint32_t i = 2; i < SLOTS; i++)
		assert_int_equal(world.counts[i], 0);
	return world.memory.failed;
}

static void any_failure_leaves_nothing_behind(void **state)
{
	size_t n = 1;

	(void)state;
	do
		world_init(n);
	while (steps() && n++);
	assert_true(n > 8);
	for (uint32_t threads = 0; threads < 3; threads++) {
		world_init(0);
		world.threads_max = threads;
		steps();
	}
	for (world_init(0), n = 0; n < 40; n++) {
		world_init(0);
		world.caps = n;
		steps();
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_call_reaches_the_target_and_its_answer_the_caller),
		cmocka_unit_test(an_object_is_stood_in_for_once_and_comes_back_as_itself),
		cmocka_unit_test(who_calls_more_than_it_can_pay_for_waits_for_itself),
		cmocka_unit_test(calls_are_bounded),
		cmocka_unit_test(calls_under_way_end_with_their_payer),
		cmocka_unit_test(damaged_messages_are_refused),
		cmocka_unit_test(any_failure_leaves_nothing_behind),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
