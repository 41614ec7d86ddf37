/* SPDX-License-Identifier: BSD-2-Clause */
/* A VNC server on the host's own address, by libvncserver (RFC 6143). */

#include "host_keys.h"
#include "link.h"
#include "screen.h"
#include "view.h"
#include <arpa/inet.h>
#include <linux/input-event-codes.h>
#include <rfb/rfb.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/*
 * Connections are accepted here, on 127.0.0.1 alone, and not by the library, which would also speak
 * HTTP, WebSockets and IPv6. Who connects may see and do everything.
 */

enum {
	PORT_FIRST = 5900,
	PORT_LAST = 5999,
	BITS_PER_SAMPLE = 8,
	SAMPLES = 3,
	BYTES = 4,
	PATIENCE_MS = 2000, /* with a viewer that does not read */
	WHEEL_UP = 3,
	WHEEL_DOWN = 4,
	WHEEL_LEFT = 5,
	WHEEL_RIGHT = 6,
};

static rfbScreenInfoPtr server;
static struct source listening;
static bool has_work; /* for the library */

/* A viewer, and what it holds pressed. */
struct viewer {
	struct source source;
	int buttons;
};

static int viewers;

static void viewer_ready(struct source *source)
{
	(void)source;
	has_work = true;
}

static void viewer_gone(rfbClientPtr client)
{
	struct viewer *const viewer = client->clientData;

	source_remove(&viewer->source);
	free(viewer);
	client->clientData = NULL;
	viewers--;
	link_release_all();
}

static enum rfbNewClientAction viewer_new(rfbClientPtr client)
{
	struct viewer *viewer;

	/* a page in somebody's browser */
	if (client->wsctx || !(viewer = calloc(1, sizeof(*viewer))))
		return RFB_CLIENT_REFUSE;
	viewer->source = (struct source){ client->sock, viewer_ready };
	source_add(&viewer->source);
	client->clientData = viewer;
	client->clientGoneHook = viewer_gone;
	viewers++;
	has_work = true;
	return RFB_CLIENT_ACCEPT;
}

static void accept_ready(struct source *source)
{
	const int fd = accept(source->fd, NULL, NULL);

	if (fd >= 0)
		rfbNewClient(server, fd);
}

/* ------------------------------------------------------------------ input */

static void key(rfbBool down, rfbKeySym keysym, rfbClientPtr client)
{
	(void)client;
	link_key(key_of_keysym(keysym), down);
}

static void wheel(int pressed)
{
	const int x = (pressed >> WHEEL_RIGHT & 1) - (pressed >> WHEEL_LEFT & 1);
	const int y = (pressed >> WHEEL_UP & 1) - (pressed >> WHEEL_DOWN & 1);

	if (x || y)
		link_input(OS_INPUT_WHEEL, 0, x, y);
}

static void pointer(int buttons, int x, int y, rfbClientPtr client)
{
	static const uint16_t codes[] = { BTN_LEFT, BTN_MIDDLE, BTN_RIGHT };
	static int last_x = -1, last_y = -1;
	struct viewer *const viewer = client->clientData;
	const int before = viewer->buttons;

	viewer->buttons = buttons;
	if (x != last_x || y != last_y)
		link_input(OS_INPUT_ABSOLUTE, 0, x, y);
	last_x = x;
	last_y = y;
	for (size_t i = 0; i < OS_ARRAY_SIZE(codes); i++)
		if ((buttons ^ before) >> i & 1)
			link_key(codes[i], buttons >> i & 1);
	wheel(buttons & ~before);
}

/* A viewer's window has another size. */
static int size_wanted(int width, int height, int count, struct rfbExtDesktopScreen *screens,
                       rfbClientPtr client)
{
	(void)count;
	(void)screens;
	(void)client;
	if (width <= 0 || height <= 0 || !display_fits((uint32_t)width, (uint32_t)height))
		return rfbExtDesktopSize_InvalidScreenLayout;
	view_resize((uint32_t)width, (uint32_t)height);
	return rfbExtDesktopSize_Success;
}

/* ------------------------------------------------------------------ pixels */

static void changed(const struct display_part *part)
{
	rfbMarkRectAsModified(server, (int)part->x, (int)part->y, (int)(part->x + part->width),
	                      (int)(part->y + part->height));
	has_work = true;
}

/* 0xAARRGGBB */
static void format_set(void)
{
	server->serverFormat.redShift = 16;
	server->serverFormat.greenShift = 8;
	server->serverFormat.blueShift = 0;
}

static void resized(void)
{
	rfbClientIteratorPtr iterator;
	rfbClientPtr client;

	rfbNewFramebuffer(server, (char *)screen.pixels, (int)screen.width, (int)screen.height,
	                  BITS_PER_SAMPLE, SAMPLES, BYTES);
	format_set();
	iterator = rfbGetClientIterator(server);
	while ((client = rfbClientIteratorNext(iterator)))
		server->setTranslateFunction(client);
	rfbReleaseClientIterator(iterator);
	has_work = true;
}

static bool watched(void)
{
	return viewers > 0;
}

static void work(void)
{
	struct display_part part;

	if (!has_work)
		return;
	/* for one that is new: nobody has looked for a while */
	if (viewers && screen_update(&part))
		changed(&part);
	has_work = false;
	rfbProcessEvents(server, 0);
}

/* ------------------------------------------------------------------ beginning */

static int listen_on(uint16_t port)
{
	const struct sockaddr_in address = { .sin_family = AF_INET,
		                             .sin_port = htons(port),
		                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), one = 1;

	if (fd < 0)
		return -1;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (!bind(fd, (const struct sockaddr *)&address, sizeof(address)) && !listen(fd, 4))
		return fd;
	close(fd);
	return -1;
}

static int listen_on_any(uint16_t *port)
{
	int fd = -1;

	for (*port = PORT_FIRST; *port <= PORT_LAST; ++*port)
		if ((fd = listen_on(*port)) >= 0)
			break;
	return fd;
}

static void say_nothing(const char *format, ...)
{
	(void)format;
}

static bool open_vnc(const char *title)
{
	uint16_t port;
	const int fd = listen_on_any(&port);

	rfbLog = say_nothing;
	rfbErr = say_nothing;
	if (fd < 0 || !(server = rfbGetScreen(NULL, NULL, (int)screen.width, (int)screen.height,
	                                      BITS_PER_SAMPLE, SAMPLES, BYTES))) {
		fputs("display: no VNC server: there is no free port from 5900 to 5999\n", stderr);
		return false;
	}
	format_set();
	rfbMaxClientWait = PATIENCE_MS;
	server->frameBuffer = (char *)screen.pixels;
	server->desktopName = title;
	server->port = server->ipv6port = 0;
	server->autoPort = FALSE;
	server->httpDir = NULL;
	server->alwaysShared = TRUE;
	server->cursor = NULL; /* the system draws its own */
	server->deferUpdateTime = server->deferPtrUpdateTime = 0;
	server->kbdAddEvent = key;
	server->ptrAddEvent = pointer;
	server->newClientHook = viewer_new;
	server->setDesktopSizeHook = size_wanted;
	rfbInitServer(server);
	listening = (struct source){ fd, accept_ready };
	source_add(&listening);
	printf("VNC server: 127.0.0.1:%u\n", port);
	fflush(stdout);
	return true;
}

const struct view view_vnc = { "vnc", open_vnc, resized, changed, watched, view_wait_plain, work };
