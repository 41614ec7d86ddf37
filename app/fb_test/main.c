/* SPDX-License-Identifier: BSD-2-Clause */
/* fb_test: shows four coloured quarters on a screen, in each mode that it has. */

#include <api/framebuffer.h>
#include <config/config.h>
#include <osier/env.h>
#include <osier/memory.h>
#include <osier/session.h>

#define CHECK(condition)                                                                       \
	do {                                                                                   \
		if (!(condition)) {                                                            \
			os_error(test.env, "line %d: %s does not hold", __LINE__, #condition); \
			os_exit(test.env, 1);                                                  \
		}                                                                              \
	} while (0)

/* What a full screen of 1920 by 1080 takes, and more than what is usual. */
enum { GROWTH = 2000, REFRESHES = 100 };

static const uint32_t quarters[] = { 0xffff0000, 0xff00ff00, 0xff0000ff, 0xffffffff };

static struct {
	struct os_env *env;
	struct os_session session;
	struct framebuffer_cap fb;
	struct os_view view;
	struct os_signal_handler mode, sync;
	uint32_t width, height, stride;
	enum { IDLE, DRAWN, LAST } state;
	uint32_t ask_width, ask_height; /* the mode to ask for; 0 by 0: none */
	bool leave;
} test;

static void draw(void)
{
	uint32_t *pixels = test.view.start;

	for (uint32_t y = 0; y < test.height; y++)
		for (uint32_t x = 0; x < test.width; x++)
			pixels[(size_t)y * test.stride + x] =
			        quarters[(y >= test.height / 2) * 2 + (x >= test.width / 2)];
}

/* Places that are not on the screen. */
static void refresh_elsewhere(void)
{
	CHECK(!framebuffer_refresh(test.fb, INT32_MIN, INT32_MIN, 1, 1));
	CHECK(!framebuffer_refresh(test.fb, INT32_MAX, INT32_MAX, UINT32_MAX, UINT32_MAX));
	CHECK(!framebuffer_refresh(test.fb, (int32_t)test.width, 0, 1, 1));
	CHECK(!framebuffer_refresh(test.fb, 0, 0, 0, 0));
}

static void show(void)
{
	struct dataspace_cap ds;
	bool alpha;

	CHECK(!framebuffer_mode(test.fb, &test.width, &test.height, &test.stride, &alpha));
	os_view_fini(&test.view);
	if (!test.width) {
		CHECK(framebuffer_dataspace(test.fb, &ds) == OS_ERR_NOT_FOUND);
		CHECK(!framebuffer_refresh(test.fb, 0, 0, 100, 100));
		os_log(test.env, "not shown yet");
		return;
	}
	CHECK(!OS_SESSION_CALL(&test.session, framebuffer_dataspace(test.fb, &ds)));
	CHECK(!os_view_init(&test.view, ds, 0, 0, OS_ATTACH_WRITE));
	CHECK(test.view.size >= (size_t)test.stride * test.height * sizeof(uint32_t));
	draw();
	refresh_elsewhere();
	test.state = DRAWN;
	for (uint32_t i = 0; i < REFRESHES; i++)
		CHECK(!framebuffer_refresh(test.fb, (int32_t)i, (int32_t)(10 * i), 20, 5));
	/* more than there is, on all sides */
	CHECK(!framebuffer_refresh(test.fb, -5, -5, UINT32_MAX, UINT32_MAX));
}

static bool ask_mode(void)
{
	const enum os_err err = framebuffer_mode_set(test.fb, test.ask_width, test.ask_height);

	os_log(test.env, "asked for %ux%u: %s", test.ask_width, test.ask_height, os_err_text(err));
	test.ask_width = test.ask_height = 0;
	return !err;
}

static void handle_mode(struct os_signal_handler *handler, uint64_t count)
{
	(void)handler;
	(void)count;
	show();
}

/*
 * A frame has been shown, maybe with a part of the picture only. One more refresh: the next frame
 * ends after all of them.
 */
static void handle_sync(struct os_signal_handler *handler, uint64_t count)
{
	(void)handler;
	(void)count;
	if (test.state == DRAWN) {
		test.state = LAST;
		CHECK(!framebuffer_refresh(test.fb, 0, 0, 1, 1));
		return;
	}
	if (test.state == IDLE)
		return;
	test.state = IDLE;
	os_log(test.env, "%ux%u is shown", test.width, test.height);
	/* if another mode comes, it is to be seen before the end */
	if (test.ask_width && ask_mode())
		return;
	if (test.leave)
		os_exit(test.env, 0);
}

enum os_err os_construct(struct os_env *env)
{
	static struct os_config config;
	enum os_err err;

	test.env = env;
	test.session.growth = GROWTH;
	if ((err = os_config_open(&config, env)) ||
	    (err = framebuffer_open(&test.session, env, NULL, &test.fb)) ||
	    (err = os_signal_handler_init(&test.mode, env->ep, handle_mode)) ||
	    (err = os_signal_handler_init(&test.sync, env->ep, handle_sync)) ||
	    (err = framebuffer_mode_sigh(test.fb, test.mode.cap)) ||
	    (err = framebuffer_sync_sigh(test.fb, test.sync.cap)))
		return err;
	test.session.growth = GROWTH;
	test.ask_width = (uint32_t)os_xml_u64(config.root, "ask_width", 0);
	test.ask_height = (uint32_t)os_xml_u64(config.root, "ask_height", 0);
	test.leave = os_xml_bool(config.root, "leave", false);
	show();
	return OS_OK;
}
