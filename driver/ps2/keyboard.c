/* SPDX-License-Identifier: BSD-2-Clause */
/* The state machine of both sets, and the tables of their codes. */

#include "keyboard.h"
#include <input/key.h>
#include <osier/string.h>

enum {
	EXTEND = 0xe0,
	PAUSE = 0xe1,
	RELEASE = 0xf0,
	RELEASED = 0x80, /* bit, in set 1 */
	PASSED = 0xaa,   /* the keyboard has been plugged in, and is well */
	FAILED = 0xfc,
	OVERRUN = 0x00,
	OVERRUN_SET_1 = 0xff,
	LAST_SET_2 = 0x84,
	DOUBTS_MAX = 2,
	/* of set 1 */
	LEFT_CTRL = 0x1d,
	LEFT_SHIFT = 0x2a,
	RIGHT_SHIFT = 0x36,
	NUM_LOCK = 0x45,
	HANJA = 0x71, /* + 80: sent at a press, and nothing at a release */
	HANGEUL = 0x72,
	KATAKANA_HIRAGANA = 0x70,
};

/* Which code of set 1 the controller makes of one of set 2; 0: none. */
static const uint8_t set_1_of[LAST_SET_2 + 1] = {
	0,    0x43, 0x41, 0x3f, 0x3d, 0x3b, 0x3c, 0x58, 0x64, 0x44, 0x42, 0x40, 0x3e, 0x0f, 0x29,
	0x59, 0x65, 0x38, 0x2a, 0x70, 0x1d, 0x10, 0x02, 0x5a, 0x66, 0x71, 0x2c, 0x1f, 0x1e, 0x11,
	0x03, 0x5b, 0x67, 0x2e, 0x2d, 0x20, 0x12, 0x05, 0x04, 0x5c, 0x68, 0x39, 0x2f, 0x21, 0x14,
	0x13, 0x06, 0x5d, 0x69, 0x31, 0x30, 0x23, 0x22, 0x15, 0x07, 0x5e, 0x6a, 0x72, 0x32, 0x24,
	0x16, 0x08, 0x09, 0x5f, 0x6b, 0x33, 0x25, 0x17, 0x18, 0x0b, 0x0a, 0x60, 0x6c, 0x34, 0x35,
	0x26, 0x27, 0x19, 0x0c, 0x61, 0x6d, 0x73, 0x28, 0x74, 0x1a, 0x0d, 0x62, 0x6e, 0x3a, 0x36,
	0x1c, 0x1b, 0x75, 0x2b, 0x63, 0x76, 0x55, 0x56, 0x77, 0x78, 0x79, 0x7a, 0x0e, 0x7b, 0x7c,
	0x4f, 0x7d, 0x4b, 0x47, 0x7e, 0x7f, 0x6f, 0x52, 0x53, 0x50, 0x4c, 0x4d, 0x48, 0x01, 0x45,
	0x57, 0x4e, 0x51, 0x4a, 0x37, 0x49, 0x46, 0x54, 0,    0,    0,    0x41, 0x54,
};

/* Keys by their codes in set 1, from where these are not the keys' own numbers. */
enum { SAME_LAST = 0x53 };
static const uint8_t keys[128] = {
	[0x54] = OS_KEY_SYSRQ,
	[0x56] = OS_KEY_102ND,
	[0x57] = OS_KEY_F11,
	[0x58] = OS_KEY_F12,
	[0x59] = OS_KEY_KPEQUAL,
	[0x64] = OS_KEY_F13,
	[0x65] = OS_KEY_F14,
	[0x66] = OS_KEY_F15,
	[0x67] = OS_KEY_F16,
	[0x68] = OS_KEY_F17,
	[0x69] = OS_KEY_F18,
	[0x6a] = OS_KEY_F19,
	[0x6b] = OS_KEY_F20,
	[0x6c] = OS_KEY_F21,
	[0x6d] = OS_KEY_F22,
	[0x6e] = OS_KEY_F23,
	[0x73] = OS_KEY_RO,
	[0x76] = OS_KEY_F24,
	[0x77] = OS_KEY_HIRAGANA,
	[0x78] = OS_KEY_KATAKANA,
	[0x79] = OS_KEY_HENKAN,
	[0x7b] = OS_KEY_MUHENKAN,
	[0x7d] = OS_KEY_YEN,
	[0x7e] = OS_KEY_KPCOMMA,
	[KATAKANA_HIRAGANA] = OS_KEY_KATAKANAHIRAGANA,
	[HANJA] = OS_KEY_HANJA,
	[HANGEUL] = OS_KEY_HANGEUL,
};

