/* SPDX-License-Identifier: BSD-2-Clause */
/* A client that names nonsense, answers what nobody asked, and opens sessions without end. */

#include <osier/resource.h>
#include <osier/string.h>

#include "test.h"

enum { SESSIONS = 200, MODULES = 400 };

static struct os_loader loader;

static void nonsense(void)
{
	struct ram_dataspace_cap ds;
	const struct loader_cap cap = loader.cap;

	OS_ASSERT(loader_alloc_rom_module(cap, "x", 0, &ds) == OS_ERR_INVALID);
	OS_ASSERT(loader_alloc_rom_module(cap, "x", UINT64_MAX, &ds));
	OS_ASSERT(loader_alloc_rom_module(cap, "x", (uint64_t)1 << 40, &ds) == OS_ERR_OUT_OF_RAM);
	OS_ASSERT(loader_alloc_rom_module(cap, "", 1, &ds) == OS_ERR_INVALID);
	OS_ASSERT(loader_alloc_rom_module(cap, "a -> b", 1, &ds) == OS_ERR_INVALID);
	OS_ASSERT(loader_alloc_rom_module(cap, "a\nb", 1, &ds) == OS_ERR_INVALID);
	OS_ASSERT(loader_commit_rom_module(cap, "x") == OS_ERR_NOT_FOUND);
	OS_ASSERT(!loader_alloc_rom_module(cap, "x", 1, &ds));
	os_cap_drop(ds.cap);
	OS_ASSERT(!loader_alloc_rom_module(cap, "x", 1, &ds)); /* in place of the one before */
	OS_ASSERT(!loader_commit_rom_module(cap, "x"));
	OS_ASSERT(loader_commit_rom_module(cap, "x") == OS_ERR_NOT_FOUND);
	os_cap_drop(ds.cap);
	OS_ASSERT(loader_start(cap, "", "x", RAM, CAPS) == OS_ERR_INVALID);
	OS_ASSERT(loader_start(cap, "a -> b", "x", RAM, CAPS) == OS_ERR_INVALID);
	OS_ASSERT(loader_start(cap, "a", "", RAM, CAPS) == OS_ERR_INVALID);
	OS_ASSERT(loader_start(cap, "a", "x", 0, 0) == OS_ERR_INVALID);
	OS_ASSERT(loader_start(cap, "a", "x", UINT64_MAX, 1) == OS_ERR_OUT_OF_RAM);
	OS_ASSERT(loader_start(cap, "a", "x", 1, UINT64_MAX) == OS_ERR_OUT_OF_CAPS);
	OS_ASSERT(loader_start(cap, "<\"&'>", "<\"&'>", 1 << 30, CAPS) == OS_ERR_OUT_OF_RAM);
	OS_ASSERT(loader_kill(cap, "a") == OS_ERR_NOT_FOUND);
	OS_ASSERT(loader_intercept(cap, "PD") == OS_ERR_INVALID);
	OS_ASSERT(loader_intercept(cap, "") == OS_ERR_INVALID);
	OS_ASSERT(!loader_intercept(cap, "<\"&'>"));
	OS_ASSERT(loader_intercept(cap, "<\"&'>") == OS_ERR_EXISTS);
	OS_ASSERT(loader_request_deny(cap, 1, 1) == OS_ERR_NOT_FOUND);
	OS_ASSERT(loader_request_closed(cap, 0) == OS_ERR_NOT_FOUND);
	OS_ASSERT(loader_request_deliver(cap, 77, env->parent.cap) == OS_ERR_NOT_FOUND);
	OS_ASSERT(!os_loader_start(&loader, "<\"&'>", "loader_child", RAM, CAPS));
	expect_state(&loader, "<\"&'>", LOADER_SUBSYSTEM_STATE_UP);
}

/* Our answers, to the wrong requests and at the wrong time. */
static void answers(void)
{
	char service[LOADER_REQUEST_NEXT_SERVICE_SIZE], label[LOADER_REQUEST_NEXT_LABEL_SIZE];
	uint8_t args[LOADER_REQUEST_NEXT_ARGS_SIZE];
	const struct loader_cap cap = loader.cap;
	enum loader_request_kind kind;
	struct account_cap account;
	uint64_t id, ram, caps;
	size_t size;

	OS_ASSERT(!loader_intercept(cap, "LOG"));
	now_do(&loader, "log");
	start(&loader, "talker");
	do
		OS_ASSERT(!loader_request_next(cap, &kind, &id, service, label, args, &size, &ram,
		                               &caps, &account));
	while (kind == LOADER_REQUEST_KIND_NONE);
	OS_ASSERT(kind == LOADER_REQUEST_KIND_CREATE && os_str_equal(service, "LOG"));
	OS_ASSERT(loader_request_closed(cap, id) == OS_ERR_NOT_FOUND);
	OS_ASSERT(!loader_request_deliver(cap, id, (struct os_cap){ 0 })); /* none: denied */
	OS_ASSERT(loader_request_deliver(cap, id, env->pd.cap) == OS_ERR_NOT_FOUND);
	OS_ASSERT(loader_request_deny(cap, id, 1) == OS_ERR_NOT_FOUND);
	os_cap_drop(account.cap);
}

static void no_end(void)
{
	static struct os_loader many[SESSIONS];
	struct ram_dataspace_cap ds;
	char name[] = "m000";
	uint32_t sessions = 0, modules = 0;

	env->shortage = OS_SHORTAGE_FAIL;
	while (sessions < SESSIONS && !os_loader_open(&many[sessions], env, "flood"))
		sessions++;
	OS_ASSERT(sessions > 4 && sessions < SESSIONS);
	/* the loader serves the one that was there before */
	OS_ASSERT(os_loader_state(&loader, "talker", NULL, NULL) != LOADER_SUBSYSTEM_STATE_NONE);
	for (uint32_t i = 0; i < sessions; i++)
		close_all(&many[i * 7 % sessions]); /* if that is one twice, the second is closed */
	for (; modules < MODULES; modules++) {
		name[1] = (char)('0' + modules / 100);
		name[2] = (char)('0' + modules / 10 % 10);
		name[3] = (char)('0' + modules % 10);
		if (loader_alloc_rom_module(loader.cap, name, 1, &ds))
			break;
		os_cap_drop(ds.cap);
	}
	OS_ASSERT(modules > 0 && modules < MODULES);
	for (uint32_t i = 0; i < sessions; i++)
		if (many[i].session.env)
			close_all(&many[i]);
	env->shortage = OS_SHORTAGE_WAIT;
}

static void once(void)
{
	OS_ASSERT(!os_loader_open(&loader, env, "misuse"));
	watch(&loader);
	nonsense();
	answers();
	no_end();
	close_all(&loader);
}

void test_misuse(void)
{
	uint64_t ram, caps, ram_after, caps_after;

	once(); /* our own tables grow for good */
	OS_ASSERT(!os_resource_free(env, &ram, &caps));
	once();
	OS_ASSERT(!os_resource_free(env, &ram_after, &caps_after));
	OS_ASSERT(ram == ram_after && caps == caps_after);
	os_log(env, "nonsense and floods cost their client only");
}
