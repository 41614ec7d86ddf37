/* SPDX-License-Identifier: BSD-2-Clause */
/* A window of the host's desktop, by SDL2. */

#include "host_keys.h"
#include "link.h"
#include "screen.h"
#include "view.h"
#include <SDL2/SDL.h>
#include <linux/input-event-codes.h>
#include <poll.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * SDL waits for its own events only. So a thread waits for those of ours, and wakes the main one by
 * an event of SDL's; it goes on when the main thread has worked through them.
 *
 * The window shows what is in SDL's surface of it: no GPU, no thread, no timer is involved.
 */

static SDL_Window *window;
static SDL_Surface *picture; /* around screen.pixels */
static Uint32 wake_event;
static sem_t worked;
static bool woken;
static uint32_t wanted_width, wanted_height; /* 0: the window has the screen's size */
static int epoll_waited;

static SDL_Surface *surface_of_screen(void)
{
	SDL_Surface *const surface = SDL_CreateRGBSurfaceWithFormatFrom(
	        screen.pixels, (int)screen.width, (int)screen.height, 32, (int)screen.width * 4,
	        SDL_PIXELFORMAT_RGB888);

	if (surface)
		SDL_SetSurfaceBlendMode(surface, SDL_BLENDMODE_NONE);
	return surface;
}

static void changed(const struct display_part *part)
{
	SDL_Surface *const surface = SDL_GetWindowSurface(window);
	SDL_Rect from = { (int)part->x, (int)part->y, (int)part->width, (int)part->height };
	SDL_Rect to = from;

	if (!surface || !picture || SDL_BlitSurface(picture, &from, surface, &to))
		return;
	if (to.w && to.h)
		SDL_UpdateWindowSurfaceRects(window, &to, 1);
}

static void all_changed(void)
{
	const struct display_part all = { 0, 0, screen.width, screen.height };
	struct display_part part;
	SDL_Surface *const surface = SDL_GetWindowSurface(window);

	screen_update(&part);
	if (surface)
		SDL_FillRect(surface, NULL, 0);
	changed(&all);
}

static void resized(void)
{
	int width, height;

	SDL_FreeSurface(picture);
	picture = surface_of_screen();
	SDL_GetWindowSize(window, &width, &height);
	if (width != (int)screen.width || height != (int)screen.height)
		SDL_SetWindowSize(window, (int)screen.width, (int)screen.height);
	all_changed();
}

static bool watched(void)
{
	return !(SDL_GetWindowFlags(window) & (SDL_WINDOW_MINIMIZED | SDL_WINDOW_HIDDEN));
}

/* ------------------------------------------------------------------ events */

static void full_screen_toggle(void)
{
	const Uint32 on = SDL_GetWindowFlags(window) & SDL_WINDOW_FULLSCREEN;

	SDL_SetWindowFullscreen(window, on ? 0 : SDL_WINDOW_FULLSCREEN_DESKTOP);
}

/* The pointer is caught, and moves relatively; all keys are ours. */
static void grab_toggle(void)
{
	const SDL_bool on = !SDL_GetRelativeMouseMode();

	SDL_SetRelativeMouseMode(on);
	SDL_SetWindowKeyboardGrab(window, on);
}

static void key(const SDL_KeyboardEvent *event)
{
	const bool down = event->type == SDL_KEYDOWN;
	const SDL_Keymod both = KMOD_LCTRL | KMOD_LALT;

	if (event->repeat)
		return;
	if (event->keysym.scancode == SDL_SCANCODE_F11) {
		if (down)
			full_screen_toggle();
		return;
	}
	if (down && event->keysym.scancode == SDL_SCANCODE_G &&
	    (event->keysym.mod & both) == both) {
		link_release_all();
		grab_toggle();
		return;
	}
	link_key(key_of_usage((uint32_t)event->keysym.scancode), down);
}

static void button(const SDL_MouseButtonEvent *event)
{
	static const uint16_t codes[] = { 0, BTN_LEFT, BTN_MIDDLE, BTN_RIGHT, BTN_SIDE, BTN_EXTRA };

	if (event->button < OS_ARRAY_SIZE(codes))
		link_key(codes[event->button], event->type == SDL_MOUSEBUTTONDOWN);
}

static void motion(const SDL_MouseMotionEvent *event)
{
	if (SDL_GetRelativeMouseMode())
		link_input(OS_INPUT_RELATIVE, 0, event->xrel, event->yrel);
	else
		link_input(OS_INPUT_ABSOLUTE, 0, event->x, event->y);
}

static void finger(const SDL_TouchFingerEvent *event)
{
	const int32_t x = (int32_t)(event->x * (float)screen.width);
	const int32_t y = (int32_t)(event->y * (float)screen.height);
	const uint16_t number = (uint16_t)(event->fingerId & 15);

	if (event->type == SDL_FINGERUP)
		link_input(OS_INPUT_UNTOUCH, number, 0, 0);
	else
		link_input(OS_INPUT_TOUCH, number, x, y);
}

