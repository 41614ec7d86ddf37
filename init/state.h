/* SPDX-License-Identifier: BSD-2-Clause */
/* init's state as a report, for whoever may read it. */

#ifndef INIT_STATE_H
#define INIT_STATE_H

#include <sandbox/sandbox.h>

/* os_sandbox_ops.changed: report "state" through a Report session, if the config has a <report>. */
void state_changed(struct os_sandbox *sandbox);

#endif
