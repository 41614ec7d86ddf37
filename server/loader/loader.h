/* SPDX-License-Identifier: BSD-2-Clause */
/* The parts of the loader: a client's session, its modules, its subsystems, what it provides. */

#ifndef LOADER_LOADER_H
#define LOADER_LOADER_H

/*
 *   session --modules--> module --current, next--> version <--- rom_session (of a subsystem)
 *           --subsystems--> subsystem --- os_sandbox with one child
 *           --offers--> offer: a service that the client provides
 *           --requests--> request: a session of a subsystem with the client
 *
 * All of it happens on the main entrypoint, and waits for nobody. What a client causes is paid by
 * its donation: memory that subsystems see from the session's account, all else with quota that is
 * drawn from there into our own account (charge).
 */

#include <api/loader.h>
#include <api/rom.h>
#include <osier/session.h>
#include <sandbox/sandbox.h>
#include <xml/xml.h>

enum {
	NAME_SIZE = LOADER_START_NAME_SIZE,
	TEXT_SIZE = LOADER_STATE_TEXT_SIZE,
	/* What we need ourselves for a session, a module's version, a subsystem, an offer. */
	SESSION_RAM = 8 * 1024,
	SESSION_CAPS = 8,
	VERSION_RAM = 1024,
	VERSION_CAPS = 3,
	SUBSYSTEM_RAM = 16 * 1024,
	SUBSYSTEM_CAPS = 16,
	OFFER_RAM = 512,
};

/* One content of a module. */
struct version {
	struct ram_dataspace_cap ram;
	struct rom_dataspace_cap view; /* for those who read; once committed */
	uint32_t users;                /* the module, and ROM sessions that show it */
};

struct module {
	struct os_list_node node;
	char name[NAME_SIZE];
	struct version *current, *next; /* NULL: none */
	uint32_t users;                 /* ROM sessions */
	bool removed;                   /* lives on for these only */
};

/* A service that the client provides. */
struct offer {
	struct os_list_node node;
	char service[OS_SANDBOX_SERVICE_MAX];
};

/* The same, to one subsystem. */
struct local_offer {
	struct os_sandbox_service service;
	struct subsystem *subsystem;
	char name[OS_SANDBOX_SERVICE_MAX];
};

struct session {
	struct os_server_session base;
	struct loader_server rpc;
	char label[160];
	struct os_list modules, subsystems, offers, roms;
	struct os_quota spare; /* drawn, and used for nothing at present */
	struct signal_context_cap state_sigh, request_sigh;
	struct os_list requests, queue; /* all; those that the client is to hear of */
	uint64_t next_request;
};

/* ------------------------------------------------------------------ quota (main.c) */

/* Draw `quota` from the donation. Errors: OUT_OF_RAM, OUT_OF_CAPS. */
enum os_err charge(struct session *session, struct os_quota quota) OS_MUST_CHECK;
/* It is not needed any more; what is free of it goes back into the donation. */
void refund(struct session *session, struct os_quota quota);
/* Memory for the session, paid by its donation. */
enum os_err charged_alloc(struct session *session, size_t size, struct os_quota quota,
                          void **out) OS_MUST_CHECK;
void charged_free(struct session *session, void *ptr, size_t size, struct os_quota quota);

/* Signal a client; one that is gone hears nothing. */
void tell(struct signal_context_cap context);
void replace_context(struct signal_context_cap *context, struct signal_context_cap by);

extern struct os_upstream upstream;
/* <parent-provides> of our config. */
struct os_xml parent_provides(void);

/* ------------------------------------------------------------------ modules (module.c) */

struct module *module_find(struct session *session, const char *name);
enum os_err module_alloc(struct session *session, const char *name, uint64_t size,
                         struct ram_dataspace_cap *ds) OS_MUST_CHECK;
enum os_err module_commit(struct session *session, const char *name) OS_MUST_CHECK;
enum os_err module_remove(struct session *session, const char *name) OS_MUST_CHECK;
/* Nobody shows any of them any more. */
void modules_fini(struct session *session);

/* ROM sessions of a subsystem: struct os_sandbox_service's functions. */
struct rom_service {
	struct os_sandbox_service service;
	struct session *session;
};
void rom_service_init(struct rom_service *service, struct session *session);

/* ------------------------------------------------------------------ subsystems (subsystem.c) */

enum os_err subsystem_start(struct session *session, const char *name, const char *binary,
                            struct os_quota quota) OS_MUST_CHECK;
enum os_err subsystem_kill(struct session *session, const char *name) OS_MUST_CHECK;
void subsystem_state(struct session *session, const char *name, enum loader_subsystem_state *state,
                     int32_t *value, char *text);
void subsystems_fini(struct session *session);
/* Whose subsystem it is. */
struct session *subsystem_session(const struct subsystem *subsystem);

/* ------------------------------------------------------------------ offers (offer.c) */

enum os_err offer_add(struct session *session, const char *service) OS_MUST_CHECK;
void offers_fini(struct session *session);
/* One for each offer of the session, for a new subsystem. */
enum os_err offers_make(struct subsystem *subsystem, struct session *session,
                        struct local_offer **out, size_t *count) OS_MUST_CHECK;
/* What the client does with requests. */
void request_next(struct session *session, enum loader_request_kind *kind, uint64_t *id,
                  char *service, char *label, void *args, size_t *args_size, uint64_t *ram,
                  uint64_t *caps, struct account_cap *account);
enum os_err request_deliver(struct session *session, uint64_t id, struct os_cap cap) OS_MUST_CHECK;
enum os_err request_deny(struct session *session, uint64_t id, uint32_t error) OS_MUST_CHECK;
enum os_err request_closed(struct session *session, uint64_t id) OS_MUST_CHECK;

#endif
