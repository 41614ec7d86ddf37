# SPDX-License-Identifier: BSD-2-Clause
# A sandbox with one child.
LIBS := label sandbox timeout xml
