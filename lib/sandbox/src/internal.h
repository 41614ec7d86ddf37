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
#include "diff.h"
#include "restart.h"
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
	ORIGIN_PARENT,  /* our parent, out of whose donation our bookkeeping is drawn */
	ORIGIN_OWN,     /* the component itself (own_session.c); it pays */
};

/* Whether somebody waits for the session to open. */
enum session_wait { WAIT_NONE, WAIT_OPEN /* session_open() */, WAIT_WAIT /* session_wait() */ };

struct sandbox_session {
	struct os_avl_node by_id; /* child.sessions or os_upstream.incoming */
	struct os_list_node orphan;
	struct os_sandbox *sandbox;
	enum session_origin origin;
	struct child *client;          /* CHILD, SANDBOX */
	struct os_sandbox_client *own; /* OWN */
	uint64_t id;                   /* chosen by the client; or enum parent_environment */
	bool quiet;                    /* the client is in a call about it: no signal needed */
	bool close_asked;              /* our parent waits to hear that it is closed */
	bool withdrawn;                /* PARENT: what it asks for is not offered any more */
	bool delivered;                /* PARENT: it has the session */
	enum session_state state;
	enum os_err error; /* FAILED */
	enum sandbox_target target;
	struct os_cap cap;
	struct os_quota quota;   /* donated */
	struct os_quota claimed; /* part of os_upstream.claimed */
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
	bool close_answered;     /* CLOSING: only what was drawn has still to come back */
	struct os_quota drawn;   /* of the donation, into the server's own account (draw.c) */
	struct os_quota settled; /* CHILD: of that, what is on our account when it is over */

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
	const char *service, *label; /* as the server sees it */
	const char *asked;           /* the label as the client has put it */
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
 * Take on a request of our parent that goes to a child; `account` is taken over on success. One for
 * a child that is to be started (again) waits for it. Errors: NO_ROUTE, with a line, if the child
 * is not running; OUT_OF_RAM, OUT_OF_CAPS, for which the client donates more.
 */
enum os_err session_accept(struct os_sandbox *sandbox, const struct session_request *request,
                           const struct sandbox_route *route,
                           struct account_cap *account) OS_MUST_CHECK;

/* A request of the component itself to `server`. Errors: OUT_OF_RAM, OUT_OF_CAPS. */
enum os_err session_own(struct child *server, const struct session_request *request,
                        struct os_sandbox_client *own) OS_MUST_CHECK;

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

/*
 * Would a request like the one that made it go to the same server under the same label, were
 * `start` its client's? True of what is ending, or has failed, too.
 */
bool session_stays(const struct sandbox_session *session, const struct sandbox_start *start);

/* What our parent has asked for is not offered any more: end it, and tell. It may be freed. */
void session_withdraw(struct sandbox_session *session);

/* Give the client's request, which no server knows yet, to the server's next life. */
void session_keep_early(struct sandbox_session *session);

/* All that orphans hold, and that will be free once their servers have closed them. */
struct os_quota session_orphans_held(const struct os_sandbox *sandbox);

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

/* Get ready for our parent's requests, if `config` offers it anything. */
enum os_err offer_init(struct os_sandbox *sandbox,
                       const struct sandbox_config *config) OS_MUST_CHECK;
void offer_fini(struct os_sandbox *sandbox);
/* `child` has announced `service`: pass it on to our parent, if the config says so. */
void offer_announce(struct child *child, const char *service);
/* The config is another one: offer anew, and end sessions that are not offered any more. */
void offer_update(struct os_sandbox *sandbox);
/* Tell our parent what has become of a session that it asked for; false: it has no use for it. */
bool offer_answer(struct sandbox_session *session);

/* ------------------------------------------------------------------ own sessions (own_session.c)
 */

/* The session of a client of our own has changed its state. */
void own_session_changed(struct os_sandbox_client *client, enum parent_session_state state,
                         enum os_err err);
/* Tell those whose session has changed. */
void own_sessions_tell(struct os_sandbox *sandbox);
void own_sessions_close(struct os_sandbox *sandbox);

/* ------------------------------------------------------------------ config ROM (config_rom.c) */

/* Serve the child's own config; the capability goes to the client. */
enum os_err config_rom_create(struct sandbox_session *session, struct os_cap *cap) OS_MUST_CHECK;
void config_rom_destroy(struct sandbox_session *session);
/* Show what child->start says now. On an error the client sees the old one as before. */
enum os_err config_rom_update(struct sandbox_session *session) OS_MUST_CHECK;

/* ------------------------------------------------------------------ children (child.c) */

/*
 *             launched           PD, CPU, ROM open           alive
 *   IDLE -----------------> OPENING ------------> RUNNING --------> UP
 *    ^ | quota                 |                     |               |
 *    | v                       v                     v               |
 *    | FAILED <----------------+------> ENDED <------+---------------+
 *    |                                    | exit, crash, kill, no heartbeat
 *    +------------ PAUSED <---------------+ restarted, maybe after a delay
 *
 * A child that is `ending` is torn down by the work handler, never within its own call. An update
 * of the config makes any of them IDLE again, if it has to be restarted or may now start.
 */
enum child_state {
	CHILD_IDLE,
	CHILD_PAUSED,
	CHILD_OPENING,
	CHILD_RUNNING,
	CHILD_UP,
	CHILD_ENDED,
	CHILD_FAILED,
};

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
	const struct sandbox_start *next; /* while a config is applied: what it is to be */
	uint32_t diff;                    /* likewise: from `start` to `next` */
	bool restarts_now;                /* likewise */
	enum child_state state;
	uint64_t id;              /* of this life; for reports */
	uint32_t starts;          /* lives so far */
	bool ending;              /* nothing more is done for it */
	bool listed;              /* in os_sandbox.ended */
	bool again;               /* once torn down, it is to be started again */
	bool was_up;              /* since it was started for the present config */
	bool ready;               /* IDLE: it has all that it needs to start */
	bool claims;              /* its bookkeeping is in os_upstream.claimed */
	bool waits_told;          /* a line has said that it waits for quota */
	bool denied;              /* it has announced what it did not provide */
	bool resize_told;         /* a line has said that it does not have what it is given */
	bool config_stale;        /* its config ROM could not be updated */
	bool watches;             /* it could not be loaded, and waits for a better binary */
	struct os_quota assigned; /* the whole that is its own */
	struct os_quota given;    /* of these, what the config has given it */
	struct os_quota own;      /* what is left for itself; counts until it has an account */
	struct os_quota promised; /* part of os_upstream.promised */

