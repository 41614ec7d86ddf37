/* SPDX-License-Identifier: BSD-2-Clause */
/* hung_server: serves PD or CPU sessions, takes what it is given, and never answers. */

#include <api/cpu.h>
#include <api/pd.h>
#include <config/config.h>
#include <osier/env.h>
#include <osier/lock.h>
#include <osier/session.h>
#include <osier/string.h>

enum { MORE_RAM = 1 << 30 };

struct session {
	struct os_server_session base;
	struct pd_server pd;
	struct cpu_server cpu;
};

static struct os_env *env;
static struct os_config config;
static struct os_service service;

static void hang(void)
{
	struct os_semaphore never;
	enum parent_resource_state state;

	os_log(env, "is asked, and hangs");
	if (parent_resource_ask(env->parent, MORE_RAM, 0, &state))
		os_error(env, "cannot ask for more");
	os_semaphore_init(&never, 0, OS_WAKE_FIFO);
	os_semaphore_down(&never);
}

/* Split off all that is free on an account that is not ours, and try for more than there is. */
static void take(struct account_cap account)
{
	uint64_t ram, caps, ram_used, caps_used;
	struct account_cap own, all, more;

	if (pd_account(env->pd, &own) ||
	    account_info(account, &ram, &ram_used, &caps, &caps_used)) {
		os_error(env, "cannot look at accounts");
		return;
	}
	ram -= ram_used;
	caps -= caps_used;
	if (!account_create(account, ram + 1, 0, &more) ||
	    !account_create(account, 0, caps, &more) || !account_transfer(account, own, 1, 0) ||
	    !account_transfer(own, account, 1, 0) || !account_close(own, account) ||
	    !pd_endow(env->pd, account))
		os_error(env, "has got more than it was given");
	if (account_create(account, ram, caps - 1, &all))
		os_error(env, "cannot split off what is there");
	os_log(env, "has taken %lluK", (unsigned long long)ram / 1024);
}

static bool takes(void)
{
	return os_xml_bool(config.root, "take", false);
}

static enum os_err state_sigh(struct pd_server *rpc, struct signal_context_cap handler)
{
	(void)rpc;
	(void)handler;
	if (!takes())
		hang();
	return OS_OK;
}

static enum os_err endow(struct pd_server *rpc, struct account_cap account)
{
	(void)rpc;
	take(account);
	hang();
	return OS_OK;
}

static enum os_err thread(struct cpu_server *rpc, struct pd_cap pd, const char *name,
                          uint32_t priority, struct thread_cap *out)
{
	(void)rpc;
	(void)pd;
	(void)name;
	(void)priority;
	(void)out;
	hang();
	return OS_ERR_UNSUPPORTED;
}

static const struct pd_ops pd_ops = { .state_sigh = state_sigh, .endow = endow };
static const struct cpu_ops cpu_ops = { .thread = thread };

static enum os_err session_create(struct os_server_session *base,
                                  const struct os_session_request *request, struct os_cap *cap)
{
	struct session *session = container_of(base, struct session, base);
	enum os_err err;

	(void)request;
	if (os_str_equal(base->service->name, PD_SERVICE)) {
		err = pd_server_init(&session->pd, base->service->ep, &base->account, &pd_ops);
		*cap = pd_server_cap(&session->pd).cap;
	} else {
		err = cpu_server_init(&session->cpu, base->service->ep, &base->account, &cpu_ops);
		*cap = cpu_server_cap(&session->cpu).cap;
	}
	return err;
}

static void session_destroy(struct os_server_session *base)
{
	struct session *session = container_of(base, struct session, base);

	pd_server_fini(&session->pd);
	cpu_server_fini(&session->cpu);
}

static const struct os_service_ops service_ops = {
	.session_size = sizeof(struct session),
	.create = session_create,
	.destroy = session_destroy,
};

enum os_err os_construct(struct os_env *own)
{
	enum os_err err;

	env = own;
	if ((err = os_config_open(&config, env)))
		return err;
	return os_service_init(&service, env, env->ep,
	                       os_xml_equal(config.root, "service", "CPU") ? CPU_SERVICE
	                                                                   : PD_SERVICE,
	                       &service_ops, NULL);
}
