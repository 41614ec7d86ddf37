/* SPDX-License-Identifier: BSD-2-Clause */
/* Subsystems that end, crash, loop, use up their quota, or wait for us in vain. */

#include <osier/string.h>

#include "test.h"

static void ends(void)
{
	char text[LOADER_STATE_TEXT_SIZE];
	struct os_loader loader;
	int32_t value;

	open_doing(&loader, "exit");
	start(&loader, "leaver");
	expect_state(&loader, "leaver", LOADER_SUBSYSTEM_STATE_EXITED);
	OS_ASSERT(os_loader_state(&loader, "leaver", &value, text) ==
	          LOADER_SUBSYSTEM_STATE_EXITED);
	OS_ASSERT(value == 7 && !text[0]);
	now_do(&loader, "crash");
	start(&loader, "crasher");
	expect_state(&loader, "crasher", LOADER_SUBSYSTEM_STATE_CRASHED);
	OS_ASSERT(os_loader_state(&loader, "crasher", &value, text) ==
	          LOADER_SUBSYSTEM_STATE_CRASHED);
	OS_ASSERT(os_str_starts_with(text, "child \"crasher\" crashed: "));
	OS_ASSERT(!os_loader_start(&loader, "missing", "no_such_binary", RAM, CAPS));
	expect_state(&loader, "missing", LOADER_SUBSYSTEM_STATE_FAILED);
	OS_ASSERT(!os_loader_module(&loader, "garbage", "no program", 10));
	OS_ASSERT(!os_loader_start(&loader, "garbage", "garbage", RAM, CAPS));

	expect_state(&loader, "garbage", LOADER_SUBSYSTEM_STATE_FAILED);
	OS_ASSERT(!os_loader_start(&loader, "poor", "loader_child", 4096, 1));
	expect_state(&loader, "poor", LOADER_SUBSYSTEM_STATE_FAILED);
	/* a name is free again once it is killed */
	OS_ASSERT(os_loader_start(&loader, "poor", "loader_child", RAM, CAPS) == OS_ERR_EXISTS);
	OS_ASSERT(!os_loader_kill(&loader, "poor"));
	close_all(&loader);
	os_log(env, "who ends, crashes or cannot start is told");
}

static void greedy(void)
{
	struct os_loader loader;

	open_doing(&loader, "loop");
	start(&loader, "looper");
	expect_line("looper", "looping");
	now_do(&loader, "exhaust");
	start(&loader, "eater");
	expect_line("eater", "all is used up");
	now_do(&loader, "flood");
	start(&loader, "flooder");
	expect_line("flooder", "flooding");
	expect_line("flooder", "sessions until refused");
	now_do(&loader, "log");
	start(&loader, "neighbour");
	expect_line("neighbour", "here I am");
	OS_ASSERT(!os_loader_kill(&loader, "looper"));
	close_all(&loader);
	os_log(env, "who loops, eats or floods harms nobody else");
}

/* We say that we provide LOG, and never fetch the requests. */
static void ignored(void)
{
	static const char text[] = "<config do=\"log\"/>";
	struct os_loader loader, other;

	OS_ASSERT(!os_loader_open(&loader, env, "mute"));
	OS_ASSERT(!loader_intercept(loader.cap, "LOG"));
	OS_ASSERT(!os_loader_module(&loader, "config", text, strlen(text)));
	start(&loader, "waiter");
	open_doing(&other, "log");
	start(&other, "speaker");
	expect_line("speaker", "here I am");
	OS_ASSERT(os_loader_state(&loader, "waiter", NULL, NULL) ==
	          LOADER_SUBSYSTEM_STATE_STARTING);
	close_all(&other);
	close_all(&loader);
	os_log(env, "who is ignored holds up nobody");
}

void test_bad(void)
{
	ends();
	greedy();
	ignored();
}
