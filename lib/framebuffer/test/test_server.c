/* SPDX-License-Identifier: BSD-2-Clause */
/* A Framebuffer session as its client sees it: pixels and modes, in any order, and without memory.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include <framebuffer/server.h>
#include "mock_platform.h"

enum { PAGE = OS_PAGE_SIZE };

/* The server: what it was asked for. */
static struct {
	struct os_rect rect;
	uint32_t refreshes, width, height;
	enum os_err answer;
} asked;

static struct os_env *env;
static struct os_framebuffer_server server;
static struct framebuffer_cap client;
static struct os_signal_handler handler;
static uint64_t signals;
static uint32_t before;

static void refresh(struct os_framebuffer_server *self, struct os_rect rect)
{
	assert_ptr_equal(self, &server);
	asked.rect = rect;
	asked.refreshes++;
}

static enum os_err mode_set(struct os_framebuffer_server *self, uint32_t width, uint32_t height)
{
	assert_ptr_equal(self, &server);
	asked.width = width;
	asked.height = height;
	return asked.answer;
}

static const struct os_framebuffer_ops fixed = { .refresh = refresh };
static const struct os_framebuffer_ops settable = { .refresh = refresh, .mode_set = mode_set };

static void signalled(struct os_signal_handler *self, uint64_t count)
{
	(void)self;
	signals += count;
}

/* How many signals have come since the last time. */
static uint64_t take_signals(void)
{
	uint64_t count;

	while (!os_ep_dispatch(env->ep, false))
		;
	count = signals;
	signals = 0;
	return count;
}

static void begin(const struct os_framebuffer_ops *ops)
{
	env = mock_init();
	memset(&asked, 0, sizeof(asked));
	signals = 0;
	assert_int_equal(os_signal_handler_init(&handler, env->ep, signalled), OS_OK);
	before = mock_refs();
	assert_int_equal(os_framebuffer_server_init(&server, env, env->ep, NULL, ops), OS_OK);
	client = framebuffer_server_cap(&server.rpc);
}

/* The session ends: nothing of it is left. */
static void end(void)
{
	os_framebuffer_server_fini(&server);
	os_framebuffer_server_fini(&server); /* zero is accepted */
	assert_int_equal(mock_refs(), before);
	assert_int_equal(mock_memory(), 0);
	assert_int_equal(mock_attached(), 0);
}

static void mode_is(uint32_t wanted_width, uint32_t wanted_height)
{
	uint32_t width, height, stride;
	bool alpha;

	assert_int_equal(framebuffer_mode(client, &width, &height, &stride, &alpha), OS_OK);
	assert_int_equal(width, wanted_width);
	assert_int_equal(height, wanted_height);
	assert_int_equal(stride, wanted_width);
}

static enum os_err ask_pixels(uint64_t *size)
{
	struct dataspace_cap ds;
	struct os_view view;
	enum os_err err;

	if ((err = framebuffer_dataspace(client, &ds)))
		return err;
	assert_int_equal(os_view_init(&view, ds, 0, 0, OS_ATTACH_WRITE), OS_OK);
	*size = view.size;
	os_view_fini(&view);
	os_cap_drop(ds.cap);
	return OS_OK;
}

static void pixels_are(uint64_t wanted)
{
	uint64_t size;

	assert_int_equal(ask_pixels(&size), OS_OK);
	assert_int_equal(size, wanted);
}

/* ------------------------------------------------------------------ modes and pixels */

static void without_a_mode_there_are_no_pixels(void **state)
{
	uint64_t size;

	(void)state;
	begin(&fixed);
	mode_is(0, 0);
	assert_int_equal(ask_pixels(&size), OS_ERR_NOT_FOUND);
	assert_int_equal(framebuffer_refresh(client, 0, 0, 100, 100), OS_OK);
	assert_true(os_rect_empty(asked.rect));
	os_framebuffer_server_mode(&server, 32, 32);
	pixels_are(PAGE);
	os_framebuffer_server_mode(&server, 0, 0);
	assert_int_equal(ask_pixels(&size), OS_ERR_NOT_FOUND);
	end();
}

static void pixels_are_of_the_mode_that_the_client_knows(void **state)
{
	(void)state;
	begin(&fixed);
	os_framebuffer_server_mode(&server, 32, 32);
	mode_is(32, 32);
	pixels_are(PAGE);
	assert_true(os_framebuffer_server_current(&server));
	/* it draws as before until it has been told, and then asks */
	os_framebuffer_server_mode(&server, 64, 32);
	pixels_are(PAGE);
	assert_false(os_framebuffer_server_current(&server));
	mode_is(64, 32);
	pixels_are(2 * PAGE);
	assert_true(os_framebuffer_server_current(&server));
	assert_int_equal(mock_memory(), 2 * PAGE);
	end();
}

