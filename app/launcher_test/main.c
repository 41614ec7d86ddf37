/* SPDX-License-Identifier: BSD-2-Clause */
/* launcher_test: starts what its config lists, kills it, and looks whether all quota is back. */

#include <config/config.h>
#include <launcher/launcher.h>
#include <osier/string.h>

enum { TIMES = 20 };

static struct os_env *env;
static struct os_config config;
static struct os_upstream upstream;
static struct os_launcher launcher;

static void changed(struct os_launcher *self)
{
	(void)self; /* the test looks by itself, after each event */
}

static void message(struct os_launcher *self, bool error, const char *text)
{
	(void)self;
	if (error)
		os_log(env, "told: %s", text);
}

static const struct os_launcher_ops ops = { .changed = changed, .message = message };

static void wait_for(const struct os_launch *launch, enum os_sandbox_fate fate)
{
	while (launch->fate != fate)
		OS_ASSERT(!os_ep_dispatch(env->ep, true));
}

static struct os_launch *start(const char *entry)
{
	struct os_launch *launch;

	OS_ASSERT(!os_launcher_start(&launcher, entry, &launch));
	return launch;
}

/* The numbers of several at once, and what each of them uses. */
static void some_run_side_by_side(void)
{
	struct os_launch *a = start("server"), *b = start("server"), *c = start("nest");

	OS_ASSERT(os_str_equal(a->name, "server") && os_str_equal(b->name, "server.2"));
	OS_ASSERT(os_launcher_find(&launcher, "nest") == c);
	wait_for(a, OS_SANDBOX_UP);
	wait_for(b, OS_SANDBOX_UP);
	wait_for(c, OS_SANDBOX_UP);
	OS_ASSERT(!os_launcher_usage(&launcher));
	OS_ASSERT(a->used.ram > 0 && a->used.ram <= a->quota.ram && a->quota.ram == 1 << 20);
	OS_ASSERT(c->used.ram > a->used.ram && c->used.caps > 0);
	OS_ASSERT(!os_launcher_kill(&launcher, a));
	a = start("server");
	OS_ASSERT(os_str_equal(a->name, "server")); /* the first that is free */
	wait_for(a, OS_SANDBOX_UP);
	OS_ASSERT(b->fate == OS_SANDBOX_UP);
	OS_ASSERT(!os_launcher_kill(&launcher, b));
	OS_ASSERT(!os_launcher_kill(&launcher, c));
	OS_ASSERT(!os_launcher_kill(&launcher, a));
	os_log(env, "some ran side by side");
}

static void one_ends_by_itself(void)
{
	struct os_launch *launch = start("guest");

	wait_for(launch, OS_SANDBOX_ENDED);
	OS_ASSERT(os_launcher_find(&launcher, "guest") == launch);
	OS_ASSERT(!os_launcher_kill(&launcher, launch));
	os_log(env, "one has ended by itself");
}

static void some_cannot_start(void)
{
	struct os_launch *launch = start("missing");

	wait_for(launch, OS_SANDBOX_FAILED);
	OS_ASSERT(!os_launcher_kill(&launcher, launch));
	OS_ASSERT(os_launcher_start(&launcher, "nobody", &launch) == OS_ERR_NOT_FOUND);
	OS_ASSERT(os_launcher_start(&launcher, "huge", &launch) == OS_ERR_OUT_OF_RAM);
	OS_ASSERT(os_launcher_start(&launcher, "greedy", &launch) == OS_ERR_OUT_OF_CAPS);
	OS_ASSERT(!os_list_first(&launcher.launches));
	os_log(env, "some could not start");
}

/* Wait until as much is free as at first: what is killed takes its time to go. */
static void wait_for_quota(struct os_quota before)
{
	struct os_quota now;

	for (;;) {
		OS_ASSERT(!os_upstream_free(&upstream, &now));
		if (now.ram >= before.ram && now.caps >= before.caps)
			return;
		OS_ASSERT(!os_ep_dispatch(env->ep, true));
	}
}

static void again_and_again(void)
{
	struct os_quota before = { 0 };

	for (int i = 0; i < TIMES; i++) {
		struct os_launch *launch = start(i % 2 ? "nest" : "server");

		if (i % 3) /* else killed before it is up */
			wait_for(launch, OS_SANDBOX_UP);
		OS_ASSERT(!os_launcher_kill(&launcher, launch));
		if (i == 1) /* the heap has grown to what it takes */
			OS_ASSERT(!os_upstream_free(&upstream, &before));
	}
	wait_for_quota(before);
	os_log(env, "%d came and went, and all quota is back", TIMES);
}

enum os_err os_construct(struct os_env *own)
{
	enum os_err err;

	env = own;
	if ((err = os_config_open(&config, env)) || (err = os_upstream_init(&upstream, env)) ||
	    (err = os_launcher_init(&launcher, &upstream, env->ep, &ops, NULL)) ||
	    (err = os_launcher_config(&launcher, config.root)))
		return err;
	some_run_side_by_side();
	one_ends_by_itself();
	some_cannot_start();
	again_and_again();
	os_launcher_fini(&launcher);
	os_exit(env, 0);
}
