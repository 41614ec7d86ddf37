/* SPDX-License-Identifier: BSD-2-Clause */
/* The service "Report": what its clients tell becomes the content of modules. */

#ifndef REPORT_ROM_REPORT_H
#define REPORT_ROM_REPORT_H

#include <osier/session.h>

#include "registry.h"

/** The service; zero before report_service_init(). */
struct report_service {
	struct os_service service;
	struct registry *registry;
	uint64_t size_max; /* no report may be longer; for all that are begun from now on */
	bool verbose;      /* every report goes to the log */
};

/** Announce "Report"; `registry` stays the caller's. Errors: those of os_service_init(). */
enum os_err report_service_init(struct report_service *service, struct registry *registry,
                                struct os_ep *ep) OS_MUST_CHECK;

#endif
