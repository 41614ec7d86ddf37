/* SPDX-License-Identifier: BSD-2-Clause */
/* init: runs the children that its config names, and tells what becomes of them. */

#include <osier/env.h>
#include <osier/session.h>
#include <sandbox/sandbox.h>

static struct os_upstream upstream;
static struct os_sandbox sandbox;

static void message(struct os_sandbox *self, bool error, const char *text)
{
	if (error)
		os_error(self->env, "%s", text);
	else
		os_log(self->env, "%s", text);
}

static void up(struct os_sandbox *self, size_t up_count, size_t children)
{
	const unsigned long long n = up_count, all = children;

	if (!children)
		os_log(self->env, "no children");
	else if (up_count == children)
		os_log(self->env, all == 1 ? "%llu child is up" : "%llu children are up", all);
	else
		os_log(self->env, "%llu of %llu children are up", n, all);
}

static void propagate(struct os_sandbox *self, const char *child, int32_t value)
{
	(void)child; /* its end is told already */
	os_exit(self->env, value);
}

static const struct os_sandbox_ops ops = { .message = message, .up = up, .exit = propagate };

/* The text of our own config; the sandbox keeps a copy. */
static enum os_err apply_config(struct os_env *env)
{
	struct os_rom rom = { 0 };
	struct os_view view = { 0 };
	enum os_err err;

	if ((err = os_rom_open(&rom, env, "config")))
		goto out;
	if ((err = os_rom_view(&rom, &view)))
		goto out;
	err = os_sandbox_apply(&sandbox, view.start, view.size);
out:
	os_view_fini(&view);
	os_rom_close(&rom);
	return err;
}

enum os_err os_construct(struct os_env *env)
{
	enum os_err err;

	if ((err = os_upstream_init(&upstream, env)))
		return err;
	if ((err = os_sandbox_init(&sandbox, &upstream, env->ep, &ops, NULL)))
		return err;
	return apply_config(env);
}
