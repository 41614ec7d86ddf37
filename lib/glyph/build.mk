# SPDX-License-Identifier: BSD-2-Clause
# Draws onto surfaces; the glyphs are generated (tool/make/rules.mk).
LIBS := blit
CFLAGS := -Ilib/glyph/src
