/* SPDX-License-Identifier: BSD-2-Clause */
/* clipboard: serves Clipboard sessions, by which a person carries a text to another program. */

#include <api/clipboard.h>
#include <config/config.h>
#include <osier/string.h>

#include "rules.h"

/*
 *   write, write, write     copy             paste, read, read
 *   --------------------> draft ----> text ------------------->
 *                           (of one session)
 *
 * A session has memory for two texts, out of its own donation: the draft that it is writing, and,
 * if it was the last one to copy, the clipboard's text. So a client that writes for ever harms
 * nobody, and a text that is being read stays as it is.
 */

enum { SIZE_MAX_DEFAULT = 1 << 20 /* bytes of a text */ };

struct session {
	struct os_server_session base;
	struct clipboard_server rpc;
	struct rule rule; /* zero: it may do nothing */
	uint64_t size;    /* of a text, at most */
	struct os_ram draft, text;
	uint64_t written; /* bytes of the draft */
	struct signal_context_cap changed;
	uint64_t told; /* the number of the text that it was signalled for */
	char label[OS_LABEL_MAX];
};

static struct os_env *env;
static struct os_config config;
static struct os_service service;

/* the clipboard */
static struct session *owner; /* NULL: there is no text */
static uint64_t number, length;

/* the report of the focus */
static struct os_rom focus_rom;
static struct os_signal_handler focus_changed;
static char focus[OS_LABEL_MAX];

static struct session *self(struct clipboard_server *rpc)
{
	return container_of(rpc, struct session, rpc);
}

/* ------------------------------------------------------------------ rights */

static bool has_focus(const struct session *session)
{
	return rule_has_focus(&session->rule, focus);
}

/* The text is for this client, if it has the focus. */
static bool may_see(const struct session *session)
{
	return owner && rule_may_flow(config.root, owner->rule.domain, session->rule.domain);
}

/* Whoever may see the text now, and has not heard of it. */
static void tell(struct session *session)
{
	if (!has_focus(session) || !may_see(session) || session->told == number ||
	    !os_cap_valid(session->changed.cap))
		return;
	session->told = number;
	if (os_signal_submit(session->changed, 1)) {
		os_cap_drop(session->changed.cap);
		session->changed = (struct signal_context_cap){ 0 };
	}
}

static void tell_all(void)
{
	OS_LIST_FOR_EACH (node, &service.sessions) {
		struct os_server_session *const base =
		        OS_LIST_ITEM(node, struct os_server_session, node);

		tell(container_of(base, struct session, base));
	}
}

static void read_rule(struct session *session)
{
	struct rule_error error;
	const enum os_err err = rule_find(config.root, session->label, &session->rule, &error);

	if (err == OS_ERR_INVALID)
		os_error(env, "config:%u: expected %s", error.line, error.expected);
	else if (err)
		os_warning(env, "no policy for \"%s\"; add <policy label=\"%s\" domain=\"...\"/>",
		           session->label, session->label);
}

/* ------------------------------------------------------------------ operations */

static void focus_read(void);

static enum os_err write(struct clipboard_server *rpc, uint64_t offset, const void *data,
                         size_t size)
{
	struct session *const session = self(rpc);
	enum os_err err;

	if ((offset && offset != session->written) || offset > session->size ||
	    size > session->size - offset)
		return OS_ERR_RANGE;
	if (!session->draft.view.start && session->size &&
	    (err = os_ram_init(&session->draft, env, session->size, &session->base.account)))
		return err == OS_ERR_OUT_OF_RAM || err == OS_ERR_OUT_OF_CAPS ? err : OS_ERR_LIMIT;
	if (size)
		memcpy((char *)session->draft.view.start + offset, data, size);
	session->written = offset + size;
	return OS_OK;
}

static enum os_err copy(struct clipboard_server *rpc, uint64_t size)
{
	struct session *const session = self(rpc);
	const struct os_ram text = session->draft;

	if (size != session->written)
		return OS_ERR_RANGE;
	/* the signal of a change may still be under way */
	focus_read();
	if (!has_focus(session))
		return OS_ERR_DENIED;
	session->draft = session->text;
	session->text = text;
	session->written = 0;
	owner = session;
	length = size;
	number++;
	session->told = number; /* who has copied it knows */
	tell_all();
	return OS_OK;
}

static enum os_err paste(struct clipboard_server *rpc, uint64_t *which, uint64_t *size)
{
	const struct session *const session = self(rpc);

