/* SPDX-License-Identifier: BSD-2-Clause */
/* Page faults: threads that wait, what lets them go on, what ends them; and random steps. */

#include <abi/fault.h>
#include <string.h>

#include "random.h"
#include "world.h"

#define TEST(f) cmocka_unit_test_setup_teardown(f, world_setup, world_teardown)

enum { PAGE = 4096 };

#define READ       REGION_MAP_FAULT_KIND_READ
#define WRITE      REGION_MAP_FAULT_KIND_WRITE
#define SPACE_PAGE UINT64_C(1000) /* where children see maps, in pages */

static struct region_map *new_map(uint64_t pages)
{
	struct region_map *map;

	assert_int_equal(region_map_new(core.root->account, pages * PAGE, &map), OS_OK);
	return map;
}

static struct dataspace *new_ram(uint64_t pages)
{
	struct dataspace *ds;

	assert_int_equal(dataspace_create(core.root->account, core.root, pages * PAGE, &ds), OS_OK);
	return ds;
}

static struct dataspace *as_dataspace(struct region_map *map)
{
	if (!map->ds)
		assert_int_equal(dataspace_wrap(NULL, map->size, map, &map->ds), OS_OK);
	return map->ds;
}

static enum os_err attach(struct region_map *map, struct dataspace *ds, uint64_t page,
                          bool writeable)
{
	return attachment_create(map, ds, page * PAGE, 0, 0, writeable, false, NULL);
}

static void detach(struct region_map *map, uint64_t page)
{
	attachment_destroy(region_map_find(map, page * PAGE));
}

static void settle(void)
{
	while (faults_settle())
		continue;
}

static struct signal_context *set_handler(struct region_map *map)
{
	struct signal_context *context;
	uint32_t slot;

	assert_int_equal(signal_context_create(pd_ep(core.root, OS_EP_MAIN), core.root->account, 9,
	                                       &context),
	                 OS_OK);
	assert_int_equal(cap_insert(core.root, &context->object, &slot), OS_OK);
	core.current = core.root->main;
	sigh_set(&map->fault_sigh, slot);
	core.current = NULL;
	faults_handler_changed(map);
	return context;
}

/* A component that sees `map` at SPACE_PAGE. */
static void start(struct child *child, uint64_t id, struct region_map *map)
{
	assert_int_equal(child_start(child, id, "a"), OS_OK);
	assert_int_equal(attach(child->object->address_space, as_dataspace(map), SPACE_PAGE, true),
	                 OS_OK);
}

/* It touches a page of what it sees; true: it may. */
static bool touch(struct child *child, uint64_t page, enum region_map_fault_kind kind)
{
	struct resolved where;

	return fault_begin(child->main, (SPACE_PAGE + page) * PAGE + 8, kind, &where);
}

static bool has_crashed(const struct child *child)
{
	return child->object->state == PD_STATE_CRASHED;
}

static uint64_t first_number(struct region_map *map, uint64_t after, uint64_t *address)
{
	enum region_map_fault_kind kind;
	uint64_t number;

	assert_int_equal(faults_state(map, after, &number, &kind, address), OS_OK);
	assert_int_equal(number == 0, kind == REGION_MAP_FAULT_KIND_NONE);
	return number;
}

static void all_that_wait_can_be_looked_at(void **state)
{
	struct region_map *map = new_map(8);
	struct signal_context *context = set_handler(map);
	struct child a, b, c;
	uint64_t address;

	(void)state;
	start(&a, 10, map);
	start(&b, 20, map);
	start(&c, 30, map);
	assert_false(touch(&b, 5, WRITE));
	assert_false(touch(&a, 3, READ));
	assert_false(touch(&c, 5, READ));
	assert_int_equal(context->pending, 3);
	assert_int_equal(first_number(map, 0, &address), 1);
	assert_int_equal(address, 5 * PAGE + 8);
	assert_int_equal(first_number(map, 1, &address), 2);
	assert_int_equal(address, 3 * PAGE + 8);
	assert_int_equal(first_number(map, 2, &address), 3);
	assert_int_equal(first_number(map, 3, &address), 0);
	assert_int_equal(first_number(map, UINT64_MAX, &address), 0);
	/* one ends while it waits: the numbers of the others stay */
	child_stop(&a);
	assert_int_equal(first_number(map, 1, &address), 3);
	child_stop(&b);
	child_stop(&c);
	assert_int_equal(map->waiting, 0);
	world_check();
}

