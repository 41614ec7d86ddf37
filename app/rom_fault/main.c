/* SPDX-License-Identifier: BSD-2-Clause */
/* rom_fault: a client of Report and ROM services that goes wrong as its config says. */

#include <api/turn.h>
#include <config/config.h>
#include <osier/env.h>
#include <osier/report.h>
#include <osier/session.h>
#include <osier/string.h>

static struct os_env *env;

/* What it opens is never closed: that is the point. */
static void *room(size_t size)
{
	void *memory;

	OS_ASSERT(!os_alloc(env->heap, size, &memory));
	return memory;
}

static void half(void)
{
	struct os_session session;
	struct report_cap report;

	OS_ASSERT(!report_open(&session, env, "half", 4096, &report));
	OS_ASSERT(!report_write(report, 0, "<whole/>", 8) && !report_submit(report, 8));
	OS_ASSERT(!report_write(report, 0, "<half", 5));
	__builtin_trap();
}

static void flood(void)
{
	uint32_t roms = 0, reports = 0;

	while (!os_rom_open(room(sizeof(struct os_rom)), env, "seen"))
		roms++;
	while (!os_report_open(room(sizeof(struct os_report)), env, "told", 100))
		reports++;
	os_log(env, "no more sessions: %s", roms > 2 ? "there were some" : "there were none");
	(void)reports;
}

/* Each of its sessions has a content of its own in use, and none is ever asked for again. */
static void keep(void)
{
	static const char *const texts[] = { "<a/>", "<b/>" };
	struct os_report reporter;
	enum os_err err = OS_OK;
	uint32_t kept = 0;

	OS_ASSERT(!os_report_open(&reporter, env, "kept", 100));
	while (!err) {
		struct os_rom *const rom = room(sizeof(*rom));
		struct os_view view;

		OS_ASSERT(!os_report_submit(&reporter, texts[kept % 2], 4));
		if ((err = os_rom_open(rom, env, "kept")) || (err = os_rom_view(rom, &view)))
			break;
		OS_ASSERT(!memcmp(view.start, texts[kept % 2], 4));
		kept++;
	}
	OS_ASSERT(err == OS_ERR_OUT_OF_RAM || err == OS_ERR_OUT_OF_CAPS);
	os_log(env, "no more contents: %s", kept > 2 ? "there were some" : "there were none");
}

static const struct {
	const char *name;
	void (*run)(void);
} faults[] = { { "half", half }, { "flood", flood }, { "keep", keep } };

enum os_err os_construct(struct os_env *own)
{
	struct os_session session;
	struct os_config config;
	struct turn_cap turn;

	env = own;
	OS_ASSERT(!os_config_open(&config, env));
	OS_ASSERT(!turn_open(&session, env, NULL, &turn));
	OS_ASSERT(!turn_wait(turn));
	for (size_t i = 0; i < OS_ARRAY_SIZE(faults); i++)
		if (os_xml_equal(config.root, "fault", faults[i].name))
			faults[i].run();
	OS_ASSERT(!turn_pass(turn));
	return OS_OK;
}
