/* SPDX-License-Identifier: BSD-2-Clause */
/* The mock's parent, PD, account, LOG, ROM and CPU session, behind generated dispatch functions. */

#include <api/cpu.h>
#include <api/log.h>
#include <api/rom.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "mock_core.h"

/* True if this allocation is the one to fail. */
static bool allocation_fails(void)
{
	return ++mock.allocations == mock.fail_at;
}

/* ---------------------------------------------------------------------- PD */

static enum os_err ds_info(struct dataspace_server *rpc, uint64_t *size, bool *writeable);
static const struct dataspace_ops ds_ops = { .info = ds_info };
/* One for each slot, so that info() knows which it is asked about. */
static struct dataspace_server ds_server[MOCK_SLOTS];

static enum os_err ds_info(struct dataspace_server *rpc, uint64_t *size, bool *writeable)
{
	const struct mock_slot *const s = &mock.slot[rpc - ds_server];

	*size = s->size;
	*writeable = s->writeable;
	return OS_OK;
}

static uint32_t dataspace_new(uint32_t type, uint64_t size, bool writeable)
{
	const uint32_t slot = mock_slot_new(type);
	struct mock_slot *const s = mock_slot(slot);

	s->size = os_align_up(OS_MAX(size, 1u), OS_PAGE_SIZE);
	s->memory = aligned_alloc(OS_PAGE_SIZE, s->size);
	memset(s->memory, 0, s->size);
	s->writeable = writeable;
	ds_server[slot] = (struct dataspace_server){ { .dispatch = dataspace_dispatch }, &ds_ops };
	s->remote = &ds_server[slot].object;
	return slot;
}

void mock_memory_release(struct mock_slot *slot)
{
	if (slot->attached || (slot->refs && !slot->gone))
		return;
	free(slot->memory);
	slot->memory = NULL;
}

static enum os_err rpc_alloc(struct pd_server *rpc, uint64_t size, struct account_cap account,
                             struct ram_dataspace_cap *ds)
{
	(void)rpc;
	if (account.cap.slot)
		mock_slot(account.cap.slot)->refs--;
	if (!size)
		return OS_ERR_INVALID;
	if (allocation_fails())
		return OS_ERR_OUT_OF_RAM;
	ds->cap.slot = dataspace_new(RAM_DATASPACE_TYPE, size, true);
	return OS_OK;
}

/* The same memory: a dataspace that shows what is in the origin's when this is asked for. */
static enum os_err rpc_read_only(struct pd_server *rpc, struct ram_dataspace_cap ds,
                                 struct rom_dataspace_cap *view)
{
	struct mock_slot *const origin = mock_slot(ds.cap.slot);

	(void)rpc;
	origin->refs--;
	if (allocation_fails())
		return OS_ERR_OUT_OF_CAPS;
	view->cap.slot = dataspace_new(ROM_DATASPACE_TYPE, origin->size, false);
	memcpy(mock.slot[view->cap.slot].memory, origin->memory, origin->size);
	return OS_OK;
}

static enum os_err rpc_free(struct pd_server *rpc, struct ram_dataspace_cap ds)
{
	struct mock_slot *const s = mock_slot(ds.cap.slot);

	(void)rpc;
	s->refs--;
	s->gone = true;
	mock_memory_release(s);
	return OS_OK;
}

static enum os_err rpc_leave(struct pd_server *rpc, struct account_cap account)
{
	(void)rpc;
	mock_slot(account.cap.slot)->refs--;
	mock.leaves++;
	return OS_OK;
}

static enum os_err rpc_rpc_object(struct pd_server *rpc, uint32_t ep, uint32_t badge, uint32_t type,
                                  struct account_cap account, struct os_cap *object)
{
	(void)rpc;
	if (account.cap.slot)
		mock_slot(account.cap.slot)->refs--;
	if (allocation_fails())
		return OS_ERR_OUT_OF_CAPS;
	object->slot = mock_slot_new(type);
	mock.slot[object->slot].own = true;
	mock.slot[object->slot].ep = ep;
	mock.slot[object->slot].badge = badge;
	return OS_OK;
}

