/* SPDX-License-Identifier: BSD-2-Clause */
/* Sessions as a client: donation and retry, type check, upgrade, close; LOG, ROM, memory. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include <api/log.h>
#include <api/timer.h>
#include <osier/heap.h>
#include "mock_platform.h"

static struct os_env *env;
static uint32_t before;

static int setup(void **state)
{
	(void)state;
	env = mock_init();
	before = mock_refs();
	return 0;
}

static const struct os_session_args log_args = {
	.service = LOG_SERVICE, .ram = 1000, .caps = 3, .type = LOG_TYPE
};

static void opens_and_closes(void **state)
{
	struct os_session a = { 0 };

	(void)state;
	assert_int_equal(os_session_open(&a, env, &log_args), OS_OK);
	assert_int_equal(mock.last_ram, 1000);
	assert_int_equal(mock.last_caps, 3);
	assert_int_equal(a.id, mock.open_ids[0]);
	assert_int_equal(mock_refs(), before + 1);
	os_session_close(&a);
	os_session_close(&a);
	assert_int_equal(mock.closes, 1);
	assert_int_equal(mock_refs(), before);
	/* Each session has an id of its own. */
	assert_int_equal(os_session_open(&a, env, &log_args), OS_OK);
	assert_int_not_equal(mock.open_ids[1], mock.open_ids[0]);
	os_session_close(&a);
}

static void a_donation_too_small_is_raised_twice(void **state)
{
	struct os_session a;

	(void)state;
	mock.server_ram = 1500;
	assert_int_equal(os_session_open(&a, env, &log_args), OS_OK);
	assert_int_equal(a.ram, 2000);
	assert_int_equal(a.caps, 3);
	os_session_close(&a);
	mock.server_ram = 0;
	mock.server_caps = 6;
	assert_int_equal(os_session_open(&a, env, &log_args), OS_OK);
	assert_int_equal(a.ram, 1000);
	assert_int_equal(a.caps, 6);
	os_session_close(&a);
	mock.opens = 0;
	mock.server_caps = 13; /* 3, 6, 12 */
	assert_int_equal(os_session_open(&a, env, &log_args), OS_ERR_OUT_OF_CAPS);
	assert_null(a.env);
	assert_int_equal(mock.opens, 3);
	assert_int_equal(mock.resource_requests, 0);
	assert_int_equal(mock_refs(), before);
}

static void the_parent_is_asked_once_for_what_the_account_lacks(void **state)
{
	struct os_session a;

	(void)state;
	mock.account_ram = 900;
	mock.account_caps = 1;
	assert_int_equal(os_session_open(&a, env, &log_args), OS_OK);
	assert_int_equal(mock.resource_requests, 1);
	assert_true(mock.resource_ram > 100); /* and something for the way */
	assert_true(mock.resource_caps > 2);
	os_session_close(&a);
	mock.account_ram = 900;
	mock.resource_answer = OS_ERR_DENIED;
	mock.opens = 0;
	assert_int_equal(os_session_open(&a, env, &log_args), OS_ERR_OUT_OF_RAM);
	assert_int_equal(mock.opens, 1);
	assert_int_equal(mock_refs(), before);
}

static void both_may_be_needed(void **state)
{
	struct os_session a;

	(void)state;
	mock.account_ram = 900;
	mock.server_ram = 10000;
	/* Asked for what is lacking, raised to 2000 and 4000, which the server refuses, too. */
	assert_int_equal(os_session_open(&a, env, &log_args), OS_ERR_OUT_OF_RAM);
	assert_int_equal(mock.resource_requests, 1);
	assert_int_equal(mock.opens, 4);
}

