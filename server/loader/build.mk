# SPDX-License-Identifier: BSD-2-Clause
# Builds subtrees for its clients.
LIBS := config label sandbox xml