static enum os_err rpc_signal_context(struct pd_server *rpc, uint32_t ep, uint32_t badge,
                                      struct account_cap account,
                                      struct signal_context_cap *context)
{
	return rpc_rpc_object(rpc, ep, badge, SIGNAL_CONTEXT_TYPE, account, &context->cap);
}

static enum os_err rpc_object_free(struct pd_server *rpc, struct os_cap object)
{
	struct mock_slot *const s = mock_slot(object.slot);

	(void)rpc;
	assert_true(s->own && !s->gone);
	s->refs--;
	s->gone = true;
	s->own = false;
	return OS_OK;
}

/* ----------------------------------------------------------------- account */

static enum os_err rpc_info(struct account_server *rpc, uint64_t *ram_limit, uint64_t *ram_used,
                            uint64_t *caps_limit, uint64_t *caps_used)
{
	(void)rpc;
	*ram_used = 1000;
	*ram_limit = *ram_used + mock.account_ram;
	*caps_used = 10;
	*caps_limit = *caps_used + mock.account_caps;
	return OS_OK;
}

static const struct account_ops account_ops = { .info = rpc_info };
static struct account_server account = { { .dispatch = account_dispatch }, &account_ops };

static uint32_t remote_new(struct os_rpc_object *object, uint32_t type)
{
	const uint32_t slot = mock_slot_new(type);

	mock.slot[slot].remote = object;
	return slot;
}

/* What an operation hands out is copied: the mock keeps a count of its own for each such slot. */
static uint32_t account_slot;

static enum os_err rpc_account(struct pd_server *rpc, struct account_cap *cap)
{
	(void)rpc;
	cap->cap.slot = account_slot;
	return OS_OK;
}

static const struct pd_ops pd_ops = { .alloc = rpc_alloc,
	                              .read_only = rpc_read_only,
	                              .free = rpc_free,
	                              .leave = rpc_leave,
	                              .rpc_object = rpc_rpc_object,
	                              .signal_context = rpc_signal_context,
	                              .object_free = rpc_object_free,
	                              .account = rpc_account };
static struct pd_server pd = { { .dispatch = pd_dispatch }, &pd_ops };

/* ---------------------------------------------------------------- sessions */

static enum os_err rpc_write(struct log_server *rpc, const char *text)
{
	(void)rpc;
	mock.lines++;
	snprintf(mock.line, sizeof(mock.line), "%s", text);
	return OS_OK;
}

static const struct log_ops log_ops = { .write = rpc_write };
static struct log_server log_object = { { .dispatch = log_dispatch }, &log_ops };

static uint32_t rom_slot; /* the content handed out last, of which the mock has a count */

static enum os_err rpc_dataspace(struct rom_server *rpc, struct rom_dataspace_cap *ds)
{
	(void)rpc;
	if (allocation_fails() || mock.upgraded_ram < mock.rom_ram)
		return OS_ERR_OUT_OF_RAM;
	if (mock.upgraded_caps < mock.rom_caps)
		return OS_ERR_OUT_OF_CAPS;
	if (rom_slot) {
		mock_slot(rom_slot)->refs--;
		mock_memory_release(&mock.slot[rom_slot]);
	}
	rom_slot = dataspace_new(ROM_DATASPACE_TYPE, strlen(mock.rom), false);
	memcpy(mock.slot[rom_slot].memory, mock.rom, strlen(mock.rom));
	ds->cap.slot = rom_slot;
	return OS_OK;
}

static enum os_err rpc_rom_sigh(struct rom_server *rpc, struct signal_context_cap handler)
{
	(void)rpc;
	mock.rom_sigh = handler;
	return OS_OK;
}

static const struct rom_ops rom_ops = { .dataspace = rpc_dataspace, .sigh = rpc_rom_sigh };
static struct rom_server rom = { { .dispatch = rom_dispatch }, &rom_ops };

static enum os_err rpc_thread(struct cpu_server *rpc, struct pd_cap domain, const char *name,
                              uint32_t priority, struct thread_cap *thread)
{
	(void)rpc;
	(void)name;
	(void)priority;
	mock_slot(domain.cap.slot)->refs--;
	if (allocation_fails())
		return OS_ERR_OUT_OF_CAPS;
	thread->cap.slot = mock_slot_new(THREAD_TYPE);
	return OS_OK;
}

