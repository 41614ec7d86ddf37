# SPDX-License-Identifier: BSD-2-Clause
# Runs children from a config.
LIBS := xml label
