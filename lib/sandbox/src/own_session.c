/* SPDX-License-Identifier: BSD-2-Clause */
/* Sessions of the component itself with its children: asked for, told about, closed. */

#include "internal.h"

/*
 * What becomes of such a session is noted when it happens, which is within calls of children and
 * amid the steps of the session, and told by the sandbox's work handler, where the component may do
 * what it likes.
 */

void own_session_changed(struct os_sandbox_client *client, enum parent_session_state state,
                         enum os_err err)
{
	client->state = state;
	client->err = err;
	client->dirty = true;
	sandbox_work(client->sandbox);
}

/* Take a count of the capability, which the session gives up as soon as its server is gone. */
static void take_cap(struct os_sandbox_client *client)
{
	const struct sandbox_session *const session = client->session;

	if (client->state != PARENT_SESSION_STATE_OPEN || os_cap_valid(client->cap))
		return;
	if (client->type != OS_TYPE_ANY && session->type != client->type)
		client->err = OS_ERR_CAP_TYPE;
	else if (os_cap_dup(session->cap, &client->cap))
		client->err = OS_ERR_OUT_OF_CAPS;
	if (client->err)
		client->state = PARENT_SESSION_STATE_FAILED;
}

static struct os_sandbox_client *first_dirty(const struct os_sandbox *sandbox)
{
	OS_LIST_FOR_EACH (node, &sandbox->clients) {
		struct os_sandbox_client *const client =
		        OS_LIST_ITEM(node, struct os_sandbox_client, node);

		if (client->dirty)
			return client;
	}
	return NULL;
}

/* Whoever is told may open and close any of them. */
void own_sessions_tell(struct os_sandbox *sandbox)
{
	struct os_sandbox_client *client;

	while ((client = first_dirty(sandbox))) {
		client->dirty = false;
		take_cap(client);
		if (client->changed)
			client->changed(client);
	}
}

enum os_err os_sandbox_session_open(struct os_sandbox *sandbox, const char *name,
                                    const struct os_session_args *args,
                                    struct os_sandbox_client *client)
{
	const struct session_request request = {
		.origin = ORIGIN_OWN,
		.service = args->service,
		.label = args->label ? args->label : "",
		.args = args->args,
		.args_size = args->args_size,
		.affinity = args->affinity,
		.quota = { args->ram, args->caps },
	};
	struct child *const child = child_find(sandbox, name);
	enum os_err err;

	OS_ASSERT(!client->sandbox);
	if (!child || !child_may_serve(child) ||
	    !sandbox_start_provides(child->start, sandbox_service_name(args->service)))
		return OS_ERR_NO_ROUTE;
	client->sandbox = sandbox;
	client->type = args->type;
	client->state = PARENT_SESSION_STATE_REQUESTED;
	client->err = OS_OK;
	client->dirty = false;
	if ((err = session_own(child, &request, client))) {
		client->sandbox = NULL;
		return err;
	}
	os_list_append(&sandbox->clients, &client->node);
	return OS_OK;
}

enum os_err os_sandbox_session_upgrade(struct os_sandbox_client *client, struct os_quota more)
{
	enum os_err err;

	if (!client->session || client->state != PARENT_SESSION_STATE_OPEN)
		return OS_ERR_GONE;
	err = session_upgrade(client->session, more);
	return err == OS_ERR_NOT_FOUND ? OS_ERR_GONE : err;
}

static bool names_service(struct os_xml rule, const char *service)
{
	char name[OS_SANDBOX_SERVICE_MAX];

	return !os_xml_string(rule, "name", name, sizeof(name)) &&
	       os_str_equal(sandbox_service_name(name), sandbox_service_name(service));
}

bool os_sandbox_own_route(const struct os_sandbox *sandbox, const char *service, char *child,
                          size_t size)
{
	struct os_xml routes;

	if (!sandbox->config)
		return false;
	routes = os_xml_first(sandbox->config->root, "own-route");
	OS_XML_FOR_EACH (rule, routes, "service") {
		if (names_service(rule, service))
			return !os_xml_string(os_xml_first(rule, "child"), "name", child, size);
	}
	return false;
}

void os_sandbox_session_close(struct os_sandbox_client *client)
{
	if (!client->sandbox)
		return;
	if (client->session)
		session_orphan(client->session);
	os_list_remove(&client->sandbox->clients, &client->node);
	os_cap_drop(client->cap);
	*client = (struct os_sandbox_client){ .changed = client->changed };
}

void own_sessions_close(struct os_sandbox *sandbox)
{
	struct os_list_node *node;

	while ((node = os_list_first(&sandbox->clients)))
		os_sandbox_session_close(OS_LIST_ITEM(node, struct os_sandbox_client, node));
}
