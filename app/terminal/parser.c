/* SPDX-License-Identifier: BSD-2-Clause */
/* The state machine of terminals, as a table. */

#include <osier/string.h>
#include <utf8/utf8.h>

#include "parser.h"

/* What a byte is to the machine. */
enum kind {
	CONTROL, /* 0x00 to 0x1f, but for the next three */
	CANCEL,  /* CAN, SUB */
	ESC,
	BELL,
	MIDDLE,    /* 0x20 to 0x2f */
	DIGIT,     /* 0 to 9 */
	SEPARATOR, /* : and ; */
	MARK,      /* < = > ? */
	BRACKET,   /* [ */
	COMMAND,   /* ] */
	TEXT,      /* P X ^ _ */
	FINAL,     /* the rest of 0x40 to 0x7e */
	RUBOUT,    /* DEL */
	HIGH,      /* 0x80 to 0xff: of UTF-8 */
	KINDS
};

enum action { IGNORE, PRINT, EXECUTE, CLEAR, COLLECT, PARAM, NEXT, PRIVATE, ESCAPE, CSI, PUT, END };

struct step {
	uint8_t action, next;
};

#define S(action, next)               \
	{                             \
		action, PARSER_##next \
	}

/* Each row: control, cancel, ESC, bell, middle, digit, separator, mark, [, ], P X ^ _, final, DEL,
 * high */
static const struct step table[PARSER_STATES][KINDS] = {
	[PARSER_GROUND] = { S(EXECUTE, GROUND), S(IGNORE, GROUND), S(CLEAR, ESCAPE),
	                    S(EXECUTE, GROUND), S(PRINT, GROUND), S(PRINT, GROUND),
	                    S(PRINT, GROUND), S(PRINT, GROUND), S(PRINT, GROUND), S(PRINT, GROUND),
	                    S(PRINT, GROUND), S(PRINT, GROUND), S(IGNORE, GROUND),
	                    S(PRINT, GROUND) },
	[PARSER_ESCAPE] = { S(EXECUTE, ESCAPE), S(IGNORE, GROUND), S(CLEAR, ESCAPE),
	                    S(EXECUTE, ESCAPE), S(COLLECT, ESCAPE_INTERMEDIATE), S(ESCAPE, GROUND),
	                    S(ESCAPE, GROUND), S(ESCAPE, GROUND), S(CLEAR, CSI), S(CLEAR, OSC),
	                    S(IGNORE, STRING), S(ESCAPE, GROUND), S(IGNORE, ESCAPE),
	                    S(IGNORE, GROUND) },
	[PARSER_ESCAPE_INTERMEDIATE] = { S(EXECUTE, ESCAPE_INTERMEDIATE), S(IGNORE, GROUND),
	                                 S(CLEAR, ESCAPE), S(EXECUTE, ESCAPE_INTERMEDIATE),
	                                 S(COLLECT, ESCAPE_INTERMEDIATE), S(ESCAPE, GROUND),
	                                 S(ESCAPE, GROUND), S(ESCAPE, GROUND), S(ESCAPE, GROUND),
	                                 S(ESCAPE, GROUND), S(ESCAPE, GROUND), S(ESCAPE, GROUND),
	                                 S(IGNORE, ESCAPE_INTERMEDIATE), S(IGNORE, GROUND) },
	[PARSER_CSI] = { S(EXECUTE, CSI), S(IGNORE, GROUND), S(CLEAR, ESCAPE), S(EXECUTE, CSI),
	                 S(COLLECT, CSI), S(PARAM, CSI), S(NEXT, CSI), S(PRIVATE, CSI),
	                 S(CSI, GROUND), S(CSI, GROUND), S(CSI, GROUND), S(CSI, GROUND),
	                 S(IGNORE, CSI), S(IGNORE, GROUND) },
	[PARSER_CSI_IGNORE] = { S(EXECUTE, CSI_IGNORE), S(IGNORE, GROUND), S(CLEAR, ESCAPE),
	                        S(EXECUTE, CSI_IGNORE), S(IGNORE, CSI_IGNORE),
	                        S(IGNORE, CSI_IGNORE), S(IGNORE, CSI_IGNORE), S(IGNORE, CSI_IGNORE),
	                        S(IGNORE, GROUND), S(IGNORE, GROUND), S(IGNORE, GROUND),
	                        S(IGNORE, GROUND), S(IGNORE, CSI_IGNORE), S(IGNORE, GROUND) },
	[PARSER_OSC] = { S(IGNORE, OSC), S(IGNORE, GROUND), S(END, ESCAPE), S(END, GROUND),
	                 S(PUT, OSC), S(PUT, OSC), S(PUT, OSC), S(PUT, OSC), S(PUT, OSC),
	                 S(PUT, OSC), S(PUT, OSC), S(PUT, OSC), S(IGNORE, OSC), S(PUT, OSC) },
	[PARSER_STRING] = { S(IGNORE, STRING), S(IGNORE, GROUND), S(CLEAR, ESCAPE),
	                    S(IGNORE, STRING), S(IGNORE, STRING), S(IGNORE, STRING),
	                    S(IGNORE, STRING), S(IGNORE, STRING), S(IGNORE, STRING),
	                    S(IGNORE, STRING), S(IGNORE, STRING), S(IGNORE, STRING),
	                    S(IGNORE, STRING), S(IGNORE, STRING) },
};

