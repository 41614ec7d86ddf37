/* SPDX-License-Identifier: BSD-2-Clause */
/* Core and the parent of the component under test, behind generated dispatch functions. */

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <cmocka.h>

#include "world_core.h"

static const struct account_ops account_ops;
static struct parent_server parent;
static struct pd_server own_pd;

/* ------------------------------------------------------------------ accounts */

static struct world_account *account_new(struct world_account *above, uint64_t ram, uint64_t caps)
{
	struct world_account *account = calloc(1, sizeof(*account));

	*account =
	        (struct world_account){ .rpc = { { .dispatch = account_dispatch }, &account_ops },
		                        .parent = above,
		                        .ram = ram,
		                        .caps = caps };
	account->slot = world_slot(ACCOUNT_TYPE, &account->rpc.object);
	return account;
}

struct world_account *world_account_of(struct os_cap cap)
{
	struct world_object *object = &world.object[cap.slot];

	assert_int_equal(object->type, ACCOUNT_TYPE);
	if (!object->exists || !object->rpc)
		return NULL; /* gone, or not core's */
	return container_of(object->rpc, struct world_account, rpc.object);
}

static void account_end(struct world_account *account)
{
	for (uint32_t i = 1; i < WORLD_OBJECTS; i++) {
		struct world_object *object = &world.object[i];
		struct world_account *child;

		if (!object->exists || object->type != ACCOUNT_TYPE || !object->rpc)
			continue;
		child = container_of(object->rpc, struct world_account, rpc.object);
		if (child->parent == account)
			child->parent = account->parent;
	}
	account->parent->ram += account->ram;
	account->parent->caps += account->caps;
	world.object[account->slot].exists = false;
	world.object[account->slot].rpc = NULL;
	free(account);
}

static struct world_account *self(struct account_server *rpc)
{
	return container_of(rpc, struct world_account, rpc);
}

static enum os_err move(struct world_account *from, struct world_account *to, uint64_t ram,
                        uint64_t caps)
{
	if (from->ram - from->ram_used < ram)
		return OS_ERR_OUT_OF_RAM;
	if (from->caps - from->caps_used < caps)
		return OS_ERR_OUT_OF_CAPS;
	from->ram -= ram;
	from->caps -= caps;
	to->ram += ram;
	to->caps += caps;
	return OS_OK;
}

static enum os_err acc_info(struct account_server *rpc, uint64_t *ram, uint64_t *ram_used,
                            uint64_t *caps, uint64_t *caps_used)
{
	*ram = self(rpc)->ram;
	*caps = self(rpc)->caps;
	*ram_used = self(rpc)->ram_used;
	*caps_used = self(rpc)->caps_used;
	return OS_OK;
}

static enum os_err acc_create(struct account_server *rpc, uint64_t ram, uint64_t caps,
                              struct account_cap *child)
{
	struct world_account *account = account_new(self(rpc), 0, 0);
	enum os_err err = move(self(rpc), account, ram, caps);

	if (err)
		account_end(account);
	else
		child->cap.slot = account->slot;
	return err;
}

static enum os_err acc_transfer(struct account_server *rpc, struct account_cap to, uint64_t ram,
                                uint64_t caps)
{
	struct world_account *target = world_account_of(to.cap);

	if (!target || (target != self(rpc)->parent && target->parent != self(rpc)))
		return OS_ERR_DENIED;
	return move(self(rpc), target, ram, caps);
}

static enum os_err acc_close(struct account_server *rpc, struct account_cap child)
{
	struct world_account *account = world_account_of(child.cap);

	if (!account)
		return OS_ERR_CAP_INVALID;
	if (account->parent != self(rpc))
		return OS_ERR_DENIED;
	for (size_t i = 0; i < WORLD_UPSTREAM; i++)
		if (world.upstream[i].account == account)
			world.upstream[i].account = NULL;
	account_end(account);
	return OS_OK;
}

static const struct account_ops account_ops = {
	.info = acc_info,
	.create = acc_create,
	.transfer = acc_transfer,
	.close = acc_close,
};

/* ------------------------------------------------------------------ PD, CPU, ROM */

