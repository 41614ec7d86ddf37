# SPDX-License-Identifier: BSD-2-Clause
# Libraries that restart_test is linked with.
LIBS := sandbox config label utf8 xml
