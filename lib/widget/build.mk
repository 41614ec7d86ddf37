# SPDX-License-Identifier: BSD-2-Clause
# Windows, text and shapes; a theme may come from a config.
LIBS := blit gui input paint utf8 xml
