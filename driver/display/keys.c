/* SPDX-License-Identifier: BSD-2-Clause */
/* A set of keys, and the events that change it. */

#include "keys.h"

enum { STEPS_MAX = 1 << 20, FINGERS_MAX = 32 };

static bool is_pressed(const struct keys *keys, uint32_t code)
{
	return keys->pressed[code / 64] >> code % 64 & 1;
}

static bool filter_key(struct keys *keys, struct os_input_event *event)
{
	const bool press = event->kind == OS_INPUT_PRESS;
	const uint32_t code = event->code;

	if (code == OS_KEY_NONE || code >= OS_KEY_COUNT || press == is_pressed(keys, code))
		return false;
	keys->pressed[code / 64] ^= UINT64_C(1) << code % 64;
	event->x = event->y = 0;
	return true;
}

static bool in_range(int32_t steps)
{
	return steps >= -STEPS_MAX && steps <= STEPS_MAX;
}

bool keys_filter(struct keys *keys, struct os_input_event *event)
{
	event->character = 0;
	switch (event->kind) {
	case OS_INPUT_PRESS:
	case OS_INPUT_RELEASE:
		return filter_key(keys, event);
	case OS_INPUT_RELATIVE:
	case OS_INPUT_ABSOLUTE:
	case OS_INPUT_WHEEL:
		event->code = 0;
		return in_range(event->x) && in_range(event->y);
	case OS_INPUT_TOUCH:
		return event->code < FINGERS_MAX && in_range(event->x) && in_range(event->y);
	case OS_INPUT_UNTOUCH:
		event->x = event->y = 0;
		return event->code < FINGERS_MAX;
	default:
		return false;
	}
}

uint32_t keys_release_one(struct keys *keys)
{
	for (uint32_t i = 0; i < OS_ARRAY_SIZE(keys->pressed); i++)
		if (keys->pressed[i]) {
			const uint32_t bit = (uint32_t)__builtin_ctzll(keys->pressed[i]);

			keys->pressed[i] ^= UINT64_C(1) << bit;
			return 64 * i + bit;
		}
	return OS_KEY_NONE;
}
