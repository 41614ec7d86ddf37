# SPDX-License-Identifier: BSD-2-Clause
# The client's side of TRACE.
LIBS := config trace xml
