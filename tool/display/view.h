/* SPDX-License-Identifier: BSD-2-Clause */
/* Ways to show the picture to a person: a window, a VNC server, or none. */

#ifndef VIEW_H
#define VIEW_H

#include <driver/display/protocol.h>

/** One of them. Those that cannot be built here have no `open`. */
struct view {
	const char *name;
	/** Begin, with a picture of the screen's size; false: it cannot be, and a line says why. */
	bool (*open)(const char *title);
	/** The screen has another size, and its pixels another place. */
	void (*resized)(void);
	/** Part of the pixels may have changed. */
	void (*changed)(const struct display_part *part);
	/** Whether a person looks: nothing is copied for nobody. */
	bool (*watched)(void);
	/** Wait until `epoll` has something, or time is over (-1: never), or for own reasons. */
	void (*wait)(int epoll, int milliseconds);
	/** What there is to be done after that. */
	void (*work)(void);
};

extern const struct view view_window, view_vnc, view_none;

/** The one that is in use. */
extern const struct view *view;

/** The person, or the component, would like another size. */
void view_resize(uint32_t width, uint32_t height);

/** For views that wait for nothing else. */
void view_wait_plain(int epoll, int milliseconds);

/** Something that is waited for; `ready` is called when there is something to be read. */
struct source {
	int fd;
	void (*ready)(struct source *source);
};

/** `source` stays the caller's, until source_remove(). */
void source_add(struct source *source);
void source_remove(struct source *source);

/** Have `ready` called also when there is room for something to be written, or no longer. */
void source_wait_room(struct source *source, bool wait);

/** The person has closed the window: end the program. */
void view_closed(void);

#endif
