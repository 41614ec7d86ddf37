/* SPDX-License-Identifier: BSD-2-Clause */
/* Memory given to the kernel and taken back, and what is mapped. */

#include "common.h"

/* ------------------------------------------------------------------ memory_give, memory_take */

TEST(memory_give_refuses_what_is_not_aligned)
{
	CHECK_ERR(os_kernel_memory_give(MACHINE, page_alloc() + 1, 1), OS_ERR_ALIGN);
	CHECK_ERR(os_kernel_memory_give(MACHINE, page_alloc() + 64, 1), OS_ERR_ALIGN);
}

TEST(memory_give_refuses_what_is_no_memory)
{
	CHECK_ERR(os_kernel_memory_give(MACHINE, 0xfee00000, 1), OS_ERR_INVALID);
	CHECK_ERR(os_kernel_memory_give(MACHINE, 1ul << 45, 1), OS_ERR_INVALID);
	CHECK_ERR(os_kernel_memory_give(MACHINE, -4096ul, 1), OS_ERR_INVALID);
	CHECK_ERR(os_kernel_memory_give(MACHINE, 0xffff800000000000ul, 1), OS_ERR_INVALID);
}

TEST(memory_give_refuses_a_count_that_wraps)
{
	CHECK(os_kernel_memory_give(MACHINE, page_alloc(), -1ul) != OS_OK);
	CHECK(os_kernel_memory_give(MACHINE, page_alloc(), 1ul << 52) != OS_OK);
	CHECK(os_kernel_memory_give(MACHINE, page_alloc(), 1ul << 51 | 1) != OS_OK);
}

TEST(memory_give_refuses_what_the_kernel_uses)
{
	uint64_t page = page_alloc();

	CHECK_OK(os_kernel_memory_give(MACHINE, page, 1));
	CHECK_ERR(os_kernel_memory_give(MACHINE, page, 1), OS_ERR_BUSY);
	CHECK_ERR(os_kernel_memory_give(MACHINE, 0x100000, 1), OS_ERR_BUSY); /* the kernel itself */
}

TEST(memory_give_of_several_pages_gives_all_or_none)
{
	uint64_t pages = pages_alloc(4);

	CHECK_OK(os_kernel_memory_give(MACHINE, pages + 2 * PAGE, 1));
	CHECK_ERR(os_kernel_memory_give(MACHINE, pages, 4), OS_ERR_BUSY);
	CHECK_OK(os_kernel_memory_give(MACHINE, pages, 2));
	CHECK_OK(os_kernel_memory_take(MACHINE, pages + 2 * PAGE));
	CHECK_OK(os_kernel_memory_give(MACHINE, pages + 2 * PAGE, 2));
}

TEST(memory_take_gives_the_page_back)
{
	uint64_t page = page_alloc();

	CHECK_OK(os_kernel_memory_give(MACHINE, page, 1));
	CHECK_OK(os_kernel_memory_take(MACHINE, page));
	*(volatile uint64_t *)window_map(page, 1) = 1;
	window_unmap(page, 1);
	CHECK_OK(os_kernel_memory_give(MACHINE, page, 1));
}

TEST(memory_take_of_what_was_not_given)
{
	CHECK_ERR(os_kernel_memory_take(MACHINE, 0x100000), OS_ERR_INVALID);
	CHECK_ERR(os_kernel_memory_take(MACHINE, 0xfee00000), OS_ERR_INVALID);
	CHECK_ERR(os_kernel_memory_take(MACHINE, 1ul << 51), OS_ERR_INVALID);
	CHECK_ERR(os_kernel_memory_take(MACHINE, page_alloc() + 8), OS_ERR_ALIGN);
}

TEST(memory_take_of_a_free_page_changes_nothing)
{
	uint64_t page = page_alloc();

	CHECK_OK(os_kernel_memory_take(MACHINE, page));
	window_map(page, 1);
	CHECK_OK(os_kernel_memory_take(MACHINE, page));
	*(volatile uint64_t *)(WINDOW + page) = 1;
}

