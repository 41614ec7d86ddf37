# SPDX-License-Identifier: BSD-2-Clause
# Framebuffer sessions, for those who serve them.
LIBS := blit
