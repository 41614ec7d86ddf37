/* SPDX-License-Identifier: BSD-2-Clause */
/* Test of region maps: nested, managed, with faults that the component resolves by itself. */

#include <api/rm.h>
#include <config/config.h>
#include <osier/fault.h>
#include <osier/session.h>
#include <osier/thread.h>

#include "many.h"

enum {
	MAP_SIZE = 16 << 20,
	INNER_SIZE = 8 << 20,
	NESTED_AT = 4 << 20, /* of the inner map in the outer one */
	SECOND_AT = 1 << 20, /* of the second RAM dataspace in the inner map */
	HOLE_AT = 2 << 20,   /* what the fault handler fills, in the inner map */
};

struct test {
	struct os_env *env;
	struct os_session session;
	struct rm_cap rm;
	struct region_map_cap inner, outer;
	struct os_ram first, second, late;
	struct os_view view;
	struct os_signal_handler faults;
	struct os_faults known;
	struct os_thread toucher;
	uint64_t value; /* what the thread has read back */
};

static struct test test;

#define CHECK(condition)                                                                       \
	do {                                                                                   \
		if (!(condition)) {                                                            \
			os_error(test.env, "line %d: %s does not hold", __LINE__, #condition); \
			os_exit(test.env, 1);                                                  \
		}                                                                              \
	} while (0)

static volatile uint64_t *word(const struct os_view *view, uint64_t offset)
{
	return (volatile uint64_t *)(void *)((char *)view->start + offset);
}

static enum os_err attach_at(struct region_map_cap map, struct dataspace_cap ds, uint64_t address)
{
	uint64_t at;

	return region_map_attach(map, ds, 0, 0, true, address, true, false, &at);
}

/* One page of another map, where there would be room for it. */
static enum os_err attach_map(struct region_map_cap map, struct managed_dataspace_cap ds)
{
	uint64_t at;

	return region_map_attach(map, managed_dataspace_as_dataspace(ds), 0, OS_PAGE_SIZE, true,
	                         3 << 20, true, false, &at);
}

static void maps_make(void)
{
	struct os_session_args args = { .service = RM_SERVICE,
		                        .label = "",
		                        .ram = RM_RAM + 64 * 1024,
		                        .caps = RM_CAPS + 16,
		                        .type = RM_TYPE };

	CHECK(!os_session_open(&test.session, test.env, &args));
	test.rm = (struct rm_cap){ test.session.cap };
	CHECK(!rm_create(test.rm, INNER_SIZE, &test.inner));
	CHECK(!rm_create(test.rm, MAP_SIZE, &test.outer));
	CHECK(!os_ram_init(&test.first, test.env, OS_PAGE_SIZE, NULL));
	CHECK(!os_ram_init(&test.second, test.env, 16 * OS_PAGE_SIZE, NULL));
	CHECK(!os_ram_init(&test.late, test.env, OS_PAGE_SIZE, NULL));
}

/* What is written through the maps arrives in the memory, and the other way round. */
static void nested_memory(void)
{
	struct managed_dataspace_cap inner, outer;

	CHECK(!region_map_dataspace(test.inner, &inner));
	CHECK(!region_map_dataspace(test.outer, &outer));
	CHECK(!attach_at(test.inner, ram_dataspace_as_dataspace(test.first.ds), 0));
	CHECK(!attach_at(test.inner, ram_dataspace_as_dataspace(test.second.ds), SECOND_AT));
	CHECK(!attach_at(test.outer, managed_dataspace_as_dataspace(inner), NESTED_AT));
	CHECK(!os_view_init(&test.view, managed_dataspace_as_dataspace(outer), 0, 0,
	                    OS_ATTACH_WRITE));
	CHECK(test.view.size == MAP_SIZE);
	*word(&test.view, NESTED_AT) = 42;
	CHECK(*word(&test.first.view, 0) == 42);
	*word(&test.second.view, 5 * OS_PAGE_SIZE) = 43;
	CHECK(*word(&test.view, NESTED_AT + SECOND_AT + 5 * OS_PAGE_SIZE) == 43);
	os_log(test.env, "memory in nested maps is shared");
	/* a map inside of itself, at any depth */
	CHECK(attach_map(test.inner, outer) == OS_ERR_INVALID);
	CHECK(attach_map(test.inner, inner) == OS_ERR_INVALID);
	CHECK(attach_at(test.inner, ram_dataspace_as_dataspace(test.late.ds), 0) ==
	      OS_ERR_CONFLICT);
	CHECK(attach_at(test.inner, ram_dataspace_as_dataspace(test.late.ds), INNER_SIZE) ==
	      OS_ERR_RANGE);
	CHECK(attach_at(test.inner, ram_dataspace_as_dataspace(test.late.ds), 1) == OS_ERR_ALIGN);
	os_log(test.env, "cycles, overlaps and bad ranges are refused");
}

/* Runs in the main entrypoint while the other thread waits in its access. */
static void handle_fault(struct os_signal_handler *handler, uint64_t count)
{
	enum region_map_fault_kind kind;
	uint64_t address, number;
	struct os_fault fault;

	(void)handler;
	CHECK(count == 1);
	CHECK(!region_map_fault_state(test.inner, 0, &number, &kind, &address));
	CHECK(number == 1);
	CHECK(kind == REGION_MAP_FAULT_KIND_WRITE);
	CHECK((address & ~(OS_PAGE_SIZE - 1)) == HOLE_AT);
	/* core's page tells the same, once */
	CHECK(test.known.page.start && os_faults_next(&test.known, &fault));
	CHECK(fault.number == number && fault.kind == kind && fault.address == address);
	CHECK(!os_faults_next(&test.known, &fault));
	CHECK(!attach_at(test.inner, ram_dataspace_as_dataspace(test.late.ds), HOLE_AT));
	os_log(test.env, "fault in the inner map resolved");
}

static void touch(struct os_thread *thread, void *argument)
{
	(void)thread;
	(void)argument;
	*word(&test.view, NESTED_AT + HOLE_AT + 8) = 44;
	test.value = *word(&test.view, NESTED_AT + HOLE_AT + 8);
}

/* What a map's account cannot pay for, its handler asks for instead. */
static void no_page_is_no_error(void)
{
	struct os_session_args args = {
		.service = RM_SERVICE, .label = "", .ram = RM_RAM, .caps = RM_CAPS, .type = RM_TYPE
	};
	struct os_session session;
	struct region_map_cap map;
	struct os_faults known;
	struct os_fault fault;

	CHECK(!os_session_open(&session, test.env, &args));
	/* as many as the capabilities suffice for, beside the session's own */
	for (uint32_t i = 1; i < RM_CAPS; i++)
		CHECK(!rm_create((struct rm_cap){ session.cap }, MAP_SIZE, &map));
	os_faults_init(&known, map);
	CHECK(!known.page.start);
	CHECK(!os_faults_next(&known, &fault));
	os_faults_fini(&known);
	os_session_close(&session);
}

static void faults(void)
{
	CHECK(!os_signal_handler_init(&test.faults, test.env->ep, handle_fault));
	CHECK(!region_map_fault_sigh(test.inner, test.faults.cap));
	os_faults_init(&test.known, test.inner);
	CHECK(!os_thread_init(&test.toucher, test.env, "toucher", 0, 0, touch, NULL));
	CHECK(!os_ep_dispatch(test.env->ep, true)); /* the fault */
	os_thread_fini(&test.toucher);
	CHECK(test.value == 44 && *word(&test.late.view, 8) == 44);
	os_faults_fini(&test.known);
	no_page_is_no_error();
	os_log(test.env, "the thread has gone on");
}

static void all_back(void)
{
	os_view_fini(&test.view);
	os_signal_handler_fini(&test.faults);
	CHECK(!rm_destroy(test.rm, test.inner));
	CHECK(!rm_destroy(test.rm, test.outer));
	os_session_close(&test.session);
	os_ram_fini(&test.first, test.env);
	os_ram_fini(&test.second, test.env);
	os_ram_fini(&test.late, test.env);
	os_log(test.env, "region maps: all tests passed");
}

enum os_err os_construct(struct os_env *env)
{
	struct os_config config;
	uint64_t many;
	enum os_err err;

	if ((err = os_config_open(&config, env)))
		return err;
	many = os_xml_u64(config.root, "maps", 0);
	os_config_close(&config);
	if (many)
		return test_many(env, many);
	test.env = env;
	maps_make();
	nested_memory();
	faults();
	all_back();
	os_exit(env, 0);
}
