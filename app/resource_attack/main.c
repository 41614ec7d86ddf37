/* SPDX-License-Identifier: BSD-2-Clause */
/* resource_attack: has others run out of quota, if they let it. */

#include <api/depot.h>
#include <api/hello.h>
#include <api/log.h>
#include <config/config.h>
#include <osier/env.h>
#include <osier/format.h>
#include <osier/memory.h>
#include <osier/resource.h>
#include <osier/session.h>
#include <osier/string.h>

enum { PAGE = 4096, SESSIONS = 1000, BLOCKS = 2000, FIRST_ID = 1000000, ROUNDS = 2000 };

static struct os_env *env;
static struct os_config config;
static struct os_session hello_session;
static struct hello_cap hello;
static struct os_signal_handler changed;
static const struct parent_affinity nowhere;
static char longest_label[160];
static uint8_t longest_args[256];

static void ignore(struct os_signal_handler *handler, uint64_t count)
{
	(void)handler;
	(void)count;
}

/* ------------------------------------------------------------------ sessions */

static enum os_err request(uint64_t id, const char *service, uint64_t ram)
{
	return parent_session_request(env->parent, id, service, longest_label, longest_args,
	                              sizeof(longest_args), &nowhere, ram, 5);
}

static bool exists(uint64_t id)
{
	enum parent_session_state state;
	struct os_cap cap;
	uint32_t error;
	enum os_err err = parent_session_poll(env->parent, id, &state, &error, &cap);

	if (!err)
		os_cap_drop(cap);
	return err != OS_ERR_NOT_FOUND;
}

/* Close what has the ids up to `count`, beginning somewhere in the middle; wait until it is. */
static void close_all(uint32_t count, uint32_t step)
{
	for (uint32_t i = 0; i < count; i++)
		OS_ASSERT(!parent_session_close(env->parent, FIRST_ID + (i * step) % count));
	for (uint32_t i = 0; i < count; i++)
		while (exists(FIRST_ID + i))
			OS_ASSERT(!os_ep_dispatch(env->ep, true));
}

/* As many sessions as there are means for. */
static uint32_t flood(const char *service)
{
	uint32_t count = 0;
	enum os_err err = OS_OK;

	while (count < SESSIONS && !(err = request(FIRST_ID + count, service, PAGE)))
		count++;
	OS_ASSERT(count > 10 && (err == OS_ERR_OUT_OF_RAM || err == OS_ERR_OUT_OF_CAPS));
	return count;
}

static void requests_to_a_mute_server(void)
{
	/* 7919 is a prime: all of them, in another order */
	close_all(flood("Mute"), 7919);
}

static void requests_to_a_server(void)
{
	close_all(flood(HELLO_SERVICE), 1);
}

static void requests_to_core(void)
{
	close_all(flood(LOG_SERVICE), 7919);
}

static void nonsense_requests(void)
{
	for (uint32_t i = 0; i < 100; i++) {
		OS_ASSERT(request(FIRST_ID, "No such service", PAGE) == OS_ERR_NO_ROUTE);
		OS_ASSERT(request(FIRST_ID, DEPOT_SERVICE, UINT64_MAX) == OS_ERR_OUT_OF_RAM);
		OS_ASSERT(request(FIRST_ID, "", PAGE) == OS_ERR_INVALID);
		OS_ASSERT(parent_session_close(env->parent, FIRST_ID + i) == OS_ERR_NOT_FOUND);
		OS_ASSERT(parent_session_upgrade(env->parent, FIRST_ID + i, 1, 1) ==
		          OS_ERR_NOT_FOUND);
	}
	longest_label[0] = '\n';
	OS_ASSERT(request(FIRST_ID, DEPOT_SERVICE, PAGE) == OS_ERR_INVALID);
	longest_label[0] = 'x';
}

/* A donation to and fro. */
static void upgrades(void)
{
	struct os_session session;
	struct depot_cap depot;
	uint64_t id;

	OS_ASSERT(!depot_open(&session, env, NULL, 0, &depot));
	for (uint32_t i = 0; i < ROUNDS; i++)
		if (os_session_upgrade(&session, PAGE / 4, i % 8 == 0))
			break;
	id = session.id;
	os_session_close(&session);
	while (exists(id))
		OS_ASSERT(!os_ep_dispatch(env->ep, true));
}

/* ------------------------------------------------------------------ the parent's patience */

static void announcements(void)
{
	char name[32];

	for (uint32_t i = 0; i < ROUNDS; i++) {
		os_format(name, sizeof(name), "Service %u", i);
		OS_ASSERT(parent_announce(env->parent, name) == OS_ERR_DENIED);
	}
}

static void resource_requests(void)
{
	enum parent_resource_state state;

	for (uint32_t i = 0; i < ROUNDS; i++) {
		OS_ASSERT(parent_resource_request(env->parent, PAGE, 1) == OS_ERR_DENIED);
		OS_ASSERT(!parent_resource_ask(env->parent, UINT64_MAX, UINT64_MAX, &state));
		OS_ASSERT(state == PARENT_RESOURCE_STATE_DENIED);
		OS_ASSERT(!parent_resource_cancel(env->parent));
	}
}

