/* SPDX-License-Identifier: BSD-2-Clause */
/* Messages of all shapes, made from what the tables tell of an interface. */

#include "fuzz.h"
#include <osier/string.h>

/* ------------------------------------------------------------------ fields */

static uint64_t number(struct random *random, uint16_t size)
{
	const uint64_t all = random_next(random);
	const uint64_t some[] = { 0, 1, 2, 4096, 8192, UINT64_MAX, all, all & 0xffff };

	(void)size;
	return some[random_below(random, OS_ARRAY_SIZE(some))];
}

/* A text of letters that make no words: a server may log it. */
static void text_fill(struct random *random, uint8_t *at, uint16_t limit)
{
	static const char letters[] = "qxzjkvw";
	uint32_t length = random_below(random, random_below(random, 4) ? 8 : limit);

	for (uint32_t i = 0; i < length; i++)
		at[i] = (uint8_t)letters[random_below(random, sizeof(letters) - 1)];
}

static void field_fill(struct random *random, const struct os_rpc_field_info *field,
                       uint8_t *payload)
{
	uint8_t *at = payload + field->offset;
	uint64_t value = number(random, field->size);
	uint16_t length;

	switch (field->kind) {
	case OS_RPC_FIELD_INT:
	case OS_RPC_FIELD_UINT:
		memcpy(at, &value, field->size);
		return;
	case OS_RPC_FIELD_BOOL:
		*at = value & 1;
		return;
	case OS_RPC_FIELD_ENUM:
		memcpy(at, &field->values[value % field->value_count].value, 4);
		return;
	case OS_RPC_FIELD_STRING:
		text_fill(random, at, field->limit);
		return;
	case OS_RPC_FIELD_BYTES:
		length = (uint16_t)random_below(random, field->limit + 1u);
		memcpy(at, &length, 2);
		memset(at + 2, 0xa5, length);
		return;
	case OS_RPC_FIELD_PADDING:
		return;
	}
}

static bool field_conforms(const struct os_rpc_field_info *field, const uint8_t *payload)
{
	const uint8_t *at = payload + field->offset;
	uint16_t length;
	uint32_t value;

	switch (field->kind) {
	case OS_RPC_FIELD_BOOL:
		return *at <= 1;
	case OS_RPC_FIELD_ENUM:
		memcpy(&value, at, 4);
		for (uint16_t i = 0; i < field->value_count; i++)
			if (field->values[i].value == value)
				return true;
		return false;
	case OS_RPC_FIELD_STRING:
		return os_wire_string_valid((const char *)at, field->limit);
	case OS_RPC_FIELD_BYTES:
		memcpy(&length, at, 2);
		return length <= field->limit &&
		       os_wire_zero(at + 2 + length, (size_t)(field->limit - length));
	case OS_RPC_FIELD_PADDING:
		return os_wire_zero(at, field->size);
	default:
		return true;
	}
}

/* ------------------------------------------------------------------ valid requests */

static bool type_accepted(const struct os_rpc_cap_info *cap, uint32_t type)
{
	for (uint8_t i = 0; i < cap->type_count; i++)
		if (cap->types[i] == type)
			return true;
	return cap->type_count == 0;
}

/* A capability that fits, if the pool has one. */
static struct os_cap fitting(struct random *random, const struct os_rpc_cap_info *cap,
                             const struct pool *pool)
{
	const uint32_t start = random ? random_below(random, POOL_SIZE) : 0;

	for (uint32_t i = 0; i < POOL_SIZE; i++) {
		const uint32_t at = (start + i) % POOL_SIZE;

		if (pool->types[at] && type_accepted(cap, pool->types[at]))
			return pool->caps[at];
	}
	return (struct os_cap){ 0 };
}

/* What is moved is consumed: a count more of it, so that the pool keeps its own. */
static void caps_count_moved(struct os_msg *msg)
{
	struct os_cap copy;

	for (uint32_t i = 0; i < msg->cap_count; i++)
		if (msg->cap_move & 1u << i &&
		    os_cap_dup((struct os_cap){ msg->caps[i].slot }, &copy))
			msg->caps[i].slot = 0;
}

void message_discard(const struct os_msg *msg)
{
	for (uint32_t i = 0; i < msg->cap_count; i++)
		if (msg->cap_move & 1u << i)
			os_cap_drop((struct os_cap){ msg->caps[i].slot });
}

