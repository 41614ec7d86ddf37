# SPDX-License-Identifier: BSD-2-Clause
# Libraries that own_route_judge is linked with.
LIBS := label
