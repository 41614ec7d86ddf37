/* SPDX-License-Identifier: BSD-2-Clause */
/* What the device does by itself: it interrupts, and reads and writes memory. */

#include <api/irq.h>
#include <osier/string.h>

#include "test.h"

enum {
	EDU_STATUS = 0x24, /* of interrupts */
	EDU_RAISE = 0x60,
	EDU_LOWER = 0x64,
	EDU_DMA_FROM = 0x80,
	EDU_DMA_TO = 0x88,
	EDU_DMA_SIZE = 0x90,
	EDU_DMA_COMMAND = 0x98,
	EDU_DMA_START = 1,
	EDU_DMA_WRITES = 2, /* to memory */
	EDU_BUFFER = 0x40000,
	SIZE = 4096,
	TRANSFER = 2048, /* the last byte of its buffer is out of its reach */
	PATTERN = 0x5a,
	COMMAND = 0x04,
	COMMAND_MASTER = 4,
	COMMAND_NO_LINE = 1 << 10,
	ROUNDS = 50,
};

static uint64_t signals;

static void note(struct os_signal_handler *handler, uint64_t count)
{
	(void)handler;
	signals += count;
}

/* Each interrupt that the device raises arrives, and no other. */
static void interrupts_arrive(struct os_env *env, struct edu *edu)
{
	struct os_signal_handler handler;
	struct irq_cap irq, again;
	uint64_t address;
	uint32_t data;
	bool line;

	CHECK(!os_signal_handler_init(&handler, env->ep, note));
	CHECK(pci_device_interrupt(edu->pci.device, 1, &irq, &line) == OS_ERR_NOT_FOUND);
	CHECK(!os_pci_interrupt(&edu->pci, 0, &handler, &irq));
	CHECK(pci_device_interrupt(edu->pci.device, 0, &again, &line) == OS_ERR_EXISTS);
	/* core has told the device */
	CHECK(irq_info(irq, &address, &data) == OS_ERR_NOT_FOUND);
	signals = 0;
	for (uint64_t i = 1; i <= ROUNDS; i++) {
		CHECK(os_ep_dispatch(env->ep, false) == OS_ERR_EMPTY);
		edu_set(edu, EDU_RAISE, 1);
		CHECK(!os_ep_dispatch(env->ep, true));
		CHECK(signals == i);
		CHECK(edu_get(edu, EDU_STATUS) == 1);
		edu_set(edu, EDU_LOWER, 1);
		CHECK(!irq_acknowledge(irq));
	}
	os_signal_handler_fini(&handler);
}

void test_message(struct os_env *env)
{
	uint32_t messages;
	struct edu edu;
	bool line;

	edu_open(&edu, env, "bus");
	CHECK(!pci_device_interrupts(edu.pci.device, &messages, &line));
	CHECK(messages == 1);
	CHECK(!pci_device_bus_master(edu.pci.device, true));
	interrupts_arrive(env, &edu);
	edu_close(&edu);
	os_log(env, "its message interrupts");
}

void test_line(struct os_env *env)
{
	struct ram_dataspace_cap ds;
	uint32_t messages;
	uint64_t address;
	struct edu edu;
	bool line;

	edu_open(&edu, env, "line");
	CHECK(!pci_device_interrupts(edu.pci.device, &messages, &line));
	CHECK(messages == 0 && line);
	CHECK(pci_device_bus_master(edu.pci.device, true) == OS_ERR_DENIED);
	CHECK(pci_device_buffer(edu.pci.device, SIZE, true, &ds, &address) == OS_ERR_DENIED);
	interrupts_arrive(env, &edu);
	edu_close(&edu);
	os_log(env, "its line interrupts, and it needs no bus for that");
}

/* Have the device copy from memory to its own buffer, or the other way round. */
static void transfer(const struct edu *edu, uint64_t memory, bool write)
{
	const uint32_t address = (uint32_t)memory;

	edu_set(edu, EDU_DMA_FROM, write ? EDU_BUFFER : address);
	edu_set(edu, EDU_DMA_TO, write ? address : EDU_BUFFER);
	edu_set(edu, EDU_DMA_SIZE, TRANSFER);
	edu_set(edu, EDU_DMA_COMMAND, EDU_DMA_START | (write ? EDU_DMA_WRITES : 0));
	while (edu_get(edu, EDU_DMA_COMMAND) & EDU_DMA_START)
		;
}

