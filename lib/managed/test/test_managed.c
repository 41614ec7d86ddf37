/* SPDX-License-Identifier: BSD-2-Clause */
/* Managed dataspaces, on a region map and on memory that are played here. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <managed/managed.h>

enum { PIECE = OS_PAGE_SIZE, PIECES = 8, OBJECTS = 64, ORIGIN = 1 };

/* What the library asks of base and core. Slots are indices into `memory`. */
static struct {
	struct os_env env;
	uint8_t *memory[OBJECTS]; /* of a dataspace; NULL: there is none */
	size_t size[OBJECTS];
	uint32_t live, views;  /* dataspaces, but for the origin; open views */
	size_t calls, fail_at; /* what may fail: number `fail_at` does */
	bool failed;
	uint32_t shown[PIECES]; /* the slot attached there; 0: none */
	bool writeable[PIECES];
	bool map, handler;
	/* the one fault that waits; number 0: none */
	uint64_t number, address;
	enum region_map_fault_kind kind;
	const char *reason;    /* why the latest was refused */
	uint8_t saved[PIECES]; /* first byte of what was saved */
	enum os_err save_err;
} world;

static bool fails(void)
{
	if (++world.calls != world.fail_at)
		return false;
	world.failed = true;
	return true;
}

static enum os_err object_make(size_t size, uint32_t *slot)
{
	*slot = 0;
	if (fails())
		return OS_ERR_OUT_OF_RAM;
	for (uint32_t i = ORIGIN + 1; i < OBJECTS; i++)
		if (!world.memory[i]) {
			world.memory[i] = calloc(1, size);
			world.size[i] = size;
			world.live++;
			*slot = i;
			return OS_OK;
		}
	fail_msg("too many dataspaces");
	return OS_ERR_LIMIT;
}

static void object_end(uint32_t slot)
{
	assert_non_null(world.memory[slot]);
	free(world.memory[slot]);
	world.memory[slot] = NULL;
	world.live--;
	/* where it was seen, there is nothing any more */
	for (uint32_t i = 0; i < PIECES; i++)
		world.shown[i] = world.shown[i] == slot ? 0 : world.shown[i];
}

/* ------------------------------------------------------------------ base */

enum os_err os_ram_alloc(struct os_env *env, size_t size, struct os_account *account,
                         struct ram_dataspace_cap *ds)
{
	(void)env;
	(void)account;
	return object_make(size, &ds->cap.slot);
}

void os_ram_free(struct os_env *env, struct ram_dataspace_cap *ds)
{
	(void)env;
	object_end(ds->cap.slot);
	ds->cap.slot = 0;
}

enum os_err os_view_init(struct os_view *view, struct dataspace_cap ds, uint64_t offset,
                         size_t size, enum os_attach_flags flags)
{
	(void)flags;
	*view = (struct os_view){ 0 };
	if (fails())
		return OS_ERR_OUT_OF_RAM;
	assert_true(offset + size <= world.size[ds.cap.slot]);
	view->start = world.memory[ds.cap.slot] + offset;
	view->size = size;
	world.views++;
	return OS_OK;
}

void os_view_fini(struct os_view *view)
{
	world.views -= view->start != NULL;
	*view = (struct os_view){ 0 };
}

enum os_err os_ram_init(struct os_ram *ram, struct os_env *env, size_t size,
                        struct os_account *account)
{
	enum os_err err;

	*ram = (struct os_ram){ 0 };
	if ((err = os_ram_alloc(env, size, account, &ram->ds)))
		return err;
	ram->view = (struct os_view){ .start = world.memory[ram->ds.cap.slot], .size = size };
	return OS_OK;
}

void os_ram_fini(struct os_ram *ram, struct os_env *env)
{
	os_ram_free(env, &ram->ds);
}

enum os_err os_signal_handler_init(struct os_signal_handler *handler, struct os_ep *ep,
                                   void (*handle)(struct os_signal_handler *, uint64_t))
{
	(void)ep;
	if (fails())
		return OS_ERR_OUT_OF_CAPS;
	handler->handle = handle;
	world.handler = true;
	return OS_OK;
}

void os_signal_handler_fini(struct os_signal_handler *handler)
{
	world.handler = world.handler && !handler->handle;
	handler->handle = NULL;
}

enum os_err os_signal_submit(struct signal_context_cap context, uint32_t count)
{
	(void)context;
	(void)count;
	return OS_OK;
}

void os_cap_drop(struct os_cap cap)
{
	(void)cap;
}