/* The same behind E0. */
static const uint8_t extended_keys[128] = {
	[0x10] = OS_KEY_PREVIOUSSONG, [0x19] = OS_KEY_NEXTSONG, [0x1c] = OS_KEY_KPENTER,
	[0x1d] = OS_KEY_RIGHTCTRL,    [0x20] = OS_KEY_MUTE,     [0x21] = OS_KEY_CALC,
	[0x22] = OS_KEY_PLAYPAUSE,    [0x24] = OS_KEY_STOPCD,   [0x2e] = OS_KEY_VOLUMEDOWN,
	[0x30] = OS_KEY_VOLUMEUP,     [0x32] = OS_KEY_HOMEPAGE, [0x35] = OS_KEY_KPSLASH,
	[0x37] = OS_KEY_SYSRQ,        [0x38] = OS_KEY_RIGHTALT, [0x46] = OS_KEY_PAUSE,
	[0x47] = OS_KEY_HOME,         [0x48] = OS_KEY_UP,       [0x49] = OS_KEY_PAGEUP,
	[0x4b] = OS_KEY_LEFT,         [0x4d] = OS_KEY_RIGHT,    [0x4f] = OS_KEY_END,
	[0x50] = OS_KEY_DOWN,         [0x51] = OS_KEY_PAGEDOWN, [0x52] = OS_KEY_INSERT,
	[0x53] = OS_KEY_DELETE,       [0x5b] = OS_KEY_LEFTMETA, [0x5c] = OS_KEY_RIGHTMETA,
	[0x5d] = OS_KEY_COMPOSE,      [0x5e] = OS_KEY_POWER,    [0x5f] = OS_KEY_SLEEP,
	[0x63] = OS_KEY_WAKEUP,       [0x65] = OS_KEY_SEARCH,   [0x66] = OS_KEY_BOOKMARKS,
	[0x67] = OS_KEY_REFRESH,      [0x68] = OS_KEY_STOP,     [0x69] = OS_KEY_FORWARD,
	[0x6a] = OS_KEY_BACK,         [0x6b] = OS_KEY_COMPUTER, [0x6c] = OS_KEY_MAIL,
	[0x6d] = OS_KEY_MEDIA,
};

/* ------------------------------------------------------------------ the table */

/* What a byte is in its set. */
enum kind { CODE, CODE_E0, CODE_E1, CODE_F0, KINDS };

enum action { NOTHING, PLAIN, EXTENDED, MUST_BE_CTRL, MUST_BE_NUM_LOCK };

struct step {
	uint8_t next, action;
};

#define GO(state)                         \
	{                                 \
		KEYBOARD_##state, NOTHING \
	}
#define DO(state, action)                \
	{                                \
		KEYBOARD_##state, action \
	}
#define PREFIXES(release_state) GO(EXTENDED), GO(PAUSE), GO(release_state)

/*
 * By a code, by E0, E1 and F0. Whatever is not expected begins anew: a prefix always does, and a
 * code that is not that of the pause key is a key by itself.
 */
