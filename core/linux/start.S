/* SPDX-License-Identifier: BSD-2-Clause */
/* Entry of the Linux core. */

#include <base/linux/entry.h>

ENTRY(core_main)
