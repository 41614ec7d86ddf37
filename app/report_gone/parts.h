/* SPDX-License-Identifier: BSD-2-Clause */
/* The parts take turns: writer, reader, keeper, and so on, ROUNDS times. */

#ifndef REPORT_GONE_PARTS_H
#define REPORT_GONE_PARTS_H

#include <osier/env.h>

enum { ROUNDS = 4 };

enum os_err keeper_start(struct os_env *env) OS_MUST_CHECK;

/* Wait for the own turn; open the session for that first. */
void turn_take(struct os_env *env);
/* It is the next one's turn. */
void turn_give(void);

#endif
