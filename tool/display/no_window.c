/* SPDX-License-Identifier: BSD-2-Clause */
/* In place of window.c where SDL2 is not there. */

#include "view.h"

const struct view view_window = { .name = "window" };
