# SPDX-License-Identifier: BSD-2-Clause
# Keys by their codes, a ring for each client, and who may be one.
LIBS := config input policy xml
