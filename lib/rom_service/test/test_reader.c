/* SPDX-License-Identifier: BSD-2-Clause */
/* ROM modules and their readers: copies, signals, and what stays when memory runs out. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include <rom_service/rom_service.h>
#include "mock_platform.h"

static struct os_env *env;
static struct os_rom_module module;
static struct os_account account;
static struct os_signal_handler handler;
static uint32_t before;
static uint64_t told, ended;

static void changed(struct os_signal_handler *self, uint64_t count)
{
	(void)self;
	told += count;
}

static void unused(struct os_rom_module *self)
{
	assert_null(os_list_first(&self->readers));
	ended++;
}

static int setup(void **state)
{
	(void)state;
	env = mock_init();
	module = (struct os_rom_module){ .env = env, .unused = unused };
	account = (struct os_account){ 0 };
	told = ended = 0;
	assert_int_equal(os_signal_handler_init(&handler, env->ep, changed), OS_OK);
	before = mock_refs();
	return 0;
}

static struct rom_cap open(struct os_rom_reader *reader)
{
	assert_int_equal(os_rom_reader_init(reader, env, env->ep, &account, &module), OS_OK);
	return rom_server_cap(&reader->rpc);
}

static uint64_t changes(void)
{
	while (!os_ep_dispatch(env->ep, false))
		;
	return told;
}

/* What the client with that session sees when it asks. */
static const char *content(struct rom_cap rom, struct rom_dataspace_cap *ds)
{
	assert_int_equal(rom_dataspace(rom, ds), OS_OK);
	os_cap_drop(ds->cap); /* the reader has its own count */
	return mock.slot[ds->cap.slot].memory;
}

static void without_content_it_is_all_zero(void **state)
{
	struct rom_dataspace_cap ds;
	struct os_rom_reader reader;
	const struct rom_cap rom = open(&reader);
	const char *const text = content(rom, &ds);

	(void)state;
	for (size_t i = 0; i < OS_PAGE_SIZE; i++)
		assert_int_equal(text[i], 0);
	os_rom_reader_fini(&reader);
	os_rom_reader_fini(&reader);
	assert_int_equal(ended, 1);
	assert_int_equal(mock_refs(), before);
	assert_int_equal(mock_attached(), 0);
}

static void the_copy_stays_until_the_next_is_asked_for(void **state)
{
	struct rom_dataspace_cap first, second;
	struct os_rom_reader reader;
	const struct rom_cap rom = open(&reader);

	(void)state;
	os_rom_module_set(&module, "one", 3);
	assert_string_equal(content(rom, &first), "one");
	assert_int_equal(os_rom_module_old(&module), 0);
	os_rom_module_set(&module, "two", 3);
	assert_int_equal(os_rom_module_old(&module), 1);
	assert_string_equal(mock.slot[first.cap.slot].memory, "one");
	assert_string_equal(content(rom, &second), "two");
	assert_int_not_equal(first.cap.slot, second.cap.slot);
	/* The same content is the same dataspace. */
	content(rom, &first);
	assert_int_equal(first.cap.slot, second.cap.slot);
	os_rom_reader_fini(&reader);
	assert_int_equal(mock_refs(), before);
}

static void each_change_is_told(void **state)
{
	struct rom_dataspace_cap ds;
	struct os_rom_reader reader;
	const struct rom_cap rom = open(&reader);

	(void)state;
	assert_int_equal(rom_sigh(rom, handler.cap), OS_OK);
	os_rom_module_set(&module, "one", 3);
	os_rom_module_set(&module, "two", 3);
	assert_int_equal(changes(), 2);
	/* Who has the current content has missed nothing; who has another is told at once. */
	content(rom, &ds);
	assert_int_equal(rom_sigh(rom, handler.cap), OS_OK);
	assert_int_equal(changes(), 2);
	assert_int_equal(rom_sigh(rom, (struct signal_context_cap){ 0 }), OS_OK);
	os_rom_module_set(&module, "three", 5);
	assert_int_equal(changes(), 2);
	assert_int_equal(rom_sigh(rom, handler.cap), OS_OK);
	assert_int_equal(changes(), 3);
	os_rom_reader_fini(&reader);
}

static void a_context_that_is_gone_is_dropped(void **state)
{
	struct os_signal_handler other;
	struct os_rom_reader reader;
	const struct rom_cap rom = open(&reader);

	(void)state;
	assert_int_equal(os_signal_handler_init(&other, env->ep, changed), OS_OK);
	assert_int_equal(rom_sigh(rom, other.cap), OS_OK);
	os_signal_handler_fini(&other);
	os_rom_module_set(&module, "one", 3);
	assert_int_equal(reader.changed.cap.slot, 0);
	os_rom_reader_fini(&reader);
	assert_int_equal(mock_refs(), before);
}

static void a_reader_moves_to_another_module(void **state)
{
	struct os_rom_module other = { .env = env, .content = "other", .size = 5 };
	struct rom_dataspace_cap ds;
	struct os_rom_reader reader;
	const struct rom_cap rom = open(&reader);

	(void)state;
	os_rom_module_set(&module, "one", 3);
	assert_string_equal(content(rom, &ds), "one");
	assert_int_equal(rom_sigh(rom, handler.cap), OS_OK);
	os_rom_reader_move(&reader, &module);
	assert_int_equal(changes(), 0);
	os_rom_reader_move(&reader, &other);
	assert_int_equal(changes(), 1);
	assert_int_equal(ended, 1);
	assert_string_equal(content(rom, &ds), "other");
	os_rom_module_set(&module, "two", 3);
	assert_int_equal(changes(), 1);
	os_rom_reader_move(&reader, NULL);
	assert_int_equal(changes(), 2);
	assert_string_equal(content(rom, &ds), "");
	os_rom_reader_fini(&reader);
	assert_int_equal(mock_refs(), before);
}

static void without_memory_the_copy_before_stays(void **state)
{
	enum os_err err = OS_ERR_OUT_OF_RAM;
	struct rom_dataspace_cap old, ds;
	struct os_rom_reader reader;

	(void)state;
	for (uint32_t n = 1; err; n++) {
		const struct rom_cap rom = (setup(NULL), open(&reader));

		os_rom_module_set(&module, "one", 3);
		content(rom, &old);
		os_rom_module_set(&module, "two", 3);
		mock.allocations = 0;
		mock.fail_at = n;
		if ((err = rom_dataspace(rom, &ds))) {
			assert_string_equal(mock.slot[old.cap.slot].memory, "one");
			mock.fail_at = 0;
			assert_string_equal(content(rom, &ds), "two");
		} else {
			os_cap_drop(ds.cap);
			assert_int_equal(n, 3);
		}
		os_rom_reader_fini(&reader);
		assert_int_equal(mock_refs(), before);
		assert_int_equal(mock_attached(), 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(without_content_it_is_all_zero, setup),
		cmocka_unit_test_setup(the_copy_stays_until_the_next_is_asked_for, setup),
		cmocka_unit_test_setup(each_change_is_told, setup),
		cmocka_unit_test_setup(a_context_that_is_gone_is_dropped, setup),
		cmocka_unit_test_setup(a_reader_moves_to_another_module, setup),
		cmocka_unit_test_setup(without_memory_the_copy_before_stays, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
