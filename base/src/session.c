/* SPDX-License-Identifier: BSD-2-Clause */
/* The client's side of sessions: opening with donation and retry, upgrading, closing. */

#include <api/log.h>
#include <osier/session.h>
#include "runtime.h"

/* Donation where the caller names none. */
enum { RAM_DEFAULT = 8 * 1024, CAPS_DEFAULT = 4 };

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
	uint64_t ram_limit, ram_used, caps_limit, caps_used;
	struct account_cap account;
	enum os_err err;

	if ((err = pd_account(env->pd, &account)))
		return err;
	err = account_info(account, &ram_limit, &ram_used, &caps_limit, &caps_used);
	os_cap_drop(account.cap);
	if (err)
		return err;
	*ram = wanted->ram - OS_MIN(wanted->ram, ram_limit - OS_MIN(ram_used, ram_limit));
	*caps = wanted->caps - OS_MIN(wanted->caps, caps_limit - OS_MIN(caps_used, caps_limit));
	return OS_OK;
}

/* After the refusal `err`: do what can help, once each. OK: it is worth another try. */
static enum os_err retry_prepare(struct os_session *session, enum os_err err, bool *asked,
                                 bool *doubled)
{
	struct os_env *const env = session->env;
	uint64_t ram, caps;

	if (err != OS_ERR_OUT_OF_RAM && err != OS_ERR_OUT_OF_CAPS)
		return err;
	if (own_lack(env, session, &ram, &caps))
		return err;
	if (ram || caps) {
		if (*asked || parent_resource_request(env->parent, ram, caps))
			return err;
		*asked = true;
		return OS_OK;
	}
	if (*doubled)
		return err;
	*doubled = true;
	if (__builtin_mul_overflow(session->ram, err == OS_ERR_OUT_OF_RAM ? 2 : 1, &session->ram) ||
	    __builtin_mul_overflow(session->caps, err == OS_ERR_OUT_OF_CAPS ? 2 : 1,
	                           &session->caps))
		return err;
	return OS_OK;
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

/* Until it is open, `session` holds what is to be donated. */
static enum os_err open_retry(struct os_session *session, const struct os_session_args *args)
{
	const char *const label = args->label ? args->label : "";
	bool asked = false, doubled = false;
	enum os_err err;

	for (;;) {
		session->id = id_next(session->env);
		err = parent_session_open(session->env->parent, session->id, args->service, label,
		                          args->args, args->args_size, &args->affinity,
		                          session->ram, session->caps, &session->cap);
		if (!err)
			return OS_OK;
		if ((err = retry_prepare(session, err, &asked, &doubled)))
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
	if ((err = open_retry(session, args)))
		return err;
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

enum os_err os_session_upgrade(struct os_session *session, uint64_t ram, uint64_t caps)
{
	enum os_err err;

	if (!session->env)
		return OS_ERR_GONE;
	if ((err = parent_session_upgrade(session->env->parent, session->id, ram, caps)))
		return err == OS_ERR_NOT_FOUND ? OS_ERR_GONE : err;
	session->ram += ram;
	session->caps += caps;
	return OS_OK;
}

void os_session_close(struct os_session *session)
{
	if (session->env) {
		/* NOT_FOUND: the parent has ended it already. */
		const enum os_err err = parent_session_close(session->env->parent, session->id);

		(void)err;
		os_cap_drop(session->cap);
	}
	*session = (struct os_session){ 0 };
}
