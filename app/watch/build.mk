# SPDX-License-Identifier: BSD-2-Clause
# A snapshot each second.
LIBS := timeout trace