static struct world_session *of_pd(struct pd_server *rpc)
{
	return container_of(rpc, struct world_session, pd);
}

static enum os_err pd_get_account(struct pd_server *rpc, struct account_cap *account)
{
	if (rpc == &own_pd)
		account->cap.slot = world.own->slot;
	else
		account->cap.slot = of_pd(rpc)->account->slot;
	return OS_OK;
}

static enum os_err pd_do_endow(struct pd_server *rpc, struct account_cap account)
{
	struct world_account *const given = world_account_of(account.cap);

	assert_true(given != world.own);
	of_pd(rpc)->account = given;
	return OS_OK;
}

static enum os_err pd_do_load(struct pd_server *rpc, struct dataspace_cap binary, struct os_cap up,
                              struct os_cap own)
{
	assert_int_equal(world.object[own.slot].type, PD_TYPE);
	assert_int_equal(world.object[binary.cap.slot].type, ROM_DATASPACE_TYPE);
	if (world.broken || os_str_equal(of_pd(rpc)->label, "broken"))
		return OS_ERR_BINARY;
	of_pd(rpc)->parent_slot = up.slot;
	return OS_OK;
}

static enum os_err pd_do_read_only(struct pd_server *rpc, struct ram_dataspace_cap ds,
                                   struct rom_dataspace_cap *view)
{
	(void)rpc;
	view->cap.slot = world_slot(ROM_DATASPACE_TYPE, NULL);
	world_memory[view->cap.slot] = world_memory[ds.cap.slot];
	world_view_of[ds.cap.slot] = view->cap.slot;
	return OS_OK;
}

static enum os_err pd_do_state_sigh(struct pd_server *rpc, struct signal_context_cap handler)
{
	of_pd(rpc)->state_sigh = handler;
	return OS_OK;
}

static enum os_err pd_do_state(struct pd_server *rpc, enum pd_state *state, char *text)
{
	*state = of_pd(rpc)->pd_state;
	return os_str_copy(text, PD_STATE_TEXT_SIZE,
	                   *state == PD_STATE_CRASHED ? "segmentation fault at 0x0" : "");
}

static const struct pd_ops pd_ops = { .account = pd_get_account,
	                              .read_only = pd_do_read_only,
	                              .endow = pd_do_endow,
	                              .load_virtual = pd_do_load,
	                              .state_sigh = pd_do_state_sigh,
	                              .state = pd_do_state };

static enum os_err cpu_do_thread(struct cpu_server *rpc, struct pd_cap pd, const char *name,
                                 uint32_t priority, struct thread_cap *thread)
{
	struct world_session *session = container_of(rpc, struct world_session, cpu);

	(void)name;
	(void)priority;
	assert_int_equal(world.object[pd.cap.slot].type, PD_TYPE);
	thread->cap.slot = session->thread_slot;
	return OS_OK;
}

static enum os_err thread_do_start(struct thread_server *rpc, uint64_t entry, uint64_t stack_top)
{
	(void)entry;
	(void)stack_top;
	container_of(rpc, struct world_session, thread)->started = true;
	return OS_OK;
}

static enum os_err rom_do_dataspace(struct rom_server *rpc, struct rom_dataspace_cap *ds)
{
	ds->cap.slot = container_of(rpc, struct world_session, rom)->binary_slot;
	return OS_OK;
}

static enum os_err rom_do_sigh(struct rom_server *rpc, struct signal_context_cap handler)
{
	container_of(rpc, struct world_session, rom)->changed_sigh = handler;
	return OS_OK;
}

static const struct cpu_ops cpu_ops = { .thread = cpu_do_thread };
static const struct thread_ops thread_ops = { .start = thread_do_start };
static const struct rom_ops rom_ops = { .dataspace = rom_do_dataspace, .sigh = rom_do_sigh };
static const struct log_ops log_ops = { 0 };

