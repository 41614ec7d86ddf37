/* SPDX-License-Identifier: BSD-2-Clause */
/* bench_server: serves "Bench" sessions, the other side of what bench_client measures. */

#include <api/bench.h>
#include <osier/env.h>
#include <osier/packet_stream.h>
#include <osier/session.h>
#include <osier/string.h>

enum { PACKET_SIZE = 64 * 1024, PACKETS = 64 };

struct session {
	struct os_server_session base;
	struct bench_server rpc;
	struct os_signal_handler ping;
	struct signal_context_cap pong;
	struct os_packet_server stream;
};

static uint8_t packet_copy[PACKET_SIZE];

static enum os_err add(struct bench_server *rpc, int32_t a, int32_t b, int32_t *sum)
{
	(void)rpc;
	return __builtin_add_overflow(a, b, sum) ? OS_ERR_RANGE : OS_OK;
}

static enum os_err take(struct bench_server *rpc, struct signal_context_cap context)
{
	(void)rpc;
	os_cap_drop(context.cap);
	return OS_OK;
}

static enum os_err exchange(struct bench_server *rpc, struct signal_context_cap context,
                            struct signal_context_cap *same)
{
	(void)rpc;
	*same = context;
	return OS_OK;
}

/* ------------------------------------------------------------------ signals */

static void ping(struct os_signal_handler *handler, uint64_t count)
{
	struct session *session = container_of(handler, struct session, ping);
	enum os_err err = os_signal_submit(session->pong, (uint32_t)count);

	(void)err; /* a client that has gone misses nothing */
}

static enum os_err ping_pong(struct bench_server *rpc, struct signal_context_cap pong,
                             struct signal_context_cap *ping_cap)
{
	struct session *session = container_of(rpc, struct session, rpc);
	enum os_err err = OS_OK;

	os_cap_drop(session->pong.cap);
	session->pong = pong;
	if (!session->ping.ep)
		err = os_signal_handler_init(&session->ping, session->base.service->ep, ping);
	*ping_cap = session->ping.cap;
	return err;
}

/* ------------------------------------------------------------------ packets */

static void packets(struct os_packet_server *server)
{
	struct os_packet_end *end = &server->end;
	struct os_packet packet;

	while (!os_packet_sink_get(&end->sink, &packet, &end->wake)) {
		memcpy(packet_copy, os_packet_sink_data(&end->sink, &packet),
		       OS_MIN(packet.size, (uint32_t)PACKET_SIZE));
		if (os_packet_sink_acknowledge(&end->sink, &packet, &end->wake))
			return;
	}
}

static enum os_err stream(struct bench_server *rpc, struct packet_stream_cap *cap)
{
	static const struct os_packet_server_args args = {
		.role = PACKET_STREAM_ROLE_SINK,
		.submit_entries = PACKETS,
		.acknowledge_entries = PACKETS,
		.bulk_size = (uint64_t)PACKETS * PACKET_SIZE,
	};
	struct session *session = container_of(rpc, struct session, rpc);
	struct os_service *service = session->base.service;
	enum os_err err;

	if (session->stream.env)
		return OS_ERR_EXISTS;
	err = os_packet_server_init(&session->stream, service->env, service->ep,
	                            &session->base.account, &args, packets);
	*cap = packet_stream_server_cap(&session->stream.rpc);
	return err;
}

/* ------------------------------------------------------------------ sessions */

static const struct bench_ops rpc_ops = {
	.add = add,
	.take = take,
	.exchange = exchange,
	.ping_pong = ping_pong,
	.stream = stream,
};

static void session_destroy(struct os_server_session *base)
{
	struct session *session = container_of(base, struct session, base);

	bench_server_fini(&session->rpc);
	os_packet_server_fini(&session->stream);
	os_signal_handler_fini(&session->ping);
	os_cap_drop(session->pong.cap);
}

static enum os_err session_create(struct os_server_session *base,
                                  const struct os_session_request *request, struct os_cap *cap)
{
	struct session *session = container_of(base, struct session, base);
	enum os_err err;

	(void)request;
	err = bench_server_init(&session->rpc, base->service->ep, &base->account, &rpc_ops);
	*cap = bench_server_cap(&session->rpc).cap;
	return err;
}

static const struct os_service_ops service_ops = {
	.session_size = sizeof(struct session),
	.create = session_create,
	.destroy = session_destroy,
};

static struct os_service service;

enum os_err os_construct(struct os_env *env)
{
	return os_service_init(&service, env, env->ep, BENCH_SERVICE, &service_ops, NULL);
}
