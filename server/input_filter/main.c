/* SPDX-License-Identifier: BSD-2-Clause */
/* input_filter: several Input sessions become one, with characters and repetition. */

#include <api/timer.h>
#include <config/config.h>
#include <input/session.h>
#include <link/link.h>
#include <osier/string.h>

#include "filter.h"

/*
 *   drivers ==links==> inputs --> filter --> clients
 *                        Timer ----^
 *
 * It waits for no driver: each is asked for by a link, once there is a client, and again when it
 * has ended. Nor does it for the timer, of which it wants one alarm while a key is held, and none
 * else.
 */

struct input {
	struct os_list_node node;
	struct os_link link;
	struct os_input events;
	struct filter_source source;
	bool named; /* by the config that is being taken, and not to be tried again */
	char label[SOURCE_LABEL_MAX];
};

struct session {
	struct os_server_session base;
	struct os_input_server input;
};

static struct os_env *env;
static struct os_config config;
static struct settings settings, next_settings;
static bool listened; /* somebody has begun to listen: the drivers are asked for */
static struct os_links links;
static struct os_list inputs;
static struct os_service service;
static struct filter filter;

/* the timer, and what it is to do */
static struct os_link timer;
static struct os_signal_handler alarm;
static uint64_t repeating, deadline_us; /* the key by its number; 0: none */

/* ------------------------------------------------------------------ clients */

static void put(struct filter *self, const struct os_input_event *event)
{
	(void)self;
	OS_LIST_FOR_EACH (node, &service.sessions) {
		struct os_server_session *const base =
		        OS_LIST_ITEM(node, struct os_server_session, node);

		os_input_server_put(&container_of(base, struct session, base)->input, event);
	}
}

static void inputs_follow(void);

static void client_begins(struct os_input_server *input)
{
	(void)input;
	if (listened)
		return;
	listened = true;
	inputs_follow();
}

static enum os_err session_create(struct os_server_session *base,
                                  const struct os_session_request *request, struct os_cap *cap)
{
	struct session *const session = container_of(base, struct session, base);
	enum os_err err;

	(void)request;
	err = os_input_server_init(&session->input, env, env->ep, &base->account);
	session->input.begun = client_begins;
	*cap = input_server_cap(&session->input.rpc).cap;
	return err;
}

static void session_destroy(struct os_server_session *base)
{
	os_input_server_fini(&container_of(base, struct session, base)->input);
}

static const struct os_service_ops service_ops = {
	.session_size = sizeof(struct session),
	.create = session_create,
	.destroy = session_destroy,
};

/* ------------------------------------------------------------------ repetition */

static struct timer_cap timer_cap(void)
{
	return (struct timer_cap){ timer.session.cap };
}

/* Without the timer nothing repeats, and all else goes on. */
static void timer_check(enum os_err err)
{
	if (!err)
		return;
	repeating = 0;
	os_link_lost(&timer);
}

/* The first repetition comes after the delay. */
static enum os_err alarm_begin(void)
{
	uint64_t now;
	enum os_err err = timer_now(timer_cap(), &now);

	if (err)
		return err;
	deadline_us = now + settings.delay_us;
	return timer_alarm(timer_cap(), deadline_us);
}

/* After each event: the alarm is for the key that repeats now, if any. */
static void alarm_follow(void)
{
	const uint64_t wanted = filter_repeats(&filter) ? filter.repeating.number : 0;

	if (wanted == repeating || timer.state != OS_LINK_OPEN)
		return;
	repeating = wanted;
	timer_check(wanted ? alarm_begin() : timer_cancel(timer_cap()));
}

static enum os_err alarm_next(void)
{
	uint64_t now;
	enum os_err err = timer_now(timer_cap(), &now);

	if (err)
		return err;
	if (now >= deadline_us) {
		filter_repeat(&filter);
		deadline_us = OS_MAX(deadline_us + settings.rate_us,
		                     now); /* who is late does not catch up */
	}
	return timer_alarm(timer_cap(), deadline_us);
}

static void handle_alarm(struct os_signal_handler *handler, uint64_t count)
{
	(void)handler;
	(void)count;
	if (repeating && timer.state == OS_LINK_OPEN)
		timer_check(alarm_next());
}

static void timer_changed(struct os_link *link)
{
	repeating = 0;
	switch (link->state) {
	case OS_LINK_OPEN:
		timer_check(timer_sigh(timer_cap(), alarm.cap));
		alarm_follow();
		break;
	case OS_LINK_FAILED:
		os_warning(env, "no timer, so no key repeats: %s", os_err_text(link->error));
		break;
	case OS_LINK_WAITING:
		break;
	}
}

static void timer_begin(void)
{
	const struct os_session_args args = OS_LINK_ARGS(TIMER, NULL);
	enum os_err err;

	if (timer.links && timer.state == OS_LINK_FAILED)
		os_link_fini(&timer);
	if (!settings.repeat || timer.links)
		return;
	if ((err = os_link_init(&timer, &links, &args, timer_changed)))
		os_warning(env, "no timer, so no key repeats: %s", os_err_text(err));
}

