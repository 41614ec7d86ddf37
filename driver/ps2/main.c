/* SPDX-License-Identifier: BSD-2-Clause */
/* ps2: serves "Input" sessions, of which the first one gets what keyboard and mouse do. */

#include <abi/x86_64/port.h>
#include <api/io_port.h>
#include <api/irq.h>
#include <config/config.h>
#include <input/session.h>
#include <osier/env.h>
#include <osier/session.h>
#include <policy/policy.h>

#include "controller.h"

/*
 *   interrupt 1 or 12 --> serve the controller, acknowledge, look again --> ring of the first
 * session ^                                  |
 *                            +------ a signal to itself --------+   while the controller has more
 *
 * Interrupts are edges: one that comes before it is acknowledged may be lost, hence the look.
 *
 * Until somebody listens, nothing is read: what a person does meanwhile waits in the devices.
 */

enum { IRQ_KEYBOARD = 1, IRQ_MOUSE = 12 };

/* A packet of a mouse takes milliseconds; what comes that much later is another one. */
#define PAUSE_CYCLES (UINT64_C(1) << 30)

struct session {
	struct os_server_session base;
	struct os_list_node node; /* line */
	struct os_input_server input;
};

/* One of the two interrupts. */
struct source {
	struct os_session session;
	struct irq_cap irq;
	struct os_signal_handler handler;
};

static struct os_env *env;
static struct os_service service;
static struct os_config config;
static struct os_list line; /* struct session.node: the first one gets the events */
static struct os_session data_session, command_session;
static struct source sources[2];
static bool reading;         /* somebody has begun to listen */
static uint64_t last_cycles; /* when something came */

static void put(const struct os_input_event *event)
{
	struct os_list_node *const first = os_list_first(&line);

	if (first)
		os_input_server_put(&OS_LIST_ITEM(first, struct session, node)->input, event);
}

static void keyboard_put(struct keyboard *keyboard, uint32_t code, bool pressed)
{
	const struct os_input_event event = { .kind = pressed ? OS_INPUT_PRESS : OS_INPUT_RELEASE,
		                              .code = (uint16_t)code };

	(void)keyboard;
	put(&event);
}

static void mouse_put(struct mouse *mouse, const struct os_input_event *event)
{
	(void)mouse;
	put(event);
}

static uint8_t port_read(enum controller_port port)
{
	return os_port_read8((uint16_t)port);
}

static void port_write(enum controller_port port, uint8_t value)
{
	os_port_write8((uint16_t)port, value);
}

static const struct controller_io io = { .read = port_read, .write = port_write };
static struct keyboard keyboard = { .put = keyboard_put };
static struct mouse mouse = { .put = mouse_put };
static struct controller controller = { .io = &io, .keyboard = &keyboard, .mouse = &mouse };

/* ------------------------------------------------------------------ interrupts */

static void handle_interrupt(struct os_signal_handler *handler, uint64_t count)
{
	struct source *const source = container_of(handler, struct source, handler);
	const uint64_t now = __builtin_ia32_rdtsc();
	bool done;

	(void)count;
	if (now - last_cycles > PAUSE_CYCLES)
		mouse_resynchronise(&mouse);
	last_cycles = now;
	done = controller_serve(&controller);
	if (irq_acknowledge(source->irq))
		os_warning(env, "no more interrupts");
	done = done && controller_serve(&controller);
	/* others have their turn in between */
	if (!done && os_signal_submit(handler->cap, 1))
		os_warning(env, "no more signals");
}

static enum os_err source_open(struct source *source, uint32_t number)
{
	enum os_err err;

	if ((err = irq_open(&source->session, env, NULL, number, IRQ_TRIGGER_LEGACY,
	                    &source->irq)) ||
	    (err = os_signal_handler_init(&source->handler, env->ep, handle_interrupt)) ||
	    (err = irq_sigh(source->irq, source->handler.cap)))
		return err;
	return irq_acknowledge(source->irq);
}

static enum os_err port_open(struct os_session *session, enum controller_port port)
{
	struct io_port_cap ports;
	enum os_err err = io_port_open(session, env, NULL, port, 1, &ports);

	return err ? err : io_port_enable(ports);
}

static enum os_err devices_open(void)
{
	enum os_err err;

	if ((err = port_open(&data_session, CONTROLLER_DATA)) ||
	    (err = port_open(&command_session, CONTROLLER_COMMAND)))
		return err;
	if ((err = controller_init(&controller))) {
		os_error(env, "no controller of keyboard and mouse: %s", os_err_text(err));
		return err;
	}
	os_log(env, "%s keyboard, %s", controller.keyboard_there ? "a" : "no",
	       !controller.mouse_there     ? "no mouse"
	       : mouse.kind == MOUSE_PLAIN ? "a mouse"
	       : mouse.kind == MOUSE_WHEEL ? "a mouse with a wheel"
	                                   : "a mouse with a wheel and five buttons");
	return OS_OK;
}

static void reading_begin(struct os_input_server *input)
{
	enum os_err err;

	(void)input;
	if (reading)
		return;
	reading = true;
	if ((err = source_open(&sources[0], IRQ_KEYBOARD)) ||
	    (controller.mouse_port && (err = source_open(&sources[1], IRQ_MOUSE))))
		os_error(env, "no interrupts: %s", os_err_text(err));
	/* what came before */
	if (!controller_serve(&controller) && os_signal_submit(sources[0].handler.cap, 1))
		os_warning(env, "no more signals");
}

/* ------------------------------------------------------------------ sessions */

/* A config without policies lets everybody listen. */
static enum os_err policy_check(const char *label)
{
	struct os_xml policy;

	if (!os_xml_count(config.root, "policy") && !os_xml_count(config.root, "default-policy"))
		return OS_OK;
	return os_policy_find(config.root, label, &policy);
}

static enum os_err session_create(struct os_server_session *base,
                                  const struct os_session_request *request, struct os_cap *cap)
{
	struct session *const session = container_of(base, struct session, base);
	enum os_err err;

	if ((err = policy_check(request->label)) ||
	    (err = os_input_server_init(&session->input, env, service.ep, &base->account)))
		return err;
	session->input.begun = reading_begin;
	os_list_append(&line, &session->node);
	*cap = input_server_cap(&session->input.rpc).cap;
	return OS_OK;
}

static void session_destroy(struct os_server_session *base)
{
	struct session *const session = container_of(base, struct session, base);

	os_list_remove(&line, &session->node);
	os_input_server_fini(&session->input);
}

static const struct os_service_ops service_ops = {
	.session_size = sizeof(struct session),
	.create = session_create,
	.destroy = session_destroy,
};

enum os_err os_construct(struct os_env *own)
{
	enum os_err err;

	env = own;
	if ((err = os_config_open(&config, env)) || (err = devices_open()))
		return err;
	return os_service_init(&service, env, env->ep, INPUT_SERVICE, &service_ops, NULL);
}
