/* SPDX-License-Identifier: BSD-2-Clause */
/* The end of the machine: switching it off and resetting it, as its ACPI tables tell. */

#include "pc.h"
#include "ports.h"
#include <api/power.h>
#include <osier/string.h>

/* Advanced Configuration and Power Interface Specification 6.4, chapters 4.8, 5.2 and 7.4. */
enum {
	TABLE_MAX = 1 << 20, /* bytes */
	TABLES_MAX = 64,
	HEADER_SIZE = 36,
	FADT_SIZE_MIN = 116,
	FADT_SIZE_RESET = 129,
	FLAG_RESET = 1 << 10,
	SPACE_PORTS = 1,
	CONTROL_ENABLED = 1,     /* SCI_EN in PM1 control */
	CONTROL_SLEEP = 1 << 13, /* SLP_EN */
	CONTROL_TYPE_SHIFT = 10, /* SLP_TYP */
	ENABLE_TRIES = 1000000,
	PATIENCE_US = 3000000,
	MCFG_ENTRIES = 44, /* where they begin; 16 bytes each */
};

/* What resets nearly every PC: the chip set's reset register, the keyboard controller. */
enum { RESET_CONTROL = 0xcf9, RESET_FULL = 6, KEYBOARD = 0x64, KEYBOARD_RESET = 0xfe };

static struct {
	uint16_t control_a, control_b; /* ports of PM1 control; 0: none */
	uint16_t command;              /* port SMI_CMD; 0: ACPI is always on */
	uint8_t enable;                /* for that */
	uint8_t off_a, off_b;          /* SLP_TYP of state S5 */
	bool off_known;
	uint16_t reset_port; /* 0: none */
	uint8_t reset_value;
} machine;

/* ------------------------------------------------------------------ tables */

static uint32_t read_32(const uint8_t *at)
{
	uint32_t value;

	memcpy(&value, at, sizeof(value));
	return value;
}

static uint64_t read_64(const uint8_t *at)
{
	uint64_t value;

	memcpy(&value, at, sizeof(value));
	return value;
}

static const uint8_t *map(uint64_t address, uint64_t size)
{
	void *at;

	return device_map(address, size, OS_MAP_READ, &at) == OS_OK ? at : NULL;
}

/* The table at a physical address, checked and mapped; NULL: there is none. */
static const uint8_t *table_at(uint64_t address, uint32_t *length)
{
	const uint8_t *table = address ? map(address, HEADER_SIZE) : NULL;
	uint8_t sum = 0;

	if (!table)
		return NULL;
	*length = read_32(table + 4);
	if (*length < HEADER_SIZE || *length > TABLE_MAX || !(table = map(address, *length)))
		return NULL;
	for (uint32_t i = 0; i < *length; i++)
		sum = (uint8_t)(sum + table[i]);
	return sum == 0 ? table : NULL;
}

const uint8_t *acpi_table(const char *signature, uint32_t *length)
{
	const uint8_t *root = boot_info->acpi_rsdp ? map(boot_info->acpi_rsdp, HEADER_SIZE) : NULL;
	uint32_t root_length, width;
	const uint8_t *table;

	if (!root || memcmp(root, "RSD PTR ", 8) != 0)
		return NULL;
	width = root[15] >= 2 && read_64(root + 24) ? 8 : 4;
	root = table_at(width == 8 ? read_64(root + 24) : read_32(root + 16), &root_length);
	if (!root)
		return NULL;
	for (uint32_t i = 0; i < TABLES_MAX; i++) {
		const uint32_t at = HEADER_SIZE + i * width;

		if (at + width > root_length)
			break;
		table = table_at(width == 8 ? read_64(root + at) : read_32(root + at), length);
		if (table && memcmp(table, signature, 4) == 0)
			return table;
	}
	return NULL;
}

/* A small number in ACPI's machine language: ZeroOp, OneOp, or a byte with its prefix. */
static const uint8_t *small_number(const uint8_t *at, uint8_t *value)
{
	enum { BYTE_PREFIX = 0x0a };

	if (*at == BYTE_PREFIX)
		at++;
	*value = *at;
	return at + 1;
}

/* Name (_S5_, Package { SLP_TYPa, SLP_TYPb, … }), found without interpreting the rest. */
static void sleep_types(const uint8_t *dsdt, uint32_t length)
{
	enum { NAME_OP = 0x08, PACKAGE_OP = 0x12 };

	for (uint32_t i = HEADER_SIZE + 2; i + 16 < length; i++) {
		const uint8_t *at = dsdt + i + 4;

		if (memcmp(dsdt + i, "_S5_", 4) != 0 || *at != PACKAGE_OP)
			continue;
		if (dsdt[i - 1] != NAME_OP && (dsdt[i - 1] != '\\' || dsdt[i - 2] != NAME_OP))
			continue;
		/* the package's length takes 1 to 4 bytes, then comes the number of elements */
		at += 1 + 1 + (at[1] >> 6) + 1;
		at = small_number(at, &machine.off_a);
		small_number(at, &machine.off_b);
		machine.off_known = true;
		return;
	}
}

