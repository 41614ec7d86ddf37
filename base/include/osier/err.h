/* SPDX-License-Identifier: BSD-2-Clause */
/* Errors as values: the enum of abi/err.h, its texts, and assertions for bugs. */

#ifndef OSIER_ERR_H
#define OSIER_ERR_H

#include <abi/err.h>
#include <osier/types.h>

/** A text for a person, for any value: never NULL, "unknown error" for what is not in the list. */
const char *os_err_text(enum os_err err);

/** Report a bug at `file:line` and end the component. Does not return. */
OS_NORETURN void os_panic(const char *file, int line, const char *what);

/** A bug if `cond` is false: says so and ends the component, in every build. */
#define OS_ASSERT(cond) ((cond) ? (void)0 : os_panic(__FILE__, __LINE__, #cond))

#endif
