# SPDX-License-Identifier: BSD-2-Clause
# What is needed beside base: nothing.