static void who_waits_goes_on_where_its_access_is_permitted(void **state)
{
	struct region_map *map = new_map(8);
	struct signal_context *context = set_handler(map);
	struct child a, b;
	uint64_t address;

	(void)state;
	start(&a, 10, map);
	start(&b, 20, map);
	assert_false(touch(&a, 5, WRITE));
	assert_false(touch(&b, 5, READ));
	assert_int_equal(attach(map, new_ram(1), 4, true), OS_OK);
	settle();
	assert_int_equal(world.resumed, 0);
	/* the reader goes on; the writer waits, is not told again, and has its place taken */
	assert_int_equal(attach(map, new_ram(1), 5, false), OS_OK);
	settle();
	assert_int_equal(world.resumed, 1);
	assert_ptr_equal(world.last_resumed, b.main);
	assert_int_equal(context->pending, 2);
	assert_int_equal(first_number(map, 0, &address), 1);
	assert_int_equal(attach(map, new_ram(1), 5, true), OS_OK);
	settle();
	assert_int_equal(world.resumed, 2);
	assert_int_equal(attach(map, new_ram(1), 5, true), OS_ERR_CONFLICT);
	assert_true(touch(&a, 5, WRITE));
	child_stop(&a);
	child_stop(&b);
	world_check();
}

static void without_a_handler_a_fault_is_the_end(void **state)
{
	struct region_map *map = new_map(8);
	struct child a, b;

	(void)state;
	start(&a, 10, map);
	assert_false(touch(&a, 1, READ));
	assert_true(has_crashed(&a));
	assert_string_equal(a.object->state_text, "fault");
	child_stop(&a);
	/* nor where no address can be */
	start(&b, 20, map);
	set_handler(b.object->address_space);
	assert_false(touch(&b, UINT64_C(1) << 40, READ));
	assert_true(has_crashed(&b));
	child_stop(&b);
	world_check();
}

static void when_the_handler_goes_who_waits_ends(void **state)
{
	struct region_map *map = new_map(8);
	struct signal_context *context = set_handler(map), *next;
	struct child a, b;

	(void)state;
	start(&a, 10, map);
	start(&b, 20, map);
	assert_false(touch(&a, 1, READ));
	assert_false(touch(&b, 2, READ));
	/* another handler is told of all */
	next = set_handler(map);
	assert_int_equal(next->pending, 2);
	object_destroy(&context->object);
	settle();
	assert_false(has_crashed(&a));
	object_destroy(&next->object);
	settle();
	assert_true(has_crashed(&a) && has_crashed(&b));
	assert_string_equal(a.object->state_text, "its fault handler is gone");
	child_stop(&a);
	child_stop(&b);
	world_check();
}

static void a_fault_can_be_refused(void **state)
{
	struct region_map *map = new_map(8);
	struct child a, b;

	(void)state;
	set_handler(map);
	start(&a, 10, map);
	start(&b, 20, map);
	assert_false(touch(&a, 1, READ));
	assert_false(touch(&b, 1, READ));
	assert_int_equal(faults_refuse(map, 3, "none"), OS_ERR_NOT_FOUND);
	assert_int_equal(faults_refuse(map, 1, "the stack\n[b] is full"), OS_OK);
	assert_true(has_crashed(&a) && !has_crashed(&b));
	assert_string_equal(a.object->state_text, "refused: the stack [b] is full");
	assert_int_equal(faults_refuse(map, 1, "again"), OS_ERR_NOT_FOUND);
	child_stop(&a);
	child_stop(&b);
	world_check();
}

