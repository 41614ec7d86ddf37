/* SPDX-License-Identifier: BSD-2-Clause */
/* A subtree of components, made from a config: what init is built of, and whoever has children. */

#ifndef SANDBOX_SANDBOX_H
#define SANDBOX_SANDBOX_H

/*
 * A sandbox starts the children that a config names, pays for them, decides which service each may
 * reach, carries their session requests, and takes all of it back. All of it happens on the
 * entrypoint that it is given; nothing ever waits for a child.
 *
 *        parent of the component
 *                 |  struct os_upstream: one per component, shared by its sandboxes
 *           os_sandbox ---- local services (os_sandbox_service), served by the component itself
 *           /    |    \
 *        child child child
 *
 * The config's grammar is in init/README.md and init/config.xsd. What is wrong in a config costs
 * the child that it belongs to, with a line that names component, place and remedy; the others run.
 */

#include <api/rom.h>
#include <osier/alloc.h>
#include <osier/avl.h>
#include <osier/env.h>
#include <osier/ep.h>
#include <osier/fifo.h>
#include <osier/list.h>
#include <osier/memory.h>
#include <osier/session.h>
#include <osier/resource.h>
#include <xml/writer.h>

enum {
	OS_SANDBOX_NAME_MAX = 64,    /* bytes of a child's name, including NUL */
	OS_SANDBOX_SERVICE_MAX = 32, /* bytes of a service's name, including NUL */
};

struct os_sandbox;
struct sandbox_config;
struct sandbox_session;

/** RAM in bytes, and capabilities. */
struct os_quota {
	uint64_t ram, caps;
};

/* ------------------------------------------------------------------ upstream */

/**
 * The sessions between a component's children and its parent, in both directions; one per
 * component. Where a config offers services to the parent, the parent's requests come here: such a
 * component cannot serve services of its own by os_service_init().
 */
struct os_upstream {
	struct os_env *env;
	struct account_cap account; /* the component's own */
	struct os_signal_handler changed;
	struct os_session_watcher sessions;
	struct os_list pending; /* sessions whose state is bound to change */
	struct os_list open;    /* sessions that may only go away */
	uint64_t next_id;
	struct os_quota cost; /* what the parent charges for each session, beside the donation */
	/* what is not free although it is on our account (lib/sandbox/src/quota.c) */
	struct os_quota base;     /* used by the component itself, before it had children */
	struct os_mutex ledger;   /* guards `claimed`, and what comes into our account for it */
	struct os_quota claimed;  /* paid by children for our bookkeeping */
	struct os_quota promised; /* to children that do not run yet */
	struct os_signal_handler requests; /* of the parent, once something is offered to it */
	struct os_list offering;           /* sandboxes whose config offers services */
	struct os_avl incoming;            /* sessions that the parent has asked for */

	/* quota that moves (resource.c) */
	struct os_list sandboxes;
	struct os_resource_watcher resources; /* requests that our parent has not decided at once */
	struct os_signal_handler yield;       /* our parent wants quota back */
	size_t pending_resources;             /* children that wait for theirs */
	size_t unsettled; /* sessions that are closed once what was drawn from them is back */
	bool yielding;    /* our parent wants more than we could give yet */
	bool owing;       /* a child is owed what a server had drawn */
};

/**
 * Take the parent's session signal of this component, and find out what the parent charges for a
 * session. Errors: OUT_OF_RAM, OUT_OF_CAPS.
 */
enum os_err os_upstream_init(struct os_upstream *upstream, struct os_env *env) OS_MUST_CHECK;

/** What the component's own account has free. Errors: GONE. */
enum os_err os_upstream_free(struct os_upstream *upstream, struct os_quota *quota) OS_MUST_CHECK;

/**
 * Have a child pay for what the component keeps on its behalf: `quota` moves from the child's
 * `account` into the own one, and is not given to other children. By any thread; does not wait for
 * anybody but core. Errors: OUT_OF_RAM, OUT_OF_CAPS, GONE.
 */
enum os_err os_upstream_charge(struct os_upstream *upstream, struct account_cap account,
                               struct os_quota quota) OS_MUST_CHECK;

/** Give it back. Where the child is gone, or `account` is none, it is the component's own again. */
void os_upstream_refund(struct os_upstream *upstream, struct account_cap account,
                        struct os_quota quota);

/** Every sandbox that used it is gone by then. Zero is accepted. */
void os_upstream_fini(struct os_upstream *upstream);

/* ------------------------------------------------------------------ local services */

