/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Who is told of what: the rules one by one, and after random events of people, clients and config,
 * each event at who should have it, and nowhere else.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "../router.h"

enum { CLIENTS = 4, LOG = 4096 };

static struct stack stack;
static struct router router;
static struct domain click = {
	.layer = 1, .focus = true, .focus_by_click = true, .hover_always = true
};
static struct domain shy = { .layer = 1, .focus = true, .focus_by_request = true, .x = 10, .y = 5 };
static struct domain none = { .layer = 2, .hover_always = true };
static struct client clients[CLIENTS];
static struct view views[CLIENTS];
static os_pixel pixels[100 * 100];

static struct {
	struct client *client;
	struct os_input_event event;
} told[LOG];
static size_t count;

static void damage(struct stack *self, struct os_rect rect)
{
	(void)self;
	(void)rect;
}

static void deliver(struct router *self, struct client *client, const struct os_input_event *event)
{
	(void)self;
	assert_non_null(client);
	assert_true(count < LOG);
	told[count].client = client;
	told[count++].event = *event;
}

static const struct global_key keys[] = {
	{ OS_KEY_SCROLLLOCK, GLOBAL_XRAY, "" },
	{ OS_KEY_PRINT, GLOBAL_KILL, "" },
	{ OS_KEY_F1, GLOBAL_ROUTE, "c" },
	{ OS_KEY_LEFTMETA, GLOBAL_XRAY, "" },
};

/* Clients a to d beside each other, 50 pixels each; a and d by click, b asks, c never. */
static int fresh(void **state)
{
	static const char *const labels[CLIENTS] = { "a", "b", "c -> program", "d" };
	struct domain *const domains[CLIENTS] = { &click, &shy, &none, &click };

	(void)state;
	stack = (struct stack){ .damage = damage };
	router = (struct router){
		.stack = &stack, .deliver = deliver, .keys = keys, .key_count = OS_ARRAY_SIZE(keys)
	};
	stack_resize(&stack, 200, 50);
	for (size_t i = 0; i < CLIENTS; i++) {
		clients[i] = (struct client){ .label = labels[i],
			                      .domain = domains[i],
			                      .buffer = { pixels, 100, 100, 100 } };
		views[i] = (struct view){ .client = &clients[i] };
		stack_client_add(&stack, &clients[i]);
		assert_int_equal(stack_insert(&stack, &views[i], NULL), OS_OK);
		views[i].x = (int32_t)i * 50 - domains[i]->x;
		views[i].y = -domains[i]->y;
		views[i].width = 50;
		views[i].height = 100;
		stack_place(&stack, &views[i]);
	}
	count = 0;
	return 0;
}

static void put(enum os_input_kind kind, uint32_t code, int32_t x, int32_t y)
{
	const struct os_input_event event = {
		.kind = (uint16_t)kind, .code = (uint16_t)code, .x = x, .y = y
	};

	router_event(&router, &event);
}

static void move_to(int32_t x)
{
	put(OS_INPUT_ABSOLUTE, 0, x, 20);
}

static void press(uint32_t code)
{
	put(OS_INPUT_PRESS, code, 0, 0);
}

static void release(uint32_t code)
{
	put(OS_INPUT_RELEASE, code, 0, 0);
}

static void click_at(int32_t x)
{
	move_to(x);
	press(OS_BUTTON_LEFT);
	release(OS_BUTTON_LEFT);
	count = 0;
}

static void next_is(size_t *at, size_t client, enum os_input_kind kind, uint32_t code)
{
	assert_true(*at < count);
	assert_ptr_equal(told[*at].client, &clients[client]);
	assert_int_equal(told[*at].event.kind, kind);
	assert_int_equal(told[(*at)++].event.code, code);
}

static void nothing_else(size_t at)
{
	assert_int_equal(at, count);
	count = 0;
}

static void a_click_moves_the_focus_and_keys_follow(void **state)
{
	size_t at = 0;

	(void)state;
	press(OS_KEY_A);
	release(OS_KEY_A);
	nothing_else(0);
	move_to(10);
	press(OS_BUTTON_LEFT);
	next_is(&at, 0, OS_INPUT_ENTER, 0);
	next_is(&at, 0, OS_INPUT_ABSOLUTE, 0);
	next_is(&at, 0, OS_INPUT_FOCUS, 0);
	next_is(&at, 0, OS_INPUT_PRESS, OS_BUTTON_LEFT);
	nothing_else(at);
	release(OS_BUTTON_LEFT);
	click_at(160);
	press(OS_KEY_A);
	next_is((at = 0, &at), 3, OS_INPUT_PRESS, OS_KEY_A);
	nothing_else(at);
	click_at(60); /* b has to ask, c gets none */
	click_at(110);
	release(OS_KEY_A);
	next_is((at = 0, &at), 3, OS_INPUT_RELEASE, OS_KEY_A);
	nothing_else(at);
	assert_int_equal(router_focus_ask(&router, &clients[0]), OS_ERR_DENIED);
	assert_int_equal(router_focus_ask(&router, &clients[2]), OS_ERR_DENIED);
	assert_int_equal(router_focus_ask(&router, &clients[1]), OS_OK);
	next_is((at = 0, &at), 3, OS_INPUT_UNFOCUS, 0);
	next_is(&at, 1, OS_INPUT_FOCUS, 0);
	nothing_else(at);
	router.focus_elsewhere = true;
	click_at(10);
	assert_ptr_equal(router.focus, &clients[1]);
	assert_ptr_equal(router.clicked, &clients[0]);
	assert_int_equal(router_focus_ask(&router, &clients[1]), OS_ERR_DENIED);
}

