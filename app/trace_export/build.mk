# SPDX-License-Identifier: BSD-2-Clause
# The client's side of TRACE; a timer, if there is one.
LIBS := config timeout trace xml
