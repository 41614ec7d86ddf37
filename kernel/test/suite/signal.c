/* SPDX-License-Identifier: BSD-2-Clause */
/* Signals: counted, never lost, delivered to whoever waits at the endpoint. */

#include "common.h"

static struct event event;

static void wait_signal(uint64_t endpoint, uint64_t badge, uint64_t count)
{
	CHECK_OK(poll_at(endpoint, &event));
	CHECK_EQUAL(event.kind, OS_EVENT_SIGNAL);
	CHECK_EQUAL(event.badge, badge);
	CHECK_EQUAL(event.value, count);
}

TEST(signal_is_delivered_with_badge_and_count)
{
	uint64_t endpoint = endpoint_make(SELF_PD, 0), context = signal_make(endpoint, 77);

	CHECK_OK(os_kernel_signal(context, 5));
	wait_signal(endpoint, 77, 5);
	CHECK_ERR(poll_at(endpoint, &event), OS_ERR_EMPTY);
}

TEST(signals_of_one_context_add_up)
{
	uint64_t endpoint = endpoint_make(SELF_PD, 0), context = signal_make(endpoint, 1);

	for (uint64_t i = 1; i <= 100; i++)
		CHECK_OK(os_kernel_signal(context, i));
	wait_signal(endpoint, 1, 5050);
}

TEST(signals_of_several_contexts_are_told_apart)
{
	uint64_t endpoint = endpoint_make(SELF_PD, 0), contexts[20], seen = 0;

	for (uint64_t i = 0; i < 20; i++)
		contexts[i] = signal_make(endpoint, i);
	for (uint64_t i = 0; i < 20; i++)
		CHECK_OK(os_kernel_signal(contexts[i], i + 1));
	for (uint64_t i = 0; i < 20; i++) {
		CHECK_OK(poll_at(endpoint, &event));
		CHECK_EQUAL(event.value, event.badge + 1);
		seen |= 1ul << event.badge;
	}
	CHECK_EQUAL(seen, (1ul << 20) - 1);
	CHECK_ERR(poll_at(endpoint, &event), OS_ERR_EMPTY);
}

TEST(signal_of_no_count_is_refused)
{
	uint64_t endpoint = endpoint_make(SELF_PD, 0), context = signal_make(endpoint, 1);

	CHECK_ERR(os_kernel_signal(context, 0), OS_ERR_RANGE);
	CHECK_ERR(poll_at(endpoint, &event), OS_ERR_EMPTY);
}

TEST(signal_saturates)
{
	uint64_t endpoint = endpoint_make(SELF_PD, 0), context = signal_make(endpoint, 1);

	CHECK_OK(os_kernel_signal(context, -1ul - 3));
	CHECK_OK(os_kernel_signal(context, 100));
	CHECK_OK(os_kernel_signal(context, -1ul));
	wait_signal(endpoint, 1, -1ul);
	CHECK_OK(os_kernel_signal(context, 2));
	wait_signal(endpoint, 1, 2);
}

static uint64_t got_value, got_badge;

static void receiver(void *endpoint)
{
	struct event mine;
	enum os_err err = wait_at((uint64_t)endpoint, &mine);

	while (!err) {
		got_value += mine.value;
		got_badge = mine.badge;
		err = wait_at((uint64_t)endpoint, &mine);
	}
}

TEST(signal_wakes_who_waits)
{
	struct server server = server_make(receiver, pd_make(), PRIORITY_HIGH, 0);
	uint64_t context = signal_make(server.endpoint, 9);

	CHECK_OK(os_kernel_signal(context, 3));
	CHECK_EQUAL(got_value, 3); /* it has the higher priority, and has run */
	CHECK_EQUAL(got_badge, 9);
}

TEST(signal_does_not_wait_for_a_receiver_of_lower_priority)
{
	struct server server = server_make(receiver, pd_make(), PRIORITY_HIGH, 0);
	uint64_t context = signal_make(server.endpoint, 9);

	CHECK_OK(os_kernel_thread_setup(server.thread.slot, PAGER_SLOT, PRIORITY_LOW, 0));
	CHECK_OK(os_kernel_signal(context, 3));
	CHECK_EQUAL(got_value, 0);
	CHECK_OK(os_kernel_signal(context, 4));
	CHECK_OK(os_kernel_thread_setup(SELF_THREAD, PAGER_SLOT, PRIORITY_LOW + 1, 0));
	thread_expect(&server.thread, OS_THREAD_WAITING);
	CHECK_EQUAL(got_value, 7);
}

/* Each waits at its own endpoint, having signalled the other one. */
static struct {
	uint64_t endpoint, to; /* context of the other one */
} player[2];
static volatile uint64_t throws;

static enum os_err throw(int who, struct event *got) {
	return os_kernel_reply_wait(player[who].endpoint, OS_WAIT_SIGNAL, 0, player[who].to,
	                            &got->value, &got->badge, &got->kind, &got->sender);
}

static void thrower(void *unused)
{
	struct event mine;
	enum os_err err = wait_at(player[1].endpoint, &mine);

	(void)unused;
	while (!err && mine.kind == OS_EVENT_SIGNAL && mine.value == 1) {
		throws = throws + 1;
		err = throw(1, &mine);
	}
}

static bool play_label(uint64_t index, char *name, size_t size)
{
	static const char *const with[] = { "an_equal", "a_better_one", "a_worse_one",
		                            "one_elsewhere" };

	text_format(name, size, "signal_and_wait_with_%s", with[index]);
	return index < 3 || environment.cpu_count > 1;
}

