# SPDX-License-Identifier: BSD-2-Clause
# Libraries that liquid_fb is linked with.
LIBS := blit config framebuffer gui input xml
