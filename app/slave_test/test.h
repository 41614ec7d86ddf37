/* SPDX-License-Identifier: BSD-2-Clause */
/* slave_test: what its files share. */

#ifndef SLAVE_TEST_TEST_H
#define SLAVE_TEST_TEST_H

#include <api/hello.h>
#include <osier/env.h>
#include <osier/thread.h>
#include <slave/slave.h>

extern struct os_env *env;
extern struct os_upstream upstream;

/* A slave that provides "Hello", with a session, and a thread that calls it. */
struct runner {
	struct os_slave slave;
	struct os_slave_config config;
	struct os_sandbox_client client;
	struct os_sandbox_service *log; /* NULL: its LOG is our parent's */
	uint32_t ups;                   /* how often it has come up */

	struct os_thread thread;
	struct os_signal_handler done;
	bool calling;
	uint32_t calls; /* to make, then: left */
	enum os_err err;
	int32_t sum;
};

/* Start `binary` with `config`; the other members of runner->config are set before, or after. */
void runner_start(struct runner *runner, const char *binary, const char *config);
void runner_apply(struct runner *runner);
/* Serve the entrypoint until it fares like that. */
void runner_wait(struct runner *runner, enum os_sandbox_fate fate);
void runner_wait_ups(struct runner *runner, uint32_t ups);
/* Ask for a session, and wait for it; the error, if there is none. */
enum os_err runner_open(struct runner *runner);
/* Have the thread make so many calls; wait until it has. */
void runner_call(struct runner *runner, uint32_t calls);
enum os_err runner_called(struct runner *runner);
/* Stop it and give everything back. */
void runner_end(struct runner *runner);

/* Slaves that go wrong (faults.c). */
void faults_run(void);
void flood_run(void);

#endif
