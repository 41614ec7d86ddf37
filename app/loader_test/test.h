/* SPDX-License-Identifier: BSD-2-Clause */
/* The parts of loader_test, and what they share. Whatever goes wrong ends the component. */

#ifndef LOADER_TEST_TEST_H
#define LOADER_TEST_TEST_H

#include <api/log.h>
#include <loader/loader.h>
#include <osier/env.h>
#include <osier/session.h>

enum { RAM = 1 << 20, CAPS = 100 }; /* of a subsystem */

extern struct os_env *env;

/** Open a session, in which subsystems do what `what` names; LOG is ours. */
void open_doing(struct os_loader *loader, const char *what);
/** Have state changes wake us: see expect_state(). */
void watch(struct os_loader *loader);
/** What they are to do from now on. */
void now_do(struct os_loader *loader, const char *what);
/** Close it, and wait until nothing is left. */
void close_all(struct os_loader *loader);

/** Serve until a subsystem has logged `line` under `label`. */
void expect_line(const char *label, const char *line);
/** Serve until the sessions of subsystems that are gone are closed. */
void expect_no_logs(void);
/** Serve until it is in this state. */
void expect_state(struct os_loader *loader, const char *name, enum loader_subsystem_state state);
void start(struct os_loader *loader, const char *name);

/** Good ones (good.c), bad ones (bad.c), a bad client (misuse.c). */
void test_good(uint32_t cycles);
void test_bad(void);
void test_misuse(void);

#endif