/** A session that the component itself serves to a child of its sandbox. */
struct os_sandbox_request {
	const char *client; /* the child's name */
	const char *label;  /* as a server sees it: "child -> label" */
	const void *args;
	size_t args_size;
	struct parent_affinity affinity;
	struct os_quota quota;
	struct os_account account; /* holds the donation; closed after close() or closed */
	/* names the session in an answer that comes later; valid until close(), or closed */
	struct sandbox_session *session;
};

/**
 * A service that `<local/>` in a route stands for. Embedded by the component; `name` is its own.
 *
 *      create: OK -----------------------------> open --- close()
 *      create: LATER ---> deliver -------------> open --- closing() ---> closed, or close()
 *                    \-> deny
 */
struct os_sandbox_service {
	const char *name;
	/**
	 * Create a session: `cap` is copied to the client; `session` is handed back to close().
	 * Must not block. LATER: os_sandbox_service_deliver() or os_sandbox_service_deny() answers.
	 * Another error denies it.
	 */
	enum os_err (*create)(struct os_sandbox_service *service,
	                      const struct os_sandbox_request *request, void **session,
	                      struct os_cap *cap);
	/** The session is over: the client has closed it, or is gone. */
	void (*close)(struct os_sandbox_service *service, void *session);
	/**
	 * Optional: false if it serves no session with this label, as it would see it: then the
	 * route's next target is tried.
	 */
	bool (*offers)(struct os_sandbox_service *service, const char *label);
	/**
	 * Of ROM, where it serves children's binaries: what the session's dataspace() answers, for
	 * the sandbox, which cannot call its own entrypoint. It stays the service's.
	 */
	enum os_err (*content)(struct os_sandbox_service *service, void *session,
	                       struct rom_dataspace_cap *ds);
	/** Optional: the client has donated more. */
	void (*upgrade)(struct os_sandbox_service *service, void *session);
	/**
	 * Optional: the session is to be closed, in place of close(), which follows only if the
	 * sandbox ends before os_sandbox_service_closed(). Never before the answer of one that was
	 * put off. Nobody but the session's quota waits for it.
	 */
	void (*closing)(struct os_sandbox_service *service, void *session);
	struct os_list_node node; /* the sandbox's */
};

/** What is asked for, as create() was told; valid as long as `session`. */
struct os_sandbox_request os_sandbox_service_request(const struct sandbox_session *session,
                                                     const char **service);

/** True if create() has put the answer off, and it has not come yet. */
bool os_sandbox_service_waits(const struct sandbox_session *session);

/** The answer to a request that was put off; `cap` is copied. */
void os_sandbox_service_deliver(struct sandbox_session *session, struct os_cap cap);

/** The answer that there will be no session, and why. It is over, without close(). */
void os_sandbox_service_deny(struct sandbox_session *session, enum os_err err);

/**
 * The answer to closing(). Unasked, of one that is open: it has ended by itself, and its client
 * learns that it is GONE. It is over, without close().
 */
void os_sandbox_service_closed(struct sandbox_session *session);

/* ------------------------------------------------------------------ the sandbox */

/** A session that has just been opened, for who stands between its two sides. Valid for the call.
 */
struct os_sandbox_opened {
	const char *child;   /* the client, or with `served` the server */
	bool served;         /* the child serves it to our parent */
	const char *service; /* the canonical name */
	const char *label;   /* as the server sees it */
	const void *args;
	size_t args_size;
	uint32_t type; /* interface type of the capability */
	uint64_t life; /* of the child: another number whenever it is started */
	/* the child's, valid as long as the child: copy it; none while it is being made */
	struct account_cap account;
};