/* A chain of handlers, each of which waits for the next: the last one's end is that of all. */
static void ends_go_through_chains_of_handlers(void **state)
{
	enum { LENGTH = 10 };
	struct child children[LENGTH];
	struct region_map *maps[LENGTH];

	(void)state;
	for (int i = 0; i < LENGTH; i++) {
		struct signal_context *context;
		uint32_t slot;

		maps[i] = new_map(8);
		start(&children[i], 10 + 10 * (uint64_t)i, maps[i]);
		if (!i)
			continue;
		assert_int_equal(signal_context_create(pd_ep(children[i].object, OS_EP_MAIN),
		                                       core.root->account, 9, &context),
		                 OS_OK);
		assert_int_equal(cap_insert(core.root, &context->object, &slot), OS_OK);
		core.current = core.root->main;
		sigh_set(&maps[i - 1]->fault_sigh, slot);
		core.current = NULL;
		assert_false(touch(&children[i - 1], 1, READ));
	}
	assert_false(touch(&children[LENGTH - 1], 1, READ));
	settle();
	for (int i = 0; i < LENGTH; i++) {
		assert_true(has_crashed(&children[i]));
		child_stop(&children[i]);
	}
	assert_int_equal(world.ended, LENGTH);
	world_check();
}

static void a_fault_moves_to_the_map_that_is_to_blame(void **state)
{
	struct region_map *outer = new_map(8), *middle = new_map(8), *inner = new_map(8);
	struct child a;
	uint64_t address;

	(void)state;
	set_handler(outer);
	set_handler(inner);
	assert_int_equal(attach(middle, as_dataspace(inner), 0, true), OS_OK);
	assert_int_equal(attach(outer, as_dataspace(middle), 0, true), OS_OK);
	start(&a, 10, outer);
	assert_false(touch(&a, 2, WRITE));
	assert_ptr_equal(a.main->fault.map, inner);
	/* the way down to where it waits ends, far above */
	detach(outer, 0);
	settle();
	assert_ptr_equal(a.main->fault.map, outer);
	assert_int_equal(first_number(inner, 0, &address), 0);
	/* and is there again: what is further in is missing again */
	assert_int_equal(attach(outer, as_dataspace(middle), 0, true), OS_OK);
	settle();
	assert_ptr_equal(a.main->fault.map, inner);
	assert_int_equal(first_number(inner, 0, &address), 2);
	/* read-only on the way: writing is not what the inner map can permit */
	assert_int_equal(attach(inner, new_ram(1), 2, true), OS_OK);
	settle();
	assert_int_equal(world.resumed, 1);
	detach(outer, 0);
	assert_int_equal(attach(outer, as_dataspace(middle), 0, false), OS_OK);
	assert_false(touch(&a, 2, WRITE));
	assert_ptr_equal(a.main->fault.map, outer);
	child_stop(&a);
	world_check();
}

static void maps_are_destroyed_with_faults_pending(void **state)
{
	struct region_map *outer = new_map(8), *inner = new_map(8);
	struct dataspace *ds = new_ram(8);
	struct child a, b;

	(void)state;
	set_handler(outer);
	set_handler(inner);
	assert_int_equal(attach(outer, as_dataspace(inner), 0, true), OS_OK);
	start(&a, 10, outer);
	start(&b, 20, inner);
	assert_false(touch(&a, 2, WRITE));
	assert_false(touch(&b, 3, WRITE));
	object_destroy(&inner->object);
	settle();
	assert_ptr_equal(a.main->fault.map, outer);
	assert_true(has_crashed(&b));
	/* in place of the map that is gone */
	assert_int_equal(attach(outer, ds, 0, true), OS_OK);
	settle();
	assert_ptr_equal(world.last_resumed, a.main);
	object_destroy(&ds->object);
	assert_false(touch(&a, 2, READ));
	assert_ptr_equal(a.main->fault.map, outer);
	object_destroy(&outer->object);
	settle();
	assert_true(has_crashed(&a));
	child_stop(&a);
	child_stop(&b);
	world_check();
}

static void without_page_tables_there_is_no_going_on(void **state)
{
	struct region_map *map = new_map(8);
	struct dataspace *ds = new_ram(1);
	struct child a;

	(void)state;
	set_handler(map);
	start(&a, 10, map);
	assert_false(touch(&a, 1, READ));
	assert_int_equal(attach(map, ds, 1, true), OS_OK);
	world.memory.fail_at = world.memory.calls + 1;
	settle();
	world.memory.fail_at = 0;
	assert_string_equal(a.object->state_text, "no memory for page tables");
	child_stop(&a);
	world_check();
}