TEST(memory_taken_back_destroys_what_lives_there)
{
	uint64_t page = page_alloc(), slots[16], cookie, type, kind, count;

	CHECK_OK(os_kernel_memory_give(MACHINE, page, 1));
	for (uint64_t i = 0; i < 16; i++)
		CHECK_OK(os_kernel_semaphore_create(MACHINE, page + 64 * (i + 1), 0, 0, &slots[i]));
	CHECK_OK(os_kernel_memory_take(MACHINE, page));
	for (uint64_t i = 0; i < 16; i++)
		CHECK_ERR(os_kernel_cap_lookup(SELF_PD, slots[i], &cookie, &type, &kind, &count),
		          OS_ERR_GONE);
}

static struct client client;

TEST(memory_of_an_endpoint_withdrawn_while_a_call_waits)
{
	uint64_t page = page_alloc(), endpoint;

	CHECK_OK(os_kernel_memory_give(MACHINE, page, 1));
	CHECK_OK(os_kernel_endpoint_create(MACHINE, SELF_PD, page + 128, 0, 0, &endpoint));
	client_start(&client, SELF_PD, gate_make(endpoint, 0), header(0, 0), PRIORITY_HIGH, 0);
	CHECK_OK(os_kernel_memory_take(MACHINE, page));
	thread_join(&client.thread);
	CHECK_ERR((enum os_err)client.err, OS_ERR_GONE);
}

TEST(memory_of_a_thread_withdrawn_while_it_serves)
{
	struct server server = server_make(server_silent, pd_make(), PRIORITY_HIGH, 0);
	uint64_t cycles, state;

	client_start(&client, SELF_PD, server.gate, header(0, 0), PRIORITY_HIGH, 0);
	thread_expect(&client.thread, OS_THREAD_CALLED);
	CHECK_OK(os_kernel_memory_take(MACHINE, server.thread.page));
	thread_join(&client.thread);
	CHECK_ERR((enum os_err)client.err, OS_ERR_GONE);
	CHECK_ERR(os_kernel_thread_time(server.thread.slot, &cycles, &state), OS_ERR_GONE);
}

TEST(memory_of_a_utcb_withdrawn_while_its_thread_calls)
{
	struct server server = server_make_new(sleeper, SELF_PD, PRIORITY_HIGH, 0);
	uint64_t cycles, state;

	client_start(&client, SELF_PD, server.gate, header(0, 0), PRIORITY_HIGH, 0);
	thread_expect(&client.thread, OS_THREAD_CALLING);
	CHECK_OK(os_kernel_memory_take(MACHINE, client.thread.utcb_page));
	CHECK_ERR(os_kernel_thread_time(client.thread.slot, &cycles, &state), OS_ERR_GONE);
	window_map(client.thread.utcb_page, 1);
}

static bool part_label(uint64_t index, char *name, size_t size)
{
	static const char *const parts[] = { "page_table", "slots", "directory", "itself" };

	text_format(name, size, "memory_of_a_pd_withdrawn_%s", parts[index]);
	return true;
}

/* Any part of a PD that is taken back takes all of it along. */
TEST_EACH(memory_of_a_pd_withdrawn, 4, part_label)
{
	uint64_t first = environment.pages, pd, used, free, tables;
	uint64_t page = page_alloc(), table = page_alloc(), directory = page_alloc();
	uint64_t slots = page_alloc();
	const uint64_t parts[] = { table, slots, directory, page };
	uint64_t mapped = page_alloc(), last;

	CHECK_OK(os_kernel_pd_create(MACHINE, page, 0, &pd));
	CHECK_OK(os_kernel_pd_give(MACHINE, pd, table, OS_GIVE_TABLE));
	CHECK_OK(os_kernel_pd_give(MACHINE, pd, directory, OS_GIVE_DIRECTORY));
	CHECK_OK(os_kernel_pd_give(MACHINE, pd, slots, OS_GIVE_SLOTS));
	for (int i = 0; i < 3; i++)
		CHECK_OK(os_kernel_pd_give(MACHINE, pd, page_alloc(), OS_GIVE_TABLE));
	last = environment.pages;
	pd_map(pd, 0x400000, mapped, 1, OS_MAP_READ);
	CHECK_OK(os_kernel_memory_take(MACHINE, parts[index]));
	CHECK_ERR(os_kernel_pd_state(pd, &used, &free, &tables), OS_ERR_GONE);
	for (uint64_t at = first; at < last; at += PAGE)
		window_map(at, 1);
}

/* ------------------------------------------------------------------ map */

#define FAR 0x500000000000ul

static uint64_t done;