static enum os_err rpc_thread_destroy(struct cpu_server *rpc, struct thread_cap thread)
{
	(void)rpc;
	mock_thread_destroy(thread.cap.slot);
	mock_slot(thread.cap.slot)->refs--;
	return OS_OK;
}

static const struct cpu_ops cpu_ops = { .thread = rpc_thread,
	                                .thread_destroy = rpc_thread_destroy };
static struct cpu_server cpu = { { .dispatch = cpu_dispatch }, &cpu_ops };
static uint32_t log_slot, rom_session_slot, cpu_slot, service_slot;

/* The session of the test's own service; the mock keeps a count of it. */
static uint32_t test_session_slot(void)
{
	if (!service_slot)
		service_slot = remote_new(mock.service_object, mock.service_type);
	return service_slot;
}

/* ------------------------------------------------------- parent: as a client */

static enum os_err rpc_session_open(struct parent_server *rpc, uint64_t id, const char *service,
                                    const char *label, const void *args, size_t args_size,
                                    const struct parent_affinity *affinity, uint64_t ram,
                                    uint64_t caps, struct os_cap *session)
{
	(void)rpc, (void)label, (void)args, (void)args_size, (void)affinity;
	mock.open_ids[mock.opens++ % 16] = id;
	mock.last_ram = ram;
	mock.last_caps = caps;
	if (ram > mock.account_ram || ram < mock.server_ram)
		return OS_ERR_OUT_OF_RAM;
	if (caps > mock.account_caps || caps < mock.server_caps)
		return OS_ERR_OUT_OF_CAPS;
	if (!strcmp(service, LOG_SERVICE))
		session->slot = log_slot;
	else if (!strcmp(service, ROM_SERVICE))
		session->slot = rom_session_slot;
	else if (mock.service && !strcmp(service, mock.service))
		session->slot = test_session_slot();
	else
		return OS_ERR_NO_ROUTE;
	return OS_OK;
}

static struct mock_session *session_find(uint64_t id)
{
	for (uint32_t i = 0; id && i < mock.session_count; i++)
		if (mock.sessions[i].id == id)
			return &mock.sessions[i];
	return NULL;
}

static enum os_err rpc_session_request(struct parent_server *rpc, uint64_t id, const char *service,
                                       const char *label, const void *args, size_t args_size,
                                       const struct parent_affinity *affinity, uint64_t ram,
                                       uint64_t caps)
{
	(void)rpc, (void)service, (void)label, (void)args, (void)args_size, (void)affinity;
	if (mock.request_error)
		return mock.request_error;
	if (ram > mock.account_ram)
		return OS_ERR_OUT_OF_RAM;
	if (caps > mock.account_caps)
		return OS_ERR_OUT_OF_CAPS;
	assert_true(mock.session_count < 64);
	mock.sessions[mock.session_count++] = (struct mock_session){
		.id = id, .state = PARENT_SESSION_STATE_REQUESTED, .ram = ram, .caps = caps
	};
	return OS_OK;
}

static enum os_err rpc_session_poll(struct parent_server *rpc, uint64_t id,
                                    enum parent_session_state *state, uint32_t *error,
                                    struct os_cap *session)
{
	const struct mock_session *const s = session_find(id);

	(void)rpc;
	if (!s)
		return OS_ERR_NOT_FOUND;
	if (mock.poll_error)
		return mock.poll_error;
	*state = s->state;
	*error = s->error;
	*session = (struct os_cap){ 0 };
	if (s->state == PARENT_SESSION_STATE_OPEN)
		session->slot = test_session_slot();
	return OS_OK;
}

static enum os_err rpc_session_sigh(struct parent_server *rpc, struct signal_context_cap handler)
{
	(void)rpc;
	mock.session_sigh = handler;
	return OS_OK;
}

static enum os_err rpc_session_close(struct parent_server *rpc, uint64_t id)
{
	struct mock_session *const asked = session_find(id);

