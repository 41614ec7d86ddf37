# SPDX-License-Identifier: BSD-2-Clause
# A bar with text.
LIBS := blit config gui input paint timeout utf8 widget xml
