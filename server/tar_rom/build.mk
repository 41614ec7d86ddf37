# SPDX-License-Identifier: BSD-2-Clause
# Its ROM modules are the files of archives that its config names.
LIBS := config label rom_service tar xml