	(void)rpc;
	mock.closes++;
	if (asked) {
		asked->id = 0;
		return OS_OK;
	}
	for (int i = 0; i < 16; i++)
		if (mock.open_ids[i] == id)
			return OS_OK;
	fail_msg("no session has this id");
	return OS_ERR_NOT_FOUND;
}

static enum os_err rpc_session_upgrade(struct parent_server *rpc, uint64_t id, uint64_t ram,
                                       uint64_t caps)
{
	(void)rpc, (void)id;
	mock.upgrades++;
	if (ram > mock.account_ram)
		return OS_ERR_OUT_OF_RAM;
	if (caps > mock.account_caps)
		return OS_ERR_OUT_OF_CAPS;
	mock.upgraded_ram += ram;
	mock.upgraded_caps += caps;
	return OS_OK;
}

static enum os_err rpc_resource_request(struct parent_server *rpc, uint64_t ram, uint64_t caps)
{
	(void)rpc;
	mock.resource_requests++;
	mock.resource_ram = ram;
	mock.resource_caps = caps;
	if (mock.resource_answer)
		return mock.resource_answer;
	mock.account_ram += ram;
	mock.account_caps += caps;
	return OS_OK;
}

static enum os_err rpc_resource_ask(struct parent_server *rpc, uint64_t ram, uint64_t caps,
                                    enum parent_resource_state *state)
{
	const enum os_err err = rpc_resource_request(rpc, ram, caps);

	*state = !err                    ? PARENT_RESOURCE_STATE_GRANTED
	         : err == OS_ERR_TIMEOUT ? PARENT_RESOURCE_STATE_PENDING
	                                 : PARENT_RESOURCE_STATE_DENIED;
	mock.resource_state = *state;
	return OS_OK;
}

static enum os_err rpc_resource_poll(struct parent_server *rpc, enum parent_resource_state *state)
{
	(void)rpc;
	*state = mock.resource_state;
	return OS_OK;
}

static enum os_err rpc_resource_cancel(struct parent_server *rpc)
{
	(void)rpc;
	mock.resource_state = PARENT_RESOURCE_STATE_NONE;
	return OS_OK;
}

static enum os_err rpc_resource_sigh(struct parent_server *rpc, struct signal_context_cap handler)
{
	(void)rpc;
	mock.resource_sigh = handler;
	return OS_OK;
}

static enum os_err rpc_yield_sigh(struct parent_server *rpc, struct signal_context_cap handler)
{
	(void)rpc;
	mock.yield_sigh = handler;
	return OS_OK;
}

static enum os_err rpc_yield_wanted(struct parent_server *rpc, uint64_t *ram, uint64_t *caps)
{
	(void)rpc;
	*ram = mock.wanted_ram;
	*caps = mock.wanted_caps;
	return OS_OK;
}

static enum os_err rpc_resource_yield(struct parent_server *rpc, uint64_t ram, uint64_t caps)
{
	(void)rpc;
	mock.yields++;
	mock.yield_ram += ram;
	mock.yield_caps += caps;
	return OS_OK;
}

static enum os_err rpc_environment(struct parent_server *rpc, enum parent_environment what,
                                   struct os_cap *session)
{
	(void)rpc;
	if (what != PARENT_ENVIRONMENT_CPU)
		return OS_ERR_NOT_FOUND;
	session->slot = cpu_slot;
	return OS_OK;
}

/* ------------------------------------------------------- parent: as a server */

static enum os_err rpc_announce(struct parent_server *rpc, const char *service)
{
	(void)rpc;
	mock.announced++;
	return strcmp(service, "forbidden") ? OS_OK : OS_ERR_DENIED;
}

static enum os_err rpc_request_sigh(struct parent_server *rpc, struct signal_context_cap handler)
{
	(void)rpc;
	mock.request_sigh = handler;
	return OS_OK;
}

