# SPDX-License-Identifier: BSD-2-Clause
# Config and policy tell the mode, a graphics card is had by PCI, timeouts give frames their rhythm.
LIBS := blit config framebuffer pci policy timeout xml
