# SPDX-License-Identifier: BSD-2-Clause
# Who may set the clock is decided by the config.
LIBS := config policy xml
