/* SPDX-License-Identifier: BSD-2-Clause */
/* The world's mechanics: capabilities, calls, signals, memory; core and the parent are beside. */

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <cmocka.h>

#include <osier/thread.h>
#include "world_core.h"

struct world world;

/* ------------------------------------------------------------------ capabilities */

uint32_t world_slot(uint32_t type, struct os_rpc_object *rpc)
{
	for (uint32_t i = 1; i < WORLD_OBJECTS; i++) {
		struct world_object *object = &world.object[i];

		if (object->exists || object->refs)
			continue;
		*object = (struct world_object){ .type = type, .exists = true, .rpc = rpc };
		return i;
	}
	fail_msg("the world has no more objects");
	return 0;
}

void os_cap_drop(struct os_cap cap)
{
	if (!cap.slot)
		return;
	assert_true(cap.slot < WORLD_OBJECTS);
	assert_true(world.object[cap.slot].refs > 0);
	world.object[cap.slot].refs--;
}

/* A thread runs to its end at once, or waits; its end then is that its calls are cancelled. */
enum os_err os_thread_init(struct os_thread *thread, struct os_env *env, const char *name,
                           size_t stack_size, uint32_t priority,
                           void (*entry)(struct os_thread *, void *), void *argument)
{
	(void)env, (void)name, (void)stack_size, (void)priority;
	*thread = (struct os_thread){ .entry = entry, .argument = argument };
	if (!world.threads_wait) {
		entry(thread, argument);
		return OS_OK;
	}
	for (size_t i = 0; i < OS_ARRAY_SIZE(world.waiting); i++) {
		if (world.waiting[i])
			continue;
		world.waiting[i] = thread;
		return OS_OK;
	}
	*thread = (struct os_thread){ 0 };
	return OS_ERR_OUT_OF_RAM;
}

static bool stop_waiting(const struct os_thread *thread)
{
	for (size_t i = 0; i < OS_ARRAY_SIZE(world.waiting); i++) {
		if (world.waiting[i] != thread)
			continue;
		world.waiting[i] = NULL;
		return true;
	}
	return false;
}

uint32_t world_threads_waiting(void)
{
	uint32_t count = 0;

	for (size_t i = 0; i < OS_ARRAY_SIZE(world.waiting); i++)
		count += world.waiting[i] != NULL;
	return count;
}

void world_threads_go(void)
{
	for (size_t i = 0; i < OS_ARRAY_SIZE(world.waiting); i++) {
		struct os_thread *const thread = world.waiting[i];

		if (thread && stop_waiting(thread))
			thread->entry(thread, thread->argument);
	}
	world_run();
}

void os_thread_join(struct os_thread *thread)
{
	for (size_t i = 0; i < OS_ARRAY_SIZE(world.waiting); i++)
		assert_ptr_not_equal(world.waiting[i], thread); /* it would wait for ever */
}

void os_thread_fini(struct os_thread *thread)
{
	stop_waiting(thread);
}

enum os_err os_cap_dup(struct os_cap cap, struct os_cap *copy)
{
	assert_true(world.object[cap.slot].refs > 0);
	world.object[cap.slot].refs++;
	*copy = cap;
	return OS_OK;
}

uint64_t world_held(void)
{
	uint64_t held = 0;

	for (uint32_t i = 0; i < WORLD_OBJECTS; i++)
		held += world.object[i].refs;
	return held;
}

struct os_cap world_object(uint32_t type)
{
	return (struct os_cap){ world_slot(type, NULL) };
}

struct signal_context_cap world_context(void)
{
	return (struct signal_context_cap){ world_object(SIGNAL_CONTEXT_TYPE) };
}

/* ------------------------------------------------------------------ calls */

struct os_msg *os_msg_own(void)
{
	return &world.msg[world.depth];
}

/* Capabilities arrive with their type, and count at the component under test if it receives. */
static void transfer_caps(struct os_msg *msg, bool to_tested, bool from_tested)
{
	for (size_t i = 0; i < msg->cap_count; i++) {
		struct world_object *object = &world.object[msg->caps[i].slot];

		if (!msg->caps[i].slot)
			continue;
		msg->caps[i].type = object->type;
		if (from_tested)
			assert_true(object->refs > 0);
		if (to_tested)
			object->refs++;
		if (from_tested && (msg->cap_move & 1u << i))
			object->refs--;
	}
}

