/* SPDX-License-Identifier: BSD-2-Clause */
/* The table of the session's state machine. */

#include "session_state.h"

/* Where each event leads; what is not listed is 0, and illegal. */
#define TO(state) (SESSION_##state + 1)

static const uint8_t table[SESSION_STATES][SESSION_EVENTS] = {
	[SESSION_WAITING] = { [SESSION_FETCH] = TO(OFFERED),
	                      [SESSION_DENY] = TO(FAILED),
	                      [SESSION_CLOSE] = TO(DONE),
	                      [SESSION_LOST] = TO(FAILED) },
	[SESSION_OFFERED] = { [SESSION_DELIVER] = TO(OPEN),
	                      [SESSION_DENY] = TO(FAILED),
	                      [SESSION_CLOSE] = TO(ABANDONED),
	                      [SESSION_LOST] = TO(FAILED) },
	[SESSION_OPEN] = { [SESSION_CLOSE] = TO(CLOSING), [SESSION_LOST] = TO(GONE) },
	[SESSION_ABANDONED] = { [SESSION_DELIVER] = TO(CLOSING),
	                        [SESSION_DENY] = TO(DONE),
	                        [SESSION_CLOSED] = TO(DONE),
	                        [SESSION_LOST] = TO(DONE) },
	[SESSION_CLOSING] = { [SESSION_CLOSED] = TO(DONE), [SESSION_LOST] = TO(DONE) },
	[SESSION_FAILED] = { [SESSION_CLOSE] = TO(DONE) },
	[SESSION_GONE] = { [SESSION_CLOSE] = TO(DONE) },
};

bool session_next(enum session_state state, enum session_event event, bool upstream,
                  enum session_state *next)
{
	if (!table[state][event])
		return false;
	*next = (enum session_state)(table[state][event] - 1);
	if (upstream && event == SESSION_CLOSE)
		*next = SESSION_CLOSING;
	return true;
}

enum parent_session_state session_public_state(enum session_state state)
{
	static const enum parent_session_state public[SESSION_STATES] = {
		[SESSION_WAITING] = PARENT_SESSION_STATE_REQUESTED,
		[SESSION_OFFERED] = PARENT_SESSION_STATE_REQUESTED,
		[SESSION_OPEN] = PARENT_SESSION_STATE_OPEN,
		[SESSION_ABANDONED] = PARENT_SESSION_STATE_CLOSING,
		[SESSION_CLOSING] = PARENT_SESSION_STATE_CLOSING,
		[SESSION_FAILED] = PARENT_SESSION_STATE_FAILED,
		[SESSION_GONE] = PARENT_SESSION_STATE_GONE,
		[SESSION_DONE] = PARENT_SESSION_STATE_CLOSING,
	};

	return public[state];
}

enum os_err session_reason(uint32_t error)
{
	switch (error) {
	case OS_ERR_NO_ROUTE:
	case OS_ERR_OUT_OF_RAM:
	case OS_ERR_OUT_OF_CAPS:
	case OS_ERR_NOT_FOUND:
	case OS_ERR_INVALID:
	case OS_ERR_RANGE:
	case OS_ERR_LIMIT:
	case OS_ERR_GONE:
	case OS_ERR_UNSUPPORTED:
		return (enum os_err)error;
	default:
		return OS_ERR_DENIED;
	}
}