static void session_make(struct world_session *s, const void *args, size_t size)
{
	struct cpu_args cpu_args;

	s->state = PARENT_SESSION_STATE_OPEN;
	if (os_str_equal(s->service, "PD")) {
		s->pd = (struct pd_server){ { .dispatch = pd_dispatch }, &pd_ops };
		s->slot = world_slot(PD_TYPE, &s->pd.object);
	} else if (os_str_equal(s->service, "CPU")) {
		assert_int_equal(cpu_args_decode(args, size, &cpu_args), OS_OK);
		s->priority_limit = cpu_args.priority_limit;
		s->cpu = (struct cpu_server){ { .dispatch = cpu_dispatch }, &cpu_ops };
		s->thread = (struct thread_server){ { .dispatch = thread_dispatch }, &thread_ops };
		s->slot = world_slot(CPU_TYPE, &s->cpu.object);
		s->thread_slot = world_slot(THREAD_TYPE, &s->thread.object);
	} else if (os_str_equal(s->service, "ROM")) {
		s->rom = (struct rom_server){ { .dispatch = rom_dispatch }, &rom_ops };
		s->slot = world_slot(ROM_TYPE, &s->rom.object);
		s->binary_slot = world_slot(ROM_DATASPACE_TYPE, NULL);
		if (os_str_equal(os_label_last(s->label), "missing")) {
			s->state = PARENT_SESSION_STATE_FAILED;
			s->error = OS_ERR_NOT_FOUND;
		}
	} else {
		s->log = (struct log_server){ { .dispatch = log_dispatch }, &log_ops };
		s->slot = world_slot(LOG_TYPE, &s->log.object);
		if (os_str_equal(s->service, "Slow"))
			s->state = PARENT_SESSION_STATE_REQUESTED;
	}
}

/* ------------------------------------------------------------------ the parent */

static struct world_session *find(uint64_t id)
{
	for (size_t i = 0; i < WORLD_UPSTREAM; i++)
		if (world.upstream[i].used && world.upstream[i].id == id)
			return &world.upstream[i];
	return NULL;
}

static struct world_session *find_free(void)
{
	for (size_t i = 0; i < WORLD_UPSTREAM; i++)
		if (!world.upstream[i].used)
			return &world.upstream[i];
	fail_msg("too many sessions");
	return NULL;
}

static enum os_err up_request(struct parent_server *rpc, uint64_t id, const char *service,
                              const char *label, const void *args, size_t args_size,
                              const struct parent_affinity *affinity, uint64_t ram, uint64_t caps)
{
	struct world_session *session = find_free();

	(void)rpc;
	(void)affinity;
	if (find(id))
		return OS_ERR_EXISTS;
	if (os_str_equal(service, "Nowhere"))
		return OS_ERR_NO_ROUTE;
	if (world.own->ram < ram || world.own->ram - ram < WORLD_SESSION_RAM)
		return OS_ERR_OUT_OF_RAM;
	if (world.own->caps < caps || world.own->caps - caps < WORLD_SESSION_CAPS)
		return OS_ERR_OUT_OF_CAPS;
	*session = (struct world_session){ .id = id, .used = true, .ram = ram, .caps = caps };
	assert_int_equal(os_str_copy(session->service, 32, service), OS_OK);
	assert_int_equal(os_str_copy(session->label, 160, label), OS_OK);
	world.own->ram -= ram + WORLD_SESSION_RAM;
	world.own->caps -= caps + WORLD_SESSION_CAPS;
	session_make(session, args, args_size);
	return OS_OK;
}

static enum os_err up_poll(struct parent_server *rpc, uint64_t id, enum parent_session_state *state,
                           uint32_t *error, struct os_cap *cap)
{
	struct world_session *session = find(id);

	(void)rpc;
	if (!session)
		return OS_ERR_NOT_FOUND;
	*state = session->state;
	*error = session->error;
	cap->slot = session->state == PARENT_SESSION_STATE_OPEN ? session->slot : 0;
	return OS_OK;
}

static enum os_err up_ask(struct parent_server *rpc, uint64_t id, const char *service,
                          const char *label, const void *args, size_t args_size,
                          const struct parent_affinity *affinity, uint64_t ram, uint64_t caps,
                          enum parent_session_state *state, uint32_t *error, struct os_cap *cap)
{
	const enum os_err err =
	        up_request(rpc, id, service, label, args, args_size, affinity, ram, caps);

	return err ? err : up_poll(rpc, id, state, error, cap);
}

