/* SPDX-License-Identifier: BSD-2-Clause */
/* Protection domains: from the empty session to the end, by whatever way it comes. */

#include <string.h>

#include "random.h"
#include "world.h"

#define TEST(f) cmocka_unit_test_setup_teardown(f, world_setup, world_teardown)

static const struct account_cap none;

static struct account_cap own_account(void)
{
	struct account_cap account = { 0 };

	assert_int_equal(pd_account(world_pd, &account), OS_OK);
	return account;
}

static struct dataspace_cap module(uint64_t id, const char *name)
{
	struct rom_cap rom = { world_open(id, "ROM", name, ROM_RAM, ROM_CAPS) };
	struct rom_dataspace_cap ds = { 0 };

	assert_int_equal(rom_dataspace(rom, &ds), OS_OK);
	return (struct dataspace_cap){ ds.cap };
}

static enum pd_state state_of(struct pd_cap pd)
{
	char text[PD_STATE_TEXT_SIZE];
	enum pd_state pd_is;

	assert_int_equal(pd_state(pd, &pd_is, text), OS_OK);
	return pd_is;
}

static void a_life_goes_step_by_step(void **state)
{
	struct pd_cap pd = { world_open(1, "PD", "app", PD_RAM, PD_CAPS) };
	struct cpu_cap cpu = { world_open(2, "CPU", "app", CPU_RAM, CPU_CAPS) };
	struct dataspace_cap binary = module(3, "init");
	struct thread_cap thread, second;
	struct ram_dataspace_cap ds;
	struct account_cap account, more;
	struct pd *object;
	uint64_t used;

	(void)state;
	assert_int_equal(state_of(pd), PD_STATE_EMPTY);
	/* too early */
	assert_int_equal(pd_alloc(pd, 1, none, &ds), OS_ERR_INVALID);
	assert_int_equal(pd_account(pd, &account), OS_ERR_GONE);
	assert_int_equal(pd_load(pd, binary, world_parent.cap), OS_ERR_INVALID);
	assert_int_equal(cpu_thread(cpu, pd, "a", 0, &thread), OS_ERR_INVALID);
	/* too little */
	assert_int_equal(pd_fund(pd, own_account(), PLATFORM_PD_RAM - 1, 100), OS_ERR_OUT_OF_RAM);
	assert_int_equal(pd_fund(pd, own_account(), PLATFORM_PD_RAM, 0), OS_ERR_OUT_OF_CAPS);
	world_check();
	assert_int_equal(pd_fund(pd, own_account(), 1 << 20, 100), OS_OK);
	assert_int_equal(pd_fund(pd, own_account(), 1 << 20, 100), OS_ERR_EXISTS);
	assert_int_equal(account_create(own_account(), 1 << 20, 100, &more), OS_OK);
	assert_int_equal(pd_endow(pd, more), OS_ERR_EXISTS);
	assert_int_equal(account_close(own_account(), more), OS_OK);
	/* not a binary */
	assert_int_equal(pd_load(pd, module(4, "broken"), world_parent.cap), OS_ERR_BINARY);
	assert_true(strstr(world.log, "PD: binary of \"init -> app\" refused: not an ELF file\n"));
	assert_int_equal(pd_load(pd, binary, (struct os_cap){ 0 }), OS_ERR_INVALID);
	assert_int_equal(pd_load(pd, binary, world_parent.cap), OS_OK);
	assert_int_equal(pd_load(pd, binary, world_parent.cap), OS_ERR_EXISTS);
	assert_int_equal(state_of(pd), PD_STATE_READY);
	assert_int_equal(cpu_thread(cpu, pd, "app", 128, &thread), OS_ERR_RANGE);
	assert_int_equal(cpu_thread(cpu, pd, "a\nb", 1, &thread), OS_ERR_INVALID);
	assert_int_equal(cpu_thread(cpu, pd, "app", 127, &thread), OS_OK);
	object = container_of(cap_lookup(core.root, pd.cap.slot), struct pd, object);
	used = object->account->quota.ram_used;
	assert_int_equal(cpu_thread(cpu, pd, "second", 1, &second), OS_OK);
	assert_true(object->account->quota.ram_used >= used + PLATFORM_THREAD_RAM);
	assert_int_equal(thread_start(second, 0, 0), OS_ERR_INVALID);
	assert_int_equal(thread_start(thread, 0, 0), OS_OK);
	assert_int_equal(thread_start(thread, 0, 0), OS_ERR_EXISTS);
	assert_int_equal(thread_priority(thread, 128), OS_ERR_RANGE);
	assert_int_equal(thread_priority(thread, 3), OS_OK);
	assert_int_equal(thread_priority(thread, 0), OS_OK); /* as far as the session goes */
	assert_int_equal(state_of(pd), PD_STATE_RUNNING);
	world_check();
}

