# SPDX-License-Identifier: BSD-2-Clause
# What goes wrong stands in its config.
LIBS := config xml
