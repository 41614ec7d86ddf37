# SPDX-License-Identifier: BSD-2-Clause
# Widgets, and children.
LIBS := blit config gui input label launcher paint sandbox timeout utf8 widget xml