static void what_the_client_has_got_stays_until_it_asks_again(void **state)
{
	(void)state;
	begin(&fixed);
	assert_int_equal(os_framebuffer_server_resize(&server, 32, 32, false), OS_OK);
	pixels_are(PAGE);
	assert_int_equal(os_framebuffer_server_resize(&server, 64, 32, true), OS_OK);
	assert_true(server.alpha);
	assert_int_equal(mock_memory(), 3 * PAGE);
	/* what it never got is gone at once */
	assert_int_equal(os_framebuffer_server_resize(&server, 64, 64, true), OS_OK);
	assert_int_equal(mock_memory(), 5 * PAGE);
	pixels_are(4 * PAGE);
	assert_int_equal(mock_memory(), 4 * PAGE);
	/* and all of it with the buffer, but for what it has got */
	assert_int_equal(os_framebuffer_server_resize(&server, 0, 0, false), OS_OK);
	assert_null(server.surface.pixels);
	assert_int_equal(mock_memory(), 4 * PAGE);
	end();
}

static void what_fits_of_the_content_stays(void **state)
{
	static const struct {
		uint32_t width, height;
	} modes[] = { { 5, 7 }, { 9, 3 }, { 2, 20 }, { 9, 9 } };
	uint32_t width = 5, height = 7; /* of what there is of the first picture */

	(void)state;
	begin(&fixed);
	for (size_t i = 0; i < OS_ARRAY_SIZE(modes); i++) {
		assert_int_equal(os_framebuffer_server_resize(&server, modes[i].width,
		                                              modes[i].height, false),
		                 OS_OK);
		for (uint32_t k = 0; !i && k < 5 * 7; k++)
			server.surface.pixels[k] = 0xff000000 + k;
		width = OS_MIN(width, modes[i].width);
		height = OS_MIN(height, modes[i].height);
		for (uint32_t y = 0; y < modes[i].height; y++)
			for (uint32_t x = 0; x < modes[i].width; x++)
				assert_int_equal(server.surface.pixels[y * modes[i].width + x],
				                 x < width && y < height ? 0xff000000 + y * 5 + x
				                                         : 0);
	}
	end();
}

/* ------------------------------------------------------------------ what is asked */

static void refresh_is_clipped(void **state)
{
	static const struct {
		int32_t x, y;
		uint32_t width, height;
		struct os_rect wanted;
	} cases[] = {
		{ 1, 2, 3, 4, { 1, 2, 3, 4 } },
		{ -5, -6, 10, 10, { 0, 0, 5, 4 } },
		{ 30, 31, 100, 100, { 30, 31, 2, 1 } },
		{ 0, 0, UINT32_MAX, 0x80000000, { 0, 0, 32, 32 } },
		{ -1, -1, UINT32_MAX, UINT32_MAX, { 0, 0, 32, 32 } },
		{ 0, 0, 0, 32, { 0 } },
		{ 32, 0, 1, 1, { 0 } },
		{ INT32_MAX, INT32_MAX, UINT32_MAX, UINT32_MAX, { 0 } },
		{ INT32_MIN, INT32_MIN, 1, 1, { 0 } },
	};

	(void)state;
	begin(&fixed);
	assert_int_equal(os_framebuffer_server_resize(&server, 32, 32, false), OS_OK);
	for (size_t i = 0; i < OS_ARRAY_SIZE(cases); i++) {
		assert_int_equal(framebuffer_refresh(client, cases[i].x, cases[i].y, cases[i].width,
		                                     cases[i].height),
		                 OS_OK);
		assert_int_equal(asked.refreshes, i + 1);
		assert_int_equal(os_rect_empty(asked.rect), os_rect_empty(cases[i].wanted));
		if (os_rect_empty(cases[i].wanted))
			continue;
		assert_memory_equal(&asked.rect, &cases[i].wanted, sizeof(asked.rect));
	}
	end();
}

static void a_mode_that_nobody_can_have_reaches_no_server(void **state)
{
	(void)state;
	begin(&fixed);
	assert_int_equal(framebuffer_mode_set(client, 640, 480), OS_ERR_DENIED);
	end();
	begin(&settable);
	assert_int_equal(framebuffer_mode_set(client, 0, 480), OS_ERR_RANGE);
	assert_int_equal(framebuffer_mode_set(client, 640, 0), OS_ERR_RANGE);
	assert_int_equal(framebuffer_mode_set(client, OS_SURFACE_MAX + 1, 1), OS_ERR_RANGE);
	assert_int_equal(framebuffer_mode_set(client, 1, UINT32_MAX), OS_ERR_RANGE);
	assert_int_equal(asked.width, 0);
	assert_int_equal(framebuffer_mode_set(client, 640, OS_SURFACE_MAX), OS_OK);
	assert_int_equal(asked.width, 640);
	assert_int_equal(asked.height, OS_SURFACE_MAX);
	asked.answer = OS_ERR_OUT_OF_RAM;
	assert_int_equal(framebuffer_mode_set(client, 640, 480), OS_ERR_OUT_OF_RAM);
	mode_is(0, 0); /* it is the server that sets it */
	end();
}

