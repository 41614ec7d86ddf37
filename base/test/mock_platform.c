/* SPDX-License-Identifier: BSD-2-Clause */
/* The mock's capability table, entrypoints and threads: what a platform image does. */

#include <asm/prctl.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <cmocka.h>
#include "../src/runtime.h"
#include "mock_core.h"
#include "mock_platform.h"

enum { EPS = 8, CALLS = 64, THREADS = 8 };

struct mock mock;

static struct call {
	bool used, taken;
	uint32_t ep, badge, sequence, replies;
	struct os_msg request, reply;
} calls[CALLS];

static struct thread {
	pthread_t id;
	struct os_thread_block block;
	struct os_msg msg;
	struct os_thread_args args;
	bool token, started;
} threads[THREADS];

static bool ep_used[EPS];
/* One lock and one condition for all: this is no benchmark. */
static pthread_mutex_t big;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;

static void lock(void)
{
	pthread_mutex_lock(&big);
}

static void unlock(void)
{
	pthread_cond_broadcast(&changed);
	pthread_mutex_unlock(&big);
}

/* ------------------------------------------------------------ capabilities */

uint32_t mock_slot_new(uint32_t type)
{
	for (uint32_t i = 4; i < MOCK_SLOTS; i++)
		if (!mock.slot[i].refs && !mock.slot[i].attached) {
			mock.slot[i] = (struct mock_slot){ .refs = 1, .type = type };
			return i;
		}
	fail_msg("mock is out of slots");
	return 0;
}

struct mock_slot *mock_slot(uint32_t slot)
{
	assert_true(slot > 0 && slot < MOCK_SLOTS);
	assert_true(mock.slot[slot].refs > 0);
	return &mock.slot[slot];
}

static void cap_drop(uint32_t slot)
{
	lock();
	mock_slot(slot)->refs--;
	mock_memory_release(&mock.slot[slot]);
	unlock();
}

static enum os_err cap_dup(uint32_t slot)
{
	enum os_err err = OS_ERR_CAP_INVALID;

	lock();
	if (slot && slot < MOCK_SLOTS && mock.slot[slot].refs) {
		mock.slot[slot].refs++;
		err = OS_OK;
	}
	unlock();
	return err;
}

static bool cap_same(uint32_t a, uint32_t b)
{
	return a == b && a < MOCK_SLOTS && mock.slot[a].refs;
}

static enum os_err cap_own_badge(uint32_t slot, uint32_t *ep, uint32_t *badge)
{
	if (slot >= MOCK_SLOTS || !mock.slot[slot].refs)
		return OS_ERR_CAP_INVALID;
	if (!mock.slot[slot].own)
		return OS_ERR_NOT_FOUND;
	*ep = mock.slot[slot].ep;
	*badge = mock.slot[slot].badge;
	return OS_OK;
}

/* Capabilities on their way: the receiver gets a count of its own, and the type. */
static void caps_carry(struct os_msg *msg)
{
	for (unsigned i = 0; i < msg->cap_count; i++) {
		if (!msg->caps[i].slot)
			continue;
		if (!(msg->cap_move & 1u << i))
			mock_slot(msg->caps[i].slot)->refs++;
		msg->caps[i].type = mock_slot(msg->caps[i].slot)->type;
	}
	msg->cap_move = 0;
}

/* -------------------------------------------------------------------- calls */

/* Tell when a message was there. */
static void message_see(void)
{
	os_thread_block_own()->trace.seen = mock.seen ? mock.seen++ : 0;
}

static uint32_t call_queue(uint32_t slot, const struct os_msg *request)
{
	for (uint32_t i = 0; i < CALLS; i++)
		if (!calls[i].used) {
			calls[i] = (struct call){ .used = true,
				                  .ep = mock.slot[slot].ep,
				                  .badge = mock.slot[slot].badge,
				                  .sequence = calls[i].sequence + 1,
				                  .request = *request };
			caps_carry(&calls[i].request);
			return i;
		}
	fail_msg("mock is out of calls");
	return 0;
}

uint32_t mock_call_queue(uint32_t slot, const struct os_msg *request)
{
	uint32_t channel;

	lock();
	channel = call_queue(slot, request);
	unlock();
	return channel;
}

const struct os_msg *mock_reply(uint32_t channel)
{
	return calls[channel].replies ? &calls[channel].reply : NULL;
}

uint32_t mock_reply_count(uint32_t channel)
{
	return calls[channel].replies;
}

/* A call to an own object: served here if at the main entrypoint, which is this thread's. */
static enum os_err call_own(uint32_t slot, struct os_msg *msg)
{
	const uint32_t channel = mock_call_queue(slot, msg);
	enum os_err err;

	if (calls[channel].ep == OS_EP_MAIN) {
		while (!calls[channel].replies && !os_ep_dispatch(mock.main_ep, false))
			;
	}
	lock();
	while (calls[channel].ep != OS_EP_MAIN && !calls[channel].replies)
		pthread_cond_wait(&changed, &big);
	/* Nobody is there to answer later. */
	err = calls[channel].replies ? OS_OK : OS_ERR_CANCELLED;
	*msg = calls[channel].reply;
	calls[channel].used = false;
	message_see();
	unlock();
	return err;
}