/** What the component wants to know; each member may be NULL. Called on the entrypoint's thread. */
struct os_sandbox_ops {
	/** A line for people: a mistake in the config, or what became of a child. */
	void (*message)(struct os_sandbox *sandbox, bool error, const char *text);
	/** All children that could be started have set themselves up (again). */
	void (*up)(struct os_sandbox *sandbox, size_t up, size_t children);
	/** A child ended with `value`, and its config says `<exit propagate="yes"/>`. */
	void (*exit)(struct os_sandbox *sandbox, const char *child, int32_t value);
	/**
	 * What os_sandbox_report() tells has changed: once for all that happens in a row, and no
	 * more often than the config's `<report delay_ms="…"/>` allows.
	 */
	void (*changed)(struct os_sandbox *sandbox);
	/**
	 * A child asks for more. OK: give it; OS_ERR_LATER: os_sandbox_resource_answer() will tell;
	 * else it gets a clean error. Without this function the config decides.
	 */
	enum os_err (*resource_request)(struct os_sandbox *sandbox, const char *child,
	                                struct os_quota quota);
	/**
	 * A session of a child, or one that was opened to make it, is open. The client is to get
	 * `*cap`, which may be exchanged for one of the component's own: whoever does so sets
	 * `*handle`, has taken over the count of what was there before, and gives one away. With
	 * `*handle` left NULL nothing has changed. Must not block.
	 */
	void (*session_opened)(struct os_sandbox *sandbox, const struct os_sandbox_opened *session,
	                       struct os_cap *cap, void **handle);
	/** That session is over for the client, or for the server; `cap` is not used any more. */
	void (*session_closed)(struct os_sandbox *sandbox, void *handle);
	/**
	 * The time in microseconds, from any beginning, and: call os_sandbox_alarm() once it is
	 * `deadline` (UINT64_MAX: never mind), which replaces the one before. Asked for only where
	 * the config needs it (heartbeats, delays, `within_s`). LATER: os_sandbox_alarm() will tell
	 * when there is a time; until then children that end are restarted at once. Another error
	 * of either, or without them: there is no time, a line says so once, and what needs it is
	 * left out.
	 */
	enum os_err (*now)(struct os_sandbox *sandbox, uint64_t *us);
	enum os_err (*alarm)(struct os_sandbox *sandbox, uint64_t deadline);
};

/**
 * As os_upstream_charge(), of the child of that name, which need not have an account yet: within
 * session_opened(), on the entrypoint's thread. Errors: NOT_FOUND, OUT_OF_RAM, OUT_OF_CAPS.
 */
enum os_err os_sandbox_charge(struct os_sandbox *sandbox, const char *child,
                              struct os_quota quota) OS_MUST_CHECK;

/** A sandbox; its members are its own. Zero is the empty one. */
struct os_sandbox {
	struct os_env *env;
	struct os_ep *ep;
	struct os_alloc *alloc;
	struct os_upstream *upstream;
	const struct os_sandbox_ops *ops;
	void *context; /* the component's */
	/* Optional, the component's, set before os_sandbox_apply(): stands in front of the labels
	 * of sessions with our parent, as "label -> child -> …". */
	const char *label;

	struct sandbox_config *config;
	struct os_avl by_name;   /* children */
	struct os_list children; /* in the config's order */
	struct os_list ended;    /* children to be torn down by `work` */
	struct os_list orphans;  /* sessions whose client is gone, but whose server holds them */
	struct os_list services; /* local ones */
	struct os_list clients;  /* os_sandbox_client.node */
	struct os_list_node offering; /* os_upstream.offering */
	struct os_list_node member;   /* os_upstream.sandboxes */
	struct os_signal_handler work;
	size_t child_count; /* children of the config */
	size_t idle;        /* of these, to be started when there is quota */
	size_t paused;      /* of these, to be started after a delay */
	size_t starting;    /* of these, not yet up, failed or ended; the idle ones among them */
	uint64_t next_id;   /* of a child */
	uint64_t applied, refused;             /* configs */
	uint64_t beat_us, report_us, alarm_us; /* next heartbeat, report, alarm; 0: none */
	bool verbose;
	bool offers; /* in os_upstream.offering */
	bool work_submitted;
	bool up_told;
	bool growing;  /* some child is to get more when there is quota */
	bool asking;   /* some child's environment is to be asked for once more */
	bool dirty;    /* ops->changed is due */
	bool timeless; /* told already that there is no time */
	bool late;     /* something of the config waits for there to be a time */
};

/**
 * Start empty. `ops` and `context` are the caller's. Errors: OUT_OF_RAM, OUT_OF_CAPS.
 * Everything happens on the thread of `ep`, which must be the one that calls these functions.
 */
enum os_err os_sandbox_init(struct os_sandbox *sandbox, struct os_upstream *upstream,
                            struct os_ep *ep, const struct os_sandbox_ops *ops,
                            void *context) OS_MUST_CHECK;

/** Destroy all children, and give everything back. Not to be called from within `ops`. */
void os_sandbox_fini(struct os_sandbox *sandbox);

/** Offer `service` to children by `<local/>`. It stays the caller's; before os_sandbox_apply(). */
void os_sandbox_service_add(struct os_sandbox *sandbox, struct os_sandbox_service *service);

/**
 * Run what the config of `size` bytes at `text` says; the text is copied. If a config is in use
 * already, only what differs is restarted, rerouted or resized, as doc/dynamic.md tells; a child
 * that nothing has changed for notices nothing. Mistakes that concern one child are told by
 * `message`: a new child is not started, one that runs stays as it was. Never waits for a child.
 * Errors, told and with everything as before: SYNTAX and those of os_xml_parse(), OUT_OF_RAM,
 * OUT_OF_CAPS. Not to be called from within `ops`, nor from a local service.
 */