static void who_asks_takes_the_focus_from_nobody_in_front(void **state)
{
	(void)state;
	click_at(10);
	shy.layer = 2;
	assert_int_equal(router_focus_ask(&router, &clients[1]), OS_ERR_DENIED);
	assert_ptr_equal(router.focus, &clients[0]);
	shy.layer = 0;
	assert_int_equal(router_focus_ask(&router, &clients[1]), OS_OK);
	assert_ptr_equal(router.focus, &clients[1]);
	shy.layer = 1;
}

static void who_loses_the_focus_is_told_of_no_key(void **state)
{
	size_t at = 0;

	(void)state;
	click_at(10);
	press(OS_KEY_A);
	count = 0;
	click_at(160);
	put(OS_INPUT_REPEAT, OS_KEY_A, 0, 0);
	release(OS_KEY_A);
	nothing_else(0);
	press(OS_KEY_B);
	put(OS_INPUT_REPEAT, OS_KEY_B, 0, 0);
	press(OS_KEY_B); /* a second keyboard */
	next_is(&at, 3, OS_INPUT_PRESS, OS_KEY_B);
	next_is(&at, 3, OS_INPUT_REPEAT, OS_KEY_B);
	nothing_else(at);
	click.focus = false; /* another config */
	router_check(&router);
	click.focus = true;
	assert_null(router.focus);
	next_is((at = 0, &at), 3, OS_INPUT_UNFOCUS, 0);
	nothing_else(at);
}

static void modifiers_that_are_held_go_where_the_focus_goes(void **state)
{
	size_t at = 0;

	(void)state;
	press(OS_KEY_LEFTCTRL); /* nobody has the focus yet */
	nothing_else(0);
	router_focus(&router, &clients[0]);
	next_is(&at, 0, OS_INPUT_FOCUS, 0);
	next_is(&at, 0, OS_INPUT_PRESS, OS_KEY_LEFTCTRL);
	nothing_else(at);
	press(OS_KEY_A);
	router_focus((count = 0, &router), &clients[3]);
	next_is((at = 0, &at), 0, OS_INPUT_UNFOCUS, 0);
	next_is(&at, 3, OS_INPUT_FOCUS, 0);
	next_is(&at, 3, OS_INPUT_PRESS, OS_KEY_LEFTCTRL);
	nothing_else(at);
	release(OS_KEY_A);
	release(OS_KEY_LEFTCTRL);
	next_is((at = 0, &at), 3, OS_INPUT_RELEASE, OS_KEY_LEFTCTRL);
	nothing_else(at);
	press(OS_KEY_LEFTMETA); /* a global one is not theirs, and in kill mode nothing is */
	press(OS_KEY_PRINT);
	press(OS_KEY_LEFTALT);
	count = 0;
	router_focus(&router, &clients[0]);
	next_is((at = 0, &at), 3, OS_INPUT_UNFOCUS, 0);
	next_is(&at, 0, OS_INPUT_FOCUS, 0);
	nothing_else(at);
}

static void a_drag_belongs_to_who_began_it(void **state)
{
	size_t at = 0;

	(void)state;
	click_at(110);
	press(OS_BUTTON_LEFT);
	move_to(160);
	press(OS_BUTTON_RIGHT);
	put(OS_INPUT_WHEEL, 0, 0, 1);
	release(OS_BUTTON_LEFT);
	move_to(161);
	release(OS_BUTTON_RIGHT);
	next_is(&at, 2, OS_INPUT_PRESS, OS_BUTTON_LEFT);
	next_is(&at, 2, OS_INPUT_ABSOLUTE, 0);
	next_is(&at, 2, OS_INPUT_PRESS, OS_BUTTON_RIGHT);
	next_is(&at, 2, OS_INPUT_WHEEL, 0);
	next_is(&at, 2, OS_INPUT_RELEASE, OS_BUTTON_LEFT);
	next_is(&at, 2, OS_INPUT_ABSOLUTE, 0);
	next_is(&at, 2, OS_INPUT_RELEASE, OS_BUTTON_RIGHT);
	next_is(&at, 2, OS_INPUT_LEAVE, 0);
	next_is(&at, 3, OS_INPUT_ENTER, 0);
	next_is(&at, 3, OS_INPUT_ABSOLUTE, 0);
	nothing_else(at);
}

