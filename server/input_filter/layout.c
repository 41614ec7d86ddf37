/* SPDX-License-Identifier: BSD-2-Clause */
/* The layouts us, de and fr as tables, and letters with accents. */

#include <input/key.h>
#include <osier/string.h>

#include "layout.h"

/*
 * A row is a key and its characters, by level, as a UTF-32 text; a blank is none. `dead` has a bit
 * for each level that is a dead key.
 */
struct row {
	uint16_t code;
	uint8_t dead;
	const __CHAR32_TYPE__ *characters;
};

struct layout {
	const char *name;
	bool altgr;
	const struct row *rows;
	size_t count;
};

static const struct row us_rows[] = {
	{ OS_KEY_GRAVE, 0, U"`~" },       { OS_KEY_1, 0, U"1!" },
	{ OS_KEY_2, 0, U"2@" },           { OS_KEY_3, 0, U"3#" },
	{ OS_KEY_4, 0, U"4$" },           { OS_KEY_5, 0, U"5%" },
	{ OS_KEY_6, 0, U"6^" },           { OS_KEY_7, 0, U"7&" },
	{ OS_KEY_8, 0, U"8*" },           { OS_KEY_9, 0, U"9(" },
	{ OS_KEY_0, 0, U"0)" },           { OS_KEY_MINUS, 0, U"-_" },
	{ OS_KEY_EQUAL, 0, U"=+" },       { OS_KEY_Q, 0, U"qQ" },
	{ OS_KEY_W, 0, U"wW" },           { OS_KEY_E, 0, U"eE" },
	{ OS_KEY_R, 0, U"rR" },           { OS_KEY_T, 0, U"tT" },
	{ OS_KEY_Y, 0, U"yY" },           { OS_KEY_U, 0, U"uU" },
	{ OS_KEY_I, 0, U"iI" },           { OS_KEY_O, 0, U"oO" },
	{ OS_KEY_P, 0, U"pP" },           { OS_KEY_LEFTBRACE, 0, U"[{" },
	{ OS_KEY_RIGHTBRACE, 0, U"]}" },  { OS_KEY_BACKSLASH, 0, U"\\|" },
	{ OS_KEY_A, 0, U"aA" },           { OS_KEY_S, 0, U"sS" },
	{ OS_KEY_D, 0, U"dD" },           { OS_KEY_F, 0, U"fF" },
	{ OS_KEY_G, 0, U"gG" },           { OS_KEY_H, 0, U"hH" },
	{ OS_KEY_J, 0, U"jJ" },           { OS_KEY_K, 0, U"kK" },
	{ OS_KEY_L, 0, U"lL" },           { OS_KEY_SEMICOLON, 0, U";:" },
	{ OS_KEY_APOSTROPHE, 0, U"'\"" }, { OS_KEY_102ND, 0, U"\\|" },
	{ OS_KEY_Z, 0, U"zZ" },           { OS_KEY_X, 0, U"xX" },
	{ OS_KEY_C, 0, U"cC" },           { OS_KEY_V, 0, U"vV" },
	{ OS_KEY_B, 0, U"bB" },           { OS_KEY_N, 0, U"nN" },
	{ OS_KEY_M, 0, U"mM" },           { OS_KEY_COMMA, 0, U",<" },
	{ OS_KEY_DOT, 0, U".>" },         { OS_KEY_SLASH, 0, U"/?" },
};

/* DIN 2137, T1 */
static const struct row de_rows[] = {
	{ OS_KEY_GRAVE, 1, U"^°" },       { OS_KEY_1, 0, U"1!" },
	{ OS_KEY_2, 0, U"2\"²" },         { OS_KEY_3, 0, U"3§³" },
	{ OS_KEY_4, 0, U"4$" },           { OS_KEY_5, 0, U"5%" },
	{ OS_KEY_6, 0, U"6&" },           { OS_KEY_7, 0, U"7/{" },
	{ OS_KEY_8, 0, U"8([" },          { OS_KEY_9, 0, U"9)]" },
	{ OS_KEY_0, 0, U"0=}" },          { OS_KEY_MINUS, 0, U"ß?\\ẞ" },
	{ OS_KEY_EQUAL, 3, U"´`" },       { OS_KEY_Q, 0, U"qQ@" },
	{ OS_KEY_W, 0, U"wW" },           { OS_KEY_E, 0, U"eE€" },
	{ OS_KEY_R, 0, U"rR" },           { OS_KEY_T, 0, U"tT" },
	{ OS_KEY_Y, 0, U"zZ" },           { OS_KEY_U, 0, U"uU" },
	{ OS_KEY_I, 0, U"iI" },           { OS_KEY_O, 0, U"oO" },
	{ OS_KEY_P, 0, U"pP" },           { OS_KEY_LEFTBRACE, 0, U"üÜ" },
	{ OS_KEY_RIGHTBRACE, 0, U"+*~" }, { OS_KEY_BACKSLASH, 0, U"#'" },
	{ OS_KEY_A, 0, U"aA" },           { OS_KEY_S, 0, U"sS" },
	{ OS_KEY_D, 0, U"dD" },           { OS_KEY_F, 0, U"fF" },
	{ OS_KEY_G, 0, U"gG" },           { OS_KEY_H, 0, U"hH" },
	{ OS_KEY_J, 0, U"jJ" },           { OS_KEY_K, 0, U"kK" },
	{ OS_KEY_L, 0, U"lL" },           { OS_KEY_SEMICOLON, 0, U"öÖ" },
	{ OS_KEY_APOSTROPHE, 0, U"äÄ" },  { OS_KEY_102ND, 0, U"<>|" },
	{ OS_KEY_Z, 0, U"yY" },           { OS_KEY_X, 0, U"xX" },
	{ OS_KEY_C, 0, U"cC" },           { OS_KEY_V, 0, U"vV" },
	{ OS_KEY_B, 0, U"bB" },           { OS_KEY_N, 0, U"nN" },
	{ OS_KEY_M, 0, U"mMµ" },          { OS_KEY_COMMA, 0, U",;" },
	{ OS_KEY_DOT, 0, U".:" },         { OS_KEY_SLASH, 0, U"-_" },
};

