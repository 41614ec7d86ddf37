# SPDX-License-Identifier: BSD-2-Clause
"""What the tools share: XML with line numbers, the layout of the tree, scenarios, the runner."""