static void places_are_relative_to_the_area_and_motion_is_not_for_all(void **state)
{
	size_t at = 0;

	(void)state;
	move_to(60); /* b is told of motion with the focus alone */
	put(OS_INPUT_RELATIVE, 0, 1, 1);
	next_is(&at, 1, OS_INPUT_ENTER, 0);
	nothing_else(at);
	assert_int_equal(router_focus_ask(&router, &clients[1]), OS_OK);
	put(OS_INPUT_RELATIVE, 0, 1, 1);
	next_is((at = 0, &at), 1, OS_INPUT_FOCUS, 0);
	next_is(&at, 1, OS_INPUT_ABSOLUTE, 0);
	assert_int_equal(told[1].event.x, 62 - shy.x);
	assert_int_equal(told[1].event.y, 22 - shy.y);
	nothing_else(at);
	put(OS_INPUT_RELATIVE, 0, INT32_MIN, INT32_MAX);
	put(OS_INPUT_RELATIVE, 0, INT32_MIN, INT32_MIN);
	assert_int_equal(router.x, 0);
	assert_int_equal(router.y, 0);
}

static void global_keys_go_elsewhere(void **state)
{
	size_t at = 0;

	(void)state;
	click_at(10);
	press(OS_KEY_F1);
	release(OS_KEY_F1);
	next_is(&at, 2, OS_INPUT_PRESS, OS_KEY_F1);
	next_is(&at, 2, OS_INPUT_RELEASE, OS_KEY_F1);
	nothing_else(at);
	press(OS_KEY_SCROLLLOCK);
	release(OS_KEY_SCROLLLOCK);
	assert_true(router.xray);
	press(OS_KEY_SCROLLLOCK);
	assert_false(router.xray);
	nothing_else(0);
}

static void kill_mode_tells_nobody(void **state)
{
	size_t at = 0;

	(void)state;
	click_at(10);
	press(OS_KEY_Q);
	press(OS_KEY_PRINT);
	assert_true(router.kill);
	release(OS_KEY_PRINT);
	press(OS_KEY_W);
	release(OS_KEY_W);
	release(OS_KEY_Q); /* what went down before, goes up */
	move_to(60);
	put(OS_INPUT_WHEEL, 0, 0, 1);
	press(OS_BUTTON_LEFT);
	release(OS_BUTTON_LEFT);
	next_is(&at, 0, OS_INPUT_PRESS, OS_KEY_Q);
	next_is(&at, 0, OS_INPUT_RELEASE, OS_KEY_Q);
	nothing_else(at);
	assert_ptr_equal(router.victim, &clients[1]);
	assert_false(router.kill);
	router_client_gone(&router, &clients[1]);
	assert_null(router.victim);
	press(OS_KEY_PRINT);
	press(OS_KEY_ESC);
	assert_false(router.kill);
}

static void fingers_stay_with_their_client(void **state)
{
	size_t at = 0;

	(void)state;
	put(OS_INPUT_TOUCH, 1, 110, 20);
	put(OS_INPUT_TOUCH, 2, 10, 20);
	put(OS_INPUT_TOUCH, 1, 10, 20);
	put(OS_INPUT_UNTOUCH, 1, 0, 0);
	put(OS_INPUT_UNTOUCH, 2, 0, 0);
	put(OS_INPUT_TOUCH, ROUTER_FINGERS, 10, 20);
	next_is(&at, 2, OS_INPUT_TOUCH, 1);
	next_is(&at, 0, OS_INPUT_FOCUS, 0);
	next_is(&at, 0, OS_INPUT_TOUCH, 2);
	next_is(&at, 2, OS_INPUT_TOUCH, 1);
	next_is(&at, 2, OS_INPUT_UNTOUCH, 1);
	next_is(&at, 0, OS_INPUT_UNTOUCH, 2);
	nothing_else(at);
}

static void drivers_that_end_leave_nothing_down(void **state)
{
	size_t at = 0;

	(void)state;
	click_at(10);
	press(OS_KEY_A);
	put(OS_INPUT_TOUCH, 0, 110, 20);
	count = 0;
	put(OS_INPUT_LOST, 0, 0, 0);
	release(OS_KEY_A);
	put(OS_INPUT_UNTOUCH, 0, 0, 0);
	next_is(&at, 0, OS_INPUT_LOST, 0);
	next_is(&at, 2, OS_INPUT_LOST, 0);
	nothing_else(at);
	press(OS_KEY_A);
	next_is((at = 0, &at), 0, OS_INPUT_PRESS, OS_KEY_A);
	nothing_else(at);
}

