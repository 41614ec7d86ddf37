# SPDX-License-Identifier: BSD-2-Clause
# Who gets which device is decided by the config.
LIBS := config policy xml
