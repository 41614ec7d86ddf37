# SPDX-License-Identifier: BSD-2-Clause
# Draws without a GUI server, on drivers that may be restarted.
LIBS := blit config input link xml