enum os_err os_sandbox_apply(struct os_sandbox *sandbox, const char *text,
                             size_t size) OS_MUST_CHECK;

/** The time that ops->alarm() was told has come. One too early or too many does no harm. */
void os_sandbox_alarm(struct os_sandbox *sandbox);

/**
 * The child that the config's `<own-route>` names for sessions of the component itself with
 * `service`, into `child` of `size` bytes; false: there is none, and our parent is to be asked.
 */
bool os_sandbox_own_route(const struct os_sandbox *sandbox, const char *service, char *child,
                          size_t size);

/** True if the config has a `<report>`. */
bool os_sandbox_report_wanted(const struct os_sandbox *sandbox);

/**
 * Write `<state>` with an element per child: name, state, quota, and what the config's `<report>`
 * asks for (init/README.md); usable as a report.
 */
void os_sandbox_report(struct os_sandbox *sandbox, struct os_xml_writer *writer);

/** Answer a resource request that was put off; `err` OK gives it. NOT_FOUND: nobody waits. */
enum os_err os_sandbox_resource_answer(struct os_sandbox *sandbox, const char *child,
                                       enum os_err err) OS_MUST_CHECK;

/** Give the child of that name more of our own quota. NOT_FOUND, OUT_OF_RAM, OUT_OF_CAPS. */
enum os_err os_sandbox_donate(struct os_sandbox *sandbox, const char *child,
                              struct os_quota quota) OS_MUST_CHECK;

/**
 * Ask the child to give back as much of its quota; a child that does not is not worse off. What it
 * gives back is ours: os_sandbox_ops.changed tells. NOT_FOUND, if it has not been started.
 */
enum os_err os_sandbox_yield_request(struct os_sandbox *sandbox, const char *child,
                                     struct os_quota quota) OS_MUST_CHECK;

/** How a child fares. */
enum os_sandbox_fate {
	OS_SANDBOX_NONE, /* there is no such child */
	OS_SANDBOX_STARTING,
	OS_SANDBOX_UP,
	OS_SANDBOX_ENDED,
	OS_SANDBOX_FAILED, /* could not be started */
};
enum os_sandbox_fate os_sandbox_fate(const struct os_sandbox *sandbox, const char *child);

/* ------------------------------------------------------------------ own sessions */

/**
 * A session that the component itself has with a child of its sandbox. Zero is closed. `cap` is for
 * other threads than the entrypoint's, and not to be called from that: a child that waits for its
 * parent could not answer, and one that hangs would stop all others.
 */
struct os_sandbox_client {
	/**
	 * `state` is another one. On the entrypoint's thread, not within a call of this library;
	 * may open and close sessions. NULL: nobody is told.
	 */
	void (*changed)(struct os_sandbox_client *client);
	enum parent_session_state state; /* REQUESTED, OPEN, FAILED or GONE; of one not closed */
	enum os_err err;                 /* why it is FAILED or GONE */
	struct os_cap cap;               /* once it was OPEN, until it is closed */

	/* the sandbox's */
	struct os_sandbox *sandbox; /* NULL: it is closed */
	struct sandbox_session *session;
	struct os_list_node node;
	uint32_t type;
	bool dirty; /* `changed` is due */
};

/**
 * Ask `child` for a session, which is paid from our own quota; its label is as `args` says. The
 * answer follows by `changed`, which the caller has set; a child that has not announced the service
 * yet, or is about to be restarted, gets the request when it has. A session of another type than
 * args->type is FAILED with CAP_TYPE. Never blocks. Errors, with `client` closed: NO_ROUTE (there
 * is no such child, it has ended, or its <provides> lacks the service), OUT_OF_RAM, OUT_OF_CAPS.
 */
enum os_err os_sandbox_session_open(struct os_sandbox *sandbox, const char *child,
                                    const struct os_session_args *args,
                                    struct os_sandbox_client *client) OS_MUST_CHECK;

/** Donate more to an OPEN session. Errors: GONE (it is not OPEN), OUT_OF_RAM, OUT_OF_CAPS. */
enum os_err os_sandbox_session_upgrade(struct os_sandbox_client *client,
                                       struct os_quota more) OS_MUST_CHECK;

/**
 * Close; the donation comes back when the child has agreed, or has ended. `changed` is not called
 * any more. os_sandbox_fini() does the same for all. A closed one is accepted.
 */
void os_sandbox_session_close(struct os_sandbox_client *client);

#endif
