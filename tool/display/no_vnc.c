/* SPDX-License-Identifier: BSD-2-Clause */
/* In place of vnc.c where libvncserver is not there. */

#include "view.h"

const struct view view_vnc = { .name = "vnc" };
