/* SPDX-License-Identifier: BSD-2-Clause */
/* dynamic_child: does what its config says, now and when it changes. */

#include <config/config.h>
#include <osier/env.h>
#include <osier/memory.h>
#include <osier/report.h>
#include <osier/string.h>

static struct os_env *env;
static volatile int *volatile nowhere = (int *)8;
static struct os_config config;
static struct os_session session;
static struct os_ram held;
static struct os_signal_handler hanging;

static void say(const char *how)
{
	char text[64];

	if (!os_xml_string(config.root, "say", text, sizeof(text)))
		os_log(env, "%s %s", how, text);
}

static void open_session(void)
{
	struct os_session_args args = { 0 };
	char service[32], label[64];
	enum os_err err;

	if (session.env || os_xml_string(config.root, "session", service, sizeof(service)))
		return;
	args.service = service;
	args.label = os_xml_string(config.root, "label", label, sizeof(label)) ? "" : label;
	err = os_session_open(&session, env, &args);
	os_log(env, "session %s: %s", service, err ? os_err_text(err) : "open");
}

static void hold(void)
{
	const size_t size = os_xml_size(config.root, "hold", 0);
	enum os_err err;

	os_ram_fini(&held, env);
	held = (struct os_ram){ 0 };
	if (size && (err = os_ram_init(&held, env, size, NULL)))
		os_log(env, "cannot hold %zuK: %s", size >> 10, os_err_text(err));
}

static void hang(struct os_signal_handler *handler, uint64_t count)
{
	struct os_semaphore never;

	(void)handler;
	(void)count;
	os_semaphore_init(&never, 0, OS_WAKE_FIFO);
	os_semaphore_down(&never);
}

/* As a report that others read as the state of a system: no XML, and not even text. */
static void report_nonsense(void)
{
	struct os_report report;
	uint8_t bytes[3000];

	os_random(env, bytes, sizeof(bytes));
	memcpy(bytes, "<state><child name=\"", 20);
	if (os_report_open(&report, env, "state", 4096) ||
	    os_report_submit(&report, bytes, sizeof(bytes)))
		os_log(env, "no nonsense can be reported");
	/* the session stays open, and the report with it */
}

static void act(void)
{
	if (os_xml_equal(config.root, "do", "crash"))
		*nowhere = 0;
	if (os_xml_equal(config.root, "do", "hang"))
		OS_ASSERT(!os_signal_submit(hanging.cap, 1));
	if (os_xml_equal(config.root, "do", "exit"))
		os_exit(env, (int)os_xml_i64(config.root, "value", 0));
	if (os_xml_equal(config.root, "do", "nonsense"))
		report_nonsense();
}

static void changed(struct os_config *self)
{
	(void)self;
	say("follows:");
	hold();
	open_session();
	act();
}

enum os_err os_construct(struct os_env *own)
{
	enum os_err err;

	env = own;
	if ((err = os_config_open(&config, env)))
		return err;
	if ((err = os_signal_handler_init(&hanging, env->ep, hang)))
		return err;
	say("starts with");
	hold();
	open_session();
	act();
	return os_config_sigh(&config, env->ep, changed);
}