static void starts_with_the_well_known_capabilities(void **state)
{
	struct child child;

	(void)state;
	assert_int_equal(child_start(&child, 1, "app"), OS_OK);
	assert_ptr_equal(cap_lookup(child.object, OS_CAP_SLOT_PARENT), parent_object());
	assert_ptr_equal(cap_lookup(child.object, OS_CAP_SLOT_PD), &child.object->object);
	assert_ptr_equal(cap_lookup(child.object, OS_CAP_SLOT_THREAD), &child.main->object);
	assert_non_null(pd_ep(child.object, OS_EP_MAIN));
	child_stop(&child);
}

static void its_creator_may_stand_between_it_and_its_session(void **state)
{
	struct pd_cap pd = { world_open(1, "PD", "app", PD_RAM, PD_CAPS) };
	struct dataspace_cap binary = module(3, "init");
	struct pd_cap other = { world_open(2, "PD", "other", PD_RAM, PD_CAPS) };
	const struct pd *object;

	(void)state;
	assert_int_equal(pd_fund(pd, own_account(), 1 << 20, 100), OS_OK);
	assert_int_equal(pd_load_virtual(pd, binary, world_parent.cap, (struct os_cap){ 0 }),
	                 OS_ERR_INVALID);
	assert_int_equal(pd_load_virtual(pd, binary, other.cap, other.cap), OS_ERR_INVALID);
	assert_int_equal(pd_load_virtual(pd, binary, world_parent.cap, other.cap), OS_OK);
	object = container_of(cap_lookup(core.root, pd.cap.slot), struct pd, object);
	assert_ptr_equal(cap_lookup((struct pd *)object, OS_CAP_SLOT_PD),
	                 cap_lookup(core.root, other.cap.slot));
	assert_ptr_equal(cap_lookup((struct pd *)object, OS_CAP_SLOT_PARENT), parent_object());
	world_check();
}

static void a_main_thread_can_be_made_again_before_the_start(void **state)
{
	struct child child;
	struct pd *pd;

	(void)state;
	assert_int_equal(child_start(&child, 1, "app"), OS_OK);
	pd = child.object;
	pd->state = PD_STATE_READY;
	pd->main->started = false;
	assert_int_equal(cpu_thread_destroy(child.cpu, child.thread), OS_OK);
	assert_null(pd->main);
	assert_int_equal(cpu_thread(child.cpu, child.pd, "app", 3, &child.thread), OS_OK);
	assert_ptr_equal(cap_lookup(pd, OS_CAP_SLOT_THREAD), &pd->main->object);
	world_check();
	child_stop(&child);
}

