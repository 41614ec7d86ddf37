# SPDX-License-Identifier: BSD-2-Clause
# Lines of many clients on one terminal.
LIBS := terminal utf8
