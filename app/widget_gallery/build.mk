# SPDX-License-Identifier: BSD-2-Clause
# Widgets, with a theme from its config.
LIBS := config widget
