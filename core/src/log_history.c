/* SPDX-License-Identifier: BSD-2-Clause */
/* Log_history sessions: the lines that were printed last, for components to read. */

#include "core.h"
#include <osier/string.h>

/*
 *            tail                head           numbers: tail_line .. head_line
 *             v                   v
 *   [ free   | length line | ... | free ]       a ring; a length has two bytes
 *
 * A new line makes room by taking the oldest ones' place, whether they were read or not.
 */
enum { HISTORY_SIZE = 64 * 1024, LENGTH_SIZE = 2 };

static struct {
	uint8_t bytes[HISTORY_SIZE];
	uint32_t tail, used;
	uint64_t tail_line, head_line;
	struct os_list sessions; /* that wait for lines */
} history;

struct history_session {
	struct object object;
	struct log_history_server rpc;
	struct sigh sigh;
	struct os_list_node node;
	bool waits; /* in history.sessions: it has seen all lines */
};

/* ------------------------------------------------------------------ the ring */

static uint8_t *byte_at(uint32_t offset)
{
	return &history.bytes[(history.tail + offset) % HISTORY_SIZE];
}

static uint32_t length_at(uint32_t offset)
{
	return *byte_at(offset) | (uint32_t)*byte_at(offset + 1) << 8;
}

static void put(uint8_t byte)
{
	*byte_at(history.used++) = byte;
}

static void wait(struct history_session *session)
{
	if (session->waits)
		return;
	session->waits = true;
	os_list_append(&history.sessions, &session->node);
}

static void wait_no_more(struct history_session *session)
{
	if (session->waits)
		os_list_remove(&history.sessions, &session->node);
	session->waits = false;
}

void log_history_add(const char *line, size_t size)
{
	struct os_list_node *node;

	OS_ASSERT(size <= LOG_HISTORY_READ_TEXT_SIZE);
	while (history.used + LENGTH_SIZE + size > HISTORY_SIZE) {
		const uint32_t oldest = LENGTH_SIZE + length_at(0);

		history.tail = (history.tail + oldest) % HISTORY_SIZE;
		history.used -= oldest;
		history.tail_line++;
	}
	put((uint8_t)size);
	put((uint8_t)(size >> 8));
	for (size_t i = 0; i < size; i++)
		put((uint8_t)line[i]);
	history.head_line++;
	while ((node = os_list_first(&history.sessions))) {
		struct history_session *const session =
		        OS_LIST_ITEM(node, struct history_session, node);

		wait_no_more(session);
		signal_context_submit(session->sigh.context, 1);
	}
}

/* ------------------------------------------------------------------ sessions */

static struct history_session *self(struct log_history_server *rpc)
{
	return container_of(rpc, struct history_session, rpc);
}

static enum os_err read(struct log_history_server *rpc, uint64_t line, uint64_t *first,
                        uint64_t *next, void *text, size_t *size)
{
	uint8_t *const out = text;
	uint32_t at = 0;

	*first = *next = history.tail_line;
	*size = 0;
	for (; *next < history.head_line; ++*next) {
		const uint32_t length = length_at(at);

		if (*next < line) {
			*first = *next + 1;
		} else {
			if (length > LOG_HISTORY_READ_TEXT_SIZE - *size)
				break;
			for (uint32_t i = 0; i < length; i++)
				out[(*size)++] = *byte_at(at + LENGTH_SIZE + i);
		}
		at += LENGTH_SIZE + length;
	}
	if (*next == *first)
		wait(self(rpc));
	return OS_OK;
}

/* Who has not read yet is told of what there is at once. */
static enum os_err sigh(struct log_history_server *rpc, struct signal_context_cap handler)
{
	struct history_session *const session = self(rpc);

	sigh_set(&session->sigh, handler.cap.slot);
	if (!session->waits)
		signal_context_submit(session->sigh.context, 1);
	return OS_OK;
}

static const struct log_history_ops ops = { .read = read, .sigh = sigh };

static void destroy(struct object *object)
{
	struct history_session *const session =
	        container_of(object, struct history_session, object);

	wait_no_more(session);
	sigh_fini(&session->sigh);
}

enum os_err log_history_session_create(const struct session_request *request, struct object **out)
{
	struct history_session *session;
	enum os_err err;

	if ((err = object_create(sizeof(*session), OBJECT_LOG, LOG_HISTORY_TYPE, request->account,
	                         0, destroy, out)))
		return err;
	session = container_of(*out, struct history_session, object);
	session->rpc.ops = &ops;
	object_serve(&session->object, &session->rpc.object, log_history_dispatch);
	return OS_OK;
}