static void window_event(const SDL_WindowEvent *event)
{
	switch (event->event) {
	case SDL_WINDOWEVENT_SIZE_CHANGED:
		wanted_width = (uint32_t)event->data1;
		wanted_height = (uint32_t)event->data2;
		break;
	case SDL_WINDOWEVENT_EXPOSED:
	case SDL_WINDOWEVENT_SHOWN:
	case SDL_WINDOWEVENT_RESTORED:
		all_changed();
		break;
	case SDL_WINDOWEVENT_FOCUS_LOST:
		link_release_all();
		break;
	default:
		break;
	}
}

static void handle(const SDL_Event *event)
{
	if (event->type == wake_event)
		woken = true;
	switch (event->type) {
	case SDL_QUIT:
		view_closed();
		break;
	case SDL_KEYDOWN:
	case SDL_KEYUP:
		key(&event->key);
		break;
	case SDL_MOUSEMOTION:
		if (event->motion.which != SDL_TOUCH_MOUSEID)
			motion(&event->motion);
		break;
	case SDL_MOUSEBUTTONDOWN:
	case SDL_MOUSEBUTTONUP:
		if (event->button.which != SDL_TOUCH_MOUSEID)
			button(&event->button);
		break;
	case SDL_MOUSEWHEEL:
		link_input(OS_INPUT_WHEEL, 0, event->wheel.x, event->wheel.y);
		break;
	case SDL_FINGERDOWN:
	case SDL_FINGERUP:
	case SDL_FINGERMOTION:
		finger(&event->tfinger);
		break;
	case SDL_WINDOWEVENT:
		window_event(&event->window);
		break;
	default:
		break;
	}
}

/* ------------------------------------------------------------------ waiting */

static int SDLCALL wait_for_epoll(void *argument)
{
	(void)argument;
	for (;;) {
		struct pollfd poll_fd = { epoll_waited, POLLIN, 0 };
		SDL_Event event = { .type = wake_event };

		if (poll(&poll_fd, 1, -1) != 1)
			continue;
		SDL_PushEvent(&event);
		while (sem_wait(&worked))
			continue;
	}
	return 0;
}

static void wait(int epoll, int milliseconds)
{
	SDL_Event event;

	if (!epoll_waited) {
		epoll_waited = epoll;
		SDL_DetachThread(SDL_CreateThread(wait_for_epoll, "epoll", NULL));
	}
	if (milliseconds < 0 ? SDL_WaitEvent(&event) : SDL_WaitEventTimeout(&event, milliseconds))
		handle(&event);
	while (SDL_PollEvent(&event))
		handle(&event);
}

static void work(void)
{
	/* a window that is being drawn larger has had many sizes by now */
	if (wanted_width)
		view_resize(wanted_width, wanted_height);
	wanted_width = 0;
	if (woken)
		sem_post(&worked);
	woken = false;
}

/* Where there is no desktop, SDL draws for nobody: only who asks for that is to get it. */
static bool has_desktop(void)
{
	const char *const driver = SDL_GetCurrentVideoDriver();

	if (getenv("SDL_VIDEODRIVER") ||
	    (strcmp(driver, "offscreen") != 0 && strcmp(driver, "dummy") != 0))
		return true;
	fputs("display: no window: there is no desktop\n", stderr);
	return false;
}

static bool open_window(const char *title)
{
	char text[256];

	snprintf(text, sizeof(text),
	         "%s - F11: full screen, Ctrl+Alt+G: catch or release the pointer", title);
	/* nothing but what a window needs, so that nothing wakes us up */
	SDL_SetHint(SDL_HINT_FRAMEBUFFER_ACCELERATION, "0");
	SDL_SetHint(SDL_HINT_VIDEO_ALLOW_SCREENSAVER, "1");
	SDL_SetHint(SDL_HINT_NO_SIGNAL_HANDLERS, "1");
	if (SDL_Init(SDL_INIT_VIDEO) || sem_init(&worked, 0, 0)) {
		fprintf(stderr, "display: no window: %s\n", SDL_GetError());
		return false;
	}
	if (!has_desktop())
		return false;
	wake_event = SDL_RegisterEvents(1);
	window = SDL_CreateWindow(text, SDL_WINDOWPOS_UNDEFINED, SDL_WINDOWPOS_UNDEFINED,
	                          (int)screen.width, (int)screen.height, SDL_WINDOW_RESIZABLE);
	if (!window || !(picture = surface_of_screen())) {
		fprintf(stderr, "display: no window: %s\n", SDL_GetError());
		return false;
	}
	SDL_ShowCursor(SDL_DISABLE); /* the system draws its own */
	return true;
}

const struct view view_window = { "window", open_window, resized, changed, watched, wait, work };
