/* SPDX-License-Identifier: BSD-2-Clause */
/* What a terminal is sent, taken apart: characters, control characters, control sequences. Pure. */

#ifndef TERMINAL_PARSER_H
#define TERMINAL_PARSER_H

#include <osier/types.h>

/*
 * The machine of DEC's terminals (as P. Williams has written it down), for UTF-8:
 *
 *            ESC            0x20-0x2f
 *   GROUND --------> ESCAPE -----------> ESCAPE_INTERMEDIATE --> (final) GROUND
 *     ^                | '['       ']'
 *     |                +--> CSI ----> (final) GROUND    +--> OSC ---- BEL, ESC --> GROUND
 *     |                      | what makes no sense      |
 *     |                      v                          +--> STRING (P X ^ _) -- ESC --> GROUND
 *     +------------------ CSI_IGNORE
 *
 * CAN and SUB lead to GROUND, ESC to ESCAPE, from everywhere. Nothing is ever longer than its place
 * here: what does not fit is left out.
 */
enum parser_state {
	PARSER_GROUND,
	PARSER_ESCAPE,
	PARSER_ESCAPE_INTERMEDIATE,
	PARSER_CSI,
	PARSER_CSI_IGNORE,
	PARSER_OSC,
	PARSER_STRING,
	PARSER_STATES
};

enum { PARSER_PARAMS_MAX = 16, PARSER_PARAM_MAX = 9999, PARSER_TEXT_MAX = 128 };

struct parser;

struct parser_ops {
	/** A character to be shown; what is no UTF-8 is U+FFFD. */
	void (*print)(struct parser *parser, uint32_t character);
	/** A control character, 0 to 0x1f. */
	void (*execute)(struct parser *parser, uint8_t control);
	/** ESC, maybe an intermediate (else 0), and `final`. */
	void (*escape)(struct parser *parser, uint8_t intermediate, uint8_t final);
	/** CSI: `parser->params` and `count`, the private mark and intermediate (else 0), `final`.
	 */
	void (*control)(struct parser *parser, uint8_t final);
	/** OSC: the command, and its text, NUL-terminated. */
	void (*command)(struct parser *parser, uint32_t number, const char *text);
};

/** Zero, with `ops`, is one at the beginning. */
struct parser {
	const struct parser_ops *ops;
	enum parser_state state;
	uint8_t mark, intermediate; /* '?' and the like; 0x20 to 0x2f */
	uint16_t params[PARSER_PARAMS_MAX];
	uint32_t count;
	uint32_t sub;               /* bit n: a colon stands before parameter n, not a semicolon */
	char text[PARSER_TEXT_MAX]; /* of OSC */
	uint32_t length;
	uint8_t utf8[4]; /* a character that is not complete */
	uint32_t utf8_length;
};

/** Take `size` bytes apart. */
void parser_feed(struct parser *parser, const uint8_t *bytes, size_t size);

/** Parameter number `index`; `value` where it is missing or 0. */
uint32_t parser_param(const struct parser *parser, uint32_t index, uint32_t value);

#endif
