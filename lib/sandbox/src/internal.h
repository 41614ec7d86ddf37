/* SPDX-License-Identifier: BSD-2-Clause */
/* What the parts of a sandbox know of each other: children, sessions, and who owns what. */

#ifndef SANDBOX_INTERNAL_H
#define SANDBOX_INTERNAL_H

/*
 *   os_sandbox --by_name--> child --sessions (by the client's id)--> session <--served-- child
 *                             |                                        |
 *                             +--environment[PD, CPU, BINARY]----------+-- account, capability
 *
 * A session is owned by its client while there is one, then by os_sandbox.orphans until its server
 * has freed what it holds. The client may be a child, the sandbox itself on behalf of a child, or
 * our own parent (offer.c): os_upstream.incoming owns these sessions until they are over for both
 * sides. A session is freed in session_event() only, when it is DONE.
 */

#include "budget.h"
#include "route.h"
#include "session_state.h"

#include <api/cpu.h>
#include <api/parent.h>
#include <api/pd.h>
#include <api/rom.h>
#include <osier/format.h>
#include <osier/string.h>
#include <sandbox/sandbox.h>

enum { ENVIRONMENT_COUNT = PARENT_ENVIRONMENT_BINARY + 1 };

struct child;

/* ------------------------------------------------------------------ sessions (session.c) */

/* Who has asked for a session, and is told how it stands. */
enum session_origin {
	ORIGIN_GONE,    /* nobody any more: an orphan */
	ORIGIN_CHILD,   /* `client`, which pays for it */
	ORIGIN_SANDBOX, /* the sandbox, for the environment of `client`; it pays */
	ORIGIN_PARENT,  /* our parent; `server` pays our bookkeeping, and the parent all else */
};

/* Whether somebody waits for the session to open. */
enum session_wait { WAIT_NONE, WAIT_OPEN /* session_open() */, WAIT_WAIT /* session_wait() */ };

struct sandbox_session {
	struct os_avl_node by_id; /* child.sessions or os_upstream.incoming */
	struct os_list_node orphan;
	struct os_sandbox *sandbox;
	enum session_origin origin;
	struct child *client; /* CHILD, SANDBOX */
	uint64_t id;          /* chosen by the client; or enum parent_environment */
	bool quiet;           /* the client is in a call about it: no signal needed */
	bool close_asked;     /* our parent waits to hear that it is closed */
	enum session_state state;
	enum os_err error; /* FAILED */
	enum sandbox_target target;
	struct os_cap cap;
	struct os_quota quota; /* donated */
	struct parent_affinity affinity;
	uint32_t type; /* of `cap`, which may be the component's own, if there is a handle */
	void *handle;

	enum session_wait wait;
	struct os_reply reply;

	/* CHILD: the server's side */
	struct child *server;            /* NULL: none, or gone */
	struct os_avl_node by_server_id; /* server->served */
	uint64_t server_id;
	struct os_list_node queue_node; /* server->queue, or server->early */
	enum parent_request_kind tell;  /* NONE: not in the queue */
	bool early;                     /* waits for the service to be announced */
	bool close_told;
	bool close_answered;   /* CLOSING: only what was drawn has still to come back */
	struct os_quota drawn; /* of the donation, into the server's own account (draw.c) */

	/* CHILD, LOCAL: where the donation is; not ours to close if it came from our parent */
	struct account_cap account;

	/* PARENT */
	uint64_t upstream_id;
	struct os_list *upstream_list; /* upstream->pending or open; NULL: neither */
	struct os_list_node upstream_node;

	/* LOCAL */
	struct os_sandbox_service *local;
	void *local_session;
	bool local_closing; /* asked to close … */
	bool local_told;    /* … and back from that */
	bool local_over;    /* the service has done with it */
	/* CONFIG */
	struct config_rom *config_rom;

	/* the request: strings and arguments, in `data` */
	const char *service, *label;
	const void *args;
	size_t args_size;
	size_t size; /* of the whole struct */
	char data[];
};

/* What is asked for, wherever it comes from. */
struct session_request {
	enum session_origin origin;
	uint64_t id;
	const char *service, *label;
	const void *args;
	size_t args_size;
	struct parent_affinity affinity;
	struct os_quota quota;
};

/*
 * Route and issue a request of `client`. The session is at once in some state; on error there is
 * none. Errors: those of parent_session_request().
 */
enum os_err session_create(struct child *client, const struct session_request *request,
                           struct sandbox_session **out) OS_MUST_CHECK;

/*
 * Take on a request of our parent that goes to a child; `account` is taken over on success. Errors:
 * NO_ROUTE, with a line, if the child is not running; OUT_OF_RAM, OUT_OF_CAPS.
 */
enum os_err session_accept(struct os_sandbox *sandbox, const struct session_request *request,
                           const struct sandbox_route *route,
                           struct account_cap *account) OS_MUST_CHECK;

