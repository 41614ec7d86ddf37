# SPDX-License-Identifier: BSD-2-Clause
# Steps of a nested init.
LIBS := config xml
