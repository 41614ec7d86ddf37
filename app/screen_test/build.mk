# SPDX-License-Identifier: BSD-2-Clause
# Its config is the script; input by the ring of lib/input.
LIBS := blit config framebuffer input utf8 xml