/* What is given back may be asked for again, and no more than that. */
static void yields(void)
{
	enum parent_resource_state state;

	for (uint32_t i = 0; i < ROUNDS; i++) {
		OS_ASSERT(!parent_resource_yield(env->parent, PAGE, 1));
		OS_ASSERT(!parent_resource_ask(env->parent, PAGE + 1, 1, &state));
		OS_ASSERT(state == PARENT_RESOURCE_STATE_DENIED);
		OS_ASSERT(!parent_resource_ask(env->parent, PAGE, 1, &state));
		OS_ASSERT(state == PARENT_RESOURCE_STATE_GRANTED);
	}
	OS_ASSERT(parent_resource_yield(env->parent, UINT64_MAX, 0) == OS_ERR_OUT_OF_RAM);
	OS_ASSERT(parent_resource_yield(env->parent, 0, UINT64_MAX) == OS_ERR_OUT_OF_CAPS);
}

static void draws(void)
{
	for (uint64_t id = 0; id < 50; id++) {
		OS_ASSERT(parent_request_draw(env->parent, id, 1, 1) == OS_ERR_NOT_FOUND);
		OS_ASSERT(parent_request_return(env->parent, id, 1, 1) == OS_ERR_NOT_FOUND);
	}
}

/* ------------------------------------------------------------------ core's memory */

static void pages(void)
{
	static struct ram_dataspace_cap blocks[BLOCKS];
	uint32_t count = 0;

	while (count < BLOCKS && !os_ram_alloc(env, 1, NULL, &blocks[count]))
		count++;
	OS_ASSERT(count > 10 && count < BLOCKS);
	for (uint32_t i = 0; i < count; i++)
		os_ram_free(env, &blocks[i * 7919 % count]); /* freed twice: it is empty then */
	for (uint32_t i = 0; i < count; i++)
		os_ram_free(env, &blocks[i]);
}

static void attachments(void)
{
	static struct os_view views[BLOCKS];
	struct ram_dataspace_cap ds;
	uint32_t count = 0;

	OS_ASSERT(!os_ram_alloc(env, PAGE, NULL, &ds));
	while (count < BLOCKS &&
	       !os_view_init(&views[count], ram_dataspace_as_dataspace(ds), 0, 0, OS_ATTACH_READ))
		count++;
	OS_ASSERT(count > 10);
	os_ram_free(env, &ds); /* all views are of nothing now */
	for (uint32_t i = 0; i < count; i++)
		os_view_fini(&views[i * 7919 % count]);
	for (uint32_t i = 0; i < count; i++)
		os_view_fini(&views[i]);
}

static void accounts(void)
{
	struct account_cap own, chain[20];
	uint32_t depth = 0;

	OS_ASSERT(!pd_account(env->pd, &own));
	while (depth < OS_ARRAY_SIZE(chain) &&
	       !account_create(depth ? chain[depth - 1] : own, (20 - depth) * PAGE, 60 - 3 * depth,
	                       &chain[depth]))
		depth++;
	OS_ASSERT(depth > 5);
	OS_ASSERT(account_close(own, chain[depth - 1]) == OS_ERR_DENIED); /* not its own child */
	for (uint32_t i = 0; i < depth; i++) { /* the outer ones first: the inner are handed over */
		OS_ASSERT(!account_close(own, chain[i]));
		os_cap_drop(chain[i].cap);
	}
	os_cap_drop(own.cap);
}

static const struct {
	const char *name;
	void (*run)(void);
} attacks[] = {
	{ "requests to a mute server", requests_to_a_mute_server },
	{ "requests to a server", requests_to_a_server },
	{ "requests to core", requests_to_core },
	{ "nonsense requests", nonsense_requests },
	{ "upgrades", upgrades },
	{ "announcements", announcements },
	{ "resource requests", resource_requests },
	{ "yields", yields },
	{ "draws", draws },
	{ "pages", pages },
	{ "attachments", attachments },
	{ "accounts", accounts },
};

/* Twice: our own tables may grow for good the first time. */
static void attack(const char *name, void (*run)(void))
{
	uint64_t ram, caps, ram_after, caps_after;
	int32_t sum = 0;

	run();
	OS_ASSERT(!os_resource_free(env, &ram, &caps));
	run();
	OS_ASSERT(!os_resource_free(env, &ram_after, &caps_after));
	if (ram != ram_after || caps != caps_after)
		os_log(env, "lost: %lld bytes, %lld capabilities", (long long)(ram - ram_after),
		       (long long)(caps - caps_after));
	OS_ASSERT(ram == ram_after && caps == caps_after);
	OS_ASSERT(!hello_add(hello, 40, 2, &sum) && sum == 42);
	os_log(env, "%s: nothing is lost", name);
}

static void attack_all(void)
{
	env->shortage = OS_SHORTAGE_FAIL;
	memset(longest_label, 'x', sizeof(longest_label) - 40);
	memset(longest_args, 0xff, sizeof(longest_args));
	OS_ASSERT(!os_signal_handler_init(&changed, env->ep, ignore));
	OS_ASSERT(!parent_session_sigh(env->parent, changed.cap));
	OS_ASSERT(!hello_open(&hello_session, env, NULL, &hello));
	os_log(env, "begin");
	for (size_t i = 0; i < OS_ARRAY_SIZE(attacks); i++)
		attack(attacks[i].name, attacks[i].run);
	os_exit(env, 0);
}

enum os_err os_construct(struct os_env *own)
{
	enum os_err err;

	env = own;
	if ((err = os_config_open(&config, env)))
		return err;
	if (os_xml_equal(config.root, "role", "mute"))
		return parent_announce(env->parent, "Mute");
	attack_all();
	return OS_OK;
}