static void own(uint16_t port, uint16_t count)
{
	if (port)
		ports_own(port, count);
}

/* Memory-mapped PCI configuration: as powerful as its ports. */
static void configuration_deny(void)
{
	uint32_t length;
	const uint8_t *table = acpi_table("MCFG", &length);

	for (uint32_t at = MCFG_ENTRIES; table && at + 16 <= length; at += 16) {
		const uint64_t first = table[at + 10], last = table[at + 11];

		memory_deny(read_64(table + at) + (first << 20), (last - first + 1) << 20,
		            "PCI configuration");
	}
}

void power_init(void)
{
	uint32_t length, dsdt_length;
	const uint8_t *fadt = acpi_table("FACP", &length), *dsdt;

	configuration_deny();
	ports_own(KEYBOARD, 1);
	ports_own(RESET_CONTROL, 1);
	if (!fadt || length < FADT_SIZE_MIN)
		return;
	machine.command = (uint16_t)read_32(fadt + 48);
	machine.enable = fadt[52];
	machine.control_a = (uint16_t)read_32(fadt + 64);
	machine.control_b = (uint16_t)read_32(fadt + 68);
	if (length >= FADT_SIZE_RESET && read_32(fadt + 112) & FLAG_RESET &&
	    fadt[116] == SPACE_PORTS) {
		machine.reset_port = (uint16_t)read_64(fadt + 120);
		machine.reset_value = fadt[128];
	}
	if ((dsdt = table_at(read_32(fadt + 40), &dsdt_length)))
		sleep_types(dsdt, dsdt_length);
	own(machine.command, 1);
	own(machine.control_a, 2);
	own(machine.control_b, 2);
	own(machine.reset_port, 1);
}

bool power_port(uint32_t first, uint32_t count)
{
	const struct {
		uint32_t port, count;
	} own[] = {
		{ machine.command, 1 },
		{ machine.control_a, 2 },
		{ machine.control_b, 2 },
		{ machine.reset_port, 1 },
	};

	for (size_t i = 0; i < OS_ARRAY_SIZE(own); i++)
		if (own[i].port && first < own[i].port + own[i].count &&
		    own[i].port < first + count)
			return true;
	return false;
}

/* ------------------------------------------------------------------ the end */

/* It takes a while until the machine does as it was told. */
static OS_NORETURN void stop(const char *what)
{
	const uint64_t end = platform_clock_us() + PATIENCE_US;

	while (platform_clock_us() < end)
		continue;
	core_log("this machine cannot be %s by software", what);
	for (;;)
		(void)!os_kernel_block();
}

OS_NORETURN void machine_off(void)
{
	if (!machine.control_a || !machine.off_known)
		stop("switched off");
	/* the firmware hands over power management when it is told to */
	if (machine.command && machine.enable &&
	    !(port_in_16(machine.control_a) & CONTROL_ENABLED)) {
		port_out_8(machine.command, machine.enable);
		for (uint32_t i = 0; i < ENABLE_TRIES; i++)
			if (port_in_16(machine.control_a) & CONTROL_ENABLED)
				break;
	}
	port_out_16(machine.control_a,
	            (uint16_t)(machine.off_a << CONTROL_TYPE_SHIFT | CONTROL_SLEEP));
	if (machine.control_b)
		port_out_16(machine.control_b,
		            (uint16_t)(machine.off_b << CONTROL_TYPE_SHIFT | CONTROL_SLEEP));
	stop("switched off");
}

OS_NORETURN void machine_reset(void)
{
	if (machine.reset_port)
		port_out_8(machine.reset_port, machine.reset_value);
	port_out_8(RESET_CONTROL, RESET_FULL);
	port_out_8(KEYBOARD, KEYBOARD_RESET);
	stop("reset");
}

/* ------------------------------------------------------------------ api/power.rpc */

struct power_session {
	struct object object;
	struct power_server rpc;
};

static enum os_err switch_off(struct power_server *rpc)
{
	(void)rpc;
	core_log("POWER: \"%s\" switches the machine off", current_pd()->label);
	finish(0);
}

static enum os_err reset(struct power_server *rpc)
{
	(void)rpc;
	core_log("POWER: \"%s\" starts the machine anew", current_pd()->label);
	machine_reset();
}

static const struct power_ops ops = {
	.power_off = switch_off,
	.reboot = reset,
};

enum os_err power_session_create(const struct session_request *request, struct object **out)
{
	struct power_session *session;
	enum os_err err;

	if ((err = object_create(sizeof(*session), OBJECT_DEVICE, POWER_TYPE, request->account, 0,
	                         NULL, out)))
		return err;
	session = container_of(*out, struct power_session, object);
	session->rpc.ops = &ops;
	object_serve(&session->object, &session->rpc.object, power_dispatch);
	return OS_OK;
}
