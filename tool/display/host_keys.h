/* SPDX-License-Identifier: BSD-2-Clause */
/* Keys of the host's libraries, as codes of Linux (enum os_key). */

#ifndef HOST_KEYS_H
#define HOST_KEYS_H

#include <stdint.h>

/** Of a USB keyboard's usage, which SDL's scancodes are, too (HID Usage Tables, 10). 0: none. */
uint32_t key_of_usage(uint32_t usage);

/** Of an X11 keysym, which VNC uses: where a keyboard for American English has it. 0: none. */
uint32_t key_of_keysym(uint32_t keysym);

#endif