/* What may fail for lack of quota; giving back never does. */
static bool may_fail(const struct world_object *object, uint16_t op)
{
	switch (object->type) {
	case PARENT_TYPE:
		return op == PARENT_OP_SESSION_REQUEST || op == PARENT_OP_SESSION_UPGRADE ||
		       op == PARENT_OP_ANNOUNCE || op == PARENT_OP_REQUEST_NEXT ||
		       op == PARENT_OP_REQUEST_DELIVER;
	case ACCOUNT_TYPE:
		return op == ACCOUNT_OP_CREATE ||
		       (op == ACCOUNT_OP_TRANSFER && object->rpc != &world.own->rpc.object);
	case PD_TYPE:
		return op == PD_OP_FUND || op == PD_OP_LOAD_VIRTUAL || op == PD_OP_READ_ONLY;
	case CPU_TYPE:
	case THREAD_TYPE:
	case ROM_TYPE:
		return true;
	default:
		return false;
	}
}

static bool injected_failure(void)
{
	if (++world.calls != world.fail_call)
		return false;
	world.failed = true;
	return true;
}

enum os_err os_call(struct os_cap cap, struct os_msg *msg)
{
	struct world_object *object = &world.object[cap.slot];
	struct os_msg *inner = &world.msg[world.depth + 1];
	bool by_tested, served_by_tested;
	enum os_err err = OS_OK;

	if (!object->exists || !object->rpc)
		return OS_ERR_GONE;
	served_by_tested = object->rpc->ep != NULL;
	by_tested = !served_by_tested;
	if (by_tested && may_fail(object, msg->op) && injected_failure()) {
		transfer_caps(msg, false, true);
		msg->op = (uint16_t)world.fail_error;
		msg->length = 0;
		msg->cap_count = 0;
		return OS_OK;
	}
	assert_true(world.depth + 2 < OS_ARRAY_SIZE(world.msg));
	transfer_caps(msg, served_by_tested, by_tested);
	*inner = *msg;
	world.depth++;
	if (object->rpc->dispatch(object->rpc, inner))
		err = WORLD_LATER;
	world.depth--;
	if (err)
		return err;
	transfer_caps(inner, by_tested, served_by_tested);
	*msg = *inner;
	return OS_OK;
}

enum os_err os_rpc_call(struct os_cap cap, struct os_msg *msg, uint32_t type)
{
	(void)type;
	return os_call(cap, msg);
}

enum os_err os_rpc_object_init(struct os_rpc_object *object, struct os_ep *ep,
                               struct os_account *account,
                               enum os_err (*dispatch)(struct os_rpc_object *, struct os_msg *),
                               uint32_t interface_type)
{
	(void)account;
	if (injected_failure())
		return world.fail_error;
	*object = (struct os_rpc_object){ .dispatch = dispatch, .ep = ep };
	object->cap.slot = world_slot(interface_type, object);
	world.object[object->cap.slot].refs = 1;
	return OS_OK;
}

void os_rpc_object_fini(struct os_rpc_object *object)
{
	if (object->ep) {
		world.object[object->cap.slot].exists = false;
		world.object[object->cap.slot].rpc = NULL;
		os_cap_drop(object->cap);
	}
	*object = (struct os_rpc_object){ 0 };
}

void os_reply_save(struct os_ep *ep, struct os_reply *reply)
{
	assert_true(world.reply_count < OS_ARRAY_SIZE(world.reply));
	*reply = (struct os_reply){ .ep = ep, .channel = world.reply_count++ };
}

void os_reply_send(struct os_reply *reply, struct os_msg *msg)
{
	if (!reply->ep)
		return;
	assert_false(world.replied[reply->channel]);
	transfer_caps(msg, false, true);
	world.reply[reply->channel] = *msg;
	world.replied[reply->channel] = true;
	*reply = (struct os_reply){ 0 };
}

/* ------------------------------------------------------------------ signals */

enum os_err os_signal_handler_init(struct os_signal_handler *handler, struct os_ep *ep,
                                   void (*handle)(struct os_signal_handler *, uint64_t))
{
	if (injected_failure())
		return world.fail_error;
	*handler = (struct os_signal_handler){ .handle = handle, .ep = ep };
	handler->cap = world_context();
	world.object[handler->cap.cap.slot].refs = 1;
	world.object[handler->cap.cap.slot].handler = handler;
	return OS_OK;
}

void os_signal_handler_fini(struct os_signal_handler *handler)
{
	struct world_object *object = &world.object[handler->cap.cap.slot];

	if (handler->ep) {
		object->exists = false;
		object->handler = NULL;
		object->pending = 0;
		os_cap_drop(handler->cap.cap);
	}
	*handler = (struct os_signal_handler){ 0 };
}

enum os_err os_signal_submit(struct signal_context_cap context, uint32_t count)
{
	struct world_object *object = &world.object[context.cap.slot];

	if (!object->exists)
		return OS_ERR_GONE;
	object->pending += count;
	return OS_OK;
}

uint64_t world_signals(struct signal_context_cap context)
{
	uint64_t pending = world.object[context.cap.slot].pending;

	world.object[context.cap.slot].pending = 0;
	return pending;
}

