/* SPDX-License-Identifier: BSD-2-Clause */
/* Protection domains: their life from an empty session to the end, and api/pd.rpc. */

#include "core.h"
#include <abi/platform.h>
#include <osier/format.h>
#include <osier/string.h>

enum {
	BINARY_SPAN_MAX = 1 << 30, /* bytes of address space for one binary */
	ADDRESS_SPACE_SHIFT = 47,
};

/*
 *  EMPTY --- pd_set_account: account, platform side, main entrypoint
 *    | pd_prepare: binary checked, well-known slots filled
 *  READY
 *    | main thread started
 *  RUNNING
 *    | pd_ended: threads and entrypoints destroyed
 *  EXITED, CRASHED, KILLED --- memory and slots stay until the session is closed: pd_release
 */

static const struct pd_ops ops;

static bool has_ended(const struct pd *pd)
{
	return pd->state >= PD_STATE_EXITED;
}

static void destroy(struct object *object)
{
	struct pd *pd = container_of(object, struct pd, object);
	struct account *account = pd->account;

	pd_release(pd);
	trace_recorder_ended(pd);
	if (account)
		account_destroy(account);
	if (pd->address_space)
		object_destroy(&pd->address_space->object);
	sigh_fini(&pd->state_sigh);
	if (core.root == pd)
		core.root = NULL;
	os_list_remove(&core.pds, &pd->node);
}

enum os_err pd_create(struct account *account, const char *label, struct pd **out)
{
	struct region_map *map;
	struct object *object;
	struct pd *pd;
	enum os_err err;

	if (strlen(label) >= sizeof(pd->label))
		return OS_ERR_TOO_LONG;
	if ((err = region_map_new(account, UINT64_C(1) << ADDRESS_SPACE_SHIFT, &map)))
		return err;
	if ((err = object_create(sizeof(*pd), OBJECT_PD, PD_TYPE, account, 0, destroy, &object))) {
		object_destroy(&map->object);
		return err;
	}
	pd = container_of(object, struct pd, object);
	memcpy(pd->label, label, strlen(label) + 1);
	pd->rpc.ops = &ops;
	object_serve(&pd->object, &pd->rpc.object, pd_dispatch);
	pd->address_space = map;
	map->pd = pd;
	map->account = NULL; /* the PD itself pays for what it attaches, once it can */
	os_list_append(&core.pds, &pd->node);
	*out = pd;
	return OS_OK;
}

enum os_err pd_session_create(const struct session_request *request, struct object **out)
{
	struct pd *pd;
	enum os_err err = pd_create(request->account, request->label, &pd);

	if (!err)
		*out = &pd->object;
	return err;
}

enum os_err pd_set_account(struct pd *pd, struct account *account)
{
	struct entrypoint *ep;
	enum os_err err;

	if (pd->account || has_ended(pd))
		return OS_ERR_EXISTS;
	if ((err = account_charge(account, PLATFORM_PD_RAM,
	                          PLATFORM_PD_SCARCE * core.scarce_price)))
		return err;
	pd->account = account;
	if ((err = platform_pd_init(pd)))
		goto refund;
	if ((err = entrypoint_create(pd, OS_EP_MAIN, &ep)))
		goto fini;
	account->pd = pd;
	OS_ASSERT(platform_slots_limit(account, account->quota.caps_limit -
	                                                account->quota.caps_used) == OS_OK);
	pd->address_space->account = account;
	return OS_OK;
fini:
	platform_pd_fini(pd);
refund:
	pd->account = NULL;
	account_refund(account, PLATFORM_PD_RAM, PLATFORM_PD_SCARCE * core.scarce_price);
	return err;
}

enum os_err pd_set_quota(struct pd *pd, struct account *from, uint64_t ram, uint64_t caps)
{
	struct account *account;
	enum os_err err;

	if (pd->account || has_ended(pd))
		return OS_ERR_EXISTS;
	if ((err = account_split(from, ram, caps, &account)))
		return err;
	if ((err = pd_set_account(pd, account)))
		account_destroy(account);
	return err;
}

/* ------------------------------------------------------------------ loading */

/* Check the binary and keep what its headers say; the file may change as it likes afterwards. */
static enum os_err read_binary(struct pd *pd, struct dataspace *binary)
{
	void *data = platform_memory_map(&binary->memory, binary->size, false);
	uint32_t version = 0;
	enum os_err err;

