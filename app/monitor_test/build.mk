# SPDX-License-Identifier: BSD-2-Clause
# Which part it plays stands in its config.
LIBS := config xml
