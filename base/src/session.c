/* SPDX-License-Identifier: BSD-2-Clause */
/* The client's side of sessions: opening with donation and retry, upgrading, closing. */

#include <api/log.h>
#include <osier/resource.h>
#include <osier/session.h>
#include "trace.h"

enum {
	RAM_DEFAULT = 8 * 1024, /* donation where the caller names none */
	CAPS_DEFAULT = 4,
	FARE_RAM = 8 * 1024, /* about what parents charge for a session beside the donation */
	FARE_CAPS = 12,
	GROWTH_DEFAULT = 16,
};

static uint64_t id_next(struct os_env *env)
{
	uint64_t id;

	os_mutex_lock(&env->lock);
	id = env->next_session_id++;
	os_mutex_unlock(&env->lock);
	return id;
}

/*
 * How much of the wanted donation the own account lacks. Nothing, if it is the server or someone on
 * the way to it who finds the donation too small.
 */
static enum os_err own_lack(struct os_env *env, const struct os_session *wanted, uint64_t *ram,
                            uint64_t *caps)
{
	uint64_t free_ram, free_caps;
	enum os_err err = os_resource_free(env, &free_ram, &free_caps);

	if (err)
		return err;
	*ram = wanted->ram - OS_MIN(wanted->ram, free_ram);
	*caps = wanted->caps - OS_MIN(wanted->caps, free_caps);
	return OS_OK;
}

/* Ask for what is lacking, and what goes with it; what is not lacking is not asked for. */
static enum os_err ask_for(struct os_env *env, uint64_t ram, uint64_t caps)
{
	return os_resource_short(env, ram ? ram + OS_MIN(UINT64_MAX - ram, FARE_RAM) : 0,
	                         caps ? caps + OS_MIN(UINT64_MAX - caps, FARE_CAPS) : 0);
}

/* After the refusal `err`: do what can help. OK: it is worth another try. */
static enum os_err retry_prepare(struct os_session *session, enum os_err err, bool *asked,
                                 struct os_raises *raises)
{
	struct os_env *const env = session->env;
	uint64_t ram, caps;

	if (err != OS_ERR_OUT_OF_RAM && err != OS_ERR_OUT_OF_CAPS)
		return err;
	if (own_lack(env, session, &ram, &caps))
		return err;
	if (ram || caps) {
		if (*asked || ask_for(env, ram, caps))
			return err;
		*asked = true;
		return OS_OK;
	}
	return os_donation_raise(&session->ram, &session->caps, raises, err) ? OS_OK : err;
}

/* The reply that brought `cap` still stands in the thread's message, and tells its type. */
static enum os_err type_check(struct os_cap cap, uint32_t type)
{
	const struct os_msg *const msg = os_msg_own();

	if (type == OS_TYPE_ANY)
		return OS_OK;
	if (msg->cap_count != 1 || msg->caps[0].slot != cap.slot || msg->caps[0].type != type)
		return OS_ERR_CAP_TYPE;
	return OS_OK;
}

/* The parent is to forget it. That is not left undone where the thread is cancelled. */
static void give_up(const struct os_session *session)
{
	/* NOT_FOUND: the parent has ended it already. */
	while (parent_session_close(session->env->parent, session->id) == OS_ERR_CANCELLED)
		continue;
}

/* Until it is open, `session` holds what is to be donated. */
static enum os_err open_retry(struct os_session *session, const struct os_session_args *args)
{
	const char *const label = args->label ? args->label : "";
	struct os_raises raises = { 0 };
	bool asked = false;
	enum os_err err;

	for (;;) {
		session->id = id_next(session->env);
		err = parent_session_open(session->env->parent, session->id, args->service, label,
		                          args->args, args->args_size, &args->affinity,
		                          session->ram, session->caps, &session->cap);
		if (!err)
			return OS_OK;
		if (err == OS_ERR_CANCELLED)
			give_up(session);
		if ((err = retry_prepare(session, err, &asked, &raises)))
			return err;
	}
}

