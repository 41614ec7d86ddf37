# SPDX-License-Identifier: BSD-2-Clause
# A terminal's state machine; vterm.h is what others include.
LIBS := shim
PORT_SRC := src/encoding.c src/keyboard.c src/mouse.c src/parser.c src/pen.c src/screen.c \
	src/state.c src/unicode.c src/vterm.c
PORT_INCLUDE := include
