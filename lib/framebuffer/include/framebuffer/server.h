/* SPDX-License-Identifier: BSD-2-Clause */
/* Serving a Framebuffer session: its pixels, its mode, and whom it tells. */

#ifndef FRAMEBUFFER_SERVER_H
#define FRAMEBUFFER_SERVER_H

#include <api/framebuffer.h>
#include <blit/blit.h>
#include <osier/memory.h>
#include <osier/sigh.h>

/*
 *   mode is another         client asks for it    asks for its pixels
 *   ----------------> told --------------------> ---------------------> surface: of that mode
 *
 * The pixels are memory that the client has donated, of the mode that it was told last. Those of
 * the mode before stay until it asks for the new ones, so it may draw at any time.
 */

struct os_framebuffer_server;

/** What a server does with it, on the thread of its entrypoint. */
struct os_framebuffer_ops {
	/** The client has drawn there: `rect` is within `surface`, and may be empty. */
	void (*refresh)(struct os_framebuffer_server *server, struct os_rect rect);
	/** It asks for another mode, which is none that nobody can have. NULL: DENIED. */
	enum os_err (*mode_set)(struct os_framebuffer_server *server, uint32_t width,
	                        uint32_t height);
};

/** One Framebuffer session, for a server to embed in its own. Zero is empty. */
struct os_framebuffer_server {
	struct framebuffer_server rpc; /* framebuffer_server_cap(&server->rpc) is for the client */
	const struct os_framebuffer_ops *ops;
	struct os_env *env;
	struct os_account *account;
	struct os_surface surface; /* the client's pixels; without `pixels`: there are none */
	bool alpha;
	uint32_t width, height;           /* the mode; 0 by 0: none */
	uint32_t told_width, told_height; /* the one that the client knows */
	struct os_ram ram, earlier;       /* of the surface; and what the client may still have */
	bool handed;                      /* the client has got `ram` */
	struct signal_context_cap mode_sigh, sync_sigh;
};

/**
 * Serve a session at `ep`, with no mode. Pixels are allocated from `account`, which holds the
 * client's donation. Errors: OUT_OF_RAM, OUT_OF_CAPS, LIMIT.
 */
enum os_err os_framebuffer_server_init(struct os_framebuffer_server *server, struct os_env *env,
                                       struct os_ep *ep, struct os_account *account,
                                       const struct os_framebuffer_ops *ops) OS_MUST_CHECK;

/** End the session, and its pixels. Zero is accepted. */
void os_framebuffer_server_fini(struct os_framebuffer_server *server);

/** There is another mode; the client is signalled. 0 by 0: nothing is shown. */
void os_framebuffer_server_mode(struct os_framebuffer_server *server, uint32_t width,
                                uint32_t height);

/**
 * The client has asked for a mode by other means: have the pixels for it at once. What fits of the
 * earlier content stays. 0 by 0 gives it back. Errors: OUT_OF_RAM, OUT_OF_CAPS, LIMIT, and nothing
 * has changed.
 */
enum os_err os_framebuffer_server_resize(struct os_framebuffer_server *server, uint32_t width,
                                         uint32_t height, bool alpha) OS_MUST_CHECK;

/** What was refreshed is shown: the client is signalled. */
static inline void os_framebuffer_server_shown(struct os_framebuffer_server *server)
{
	os_sigh_notify(&server->sync_sigh);
}

/** True if there are pixels of the current mode. */
static inline bool os_framebuffer_server_current(const struct os_framebuffer_server *server)
{
	return server->surface.pixels && server->surface.width == server->width &&
	       server->surface.height == server->height;
}

#endif
