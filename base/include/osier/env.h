/* SPDX-License-Identifier: BSD-2-Clause */
/* The environment of a component: what it starts with, and where it begins. */

#ifndef OSIER_ENV_H
#define OSIER_ENV_H

#include <api/parent.h>
#include <api/pd.h>
#include <osier/alloc.h>
#include <osier/ep.h>
#include <osier/err.h>
#include <osier/lock.h>
#include <osier/types.h>

struct os_session;

/** What allocating does where the component's own quota is short; see osier/resource.h. */
enum os_shortage {
	OS_SHORTAGE_WAIT, /* asks the parent for more and waits for its decision */
	OS_SHORTAGE_ASK,  /* asks, too, but what is not there at once is an error */
	OS_SHORTAGE_FAIL, /* it is an error */
};

/** There is one per component; its address is passed to os_construct(). */
struct os_env {
	struct parent_cap parent;
	struct pd_cap pd;
	struct os_ep *ep;      /* the main entrypoint; its thread runs os_construct() */
	struct os_alloc *heap; /* thread-safe; grows from the PD's account */
	/* WAIT; ASK from when it offers services or has children, so that nobody waits for it */
	enum os_shortage shortage;
	uint8_t entropy[32]; /* differs at each start */

	/* session bookkeeping, guarded by `lock` (base/src/session.c) */
	struct os_mutex lock;
	uint64_t next_session_id;
	struct cpu_cap *cpu; /* opened when the first thread is made */

	struct os_badges local; /* process-local capabilities (base/src/local.c) */
};

/**
 * The component's beginning, defined by each component. Runs on the main entrypoint's thread. When
 * it returns OS_OK the thread serves the entrypoint until os_exit(); an error ends the component
 * with a line that names it.
 */
enum os_err os_construct(struct os_env *env) OS_MUST_CHECK;

/** Tell the parent that the component has ended with `value`. Does not return. */
OS_NORETURN void os_exit(struct os_env *env, int value);

/** Write one line to the component's LOG session (opened at first use); cut at 500 bytes. */
void os_log(struct os_env *env, const char *format, ...) OS_PRINTF(2, 3);

/* The same with "warning: " and "error: " in front. */
void os_warning(struct os_env *env, const char *format, ...) OS_PRINTF(2, 3);
void os_error(struct os_env *env, const char *format, ...) OS_PRINTF(2, 3);

/** `size` pseudo-random bytes, seeded from the environment's entropy (ChaCha20, RFC 8439). */
void os_random(struct os_env *env, void *buf, size_t size);

#endif
