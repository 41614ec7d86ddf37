/* SPDX-License-Identifier: BSD-2-Clause */
/* Argument vectors: one block of memory, the pointers first, the texts behind them. */

#include <args/args.h>
#include <config/config.h>

/* How many arguments there are, and the bytes that their texts take at most: not decoded yet. */
static enum os_err measure(struct os_xml config, size_t *count, size_t *bytes, uint32_t *line)
{
	*count = *bytes = 0;
	OS_XML_FOR_EACH (arg, config, "arg") {
		const char *text;
		size_t length;

		*line = os_xml_line(arg);
		if (!os_xml_has(arg, "value"))
			return OS_ERR_INVALID;
		os_xml_text(arg, &text, &length);
		*bytes += length;
		if (++*count > OS_ARGS_COUNT_MAX || *bytes > OS_ARGS_SIZE_MAX)
			return OS_ERR_LIMIT;
	}
	*line = 0;
	return OS_OK;
}

enum os_err os_args_init(struct os_args *args, struct os_alloc *alloc, struct os_xml config,
                         uint32_t *line)
{
	size_t count, bytes;
	uint32_t at;
	enum os_err err;
	void *memory;
	char *text;

	*args = (struct os_args){ .alloc = alloc };
	err = measure(config, &count, &bytes, &at);
	if (line)
		*line = at;
	if (err)
		return err;
	args->size = (count + 1) * sizeof(char *) + bytes;
	if ((err = os_alloc(alloc, args->size, &memory)))
		return err;
	args->argv = memory;
	text = (char *)(args->argv + count + 1);
	OS_XML_FOR_EACH (arg, config, "arg") {
		args->argv[args->argc++] = text;
		err = os_xml_string(arg, "value", text, bytes);
		while (*text++)
			bytes--;
		bytes--;
	}
	/* None is longer decoded than as it stands. */
	OS_ASSERT(!err);
	return OS_OK;
}

void os_args_fini(struct os_args *args)
{
	if (args->alloc)
		os_free(args->alloc, args->argv, args->size);
	*args = (struct os_args){ 0 };
}

enum os_err os_args_open(struct os_args *args, struct os_env *env)
{
	struct os_config config;
	uint32_t line;
	enum os_err err;

	*args = (struct os_args){ 0 };
	if (!(err = os_config_open(&config, env)) &&
	    (err = os_args_init(args, env->heap, config.root, &line))) {
		if (line)
			os_error(env, "config:%u: <arg value=\"...\"/>: %s", line,
			         os_err_text(err));
		else
			os_error(env, "config: arguments: %s", os_err_text(err));
	}
	os_config_close(&config);
	return err;
}
