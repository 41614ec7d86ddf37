/* SPDX-License-Identifier: BSD-2-Clause */
/* What is known about interfaces at run time, for fuzzers and decoders: api/tables.h, generated. */

#ifndef OSIER_RPC_INFO_H
#define OSIER_RPC_INFO_H

#include <osier/types.h>

enum os_rpc_field_kind {
	OS_RPC_FIELD_INT,     /* signed, `size` bytes */
	OS_RPC_FIELD_UINT,    /* unsigned, `size` bytes */
	OS_RPC_FIELD_BOOL,    /* one byte, 0 or 1 */
	OS_RPC_FIELD_ENUM,    /* uint32_t, one of `values` */
	OS_RPC_FIELD_STRING,  /* `limit` bytes: text, NUL, zeroes */
	OS_RPC_FIELD_BYTES,   /* uint16_t length, then `limit` bytes, zero from the length on */
	OS_RPC_FIELD_PADDING, /* zero */
};

/** A name for a number: a value of an enum. */
struct os_rpc_value_info {
	const char *name;
	uint32_t value;
};

/** One field; the members of a struct are fields of their own, named "struct.member". */
struct os_rpc_field_info {
	const char *name;
	enum os_rpc_field_kind kind;
	uint16_t offset; /* in the payload; all fields together cover it without a gap */
	uint16_t size;   /* bytes, for BYTES with the length in front */
	uint16_t limit;  /* STRING and BYTES: the N of the declaration; else 0 */
	uint16_t value_count;
	const struct os_rpc_value_info *values;
};

/** One capability of a message, in the order of msg->caps. */
struct os_rpc_cap_info {
	const char *name;
	bool move;
	uint8_t type_count;    /* 0: any type */
	const uint32_t *types; /* those accepted */
};

/** A request or a reply. A well-formed one has exactly this length and number of capabilities. */
struct os_rpc_message_info {
	uint16_t length;
	uint8_t cap_count;
	uint8_t cap_move; /* as in struct os_msg */
	uint16_t field_count;
	const struct os_rpc_field_info *fields;
	const struct os_rpc_cap_info *caps;
};

/** One operation. */
struct os_rpc_op_info {
	const char *name;
	uint16_t number;
	bool later;
	uint64_t errors; /* bit n: enum os_err n is declared, or implicit in every operation */
	struct os_rpc_message_info request;
	struct os_rpc_message_info reply;
};

/** One interface. */
struct os_rpc_interface_info {
	const char *name;
	const char *service; /* "": none */
	uint32_t type;
	uint32_t version;
	uint64_t ram;
	uint32_t caps;
	uint16_t op_count;
	const struct os_rpc_op_info *ops; /* in order of their numbers, from 1 on */
	struct os_rpc_message_info args;  /* of the session; length 0: none */
};

#endif
