/* SPDX-License-Identifier: BSD-2-Clause */
/* ROM modules whose content changes, shown to any number of clients at their own expense. */

#ifndef ROM_SERVICE_ROM_SERVICE_H
#define ROM_SERVICE_ROM_SERVICE_H

#include <label/label.h>
#include <osier/env.h>
#include <osier/list.h>
#include <osier/memory.h>
#include <osier/session.h>

/*
 *   os_rom_module --readers--> os_rom_reader: one client's session, with the copy that it took last
 *
 * A module is a text of its owner. Each reader gets a copy of the current one when it asks for it,
 * in memory that is charged to its own donation: a client that keeps an old content, or never asks,
 * costs nobody but itself. The copy stays as it is until the client asks again.
 *
 * All of this belongs to one entrypoint and its thread. No function blocks on a client.
 */

struct os_rom_reader;

/** What readers see. Its members are for reading only; zero, with `env` set, is empty content. */
struct os_rom_module {
	struct os_env *env;
	const char *content; /* the owner's */
	size_t size;
	uint64_t version; /* counts the changes */
	struct os_list readers;
	/** The last reader has gone: the owner may end the module. May be NULL. */
	void (*unused)(struct os_rom_module *module);
};

/**
 * From now on the content is `content`, which stays the owner's and in place until the next one is
 * set. Each reader is signalled. NULL and 0: there is no content.
 */
void os_rom_module_set(struct os_rom_module *module, const void *content, size_t size);

/** How many of its readers have a copy that is not the current content. */
uint32_t os_rom_module_old(const struct os_rom_module *module);

/** A ROM session. Zero is empty. */
struct os_rom_reader {
	struct rom_server rpc;
	struct os_env *env;
	struct os_account *account;   /* the client's donation */
	struct os_rom_module *module; /* NULL: no content */
	struct os_list_node node;
	struct ram_dataspace_cap ram;
	struct rom_dataspace_cap copy; /* the same for reading, which the client has */
	uint64_t version;              /* of the module when it was copied */
	bool current;                  /* and the copy shows the current module's */
	struct signal_context_cap changed;
};

/**
 * Serve `module` to a client whose donation is in `account`; the session's capability is in
 * `reader->rpc` afterwards. Errors: OUT_OF_RAM, OUT_OF_CAPS, LIMIT.
 */
enum os_err os_rom_reader_init(struct os_rom_reader *reader, struct os_env *env, struct os_ep *ep,
                               struct os_account *account,
                               struct os_rom_module *module) OS_MUST_CHECK;

/** End the session, and the copy. Zero is accepted. */
void os_rom_reader_fini(struct os_rom_reader *reader);

/** Show `module` (NULL: no content) instead; the client is signalled if that is another one. */
void os_rom_reader_move(struct os_rom_reader *reader, struct os_rom_module *module);

/* ------------------------------------------------------------------ the service "ROM" */

/** The service of a component that serves modules. `find` is the component's; the rest is not. */
struct os_rom_service {
	/**
	 * The module for a client with this label. An error denies the session: NOT_FOUND, DENIED,
	 * OUT_OF_RAM. Must not block.
	 */
	enum os_err (*find)(struct os_rom_service *service, const char *label,
	                    struct os_rom_module **module);
	struct os_service service;
};

/** Announce "ROM". Errors: those of os_service_init(). */
enum os_err os_rom_service_init(struct os_rom_service *service, struct os_env *env,
                                struct os_ep *ep) OS_MUST_CHECK;

/**
 * The component's config has changed: ask `find` again for each client. One that is now denied has
 * no content any more.
 */
void os_rom_service_find_again(struct os_rom_service *service);

#endif
