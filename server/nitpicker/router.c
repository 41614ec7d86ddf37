/* SPDX-License-Identifier: BSD-2-Clause */
/* The router: each event has at most one receiver, found where the event begins. */

#include <label/label.h>
#include <osier/string.h>

#include "router.h"

static void deliver(struct router *router, struct client *client, struct os_input_event event)
{
	const struct os_rect area =
	        client ? stack_area(router->stack, client) : (struct os_rect){ 0 };

	if (!client)
		return;
	if (event.kind == OS_INPUT_ABSOLUTE || event.kind == OS_INPUT_TOUCH) {
		event.x -= area.x;
		event.y -= area.y;
	}
	router->deliver(router, client, &event);
}

static void tell(struct router *router, struct client *client, enum os_input_kind kind)
{
	deliver(router, client, (struct os_input_event){ .kind = (uint16_t)kind });
}

static struct client *client_at(const struct router *router, int32_t x, int32_t y)
{
	const struct view *const view = stack_at(router->stack, x, y);

	return view ? view->client : NULL;
}

struct client *router_find(const struct router *router, const char *label)
{
	const struct os_list_node *node = os_list_last(&router->stack->clients);
	struct client *below = NULL;

	for (; *label && node; node = os_list_prev(node)) {
		struct client *const client = OS_LIST_ITEM(node, struct client, node);

		if (os_str_equal(client->label, label))
			return client;
		if (!below && os_label_has_prefix(client->label, label))
			below = client;
	}
	return below;
}

/* ------------------------------------------------------------------ focus */

static bool is_global(const struct router *router, uint32_t code)
{
	for (size_t i = 0; i < router->key_count; i++)
		if (router->keys[i].code == code)
			return true;
	return false;
}

/* Shift and the like that a person holds are meant for whoever has the focus at the time. */
static void modifiers_follow(struct router *router, struct client *client)
{
	for (uint32_t code = 0; client && !router->kill && code < OS_KEY_COUNT; code++) {
		const struct os_input_event event = { .kind = OS_INPUT_PRESS,
			                              .code = (uint16_t)code };

		if (!os_key_is_modifier(code) || !router->down[code] || router->target[code] ||
		    is_global(router, code))
			continue;
		router->target[code] = client;
		deliver(router, client, event);
	}
}

void router_focus(struct router *router, struct client *client)
{
	struct client *const before = router->focus;

	if (client && !(client->domain && client->domain->focus))
		client = NULL;
	if (before == client)
		return;
	for (uint32_t code = 0; code < OS_KEY_COUNT; code++)
		if (router->target[code] == before && !os_key_is_button(code))
			router->target[code] = NULL;
	router->focus = client;
	tell(router, before, OS_INPUT_UNFOCUS);
	tell(router, client, OS_INPUT_FOCUS);
	modifiers_follow(router, client);
}

enum os_err router_focus_ask(struct router *router, struct client *client)
{
	const struct domain *const domain = client->domain;

	if (!domain || !domain->focus || !domain->focus_by_request || router->focus_elsewhere)
		return OS_ERR_DENIED;
	if (router->focus && router->focus->domain->layer < domain->layer)
		return OS_ERR_DENIED;
	router_focus(router, client);
	return OS_OK;
}

void router_check(struct router *router)
{
	if (router->focus && !(router->focus->domain && router->focus->domain->focus))
		router_focus(router, NULL);
}

static void click(struct router *router, struct client *client)
{
	router->clicked = client;
	router->clicks++;
	if (client && client->domain->focus && client->domain->focus_by_click &&
	    !router->focus_elsewhere)
		router_focus(router, client);
}

/* ------------------------------------------------------------------ pointer */

static bool told_of_motion(const struct router *router, const struct client *client)
{
	return client == router->drag || client == router->focus ||
	       (client && client->domain->hover_always);
}

static void position_tell(struct router *router, struct client *client)
{
	if (client && told_of_motion(router, client))
		deliver(router, client,
		        (struct os_input_event){
		                .kind = OS_INPUT_ABSOLUTE, .x = router->x, .y = router->y });
}

void router_settle(struct router *router)
{
	const struct os_rect screen = router->stack->screen;
	struct client *const before = router->hover;
	struct client *now;

	router->x = OS_MAX(0, OS_MIN(router->x, screen.width - 1));
	router->y = OS_MAX(0, OS_MIN(router->y, screen.height - 1));
	if (router->drag)
		return;
	now = client_at(router, router->x, router->y);
	if (now == before)
		return;
	router->hover = now;
	if (router->kill)
		return;
	tell(router, before, OS_INPUT_LEAVE);
	tell(router, now, OS_INPUT_ENTER);
	position_tell(router, now);
}

static int32_t add(int32_t a, int32_t b)
{
	int32_t sum;

	if (__builtin_add_overflow(a, b, &sum))
		return a < 0 ? INT32_MIN : INT32_MAX;
	return sum;
}

static void motion(struct router *router, int32_t x, int32_t y)
{
	const struct client *const before = router->hover;

	router->x = x;
	router->y = y;
	router_settle(router);
	if (!router->kill && router->hover == before)
		position_tell(router, router->drag ? router->drag : router->hover);
}

/* ------------------------------------------------------------------ keys, buttons */

