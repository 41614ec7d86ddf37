/* SPDX-License-Identifier: BSD-2-Clause */
/* Parses a config into its model and checks it; mistakes cost only the child they belong to. */

#include "diff.h"

#include <label/label.h>
#include <osier/format.h>
#include <osier/string.h>

enum {
	PRIORITIES = 128, /* of the platform: 0 (highest) to 127 */
	CONFIG_SIZE_MAX = 16 << 20,
	MS_US = 1000,
	SECOND_US = 1000 * 1000,
	COUNT_MAX = 1000000,  /* of restarts and heartbeats */
	RESTARTS_DEFAULT = 5, /* for a <restart> without max */
};
static const uint64_t TIME_MAX_US = 1000ull * 24 * 3600 * SECOND_US;

/* The names that PD sessions have absorbed. */
static const char *const absorbed[] = { "RAM", "CAP", "SIGNAL" };

void sandbox_say(struct sandbox_sink *sink, bool error, const char *format, ...)
{
	char text[SANDBOX_LINE_MAX];
	va_list args;

	va_start(args, format);
	os_vformat(text, sizeof(text), format, args);
	va_end(args);
	sink->message(sink, error, text);
}

const char *sandbox_service_name(const char *service)
{
	for (size_t i = 0; i < OS_ARRAY_SIZE(absorbed); i++)
		if (os_str_equal(service, absorbed[i]))
			return "PD";
	return service;
}

/* ------------------------------------------------------------------ order */

static int compare_text(const char *a, const char *b)
{
	while (*a && *a == *b) {
		a++;
		b++;
	}
	return (int)(unsigned char)*a - (int)(unsigned char)*b;
}

static int compare_starts(const struct os_avl_node *a, const struct os_avl_node *b)
{
	return compare_text(OS_AVL_ITEM(a, const struct sandbox_start, by_name)->name,
	                    OS_AVL_ITEM(b, const struct sandbox_start, by_name)->name);
}

static int compare_name(const void *key, const struct os_avl_node *node)
{
	return compare_text(key, OS_AVL_ITEM(node, const struct sandbox_start, by_name)->name);
}

/* Providers are sorted by service, then by the child's name. */
struct provider_key {
	const char *service, *name;
};

static struct provider_key provider_key(const struct os_avl_node *node)
{
	const struct sandbox_provider *provider =
	        OS_AVL_ITEM(node, const struct sandbox_provider, by_service);

	return (struct provider_key){ provider->service, provider->start->name };
}

static int compare_key(const void *key, const struct os_avl_node *node)
{
	const struct provider_key *a = key, b = provider_key(node);
	int order = compare_text(a->service, b.service);

	return order ? order : compare_text(a->name, b.name);
}

static int compare_providers(const struct os_avl_node *a, const struct os_avl_node *b)
{
	struct provider_key key = provider_key(a);

	return compare_key(&key, b);
}

struct sandbox_start *sandbox_config_find(const struct sandbox_config *config, const char *name)
{
	return OS_AVL_ITEM(os_avl_find(&config->by_name, name, compare_name), struct sandbox_start,
	                   by_name);
}

struct sandbox_provider *sandbox_config_provider(const struct sandbox_config *config,
                                                 const char *service)
{
	struct provider_key key = { sandbox_service_name(service), "" };
	struct sandbox_provider *provider =
	        OS_AVL_ITEM(os_avl_lower_bound(&config->providers, &key, compare_key),
	                    struct sandbox_provider, by_service);

	return provider && os_str_equal(provider->service, key.service) ? provider : NULL;
}

struct sandbox_provider *sandbox_provider_next(const struct sandbox_provider *provider)
{
	struct sandbox_provider *next = OS_AVL_ITEM(os_avl_next(&provider->by_service),
	                                            struct sandbox_provider, by_service);

	return next && os_str_equal(next->service, provider->service) ? next : NULL;
}

bool sandbox_start_provides(const struct sandbox_start *start, const char *service)
{
	struct provider_key key = { sandbox_service_name(service), start->name };

	return os_avl_find(&start->config->providers, &key, compare_key) != NULL;
}

/* ------------------------------------------------------------------ one child */

