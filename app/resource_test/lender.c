/* SPDX-License-Identifier: BSD-2-Clause */
/* A cache, which is freed when the parent would like its memory back; or not. */

#include <osier/memory.h>

#include "test.h"

enum { PIECES = 12, PIECE = 512 * KIB };

static struct os_env *env;
static struct os_ram cache[PIECES];
static struct os_signal_handler handler;

/* As many pieces as are wanted. */
static void handle_yield(struct os_signal_handler *self, uint64_t count)
{
	uint64_t ram, caps, freed = 0;

	(void)self;
	(void)count;
	OS_ASSERT(!os_yield_wanted(env, &ram, &caps));
	if (!ram)
		return;
	for (int i = 0; i < PIECES && freed < ram; i++) {
		if (!cache[i].view.start)
			continue;
		os_ram_fini(&cache[i], env);
		freed += PIECE;
	}
	OS_ASSERT(!os_yield(env, 0, 0));
	os_log(env, "gives memory back");
}

enum os_err lend(struct os_env *own, bool listens)
{
	enum os_err err;

	env = own;
	for (int i = 0; i < PIECES; i++)
		OS_ASSERT(!os_ram_init(&cache[i], env, PIECE, NULL));
	os_log(env, "has a cache");
	if (!listens)
		return OS_OK;
	if ((err = os_signal_handler_init(&handler, env->ep, handle_yield)))
		return err;
	return os_yield_sigh(env, &handler);
}
