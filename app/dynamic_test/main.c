/* SPDX-License-Identifier: BSD-2-Clause */
/* dynamic_test: takes a nested init through configs, and waits for what its state tells. */

#include <config/config.h>
#include <osier/env.h>
#include <osier/report.h>
#include <osier/string.h>

#include "match.h"
#include "program.h"

enum { CONFIG_MAX = 64 * 1024 };

static struct os_env *env;
static struct os_config config;
static struct os_report report; /* the nested init's config */
static struct os_rom state;     /* its state */
static struct os_signal_handler state_changed;
static struct os_xml step;
static uint64_t number;    /* of the step */
static uint64_t submitted; /* configs so far */

static void fail(const char *what, enum os_err err)
{
	os_error(env, "step %llu: %s: %s", (unsigned long long)number, what, os_err_text(err));
	os_exit(env, 1);
}

/* The config of a step, as it stands or as text. */
static void submit(void)
{
	static char raw[CONFIG_MAX];
	struct os_xml xml = os_xml_first(step, "config");
	const char *text = raw;
	size_t length;
	enum os_err err = OS_OK;

	if (os_xml_valid(xml))
		os_xml_text(xml, &text, &length);
	else if (os_xml_valid(xml = os_xml_first(step, "raw")))
		err = os_xml_copy_text(xml, raw, sizeof(raw), &length);
	else
		return;
	submitted++;
	if (err || (err = os_report_submit(&report, text, length)))
		fail("the config", err);
}

static void switch_program(void)
{
	struct os_xml xml = os_xml_first(step, "program");
	char name[64];
	enum os_err err;

	if (!os_xml_valid(xml))
		return;
	if ((err = os_xml_string(xml, "name", name, sizeof(name))) || (err = program_set(name)))
		fail("the program", err);
}

static void begin(void)
{
	number++;
	if (!os_xml_valid(step)) {
		os_log(env, "done");
		os_exit(env, 0);
	}
	submit();
	switch_program();
}

/* Whether the init has seen the last config, and is as the step expects it. */
static bool is_reached(struct os_xml root)
{
	const uint64_t seen = os_xml_u64(root, "applied", 0) + os_xml_u64(root, "refused", 0);

	return os_xml_type_is(root, "state") && seen == submitted &&
	       match(os_xml_first(step, "until"), root);
}

static void handle_state(struct os_signal_handler *handler, uint64_t count)
{
	struct os_view view;
	char text[100];
	enum os_err err;

	(void)handler;
	(void)count;
	if ((err = os_rom_view(&state, &view)))
		fail("the state", err);
	if (view.size && *(const char *)view.start && !os_xml_valid(os_xml_root(&view)))
		os_log(env, "what is reported is no state");
	if (is_reached(os_xml_root(&view))) {
		if (os_xml_string(step, "say", text, sizeof(text)))
			text[0] = '\0';
		os_log(env, "step %llu: %s", (unsigned long long)number, text);
		step = os_xml_next(step, "step");
		begin();
	}
	os_view_fini(&view);
}

enum os_err os_construct(struct os_env *own)
{
	enum os_err err;

	env = own;
	if ((err = os_config_open(&config, env)))
		return err;
	if ((err = program_init(env, "dynamic_child")))
		return err;
	if ((err = os_report_open(&report, env, "config", CONFIG_MAX)))
		return err;
	if ((err = os_rom_open(&state, env, "state")))
		return err;
	if ((err = os_signal_handler_init(&state_changed, env->ep, handle_state)))
		return err;
	if ((err = os_rom_sigh(&state, &state_changed)))
		return err;
	step = os_xml_first(config.root, "step");
	begin();
	handle_state(&state_changed, 1); /* there may be one already */
	return OS_OK;
}
