# SPDX-License-Identifier: BSD-2-Clause
# Libraries that input_source is linked with.
LIBS := config input label timeout utf8 xml
