/* SPDX-License-Identifier: BSD-2-Clause */
/* A world for host tests of the sandbox: core, a parent and children within one process. */

#ifndef SANDBOX_TEST_WORLD_H
#define SANDBOX_TEST_WORLD_H

/*
 * The sandbox under test is real; below it stand the generated stubs and dispatch functions, and
 * below those, in place of base and a platform, this: one table of objects, whose counts are those
 * of the component under test (so that each leak shows), accounts that add up, a parent that is
 * obedient or slow, and signals that run when world_run() says so.
 */

#include "../src/internal.h"
#include <api/log.h>
#include "fail_alloc.h"

enum { WORLD_OBJECTS = 4096, WORLD_LINES = 64, WORLD_UPSTREAM = 1024, WORLD_INCOMING = 256 };

/* A capability as the component under test holds it. */
struct world_object {
	uint32_t type;
	uint32_t refs; /* held by the component under test */
	bool exists;
	struct os_rpc_object *rpc;         /* who answers calls; NULL: nobody */
	struct os_signal_handler *handler; /* of the component under test */
	uint64_t pending;                  /* signals */
};

struct world_account {
	struct account_server rpc;
	struct world_account *parent;
	uint64_t ram, caps; /* limits; what was split off is not part of it */
	uint64_t ram_used, caps_used;
	uint32_t slot;
};

/* A session that the component under test has with its parent. */
struct world_session {
	uint64_t id;
	bool used;
	enum parent_session_state state;
	enum os_err error;
	char service[32], label[160];
	uint64_t ram, caps;
	struct pd_server pd; /* for PD sessions; the others have theirs within `rpc` */
	struct cpu_server cpu;
	struct rom_server rom;
	struct log_server log;
	struct thread_server thread;
	uint32_t slot, thread_slot, binary_slot;
	struct signal_context_cap changed_sigh; /* ROM */
	uint32_t priority_limit;
	/* PD */
	struct world_account *account;
	uint32_t parent_slot; /* what load() was given */
	struct signal_context_cap state_sigh;
	enum pd_state pd_state;
	bool started;
};

enum world_incoming_state {
	WORLD_NONE,
	WORLD_ASKED,   /* waits to be fetched */
	WORLD_FETCHED, /* the component under test owes an answer */
	WORLD_DELIVERED,
	WORLD_DENIED,
	WORLD_CLOSED,
};

/* A session that the parent asks of the component under test. */
struct world_incoming {
	enum world_incoming_state state;
	char service[32], label[160];
	enum os_err error; /* why it was denied */
	uint32_t slot;     /* what was delivered */
	struct world_account *account;
	struct os_quota drawn;
	bool upgrade, close; /* to be fetched */
	bool close_told;
};

struct world {
	struct world_object object[WORLD_OBJECTS];
	struct os_env env;
	struct os_ep ep;
	struct fail_alloc heap;
	struct world_account *own; /* of the component under test */
	struct world_session upstream[WORLD_UPSTREAM];
	struct signal_context_cap session_sigh;
	/* what the parent answers to resource_ask(); how it has ended; what it wants back */
	enum parent_resource_state more_answer;
	struct os_quota more, given;
	struct os_quota wanted, yielded;
	struct signal_context_cap resource_sigh, yield_sigh;
	struct world_account *client; /* of the parent's clients */
	struct world_incoming incoming[WORLD_INCOMING];
	uint32_t incoming_count;
	struct signal_context_cap request_sigh;
	char announced[4][32];
	uint32_t announced_count;
	bool close_slowly; /* the parent keeps closed sessions until world_parent_forget() */
	uint32_t calls, fail_call; /* the n-th call to core or parent fails; 0: none */
	enum os_err fail_error;
	bool failed;

	struct os_msg msg[8];
	uint32_t depth;
	struct os_msg reply[64]; /* late ones */
	bool replied[64];
	uint32_t reply_count;