static enum os_err call(uint32_t slot, struct os_msg *msg)
{
	struct mock_slot *s;

	assert_ptr_equal(msg, os_msg_own());
	assert_true(slot < MOCK_SLOTS);
	s = &mock.slot[slot];
	if (!s->refs || s->gone) {
		os_msg_moved_drop(msg);
		return s->gone ? OS_ERR_GONE : OS_ERR_CAP_INVALID;
	}
	if (!s->remote)
		return call_own(slot, msg);
	lock();
	caps_carry(msg);
	s->remote->dispatch(s->remote, msg);
	caps_carry(msg);
	unlock();
	return OS_OK;
}

/* -------------------------------------------------------------- entrypoints */

static enum os_err ep_create(uint32_t caps_max, uint32_t *ep)
{
	enum os_err err = OS_ERR_LIMIT;

	assert_true(caps_max <= OS_MSG_CAPS_MAX);
	lock();
	for (uint32_t i = 1; err && i < EPS; i++)
		if (!ep_used[i]) {
			ep_used[i] = true;
			*ep = i;
			err = OS_OK;
		}
	unlock();
	return err;
}

static void ep_destroy(uint32_t ep)
{
	lock();
	assert_true(ep && ep_used[ep]);
	ep_used[ep] = false;
	unlock();
}

static bool event_take(uint32_t ep, struct os_ep_event *event)
{
	for (uint32_t i = 0; i < CALLS; i++) {
		struct call *const c = &calls[i];

		if (!c->used || c->taken || c->ep != ep)
			continue;
		c->taken = true;
		*os_msg_own() = c->request;
		*event = (struct os_ep_event){ OS_EP_CALL, c->badge, i, c->sequence, 0 };
		message_see();
		return true;
	}
	for (uint32_t i = 0; i < MOCK_SLOTS; i++) {
		struct mock_slot *const s = &mock.slot[i];

		if (!s->own || s->ep != ep || !s->pending)
			continue;
		*event = (struct os_ep_event){ OS_EP_SIGNAL, s->badge, 0, 0, s->pending };
		s->pending = 0;
		return true;
	}
	return false;
}

static enum os_err ep_wait(uint32_t ep, bool block, struct os_ep_event *event)
{
	bool got;

	*event = (struct os_ep_event){ OS_EP_NONE };
	lock();
	for (got = event_take(ep, event); !got && block; got = event_take(ep, event)) {
		assert_true(ep != OS_EP_MAIN || !"the only thread would wait for ever");
		pthread_cond_wait(&changed, &big);
	}
	unlock();
	return OS_OK;
}

static void ep_reply(uint32_t ep, uint32_t channel, uint32_t sequence, struct os_msg *msg)
{
	struct call *const c = &calls[channel];

	lock();
	assert_int_equal(ep, c->ep);
	if (c->used && c->sequence == sequence) {
		caps_carry(msg);
		c->reply = *msg;
		c->replies++;
	}
	unlock();
}

static enum os_err ep_reply_wait(uint32_t ep, uint32_t channel, uint32_t sequence,
                                 struct os_msg *msg, struct os_ep_event *event)
{
	ep_reply(ep, channel, sequence, msg);
	return ep_wait(ep, true, event);
}

static enum os_err ep_reply_save(uint32_t ep, uint32_t channel, uint32_t sequence)
{
	lock();
	assert_true(channel < CALLS && calls[channel].used && calls[channel].ep == ep);
	assert_int_equal(calls[channel].sequence, sequence);
	assert_int_equal(calls[channel].replies, 0);
	unlock();
	return OS_OK;
}

static enum os_err signal_submit(uint32_t slot, uint32_t count)
{
	enum os_err err = OS_OK;

	lock();
	if (mock_slot(slot)->gone)
		err = OS_ERR_GONE;
	else
		mock_slot(slot)->pending += count;
	unlock();
	return err;
}

/* ------------------------------------------------------------------- memory */

static enum os_err attach(const struct os_attach_args *args, void **at)
{
	struct mock_slot *const s = mock_slot(args->ds_slot);

	if (!s->memory)
		return OS_ERR_CAP_TYPE;
	if (args->writeable && !s->writeable)
		return OS_ERR_DENIED;
	assert_true(args->size && !(args->size % OS_PAGE_SIZE));
	if (args->offset > s->size || args->size > s->size - args->offset)
		return OS_ERR_RANGE;
	s->attached++;
	*at = s->memory + args->offset;
	return OS_OK;
}

static enum os_err detach(void *at, uint64_t size)
{
	assert_true(size && !(size % OS_PAGE_SIZE));
	for (uint32_t i = 0; i < MOCK_SLOTS; i++) {
		struct mock_slot *const s = &mock.slot[i];

		if (!s->attached || (char *)at < s->memory || (char *)at >= s->memory + s->size)
			continue;
		s->attached--;
		mock_memory_release(s);
		return OS_OK;
	}
	return OS_ERR_NOT_FOUND;
}

