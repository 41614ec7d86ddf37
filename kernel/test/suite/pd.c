/* SPDX-License-Identifier: BSD-2-Clause */
/* Protection domains, and the making and unmaking of objects. */

#include "common.h"

static uint64_t slot;

/* ------------------------------------------------------------------ pd_create, pd_give */

TEST(pd_create_and_destroy_leave_nothing)
{
	struct state before = state_of(SELF_PD);
	uint64_t page = page_alloc(), none;

	for (int i = 0; i < 20; i++) {
		CHECK_OK(os_kernel_pd_create(MACHINE, page, 7, &slot));
		CHECK_ERR(os_kernel_pd_create(MACHINE, page, 7, &none), OS_ERR_BUSY);
		CHECK_OK(os_kernel_destroy(slot));
		CHECK_OK(os_kernel_cap_drop(slot, 1));
	}
	CHECK_EQUAL(state_of(SELF_PD).free, before.free);
	window_map(page, 1);
}

/* Pages that no object can be made of. */
static const struct {
	const char *what;
	uint64_t address;
	enum os_err err;
} bad_pages[] = {
	{ "in_a_device", 0xfee00000, OS_ERR_INVALID },
	{ "beyond_all_memory", 1ul << 46, OS_ERR_INVALID },
	{ "not_aligned", 0x100008, OS_ERR_ALIGN },
	{ "of_the_kernel", 0x100000, OS_ERR_BUSY },
	{ "that_wraps", -(uint64_t)PAGE, OS_ERR_INVALID },
};

enum { BAD_PAGES = sizeof(bad_pages) / sizeof(*bad_pages) };

static bool pd_page_label(uint64_t index, char *name, size_t size)
{
	text_format(name, size, "pd_create_in_a_page_%s", bad_pages[index].what);
	return true;
}

TEST_EACH(pd_create_in_a_bad_page, BAD_PAGES, pd_page_label)
{
	struct state before = state_of(SELF_PD);

	CHECK_ERR(os_kernel_pd_create(MACHINE, bad_pages[index].address, 0, &slot),
	          bad_pages[index].err);
	CHECK_EQUAL(state_of(SELF_PD).free, before.free);
}

static bool give_page_label(uint64_t index, char *name, size_t size)
{
	static const char *const purposes[] = { "tables", "slots", "directory", "ports" };

	text_format(name, size, "pd_give_%s_in_a_page_%s", purposes[index / BAD_PAGES],
	            bad_pages[index % BAD_PAGES].what);
	return true;
}

TEST_EACH(pd_give_a_bad_page, 4 * BAD_PAGES, give_page_label)
{
	uint64_t pd = pd_make_empty(1, 0);

	CHECK_ERR(os_kernel_pd_give(MACHINE, pd, bad_pages[index % BAD_PAGES].address,
	                            index / BAD_PAGES),
	          bad_pages[index % BAD_PAGES].err);
}

static bool thread_page_label(uint64_t index, char *name, size_t size)
{
	text_format(name, size, "thread_create_in_a_page_%s", bad_pages[index].what);
	return true;
}

TEST_EACH(thread_create_in_a_bad_page, BAD_PAGES, thread_page_label)
{
	uint64_t page = page_alloc();

	CHECK_ERR(os_kernel_thread_create(MACHINE, SELF_PD, bad_pages[index].address, page, 0, 0,
	                                  &slot),
	          bad_pages[index].err);
	CHECK_ERR(os_kernel_thread_create(MACHINE, SELF_PD, page, bad_pages[index].address, 0, 0,
	                                  &slot),
	          bad_pages[index].err);
	/* Neither keeps the other page. */
	window_map(page, 1);
	CHECK_OK(os_kernel_memory_give(MACHINE, page, 1));
}

TEST(thread_create_with_one_page_for_both)
{
	uint64_t page = page_alloc();

	CHECK_ERR(os_kernel_thread_create(MACHINE, SELF_PD, page, page, 0, 0, &slot), OS_ERR_BUSY);
	CHECK_OK(os_kernel_memory_give(MACHINE, page, 1));
}

