# SPDX-License-Identifier: BSD-2-Clause
# Libraries that clipboard is linked with.
LIBS := config label policy utf8 xml