static enum os_err up_upgrade(struct parent_server *rpc, uint64_t id, uint64_t ram, uint64_t caps)
{
	struct world_session *session = find(id);

	(void)rpc;
	if (!session)
		return OS_ERR_NOT_FOUND;
	if (world.own->ram < ram)
		return OS_ERR_OUT_OF_RAM;
	world.own->ram -= ram;
	world.own->caps -= caps;
	session->ram += ram;
	session->caps += caps;
	return OS_OK;
}

static void destroy(uint32_t slot)
{
	world.object[slot].exists = false;
	world.object[slot].rpc = NULL;
}

static void forget(struct world_session *session)
{
	if (session->account)
		account_end(session->account);
	destroy(session->slot);
	destroy(session->thread_slot);
	destroy(session->binary_slot);
	world.own->ram += session->ram + WORLD_SESSION_RAM;
	world.own->caps += session->caps + WORLD_SESSION_CAPS;
	session->used = false;
}

struct world_session *world_core_session(const char *service, const char *label)
{
	const struct cpu_args cpu_args = { 0 };
	struct world_session *session = find_free();
	struct cpu_args_wire wire;

	assert_int_equal(cpu_args_encode(&wire, cpu_args.priority_limit), OS_OK);
	*session = (struct world_session){ .id = UINT64_MAX, .used = true };
	assert_int_equal(os_str_copy(session->service, 32, service), OS_OK);
	assert_int_equal(os_str_copy(session->label, 160, label), OS_OK);
	session_make(session, &wire, sizeof(wire));
	return session;
}

void world_core_session_end(struct world_session *session)
{
	if (session->account)
		account_end(session->account);
	destroy(session->slot);
	destroy(session->thread_slot);
	session->used = false;
}

static enum os_err up_close(struct parent_server *rpc, uint64_t id)
{
	struct world_session *session = find(id);

	(void)rpc;
	if (!session)
		return OS_ERR_NOT_FOUND;
	session->state = PARENT_SESSION_STATE_CLOSING;
	if (!world.close_slowly)
		forget(session);
	return OS_OK;
}

static enum os_err up_end(struct parent_server *rpc, uint64_t id, bool *over)
{
	const enum os_err err = up_close(rpc, id);

	*over = !find(id);
	return err;
}

static enum os_err up_sigh(struct parent_server *rpc, struct signal_context_cap handler)
{
	(void)rpc;
	world.session_sigh = handler;
	return OS_OK;
}

/* ------------------------------------------------------------------ the parent asks */

struct world_incoming *world_incoming(uint64_t id)
{
	return id && id <= world.incoming_count ? &world.incoming[id - 1] : NULL;
}

static enum os_err up_announce(struct parent_server *rpc, const char *service)
{
	(void)rpc;
	if (os_str_equal(service, "Unwanted"))
		return OS_ERR_DENIED;
	for (uint32_t i = 0; i < world.announced_count; i++)
		if (os_str_equal(world.announced[i], service))
			return OS_ERR_EXISTS;
	assert_true(world.announced_count < OS_ARRAY_SIZE(world.announced));
	return os_str_copy(world.announced[world.announced_count++], 32, service);
}

static enum os_err up_request_sigh(struct parent_server *rpc, struct signal_context_cap handler)
{
	(void)rpc;
	world.request_sigh = handler;
	return OS_OK;
}

/* Take what is to be told next of `incoming`. */
static enum parent_request_kind take(struct world_incoming *incoming)
{
	if (incoming->state == WORLD_ASKED) {
		incoming->state = WORLD_FETCHED;
		return PARENT_REQUEST_KIND_CREATE;
	}
	if (incoming->close) {
		incoming->close = false;
		incoming->close_told = true;
		return PARENT_REQUEST_KIND_CLOSE;
	}
	if (incoming->upgrade) {
		incoming->upgrade = false;
		return PARENT_REQUEST_KIND_UPGRADE;
	}
	return PARENT_REQUEST_KIND_NONE;
}

