/* SPDX-License-Identifier: BSD-2-Clause */
/* How a terminal looks: its font, its colours, and its cells drawn onto a surface. */

#ifndef TERMINAL_LOOK_H
#define TERMINAL_LOOK_H

#include <widget/theme.h>

#include "screen.h"

struct look {
	os_pixel palette[256], text, back, accent;
	uint32_t font_size;
	bool dark; /* what blinks is not to be seen at present */
	struct os_font *font;
	uint32_t cell_width, cell_height, ascent; /* pixels */
};

/** Colours and size of the font as a config says, else its theme, else by default. */
void look_read(struct look *look, struct os_env *env, struct os_xml config);

/** Draw the cells within `dirty`; `focused`: keys go here, so the cursor is a block. */
void look_draw(const struct look *look, const struct screen *screen, bool focused,
               const struct os_surface *surface, struct os_rect dirty);

#endif
