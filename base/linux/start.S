/* SPDX-License-Identifier: BSD-2-Clause */
/* Entry of the platform image. */

#include "entry.h"

ENTRY(image_main)