static void memory_belongs_to_who_allocated_it(void **state)
{
	struct ram_dataspace_cap ds, copy;
	struct account_cap account;
	struct child child;

	(void)state;
	assert_int_equal(child_start(&child, 1, "app"), OS_OK);
	assert_int_equal(account_create(own_account(), 3 * OS_PAGE_SIZE, 5, &account), OS_OK);
	assert_int_equal(pd_alloc(world_pd, 0, none, &ds), OS_ERR_INVALID);
	assert_int_equal(pd_alloc(world_pd, UINT64_MAX, none, &ds), OS_ERR_INVALID);
	assert_int_equal(pd_alloc(world_pd, (uint64_t)1 << 63, none, &ds), OS_ERR_OUT_OF_RAM);
	assert_int_equal(pd_alloc(world_pd, 4 * OS_PAGE_SIZE, account, &ds), OS_ERR_OUT_OF_RAM);
	assert_int_equal(pd_alloc(world_pd, 1, (struct account_cap){ world_pd.cap }, &ds),
	                 OS_ERR_CAP_TYPE);
	assert_int_equal(pd_alloc(world_pd, 2 * OS_PAGE_SIZE, account, &ds), OS_OK);
	/* the child's PD did not allocate it; a copy is kept, since free consumes */
	assert_int_equal(cap_insert(core.root, cap_lookup(core.root, ds.cap.slot), &copy.cap.slot),
	                 OS_OK);
	assert_int_equal(pd_free(child.pd, copy), OS_ERR_NOT_FOUND);
	/* the account dies, and the memory with it */
	assert_int_equal(account_close(own_account(), account), OS_OK);
	assert_int_equal(pd_free(world_pd, ds), OS_ERR_CAP_INVALID);
	world_check();
	child_stop(&child);
}

static void a_read_only_view_ends_with_its_memory(void **state)
{
	struct rom_dataspace_cap view, other;
	struct ram_dataspace_cap ds, second;
	struct region_map_cap space;
	uint64_t size, at;
	struct child child;
	bool writeable;

	(void)state;
	assert_int_equal(child_start(&child, 1, "app"), OS_OK);
	assert_int_equal(pd_alloc(world_pd, 2 * OS_PAGE_SIZE, none, &ds), OS_OK);
	assert_int_equal(pd_read_only(child.pd, ds, &view), OS_ERR_NOT_FOUND);
	assert_int_equal(pd_read_only(world_pd, ds, &view), OS_OK);
	assert_int_equal(pd_read_only(world_pd, ds, &other), OS_OK);
	world_check();
	assert_int_equal(dataspace_info((struct dataspace_cap){ view.cap }, &size, &writeable),
	                 OS_OK);
	assert_int_equal(size, 2 * OS_PAGE_SIZE);
	assert_false(writeable);
	assert_int_equal(pd_address_space(world_pd, &space), OS_OK);
	assert_int_equal(region_map_attach(space, (struct dataspace_cap){ view.cap }, 0, 0, true,
	                                   1 << 20, true, false, &at),
	                 OS_ERR_DENIED);
	assert_int_equal(region_map_attach(space, (struct dataspace_cap){ view.cap }, 0, 0, true,
	                                   1 << 20, false, false, &at),
	                 OS_OK);
	assert_int_equal(pd_free(world_pd, ds), OS_OK);
	assert_null(cap_lookup(core.root, view.cap.slot));
	assert_null(cap_lookup(core.root, other.cap.slot));
	assert_null(region_map_find(core.root->address_space, 1 << 20)->ds);
	/* with the PD, and with the account, too */
	assert_int_equal(pd_alloc(child.pd, 1, own_account(), &second), OS_OK);
	assert_int_equal(pd_read_only(child.pd, second, &view), OS_OK);
	child_stop(&child);
	assert_null(cap_lookup(core.root, view.cap.slot));
	world_check();
}

