# SPDX-License-Identifier: BSD-2-Clause
# What lib/policy needs.
LIBS := label xml