static enum os_err up_request_next(struct parent_server *rpc, enum parent_request_kind *kind,
                                   uint64_t *id, char *service, char *label, void *args,
                                   size_t *args_size, struct parent_affinity *affinity,
                                   uint64_t *ram, uint64_t *caps, struct account_cap *account)
{
	(void)rpc;
	for (uint64_t i = 1; i <= world.incoming_count; i++) {
		struct world_incoming *incoming = world_incoming(i);

		if ((*kind = take(incoming)) == PARENT_REQUEST_KIND_NONE)
			continue;
		*id = i;
		if (*kind != PARENT_REQUEST_KIND_CREATE)
			return OS_OK;
		assert_int_equal(os_str_copy(service, 32, incoming->service), OS_OK);
		assert_int_equal(os_str_copy(label, 160, incoming->label), OS_OK);
		memcpy(args, "args", *args_size = 4);
		affinity->x = 7;
		*ram = incoming->account->ram;
		*caps = incoming->account->caps;
		account->cap.slot = incoming->account->slot;
		return OS_OK;
	}
	return OS_OK;
}

/* As a parent does, it takes back what is drawn still. */
static void incoming_end(struct world_incoming *incoming, enum world_incoming_state state)
{
	assert_int_equal(
	        move(world.own, incoming->account, incoming->drawn.ram, incoming->drawn.caps),
	        OS_OK);
	incoming->drawn = (struct os_quota){ 0 };
	account_end(incoming->account);
	incoming->account = NULL;
	incoming->state = state;
}

static enum os_err up_request_deliver(struct parent_server *rpc, uint64_t id, struct os_cap session)
{
	struct world_incoming *incoming = world_incoming(id);

	(void)rpc;
	if (!incoming || incoming->state != WORLD_FETCHED)
		return OS_ERR_NOT_FOUND;
	incoming->state = WORLD_DELIVERED;
	incoming->slot = session.slot;
	return OS_OK;
}

static enum os_err up_request_deny(struct parent_server *rpc, uint64_t id, uint32_t error)
{
	struct world_incoming *incoming = world_incoming(id);

	(void)rpc;
	if (!incoming || incoming->state != WORLD_FETCHED)
		return OS_ERR_NOT_FOUND;
	incoming->error = (enum os_err)error;
	incoming_end(incoming, WORLD_DENIED);
	return OS_OK;
}

static enum os_err up_request_closed(struct parent_server *rpc, uint64_t id)
{
	struct world_incoming *incoming = world_incoming(id);

	(void)rpc;
	if (!incoming || incoming->state != WORLD_DELIVERED || incoming->close)
		return OS_ERR_NOT_FOUND;
	incoming_end(incoming, WORLD_CLOSED);
	return OS_OK;
}

static enum os_err up_request_draw(struct parent_server *rpc, uint64_t id, uint64_t ram,
                                   uint64_t caps)
{
	struct world_incoming *incoming = world_incoming(id);
	enum os_err err;

	(void)rpc;
	if (!incoming || !incoming->account)
		return OS_ERR_NOT_FOUND;
	if ((err = move(incoming->account, world.own, ram, caps)))
		return err;
	assert_true(os_quota_add(&incoming->drawn, (struct os_quota){ ram, caps }));
	return OS_OK;
}

static enum os_err up_request_return(struct parent_server *rpc, uint64_t id, uint64_t ram,
                                     uint64_t caps)
{
	struct world_incoming *incoming = world_incoming(id);

	(void)rpc;
	if (!incoming || !incoming->account)
		return OS_ERR_NOT_FOUND;
	if (!os_quota_sub(&incoming->drawn, (struct os_quota){ ram, caps }))
		return OS_ERR_RANGE;
	return move(world.own, incoming->account, ram, caps);
}

static void signal_request(void)
{
	if (world.object[world.request_sigh.cap.slot].exists)
		assert_int_equal(os_signal_submit(world.request_sigh, 1), OS_OK);
}

uint64_t world_ask(const char *service, const char *label)
{
	struct world_incoming *incoming = &world.incoming[world.incoming_count++];

	assert_true(world.incoming_count <= WORLD_INCOMING);
	*incoming = (struct world_incoming){ .state = WORLD_ASKED };
	assert_int_equal(os_str_copy(incoming->service, 32, service), OS_OK);
	assert_int_equal(os_str_copy(incoming->label, 160, label), OS_OK);
	incoming->account = account_new(world.client, 0, 0);
	assert_int_equal(move(world.client, incoming->account, 8192, 4), OS_OK);
	signal_request();
	return world.incoming_count;
}