	struct parent_server parent;
	struct os_signal_handler pd_state;
	struct account_cap account; /* the PD's own; from when it is to be loaded */
	struct sandbox_session *environment[ENVIRONMENT_COUNT];
	struct os_quota donations[ENVIRONMENT_COUNT]; /* of these; raised … */
	struct os_raises raises[ENVIRONMENT_COUNT];   /* … so often, as a server wanted more */
	bool asks_anew;                               /* one of them has failed for that */
	struct os_signal_handler binary_changed;
	struct rom_dataspace_cap binary; /* what it was loaded from */

	/* as a client */
	struct os_avl sessions;
	struct signal_context_cap session_sigh;

	/* as a server */
	struct os_avl served;
	uint64_t next_server_id;
	uint64_t fetched; /* server_id of the latest request that it was to be created */
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

	/* how it fares (watch.c) */
	struct signal_context_cap heartbeat_sigh;
	uint32_t beats; /* heartbeats that it owes an answer */
	bool silent;    /* a line has said so */
	struct sandbox_restarts restarts;
	uint64_t resume_us; /* PAUSED */
	bool exited;        /* by itself, with `exit_value` */
	int32_t exit_value;

	uint32_t complaints;       /* lines that its own requests have caused */
	struct fetch *fetch;       /* of the binary, if one is under way (fetch.c) */
	struct own_thread *errand; /* likewise (errand.c) */
	bool state_signalled;      /* the PD's, during an errand */
	bool pays_errands;         /* their cost is in os_upstream.claimed */
	bool pays_fetches;         /* likewise */
};

