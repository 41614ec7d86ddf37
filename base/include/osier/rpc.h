/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the code that rpcgen generates stands on: typed messages, the calling side, RPC objects.
 *
 * A client stub builds its request in the calling thread's own message (os_msg_own), calls, and
 * decodes the reply from the same place. A server registers RPC objects; its entrypoint receives a
 * request, finds the object by badge and runs the object's dispatch function, which is generated:
 * it checks length, padding, strings, enums and capability types before a handler runs, and turns
 * an error that the operation does not declare into OS_ERR_UNDECLARED.
 */

#ifndef OSIER_RPC_H
#define OSIER_RPC_H

#include <abi/msg.h>
#include <osier/err.h>
#include <osier/list.h>
#include <osier/types.h>

struct os_ep;
struct os_account;
struct os_env;
struct os_session;

/**
 * One request whose reply is still owed; zero is empty. While it is not empty it is listed at `ep`:
 * not to be copied or overwritten, and to stay in memory. The end of its object empties it.
 */
struct os_reply {
	struct os_ep *ep;
	struct os_list_node node;
	uint32_t channel, sequence;
	uint32_t badge; /* of the object that was called */
};

/** An object that answers calls. Embedded in each generated `struct X_server`. */
struct os_rpc_object {
	/** Decodes `msg`, runs the handler and puts the reply into `msg`; OS_ERR_LATER: not yet. */
	enum os_err (*dispatch)(struct os_rpc_object *object, struct os_msg *msg);
	struct os_ep *ep;  /* NULL while not registered */
	struct os_cap cap; /* the own capability, to be copied to clients */
	uint32_t badge;
	uint32_t type; /* of the interface */
};

/* ------------------------------------------------------------------ calling */

/** The calling thread's message buffer. Valid until the thread's next call. */
struct os_msg *os_msg_own(void);

/**
 * Call the object behind `cap` with the request in os_msg_own() and wait for the reply, which
 * replaces the request there. Blocks until the server replies, ends (OS_ERR_GONE) or the call is
 * cancelled (OS_ERR_CANCELLED; then it may have been served all the same, and its answer is
 * dropped; calls to core are not cancelled). Returns a transport error; the server's own result is
 * msg->op.
 * Capabilities marked in msg->cap_move are consumed in every case.
 */
enum os_err os_call(struct os_cap cap, struct os_msg *msg) OS_MUST_CHECK;

/** os_call() of generated stubs: `type`, of the interface, is what a trace tells of the call. */
enum os_err os_rpc_call(struct os_cap cap, struct os_msg *msg, uint32_t type) OS_MUST_CHECK;

/** Give up one count of a capability; 0 is accepted. Does not block on anyone but core. */
void os_cap_drop(struct os_cap cap);

/** Take one more count of a capability that is held already. */
enum os_err os_cap_dup(struct os_cap cap, struct os_cap *copy) OS_MUST_CHECK;

/** True if both are valid and denote the same object. */
bool os_cap_same(struct os_cap a, struct os_cap b);

/** True if `cap` is not the invalid capability 0. */
static inline bool os_cap_valid(struct os_cap cap)
{
	return cap.slot != 0;
}

/* ------------------------------------------------------------------ serving */

/**
 * Register `object` at `ep`: creates its capability in object->cap, paid from `account` (NULL: the
 * PD's own). With `ep` NULL the capability is a process-local one, see os_local_cap().
 * Errors: OUT_OF_CAPS, OUT_OF_RAM, LIMIT.
 */
enum os_err os_rpc_object_init(struct os_rpc_object *object, struct os_ep *ep,
                               struct os_account *account,
                               enum os_err (*dispatch)(struct os_rpc_object *, struct os_msg *),
                               uint32_t interface_type) OS_MUST_CHECK;

/**
 * Unregister: revokes every copy of the capability. From here on no call reaches the object, and
 * the replies that were saved for it are answered with GONE, and empty: none of its clients is left
 * waiting. Its own handler may do this; from another thread it waits until no handler of the object
 * runs. Accepts an object that is not registered.
 */
void os_rpc_object_fini(struct os_rpc_object *object);

/**
 * A process-local capability of `object`, which is at no entrypoint and has its `dispatch` set:
 * calls run it in the caller's thread, without the platform. To os_call(), os_cap_drop(),
 * os_cap_dup() and os_cap_same() it is like any other; to send it to another component is refused
 * with CAP_INVALID, and what would be answered later is UNSUPPORTED. os_rpc_object_fini() revokes
 * it, and must not run beside a call in another thread. Errors: OUT_OF_RAM, OUT_OF_CAPS, LIMIT.
 */
enum os_err os_local_cap(struct os_rpc_object *object, struct os_cap *cap) OS_MUST_CHECK;

/** The object registered at `ep` whose capability is `cap`, or NULL: for own objects that return.
 */
struct os_rpc_object *os_rpc_object_find(struct os_ep *ep, struct os_cap cap);

/**
 * Within a handler of an operation marked `later`: keep the right to reply for afterwards. The
 * handler then returns OS_ERR_LATER, and X_OP_reply() answers, once, at any time until the object
 * ends. `reply` is empty, or holds an earlier request, which is answered with CANCELLED.
 */
void os_reply_save(struct os_ep *ep, struct os_reply *reply);

/**
 * Answer a saved request with `msg` (of os_msg_own()); empties `reply`. An empty reply is ignored,
 * as is one whose client or object has gone.
 */
void os_reply_send(struct os_reply *reply, struct os_msg *msg);

/* ------------------------------------------- helpers for generated code only */

/** FNV-1a 32 of an interface's name is its type; 0 stands for "any type". */
#define OS_TYPE_ANY 0u

/** The reply to OS_MSG_OP_IDENTIFY. */
struct os_identify_reply {
	uint32_t type;
	uint32_t version;
};

/** What a session of an interface is asked for with, as its api/X.rpc declares. */
struct os_session_type {
	const char *service;
	uint64_t ram, caps;
	uint32_t type;
};

/**
 * What X_open() does once it has encoded its arguments: os_session_open(), and the session's
 * capability in `cap`, or 0 there.
 */
enum os_err os_session_open_typed(struct os_session *session, struct os_env *env,
                                  const struct os_session_type *type, const char *label,
                                  const void *args, size_t args_size,
                                  struct os_cap *cap) OS_MUST_CHECK;

/** True if `text` has a NUL within `size` bytes and only zeroes after it (padding never leaks). */
bool os_wire_string_valid(const char *text, size_t size);

/** Copy `text` into the zeroed field of `size` bytes; false if it does not fit with its NUL. */
bool os_wire_string_set(char *field, size_t size, const char *text);

/** True if the `size` bytes at `p` are all zero. */
bool os_wire_zero(const void *p, size_t size);

/** Drop every capability that arrived in `msg`: for requests and replies that are refused. */
void os_msg_caps_drop(struct os_msg *msg);

#endif
