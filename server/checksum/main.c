/* SPDX-License-Identifier: BSD-2-Clause */
/* checksum: serves "Checksum" sessions, each with a packet stream in either direction. */

#include <api/checksum.h>
#include <osier/env.h>
#include <osier/packet_stream.h>
#include <osier/session.h>
#include <osier/string.h>

enum {
	ENTRIES = 32,
	BULK_SIZE = 64 * 1024,
	BATCH = 64, /* packets moved per run, so that other clients get their turn */
};

struct session {
	struct os_server_session base;
	struct checksum_server rpc;
	struct os_packet_server up, down;
	struct os_packet acknowledgement; /* of a packet that came up, until there is room for it */
	bool owed;
	uint32_t left, size; /* packets to be sent down */
	uint32_t under_way;
	uint64_t up_count, wakeups, down_count, wrong, seed;
	bool broken;
};

/* Each byte is read once, as the client may change it at any time. */
static uint32_t checksum(const volatile uint8_t *data, size_t size)
{
	uint32_t hash = 2166136261u;

	for (size_t i = 0; i < size; i++)
		hash = (hash ^ data[i]) * 16777619u;
	return hash;
}

/* More is to be done, when others had their turn. */
static void go_on(struct os_packet_server *stream)
{
	const enum os_err err = os_signal_submit(stream->handler.cap, 1);

	OS_ASSERT(!err);
}

/* What is neither full nor empty is a client that breaks the rules: it gets no more service. */
static void note(struct session *session, enum os_err err)
{
	if (!err || err == OS_ERR_EMPTY || err == OS_ERR_FULL || session->broken)
		return;
	session->broken = true;
	os_warning(session->base.service->env, "session %llu: stream given up: %s",
	           (unsigned long long)session->base.id, os_err_text(err));
}

/* ------------------------------------------------------------------ up: we are the sink */

static enum os_err acknowledge_one(struct session *session)
{
	struct os_packet_end *const end = &session->up.end;
	struct os_packet *const packet = &session->acknowledgement;
	enum os_err err;

	if (!session->owed) {
		if ((err = os_packet_sink_get(&end->sink, packet, &end->wake)))
			return err;
		packet->op = checksum(os_packet_sink_data(&end->sink, packet), packet->size);
		session->up_count++;
		session->owed = true;
	}
	if ((err = os_packet_sink_acknowledge(&end->sink, packet, &end->wake)))
		return err;
	session->owed = false;
	return OS_OK;
}

static void up_handle(struct os_packet_server *stream)
{
	struct session *session = container_of(stream, struct session, up);
	enum os_err err = OS_OK;

	session->wakeups++;
	for (int i = 0; i < BATCH && !err && !session->broken; i++)
		err = acknowledge_one(session);
	note(session, err);
	if (!err && !session->broken)
		go_on(stream);
}

/* ------------------------------------------------------------------ down: we are the source */

static void collect(struct session *session)
{
	struct os_packet_end *const end = &session->down.end;
	struct os_packet packet;
	enum os_err err;

	/* no more than are under way */
	while (!(err = os_packet_source_acknowledged(&end->source, &packet, &end->wake))) {
		session->under_way--;
		session->wrong += packet.op != (uint32_t)packet.user;
		os_packet_source_free(&end->source, &packet);
	}
	note(session, err);
}

static void fill(struct session *session, uint8_t *data, size_t size)
{
	for (size_t i = 0; i < size; i++) {
		session->seed = session->seed * 6364136223846793005u + 1442695040888963407u;
		data[i] = (uint8_t)(session->seed >> 56);
	}
}

static enum os_err send_one(struct session *session)
{
	struct os_packet_end *const end = &session->down.end;
	struct os_packet packet;
	enum os_err err;

	if ((err = os_packet_source_alloc(&end->source, session->size, 0, &packet)))
		return err;
	fill(session, os_packet_source_data(&end->source, &packet), session->size);
	packet.user = checksum(os_packet_source_data(&end->source, &packet), session->size);
	if ((err = os_packet_source_submit(&end->source, &packet, &end->wake))) {
		os_packet_source_free(&end->source, &packet);
		return err;
	}
	session->left--;
	session->under_way++;
	session->down_count++;
	return OS_OK;
}

