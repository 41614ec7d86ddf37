/* SPDX-License-Identifier: BSD-2-Clause */
/* Keys and buttons: their codes, which are those of Linux, and their names in configs. */

#ifndef INPUT_KEY_H
#define INPUT_KEY_H

#include <osier/types.h>

/*
 * Keys are named by what stands on them on a keyboard for American English: OS_KEY_Z is the one to
 * the left of X, wherever it is and whatever it means to a layout. Codes not listed here may occur.
 */

/* clang-format off */
#define OS_INPUT_KEYS(_) \
	_(KEY, ESC, 1) _(KEY, 1, 2) _(KEY, 2, 3) _(KEY, 3, 4) _(KEY, 4, 5) _(KEY, 5, 6) \
	_(KEY, 6, 7) _(KEY, 7, 8) _(KEY, 8, 9) _(KEY, 9, 10) _(KEY, 0, 11) _(KEY, MINUS, 12) \
	_(KEY, EQUAL, 13) _(KEY, BACKSPACE, 14) _(KEY, TAB, 15) _(KEY, Q, 16) _(KEY, W, 17) \
	_(KEY, E, 18) _(KEY, R, 19) _(KEY, T, 20) _(KEY, Y, 21) _(KEY, U, 22) _(KEY, I, 23) \
	_(KEY, O, 24) _(KEY, P, 25) _(KEY, LEFTBRACE, 26) _(KEY, RIGHTBRACE, 27) \
	_(KEY, ENTER, 28) _(KEY, LEFTCTRL, 29) _(KEY, A, 30) _(KEY, S, 31) _(KEY, D, 32) \
	_(KEY, F, 33) _(KEY, G, 34) _(KEY, H, 35) _(KEY, J, 36) _(KEY, K, 37) _(KEY, L, 38) \
	_(KEY, SEMICOLON, 39) _(KEY, APOSTROPHE, 40) _(KEY, GRAVE, 41) _(KEY, LEFTSHIFT, 42) \
	_(KEY, BACKSLASH, 43) _(KEY, Z, 44) _(KEY, X, 45) _(KEY, C, 46) _(KEY, V, 47) \
	_(KEY, B, 48) _(KEY, N, 49) _(KEY, M, 50) _(KEY, COMMA, 51) _(KEY, DOT, 52) \
	_(KEY, SLASH, 53) _(KEY, RIGHTSHIFT, 54) _(KEY, KPASTERISK, 55) _(KEY, LEFTALT, 56) \
	_(KEY, SPACE, 57) _(KEY, CAPSLOCK, 58) _(KEY, F1, 59) _(KEY, F2, 60) _(KEY, F3, 61) \
	_(KEY, F4, 62) _(KEY, F5, 63) _(KEY, F6, 64) _(KEY, F7, 65) _(KEY, F8, 66) \
	_(KEY, F9, 67) _(KEY, F10, 68) _(KEY, NUMLOCK, 69) _(KEY, SCROLLLOCK, 70) \
	_(KEY, KP7, 71) _(KEY, KP8, 72) _(KEY, KP9, 73) _(KEY, KPMINUS, 74) _(KEY, KP4, 75) \
	_(KEY, KP5, 76) _(KEY, KP6, 77) _(KEY, KPPLUS, 78) _(KEY, KP1, 79) _(KEY, KP2, 80) \
	_(KEY, KP3, 81) _(KEY, KP0, 82) _(KEY, KPDOT, 83) _(KEY, ZENKAKUHANKAKU, 85) \
	_(KEY, 102ND, 86) _(KEY, F11, 87) _(KEY, F12, 88) _(KEY, RO, 89) _(KEY, KATAKANA, 90) \
	_(KEY, HIRAGANA, 91) _(KEY, HENKAN, 92) _(KEY, KATAKANAHIRAGANA, 93) \
	_(KEY, MUHENKAN, 94) _(KEY, KPJPCOMMA, 95) _(KEY, KPENTER, 96) _(KEY, RIGHTCTRL, 97) \
	_(KEY, KPSLASH, 98) _(KEY, SYSRQ, 99) _(KEY, RIGHTALT, 100) _(KEY, LINEFEED, 101) \
	_(KEY, HOME, 102) _(KEY, UP, 103) _(KEY, PAGEUP, 104) _(KEY, LEFT, 105) \
	_(KEY, RIGHT, 106) _(KEY, END, 107) _(KEY, DOWN, 108) _(KEY, PAGEDOWN, 109) \
	_(KEY, INSERT, 110) _(KEY, DELETE, 111) _(KEY, MACRO, 112) _(KEY, MUTE, 113) \
	_(KEY, VOLUMEDOWN, 114) _(KEY, VOLUMEUP, 115) _(KEY, POWER, 116) _(KEY, KPEQUAL, 117) \
	_(KEY, KPPLUSMINUS, 118) _(KEY, PAUSE, 119) _(KEY, SCALE, 120) _(KEY, KPCOMMA, 121) \
	_(KEY, HANGEUL, 122) _(KEY, HANJA, 123) _(KEY, YEN, 124) _(KEY, LEFTMETA, 125) \
	_(KEY, RIGHTMETA, 126) _(KEY, COMPOSE, 127) _(KEY, STOP, 128) _(KEY, AGAIN, 129) \
	_(KEY, PROPS, 130) _(KEY, UNDO, 131) _(KEY, FRONT, 132) _(KEY, COPY, 133) \
	_(KEY, OPEN, 134) _(KEY, PASTE, 135) _(KEY, FIND, 136) _(KEY, CUT, 137) \
	_(KEY, HELP, 138) _(KEY, MENU, 139) _(KEY, CALC, 140) _(KEY, SETUP, 141) \
	_(KEY, SLEEP, 142) _(KEY, WAKEUP, 143) _(KEY, FILE, 144) _(KEY, SENDFILE, 145) \
	_(KEY, DELETEFILE, 146) _(KEY, XFER, 147) _(KEY, PROG1, 148) _(KEY, PROG2, 149) \
	_(KEY, WWW, 150) _(KEY, MSDOS, 151) _(KEY, COFFEE, 152) _(KEY, ROTATE_DISPLAY, 153) \
	_(KEY, CYCLEWINDOWS, 154) _(KEY, MAIL, 155) _(KEY, BOOKMARKS, 156) \
	_(KEY, COMPUTER, 157) _(KEY, BACK, 158) _(KEY, FORWARD, 159) _(KEY, CLOSECD, 160) \
	_(KEY, EJECTCD, 161) _(KEY, EJECTCLOSECD, 162) _(KEY, NEXTSONG, 163) \
	_(KEY, PLAYPAUSE, 164) _(KEY, PREVIOUSSONG, 165) _(KEY, STOPCD, 166) \
	_(KEY, RECORD, 167) _(KEY, REWIND, 168) _(KEY, PHONE, 169) _(KEY, ISO, 170) \
	_(KEY, CONFIG, 171) _(KEY, HOMEPAGE, 172) _(KEY, REFRESH, 173) _(KEY, EXIT, 174) \
	_(KEY, MOVE, 175) _(KEY, EDIT, 176) _(KEY, SCROLLUP, 177) _(KEY, SCROLLDOWN, 178) \
	_(KEY, KPLEFTPAREN, 179) _(KEY, KPRIGHTPAREN, 180) _(KEY, NEW, 181) _(KEY, REDO, 182) \
	_(KEY, F13, 183) _(KEY, F14, 184) _(KEY, F15, 185) _(KEY, F16, 186) _(KEY, F17, 187) \
	_(KEY, F18, 188) _(KEY, F19, 189) _(KEY, F20, 190) _(KEY, F21, 191) _(KEY, F22, 192) \
	_(KEY, F23, 193) _(KEY, F24, 194) _(KEY, PLAYCD, 200) _(KEY, PAUSECD, 201) \
	_(KEY, PROG3, 202) _(KEY, PROG4, 203) _(KEY, ALL_APPLICATIONS, 204) \
	_(KEY, SUSPEND, 205) _(KEY, CLOSE, 206) _(KEY, PLAY, 207) _(KEY, FASTFORWARD, 208) \
	_(KEY, BASSBOOST, 209) _(KEY, PRINT, 210) _(KEY, HP, 211) _(KEY, CAMERA, 212) \
	_(KEY, SOUND, 213) _(KEY, QUESTION, 214) _(KEY, EMAIL, 215) _(KEY, CHAT, 216) \
	_(KEY, SEARCH, 217) _(KEY, CONNECT, 218) _(KEY, FINANCE, 219) _(KEY, SPORT, 220) \
	_(KEY, SHOP, 221) _(KEY, ALTERASE, 222) _(KEY, CANCEL, 223) _(KEY, BRIGHTNESSDOWN, 224) \
	_(KEY, BRIGHTNESSUP, 225) _(KEY, MEDIA, 226) _(KEY, SWITCHVIDEOMODE, 227) \
	_(KEY, KBDILLUMTOGGLE, 228) _(KEY, KBDILLUMDOWN, 229) _(KEY, KBDILLUMUP, 230) \
	_(KEY, SEND, 231) _(KEY, REPLY, 232) _(KEY, FORWARDMAIL, 233) _(KEY, SAVE, 234) \
	_(KEY, DOCUMENTS, 235) _(KEY, BATTERY, 236) _(KEY, BLUETOOTH, 237) _(KEY, WLAN, 238) \
	_(KEY, UWB, 239) _(KEY, UNKNOWN, 240) _(KEY, VIDEO_NEXT, 241) _(KEY, VIDEO_PREV, 242) \
	_(KEY, BRIGHTNESS_CYCLE, 243) _(KEY, BRIGHTNESS_AUTO, 244) _(KEY, DISPLAY_OFF, 245) \
	_(KEY, WWAN, 246) _(KEY, RFKILL, 247) _(KEY, MICMUTE, 248) _(KEY, FN, 464)
