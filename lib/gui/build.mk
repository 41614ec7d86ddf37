# SPDX-License-Identifier: BSD-2-Clause
# A window of a program.
LIBS := blit input