/* ------------------------------------------------------------------ signals */

static void a_mode_is_told_once(void **state)
{
	(void)state;
	begin(&fixed);
	assert_int_equal(framebuffer_mode_sigh(client, handler.cap), OS_OK);
	os_framebuffer_server_mode(&server, 32, 32);
	assert_int_equal(take_signals(), 1);
	os_framebuffer_server_mode(&server, 32, 32);
	assert_int_equal(take_signals(), 0);
	os_framebuffer_server_mode(&server, 32, 31);
	assert_int_equal(take_signals(), 1);
	assert_int_equal(os_framebuffer_server_resize(&server, 64, 64, false), OS_OK);
	assert_int_equal(take_signals(), 1);
	os_framebuffer_server_shown(&server); /* nobody wants to know */
	assert_int_equal(take_signals(), 0);
	end();
}

static void what_is_shown_is_told_until_nobody_listens(void **state)
{
	static struct os_signal_handler other;

	(void)state;
	begin(&fixed);
	assert_int_equal(framebuffer_sync_sigh(client, handler.cap), OS_OK);
	os_framebuffer_server_shown(&server);
	assert_int_equal(take_signals(), 1);
	/* another context takes its place, and then is gone */
	assert_int_equal(os_signal_handler_init(&other, env->ep, signalled), OS_OK);
	assert_int_equal(framebuffer_sync_sigh(client, other.cap), OS_OK);
	os_framebuffer_server_shown(&server);
	assert_int_equal(take_signals(), 1);
	os_signal_handler_fini(&other);
	os_framebuffer_server_shown(&server);
	assert_int_equal(take_signals(), 0);
	assert_false(os_cap_valid(server.sync_sigh.cap));
	os_framebuffer_server_shown(&server);
	end();
}

/* ------------------------------------------------------------------ no memory */

static void without_memory_all_is_as_before(void **state)
{
	uint64_t size;

	(void)state;
	begin(&fixed);
	assert_int_equal(os_framebuffer_server_resize(&server, 32, 32, false), OS_OK);
	server.surface.pixels[32 * 32 - 1] = 0x12345678;
	pixels_are(PAGE);
	mock.fail_at = mock.allocations + 1;
	assert_int_equal(os_framebuffer_server_resize(&server, 64, 64, true), OS_ERR_OUT_OF_RAM);
	mode_is(32, 32);
	assert_false(server.alpha);
	assert_int_equal(server.surface.pixels[32 * 32 - 1], 0x12345678);
	/* a mode whose pixels cannot be had: those of the one before are still the client's */
	os_framebuffer_server_mode(&server, 64, 64);
	mode_is(64, 64);
	mock.fail_at = mock.allocations + 1;
	assert_int_equal(ask_pixels(&size), OS_ERR_OUT_OF_RAM);
	assert_int_equal(mock_memory(), PAGE);
	assert_int_equal(server.surface.pixels[32 * 32 - 1], 0x12345678);
	assert_false(os_framebuffer_server_current(&server));
	pixels_are(4 * PAGE); /* a larger donation, and again */
	assert_int_equal(server.surface.pixels[31 * 64 + 31], 0x12345678);
	end();
}

static void a_session_that_cannot_begin_is_empty(void **state)
{
	(void)state;
	begin(&fixed);
	end();
	mock.fail_at = mock.allocations + 1;
	assert_int_equal(os_framebuffer_server_init(&server, env, env->ep, NULL, &fixed),
	                 OS_ERR_OUT_OF_CAPS);
	end();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(without_a_mode_there_are_no_pixels),
		cmocka_unit_test(pixels_are_of_the_mode_that_the_client_knows),
		cmocka_unit_test(what_the_client_has_got_stays_until_it_asks_again),
		cmocka_unit_test(what_fits_of_the_content_stays),
		cmocka_unit_test(refresh_is_clipped),
		cmocka_unit_test(a_mode_that_nobody_can_have_reaches_no_server),
		cmocka_unit_test(a_mode_is_told_once),
		cmocka_unit_test(what_is_shown_is_told_until_nobody_listens),
		cmocka_unit_test(without_memory_all_is_as_before),
		cmocka_unit_test(a_session_that_cannot_begin_is_empty),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