/* Who donates much, as a framebuffer takes, does not pay it twice for some hops on the way. */
static void a_large_donation_is_raised_by_little_first(void **state)
{
	struct os_raises raises = { 0 };
	uint64_t ram = 1 << 20, caps = 100, huge = UINT64_MAX / 2 + 1;

	(void)state;
	assert_true(os_donation_raise(&ram, &caps, &raises, OS_ERR_OUT_OF_RAM));
	assert_int_equal(ram, (1 << 20) + 8192);
	assert_true(os_donation_raise(&ram, &caps, &raises, OS_ERR_OUT_OF_CAPS));
	assert_int_equal(caps, 112);
	assert_true(os_donation_raise(&ram, &caps, &raises, OS_ERR_OUT_OF_RAM));
	assert_int_equal(ram, (2 << 20) + 16384);
	assert_true(os_donation_raise(&ram, &caps, &raises, OS_ERR_OUT_OF_CAPS));
	assert_int_equal(caps, 224);
	assert_false(os_donation_raise(&ram, &caps, &raises, OS_ERR_OUT_OF_RAM));
	assert_false(os_donation_raise(&ram, &caps, &raises, OS_ERR_OUT_OF_CAPS));
	assert_false(os_donation_raise(&ram, &caps, &raises, OS_ERR_DENIED));
	assert_int_equal(ram, (2 << 20) + 16384);
	assert_int_equal(caps, 224);
	raises = (struct os_raises){ .ram = 1 };
	assert_false(os_donation_raise(&huge, &caps, &raises, OS_ERR_OUT_OF_RAM));
	assert_int_equal(huge, UINT64_MAX / 2 + 1);
}

static enum os_err hungry(uint32_t *calls, enum os_err err)
{
	return ++*calls <= 3 ? err : OS_OK;
}

static void a_session_grows_with_its_operations(void **state)
{
	struct os_session a;
	uint32_t calls = 0;

	(void)state;
	assert_int_equal(os_session_open(&a, env, &log_args), OS_OK);
	assert_int_equal(OS_SESSION_CALL(&a, hungry(&calls, OS_ERR_OUT_OF_RAM)), OS_OK);
	assert_int_equal(calls, 4);
	assert_int_equal(a.ram, 8000);
	assert_int_equal(a.caps, 3);
	calls = 0;
	assert_int_equal(OS_SESSION_CALL(&a, hungry(&calls, OS_ERR_OUT_OF_CAPS)), OS_OK);
	assert_int_equal(a.caps, 24);
	calls = 0;
	assert_int_equal(OS_SESSION_CALL(&a, hungry(&calls, OS_ERR_DENIED)), OS_ERR_DENIED);
	assert_int_equal(calls, 1);
	os_session_close(&a);
	assert_false(os_session_grow(&a, OS_ERR_OUT_OF_RAM));
}

static void a_server_that_lies_gets_no_more_than_16_times_the_donation(void **state)
{
	struct os_session a;

	(void)state;
	assert_int_equal(os_session_open(&a, env, &log_args), OS_OK);
	assert_int_equal(OS_SESSION_CALL(&a, OS_ERR_OUT_OF_RAM), OS_ERR_OUT_OF_RAM);
	assert_int_equal(a.ram, 16000);
	assert_int_equal(OS_SESSION_CALL(&a, OS_ERR_OUT_OF_RAM), OS_ERR_OUT_OF_RAM);
	assert_int_equal(a.ram, 16000);
	/* Asked to, it goes beyond. */
	assert_int_equal(os_session_upgrade(&a, 500, 1), OS_OK);
	assert_false(os_session_grow(&a, OS_ERR_OUT_OF_RAM));
	assert_int_equal(a.ram, 16500);
	os_session_close(&a);
}

static void an_upgrade_asks_the_parent_once(void **state)
{
	struct os_session a;

	(void)state;
	assert_int_equal(os_session_open(&a, env, &log_args), OS_OK);
	mock.account_ram = 900;
	assert_int_equal(os_session_upgrade(&a, 1000, 0), OS_OK);
	assert_int_equal(mock.resource_requests, 1);
	assert_true(mock.resource_ram > 100);
	assert_int_equal(mock.resource_caps, 0);
	mock.account_ram = 900;
	mock.resource_answer = OS_ERR_DENIED;
	assert_int_equal(os_session_upgrade(&a, 1000, 0), OS_ERR_OUT_OF_RAM);
	assert_int_equal(mock.resource_requests, 2);
	assert_int_equal(a.ram, 2000);
	os_session_close(&a);
}

static void other_errors_are_final(void **state)
{
	const struct os_session_args args = { .service = "Nitpicker" };
	struct os_session a;

	(void)state;
	assert_int_equal(os_session_open(&a, env, &args), OS_ERR_NO_ROUTE);
	assert_int_equal(mock.opens, 1);
	assert_true(mock.last_ram > 0 && mock.last_caps > 0);
	assert_null(a.env);
}