/* In no sandbox yet. Errors: OUT_OF_RAM. */
enum os_err child_create(struct os_sandbox *sandbox, const struct sandbox_start *start,
                         struct child **out) OS_MUST_CHECK;
/* Take it in, IDLE, as the last one. */
void child_insert(struct child *child);
/* Free what child_create() has made, and child_insert() has not taken. */
void child_discard(struct child *child);
/* End it now, and forget it. */
void child_destroy(struct child *child);
struct child *child_find(const struct os_sandbox *sandbox, const char *name);
void child_set_state(struct child *child, enum child_state state);

/* Open the sessions that make the child. What fails is told. */
void child_launch(struct child *child);
/* It will not be started: state FAILED, and who waits for its services learns it. */
void child_refuse(struct child *child);
/* One of these sessions has changed its state. */
void child_progress(struct child *child, struct sandbox_session *session);
/* Ask for what has failed once more, with the raised donation. */
void child_ask_anew(struct child *child);
/* The child has called alive(). */
void child_alive(struct child *child);
/* Have the child torn down soon, in state `state`; not within its own call. */
void child_end(struct child *child, enum child_state state);
/* Have it torn down soon, and started again. */
void child_end_again(struct child *child);
/* Give back all that the child has; its struct remains for the report. */
void child_teardown(struct child *child);
/* Tear it down now, and have it IDLE, as if it were new. */
void child_restart(struct child *child);

/* What of what it has announced is not in its <provides> any more. */
void child_withdraw(struct child *child);
/* Show it its present config. What fails is told, and tried again with the next update. */
void child_update_config(struct child *child);

/* Take `cost` from what the child has for itself. Errors: OUT_OF_RAM, OUT_OF_CAPS. */
enum os_err child_pay(struct child *child, struct os_quota cost) OS_MUST_CHECK;
void child_refund(struct child *child, struct os_quota cost);

/* True if it runs, or may yet do so. */
static inline bool child_may_serve(const struct child *child)
{
	return child->again ||
	       (!child->ending && child->state != CHILD_ENDED && child->state != CHILD_FAILED);
}

/* What fetch_begin() was to bring: the child owns `binary`, unless there is an error. */
void child_fetched(struct child *child, struct rom_dataspace_cap binary, enum os_err err);

/* ------------------------------------------------------------------ binaries of siblings (fetch.c)
 */

/*
 * Ask a sibling for the binary of `child`, and to be told when there is another one. It is asked on
 * a thread of its own, as it may be waiting for us. Errors: those of os_thread_init().
 */
enum os_err fetch_begin(struct child *child, struct rom_cap rom) OS_MUST_CHECK;
/* Do without it, if one is under way. */
void fetch_end(struct child *child);

/* ------------------------------------------------------------------ PD and CPU session (errand.c)
 */

enum errand_kind {
	ERRAND_LOAD,  /* account and binary for the PD */
	ERRAND_RUN,   /* its main thread */
	ERRAND_STATE, /* how the PD has ended */
};

struct errand {
	enum errand_kind kind;
	struct pd_cap pd;
	struct cpu_cap cpu;
	struct account_cap account; /* for the PD; the child's */
	struct signal_context_cap state_sigh;
	struct rom_dataspace_cap binary;
	struct os_cap parent;
	uint32_t priority;
	/* results */
	enum os_err err;
	const char *what;    /* has failed */
	enum pd_state state; /* STATE */
	char text[PD_STATE_TEXT_SIZE];
};

/*
 * Have it done, on a thread of its own if a child or the component itself serves the session in
 * question; else at once, before it returns. All three sessions are open, no errand of the child
 * is under way. Errors: those of os_thread_init().
 */