static enum os_err map(uint64_t address, uint64_t physical, uint64_t size, uint64_t attributes)
{
	return os_kernel_map(MACHINE, SELF_PD, address, physical, size, attributes, &done);
}

TEST(map_shows_the_page)
{
	uint64_t page = page_alloc();
	volatile uint64_t *here = window_map(page, 1), *there = (void *)FAR;

	pd_map(SELF_PD, FAR, page, 1, OS_MAP_READ | OS_MAP_WRITE);
	*here = 0x1122334455667788;
	CHECK_EQUAL(*there, 0x1122334455667788);
	*there = 1;
	CHECK_EQUAL(*here, 1);
}

TEST(map_refuses_what_is_not_aligned)
{
	uint64_t page = page_alloc();

	CHECK_ERR(map(FAR + 1, page, PAGE, OS_MAP_READ), OS_ERR_ALIGN);
	CHECK_ERR(map(FAR, page + 1, PAGE, OS_MAP_READ), OS_ERR_ALIGN);
	CHECK_ERR(map(FAR, page, PAGE + 1, OS_MAP_READ), OS_ERR_ALIGN);
	CHECK_ERR(map(FAR, page, 1, OS_MAP_READ), OS_ERR_ALIGN);
}

TEST(map_refuses_what_is_not_user_land)
{
	static const uint64_t addresses[] = {
		OS_KERNEL_USER_END,   0x800000000000ul,     0xffff800000000000ul,
		0xffffffff80000000ul, -(uint64_t)PAGE,      0x8000000000000000ul,
		0xffff7ffffffff000ul, 0x0001000000000000ul,
	};
	uint64_t page = page_alloc();

	for (size_t i = 0; i < sizeof(addresses) / sizeof(*addresses); i++)
		CHECK_ERR(map(addresses[i], page, PAGE, OS_MAP_READ), OS_ERR_RANGE);
	CHECK_ERR(map(OS_KERNEL_USER_END - PAGE, page, 2 * PAGE, OS_MAP_READ), OS_ERR_RANGE);
}

TEST(map_refuses_sizes_that_wrap)
{
	uint64_t page = page_alloc();

	CHECK_ERR(map(FAR, page, -(uint64_t)PAGE, OS_MAP_READ), OS_ERR_RANGE);
	CHECK(map(FAR, -(uint64_t)PAGE, PAGE, OS_MAP_READ) != OS_OK);
	CHECK(map(FAR, -(uint64_t)PAGE, 2 * PAGE, OS_MAP_READ) != OS_OK);
	CHECK(map(FAR, 1ul << 52, PAGE, OS_MAP_READ) != OS_OK);
	CHECK(map(FAR, (1ul << 52) - PAGE, 2 * PAGE, OS_MAP_READ) != OS_OK);
}

TEST(map_at_the_last_page_of_user_land)
{
	uint64_t page = page_alloc(), last = OS_KERNEL_USER_END - PAGE;

	pd_map(SELF_PD, last, page, 1, OS_MAP_READ | OS_MAP_WRITE);
	*(volatile uint64_t *)(last + PAGE - 8) = 5;
	CHECK_EQUAL(*(volatile uint64_t *)(last + PAGE - 8), 5);
}

TEST(map_at_address_zero)
{
	/* A legal address; nobody is forced to have it mapped. */
	uint64_t page = page_alloc();
	uint32_t value;

	pd_map(SELF_PD, 0, page, 1, OS_MAP_READ | OS_MAP_WRITE);
	*(volatile uint32_t *)window_map(page, 1) = 4711;
	__asm__ volatile("movl (%1), %0" : "=r"(value) : "r"(0ul) : "memory");
	CHECK_EQUAL(value, 4711);
}

TEST(map_refuses_attributes_that_do_not_go_together)
{
	static const uint64_t wrong[] = {
		0,
		OS_MAP_WRITE,
		OS_MAP_EXECUTE,
		OS_MAP_READ | OS_MAP_WRITE | OS_MAP_EXECUTE,
		OS_MAP_READ | OS_MAP_UNCACHED | OS_MAP_COMBINED,
		OS_MAP_READ | 8,
		OS_MAP_READ | 64,
		OS_MAP_READ | 1ul << 32,
		-1ul,
	};
	uint64_t page = page_alloc();

	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++)
		CHECK_ERR(map(FAR, page, PAGE, wrong[i]), OS_ERR_INVALID);
}

