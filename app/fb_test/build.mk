# SPDX-License-Identifier: BSD-2-Clause
# What it asks for stands in its config.
LIBS := config xml
