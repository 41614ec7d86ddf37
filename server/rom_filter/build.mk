# SPDX-License-Identifier: BSD-2-Clause
# ROM modules out of other ROM modules.
LIBS := config label rom_service xml