static const struct step steps[KEYBOARD_STATES][KINDS] = {
	[KEYBOARD_IDLE] = { DO(IDLE, PLAIN), PREFIXES(RELEASE) },
	[KEYBOARD_EXTENDED] = { DO(IDLE, EXTENDED), PREFIXES(EXTENDED_RELEASE) },
	[KEYBOARD_RELEASE] = { DO(IDLE, PLAIN), PREFIXES(RELEASE) },
	[KEYBOARD_EXTENDED_RELEASE] = { DO(IDLE, EXTENDED), PREFIXES(EXTENDED_RELEASE) },
	[KEYBOARD_PAUSE] = { DO(PAUSE_CTRL, MUST_BE_CTRL), PREFIXES(PAUSE_RELEASE) },
	[KEYBOARD_PAUSE_CTRL] = { DO(IDLE, MUST_BE_NUM_LOCK), PREFIXES(RELEASE) },
	[KEYBOARD_PAUSE_RELEASE] = { DO(PAUSE_RELEASE_CTRL, MUST_BE_CTRL), PREFIXES(RELEASE) },
	[KEYBOARD_PAUSE_RELEASE_CTRL] = { DO(IDLE, PLAIN), PREFIXES(PAUSE_RELEASE_BOTH) },
	[KEYBOARD_PAUSE_RELEASE_BOTH] = { DO(IDLE, MUST_BE_NUM_LOCK), PREFIXES(RELEASE) },
};

static bool releases(enum keyboard_state state)
{
	return state == KEYBOARD_RELEASE || state == KEYBOARD_EXTENDED_RELEASE ||
	       state == KEYBOARD_PAUSE_RELEASE || state == KEYBOARD_PAUSE_RELEASE_BOTH;
}

/* ------------------------------------------------------------------ keys */

static bool is_down(const struct keyboard *keyboard, uint32_t key)
{
	return keyboard->down[key / 8] & 1u << key % 8;
}

static void key_set(struct keyboard *keyboard, uint32_t key, bool pressed)
{
	if (!key || is_down(keyboard, key) == pressed)
		return; /* it repeats, or was not pressed */
	keyboard->down[key / 8] ^= (uint8_t)(1u << key % 8);
	keyboard->put(keyboard, key, pressed);
	if (!pressed)
		keyboard->doubts = 0; /* a press and its release make sense */
}

void keyboard_lost(struct keyboard *keyboard)
{
	keyboard->state = KEYBOARD_IDLE;
	keyboard->held_count = 0;
	for (uint32_t key = 1; key < KEYBOARD_KEYS; key++)
		if (is_down(keyboard, key)) {
			keyboard->down[key / 8] ^= (uint8_t)(1u << key % 8);
			keyboard->put(keyboard, key, false);
		}
}

static void plain(struct keyboard *keyboard, uint8_t code, bool pressed)
{
	const uint32_t key = code <= SAME_LAST ? code : keys[code];

	/* these two are told when pressed, and in set 1 as what else would be a release */
	if (code == HANJA || code == HANGEUL) {
		key_set(keyboard, key, true);
		key_set(keyboard, key, false);
		return;
	}
	key_set(keyboard, key, pressed);
}

static void extended(struct keyboard *keyboard, uint8_t code, bool pressed)
{
	/* shifts that nobody has pressed, so that old programs understand the key that follows */
	if (code != LEFT_SHIFT && code != RIGHT_SHIFT)
		key_set(keyboard, extended_keys[code], pressed);
}

/* A code of set 1, without its bit. */
static void act(struct keyboard *keyboard, const struct step *step, uint8_t code, bool pressed)
{
	keyboard->state = step->next;
	switch ((enum action)step->action) {
	case NOTHING:
		break;
	case EXTENDED:
		extended(keyboard, code, pressed);
		break;
	case MUST_BE_CTRL:
		if (code == LEFT_CTRL)
			return;
		keyboard->state = KEYBOARD_IDLE;
		plain(keyboard, code, pressed);
		break;
	case MUST_BE_NUM_LOCK:
		if (code == NUM_LOCK) {
			key_set(keyboard, OS_KEY_PAUSE, pressed);
			return;
		}
		/* fall through */
	case PLAIN:
		plain(keyboard, code, pressed);
	}
}

/* ------------------------------------------------------------------ sets */

static bool is_prefix(uint8_t byte)
{
	return byte == EXTEND || byte == PAUSE;
}

