# SPDX-License-Identifier: BSD-2-Clause
"""The image tool: kernel, root and boot modules as one file that a PC boots."""