/* AZERTY */
static const struct row fr_rows[] = {
	{ OS_KEY_GRAVE, 0, U"²" },        { OS_KEY_1, 0, U"&1" },
	{ OS_KEY_2, 4, U"é2~" },          { OS_KEY_3, 0, U"\"3#" },
	{ OS_KEY_4, 0, U"'4{" },          { OS_KEY_5, 0, U"(5[" },
	{ OS_KEY_6, 0, U"-6|" },          { OS_KEY_7, 4, U"è7`" },
	{ OS_KEY_8, 0, U"_8\\" },         { OS_KEY_9, 0, U"ç9^" },
	{ OS_KEY_0, 0, U"à0@" },          { OS_KEY_MINUS, 0, U")°]" },
	{ OS_KEY_EQUAL, 0, U"=+}" },      { OS_KEY_Q, 0, U"aA" },
	{ OS_KEY_W, 0, U"zZ" },           { OS_KEY_E, 0, U"eE€" },
	{ OS_KEY_R, 0, U"rR" },           { OS_KEY_T, 0, U"tT" },
	{ OS_KEY_Y, 0, U"yY" },           { OS_KEY_U, 0, U"uU" },
	{ OS_KEY_I, 0, U"iI" },           { OS_KEY_O, 0, U"oO" },
	{ OS_KEY_P, 0, U"pP" },           { OS_KEY_LEFTBRACE, 3, U"^¨" },
	{ OS_KEY_RIGHTBRACE, 0, U"$£¤" }, { OS_KEY_BACKSLASH, 0, U"*µ" },
	{ OS_KEY_A, 0, U"qQ" },           { OS_KEY_S, 0, U"sS" },
	{ OS_KEY_D, 0, U"dD" },           { OS_KEY_F, 0, U"fF" },
	{ OS_KEY_G, 0, U"gG" },           { OS_KEY_H, 0, U"hH" },
	{ OS_KEY_J, 0, U"jJ" },           { OS_KEY_K, 0, U"kK" },
	{ OS_KEY_L, 0, U"lL" },           { OS_KEY_SEMICOLON, 0, U"mM" },
	{ OS_KEY_APOSTROPHE, 0, U"ù%" },  { OS_KEY_102ND, 0, U"<>" },
	{ OS_KEY_Z, 0, U"wW" },           { OS_KEY_X, 0, U"xX" },
	{ OS_KEY_C, 0, U"cC" },           { OS_KEY_V, 0, U"vV" },
	{ OS_KEY_B, 0, U"bB" },           { OS_KEY_N, 0, U"nN" },
	{ OS_KEY_M, 0, U",?" },           { OS_KEY_COMMA, 0, U";." },
	{ OS_KEY_DOT, 0, U":/" },         { OS_KEY_SLASH, 0, U"!§" },
};

static const struct layout layouts[] = {
	{ "us", false, us_rows, OS_ARRAY_SIZE(us_rows) },
	{ "de", true, de_rows, OS_ARRAY_SIZE(de_rows) },
	{ "fr", true, fr_rows, OS_ARRAY_SIZE(fr_rows) },
};

