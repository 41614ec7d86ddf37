# SPDX-License-Identifier: BSD-2-Clause
# What TRACE tells, as its clients read it.
LIBS :=