void world_run(void)
{
	bool again = true;

	for (uint32_t rounds = 0; again; rounds++) {
		assert_true(rounds < 1000);
		again = false;
		for (uint32_t i = 1; i < WORLD_OBJECTS; i++) {
			struct world_object *object = &world.object[i];
			uint64_t count = object->pending;

			if (!object->handler || !count)
				continue;
			object->pending = 0;
			again = true;
			object->handler->handle(object->handler, count);
		}
	}
}

/* ------------------------------------------------------------------ memory */

enum os_err os_ram_init(struct os_ram *ram, struct os_env *env, size_t size,
                        struct os_account *account)
{
	struct world_account *payer = account ? world_account_of(account->cap.cap) : world.own;

	(void)env;
	*ram = (struct os_ram){ 0 };
	size = os_align_up(size, OS_PAGE_SIZE);
	if (injected_failure())
		return world.fail_error;
	if (payer->ram - payer->ram_used < size || payer->caps - payer->caps_used < 1)
		return OS_ERR_OUT_OF_RAM;
	ram->ds.cap = world_object(RAM_DATASPACE_TYPE);
	world.object[ram->ds.cap.slot].refs = 1;
	ram->view.start = calloc(1, size);
	ram->view.size = size;
	world_memory[ram->ds.cap.slot] = ram->view.start;
	return OS_OK;
}

char *world_memory[WORLD_OBJECTS];
uint32_t world_view_of[WORLD_OBJECTS];

struct os_cap world_config_dataspace(struct sandbox_session *session)
{
	struct os_msg *msg = os_msg_own();

	*msg = (struct os_msg){ .op = ROM_OP_DATASPACE };
	assert_int_equal(os_call(session->cap, msg), OS_OK);
	assert_int_equal(msg->op, OS_OK);
	return (struct os_cap){ msg->caps[0].slot };
}

void os_view_fini(struct os_view *view)
{
	*view = (struct os_view){ 0 };
}

void os_ram_free(struct os_env *env, struct ram_dataspace_cap *ds)
{
	(void)env;
	if (ds->cap.slot) {
		world.object[world_view_of[ds->cap.slot]].exists = false;
		world_view_of[ds->cap.slot] = 0;
		free(world_memory[ds->cap.slot]);
		world_memory[ds->cap.slot] = NULL;
		world.object[ds->cap.slot].exists = false;
		os_cap_drop(ds->cap);
	}
	*ds = (struct ram_dataspace_cap){ 0 };
}

/* ------------------------------------------------------------------ in place of
 * base/src/resource.c */

static struct os_resource_watcher *watcher;
static struct os_signal_handler decision;

enum os_err os_resource_ask(struct os_env *env, uint64_t ram, uint64_t caps)
{
	enum parent_resource_state state;

	assert_int_equal(env->shortage, OS_SHORTAGE_ASK);
	if (parent_resource_ask(env->parent, ram, caps, &state))
		return OS_ERR_DENIED;
	return state == PARENT_RESOURCE_STATE_GRANTED   ? OS_OK
	       : state == PARENT_RESOURCE_STATE_PENDING ? OS_ERR_BUSY
	                                                : OS_ERR_DENIED;
}

static void handle_decision(struct os_signal_handler *handler, uint64_t count)
{
	(void)handler;
	(void)count;
	watcher->decided(watcher, world.more_answer == PARENT_RESOURCE_STATE_GRANTED);
}

enum os_err os_resource_watch(struct os_resource_watcher *w, struct os_env *env,
                              void (*decided)(struct os_resource_watcher *, bool))
{
	enum os_err err = os_signal_handler_init(&decision, env->ep, handle_decision);

	if (!err && (err = parent_resource_sigh(env->parent, decision.cap)))
		os_signal_handler_fini(&decision);
	if (err)
		return err;
	w->env = env;
	w->decided = decided;
	watcher = w;
	return OS_OK;
}

/* There are no other threads. */
void os_mutex_lock(struct os_mutex *mutex)
{
	(void)mutex;
}

void os_mutex_unlock(struct os_mutex *mutex)
{
	(void)mutex;
}

void os_resource_unwatch(struct os_resource_watcher *w)
{
	if (w->env)
		os_signal_handler_fini(&decision);
	*w = (struct os_resource_watcher){ 0 };
}

enum os_err os_yield_sigh(struct os_env *env, struct os_signal_handler *handler)
{
	return parent_yield_sigh(env->parent, handler->cap);
}

enum os_err os_yield_wanted(struct os_env *env, uint64_t *ram, uint64_t *caps)
{
	return parent_yield_wanted(env->parent, ram, caps);
}

