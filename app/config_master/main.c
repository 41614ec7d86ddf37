/* SPDX-License-Identifier: BSD-2-Clause */
/* config_master: gives another program its configs, as its parent or by a loader; see README.md. */

#include <api/log.h>
#include <config/config.h>
#include <loader/loader.h>
#include <osier/format.h>
#include <osier/string.h>
#include <slave/slave.h>

/*
 *	main entrypoint:  start with volume 1 -> LOG session opens -> "volume 1" arrives
 *	                    -> config with volume 2 -> "volume 2" arrives -> ... -> exit
 */
enum { VOLUMES = 5, RAM = 1 << 20, CAPS = 150 };

static const char name[] = "mixer", binary[] = "config_test";

static struct {
	struct os_env *env;
	void (*give)(const char *config); /* the next config, in the way that we were told */
	struct log_server log;
	uint32_t starts, volume;
} master;

/* ------------------------------------------------------------------ what it says */

static void give_next(void)
{
	char config[64];

	master.volume++;
	os_format(config, sizeof(config), "<config volume=\"%u\"/>", master.volume);
	master.give(config);
}

/* It is answered first: whatever comes next comes in its own time. */
static enum os_err log_write_rpc(struct log_server *rpc, const char *text)
{
	char expected[32];

	(void)rpc;
	os_log(master.env, "%s: %s", name, text);
	os_format(expected, sizeof(expected), "volume %u", master.volume);
	if (!os_str_equal(text, expected))
		return OS_OK;
	if (master.volume < VOLUMES) {
		give_next();
		return OS_OK;
	}
	os_log(master.env, "%u configs, started %u times", master.volume, master.starts);
	os_exit(master.env, 0);
}

static const struct log_ops log_ops = { .write = log_write_rpc };

static enum os_err session_make(struct os_account *account, struct os_cap *cap)
{
	enum os_err err = log_server_init(&master.log, master.env->ep, account, &log_ops);

	master.starts += !err;
	*cap = log_server_cap(&master.log).cap;
	return err;
}

/* ------------------------------------------------------------------ as its parent */

static struct os_slave slave;

static enum os_err slave_log_create(struct os_sandbox_service *service,
                                    const struct os_sandbox_request *request, void **session,
                                    struct os_cap *cap)
{
	struct os_account account = request->account;

	(void)service;
	*session = &master.log;
	return session_make(&account, cap);
}

static void slave_log_close(struct os_sandbox_service *service, void *session)
{
	(void)service;
	log_server_fini(session);
}

static void slave_give(const char *text)
{
	const struct os_slave_config config = {
		.name = name,
		.binary = binary,
		.quota = { RAM, CAPS },
		.config = text,
		.route = "<route> <service name=\"LOG\"> <local/> </service>"
		         "<any-service> <parent/> </any-service> </route>",
	};

	OS_ASSERT(!os_slave_apply(&slave, &config));
}

static enum os_err slave_begin(void)
{
	static struct os_sandbox_service log = { .name = LOG_SERVICE,
		                                 .create = slave_log_create,
		                                 .close = slave_log_close };
	static const struct os_slave_ops ops;
	static struct os_upstream upstream;
	enum os_err err;

	if ((err = os_upstream_init(&upstream, master.env)) ||
	    (err = os_slave_init(&slave, &upstream, master.env->ep, &ops, NULL)))
		return err;
	os_sandbox_service_add(&slave.sandbox, &log);
	master.give = slave_give;
	give_next();
	return OS_OK;
}

/* ------------------------------------------------------------------ by the loader */

static struct os_loader loader;

static enum os_err loader_log_create(struct os_loader_service *service,
                                     const struct os_loader_request *request, void **session,
                                     struct os_cap *cap)
{
	(void)service;
	*session = &master.log;
	return session_make(request->account, cap);
}

static void loader_log_close(struct os_loader_service *service, void *session)
{
	(void)service;
	log_server_fini(session);
}

static void loader_give(const char *text)
{
	OS_ASSERT(!os_loader_module(&loader, "config", text, strlen(text)));
}

static enum os_err loader_begin(void)
{
	static struct os_loader_service log = { .name = LOG_SERVICE,
		                                .create = loader_log_create,
		                                .close = loader_log_close };
	enum os_err err;

	if ((err = os_loader_open(&loader, master.env, NULL)) ||
	    (err = os_loader_provide(&loader, &log)))
		return err;
	master.give = loader_give;
	give_next();
	return os_loader_start(&loader, name, binary, RAM, CAPS);
}

enum os_err os_construct(struct os_env *env)
{
	struct os_config config;
	bool is_slave;
	enum os_err err;

	master.env = env;
	if ((err = os_config_open(&config, env)))
		return err;
	is_slave = os_xml_equal(config.root, "way", "slave");
	os_config_close(&config);
	return is_slave ? slave_begin() : loader_begin();
}