/* ------------------------------------------------------------------ threads */

static struct thread *thread_of(const struct os_thread_block *block)
{
	return container_of(block, struct thread, block);
}

static void thread_enter(struct thread *thread)
{
	thread->block.self = &thread->block;
	thread->block.msg = &thread->msg;
	syscall(SYS_arch_prctl, ARCH_SET_GS, &thread->block);
}

static void *thread_run(void *argument)
{
	struct thread *const thread = argument;

	thread_enter(thread);
	thread->args.entry(thread->args.argument);
	return NULL;
}

static enum os_err thread_start(const struct os_thread_args *args)
{
	for (int i = 1; i < THREADS; i++) {
		struct thread *const thread = &threads[i];

		if (thread->started)
			continue;
		*thread = (struct thread){ .args = *args, .started = true };
		thread->block.base_thread = args->base_thread;
		thread->block.priority = args->priority;
		assert_int_equal(pthread_create(&thread->id, NULL, thread_run, thread), 0);
		return OS_OK;
	}
	return OS_ERR_LIMIT;
}

void mock_thread_destroy(uint32_t slot)
{
	for (int i = 1; i < THREADS; i++)
		if (threads[i].started && threads[i].args.thread_slot == slot) {
			pthread_join(threads[i].id, NULL);
			threads[i].started = false;
		}
}

static void thread_exit(void)
{
	pthread_exit(NULL);
}

static void thread_block(void)
{
	struct thread *const thread = thread_of(os_thread_block_own());

	lock();
	while (!thread->token)
		pthread_cond_wait(&changed, &big);
	thread->token = false;
	unlock();
}

/* Nobody cancels. */
static enum os_err thread_block_cancellable(void)
{
	thread_block();
	return OS_OK;
}

static void thread_unblock(struct os_thread_block *block)
{
	lock();
	thread_of(block)->token = true;
	unlock();
}

static void thread_yield(void)
{
	sched_yield();
}

static void panic(const char *text)
{
	mock_assert(0, text, "panic", 0);
	abort();
}

static void debug(const char *text)
{
	mock.debug_lines++;
	snprintf(mock.line, sizeof(mock.line), "%s", text);
}

static void trace_open(void)
{
	struct os_trace_writer *trace = &os_thread_block_own()->trace;

	mock.trace_opens++;
	trace->ring = mock.trace_ring;
	trace->limit = UINT64_MAX;
	trace->mask = 63;
}

static const struct os_platform platform = {
	.size = sizeof(platform),
	.version = OS_ABI_VERSION,
	.name = "mock",
	.cap_drop = cap_drop,
	.cap_dup = cap_dup,
	.cap_same = cap_same,
	.cap_own_badge = cap_own_badge,
	.call = call,
	.ep_create = ep_create,
	.ep_destroy = ep_destroy,
	.ep_wait = ep_wait,
	.ep_reply = ep_reply,
	.ep_reply_wait = ep_reply_wait,
	.ep_reply_save = ep_reply_save,
	.signal_submit = signal_submit,
	.attach = attach,
	.detach = detach,
	.thread_start = thread_start,
	.thread_exit = (__typeof__(platform.thread_exit))thread_exit,
	.thread_block = thread_block,
	.thread_block_cancellable = thread_block_cancellable,
	.thread_unblock = thread_unblock,
	.thread_yield = thread_yield,
	.panic = (__typeof__(platform.panic))panic,
	.debug = debug,
	.trace_open = trace_open,
};

struct os_env *mock_init(void)
{
	const struct os_start_info info = { .platform = &platform, .entropy = "mock" };
	pthread_mutexattr_t recursive;

	pthread_mutexattr_init(&recursive);
	pthread_mutexattr_settype(&recursive, PTHREAD_MUTEX_RECURSIVE);
	pthread_mutex_init(&big, &recursive);
	for (uint32_t i = 0; i < MOCK_SLOTS; i++)
		free(mock.slot[i].memory); /* what the test before has left */
	memset(&mock, 0, sizeof(mock));
	memset(calls, 0, sizeof(calls));
	memset(ep_used, 0, sizeof(ep_used));
	thread_enter(&threads[0]);
	mock_core_init();
	os_platform = &platform;
	os_env_init(&info);
	mock.main_ep = os_env_own.ep;
	return &os_env_own;
}

uint32_t mock_refs(void)
{
	uint32_t refs = 0;

	for (uint32_t i = 0; i < MOCK_SLOTS; i++)
		refs += mock.slot[i].refs;
	return refs;
}

uint64_t mock_memory(void)
{
	uint64_t size = 0;

	for (uint32_t i = 0; i < MOCK_SLOTS; i++)
		size += mock.slot[i].memory ? mock.slot[i].size : 0;
	return size;
}

uint32_t mock_attached(void)
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < MOCK_SLOTS; i++)
		count += mock.slot[i].attached;
	return count;
}
