# SPDX-License-Identifier: BSD-2-Clause
# Runs servers as its own children.
LIBS := label sandbox slave timeout xml
