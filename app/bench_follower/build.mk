# SPDX-License-Identifier: BSD-2-Clause
# Follows its config.
LIBS := config xml
