/* SPDX-License-Identifier: BSD-2-Clause */
/* Half a ping-pong between two processes that wake each other by futexes. */

#include "baseline.h"

enum { CALLS = 2000 };

/* A line for each word. */
struct words {
	_Alignas(64) uint32_t ping;
	_Alignas(64) uint32_t pong;
};

static void post(uint32_t *word, uint32_t value)
{
	__atomic_store_n(word, value, __ATOMIC_SEQ_CST);
	futex_wake(word);
}

static void wait_for(uint32_t *word, uint32_t value)
{
	uint32_t now;

	while ((now = __atomic_load_n(word, __ATOMIC_ACQUIRE)) != value)
		futex_wait(word, now);
}

static void serve(void *argument)
{
	struct words *words = argument;

	for (uint32_t i = 1;; i++) {
		wait_for(&words->ping, i);
		post(&words->pong, i);
	}
}

static void play(void *argument, int calls)
{
	static uint32_t number;
	struct words *words = argument;

	for (int i = 0; i < calls; i++) {
		number++;
		post(&words->ping, number);
		wait_for(&words->pong, number);
	}
}

int main(void)
{
	struct words *words = share(sizeof(*words));

	start_process(serve, words);
	printf("us %.4f\n", measure(play, words, CALLS) / 2);
	return 0;
}
