/* SPDX-License-Identifier: BSD-2-Clause */
/* monitor: runs a child as init would, stands between it and its servers, and tells what passes. */

#include <api/timer.h>
#include <config/config.h>
#include <forward/forward.h>
#include <osier/env.h>
#include <osier/format.h>
#include <osier/string.h>
#include <rpc_text/rpc_text.h>
#include <sandbox/sandbox.h>

#include "payer.h"
#include "rules.h"

enum { LABEL_MAX = 160, TEXT_MAX = 400 };

/* A session that we stand between. */
struct session {
	struct os_forward_group group;
	struct payer *payer;
	bool print;
	char label[LABEL_MAX];
};

static struct os_env *own;
static struct os_upstream upstream;
static struct os_sandbox sandbox;
static struct os_forward forward;
static struct os_config config;
static struct payers payers;
static struct rules rules;
static struct timer_cap timer; /* none: durations are not told */
static uint32_t open_count;    /* sessions that we stand between */

/* ------------------------------------------------------------------ calls */

static const struct session *session_of(const struct os_forward_call *call)
{
	return container_of(call->stand_in->group, struct session, group);
}

/* "hello.add", or what is known of it. */
static void name_call(const struct os_forward_call *call, char *buf, size_t size)
{
	const uint32_t type = call->stand_in->type;
	const struct os_rpc_interface_info *const interface = os_rpc_interface(type);
	const struct os_rpc_op_info *const op = os_rpc_operation(interface, call->op);
	const size_t length = interface ? os_format(buf, size, "%s.", interface->name)
	                                : os_format(buf, size, "type 0x%x.", type);

	if (length >= size)
		return;
	if (op)
		os_format(buf + length, size - length, "%s", op->name);
	else
		os_format(buf + length, size - length, "operation %u?", call->op);
}

static const struct os_rpc_op_info *operation_of(const struct os_forward_call *call)
{
	return os_rpc_operation(os_rpc_interface(call->stand_in->type), call->op);
}

static void tell_request(struct os_forward_call *call)
{
	const struct os_rpc_op_info *const op = operation_of(call);
	char name[64], text[TEXT_MAX];

	if (!session_of(call)->print)
		return;
	name_call(call, name, sizeof(name));
	os_rpc_text(text, sizeof(text), op ? &op->request : NULL, &call->msg);
	os_log(own, "#%lu %s: %s(%s)", (unsigned long)call->number, session_of(call)->label, name,
	       text);
	if (os_cap_valid(timer.cap) && timer_now(timer, &call->started))
		call->started = 0;
}

static void tell_duration(const struct os_forward_call *call, char *buf, size_t size)
{
	uint64_t now;

	buf[0] = 0;
	if (os_cap_valid(timer.cap) && !timer_now(timer, &now))
		os_format(buf, size, " in %lu us", (unsigned long)(now - call->started));
}

static void tell_reply(struct os_forward_call *call, enum os_err err)
{
	const struct os_rpc_op_info *const op = operation_of(call);
	const uint16_t result = call->msg.op;
	const char *const declared =
	        op && result < 64 && !(op->errors & UINT64_C(1) << result) && op->errors ? "?" : "";
	char text[TEXT_MAX], duration[32];

	if (!session_of(call)->print)
		return;
	tell_duration(call, duration, sizeof(duration));
	if (err) {
		os_log(own, "#%lu = not answered: %s%s", (unsigned long)call->number,
		       os_err_text(err), duration);
		return;
	}
	if (result != OS_OK) {
		os_log(own, "#%lu = error: %s%s%s", (unsigned long)call->number,
		       result < OS_ERR_COUNT ? os_err_text((enum os_err)result) : "no such error",
		       declared, duration);
		return;
	}
	os_rpc_text(text, sizeof(text), op ? &op->reply : NULL, &call->msg);
	os_log(own, "#%lu = %s%s", (unsigned long)call->number, text[0] ? text : "ok", duration);
}

/* The type of a capability that any type is good enough for is not looked at by the receiver. */
static enum os_forward_how pass(const struct os_forward_call *call, bool reply, uint32_t index,
                                uint32_t type)
{
	const struct os_rpc_op_info *const op = operation_of(call);
	const struct os_rpc_message_info *const info = !op     ? NULL
	                                               : reply ? &op->reply
	                                                       : &op->request;

	if (info && index < info->cap_count && !info->caps[index].type_count)
		return OS_FORWARD_AS_IS;
	return rules_interface(&rules, type) ? OS_FORWARD_STOOD_IN : OS_FORWARD_RESOLVED;
}

static void closed(struct os_forward_group *group)
{
	os_free(own->heap, container_of(group, struct session, group), sizeof(struct session));
}

