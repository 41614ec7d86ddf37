/* SPDX-License-Identifier: BSD-2-Clause */
/* The interface that is in no table: numbers of operations, and what they do. */

#ifndef MONITOR_TEST_MYSTERY_H
#define MONITOR_TEST_MYSTERY_H

#include <osier/env.h>

#define MYSTERY_SERVICE "Mystery"

enum {
	MYSTERY_TYPE = 0x5eed,
	CALLBACK_TYPE = 0x5eee,
	MYSTERY_TURN_ROUND = 1, /* the payload backwards, and the capabilities as they came */
	MYSTERY_WAIT = 2,       /* never answered; MYSTERY_WAITERS at a time */
	MYSTERY_CRASH = 3,
	MYSTERY_CALL_BACK = 4, /* calls the capability that came, with the same payload */
	MYSTERY_WAITERS = 40,
};

enum os_err server_start(struct os_env *env) OS_MUST_CHECK;
enum os_err client_start(struct os_env *env, bool die) OS_MUST_CHECK;
/* They take turns (flood.c). */
enum os_err flooder_start(struct os_env *env) OS_MUST_CHECK;
enum os_err neighbour_start(struct os_env *env) OS_MUST_CHECK;

#endif
