/* SPDX-License-Identifier: BSD-2-Clause */
/* What the servers under test and their judge (app/own_route_judge) have in common. */

#ifndef OWN_ROUTE_TEST_LIFE_H
#define OWN_ROUTE_TEST_LIFE_H

#include <api/victim.h>
#include <osier/env.h>

/*
 * A server opens a Victim session at the judge, whose served() tells how many lives it has had,
 * wait() returns when it is to die, and whose contexts it signals what happens to it.
 */
enum happening {
	SERVED, /* a request of init's */
	CALLED, /* one that will not be answered */
	HAPPENINGS,
};

enum behaviour {
	WORKS,   /* until it is killed */
	MUTE,    /* does not answer the first call, nor anything from then on */
	ABSENT,  /* does not announce its service */
	CRASHES, /* within the first call */
};

enum { LIVES = 8 };

/* In its life number `life`, counted from 1; from LIVES on it works. */
static inline enum behaviour behaviour_of(uint64_t life)
{
	static const enum behaviour behaviours[LIVES] = { WORKS,  WORKS, MUTE,    WORKS,
		                                          ABSENT, WORKS, CRASHES, WORKS };

	return life >= LIVES ? WORKS : behaviours[life - 1];
}

enum os_err clock_start(struct os_env *env);
enum os_err state_start(struct os_env *env);

/* What both servers do first: this returns whether there is something to announce. */
enum os_err life_begin(struct os_env *env, bool *serves);
/* At each call of init's: may not return. */
void life_called(void);
/* Tell the judge. */
void life_tell(enum happening happening);

#endif
