/* SPDX-License-Identifier: BSD-2-Clause */
/* Calls: without a capability, with one, with one each way; and signals. */

#include <osier/ep.h>

#include "measure.h"

/* ------------------------------------------------------------------ calls */

static enum os_err add_run(struct os_env *env, struct bench_cap peer, uint64_t calls)
{
	(void)env;
	for (uint64_t i = 0; i < calls; i++) {
		const int32_t a = (int32_t)(i & 0xffff);
		int32_t sum = 0;
		enum os_err err = bench_add(peer, a, 7, &sum);

		if (err)
			return err;
		OS_ASSERT(sum == a + 7);
	}
	return OS_OK;
}

const struct measure measure_rpc = { .name = "rpc", .peer = true, .run = add_run };

/* ------------------------------------------------------------------ signals */

static struct os_signal_receiver receiver;
static struct os_signal_context context;
static struct signal_context_cap ping;

static enum os_err context_prepare(struct os_env *env, struct bench_cap peer)
{
	enum os_err err;

	(void)peer;
	if ((err = os_signal_receiver_init(&receiver, env)))
		return err;
	return os_signal_context_init(&context, &receiver);
}

static enum os_err signal_prepare(struct os_env *env, struct bench_cap peer)
{
	enum os_err err = context_prepare(env, peer);

	return err ? err : bench_ping_pong(peer, context.cap, &ping);
}

/* One call is one signal: half of a ping-pong. */
static enum os_err signal_run(struct os_env *env, struct bench_cap peer, uint64_t calls)
{
	struct os_signal_context *from;
	uint64_t count;
	enum os_err err;

	(void)env;
	(void)peer;
	for (uint64_t i = 0; i < calls / 2; i++) {
		if ((err = os_signal_submit(ping, 1)))
			return err;
		if ((err = os_signal_wait(&receiver, &from, &count)))
			return err;
		OS_ASSERT(from == &context && count == 1);
	}
	return OS_OK;
}

const struct measure measure_signal = {
	.name = "signal",
	.peer = true,
	.ram = 64 * 1024,
	.caps = 12,
	.prepare = signal_prepare,
	.run = signal_run,
};

/* ------------------------------------------------------------------ capabilities */

static enum os_err take_run(struct os_env *env, struct bench_cap peer, uint64_t calls)
{
	enum os_err err;

	(void)env;
	for (uint64_t i = 0; i < calls; i++)
		if ((err = bench_take(peer, context.cap)))
			return err;
	return OS_OK;
}

const struct measure measure_rpc_with_cap = {
	.name = "rpc_with_cap",
	.peer = true,
	.prepare = context_prepare,
	.run = take_run,
};

static enum os_err exchange_run(struct os_env *env, struct bench_cap peer, uint64_t calls)
{
	struct signal_context_cap same;
	enum os_err err;

	(void)env;
	for (uint64_t i = 0; i < calls; i++) {
		if ((err = bench_exchange(peer, context.cap, &same)))
			return err;
		OS_ASSERT(os_cap_same(same.cap, context.cap.cap));
		os_cap_drop(same.cap);
	}
	return OS_OK;
}

const struct measure measure_rpc_with_cap_back = {
	.name = "rpc_with_cap_back",
	.peer = true,
	.prepare = context_prepare,
	.run = exchange_run,
};
