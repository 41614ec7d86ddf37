/* SPDX-License-Identifier: BSD-2-Clause */
/* Packet streams of sessions: setting up both ends, and waking the other one. */

#include <osier/packet_stream.h>

/* Lay `end` over the memory at `base`; its layout and role are set. */
static enum os_err end_init(struct os_packet_end *end, void *base, struct os_alloc *meta)
{
	if (end->role == PACKET_STREAM_ROLE_SOURCE)
		return os_packet_source_init(&end->source, base, &end->layout, meta);
	os_packet_sink_init(&end->sink, base, &end->layout);
	return OS_OK;
}

static void end_fini(struct os_packet_end *end)
{
	if (end->role == PACKET_STREAM_ROLE_SOURCE)
		os_packet_source_fini(&end->source);
}

/* ------------------------------------------------------------------ server */

void os_packet_server_flush(struct os_packet_server *server)
{
	if (server->end.wake) {
		server->end.wake = false;
		server->news = true;
		/* A client that destroyed its context does not want to know. */
		if (os_cap_valid(server->client.cap) && os_signal_submit(server->client, 1)) {
			os_cap_drop(server->client.cap);
			server->client.cap.slot = 0;
		}
	}
	if (server->news && server->waiting.ep) {
		server->news = false;
		packet_stream_wait_reply(&server->waiting, OS_OK);
	}
}

static void serve(struct os_packet_server *server)
{
	server->handle(server);
	os_packet_server_flush(server);
}

static void signal_handle(struct os_signal_handler *handler, uint64_t count)
{
	(void)count;
	serve(container_of(handler, struct os_packet_server, handler));
}

static enum os_err rpc_layout(struct packet_stream_server *rpc, struct ram_dataspace_cap *ds,
                              uint32_t *submit_entries, uint32_t *acknowledge_entries,
                              uint64_t *bulk_size, enum packet_stream_role *role)
{
	const struct os_packet_server *const server =
	        container_of(rpc, struct os_packet_server, rpc);

	*ds = server->ram.ds;
	*submit_entries = server->end.layout.submit_entries;
	*acknowledge_entries = server->end.layout.acknowledge_entries;
	*bulk_size = server->end.layout.bulk_size;
	*role = server->end.role == PACKET_STREAM_ROLE_SOURCE ? PACKET_STREAM_ROLE_SINK
	                                                      : PACKET_STREAM_ROLE_SOURCE;
	return OS_OK;
}

static enum os_err rpc_context(struct packet_stream_server *rpc, struct signal_context_cap *context)
{
	*context = container_of(rpc, struct os_packet_server, rpc)->handler.cap;
	return OS_OK;
}

static enum os_err rpc_sigh(struct packet_stream_server *rpc, struct signal_context_cap client)
{
	struct os_packet_server *const server = container_of(rpc, struct os_packet_server, rpc);

	os_cap_drop(server->client.cap);
	server->client = client;
	/* What came before it was installed must not be missed. */
	if (server->news)
		server->end.wake = true;
	os_packet_server_flush(server);
	return OS_OK;
}

static enum os_err rpc_wait(struct packet_stream_server *rpc)
{
	struct os_packet_server *const server = container_of(rpc, struct os_packet_server, rpc);

	/* One that waited before this one need not: there is one client. */
	packet_stream_wait_reply(&server->waiting, OS_OK);
	os_reply_save(rpc->object.ep, &server->waiting);
	serve(server);
	return OS_ERR_LATER;
}

static const struct packet_stream_ops ops = {
	.layout = rpc_layout,
	.context = rpc_context,
	.sigh = rpc_sigh,
	.wait = rpc_wait,
};

enum os_err os_packet_server_init(struct os_packet_server *server, struct os_env *env,
                                  struct os_ep *ep, struct os_account *account,
                                  const struct os_packet_server_args *args,
                                  void (*handle)(struct os_packet_server *))
{
	enum os_err err;

	*server = (struct os_packet_server){ .end = { .role = args->role },
		                             .env = env,
		                             .handle = handle };
	err = os_packet_stream_layout_init(&server->end.layout, args->submit_entries,
	                                   args->acknowledge_entries, args->bulk_size);
	if (err)
		goto out;
	if ((err = os_ram_init(&server->ram, env, server->end.layout.size, account)))
		goto out;
	if ((err = end_init(&server->end, server->ram.view.start, env->heap)))
		goto out_ram;
	if ((err = os_signal_handler_init(&server->handler, ep, signal_handle)))
		goto out_end;
	if ((err = packet_stream_server_init(&server->rpc, ep, account, &ops)))
		goto out_handler;
	return OS_OK;
out_handler:
	os_signal_handler_fini(&server->handler);
out_end:
	end_fini(&server->end);
out_ram:
	os_ram_fini(&server->ram, env);
out:
	*server = (struct os_packet_server){ 0 };
	return err;
}

