# SPDX-License-Identifier: BSD-2-Clause
# What is needed beside base: nothing. Each variant is compiled for the CPUs that it is for.
LIBS :=
FILE_CFLAGS := x86_64/sse2.c:-msse2 x86_64/avx2.c:-mavx2
