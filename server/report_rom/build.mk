# SPDX-License-Identifier: BSD-2-Clause
# Reports become ROM modules, by the policies of its config.
LIBS := config label policy rom_service xml