static void the_death_of_a_server_revokes_what_it_serves(void **state)
{
	struct signal_context_cap context, sigh;
	struct signal_context *told;
	struct ram_dataspace_cap buffer;
	struct account_cap session;
	char text[PD_STATE_TEXT_SIZE];
	enum pd_state pd_is;
	struct os_cap object;
	struct child child;

	(void)state;
	assert_int_equal(child_start(&child, 1, "server"), OS_OK);
	assert_int_equal(account_create(own_account(), 5 * OS_PAGE_SIZE, 5, &session), OS_OK);
	assert_int_equal(pd_rpc_object(child.pd, 0, 1, 2, session, &object), OS_OK);
	assert_int_equal(pd_rpc_object(child.pd, 9, 1, 2, session, &object), OS_ERR_NOT_FOUND);
	assert_int_equal(pd_signal_context(child.pd, 0, 2, none, &context), OS_OK);
	assert_int_equal(pd_alloc(child.pd, 1, session, &buffer), OS_OK);
	assert_int_equal(pd_object_free(world_pd, object), OS_ERR_NOT_FOUND);
	assert_int_equal(pd_rpc_object(child.pd, 0, 1, 2, session, &object), OS_OK);
	assert_int_equal(pd_signal_context(world_pd, 0, 3, none, &sigh), OS_OK);
	assert_int_equal(pd_state_sigh(child.pd, sigh), OS_OK);
	told = container_of(cap_lookup(core.root, sigh.cap.slot), struct signal_context, object);
	assert_int_equal(told->pending, 0);

	pd_ended(child.object, PD_STATE_CRASHED, "division\n[core] by\tzero");
	pd_ended(child.object, PD_STATE_KILLED, "too late");
	assert_int_equal(told->pending, 1);
	assert_int_equal(pd_state(child.pd, &pd_is, text), OS_OK);
	assert_int_equal(pd_is, PD_STATE_CRASHED);
	assert_string_equal(text, "division [core] by zero"); /* cannot forge a line */
	assert_null(cap_lookup(core.root, object.slot));
	assert_null(cap_lookup(core.root, context.cap.slot));
	assert_non_null(cap_lookup(core.root, buffer.cap.slot));
	assert_int_equal(cpu_thread(child.cpu, child.pd, "late", 0, &child.thread), OS_ERR_GONE);
	world_check();
	child_stop(&child);
	world_check();
	/* what it has shared of its client's donation stays until the session is closed */
	assert_non_null(cap_lookup(core.root, buffer.cap.slot));
	assert_int_equal(pd_free(world_pd, buffer), OS_ERR_NOT_FOUND);
	assert_int_equal(account_close(own_account(), session), OS_OK);
	assert_null(cap_lookup(core.root, buffer.cap.slot));
	world_check();
}

static void what_a_server_leaves_stays_until_the_account_ends(void **state)
{
	struct ram_dataspace_cap shared, own, others;
	struct rom_dataspace_cap view;
	struct account_cap session;
	struct child child;

	(void)state;
	assert_int_equal(child_start(&child, 1, "server"), OS_OK);
	assert_int_equal(account_create(own_account(), 5 * OS_PAGE_SIZE, 5, &session), OS_OK);
	assert_int_equal(pd_alloc(child.pd, 1, session, &shared), OS_OK);
	assert_int_equal(pd_alloc(child.pd, 1, none, &own), OS_OK);
	assert_int_equal(pd_alloc(world_pd, 1, session, &others), OS_OK);
	assert_int_equal(pd_leave(child.pd, (struct account_cap){ own.cap }), OS_ERR_CAP_TYPE);
	assert_int_equal(pd_leave(child.pd, session), OS_OK);
	assert_int_equal(pd_leave(child.pd, session), OS_OK);
	/* not what is for itself, and not what is another's */
	assert_int_equal(pd_free(child.pd, own), OS_OK);
	assert_int_equal(pd_free(world_pd, others), OS_OK);
	world_check();
	assert_int_equal(pd_read_only(child.pd, shared, &view), OS_ERR_NOT_FOUND);
	child_stop(&child);
	assert_non_null(cap_lookup(core.root, shared.cap.slot));
	assert_int_equal(account_close(own_account(), session), OS_OK);
	assert_null(cap_lookup(core.root, shared.cap.slot));
	world_check();
}

static void closing_its_account_kills_it(void **state)
{
	struct account_cap account;
	struct child child;
	uint32_t slot;

	(void)state;
	assert_int_equal(child_start(&child, 1, "app"), OS_OK);
	assert_int_equal(pd_account(child.pd, &account), OS_OK);
	assert_int_equal(account_close(own_account(), account), OS_OK);
	assert_int_equal(state_of(child.pd), PD_STATE_KILLED);
	assert_int_equal(world.pds, 1);
	assert_int_equal(cap_insert(child.object, parent_object(), &slot), OS_ERR_OUT_OF_CAPS);
	world_check();
	child_stop(&child);
}

