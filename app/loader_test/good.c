/* SPDX-License-Identifier: BSD-2-Clause */
/* Subsystems that behave: several, with modules that change, and with services of ours. */

#include <api/hello.h>
#include <osier/format.h>
#include <osier/resource.h>
#include <osier/string.h>

#include "test.h"

static void several(void)
{
	struct os_loader loader;

	open_doing(&loader, "log");
	start(&loader, "one");
	start(&loader, "two");
	start(&loader, "three");
	expect_line("three", "here I am");
	expect_line("one", "here I am");
	expect_line("two", "here I am");
	expect_state(&loader, "two", LOADER_SUBSYSTEM_STATE_UP);
	OS_ASSERT(!os_loader_kill(&loader, "two"));
	expect_state(&loader, "two", LOADER_SUBSYSTEM_STATE_NONE);
	expect_state(&loader, "one", LOADER_SUBSYSTEM_STATE_UP);
	start(&loader, "two");
	expect_line("two", "here I am");
	close_all(&loader);
	os_log(env, "three subsystems, whose log is ours");
}

static void module(struct os_loader *loader, const char *text)
{
	OS_ASSERT(!os_loader_module(loader, "text", text, strlen(text)));
}

static void update(void)
{
	struct os_loader loader;

	open_doing(&loader, "watch");
	module(&loader, "first");
	start(&loader, "reader");
	expect_line("reader", "first");
	module(&loader, "second");
	expect_line("reader", "second");
	/* more than was donated at first, and less again */
	static char large[200 * 1024];
	memset(large, 'x', sizeof(large));
	OS_ASSERT(!os_loader_module(&loader, "unused", large, sizeof(large)));
	OS_ASSERT(!loader_remove_rom_module(loader.cap, "unused"));
	OS_ASSERT(loader_remove_rom_module(loader.cap, "unused") == OS_ERR_NOT_FOUND);
	module(&loader, "third");
	expect_line("reader", "third");
	/* one that is removed stays with those who have it */
	OS_ASSERT(!loader_remove_rom_module(loader.cap, "text"));
	start(&loader, "late");
	expect_state(&loader, "late", LOADER_SUBSYSTEM_STATE_EXITED);
	expect_state(&loader, "reader", LOADER_SUBSYSTEM_STATE_UP);
	close_all(&loader);
	os_log(env, "a module that changes while it is read");
}

/* ------------------------------------------------------------------ Hello, of ours */

static struct hello_server hello;
static int open_hellos;

static enum os_err add(struct hello_server *rpc, int32_t a, int32_t b, int32_t *sum)
{
	(void)rpc;
	*sum = a + b;
	return OS_OK;
}

static const struct hello_ops hello_ops = { .add = add };

static enum os_err hello_create(struct os_loader_service *service,
                                const struct os_loader_request *request, void **session,
                                struct os_cap *cap)
{
	(void)service;
	if (!os_str_equal(request->label, "friend -> adder"))
		return OS_ERR_DENIED;
	OS_ASSERT(request->ram && request->caps);
	OS_ASSERT(!hello_server_init(&hello, env->ep, request->account, &hello_ops));
	open_hellos++;
	*session = &hello;
	*cap = hello_server_cap(&hello).cap;
	return OS_OK;
}

static void hello_close(struct os_loader_service *service, void *session)
{
	(void)service;
	hello_server_fini(session);
	open_hellos--;
}

static struct os_loader_service hello_service = { .name = HELLO_SERVICE,
	                                          .create = hello_create,
	                                          .close = hello_close };

static void provide(void)
{
	struct os_loader loader;

	open_doing(&loader, "add");
	OS_ASSERT(!os_loader_provide(&loader, &hello_service));
	start(&loader, "friend");
	expect_line("friend", "the sum is 42, success");
	start(&loader, "stranger");
	expect_line("stranger", "no sum: denied");
	close_all(&loader);
	OS_ASSERT(!open_hellos);
	os_log(env, "a service by name, for some and not for others");
}

/* An init with a child of its own: the modules and our LOG are there for both. */
static void nested(void)
{
	static const char text[] =
	        "<config><parent-provides><service name=\"ROM\"/><service name=\"PD\"/><service "
	        "name=\"CPU\"/><service name=\"LOG\"/></parent-provides><default-route>"
	        "<any-service><parent/></any-service></default-route><start name=\"inner\" "
	        "ram=\"1M\" caps=\"160\"><binary name=\"loader_child\"/><config do=\"watch\"/>"
	        "</start></config>";
	struct os_loader loader;

	open_doing(&loader, "log");
	module(&loader, "deep");
	OS_ASSERT(!os_loader_module(&loader, "config", text, strlen(text)));
	OS_ASSERT(!os_loader_start(&loader, "outer", "init", 2 << 20, 400));
	expect_line("outer -> inner", "deep");
	module(&loader, "deeper");
	expect_line("outer -> inner", "deeper");
	close_all(&loader);
	os_log(env, "a subsystem of several components");
}

static void often(uint32_t cycles)
{
	uint64_t ram, caps, ram_after, caps_after;
	struct os_loader loader;

	open_doing(&loader, "log");
	start(&loader, "again");
	expect_line("again", "here I am");
	OS_ASSERT(!os_loader_kill(&loader, "again"));
	expect_no_logs();
	OS_ASSERT(!os_resource_free(env, &ram, &caps));
	for (uint32_t i = 1; i < cycles; i++) {
		start(&loader, "again");
		if (i % 2) /* else it is killed before it has begun */
			expect_line("again", "here I am");
		OS_ASSERT(!os_loader_kill(&loader, "again"));
	}
	expect_no_logs();
	OS_ASSERT(!os_resource_free(env, &ram_after, &caps_after));
	OS_ASSERT(ram == ram_after && caps == caps_after);
	close_all(&loader);
	os_log(env, "%u times made and removed, and nothing is lost", cycles);
}

void test_good(uint32_t cycles)
{
	uint64_t ram, caps, ram_after, caps_after;
	struct os_loader loader;

	/* what the first session takes for good is not to be counted */
	os_log(env, "begin");
	open_doing(&loader, "log");
	start(&loader, "first");
	expect_line("first", "here I am");
	close_all(&loader);
	several();
	OS_ASSERT(!os_resource_free(env, &ram, &caps));
	several();
	update();
	provide();
	nested();
	often(cycles);
	OS_ASSERT(!os_resource_free(env, &ram_after, &caps_after));
	OS_ASSERT(ram == ram_after && caps == caps_after);
}
