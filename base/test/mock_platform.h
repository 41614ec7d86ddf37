/* SPDX-License-Identifier: BSD-2-Clause */
/* A platform table and a parent for host tests of base's runtime, in the test's own process. */

#ifndef TEST_MOCK_PLATFORM_H
#define TEST_MOCK_PLATFORM_H

#include <abi/platform.h>
#include <osier/session.h>

/*
 * The generated stubs of the runtime under test call the generated dispatch functions of a mock
 * parent, PD, account, LOG, ROM and CPU session. All capabilities are in one table with counts, so
 * a test sees each leak. A call to an object at the main entrypoint is served at once, within the
 * call; entrypoints with threads of their own are served by these.
 */
enum { MOCK_SLOTS = 256, MOCK_REQUESTS = 64 };

struct mock_slot {
	uint32_t refs;
	uint32_t type;
	struct os_rpc_object *remote; /* answered by the mock */
	bool own, gone;               /* object or context of the component; destroyed */
	uint32_t ep, badge;
	uint64_t pending; /* signals */
	char *memory;     /* dataspace */
	uint64_t size;
	bool writeable;
	uint32_t attached;
};

/* A session that was asked for without waiting: how it stands is the test's to say. */
struct mock_session {
	uint64_t id; /* 0: closed */
	enum parent_session_state state;
	enum os_err error;
	uint64_t ram, caps;
};

/* What the mock parent hands out in request_next(). */
struct mock_request {
	enum parent_request_kind kind;
	uint64_t id;
	const char *service;
	const char *label;
};

struct mock {
	struct mock_slot slot[MOCK_SLOTS];
	struct os_ep *main_ep;

	/* the n-th allocation of the mock core fails; 0: none */
	uint32_t fail_at, allocations;
	uint64_t account_ram, account_caps; /* what is free */

	/* the parent's behaviour in session_open() */
	uint64_t server_ram, server_caps; /* the donation that the server wants */
	uint32_t session_type;            /* if not 0, of the session that comes */
	enum os_err resource_answer;
	uint64_t resource_ram, resource_caps; /* what was asked */
	uint32_t opens, closes, resource_requests;
	uint32_t leaves; /* of what was allocated from an account */
	uint64_t open_ids[16], last_ram, last_caps;
	const char *service; /* a test's own, of which `service_object` is the session */
	struct os_rpc_object *service_object;
	uint32_t service_type;
	uint64_t upgraded_ram, upgraded_caps; /* all that was donated later */

	/* sessions asked for without waiting, the latest one last; an answer at once */
	struct mock_session sessions[64];
	uint32_t session_count;
	struct signal_context_cap session_sigh;
	enum os_err request_error, poll_error;

	/* and to requests for quota: an answer of TIMEOUT is none yet, if nobody waits */
	enum parent_resource_state resource_state;
	struct signal_context_cap resource_sigh, yield_sigh;
	uint64_t wanted_ram, wanted_caps; /* back */
	uint64_t yield_ram, yield_caps;   /* what was given back */
	uint32_t yields, upgrades;

	/* the parent's behaviour towards a server */
	struct mock_request requests[MOCK_REQUESTS];
	uint32_t request_count, request_next;
	struct signal_context_cap request_sigh;
	uint64_t delivered[MOCK_REQUESTS], denied[MOCK_REQUESTS], closed[MOCK_REQUESTS];
	enum os_err deny_error, draw_error;
	uint64_t drawn_ram, drawn_caps;
	uint32_t refused;
	uint32_t delivered_count, denied_count, closed_count, announced;
	struct os_cap last_session;

	/* LOG, ROM, debug, panic, exit */
	uint32_t lines, debug_lines;
	char line[512];
	const char *rom;
	uint64_t rom_ram, rom_caps; /* what dataspace() wants to have been donated later */
	struct signal_context_cap rom_sigh;
	int32_t exit_value;
	uint64_t trace_ring; /* that a thread gets when it asks */
	uint32_t trace_opens;
	uint64_t seen; /* the time at which requests and replies are seen, each one later; 0: untold
	                */
	uint32_t alive;
};

extern struct mock mock;

/** Start afresh: os_env_own, os_platform and the mock. */
struct os_env *mock_init(void);

/** How many counts of capabilities are held, by the component and the mock together. */
uint32_t mock_refs(void);

/** Bytes of dataspaces that exist; attached ones. */
uint64_t mock_memory(void);
uint32_t mock_attached(void);

/** Queue a call to the own object behind `slot`, to be served by os_ep_dispatch(). */
uint32_t mock_call_queue(uint32_t slot, const struct os_msg *request);

/** The reply to a queued call; NULL if there was none yet. */
const struct os_msg *mock_reply(uint32_t channel);

/** How many replies have come for that channel. */
uint32_t mock_reply_count(uint32_t channel);

#endif
