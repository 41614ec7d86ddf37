/* SPDX-License-Identifier: BSD-2-Clause */
/* What each platform's folder of @name@ has to offer. */

#ifndef @NAME@_PLATFORM_H
#define @NAME@_PLATFORM_H

/** A name for what is driven here, for the log. Static, never NULL. */
const char *platform_device(void);

#endif
