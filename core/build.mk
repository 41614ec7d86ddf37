# SPDX-License-Identifier: BSD-2-Clause
# Core has no base of its own: it takes what it needs from the pure files of base.
LIBS := elf label
CORE_BASE := avl.c err.c format.c heap.c mem.c string.c wire.c
# of base/linux: how it relocates itself
CORE_PLATFORM := relocate.c
CORE_BASE_pc := chacha20.c range_alloc.c
