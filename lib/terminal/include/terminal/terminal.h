/* SPDX-License-Identifier: BSD-2-Clause */
/* The client's side of a Terminal session (api/terminal.rpc). */

#ifndef TERMINAL_TERMINAL_H
#define TERMINAL_TERMINAL_H

#include <api/terminal.h>
#include <osier/session.h>

/** An open session; zero is closed. */
struct os_terminal {
	struct os_session session;
	struct terminal_cap cap;
	struct ram_dataspace_cap ds;
	struct os_view view;            /* the buffer: first what is read, then what is written */
	uint32_t read_size, write_size; /* of its two parts, checked */
};

/** Open the session, and attach its buffer. Errors: those of both. */
enum os_err os_terminal_open(struct os_terminal *terminal, struct os_env *env,
                             const char *label) OS_MUST_CHECK;

/** Zero is accepted. */
void os_terminal_close(struct os_terminal *terminal);

/**
 * Take up to `size` bytes of what has arrived into `buf`; `count`, which may be 0, tells how many.
 * Waits for the server, not for anybody who types. Errors: GONE, PROTOCOL.
 */
enum os_err os_terminal_read(struct os_terminal *terminal, void *buf, size_t size,
                             size_t *count) OS_MUST_CHECK;

/**
 * Write as many of the `size` bytes as are taken now, which `count` tells. Waits for the server,
 * not for the other end: what is left is offered again after the signal write_avail. Errors: GONE,
 * PROTOCOL.
 */
enum os_err os_terminal_write(struct os_terminal *terminal, const void *bytes, size_t size,
                              size_t *count) OS_MUST_CHECK;

#endif
