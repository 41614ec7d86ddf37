# SPDX-License-Identifier: BSD-2-Clause
# Pixels and input by a program of the host's.
LIBS := blit framebuffer input terminal
HOST_PROFILE := display
