# SPDX-License-Identifier: BSD-2-Clause
# Views of many clients on one screen, shown by whatever drivers there are.
LIBS := blit config framebuffer glyph input label link policy report xml
