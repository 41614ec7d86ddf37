/* SPDX-License-Identifier: BSD-2-Clause */
/* A config that changes one of 500 children of a nested init: from its signal to the child. */

#include <api/rom.h>
#include <osier/format.h>
#include <osier/memory.h>
#include <osier/string.h>

#include "measure.h"

/*
 *   we, as its ROM server      the nested init          its children, bench_follower each
 *   signal ---------------->   view, parse, apply
 *                              signal one ------------> reads its config
 *                              (done with all) <------- asks it something
 *   add(which, version) <----------------------------
 *
 * Whoever is touched tells us: so it shows if it was another one, or more than one.
 */

enum { CHILDREN = 500, CHANGED = 250, TEXT_MAX = 96 * 1024, VERSION_DIGITS = 6 };

struct rom_session {
	struct os_server_session base;
	struct rom_server rpc;
	struct signal_context_cap changed;
};

struct bench_session {
	struct os_server_session base;
	struct bench_server rpc;
};

static struct os_env *own;
static struct os_service rom_service, bench_service;
static struct os_ram contents[2];
static struct rom_dataspace_cap views[2];
static char *versions[2]; /* where each content tells the version */
static int32_t version;   /* of the config; views[version % 2] is current */
static uint64_t told;     /* calls of children so far */
static int32_t last_told;

/* ------------------------------------------------------------------ the config */

/* The version stands in the config of one child, and nowhere else: in as many digits each time. */
static void write_version(char *digits)
{
	int32_t rest = version;

	for (int i = VERSION_DIGITS; i--; rest /= 10)
		digits[i] = (char)('0' + rest % 10);
}

static void write_config(char *text, char **digits)
{
	size_t length =
	        os_format(text, TEXT_MAX,
	                  "<config><parent-provides><service name=\"ROM\"/><service name=\"PD\"/>"
	                  "<service name=\"CPU\"/><service name=\"LOG\"/><service name=\"Bench\"/>"
	                  "</parent-provides><default-route><any-service><parent/></any-service>"
	                  "</default-route><default ram=\"512K\" caps=\"138\"/>\n");

	for (int i = 0; i < CHILDREN; i++) {
		length += os_format(text + length, TEXT_MAX - length,
		                    "<start name=\"child.%d\"%s><binary name=\"bench_follower\"/>"
		                    "<config number=\"%d\" version=\"",
		                    i, i == CHANGED ? " caps=\"200\"" : "", i);
		if (i == CHANGED)
			*digits = text + length;
		length += os_format(text + length, TEXT_MAX - length, "%0*d\"/></start>\n",
		                    VERSION_DIGITS, 0);
	}
	length += os_format(text + length, TEXT_MAX - length, "</config>");
	OS_ASSERT(length < TEXT_MAX);
}

static enum os_err rom_content(struct rom_server *rpc, struct rom_dataspace_cap *ds)
{
	(void)rpc;
	*ds = views[version % 2];
	return OS_OK;
}

static enum os_err rom_handler(struct rom_server *rpc, struct signal_context_cap handler)
{
	struct rom_session *session = container_of(rpc, struct rom_session, rpc);

	os_cap_drop(session->changed.cap);
	session->changed = handler;
	return OS_OK;
}

static const struct rom_ops rom_rpc_ops = { .dataspace = rom_content, .sigh = rom_handler };

static enum os_err rom_create(struct os_server_session *base,
                              const struct os_session_request *request, struct os_cap *cap)
{
	struct rom_session *session = container_of(base, struct rom_session, base);
	enum os_err err;

	(void)request;
	err = rom_server_init(&session->rpc, own->ep, &base->account, &rom_rpc_ops);
	*cap = rom_server_cap(&session->rpc).cap;
	return err;
}

static void rom_destroy(struct os_server_session *base)
{
	struct rom_session *session = container_of(base, struct rom_session, base);

	rom_server_fini(&session->rpc);
	os_cap_drop(session->changed.cap);
}

static const struct os_service_ops rom_service_ops = {
	.session_size = sizeof(struct rom_session),
	.create = rom_create,
	.destroy = rom_destroy,
};

/* ------------------------------------------------------------------ what children tell */

static enum os_err add(struct bench_server *rpc, int32_t number, int32_t seen, int32_t *sum)
{
	(void)rpc;
	told++;
	last_told = number == CHANGED ? seen : -1;
	*sum = 0;
	return OS_OK;
}

static const struct bench_ops bench_rpc_ops = { .add = add };

static enum os_err bench_create(struct os_server_session *base,
                                const struct os_session_request *request, struct os_cap *cap)
{
	struct bench_session *session = container_of(base, struct bench_session, base);
	enum os_err err;

	(void)request;
	err = bench_server_init(&session->rpc, own->ep, &base->account, &bench_rpc_ops);
	*cap = bench_server_cap(&session->rpc).cap;
	return err;
}

static void bench_destroy(struct os_server_session *base)
{
	bench_server_fini(&container_of(base, struct bench_session, base)->rpc);
}

static const struct os_service_ops bench_service_ops = {
	.session_size = sizeof(struct bench_session),
	.create = bench_create,
	.destroy = bench_destroy,
};

/* ------------------------------------------------------------------ the measurement */

/* Serve until so many calls have come, and not one more. */
static void serve_until(uint64_t count)
{
	while (told < count)
		OS_ASSERT(!os_ep_dispatch(own->ep, true));
}

static enum os_err prepare(struct os_env *env, struct bench_cap peer)
{
	enum os_err err;

	(void)peer;
	own = env;
	for (size_t i = 0; i < OS_ARRAY_SIZE(contents); i++) {
		if ((err = os_ram_init(&contents[i], env, TEXT_MAX, NULL)) ||
		    (err = pd_read_only(env->pd, contents[i].ds, &views[i])))
			return err;
		write_config(contents[i].view.start, &versions[i]);
	}
	if ((err = os_service_init(&rom_service, env, env->ep, ROM_SERVICE, &rom_service_ops,
	                           NULL)) ||
	    (err = os_service_init(&bench_service, env, env->ep, BENCH_SERVICE, &bench_service_ops,
	                           NULL)))
		return err;
	serve_until(CHILDREN);
	return OS_OK;
}

static enum os_err run(struct os_env *env, struct bench_cap peer, uint64_t calls)
{
	struct rom_session *init =
	        OS_LIST_ITEM(os_list_first(&rom_service.sessions), struct rom_session, base.node);

	(void)peer;
	for (uint64_t i = 0; i < calls; i++) {
		const uint64_t before = told;

		version++;
		write_version(versions[version % 2]);
		if (os_signal_submit(init->changed, 1))
			return OS_ERR_GONE;
		serve_until(before + 1);
		if (last_told != version || told != before + 1) {
			os_error(env, "bench: another child than the changed one was touched");
			return OS_ERR_PROTOCOL;
		}
	}
	return OS_OK;
}

const struct measure measure_reconfigure_500 = {
	.name = "reconfigure_500",
	.prepare = prepare,
	.run = run,
};
