/* SPDX-License-Identifier: BSD-2-Clause */
/* display: shows what the component driver/display draws, and passes on what people do. */

#include "control.h"
#include "link.h"
#include "screen.h"
#include "view.h"
#include <grp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

/*
 * usage: display --views
 *        display VIEW SOCKET MEMORY CONTROL WIDTHxHEIGHT TITLE
 *
 * VIEW is one that --views lists. SOCKET, MEMORY and CONTROL are descriptors that are open already:
 * the first two as in driver/display/protocol.h, the third one accepts connections (control.h). The
 * program ends with 0 when a person has closed the window. Whoever started it may start it again,
 * with the same descriptors, if it ends in another way.
 *
 * A frame is shown when the one before has been for FRAME_MS. While nothing happens, nothing is
 * done.
 */

enum {
	FRAME_MS = 16,
	EVENTS = 16,
	UNPRIVILEGED_ID = 0x6f730000, /* nobody else's; the low bits are random (core/linux) */
};

const struct view *view = &view_none;

static int epoll_fd;
static struct epoll_event ready[EVENTS];
static int64_t shown_ms; /* when a frame was shown last */

static int64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

void source_add(struct source *source)
{
	struct epoll_event event = { .events = EPOLLIN, .data.ptr = source };

	if (epoll_ctl(epoll_fd, EPOLL_CTL_ADD, source->fd, &event)) {
		perror("display: epoll_ctl");
		exit(1);
	}
}

void source_remove(struct source *source)
{
	epoll_ctl(epoll_fd, EPOLL_CTL_DEL, source->fd, NULL);
	/* it may be known to be ready already */
	for (size_t i = 0; i < EVENTS; i++)
		if (ready[i].data.ptr == source)
			ready[i].data.ptr = NULL;
}

void source_wait_room(struct source *source, bool wait)
{
	struct epoll_event event = { .events = EPOLLIN | (wait ? EPOLLOUT : 0u),
		                     .data.ptr = source };

	epoll_ctl(epoll_fd, EPOLL_CTL_MOD, source->fd, &event);
}

void view_wait_plain(int epoll, int milliseconds)
{
	struct pollfd poll_fd = { epoll, POLLIN, 0 };

	poll(&poll_fd, 1, milliseconds);
}

void view_resize(uint32_t width, uint32_t height)
{
	if ((width == screen.width && height == screen.height) || !screen_resize(width, height))
		return;
	view->resized();
	link_mode(false);
}

void view_closed(void)
{
	exit(0);
}

/* ------------------------------------------------------------------ frames */

static void show(void)
{
	struct display_part part;

	screen.due = false;
	screen.serial++;
	shown_ms = now_ms();
	if (view->watched() && screen_update(&part))
		view->changed(&part);
	link_shown();
	control_frame();
}

/* Milliseconds until the next frame may be shown; -1: there is none. */
static int patience(void)
{
	const int64_t left = shown_ms + FRAME_MS - now_ms();

	if (!screen.due)
		return -1;
	return left < 0 ? 0 : (int)OS_MIN(left, (int64_t)FRAME_MS);
}

static void work(void)
{
	const int count = epoll_wait(epoll_fd, ready, EVENTS, 0);

	for (int i = 0; i < count; i++) {
		struct source *const source = ready[i].data.ptr;

		if (source)
			source->ready(source);
	}
	memset(ready, 0, sizeof(ready));
}

/* ------------------------------------------------------------------ beginning */

static void list_views(void)
{
	printf("none%s%s\n", view_window.open ? " window" : "", view_vnc.open ? " vnc" : "");
}

static const struct view *view_named(const char *name)
{
	static const struct view *const views[] = { &view_window, &view_vnc, &view_none };

	for (size_t i = 0; i < OS_ARRAY_SIZE(views); i++)
		if (!strcmp(views[i]->name, name) && views[i]->open)
			return views[i];
	fprintf(stderr, "display: there is no view \"%s\" here\n", name);
	exit(2);
}

/*
 * What comes from the component, or from a viewer, is not for root to look at. A window is reached
 * by what only its person may use.
 */
static void give_up_root(void)
{
	uint32_t id = 0;

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		perror("display: prctl");
	if (geteuid() || view == &view_window)
		return;
	if (getrandom(&id, 2, 0) != 2)
		exit(1);
	id |= UNPRIVILEGED_ID;
	if (setgroups(0, NULL) || setresgid(id, id, id) || setresuid(id, id, id)) {
		perror("display: cannot give up root");
		exit(1);
	}
}

static void start(char **words)
{
	uint32_t width, height;
	char rest;

	if (sscanf(words[4], "%ux%u%c", &width, &height, &rest) != 2 ||
	    !display_fits(width, height)) {
		fprintf(stderr, "display: \"%s\": expected a size such as 1024x768\n", words[4]);
		exit(2);
	}
	view = view_named(words[0]);
	epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	screen_init(atoi(words[2]), width, height);
	if (!view->open(words[5]))
		exit(3);
	give_up_root();
	link_init(atoi(words[1]));
	control_init(atoi(words[3]));
}

int main(int argc, char **argv)
{
	if (argc == 2 && !strcmp(argv[1], "--views")) {
		list_views();
		return 0;
	}
	if (argc != 7) {
		fputs("usage: display VIEW SOCKET MEMORY CONTROL WIDTHxHEIGHT TITLE\n", stderr);
		return 2;
	}
	start(argv + 1);
	for (;;) {
		view->wait(epoll_fd, patience());
		work();
		view->work();
		if (patience() == 0)
			show();
	}
}
