# SPDX-License-Identifier: BSD-2-Clause
# Runs another component, in either of two ways.
LIBS := config label loader sandbox slave timeout xml