/* Accents, and letters without and with them, in pairs. */
static const struct {
	uint32_t accent;
	const __CHAR32_TYPE__ *pairs;
} accents[] = {
	{ U'´', U"aáeéiíoóuúyýcćnńsśzźrŕlĺAÁEÉIÍOÓUÚYÝCĆNŃSŚZŹRŔLĹ" },
	{ U'`', U"aàeèiìoòuùnǹAÀEÈIÌOÒUÙNǸ" },
	{ U'^', U"aâeêiîoôuûcĉgĝhĥjĵsŝwŵyŷAÂEÊIÎOÔUÛCĈGĜHĤJĴSŜWŴYŶ" },
	{ U'¨', U"aäeëiïoöuüyÿAÄEËIÏOÖUÜYŸ" },
	{ U'~', U"aãnñoõiĩuũAÃNÑOÕIĨUŨ" },
};

/* ------------------------------------------------------------------ layouts */

const struct layout *layout_find(const char *name)
{
	for (size_t i = 0; i < OS_ARRAY_SIZE(layouts); i++)
		if (os_str_equal(layouts[i].name, name))
			return &layouts[i];
	return NULL;
}

const char *layout_name(size_t index)
{
	return index < OS_ARRAY_SIZE(layouts) ? layouts[index].name : NULL;
}

bool layout_has_altgr(const struct layout *layout)
{
	return layout->altgr;
}

static void row_read(const struct row *row, struct layout_key *key)
{
	*key = (struct layout_key){ .code = row->code };
	for (size_t i = 0; i < LAYOUT_LEVELS && row->characters[i]; i++) {
		if (row->characters[i] != U' ')
			key->characters[i] = row->characters[i];
		if (row->dead & 1u << i)
			key->characters[i] |= LAYOUT_DEAD;
	}
}

bool layout_key_find(const struct layout *layout, uint32_t code, struct layout_key *key)
{
	for (size_t i = 0; i < layout->count; i++)
		if (layout->rows[i].code == code) {
			row_read(&layout->rows[i], key);
			return true;
		}
	return false;
}

/* ------------------------------------------------------------------ characters */

/* Of the letters that occur; others have none. */
static uint32_t upper_case(uint32_t c)
{
	if ((c >= 'a' && c <= 'z') || (c >= 0xe0 && c <= 0xfe && c != 0xf7))
		return c - 0x20;
	return 0;
}

uint32_t layout_character(const struct layout_key *key, enum layout_level level, bool caps)
{
	const uint32_t *const c = key->characters;
	uint32_t other;

	if (level >= LAYOUT_ALTGR) {
		/* Shift does not matter where it means nothing */
		if (c[level] || level == LAYOUT_ALTGR)
			return c[level];
		return c[LAYOUT_ALTGR];
	}
	if (!caps || !(other = upper_case(c[LAYOUT_PLAIN])))
		return c[level];
	if (c[LAYOUT_SHIFT] == other)
		return c[level == LAYOUT_PLAIN ? LAYOUT_SHIFT : LAYOUT_PLAIN];
	return level == LAYOUT_PLAIN ? other : c[level]; /* such as "é" over "2" */
}

uint32_t layout_common(uint32_t code, bool number_lock)
{
	static const struct {
		uint16_t code;
		char character;
	} always[] = { { OS_KEY_SPACE, ' ' },      { OS_KEY_ENTER, '\n' },
		       { OS_KEY_KPENTER, '\n' },   { OS_KEY_TAB, '\t' },
		       { OS_KEY_BACKSPACE, '\b' }, { OS_KEY_ESC, 0x1b },
		       { OS_KEY_DELETE, 0x7f },    { OS_KEY_KPSLASH, '/' },
		       { OS_KEY_KPASTERISK, '*' }, { OS_KEY_KPMINUS, '-' },
		       { OS_KEY_KPPLUS, '+' },     { OS_KEY_KPEQUAL, '=' } },
	  locked[] = { { OS_KEY_KP0, '0' }, { OS_KEY_KP1, '1' },   { OS_KEY_KP2, '2' },
		       { OS_KEY_KP3, '3' }, { OS_KEY_KP4, '4' },   { OS_KEY_KP5, '5' },
		       { OS_KEY_KP6, '6' }, { OS_KEY_KP7, '7' },   { OS_KEY_KP8, '8' },
		       { OS_KEY_KP9, '9' }, { OS_KEY_KPDOT, '.' }, { OS_KEY_KPCOMMA, ',' } };

	for (size_t i = 0; i < OS_ARRAY_SIZE(always); i++)
		if (always[i].code == code)
			return (uint32_t)always[i].character;
	for (size_t i = 0; number_lock && i < OS_ARRAY_SIZE(locked); i++)
		if (locked[i].code == code)
			return (uint32_t)locked[i].character;
	return 0;
}

uint32_t layout_compose(uint32_t accent, uint32_t letter)
{
	for (size_t i = 0; i < OS_ARRAY_SIZE(accents); i++)
		for (const __CHAR32_TYPE__ *pair = accents[i].pairs;
		     accents[i].accent == accent && *pair; pair += 2)
			if (pair[0] == letter)
				return pair[1];
	return 0;
}
