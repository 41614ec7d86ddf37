# SPDX-License-Identifier: BSD-2-Clause
# An argument vector from the config.
LIBS := args config xml
