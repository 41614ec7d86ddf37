/* SPDX-License-Identifier: BSD-2-Clause */
/* Memory of devices: the HPET may be had, once; RAM, interrupt controllers and the like may not. */

#include <api/io_mem.h>
#include <osier/memory.h>

#include "test.h"

enum {
	HPET_SIZE = 0x400,
	HPET_PERIOD = 1, /* word */
	HPET_PERIOD_MAX = 0x05f5e100,
	/* of the USB controller that QEMU calls qemu-xhci */
	XHCI_VERSION = 0x100,
	XHCI_TABLE = 0x3000,
	XHCI_TABLE_SIZE = 256,
};

#define HPET       UINT64_C(0xfed00000)
#define IO_APIC    UINT64_C(0xfec00000)
#define LOCAL_APIC UINT64_C(0xfee00000)
#define PCI_CONFIG UINT64_C(0xb0000000) /* of the machine that QEMU calls q35 */

static enum os_err ask(struct os_env *env, uint64_t base, uint64_t size)
{
	struct os_session session;
	struct io_mem_cap io_mem;
	const enum os_err err =
	        io_mem_open(&session, env, NULL, base, size, IO_MEM_CACHING_UNCACHED, &io_mem);

	if (!err)
		os_session_close(&session);
	return err;
}

static void refusals(struct os_env *env)
{
	CHECK(ask(env, OS_PAGE_SIZE, OS_PAGE_SIZE) == OS_ERR_DENIED); /* behind the BIOS data */
	CHECK(ask(env, UINT64_C(1) << 20, 1) == OS_ERR_DENIED);       /* where the kernel is */
	CHECK(ask(env, UINT64_C(16) << 20, 1 << 20) == OS_ERR_DENIED);
	os_log(env, "RAM is no device");
	CHECK(ask(env, LOCAL_APIC, OS_PAGE_SIZE) == OS_ERR_DENIED);
	CHECK(ask(env, LOCAL_APIC + 0x300, 4) == OS_ERR_DENIED);
	CHECK(ask(env, IO_APIC, OS_PAGE_SIZE) == OS_ERR_DENIED);
	CHECK(ask(env, IO_APIC - OS_PAGE_SIZE, 2 * OS_PAGE_SIZE) == OS_ERR_DENIED);
	CHECK(ask(env, PCI_CONFIG, OS_PAGE_SIZE) == OS_ERR_DENIED);
	/* as a part of something large */
	CHECK(ask(env, HPET, UINT64_C(1) << 30) == OS_ERR_DENIED);
	CHECK(ask(env, 0, UINT64_C(1) << 40) == OS_ERR_DENIED);
	os_log(env, "interrupt controllers and PCI configuration are no device memory");
	CHECK(ask(env, HPET, 0) == OS_ERR_INVALID);
	CHECK(ask(env, UINT64_MAX, 1) == OS_ERR_RANGE);
	CHECK(ask(env, UINT64_C(1) << 52, 1) == OS_ERR_RANGE);
	CHECK(ask(env, 1, UINT64_MAX) == OS_ERR_RANGE);
	os_log(env, "addresses that no machine has are refused");
}

static void use(struct os_env *env, struct io_mem_cap io_mem)
{
	struct io_mem_dataspace_cap ds;
	const volatile uint32_t *registers;
	struct os_view view;

	CHECK(!io_mem_dataspace(io_mem, &ds));
	CHECK(!os_view_init(&view, io_mem_dataspace_as_dataspace(ds), 0, 0, OS_ATTACH_WRITE));
	CHECK(view.size == OS_PAGE_SIZE);
	registers = view.start;
	CHECK(registers[HPET_PERIOD] && registers[HPET_PERIOD] <= HPET_PERIOD_MAX);
	os_view_fini(&view);
	os_cap_drop(ds.cap);
}

/* Registers of a controller may be had, but not the table of its interrupts behind them. */
static void interrupt_table(struct os_env *env, uint64_t xhci)
{
	struct os_session session;
	struct io_mem_cap io_mem;
	struct io_mem_dataspace_cap ds;
	struct os_view view;

	CHECK(!io_mem_open(&session, env, NULL, xhci, OS_PAGE_SIZE, IO_MEM_CACHING_UNCACHED,
	                   &io_mem));
	CHECK(!io_mem_dataspace(io_mem, &ds));
	CHECK(!os_view_init(&view, io_mem_dataspace_as_dataspace(ds), 0, 0, 0));
	CHECK(*(const volatile uint32_t *)view.start >> 16 == XHCI_VERSION);
	os_view_fini(&view);
	os_cap_drop(ds.cap);
	CHECK(ask(env, xhci + XHCI_TABLE, XHCI_TABLE_SIZE) == OS_ERR_DENIED);
	CHECK(ask(env, xhci + XHCI_TABLE + XHCI_TABLE_SIZE - 4, 4) == OS_ERR_DENIED);
	CHECK(ask(env, xhci, XHCI_TABLE + 16) == OS_ERR_DENIED);
	os_session_close(&session);
	os_log(env, "a table of message-signalled interrupts is no device memory");
}

void test_io_mem(struct os_env *env, uint64_t xhci)
{
	struct os_session session;
	struct io_mem_cap io_mem;

	refusals(env);
	CHECK(!io_mem_open(&session, env, NULL, HPET, HPET_SIZE, IO_MEM_CACHING_UNCACHED, &io_mem));
	use(env, io_mem);
	/* whole pages are what can be shared out */
	CHECK(ask(env, HPET, HPET_SIZE) == OS_ERR_DENIED);
	CHECK(ask(env, HPET + HPET_SIZE, HPET_SIZE) == OS_ERR_DENIED);
	CHECK(ask(env, HPET - OS_PAGE_SIZE, 2 * OS_PAGE_SIZE) == OS_ERR_DENIED);
	os_session_close(&session);
	CHECK(!ask(env, HPET, HPET_SIZE));
	os_log(env, "a device has one driver at a time");
	interrupt_table(env, xhci);
}
