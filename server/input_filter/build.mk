# SPDX-License-Identifier: BSD-2-Clause
# Libraries that input_filter is linked with.
LIBS := config input link utf8 xml
