/* SPDX-License-Identifier: BSD-2-Clause */
/* Report sessions: one buffer is written to while the other one holds what was submitted last. */

#include <api/report.h>
#include <osier/string.h>

#include "report.h"

/* A text in memory that the reporter has donated. */
struct buffer {
	struct os_ram ram;
	size_t size;
};

/*
 *   write, offset 0            write               submit
 *  ----------------> next: 0 --------> next: n -------------> current: n, next: what was current
 */
struct session {
	struct os_server_session base;
	struct report_server rpc;
	struct report_module *module;
	struct buffer next, current;
	size_t size;    /* what `next` is to have when it is begun */
	size_t written; /* bytes in `next` */
};

static struct session *self(struct report_server *rpc)
{
	return container_of(rpc, struct session, rpc);
}

static struct report_service *service_of(const struct session *session)
{
	return container_of(session->base.service, struct report_service, service);
}

static void buffer_fini(struct buffer *buffer, struct os_env *env)
{
	os_ram_fini(&buffer->ram, env);
	buffer->size = 0;
}

/* Have room for `size` bytes; what was in it is lost. Nothing happens if it has just that. */
static enum os_err buffer_renew(struct buffer *buffer, struct session *session, size_t size)
{
	struct os_env *const env = session->base.service->env;
	enum os_err err;

	if (buffer->size == size)
		return OS_OK;
	buffer_fini(buffer, env);
	if (!size)
		return OS_OK;
	if ((err = os_ram_init(&buffer->ram, env, size, &session->base.account)))
		return err;
	buffer->size = size;
	return OS_OK;
}

/* ------------------------------------------------------------------ the log */

/* Each line of the report, as far as the log takes it. */
static void show_lines(struct os_env *env, const char *text, size_t size)
{
	enum { LINE_MAX = 400 };
	char line[LINE_MAX + 1];
	size_t length = 0;

	for (size_t i = 0; i <= size; i++) {
		const bool end = i == size || text[i] == '\n';

		if ((end && length) || length == LINE_MAX) {
			line[length] = 0;
			os_log(env, "  %s", line);
			length = 0;
		}
		if (!end)
			line[length++] = text[i] ? text[i] : '?';
	}
}

static void show(const struct session *session, size_t size)
{
	struct os_env *const env = session->base.service->env;

	os_log(env, "report \"%s\", %llu bytes", session->module->label, (unsigned long long)size);
	show_lines(env, session->current.ram.view.start, size);
}

/* ------------------------------------------------------------------ RPC */

static enum os_err write(struct report_server *rpc, uint64_t offset, const void *data, size_t size)
{
	struct session *const session = self(rpc);
	enum os_err err;

	if (offset == 0) {
		session->written = 0;
		if ((err = buffer_renew(&session->next, session, session->size)))
			return err;
	}
	if (offset != session->written || size > session->next.size - session->written)
		return OS_ERR_RANGE;
	if (size)
		memcpy((char *)session->next.ram.view.start + offset, data, size);
	session->written += size;
	return OS_OK;
}

static enum os_err submit(struct report_server *rpc, uint64_t length)
{
	struct session *const session = self(rpc);
	const struct buffer before = session->current;

	if (length != session->written)
		return OS_ERR_RANGE;
	session->current = session->next;
	session->next = before;
	session->written = 0;
	if (report_module_set(session->module, session, session->current.ram.view.start, length) &&
	    service_of(session)->verbose)
		show(session, length);
	return OS_OK;
}

static enum os_err resize(struct report_server *rpc, uint64_t size)
{
	struct session *const session = self(rpc);

	if (size > service_of(session)->size_max)
		return OS_ERR_RANGE;
	session->size = size;
	return OS_OK;
}

static const struct report_ops rpc_ops = { .write = write, .submit = submit, .resize = resize };

/* ------------------------------------------------------------------ sessions */

static enum os_err create(struct os_server_session *base, const struct os_session_request *request,
                          struct os_cap *cap)
{
	struct session *const session = container_of(base, struct session, base);
	struct report_service *const service = service_of(session);
	struct report_args args;
	enum os_err err;

	if ((err = report_args_decode(request->args, request->args_size, &args)))
		return err;
	if (args.size > service->size_max) {
		os_warning(base->service->env,
		           "\"%s\" wants to report up to %lluK, at most %lluK are permitted; raise "
		           "<config report_max=\"...\">",
		           request->label, (unsigned long long)args.size / 1024,
		           (unsigned long long)service->size_max / 1024);
		return OS_ERR_RANGE;
	}
	session->size = args.size;
	if ((err = registry_get(service->registry, request->label, &session->module)))
		return err;
	session->module->reporters++;
	if ((err = report_server_init(&session->rpc, base->service->ep, &base->account,
	                              &rpc_ops))) {
		session->module->reporters--;
		report_module_tidy(session->module);
	}
	*cap = report_server_cap(&session->rpc).cap;
	return err;
}

static void destroy(struct os_server_session *base)
{
	struct session *const session = container_of(base, struct session, base);

	report_server_fini(&session->rpc);
	report_module_withdraw(session->module, session);
	session->module->reporters--;
	report_module_tidy(session->module);
	buffer_fini(&session->next, base->service->env);
	buffer_fini(&session->current, base->service->env);
}

static const struct os_service_ops service_ops = {
	.session_size = sizeof(struct session),
	.create = create,
	.destroy = destroy,
};

enum os_err report_service_init(struct report_service *service, struct registry *registry,
                                struct os_ep *ep)
{
	service->registry = registry;
	return os_service_init(&service->service, registry->env, ep, REPORT_SERVICE, &service_ops,
	                       NULL);
}
