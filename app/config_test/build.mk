# SPDX-License-Identifier: BSD-2-Clause
# What it does is read its config.
LIBS := config xml