static void a_session_of_another_type_is_closed_again(void **state)
{
	struct os_session_args args = log_args;
	struct os_session a;

	(void)state;
	args.type = TIMER_TYPE;
	assert_int_equal(os_session_open(&a, env, &args), OS_ERR_CAP_TYPE);
	assert_int_equal(mock.closes, 1);
	assert_int_equal(mock_refs(), before);
	args.type = OS_TYPE_ANY;
	assert_int_equal(os_session_open(&a, env, &args), OS_OK);
	os_session_close(&a);
}

static void a_typed_session_declares_its_donation(void **state)
{
	struct os_session a;
	struct log_cap to;

	(void)state;
	assert_int_equal(log_open(&a, env, NULL, &to), OS_OK);
	assert_int_equal(mock.last_ram, LOG_RAM);
	assert_int_equal(mock.last_caps, LOG_CAPS);
	assert_int_equal(log_write(to, "typed"), OS_OK);
	assert_string_equal(mock.line, "typed");
	os_session_close(&a);
	mock.server_ram = 1 << 20;
	assert_int_equal(log_open(&a, env, NULL, &to), OS_ERR_OUT_OF_RAM);
	assert_int_equal(to.cap.slot, 0);
	os_session_close(&a);
	assert_int_equal(mock.closes, 1);
	assert_string_equal(mock.line, "typed");
}

static void upgrades_are_added_up(void **state)
{
	struct os_session a;

	(void)state;
	assert_int_equal(os_session_open(&a, env, &log_args), OS_OK);
	assert_int_equal(os_session_upgrade(&a, 24, 1), OS_OK);
	assert_int_equal(a.ram, 1024);
	assert_int_equal(a.caps, 4);
	assert_int_equal(os_session_upgrade(&a, UINT64_MAX, 1), OS_ERR_OUT_OF_RAM);
	assert_int_equal(a.ram, 1024);
	os_session_close(&a);
	assert_int_equal(os_session_upgrade(&a, 1, 1), OS_ERR_GONE);
}

/* ---------------------------------------------------------------- LOG, ROM */

static void lines_are_prefixed_and_cut(void **state)
{
	char text[600];

	(void)state;
	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = 0;
	os_warning(env, "%s %d", "low", 3);
	assert_string_equal(mock.line, "warning: low 3");
	os_error(env, "%.491s", text);
	/* "error: " and 491 are 498 bytes: whole */
	assert_int_equal(strlen(mock.line), 498);
	os_log(env, "%.500s", text);
	assert_int_equal(strlen(mock.line), 500);
	assert_int_equal(mock.line[499], 'x');
	os_log(env, "%s", text);
	assert_int_equal(strlen(mock.line), 500);
	assert_string_equal(mock.line + 497, "…");
	/* Never within a character: the ä begins at 496. */
	memcpy(text + 496, "ä", 2);
	os_log(env, "%s", text);
	assert_string_equal(mock.line + 496, "…");
	assert_int_equal(mock.opens, 1);
}

/* Goes on after the test before, in which the LOG session was opened. */
static void a_shortage_is_told(void **state)
{
	struct os_session a;
	struct rom_cap rom;

	(void)state;
	mock.server_ram = 1 << 20;
	assert_int_equal(rom_open(&a, env, NULL, &rom), OS_ERR_OUT_OF_RAM);
	assert_string_equal(mock.line,
	                    "warning: session \"ROM\": RAM quota exhausted, with 40K and 4 "
	                    "capabilities donated; raise the donation in its api/*.rpc");
	mock.account_ram = 0;
	mock.resource_answer = OS_ERR_DENIED;
	assert_int_equal(rom_open(&a, env, NULL, &rom), OS_ERR_OUT_OF_RAM);
	assert_string_equal(mock.line,
	                    "warning: session \"ROM\": RAM quota exhausted, with 12K and 4 "
	                    "capabilities donated; give this component more in its <start>");
}