void os_packet_server_fini(struct os_packet_server *server)
{
	if (!server->env)
		return;
	packet_stream_server_fini(&server->rpc); /* also answers who is in wait() */
	os_signal_handler_fini(&server->handler);
	os_cap_drop(server->client.cap);
	end_fini(&server->end);
	os_ram_fini(&server->ram, server->env);
	*server = (struct os_packet_server){ 0 };
}

/* ------------------------------------------------------------------ client */

/* Ask for the dataspace and map it. */
static enum os_err client_map(struct os_packet_client *client)
{
	uint32_t submit_entries, acknowledge_entries;
	uint64_t bulk_size;
	enum os_err err;

	err = packet_stream_layout(client->stream, &client->ds, &submit_entries,
	                           &acknowledge_entries, &bulk_size, &client->end.role);
	if (err)
		return err;
	if (os_packet_stream_layout_init(&client->end.layout, submit_entries, acknowledge_entries,
	                                 bulk_size))
		return OS_ERR_PROTOCOL;
	/* Fails if the dataspace is smaller than its layout. */
	return os_view_init(&client->view, ram_dataspace_as_dataspace(client->ds), 0,
	                    client->end.layout.size, OS_ATTACH_WRITE);
}

enum os_err os_packet_client_init(struct os_packet_client *client, struct os_env *env,
                                  struct packet_stream_cap stream)
{
	enum os_err err;

	*client = (struct os_packet_client){ .stream = stream };
	if ((err = client_map(client)))
		goto out;
	if ((err = packet_stream_context(stream, &client->server)))
		goto out;
	if ((err = end_init(&client->end, client->view.start, env->heap)))
		goto out;
	return OS_OK;
out:
	client->end = (struct os_packet_end){ .role = PACKET_STREAM_ROLE_SINK };
	os_packet_client_fini(client);
	return err;
}

void os_packet_client_fini(struct os_packet_client *client)
{
	end_fini(&client->end);
	os_view_fini(&client->view);
	os_cap_drop(client->ds.cap);
	os_cap_drop(client->server.cap);
	os_cap_drop(client->stream.cap);
	*client = (struct os_packet_client){ 0 };
}

enum os_err os_packet_client_sigh(struct os_packet_client *client,
                                  struct os_signal_handler *handler)
{
	return packet_stream_sigh(client->stream, handler->cap);
}

enum os_err os_packet_client_flush(struct os_packet_client *client)
{
	if (!client->end.wake)
		return OS_OK;
	client->end.wake = false;
	return os_signal_submit(client->server, 1);
}

enum os_err os_packet_client_wait(struct os_packet_client *client)
{
	client->end.wake =
	        false; /* the call wakes the server anyway, and finds out if it is gone */
	return packet_stream_wait(client->stream);
}

enum os_err os_packet_client_submit(struct os_packet_client *client, const struct os_packet *packet)
{
	enum os_err err;

	while ((err = os_packet_source_submit(&client->end.source, packet, &client->end.wake)) ==
	       OS_ERR_FULL)
		if ((err = os_packet_client_wait(client)))
			break;
	return err;
}

enum os_err os_packet_client_acknowledged(struct os_packet_client *client, struct os_packet *packet)
{
	enum os_err err;

	while ((err = os_packet_source_acknowledged(&client->end.source, packet,
	                                            &client->end.wake)) == OS_ERR_EMPTY)
		if ((err = os_packet_client_wait(client)))
			break;
	return err;
}

enum os_err os_packet_client_get(struct os_packet_client *client, struct os_packet *packet)
{
	enum os_err err;

	while ((err = os_packet_sink_get(&client->end.sink, packet, &client->end.wake)) ==
	       OS_ERR_EMPTY)
		if ((err = os_packet_client_wait(client)))
			break;
	return err;
}

enum os_err os_packet_client_acknowledge(struct os_packet_client *client,
                                         const struct os_packet *packet)
{
	enum os_err err;

	while ((err = os_packet_sink_acknowledge(&client->end.sink, packet, &client->end.wake)) ==
	       OS_ERR_FULL)
		if ((err = os_packet_client_wait(client)))
			break;
	return err;
}
