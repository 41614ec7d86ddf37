/* SPDX-License-Identifier: BSD-2-Clause */
/* turn: lets its clients act one after the other, in the order of its config. */

#include <api/turn.h>
#include <config/config.h>
#include <osier/env.h>
#include <osier/session.h>

struct session {
	struct os_server_session base;
	struct turn_server rpc;
	size_t position;         /* among the <client>s of the config, from 0 */
	struct os_reply waiting; /* empty: the client is not in wait() */
};

static struct os_config config;
static struct os_service service;
static size_t current, count; /* whose turn it is, of how many */

/* Answer who waits for the turn that has come. */
static void wake(void)
{
	OS_LIST_FOR_EACH (node, &service.sessions) {
		struct session *session = OS_LIST_ITEM(node, struct session, base.node);

		if (session->position == current)
			turn_wait_reply(&session->waiting, OS_OK);
	}
}

static enum os_err wait(struct turn_server *rpc)
{
	struct session *session = container_of(rpc, struct session, rpc);

	if (session->position == current)
		return OS_OK;
	os_reply_save(rpc->object.ep, &session->waiting);
	return OS_ERR_LATER;
}

static enum os_err pass(struct turn_server *rpc)
{
	if (container_of(rpc, struct session, rpc)->position != current)
		return OS_ERR_DENIED;
	current = (current + 1) % count;
	wake();
	return OS_OK;
}

static const struct turn_ops rpc_ops = { .wait = wait, .pass = pass };

static enum os_err position_find(const char *label, size_t *position)
{
	size_t at = 0;

	OS_XML_FOR_EACH (client, config.root, "client") {
		if (os_xml_equal(client, "label", label)) {
			*position = at;
			return OS_OK;
		}
		at++;
	}
	return OS_ERR_DENIED;
}

static enum os_err session_create(struct os_server_session *base,
                                  const struct os_session_request *request, struct os_cap *cap)
{
	struct session *session = container_of(base, struct session, base);
	enum os_err err;

	if ((err = position_find(request->label, &session->position))) {
		os_warning(service.env,
		           "\"%s\" is denied: add <client label=\"%s\"/> to the config",
		           request->label, request->label);
		return err;
	}
	err = turn_server_init(&session->rpc, service.ep, &base->account, &rpc_ops);
	*cap = turn_server_cap(&session->rpc).cap;
	return err;
}

static void session_destroy(struct os_server_session *base)
{
	turn_server_fini(&container_of(base, struct session, base)->rpc);
}

static const struct os_service_ops service_ops = {
	.session_size = sizeof(struct session),
	.create = session_create,
	.destroy = session_destroy,
};

enum os_err os_construct(struct os_env *env)
{
	enum os_err err;

	if ((err = os_config_open(&config, env)))
		return err;
	count = os_xml_count(config.root, "client");
	return os_service_init(&service, env, env->ep, TURN_SERVICE, &service_ops, NULL);
}