static void rom_content_is_asked_for_anew(void **state)
{
	struct os_rom rom;
	struct os_view old, new;

	(void)state;
	mock.rom = "old";
	assert_int_equal(os_rom_open(&rom, env, "config"), OS_OK);
	assert_int_equal(os_rom_view(&rom, &old), OS_OK);
	assert_int_equal(old.size, OS_PAGE_SIZE);
	assert_string_equal(old.start, "old");
	mock.rom = "new";
	assert_int_equal(os_rom_view(&rom, &new), OS_OK);
	assert_string_equal(new.start, "new");
	assert_string_equal(old.start, "old");
	os_view_fini(&old);
	os_view_fini(&new);
	os_view_fini(&new);
	os_rom_close(&rom);
	os_rom_close(&rom);
	assert_int_equal(mock_attached(), 0);
	assert_int_equal(mock_refs(), before + 1); /* the ROM server's own of the content */
}

static void a_content_that_exceeds_the_donation_is_donated_for(void **state)
{
	struct os_view view;
	struct os_rom rom;

	(void)state;
	assert_int_equal(os_rom_open(&rom, env, "config"), OS_OK);
	mock.rom_ram = 5 * ROM_RAM;
	mock.rom_caps = ROM_CAPS + 1;
	assert_int_equal(os_rom_view(&rom, &view), OS_OK);
	assert_int_equal(mock.upgraded_ram, 7 * ROM_RAM);
	assert_int_equal(mock.upgraded_caps, 3 * ROM_CAPS);
	assert_int_equal(rom.session.ram, 8 * ROM_RAM);
	os_view_fini(&view);
	/* There is an end to it: what the component has. */
	mock.rom_ram = UINT64_MAX;
	assert_int_equal(os_rom_view(&rom, &view), OS_ERR_OUT_OF_RAM);
	assert_null(view.start);
	/* And a number of times. */
	mock.account_ram = UINT64_MAX;
	assert_int_equal(os_rom_view(&rom, &view), OS_ERR_OUT_OF_RAM);
	mock.rom_ram = 0;
	assert_int_equal(os_rom_view(&rom, &view), OS_OK);
	os_view_fini(&view);
	os_rom_close(&rom);
}

/* ------------------------------------------------------------------ memory */

static void views_are_checked(void **state)
{
	struct ram_dataspace_cap ds;
	struct os_view view;
	struct dataspace_cap any;

	(void)state;
	assert_int_equal(os_ram_alloc(env, 5000, NULL, &ds), OS_OK);
	any = ram_dataspace_as_dataspace(ds);
	assert_int_equal(os_view_init(&view, any, 4096, 0, OS_ATTACH_WRITE), OS_OK);
	assert_int_equal(view.size, 4096);
	os_view_fini(&view);
	assert_int_equal(os_view_init(&view, any, 8192, 0, OS_ATTACH_READ), OS_ERR_RANGE);
	assert_int_equal(os_view_init(&view, any, 0, 8193, OS_ATTACH_READ), OS_ERR_RANGE);
	assert_int_equal(os_view_init(&view, any, 0, SIZE_MAX, OS_ATTACH_READ), OS_ERR_RANGE);
	assert_int_equal(os_view_init(&view, any, 0, 0, OS_ATTACH_WRITE | OS_ATTACH_EXECUTE),
	                 OS_ERR_DENIED);
	assert_int_equal(os_view_init(&view, (struct dataspace_cap){ { 0 } }, 0, 0, OS_ATTACH_READ),
	                 OS_ERR_CAP_INVALID);
	assert_null(view.start);
	os_ram_free(env, &ds);
	os_ram_free(env, &ds);
	assert_int_equal(mock_refs(), before);
	assert_int_equal(mock_memory(), 0);
}

