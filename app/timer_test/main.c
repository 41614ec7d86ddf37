/* SPDX-License-Identifier: BSD-2-Clause */
/* timer_test: timeouts expire in their order, as often as they should, and never early. */

#include <config/config.h>
#include <osier/env.h>
#include <osier/string.h>
#include <timeout/timeout.h>

enum { MS = 1000, THOUSANDS = 4000 };

static struct os_env *env;
static struct os_timeouts timeouts;

/* One timeout that notes when it expires. */
struct timeout {
	struct os_timeout base;
	uint64_t earliest; /* time */
	uint64_t count;    /* expiries so far */
	char name;
	struct timeout *victim; /* to be cancelled by it, or NULL */
};

static char order[16]; /* names of those that expired */
static size_t order_length;
static uint64_t deadline_last; /* of these */

static uint64_t now(void)
{
	uint64_t us;

	OS_ASSERT(!os_timeouts_now(&timeouts, &us));
	return us;
}

static void handle(struct os_timeout *base, uint64_t count)
{
	struct timeout *timeout = container_of(base, struct timeout, base);

	OS_ASSERT(count >= 1 && now() >= timeout->earliest);
	/* That of a periodic one is the next already. */
	OS_ASSERT(base->entry.period || base->entry.deadline >= deadline_last);
	if (!base->entry.period)
		deadline_last = base->entry.deadline;
	timeout->count += count;
	if (order_length < sizeof(order) - 1)
		order[order_length++] = timeout->name;
	if (timeout->victim)
		os_timeout_cancel(&timeouts, &timeout->victim->base);
}

static struct timeout make(char name)
{
	return (struct timeout){ .base.handle = handle, .name = name };
}

static void after(struct timeout *timeout, uint64_t us)
{
	timeout->earliest = now() + us;
	OS_ASSERT(!os_timeout_after(&timeouts, &timeout->base, us));
}

static void at(struct timeout *timeout, uint64_t us)
{
	timeout->earliest = us;
	OS_ASSERT(!os_timeout_at(&timeouts, &timeout->base, us));
}

/* Serve the entrypoint until `timeout` has expired `count` times; tell who has by then. */
static void wait_for(const struct timeout *timeout, uint64_t count)
{
	memset(order, 0, sizeof(order));
	order_length = 0;
	while (timeout->count < count)
		OS_ASSERT(!os_ep_dispatch(env->ep, true));
}

/* ------------------------------------------------------------------ cases */

/* In the order of their deadlines, as handle() sees to: which that is, the clock decides. */
static void one_shot(void)
{
	struct timeout a = make('a'), b = make('b'), c = make('c');

	after(&a, 30 * MS);
	after(&b, 10 * MS);
	after(&c, 20 * MS);
	while (a.count + b.count + c.count < 3)
		OS_ASSERT(!os_ep_dispatch(env->ep, true));
	OS_ASSERT(a.count == 1 && b.count == 1 && c.count == 1);
	os_log(env, "one-shot: each once");
}

/* No handler runs before all are started, so that the order depends on nothing but the times. */
static void absolute(void)
{
	struct timeout a = make('a'), b = make('b'), c = make('c'), d = make('d');
	const uint64_t start = now();

	at(&a, start + 20 * MS);
	at(&b, start + 10 * MS);
	at(&c, start + 20 * MS); /* as a, but started after it */
	at(&d, 0);               /* long ago */
	wait_for(&c, 1);
	OS_ASSERT(a.count == 1 && b.count == 1 && c.count == 1 && d.count == 1);
	os_log(env, "absolute: %s", order);
}

static void periodic(void)
{
	struct timeout p = make('p');

	p.earliest = now() + 2 * MS;
	OS_ASSERT(!os_timeout_every(&timeouts, &p.base, 2 * MS));
	/* However late each one is noticed: after the n-th period, n have been counted. */
	for (uint64_t n = 1; n <= 20; n++) {
		wait_for(&p, n);
		OS_ASSERT(now() >= p.earliest + (p.count - 1) * 2 * MS);
	}
	os_timeout_cancel(&timeouts, &p.base);
	OS_ASSERT(os_timeout_every(&timeouts, &p.base, 0) == OS_ERR_INVALID);
	os_log(env, "periodic: 20 periods");
}