	if (!data)
		return OS_ERR_OUT_OF_RAM;
	if ((err = os_elf_init(&pd->elf, data, binary->size, BINARY_SPAN_MAX))) {
		core_log("PD: binary of \"%s\" refused: %s", pd->label, os_elf_reason(&pd->elf));
	} else if (os_elf_abi_version(&pd->elf, &version) || version == 0 ||
	           version > OS_ABI_VERSION) {
		core_log("PD: binary of \"%s\" refused: made for ABI version %u, this is %u",
		         pd->label, version, OS_ABI_VERSION);
		err = OS_ERR_BINARY;
	}
	pd->elf.data = NULL;
	platform_memory_unmap(data, binary->size);
	return err;
}

enum os_err pd_prepare(struct pd *pd, struct dataspace *binary, struct object *parent,
                       struct object *own)
{
	enum os_err err;

	if (pd->state != PD_STATE_EMPTY)
		return OS_ERR_EXISTS;
	if (!pd->account || binary->map || parent == own)
		return OS_ERR_INVALID;
	if ((err = read_binary(pd, binary)))
		return err;
	if ((err = cap_insert_at(pd, parent, OS_CAP_SLOT_PARENT)))
		return err;
	if ((err = cap_insert_at(pd, own, OS_CAP_SLOT_PD)))
		goto drop_parent;
	pd->binary = binary;
	pd->binary_name[0] = 0;
	if (binary->name && os_str_copy(pd->binary_name, sizeof(pd->binary_name), binary->name))
		pd->binary_name[0] = 0;
	if ((err = platform_pd_load(pd)))
		goto drop_pd;
	os_list_append(&binary->loaded, &pd->binary_node);
	pd->state = PD_STATE_READY;
	trace_pd_begins(pd);
	return OS_OK;
drop_pd:
	pd->binary = NULL;
	cap_drop(pd, OS_CAP_SLOT_PD);
drop_parent:
	cap_drop(pd, OS_CAP_SLOT_PARENT);
	return err;
}

enum os_err pd_symbol(struct pd *pd, uint64_t address, char *name, size_t size, uint64_t *offset)
{
	enum os_err err;
	void *data;

	if (!pd->binary)
		return OS_ERR_NOT_FOUND;
	data = platform_memory_map(&pd->binary->memory, pd->binary->size, false);
	if (!data)
		return OS_ERR_NOT_FOUND;
	pd->elf.data = data;
	err = os_elf_symbol(&pd->elf, address, name, size, offset);
	pd->elf.data = NULL;
	platform_memory_unmap(data, pd->binary->size);
	return err;
}

/* ------------------------------------------------------------------ the end */

/* The main thread, which is the first, ends the whole process. */
static void end_execution(struct pd *pd)
{
	struct os_list_node *node;

	while ((node = os_list_first(&pd->threads)))
		object_destroy(&OS_LIST_ITEM(node, struct thread, pd_node)->object);
	while ((node = os_list_first(&pd->eps)))
		entrypoint_destroy(OS_LIST_ITEM(node, struct entrypoint, pd_node));
}

/* A panic's text is the component's own: it must not look like a line of somebody else. */
static void state_text_set(struct pd *pd, const char *text)
{
	os_format(pd->state_text, sizeof(pd->state_text), "%s", text);
	for (char *c = pd->state_text; *c; c++)
		if ((unsigned char)*c < ' ' || *c == 0x7f)
			*c = ' ';
}

void pd_ended(struct pd *pd, enum pd_state state, const char *text)
{
	if (has_ended(pd))
		return;
	pd->state = state;
	state_text_set(pd, text);
	end_execution(pd);
	trace_pd_ends(pd);
	trace_recorder_ended(pd);
	signal_context_submit(pd->state_sigh.context, 1);
	if (pd == core.root && !core.exiting) {
		core_log("\"%s\" has ended: %s", pd->label, pd->state_text);
		core.exit_value = 1;
		core.exiting = true;
	}
}

/* It is in an account, such as that of a session, which another one has made, and can close. */
static bool is_donated(const struct pd *pd, const struct dataspace *ds)
{
	if (ds->object.account->pd)
		return false;
	for (const struct account *payer = ds->object.account; payer; payer = payer->parent)
		if (payer == pd->account)
			return false;
	return true;
}

/*
 * What it has allocated from its clients' donations is theirs, and stays until the account ends: a
 * client is not to fault for its server's end.
 */
static bool leave_dataspace(struct pd *pd, struct dataspace *ds)
{
	if (!is_donated(pd, ds))
		return false;
	os_list_remove(&pd->dataspaces, &ds->owner_node);
	ds->owner = NULL;
	return true;
}

