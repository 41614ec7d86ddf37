/* SPDX-License-Identifier: BSD-2-Clause */
/* The message of one RPC: a header, up to 1 KiB of payload and up to 8 capabilities. */

#ifndef ABI_MSG_H
#define ABI_MSG_H

#include <stdint.h>

enum {
	OS_MSG_PAYLOAD_MAX = 1024, /* bytes */
	OS_MSG_CAPS_MAX = 8,
	OS_MSG_OP_IDENTIFY = 0, /* answered by every RPC object: interface type and version */
};

/** A capability in a message. */
struct os_msg_cap {
	uint32_t slot; /* sender's slot; at the receiver, the receiver's slot; 0: none */
	uint32_t type; /* receiver: type of the object (FNV-1a 32 of the interface's name) */
};

/**
 * One message. It lives in the calling thread's UTCB; the platform carries the header, `length`
 * bytes of payload and `cap_count` capabilities to the peer, and nothing else.
 */
struct os_msg {
	uint16_t op;       /* request: operation number; reply: enum os_err */
	uint16_t length;   /* payload bytes, at most OS_MSG_PAYLOAD_MAX */
	uint8_t cap_count; /* at most OS_MSG_CAPS_MAX */
	uint8_t cap_move;  /* bit i: caps[i] is consumed, also when the call fails */
	uint16_t flow;     /* request: the caller's number for it in a trace; 0: not traced */
	_Alignas(8) uint8_t payload[OS_MSG_PAYLOAD_MAX];
	struct os_msg_cap caps[OS_MSG_CAPS_MAX];
};

#endif
