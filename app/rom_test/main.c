/* SPDX-License-Identifier: BSD-2-Clause */
/* rom_test: ROM modules whose content changes; the old one stays until the new is asked for. */

#include <api/dynamic_rom.h>
#include <osier/env.h>
#include <osier/session.h>
#include <osier/string.h>

static struct os_env *env;
static struct dynamic_rom_cap control;
static struct os_signal_handler handler;
static uint64_t changes; /* signals so far */

static void changed(struct os_signal_handler *self, uint64_t count)
{
	(void)self;
	changes += count;
}

/* Serve the entrypoint until `total` signals have come; and no more come. */
static void changes_wait(uint64_t total)
{
	while (changes < total)
		OS_ASSERT(!os_ep_dispatch(env->ep, true));
	OS_ASSERT(os_ep_dispatch(env->ep, false) == OS_ERR_EMPTY);
	OS_ASSERT(changes == total);
}

static bool shows(const struct os_view *view, const char *text)
{
	const size_t size = strlen(text);

	return view->size >= size && !memcmp(view->start, text, size) &&
	       (view->size == size || ((const char *)view->start)[size] == '\0');
}

static uint32_t versions(void)
{
	uint32_t count;

	OS_ASSERT(!dynamic_rom_kept(control, "words", &count));
	return count;
}

/* A view, taken before the change, shows the old content until the new one is asked for. */
static void old_stays(struct os_rom *rom)
{
	struct os_view view;

	OS_ASSERT(!os_rom_view(rom, &view));
	OS_ASSERT(shows(&view, "one"));
	OS_ASSERT(!os_rom_sigh(rom, &handler));
	OS_ASSERT(!dynamic_rom_next(control, "words"));
	changes_wait(1);
	OS_ASSERT(shows(&view, "one"));
	OS_ASSERT(versions() == 2);
	os_view_fini(&view);
	OS_ASSERT(!os_rom_view(rom, &view));
	OS_ASSERT(shows(&view, "two"));
	OS_ASSERT(versions() == 1);
	os_view_fini(&view);
}

/* What changed while nobody had asked to be told is told at once. */
static void told_late(struct os_rom *rom)
{
	struct os_signal_handler late;
	struct os_view view;

	OS_ASSERT(!os_signal_handler_init(&late, env->ep, changed));
	os_signal_handler_fini(&handler);
	OS_ASSERT(!dynamic_rom_next(control, "words"));
	changes_wait(1);
	OS_ASSERT(!os_rom_sigh(rom, &late));
	changes_wait(2);
	/* Once the content is the current one, there is nothing to tell. */
	OS_ASSERT(!os_rom_view(rom, &view));
	OS_ASSERT(!os_rom_sigh(rom, &late));
	changes_wait(2);
	OS_ASSERT(view.size == 2 * OS_PAGE_SIZE);
	os_view_fini(&view);
	os_signal_handler_fini(&late);
}

/* The content is for reading: nobody can write to it, or have it written to. */
static void read_only(struct os_rom *rom)
{
	const struct dataspace_cap ds = rom_dataspace_as_dataspace(rom->ds);
	struct os_view view;
	bool writeable;
	uint64_t size;

	OS_ASSERT(!dataspace_info(ds, &size, &writeable));
	OS_ASSERT(!writeable);
	OS_ASSERT(os_view_init(&view, ds, 0, 0, OS_ATTACH_WRITE) == OS_ERR_DENIED);
}

/* Each session has its own pace. */
static void two_sessions(struct os_rom *rom)
{
	struct os_rom second;
	struct os_view old, view;

	OS_ASSERT(!os_rom_view(rom, &old));
	OS_ASSERT(!dynamic_rom_next(control, "words"));
	OS_ASSERT(!os_rom_open(&second, env, "words"));
	OS_ASSERT(!os_rom_view(&second, &view));
	OS_ASSERT(shows(&view, "four"));
	OS_ASSERT(!shows(&old, "four"));
	OS_ASSERT(versions() == 2);
	os_view_fini(&view);
	os_view_fini(&old);
	os_rom_close(&second);
	OS_ASSERT(dynamic_rom_next(control, "words") == OS_ERR_EMPTY);
	OS_ASSERT(dynamic_rom_next(control, "none") == OS_ERR_NOT_FOUND);
}

/* A boot module, of core. */
static void boot_module(void)
{
	struct os_rom rom;
	struct os_view view;

	OS_ASSERT(!os_rom_open(&rom, env, "greeting"));
	OS_ASSERT(!os_rom_view(&rom, &view));
	OS_ASSERT(shows(&view, "hello from a boot module"));
	os_view_fini(&view);
	OS_ASSERT(!os_rom_sigh(&rom, &handler)); /* never to be signalled */
	os_rom_close(&rom);
	OS_ASSERT(os_rom_open(&rom, env, "not_there") == OS_ERR_NOT_FOUND);
}

enum os_err os_construct(struct os_env *own)
{
	struct os_session session;
	struct os_rom rom;

	env = own;
	OS_ASSERT(!dynamic_rom_open(&session, env, NULL, &control));
	OS_ASSERT(!os_signal_handler_init(&handler, env->ep, changed));
	boot_module();
	os_log(env, "a boot module, and one that is missing");
	OS_ASSERT(!os_rom_open(&rom, env, "words"));
	old_stays(&rom);
	os_log(env, "the old content stays until the new one is asked for");
	told_late(&rom);
	os_log(env, "who asks late to be told is told at once");
	read_only(&rom);
	os_log(env, "the content cannot be written to");
	two_sessions(&rom);
	os_log(env, "each session has its own pace");
	os_rom_close(&rom);
	os_session_close(&session);
	os_exit(env, 0);
}
