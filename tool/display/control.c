/* SPDX-License-Identifier: BSD-2-Clause */
/* Commands of programs, line by line. */

#include "control.h"
#include "link.h"
#include "screen.h"
#include "view.h"
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

enum { CLIENTS_MAX = 8, LINE_MAX_BYTES = 256, PATIENCE = 10 /* seconds */ };

struct client {
	struct source source; /* fd -1: free */
	char line[LINE_MAX_BYTES];
	size_t length;
	bool waiting; /* for another serial than … */
	uint64_t serial;
};

static struct source listening;
static struct client clients[CLIENTS_MAX];

static void end(struct client *client)
{
	if (client->source.fd < 0)
		return;
	source_remove(&client->source);
	close(client->source.fd);
	client->source.fd = -1;
}

/* Who does not take it for long is left. */
static void write_all(struct client *client, const void *bytes, size_t size)
{
	const char *at = bytes;

	while (size && client->source.fd >= 0) {
		const ssize_t done = send(client->source.fd, at, size, MSG_NOSIGNAL);

		if (done <= 0) {
			end(client);
			return;
		}
		at += done;
		size -= (size_t)done;
	}
}

static void answer(struct client *client, const char *text)
{
	write_all(client, text, strlen(text));
}

static void answer_screen(struct client *client, const char *word)
{
	char text[80];

	snprintf(text, sizeof(text), "%s %" PRIu32 " %" PRIu32 " %" PRIu64 "\n", word, screen.width,
	         screen.height, screen.serial);
	answer(client, text);
}

static void answer_changed(struct client *client)
{
	char text[40];

	client->waiting = false;
	snprintf(text, sizeof(text), "changed %" PRIu64 "\n", screen.serial);
	answer(client, text);
}

static void picture(struct client *client)
{
	struct display_part part;

	if (screen_update(&part))
		view->changed(&part);
	answer_screen(client, "picture");
	write_all(client, screen.pixels, (size_t)screen.width * screen.height * 4);
}

static void command(struct client *client, const char *line)
{
	uint32_t width, height, kind, code;
	int32_t x, y;
	char rest;

	if (!strcmp(line, "mode")) {
		answer_screen(client, "mode");
	} else if (!strcmp(line, "picture")) {
		picture(client);
	} else if (sscanf(line, "wait %" SCNu64 " %c", &client->serial, &rest) == 1) {
		client->waiting = true;
		if (client->serial != screen.serial)
			answer_changed(client);
	} else if (sscanf(line, "resize %" SCNu32 " %" SCNu32 " %c", &width, &height, &rest) == 2 &&
	           display_fits(width, height)) {
		view_resize(width, height);
		answer(client, "ok\n");
	} else if (sscanf(line, "input %" SCNu32 " %" SCNu32 " %" SCNd32 " %" SCNd32 " %c", &kind,
	                  &code, &x, &y, &rest) == 4 &&
	           kind < OS_INPUT_KIND_COUNT && code <= UINT16_MAX) {
		answer(client,
		       link_input((uint16_t)kind, (uint16_t)code, x, y) ? "ok\n" : "busy\n");
	} else {
		answer(client, "error\n");
	}
}

static void client_ready(struct source *source)
{
	struct client *const client = (struct client *)source;
	const size_t room = sizeof(client->line) - client->length;
	const ssize_t size = recv(source->fd, client->line + client->length, room, MSG_DONTWAIT);
	char *newline;

	if (size <= 0) {
		end(client);
		return;
	}
	client->length += (size_t)size;
	while (source->fd >= 0 && (newline = memchr(client->line, '\n', client->length))) {
		const size_t used = (size_t)(newline + 1 - client->line);

		*newline = 0;
		command(client, client->line);
		client->length -= used;
		memmove(client->line, client->line + used, client->length);
	}
	if (client->length == sizeof(client->line))
		end(client); /* no command is that long */
}

static void accept_ready(struct source *source)
{
	const struct timeval patience = { PATIENCE, 0 };
	const int fd = accept(source->fd, NULL, NULL);

	for (size_t i = 0; fd >= 0 && i < CLIENTS_MAX; i++) {
		if (clients[i].source.fd >= 0)
			continue;
		setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
		clients[i] = (struct client){ .source = { fd, client_ready } };
		source_add(&clients[i].source);
		return;
	}
	if (fd >= 0)
		close(fd);
}

void control_frame(void)
{
	for (size_t i = 0; i < CLIENTS_MAX; i++)
		if (clients[i].source.fd >= 0 && clients[i].waiting)
			answer_changed(&clients[i]);
}

void control_init(int listener)
{
	for (size_t i = 0; i < CLIENTS_MAX; i++)
		clients[i].source.fd = -1;
	listening = (struct source){ listener, accept_ready };
	source_add(&listening);
}
