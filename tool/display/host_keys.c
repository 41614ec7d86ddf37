/* SPDX-License-Identifier: BSD-2-Clause */
/* Tables of keys. */

#include "host_keys.h"
#include <linux/input-event-codes.h>
#include <stddef.h>

#define SIZE(array) (sizeof(array) / sizeof((array)[0]))

/* clang-format off */
static const uint16_t usages[] = {
	[0x04] = KEY_A, KEY_B, KEY_C, KEY_D, KEY_E, KEY_F, KEY_G, KEY_H, KEY_I, KEY_J, KEY_K,
	KEY_L, KEY_M, KEY_N, KEY_O, KEY_P, KEY_Q, KEY_R, KEY_S, KEY_T, KEY_U, KEY_V, KEY_W,
	KEY_X, KEY_Y, KEY_Z,
	[0x1e] = KEY_1, KEY_2, KEY_3, KEY_4, KEY_5, KEY_6, KEY_7, KEY_8, KEY_9, KEY_0,
	[0x28] = KEY_ENTER, KEY_ESC, KEY_BACKSPACE, KEY_TAB, KEY_SPACE, KEY_MINUS, KEY_EQUAL,
	KEY_LEFTBRACE, KEY_RIGHTBRACE, KEY_BACKSLASH, KEY_BACKSLASH, KEY_SEMICOLON,
	KEY_APOSTROPHE, KEY_GRAVE, KEY_COMMA, KEY_DOT, KEY_SLASH, KEY_CAPSLOCK,
	[0x3a] = KEY_F1, KEY_F2, KEY_F3, KEY_F4, KEY_F5, KEY_F6, KEY_F7, KEY_F8, KEY_F9, KEY_F10,
	KEY_F11, KEY_F12,
	[0x46] = KEY_SYSRQ, KEY_SCROLLLOCK, KEY_PAUSE, KEY_INSERT, KEY_HOME, KEY_PAGEUP,
	KEY_DELETE, KEY_END, KEY_PAGEDOWN, KEY_RIGHT, KEY_LEFT, KEY_DOWN, KEY_UP, KEY_NUMLOCK,
	[0x54] = KEY_KPSLASH, KEY_KPASTERISK, KEY_KPMINUS, KEY_KPPLUS, KEY_KPENTER, KEY_KP1,
	KEY_KP2, KEY_KP3, KEY_KP4, KEY_KP5, KEY_KP6, KEY_KP7, KEY_KP8, KEY_KP9, KEY_KP0,
	KEY_KPDOT,
	[0x64] = KEY_102ND, KEY_COMPOSE, KEY_POWER, KEY_KPEQUAL,
	[0x68] = KEY_F13, KEY_F14, KEY_F15, KEY_F16, KEY_F17, KEY_F18, KEY_F19, KEY_F20, KEY_F21,
	KEY_F22, KEY_F23, KEY_F24,
	[0x7f] = KEY_MUTE, KEY_VOLUMEUP, KEY_VOLUMEDOWN,
	[0x87] = KEY_RO, KEY_KATAKANAHIRAGANA, KEY_YEN, KEY_HENKAN, KEY_MUHENKAN,
	[0xe0] = KEY_LEFTCTRL, KEY_LEFTSHIFT, KEY_LEFTALT, KEY_LEFTMETA, KEY_RIGHTCTRL,
	KEY_RIGHTSHIFT, KEY_RIGHTALT, KEY_RIGHTMETA,
};
/* clang-format on */

uint32_t key_of_usage(uint32_t usage)
{
	return usage < SIZE(usages) ? usages[usage] : 0;
}

/* clang-format off */
/* What each key is called without and with Shift, from ' ' on: "aA" and so on go without saying. */
static const struct {
	char plain, shifted;
	uint16_t code;
} characters[] = {
	{ ' ', ' ', KEY_SPACE },       { '1', '!', KEY_1 },          { '2', '@', KEY_2 },
	{ '3', '#', KEY_3 },           { '4', '$', KEY_4 },          { '5', '%', KEY_5 },
	{ '6', '^', KEY_6 },           { '7', '&', KEY_7 },          { '8', '*', KEY_8 },
	{ '9', '(', KEY_9 },           { '0', ')', KEY_0 },          { '-', '_', KEY_MINUS },
	{ '=', '+', KEY_EQUAL },       { '[', '{', KEY_LEFTBRACE },  { ']', '}', KEY_RIGHTBRACE },
	{ ';', ':', KEY_SEMICOLON },   { '\'', '"', KEY_APOSTROPHE }, { '`', '~', KEY_GRAVE },
	{ '\\', '|', KEY_BACKSLASH },  { ',', '<', KEY_COMMA },      { '.', '>', KEY_DOT },
	{ '/', '?', KEY_SLASH },
};
/* clang-format on */

