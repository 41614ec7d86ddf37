# SPDX-License-Identifier: BSD-2-Clause
# ROM modules from its config, some of which change by themselves.
LIBS := config label rom_service timeout xml
