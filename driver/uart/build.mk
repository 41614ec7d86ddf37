# SPDX-License-Identifier: BSD-2-Clause
# Characters between a line and one client at a time.
LIBS := terminal config xml
