/* SPDX-License-Identifier: BSD-2-Clause */
/* ROM sessions: content that may change, of which the old stays until the new is asked for. */

#include <osier/session.h>

/* Content may be large, and where it is somebody's report, the session pays for it. */
enum { GROWTH = 16 * 1024 };

enum os_err os_rom_open(struct os_rom *rom, struct os_env *env, const char *label)
{
	enum os_err err;

	*rom = (struct os_rom){ 0 };
	if (!(err = rom_open(&rom->session, env, label, &rom->cap)))
		rom->session.growth = GROWTH;
	return err;
}

void os_rom_close(struct os_rom *rom)
{
	os_cap_drop(rom->ds.cap);
	os_session_close(&rom->session);
	*rom = (struct os_rom){ 0 };
}

enum os_err os_rom_view(struct os_rom *rom, struct os_view *view)
{
	struct rom_dataspace_cap ds = { 0 };
	enum os_err err;

	*view = (struct os_view){ 0 };
	if ((err = OS_SESSION_CALL(&rom->session, rom_dataspace(rom->cap, &ds))))
		return err;
	/* Where the content is the same, so is the slot; one count of it is enough. */
	os_cap_drop(rom->ds.cap);
	rom->ds = ds;
	return os_view_init(view, rom_dataspace_as_dataspace(ds), 0, 0, OS_ATTACH_READ);
}

enum os_err os_rom_sigh(struct os_rom *rom, struct os_signal_handler *handler)
{
	return rom_sigh(rom->cap, handler->cap);
}
