/* SPDX-License-Identifier: BSD-2-Clause */
/* The controller, played: with all sorts of mice, none, and one that means harm. */

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <input/key.h>
#include <osier/err.h>
#include <string.h>
#include "../controller.h"

enum { MOUSE_BIT = 0x20, QUEUE = 1024 };

/* What the test plays. */
static struct device {
	bool absent, deaf, no_mouse_port, no_mouse, no_keyboard, endless;
	uint8_t config;
	uint8_t mouse_id; /* that it can be made to have */
	uint8_t now_id;
	uint8_t rates[3]; /* the last three */
	int command;      /* of the controller, that waits for its data; -1: none */
	bool rate_next;
	bool mouse_sends, keyboard_sends;
	struct {
		uint8_t byte, with;
	} queue[QUEUE];
	uint32_t head, tail;
	uint32_t reads;
} device;

static uint32_t keys, motions; /* that were told */

static void queue_put(uint8_t byte, uint8_t with)
{
	assert_true(device.head - device.tail < QUEUE);
	device.queue[device.head % QUEUE].byte = byte;
	device.queue[device.head++ % QUEUE].with = with;
}

static void mouse_told(uint8_t value)
{
	if (device.no_mouse)
		return;
	queue_put(0xfa, MOUSE_BIT);
	if (device.rate_next) {
		device.rates[0] = device.rates[1];
		device.rates[1] = device.rates[2];
		device.rates[2] = value;
		device.rate_next = false;
		if (!memcmp(device.rates, (uint8_t[]){ 200, 100, 80 }, 3) && device.mouse_id >= 3)
			device.now_id = 3;
		if (!memcmp(device.rates, (uint8_t[]){ 200, 200, 80 }, 3) && device.now_id == 3)
			device.now_id = device.mouse_id;
	} else if (value == 0xf3) {
		device.rate_next = true;
	} else if (value == 0xf2) {
		queue_put(device.now_id, MOUSE_BIT);
	} else if (value == 0xf4) {
		device.mouse_sends = true;
	} else {
		assert_int_equal(value, 0xf6);
	}
}

static void keyboard_told(uint8_t value)
{
	/* above all, the keyboard's set is not changed */
	assert_int_equal(value, 0xf4);
	if (device.no_keyboard)
		return;
	queue_put(0xfa, 0);
	device.keyboard_sends = true;
}

static uint8_t device_read(enum controller_port port)
{
	const bool ready = device.head != device.tail || device.endless;

	assert_true(++device.reads < 5000000);
	if (device.absent)
		return 0xff;
	if (port == CONTROLLER_COMMAND)
		return (uint8_t)((ready ? 1 | device.queue[device.tail % QUEUE].with : 0) |
		                 (device.deaf ? 2 : 0));
	assert_true(ready);
	if (device.endless)
		return 0x1e;
	return device.queue[device.tail++ % QUEUE].byte;
}

static void device_write(enum controller_port port, uint8_t value)
{
	const int command = device.command;

	if (port == CONTROLLER_COMMAND) {
		device.command = value == 0x60 || value == 0xd4 ? value : -1;
		if (value == 0x20)
			queue_put(device.config, 0);
		if ((value == 0xa7 || value == 0xa8) && !device.no_mouse_port)
			device.config =
			        (uint8_t)((device.config & ~0x20) | (value == 0xa7 ? 0x20 : 0));
		return;
	}
	device.command = -1;
	if (command == 0x60)
		device.config = value;
	else if (command == 0xd4)
		mouse_told(value);
	else
		keyboard_told(value);
}

static const struct controller_io io = { .read = device_read, .write = device_write };
static struct keyboard keyboard;
static struct mouse mouse;
static struct controller controller;

static void key_put(struct keyboard *from, uint32_t code, bool pressed)
{
	(void)from;
	(void)code;
	keys += pressed;
}

static void mouse_put(struct mouse *from, const struct os_input_event *event)
{
	(void)from;
	motions += event->kind == OS_INPUT_RELATIVE;
}

static int fresh(void **state)
{
	(void)state;
	device = (struct device){ .command = -1, .config = 0x47, .mouse_id = 4 };
	keyboard = (struct keyboard){ .put = key_put };
	mouse = (struct mouse){ .put = mouse_put };
	controller = (struct controller){ .io = &io, .keyboard = &keyboard, .mouse = &mouse };
	keys = motions = 0;
	return 0;
}

static void all_that_is_there_is_started(void **state)
{
	(void)state;
	assert_int_equal(controller_init(&controller), OS_OK);
	assert_true(controller.keyboard_there && controller.mouse_there);
	assert_true(device.keyboard_sends && device.mouse_sends);
	assert_int_equal(mouse.kind, MOUSE_FIVE_BUTTONS);
	assert_int_equal(device.rates[2], 100);
	/* it translates as before, and interrupts */
	assert_int_equal(device.config, 0x47);
	assert_int_equal(keyboard.set, KEYBOARD_SET_1);
}

static void without_translation_the_set_is_open(void **state)
{
	(void)state;
	device.config = 0x07;
	assert_int_equal(controller_init(&controller), OS_OK);
	assert_int_equal(device.config, 0x07);
	assert_int_equal(keyboard.set, KEYBOARD_UNKNOWN);
}

