/* SPDX-License-Identifier: BSD-2-Clause */
/* Sessions: opening them as a client, offering them as a server. */

#ifndef OSIER_SESSION_H
#define OSIER_SESSION_H

#include <api/rom.h>
#include <osier/env.h>
#include <osier/ep.h>
#include <osier/list.h>
#include <osier/memory.h>

/* ------------------------------------------------------------------ client */

/** An open session; zero is closed. */
struct os_session {
	struct os_env *env;
	uint64_t id;
	struct os_cap cap;
	uint64_t ram, caps;             /* donated so far */
	uint64_t first_ram, first_caps; /* of these, when it was opened, and … */
	uint32_t growth;                /* … how many times that os_session_grow() goes */
};

/** What is asked for; strings are the caller's. `ram` and `caps` of zero: 8 KiB, 4 capabilities. */
struct os_session_args {
	const char *service;
	const char *label;
	const void *args; /* encoded session arguments */
	size_t args_size;
	uint64_t ram, caps;
	uint32_t type; /* interface type that the session must have; 0: any */
	struct parent_affinity affinity;
};

/** How often the donation for a session has been raised; zero at first. */
struct os_raises {
	uint8_t ram, caps;
};

/**
 * The server, or someone on the way to it, has found a donation too small (`err`: OUT_OF_RAM,
 * OUT_OF_CAPS): raise it for another try. First by what a few inits on the way take, at most by as
 * much again; then twofold; and then no more. False, with nothing changed: it is no use.
 */
bool os_donation_raise(uint64_t *ram, uint64_t *caps, struct os_raises *raises, enum os_err err);

/**
 * Open a session, waiting for it. If the server finds the donation too small (OUT_OF_RAM,
 * OUT_OF_CAPS) it is raised, as above; if the own account falls short, the parent is asked once. A
 * session of another type than asked for: CAP_TYPE.
 */
enum os_err os_session_open(struct os_session *session, struct os_env *env,
                            const struct os_session_args *args) OS_MUST_CHECK;

/** Donate more; if the own account falls short, the parent is asked once. Errors: OUT_OF_RAM,
 * OUT_OF_CAPS, GONE. */
enum os_err os_session_upgrade(struct os_session *session, uint64_t ram,
                               uint64_t caps) OS_MUST_CHECK;

/**
 * After an operation of `session` has failed with `err`: if that was OUT_OF_RAM or OUT_OF_CAPS,
 * donate as much again, up to session->growth times what it was opened with (16, where nobody says
 * otherwise), so that a server that lies is no bottomless pit. True: it is worth calling again.
 */
bool os_session_grow(struct os_session *session, enum os_err err);

/**
 * The result of `call`, an operation of `session`, which is evaluated again as long as the server
 * lacks quota and os_session_grow() helps. Not for operations with capabilities marked `move`.
 */
#define OS_SESSION_CALL(session, call)                              \
	({                                                          \
		enum os_err os_session_err;                         \
		do                                                  \
			os_session_err = (call);                    \
		while (os_session_grow((session), os_session_err)); \
		os_session_err;                                     \
	})

/** Close; all that was donated comes back. Does not wait for the server. Zero is accepted. */
void os_session_close(struct os_session *session);

/** Is told that the state of some session has changed; zero before os_session_watch(). */
struct os_session_watcher {
	struct signal_context_cap context;
	struct os_list_node node;
	bool watches;
};

/**
 * From now on, have `context`, the caller's, signalled whenever the parent tells that a session of
 * this component has changed: which one, and how, is asked by parent_session_poll(). The parent
 * tells one context; where several parts of a component watch, each in a library of its own, that
 * is one here, and all of them are signalled in turn, by the main entrypoint's thread. Any thread
 * may call it. Errors: OUT_OF_RAM, OUT_OF_CAPS, LIMIT.
 */
enum os_err os_session_watch(struct os_session_watcher *watcher, struct os_env *env,
                             struct signal_context_cap context) OS_MUST_CHECK;

/** End it, before the context is. Zero is accepted. */
void os_session_unwatch(struct os_session_watcher *watcher);

/*
 * A session of the interface in api/X.rpc is opened with X_open(), which rpcgen writes: with typed
 * arguments and the donation declared there. ROM sessions have these helpers on top.
 */

struct os_rom {
	struct os_session session;
	struct rom_cap cap;
	struct rom_dataspace_cap ds; /* the content that was taken last */
};
enum os_err os_rom_open(struct os_rom *rom, struct os_env *env, const char *label) OS_MUST_CHECK;
void os_rom_close(struct os_rom *rom);

/**
 * Attach the current content read-only. What an earlier view shows stays until it is ended and the
 * content is asked for again. If the server finds the donation too small for the content, more is
 * donated. Errors: OUT_OF_RAM, OUT_OF_CAPS, LIMIT (the earlier content stays), GONE, those of
 * os_view_init().
 */
enum os_err os_rom_view(struct os_rom *rom, struct os_view *view) OS_MUST_CHECK;

/** Have `handler` signalled when the content changes. */
enum os_err os_rom_sigh(struct os_rom *rom, struct os_signal_handler *handler) OS_MUST_CHECK;

/* ------------------------------------------------------------------ server */

struct os_service;

/** A client's request for a session, as the server sees it. Valid during create() only. */
struct os_session_request {
	const char *label; /* relative to the init that routed it, e.g. "noux -> home" */
	const void *args;
	size_t args_size;
	struct parent_affinity affinity;
	uint64_t ram, caps;
};

/**
 * The server's side of one session: embed it first in the server's own struct, which lives on
 * env->heap. What the client makes the server allocate beyond that is to come from `account`.
 */
struct os_server_session {
	struct os_service *service;
	struct os_account
	        account; /* holds the client's donation: allocate from it for the client */
	uint64_t id;
	struct os_list_node node;
};

/** How a service makes and ends its sessions. */
struct os_service_ops {
	size_t session_size; /* of the struct that embeds os_server_session */
	/*
	 * Set up `session` (zeroed, `account` ready) and tell the capability that the client gets.
	 * Any error denies the session; OUT_OF_RAM and OUT_OF_CAPS make the client donate more.
	 */
	enum os_err (*create)(struct os_server_session *session,
	                      const struct os_session_request *request, struct os_cap *cap);
	/* Undo create(), also if the client is gone already; the parent closes the account then. */
	void (*destroy)(struct os_server_session *session);
	/* Optional: the client has donated more. */
	void (*upgrade)(struct os_server_session *session);
};

/** A service that this component offers. */
struct os_service {
	struct os_env *env;
	struct os_ep *ep;
	const char *name;
	const struct os_service_ops *ops;
	void *context; /* the server's */
	struct os_list sessions;
	struct os_list_node node;
};

/**
 * Announce `name`, which stays the caller's, as does `service`, for the component's whole life.
 * From then on sessions are created and destroyed on `ep`'s thread, in the order of the requests.
 * All services of a component name the same `ep` (else CONFLICT); RPC objects of their sessions may
 * be at any. Errors: DENIED, EXISTS (of the parent), OUT_OF_RAM, OUT_OF_CAPS.
 */
enum os_err os_service_init(struct os_service *service, struct os_env *env, struct os_ep *ep,
                            const char *name, const struct os_service_ops *ops,
                            void *context) OS_MUST_CHECK;

/**
 * End a session on the server's own account, on the thread of the service's `ep`, not within
 * create() or destroy(): destroy() is called, and to the client the session is GONE. What was
 * allocated from the session's account stays until the client has closed it, as the client may be
 * looking at that; to the server it is gone.
 */
void os_server_session_end(struct os_server_session *session);

#endif
