# SPDX-License-Identifier: BSD-2-Clause
# Labels tell which module a client asks for.
LIBS := label
