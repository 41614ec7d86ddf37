/* SPDX-License-Identifier: BSD-2-Clause */
/* The UART, played: one that works, one that is not there, and one that means harm. */

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>
#include "../pc/uart.h"

/* A device with endless input or a given text, that remembers what it was sent. */
static struct device {
	uint8_t registers[UART_REGISTERS];
	uint8_t divisor[2];
	bool absent, stuck, no_fifo, blocked, damaged;
	const char *input;
	size_t input_size;
	char sent[8192];
	size_t sent_size;
} device;

static uint8_t identity(void)
{
	const uint8_t fifo = device.no_fifo ? 0 : 0xc0;

	if (device.stuck)
		return fifo;
	if (device.input_size && device.registers[UART_ENABLE] & 1)
		return fifo | 0x04;
	if (!device.blocked && device.registers[UART_ENABLE] & 2)
		return fifo | 0x02;
	return fifo | 1;
}

static uint8_t device_read(const struct uart_port *port, enum uart_register number)
{
	const uint8_t control = device.registers[UART_MODEM_CONTROL];

	(void)port;
	if (device.absent)
		return 0xff;
	switch (number) {
	case UART_DATA:
		if (!device.input_size)
			return 0;
		device.input_size--;
		return (uint8_t)*device.input++;
	case UART_IDENTIFY:
		return identity();
	case UART_LINE_STATUS:
		return (uint8_t)((device.input_size ? 1 : 0) | (device.blocked ? 0 : 0x20) |
		                 (device.damaged ? 0x08 : 0));
	case UART_MODEM_STATUS:
		return control & 0x10 ? (uint8_t)((control & 0x0c) << 4 | (control & 2) << 3)
		                      : 0xb0;
	default:
		return device.registers[number];
	}
}

static void device_write(const struct uart_port *port, enum uart_register number, uint8_t value)
{
	(void)port;
	if (device.registers[UART_LINE_CONTROL] & 0x80 && number <= UART_ENABLE) {
		device.divisor[number] = value;
		return;
	}
	if (number == UART_DATA) {
		assert_true(device.sent_size < sizeof(device.sent));
		device.sent[device.sent_size++] = (char)value;
	}
	device.registers[number] = value;
}

static const struct uart_port port = { device_read, device_write, 0 };
static struct line line;
static struct uart uart;

static int fresh(void **state)
{
	(void)state;
	device = (struct device){ 0 };
	line = (struct line){ 0 };
	return 0;
}

static void start(void)
{
	assert_int_equal(uart_init(&uart, &port, &line, 115200), OS_OK);
}

static void feed(const char *text, size_t size)
{
	device.input = text;
	device.input_size = size;
}

static void it_is_set_up(void **state)
{
	(void)state;
	assert_int_equal(uart_init(&uart, &port, &line, 9600), OS_OK);
	assert_int_equal(device.divisor[0], 12);
	assert_int_equal(device.divisor[1], 0);
	assert_int_equal(device.registers[UART_LINE_CONTROL], 3);
	assert_int_equal(device.registers[UART_MODEM_CONTROL], 0x0b);
	assert_int_equal(uart.fifo, 16);
	device.no_fifo = true;
	assert_int_equal(uart_init(&uart, &port, &line, 300), OS_OK);
	assert_int_equal(device.divisor[0] | device.divisor[1] << 8, 384);
	assert_int_equal(uart.fifo, 1);
}

static void what_is_not_there_is_found_out(void **state)
{
	(void)state;
	device.absent = true;
	assert_int_equal(uart_init(&uart, &port, &line, 115200), OS_ERR_NOT_FOUND);
}

static void only_rates_that_exist_are_taken(void **state)
{
	(void)state;
	assert_int_equal(uart_init(&uart, &port, &line, 0), OS_ERR_RANGE);
	assert_int_equal(uart_init(&uart, &port, &line, 100000), OS_ERR_RANGE);
	assert_int_equal(uart_init(&uart, &port, &line, 230400), OS_ERR_RANGE);
	assert_int_equal(uart_init(&uart, &port, &line, 1), OS_ERR_RANGE);
}

