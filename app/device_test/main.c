/* SPDX-License-Identifier: BSD-2-Clause */
/* device_test: which devices a driver may have, and which not. */

#include <abi/x86_64/port.h>
#include <config/config.h>

#include "test.h"

/* The system control port: its lower bits are harmless, should we get that far. */
enum { PORT_NOT_GIVEN = 0x61 };

enum os_err os_construct(struct os_env *env)
{
	struct os_config config;
	uint64_t xhci;
	bool steal;

	CHECK(!os_config_open(&config, env));
	steal = os_xml_bool(config.root, "steal", false);
	xhci = os_xml_u64(config.root, "xhci", 0);
	os_config_close(&config);
	if (steal) {
		os_log(env, "uses a port that it was not given");
		(void)os_port_read8(PORT_NOT_GIVEN);
		os_log(env, "has stolen a port");
	}
	test_io_mem(env, xhci);
	test_io_port(env);
	test_irq(env);
	os_exit(env, 0);
}
