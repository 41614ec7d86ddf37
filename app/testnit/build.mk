# SPDX-License-Identifier: BSD-2-Clause
# Views of one session, moved by pointer and keys.
LIBS := blit gui input paint
