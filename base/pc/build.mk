# SPDX-License-Identifier: BSD-2-Clause
# The platform image for the kernel: which pure files of base it takes along.
PLATFORM_BASE := mem.c
