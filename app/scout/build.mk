# SPDX-License-Identifier: BSD-2-Clause
# Draws text and images in a window, and starts children.
LIBS := blit config gui input label launcher paint sandbox utf8 widget xml