/* What the page of `map` tells of fault `number`. */
static const struct os_fault_entry *entry_of(const struct region_map *map, uint64_t number)
{
	return &map->fault_page->entries[number % OS_FAULT_ENTRIES];
}

static void a_page_tells_who_waits(void **state)
{
	struct region_map *map = new_map(8);
	struct dataspace *view, *again;
	struct child a, b;

	(void)state;
	set_handler(map);
	start(&a, 10, map);
	start(&b, 20, map);
	assert_false(touch(&a, 1, READ));
	/* also those who began before there was a page */
	assert_int_equal(fault_page_show(map, &view), OS_OK);
	assert_false(view->writeable);
	assert_int_equal(fault_page_show(map, &again), OS_OK);
	assert_ptr_equal(view, again);
	assert_int_equal(map->fault_page->last, 1);
	assert_int_equal(entry_of(map, 1)->number, 1);
	assert_int_equal(entry_of(map, 1)->kind, READ);
	assert_false(touch(&b, 2, WRITE));
	assert_int_equal(map->fault_page->last, 2);
	assert_int_equal(entry_of(map, 2)->number, 2);
	assert_int_equal(entry_of(map, 2)->kind, WRITE);
	assert_int_equal(entry_of(map, 2)->address, 2 * PAGE + 8);
	/* one goes on, the other one ends */
	assert_int_equal(attach(map, new_ram(1), 1, true), OS_OK);
	settle();
	assert_int_equal(entry_of(map, 1)->number, 0);
	child_stop(&b);
	assert_int_equal(entry_of(map, 2)->number, 0);
	assert_int_equal(map->fault_page->last, 2);
	/* numbers go on */
	assert_false(touch(&a, 5, READ));
	assert_int_equal(entry_of(map, 3)->number, 3);
	child_stop(&a);
	object_destroy(&map->object);
	world_check();
}

static void an_entry_in_use_hides_who_comes_later(void **state)
{
	struct region_map *map = new_map(8);
	struct dataspace *view;
	struct child a, b;
	uint64_t address;

	(void)state;
	set_handler(map);
	start(&a, 10, map);
	start(&b, 20, map);
	assert_int_equal(fault_page_show(map, &view), OS_OK);
	assert_false(touch(&a, 1, READ));
	map->fault_count += OS_FAULT_ENTRIES - 1; /* of others, who have gone on */
	assert_false(touch(&b, 2, WRITE));
	assert_int_equal(map->fault_page->hidden, 1 + OS_FAULT_ENTRIES);
	assert_int_equal(map->fault_page->last, 1 + OS_FAULT_ENTRIES);
	assert_int_equal(entry_of(map, 1)->number, 1);
	assert_int_equal(first_number(map, 1, &address), 1 + OS_FAULT_ENTRIES);
	/* who was hidden leaves nothing, nor takes anything away */
	child_stop(&b);
	assert_int_equal(entry_of(map, 1)->number, 1);
	child_stop(&a);
	assert_int_equal(entry_of(map, 1)->number, 0);
	world_check();
}

static void the_page_is_paid_for_and_ends_with_its_account(void **state)
{
	struct region_map *map = new_map(8);
	struct dataspace *view;
	struct child a;
	uint64_t before = core.root->account->quota.ram_used;

	(void)state;
	set_handler(map);
	start(&a, 10, map);
	assert_int_equal(fault_page_show(map, &view), OS_OK);
	assert_true(core.root->account->quota.ram_used >= before + PAGE);
	assert_false(touch(&a, 1, READ));
	/* its account has ended, or somebody else has seen to that */
	object_destroy(&map->fault_ds->object);
	assert_null(map->fault_page);
	child_stop(&a);
	assert_int_equal(fault_page_show(map, &view), OS_OK);
	object_destroy(&map->object);
	world_check();
}

