# SPDX-License-Identifier: BSD-2-Clause
# Libraries that own_route_test is linked with.
LIBS := config label timeout xml
