/* SPDX-License-Identifier: BSD-2-Clause */
/* input_source: serves Input sessions by the script in its config. */

#include <config/config.h>
#include <input/key.h>
#include <input/session.h>
#include <label/label.h>
#include <osier/string.h>
#include <timeout/timeout.h>

enum {
	STEPS_MAX = 64, /* in a row, so that clients get their turn */
	LOOK_US = 2000, /* how often it looks whether the clients have taken all */
};

struct session {
	struct os_server_session base;
	struct os_input_server input;
	char name[OS_LABEL_MAX]; /* the last element of its label */
};

static struct os_env *env;
static struct os_config config;
static struct os_timeouts timeouts;
static struct os_service service;
static struct os_signal_handler work;
static uint64_t listening; /* sessions */

/* the script: the next step, and how often it has been done already */
static struct os_xml step;
static uint64_t done;
static bool begun, sleeping;

/* ------------------------------------------------------------------ steps */

static const struct {
	const char *type;
	enum os_input_kind kind;
} events[] = {
	{ "press", OS_INPUT_PRESS },     { "release", OS_INPUT_RELEASE },
	{ "motion", OS_INPUT_RELATIVE }, { "at", OS_INPUT_ABSOLUTE },
	{ "wheel", OS_INPUT_WHEEL },     { "touch", OS_INPUT_TOUCH },
	{ "untouch", OS_INPUT_UNTOUCH },
};

/* The event of the present step; false: it is none. */
static bool event_read(struct os_input_event *event)
{
	char key[32];

	*event = (struct os_input_event){
		.kind = (uint16_t)os_xml_u64(step, "kind", 0),
		.code = (uint16_t)os_xml_u64(step, "code", os_xml_u64(step, "finger", 0)),
		.character = (uint32_t)os_xml_u64(step, "character", 0),
		.x = (int32_t)os_xml_i64(step, "x", 0),
		.y = (int32_t)os_xml_i64(step, "y", 0),
	};
	if (!os_xml_string(step, "key", key, sizeof(key)))
		event->code = (uint16_t)os_key_code(key);
	if (os_xml_type_is(step, "event"))
		return true;
	for (size_t i = 0; i < OS_ARRAY_SIZE(events); i++)
		if (os_xml_type_is(step, events[i].type)) {
			event->kind = (uint16_t)events[i].kind;
			return true;
		}
	return false;
}

/* Whoever believes what stands there believes too much. */
static void fill_with_garbage(struct os_input_server *input)
{
	os_random(env, input->source.ring, sizeof(*input->source.ring));
	input->source.head = input->source.ring->head;
}

static void put(const struct os_input_event *event)
{
	OS_LIST_FOR_EACH (node, &service.sessions) {
		struct os_server_session *const base =
		        OS_LIST_ITEM(node, struct os_server_session, node);
		struct session *const session = container_of(base, struct session, base);

		if (!os_input_server_used(&session->input) ||
		    (os_xml_has(step, "to") && !os_xml_equal(step, "to", session->name)))
			continue;
		if (event)
			os_input_server_put(&session->input, event);
		else
			fill_with_garbage(&session->input);
	}
}

static void handle_timeout(struct os_timeout *timeout, uint64_t count)
{
	(void)timeout;
	(void)count;
	sleeping = false;
	OS_ASSERT(!os_signal_submit(work.cap, 1));
}

static struct os_timeout timeout = { .handle = handle_timeout };

static void sleep(uint64_t us)
{
	if (!timeouts.session.env)
		OS_ASSERT(!os_timeouts_init(&timeouts, env, env->ep));
	OS_ASSERT(!os_timeout_after(&timeouts, &timeout, us));
	sleeping = true;
}

static bool all_taken(void)
{
	OS_LIST_FOR_EACH (node, &service.sessions) {
		struct os_server_session *const base =
		        OS_LIST_ITEM(node, struct os_server_session, node);
		const struct os_input_source *const source =
		        &container_of(base, struct session, base)->input.source;

		if (source->ring && atomic_load(&source->ring->tail) != source->head)
			return false;
	}
	return true;
}

/* False: the step is to be done once more, later. */
static bool step_do(void)
{
	struct os_input_event event;

	if (os_xml_type_is(step, "sleep"))
		sleep(os_xml_u64(step, "milliseconds", 0) * 1000);
	else if (os_xml_type_is(step, "taken") && !all_taken()) {
		sleep(LOOK_US);
		return false;
	} else if (os_xml_type_is(step, "crash"))
		__builtin_trap();
	else if (os_xml_type_is(step, "exit"))
		os_exit(env, (int)os_xml_i64(step, "value", 0));
	else if (os_xml_type_is(step, "garbage"))
		put(NULL);
	else if (event_read(&event))
		put(&event);
	return true;
}

static void handle_work(struct os_signal_handler *handler, uint64_t count)
{
	(void)count;
	for (int i = 0; i < STEPS_MAX && !sleeping; i++) {
		if (!os_xml_valid(step) && os_xml_bool(config.root, "loop", false))
			step = os_xml_first(config.root, NULL);
		if (!os_xml_valid(step))
			return;
		if (!step_do())
			return;
		if (++done < os_xml_u64(step, "count", 1))
			continue;
		step = os_xml_next(step, NULL);
		done = 0;
	}
	if (!sleeping)
		OS_ASSERT(!os_signal_submit(handler->cap, 1));
}

/* ------------------------------------------------------------------ sessions */

static void client_begins(struct os_input_server *input)
{
	(void)input;
	if (begun || ++listening < os_xml_u64(config.root, "clients", 1))
		return;
	begun = true;
	OS_ASSERT(!os_signal_submit(work.cap, 1));
}

static enum os_err session_create(struct os_server_session *base,
                                  const struct os_session_request *request, struct os_cap *cap)
{
	struct session *const session = container_of(base, struct session, base);
	enum os_err err;

	if ((err = os_str_copy(session->name, sizeof(session->name),
	                       os_label_last(request->label))))
		return err;
	err = os_input_server_init(&session->input, env, env->ep, &base->account);
	session->input.begun = client_begins;
	*cap = input_server_cap(&session->input.rpc).cap;
	return err;
}

static void session_destroy(struct os_server_session *base)
{
	struct session *const session = container_of(base, struct session, base);

	if (!begun)
		listening -= os_input_server_used(&session->input);
	os_input_server_fini(&session->input);
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
	step = os_xml_first(config.root, NULL);
	if ((err = os_signal_handler_init(&work, env->ep, handle_work)))
		return err;
	return os_service_init(&service, env, env->ep, INPUT_SERVICE, &service_ops, NULL);
}
