/* SPDX-License-Identifier: BSD-2-Clause */
/* Keyboard layouts: which character a key means, with what else is held and was pressed before. */

#ifndef INPUT_FILTER_LAYOUT_H
#define INPUT_FILTER_LAYOUT_H

#include <osier/types.h>

/*
 * Each key has up to four characters: alone, with Shift, with AltGr (the right Alt key), and with
 * both. A character may be that of a dead key: it shows nothing, and puts its accent on the next
 * one.
 */
enum layout_level { LAYOUT_PLAIN, LAYOUT_SHIFT, LAYOUT_ALTGR, LAYOUT_ALTGR_SHIFT, LAYOUT_LEVELS };

/** Set in a character that is a dead key's: the rest is the accent as a character by itself. */
#define LAYOUT_DEAD 0x80000000u

struct layout_key {
	uint16_t code;
	uint32_t characters[LAYOUT_LEVELS]; /* 0: none */
};

struct layout;

/** The layout of that name; NULL: there is none. */
const struct layout *layout_find(const char *name);

/** The name of layout number `index`; NULL: there are not so many. */
const char *layout_name(size_t index);

/** True if the right Alt key is AltGr. */
bool layout_has_altgr(const struct layout *layout);

/** What the layout says of a key; false: nothing. Keys that all layouts share are left out. */
bool layout_key_find(const struct layout *layout, uint32_t code, struct layout_key *key);

/**
 * The character of `key` at `level`; a key without a third level has the first two of it. With
 * `caps` (lock) letters are the other way round as to Shift.
 */
uint32_t layout_character(const struct layout_key *key, enum layout_level level, bool caps);

/** What keys mean in every layout: Enter, Tab …, and with `number_lock` those of the keypad. */
uint32_t layout_common(uint32_t code, bool number_lock);

/** The letter with the accent on it; 0: there is no such. */
uint32_t layout_compose(uint32_t accent, uint32_t letter);

#endif