TEST(pd_give_of_an_unknown_purpose)
{
	uint64_t pd = pd_make_empty(1, 0);

	CHECK_ERR(os_kernel_pd_give(MACHINE, pd, page_alloc(), 4), OS_ERR_INVALID);
	CHECK_ERR(os_kernel_pd_give(MACHINE, pd, page_alloc(), -1ul), OS_ERR_INVALID);
	CHECK_ERR(os_kernel_pd_give(MACHINE, pd, page_alloc(), 1ul << 32), OS_ERR_INVALID);
}

TEST(pd_give_slots_before_a_directory_is_full)
{
	uint64_t page = page_alloc();

	CHECK_OK(os_kernel_pd_create(MACHINE, page_alloc(), 0, &slot));
	CHECK_ERR(os_kernel_pd_give(MACHINE, slot, page, OS_GIVE_SLOTS), OS_ERR_FULL);
	CHECK_OK(os_kernel_pd_give(MACHINE, slot, page, OS_GIVE_DIRECTORY));
	CHECK_OK(os_kernel_pd_give(MACHINE, slot, page_alloc(), OS_GIVE_SLOTS));
	CHECK_EQUAL(state_of(slot).free, OS_KERNEL_SLOTS_PAGE - 1); /* slot 0 is none */
	CHECK_OK(os_kernel_pd_give(MACHINE, slot, page_alloc(), OS_GIVE_SLOTS));
	CHECK_EQUAL(state_of(slot).free, 2 * OS_KERNEL_SLOTS_PAGE - 1);
}

TEST(pd_give_of_too_many_directories)
{
	enum os_err err = OS_OK;
	int given = 0;

	CHECK_OK(os_kernel_pd_create(MACHINE, page_alloc(), 0, &slot));
	while (!(err = os_kernel_pd_give(MACHINE, slot, page_alloc(), OS_GIVE_DIRECTORY)))
		given++;
	CHECK_ERR(err, OS_ERR_LIMIT);
	CHECK_EQUAL(given, OS_KERNEL_SLOTS_MAX / OS_KERNEL_DIRECTORY / OS_KERNEL_SLOTS_PAGE);
}

TEST(pd_give_of_too_many_port_pages)
{
	uint64_t pd = pd_make_empty(1, 0);

	CHECK_OK(os_kernel_pd_give(MACHINE, pd, page_alloc(), OS_GIVE_PORTS));
	CHECK_OK(os_kernel_pd_give(MACHINE, pd, page_alloc(), OS_GIVE_PORTS));
	CHECK_ERR(os_kernel_pd_give(MACHINE, pd, page_alloc(), OS_GIVE_PORTS), OS_ERR_LIMIT);
}

TEST(pd_give_of_a_page_that_is_in_use)
{
	uint64_t pd = pd_make_empty(1, 0), page = page_alloc();

	CHECK_OK(os_kernel_pd_give(MACHINE, pd, page, OS_GIVE_TABLE));
	for (uint64_t purpose = OS_GIVE_TABLE; purpose <= OS_GIVE_PORTS; purpose++)
		CHECK_ERR(os_kernel_pd_give(MACHINE, pd, page, purpose), OS_ERR_BUSY);
}

TEST(pd_state_counts_tables)
{
	uint64_t pd = pd_make_empty(1, 0), before = state_of(pd).tables;

	for (uint64_t i = 1; i < 5; i++) {
		CHECK_OK(os_kernel_pd_give(MACHINE, pd, page_alloc(), OS_GIVE_TABLE));
		CHECK_EQUAL(state_of(pd).tables, before + i);
	}
	pd_map(pd, 0x400000, page_alloc(), 1, OS_MAP_READ);
	CHECK_EQUAL(state_of(pd).tables, before + 1);
}

TEST(pd_limit_below_what_is_used)
{
	uint64_t pd = pd_make_empty(1, 0);

	(void)grant(pd, MACHINE, OS_RIGHT_USE);
	(void)grant(pd, SELF_PD, OS_RIGHT_USE);
	CHECK_ERR(os_kernel_pd_limit(pd, 1), OS_ERR_RANGE);
	CHECK_ERR(os_kernel_pd_limit(pd, 0), OS_ERR_RANGE);
	CHECK_OK(os_kernel_pd_limit(pd, 2));
	CHECK_OK(os_kernel_pd_limit(pd, -1ul));
	CHECK_OK(os_kernel_pd_limit(pd, 1ul << 32));
	(void)grant(pd, SELF_THREAD, OS_RIGHT_USE);
}

