# SPDX-License-Identifier: BSD-2-Clause
# A client of Log_history and Terminal.
LIBS := terminal
