/* SPDX-License-Identifier: BSD-2-Clause */
/* bench_client: measures one operation in batches, and tells a line per batch. */

#include <osier/env.h>
#include <osier/session.h>
#include <xml/xml.h>

#include "measure.h"

enum { BATCHES_MAX = 100 };

struct config {
	const struct measure *measure;
	uint64_t calls, batches, warmup;
};

static const struct measure *const measures[] = {
	&measure_rpc,           &measure_rpc_with_cap, &measure_rpc_with_cap_back,
	&measure_signal,        &measure_session,      &measure_dataspace,
	&measure_packet_stream, &measure_fault_core,   &measure_fault_user,
	&measure_attach,        &measure_attach_10000, &measure_reconfigure_500,
	&measure_attach,        &measure_attach_10000, &measure_managed_first,
	&measure_managed_1000,  &measure_rpc_traced,   &measure_blit_1080p,
	&measure_blend_1080p,
};

static enum os_err config_read(struct config *config, const char *text, size_t size)
{
	struct os_xml root;
	enum os_err err;

	if ((err = os_xml_parse(text, size, &root, NULL)))
		return err;
	config->calls = os_xml_u64(root, "calls", 1000);
	config->batches = os_xml_u64(root, "batches", 21);
	config->warmup = os_xml_u64(root, "warmup", 5);
	config->measure = os_xml_has(root, "measure") ? NULL : &measure_rpc;
	for (size_t i = 0; i < OS_ARRAY_SIZE(measures); i++)
		if (os_xml_equal(root, "measure", measures[i]->name))
			config->measure = measures[i];
	if (!config->measure || !config->calls || !config->batches || config->batches > BATCHES_MAX)
		return OS_ERR_INVALID;
	return OS_OK;
}

static enum os_err config_load(struct config *config, struct os_env *env)
{
	struct os_rom rom = { 0 };
	struct os_view view = { 0 };
	enum os_err err;

	if ((err = os_rom_open(&rom, env, "config")))
		goto out;
	if ((err = os_rom_view(&rom, &view)))
		goto out;
	err = config_read(config, view.start, view.size);
out:
	os_view_fini(&view);
	os_rom_close(&rom);
	return err;
}

enum os_err bench_session_open(struct os_session *session, struct os_env *env, uint64_t ram,
                               uint64_t caps)
{
	const struct os_session_args args = {
		.service = BENCH_SERVICE,
		.label = "",
		.ram = ram ? ram : BENCH_RAM,
		.caps = caps ? caps : BENCH_CAPS,
		.type = BENCH_TYPE,
	};

	return os_session_open(session, env, &args);
}

/* One batch, told or not: batch number `number` of its kind. */
static enum os_err measure_batch(struct os_env *env, const struct config *config,
                                 struct bench_cap peer, uint64_t number, uint64_t *taken)
{
	const struct measure *measure = config->measure;
	const bool on = number % 2;
	uint64_t start;
	enum os_err err;

	if (measure->baseline && (err = measure->alternate(env, peer, on)))
		return err;
	start = ticks();
	if ((err = measure->run(env, peer, config->calls)))
		return err;
	*taken = ticks() - start;
	if (measure->baseline)
		measure->check(on, config->calls);
	return OS_OK;
}

static enum os_err measure_batches(struct os_env *env, const struct config *config,
                                   struct bench_cap peer)
{
	static uint64_t taken[BATCHES_MAX];
	const struct measure *measure = config->measure;
	enum os_err err;

	if (measure->prepare && (err = measure->prepare(env, peer)))
		return err;
	os_log(env, "bench ready");
	for (uint64_t i = 0; i < config->warmup; i++)
		if ((err = measure_batch(env, config, peer, i, &taken[0])))
			return err;
	for (uint64_t i = 0; i < config->batches; i++)
		if ((err = measure_batch(env, config, peer, i, &taken[i])))
			return err;
	for (uint64_t i = 0; i < config->batches; i++)
		os_log(env, "bench %s %llu %llu",
		       measure->baseline && i % 2 == 0 ? measure->baseline : measure->name,
		       (unsigned long long)config->calls, (unsigned long long)taken[i]);
	os_log(env, "bench done");
	return OS_OK;
}

enum os_err os_construct(struct os_env *env)
{
	static struct config config;
	struct os_session session = { 0 };
	struct bench_cap peer;
	enum os_err err;

	if ((err = config_load(&config, env)))
		return err;
	if (config.measure->peer)
		err = bench_session_open(&session, env, config.measure->ram, config.measure->caps);
	if (err)
		return err;
	peer.cap = session.cap;
	return measure_batches(env, &config, peer);
}