	char line[WORLD_LINES][SANDBOX_LINE_MAX];
	uint32_t line_count, line_errors;
	size_t up, up_children, up_calls;
	bool threads_wait; /* those that are started, until world_threads_go() */
	struct os_thread *waiting[8];
	bool broken;          /* binaries cannot be loaded */
	uint32_t changes;     /* of the state */
	uint64_t time;        /* 0: there is none */
	uint64_t deadline;    /* of the alarm; UINT64_MAX: none */
	uint32_t times_asked; /* for the time */
	int32_t exit_value;
	uint32_t exits;
	bool by_config;              /* no hook: the config decides about resource requests */
	enum os_err resource_answer; /* of the hook */

	bool interpose;                    /* the hook exchanges the capabilities of sessions */
	uint32_t opened, closed;           /* calls of the hooks */
	uint32_t opened_type;              /* of the latest one that was opened */
	struct account_cap opened_account; /* the child's */
	uint64_t opened_life;
	char opened_label[160];
	struct os_cap original, stand_in;

	struct os_upstream upstream_link;
	struct os_sandbox sandbox;
};
extern struct world world;

enum {
	WORLD_RAM = 64 << 20,
	WORLD_CAPS = 5000,
	WORLD_SESSION_RAM = 500, /* what the parent charges for a session, beside the donation */
	WORLD_SESSION_CAPS = 3,
};

/* Start afresh, with the sandbox and its upstream set up. */
void world_init(void);
/* End the sandbox, and check that nothing is left. */
void world_fini(void);

/* Apply a config and let everything run that can. */
enum os_err world_apply(const char *config);
/* Run signal handlers of the component under test until there is nothing to do. */
void world_run(void);

/* Threads of the component under test that wait run to their ends; how many wait. */
void world_threads_go(void);
uint32_t world_threads_waiting(void);

/* Time goes on, with the alarms that come in it. */
void world_time_passes(uint64_t us);

/* From now on lines are told anew. */
void world_forget_lines(void);
/* True if a line with this text was told. */
bool world_told(const char *text);

/* The parent decides what it has left PENDING; it wants quota back. */
void world_parent_decide(enum parent_resource_state state);
void world_parent_wants(uint64_t ram, uint64_t caps);

/* The child's PD session, and the capability that it has to its parent. */
struct world_session *world_find(const char *service, const char *label);
struct parent_cap world_child(const char *name);

/* Everything that a child does to start: alive(). */
void world_alive(const char *name);

/* A session as core makes it for who virtualises the service, and its end. */
struct world_session *world_core_session(const char *service, const char *label);
void world_core_session_end(struct world_session *session);

/* A fresh object of a child, or a context of one. */
struct os_cap world_object(uint32_t type);
struct signal_context_cap world_context(void);
uint64_t world_signals(struct signal_context_cap context);

/* The parent's later answers to "Slow" sessions, and to closes. */
void world_parent_answer(struct world_session *session, enum parent_session_state state,
                         enum os_err error);
void world_parent_forget(void);

/*
 * The parent asks for a session, with 8192 bytes and 4 capabilities; upgrades it; closes it. All
 * but the last of a batch leave it to world_run() that the component hears of it.
 */
uint64_t world_ask(const char *service, const char *label);
void world_ask_upgrade(uint64_t id);
void world_ask_close(uint64_t id);
struct world_incoming *world_incoming(uint64_t id);

/* What a server fetches next. */
struct world_fetched {
	enum parent_request_kind kind;
	uint64_t id, ram, caps;
	char service[32], label[160], args[256];
	size_t args_size;
	struct parent_affinity affinity;
	struct account_cap account;
};
struct world_fetched world_fetch(const char *server);
/* The memory that a child's config ROM hands out. */
struct os_cap world_config_dataspace(struct sandbox_session *session);
/* Of what the child has, so much is in use. */
void world_use(const char *name, uint64_t ram, uint64_t caps);
/* A ROM session of the component under test is signalled; its content is another one, or not. */
void world_rom_changes(const char *label, bool really);
/* The child's PD ends. */
void world_pd_ends(const char *name, enum pd_state state);

/* What the component under test holds of capabilities, and what its account has. */
uint64_t world_held(void);

/* What os_call() returns where the reply follows later: see world.reply[world.reply_count - 1]. */
#define WORLD_LATER OS_ERR_TIMEOUT

#endif
