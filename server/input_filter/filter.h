/* SPDX-License-Identifier: BSD-2-Clause */
/* Several sources of input become one: keys, characters, motion and positions. Pure. */

#ifndef INPUT_FILTER_FILTER_H
#define INPUT_FILTER_FILTER_H

#include <input/event.h>
#include <input/key.h>

#include "settings.h"

/*
 *   source: press, release    remap     held by    layout, dead     press, release,
 *   source: …              ---------->  how many ------------------> character
 *   source: motion         ----------------------> acceleration ---> motion
 *   source: positions      ----------------------> calibration ----> positions
 *
 * Whatever a source puts, what comes out makes sense: a key that goes down comes up once, also if
 * its source ends or loses events; numbers are within bounds; unknown events are left out.
 */

enum {
	HELD_MAX = 32,    /* keys down at one source; others are left out */
	FINGERS_MAX = 16, /* on all touch screens together */
	WHEEL_MAX = 100,  /* notches at once */
};

/** What one source has told. Zero, with its settings, is a source that has told nothing. */
struct filter_source {
	const struct source_settings *settings;
	struct {
		uint16_t in, out; /* as the source says, and as it was told */
	} held[HELD_MAX];
	uint32_t held_count;
};

struct filter {
	const struct settings *settings;
	/** Where what comes out goes. */
	void (*put)(struct filter *filter, const struct os_input_event *event);
	/* private */
	uint8_t down[OS_KEY_COUNT]; /* at how many sources */
	bool caps_lock, number_lock;
	uint32_t dead; /* accent for the next character, or 0 */
	struct {
		const struct filter_source *source; /* NULL: free */
		uint16_t in;
	} fingers[FINGERS_MAX];
	struct {
		uint16_t code; /* NONE: nothing repeats */
		uint32_t character;
		uint64_t number; /* differs with each key that begins to repeat */
	} repeating;
	int32_t rest_x, rest_y; /* of motion, in 1/100 */
};

/** Begin, with nothing pressed. */
void filter_init(struct filter *filter, const struct settings *settings,
                 void (*put)(struct filter *filter, const struct os_input_event *event));

/** From now on these settings are in force. What is held stays as it was told. */
void filter_settings(struct filter *filter, const struct settings *settings);

/** An event of `source`, whatever it is. */
void filter_event(struct filter *filter, struct filter_source *source,
                  const struct os_input_event *event);

/** The source has ended, or has lost events: nothing is held there any more. */
void filter_release_all(struct filter *filter, struct filter_source *source);

/** It is time to repeat the key that is held. */
void filter_repeat(struct filter *filter);

/** True if a key is held that repeats. */
static inline bool filter_repeats(const struct filter *filter)
{
	return filter->repeating.code != OS_KEY_NONE;
}

#endif