/* It cannot be in this set. The other one it is if that happens again. True: from now on. */
static bool doubt(struct keyboard *keyboard, enum keyboard_set other)
{
	if (++keyboard->doubts < DOUBTS_MAX)
		return false;
	keyboard_lost(keyboard);
	keyboard->doubts = 0;
	keyboard->set = other;
	return true;
}

static void step(struct keyboard *keyboard, enum kind kind, uint8_t code, bool pressed)
{
	act(keyboard, &steps[keyboard->state][kind], code, pressed);
}

static enum kind kind_of(uint8_t byte)
{
	return byte == EXTEND ? CODE_E0 : byte == PAUSE ? CODE_E1 : CODE;
}

static void byte_of_set_2(struct keyboard *keyboard, uint8_t byte)
{
	if (is_prefix(byte))
		step(keyboard, kind_of(byte), 0, true);
	else if (byte == RELEASE)
		step(keyboard, CODE_F0, 0, true);
	else if (byte == OVERRUN || byte == OVERRUN_SET_1 || byte == PASSED || byte == FAILED)
		keyboard_lost(keyboard);
	else if (byte == (HANJA | RELEASED) || byte == (HANGEUL | RELEASED))
		step(keyboard, CODE, byte & 0x7f, true);
	else if (byte <= LAST_SET_2)
		step(keyboard, CODE, set_1_of[byte], !releases(keyboard->state));
	else if (byte < RELEASE && doubt(keyboard, KEYBOARD_SET_1))
		keyboard_byte(keyboard, byte);
	else
		keyboard->state = KEYBOARD_IDLE; /* an answer to a command, or damage */
}

static void byte_of_set_1(struct keyboard *keyboard, uint8_t byte)
{
	if (is_prefix(byte)) {
		step(keyboard, kind_of(byte), 0, true);
	} else if (byte == OVERRUN || byte == OVERRUN_SET_1 ||
	           (byte == PASSED && keyboard->state == KEYBOARD_IDLE &&
	            !is_down(keyboard, OS_KEY_LEFTSHIFT))) {
		keyboard_lost(keyboard);
	} else if (byte == RELEASE && !is_down(keyboard, OS_KEY_KATAKANAHIRAGANA)) {
		if (doubt(keyboard, KEYBOARD_SET_2))
			keyboard_byte(keyboard, byte);
		else
			keyboard->state = KEYBOARD_IDLE;
	} else {
		step(keyboard, CODE, byte & 0x7f, !(byte & RELEASED));
	}
}

/* Keep bytes until one of them tells the set, then take them all in order. */
static void byte_of_any_set(struct keyboard *keyboard, uint8_t byte)
{
	uint8_t held[KEYBOARD_HELD];
	const uint32_t count = keyboard->held_count + 1;

	/* a key that repeats tells nothing new */
	if (keyboard->held_count && keyboard->held[keyboard->held_count - 1] == byte &&
	    !is_prefix(byte))
		return;
	keyboard->held[keyboard->held_count++] = byte;
	if (byte == RELEASE)
		keyboard->set = KEYBOARD_SET_2;
	else if (byte & RELEASED && byte < RELEASE && byte != PASSED && !is_prefix(byte))
		keyboard->set = KEYBOARD_SET_1;
	else if (count == KEYBOARD_HELD)
		keyboard->set = KEYBOARD_SET_1; /* what nearly every PC has */
	else
		return;
	memcpy(held, keyboard->held, sizeof(held));
	keyboard->held_count = 0;
	for (uint32_t i = 0; i < count; i++)
		keyboard_byte(keyboard, held[i]);
}

void keyboard_byte(struct keyboard *keyboard, uint8_t byte)
{
	switch (keyboard->set) {
	case KEYBOARD_UNKNOWN:
		byte_of_any_set(keyboard, byte);
		break;
	case KEYBOARD_SET_1:
		byte_of_set_1(keyboard, byte);
		break;
	case KEYBOARD_SET_2:
		byte_of_set_2(keyboard, byte);
		break;
	}
}
