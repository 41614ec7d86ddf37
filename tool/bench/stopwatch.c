/* SPDX-License-Identifier: BSD-2-Clause */
/* Starts a program and tells when each line of its output came, in microseconds since the start. */

#include <stdbool.h>
#include <string.h>
#include <sys/wait.h>

#include "baseline/baseline.h"

/*
 *   stopwatch CPU PROGRAM ARGUMENT...    CPU: where it runs; -1: anywhere
 *   stopwatch ticks                      counts of the time-stamp counter per microsecond
 *
 * The first line is "pid N". SIGTERM is passed on.
 */

enum { BUFFER = 65536, CALIBRATION_US = 100000 };

static volatile pid_t child;

static void pass_on(int number)
{
	if (child > 0)
		kill(child, number);
}

static int ticks(void)
{
	const double start = now_us();
	const uint64_t from = __builtin_ia32_rdtsc();
	double now;

	do
		now = now_us();
	while (now - start < CALIBRATION_US);
	printf("%.6f\n", (double)(__builtin_ia32_rdtsc() - from) / (now - start));
	return 0;
}

/* Lines are told whole; `taken` bytes of `text` are. */
static size_t tell(const char *text, size_t size, double when, bool last)
{
	size_t taken = 0;

	while (taken < size) {
		const char *end = memchr(text + taken, '\n', size - taken);
		const size_t length = end ? (size_t)(end - text) - taken : size - taken;

		if (!end && !last)
			break;
		printf("%.1f %.*s\n", when, (int)length, text + taken);
		taken += length + (end ? 1 : 0);
	}
	fflush(stdout);
	return taken;
}

static void follow(int output, double start)
{
	static char buffer[BUFFER];
	size_t held = 0, taken;
	ssize_t got;

	while ((got = read(output, buffer + held, sizeof(buffer) - held)) != 0) {
		const double when = now_us() - start;

		if (got < 0)
			continue; /* interrupted by a signal that was passed on */
		held += (size_t)got;
		taken = tell(buffer, held, when, held == sizeof(buffer));
		held -= taken;
		memmove(buffer, buffer + taken, held);
	}
	tell(buffer, held, now_us() - start, true);
}

int main(int argc, char **argv)
{
	struct sigaction action = { .sa_handler = pass_on };
	int ends[2], cpu, status = 0;
	double start;

	if (argc == 2 && strcmp(argv[1], "ticks") == 0)
		return ticks();
	check(argc > 2, "usage: stopwatch CPU PROGRAM ARGUMENT...");
	cpu = atoi(argv[1]);
	check(pipe(ends) == 0, "pipe");
	sigaction(SIGTERM, &action, NULL);
	start = now_us();
	child = vfork();
	if (child == 0) {
		if (cpu >= 0)
			pin(cpu);
		dup2(ends[1], 1);
		dup2(ends[1], 2);
		close(ends[0]);
		close(ends[1]);
		execv(argv[2], argv + 2);
		_exit(127);
	}
	check(child > 0, "vfork");
	close(ends[1]);
	printf("pid %d\n", (int)child);
	fflush(stdout);
	follow(ends[0], start);
	while (waitpid(child, &status, 0) < 0)
		continue;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}