/* A mistake that keeps the child from being started. */
#define REFUSE(start, sink, xml, format, ...)                                                   \
	do {                                                                                    \
		(start)->usable = false;                                                        \
		sandbox_say((sink), true, "config:%u: child \"%s\": " format, os_xml_line(xml), \
		            (start)->name, __VA_ARGS__);                                        \
	} while (0)

static void read_name_of(struct sandbox_start *start, const char *element, const char *attribute,
                         char *out, struct sandbox_sink *sink)
{
	struct os_xml xml = os_xml_first(start->xml, element);
	enum os_err err;

	if (!os_xml_valid(xml))
		return;
	err = os_xml_string(xml, attribute, out, OS_SANDBOX_NAME_MAX);
	if (!err && out[0] && !os_label_check(out))
		return;
	REFUSE(start, sink, xml, "expected <%s %s=\"...\"/> with at most %d bytes, got %s", element,
	       attribute, OS_SANDBOX_NAME_MAX - 1,
	       err      ? os_err_text(err)
	       : out[0] ? "a name that cannot be shown"
	                : "an empty name");
}

static void read_size(struct sandbox_start *start, struct os_xml xml, const char *attribute,
                      bool size, uint64_t *value, struct sandbox_sink *sink)
{
	enum os_err err = size ? os_xml_get_size(xml, attribute, value)
	                       : os_xml_get_u64(xml, attribute, value);

	if (err)
		REFUSE(start, sink, xml, "%s=: expected %s, got %s", attribute,
		       size ? "a size like \"512K\" or \"5M\"" : "a number", os_err_text(err));
}

static void read_resource(struct sandbox_start *start, struct os_xml xml, struct sandbox_sink *sink)
{
	if (os_xml_equal(xml, "name", "RAM")) {
		read_size(start, xml, "quantum", true, &start->quota.ram, sink);
	} else if (os_xml_equal(xml, "name", "CAP")) {
		read_size(start, xml, "quantum", false, &start->quota.caps, sink);
		start->has_caps = true;
	} else {
		REFUSE(start, sink, xml, "<resource>: expected name=\"RAM\" or name=\"CAP\"%s", "");
	}
}

static void read_quota(struct sandbox_start *start, struct sandbox_sink *sink)
{
	const struct sandbox_config *config = start->config;
	struct os_xml xml = start->xml;

	start->quota = config->defaults;
	start->has_caps = config->has_default_caps;
	if (os_xml_has(xml, "ram"))
		read_size(start, xml, "ram", true, &start->quota.ram, sink);
	if (os_xml_has(xml, "caps")) {
		read_size(start, xml, "caps", false, &start->quota.caps, sink);
		start->has_caps = true;
	}
	OS_XML_FOR_EACH (resource, xml, "resource")
		read_resource(start, resource, sink);
	if (start->usable && !start->quota.ram)
		REFUSE(start, sink, xml, "no RAM assigned; add %s",
		       "<resource name=\"RAM\" quantum=\"1M\"/>");
}

static void read_resource_request(struct sandbox_start *start, struct sandbox_sink *sink)
{
	struct os_xml xml = os_xml_first(start->xml, "resource-request");

	if (os_xml_has(xml, "ram"))
		read_size(start, xml, "ram", true, &start->more.ram, sink);
	if (os_xml_has(xml, "caps"))
		read_size(start, xml, "caps", false, &start->more.caps, sink);
	start->wait = os_xml_bool(xml, "wait", false);
}

static void read_priority(struct sandbox_start *start, struct sandbox_sink *sink)
{
	int64_t levels = start->config->priority_levels;
	int64_t priority = 0;
	enum os_err err;

	if (!os_xml_has(start->xml, "priority"))
		return;
	err = os_xml_get_i64(start->xml, "priority", &priority);
	if (err || priority > 0 || priority <= -levels)
		REFUSE(start, sink, start->xml,
		       "priority=: expected %d to 0, as <config prio_levels=\"%d\"> says",
		       (int)(1 - levels), (int)levels);
	else
		start->priority = (uint32_t)(-priority * (PRIORITIES / levels));
}

/* `service` is the canonical name, which is not longer than any name that was read. */
static enum os_err insert_provider(struct sandbox_start *start, const char *service)
{
	struct sandbox_config *config = start->config;
	struct sandbox_provider *provider;
	enum os_err err;