static uint64_t denied_address(uint64_t index, const char **what)
{
	static const struct {
		const char *what;
		uint64_t address;
	} denied[] = {
		{ "the_kernel", 0x100000 },
		{ "the_local_apic", 0xfee00000 },
		{ "the_ioapic", 0xfec00000 },
	};

	*what = denied[index].what;
	return denied[index].address;
}

static bool denied_label(uint64_t index, char *name, size_t size)
{
	const char *what;

	(void)denied_address(index, &what);
	text_format(name, size, "map_refuses_%s", what);
	return true;
}

TEST_EACH(map_refuses_what_is_denied, 3, denied_label)
{
	const char *what;
	uint64_t address = denied_address(index, &what);

	CHECK_ERR(map(FAR, address, PAGE, OS_MAP_READ), OS_ERR_DENIED);
	CHECK_ERR(map(FAR, address, PAGE, OS_MAP_READ | OS_MAP_WRITE | OS_MAP_UNCACHED),
	          OS_ERR_DENIED);
	/* Nor as a part of something larger. */
	CHECK_ERR(map(FAR, address - PAGE, 3 * PAGE, OS_MAP_READ), OS_ERR_DENIED);
	CHECK_ERR(map(FAR, address & ~0x1ffffful, 2 << 20, OS_MAP_READ), OS_ERR_DENIED);
}

TEST(map_refuses_what_the_kernel_was_given)
{
	struct thread thread = thread_make_new(SELF_PD, sleeper, NULL, PRIORITY_LOW, 0);
	uint64_t page = page_alloc(), table = page_alloc(), pd = page_alloc(), slot;

	CHECK_OK(os_kernel_memory_give(MACHINE, page, 1));
	CHECK_ERR(map(FAR, page, PAGE, OS_MAP_READ), OS_ERR_DENIED);
	CHECK_OK(os_kernel_pd_create(MACHINE, pd, 0, &slot));
	CHECK_ERR(map(FAR, pd, PAGE, OS_MAP_READ), OS_ERR_DENIED);
	CHECK_OK(os_kernel_pd_give(MACHINE, slot, table, OS_GIVE_TABLE));
	CHECK_ERR(map(FAR, table, PAGE, OS_MAP_READ), OS_ERR_DENIED);
	CHECK_ERR(map(FAR, thread.page, PAGE, OS_MAP_READ), OS_ERR_DENIED);
}

TEST(map_without_page_tables_tells_so_and_goes_on)
{
	uint64_t pd, page = page_alloc();
	int given = 0;
	enum os_err err;

	CHECK_OK(os_kernel_pd_create(MACHINE, page_alloc(), 0, &pd));
	while ((err = os_kernel_map(MACHINE, pd, FAR, page, PAGE, OS_MAP_READ, &done))) {
		CHECK_ERR(err, OS_ERR_OUT_OF_RAM);
		CHECK_EQUAL(done, 0);
		CHECK_OK(os_kernel_pd_give(MACHINE, pd, page_alloc(), OS_GIVE_TABLE));
		given++;
	}
	CHECK_EQUAL(given, 4); /* levels */
	CHECK_EQUAL(done, PAGE);
}

TEST(map_of_many_pages_is_complete)
{
	uint64_t pages = pages_alloc(200);

	for (uint64_t i = 0; i < 200; i++)
		*(uint64_t *)window_map(pages + i * PAGE, 1) = i;
	pd_map(SELF_PD, FAR + 0x1ff000, pages, 200, OS_MAP_READ);
	for (uint64_t i = 0; i < 200; i++)
		CHECK_EQUAL(*(volatile uint64_t *)(FAR + 0x1ff000 + i * PAGE), i);
}

TEST(map_uses_a_large_page_where_it_can)
{
	struct state before;

	pd_map(SELF_PD, FAR, environment.big, 1, OS_MAP_READ); /* for the tables above */
	CHECK_OK(os_kernel_unmap(SELF_PD, FAR, PAGE, &done));
	CHECK_OK(map(FAR + (2 << 20), environment.big, 2 << 20, OS_MAP_READ | OS_MAP_WRITE));
	CHECK_EQUAL(done, 2 << 20);
	before = state_of(SELF_PD);
	((volatile uint8_t *)FAR)[(4 << 20) - 1] = 7;
	CHECK_EQUAL(((volatile uint8_t *)FAR)[(4 << 20) - 1], 7);
	CHECK_OK(map(FAR + (4 << 20), environment.big, 2 << 20, OS_MAP_READ | OS_MAP_WRITE));
	CHECK_EQUAL(((volatile uint8_t *)FAR)[(6 << 20) - 1], 7);
	CHECK_EQUAL(state_of(SELF_PD).tables, before.tables);
}

