/* SPDX-License-Identifier: BSD-2-Clause */
/* The script of screen_test: steps in order, each of which happens as soon as the last is done. */

#ifndef SCREEN_TEST_SCRIPT_H
#define SCREEN_TEST_SCRIPT_H

#include <api/dynamic_rom.h>
#include <xml/xml.h>

#include "screen.h"

enum { SCRIPT_DEPTH = 4, SCRIPT_ROMS = 4 };

/** A <repeat>, or the script itself. */
struct script_loop {
	struct os_xml body, step; /* `step` empty: it is through */
	uint64_t left;            /* times that the body is still to be begun */
};

/** A ROM module that a step has waited for. */
struct script_rom {
	char name[64];
	struct os_rom rom;
	struct os_signal_handler handler;
	struct script *script;
};

/** What a <measure> has found so far. */
struct script_measure {
	uint64_t left, ticks, start;
	uint64_t refresh_count; /* of the screen, at the last event */
};

/** A script that runs; zero before script_start(). */
struct script {
	struct os_env *env;
	struct screen *screen;
	struct script_loop loops[SCRIPT_DEPTH];
	uint32_t depth; /* loops in use; 0: the script is through */
	uint64_t done;  /* steps */
	bool waiting;   /* the current step has been tried */
	bool running, failed;
	uint64_t refresh_count; /* of the screen, when the current step began */
	struct script_measure measure;
	struct script_rom roms[SCRIPT_ROMS];
	size_t rom_count;
	struct os_session changer; /* of modules; zero until a step needs it */
	struct dynamic_rom_cap dynamic_rom;
};

/** Begin with the first step of `root`. */
void script_start(struct script *script, struct os_env *env, struct screen *screen,
                  struct os_xml root);

/** Something has happened: go as far as possible. */
void script_continue(struct script *script);

#endif