/* The session that our parent knows as `id`, or NULL. */
struct sandbox_session *session_find_incoming(struct os_upstream *upstream, uint64_t id);
/* The client's session `id`, or NULL. */
struct sandbox_session *session_find(struct child *client, uint64_t id);
/* The session that `server` knows as `id`, or NULL. */
struct sandbox_session *session_find_served(struct child *server, uint64_t id);

/* Apply `event`; false if it is not legal now. The session may be freed when this returns. */
bool session_event(struct sandbox_session *session, enum session_event event);

/* The type of a capability that the message just received has brought; 0: it is not there. */
uint32_t session_cap_type(struct os_cap cap);

/* The server's answers; each consumes `cap`, which the message just received has brought. */
void session_deliver(struct sandbox_session *session, struct os_cap cap);
void session_deny(struct sandbox_session *session, uint32_t error);

/* Donate more. Errors: NOT_FOUND (not open), OUT_OF_RAM, OUT_OF_CAPS. */
enum os_err session_upgrade(struct sandbox_session *session, struct os_quota more) OS_MUST_CHECK;

/* More was put into the account of a session that came from our parent: tell its server. */
void session_upgraded(struct sandbox_session *session);

/* The client is gone: close, and finish without it. */
void session_orphan(struct sandbox_session *session);

/* Finish an orphan without waiting for its server; what that holds ends with our own account. */
void session_abandon(struct sandbox_session *session);

/* `service` of `server` is announced: requests that came early are queued now. */
void session_announced(struct child *server, const char *service);

/* Take the next request from the server's queue; NULL: none. */
struct sandbox_session *session_queue_take(struct child *server, enum parent_request_kind *kind);

/* ------------------------------------------------------------------ upstream (upstream.c) */

/* Ask our parent; the session is OFFERED, and asked after at once. */
enum os_err upstream_request(struct sandbox_session *session) OS_MUST_CHECK;
/* Tell our parent; true if it has forgotten the session already. */
bool upstream_close(struct sandbox_session *session);
/* Put the session on the list that its state calls for. */
void upstream_track(struct sandbox_session *session);
/* Take it off. */
void upstream_forget(struct sandbox_session *session);

/* ------------------------------------------------------------------ offers (offer.c) */

/* Get ready for our parent's requests, if the config offers it anything. */
enum os_err offer_init(struct os_sandbox *sandbox) OS_MUST_CHECK;
void offer_fini(struct os_sandbox *sandbox);
/* `child` has announced `service`: pass it on to our parent, if the config says so. */
void offer_announce(struct child *child, const char *service);
/* Tell our parent what has become of a session that it asked for; false: it has no use for it. */
bool offer_answer(struct sandbox_session *session);

/* ------------------------------------------------------------------ config ROM (config_rom.c) */

/* Serve the child's own config; the capability goes to the client. */
enum os_err config_rom_create(struct sandbox_session *session, struct os_cap *cap) OS_MUST_CHECK;
void config_rom_destroy(struct sandbox_session *session);

/* ------------------------------------------------------------------ children (child.c) */

/*
 *   IDLE ---> OPENING ---> RUNNING ---> UP
 *    |  funds    |  PD, CPU,  |  alive   |
 *    |           |  ROM open  |          |
 *    v           v            v          v
 *   FAILED <-----+------> ENDED <--------+   (exit, crash, kill; torn down by the work handler)
 */
enum child_state { CHILD_IDLE, CHILD_OPENING, CHILD_RUNNING, CHILD_UP, CHILD_ENDED, CHILD_FAILED };

/* A service that the child has announced. */
struct announcement {
	struct os_list_node node;
	char service[OS_SANDBOX_SERVICE_MAX];
};

struct child {
	struct os_avl_node by_name;   /* os_sandbox.by_name */
	struct os_list_node node;     /* os_sandbox.children */
	struct os_list_node end_node; /* os_sandbox.ended */
	struct os_sandbox *sandbox;
	const struct sandbox_start *start;
	enum child_state state;
	bool ending; /* nothing more is done for it */
	bool listed; /* in os_sandbox.ended */
	struct os_quota assigned, own;

	struct parent_server parent;
	struct os_signal_handler pd_state;
	struct account_cap account; /* the PD's own */
	struct sandbox_session *environment[ENVIRONMENT_COUNT];

	/* as a client */
	struct os_avl sessions;
	struct signal_context_cap session_sigh, heartbeat_sigh;

	/* as a server */
	struct os_avl served;
	uint64_t next_server_id;
	struct os_list queue, early;
	struct os_list announcements;
	struct signal_context_cap request_sigh;

	/* quota that moves (resource.c) */
	enum parent_resource_state resource_state;
	struct os_quota resource;       /* PENDING: what it asks for */
	struct os_reply resource_reply; /* it waits */
	struct os_quota granted;        /* what it has beyond what was assigned, … */
	struct os_quota returned;       /* … or less */
	struct os_quota wanted;         /* back */
	struct os_quota owed;           /* by us: what a server that has ended had drawn from it */
	struct signal_context_cap resource_sigh, yield_sigh;