	focus_read();
	if (!has_focus(session))
		return OS_ERR_DENIED;
	if (!may_see(session))
		return OS_ERR_NOT_FOUND;
	*which = number;
	*size = length;
	return OS_OK;
}

static enum os_err read(struct clipboard_server *rpc, uint64_t which, uint64_t offset, void *data,
                        size_t *size)
{
	const struct session *const session = self(rpc);

	*size = 0;
	if (!has_focus(session))
		return OS_ERR_DENIED;
	if (!may_see(session) || which != number)
		return OS_ERR_NOT_FOUND;
	if (offset > length)
		return OS_ERR_RANGE;
	*size = OS_MIN(length - offset, (uint64_t)CLIPBOARD_READ_DATA_SIZE);
	if (*size)
		memcpy(data, (const char *)owner->text.view.start + offset, *size);
	return OS_OK;
}

static enum os_err sigh(struct clipboard_server *rpc, struct signal_context_cap handler)
{
	struct session *const session = self(rpc);

	os_cap_drop(session->changed.cap);
	session->changed = handler;
	tell(session);
	return OS_OK;
}

static const struct clipboard_ops rpc_ops = {
	.write = write, .copy = copy, .paste = paste, .read = read, .sigh = sigh
};

/* ------------------------------------------------------------------ sessions */

static enum os_err session_create(struct os_server_session *base,
                                  const struct os_session_request *request, struct os_cap *cap)
{
	struct session *const session = container_of(base, struct session, base);
	struct clipboard_args args;
	enum os_err err;

	if ((err = clipboard_args_decode(request->args, request->args_size, &args)) ||
	    (err = os_str_copy(session->label, sizeof(session->label), request->label)))
		return err;
	if (args.size > os_xml_size(config.root, "size_max", SIZE_MAX_DEFAULT)) {
		os_warning(env, "\"%s\" wants texts of %lluK; raise <config size_max=\"...\">",
		           session->label, (unsigned long long)(args.size >> 10));
		return OS_ERR_RANGE;
	}
	session->size = args.size;
	read_rule(session);
	err = clipboard_server_init(&session->rpc, env->ep, &base->account, &rpc_ops);
	*cap = clipboard_server_cap(&session->rpc).cap;
	return err;
}

static void session_destroy(struct os_server_session *base)
{
	struct session *const session = container_of(base, struct session, base);

	if (owner == session)
		owner = NULL;
	clipboard_server_fini(&session->rpc);
	os_cap_drop(session->changed.cap);
	os_ram_fini(&session->draft, env);
	os_ram_fini(&session->text, env);
}

static const struct os_service_ops service_ops = {
	.session_size = sizeof(struct session),
	.create = session_create,
	.destroy = session_destroy,
};

/* ------------------------------------------------------------------ what changes */

static void config_changed(struct os_config *changed)
{
	(void)changed;
	OS_LIST_FOR_EACH (node, &service.sessions) {
		struct os_server_session *const base =
		        OS_LIST_ITEM(node, struct os_server_session, node);

		read_rule(container_of(base, struct session, base));
	}
	tell_all();
}

/* Without a report, or one that is none, nobody has the focus. */
static void focus_read(void)
{
	struct os_view view = { 0 };
	struct os_xml root;
	const enum os_err err = os_rom_view(&focus_rom, &view);

	if (err)
		os_warning(env, "the report of the focus: %s", os_err_text(err));
	root = os_xml_root(&view);
	if (!os_xml_type_is(root, "focus") || os_xml_string(root, "label", focus, sizeof(focus)))
		focus[0] = 0;
	os_view_fini(&view);
	tell_all();
}

static void handle_focus(struct os_signal_handler *handler, uint64_t count)
{
	(void)handler;
	(void)count;
	focus_read();
}

enum os_err os_construct(struct os_env *own)
{
	enum os_err err;

	env = own;
	if ((err = os_config_open(&config, env)) ||
	    (err = os_config_sigh(&config, env->ep, config_changed)) ||
	    (err = os_signal_handler_init(&focus_changed, env->ep, handle_focus)))
		return err;
	if ((err = os_rom_open(&focus_rom, env, "focus"))) {
		os_error(env,
		         "the ROM module \"focus\": %s; route it to the report of the GUI "
		         "server",
		         os_err_text(err));
		return err;
	}
	if ((err = os_rom_sigh(&focus_rom, &focus_changed)))
		return err;
	focus_read();
	return os_service_init(&service, env, env->ep, CLIPBOARD_SERVICE, &service_ops, NULL);
}