/* clang-format off */
/* X11/keysymdef.h */
static const struct {
	uint16_t keysym, code;
} keysyms[] = {
	{ 0xff08, KEY_BACKSPACE },  { 0xff09, KEY_TAB },        { 0xff0d, KEY_ENTER },
	{ 0xff13, KEY_PAUSE },      { 0xff14, KEY_SCROLLLOCK }, { 0xff15, KEY_SYSRQ },
	{ 0xff1b, KEY_ESC },        { 0xff50, KEY_HOME },       { 0xff51, KEY_LEFT },
	{ 0xff52, KEY_UP },         { 0xff53, KEY_RIGHT },      { 0xff54, KEY_DOWN },
	{ 0xff55, KEY_PAGEUP },     { 0xff56, KEY_PAGEDOWN },   { 0xff57, KEY_END },
	{ 0xff61, KEY_SYSRQ },      { 0xff63, KEY_INSERT },     { 0xff67, KEY_COMPOSE },
	{ 0xff7e, KEY_RIGHTALT },   { 0xff7f, KEY_NUMLOCK },    { 0xff8d, KEY_KPENTER },
	{ 0xff95, KEY_KP7 },        { 0xff96, KEY_KP4 },        { 0xff97, KEY_KP8 },
	{ 0xff98, KEY_KP6 },        { 0xff99, KEY_KP2 },        { 0xff9a, KEY_KP9 },
	{ 0xff9b, KEY_KP3 },        { 0xff9c, KEY_KP1 },        { 0xff9d, KEY_KP5 },
	{ 0xff9e, KEY_KP0 },        { 0xff9f, KEY_KPDOT },      { 0xffaa, KEY_KPASTERISK },
	{ 0xffab, KEY_KPPLUS },     { 0xffad, KEY_KPMINUS },    { 0xffae, KEY_KPDOT },
	{ 0xffaf, KEY_KPSLASH },    { 0xffb0, KEY_KP0 },        { 0xffb1, KEY_KP1 },
	{ 0xffb2, KEY_KP2 },        { 0xffb3, KEY_KP3 },        { 0xffb4, KEY_KP4 },
	{ 0xffb5, KEY_KP5 },        { 0xffb6, KEY_KP6 },        { 0xffb7, KEY_KP7 },
	{ 0xffb8, KEY_KP8 },        { 0xffb9, KEY_KP9 },        { 0xffbd, KEY_KPEQUAL },
	{ 0xffbe, KEY_F1 },         { 0xffbf, KEY_F2 },         { 0xffc0, KEY_F3 },
	{ 0xffc1, KEY_F4 },         { 0xffc2, KEY_F5 },         { 0xffc3, KEY_F6 },
	{ 0xffc4, KEY_F7 },         { 0xffc5, KEY_F8 },         { 0xffc6, KEY_F9 },
	{ 0xffc7, KEY_F10 },        { 0xffc8, KEY_F11 },        { 0xffc9, KEY_F12 },
	{ 0xffe1, KEY_LEFTSHIFT },  { 0xffe2, KEY_RIGHTSHIFT }, { 0xffe3, KEY_LEFTCTRL },
	{ 0xffe4, KEY_RIGHTCTRL },  { 0xffe5, KEY_CAPSLOCK },   { 0xffe7, KEY_LEFTMETA },
	{ 0xffe8, KEY_RIGHTMETA },  { 0xffe9, KEY_LEFTALT },    { 0xffea, KEY_RIGHTALT },
	{ 0xffeb, KEY_LEFTMETA },   { 0xffec, KEY_RIGHTMETA },  { 0xffff, KEY_DELETE },
	{ 0xfe03, KEY_RIGHTALT },   { 0xfe20, KEY_TAB },
};
/* clang-format on */

uint32_t key_of_keysym(uint32_t keysym)
{
	if (keysym >= 'A' && keysym <= 'Z')
		keysym += 'a' - 'A';
	if (keysym >= 'a' && keysym <= 'z')
		return key_of_usage(0x04 + keysym - 'a');
	for (size_t i = 0; i < SIZE(characters); i++)
		if (keysym == (uint8_t)characters[i].plain ||
		    keysym == (uint8_t)characters[i].shifted)
			return characters[i].code;
	for (size_t i = 0; i < SIZE(keysyms); i++)
		if (keysym == keysyms[i].keysym)
			return keysyms[i].code;
	return 0;
}
