# SPDX-License-Identifier: BSD-2-Clause
# Documents and pages; not what draws them.
TEST_SRC := layout.c markdown.c