static void down_handle(struct os_packet_server *stream)
{
	struct session *session = container_of(stream, struct session, down);
	enum os_err err = OS_OK;

	if (session->broken)
		return;
	collect(session);
	/* no more than the queue of acknowledgements holds */
	while (session->left && session->under_way < ENTRIES && !err && !session->broken)
		err = send_one(session);
	note(session, err);
}

/* ------------------------------------------------------------------ api/checksum.rpc */

static struct session *self(struct checksum_server *rpc)
{
	return container_of(rpc, struct session, rpc);
}

static enum os_err upload(struct checksum_server *rpc, struct packet_stream_cap *stream)
{
	*stream = packet_stream_server_cap(&self(rpc)->up.rpc);
	return OS_OK;
}

static enum os_err download(struct checksum_server *rpc, struct packet_stream_cap *stream)
{
	*stream = packet_stream_server_cap(&self(rpc)->down.rpc);
	return OS_OK;
}

static enum os_err send(struct checksum_server *rpc, uint32_t count, uint32_t size)
{
	struct session *session = self(rpc);

	if (!size || size > BULK_SIZE)
		return OS_ERR_RANGE;
	if (session->left)
		return OS_ERR_BUSY;
	session->left = count;
	session->size = size;
	go_on(&session->down);
	return OS_OK;
}

static enum os_err statistics(struct checksum_server *rpc, uint64_t *up, uint64_t *wakeups,
                              uint64_t *down, uint64_t *wrong, bool *broken)
{
	const struct session *session = self(rpc);

	*up = session->up_count;
	*wakeups = session->wakeups;
	*down = session->down_count;
	*wrong = session->wrong;
	*broken = session->broken;
	return OS_OK;
}

static enum os_err scribble(struct checksum_server *rpc)
{
	struct os_ram *ram = &self(rpc)->down.ram;

	memset(ram->view.start, 0xa5, OS_PAGE_SIZE);
	return OS_OK;
}

static const struct checksum_ops rpc_ops = {
	.upload = upload,
	.download = download,
	.send = send,
	.statistics = statistics,
	.scribble = scribble,
};

/* ------------------------------------------------------------------ sessions */

static enum os_err session_create(struct os_server_session *base,
                                  const struct os_session_request *request, struct os_cap *cap)
{
	struct os_packet_server_args args = { .submit_entries = ENTRIES,
		                              .acknowledge_entries = ENTRIES,
		                              .bulk_size = BULK_SIZE };
	struct session *session = container_of(base, struct session, base);
	struct os_env *const env = base->service->env;
	struct os_ep *const ep = base->service->ep;
	struct os_account *const account = &base->account;
	enum os_err err;

	(void)request;
	args.role = PACKET_STREAM_ROLE_SINK;
	if ((err = os_packet_server_init(&session->up, env, ep, account, &args, up_handle)))
		goto out;
	args.role = PACKET_STREAM_ROLE_SOURCE;
	if ((err = os_packet_server_init(&session->down, env, ep, account, &args, down_handle)))
		goto out;
	err = checksum_server_init(&session->rpc, ep, account, &rpc_ops);
	*cap = checksum_server_cap(&session->rpc).cap;
out:
	if (err) {
		os_packet_server_fini(&session->down);
		os_packet_server_fini(&session->up);
	}
	return err;
}

static void session_destroy(struct os_server_session *base)
{
	struct session *session = container_of(base, struct session, base);

	checksum_server_fini(&session->rpc);
	os_packet_server_fini(&session->down);
	os_packet_server_fini(&session->up);
}

static const struct os_service_ops service_ops = {
	.session_size = sizeof(struct session),
	.create = session_create,
	.destroy = session_destroy,
};

static struct os_service service;

enum os_err os_construct(struct os_env *env)
{
	return os_service_init(&service, env, env->ep, CHECKSUM_SERVICE, &service_ops, NULL);
}
