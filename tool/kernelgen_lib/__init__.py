# SPDX-License-Identifier: BSD-2-Clause
"""The parts of tool/kernelgen: parser, C code, tables and the manual."""
