/* SPDX-License-Identifier: BSD-2-Clause */
/* The bare chain behind a page fault that another process resolves: SIGSEGV, futex RPC, mmap. */

#include <fcntl.h>

#include "baseline.h"

enum { CALLS = 200, PAGE = 4096, PAGES = (BATCHES + WARMUP) * CALLS };

/* A line for each word. */
static struct words {
	_Alignas(64) uint32_t ping;
	_Alignas(64) uint32_t pong;
} * words;

static char *start;
static int memory;

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
	(void)argument;
	for (uint32_t i = 1;; i++) {
		wait_for(&words->ping, i);
		post(&words->pong, i);
	}
}

static void handle(int number, siginfo_t *info, void *context)
{
	static uint32_t calls;
	char *const page = (char *)((uintptr_t)info->si_addr & ~(uintptr_t)(PAGE - 1));

	(void)number;
	(void)context;
	calls++;
	post(&words->ping, calls);
	wait_for(&words->pong, calls);
	if (mmap(page, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, memory,
	         page - start) == MAP_FAILED)
		_exit(1);
}

static void touch(void *argument, int calls)
{
	static int next;

	(void)argument;
	for (int i = 0; i < calls; i++, next++)
		*(volatile uint64_t *)(void *)(start + (size_t)next * PAGE) = (uint64_t)next;
}

int main(void)
{
	static char stack[4 * PAGE];
	const stack_t other = { .ss_sp = stack, .ss_size = sizeof(stack) };
	struct sigaction action = { .sa_sigaction = handle,
		                    .sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER };

	memory = memfd_create("baseline", MFD_CLOEXEC);
	check(memory >= 0 && posix_fallocate(memory, 0, (off_t)PAGES * PAGE) == 0, "memfd");
	start = mmap(NULL, (size_t)PAGES * PAGE, PROT_NONE,
	             MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	check(start != MAP_FAILED && munmap(start, (size_t)PAGES * PAGE) == 0, "mmap");
	check(sigaltstack(&other, NULL) == 0 && sigaction(SIGSEGV, &action, NULL) == 0, "signal");
	words = share(sizeof(*words));
	start_process(serve, NULL);
	printf("us %.4f\n", measure(touch, NULL, CALLS));
	return 0;
}