#define OS_INPUT_BUTTONS(_) \
	_(BUTTON, LEFT, 0x110) _(BUTTON, RIGHT, 0x111) _(BUTTON, MIDDLE, 0x112) \
	_(BUTTON, SIDE, 0x113) _(BUTTON, EXTRA, 0x114) _(BUTTON, FORWARD, 0x115) \
	_(BUTTON, BACK, 0x116) _(BUTTON, TASK, 0x117) _(BUTTON, TOOL_PEN, 0x140) \
	_(BUTTON, TOOL_RUBBER, 0x141) _(BUTTON, TOOL_FINGER, 0x145) _(BUTTON, TOUCH, 0x14a) \
	_(BUTTON, STYLUS, 0x14b) _(BUTTON, STYLUS2, 0x14c)
/* clang-format on */

/** OS_KEY_A, OS_BUTTON_LEFT … */
enum os_key {
	OS_KEY_NONE,
#define OS_INPUT_CODE(kind, name, code) OS_##kind##_##name = code,
	OS_INPUT_KEYS(OS_INPUT_CODE) OS_INPUT_BUTTONS(OS_INPUT_CODE)
#undef OS_INPUT_CODE
	        OS_KEY_COUNT = 0x300, /* no code is that large */
};

/** The name of a code, "KEY_A" or "BUTTON_LEFT"; "" if it has none. */
const char *os_key_name(uint32_t code);

/** The code of a name; "BTN_LEFT" is accepted for "BUTTON_LEFT". OS_KEY_NONE: there is no such. */
uint32_t os_key_code(const char *name);

/** True for mouse buttons and the like, false for keys of a keyboard. */
static inline bool os_key_is_button(uint32_t code)
{
	return code >= 0x100 && code < 0x160;
}

/** True for keys that say something only together with others: Shift, Ctrl, Alt, Meta. */
static inline bool os_key_is_modifier(uint32_t code)
{
	switch (code) {
	case OS_KEY_LEFTSHIFT:
	case OS_KEY_RIGHTSHIFT:
	case OS_KEY_LEFTCTRL:
	case OS_KEY_RIGHTCTRL:
	case OS_KEY_LEFTALT:
	case OS_KEY_RIGHTALT:
	case OS_KEY_LEFTMETA:
	case OS_KEY_RIGHTMETA:
		return true;
	default:
		return false;
	}
}

#endif