TEST(pd_cannot_destroy_itself)
{
	CHECK_ERR(os_kernel_destroy(SELF_PD), OS_ERR_INVALID);
	CHECK_ERR(os_kernel_destroy(SELF_THREAD), OS_ERR_INVALID);
	CHECK_ERR(os_kernel_destroy(MACHINE), OS_ERR_INVALID);
}

TEST(pd_with_everything_in_it_leaves_nothing)
{
	enum { PAGES = 200 };
	uint64_t first, pd;
	struct state mine = state_of(SELF_PD);

	/* With the page tables of this PD's window in place, all pages from here on go there. */
	window_map(environment.pages, PAGES);
	first = environment.pages;
	for (uint64_t i = 0; i < PAGES; i++)
		window_unmap(first + i * PAGE, 1);
	pd = pd_make();
	CHECK_OK(os_kernel_pd_give(MACHINE, pd, page_alloc(), OS_GIVE_PORTS));
	CHECK_OK(os_kernel_pd_give(MACHINE, pd, page_alloc(), OS_GIVE_PORTS));
	for (int i = 0; i < 10; i++)
		(void)thread_make(pd, sleeper, NULL, PRIORITY_HIGH, 0);
	CHECK(environment.pages <= first + PAGES * PAGE);
	CHECK_OK(os_kernel_destroy(pd));
	CHECK(state_of(SELF_PD).free < mine.free); /* dead, until they are dropped */
	for (uint64_t at = 1; at < 4 * OS_KERNEL_SLOTS_PAGE; at++) {
		uint64_t cookie, type, kind, count;

		if (os_kernel_cap_lookup(SELF_PD, at, &cookie, &type, &kind, &count) == OS_ERR_GONE)
			CHECK_OK(os_kernel_cap_drop(at, 1));
	}
	CHECK_EQUAL(state_of(SELF_PD).free, mine.free);
	for (uint64_t at = first; at < environment.pages; at += PAGE)
		CHECK_OK(os_kernel_memory_give(MACHINE, at, 1));
}

TEST(pd_that_is_destroyed_takes_its_endpoints_along)
{
	uint64_t pd = pd_make(), endpoint = endpoint_make(pd, 0), gate = gate_make(endpoint, 0);
	uint64_t signal = signal_make(endpoint, 1), answer, tag, badge;

	CHECK_OK(os_kernel_destroy(pd));
	CHECK_ERR(call(gate, header(0, 0), &answer), OS_ERR_GONE);
	CHECK_ERR(os_kernel_cap_badge(signal, &tag, &badge), OS_ERR_NOT_FOUND);
	CHECK_ERR(os_kernel_destroy(endpoint), OS_ERR_GONE);
	CHECK_OK(os_kernel_destroy(gate));
	CHECK_OK(os_kernel_destroy(signal));
}

TEST(pd_destroyed_by_one_that_it_holds)
{
	/* A PD that holds itself and its maker's PD: no circle keeps it alive. */
	uint64_t pd = pd_make();

	(void)grant(pd, pd, OS_RIGHT_ALL);
	(void)grant(pd, SELF_PD, OS_RIGHT_ALL);
	CHECK_OK(os_kernel_destroy(pd));
	CHECK_ERR(os_kernel_destroy(pd), OS_ERR_GONE);
}

/* ------------------------------------------------------------------ small objects */

/* One call of each kind of small object, in the unit given. */
static uint64_t context; /* for one interrupt */

static enum os_err object_create(uint64_t kind, uint64_t unit)
{
	static uint64_t endpoint;
	uint64_t address, data;

	if (!endpoint)
		endpoint = endpoint_make(SELF_PD, 0);
	if (!context)
		context = signal_make(endpoint, 0);
	switch (kind) {
	case 0:
		return os_kernel_endpoint_create(MACHINE, SELF_PD, unit, 0, 0, &slot);
	case 1:
		return os_kernel_gate_create(MACHINE, endpoint, unit, 0, 0, 0, &slot);
	case 2:
		return os_kernel_signal_create(MACHINE, endpoint, unit, 0, 0, 0, &slot);
	case 3:
		return os_kernel_semaphore_create(MACHINE, unit, 0, 0, &slot);
	case 4:
		return os_kernel_mutex_create(MACHINE, unit, 0, &slot);
	default:
		return os_kernel_interrupt_create(MACHINE, context, unit, OS_IRQ_MSI, &slot,
		                                  &address, &data);
	}
}

