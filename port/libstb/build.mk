# SPDX-License-Identifier: BSD-2-Clause
# Two headers, which src/ compiles with what Osier has in place of a libc. What damaged files leave
# unset is zero.
LIBS := shim
PORT_INCLUDE := .
FLOAT := yes
CFLAGS := -ftrivial-auto-var-init=zero