static bool filled(const struct os_pci_buffer *buffer, uint8_t byte)
{
	const volatile uint8_t *at = buffer->view.start;

	for (size_t i = 0; i < TRANSFER; i++)
		if (at[i] != byte)
			return false;
	return true;
}

static void reach(struct os_env *env, struct edu *edu, struct os_pci_buffer *buffer)
{
	CHECK(filled(buffer, 0));
	memset(buffer->view.start, PATTERN, SIZE);
	CHECK(!pci_device_bus_master(edu->pci.device, true));
	transfer(edu, buffer->address, false);
	memset(buffer->view.start, 0, SIZE);
	CHECK(!pci_device_bus_master(edu->pci.device, false));
	transfer(edu, buffer->address, true);
	CHECK(filled(buffer, 0));
	CHECK(!pci_device_bus_master(edu->pci.device, true));
	transfer(edu, buffer->address, true);
	CHECK(filled(buffer, PATTERN));
}

static void refusals(struct os_env *env, struct edu *edu, struct os_pci_buffer *buffer)
{
	struct ram_dataspace_cap own, ds;
	uint64_t address;
	uint32_t command;

	CHECK(pci_device_buffer(edu->pci.device, 0, true, &ds, &address) == OS_ERR_OUT_OF_RAM);
	CHECK(pci_device_buffer(edu->pci.device, UINT64_MAX, true, &ds, &address) ==
	      OS_ERR_OUT_OF_RAM);
	CHECK(pci_device_buffer(edu->pci.device, UINT64_C(1) << 40, true, &ds, &address) ==
	      OS_ERR_OUT_OF_RAM);
	CHECK(!os_ram_alloc(env, SIZE, NULL, &own));
	CHECK(pci_device_free_buffer(edu->pci.device, own) == OS_ERR_NOT_FOUND);
	os_ram_free(env, &own);
	/* to free one by itself leaves the device the bus */
	os_pci_buffer_fini(buffer, &edu->pci);
	CHECK(!pci_device_config_read(edu->pci.device, COMMAND, 2, &command));
	CHECK(command & COMMAND_MASTER);
}

void test_bus(struct os_env *env)
{
	struct os_pci_buffer buffer;
	struct edu edu;

	edu_open(&edu, env, "bus");
	CHECK(!os_pci_buffer_init(&buffer, &edu.pci, SIZE, true));
	CHECK(buffer.address && buffer.address % OS_PAGE_SIZE == 0);
	CHECK(buffer.address < UINT64_C(1) << 32);
	reach(env, &edu, &buffer);
	refusals(env, &edu, &buffer);
	edu_close(&edu);
	os_log(env, "it reaches memory while it has the bus");
}

static void quota(struct os_env *env, uint64_t *ram, uint64_t *caps)
{
	uint64_t ram_limit, caps_limit;
	struct account_cap account;

	CHECK(!pd_account(env->pd, &account));
	CHECK(!account_info(account, &ram_limit, ram, &caps_limit, caps));
	os_cap_drop(account.cap);
}

void test_end(struct os_env *env)
{
	struct os_pci_buffer buffer;
	struct irq_cap irq;
	uint64_t ram[2], caps[2];
	struct os_signal_handler handler;
	uint32_t command;
	struct edu edu;

	CHECK(!os_signal_handler_init(&handler, env->ep, note));
	for (int i = 0; i <= ROUNDS; i++) {
		edu_open(&edu, env, "bus");
		/* whoever had it before had the bus */
		CHECK(!pci_device_config_read(edu.pci.device, COMMAND, 2, &command));
		CHECK(!(command & COMMAND_MASTER) && command & COMMAND_NO_LINE);
		if (i == 1)
			quota(env, &ram[0], &caps[0]);
		if (i == ROUNDS)
			quota(env, &ram[1], &caps[1]);
		CHECK(!os_pci_buffer_init(&buffer, &edu.pci, (size_t)(i % 5 + 1) * SIZE, i % 2));
		CHECK(filled(&buffer, 0));
		CHECK(!os_pci_interrupt(&edu.pci, 0, &handler, &irq));
		CHECK(!pci_device_bus_master(edu.pci.device, true));
		memset(buffer.view.start, PATTERN, SIZE);
		os_view_fini(&buffer.view);
		os_cap_drop(buffer.ds.cap);
		os_cap_drop(irq.cap);
		edu_close(&edu);
	}
	CHECK(ram[0] == ram[1] && caps[0] == caps[1]);
	os_signal_handler_fini(&handler);
	os_log(env, "when the session ends, the device loses the bus, and all is given back");
}