	if ((err = os_alloc(config->alloc, sizeof(*provider), (void **)&provider)))
		return err;
	provider->start = start;
	if ((err = os_str_copy(provider->service, sizeof(provider->service), service))) {
		os_free(config->alloc, provider, sizeof(*provider));
		return err;
	}
	os_avl_insert(&config->providers, &provider->by_service, compare_providers);
	os_list_append(&config->provider_list, &provider->node);
	start->provides = true;
	return OS_OK;
}

static enum os_err add_provider(struct sandbox_start *start, struct os_xml service,
                                struct sandbox_sink *sink)
{
	char name[OS_SANDBOX_SERVICE_MAX];

	if (os_xml_string(service, "name", name, sizeof(name)) || !name[0]) {
		REFUSE(start, sink, service,
		       "<provides>: expected <service name=\"...\"/> with at most %d bytes",
		       OS_SANDBOX_SERVICE_MAX - 1);
		return OS_OK;
	}
	if (sandbox_start_provides(start, name))
		return OS_OK;
	return insert_provider(start, sandbox_service_name(name));
}

static void read_affinity(struct sandbox_start *start, struct sandbox_sink *sink)
{
	struct os_xml xml = os_xml_first(start->xml, "affinity");
	struct parent_affinity a = { .x = (int32_t)os_xml_i64(xml, "xpos", 0),
		                     .y = (int32_t)os_xml_i64(xml, "ypos", 0),
		                     .width = (uint32_t)os_xml_u64(xml, "width", 1),
		                     .height = (uint32_t)os_xml_u64(xml, "height", 1) };

	if (!os_xml_valid(xml))
		return;
	if (a.x < 0 || a.y < 0 || !a.width || !a.height)
		REFUSE(start, sink, xml, "<affinity>: expected xpos, ypos from 0, width, height %s",
		       "from 1");
	start->affinity = a;
}

/* An attribute in milliseconds, as microseconds; a mistake is told. */
static void read_ms(struct sandbox_start *start, struct os_xml xml, const char *attribute,
                    uint64_t unit, uint64_t *us, struct sandbox_sink *sink)
{
	uint64_t value = 0;
	enum os_err err;

	if (!os_xml_has(xml, attribute))
		return;
	err = os_xml_get_u64(xml, attribute, &value);
	if (err || value > TIME_MAX_US / unit)
		REFUSE(start, sink, xml, "%s=: expected 0 to %llu", attribute,
		       (unsigned long long)(TIME_MAX_US / unit));
	else
		*us = value * unit;
}

static void read_count(struct sandbox_start *start, struct os_xml xml, uint32_t *count,
                       struct sandbox_sink *sink)
{
	uint64_t value = 0;

	if (!os_xml_has(xml, "max"))
		return;
	if (os_xml_get_u64(xml, "max", &value) || !value || value > COUNT_MAX)
		REFUSE(start, sink, xml, "max=: expected 1 to %d", COUNT_MAX);
	else
		*count = (uint32_t)value;
}

/* What watches over it: <restart> and <heartbeat>. */
static void read_watch(struct sandbox_start *start, struct sandbox_sink *sink)
{
	struct os_xml restart = os_xml_first(start->xml, "restart");
	struct os_xml heartbeat = os_xml_first(start->xml, "heartbeat");

	if (os_xml_valid(restart)) {
		start->restart.wanted = true;
		start->restart.always = os_xml_bool(restart, "always", false);
		start->restart.max = RESTARTS_DEFAULT;
		read_count(start, restart, &start->restart.max, sink);
		read_ms(start, restart, "within_s", SECOND_US, &start->restart.within_us, sink);
		read_ms(start, restart, "delay_ms", MS_US, &start->restart.delay_us, sink);
	}
	if (os_xml_valid(heartbeat)) {
		start->heartbeat.wanted = true;
		read_count(start, heartbeat, &start->heartbeat.max, sink);
	}
}

static void read_version(struct sandbox_start *start, struct sandbox_sink *sink)
{
	if (os_xml_has(start->xml, "version") &&
	    os_xml_string(start->xml, "version", start->version, sizeof(start->version)))
		REFUSE(start, sink, start->xml, "version=: expected at most %d bytes",
		       OS_SANDBOX_NAME_MAX - 1);
}

static enum os_err read_provides(struct sandbox_start *start, struct sandbox_sink *sink)
{
	enum os_err err;

