/* SPDX-License-Identifier: BSD-2-Clause */
/* Input sessions: serving one, and using one. */

#ifndef INPUT_SESSION_H
#define INPUT_SESSION_H

#include <api/input.h>
#include <input/ring.h>
#include <osier/memory.h>
#include <osier/session.h>

/* ------------------------------------------------------------------ server */

/** One Input session, for a server to embed in its own. Zero is empty. */
struct os_input_server {
	struct input_server rpc; /* input_server_cap(&server->rpc) is for the client */
	/** The client begins to listen: tell it how things stand. May be set at any time. */
	void (*begun)(struct os_input_server *server);
	struct os_env *env;
	struct os_account *account;
	struct os_ram ram;             /* the ring, once the client has asked for it */
	struct os_input_source source; /* zero until then */
	struct signal_context_cap handler;
};

/**
 * Serve a session at `ep`. The ring is allocated from `account`, which holds the client's donation,
 * when the client asks for it. Errors: OUT_OF_RAM, OUT_OF_CAPS, LIMIT.
 */
enum os_err os_input_server_init(struct os_input_server *server, struct os_env *env,
                                 struct os_ep *ep, struct os_account *account) OS_MUST_CHECK;

/**
 * Put an event into the client's ring, and signal the client if the ring was empty. Until the
 * client has asked for the ring, there is nobody to be told. Never blocks, and never fails: what
 * becomes of a full ring is told in ring.h. On the thread of `ep` only.
 */
void os_input_server_put(struct os_input_server *server, const struct os_input_event *event);

/** True if the client has asked for the ring: it wants to know. */
static inline bool os_input_server_used(const struct os_input_server *server)
{
	return server->source.ring;
}

/** End the session, and its ring. Zero is accepted. */
void os_input_server_fini(struct os_input_server *server);

/* ------------------------------------------------------------------ client */

/** An Input session that is being used, wherever its capability comes from. Zero is empty. */
struct os_input {
	struct ram_dataspace_cap ds;
	struct os_view view;
	struct os_input_sink sink;
	struct os_signal_handler handler;
	/** On the entrypoint's thread. What `event` holds is as the server has put it: check it. */
	void (*event)(struct os_input *input, const struct os_input_event *event);
};

/**
 * Attach the ring of `cap`, and have `event` called for each event. If the server finds the
 * donation too small, `session` (NULL: nobody) donates more. At most OS_INPUT_RING_EVENTS events
 * are handled before others at the entrypoint get their turn, however fast the server puts more.
 * Waits for the server. Errors: GONE, OUT_OF_RAM, OUT_OF_CAPS, LIMIT, those of os_view_init().
 */
enum os_err os_input_init(struct os_input *input, struct os_ep *ep, struct input_cap cap,
                          struct os_session *session,
                          void (*event)(struct os_input *input,
                                        const struct os_input_event *event)) OS_MUST_CHECK;

/** Detach the ring; the session is its owner's. `event` may do this. Zero is accepted. */
void os_input_fini(struct os_input *input);

#endif
