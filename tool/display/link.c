/* SPDX-License-Identifier: BSD-2-Clause */
/* Messages from and to the component. */

#include "link.h"
#include "screen.h"
#include "view.h"
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

enum { CODES = 0x300, MESSAGES_MAX = 256 };

static int fd;
static bool pressed[CODES];
/* Something was lost because the socket was full: the component is to begin anew, once it reads. */
static bool lost;
static struct source component;

static bool send_event(const struct display_event *event)
{
	return send(fd, event, sizeof(*event), MSG_DONTWAIT | MSG_NOSIGNAL) ==
	       (ssize_t)sizeof(*event);
}

static bool send_mode(bool fresh)
{
	const struct display_event event = {
		.kind = DISPLAY_MODE, .width = screen.width, .height = screen.height, .fresh = fresh
	};

	return send_event(&event);
}

static void set_lost(bool now)
{
	if (lost != now)
		source_wait_room(&component, now);
	lost = now;
}

/* Whether what comes next will be understood. */
static bool recover(void)
{
	if (lost) {
		memset(pressed, 0, sizeof(pressed));
		set_lost(!send_mode(true));
	}
	return !lost;
}

void link_mode(bool fresh)
{
	if (fresh) {
		set_lost(true);
		recover();
	} else if (recover()) {
		set_lost(!send_mode(false));
	}
}

void link_shown(void)
{
	const struct display_event event = { .kind = DISPLAY_SHOWN };

	if (recover())
		set_lost(!send_event(&event));
}

bool link_input(uint16_t kind, uint16_t code, int32_t x, int32_t y)
{
	const struct display_event event = { .kind = DISPLAY_INPUT,
		                             .input = { kind, code, 0, x, y } };

	return recover() && send_event(&event);
}

void link_key(uint32_t code, bool down)
{
	if (code >= CODES || !code || pressed[code] == down)
		return;
	pressed[code] = down;
	if (!link_input(down ? OS_INPUT_PRESS : OS_INPUT_RELEASE, (uint16_t)code, 0, 0))
		set_lost(true);
}

void link_release_all(void)
{
	for (uint32_t code = 0; code < CODES; code++)
		link_key(code, false);
}

static void take(const struct display_request *request)
{
	switch (request->kind) {
	case DISPLAY_READY:
		link_mode(true);
		break;
	case DISPLAY_FRAME:
		screen_frame(request);
		break;
	case DISPLAY_BLANK:
		screen_blank();
		break;
	case DISPLAY_ASK:
		view_resize(request->width, request->height);
		break;
	default:
		break;
	}
}

/* An empty message is no end. */
static bool hung_up(void)
{
	struct pollfd poll_fd = { fd, 0, 0 };

	return poll(&poll_fd, 1, 0) == 1 && poll_fd.revents & POLLHUP;
}

static void ready(struct source *source)
{
	struct display_request request;

	(void)source;
	recover();
	/* others want their turn, too */
	for (int i = 0; i < MESSAGES_MAX; i++) {
		/* its length, also if it is larger; descriptors that come along are closed */
		const ssize_t size = recv(fd, &request, sizeof(request), MSG_DONTWAIT | MSG_TRUNC);

		if (size < 0 && errno == EINTR)
			continue;
		if (size < 0)
			return;
		if (!size && hung_up())
			exit(4); /* whoever started us is gone, too */
		if (size == (ssize_t)sizeof(request))
			take(&request);
	}
}

void link_init(int socket)
{
	fd = socket;
	component = (struct source){ socket, ready };
	source_add(&component);
	link_mode(true);
}
