/* SPDX-License-Identifier: BSD-2-Clause */
/* fuzz: sends valid, malformed and random messages to a live server, which must answer all. */

#include "fuzz.h"
#include <config/config.h>
#include <osier/string.h>

enum {
	MESSAGES = 20000,
	MESSAGES_PER_CHECK = 50,
	MESSAGES_PER_POOL = 20,
	SEED = 0x05134,
};

struct run {
	struct os_env *env;
	struct target target;
	struct pool pool;
	struct random random;
	uint32_t counts[SHAPES], ok, refused, wrong;
	bool dead;
};

/* What would end us, or leave us waiting or without a log, is not asked for. */
static bool is_spared(const struct os_rpc_interface_info *info, const struct os_rpc_op_info *op)
{
	static const char *const names[] = { "exit", "session_close", "session_upgrade" };

	if (op->later || os_str_equal(info->name, "power"))
		return true;
	for (size_t i = 0; os_str_equal(info->name, "parent") && i < OS_ARRAY_SIZE(names); i++)
		if (os_str_equal(op->name, names[i]))
			return true;
	return false;
}

static void judge(struct run *run, const struct os_rpc_op_info *op, uint16_t number,
                  enum os_err err, const struct os_msg *reply)
{
	const bool ok = !err && reply->op == OS_OK;

	run->ok += ok;
	run->refused += !ok;
	run->dead = err == OS_ERR_GONE;
	/* what is malformed never succeeds, but for the question who is there */
	if ((!op && ok && number != OS_MSG_OP_IDENTIFY) ||
	    (op && !err && !reply_conforms(op, reply))) {
		run->wrong++;
		os_error(run->env, "operation %u (%s): answered %u, %u bytes, %u capabilities",
		         number, op ? op->name : "malformed", reply->op, reply->length,
		         reply->cap_count);
	}
}

static void send(struct run *run, enum shape shape)
{
	struct os_msg *msg = os_msg_own();
	const struct os_rpc_op_info *op;
	uint16_t number;
	enum os_err err;

	message_make(&run->random, &run->target, &run->pool, shape, msg);
	op = message_op(&run->target, msg);
	if (op && is_spared(run->target.info, op)) {
		message_discard(msg);
		return;
	}
	number = msg->op;
	run->counts[shape]++;
	err = os_call(run->target.cap, msg);
	judge(run, op, number, err, msg);
	if (!err)
		os_msg_caps_drop(msg);
}

/* The next honest calls: who are you, and an operation that the interface has. */
static bool answers(struct run *run)
{
	const struct os_rpc_interface_info *info = run->target.info;
	struct os_msg *msg = os_msg_own();
	struct os_identify_reply identity;
	const struct os_rpc_op_info *op = NULL;

	*msg = (struct os_msg){ .op = OS_MSG_OP_IDENTIFY };
	if (os_call(run->target.cap, msg) || msg->op || msg->length != sizeof(identity))
		return false;
	memcpy(&identity, msg->payload, sizeof(identity));
	if (identity.type != info->type || identity.version != info->version)
		return false;
	for (uint16_t i = 0; i < info->op_count && !op; i++)
		if (!is_spared(info, &info->ops[i]))
			op = &info->ops[i];
	if (!op)
		return true;
	message_plain(op, &run->pool, msg);
	if (os_call(run->target.cap, msg) || !reply_conforms(op, msg))
		return false;
	os_msg_caps_drop(msg);
	return true;
}

static void fuzz(struct run *run)
{
	for (uint32_t i = 0; i < MESSAGES && !run->dead; i++) {
		if (i % MESSAGES_PER_POOL == 0)
			pool_renew(&run->pool, run->env, &run->target);
		send(run, (enum shape)(i % SHAPES));
		if (i % MESSAGES_PER_CHECK == 0 && !answers(run))
			run->dead = true;
	}
}

enum os_err os_construct(struct os_env *env)
{
	static struct run run;
	struct os_config config;
	static char label[64];
	char name[32];
	enum os_err err;

	run.env = env;
	if ((err = os_config_open(&config, env)) ||
	    (err = os_xml_string(config.root, "interface", name, sizeof(name))))
		return err;
	if (os_xml_has(config.root, "label") &&
	    (err = os_xml_string(config.root, "label", label, sizeof(label))))
		return err;
	run.random.state = os_xml_u64(config.root, "seed", SEED);
	os_log(env, "%s: seed %llu", name, (unsigned long long)run.random.state);
	if ((err = target_open(&run.target, env, name, label))) {
		os_error(env, "%s: %s", name, os_err_text(err));
		return err;
	}
	fuzz(&run);
	os_log(env,
	       "%s: %u valid, %u mutated, %u malformed, %u random messages; %u done, %u refused",
	       name, run.counts[VALID], run.counts[MUTATED], run.counts[MALFORMED],
	       run.counts[RANDOM], run.ok, run.refused);
	os_log(env, "%s: %s", name,
	       run.dead        ? "the server is dead"
	       : run.wrong     ? "the server answers wrongly"
	       : answers(&run) ? "the server answers the next honest call"
	                       : "the server does not answer");
	os_config_close(&config);
	return OS_OK;
}