TEST_EACH(signal_and_wait, 4, play_label)
{
	static const uint64_t priorities[] = { 50, PRIORITY_HIGH, PRIORITY_LOW, PRIORITY_HIGH };

	for (int i = 0; i < 2; i++)
		player[i].endpoint = endpoint_make(SELF_PD, 0);
	player[0].to = signal_make(player[1].endpoint, 1);
	player[1].to = signal_make(player[0].endpoint, 2);
	CHECK_OK(os_kernel_thread_setup(SELF_THREAD, PAGER_SLOT, 50, 0));
	(void)thread_make(SELF_PD, thrower, NULL, priorities[index], index == 3);
	for (uint64_t i = 1; i <= 1000; i++) {
		CHECK_OK(throw(0, &event));
		CHECK_EQUAL(event.kind, OS_EVENT_SIGNAL);
		CHECK_EQUAL(event.badge, 2);
		CHECK_EQUAL(event.value, 1);
		CHECK_EQUAL(throws, i);
	}
	/* with what is no context nobody waits */
	player[0].to = player[0].endpoint;
	CHECK_ERR(throw(0, &event), OS_ERR_CAP_TYPE);
	CHECK_ERR(poll_at(player[0].endpoint, &event), OS_ERR_EMPTY);
}

TEST(signal_goes_to_the_endpoint_that_waits_later)
{
	uint64_t endpoint = endpoint_make(SELF_PD, 0), context = signal_make(endpoint, 2);
	struct thread thread;

	CHECK_OK(os_kernel_signal(context, 6));
	thread = thread_make(SELF_PD, receiver, (void *)endpoint, PRIORITY_HIGH, 0);
	thread_expect(&thread, OS_THREAD_WAITING);
	CHECK_EQUAL(got_value, 6);
}

TEST(signals_and_calls_share_an_endpoint)
{
	uint64_t endpoint = endpoint_make(SELF_PD, 0), context = signal_make(endpoint, 1);
	static struct client client;
	uint64_t kinds = 0;

	client_start(&client, SELF_PD, gate_make(endpoint, 2), header(3, 0), PRIORITY_HIGH, 0);
	CHECK_OK(os_kernel_signal(context, 1));
	for (int i = 0; i < 2; i++) {
		CHECK_OK(reply_and_poll(endpoint, header(4, 0), &event));
		kinds |= event.kind;
	}
	CHECK_EQUAL(kinds, OS_EVENT_CALL | OS_EVENT_SIGNAL);
	CHECK_ERR(reply_and_poll(endpoint, header(4, 0), &event), OS_ERR_EMPTY);
	CHECK_EQUAL(client.answer, header(4, 0));
}

TEST(signal_while_a_call_is_served_waits)
{
	uint64_t endpoint = endpoint_make(SELF_PD, 0), context = signal_make(endpoint, 1);
	static struct client client;

	client_start(&client, SELF_PD, gate_make(endpoint, 2), header(3, 0), PRIORITY_HIGH, 0);
	CHECK_OK(wait_at(endpoint, &event));
	CHECK_OK(os_kernel_signal(context, 8));
	CHECK_OK(reply_and_poll(endpoint, header(4, 0), &event));
	CHECK_EQUAL(event.kind, OS_EVENT_SIGNAL);
	CHECK_EQUAL(event.value, 8);
	CHECK_EQUAL(client.answer, header(4, 0));
}

TEST(signals_of_a_destroyed_context_are_not_delivered)
{
	uint64_t endpoint = endpoint_make(SELF_PD, 0), context = signal_make(endpoint, 1);

	CHECK_OK(os_kernel_signal(context, 1));
	CHECK_OK(os_kernel_destroy(context));
	CHECK_ERR(poll_at(endpoint, &event), OS_ERR_EMPTY);
}

TEST(context_of_a_destroyed_endpoint_is_of_no_use)
{
	uint64_t endpoint = endpoint_make(SELF_PD, 0), context = signal_make(endpoint, 1);
	enum os_err err;

	CHECK_OK(os_kernel_destroy(endpoint));
	err = os_kernel_signal(context, 1);
	CHECK(err == OS_OK || err == OS_ERR_GONE);
	CHECK_OK(os_kernel_destroy(context));
}

TEST(signal_from_a_pd_that_has_only_the_right_to_use_it)
{
	uint64_t endpoint = endpoint_make(SELF_PD, 0), context = signal_make(endpoint, 1);

	grant_at(SELF_PD, context, OS_RIGHT_USE, FREE_SLOT);
	CHECK_OK(os_kernel_signal(FREE_SLOT, 2));
	wait_signal(endpoint, 1, 2);
	CHECK_ERR(os_kernel_destroy(FREE_SLOT), OS_ERR_DENIED);
}

TEST(many_signals_of_many_contexts_are_all_counted)
{
	struct server server = server_make(receiver, SELF_PD, PRIORITY_HIGH, 0);
	uint64_t contexts[32], sum = 0;

	CHECK_OK(os_kernel_thread_setup(server.thread.slot, PAGER_SLOT, PRIORITY_LOW, 0));

	for (uint64_t i = 0; i < 32; i++)
		contexts[i] = signal_make(server.endpoint, i);
	for (uint64_t i = 0; i < 2000; i++) {
		CHECK_OK(os_kernel_signal(contexts[i * 7 % 32], i + 1));
		sum += i + 1;
	}
	CHECK_OK(os_kernel_thread_setup(SELF_THREAD, PAGER_SLOT, PRIORITY_LOW + 1, 0));
	thread_expect(&server.thread, OS_THREAD_WAITING);
	CHECK_EQUAL(got_value, sum);
}
