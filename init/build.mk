# SPDX-License-Identifier: BSD-2-Clause
# Builds a subtree from a config.
LIBS := report sandbox timeout xml
