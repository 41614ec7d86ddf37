# SPDX-License-Identifier: BSD-2-Clause
# What it tests.
LIBS := blit
