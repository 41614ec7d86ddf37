/* SPDX-License-Identifier: BSD-2-Clause */
/* What screen_test serves: a screen of plain memory, and input that a script makes up. */

#ifndef SCREEN_TEST_SCREEN_H
#define SCREEN_TEST_SCREEN_H

#include <blit/blit.h>
#include <input/event.h>
#include <osier/session.h>

/* ------------------------------------------------------------------ Framebuffer */

/** The screen; the Framebuffer session that has come last is shown there. */
struct screen {
	struct os_env *env;
	struct os_service service;
	uint32_t width, height; /* the mode */
	bool sync_held;         /* sync signals come by screen_sync() alone */
	uint64_t refreshed;     /* pixels, since screen_count_reset() */
	uint32_t refreshes;     /* calls, likewise */
	struct os_rect touched; /* the last refresh, clipped to the screen */
	uint64_t refresh_count; /* calls since the start */
	void (*changed)(void);  /* the client has refreshed something, or a session came or went */
};

/** Announce "Framebuffer" with a screen of that size. Errors: of services. */
enum os_err screen_init(struct screen *screen, struct os_env *env, uint32_t width, uint32_t height,
                        void (*changed)(void)) OS_MUST_CHECK;

/** Another mode; the clients are signalled. */
void screen_mode(struct screen *screen, uint32_t width, uint32_t height);

/** Signal to all clients that what they refreshed is shown. */
void screen_sync(struct screen *screen);

/** Sessions that are open. */
size_t screen_clients(const struct screen *screen);

/** Pixels of `colour` within `rect`, alpha left aside. */
uint64_t screen_pixels(const struct screen *screen, struct os_rect rect, os_pixel colour);

/** FNV-1a (32 bits) of the pixels' colours, row by row, each as blue, green, red. */
uint32_t screen_checksum(const struct screen *screen, struct os_rect rect);

/** Begin to count what is refreshed anew. */
void screen_count_reset(struct screen *screen);

/* ------------------------------------------------------------------ Input */

/** Announce "Input"; `changed` as above. Errors: of services. */
enum os_err inputs_init(struct os_env *env, void (*changed)(void)) OS_MUST_CHECK;

/**
 * Put an event into the rings of all sessions whose label ends with `suffix` ("": all of them).
 * False: there are none.
 */
bool inputs_put(const char *suffix, const struct os_input_event *event);

/** Fill these rings with nonsense, and signal it. False: there are none. */
bool inputs_garbage(const char *suffix, uint32_t seed);

#endif