/* ------------------------------------------------------------------ inputs */

static void handle_event(struct os_input *events, const struct os_input_event *event)
{
	filter_event(&filter, &container_of(events, struct input, events)->source, event);
	alarm_follow();
}

static void input_ended(struct input *input)
{
	os_input_fini(&input->events);
	filter_release_all(&filter, &input->source);
	alarm_follow();
}

static void input_opened(struct input *input)
{
	const struct input_cap cap = { input->link.session.cap };
	const enum os_err err =
	        os_input_init(&input->events, env->ep, cap, &input->link.session, handle_event);

	if (err == OS_ERR_GONE)
		os_link_lost(&input->link);
	else if (err)
		os_warning(env, "input \"%s\": %s", input->label, os_err_text(err));
}

static void input_changed(struct os_link *link)
{
	struct input *const input = container_of(link, struct input, link);

	switch (link->state) {
	case OS_LINK_OPEN:
		input_opened(input);
		break;
	case OS_LINK_WAITING:
		input_ended(input);
		break;
	case OS_LINK_FAILED:
		os_warning(env, "no input \"%s\": %s", input->label, os_err_text(link->error));
		break;
	}
}

static struct input *input_find(const char *label)
{
	OS_LIST_FOR_EACH (node, &inputs) {
		struct input *const input = OS_LIST_ITEM(node, struct input, node);

		if (os_str_equal(input->label, label))
			return input;
	}
	return NULL;
}

static void input_create(const struct source_settings *wanted)
{
	struct os_session_args args = OS_LINK_ARGS(INPUT, NULL);
	struct input *input;
	enum os_err err;

	if ((err = os_alloc(env->heap, sizeof(*input), (void **)&input)))
		goto out;
	memcpy(input->label, wanted->label, sizeof(input->label));
	input->source.settings = wanted;
	input->named = true;
	args.label = input->label;
	/* one that is not there is kept all the same: the next config tries it again */
	err = os_link_init(&input->link, &links, &args, input_changed);
	os_list_append(&inputs, &input->node);
out:
	if (err)
		os_warning(env, "no input \"%s\": %s", wanted->label, os_err_text(err));
}

static void input_destroy(struct input *input)
{
	input_ended(input);
	os_link_fini(&input->link);
	os_list_remove(&inputs, &input->node);
	os_free(env->heap, input, sizeof(*input));
}

/* One that is there stays; one that is not is tried again, as routes may have changed, too. */
static void inputs_follow(void)
{
	if (!listened)
		return;
	OS_LIST_FOR_EACH (node, &inputs)
		OS_LIST_ITEM(node, struct input, node)->named = false;
	for (uint32_t i = 0; i < settings.source_count; i++) {
		struct input *const input = input_find(settings.sources[i].label);

		if (!input)
			continue;
		input->source.settings = &settings.sources[i];
		input->named = input->link.links && input->link.state != OS_LINK_FAILED;
	}
	OS_LIST_FOR_EACH (node, &inputs) {
		struct input *const input = OS_LIST_ITEM(node, struct input, node);

		if (!input->named)
			input_destroy(input);
	}
	for (uint32_t i = 0; i < settings.source_count; i++)
		if (!input_find(settings.sources[i].label))
			input_create(&settings.sources[i]);
}

/* ------------------------------------------------------------------ config */

/* A config with a mistake changes nothing. */
static bool config_accept(struct os_config *self, struct os_xml root)
{
	static struct settings candidate;
	struct settings_error error;

	(void)self;
	if (settings_read(&candidate, root, &error)) {
		next_settings = candidate;
		return true;
	}
	os_error(env, "config:%u: expected %s", error.line, error.expected);
	return false;
}

static void config_changed(struct os_config *self)
{
	(void)self;
	settings = next_settings;
	filter_settings(&filter, &settings);
	timer_begin();
	inputs_follow();
	alarm_follow();
}

enum os_err os_construct(struct os_env *own)
{
	struct settings_error error;
	enum os_err err;

	env = own;
	/* the defaults: without any inputs, until there is a config that is right */
	OS_ASSERT(settings_read(&next_settings, (struct os_xml){ 0 }, &error));
	filter_init(&filter, &settings, put);
	if ((err = os_links_init(&links, env, env->ep)) ||
	    (err = os_signal_handler_init(&alarm, env->ep, handle_alarm)) ||
	    (err = os_service_init(&service, env, env->ep, INPUT_SERVICE, &service_ops, NULL)))
		return err;
	err = os_config_open_checked(&config, env, config_accept);
	if (err && err != OS_ERR_INVALID && err != OS_ERR_SYNTAX)
		return err;
	settings = next_settings;
	filter.number_lock = settings.number_lock;
	config_changed(&config);
	return os_config_sigh(&config, env->ep, config_changed);
}
