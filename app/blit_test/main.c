/* SPDX-License-Identifier: BSD-2-Clause */
/* blit_test: all variants of lib/blit yield the same bits, on several threads at once. */

#include <blit/blit.h>
#include <osier/env.h>
#include <osier/string.h>
#include <osier/thread.h>

enum { THREADS = 3, WIDTH = 150, HEIGHT = 20, PIXELS = WIDTH * HEIGHT, ROUNDS = 3000 };

enum operation { FILL, TINT, COPY, BLEND, FAINT, MASK, OPERATIONS };

struct picture {
	os_pixel pixels[PIXELS + 8];
};

/* What a thread works with. */
struct worker {
	struct os_thread thread;
	uint32_t seed;
	struct picture from, to, expected;
	uint64_t alike;
};

static struct worker workers[THREADS];

static uint32_t random_number(struct worker *worker, uint32_t below)
{
	worker->seed = worker->seed * 1664525 + 1013904223;
	return (uint32_t)((uint64_t)worker->seed * below >> 32);
}

static void random_pixels(struct worker *worker, struct picture *picture)
{
	for (size_t i = 0; i < OS_ARRAY_SIZE(picture->pixels); i++) {
		const uint32_t pixel = random_number(worker, 0xffffffff);

		picture->pixels[i] = random_number(worker, 3)   ? pixel
		                     : random_number(worker, 2) ? 0
		                                                : pixel | 0xff000000;
	}
}

static void perform(enum operation operation, const struct os_surface *to, struct os_rect clip,
                    const struct os_surface *from, os_pixel colour)
{
	const struct os_mask mask = { (const uint8_t *)from->pixels, from->width, from->height,
		                      from->stride };

	if (operation == FILL)
		os_blit_fill(to, clip, colour);
	else if (operation == TINT)
		os_blit_tint(to, clip, colour);
	else if (operation == COPY)
		os_blit_copy(to, clip, from, clip.x, clip.y);
	else if (operation == BLEND)
		os_blit_blend(to, clip, from, clip.x, clip.y);
	else if (operation == FAINT)
		os_blit_blend_faint(to, clip, from, clip.x, clip.y, (uint8_t)colour);
	else
		os_blit_mask(to, clip, &mask, clip.x, clip.y, colour);
}

/*
 * A random rectangle, by the variant in use and by the scalar one, which is always there as rows of
 * one pixel: no vector holds as few.
 */
static void compare(struct worker *worker)
{
	const struct os_rect clip = { (int32_t)random_number(worker, WIDTH),
		                      (int32_t)random_number(worker, HEIGHT),
		                      (int32_t)random_number(worker, WIDTH),
		                      (int32_t)random_number(worker, HEIGHT) };
	const size_t shift = random_number(worker, 8);
	const struct os_surface to = { worker->to.pixels + shift, WIDTH, HEIGHT, WIDTH };
	const struct os_surface expected = { worker->expected.pixels + shift, WIDTH, HEIGHT,
		                             WIDTH };
	const struct os_surface from = { worker->from.pixels + random_number(worker, 8), WIDTH,
		                         HEIGHT, WIDTH };
	const enum operation operation = random_number(worker, OPERATIONS);
	const os_pixel colour = random_number(worker, 0xffffffff);

	worker->expected = worker->to;
	perform(operation, &to, clip, &from, colour);
	for (int32_t x = 0; x < clip.width; x++) {
		const struct os_rect column = { clip.x + x, clip.y, 1, clip.height };
		const struct os_surface part = { from.pixels + x, 1, HEIGHT, WIDTH };
		const struct os_mask mask = { (const uint8_t *)from.pixels + x, 1, HEIGHT, WIDTH };

		if (operation == MASK)
			os_blit_mask(&expected, column, &mask, column.x, column.y, colour);
		else
			perform(operation, &expected, column, &part, colour);
	}
	OS_ASSERT(!memcmp(&worker->to, &worker->expected, sizeof(worker->to)));
	worker->alike++;
}

static void work(struct os_thread *thread, void *argument)
{
	struct worker *worker = argument;

	(void)thread;
	for (int round = 0; round < ROUNDS; round++) {
		if (round % 50 == 0) {
			random_pixels(worker, &worker->from);
			random_pixels(worker, &worker->to);
		}
		compare(worker);
	}
}

static enum os_err variant_test(struct os_env *env, const char *variant)
{
	uint64_t alike = 0;
	enum os_err err;

	if (!os_blit_choose(variant))
		return OS_OK;
	for (uint32_t i = 0; i < THREADS; i++) {
		workers[i].seed = i + 1;
		workers[i].alike = 0;
		if ((err = os_thread_init(&workers[i].thread, env, "worker", 0, 0, work,
		                          &workers[i])))
			return err;
	}
	for (uint32_t i = 0; i < THREADS; i++) {
		os_thread_fini(&workers[i].thread);
		alike += workers[i].alike;
	}
	os_log(env, "%s: %llu rectangles alike", variant, (unsigned long long)alike);
	return OS_OK;
}

enum os_err os_construct(struct os_env *env)
{
	static const char *const variants[] = { "scalar", "SSE2", "AVX2" };
	enum os_err err;

	os_log(env, "the best is %s", os_blit_variant());
	for (size_t i = 0; i < OS_ARRAY_SIZE(variants); i++)
		if ((err = variant_test(env, variants[i])))
			return err;
	os_exit(env, 0);
}