static void a_thread_can_destroy_itself(void **state)
{
	struct child child;
	struct cpu_cap cpu;
	struct thread_cap self = { { OS_CAP_SLOT_THREAD } };

	(void)state;
	assert_int_equal(child_start(&child, 1, "app"), OS_OK);
	assert_int_equal(
	        cap_insert(child.object, cap_lookup(core.root, child.cpu.cap.slot), &cpu.cap.slot),
	        OS_OK);
	world.caller = child.main;
	assert_int_equal(cpu_thread_destroy(cpu, self), OS_ERR_CANCELLED);
	assert_int_equal(world.threads, 1);
	child_stop(&child);
	world_check();
}

static void a_caller_can_close_the_account_it_lives_on(void **state)
{
	struct account_cap from, own;
	struct child child;

	(void)state;
	assert_int_equal(child_start(&child, 1, "app"), OS_OK);
	assert_int_equal(cap_insert(child.object, &core.root->account->object, &from.cap.slot),
	                 OS_OK);
	world.caller = child.main;
	assert_int_equal(pd_account(world_pd, &own), OS_OK);
	assert_int_equal(account_close(from, own), OS_ERR_CANCELLED);
	child_stop(&child);
	world_check();
}

static void threads_are_limited_and_end_with_their_session(void **state)
{
	struct thread_cap thread;
	struct child child;
	enum os_err err;

	(void)state;
	assert_int_equal(child_start(&child, 1, "app"), OS_OK);
	while (!(err = cpu_thread(child.cpu, child.pd, "more", 5, &thread)))
		world_check();
	assert_true(err == OS_ERR_OUT_OF_CAPS || err == OS_ERR_OUT_OF_RAM);
	assert_int_equal(parent_session_close(world_parent, child.id + 1), OS_OK);
	assert_null(child.object->threads.first);
	world_check();
	child_stop(&child);
}

static void an_account_of_the_parents_own_ends_with_the_pd(void **state)
{
	struct pd_cap pd = { world_open(1, "PD", "app", PD_RAM, PD_CAPS) };
	const uint64_t limit = core.root->account->quota.ram_limit;
	struct account_cap account, of_pd;
	struct ram_dataspace_cap ds;

	(void)state;
	/* too little; what is a PD's already, or of a session of core's; what is none */
	assert_int_equal(account_create(own_account(), PLATFORM_PD_RAM - 1, 100, &account), OS_OK);
	assert_int_equal(pd_endow(pd, account), OS_ERR_OUT_OF_RAM);
	assert_int_equal(account_close(own_account(), account), OS_OK);
	assert_int_equal(pd_endow(pd, own_account()), OS_ERR_INVALID);
	assert_int_equal(cap_insert(core.root, &core.root_account->object, &of_pd.cap.slot), OS_OK);
	assert_int_equal(pd_endow(pd, of_pd), OS_ERR_INVALID);
	assert_int_equal(pd_endow(pd, (struct account_cap){ pd.cap }), OS_ERR_CAP_TYPE);
	world_check();
	assert_int_equal(account_create(own_account(), 1 << 20, 100, &account), OS_OK);
	assert_int_equal(pd_endow(pd, account), OS_OK);
	assert_int_equal(pd_account(pd, &of_pd), OS_OK);
	assert_int_equal(of_pd.cap.slot, account.cap.slot);
	assert_int_equal(pd_alloc(pd, 1, none, &ds), OS_OK);
	assert_int_equal(core.root->account->quota.ram_limit, limit - (1 << 20));
	world_check();
	/* its end is that of the PD, and the other way round */
	assert_int_equal(parent_session_close(world_parent, 1), OS_OK);
	assert_int_equal(account_close(own_account(), account), OS_ERR_CAP_INVALID);
	world_check();
	pd = (struct pd_cap){ world_open(1, "PD", "app", PD_RAM, PD_CAPS) };
	assert_int_equal(account_create(own_account(), 1 << 20, 100, &account), OS_OK);
	assert_int_equal(pd_endow(pd, account), OS_OK);
	assert_int_equal(account_close(own_account(), account), OS_OK);
	assert_int_equal(state_of(pd), PD_STATE_KILLED);
	world_check();
}