TEST(map_of_a_small_page_into_a_large_one)
{
	uint64_t page = page_alloc();

	pd_map(SELF_PD, FAR, environment.big, 512, OS_MAP_READ | OS_MAP_WRITE);
	*(volatile uint64_t *)(FAR + 5 * PAGE) = 1;
	*(volatile uint64_t *)(FAR + 6 * PAGE) = 2;
	*(volatile uint64_t *)window_map(page, 1) = 3;
	pd_map(SELF_PD, FAR + 5 * PAGE, page, 1, OS_MAP_READ);
	CHECK_EQUAL(*(volatile uint64_t *)(FAR + 5 * PAGE), 3);
	CHECK_EQUAL(*(volatile uint64_t *)(FAR + 6 * PAGE), 2);
}

TEST(map_of_a_large_page_over_small_ones)
{
	uint64_t page = page_alloc(), tables;

	pd_map(SELF_PD, FAR, page, 1, OS_MAP_READ | OS_MAP_WRITE);
	*(volatile uint64_t *)FAR = 1;
	tables = state_of(SELF_PD).tables;
	pd_map(SELF_PD, FAR, environment.big, 512, OS_MAP_READ | OS_MAP_WRITE);
	*(volatile uint64_t *)FAR = 2;
	CHECK_EQUAL(*(volatile uint64_t *)window_map(page, 1), 1);
	CHECK_EQUAL(state_of(SELF_PD).tables, tables + 1); /* that of the small pages is back */
}

TEST(map_in_place_of_another_page)
{
	uint64_t first = page_alloc(), second = page_alloc();

	*(volatile uint64_t *)window_map(first, 1) = 1;
	*(volatile uint64_t *)window_map(second, 1) = 2;
	pd_map(SELF_PD, FAR, first, 1, OS_MAP_READ);
	CHECK_EQUAL(*(volatile uint64_t *)FAR, 1);
	pd_map(SELF_PD, FAR, second, 1, OS_MAP_READ);
	CHECK_EQUAL(*(volatile uint64_t *)FAR, 2);
}

TEST(map_of_the_same_page_often)
{
	uint64_t page = page_alloc();

	for (uint64_t i = 0; i < 100; i++)
		pd_map(SELF_PD, FAR + i * PAGE, page, 1, OS_MAP_READ | OS_MAP_WRITE);
	*(volatile uint64_t *)FAR = 9;
	for (uint64_t i = 0; i < 100; i++)
		CHECK_EQUAL(*(volatile uint64_t *)(FAR + i * PAGE), 9);
}

static const uint8_t caching[] = { OS_MAP_CACHED, OS_MAP_UNCACHED, OS_MAP_COMBINED };

static bool caching_label(uint64_t index, char *name, size_t size)
{
	static const char *const names[] = { "cached", "uncached", "write_combining" };

	text_format(name, size, "map_%s_%s_pages", names[index / 2], index % 2 ? "large" : "small");
	return true;
}

TEST_EACH(map_cached, 6, caching_label)
{
	uint64_t count = index % 2 ? 512 : 3;

	pd_map(SELF_PD, FAR, environment.big, count,
	       OS_MAP_READ | OS_MAP_WRITE | caching[index / 2]);
	for (uint64_t i = 0; i < count; i++)
		*(volatile uint64_t *)(FAR + i * PAGE) = i;
	__asm__ volatile("mfence" : : : "memory");
	for (uint64_t i = 0; i < count; i++)
		CHECK_EQUAL(*(volatile uint64_t *)(FAR + i * PAGE), i);
}

/* ------------------------------------------------------------------ unmap */

static uint64_t endpoint;
static struct os_kernel_fault fault;

static void reader(void *address)
{
	(void)*(volatile uint64_t *)address;
	trace_note('r');
}

