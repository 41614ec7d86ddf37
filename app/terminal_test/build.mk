# SPDX-License-Identifier: BSD-2-Clause
# Talks to whoever types.
LIBS := terminal