void os_mutex_lock(struct os_mutex *mutex)
{
	(void)mutex;
}

void os_mutex_unlock(struct os_mutex *mutex)
{
	(void)mutex;
}

/* ------------------------------------------------------------------ core */

enum os_err pd_account(struct pd_cap pd, struct account_cap *account)
{
	(void)pd;
	account->cap.slot = 0;
	return fails() ? OS_ERR_OUT_OF_CAPS : OS_OK;
}

enum os_err rm_create_for(struct rm_cap rm, uint64_t size, struct account_cap account,
                          struct region_map_cap *map)
{
	(void)rm;
	(void)account;
	assert_int_equal(size % PIECE, 0);
	map->cap.slot = 0;
	if (fails())
		return OS_ERR_OUT_OF_RAM;
	world.map = true;
	map->cap.slot = OBJECTS + 1;
	return OS_OK;
}

enum os_err rm_destroy(struct rm_cap rm, struct region_map_cap map)
{
	(void)rm;
	(void)map;
	assert_true(world.map);
	world.map = false;
	return OS_OK;
}

enum os_err region_map_dataspace(struct region_map_cap map, struct managed_dataspace_cap *ds)
{
	(void)map;
	ds->cap.slot = OBJECTS;
	return fails() ? OS_ERR_OUT_OF_CAPS : OS_OK;
}

enum os_err region_map_fault_sigh(struct region_map_cap map, struct signal_context_cap handler)
{
	(void)map;
	(void)handler;
	return OS_OK;
}

/* A fault that waits there lets what is there be replaced. */
enum os_err region_map_attach(struct region_map_cap map, struct dataspace_cap ds, uint64_t offset,
                              uint64_t size, bool fixed, uint64_t address, bool writeable,
                              bool executable, uint64_t *at)
{
	const uint64_t i = address / PIECE;
	const bool waits = world.number && world.address / PIECE == i;

	(void)map;
	assert_true(fixed && !executable && size == PIECE && i < PIECES);
	assert_int_equal(offset, ds.cap.slot == ORIGIN ? address : 0);
	if (world.shown[i] && !waits)
		return OS_ERR_CONFLICT;
	if (fails())
		return OS_ERR_OUT_OF_RAM;
	world.shown[i] = ds.cap.slot;
	world.writeable[i] = writeable;
	if (waits && (writeable || world.kind == REGION_MAP_FAULT_KIND_READ))
		world.number = 0;
	*at = address;
	return OS_OK;
}

enum os_err region_map_detach(struct region_map_cap map, uint64_t address)
{
	uint32_t *const shown = &world.shown[address / PIECE];
	const bool was = *shown;

	(void)map;
	*shown = 0;
	return was ? OS_OK : OS_ERR_NOT_FOUND;
}

void os_faults_init(struct os_faults *faults, struct region_map_cap map)
{
	*faults = (struct os_faults){ .map = map };
}

void os_faults_fini(struct os_faults *faults)
{
	*faults = (struct os_faults){ 0 };
}

bool os_faults_next(struct os_faults *faults, struct os_fault *out)
{
	*out = (struct os_fault){ world.number, world.address, world.kind };
	if (world.number <= faults->seen)
		return false;
	faults->seen = world.number;
	return true;
}

enum os_err region_map_fault_refuse(struct region_map_cap map, uint64_t number, const char *reason)
{
	(void)map;
	assert_int_equal(number, world.number);
	world.number = 0;
	world.reason = reason;
	return OS_OK;
}

/* ------------------------------------------------------------------ steps */

static int setup(void **state)
{
	(void)state;
	memset(&world, 0, sizeof(world));
	world.size[ORIGIN] = PIECES * PIECE;
	world.memory[ORIGIN] = malloc(PIECES * PIECE);
	for (uint32_t i = 0; i < PIECES; i++)
		memset(world.memory[ORIGIN] + (size_t)i * PIECE, 'A' + (int)i, PIECE);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	free(world.memory[ORIGIN]);
	return world.live || world.views || world.map || world.handler;
}

static enum os_err make(struct os_managed *m, struct os_managed_args args)
{
	args.size = PIECES * PIECE;
	return os_managed_init(m, &world.env, &args);
}

