# SPDX-License-Identifier: BSD-2-Clause
# Libraries that terminal_client is linked with.
LIBS := config terminal utf8 xml