static enum os_err rpc_request_next(struct parent_server *rpc, enum parent_request_kind *kind,
                                    uint64_t *id, char *service, char *label, void *args,
                                    size_t *args_size, struct parent_affinity *affinity,
                                    uint64_t *ram, uint64_t *caps, struct account_cap *cap)
{
	const struct mock_request *request;

	(void)rpc, (void)args, (void)affinity;
	*args_size = 0;
	*kind = PARENT_REQUEST_KIND_NONE;
	if (mock.request_next == mock.request_count)
		return OS_OK;
	if (allocation_fails())
		return OS_ERR_OUT_OF_CAPS;
	request = &mock.requests[mock.request_next++];
	*kind = request->kind;
	*id = request->id;
	if (request->kind != PARENT_REQUEST_KIND_CREATE)
		return OS_OK;
	strcpy(service, request->service);
	strcpy(label, request->label);
	*ram = 8192;
	*caps = 4;
	cap->cap.slot = account_slot;
	return OS_OK;
}

static enum os_err rpc_request_deliver(struct parent_server *rpc, uint64_t id,
                                       struct os_cap session)
{
	(void)rpc;
	mock_slot(session.slot)->refs--;
	if (id == 404)
		return OS_ERR_NOT_FOUND;
	mock.last_session = session;
	mock.delivered[mock.delivered_count++] = id;
	return OS_OK;
}

static enum os_err rpc_request_deny(struct parent_server *rpc, uint64_t id, uint32_t error)
{
	(void)rpc;
	mock.denied[mock.denied_count++] = id;
	mock.deny_error = error;
	return OS_OK;
}

static enum os_err rpc_request_closed(struct parent_server *rpc, uint64_t id)
{
	(void)rpc;
	mock.closed[mock.closed_count++] = id;
	return OS_OK;
}

static enum os_err rpc_request_draw(struct parent_server *rpc, uint64_t id, uint64_t ram,
                                    uint64_t caps)
{
	(void)rpc, (void)id;
	mock.drawn_ram += ram;
	mock.drawn_caps += caps;
	return mock.draw_error;
}

static enum os_err rpc_request_refuse(struct parent_server *rpc, uint32_t error)
{
	(void)rpc;
	mock.refused++;
	mock.deny_error = error;
	return OS_OK;
}

static enum os_err rpc_alive(struct parent_server *rpc)
{
	(void)rpc;
	mock.alive++;
	return OS_OK;
}

static const struct parent_ops parent_ops = {
	.session_open = rpc_session_open,
	.session_request = rpc_session_request,
	.session_poll = rpc_session_poll,
	.session_sigh = rpc_session_sigh,
	.session_close = rpc_session_close,
	.session_upgrade = rpc_session_upgrade,
	.resource_request = rpc_resource_request,
	.resource_ask = rpc_resource_ask,
	.resource_poll = rpc_resource_poll,
	.resource_cancel = rpc_resource_cancel,
	.resource_sigh = rpc_resource_sigh,
	.resource_yield = rpc_resource_yield,
	.yield_sigh = rpc_yield_sigh,
	.yield_wanted = rpc_yield_wanted,
	.environment = rpc_environment,
	.announce = rpc_announce,
	.request_sigh = rpc_request_sigh,
	.request_next = rpc_request_next,
	.request_deliver = rpc_request_deliver,
	.request_deny = rpc_request_deny,
	.request_closed = rpc_request_closed,
	.request_draw = rpc_request_draw,
	.request_refuse = rpc_request_refuse,
	.alive = rpc_alive,
};
static struct parent_server parent = { { .dispatch = parent_dispatch }, &parent_ops };

void mock_core_init(void)
{
	mock.account_ram = 1 << 20;
	mock.account_caps = 100;
	mock.rom = "<config/>";
	rom_slot = service_slot = 0;
	mock.slot[OS_CAP_SLOT_PARENT] = (struct mock_slot){ .refs = 1, .remote = &parent.object };
	mock.slot[OS_CAP_SLOT_PD] =
	        (struct mock_slot){ .refs = 1, .type = PD_TYPE, .remote = &pd.object };
	mock.slot[OS_CAP_SLOT_THREAD] = (struct mock_slot){ .refs = 1 };
	account_slot = remote_new(&account.object, ACCOUNT_TYPE);
	log_slot = remote_new(&log_object.object, LOG_TYPE);
	rom_session_slot = remote_new(&rom.object, ROM_TYPE);
	cpu_slot = remote_new(&cpu.object, CPU_TYPE);
}
