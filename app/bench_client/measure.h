/* SPDX-License-Identifier: BSD-2-Clause */
/* What can be measured: an operation, prepared once and then done many times. */

#ifndef BENCH_CLIENT_MEASURE_H
#define BENCH_CLIENT_MEASURE_H

#include <api/bench.h>
#include <osier/env.h>
#include <osier/session.h>

struct measure {
	const char *name;
	uint64_t ram,
	        caps; /* donated to the "Bench" session; 0, 0: the usual; without `peer`, none */
	bool peer;    /* needs a session */
	enum os_err (*prepare)(struct os_env *env, struct bench_cap peer); /* may be NULL */
	enum os_err (*run)(struct os_env *env, struct bench_cap peer, uint64_t calls);
	/*
	 * Of what is measured in two ways, batch by batch in turn (else all NULL): the name of the
	 * lines of the first, third … batch; what prepares the next one, `on` or as `baseline`; and
	 * what asserts, when a batch is over, that it was what it was to be. Neither is measured.
	 */
	const char *baseline;
	enum os_err (*alternate)(struct os_env *env, struct bench_cap peer, bool on);
	void (*check)(bool on, uint64_t calls);
};

extern const struct measure measure_rpc, measure_rpc_with_cap, measure_rpc_with_cap_back;
extern const struct measure measure_signal, measure_session, measure_dataspace;
extern const struct measure measure_packet_stream;
extern const struct measure measure_fault_core, measure_fault_user;
extern const struct measure measure_attach, measure_attach_10000;
extern const struct measure measure_reconfigure_500;
extern const struct measure measure_managed_first, measure_managed_1000;
extern const struct measure measure_rpc_traced;
extern const struct measure measure_blit_1080p, measure_blend_1080p;

/** Open a "Bench" session; `ram` and `caps` 0: what its interface declares. */
enum os_err bench_session_open(struct os_session *session, struct os_env *env, uint64_t ram,
                               uint64_t caps) OS_MUST_CHECK;

/** The CPU's time-stamp counter; what came before is done when it is read. */
uint64_t ticks(void);

#endif