enum os_err errand_begin(struct child *child, enum errand_kind kind) OS_MUST_CHECK;
/* Do without the one that is under way, if any. The call is cancelled: it may have been served. */
void errand_end(struct child *child);
/* True if nobody knows when the server of the session answers. */
bool errand_waits(const struct sandbox_session *session);
/* What came of it. */
void child_errand_done(struct child *child, const struct errand *errand);

bool child_has_announced(const struct child *child, const char *service);

/* The operations that children call (parent_service.c). */
extern const struct parent_ops child_parent_ops;

/* ------------------------------------------------------------------ quota that moves (resource.c)
 */

/* What a child says of it (api/parent.rpc). */
enum os_err resource_request(struct child *child, struct os_quota more) OS_MUST_CHECK;
enum parent_resource_state resource_ask(struct child *child, struct os_quota more);
void resource_cancel(struct child *child);
enum os_err resource_yield(struct child *child, struct os_quota less) OS_MUST_CHECK;
/* Each consumes `handler`. */
void resource_sigh(struct child *child, struct signal_context_cap handler);
void resource_yield_sigh(struct child *child, struct signal_context_cap handler);

/* Another config has given it so much more: that may be what it waits for. */
void resource_given(struct child *child, struct os_quota quota);

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
/* Put back what the server has free; true if nothing is left to come: the session ends now. */
bool draw_settle(struct sandbox_session *session);
/* The server has ended, and its quota is ours: put back all, from there. */
void draw_restore(struct sandbox_session *session);
/* Something is free again: end sessions that only wait for that. */
void draw_retry(struct os_upstream *upstream);

/* Where the donation came from. */
struct account_cap session_payer(const struct sandbox_session *session);

/* ------------------------------------------------------------------ what is assigned (quota.c) */

/* What can be given away now. Errors: GONE. */
enum os_err quota_left(struct os_upstream *upstream, struct os_quota *left) OS_MUST_CHECK;
/* Bookkeeping that somebody has paid for, and has no more use for. */
void quota_claim(struct os_upstream *upstream, struct os_quota quota);
void quota_unclaim(struct os_upstream *upstream, struct os_quota quota);
/* From now on `quota` is kept for the child, in place of what was. */
void quota_promise(struct child *child, struct os_quota quota);

/* Start the children that are IDLE, in the config's order, as far as there is quota for them. */
void quota_start_idle(struct os_sandbox *sandbox);
/* Take back what the config does not give to children any more; give what it gives them now. */
void quota_resize(struct os_sandbox *sandbox);

/* ------------------------------------------------------------------ time (watch.c) */

/* The time now; false: there is none, which is told once. */
bool watch_now(struct os_sandbox *sandbox, uint64_t *us);
/* Something waits for a time: have the alarm come. */
void watch_update(struct os_sandbox *sandbox);
/* The config is another one: heartbeats as it says. */
void watch_apply(struct os_sandbox *sandbox);
/* The child has ended by itself: is it to be started again? Told. */
bool watch_restarts(struct child *child, bool failed);
/* It has answered. */
void watch_alive(struct child *child);
/* True if ops->changed may be called now; else the alarm will come for it. */
bool watch_may_report(struct os_sandbox *sandbox);

/* ------------------------------------------------------------------ the sandbox (sandbox.c) */

/* A sink for the pure parts. */
struct message_sink {
	struct sandbox_sink sink;
	struct os_sandbox *sandbox;
	struct child *child; /* whose request it is about, or NULL */
};
struct message_sink message_sink(struct os_sandbox *sandbox);
/* One that drops everything. */
extern struct sandbox_sink message_silence;

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
/* What is reported has changed. */
void sandbox_changed(struct os_sandbox *sandbox);
/* Destroy all children, and the config. */
void sandbox_clear(struct os_sandbox *sandbox);

#endif
