# SPDX-License-Identifier: BSD-2-Clause
# Libraries that region_map_test is linked with.
LIBS := config leak_test trace xml
