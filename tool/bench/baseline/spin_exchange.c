/* SPDX-License-Identifier: BSD-2-Clause */
/* 32 bytes each way between two processes on two CPUs, by adaptive spinning, then futexes. */

#include <sched.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "baseline.h"

/*
 * Arguments: the CPU of the client, that of the server, and how many exchanges make a batch. Each
 * side spins as long as the other one runs on another CPU, for a time that is learnt, and sleeps
 * then. Printed beside the time of an exchange: the CPU time of both for one.
 */

enum { SIZE = 32, SPIN_MIN = 64, SPIN_MAX = 4096 };

/* Written by one side alone. */
struct line {
	_Alignas(64) uint32_t sequence;
	uint32_t cpu, sleeping;
	char payload[SIZE];
};

struct page {
	struct line request, reply;
};

struct side {
	struct line *own, *peer;
	uint32_t spin;
};

static uint32_t cpu_number(void)
{
	unsigned cpu;

	return getcpu(&cpu, NULL) ? 0 : cpu;
}

static void post(struct side *side, uint32_t sequence, const char *message)
{
	struct line *own = side->own;

	memcpy(own->payload, message, SIZE);
	own->cpu = cpu_number();
	own->sleeping = 0;
	__atomic_exchange_n(&own->sequence, sequence, __ATOMIC_SEQ_CST);
	if (side->peer->sleeping)
		futex_wake(&own->sequence);
}

static int arrived(const struct side *side, uint32_t sequence)
{
	return __atomic_load_n(&side->peer->sequence, __ATOMIC_ACQUIRE) == sequence;
}

static int spin(struct side *side, uint32_t sequence)
{
	if (side->peer->cpu == side->own->cpu)
		return 0;
	for (uint32_t i = 0; i < side->spin; i++) {
		if (arrived(side, sequence)) {
			side->spin = side->spin * 2 > SPIN_MAX ? SPIN_MAX : side->spin * 2;
			return 1;
		}
		if (i > SPIN_MIN)
			__builtin_ia32_pause();
	}
	side->spin = side->spin / 2 < SPIN_MIN ? SPIN_MIN : side->spin / 2;
	return 0;
}

static void wait_for(struct side *side, uint32_t sequence, char *message)
{
	if (!spin(side, sequence)) {
		__atomic_store_n(&side->own->sleeping, 1, __ATOMIC_SEQ_CST);
		while (!arrived(side, sequence))
			futex_wait(&side->peer->sequence, sequence - 1);
	}
	memcpy(message, side->peer->payload, SIZE);
}

static int server_cpu;

static void serve(void *argument)
{
	struct page *page = argument;
	struct side side = { &page->reply, &page->request, SPIN_MAX };
	char message[SIZE];

	pin(server_cpu);
	setsid();
	for (uint32_t i = 1;; i++) {
		wait_for(&side, i, message);
		post(&side, i, message);
	}
}

static void exchange(void *argument, int calls)
{
	static uint32_t sequence;
	struct side *side = argument;
	char message[SIZE] = { 0 };

	for (int i = 0; i < calls; i++) {
		sequence++;
		post(side, sequence, message);
		wait_for(side, sequence, message);
	}
}

static double cpu_us(int who)
{
	struct rusage use;

	getrusage(who, &use);
	return (double)(use.ru_utime.tv_sec + use.ru_stime.tv_sec) * 1e6 +
	       (double)(use.ru_utime.tv_usec + use.ru_stime.tv_usec);
}

int main(int argc, char **argv)
{
	struct page *page = share(sizeof(*page));
	struct side side = { &page->request, &page->reply, SPIN_MAX };
	double us, mean, cpu;
	pid_t server;
	int calls;

	check(argc == 4, "usage: spin_exchange CPU CPU CALLS");
	pin(atoi(argv[1]));
	server_cpu = atoi(argv[2]);
	calls = atoi(argv[3]);
	setsid();
	server = start_process(serve, page);
	us = measure_mean(exchange, &side, calls, &mean);
	cpu = cpu_us(RUSAGE_SELF);
	kill(server, SIGKILL);
	while (wait4(server, NULL, 0, NULL) < 0)
		continue;
	cpu += cpu_us(RUSAGE_CHILDREN);
	printf("us %.4f\nmean_us %.4f\ncpu_us %.4f\n", us, mean,
	       cpu / (calls * (double)(BATCHES + WARMUP)));
	return 0;
}
