/* SPDX-License-Identifier: BSD-2-Clause */
/* pci: serves "Platform" sessions, which give each client the PCI devices of its policy. */

#include <api/pci.h>
#include <api/pci_device.h>
#include <api/platform.h>
#include <config/config.h>
#include <osier/env.h>
#include <osier/session.h>
#include <osier/string.h>
#include <policy/policy.h>

#include "match.h"

/*
 * Core has configuration space, and makes what is handed out (api/pci.rpc); here it is decided who
 * gets what. A device is claimed for the account of the client's session. So all that the client
 * has of it is paid by it, and goes when the session does, whoever ends first.
 */

enum { DEVICES_MAX = 256, LABEL_MAX = 100 };

struct session {
	struct os_server_session base;
	struct platform_server rpc;
	char label[LABEL_MAX];
};

struct device {
	struct pci_device_server rpc;
	struct identity identity;
	uint32_t revision, subsystem;
	uint32_t index;       /* core's */
	struct session *user; /* NULL: nobody has it */
	bool may_have_bus;    /* the user, of this device */
};

static struct os_env *env;
static struct os_service service;
static struct os_config config;
static struct os_session core_session;
static struct pci_cap core;
static struct device *devices[DEVICES_MAX];
static uint32_t device_count;

static struct session *self(struct platform_server *rpc)
{
	return container_of(rpc, struct session, rpc);
}

static struct device *device_of(struct pci_device_server *rpc)
{
	return container_of(rpc, struct device, rpc);
}

/* The claim ends with the client's account: then core does not know it any more. */
static enum os_err of_claimed(enum os_err err)
{
	return err == OS_ERR_INVALID ? OS_ERR_GONE : err;
}

/* ------------------------------------------------------------------ api/pci_device.rpc */

static enum os_err info(struct pci_device_server *rpc, uint32_t *bus, uint32_t *device,
                        uint32_t *function, uint32_t *id, uint32_t *class_code, uint32_t *subsystem)
{
	const struct device *const d = device_of(rpc);

	*bus = d->identity.bus;
	*device = d->identity.device;
	*function = d->identity.function;
	*id = d->identity.id;
	*class_code = d->identity.class_code << 8 | d->revision;
	*subsystem = d->subsystem;
	return OS_OK;
}

static enum os_err bar(struct pci_device_server *rpc, uint32_t number, enum pci_device_kind *kind,
                       uint64_t *size)
{
	enum pci_kind is = PCI_KIND_NONE;
	uint64_t base;
	const enum os_err err = pci_bar(core, device_of(rpc)->index, number, &is, &base, size);

	*kind = is == PCI_KIND_MEMORY                ? PCI_DEVICE_KIND_MEMORY
	        : is == PCI_KIND_MEMORY_PREFETCHABLE ? PCI_DEVICE_KIND_MEMORY_PREFETCHABLE
	        : is == PCI_KIND_PORTS               ? PCI_DEVICE_KIND_PORTS
	                                             : PCI_DEVICE_KIND_NONE;
	return err;
}

static enum os_err memory(struct pci_device_server *rpc, uint32_t number, uint64_t offset,
                          uint64_t size, bool combined, struct io_mem_cap *out, uint64_t *address)
{
	const uint32_t index = device_of(rpc)->index;
	enum pci_kind kind;
	uint64_t bar_size;
	enum os_err err;

	if ((err = pci_bar(core, index, number, &kind, address, &bar_size)))
		return err;
	return of_claimed(pci_memory(core, index, number, offset, size, combined, out));
}

static enum os_err ports(struct pci_device_server *rpc, uint32_t number, struct io_port_cap *out,
                         uint32_t *first, uint32_t *count)
{
	const uint32_t index = device_of(rpc)->index;
	enum pci_kind kind;
	uint64_t base, size;
	enum os_err err;

	if ((err = pci_bar(core, index, number, &kind, &base, &size)))
		return err;
	*first = (uint32_t)base;
	*count = (uint32_t)size;
	return of_claimed(pci_ports(core, index, number, out));
}

static enum os_err interrupts(struct pci_device_server *rpc, uint32_t *messages, bool *line)
{
	const enum os_err err = pci_interrupts(core, device_of(rpc)->index, messages, line);

	if (!device_of(rpc)->may_have_bus)
		*messages = 0;
	return err == OS_ERR_NOT_FOUND ? OS_ERR_GONE : err;
}

