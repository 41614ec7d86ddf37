# SPDX-License-Identifier: BSD-2-Clause
# What it reports stands in its config.
LIBS := config xml