enum { SMALL_KINDS = 6 };

static const char *const small_names[SMALL_KINDS] = { "endpoint",  "gate",  "signal",
	                                              "semaphore", "mutex", "interrupt" };
static const uint8_t small_sizes[SMALL_KINDS] = { 128, 64, 128, 64, 64, 64 };

static bool small_label(uint64_t index, char *name, size_t size)
{
	text_format(name, size, "%s_create_checks_its_unit", small_names[index]);
	return true;
}

TEST_EACH(object_create_checks_its_unit, SMALL_KINDS, small_label)
{
	uint64_t page = page_alloc(), free;

	CHECK_OK(os_kernel_memory_give(MACHINE, page, 1));
	CHECK_OK(object_create(index, page + 128));
	context = signal_make(endpoint_make(SELF_PD, 0), 0);
	free = state_of(SELF_PD).free;
	CHECK_ERR(object_create(index, page + 128), OS_ERR_BUSY);
	CHECK_ERR(object_create(index, page + 129), OS_ERR_ALIGN);
	CHECK_ERR(object_create(index, page + 32), OS_ERR_ALIGN);
	CHECK_ERR(object_create(index, page), OS_ERR_INVALID);        /* the kernel's own */
	CHECK_ERR(object_create(index, page + PAGE), OS_ERR_INVALID); /* not given */
	CHECK_ERR(object_create(index, 0x100040), OS_ERR_INVALID);
	CHECK_ERR(object_create(index, 1ul << 50), OS_ERR_INVALID);
	CHECK_ERR(object_create(index, -64ul), OS_ERR_INVALID);
	if (small_sizes[index] == 128) {
		CHECK_ERR(object_create(index, page + 64), OS_ERR_BUSY); /* overlaps */
		CHECK_ERR(object_create(index, page + PAGE - 64), OS_ERR_INVALID);
	} else {
		CHECK_OK(object_create(index, page + 64));
		CHECK_OK(os_kernel_destroy(slot));
		CHECK_OK(os_kernel_cap_drop(slot, 1));
	}
	CHECK_EQUAL(state_of(SELF_PD).free, free);
}

static bool again_label(uint64_t index, char *name, size_t size)
{
	text_format(name, size, "%s_can_be_made_where_one_was", small_names[index]);
	return true;
}

TEST_EACH(object_can_be_made_again, SMALL_KINDS, again_label)
{
	uint64_t page = page_alloc(), free;

	CHECK_OK(os_kernel_memory_give(MACHINE, page, 1));
	for (uint64_t i = 0; i < 30; i++) {
		CHECK_OK(object_create(index, page + 256));
		CHECK_OK(os_kernel_destroy(slot));
		CHECK_ERR(os_kernel_destroy(slot), OS_ERR_GONE);
		CHECK_OK(os_kernel_cap_drop(slot, 1));
		free = state_of(SELF_PD).free;
		CHECK_OK(object_create((index + i) % 5, page + 256));
		CHECK_OK(os_kernel_destroy(slot));
		CHECK_OK(os_kernel_cap_drop(slot, 1));
		CHECK_EQUAL(state_of(SELF_PD).free, free);
	}
	CHECK_OK(os_kernel_memory_take(MACHINE, page));
	window_map(page, 1);
}

static bool slots_label(uint64_t index, char *name, size_t size)
{
	text_format(name, size, "%s_create_needs_a_slot",
	            index < SMALL_KINDS    ? small_names[index]
	            : index == SMALL_KINDS ? "pd"
	                                   : "thread");
	return true;
}

TEST_EACH(object_create_needs_a_slot, SMALL_KINDS + 2, slots_label)
{
	uint64_t unit = unit_alloc(128), page = page_alloc(), there;
	uint64_t semaphore = semaphore_make(0, 0), utcb_page = page_alloc();
	enum os_err err;

	(void)object_create(index % SMALL_KINDS, 0); /* makes what the call needs */
	for (uint64_t at = 1; at < 4 * OS_KERNEL_SLOTS_PAGE; at++)
		if (!held(SELF_PD, at))
			CHECK_OK(os_kernel_cap_grant(SELF_PD, semaphore, 1, at, &there));
	if (index < SMALL_KINDS)
		err = object_create(index, unit);
	else if (index == SMALL_KINDS)
		err = os_kernel_pd_create(MACHINE, page, 0, &slot);
	else
		err = os_kernel_thread_create(MACHINE, SELF_PD, page, utcb_page, 0, 0, &slot);
	CHECK_ERR(err, OS_ERR_CAP_SLOTS);
	window_map(page, 1); /* it has not been taken */
	if (index < SMALL_KINDS) {
		CHECK_OK(os_kernel_cap_drop(100, 1));
		CHECK_OK(object_create(index, unit));
	}
}

