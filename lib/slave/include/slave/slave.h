/* SPDX-License-Identifier: BSD-2-Clause */
/* A slave: a server that a component runs for itself, as its only user and its parent. */

#ifndef SLAVE_SLAVE_H
#define SLAVE_SLAVE_H

/*
 *        parent of the component
 *                 |
 *            component: os_slave (main entrypoint) ---- a thread that calls the slave
 *                 |  pays, routes, configures                      |
 *               slave <--------------------------------------------+  session
 *
 * The component decides what the slave may reach, gives it its config and changes it while it runs,
 * and has sessions of what it provides. Nothing here ever waits for the slave. The component's own
 * calls do: they belong on another thread than the entrypoint's, so that the slave is served while
 * it answers. A slave that hangs is ended by os_slave_stop() or a missed heartbeat, and the call
 * returns GONE.
 */

#include <sandbox/sandbox.h>
#include <timeout/timeout.h>

/** What is run, and how. Texts and lists are the caller's, and looked at during calls only. */
struct os_slave_config {
	const char *name;   /* of the child; 1 to 63 bytes */
	const char *binary; /* ROM module; NULL: `name` */
	struct os_quota quota;
	const char *const *provides; /* the services that it may announce, then NULL */
	const char *config;          /* its config, an element <config>; NULL: <config/> */
	/*
	 * An element <route> as in init/README.md; NULL: everything comes from our parent, which
	 * has to be asked for the services in `parent_provides` (then NULL; NULL: ROM, PD, RM, CPU,
	 * LOG).
	 */
	const char *route;
	const char *const *parent_provides;
	uint32_t version;  /* another one restarts it */
	uint32_t restarts; /* how often it is started again when it ends; 0: never */
	/* How often it has to answer, and how many answers it may owe before it is ended (0: 3);
	 * heartbeat_ms 0: never. Needs a Timer session. */
	uint32_t heartbeat_ms, heartbeat_max;
};

struct os_slave;

/** What the component wants to know; each member may be NULL. Called on the entrypoint's thread. */
struct os_slave_ops {
	/** It is UP (again), STARTING (again), ENDED, or FAILED to start; NONE after a stop. */
	void (*changed)(struct os_slave *slave, enum os_sandbox_fate fate);
	/** A line for people. Without this function it goes to the log. */
	void (*message)(struct os_slave *slave, bool error, const char *text);
	/** It asks for more: as in struct os_sandbox_ops. Without this function it gets none. */
	enum os_err (*resource_request)(struct os_slave *slave, struct os_quota quota);
};

/** A slave; zero is none. `sandbox` is for what the sandbox offers beyond this. */
struct os_slave {
	struct os_sandbox sandbox;
	const struct os_slave_ops *ops;
	void *context; /* the component's */
	enum os_sandbox_fate fate;
	char name[OS_SANDBOX_NAME_MAX];
	/* the time, for heartbeats */
	struct os_timeouts timeouts;
	struct os_timeout alarm;
};

/**
 * Get ready to run one. `upstream` is the component's, shared by all its slaves and sandboxes; `ep`
 * the main entrypoint, which is where all functions here are called. Errors: OUT_OF_RAM,
 * OUT_OF_CAPS.
 */
enum os_err os_slave_init(struct os_slave *slave, struct os_upstream *upstream, struct os_ep *ep,
                          const struct os_slave_ops *ops, void *context) OS_MUST_CHECK;

/** Stop it, close all sessions with it, and give everything back. Zero is accepted. */
void os_slave_fini(struct os_slave *slave);

/**
 * Start it or, if it runs, change what differs: another `config` it is told by its ROM session, a
 * quota is moved; another name, binary, version or list restarts it. Errors, with all as before:
 * INVALID (`config` or `route` is no such element, or there is no name), TOO_LONG, OUT_OF_RAM,
 * OUT_OF_CAPS. That it cannot start is told by `changed`.
 */
enum os_err os_slave_apply(struct os_slave *slave,
                           const struct os_slave_config *config) OS_MUST_CHECK;

/** End it, wherever it is: its sessions are GONE. Errors: OUT_OF_RAM. */
enum os_err os_slave_stop(struct os_slave *slave) OS_MUST_CHECK;

/** Ask it for a session: os_sandbox_session_open(). To be closed by os_sandbox_session_close(). */
static inline OS_MUST_CHECK enum os_err os_slave_open(struct os_slave *slave,
                                                      const struct os_session_args *args,
                                                      struct os_sandbox_client *client)
{
	return os_sandbox_session_open(&slave->sandbox, slave->name, args, client);
}

/**
 * The config of a sandbox that runs `config`, for tests and for looking at: NUL-terminated text, to
 * be freed with `size` by os_free(). Errors: as os_slave_apply().
 */
enum os_err os_slave_text(const struct os_slave_config *config, struct os_alloc *alloc, char **text,
                          size_t *size, size_t *length) OS_MUST_CHECK;

#endif
