/* SPDX-License-Identifier: BSD-2-Clause */
/* Nobody looks: there are pictures and input by the control socket alone. */

#include "view.h"

static bool open_none(const char *title)
{
	(void)title;
	return true;
}

static void resized(void)
{
}

static void changed(const struct display_part *part)
{
	(void)part;
}

static bool watched(void)
{
	return false;
}

static void work(void)
{
}

const struct view view_none = {
	"none", open_none, resized, changed, watched, view_wait_plain, work
};
