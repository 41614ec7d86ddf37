/* SPDX-License-Identifier: BSD-2-Clause */
/* ROM sessions: content that may change, of which the old stays until the new is asked for. */

#include <osier/session.h>

enum os_err os_rom_open(struct os_rom *rom, struct os_env *env, const char *label)
{
	*rom = (struct os_rom){ 0 };
	return rom_open(&rom->session, env, label, &rom->cap);
}

void os_rom_close(struct os_rom *rom)
{
	os_cap_drop(rom->ds.cap);
	os_session_close(&rom->session);
	*rom = (struct os_rom){ 0 };
}

/*
 * The content, for which the server draws on the session's donation: if that falls short, donate
 * more, as much as there was before each time.
 */
static enum os_err content_take(struct os_rom *rom, struct rom_dataspace_cap *ds)
{
	enum { TRIES_MAX = 20 }; /* a server that never has enough gets no more */
	enum os_err err = OS_OK, more = OS_OK;

	for (uint32_t i = 0; i < TRIES_MAX; i++) {
		if (!(err = rom_dataspace(rom->cap, ds)))
			return OS_OK;
		if (err == OS_ERR_OUT_OF_RAM)
			more = os_session_upgrade(&rom->session, rom->session.ram, 0);
		else if (err == OS_ERR_OUT_OF_CAPS)
			more = os_session_upgrade(&rom->session, 0, rom->session.caps);
		else
			return err;
		if (more)
			return err;
	}
	return err;
}

enum os_err os_rom_view(struct os_rom *rom, struct os_view *view)
{
	struct rom_dataspace_cap ds;
	enum os_err err;

	*view = (struct os_view){ 0 };
	if ((err = content_take(rom, &ds)))
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