static void characters_arrive(void **state)
{
	char text[16];

	(void)state;
	start();
	feed("hello", 5);
	assert_false(uart_serve(&uart));
	assert_int_equal(os_byte_ring_get(&line.input, text, sizeof(text)), 5);
	assert_memory_equal(text, "hello", 5);
}

static void characters_are_sent_as_the_device_takes_them(void **state)
{
	static char text[1000];

	(void)state;
	start();
	memset(text, 'x', sizeof(text));
	assert_int_equal(os_byte_ring_put(&line.output, text, sizeof(text)), sizeof(text));
	uart_update(&uart);
	assert_int_equal(device.sent_size, 16);
	assert_int_equal(device.registers[UART_ENABLE] & 2, 2);
	assert_false(uart_serve(&uart));
	assert_int_equal(device.sent_size, sizeof(text));
	assert_int_equal(device.registers[UART_ENABLE] & 2, 0);
}

static void a_line_that_does_not_move_holds_up_nobody(void **state)
{
	(void)state;
	start();
	device.blocked = true;
	os_byte_ring_put(&line.output, "abc", 3);
	uart_update(&uart);
	assert_false(uart_serve(&uart));
	assert_int_equal(device.sent_size, 0);
	device.blocked = false;
	assert_false(uart_serve(&uart));
	assert_memory_equal(device.sent, "abc", 3);
}

static void a_full_ring_turns_interrupts_off_until_there_is_room(void **state)
{
	static char flood[3 * OS_BYTE_RING_SIZE];

	(void)state;
	start();
	feed(flood, sizeof(flood));
	while (uart_serve(&uart))
		continue;
	assert_int_equal(os_byte_ring_room(&line.input), 0);
	assert_int_equal(device.registers[UART_ENABLE] & 1, 0);
	assert_int_equal(device.input_size, 2 * OS_BYTE_RING_SIZE);
	os_byte_ring_get(&line.input, flood, 100);
	uart_update(&uart);
	assert_int_equal(device.registers[UART_ENABLE] & 1, 1);
}

static void a_flood_lets_others_have_their_turn(void **state)
{
	static char flood[OS_BYTE_RING_SIZE];

	(void)state;
	start();
	feed(flood, sizeof(flood));
	assert_true(uart_serve(&uart));
	assert_true(os_byte_ring_room(&line.input) > 0);
}

static void damaged_characters_are_dropped(void **state)
{
	(void)state;
	start();
	feed("\xff\xfe\x80", 3);
	device.damaged = true;
	assert_false(uart_serve(&uart));
	assert_int_equal(os_byte_ring_used(&line.input), 0);
	assert_int_equal(uart.noise, 3);
}

static void a_device_that_interrupts_for_nothing_is_left_alone(void **state)
{
	uint32_t turns = 0;

	(void)state;
	start();
	device.stuck = true;
	while (uart_serve(&uart))
		assert_true(++turns < 100);
	assert_true(uart.broken);
	assert_int_equal(device.registers[UART_ENABLE], 0);
	uart_update(&uart);
	assert_int_equal(device.registers[UART_ENABLE], 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(it_is_set_up, fresh),
		cmocka_unit_test_setup(what_is_not_there_is_found_out, fresh),
		cmocka_unit_test_setup(only_rates_that_exist_are_taken, fresh),
		cmocka_unit_test_setup(characters_arrive, fresh),
		cmocka_unit_test_setup(characters_are_sent_as_the_device_takes_them, fresh),
		cmocka_unit_test_setup(a_line_that_does_not_move_holds_up_nobody, fresh),
		cmocka_unit_test_setup(a_full_ring_turns_interrupts_off_until_there_is_room, fresh),
		cmocka_unit_test_setup(a_flood_lets_others_have_their_turn, fresh),
		cmocka_unit_test_setup(damaged_characters_are_dropped, fresh),
		cmocka_unit_test_setup(a_device_that_interrupts_for_nothing_is_left_alone, fresh),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
