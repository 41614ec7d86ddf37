# SPDX-License-Identifier: BSD-2-Clause
# Draws without a GUI server.
LIBS := blit input
