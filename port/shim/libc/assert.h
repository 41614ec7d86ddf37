/* SPDX-License-Identifier: BSD-2-Clause */
/* assert(): a bug ends the component, in every build. */

#ifndef SHIM_ASSERT_H
#define SHIM_ASSERT_H

#include <osier/err.h>

#define assert(condition) OS_ASSERT(condition)

#endif