/* Somebody touches a byte: what is there then, or NULL if that was refused. */
static uint8_t *touch(struct os_managed *m, uint64_t address, bool write)
{
	static uint64_t number;
	const uint64_t i = address / PIECE;

	world.reason = NULL;
	if (!world.shown[i] || (write && !world.writeable[i])) {
		world.number = ++number;
		world.address = address;
		world.kind = write ? REGION_MAP_FAULT_KIND_WRITE : REGION_MAP_FAULT_KIND_READ;
		m->handler.handle(&m->handler, 1);
		assert_int_equal(world.number, 0); /* resolved, or refused */
	}
	if (world.reason)
		return NULL;
	assert_true(world.shown[i] && (!write || world.writeable[i]));
	return world.memory[world.shown[i]] +
	       (world.shown[i] == ORIGIN ? address : address % PIECE);
}

static enum os_err fill(struct os_managed *m, uint64_t offset, void *data, size_t size)
{
	(void)m;
	assert_int_equal(size, PIECE);
	memset(data, world.saved[offset / PIECE] ? world.saved[offset / PIECE] : 'f', size);
	return OS_OK;
}

static enum os_err save(struct os_managed *m, uint64_t offset, const void *data, size_t size)
{
	(void)m;
	assert_int_equal(size, PIECE);
	assert_int_equal(world.shown[offset / PIECE], 0); /* nobody writes any more */
	if (!world.save_err)
		world.saved[offset / PIECE] = *(const uint8_t *)data;
	return world.save_err;
}

static const char *refuse(struct os_managed *m, uint64_t offset, enum region_map_fault_kind kind)
{
	(void)m;
	(void)kind;
	return offset < PIECE ? "too far" : NULL;
}

static const struct os_managed_ops paged = { .fill = fill, .save = save };
static const struct os_managed_ops refusing = { .refuse = refuse };

/* ------------------------------------------------------------------ tests */

static void there_is_what_has_been_touched(void **state)
{
	struct os_managed m;

	(void)state;
	assert_int_equal(make(&m, (struct os_managed_args){ 0 }), OS_OK);
	assert_int_equal(m.resident, 0);
	*touch(&m, 5 * PIECE + 7, true) = 'x';
	assert_int_equal(*touch(&m, 5 * PIECE + 7, false), 'x');
	assert_int_equal(*touch(&m, 2 * PIECE, false), 0);
	assert_int_equal(m.resident, 2);
	os_managed_discard(&m, 4 * PIECE + 1, 3 * PIECE);
	assert_int_equal(m.resident, 1);
	assert_int_equal(*touch(&m, 5 * PIECE + 7, false), 0);
	os_managed_fini(&m);
}

static void the_origin_is_shown_until_it_is_written_to(void **state)
{
	struct os_managed m;

	(void)state;
	assert_int_equal(make(&m, (struct os_managed_args){ .origin = { { ORIGIN } },
	                                                    .origin_size = 3 * PIECE + 10 }),
	                 OS_OK);
	assert_int_equal(*touch(&m, 2 * PIECE, false), 'C');
	assert_int_equal(m.resident, 0);
	*touch(&m, 2 * PIECE, true) = 'x';
	assert_int_equal(*touch(&m, 2 * PIECE, false), 'x');
	assert_int_equal(*touch(&m, 2 * PIECE + 1, false), 'C');
	assert_int_equal(world.memory[ORIGIN][2 * PIECE], 'C');
	assert_int_equal(m.resident + m.copied, 2);
	/* its end lies within a piece, and zeroes follow */
	assert_int_equal(*touch(&m, 3 * PIECE + 9, true), 'D');
	assert_int_equal(*touch(&m, 3 * PIECE + 10, true), 0);
	assert_int_equal(*touch(&m, 4 * PIECE, false), 0);
	os_managed_fini(&m);
}

static void the_oldest_makes_room_and_is_saved(void **state)
{
	struct os_managed m;

	(void)state;
	assert_int_equal(make(&m, (struct os_managed_args){ .limit = 2, .ops = &paged }), OS_OK);
	*touch(&m, 0, true) = 'x';
	assert_int_equal(*touch(&m, PIECE, false), 'f');
	assert_int_equal(*touch(&m, 2 * PIECE, false), 'f');
	assert_int_equal(m.resident, 2);
	assert_int_equal(world.saved[0], 'x');
	/* what was only read need not be saved */
	assert_int_equal(*touch(&m, 0, false), 'x');
	assert_int_equal(world.saved[1], 0);
	assert_int_equal(m.evicted, 2);
	/* what cannot be saved stays, and another one goes */
	*touch(&m, 0, true) = 'y';
	world.save_err = OS_ERR_FULL;
	assert_int_equal(*touch(&m, 3 * PIECE, false), 'f');
	assert_int_equal(*touch(&m, 0, false), 'y');
	*touch(&m, 3 * PIECE, true) = 'z';
	assert_null(touch(&m, 4 * PIECE, false));
	assert_int_equal(m.refused, 1);
	assert_int_equal(os_managed_flush(&m), OS_ERR_FULL);
	world.save_err = OS_OK;
	assert_int_equal(os_managed_flush(&m), OS_OK);
	assert_int_equal(m.resident, 0);
	assert_int_equal(world.saved[3], 'z');
	os_managed_fini(&m);
}

