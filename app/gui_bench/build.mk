# SPDX-License-Identifier: BSD-2-Clause
# A Gui client that measures.
LIBS :=