/* ------------------------------------------------------------------ at random */

/* What each client believes to be down, as it has been told. */
static bool believed[CLIENTS][OS_KEY_COUNT];

static void judge(struct client *focus)
{
	for (size_t i = 0; i < count; i++) {
		const struct os_input_event *const event = &told[i].event;
		const size_t who = (size_t)(told[i].client - clients);
		bool *const down = &believed[who][event->code % OS_KEY_COUNT];

		if (event->kind == OS_INPUT_FOCUS)
			focus = told[i].client;
		if (event->kind == OS_INPUT_UNFOCUS || event->kind == OS_INPUT_LOST)
			for (uint32_t code = 0; code < OS_KEY_COUNT; code++)
				if (event->kind == OS_INPUT_LOST || !os_key_is_button(code))
					believed[who][code] = false;
		if (event->kind == OS_INPUT_PRESS) {
			assert_false(*down);
			*down = true;
			if (event->code == OS_KEY_F1)
				assert_int_equal(who, 2);
			else if (!os_key_is_button(event->code))
				assert_ptr_equal(told[i].client, focus);
		}
		if (event->kind == OS_INPUT_RELEASE || event->kind == OS_INPUT_REPEAT)
			assert_true(*down);
		if (event->kind == OS_INPUT_RELEASE)
			*down = false;
	}
	count = 0;
}

static void replace_client(size_t i)
{
	stack_client_remove(&stack, &clients[i]);
	router_client_gone(&router, &clients[i]);
	memset(believed[i], 0, sizeof(believed[i]));
	clients[i].node = (struct os_list_node){ 0 };
	stack_client_add(&stack, &clients[i]);
	assert_int_equal(stack_insert(&stack, &views[i], NULL), OS_OK);
	stack_place(&stack, &views[i]);
}

static void random_event(void)
{
	static const uint16_t codes[] = { OS_KEY_A,          OS_KEY_LEFTALT,  OS_KEY_F1,
		                          OS_BUTTON_LEFT,    OS_BUTTON_RIGHT, OS_KEY_PRINT,
		                          OS_KEY_SCROLLLOCK, 0xffff };
	const uint16_t code = codes[rand() % (int)OS_ARRAY_SIZE(codes)];

	switch (rand() % 10) {
	case 0:
		if (rand() % 10 == 0)
			put(OS_INPUT_LOST, 0, 0, 0);
		break;
	case 1:
		if (rand() % 10 == 0)
			replace_client((size_t)rand() % CLIENTS);
		break;
	case 2:
		views[rand() % CLIENTS].x = rand() % 180;
		stack_place(&stack, &views[rand() % CLIENTS]);
		router_settle(&router);
		break;
	case 3:
	case 4:
		move_to(rand() % 220 - 10);
		break;
	case 5:
		put(OS_INPUT_REPEAT, code, 0, 0);
		break;
	case 6:
		put((enum os_input_kind)(rand() % 20), code, rand() % 200, rand() % 50);
		break;
	default:
		put(rand() % 2 ? OS_INPUT_PRESS : OS_INPUT_RELEASE, code, 0, 0);
	}
}

static void each_event_is_for_one(void **state)
{
	for (unsigned int seed = 0; seed < 50; seed++) {
		fresh(state);
		srand(seed);
		memset(believed, 0, sizeof(believed));
		for (int step = 0; step < 4000; step++) {
			struct client *const focus = router.focus;

			random_event();
			judge(focus);
			assert_true(!router.drag || router.buttons);
			assert_true(router.buttons <= 2);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(a_click_moves_the_focus_and_keys_follow, fresh),
		cmocka_unit_test_setup(who_asks_takes_the_focus_from_nobody_in_front, fresh),
		cmocka_unit_test_setup(who_loses_the_focus_is_told_of_no_key, fresh),
		cmocka_unit_test_setup(modifiers_that_are_held_go_where_the_focus_goes, fresh),
		cmocka_unit_test_setup(a_drag_belongs_to_who_began_it, fresh),
		cmocka_unit_test_setup(places_are_relative_to_the_area_and_motion_is_not_for_all,
		                       fresh),
		cmocka_unit_test_setup(global_keys_go_elsewhere, fresh),
		cmocka_unit_test_setup(kill_mode_tells_nobody, fresh),
		cmocka_unit_test_setup(fingers_stay_with_their_client, fresh),
		cmocka_unit_test_setup(drivers_that_end_leave_nothing_down, fresh),
		cmocka_unit_test_setup(each_event_is_for_one, fresh),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
