# SPDX-License-Identifier: BSD-2-Clause
# Reads its config, and the last element of labels.
LIBS := config label xml
