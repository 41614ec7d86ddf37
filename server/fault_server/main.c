/* SPDX-License-Identifier: BSD-2-Clause */
/* fault_server: serves "Hello", and goes wrong in the way that its config names. */

#include <abi/platform.h>
#include <api/hello.h>
#include <config/config.h>
#include <osier/env.h>
#include <osier/session.h>
#include <osier/string.h>

struct session {
	struct os_server_session base;
	struct hello_server rpc;
};

extern const struct os_platform *os_platform;

static struct os_env *env;
static struct os_service service;
static void (*fault)(void);
static uint32_t calls, last_channel, last_sequence;
static volatile uint32_t zero;

/* ------------------------------------------------------------------ what goes wrong in a call */

static void crash(void)
{
	__asm__ volatile("div %%ecx" : : "a"(1), "d"(0), "c"(zero));
}

static void end(void)
{
	os_exit(env, 3);
}

static void hang(void)
{
	for (;;)
		os_platform->thread_block();
}

static void spin(void)
{
	for (;;)
		zero = 0;
}

/* Answer here; base will answer again. */
static void twice(void)
{
	struct os_msg *msg = os_msg_own();
	int32_t a, sum;

	memcpy(&a, msg->payload, sizeof(a));
	sum = a + 1;
	*msg = (struct os_msg){ .op = OS_OK, .length = sizeof(int32_t) };
	memcpy(msg->payload, &sum, sizeof(sum));
	os_platform->ep_reply(env->ep->platform_ep, env->ep->current_channel,
	                      env->ep->current_sequence, msg);
}

/* Answer the call before this one once more, wrongly. */
static void late(void)
{
	struct os_msg *msg = os_msg_own();

	*msg = (struct os_msg){ .op = OS_OK, .length = sizeof(int32_t) };
	memset(msg->payload, 0x55, 8);
	if (calls > 1)
		os_platform->ep_reply(env->ep->platform_ep, last_channel, last_sequence, msg);
	last_channel = env->ep->current_channel;
	last_sequence = env->ep->current_sequence;
}

/* Answers that no interface has: lengths, results, numbers of capabilities. */
static void malformed(void)
{
	struct os_msg *msg = os_msg_own();

	*msg = (struct os_msg){ .op = (uint16_t)(calls * 7919),
		                .length = (uint16_t)(calls * 31) % 1025 };
	memset(msg->payload, 0xff, sizeof(msg->payload));
	os_platform->ep_reply(env->ep->platform_ep, env->ep->current_channel,
	                      env->ep->current_sequence, msg);
}

/* ------------------------------------------------------------------ the service */

static enum os_err add(struct hello_server *rpc, int32_t a, int32_t b, int32_t *sum)
{
	(void)rpc;
	calls++;
	if (fault && calls > 10)
		fault();
	return __builtin_add_overflow(a, b, sum) ? OS_ERR_RANGE : OS_OK;
}

static const struct hello_ops rpc_ops = { .add = add };

static enum os_err session_create(struct os_server_session *base,
                                  const struct os_session_request *request, struct os_cap *cap)
{
	struct session *session = container_of(base, struct session, base);
	enum os_err err;

	(void)request;
	err = hello_server_init(&session->rpc, base->service->ep, &base->account, &rpc_ops);
	*cap = hello_server_cap(&session->rpc).cap;
	return err;
}

static void session_destroy(struct os_server_session *base)
{
	hello_server_fini(&container_of(base, struct session, base)->rpc);
}

static const struct os_service_ops service_ops = {
	.session_size = sizeof(struct session),
	.create = session_create,
	.destroy = session_destroy,
};

static const struct {
	const char *name;
	void (*run)(void);
} faults[] = {
	{ "crash", crash }, { "end", end },   { "hang", hang },           { "spin", spin },
	{ "twice", twice }, { "late", late }, { "malformed", malformed },
};

enum os_err os_construct(struct os_env *own)
{
	struct os_config config;
	enum os_err err;

	env = own;
	if ((err = os_config_open(&config, env)))
		return err;
	for (size_t i = 0; i < OS_ARRAY_SIZE(faults); i++)
		if (os_xml_equal(config.root, "fault", faults[i].name))
			fault = faults[i].run;
	/* announced, and never looked at a request */
	if (os_xml_equal(config.root, "fault", "mute"))
		return parent_announce(env->parent, HELLO_SERVICE);
	return os_service_init(&service, env, env->ep, HELLO_SERVICE, &service_ops, NULL);
}
