/* SPDX-License-Identifier: BSD-2-Clause */
/* What the baselines share: clock, batches and their median, pinning, futexes. */

#ifndef BASELINE_H
#define BASELINE_H

#include <linux/futex.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum { BATCHES = 21, WARMUP = 5 };

/* Each baseline works through WARMUP batches, then measures BATCHES of them. */

static inline double now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

static inline void check(int ok, const char *what)
{
	if (!ok) {
		perror(what);
		_exit(1);
	}
}

static inline int compare(const void *a, const void *b)
{
	const double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static inline double median(double *values, int count)
{
	qsort(values, (size_t)count, sizeof(*values), compare);
	return count % 2 ? values[count / 2] : (values[count / 2 - 1] + values[count / 2]) / 2;
}

/* Time of one of `calls` calls of `run` in microseconds: median of the batches, and in `mean`. */
static inline double measure_mean(void (*run)(void *argument, int calls), void *argument, int calls,
                                  double *mean)
{
	double taken[BATCHES];

	for (int i = 0; i < WARMUP; i++)
		run(argument, calls);
	*mean = 0;
	for (int i = 0; i < BATCHES; i++) {
		const double start = now_us();

		run(argument, calls);
		taken[i] = (now_us() - start) / calls;
		*mean += taken[i] / BATCHES;
	}
	return median(taken, BATCHES);
}

static inline double measure(void (*run)(void *argument, int calls), void *argument, int calls)
{
	double mean;

	return measure_mean(run, argument, calls, &mean);
}

static inline void pin(int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	check(sched_setaffinity(0, sizeof(set), &set) == 0, "sched_setaffinity");
}

/* A process that runs `entry` and ends with us. */
static inline pid_t start_process(void (*entry)(void *argument), void *argument)
{
	const pid_t pid = fork();

	check(pid >= 0, "fork");
	if (pid)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	entry(argument);
	_exit(0);
}

/* Zeroed memory that the processes share. */
static inline void *share(size_t size)
{
	void *at = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	check(at != MAP_FAILED, "mmap");
	return at;
}

static inline void futex_wait(uint32_t *word, uint32_t expected)
{
	syscall(SYS_futex, word, FUTEX_WAIT, expected, NULL, NULL, 0);
}

static inline void futex_wake(uint32_t *word)
{
	syscall(SYS_futex, word, FUTEX_WAKE, 1, NULL, NULL, 0);
}

#endif
