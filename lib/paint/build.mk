# SPDX-License-Identifier: BSD-2-Clause
# Pixels, others' rasteriser and image decoder, text.
LIBS := blit libstb utf8
FLOAT := yes