static void operations_go_through_the_stubs(void **state)
{
	struct rm_cap rm = { world_open(1, "RM", "", RM_RAM + 2 * PAGE, RM_CAPS + 4) };
	char label[REGION_MAP_FAULT_THREAD_LABEL_SIZE], name[REGION_MAP_FAULT_THREAD_NAME_SIZE];
	enum region_map_fault_kind kind;
	struct signal_context_cap context;
	struct region_map_cap map;
	struct object *object;
	struct rom_dataspace_cap page;
	uint64_t number, address, size;
	struct child a;
	bool writeable;

	(void)state;
	assert_int_equal(rm_create(rm, 8 * PAGE, &map), OS_OK);
	assert_int_equal(
	        pd_signal_context(world_pd, OS_EP_MAIN, 1, (struct account_cap){ 0 }, &context),
	        OS_OK);
	assert_int_equal(region_map_fault_sigh(map, context), OS_OK);
	object = cap_lookup_kind(core.root, map.cap.slot, OBJECT_REGION_MAP);
	start(&a, 10, container_of(object, struct region_map, object));
	assert_false(touch(&a, 7, WRITE));
	assert_int_equal(region_map_fault_state(map, 0, &number, &kind, &address), OS_OK);
	assert_int_equal(number, 1);
	assert_int_equal(kind, WRITE);
	assert_int_equal(address, 7 * PAGE + 8);
	assert_int_equal(region_map_fault_thread(map, 1, label, name), OS_OK);
	assert_string_equal(label, "init -> a");
	assert_string_equal(name, "a");
	assert_int_equal(region_map_fault_thread(map, 2, label, name), OS_ERR_NOT_FOUND);
	assert_int_equal(region_map_fault_refuse(map, 2, "no"), OS_ERR_NOT_FOUND);
	assert_int_equal(region_map_fault_refuse(map, 1, "no"), OS_OK);
	assert_true(has_crashed(&a));
	assert_int_equal(region_map_fault_state(map, 0, &number, &kind, &address), OS_OK);
	assert_int_equal(kind, REGION_MAP_FAULT_KIND_NONE);
	assert_int_equal(region_map_faults(map, &page), OS_OK);
	assert_int_equal(dataspace_info(rom_dataspace_as_dataspace(page), &size, &writeable),
	                 OS_OK);
	assert_int_equal(size, PAGE);
	assert_false(writeable);
	/* without a handler, while somebody waits */
	child_stop(&a);
	start(&a, 10, container_of(object, struct region_map, object));
	assert_false(touch(&a, 7, WRITE));
	assert_int_equal(region_map_fault_sigh(map, (struct signal_context_cap){ 0 }), OS_OK);
	assert_true(has_crashed(&a));
	child_stop(&a);
	world_check();
}

/* ------------------------------------------------------------------ random steps */

/*
 * Maps, memory and components of a few pages each, and a model that knows of each page of each map
 * what is attached there, and finds out what an address means by looking it up, level by level.
 */
enum { MAPS = 6, MEMORIES = 5, CHILDREN = 3, PAGES = 8, STEPS = 12000 };

struct page {
	enum { NOTHING, DEAD, MEMORY, MAP } what;
	int which;
	uint64_t offset; /* in pages */
	bool writeable;
	uint64_t first, size; /* of the attachment */
};

static struct {
	struct region_map *maps[MAPS + CHILDREN]; /* the last ones: what children see */
	struct dataspace *memories[MEMORIES];
	struct page pages[MAPS + CHILDREN][PAGES];
	struct child children[CHILDREN];
	struct signal_context *handlers[MAPS + CHILDREN];
	enum region_map_fault_kind waits[CHILDREN]; /* NONE: it does not */
	uint64_t waits_at[CHILDREN];
	uint64_t seed;
} model;

static uint64_t pick(uint64_t below)
{
	return random_below(&model.seed, below);
}

/* Is `map` in `inner`? */
static bool model_within(int inner, int map)
{
	if (inner == map)
		return true;
	for (int i = 0; i < PAGES; i++)
		if (model.pages[inner][i].what == MAP &&
		    model_within(model.pages[inner][i].which, map))
			return true;
	return false;
}

struct meaning {
	bool permitted;
	int on_the_way[MAPS + CHILDREN + 1]; /* maps, and … */
	uint64_t pages[MAPS + CHILDREN + 1]; /* … pages in them, the innermost last */
	int levels;
};

