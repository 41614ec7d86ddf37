/* SPDX-License-Identifier: BSD-2-Clause */
/* gui_bench: refreshes a few pixels among one hundred views, in batches. */

#include <api/gui.h>
#include <osier/session.h>

enum {
	VIEWS = 100,
	COLUMNS = 10,
	WIDTH = 60,
	HEIGHT = 45,
	SMALL = 16, /* pixels of an edge of what is refreshed */
	CALLS = 20,
	BATCHES = 20,
	WARM = 2, /* batches that are not told */
};

/* Intel SDM volume 3, "Time-Stamp Counter". */
static uint64_t ticks(void)
{
	uint32_t low, high;

	__asm__ volatile("lfence; rdtsc" : "=a"(low), "=d"(high) : : "memory");
	return (uint64_t)high << 32 | low;
}

/* Each view shows a part of its own, and overlaps the next ones; the last one is in front. */
static enum os_err views_open(struct os_session *session, struct gui_cap gui)
{
	uint32_t view = 0;
	enum os_err err;

	for (int32_t i = 0; i < VIEWS; i++)
		if ((err = OS_SESSION_CALL(session, gui_view_create(gui, 0, &view))) ||
		    (err = gui_view_offset(gui, view, i % COLUMNS * WIDTH, i / COLUMNS * HEIGHT)) ||
		    (err = gui_view_place(gui, view, 5 * i, 4 * i, WIDTH, HEIGHT)))
			return err;
	return OS_OK;
}

enum os_err os_construct(struct os_env *env)
{
	const uint32_t width = COLUMNS * WIDTH, height = VIEWS / COLUMNS * HEIGHT;
	struct framebuffer_cap framebuffer;
	struct os_session session;
	struct gui_cap gui;
	uint64_t start, taken;
	enum os_err err;

	if ((err = gui_open(&session, env, NULL, &gui)) ||
	    (err = os_session_upgrade(&session, (uint64_t)width * height * 4, 0)) ||
	    (err = gui_buffer(gui, width, height, false)) ||
	    (err = gui_framebuffer(gui, &framebuffer)) || (err = views_open(&session, gui)))
		return err;
	for (int batch = 0; batch < WARM + BATCHES; batch++) {
		start = ticks();
		for (int i = 0; i < CALLS; i++)
			if ((err = framebuffer_refresh(framebuffer, (int32_t)width - WIDTH,
			                               (int32_t)height - HEIGHT, SMALL, SMALL)))
				return err;
		taken = ticks() - start;
		if (batch >= WARM)
			os_log(env, "bench refresh_small %u %llu", CALLS,
			       (unsigned long long)taken);
	}
	os_log(env, "bench done");
	return OS_OK;
}