void world_ask_upgrade(uint64_t id)
{
	assert_int_equal(move(world.client, world_incoming(id)->account, 4096, 1), OS_OK);
	world_incoming(id)->upgrade = true;
	signal_request();
}

void world_ask_close(uint64_t id)
{
	world_incoming(id)->close = true;
	signal_request();
}

/* The component is gone: whatever it fetched, it must have answered. */
static void end_incoming(void)
{
	for (uint32_t i = 0; i < world.incoming_count; i++) {
		struct world_incoming *incoming = &world.incoming[i];

		assert_int_not_equal(incoming->state, WORLD_FETCHED);
		assert_false(incoming->state == WORLD_DELIVERED && !incoming->close);
		if (incoming->account)
			incoming_end(incoming, WORLD_CLOSED);
	}
}

static void give_more(void)
{
	world.own->ram += world.more.ram;
	world.own->caps += world.more.caps;
	world.given.ram += world.more.ram;
	world.given.caps += world.more.caps;
}

static enum os_err up_resource_ask(struct parent_server *rpc, uint64_t ram, uint64_t caps,
                                   enum parent_resource_state *state)
{
	(void)rpc;
	world.more = (struct os_quota){ ram, caps };
	*state = world.more_answer;
	if (*state != PARENT_RESOURCE_STATE_GRANTED)
		return OS_OK;
	give_more();
	return OS_OK;
}

static enum os_err up_resource_poll(struct parent_server *rpc, enum parent_resource_state *state)
{
	(void)rpc;
	*state = world.more_answer;
	return OS_OK;
}

static enum os_err up_resource_sigh(struct parent_server *rpc, struct signal_context_cap handler)
{
	(void)rpc;
	world.resource_sigh = handler;
	return OS_OK;
}

static enum os_err up_yield_sigh(struct parent_server *rpc, struct signal_context_cap handler)
{
	(void)rpc;
	world.yield_sigh = handler;
	return OS_OK;
}

static enum os_err up_yield_wanted(struct parent_server *rpc, uint64_t *ram, uint64_t *caps)
{
	(void)rpc;
	*ram = world.wanted.ram;
	*caps = world.wanted.caps;
	return OS_OK;
}

static enum os_err up_resource_yield(struct parent_server *rpc, uint64_t ram, uint64_t caps)
{
	(void)rpc;
	assert_true(world.own->ram >= ram && world.own->caps >= caps);
	world.own->ram -= ram;
	world.own->caps -= caps;
	world.yielded.ram += ram;
	world.yielded.caps += caps;
	world.wanted.ram -= OS_MIN(world.wanted.ram, ram);
	world.wanted.caps -= OS_MIN(world.wanted.caps, caps);
	return OS_OK;
}

void world_parent_decide(enum parent_resource_state state)
{
	world.more_answer = state;
	if (state == PARENT_RESOURCE_STATE_GRANTED)
		give_more();
	assert_int_equal(os_signal_submit(world.resource_sigh, 1), OS_OK);
	world_run();
}

void world_parent_wants(uint64_t ram, uint64_t caps)
{
	world.wanted = (struct os_quota){ ram, caps };
	assert_int_equal(os_signal_submit(world.yield_sigh, 1), OS_OK);
	world_run();
}

static const struct parent_ops parent_ops = { .session_request = up_request,
	                                      .session_poll = up_poll,
	                                      .session_ask = up_ask,
	                                      .session_end = up_end,
	                                      .session_upgrade = up_upgrade,
	                                      .session_close = up_close,
	                                      .session_sigh = up_sigh,
	                                      .announce = up_announce,
	                                      .request_sigh = up_request_sigh,
	                                      .request_next = up_request_next,
	                                      .request_deliver = up_request_deliver,
	                                      .request_deny = up_request_deny,
	                                      .request_closed = up_request_closed,
	                                      .request_draw = up_request_draw,
	                                      .request_return = up_request_return,
	                                      .resource_ask = up_resource_ask,
	                                      .resource_poll = up_resource_poll,
	                                      .resource_sigh = up_resource_sigh,
	                                      .resource_yield = up_resource_yield,
	                                      .yield_sigh = up_yield_sigh,
	                                      .yield_wanted = up_yield_wanted };