static void a_binary_may_be_freed_after_loading(void **state)
{
	struct pd_cap pd = { world_open(1, "PD", "app", PD_RAM, PD_CAPS) };
	struct dataspace *binary, *content;
	struct ram_dataspace_cap ds;
	uint64_t offset;
	char name[16];

	(void)state;
	assert_int_equal(pd_fund(pd, own_account(), 1 << 20, 100), OS_OK);
	assert_int_equal(pd_alloc(world_pd, OS_PAGE_SIZE, none, &ds), OS_OK);
	binary = container_of(cap_lookup(core.root, ds.cap.slot), struct dataspace, object);
	assert_int_equal(module_dataspace(&world.modules[0], &content), OS_OK);
	memcpy(binary->memory.bytes, content->memory.bytes, OS_PAGE_SIZE);
	/* from a later version of the system */
	((uint8_t *)binary->memory.bytes)[196]++;
	assert_int_equal(pd_load(pd, (struct dataspace_cap){ ds.cap }, world_parent.cap),
	                 OS_ERR_BINARY);
	assert_true(strstr(world.log, "made for ABI version 2, this is 1\n"));
	((uint8_t *)binary->memory.bytes)[196]--;
	assert_int_equal(pd_load(pd, (struct dataspace_cap){ ds.cap }, world_parent.cap), OS_OK);
	memset(binary->memory.bytes, 0xff, OS_PAGE_SIZE);
	assert_int_equal(
	        pd_symbol(container_of(cap_lookup(core.root, pd.cap.slot), struct pd, object),
	                  0x100, name, sizeof(name), &offset),
	        OS_ERR_NOT_FOUND);
	assert_int_equal(pd_free(world_pd, ds), OS_OK);
	assert_null(container_of(cap_lookup(core.root, pd.cap.slot), struct pd, object)->binary);
	world_check();
}

static void closing_in_any_order_returns_everything(void **state)
{
	const struct world_use before = world_use();

	(void)state;
	for (unsigned order = 0; order < 16; order++) {
		struct child a, b;
		struct account_cap account;
		struct os_cap object;

		assert_int_equal(child_start(&a, 10, "a"), OS_OK);
		assert_int_equal(child_start(&b, 20, "b"), OS_OK);
		assert_int_equal(pd_account(a.pd, &account), OS_OK);
		/* a pays for an object of b, and holds it */
		assert_int_equal(pd_rpc_object(b.pd, 0, 1, 2, account, &object), OS_OK);
		assert_int_equal(
		        cap_insert(a.object, cap_lookup(core.root, object.slot), &(uint32_t){ 0 }),
		        OS_OK);
		if (order & 1)
			assert_int_equal(parent_session_close(world_parent, a.id + 1), OS_OK);
		if (order & 2)
			pd_ended(b.object, PD_STATE_EXITED, "");
		if (order & 4)
			assert_int_equal(account_close(own_account(), account), OS_OK);
		world_check();
		child_stop(order & 8 ? &a : &b);
		world_check();
		child_stop(order & 8 ? &b : &a);
		cap_drop(core.root, object.slot);
		cap_drop(core.root, account.cap.slot);
		world_check();
	}
	/* what the root component still holds: its account, and the ROM session with its content */
	assert_true(world_use().caps_used <= before.caps_used + 3);
	assert_int_equal(world_use().ram_used, before.ram_used);
	assert_int_equal(world_use().accounts, before.accounts);
}

/* ------------------------------------------------------------------ random requests */

