# SPDX-License-Identifier: BSD-2-Clause
# What lib/label needs.
LIBS := utf8