/* More pieces than fit into static memory, and into one page of the list. */
static void the_heap_comes_and_goes_with_the_need(void **state)
{
	enum { PIECES = 200, SIZE = 80 * 1024 };
	struct os_heap *const heap = (struct os_heap *)env->heap;
	void *piece[PIECES];
	uint32_t refs;

	(void)state;
	assert_int_equal(mock_memory(), 0); /* nothing before the first allocation */
	for (unsigned i = 0; i < PIECES; i++)
		assert_int_equal(os_alloc(env->heap, SIZE, &piece[i]), OS_OK);
	refs = mock_refs();
	for (unsigned i = 0; i < PIECES; i += 2)
		os_free(env->heap, piece[i], SIZE);
	for (unsigned i = 0; i < PIECES; i += 2)
		assert_int_equal(os_alloc(env->heap, SIZE, &piece[i]), OS_OK);
	assert_int_equal(mock_refs(), refs);
	for (unsigned i = 0; i < PIECES; i++)
		os_free(env->heap, piece[i], SIZE);
	os_heap_trim(heap);
	/* The page with the list stays. */
	assert_int_equal(os_heap_backed(heap), 0);
	assert_int_equal(mock_refs(), before + 1);
	assert_int_equal(mock_attached(), 1);
}

/* ------------------------------------------------------------------ watchers */

static struct part {
	struct os_signal_handler handler;
	struct os_session_watcher watcher;
	uint64_t told;
} parts[3];

static void part_told(struct os_signal_handler *handler, uint64_t count)
{
	container_of(handler, struct part, handler)->told += count;
}

static void parent_tells(void)
{
	assert_int_equal(os_signal_submit(mock.session_sigh, 1), OS_OK);
	while (!os_ep_dispatch(env->ep, false))
		;
}

static void told(uint64_t a, uint64_t b, uint64_t c)
{
	parent_tells();
	assert_int_equal(parts[0].told, a);
	assert_int_equal(parts[1].told, b);
	assert_int_equal(parts[2].told, c);
}

static void all_parts_that_watch_are_told(void **state)
{
	(void)state;
	memset(parts, 0, sizeof(parts));
	for (int i = 0; i < 3; i++)
		assert_int_equal(os_signal_handler_init(&parts[i].handler, env->ep, part_told),
		                 OS_OK);
	/* one is told by the parent itself */
	assert_int_equal(os_session_watch(&parts[0].watcher, env, parts[0].handler.cap), OS_OK);
	assert_int_equal(mock.session_sigh.cap.slot, parts[0].handler.cap.cap.slot);
	told(1, 0, 0);
	assert_int_equal(os_session_watch(&parts[1].watcher, env, parts[1].handler.cap), OS_OK);
	told(2, 1, 0);
	assert_int_equal(os_session_watch(&parts[2].watcher, env, parts[2].handler.cap), OS_OK);
	told(3, 2, 1);
	os_session_unwatch(&parts[0].watcher);
	os_session_unwatch(&parts[0].watcher);
	os_session_unwatch(&parts[1].watcher);
	told(3, 2, 2);
	os_session_unwatch(&parts[2].watcher);
	told(3, 2, 2);
	assert_int_equal(os_session_watch(&parts[1].watcher, env, parts[1].handler.cap), OS_OK);
	told(3, 3, 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(opens_and_closes, setup),
		cmocka_unit_test_setup(a_donation_too_small_is_raised_twice, setup),
		cmocka_unit_test_setup(the_parent_is_asked_once_for_what_the_account_lacks, setup),
		cmocka_unit_test_setup(both_may_be_needed, setup),
		cmocka_unit_test_setup(a_large_donation_is_raised_by_little_first, setup),
		cmocka_unit_test_setup(a_session_grows_with_its_operations, setup),
		cmocka_unit_test_setup(a_server_that_lies_gets_no_more_than_16_times_the_donation,
		                       setup),
		cmocka_unit_test_setup(an_upgrade_asks_the_parent_once, setup),
		cmocka_unit_test_setup(other_errors_are_final, setup),
		cmocka_unit_test_setup(a_session_of_another_type_is_closed_again, setup),
		cmocka_unit_test_setup(a_typed_session_declares_its_donation, setup),
		cmocka_unit_test_setup(upgrades_are_added_up, setup),
		cmocka_unit_test_setup(lines_are_prefixed_and_cut, setup),
		cmocka_unit_test(a_shortage_is_told),
		cmocka_unit_test_setup(rom_content_is_asked_for_anew, setup),
		cmocka_unit_test_setup(a_content_that_exceeds_the_donation_is_donated_for, setup),
		cmocka_unit_test_setup(views_are_checked, setup),
		cmocka_unit_test_setup(all_parts_that_watch_are_told, setup),
		cmocka_unit_test_setup(the_heap_comes_and_goes_with_the_need, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