TEST(units_of_a_page_hold_sixty_three_objects)
{
	uint64_t page = page_alloc();

	CHECK_OK(os_kernel_memory_give(MACHINE, page, 1));
	for (uint64_t i = 1; i < 64; i++)
		CHECK_OK(object_create(3, page + 64 * i));
	CHECK_OK(os_kernel_memory_take(MACHINE, page));
	window_map(page, 1);
}

TEST(endpoint_of_unknown_flags)
{
	CHECK_ERR(os_kernel_endpoint_create(MACHINE, SELF_PD, unit_alloc(128), 0, 2, &slot),
	          OS_ERR_INVALID);
	CHECK_ERR(os_kernel_endpoint_create(MACHINE, SELF_PD, unit_alloc(128), 0, -1ul, &slot),
	          OS_ERR_INVALID);
}

TEST(gate_and_context_of_a_type_that_is_too_large)
{
	uint64_t endpoint = endpoint_make(SELF_PD, 0);

	CHECK_ERR(os_kernel_gate_create(MACHINE, endpoint, unit_alloc(64), 0, 1ul << 32, 0, &slot),
	          OS_ERR_INVALID);
	CHECK_ERR(
	        os_kernel_signal_create(MACHINE, endpoint, unit_alloc(128), 0, 1ul << 32, 0, &slot),
	        OS_ERR_INVALID);
}

TEST(endpoint_that_is_destroyed_leaves_its_gates_dead)
{
	uint64_t endpoint = endpoint_make(SELF_PD, 0), gates[20], answer;

	for (uint64_t i = 0; i < 20; i++)
		gates[i] = gate_make(endpoint, i);
	CHECK_OK(os_kernel_destroy(endpoint));
	for (uint64_t i = 0; i < 20; i++) {
		CHECK_ERR(call(gates[i], header(0, 0), &answer), OS_ERR_GONE);
		CHECK_OK(os_kernel_destroy(gates[i]));
	}
}

TEST(gates_can_be_destroyed_in_any_order)
{
	uint64_t endpoint = endpoint_make(SELF_PD, 0), gates[9];

	for (uint64_t i = 0; i < 9; i++)
		gates[i] = gate_make(endpoint, i);
	for (uint64_t i = 0; i < 9; i++)
		CHECK_OK(os_kernel_destroy(gates[i * 4 % 9]));
	CHECK_OK(os_kernel_destroy(endpoint));
}

TEST(gate_that_is_destroyed_ends_the_calls_through_it)
{
	static struct client first, second;
	struct server server = server_make_new(sleeper, SELF_PD, PRIORITY_HIGH, 0);
	uint64_t other = gate_make(server.endpoint, 6);

	client_start(&first, SELF_PD, server.gate, header(0, 0), PRIORITY_HIGH, 0);
	client_start(&second, SELF_PD, other, header(0, 0), PRIORITY_HIGH, 0);
	CHECK_OK(os_kernel_destroy(server.gate));
	thread_join(&first.thread);
	CHECK_ERR((enum os_err)first.err, OS_ERR_GONE);
	CHECK_EQUAL(thread_state(&second.thread), OS_THREAD_CALLING);
}

TEST(gate_that_is_destroyed_does_not_end_a_call_that_was_taken)
{
	static struct client client;
	uint64_t endpoint = endpoint_make(SELF_PD, 0), gate = gate_make(endpoint, 0);
	struct event event;

	client_start(&client, SELF_PD, gate, header(0, 0), PRIORITY_HIGH, 0);
	CHECK_OK(wait_at(endpoint, &event));
	CHECK_OK(os_kernel_destroy(gate));
	CHECK_ERR(reply_and_poll(endpoint, header(8, 0), &event), OS_ERR_EMPTY);
	thread_join(&client.thread);
	CHECK_EQUAL(client.answer, header(8, 0));
}