static const struct os_forward_ops forward_ops = {
	.request = tell_request,
	.reply = tell_reply,
	.pass = pass,
	.pay = payer_pay,
	.refund = payer_refund,
	.closed = closed,
};

/* ------------------------------------------------------------------ sessions */

static void tell_opened(const struct os_sandbox_opened *opened)
{
	char args[TEXT_MAX];

	os_rpc_text_args(args, sizeof(args), os_rpc_interface(opened->type), opened->args,
	                 opened->args_size);
	os_log(own, "%s: session \"%s\"(%s)%s", opened->label, opened->service, args,
	       opened->served ? " that it serves" : "");
}

/* Nothing is kept on an error. On success, a count of the stand-in is in `*out`. */
static enum os_err session_begin(struct session *session, const struct os_sandbox_opened *opened,
                                 struct os_cap cap, struct os_cap *out)
{
	struct os_cap stand_in;
	enum os_err err;

	if ((err = os_str_copy(session->label, sizeof(session->label), opened->label)) ||
	    (err = payer_use(&payers, opened, &session->payer)))
		return err;
	os_forward_group_init(&session->group, &session->payer->base);
	err = os_forward_stand_in(&session->group, cap, opened->type, OS_FORWARD_CLIENT, &stand_in);
	if (err)
		payer_leave(&payers, session->payer);
	else
		*out = stand_in;
	return err;
}

static void session_opened(struct os_sandbox *self, const struct os_sandbox_opened *opened,
                           struct os_cap *cap, void **handle)
{
	const enum rule rule = rules_session(&rules, opened->service, opened->label);
	struct session *session;
	struct os_cap stand_in, copy;
	struct payer *payer;
	enum os_err err;

	(void)self;
	if (rule == RULE_LEAVE)
		return;
	if ((err = os_alloc(own->heap, sizeof(*session), (void **)&session)))
		goto fail;
	session->print = rule == RULE_PRINT;
	if ((err = session_begin(session, opened, *cap, &stand_in)))
		goto free;
	if ((err = os_cap_dup(stand_in, &copy))) {
		/* what goes with the group is the count that we were given */
		if (os_cap_dup(*cap, &copy))
			copy = (struct os_cap){ 0 };
		*cap = copy;
		payer = session->payer;
		os_forward_group_close(&session->group);
		payer_leave(&payers, payer);
		goto fail;
	}
	*cap = copy;
	*handle = session;
	open_count++;
	if (session->print)
		tell_opened(opened);
	return;
free:
	os_free(own->heap, session, sizeof(*session));
fail:
	os_warning(own, "%s: \"%s\" is not monitored: %s", opened->label, opened->service,
	           os_err_text(err));
}

static void session_closed(struct os_sandbox *self, void *handle)
{
	struct session *const session = handle;
	struct payer *const payer = session->payer;
	const bool print = session->print;
	char label[LABEL_MAX];

	(void)self;
	memcpy(label, session->label, sizeof(label));
	os_forward_group_close(&session->group);
	payer_leave(&payers, payer);
	open_count--;
	if (print)
		os_log(own, "%s: session closed, %u are open", label, open_count);
}

/* ------------------------------------------------------------------ the child */

static void message(struct os_sandbox *self, bool error, const char *text)
{
	(void)self;
	if (error)
		os_error(own, "%s", text);
	else
		os_log(own, "%s", text);
}

static void propagate(struct os_sandbox *self, const char *child, int32_t value)
{
	(void)self;
	(void)child; /* its end is told already */
	os_exit(own, value);
}

static const struct os_sandbox_ops sandbox_ops = {
	.message = message,
	.exit = propagate,
	.session_opened = session_opened,
	.session_closed = session_closed,
};

static void complain(uint32_t line, const char *text)
{
	os_error(own, "config:%u: %s", line, text);
}

static enum os_err apply_config(void)
{
	char *text;
	enum os_err err;

	rules_init(&rules, config.root, complain);
	if ((err = rules_blank(config.root, config.text, config.size, own->heap, &text)))
		return err;
	err = os_sandbox_apply(&sandbox, text, config.size);
	os_free(own->heap, text, config.size);
	return err;
}

enum os_err os_construct(struct os_env *env)
{
	static struct os_session timer_session;
	enum os_err err;

	own = env;
	if ((err = os_config_open(&config, env)))
		return err;
	if (os_xml_bool(config.root, "duration", false) &&
	    (err = timer_open(&timer_session, env, NULL, &timer)))
		return err;
	if ((err = os_upstream_init(&upstream, env)) ||
	    (err = os_sandbox_init(&sandbox, &upstream, env->ep, &sandbox_ops, NULL)) ||
	    (err = os_forward_init(&forward, env, &forward_ops)))
		return err;
	payers_init(&payers, &forward, &upstream, &sandbox);
	return apply_config();
}
