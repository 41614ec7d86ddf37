/* SPDX-License-Identifier: BSD-2-Clause */
/* terminal_log: serves "LOG" sessions, and writes their lines to a terminal. */

#include <api/log.h>
#include <osier/env.h>
#include <osier/session.h>
#include <osier/string.h>
#include <osier/thread.h>
#include <terminal/byte_ring.h>
#include <terminal/terminal.h>

#include "line_queue.h"

/*
 *   clients --> queue of each session --> ring --> thread --> terminal
 *              (its own memory)                   (waits for the terminal)
 *
 * The entrypoint never waits for the terminal. Sessions take turns, a line each, so that one that
 * floods crowds out itself alone. What a client wrote last is shown also when it is gone.
 */

enum {
	LABEL_MAX = 160,
	SHOWN_MAX = LABEL_MAX + LINE_QUEUE_LINE_MAX + 8,
	LAST_WORDS = 4096, /* bytes, of clients that are gone */
};

struct session {
	struct os_server_session base;
	struct os_list_node node; /* sessions */
	struct log_server rpc;
	struct os_ram memory;
	struct line_queue queue;
	char label[LABEL_MAX];
};

static struct os_env *own;
static struct os_service service;
static struct os_list sessions; /* who is next stands first */
static char last_words[LAST_WORDS];
static struct line_queue gone; /* lines with their labels */
static struct os_signal_handler room;

/* the writer's, and what it shares with the entrypoint */
static struct os_byte_ring ring;
static struct os_thread writer;
static struct os_semaphore work;
static struct os_signal_handler taken; /* the terminal's: it takes more */

/* ------------------------------------------------------------------ lines into the ring */

static struct session *next_pending(void)
{
	OS_LIST_FOR_EACH (node, &sessions) {
		struct session *const session = OS_LIST_ITEM(node, struct session, node);

		if (line_queue_pending(&session->queue))
			return session;
	}
	return NULL;
}

static void gone_line(void)
{
	/* the lines have their labels; that some are lost has ours */
	const char *const label = gone.used ? NULL : "terminal_log";
	char shown[SHOWN_MAX];
	const size_t size = line_queue_get(&gone, label, shown, sizeof(shown));

	os_byte_ring_put(&ring, shown, (uint32_t)size);
}

/* Whoever has had its turn is the last one now. */
static void session_line(struct session *session)
{
	char shown[SHOWN_MAX];
	const size_t size = line_queue_get(&session->queue, session->label, shown, sizeof(shown));

	os_byte_ring_put(&ring, shown, (uint32_t)size);
	os_list_remove(&sessions, &session->node);
	os_list_append(&sessions, &session->node);
}

static void flush(void)
{
	struct session *session;
	bool any = false;

	/* any line fits: none is taken that would have to be kept */
	while (os_byte_ring_room(&ring) >= SHOWN_MAX) {
		if (line_queue_pending(&gone))
			gone_line();
		else if ((session = next_pending()))
			session_line(session);
		else
			break;
		any = true;
	}
	if (any)
		os_semaphore_up(&work);
}

static void handle_room(struct os_signal_handler *handler, uint64_t count)
{
	(void)handler;
	(void)count;
	flush();
}

/* ------------------------------------------------------------------ the writer */

static void handle_taken(struct os_signal_handler *handler, uint64_t count)
{
	(void)handler;
	(void)count;
	os_semaphore_up(&work);
}

/* All of it; where the terminal is slow, when it takes more. */
static enum os_err write_all(struct os_terminal *terminal, const uint8_t *bytes, size_t size)
{
	size_t done = 0, count;
	enum os_err err;

	while (done < size) {
		if ((err = os_terminal_write(terminal, bytes + done, size - done, &count)))
			return err;
		done += count;
		if (done < size)
			os_semaphore_down(&work);
	}
	return OS_OK;
}

static enum os_err write_for_ever(struct os_terminal *terminal)
{
	uint8_t piece[1024];
	enum os_err err;

	for (;;) {
		const uint32_t size = os_byte_ring_get(&ring, piece, sizeof(piece));

		if (!size) {
			os_semaphore_down(&work);
			continue;
		}
		if ((err = write_all(terminal, piece, size)) ||
		    (err = os_signal_submit(room.cap, 1)))
			return err;
	}
}

static void write_lines(struct os_thread *thread, void *argument)
{
	struct os_terminal terminal = { 0 };
	enum os_err err;

	(void)thread;
	(void)argument;
	/* to wait for it here keeps no client waiting */
	if (!(err = os_terminal_open(&terminal, own, NULL)) &&
	    !(err = terminal_write_avail_sigh(terminal.cap, taken.cap)))
		err = write_for_ever(&terminal);
	os_error(own, "the terminal is lost: %s", os_err_text(err));
	os_terminal_close(&terminal);
}

/* ------------------------------------------------------------------ sessions */

static enum os_err write(struct log_server *rpc, const char *text)
{
	line_queue_put_text(&container_of(rpc, struct session, rpc)->queue, text);
	flush();
	return OS_OK;
}

static const struct log_ops rpc_ops = { .write = write };

static enum os_err session_create(struct os_server_session *base,
                                  const struct os_session_request *request, struct os_cap *cap)
{
	struct session *session = container_of(base, struct session, base);
	enum os_err err;

	if ((err = os_str_copy(session->label, sizeof(session->label), request->label)) ||
	    (err = os_ram_init(&session->memory, own, OS_PAGE_SIZE, &base->account)))
		return err;
	if ((err = log_server_init(&session->rpc, service.ep, &base->account, &rpc_ops))) {
		os_ram_fini(&session->memory, own);
		return err;
	}
	line_queue_init(&session->queue, session->memory.view.start, session->memory.view.size);
	os_list_append(&sessions, &session->node);
	*cap = log_server_cap(&session->rpc).cap;
	return OS_OK;
}

/* Keep what it has written last, as far as there is room for it. */
static void keep_last_words(struct session *session)
{
	char shown[SHOWN_MAX];
	size_t size;

	while ((size = line_queue_get(&session->queue, session->label, shown, sizeof(shown))))
		line_queue_put(&gone, shown, size - 2);
}

static void session_destroy(struct os_server_session *base)
{
	struct session *session = container_of(base, struct session, base);

	log_server_fini(&session->rpc);
	flush();
	keep_last_words(session);
	os_list_remove(&sessions, &session->node);
	os_ram_fini(&session->memory, own);
	flush();
}

static const struct os_service_ops service_ops = {
	.session_size = sizeof(struct session),
	.create = session_create,
	.destroy = session_destroy,
};

enum os_err os_construct(struct os_env *env)
{
	enum os_err err;

	own = env;
	line_queue_init(&gone, last_words, sizeof(last_words));
	if ((err = os_signal_handler_init(&room, env->ep, handle_room)) ||
	    (err = os_signal_handler_init(&taken, env->ep, handle_taken)) ||
	    (err = os_service_init(&service, env, env->ep, LOG_SERVICE, &service_ops, NULL)))
		return err;
	return os_thread_init(&writer, env, "writer", 0, 0, write_lines, NULL);
}
