/* SPDX-License-Identifier: BSD-2-Clause */
/* Children: made, told what to touch, and ended. */

#include <osier/string.h>

#include "test.h"

enum { CHILD_RAM = 1 << 20, CHILD_CAPS = 80 };

static struct os_rom binary;

static enum os_err environment(struct parent_server *rpc, enum parent_environment what,
                               struct os_cap *session)
{
	const struct child *child = container_of(rpc, struct child, parent);

	(void)what;
	*session = toucher_server_cap(&child->orders).cap;
	return OS_OK;
}

static enum os_err ended(struct parent_server *rpc, int32_t value)
{
	(void)rpc;
	(void)value;
	return OS_OK;
}

static enum os_err next(struct toucher_server *rpc, uint64_t result, uint64_t *address, bool *write,
                        uint64_t *value)
{
	struct child *child = container_of(rpc, struct child, orders);

	(void)address;
	(void)write;
	(void)value;
	child->result = result;
	os_reply_save(env->ep, &child->reply);
	os_semaphore_up(&child->ready);
	return OS_ERR_LATER;
}

static const struct parent_ops parent_ops = { .environment = environment, .exit = ended };
static const struct toucher_ops toucher_ops = { .next = next };

static enum os_err open(struct child *child, struct managed_dataspace_cap ds)
{
	const struct dataspace_cap memory = managed_dataspace_as_dataspace(ds);
	struct account_cap account;
	enum os_err err;

	if (!os_cap_valid(binary.ds.cap) && ((err = os_rom_open(&binary, env, "touch_child")) ||
	                                     (err = rom_dataspace(binary.cap, &binary.ds))))
		return err;
	if ((err = parent_server_init(&child->parent, env->ep, NULL, &parent_ops)) ||
	    (err = toucher_server_init(&child->orders, env->ep, NULL, &toucher_ops)) ||
	    (err = os_signal_receiver_init(&child->ends, env)) ||
	    (err = os_signal_context_init(&child->ended, &child->ends)) ||
	    (err = pd_open(&child->pd_session, env, "child", &child->pd)) ||
	    (err = cpu_open(&child->cpu_session, env, "child", 0, &child->cpu)) ||
	    (err = pd_account(env->pd, &account)) ||
	    (err = pd_fund(child->pd, account, CHILD_RAM, CHILD_CAPS)))
		return err;
	os_cap_drop(account.cap);
	if ((err = pd_load(child->pd, rom_dataspace_as_dataspace(binary.ds),
	                   parent_server_cap(&child->parent).cap)) ||
	    (err = pd_address_space(child->pd, &child->space)) ||
	    (err = pd_state_sigh(child->pd, child->ended.cap)) ||
	    (err = cpu_thread(child->cpu, child->pd, "toucher", 0, &child->thread)) ||
	    (err = thread_start(child->thread, 0, 0)))
		return err;
	/* once it runs, so that its address space is where it will stay */
	os_semaphore_down(&child->ready);
	os_semaphore_up(&child->ready);
	return region_map_attach(child->space, memory, 0, 0, false, 0, true, false, &child->at);
}

void child_start(struct child *child, struct managed_dataspace_cap ds)
{
	memset(child, 0, sizeof(*child));
	CHECK(!open(child, ds));
}

void child_order(struct child *child, uint64_t page, bool write, uint64_t value)
{
	os_semaphore_down(&child->ready);
	toucher_next_reply(&child->reply, OS_OK, child->at + page * OS_PAGE_SIZE, write, value);
}

uint64_t child_done(struct child *child)
{
	os_semaphore_down(&child->ready);
	os_semaphore_up(&child->ready);
	return child->result;
}

uint64_t child_read(struct child *child, uint64_t page)
{
	child_order(child, page, false, 0);
	return child_done(child);
}

void child_write(struct child *child, uint64_t page, uint64_t value)
{
	child_order(child, page, true, value);
	(void)child_done(child);
}

void child_ended(struct child *child, char text[PD_STATE_TEXT_SIZE])
{
	struct os_signal_context *from;
	enum pd_state state;
	uint64_t count;

	CHECK(!os_signal_wait(&child->ends, &from, &count));
	CHECK(!pd_state(child->pd, &state, text));
	CHECK(state == PD_STATE_CRASHED);
}

void child_stop(struct child *child)
{
	os_session_close(&child->cpu_session);
	os_session_close(&child->pd_session);
	os_cap_drop(child->space.cap);
	os_cap_drop(child->thread.cap);
	parent_server_fini(&child->parent);
	toucher_server_fini(&child->orders);
	os_signal_receiver_fini(&child->ends);
}

/* ------------------------------------------------------------------ maps */

static void count_faults(struct os_signal_handler *handler, uint64_t count)
{
	struct map *map = container_of(handler, struct map, handler);

	for (; count; count--)
		os_semaphore_up(&map->faults);
}

void map_init(struct map *map, uint64_t pages)
{
	memset(map, 0, sizeof(*map));
	CHECK(!rm_create(rm, pages * OS_PAGE_SIZE, &map->map));
	CHECK(!region_map_dataspace(map->map, &map->ds));
	CHECK(!os_signal_handler_init(&map->handler, &pager, count_faults));
	CHECK(!region_map_fault_sigh(map->map, map->handler.cap));
}

void map_fini(struct map *map)
{
	if (os_cap_valid(map->map.cap))
		(void)!rm_destroy(rm, map->map);
	os_cap_drop(map->map.cap);
	os_cap_drop(map->ds.cap);
	os_signal_handler_fini(&map->handler);
	map->map.cap = (struct os_cap){ 0 };
}

enum region_map_fault_kind map_fault(struct map *map, uint64_t *number, uint64_t *page)
{
	enum region_map_fault_kind kind;

	CHECK(!region_map_fault_state(map->map, *number, number, &kind, page));
	*page /= OS_PAGE_SIZE;
	return kind;
}

enum os_err map_attach(struct map *map, struct dataspace_cap ds, uint64_t page, bool writeable)
{
	uint64_t at;

	return region_map_attach(map->map, ds, 0, 0, true, page * OS_PAGE_SIZE, writeable, false,
	                         &at);
}