static struct meaning model_resolve(int map, uint64_t page, enum region_map_fault_kind kind)
{
	struct meaning m = { .permitted = false };
	bool writeable = true;

	for (;;) {
		const struct page *p = &model.pages[map][page];

		m.on_the_way[m.levels] = map;
		m.pages[m.levels++] = page;
		if (p->what == NOTHING || p->what == DEAD)
			return m;
		writeable &= p->writeable;
		if (p->what == MEMORY) {
			m.permitted = kind != WRITE || writeable;
			return m;
		}
		page = page - p->first + p->offset;
		map = p->which;
	}
}

static void model_handler(int map)
{
	model.handlers[map] = set_handler(model.maps[map]);
}

static void model_child(int i)
{
	struct region_map *map = model.maps[MAPS + i];

	start(&model.children[i], 100 + 10 * (uint64_t)i, map);
	model.waits[i] = REGION_MAP_FAULT_KIND_NONE;
}

static void model_start(void)
{
	memset(&model, 0, sizeof(model));
	model.seed = 11;
	for (int i = 0; i < MAPS + CHILDREN; i++) {
		model.maps[i] = new_map(PAGES);
		model_handler(i);
	}
	for (int i = 0; i < MEMORIES; i++)
		model.memories[i] = new_ram(1 + (uint64_t)i % 3);
	for (int i = 0; i < CHILDREN; i++)
		model_child(i);
}

/* CONFLICT, or what may be taken the place of is gone from the model. */
static bool model_free(int map, uint64_t first, uint64_t size)
{
	const struct page at = model.pages[map][first];

	if (at.what != NOTHING && at.first == first && at.size == size &&
	    (at.what == DEAD || faults_find(model.maps[map], first * PAGE, size * PAGE)))
		return true;
	for (uint64_t i = first; i < first + size; i++)
		if (model.pages[map][i].what != NOTHING)
			return false;
	return true;
}

static void step_attach(void)
{
	const int map = (int)pick(MAPS + CHILDREN);
	const struct fault *fault = faults_find(model.maps[map], 0, UINT64_MAX);
	const bool is_map = pick(2);
	const int which = (int)pick(is_map ? MAPS : MEMORIES);
	struct dataspace *ds = is_map ? as_dataspace(model.maps[which]) : model.memories[which];
	const uint64_t all = ds->size / PAGE, offset = pick(all);
	const uint64_t size = fault ? 1 : 1 + pick(all - offset);
	const uint64_t first = fault ? fault->address / PAGE : pick(PAGES);
	const bool writeable = pick(3);
	enum os_err expected = OS_OK, err;

	if (first + size > PAGES)
		expected = OS_ERR_RANGE;
	else if (!model_free(map, first, size))
		expected = OS_ERR_CONFLICT;
	else if (is_map && model_within(which, map))
		expected = OS_ERR_INVALID;
	err = attachment_create(model.maps[map], ds, first * PAGE, offset * PAGE, size * PAGE,
	                        writeable, false, NULL);
	assert_int_equal(err, expected);
	for (uint64_t i = first; !err && i < first + size; i++)
		model.pages[map][i] = (struct page){
			is_map ? MAP : MEMORY, which, offset, writeable, first, size
		};
}

static void step_detach(void)
{
	const int map = (int)pick(MAPS + CHILDREN);
	const struct page p = model.pages[map][pick(PAGES)];

	if (p.what == NOTHING)
		return;
	detach(model.maps[map], p.first);
	memset(&model.pages[map][p.first], 0, p.size * sizeof(p));
}

static void model_gone(int what, int which)
{
	for (int map = 0; map < MAPS + CHILDREN; map++)
		for (int i = 0; i < PAGES; i++)
			if ((int)model.pages[map][i].what == what &&
			    model.pages[map][i].which == which)
				model.pages[map][i].what = DEAD;
}

static void step_destroy(void)
{
	const int which = (int)pick(MEMORIES);

	object_destroy(&model.memories[which]->object);
	model_gone(MEMORY, which);
	model.memories[which] = new_ram(1 + (uint64_t)which % 3);
}

