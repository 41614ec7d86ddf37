/* SPDX-License-Identifier: BSD-2-Clause */
/* The control socket: pictures and input for programs, such as tests. */

#ifndef CONTROL_H
#define CONTROL_H

#include <stdbool.h>

/*
 * Lines of words; each is answered by a line, in order.
 *
 *     mode                    mode WIDTH HEIGHT SERIAL
 *     picture                 picture WIDTH HEIGHT SERIAL, and then the pixels, 4 bytes each
 *     wait SERIAL             changed SERIAL, as soon as it is another one
 *     resize WIDTH HEIGHT     ok
 *     input KIND CODE X Y     ok; busy: the component does not take it now
 *
 * SERIAL counts frames; KIND is a number of enum os_input_kind. What makes no sense is answered by
 * `error`.
 */

/** `listener` accepts connections; those who may connect may do all of this. */
void control_init(int listener);

/** A frame has been shown. */
void control_frame(void);

#endif
