/* SPDX-License-Identifier: BSD-2-Clause */
/* fuzz: what its files share: the target, capabilities to pass, messages. */

#ifndef FUZZ_FUZZ_H
#define FUZZ_FUZZ_H

#include <osier/env.h>
#include <osier/memory.h>
#include <osier/rpc_info.h>
#include <osier/session.h>

/* xorshift64*: the same messages for the same seed. */
struct random {
	uint64_t state;
};

static inline uint64_t random_next(struct random *random)
{
	random->state ^= random->state >> 12;
	random->state ^= random->state << 25;
	random->state ^= random->state >> 27;
	return random->state * UINT64_C(0x2545f4914f6cdd1d);
}

/* One of `count`, from 0. */
static inline uint32_t random_below(struct random *random, uint32_t count)
{
	return (uint32_t)((random_next(random) >> 32) % count);
}

/* ------------------------------------------------------------------ target.c */

/* The object that gets the messages. */
struct target {
	const struct os_rpc_interface_info *info;
	struct os_cap cap;
	struct os_session session; /* zero: it needs none */
	const char *label;         /* of that session */
};

/* Find interface `name`, and an object of it. NOT_FOUND: there is no way to one. */
enum os_err target_open(struct target *target, struct os_env *env, const char *name,
                        const char *label) OS_MUST_CHECK;

/* Capabilities of all types, to be passed along. */
enum { POOL_SIZE = 12 };

struct pool {
	struct os_cap caps[POOL_SIZE];
	uint32_t types[POOL_SIZE];
	struct ram_dataspace_cap ds;
	struct signal_context_cap context;
	struct account_cap child;
};

/* Make the objects of the pool again, whatever has become of them. */
void pool_renew(struct pool *pool, struct os_env *env, const struct target *target);

/* ------------------------------------------------------------------ message.c */

/* How a message was made. */
enum shape { VALID, MUTATED, MALFORMED, RANDOM, SHAPES };

/*
 * Make a message of that shape for `target`. A MALFORMED one has a length, a number of capabilities
 * or an operation that no request has.
 */
void message_make(struct random *random, const struct target *target, const struct pool *pool,
                  enum shape shape, struct os_msg *msg);

/* Give back what a message that is not sent would have moved. */
void message_discard(const struct os_msg *msg);

/* A valid request of operation `op`, with small numbers. */
void message_plain(const struct os_rpc_op_info *op, const struct pool *pool, struct os_msg *msg);

/* The operation that the message would be taken for; NULL: none, or a malformed one. */
const struct os_rpc_op_info *message_op(const struct target *target, const struct os_msg *msg);

/* The reply is one that operation `op` may have. */
bool reply_conforms(const struct os_rpc_op_info *op, const struct os_msg *msg);

#endif