static enum os_err interrupt(struct pci_device_server *rpc, uint32_t number, struct irq_cap *irq,
                             bool *line)
{
	uint32_t messages;
	enum os_err err;

	if ((err = interrupts(rpc, &messages, line)))
		return err;
	*line = !messages;
	return of_claimed(pci_interrupt(core, device_of(rpc)->index, number, *line, irq));
}

static enum os_err config_read(struct pci_device_server *rpc, uint32_t offset, uint32_t size,
                               uint32_t *value)
{
	const enum os_err err = pci_read(core, device_of(rpc)->index, offset, size, value);

	return err == OS_ERR_NOT_FOUND ? OS_ERR_GONE : err;
}

static enum os_err config_write(struct pci_device_server *rpc, uint32_t offset, uint32_t size,
                                uint32_t value)
{
	const enum os_err err = pci_write(core, device_of(rpc)->index, offset, size, value);

	return err == OS_ERR_NOT_FOUND ? OS_ERR_GONE : of_claimed(err);
}

static enum os_err bus_master(struct pci_device_server *rpc, bool on)
{
	const struct device *const d = device_of(rpc);

	if (on && !d->may_have_bus) {
		os_log(env, "\"%s\" asks for the bus, which its policy has not", d->user->label);
		return OS_ERR_DENIED;
	}
	return pci_bus_master(core, d->index, on) ? OS_ERR_GONE : OS_OK;
}

static enum os_err buffer(struct pci_device_server *rpc, uint64_t size, bool low,
                          struct ram_dataspace_cap *ds, uint64_t *address)
{
	const struct device *const d = device_of(rpc);
	enum os_err err;

	if (!d->may_have_bus)
		return OS_ERR_DENIED;
	err = pci_buffer(core, d->index, size, low, ds, address);
	return err == OS_ERR_NOT_FOUND ? OS_ERR_GONE : of_claimed(err);
}

static enum os_err free_buffer(struct pci_device_server *rpc, struct ram_dataspace_cap ds)
{
	const enum os_err err = pci_free_buffer(core, device_of(rpc)->index, ds);

	os_cap_drop(ds.cap);
	return of_claimed(err);
}

static const struct pci_device_ops device_ops = {
	.info = info,
	.bar = bar,
	.memory = memory,
	.ports = ports,
	.interrupts = interrupts,
	.interrupt = interrupt,
	.config_read = config_read,
	.config_write = config_write,
	.bus_master = bus_master,
	.buffer = buffer,
	.free_buffer = free_buffer,
};

/* ------------------------------------------------------------------ api/platform.rpc */

/* What the session's policy, as it is now, says of the device; the empty node: nothing. */
static struct os_xml grant_of(const struct session *session, const struct device *device)
{
	struct os_xml policy;

	if (os_policy_find(config.root, session->label, &policy))
		return (struct os_xml){ 0 };
	return match_policy(policy, &device->identity);
}

static bool fits(uint32_t value, uint32_t wanted, uint32_t mask)
{
	return (value & mask) == (wanted & mask);
}

static enum os_err find(struct platform_server *rpc, uint32_t from, uint32_t id, uint32_t id_mask,
                        uint32_t class_code, uint32_t class_mask, uint32_t *number,
                        uint32_t *found_id, uint32_t *found_class)
{
	for (*number = from; *number < device_count; ++*number) {
		const struct device *const d = devices[*number];

		*found_id = d->identity.id;
		*found_class = d->identity.class_code;
		if (fits(*found_id, id, id_mask) && fits(*found_class, class_code, class_mask) &&
		    os_xml_valid(grant_of(self(rpc), d)))
			return OS_OK;
	}
	return OS_ERR_NOT_FOUND;
}

static void give_back(struct device *device)
{
	const enum os_err err = pci_release(core, device->index);

	OS_ASSERT(!err);
	pci_device_server_fini(&device->rpc);
	device->user = NULL;
}

static enum os_err acquire(struct platform_server *rpc, uint32_t number, struct pci_device_cap *out)
{
	struct session *const session = self(rpc);
	struct device *d;
	struct os_xml grant;
	struct os_cap copy;
	enum os_err err;