void world_parent_answer(struct world_session *session, enum parent_session_state state,
                         enum os_err error)
{
	session->state = state;
	session->error = error;
	assert_int_equal(os_signal_submit(world.session_sigh, 1), OS_OK);
	world_run();
}

void world_parent_forget(void)
{
	uint32_t count = 0;

	for (size_t i = 0; i < WORLD_UPSTREAM; i++) {
		struct world_session *session = &world.upstream[i];

		if (!session->used || session->state != PARENT_SESSION_STATE_CLOSING)
			continue;
		forget(session);
		count++;
	}
	if (count && world.object[world.session_sigh.cap.slot].exists)
		assert_int_equal(os_signal_submit(world.session_sigh, count), OS_OK);
	world_run();
}

/* ------------------------------------------------------------------ children */

struct world_session *world_find(const char *service, const char *label)
{
	for (size_t i = 0; i < WORLD_UPSTREAM; i++) {
		struct world_session *session = &world.upstream[i];

		if (session->used && os_str_equal(session->service, service) &&
		    os_str_equal(session->label, label))
			return session;
	}
	return NULL;
}

struct parent_cap world_child(const char *name)
{
	struct world_session *session = world_find("PD", name);

	assert_non_null(session);
	return (struct parent_cap){ { session->parent_slot } };
}

struct world_fetched world_fetch(const char *server)
{
	struct world_fetched f = { 0 };

	assert_int_equal(parent_request_next(world_child(server), &f.kind, &f.id, f.service,
	                                     f.label, f.args, &f.args_size, &f.affinity, &f.ram,
	                                     &f.caps, &f.account),
	                 OS_OK);
	return f;
}

void world_alive(const char *name)
{
	assert_int_equal(parent_alive(world_child(name)), OS_OK);
	world_run();
}

void world_use(const char *name, uint64_t ram, uint64_t caps)
{
	struct world_account *account = world_find("PD", name)->account;

	assert_true(ram <= account->ram && caps <= account->caps);
	account->ram_used = ram;
	account->caps_used = caps;
}

void world_rom_changes(const char *label, bool really)
{
	struct world_session *session = world_find("ROM", label);

	assert_non_null(session);
	if (really) {
		destroy(session->binary_slot);
		session->binary_slot = world_slot(ROM_DATASPACE_TYPE, NULL);
	}
	assert_int_equal(os_signal_submit(session->changed_sigh, 1), OS_OK);
	world_run();
}

void world_pd_ends(const char *name, enum pd_state state)
{
	struct world_session *session = world_find("PD", name);

	assert_non_null(session);
	session->pd_state = state;
	assert_int_equal(os_signal_submit(session->state_sigh, 1), OS_OK);
	world_run();
}

void world_core_init(void)
{
	parent = (struct parent_server){ { .dispatch = parent_dispatch }, &parent_ops };
	own_pd = (struct pd_server){ { .dispatch = pd_dispatch }, &pd_ops };
	world.own = account_new(NULL, WORLD_RAM, WORLD_CAPS);
	world.client = account_new(NULL, WORLD_RAM, WORLD_CAPS);
	world.env.parent.cap.slot = world_slot(PARENT_TYPE, &parent.object);
	world.env.pd.cap.slot = world_slot(PD_TYPE, &own_pd.object);
}

void world_core_fini(void)
{
	for (size_t i = 0; i < WORLD_UPSTREAM; i++)
		assert_false(world.upstream[i].used);
	end_incoming();
	assert_int_equal(world.own->ram + world.yielded.ram, WORLD_RAM + world.given.ram);
	assert_int_equal(world.own->caps + world.yielded.caps, WORLD_CAPS + world.given.caps);
	assert_int_equal(world.client->ram, WORLD_RAM);
	assert_int_equal(world.client->caps, WORLD_CAPS);
	free(world.own);
	free(world.client);
	world.own = world.client = NULL;
}
