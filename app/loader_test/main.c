/* SPDX-License-Identifier: BSD-2-Clause */
/* loader_test: subsystems of our own, and what they log. */

#include <config/config.h>
#include <osier/format.h>
#include <osier/resource.h>
#include <osier/string.h>

#include "test.h"

enum { LINES = 64 };

struct os_env *env;
static struct os_config config;
static struct os_signal_handler session_changed;

/* ------------------------------------------------------------------ LOG for subsystems */

struct log_session {
	struct log_server rpc;
	char label[160];
};

static struct {
	char label[160], text[512];
} lines[LINES];
static size_t line_count;
static int open_logs;

static enum os_err write(struct log_server *rpc, const char *text)
{
	const struct log_session *session = container_of(rpc, struct log_session, rpc);

	OS_ASSERT(line_count < LINES);
	memcpy(lines[line_count].label, session->label, sizeof(session->label));
	OS_ASSERT(!os_str_copy(lines[line_count].text, sizeof(lines[0].text), text));
	line_count++;
	return OS_OK;
}

static const struct log_ops log_ops = { .write = write };

static enum os_err log_create(struct os_loader_service *service,
                              const struct os_loader_request *request, void **out,
                              struct os_cap *cap)
{
	struct log_session *session;
	enum os_err err;

	(void)service;
	if ((err = os_alloc(env->heap, sizeof(*session), (void **)&session)))
		return err;
	OS_ASSERT(!os_str_copy(session->label, sizeof(session->label), request->label));
	if ((err = log_server_init(&session->rpc, env->ep, request->account, &log_ops))) {
		os_free(env->heap, session, sizeof(*session));
		return err;
	}
	open_logs++;
	*out = session;
	*cap = log_server_cap(&session->rpc).cap;
	return OS_OK;
}

static void log_close(struct os_loader_service *service, void *ptr)
{
	struct log_session *session = ptr;

	(void)service;
	log_server_fini(&session->rpc);
	os_free(env->heap, session, sizeof(*session));
	open_logs--;
}

void expect_line(const char *label, const char *line)
{
	for (size_t i = 0;; i++) {
		while (i == line_count)
			OS_ASSERT(!os_ep_dispatch(env->ep, true));
		if (!os_str_equal(lines[i].label, label) || !os_str_equal(lines[i].text, line))
			continue;
		memmove(&lines[i], &lines[i + 1], (line_count - i - 1) * sizeof(lines[0]));
		line_count--;
		return;
	}
}

void expect_no_logs(void)
{
	while (open_logs)
		OS_ASSERT(!os_ep_dispatch(env->ep, true));
	line_count = 0;
}

/* ------------------------------------------------------------------ a session */

static struct os_loader_service log_service = { .name = LOG_SERVICE,
	                                        .create = log_create,
	                                        .close = log_close };

static void ignore(struct os_loader *loader)
{
	(void)loader;
}

void watch(struct os_loader *loader)
{
	OS_ASSERT(!os_loader_watch(loader, ignore));
}

void now_do(struct os_loader *loader, const char *what)
{
	char text[64];
	const size_t size = os_format(text, sizeof(text), "<config do=\"%s\"/>", what);

	OS_ASSERT(!os_loader_module(loader, "config", text, size));
}

void open_doing(struct os_loader *loader, const char *what)
{
	line_count = 0;
	OS_ASSERT(!os_loader_open(loader, env, "test"));
	OS_ASSERT(!os_loader_provide(loader, &log_service));
	watch(loader);
	now_do(loader, what);
}

void close_all(struct os_loader *loader)
{
	const uint64_t id = loader->session.id;
	enum parent_session_state state;
	struct os_cap cap;
	uint32_t error;

	os_loader_close(loader);
	while (!parent_session_poll(env->parent, id, &state, &error, &cap))
		OS_ASSERT(!os_ep_dispatch(env->ep, true));
	OS_ASSERT(!open_logs);
}

void start(struct os_loader *loader, const char *name)
{
	OS_ASSERT(!os_loader_start(loader, name, "loader_child", RAM, CAPS));
}

void expect_state(struct os_loader *loader, const char *name, enum loader_subsystem_state state)
{
	while (os_loader_state(loader, name, NULL, NULL) != state)
		OS_ASSERT(!os_ep_dispatch(env->ep, true));
}

/* ------------------------------------------------------------------ a client that dies */

static enum os_err be_victim(void)
{
	const volatile int *nowhere = NULL;
	static struct os_loader loader;

	open_doing(&loader, "loop");
	start(&loader, "orphan");
	expect_line("orphan", "looping");
	os_log(env, "a subsystem runs");
	__asm__("" : "+r"(nowhere));
	return (enum os_err) * nowhere;
}

/* What init has is enough for this once it has got all of that back. */
static void inherit(void)
{
	OS_ASSERT(!os_resource_request(env, 43 << 20, 0));
	os_log(env, "what a dead client had is free again");
}

static void session_ignore(struct os_signal_handler *handler, uint64_t count)
{
	(void)handler;
	(void)count;
}

enum os_err os_construct(struct os_env *own)
{
	enum os_err err;

	env = own;
	if ((err = os_config_open(&config, env)))
		return err;
	if ((err = os_signal_handler_init(&session_changed, env->ep, session_ignore)) ||
	    (err = parent_session_sigh(env->parent, session_changed.cap)))
		return err;
	if (os_xml_equal(config.root, "role", "victim"))
		return be_victim();
	test_good((uint32_t)os_xml_u64(config.root, "cycles", 100));
	test_bad();
	test_misuse();
	inherit();
	os_exit(env, 0);
}