enum { CHILDREN = 4, STEPS = 6000, CAPS = 64 };

static struct os_cap random_cap(struct os_cap *caps, uint64_t *seed)
{
	return caps[random_below(seed, CAPS)];
}

static void remember(struct os_cap *caps, uint64_t *seed, enum os_err err, struct os_cap cap)
{
	struct os_cap *place = &caps[random_below(seed, CAPS)];

	if (err)
		return;
	cap_drop(core.root, place->slot);
	*place = cap;
}

/* One request of the root component, with capabilities that may be of any kind, or none. */
static void random_request(struct os_cap *caps, struct child *child, uint64_t *seed)
{
	const struct os_cap a = random_cap(caps, seed), b = random_cap(caps, seed);
	const uint64_t n = random_below(seed, 40000), m = random_below(seed, 8) * OS_PAGE_SIZE;
	struct account_cap account = { b };
	struct os_cap out = { 0 };
	enum os_err err = OS_ERR_INVALID;
	uint64_t at;

	switch (random_below(seed, 9)) {
	case 0:
		err = pd_alloc(child->pd, n, account, (struct ram_dataspace_cap *)&out);
		break;
	case 1:
		err = pd_rpc_object(child->pd, 0, 1, 2, account, &out);
		break;
	case 2:
		err = pd_signal_context(world_pd, 0, 1, account, (struct signal_context_cap *)&out);
		break;
	case 3:
		err = account_create(account, n, n % 20, (struct account_cap *)&out);
		break;
	case 4:
		(void)!account_close((struct account_cap){ a }, account);
		break;
	case 5:
		err = pd_address_space(child->pd, (struct region_map_cap *)&out);
		break;
	case 6:
		(void)!region_map_attach((struct region_map_cap){ a }, (struct dataspace_cap){ b },
		                         0, 0, n & 1, m, n & 2, n & 4, &at);
		break;
	case 7:
		err = pd_account(child->pd, (struct account_cap *)&out);
		break;
	default:
		err = rm_create((struct rm_cap){ a }, m, (struct region_map_cap *)&out);
	}
	remember(caps, seed, err, out);
}

static void random_requests_break_nothing(void **state)
{
	struct child children[CHILDREN] = { 0 };
	struct os_cap caps[CAPS] = { 0 };
	uint64_t seed = 11;

	(void)state;
	caps[0] = own_account().cap;
	remember(caps, &seed, OS_OK, world_open(1000, "RM", "", 100000, 50));
	for (uint32_t n = 0; n < STEPS; n++) {
		const uint64_t i = random_below(&seed, CHILDREN);

		if (!children[i].id)
			assert_int_equal(child_start(&children[i], 10 + 10 * i, "x"), OS_OK);
		else if (random_below(&seed, 60) == 0)
			child_stop(&children[i]);
		else if (random_below(&seed, 100) == 0)
			pd_ended(children[i].object, PD_STATE_CRASHED, "");
		else
			random_request(caps, &children[i], &seed);
		if (random_below(&seed, 30) == 0)
			remember(caps, &seed, OS_OK, own_account().cap);
		world_check();
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_life_goes_step_by_step),
		TEST(starts_with_the_well_known_capabilities),
		TEST(its_creator_may_stand_between_it_and_its_session),
		TEST(a_main_thread_can_be_made_again_before_the_start),
		TEST(memory_belongs_to_who_allocated_it),
		TEST(a_read_only_view_ends_with_its_memory),
		TEST(the_death_of_a_server_revokes_what_it_serves),
		TEST(what_a_server_leaves_stays_until_the_account_ends),
		TEST(closing_its_account_kills_it),
		TEST(a_thread_can_destroy_itself),
		TEST(a_caller_can_close_the_account_it_lives_on),
		TEST(threads_are_limited_and_end_with_their_session),
		TEST(an_account_of_the_parents_own_ends_with_the_pd),
		TEST(a_binary_may_be_freed_after_loading),
		TEST(closing_in_any_order_returns_everything),
		TEST(random_requests_break_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
