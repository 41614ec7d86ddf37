# SPDX-License-Identifier: BSD-2-Clause
# ROM modules out of other ROM modules.
LIBS := config label report rom_service xml
