# SPDX-License-Identifier: BSD-2-Clause
# What ported code expects of a libc; the headers in libc/ are for components alone.
LIBS :=
FLOAT := yes
