/* SPDX-License-Identifier: BSD-2-Clause */
/* The server's side of one Input session. */

#include <input/session.h>
#include <osier/sigh.h>

static struct os_input_server *self(struct input_server *rpc)
{
	return container_of(rpc, struct os_input_server, rpc);
}

static enum os_err ring(struct input_server *rpc, struct ram_dataspace_cap *ds)
{
	struct os_input_server *const server = self(rpc);
	enum os_err err;

	if (!server->source.ring) {
		err = os_ram_init(&server->ram, server->env, OS_INPUT_RING_SIZE, server->account);
		if (err) /* an own lack is not cured by a larger donation, which these ask for */
			return err == OS_ERR_OUT_OF_RAM || err == OS_ERR_OUT_OF_CAPS ? err
			                                                             : OS_ERR_LIMIT;
		server->source = (struct os_input_source){ .ring = server->ram.view.start };
		if (server->begun)
			server->begun(server);
	}
	*ds = server->ram.ds;
	return OS_OK;
}

static enum os_err sigh(struct input_server *rpc, struct signal_context_cap handler)
{
	struct os_input_server *const server = self(rpc);
	const struct os_input_ring *const shared = server->source.ring;

	os_sigh_set(&server->handler, handler);
	if (shared && atomic_load(&shared->tail) != server->source.head)
		os_sigh_notify(&server->handler);
	return OS_OK;
}

static const struct input_ops ops = { .ring = ring, .sigh = sigh };

enum os_err os_input_server_init(struct os_input_server *server, struct os_env *env,
                                 struct os_ep *ep, struct os_account *account)
{
	enum os_err err;

	*server = (struct os_input_server){ .env = env, .account = account };
	if ((err = input_server_init(&server->rpc, ep, account, &ops)))
		*server = (struct os_input_server){ 0 };
	return err;
}

void os_input_server_put(struct os_input_server *server, const struct os_input_event *event)
{
	if (server->source.ring && os_input_source_put(&server->source, event))
		os_sigh_notify(&server->handler);
}

void os_input_server_fini(struct os_input_server *server)
{
	if (!server->env)
		return;
	input_server_fini(&server->rpc);
	os_cap_drop(server->handler.cap);
	os_ram_fini(&server->ram, server->env);
	*server = (struct os_input_server){ 0 };
}