static void step_destroy_map(void)
{
	const int which = (int)pick(MAPS);

	object_destroy(&model.handlers[which]->object);
	object_destroy(&model.maps[which]->object);
	memset(model.pages[which], 0, sizeof(model.pages[which]));
	model_gone(MAP, which);
	model.maps[which] = new_map(PAGES);
	model_handler(which);
}

static void step_handler(void)
{
	const int which = (int)pick(MAPS + CHILDREN);

	object_destroy(&model.handlers[which]->object);
	model_handler(which);
}

static void step_touch(void)
{
	const int i = (int)pick(CHILDREN);
	const enum region_map_fault_kind kind = pick(2) ? WRITE : READ;
	const uint64_t page = pick(PAGES);

	if (model.waits[i])
		return;
	assert_int_equal(touch(&model.children[i], page, kind),
	                 model_resolve(MAPS + i, page, kind).permitted);
	model.waits[i] = model.children[i].main->fault.kind;
	model.waits_at[i] = page;
}

static void step_refuse(void)
{
	const int which = (int)pick(MAPS + CHILDREN);
	uint64_t address;
	const uint64_t number = first_number(model.maps[which], pick(3), &address);

	if (number)
		assert_int_equal(faults_refuse(model.maps[which], number, "no"), OS_OK);
}

static void step_end(void)
{
	const int i = (int)pick(CHILDREN);

	child_stop(&model.children[i]);
	model_child(i);
}

/* Whoever may go on does, whoever may not waits where a handler can be asked, or has ended. */
static void model_check(int i)
{
	struct child *child = &model.children[i];
	const struct fault *fault;
	struct meaning m;
	int level = 0;

	if (has_crashed(child)) {
		child_stop(child);
		model_child(i);
	}
	fault = &child->main->fault;
	if (!model.waits[i])
		return;
	m = model_resolve(MAPS + i, model.waits_at[i], model.waits[i]);
	assert_int_equal(m.permitted, fault->kind == REGION_MAP_FAULT_KIND_NONE);
	if (m.permitted) {
		model.waits[i] = REGION_MAP_FAULT_KIND_NONE;
		return;
	}
	assert_non_null(fault->map->fault_sigh.context);
	while (level < m.levels && fault->map != model.maps[m.on_the_way[level]])
		level++;
	assert_in_range(level, 0, m.levels - 1);
	assert_int_equal(fault->address / PAGE, m.pages[level]);
	/* elsewhere than innermost only where writing is what is not permitted */
	assert_true(level == m.levels - 1 || fault->kind == WRITE);
}

static void random_steps_agree_with_a_model(void **state)
{
	/* the last ones, which end most of what there is, less often */
	static void (*const steps[])(void) = { step_attach, step_attach,  step_attach,
		                               step_detach, step_detach,  step_touch,
		                               step_touch,  step_destroy, step_destroy_map,
		                               step_refuse, step_handler, step_end };
	uint32_t resumed, ended;

	(void)state;
	model_start();
	for (uint32_t i = 0; i < STEPS; i++) {
		steps[pick(OS_ARRAY_SIZE(steps) - (i % 4 ? 4 : 0))]();
		settle();
		for (int n = 0; n < CHILDREN; n++)
			model_check(n);
		world_check();
	}
	resumed = world.resumed;
	ended = world.ended;
	assert_true(resumed > 100 && ended > 20);
	for (int i = 0; i < CHILDREN; i++)
		child_stop(&model.children[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(all_that_wait_can_be_looked_at),
		TEST(who_waits_goes_on_where_its_access_is_permitted),
		TEST(without_a_handler_a_fault_is_the_end),
		TEST(when_the_handler_goes_who_waits_ends),
		TEST(a_fault_can_be_refused),
		TEST(ends_go_through_chains_of_handlers),
		TEST(a_fault_moves_to_the_map_that_is_to_blame),
		TEST(maps_are_destroyed_with_faults_pending),
		TEST(without_page_tables_there_is_no_going_on),
		TEST(a_page_tells_who_waits),
		TEST(an_entry_in_use_hides_who_comes_later),
		TEST(the_page_is_paid_for_and_ends_with_its_account),
		TEST(operations_go_through_the_stubs),
		TEST(random_steps_agree_with_a_model),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