static void who_goes_too_far_is_told_why(void **state)
{
	struct os_managed m;

	(void)state;
	assert_int_equal(make(&m, (struct os_managed_args){ .ops = &refusing }), OS_OK);
	assert_null(touch(&m, 10, false));
	assert_string_equal(world.reason, "too far");
	assert_non_null(touch(&m, PIECE, false));
	os_managed_fini(&m);
}

static void what_is_populated_is_there(void **state)
{
	struct os_managed m;

	(void)state;
	assert_int_equal(make(&m, (struct os_managed_args){ .limit = 3, .ops = &paged }), OS_OK);
	assert_int_equal(os_managed_populate(&m, PIECE + 1, PIECE), OS_OK);
	assert_int_equal(m.resident, 2);
	assert_true(world.writeable[1] && world.writeable[2]);
	assert_int_equal(os_managed_populate(&m, 0, 4 * PIECE), OS_ERR_LIMIT);
	assert_int_equal(os_managed_populate(&m, PIECES * PIECE, 1), OS_ERR_RANGE);
	assert_int_equal(os_managed_populate(&m, PIECE, UINT64_MAX), OS_ERR_RANGE);
	assert_int_equal(os_managed_populate(&m, 0, 0), OS_OK);
	assert_int_equal(m.resident, 2);
	os_managed_fini(&m);
}

static void impossible_arguments_are_refused(void **state)
{
	const struct os_managed_args odd = { .size = PIECE, .piece = 100 };
	const struct os_managed_args none = { .size = 0 };
	struct os_managed m;

	(void)state;
	assert_int_equal(os_managed_init(&m, &world.env, &odd), OS_ERR_INVALID);
	assert_int_equal(os_managed_init(&m, &world.env, &none), OS_ERR_INVALID);
	assert_int_equal(world.calls, 0);
	os_managed_fini(&m); /* zero is accepted */
}

/* Whatever fails: an access is refused, or works; what was written stays; nothing is left. */
static void steps(const struct os_managed_args *args)
{
	struct os_managed m;
	uint8_t *at;

	if (make(&m, *args)) {
		assert_int_equal(world.live, 0);
		return;
	}
	for (uint64_t i = 0; i < PIECES; i++) {
		if ((at = touch(&m, i * PIECE, false)))
			assert_true(*at == 0 || *at == 'f' || *at == 'A' + i);
		if ((at = touch(&m, i * PIECE, true)))
			*at = (uint8_t)('a' + i);
		if (at)
			assert_int_equal(*touch(&m, i * PIECE, false), 'a' + i);
	}
	(void)!os_managed_populate(&m, 2 * PIECE, PIECE);
	(void)!os_managed_flush(&m);
	os_managed_fini(&m);
	assert_int_equal(world.live + world.views, 0);
}

static void any_failure_leaves_nothing_behind(void **state)
{
	const struct os_managed_args kinds[] = {
		{ 0 },
		{ .origin = { { ORIGIN } }, .origin_size = 5 * PIECE },
		{ .limit = 3, .ops = &paged },
	};

	(void)state;
	for (size_t k = 0; k < OS_ARRAY_SIZE(kinds); k++) {
		world.failed = true;
		for (world.fail_at = 1; world.failed; world.fail_at++) {
			world.calls = 0;
			world.failed = false;
			memset(world.saved, 0, sizeof(world.saved));
			steps(&kinds[k]);
		}
		assert_true(world.fail_at > 10);
	}
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(there_is_what_has_been_touched),
		TEST(the_origin_is_shown_until_it_is_written_to),
		TEST(the_oldest_makes_room_and_is_saved),
		TEST(who_goes_too_far_is_told_why),
		TEST(what_is_populated_is_there),
		TEST(impossible_arguments_are_refused),
		TEST(any_failure_leaves_nothing_behind),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
