# SPDX-License-Identifier: BSD-2-Clause
# Its config is the script; input by the ring of lib/input.
LIBS := blit config input utf8 xml
