/* SPDX-License-Identifier: BSD-2-Clause */
/* Merging, characters, repetition, acceleration and calibration of input. */

#include "filter.h"

void filter_init(struct filter *filter, const struct settings *settings,
                 void (*put)(struct filter *filter, const struct os_input_event *event))
{
	*filter = (struct filter){ .settings = settings,
		                   .put = put,
		                   .number_lock = settings->number_lock };
}

void filter_settings(struct filter *filter, const struct settings *settings)
{
	filter->settings = settings;
	filter->dead = 0;
	filter->rest_x = filter->rest_y = 0;
	if (!settings->repeat)
		filter->repeating.code = OS_KEY_NONE;
}

static int32_t clamp(int32_t value, int32_t max)
{
	return value < -max ? -max : value > max ? max : value;
}

/* ------------------------------------------------------------------ characters */

static bool is_down(const struct filter *filter, enum os_key code)
{
	return filter->down[code];
}

/* Modifiers and locks neither repeat nor end what a dead key has begun. */
static bool is_modifier(uint32_t code)
{
	switch (code) {
	case OS_KEY_CAPSLOCK:
	case OS_KEY_NUMLOCK:
	case OS_KEY_SCROLLLOCK:
	case OS_KEY_FN:
		return true;
	default:
		return os_key_is_modifier(code);
	}
}

static enum layout_level level_now(const struct filter *filter)
{
	const bool altgr =
	        is_down(filter, OS_KEY_RIGHTALT) && layout_has_altgr(filter->settings->layout);
	const bool shift = is_down(filter, OS_KEY_LEFTSHIFT) || is_down(filter, OS_KEY_RIGHTSHIFT);

	return (enum layout_level)((altgr ? LAYOUT_ALTGR : LAYOUT_PLAIN) + shift);
}

static bool key_find(const struct settings *settings, uint32_t code, struct layout_key *key)
{
	for (uint32_t i = 0; i < settings->override_count; i++)
		if (settings->overrides[i].code == code) {
			*key = settings->overrides[i];
			return true;
		}
	return layout_key_find(settings->layout, code, key);
}

/* What the key means now, before accents; maybe with LAYOUT_DEAD. */
static uint32_t key_character(const struct filter *filter, uint32_t code)
{
	struct layout_key key;
	uint32_t character;

	if (is_down(filter, OS_KEY_LEFTMETA) || is_down(filter, OS_KEY_RIGHTMETA))
		return 0;
	if (!key_find(filter->settings, code, &key))
		return layout_common(code, filter->number_lock);
	character = layout_character(&key, level_now(filter), filter->caps_lock);
	/* as ASCII has it: Ctrl-C is 3 */
	if ((is_down(filter, OS_KEY_LEFTCTRL) || is_down(filter, OS_KEY_RIGHTCTRL)) &&
	    character >= '@' && character <= '~')
		character &= 0x1f;
	return character;
}

/* A character that no key stands for: the accent before one that it does not fit to. */
static void put_accent(struct filter *filter, uint32_t accent)
{
	const struct os_input_event press = { .kind = OS_INPUT_PRESS, .character = accent };
	const struct os_input_event release = { .kind = OS_INPUT_RELEASE };

	filter->put(filter, &press);
	filter->put(filter, &release);
}

static uint32_t press_dead(struct filter *filter, uint32_t accent)
{
	const uint32_t before = filter->dead;

	filter->dead = accent == before ? 0 : accent;
	if (accent == before)
		return accent;
	if (before)
		put_accent(filter, before);
	return 0;
}

/* The character that comes out, and what becomes of the accent that was pressed before. */
static uint32_t press_character(struct filter *filter, uint32_t code)
{
	const uint32_t character = key_character(filter, code), accent = filter->dead;
	uint32_t composed;

	if (is_modifier(code))
		return 0;
	if (character & LAYOUT_DEAD)
		return press_dead(filter, character & ~LAYOUT_DEAD);
	filter->dead = 0;
	if (!accent || character < ' ')
		return character;
	if (character == ' ')
		return accent;
	if ((composed = layout_compose(accent, character)))
		return composed;
	put_accent(filter, accent);
	return character;
}

/* ------------------------------------------------------------------ keys */

static void repeat_begin(struct filter *filter, uint16_t code, uint32_t character)
{
	/* the latest key repeats, and a dead one ends what repeated */
	filter->repeating.code = OS_KEY_NONE;
	if (!filter->settings->repeat || os_key_is_button(code) || filter->dead)
		return;
	filter->repeating.code = code;
	filter->repeating.character = character;
	filter->repeating.number++;
}

