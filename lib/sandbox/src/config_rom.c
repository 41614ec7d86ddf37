/* SPDX-License-Identifier: BSD-2-Clause */
/* The ROM session "config" of a child: its own <config>, or an empty one; never its parent's. */

#include "internal.h"

/* A content: memory, and what the child gets of it, which cannot be written to. */
struct content {
	struct ram_dataspace_cap ds;
	struct rom_dataspace_cap view;
};

/*
 * The content lies on the account of the child whose config it is: what a session needs does not
 * depend on how much the config says. What the child was shown stays until it asks again; a newer
 * one waits beside it, and is replaced if there is a still newer one meanwhile.
 */
struct config_rom {
	struct rom_server rpc;
	struct os_env *env;
	struct content shown; /* what the child got last */
	struct content
	        newer; /* what it gets when it asks; none: what is shown is the current one */
	bool asked;    /* it got `shown` indeed */
	struct signal_context_cap handler;
};

static void content_free(struct os_env *env, struct content *content)
{
	os_cap_drop(content->view.cap);
	os_ram_free(env, &content->ds); /* ends the view, too */
	*content = (struct content){ 0 };
}

/* Put what `child->start` says into memory that the child pays. */
static enum os_err content_init(struct content *content, struct child *child)
{
	struct os_env *env = child->sandbox->env;
	struct os_account account = { child->account };
	const char *text = "<config/>";
	size_t length = strlen(text);
	struct os_ram ram;
	enum os_err err;

	*content = (struct content){ 0 };
	if (os_xml_valid(child->start->inline_config))
		os_xml_text(child->start->inline_config, &text, &length);
	if ((err = os_ram_init(&ram, env, length, &account)))
		return err;
	memcpy(ram.view.start, text, length);
	os_view_fini(&ram.view);
	content->ds = ram.ds;
	if ((err = pd_read_only(env->pd, content->ds, &content->view)))
		content_free(env, content);
	return err;
}

static enum os_err dataspace(struct rom_server *rpc, struct rom_dataspace_cap *ds)
{
	struct config_rom *rom = container_of(rpc, struct config_rom, rpc);

	if (os_cap_valid(rom->newer.ds.cap)) {
		content_free(rom->env, &rom->shown);
		rom->shown = rom->newer;
		rom->newer = (struct content){ 0 };
	}
	rom->asked = true;
	*ds = rom->shown.view;
	return OS_OK;
}

/* Tell the child that there is a newer content than the one it has. */
static void notify(struct config_rom *rom)
{
	enum os_err err = OS_OK;

	if (rom->asked && os_cap_valid(rom->newer.ds.cap) && os_cap_valid(rom->handler.cap))
		err = os_signal_submit(rom->handler, 1);
	(void)err; /* a handler that is gone hears nothing */
}

static enum os_err sigh(struct rom_server *rpc, struct signal_context_cap handler)
{
	struct config_rom *rom = container_of(rpc, struct config_rom, rpc);

	os_cap_drop(rom->handler.cap);
	rom->handler = handler;
	notify(rom);
	return OS_OK;
}

static const struct rom_ops ops = { .dataspace = dataspace, .sigh = sigh };

static void destroy(struct os_sandbox *sandbox, struct config_rom *rom)
{
	rom_server_fini(&rom->rpc);
	content_free(rom->env, &rom->shown);
	content_free(rom->env, &rom->newer);
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
	rom->env = sandbox->env;
	if ((err = content_init(&rom->shown, session->client)) ||
	    (err = rom_server_init(&rom->rpc, sandbox->ep, NULL, &ops))) {
		destroy(sandbox, rom);
		return err;
	}
	session->config_rom = rom;
	*cap = rom_server_cap(&rom->rpc).cap;
	return OS_OK;
}

enum os_err config_rom_update(struct sandbox_session *session)
{
	struct config_rom *rom = session->config_rom;
	struct content content;
	enum os_err err;

	if ((err = content_init(&content, session->client)))
		return err;
	if (!rom->asked) { /* nobody has seen the one before */
		content_free(rom->env, &rom->shown);
		rom->shown = content;
		return OS_OK;
	}
	content_free(rom->env, &rom->newer);
	rom->newer = content;
	notify(rom);
	return OS_OK;
}

void config_rom_destroy(struct sandbox_session *session)
{
	destroy(session->sandbox, session->config_rom);
	session->config_rom = NULL;
}
