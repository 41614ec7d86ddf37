# SPDX-License-Identifier: BSD-2-Clause
# Libraries that terminal is linked with.
LIBS := blit config gui input link paint terminal timeout utf8 widget xml
