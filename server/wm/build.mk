# SPDX-License-Identifier: BSD-2-Clause
# Draws titles, and serves input.
LIBS := blit config input paint utf8 widget xml