/* Does a thread that reads there fault? */
static bool faults_at(uint64_t address)
{
	struct thread thread = { 0 };
	struct event event;

	if (!endpoint)
		endpoint = endpoint_make(SELF_PD, 0);
	thread = victim_make(SELF_PD, reader, (void *)address, endpoint);
	if (poll_at(endpoint, &event))
		return false;
	memcpy(&fault, utcb()->payload, sizeof(fault));
	CHECK_EQUAL(fault.address, address);
	CHECK_OK(os_kernel_destroy(thread.slot));
	return true;
}

TEST(unmap_takes_the_page_away)
{
	pd_map(SELF_PD, FAR, pages_alloc(2), 2, OS_MAP_READ);
	CHECK(!faults_at(FAR));
	CHECK_OK(os_kernel_unmap(SELF_PD, FAR, PAGE, &done));
	CHECK_EQUAL(done, PAGE);
	CHECK(faults_at(FAR));
	CHECK(!faults_at(FAR + PAGE));
}

TEST(unmap_of_what_is_not_mapped)
{
	CHECK_OK(os_kernel_unmap(SELF_PD, FAR, PAGE, &done));
	CHECK_EQUAL(done, PAGE);
}

TEST(unmap_of_everything)
{
	uint64_t pd = pd_make(), at = 0;

	while (at < OS_KERNEL_USER_END) {
		CHECK_OK(os_kernel_unmap(pd, at, OS_KERNEL_USER_END - at, &done));
		CHECK(done);
		at += done;
	}
}

TEST(unmap_refuses_what_is_not_aligned)
{
	CHECK_ERR(os_kernel_unmap(SELF_PD, FAR + 8, PAGE, &done), OS_ERR_ALIGN);
	CHECK_ERR(os_kernel_unmap(SELF_PD, FAR, PAGE - 8, &done), OS_ERR_ALIGN);
}

TEST(unmap_refuses_what_is_not_user_land)
{
	CHECK_ERR(os_kernel_unmap(SELF_PD, OS_KERNEL_USER_END, PAGE, &done), OS_ERR_RANGE);
	CHECK_ERR(os_kernel_unmap(SELF_PD, 0xffffffff80000000ul, PAGE, &done), OS_ERR_RANGE);
	CHECK_ERR(os_kernel_unmap(SELF_PD, PAGE, -(uint64_t)PAGE, &done), OS_ERR_RANGE);
	CHECK_ERR(os_kernel_unmap(SELF_PD, 0, OS_KERNEL_USER_END + PAGE, &done), OS_ERR_RANGE);
}

TEST(unmap_of_a_part_of_a_large_page_is_a_conflict)
{
	pd_map(SELF_PD, FAR, environment.big, 512, OS_MAP_READ);
	CHECK_ERR(os_kernel_unmap(SELF_PD, FAR, PAGE, &done), OS_ERR_CONFLICT);
	CHECK_ERR(os_kernel_unmap(SELF_PD, FAR + PAGE, (2 << 20) - PAGE, &done), OS_ERR_CONFLICT);
	CHECK(!faults_at(FAR));
	CHECK_OK(os_kernel_unmap(SELF_PD, FAR, 2 << 20, &done));
	CHECK_EQUAL(done, 2 << 20);
	CHECK(faults_at(FAR));
	CHECK(faults_at(FAR + (2 << 20) - 8));
}

TEST(unmap_of_many_pages)
{
	uint64_t pages = pages_alloc(150), at = 0;

	pd_map(SELF_PD, FAR, pages, 150, OS_MAP_READ);
	while (at < 150 * PAGE) {
		CHECK_OK(os_kernel_unmap(SELF_PD, FAR + at, 150 * PAGE - at, &done));
		at += done;
	}
	for (uint64_t i = 0; i < 150; i += 37)
		CHECK(faults_at(FAR + i * PAGE));
}

TEST(memory_is_zero_when_the_kernel_takes_it)
{
	/* A PD's page tables made of a page full of ones map nothing. */
	uint64_t page = page_alloc(), pd;

	memset(window_map(page, 1), 0xff, PAGE);
	window_unmap(page, 1);
	CHECK_OK(os_kernel_pd_create(MACHINE, page_alloc(), 0, &pd));
	CHECK_OK(os_kernel_pd_give(MACHINE, pd, page, OS_GIVE_TABLE));
	CHECK_OK(os_kernel_unmap(pd, 0, 1ul << 40, &done));
}
