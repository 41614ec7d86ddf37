# SPDX-License-Identifier: BSD-2-Clause
"""The compiler of Osier's interface language: syntax, check, layout, and one module per output."""