static void leave_dataspaces(struct pd *pd)
{
	struct os_list_node *node;

	while ((node = os_list_last(&pd->dataspaces))) {
		struct dataspace *const ds = OS_LIST_ITEM(node, struct dataspace, owner_node);

		if (!leave_dataspace(pd, ds))
			object_destroy(&ds->object);
	}
}

void pd_release(struct pd *pd)
{
	struct region_map *map = pd->address_space;

	if (pd->binary)
		os_list_remove(&pd->binary->loaded, &pd->binary_node);
	pd->binary = NULL;
	if (!pd->account)
		return;
	end_execution(pd);
	trace_pd_ends(pd);
	cap_table_fini(pd);
	leave_dataspaces(pd);
	if (map) {
		region_map_clear(map);
		map->account = NULL;
	}
	platform_pd_fini(pd);
	account_refund(pd->account, PLATFORM_PD_RAM, PLATFORM_PD_SCARCE * core.scarce_price);
	pd->account->pd = NULL;
	pd->account = NULL;
}

/* ------------------------------------------------------------------ api/pd.rpc */

static struct pd *self(struct pd_server *rpc)
{
	return container_of(rpc, struct pd, rpc);
}

/* Who pays for an allocation: the account given, or the PD itself; NULL for what is no account. */
static struct account *payer(struct pd *pd, struct account_cap cap)
{
	struct object *object = cap_lookup_kind(current_pd(), cap.cap.slot, OBJECT_ACCOUNT);

	if (cap.cap.slot)
		return object ? container_of(object, struct account, object) : NULL;
	return pd->account;
}

/* Hand a new object to the caller; it is destroyed if that fails. */
static enum os_err hand_out(struct object *object, uint32_t *slot)
{
	enum os_err err = cap_insert(current_pd(), object, slot);

	if (err)
		object_destroy(object);
	return err;
}

static enum os_err alloc(struct pd_server *rpc, uint64_t size, struct account_cap account,
                         struct ram_dataspace_cap *out)
{
	struct pd *pd = self(rpc);
	struct account *from = payer(pd, account);
	struct dataspace *ds;
	enum os_err err;

	if (!pd->account) /* too early, or too late */
		return OS_ERR_INVALID;
	if (!from)
		return OS_ERR_CAP_INVALID;
	if ((err = dataspace_create(from, pd, size, &ds)))
		return err;
	return hand_out(&ds->object, &out->cap.slot);
}

static enum os_err read_only(struct pd_server *rpc, struct ram_dataspace_cap cap,
                             struct rom_dataspace_cap *view)
{
	struct object *object = cap_lookup_kind(current_pd(), cap.cap.slot, OBJECT_DATASPACE);
	struct dataspace *ds;
	enum os_err err;

	if (!object || container_of(object, struct dataspace, object)->owner != self(rpc))
		return OS_ERR_NOT_FOUND;
	if ((err = dataspace_derive(container_of(object, struct dataspace, object), &ds)))
		return err;
	return hand_out(&ds->object, &view->cap.slot);
}

static enum os_err free_ds(struct pd_server *rpc, struct ram_dataspace_cap cap)
{
	struct object *object = cap_lookup_kind(current_pd(), cap.cap.slot, OBJECT_DATASPACE);

	if (!object || container_of(object, struct dataspace, object)->owner != self(rpc))
		return OS_ERR_NOT_FOUND;
	object_destroy(object);
	return OS_OK;
}

static enum os_err leave(struct pd_server *rpc, struct account_cap cap)
{
	struct object *const found = cap_lookup_kind(current_pd(), cap.cap.slot, OBJECT_ACCOUNT);

	if (!found)
		return OS_ERR_CAP_INVALID;
	OS_LIST_FOR_EACH (node, &container_of(found, struct account, object)->objects) {
		struct object *const object = OS_LIST_ITEM(node, struct object, account_node);
		struct dataspace *const ds = container_of(object, struct dataspace, object);

		if (object->kind == OBJECT_DATASPACE && ds->owner == self(rpc))
			(void)leave_dataspace(self(rpc), ds);
	}
	return OS_OK;
}

static enum os_err rpc_object(struct pd_server *rpc, uint32_t ep, uint32_t badge, uint32_t type,
                              struct account_cap account, struct os_cap *out)
{
	struct pd *pd = self(rpc);
	struct account *from = payer(pd, account);
	struct entrypoint *at = pd_ep(pd, ep);
	struct rpc_object *object;
	enum os_err err;

	if (!at)
		return OS_ERR_NOT_FOUND;
	if (!from)
		return OS_ERR_CAP_INVALID;
	if ((err = rpc_object_create(at, from, badge, type, &object)))
		return err;
	return hand_out(&object->object, &out->slot);
}

