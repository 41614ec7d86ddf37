/* SPDX-License-Identifier: BSD-2-Clause */
/* Finding a device, and having its parts; what the session lacks of quota is donated on the way. */

#include <api/io_mem.h>
#include <api/irq.h>
#include <pci/pci.h>

enum { GROWTH = 1 << 16 }; /* buffers may be large */

/* The first that is not somebody else's. */
static enum os_err find(struct os_pci *pci, const struct os_pci_filter *filter)
{
	enum os_err err, result = OS_ERR_NOT_FOUND;
	uint32_t number = 0;

	for (;; number++) {
		if ((err = platform_find(pci->platform, number, filter->id, filter->id_mask,
		                         filter->class_code, filter->class_mask, &number, &pci->id,
		                         &pci->class_code)))
			return err == OS_ERR_NOT_FOUND ? result : err;
		result = OS_SESSION_CALL(&pci->session,
		                         platform_acquire(pci->platform, number, &pci->device));
		if (result != OS_ERR_EXISTS)
			return result;
	}
}

enum os_err os_pci_open(struct os_pci *pci, struct os_env *env, const char *label,
                        const struct os_pci_filter *filter)
{
	enum os_err err;

	*pci = (struct os_pci){ 0 };
	if ((err = platform_open(&pci->session, env, label, &pci->platform)))
		return err;
	pci->session.growth = GROWTH;
	if ((err = find(pci, filter)))
		os_pci_close(pci);
	return err;
}

void os_pci_close(struct os_pci *pci)
{
	os_cap_drop(pci->device.cap);
	os_session_close(&pci->session);
	*pci = (struct os_pci){ 0 };
}

enum os_err os_pci_memory(struct os_pci *pci, uint32_t number, uint64_t offset, uint64_t size,
                          bool combined, struct os_pci_memory *memory)
{
	struct io_mem_dataspace_cap ds;
	struct io_mem_cap io_mem = { 0 };
	uint64_t address = 0;
	enum os_err err;

	*memory = (struct os_pci_memory){ 0 };
	if ((err = OS_SESSION_CALL(&pci->session,
	                           pci_device_memory(pci->device, number, offset, size, combined,
	                                             &io_mem, &address))))
		return err;
	err = io_mem_dataspace(io_mem, &ds);
	os_cap_drop(io_mem.cap);
	if (err)
		return err;
	err = os_view_init(&memory->view, io_mem_dataspace_as_dataspace(ds), 0, 0, OS_ATTACH_WRITE);
	os_cap_drop(ds.cap);
	if (err)
		return err;
	address = (address + offset) % OS_PAGE_SIZE;
	memory->at = (char *)memory->view.start + address;
	memory->size = size ? size : memory->view.size - address;
	return OS_OK;
}

enum os_err os_pci_interrupt(struct os_pci *pci, uint32_t number, struct os_signal_handler *handler,
                             struct irq_cap *irq)
{
	bool line;
	enum os_err err;

	if ((err = OS_SESSION_CALL(&pci->session,
	                           pci_device_interrupt(pci->device, number, irq, &line))))
		return err;
	if ((err = irq_sigh(*irq, handler->cap)) || (err = irq_acknowledge(*irq)))
		os_cap_drop(irq->cap);
	return err;
}

enum os_err os_pci_buffer_init(struct os_pci_buffer *buffer, struct os_pci *pci, size_t size,
                               bool low)
{
	enum os_err err;

	*buffer = (struct os_pci_buffer){ 0 };
	if ((err = OS_SESSION_CALL(
	             &pci->session,
	             pci_device_buffer(pci->device, size, low, &buffer->ds, &buffer->address))))
		return err;
	if ((err = os_view_init(&buffer->view, ram_dataspace_as_dataspace(buffer->ds), 0, 0,
	                        OS_ATTACH_WRITE)))
		os_pci_buffer_fini(buffer, pci);
	return err;
}

void os_pci_buffer_fini(struct os_pci_buffer *buffer, struct os_pci *pci)
{
	os_view_fini(&buffer->view);
	/* it may be gone with the session */
	if (os_cap_valid(buffer->ds.cap))
		(void)!pci_device_free_buffer(pci->device, buffer->ds);
	os_cap_drop(buffer->ds.cap);
	*buffer = (struct os_pci_buffer){ 0 };
}
