# SPDX-License-Identifier: BSD-2-Clause
# Never answers.
LIBS := config xml
