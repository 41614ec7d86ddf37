/* SPDX-License-Identifier: BSD-2-Clause */
/* Which devices there are for whom, and what of their memory and configuration space. */

#include <api/pci.h>

#include "test.h"

enum {
	COMMAND = 0x04,
	CACHE_LINE = 0x0c,
	BASE = 0x10,
	CAPABILITIES = 0x34,
	EDU_MEMORY = 1 << 20,
	EDU_IDENTITY = 0,
	EDU_LIVENESS = 4,
	XHCI_TABLE = 0x3000, /* as in device_test */
	XHCI_CLASS = 0x0c0330,
};

const struct os_pci_filter edu_filter = { .id = 0x11e81234, .id_mask = UINT32_MAX };

void edu_open(struct edu *edu, struct os_env *env, const char *label)
{
	CHECK(!os_pci_open(&edu->pci, env, label, &edu_filter));
	CHECK(!os_pci_memory(&edu->pci, 0, 0, 0, false, &edu->memory));
}

void edu_close(struct edu *edu)
{
	os_view_fini(&edu->memory.view);
	os_pci_close(&edu->pci);
}

uint32_t edu_get(const struct edu *edu, uint32_t at)
{
	return ((volatile uint32_t *)edu->memory.at)[at / 4];
}

void edu_set(const struct edu *edu, uint32_t at, uint32_t value)
{
	((volatile uint32_t *)edu->memory.at)[at / 4] = value;
}

static uint32_t count(struct os_env *env, const char *label)
{
	uint32_t number = 0, found = 0, id, class_code;
	struct platform_cap platform;
	struct os_session session;

	CHECK(!platform_open(&session, env, label, &platform));
	for (; !platform_find(platform, number, 0, 0, 0, 0, &number, &id, &class_code); number++)
		found++;
	CHECK(platform_find(platform, UINT32_MAX, 0, 0, 0, 0, &number, &id, &class_code) ==
	      OS_ERR_NOT_FOUND);
	os_session_close(&session);
	return found;
}

void test_find(struct os_env *env)
{
	const struct os_pci_filter all = { 0 },
	                           xhci = { .class_code = XHCI_CLASS, .class_mask = 0xffffff };
	struct pci_device_cap device;
	struct os_pci first, second;
	struct os_session core;
	struct pci_cap pci;

	CHECK(count(env, "bus") == 1);
	CHECK(count(env, "xhci") == 1);
	CHECK(count(env, "other") == 0);
	CHECK(os_pci_open(&first, env, "nobody", &all) == OS_ERR_DENIED);
	CHECK(os_pci_open(&first, env, "bus", &xhci) == OS_ERR_NOT_FOUND);
	os_log(env, "a session shows the devices of its policy");
	CHECK(!os_pci_open(&first, env, "bus", &edu_filter));
	CHECK(pci_open(&core, env, NULL, &pci) == OS_ERR_DENIED);
	CHECK(first.id == edu_filter.id);
	for (uint32_t i = 0; i < 100; i++)
		CHECK(platform_acquire(first.platform, i, &device));
	/* the policy of "line" names it, too */
	CHECK(os_pci_open(&second, env, "line", &all) == OS_ERR_EXISTS);
	CHECK(!platform_release(first.platform, first.device));
	CHECK(platform_release(first.platform, first.device));
	CHECK(!os_pci_open(&second, env, "line", &all));
	CHECK(platform_release(first.platform, second.device) == OS_ERR_NOT_FOUND);
	os_pci_close(&second);
	os_pci_close(&first);
	os_log(env, "a device is one client's at a time");
}

static void writes(struct os_env *env, struct pci_device_cap device)
{
	for (uint32_t at = 0; at < CACHE_LINE; at += 2)
		CHECK(pci_device_config_write(device, at, 2, 0) ==
		      (at == 6 ? OS_OK : OS_ERR_DENIED));
	for (uint32_t at = BASE; at < CAPABILITIES + 8; at += 4)
		CHECK(pci_device_config_write(device, at, 4, 0x1000) == OS_ERR_DENIED);
	/* the only capability is that of messages */
	CHECK(pci_device_config_write(device, 0x40, 4, 0) == OS_ERR_DENIED);
	CHECK(pci_device_config_write(device, 0x44, 4, 0xfee00000) == OS_ERR_DENIED);
	CHECK(!pci_device_config_write(device, CACHE_LINE, 1, 16));
}

