/* SPDX-License-Identifier: BSD-2-Clause */
/* Subsystems of one's own, made and removed at run time: the client's side of a Loader session. */

#ifndef LOADER_LOADER_H
#define LOADER_LOADER_H

#include <api/loader.h>
#include <osier/session.h>

/*
 *	os_loader_open(&loader, env, NULL);
 *	os_loader_module(&loader, "config", text, size);
 *	os_loader_provide(&loader, &log_service);     // whatever it logs comes here
 *	os_loader_start(&loader, "player", "player", 2 << 20, 150);
 *	…
 *	os_loader_close(&loader);                     // and nothing is left of it
 *
 * All of it belongs to the main entrypoint. What is lacking of the donation is added by itself;
 * closing the session brings back all. Calls wait for the loader, which waits for nobody.
 */

struct os_loader;

/** A session that a subsystem asks of its client. Valid during create() only. */
struct os_loader_request {
	const char *label; /* "subsystem -> label" */
	const void *args;
	size_t args_size;
	uint64_t ram, caps;
	struct os_account *account; /* holds what is donated; until close() has returned */
};

/** A service that the client provides to its subsystems. `name` is its own, as is all of this. */
struct os_loader_service {
	const char *name;
	/** Make a session; `session` is handed back. `cap` is copied. An error denies it. */
	enum os_err (*create)(struct os_loader_service *service,
	                      const struct os_loader_request *request, void **session,
	                      struct os_cap *cap);
	/** It is over. */
	void (*close)(struct os_loader_service *service, void *session);
	/** Optional: there is more on its account. */
	void (*upgrade)(struct os_loader_service *service, void *session);
	struct os_list_node node;
};

/** An open Loader session. Zero is closed. */
struct os_loader {
	struct os_session session;
	struct loader_cap cap;
	struct os_list services, requests;
	struct os_signal_handler request;
	struct os_signal_handler state;
	void (*changed)(struct os_loader *loader);
};

/** Open a session, under which the subsystems' labels are. Errors: those of os_session_open(). */
enum os_err os_loader_open(struct os_loader *loader, struct os_env *env,
                           const char *label) OS_MUST_CHECK;

/** Remove all subsystems, and close what they had with services of ours. Zero is accepted. */
void os_loader_close(struct os_loader *loader);

/**
 * Make `size` bytes at `content` what subsystems see as ROM module `name`; those that have opened
 * it are signalled. Errors: INVALID, OUT_OF_RAM, OUT_OF_CAPS, LIMIT.
 */
enum os_err os_loader_module(struct os_loader *loader, const char *name, const void *content,
                             size_t size) OS_MUST_CHECK;

/** Provide `service` to subsystems that are started from now on. Errors: INVALID, EXISTS, … */
enum os_err os_loader_provide(struct os_loader *loader,
                              struct os_loader_service *service) OS_MUST_CHECK;

/** Start a subsystem with so much quota, of ours. Errors: INVALID, EXISTS, OUT_OF_…, LIMIT. */
enum os_err os_loader_start(struct os_loader *loader, const char *name, const char *binary,
                            uint64_t ram, uint64_t caps) OS_MUST_CHECK;

/** Remove it. NOT_FOUND. */
enum os_err os_loader_kill(struct os_loader *loader, const char *name) OS_MUST_CHECK;

/** Have `changed` called on the main entrypoint when a subsystem's state has changed. */
enum os_err os_loader_watch(struct os_loader *loader,
                            void (*changed)(struct os_loader *loader)) OS_MUST_CHECK;

/** How a subsystem fares; `value` and `text` may be NULL. See api/loader.rpc. */
enum loader_subsystem_state os_loader_state(struct os_loader *loader, const char *name,
                                            int32_t *value, char text[LOADER_STATE_TEXT_SIZE]);

#endif
