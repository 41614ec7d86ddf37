/* SPDX-License-Identifier: BSD-2-Clause */
/* The ROM session "config" of a child: its own <config>, or an empty one; never its parent's. */

#include "internal.h"

/*
 * The content lies on the account of the child whose config it is: what a session needs does not
 * depend on how much the config says. It ends with the session.
 */
struct config_rom {
	struct rom_server rpc;
	struct ram_dataspace_cap ds;
	struct rom_dataspace_cap view; /* what the child gets: it cannot write */
	struct signal_context_cap handler;
};

static enum os_err dataspace(struct rom_server *rpc, struct rom_dataspace_cap *ds)
{
	*ds = container_of(rpc, struct config_rom, rpc)->view;
	return OS_OK;
}

static enum os_err sigh(struct rom_server *rpc, struct signal_context_cap handler)
{
	struct config_rom *rom = container_of(rpc, struct config_rom, rpc);

	os_cap_drop(rom->handler.cap);
	rom->handler = handler;
	return OS_OK;
}

static const struct rom_ops ops = { .dataspace = dataspace, .sigh = sigh };

/* Put the text into memory that the child pays. */
static enum os_err fill(struct config_rom *rom, struct child *child)
{
	struct os_account account = { child->account };
	const char *text = "<config/>";
	size_t length = strlen(text);
	struct os_ram ram;
	enum os_err err;

	if (os_xml_valid(child->start->inline_config))
		os_xml_text(child->start->inline_config, &text, &length);
	if ((err = os_ram_init(&ram, child->sandbox->env, length, &account)))
		return err;
	memcpy(ram.view.start, text, length);
	os_view_fini(&ram.view);
	rom->ds = ram.ds;
	return pd_read_only(child->sandbox->env->pd, rom->ds, &rom->view);
}

static void destroy(struct os_sandbox *sandbox, struct config_rom *rom)
{
	rom_server_fini(&rom->rpc);
	os_cap_drop(rom->view.cap);
	os_ram_free(sandbox->env, &rom->ds); /* ends the view, too */
	os_cap_drop(rom->handler.cap);
	os_free(sandbox->alloc, rom, sizeof(*rom));
}

enum os_err config_rom_create(struct sandbox_session *session, struct os_cap *cap)
{
	struct os_sandbox *sandbox = session->sandbox;
	struct config_rom *rom;
	enum os_err err;

	if ((err = os_alloc(sandbox->alloc, sizeof(*rom), (void **)&rom)))
		return err;
	if ((err = fill(rom, session->client)) ||
	    (err = rom_server_init(&rom->rpc, sandbox->ep, NULL, &ops))) {
		destroy(sandbox, rom);
		return err;
	}
	session->config_rom = rom;
	*cap = rom_server_cap(&rom->rpc).cap;
	return OS_OK;
}

void config_rom_destroy(struct sandbox_session *session)
{
	destroy(session->sandbox, session->config_rom);
	session->config_rom = NULL;
}
