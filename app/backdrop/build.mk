# SPDX-License-Identifier: BSD-2-Clause
# A window behind all others.
LIBS := blit config gui input paint utf8 widget xml