	OS_XML_FOR_EACH (provides, start->xml, "provides") {
		OS_XML_FOR_EACH (service, provides, "service") {
			if ((err = add_provider(start, service, sink)))
				return err;
		}
	}
	return OS_OK;
}

static enum os_err read_start(struct sandbox_start *start, struct sandbox_sink *sink)
{
	struct os_xml xml = start->xml;
	enum os_err err;

	if ((err = os_str_copy(start->binary, sizeof(start->binary), start->name)))
		return err;
	read_name_of(start, "binary", "name", start->binary, sink);
	read_name_of(start, "configfile", "name", start->configfile, sink);
	read_quota(start, sink);
	read_resource_request(start, sink);
	read_priority(start, sink);
	read_affinity(start, sink);
	start->route = os_xml_first(xml, "route");
	start->inline_config = os_xml_first(xml, "config");
	start->exit_propagate = os_xml_bool(os_xml_first(xml, "exit"), "propagate", false);
	read_watch(start, sink);
	read_version(start, sink);
	if (os_xml_valid(start->inline_config) && start->configfile[0])
		REFUSE(start, sink, xml, "expected either <config> or <configfile>, got %s",
		       "both");
	return read_provides(start, sink);
}

/* The name of a <start>, or a line that tells what is wrong with it. */
static enum os_err read_start_name(struct sandbox_config *config, struct os_xml xml, uint32_t line,
                                   char *name, struct sandbox_sink *sink)
{
	enum os_err err = os_xml_string(xml, "name", name, OS_SANDBOX_NAME_MAX);
	const struct sandbox_start *other;

	if (err || !name[0]) {
		sandbox_say(
		        sink, true,
		        "config:%u: <start>: expected name=\"...\" with at most %d bytes, got %s",
		        line, OS_SANDBOX_NAME_MAX - 1, err ? os_err_text(err) : "an empty one");
		return OS_ERR_SYNTAX;
	}
	if (os_label_check(name) || os_label_last(name) != name) {
		sandbox_say(sink, true,
		            "config:%u: <start>: expected a name that can be part of a label, "
		            "got a control character or \"" OS_LABEL_SEPARATOR "\"",
		            line);
		return OS_ERR_SYNTAX;
	}
	other = sandbox_config_find(config, name);
	if (!other)
		return OS_OK;
	sandbox_say(sink, true,
	            "config:%u: child \"%s\": duplicate name, the first is in line %u; rename one",
	            line, name, other->line);
	return OS_ERR_EXISTS;
}

/* Reads one <start> after the other, beside those of the config before, if there is one. */
struct reader {
	struct sandbox_config *config;
	const struct sandbox_config *before; /* NULL: it would not help */
	const struct os_list_node *beside;   /* the start there that probably comes next */
	const char *at;                      /* where `line` is: all of them cost one pass */
	uint32_t line;
	struct sandbox_sink *sink;
};

static void move_to(struct reader *reader, struct os_xml xml)
{
	for (; reader->at < xml.start; reader->at++)
		reader->line += *reader->at == '\n';
}

static const struct sandbox_start *start_before(struct reader *reader, const char *name)
{
	const struct sandbox_start *start =
	        OS_LIST_ITEM(reader->beside, const struct sandbox_start, node);

	if (!reader->before)
		return NULL;
	if (!start || !os_str_equal(start->name, name))
		start = sandbox_config_find(reader->before, name);
	if (start)
		reader->beside = os_list_next(&start->node);
	return start;
}

/* The same element in another document, where `to` stands in place of `from`. */
static struct os_xml moved(struct os_xml node, struct os_xml from, struct os_xml to)
{
	struct os_xml copy = to;

	if (!os_xml_valid(node))
		return node;
	copy.start = to.start + (node.start - from.start);
	copy.size = node.size;
	return copy;
}

/* What is written the same way means the same, as long as the defaults are the same. */
static bool copy_start(struct sandbox_start *start, const struct sandbox_start *before)
{
	const struct sandbox_start blank = *start;

	if (!before || !before->usable || before->carried ||
	    !sandbox_same_text(before->xml, start->xml))
		return false;
	*start = *before;
	start->by_name = blank.by_name;
	start->node = blank.node;
	start->config = blank.config;
	start->text = blank.text;
	start->line = blank.line;
	start->xml = blank.xml;
	start->inline_config = moved(before->inline_config, before->xml, blank.xml);
	start->route = moved(before->route, before->xml, blank.xml);
	return true;
}

