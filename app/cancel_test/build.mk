# SPDX-License-Identifier: BSD-2-Clause
# Sleeps, among other things.
LIBS := timeout