static enum os_err signal_context(struct pd_server *rpc, uint32_t ep, uint32_t badge,
                                  struct account_cap account, struct signal_context_cap *out)
{
	struct pd *pd = self(rpc);
	struct account *from = payer(pd, account);
	struct entrypoint *at = pd_ep(pd, ep);
	struct signal_context *context;
	enum os_err err;

	if (!at)
		return OS_ERR_NOT_FOUND;
	if (!from)
		return OS_ERR_CAP_INVALID;
	if ((err = signal_context_create(at, from, badge, &context)))
		return err;
	return hand_out(&context->object, &out->cap.slot);
}

static enum os_err object_free(struct pd_server *rpc, struct os_cap cap)
{
	struct object *object = cap_lookup(current_pd(), cap.slot);
	const struct pd *owner = NULL;

	if (object && object->kind == OBJECT_RPC)
		owner = container_of(object, struct rpc_object, object)->pd;
	if (object && object->kind == OBJECT_SIGNAL)
		owner = container_of(object, struct signal_context, object)->pd;
	if (owner != self(rpc))
		return OS_ERR_NOT_FOUND;
	object_destroy(object);
	return OS_OK;
}

static enum os_err account(struct pd_server *rpc, struct account_cap *out)
{
	struct pd *pd = self(rpc);

	if (!pd->account)
		return OS_ERR_GONE;
	return cap_insert(current_pd(), &pd->account->object, &out->cap.slot);
}

static enum os_err address_space(struct pd_server *rpc, struct region_map_cap *map)
{
	return cap_insert(current_pd(), &self(rpc)->address_space->object, &map->cap.slot);
}

static enum os_err fund(struct pd_server *rpc, struct account_cap from, uint64_t ram, uint64_t caps)
{
	struct object *object = cap_lookup_kind(current_pd(), from.cap.slot, OBJECT_ACCOUNT);

	if (!object)
		return OS_ERR_CAP_INVALID;
	return pd_set_quota(self(rpc), container_of(object, struct account, object), ram, caps);
}

static enum os_err endow(struct pd_server *rpc, struct account_cap cap)
{
	struct object *object = cap_lookup_kind(current_pd(), cap.cap.slot, OBJECT_ACCOUNT);
	struct account *account;

	if (!object)
		return OS_ERR_CAP_INVALID;
	account = container_of(object, struct account, object);
	if (account->pd || !account->maker)
		return OS_ERR_INVALID;
	return pd_set_account(self(rpc), account);
}

static enum os_err load_virtual(struct pd_server *rpc, struct dataspace_cap binary,
                                struct os_cap parent, struct os_cap own)
{
	struct object *ds = cap_lookup_kind(current_pd(), binary.cap.slot, OBJECT_DATASPACE);
	struct object *to = cap_lookup(current_pd(), parent.slot);
	struct object *pd = cap_lookup(current_pd(), own.slot);

	if (!ds || !to || !pd)
		return OS_ERR_INVALID;
	return pd_prepare(self(rpc), container_of(ds, struct dataspace, object), to, pd);
}

static enum os_err load(struct pd_server *rpc, struct dataspace_cap binary, struct os_cap parent)
{
	struct object *ds = cap_lookup_kind(current_pd(), binary.cap.slot, OBJECT_DATASPACE);
	struct object *to = cap_lookup(current_pd(), parent.slot);

	if (!ds || !to)
		return OS_ERR_INVALID;
	return pd_prepare(self(rpc), container_of(ds, struct dataspace, object), to,
	                  &self(rpc)->object);
}

static enum os_err state_sigh(struct pd_server *rpc, struct signal_context_cap handler)
{
	struct pd *pd = self(rpc);

	sigh_set(&pd->state_sigh, handler.cap.slot);
	if (has_ended(pd)) /* what has happened before is told, too */
		signal_context_submit(pd->state_sigh.context, 1);
	return OS_OK;
}

static enum os_err state(struct pd_server *rpc, enum pd_state *state, char *text)
{
	const struct pd *pd = self(rpc);

	*state = pd->state;
	return os_str_copy(text, PD_STATE_TEXT_SIZE, pd->state_text);
}

static const struct pd_ops ops = {
	.alloc = alloc,
	.read_only = read_only,
	.free = free_ds,
	.leave = leave,
	.rpc_object = rpc_object,
	.signal_context = signal_context,
	.object_free = object_free,
	.account = account,
	.address_space = address_space,
	.fund = fund,
	.endow = endow,
	.load = load,
	.load_virtual = load_virtual,
	.state_sigh = state_sigh,
	.state = state,
};
