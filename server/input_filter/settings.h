/* SPDX-License-Identifier: BSD-2-Clause */
/* The config of input_filter, as values. Pure. */

#ifndef INPUT_FILTER_SETTINGS_H
#define INPUT_FILTER_SETTINGS_H

#include <xml/xml.h>

#include "layout.h"

enum {
	SOURCES_MAX = 16,
	SOURCE_LABEL_MAX = 64,
	REMAPS_MAX = 32,
	OVERRIDES_MAX = 64,
	CURVE_MAX = 16,
	LENGTH_MAX = 32767, /* of motion, and of positions either way */
};

/** What becomes of positions: from the device's range to that of the screen, turned and mirrored.
 */
struct calibration {
	bool present;
	int32_t x_min, x_max, y_min, y_max; /* of the device; min < max */
	int32_t width, height;              /* of what it is to become; at least 1 */
	uint32_t rotate;                    /* quarters of a turn, clockwise */
	bool flip_x, flip_y;                /* afterwards */
};

struct source_settings {
	char label[SOURCE_LABEL_MAX];
	struct calibration calibration;
};

/** Motion of `speed` steps becomes `factor` percent of it; in between, in proportion. */
struct curve_point {
	uint32_t speed, factor;
};

struct settings {
	struct source_settings sources[SOURCES_MAX];
	uint32_t source_count;
	bool repeat;
	uint64_t delay_us, rate_us; /* until the first repetition, and between them */
	const struct layout *layout;
	struct layout_key overrides[OVERRIDES_MAX];
	uint32_t override_count;
	struct {
		uint16_t from, to;
	} remaps[REMAPS_MAX];
	uint32_t remap_count;
	struct curve_point curve[CURVE_MAX];
	uint32_t curve_count; /* 0: motion stays as it is */
	bool number_lock;     /* at the start */
};

/** Where a config is wrong, and what was expected there. */
struct settings_error {
	uint32_t line;
	const char *expected;
};

/** Read all of it; false: nothing of it is to be used. The empty node is an empty config. */
bool settings_read(struct settings *settings, struct os_xml config, struct settings_error *error);

#endif
