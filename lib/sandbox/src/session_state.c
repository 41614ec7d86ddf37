/* SPDX-License-Identifier: BSD-2-Clause */
/* The table of the session's state machine. */

#include "session_state.h"

enum { NO = SESSION_STATES /* illegal */ };

static const uint8_t table[SESSION_STATES][SESSION_EVENTS] = {
	/* clang-format off */
	/*                       FETCH            DELIVER          DENY            CLOSE              CLOSED        LOST */
	[SESSION_WAITING]   = { SESSION_OFFERED, NO,              SESSION_FAILED, SESSION_DONE,      NO,           SESSION_FAILED },
	[SESSION_OFFERED]   = { NO,              SESSION_OPEN,    SESSION_FAILED, SESSION_ABANDONED, NO,           SESSION_FAILED },
	[SESSION_OPEN]      = { NO,              NO,              NO,             SESSION_CLOSING,   NO,           SESSION_GONE },
	[SESSION_ABANDONED] = { NO,              SESSION_CLOSING, SESSION_DONE,   NO,                SESSION_DONE, SESSION_DONE },
	[SESSION_CLOSING]   = { NO,              NO,              NO,             NO,                SESSION_DONE, SESSION_DONE },
	[SESSION_FAILED]    = { NO,              NO,              NO,             SESSION_DONE,      NO,           NO },
	[SESSION_GONE]      = { NO,              NO,              NO,             SESSION_DONE,      NO,           NO },
	[SESSION_DONE]      = { NO,              NO,              NO,             NO,                NO,           NO },
	/* clang-format on */
};

bool session_next(enum session_state state, enum session_event event, bool upstream,
                  enum session_state *next)
{
	if (table[state][event] == NO)
		return false;
	*next = upstream && event == SESSION_CLOSE ? SESSION_CLOSING : table[state][event];
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
