/* SPDX-License-Identifier: BSD-2-Clause */
/* The component at the other end of the socket: what it asks, and what it is told. */

#ifndef LINK_H
#define LINK_H

#include <driver/display/protocol.h>

/** Begin, and have the component begin anew. */
void link_init(int socket);

/** Tell how large the picture is; `fresh`: forget what was before. */
void link_mode(bool fresh);

/** Tell that the frame is shown. */
void link_shown(void);

/** An event of a person's, or of a script's. False: the component does not take it now. */
bool link_input(uint16_t kind, uint16_t code, int32_t x, int32_t y);

/** A key or button; what is told twice is passed on once. */
void link_key(uint32_t code, bool pressed);

/** Who pressed them is gone: so none is any more. */
void link_release_all(void);

#endif