static void request_make(struct random *random, const struct os_rpc_op_info *op,
                         const struct pool *pool, struct os_msg *msg)
{
	*msg = (struct os_msg){ .op = op->number,
		                .length = op->request.length,
		                .cap_count = op->request.cap_count,
		                .cap_move = op->request.cap_move };
	for (uint16_t i = 0; random && i < op->request.field_count; i++)
		field_fill(random, &op->request.fields[i], msg->payload);
	for (uint8_t i = 0; i < op->request.cap_count; i++)
		msg->caps[i].slot = fitting(random, &op->request.caps[i], pool).slot;
}

void message_plain(const struct os_rpc_op_info *op, const struct pool *pool, struct os_msg *msg)
{
	request_make(NULL, op, pool, msg);
	caps_count_moved(msg);
}

/* ------------------------------------------------------------------ all others */

static void mutate(struct random *random, const struct pool *pool, struct os_msg *msg)
{
	const uint32_t bits = msg->length * 8u;

	if (bits && random_below(random, 3)) {
		const uint32_t bit = random_below(random, bits);

		msg->payload[bit / 8] ^= (uint8_t)(1u << bit % 8);
		return;
	}
	if (msg->cap_count && random_below(random, 3)) {
		msg->caps[random_below(random, msg->cap_count)].slot =
		        pool->caps[random_below(random, POOL_SIZE)].slot;
		return;
	}
	/* all ones: no text, no bool, no enum, no padding */
	memset(msg->payload, 0xff, msg->length);
}

static void spoil(struct random *random, const struct target *target, struct os_msg *msg)
{
	switch (random_below(random, 3)) {
	case 0:
		msg->length = (uint16_t)((msg->length + 1 + random_below(random, 1024)) % 1025);
		return;
	case 1:
		msg->cap_count = (uint8_t)((msg->cap_count + 1 + random_below(random, 8)) % 9);
		msg->cap_move = 0;
		return;
	default:
		msg->op = (uint16_t)(target->info->op_count + 1 + random_below(random, 1000));
		return;
	}
}

static void random_fill(struct random *random, const struct target *target, const struct pool *pool,
                        struct os_msg *msg)
{
	*msg = (struct os_msg){
		.op = (uint16_t)random_below(random, target->info->op_count + 3u),
		.length = (uint16_t)random_below(random, OS_MSG_PAYLOAD_MAX + 1),
		.cap_count = (uint8_t)random_below(random, OS_MSG_CAPS_MAX + 1),
	};
	for (size_t i = 0; i < OS_MSG_PAYLOAD_MAX; i += 8) {
		const uint64_t word = random_next(random);

		memcpy(msg->payload + i, &word, sizeof(word));
	}
	for (size_t i = 0; i < OS_MSG_CAPS_MAX; i++)
		msg->caps[i].slot = pool->caps[random_below(random, POOL_SIZE)].slot;
}

void message_make(struct random *random, const struct target *target, const struct pool *pool,
                  enum shape shape, struct os_msg *msg)
{
	const uint16_t op = (uint16_t)random_below(random, target->info->op_count);

	if (shape == RANDOM) {
		random_fill(random, target, pool, msg);
		return;
	}
	request_make(random, &target->info->ops[op], pool, msg);
	if (shape == MUTATED)
		mutate(random, pool, msg);
	if (shape == MALFORMED)
		spoil(random, target, msg);
	caps_count_moved(msg);
}

const struct os_rpc_op_info *message_op(const struct target *target, const struct os_msg *msg)
{
	const struct os_rpc_op_info *op;

	if (msg->op == 0 || msg->op > target->info->op_count)
		return NULL;
	op = &target->info->ops[msg->op - 1];
	return msg->length == op->request.length && msg->cap_count == op->request.cap_count ? op
	                                                                                    : NULL;
}

bool reply_conforms(const struct os_rpc_op_info *op, const struct os_msg *msg)
{
	if (msg->op != OS_OK)
		return msg->op < OS_ERR_COUNT && (op->errors & UINT64_C(1) << msg->op) &&
		       msg->op != OS_ERR_UNDECLARED && !msg->cap_count;
	if (msg->length != op->reply.length || msg->cap_count != op->reply.cap_count)
		return false;
	for (uint16_t i = 0; i < op->reply.field_count; i++)
		if (!field_conforms(&op->reply.fields[i], msg->payload))
			return false;
	return true;
}