	uint32_t complaints; /* lines that its own requests have caused */
};

enum os_err child_create(struct os_sandbox *sandbox, const struct sandbox_start *start,
                         struct child **out) OS_MUST_CHECK;
void child_destroy(struct child *child);
struct child *child_find(const struct os_sandbox *sandbox, const char *name);

/* Open the sessions that make the child. What fails is told. */
void child_launch(struct child *child);
/* One of these sessions has changed its state. */
void child_progress(struct child *child, struct sandbox_session *session);
/* The child has called alive(). */
void child_alive(struct child *child);
/* Have the child torn down soon, in state `state`; not within its own call. */
void child_end(struct child *child, enum child_state state);
/* Give back all that the child has; its struct remains for the report. */
void child_teardown(struct child *child);

/* Take `cost` from what the child has for itself. Errors: OUT_OF_RAM, OUT_OF_CAPS. */
enum os_err child_pay(struct child *child, struct os_quota cost) OS_MUST_CHECK;
void child_refund(struct child *child, struct os_quota cost);

/* True if it runs, or may yet do so. */
static inline bool child_may_serve(const struct child *child)
{
	return !child->ending && child->state != CHILD_ENDED && child->state != CHILD_FAILED;
}

bool child_has_announced(const struct child *child, const char *service);

/* The operations that children call (parent_service.c). */
extern const struct parent_ops child_parent_ops;

/* ------------------------------------------------------------------ quota (resource.c) */

/* What a child says of it (api/parent.rpc). */
enum os_err resource_request(struct child *child, struct os_quota more) OS_MUST_CHECK;
enum parent_resource_state resource_ask(struct child *child, struct os_quota more);
void resource_cancel(struct child *child);
enum os_err resource_yield(struct child *child, struct os_quota less) OS_MUST_CHECK;
/* Each consumes `handler`. */
void resource_sigh(struct child *child, struct signal_context_cap handler);
void resource_yield_sigh(struct child *child, struct signal_context_cap handler);

/* The child is being torn down; nobody waits any more. */
void resource_fini(struct child *child);

/* Something has become free: have those served that wait for it. Cheap if nobody does. */
void resource_freed(struct os_sandbox *sandbox);
/* The work of that. */
void resource_retry(struct os_sandbox *sandbox);

enum os_err resource_upstream_init(struct os_upstream *upstream) OS_MUST_CHECK;
void resource_upstream_fini(struct os_upstream *upstream);

/* ------------------------------------------------------------------ draws (draw.c) */

/* Move some of the donation to the server. Errors: NOT_FOUND (state), OUT_OF_RAM, OUT_OF_CAPS. */
enum os_err draw_take(struct sandbox_session *session, struct os_quota quota) OS_MUST_CHECK;
/* Put back so much. Errors: RANGE, OUT_OF_RAM, OUT_OF_CAPS. */
enum os_err draw_return(struct sandbox_session *session, struct os_quota quota) OS_MUST_CHECK;
/* Put back what the server has free; true if nothing is left to come. */
bool draw_settle(struct sandbox_session *session);
/* The server has ended, and its quota is ours: put back all, from there. */
void draw_restore(struct sandbox_session *session);
/* Something is free again: end sessions that only wait for that. */
void draw_retry(struct os_upstream *upstream);

/* Where the donation came from. */
struct account_cap session_payer(const struct sandbox_session *session);

/* ------------------------------------------------------------------ the sandbox (sandbox.c) */

/* A sink for the pure parts. */
struct message_sink {
	struct sandbox_sink sink;
	struct os_sandbox *sandbox;
	struct child *child; /* whose request it is about, or NULL */
};
struct message_sink message_sink(struct os_sandbox *sandbox);

/*
 * May a line be shown that a request of the child has caused? It may cause so many, and no more, or
 * it could have the component's own LOG session throttled.
 */
bool child_heard(struct child *child);

/* Format one line for the component to show. */
void sandbox_message(struct os_sandbox *sandbox, bool error, const char *format, ...)
        OS_PRINTF(3, 4);

/* Whether the component offers a service. */
struct local_lookup {
	struct sandbox_locals locals;
	struct os_sandbox *sandbox;
};
struct local_lookup local_lookup(struct os_sandbox *sandbox);
struct os_sandbox_service *sandbox_local(struct os_sandbox *sandbox, const char *service);

/* Have the work handler run. */
void sandbox_work(struct os_sandbox *sandbox);
/* A child counts as started no longer: up, failed or ended. */
void sandbox_child_settled(struct os_sandbox *sandbox, bool up);
void sandbox_changed(struct os_sandbox *sandbox);
/* Destroy all children, and the config. */
void sandbox_clear(struct os_sandbox *sandbox);

#endif