static enum os_err add_start(struct reader *reader, struct os_xml xml)
{
	struct sandbox_config *config = reader->config;
	struct sandbox_start *start;
	char name[OS_SANDBOX_NAME_MAX];
	enum os_err err;
	bool same;

	move_to(reader, xml);
	if (read_start_name(config, xml, reader->line, name, reader->sink))
		return OS_OK; /* told; the others run */
	if ((err = os_alloc(config->alloc, sizeof(*start), (void **)&start)))
		return err;
	start->config = config;
	start->text = config->text;
	start->text->users++;
	start->xml = xml;
	start->line = reader->line;
	start->usable = true;
	memcpy(start->name, name, sizeof(name));
	same = copy_start(start, start_before(reader, name));
	os_list_append(&config->starts, &start->node);
	os_avl_insert(&config->by_name, &start->by_name, compare_starts);
	if (same)
		return start->provides ? read_provides(start, reader->sink) : OS_OK;
	return read_start(start, reader->sink);
}

/* ------------------------------------------------------------------ the whole */

/* `xml` and its attribute are named in the message; 0 for an absent or wrong one. */
static uint64_t read_global_ms(struct os_xml xml, const char *attribute, struct sandbox_sink *sink)
{
	const char *type;
	size_t length;
	uint64_t ms = 0;

	if (!os_xml_has(xml, attribute))
		return 0;
	if (!os_xml_get_u64(xml, attribute, &ms) && ms <= TIME_MAX_US / MS_US)
		return ms * MS_US;
	os_xml_type(xml, &type, &length);
	sandbox_say(sink, true, "config:%u: <%.*s>: expected %s=\"1000\" or the like",
	            os_xml_line(xml), (int)length, type, attribute);
	return 0;
}

static void read_report(struct sandbox_config *config, struct sandbox_sink *sink)
{
	struct os_xml xml = os_xml_first(config->root, "report");
	struct sandbox_report *report = &config->report;

	report->wanted = os_xml_valid(xml);
	report->ids = os_xml_bool(xml, "ids", false);
	report->sessions = os_xml_bool(xml, "sessions", false);
	report->requested = report->sessions || os_xml_bool(xml, "requested", false);
	report->provided = report->sessions || os_xml_bool(xml, "provided", false);
	report->session_args = os_xml_bool(xml, "session_args", false);
	report->child_ram = os_xml_bool(xml, "child_ram", false);
	report->child_caps = os_xml_bool(xml, "child_caps", false);
	report->init_ram = os_xml_bool(xml, "init_ram", false);
	report->init_caps = os_xml_bool(xml, "init_caps", false);
	report->delay_us = read_global_ms(xml, "delay_ms", sink);
}

/* Attributes of <config>, and <default>: mistakes are told, and the default holds. */
static void read_globals(struct sandbox_config *config, struct sandbox_sink *sink)
{
	struct os_xml xml = os_xml_first(config->root, "default");
	uint64_t levels = 1;

	config->verbose = os_xml_bool(config->root, "verbose", false);
	config->heartbeat_us =
	        read_global_ms(os_xml_first(config->root, "heartbeat"), "rate_ms", sink);
	read_report(config, sink);
	if (os_xml_has(config->root, "prio_levels") &&
	    (os_xml_get_u64(config->root, "prio_levels", &levels) || !levels ||
	     levels > PRIORITIES)) {
		sandbox_say(sink, true, "config:%u: prio_levels=: expected 1 to %d",
		            os_xml_line(config->root), PRIORITIES);
		levels = 1;
	}
	config->priority_levels = (uint32_t)levels;
	if (os_xml_has(xml, "ram") && os_xml_get_size(xml, "ram", &config->defaults.ram))
		sandbox_say(sink, true, "config:%u: <default>: expected ram=\"1M\" or the like",
		            os_xml_line(xml));
	if (!os_xml_has(xml, "caps"))
		return;
	config->has_default_caps = !os_xml_get_u64(xml, "caps", &config->defaults.caps);
	if (!config->has_default_caps)
		sandbox_say(sink, true, "config:%u: <default>: expected caps=\"100\" or the like",
		            os_xml_line(xml));
}

