# SPDX-License-Identifier: BSD-2-Clause
# Libraries that hostile_pc is linked with.
LIBS := config xml