	if (number >= device_count)
		return OS_ERR_NOT_FOUND;
	d = devices[number];
	grant = grant_of(session, d);
	if (!os_xml_valid(grant))
		return OS_ERR_NOT_FOUND;
	if (d->user)
		return OS_ERR_EXISTS;
	/* EXISTS: of a pci before us, whose client has not ended yet */
	if ((err = pci_claim(core, d->index, session->base.account.cap, session->label)))
		return err == OS_ERR_BUSY ? OS_ERR_NOT_FOUND : err;
	d->may_have_bus = os_xml_bool(grant, "bus_master", false);
	d->user = session;
	if ((err = pci_device_server_init(&d->rpc, service.ep, &session->base.account,
	                                  &device_ops)) ||
	    (err = os_cap_dup(pci_device_server_cap(&d->rpc).cap, &copy))) {
		give_back(d);
		return err;
	}
	out->cap = copy;
	return OS_OK;
}

static enum os_err release(struct platform_server *rpc, struct pci_device_cap cap)
{
	enum os_err err = OS_ERR_NOT_FOUND;

	for (uint32_t i = 0; i < device_count; i++) {
		if (devices[i]->user != self(rpc) ||
		    !os_cap_same(pci_device_server_cap(&devices[i]->rpc).cap, cap.cap))
			continue;
		give_back(devices[i]);
		err = OS_OK;
		break;
	}
	os_cap_drop(cap.cap);
	return err;
}

static const struct platform_ops platform_ops = {
	.find = find,
	.acquire = acquire,
	.release = release,
};

/* ------------------------------------------------------------------ sessions */

static enum os_err session_create(struct os_server_session *base,
                                  const struct os_session_request *request, struct os_cap *cap)
{
	struct session *const session = container_of(base, struct session, base);
	struct os_xml policy;
	enum os_err err;

	if ((err = os_str_copy(session->label, sizeof(session->label), request->label)) ||
	    (err = os_policy_find(config.root, session->label, &policy)) ||
	    (err = platform_server_init(&session->rpc, service.ep, &base->account, &platform_ops)))
		return err;
	*cap = platform_server_cap(&session->rpc).cap;
	return OS_OK;
}

static void session_destroy(struct os_server_session *base)
{
	struct session *const session = container_of(base, struct session, base);

	for (uint32_t i = 0; i < device_count; i++)
		if (devices[i]->user == session)
			give_back(devices[i]);
	platform_server_fini(&session->rpc);
}

static const struct os_service_ops service_ops = {
	.session_size = sizeof(struct session),
	.create = session_create,
	.destroy = session_destroy,
};

/* ------------------------------------------------------------------ start */

static enum os_err device_add(const struct device *found)
{
	struct device *device;
	enum os_err err;

	if (device_count == DEVICES_MAX)
		return OS_ERR_LIMIT;
	if ((err = os_alloc(env->heap, sizeof(*device), (void **)&device)))
		return err;
	*device = *found;
	devices[device_count++] = device;
	if (os_xml_bool(config.root, "verbose", false))
		os_log(env, "%02x:%02x.%x: vendor 0x%04x, device 0x%04x, class 0x%06x",
		       found->identity.bus, found->identity.device, found->identity.function,
		       found->identity.id & 0xffff, found->identity.id >> 16,
		       found->identity.class_code);
	return OS_OK;
}

static enum os_err devices_find(void)
{
	uint32_t class_code;
	enum os_err err;

	for (uint32_t index = 0;; index++) {
		struct device found = { .index = index };
		struct identity *const is = &found.identity;

		err = pci_function(core, index, &is->bus, &is->device, &is->function, &is->id,
		                   &class_code, &found.subsystem);
		if (err == OS_ERR_BUSY)
			continue; /* a bridge */
		if (err)
			return err == OS_ERR_NOT_FOUND ? OS_OK : err;
		is->class_code = class_code >> 8;
		found.revision = class_code & 0xff;
		if ((err = device_add(&found)))
			return err;
	}
}

static void config_changed(struct os_config *changed)
{
	(void)changed; /* it is looked at whenever a device is asked for */
}

enum os_err os_construct(struct os_env *own)
{
	enum os_err err;

	env = own;
	if ((err = os_config_open(&config, env)) ||
	    (err = os_config_sigh(&config, env->ep, config_changed)) ||
	    (err = pci_open(&core_session, env, NULL, &core)) || (err = devices_find()))
		return err;
	return os_service_init(&service, env, env->ep, PLATFORM_SERVICE, &service_ops, NULL);
}