static enum kind control_kind(uint8_t byte)
{
	switch (byte) {
	case 0x07:
		return BELL;
	case 0x18:
	case 0x1a:
		return CANCEL;
	case 0x1b:
		return ESC;
	default:
		return CONTROL;
	}
}

static enum kind kind_of(uint8_t byte)
{
	if (byte < 0x20)
		return control_kind(byte);
	if (byte < 0x30)
		return MIDDLE;
	if (byte < 0x40)
		return byte < 0x3a ? DIGIT : byte < 0x3c ? SEPARATOR : MARK;
	if (byte >= 0x7f)
		return byte == 0x7f ? RUBOUT : HIGH;
	switch (byte) {
	case '[':
		return BRACKET;
	case ']':
		return COMMAND;
	case 'P':
	case 'X':
	case '^':
	case '_':
		return TEXT;
	default:
		return FINAL;
	}
}

/* ------------------------------------------------------------------ characters */

enum { REPLACEMENT = 0xfffd };

static void utf8_flush(struct parser *p)
{
	if (p->utf8_length)
		p->ops->print(p, REPLACEMENT);
	p->utf8_length = 0;
}

/* How many bytes the character has that begins so; 0: none does. */
static uint32_t utf8_size(uint8_t first)
{
	return first >= 0xf0 && first < 0xf5 ? 4
	       : first >= 0xe0               ? (first < 0xf0 ? 3 : 0)
	       : first >= 0xc2               ? 2
	                                     : 0;
}

static void print(struct parser *p, uint8_t byte)
{
	const char *const text = (const char *)p->utf8;
	uint32_t code;

	if (byte < 0x80 || (p->utf8_length && (byte & 0xc0) != 0x80))
		utf8_flush(p); /* what was begun is not going on */
	if (byte < 0x80) {
		p->ops->print(p, byte);
		return;
	}
	if (!p->utf8_length && !utf8_size(byte)) {
		p->ops->print(p, REPLACEMENT);
		return;
	}
	p->utf8[p->utf8_length++] = byte;
	if (p->utf8_length < utf8_size(p->utf8[0]))
		return;
	if (!os_utf8_decode(text, text + p->utf8_length, &code))
		code = REPLACEMENT;
	p->utf8_length = 0;
	p->ops->print(p, code);
}

/* ------------------------------------------------------------------ sequences */

static void clear(struct parser *p)
{
	p->mark = p->intermediate = 0;
	p->count = p->sub = 0;
	p->length = 0;
	memset(p->params, 0, sizeof(p->params));
}

static void param(struct parser *p, uint8_t byte)
{
	uint32_t value;

	if (!p->count)
		p->count = 1;
	if (p->count > PARSER_PARAMS_MAX)
		return;
	value = p->params[p->count - 1] * 10u + byte - '0';
	p->params[p->count - 1] = (uint16_t)OS_MIN(value, (uint32_t)PARSER_PARAM_MAX);
}

static void next_param(struct parser *p, uint8_t separator)
{
	/* one more than there is room for means that the rest is left out */
	p->count = OS_MIN(OS_MAX(p->count, 1u) + 1, PARSER_PARAMS_MAX + 1u);
	if (separator == ':')
		p->sub |= 1u << (p->count - 1);
}

/* A mark stands before all else, an intermediate after it; else the sequence makes no sense. */
static void collect(struct parser *p, uint8_t byte, bool mark)
{
	if (mark && !p->count && !p->mark && !p->intermediate)
		p->mark = byte;
	else if (!mark && !p->intermediate)
		p->intermediate = byte;
	else if (p->state == PARSER_CSI)
		p->state = PARSER_CSI_IGNORE;
}

static void command(struct parser *p)
{
	uint32_t number = 0, at = 0;

	p->text[p->length] = 0;
	while (p->text[at] >= '0' && p->text[at] <= '9' && number <= PARSER_PARAM_MAX)
		number = number * 10 + (uint32_t)(p->text[at++] - '0');
	if (at && p->text[at] == ';')
		p->ops->command(p, number, p->text + at + 1);
	p->length = 0;
}

static void act(struct parser *p, enum action action, uint8_t byte)
{
	switch (action) {
	case PRINT:
		print(p, byte);
		break;
	case EXECUTE:
		p->ops->execute(p, byte);
		break;
	case CLEAR:
		clear(p);
		break;
	case COLLECT:
		collect(p, byte, false);
		break;
	case PRIVATE:
		collect(p, byte, true);
		break;
	case PARAM:
		param(p, byte);
		break;
	case NEXT:
		next_param(p, byte);
		break;
	case ESCAPE:
		p->ops->escape(p, p->intermediate, byte);
		break;
	case CSI:
		p->count = OS_MIN(p->count, (uint32_t)PARSER_PARAMS_MAX);
		p->ops->control(p, byte);
		break;
	case PUT:
		if (p->length < PARSER_TEXT_MAX - 1)
			p->text[p->length++] = (char)byte;
		break;
	case END:
		command(p);
		clear(p);
		break;
	case IGNORE:
		break;
	}
}

void parser_feed(struct parser *parser, const uint8_t *bytes, size_t size)
{
	for (size_t i = 0; i < size; i++) {
		const struct step step = table[parser->state][kind_of(bytes[i])];

		if (step.action != PRINT)
			utf8_flush(parser);
		parser->state = (enum parser_state)step.next;
		act(parser, (enum action)step.action, bytes[i]);
	}
}

uint32_t parser_param(const struct parser *parser, uint32_t index, uint32_t value)
{
	return index < parser->count && parser->params[index] ? parser->params[index] : value;
}
