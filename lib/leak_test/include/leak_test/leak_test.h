/* SPDX-License-Identifier: BSD-2-Clause */
/* Tests within a component, each of which gives back all that it takes. */

#ifndef LEAK_TEST_LEAK_TEST_H
#define LEAK_TEST_LEAK_TEST_H

#include <osier/env.h>

/**
 * Run a test, and look at the component's account before and after. Tells by a line that it has
 * `passed`, or by an error what is in use now that was not before. It is run up to four times:
 * tables and heaps grow, but what leaks does so each time. Nobody else may use the account.
 */
void os_leak_test(struct os_env *env, const char *name, void (*run)(void));

#endif
