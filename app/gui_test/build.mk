# SPDX-License-Identifier: BSD-2-Clause
# A Gui client as its config says.
LIBS := blit config input link xml