static bool is_scalar(uint32_t character)
{
	return character && character <= 0x10ffff && character - 0xd800 >= 0x800;
}

/* `given`: the character that the source knows already, as the host's keyboard has its layout. */
static void key_down(struct filter *filter, uint16_t code, uint32_t given)
{
	struct os_input_event event = { .kind = OS_INPUT_PRESS, .code = code };

	if (filter->down[code]++)
		return; /* it is down at another source */
	filter->caps_lock ^= code == OS_KEY_CAPSLOCK;
	filter->number_lock ^= code == OS_KEY_NUMLOCK;
	event.character = is_scalar(given) ? given : press_character(filter, code);
	filter->put(filter, &event);
	if (!is_modifier(code))
		repeat_begin(filter, code, event.character);
}

static void key_up(struct filter *filter, uint16_t code)
{
	const struct os_input_event event = { .kind = OS_INPUT_RELEASE, .code = code };

	if (--filter->down[code])
		return;
	if (filter->repeating.code == code)
		filter->repeating.code = OS_KEY_NONE;
	filter->put(filter, &event);
}

static uint16_t remap(const struct settings *settings, uint16_t code)
{
	for (uint32_t i = 0; i < settings->remap_count; i++)
		if (settings->remaps[i].from == code)
			return settings->remaps[i].to;
	return code;
}

static uint32_t held_find(const struct filter_source *source, uint16_t code)
{
	uint32_t i = 0;

	while (i < source->held_count && source->held[i].in != code)
		i++;
	return i;
}

static void press(struct filter *filter, struct filter_source *source,
                  const struct os_input_event *event)
{
	const uint16_t code = event->code;
	const uint32_t at = source->held_count;

	if (code == OS_KEY_NONE || code >= OS_KEY_COUNT || at == HELD_MAX ||
	    held_find(source, code) < at)
		return;
	source->held[at].in = code;
	source->held[at].out = remap(filter->settings, code);
	source->held_count++;
	key_down(filter, source->held[at].out, event->character);
}

/* As it was told when it was pressed, whatever the settings are by now. */
static void release(struct filter *filter, struct filter_source *source, uint16_t code)
{
	const uint32_t at = held_find(source, code);
	uint16_t out;

	if (at == source->held_count)
		return;
	out = source->held[at].out;
	source->held[at] = source->held[--source->held_count];
	key_up(filter, out);
}

void filter_repeat(struct filter *filter)
{
	const struct os_input_event event = { .kind = OS_INPUT_REPEAT,
		                              .code = filter->repeating.code,
		                              .character = filter->repeating.character };

	if (filter_repeats(filter))
		filter->put(filter, &event);
}

/* ------------------------------------------------------------------ motion */

static uint32_t square_root(uint32_t value)
{
	uint32_t root = 0;

	for (uint32_t bit = 1u << 15; bit; bit >>= 1)
		if ((uint64_t)(root | bit) * (root | bit) <= value)
			root |= bit;
	return root;
}

/* In percent: between two points of the curve in proportion, beyond them as at its ends. */
static int32_t factor(const struct settings *settings, uint32_t speed)
{
	const struct curve_point *const p = settings->curve;
	uint32_t i = 0;

	if (!settings->curve_count)
		return 100;
	while (i < settings->curve_count && p[i].speed < speed)
		i++;
	if (!i || i == settings->curve_count)
		return (int32_t)p[i ? i - 1 : 0].factor;
	return (int32_t)p[i - 1].factor + ((int32_t)p[i].factor - (int32_t)p[i - 1].factor) *
	                                          (int32_t)(speed - p[i - 1].speed) /
	                                          (int32_t)(p[i].speed - p[i - 1].speed);
}

/* `rest` keeps what is less than a step, so that slow motion is not lost. */
static int32_t scale(int32_t steps, int32_t percent, int32_t *rest)
{
	const int64_t whole = (int64_t)steps * percent + *rest;

	*rest = (int32_t)(whole % 100);
	return (int32_t)(whole / 100);
}

static void motion(struct filter *filter, const struct os_input_event *in)
{
	const int32_t x = clamp(in->x, LENGTH_MAX), y = clamp(in->y, LENGTH_MAX);
	const int32_t percent =
	        factor(filter->settings, square_root((uint32_t)(x * x) + (uint32_t)(y * y)));
	const struct os_input_event out = { .kind = OS_INPUT_RELATIVE,
		                            .x = scale(x, percent, &filter->rest_x),
		                            .y = scale(y, percent, &filter->rest_y) };

	if (out.x || out.y)
		filter->put(filter, &out);
}