/* Of two periods, the shorter one is counted twice as often. */
static void two_periods(void)
{
	struct timeout fast = make('f'), slow = make('s');
	const uint64_t start = now();

	OS_ASSERT(!os_timeout_every(&timeouts, &fast.base, 1 * MS));
	OS_ASSERT(!os_timeout_every(&timeouts, &slow.base, 2 * MS));
	wait_for(&slow, 10);
	OS_ASSERT(now() >= start + 20 * MS);
	/* It began no later, and both were told what the time is. */
	OS_ASSERT(fast.count >= 2 * slow.count);
	os_timeout_cancel(&timeouts, &fast.base);
	os_timeout_cancel(&timeouts, &slow.base);
	os_log(env, "two periods side by side");
}

static void cancelled(void)
{
	struct timeout a = make('a'), b = make('b'), c = make('c'), d = make('d');

	after(&a, 2 * MS);
	after(&b, 4 * MS);
	after(&c, 6 * MS);
	after(&d, 8 * MS);
	os_timeout_cancel(&timeouts, &a.base);
	os_timeout_cancel(&timeouts, &a.base);
	b.victim = &c;
	wait_for(&d, 1);
	OS_ASSERT(a.count == 0 && c.count == 0);
	os_log(env, "cancelled: %s", order);
}

static void restarted(void)
{
	struct timeout a = make('a'), b = make('b');

	after(&a, 1 * MS);
	after(&b, 10 * MS);
	after(&a, 20 * MS);
	wait_for(&a, 1);
	os_log(env, "restarted: %s", order);
}

/* ------------------------------------------------------------------ thousands */

static struct timeout many[THOUSANDS];
static uint64_t expired_count, expired_last;

static void handle_many(struct os_timeout *base, uint64_t count)
{
	struct timeout *timeout = container_of(base, struct timeout, base);

	OS_ASSERT(count == 1 && timeout->count == 0);
	OS_ASSERT(timeout->earliest >= expired_last);
	expired_last = timeout->earliest;
	timeout->count++;
	expired_count++;
}

/* No handler runs before all are started, so that their order is that of their deadlines. */
static void thousands(void)
{
	uint64_t start = now(), seed = 1;

	for (size_t i = 0; i < THOUSANDS; i++) {
		many[i].base.handle = handle_many;
		seed = seed * 6364136223846793005u + 1442695040888963407u;
		at(&many[i], start + 20 * MS + (seed >> 33) % (100 * MS));
	}
	while (expired_count < THOUSANDS) {
		OS_ASSERT(!os_ep_dispatch(env->ep, true));
		OS_ASSERT(now() >= expired_last);
	}
	os_log(env, "%d timeouts on one session", THOUSANDS);
}

/* End with alarms under way, which nobody is left to be told of. */
static OS_NORETURN void die(void)
{
	struct timeout soon = make('s'), later = make('l');

	after(&soon, 1);
	after(&later, 1000);
	os_log(env, "crashes, with two timeouts under way");
	__builtin_trap();
}

enum os_err os_construct(struct os_env *own)
{
	struct timeout a = make('a');
	struct os_config config;
	enum os_err err;

	env = own;
	if ((err = os_config_open(&config, env)))
		return err;
	OS_ASSERT(!os_timeouts_init(&timeouts, env, env->ep));
	if (os_xml_bool(config.root, "die", false))
		die();
	os_config_close(&config);
	one_shot();
	absolute();
	periodic();
	two_periods();
	cancelled();
	restarted();
	thousands();
	after(&a, UINT64_MAX); /* waits for ever, and is no obstacle to the end */
	os_timeouts_fini(&timeouts);
	os_log(env, "done");
	os_exit(env, 0);
}