static enum os_err parse(struct sandbox_config *config, struct sandbox_sink *sink)
{
	struct os_xml_error error = { 0 };
	enum os_err err =
	        os_xml_parse(config->text->bytes, config->text->size, &config->root, &error);

	if (err) {
		sandbox_say(sink, true, "config:%u:%u: %s", error.line, error.column, error.text);
		return err;
	}
	if (os_xml_type_is(config->root, "config"))
		return OS_OK;
	sandbox_say(sink, true, "config:%u: expected <config> as the outermost element",
	            os_xml_line(config->root));
	return OS_ERR_SYNTAX;
}

static bool same_defaults(const struct sandbox_config *a, const struct sandbox_config *b)
{
	return a->defaults.ram == b->defaults.ram && a->defaults.caps == b->defaults.caps &&
	       a->has_default_caps == b->has_default_caps &&
	       a->priority_levels == b->priority_levels;
}

enum os_err sandbox_config_init(struct sandbox_config *config, struct os_alloc *alloc,
                                const char *text, size_t size, const struct sandbox_config *before,
                                struct sandbox_sink *sink)
{
	struct reader reader = { .config = config, .line = 1, .sink = sink };
	enum os_err err;

	*config = (struct sandbox_config){ .alloc = alloc };
	if (!size || size > CONFIG_SIZE_MAX) {
		sandbox_say(sink, true, "config: expected 1 to %d bytes", CONFIG_SIZE_MAX);
		return OS_ERR_SYNTAX;
	}
	if ((err = os_alloc(alloc, sizeof(*config->text) + size, (void **)&config->text)))
		goto out;
	config->text->users = 1;
	config->text->size = size;
	memcpy(config->text->bytes, text, size);
	if ((err = parse(config, sink)))
		goto out;
	read_globals(config, sink);
	config->parent_provides = os_xml_first(config->root, "parent-provides");
	config->default_route = os_xml_first(config->root, "default-route");
	reader.at = config->text->bytes;
	if (before && same_defaults(config, before)) {
		reader.before = before;
		reader.beside = os_list_first(&before->starts);
	}
	OS_XML_FOR_EACH (xml, config->root, "start") {
		if ((err = add_start(&reader, xml)))
			goto out;
	}
out:
	if (err)
		sandbox_config_fini(config);
	return err;
}

static void release_text(struct sandbox_config *config, struct sandbox_text *text)
{
	if (text && !--text->users)
		os_free(config->alloc, text, sizeof(*text) + text->size);
}

void sandbox_config_fini(struct sandbox_config *config)
{
	OS_LIST_FOR_EACH (node, &config->provider_list)
		os_free(config->alloc, OS_LIST_ITEM(node, struct sandbox_provider, node),
		        sizeof(struct sandbox_provider));
	OS_LIST_FOR_EACH (node, &config->starts) {
		struct sandbox_start *start = OS_LIST_ITEM(node, struct sandbox_start, node);

		release_text(config, start->text);
		os_free(config->alloc, start, sizeof(*start));
	}
	release_text(config, config->text);
	*config = (struct sandbox_config){ 0 };
}

/* ------------------------------------------------------------------ as it was */

static void remove_providers(struct sandbox_start *start)
{
	struct sandbox_config *config = start->config;

	OS_LIST_FOR_EACH (node, &config->provider_list) {
		struct sandbox_provider *provider =
		        OS_LIST_ITEM(node, struct sandbox_provider, node);

		if (provider->start != start)
			continue;
		os_list_remove(&config->provider_list, node);
		os_avl_remove(&config->providers, &provider->by_service);
		os_free(config->alloc, provider, sizeof(*provider));
	}
}

enum os_err sandbox_config_carry(struct sandbox_start *start, const struct sandbox_start *before)
{
	struct sandbox_start carried = *before;
	enum os_err err;

	carried.by_name = start->by_name;
	carried.node = start->node;
	carried.config = start->config;
	carried.carried = true;
	carried.text->users++;
	release_text(start->config, start->text);
	remove_providers(start);
	*start = carried;
	OS_LIST_FOR_EACH (node, &before->config->provider_list) {
		const struct sandbox_provider *provider =
		        OS_LIST_ITEM(node, const struct sandbox_provider, node);

		if (provider->start == before && (err = insert_provider(start, provider->service)))
			return err;
	}
	return OS_OK;
}
