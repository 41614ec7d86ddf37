/* SPDX-License-Identifier: BSD-2-Clause */
/* Formatted text, a character at a time. */

#ifndef KERNEL_PRINT_H
#define KERNEL_PRINT_H

#include <stdarg.h>

/**
 * Hand the text to `put`. Known: %s, %c, %u, %d, %x, %p, %%, with l for 64 bits, a width, 0 to fill
 * with zeros and - to align left. Anything else is shown as it stands.
 */
void print_format(void (*put)(char c), const char *format, va_list arguments);

/** Where kernel_print() writes to: the serial line and, until user land has it, the screen. */
void console_put(char c);

#endif