void test_space(struct os_env *env)
{
	uint32_t bus, number, function, id, class_code, subsystem, value;
	struct os_pci pci;

	CHECK(!os_pci_open(&pci, env, "bus", &edu_filter));
	CHECK(!pci_device_info(pci.device, &bus, &number, &function, &id, &class_code, &subsystem));
	CHECK(!pci_device_config_read(pci.device, 0, 4, &value));
	CHECK(id == value && value == edu_filter.id);
	CHECK(!pci_device_config_read(pci.device, 8, 4, &value));
	CHECK(class_code == value);
	CHECK(!pci_device_config_read(pci.device, 3, 1, &value));
	CHECK(value == 0x11);
	for (uint32_t i = 0; i < 2; i++) {
		static const uint32_t wrong[][2] = {
			{ 0, 0 },   { 0, 3 },   { 1, 2 },          { 2, 4 },         { 256, 1 },
			{ 255, 2 }, { 0, 256 }, { UINT32_MAX, 1 }, { 0, UINT32_MAX }
		};
		for (size_t j = 0; j < OS_ARRAY_SIZE(wrong); j++)
			CHECK((i ? pci_device_config_read(pci.device, wrong[j][0], wrong[j][1],
			                                  &value)
			         : pci_device_config_write(pci.device, wrong[j][0], wrong[j][1],
			                                   0)) == OS_ERR_RANGE);
	}
	writes(env, pci.device);
	os_pci_close(&pci);
	os_log(env, "configuration space is read, and not written where that would harm");
}

static void table(struct os_env *env)
{
	const struct os_pci_filter any = { 0 };
	struct os_pci_memory memory;
	struct os_pci pci;

	CHECK(!os_pci_open(&pci, env, "xhci", &any));
	CHECK(os_pci_memory(&pci, 0, XHCI_TABLE, 0, false, &memory) == OS_ERR_DENIED);
	CHECK(os_pci_memory(&pci, 0, 0, XHCI_TABLE + 4, false, &memory) == OS_ERR_DENIED);
	CHECK(!os_pci_memory(&pci, 0, 0, 0, false, &memory));
	CHECK(memory.size == XHCI_TABLE);
	/* the length of its capability registers, a byte, and its version */
	CHECK(*(volatile uint32_t *)memory.at >> 16 == 0x100);
	os_view_fini(&memory.view);
	os_pci_close(&pci);
}

void test_memory(struct os_env *env)
{
	static const uint64_t wrong[][2] = { { EDU_MEMORY, 0 },
		                             { EDU_MEMORY, 4 },
		                             { 0, EDU_MEMORY + 1 },
		                             { 4, UINT64_MAX },
		                             { UINT64_MAX, 4 } };
	struct os_pci_memory again;
	struct io_port_cap ports;
	uint32_t first, length;
	struct edu edu;

	edu_open(&edu, env, "bus");
	CHECK(edu.memory.size == EDU_MEMORY);
	CHECK((edu_get(&edu, EDU_IDENTITY) & 0xffff) == 0x00ed);
	edu_set(&edu, EDU_LIVENESS, 0x12345678);
	CHECK(edu_get(&edu, EDU_LIVENESS) == ~0x12345678u);
	for (size_t i = 0; i < OS_ARRAY_SIZE(wrong); i++)
		CHECK(os_pci_memory(&edu.pci, 0, wrong[i][0], wrong[i][1], false, &again) ==
		      OS_ERR_RANGE);
	CHECK(os_pci_memory(&edu.pci, 1, 0, 0, false, &again) == OS_ERR_NOT_FOUND);
	CHECK(os_pci_memory(&edu.pci, 6, 0, 0, false, &again) == OS_ERR_NOT_FOUND);
	CHECK(os_pci_memory(&edu.pci, 0, 0, 0, false, &again) == OS_ERR_DENIED);
	CHECK(pci_device_ports(edu.pci.device, 0, &ports, &first, &length) == OS_ERR_NOT_FOUND);
	edu_close(&edu);
	table(env);
	os_log(env, "memory is the device's own, and no table of messages");
}