static void each_mouse_is_what_it_can_be(void **state)
{
	static const uint8_t ids[] = { 0, 3, 4 };

	(void)state;
	for (size_t i = 0; i < OS_ARRAY_SIZE(ids); i++) {
		fresh(NULL);
		device.mouse_id = ids[i];
		assert_int_equal(controller_init(&controller), OS_OK);
		assert_true(controller.mouse_there);
		assert_int_equal(mouse.kind, ids[i]);
	}
	/* one that tells nonsense is taken for a plain one */
	fresh(NULL);
	device.now_id = 0x55;
	device.mouse_id = 0;
	assert_int_equal(controller_init(&controller), OS_OK);
	assert_int_equal(mouse.kind, MOUSE_PLAIN);
}

static void what_is_missing_is_done_without(void **state)
{
	(void)state;
	device.no_mouse = true;
	assert_int_equal(controller_init(&controller), OS_OK);
	assert_true(controller.keyboard_there && !controller.mouse_there && controller.mouse_port);
	fresh(NULL);
	device.no_mouse_port = true;
	assert_int_equal(controller_init(&controller), OS_OK);
	assert_false(controller.mouse_there || controller.mouse_port);
	fresh(NULL);
	device.no_keyboard = true;
	assert_int_equal(controller_init(&controller), OS_OK);
	assert_true(!controller.keyboard_there && controller.mouse_there);
}

static void no_controller_is_noticed(void **state)
{
	(void)state;
	device.absent = true;
	assert_int_equal(controller_init(&controller), OS_ERR_NOT_FOUND);
	assert_true(controller_serve(&controller));
	fresh(NULL);
	device.deaf = true;
	assert_int_equal(controller_init(&controller), OS_ERR_NOT_FOUND);
}

static void what_was_typed_before_is_forgotten(void **state)
{
	(void)state;
	for (int i = 0; i < 16; i++)
		queue_put(0x1e, 0);
	assert_int_equal(controller_init(&controller), OS_OK);
	assert_true(controller_serve(&controller));
	assert_int_equal(keys, 0);
}

static void bytes_go_where_they_belong(void **state)
{
	static const uint8_t packet[] = { 0x08, 1, 1, 0 };

	(void)state;
	assert_int_equal(controller_init(&controller), OS_OK);
	for (size_t i = 0; i < 4; i++) {
		queue_put(packet[i], MOUSE_BIT);
		queue_put(i % 2 ? 0x9e : 0x1e, 0);
	}
	assert_true(controller_serve(&controller));
	assert_int_equal(keys, 2);
	assert_int_equal(motions, 1);
}

static void damaged_bytes_are_left_out(void **state)
{
	(void)state;
	assert_int_equal(controller_init(&controller), OS_OK);
	queue_put(0x1e, 0);
	queue_put(0x30, 0x40);
	queue_put(0x08, MOUSE_BIT);
	queue_put(0x01, MOUSE_BIT);
	queue_put(0x01, MOUSE_BIT | 0x80);
	queue_put(0x08, MOUSE_BIT);
	queue_put(0x02, MOUSE_BIT);
	queue_put(0x02, MOUSE_BIT);
	queue_put(0x00, MOUSE_BIT);
	assert_true(controller_serve(&controller));
	assert_int_equal(keys, 1);
	assert_int_equal(motions, 1);
	assert_false(keyboard.down[OS_KEY_A / 8] & 1u << OS_KEY_A % 8);
}

static void a_mouse_that_is_plugged_in_is_started(void **state)
{
	(void)state;
	device.no_mouse = true;
	assert_int_equal(controller_init(&controller), OS_OK);
	device.no_mouse = false;
	queue_put(0xaa, MOUSE_BIT);
	queue_put(0x00, MOUSE_BIT);
	assert_true(controller_serve(&controller));
	assert_true(controller.mouse_there && device.mouse_sends);
	assert_int_equal(mouse.kind, MOUSE_FIVE_BUTTONS);
	/* what is typed meanwhile is not lost */
	device.mouse_sends = false;
	queue_put(0xaa, MOUSE_BIT);
	queue_put(0x00, MOUSE_BIT);
	queue_put(0x1e, 0);
	queue_put(0x9e, 0);
	assert_true(controller_serve(&controller));
	assert_true(device.mouse_sends);
	assert_int_equal(keys, 1);
}

static void a_flood_lets_others_have_their_turn(void **state)
{
	(void)state;
	assert_int_equal(controller_init(&controller), OS_OK);
	device.endless = true;
	device.reads = 0;
	assert_false(controller_serve(&controller));
	assert_int_equal(device.reads, 2 * CONTROLLER_BYTES);
	/* and the start comes to its end, too */
	fresh(NULL);
	device.endless = true;
	(void)!controller_init(&controller);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(all_that_is_there_is_started, fresh),
		cmocka_unit_test_setup(without_translation_the_set_is_open, fresh),
		cmocka_unit_test_setup(each_mouse_is_what_it_can_be, fresh),
		cmocka_unit_test_setup(what_is_missing_is_done_without, fresh),
		cmocka_unit_test_setup(no_controller_is_noticed, fresh),
		cmocka_unit_test_setup(what_was_typed_before_is_forgotten, fresh),
		cmocka_unit_test_setup(bytes_go_where_they_belong, fresh),
		cmocka_unit_test_setup(damaged_bytes_are_left_out, fresh),
		cmocka_unit_test_setup(a_mouse_that_is_plugged_in_is_started, fresh),
		cmocka_unit_test_setup(a_flood_lets_others_have_their_turn, fresh),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
