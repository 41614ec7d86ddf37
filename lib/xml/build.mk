# SPDX-License-Identifier: BSD-2-Clause
# What lib/xml needs; expat is the oracle of its tests.
LIBS := utf8
TEST_LIBS := -lexpat