/* True: it is done, and nobody is told. */
static bool global(struct router *router, uint32_t code, struct client **client)
{
	for (size_t i = 0; i < router->key_count; i++) {
		const struct global_key *const key = &router->keys[i];

		if (key->code != code)
			continue;
		if (key->action == GLOBAL_XRAY)
			router->xray = !router->xray;
		else if (key->action == GLOBAL_KILL)
			router->kill = !router->kill;
		else
			*client = router_find(router, key->label);
		return key->action != GLOBAL_ROUTE;
	}
	return false;
}

/* In kill mode: what is clicked, is to end; Escape ends the mode. */
static void kill_press(struct router *router, uint32_t code)
{
	if (os_key_is_button(code)) {
		router->victim = client_at(router, router->x, router->y);
		router->kill = false;
	} else if (code == OS_KEY_ESC) {
		router->kill = false;
	}
}

static void press(struct router *router, const struct os_input_event *event)
{
	const uint32_t code = event->code;
	const bool button = os_key_is_button(code), first = button && !router->buttons;
	struct client *client = router->focus;

	if (router->down[code])
		return; /* by another keyboard: it goes up once */
	router->down[code] = true;
	router->buttons += button;
	if (global(router, code, &client))
		return;
	if (router->kill) {
		kill_press(router, code);
		return;
	}
	if (first) {
		router_settle(router);
		click(router, router->hover);
		router->drag = router->hover;
	}
	if (button)
		client = router->drag;
	router->target[code] = client;
	deliver(router, client, *event);
}

static void release(struct router *router, const struct os_input_event *event)
{
	const uint32_t code = event->code;
	struct client *const client = router->target[code];

	if (!router->down[code])
		return;
	router->down[code] = false;
	router->target[code] = NULL;
	router->buttons -= os_key_is_button(code);
	deliver(router, client, *event);
	if (os_key_is_button(code) && !router->buttons) {
		router->drag = NULL;
		router_settle(router);
	}
}

static void key_event(struct router *router, const struct os_input_event *event)
{
	if (event->code >= OS_KEY_COUNT)
		return;
	if (event->kind == OS_INPUT_PRESS)
		press(router, event);
	else if (event->kind == OS_INPUT_RELEASE)
		release(router, event);
	else
		deliver(router, router->target[event->code], *event);
}

/* ------------------------------------------------------------------ fingers, all events */

static void touch(struct router *router, const struct os_input_event *event)
{
	struct client **const client = &router->touched[event->code % ROUTER_FINGERS];
	bool *const touching = &router->touching[event->code % ROUTER_FINGERS];

	if (event->code >= ROUTER_FINGERS || (!*touching && event->kind == OS_INPUT_UNTOUCH))
		return;
	if (!*touching && !router->kill) {
		*client = client_at(router, event->x, event->y);
		click(router, *client);
	} else if (!*touching) {
		router->victim = client_at(router, event->x, event->y);
		router->kill = false;
	}
	*touching = event->kind == OS_INPUT_TOUCH;
	deliver(router, *client, *event);
	if (!*touching)
		*client = NULL;
}

void router_event(struct router *router, const struct os_input_event *event)
{
	switch (event->kind) {
	case OS_INPUT_PRESS:
	case OS_INPUT_RELEASE:
	case OS_INPUT_REPEAT:
		key_event(router, event);
		return;
	case OS_INPUT_ABSOLUTE:
		motion(router, event->x, event->y);
		return;
	case OS_INPUT_RELATIVE:
		motion(router, add(router->x, event->x), add(router->y, event->y));
		return;
	case OS_INPUT_WHEEL:
		if (!router->kill)
			deliver(router, router->drag ? router->drag : router->hover, *event);
		return;
	case OS_INPUT_TOUCH:
	case OS_INPUT_UNTOUCH:
		touch(router, event);
		return;
	case OS_INPUT_LOST:
		router_lost(router);
		return;
	default:
		return;
	}
}

/* ------------------------------------------------------------------ what is gone */

/* Whether the client believes that something is down. */
static bool involved(const struct router *router, const struct client *client)
{
	for (size_t i = 0; i < OS_KEY_COUNT; i++)
		if (router->target[i] == client)
			return true;
	for (size_t i = 0; i < ROUTER_FINGERS; i++)
		if (router->touched[i] == client)
			return true;
	return false;
}

void router_lost(struct router *router)
{
	OS_LIST_FOR_EACH (node, &router->stack->clients) {
		struct client *const client = OS_LIST_ITEM(node, struct client, node);

		if (involved(router, client))
			tell(router, client, OS_INPUT_LOST);
	}
	memset(router->target, 0, sizeof(router->target));
	memset(router->down, 0, sizeof(router->down));
	memset(router->touched, 0, sizeof(router->touched));
	memset(router->touching, 0, sizeof(router->touching));
	router->buttons = 0;
	router->drag = NULL;
	router_settle(router);
}

void router_client_gone(struct router *router, struct client *client)
{
	struct client **const known[] = { &router->focus, &router->hover, &router->drag,
		                          &router->victim, &router->clicked };

	for (size_t i = 0; i < OS_ARRAY_SIZE(known); i++)
		if (*known[i] == client)
			*known[i] = NULL;
	for (size_t i = 0; i < OS_KEY_COUNT; i++)
		if (router->target[i] == client)
			router->target[i] = NULL;
	for (size_t i = 0; i < ROUTER_FINGERS; i++)
		if (router->touched[i] == client)
			router->touched[i] = NULL;
}