/* ------------------------------------------------------------------ positions */

/* A part of a whole. */
struct part {
	int64_t n, d;
};

static struct part part_of(int32_t value, int32_t min, int32_t max)
{
	const int64_t n = (int64_t)value - min, d = (int64_t)max - min;

	return (struct part){ n < 0 ? 0 : OS_MIN(n, d), d };
}

static struct part from_other_end(struct part p)
{
	return (struct part){ p.d - p.n, p.d };
}

static int32_t pixel(struct part p, int32_t size)
{
	return (int32_t)((p.n * (size - 1) + p.d / 2) / p.d);
}

static void calibrate(const struct calibration *c, struct os_input_event *event)
{
	struct part x, y, before;

	if (!c->present) {
		event->x = clamp(event->x, LENGTH_MAX);
		event->y = clamp(event->y, LENGTH_MAX);
		return;
	}
	x = part_of(event->x, c->x_min, c->x_max);
	y = part_of(event->y, c->y_min, c->y_max);
	for (uint32_t i = 0; i < c->rotate; i++) {
		before = x;
		x = from_other_end(y);
		y = before;
	}
	event->x = pixel(c->flip_x ? from_other_end(x) : x, c->width);
	event->y = pixel(c->flip_y ? from_other_end(y) : y, c->height);
}

static void position(struct filter *filter, const struct filter_source *source,
                     const struct os_input_event *in)
{
	struct os_input_event out = { .kind = OS_INPUT_ABSOLUTE, .x = in->x, .y = in->y };

	calibrate(&source->settings->calibration, &out);
	filter->put(filter, &out);
}

/* The number by which a finger is told: FINGERS_MAX if there is none. */
static uint16_t finger_find(const struct filter *filter, const struct filter_source *source,
                            uint16_t in)
{
	uint16_t i = 0;

	while (i < FINGERS_MAX &&
	       (filter->fingers[i].source != source || (source && filter->fingers[i].in != in)))
		i++;
	return i;
}

static void touch(struct filter *filter, const struct filter_source *source,
                  const struct os_input_event *in)
{
	struct os_input_event out = { .kind = OS_INPUT_TOUCH, .x = in->x, .y = in->y };

	out.code = finger_find(filter, source, in->code);
	if (out.code == FINGERS_MAX)
		out.code = finger_find(filter, NULL, 0);
	if (out.code == FINGERS_MAX)
		return;
	filter->fingers[out.code].source = source;
	filter->fingers[out.code].in = in->code;
	calibrate(&source->settings->calibration, &out);
	filter->put(filter, &out);
}

static void untouch(struct filter *filter, uint32_t finger)
{
	const struct os_input_event event = { .kind = OS_INPUT_UNTOUCH, .code = (uint16_t)finger };

	if (finger == FINGERS_MAX)
		return;
	filter->fingers[finger].source = NULL;
	filter->put(filter, &event);
}

static void wheel(struct filter *filter, const struct os_input_event *in)
{
	const struct os_input_event out = { .kind = OS_INPUT_WHEEL,
		                            .x = clamp(in->x, WHEEL_MAX),
		                            .y = clamp(in->y, WHEEL_MAX) };

	if (out.x || out.y)
		filter->put(filter, &out);
}

/* ------------------------------------------------------------------ events */

void filter_event(struct filter *filter, struct filter_source *source,
                  const struct os_input_event *event)
{
	switch (event->kind) {
	case OS_INPUT_PRESS:
		press(filter, source, event);
		break;
	case OS_INPUT_RELEASE:
		release(filter, source, event->code);
		break;
	case OS_INPUT_RELATIVE:
		motion(filter, event);
		break;
	case OS_INPUT_ABSOLUTE:
		position(filter, source, event);
		break;
	case OS_INPUT_WHEEL:
		wheel(filter, event);
		break;
	case OS_INPUT_TOUCH:
		touch(filter, source, event);
		break;
	case OS_INPUT_UNTOUCH:
		untouch(filter, finger_find(filter, source, event->code));
		break;
	case OS_INPUT_LOST:
	case OS_INPUT_UNFOCUS:
		filter_release_all(filter, source);
		break;
	default: /* we repeat by ourselves; the rest is no driver's business */
		break;
	}
}

void filter_release_all(struct filter *filter, struct filter_source *source)
{
	while (source->held_count)
		release(filter, source, source->held[source->held_count - 1].in);
	for (uint32_t i = 0; i < FINGERS_MAX; i++)
		if (filter->fingers[i].source == source)
			untouch(filter, i);
}