/* ------------------------------------------------------------------ the tested component */

static void message(struct os_sandbox *sandbox, bool error, const char *text)
{
	(void)sandbox;
	world.line_errors += error;
	if (world.line_count == WORLD_LINES)
		return;
	assert_int_equal(os_str_copy(world.line[world.line_count++], SANDBOX_LINE_MAX, text),
	                 OS_OK);
}

static void up(struct os_sandbox *sandbox, size_t count, size_t children)
{
	(void)sandbox;
	world.up = count;
	world.up_children = children;
	world.up_calls++;
}

static void child_exit(struct os_sandbox *sandbox, const char *child, int32_t value)
{
	(void)sandbox;
	(void)child;
	world.exits++;
	world.exit_value = value;
}

static enum os_err answer_request(struct os_sandbox *sandbox, const char *child,
                                  struct os_quota quota)
{
	(void)sandbox;
	(void)child;
	(void)quota;
	return world.resource_answer;
}

static void session_opened(struct os_sandbox *sandbox, const struct os_sandbox_opened *session,
                           struct os_cap *cap, void **handle)
{
	(void)sandbox;
	if (!world.interpose)
		return;
	world.opened++;
	world.opened_type = session->type;
	world.opened_account = session->account;
	world.opened_life = session->life;
	assert_int_equal(
	        os_str_copy(world.opened_label, sizeof(world.opened_label), session->label), OS_OK);
	world.original = *cap;
	world.stand_in = world_object(session->type);
	world.object[world.stand_in.slot].refs = 1;
	*cap = world.stand_in;
	*handle = &world.original;
}

static void session_closed(struct os_sandbox *sandbox, void *handle)
{
	(void)sandbox;
	assert_ptr_equal(handle, &world.original);
	world.closed++;
	os_cap_drop(world.original);
}

static void changed(struct os_sandbox *sandbox)
{
	(void)sandbox;
	world.changes++;
}

static enum os_err now(struct os_sandbox *sandbox, uint64_t *us)
{
	(void)sandbox;
	world.times_asked++;
	*us = world.time;
	return world.time ? OS_OK : OS_ERR_NO_ROUTE;
}

static enum os_err alarm(struct os_sandbox *sandbox, uint64_t deadline)
{
	(void)sandbox;
	world.deadline = deadline;
	return OS_OK;
}

void world_time_passes(uint64_t us)
{
	const uint64_t end = world.time + us;

	while (world.deadline <= end) {
		world.time = OS_MAX(world.time, world.deadline);
		world.deadline = UINT64_MAX;
		os_sandbox_alarm(&world.sandbox);
		world_run();
	}
	world.time = end;
}

static const struct os_sandbox_ops ops = {
	.message = message,
	.changed = changed,
	.now = now,
	.alarm = alarm,
	.up = up,
	.exit = child_exit,
	.resource_request = answer_request,
	.session_opened = session_opened,
	.session_closed = session_closed,
};

static const struct os_sandbox_ops ops_by_config = { .message = message,
	                                             .up = up,
	                                             .exit = child_exit };

static bool contains(const char *text, const char *part)
{
	for (; *text; text++)
		if (os_str_starts_with(text, part))
			return true;
	return false;
}

void world_forget_lines(void)
{
	world.line_count = world.line_errors = 0;
}

bool world_told(const char *text)
{
	for (uint32_t i = 0; i < world.line_count; i++)
		if (contains(world.line[i], text))
			return true;
	for (uint32_t i = 0; i < world.line_count; i++)
		print_message("told: %s\n", world.line[i]);
	return false;
}

void world_init(void)
{
	world = (struct world){ .deadline = UINT64_MAX,
		                .fail_error = OS_ERR_OUT_OF_RAM,
		                .resource_answer = OS_ERR_DENIED };
	fail_alloc_init(&world.heap, 0);
	world.env.ep = &world.ep;
	world.env.heap = &world.heap.alloc;
	world_core_init();
	assert_int_equal(os_upstream_init(&world.upstream_link, &world.env), OS_OK);
	assert_int_equal(
	        os_sandbox_init(&world.sandbox, &world.upstream_link, &world.ep, &ops, NULL),
	        OS_OK);
}

void world_fini(void)
{
	world.fail_call = 0;
	os_sandbox_fini(&world.sandbox);
	os_upstream_fini(&world.upstream_link);
	world_run();
	world_parent_forget();
	world_core_fini();
	assert_int_equal(world_held(), 0);
	assert_int_equal(world.heap.live, 0);
}

enum os_err world_apply(const char *config)
{
	if (world.by_config)
		world.sandbox.ops = &ops_by_config;

	enum os_err err = os_sandbox_apply(&world.sandbox, config, strlen(config));

	world_run();
	return err;
}