/* On an error `session` is not empty: it holds what was last offered. */
static enum os_err open_checked(struct os_session *session, struct os_env *env,
                                const struct os_session_args *args)
{
	enum os_err err;

	*session = (struct os_session){
		.env = env,
		.ram = args->ram ? args->ram : RAM_DEFAULT,
		.caps = args->caps ? args->caps : CAPS_DEFAULT,
	};
	os_trace_event(OS_TRACE_SESSION_OPEN, (uint64_t)args->type << 32);
	err = open_retry(session, args);
	os_trace_event(OS_TRACE_SESSION_OPENED, (uint64_t)err << 32 | (uint32_t)session->id);
	if (err)
		return err;
	session->first_ram = session->ram;
	session->first_caps = session->caps;
	session->growth = GROWTH_DEFAULT;
	if ((err = type_check(session->cap, args->type)))
		os_session_close(session);
	return err;
}

enum os_err os_session_open(struct os_session *session, struct os_env *env,
                            const struct os_session_args *args)
{
	const enum os_err err = open_checked(session, env, args);

	if (err)
		*session = (struct os_session){ 0 };
	return err;
}

/* Tell whose quota is too small, and where it is written down. */
static void shortage_tell(const struct os_session *offered, const struct os_session_type *type,
                          enum os_err err)
{
	const unsigned long long kib = offered->ram / 1024, count = offered->caps;
	const char *remedy = "raise the donation in its api/*.rpc";
	uint64_t ram, caps;

	if (err != OS_ERR_OUT_OF_RAM && err != OS_ERR_OUT_OF_CAPS)
		return;
	/* The line would have to go through the very session that is not there. */
	if (type->type == LOG_TYPE || own_lack(offered->env, offered, &ram, &caps))
		return;
	if (ram || caps)
		remedy = "give this component more in its <start>";
	os_warning(offered->env, "session \"%s\": %s, with %lluK and %llu capabilities donated; %s",
	           type->service, os_err_text(err), kib, count, remedy);
}

enum os_err os_session_open_typed(struct os_session *session, struct os_env *env,
                                  const struct os_session_type *type, const char *label,
                                  const void *args, size_t args_size, struct os_cap *cap)
{
	const struct os_session_args all = {
		.service = type->service,
		.label = label,
		.args = args,
		.args_size = args_size,
		.ram = type->ram,
		.caps = type->caps,
		.type = type->type,
	};
	const enum os_err err = open_checked(session, env, &all);

	if (err) {
		shortage_tell(session, type, err);
		*session = (struct os_session){ 0 };
	}
	*cap = session->cap;
	return err;
}

/* One try to upgrade; NOT_FOUND: the session has ended. */
static enum os_err upgrade(struct os_session *session, uint64_t ram, uint64_t caps)
{
	return parent_session_upgrade(session->env->parent, session->id, ram, caps);
}

enum os_err os_session_upgrade(struct os_session *session, uint64_t ram, uint64_t caps)
{
	const struct os_session wanted = { .ram = ram, .caps = caps };
	uint64_t ram_lack, caps_lack;
	enum os_err err;

	if (!session->env)
		return OS_ERR_GONE;
	err = upgrade(session, ram, caps);
	if ((err == OS_ERR_OUT_OF_RAM || err == OS_ERR_OUT_OF_CAPS) &&
	    !own_lack(session->env, &wanted, &ram_lack, &caps_lack) && (ram_lack || caps_lack) &&
	    !ask_for(session->env, ram_lack, caps_lack))
		err = upgrade(session, ram, caps);
	if (err)
		return err == OS_ERR_NOT_FOUND ? OS_ERR_GONE : err;
	session->ram += ram;
	session->caps += caps;
	return OS_OK;
}

/* What the session may still grow by without being told to, at most by as much as it has. */
static uint64_t growth(const struct os_session *session, uint64_t now, uint64_t first)
{
	uint64_t most;

	if (__builtin_mul_overflow(first, session->growth, &most))
		most = UINT64_MAX;
	return OS_MIN(now, most - OS_MIN(most, now));
}

bool os_session_grow(struct os_session *session, enum os_err err)
{
	const bool ram = err == OS_ERR_OUT_OF_RAM;
	uint64_t more;

	if (!session->env || (!ram && err != OS_ERR_OUT_OF_CAPS))
		return false;
	more = ram ? growth(session, session->ram, session->first_ram)
	           : growth(session, session->caps, session->first_caps);
	return more && !os_session_upgrade(session, ram ? more : 0, ram ? 0 : more);
}

void os_session_close(struct os_session *session)
{
	if (session->env) {
		os_trace_event(OS_TRACE_SESSION_CLOSE, (uint32_t)session->id);
		give_up(session);
		os_cap_drop(session->cap);
	}
	*session = (struct os_session){ 0 };
}
