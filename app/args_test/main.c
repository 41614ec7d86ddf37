/* SPDX-License-Identifier: BSD-2-Clause */
/* args_test: tells the arguments that its config gives it. */

#include <args/args.h>
#include <osier/env.h>

/* What a program from elsewhere brings along. */
static int program_main(struct os_env *env, int argc, char **argv)
{
	for (int i = 0; i < argc; i++)
		os_log(env, "argument %d of %d: \"%s\"", i, argc, argv[i]);
	return argv[argc] ? 1 : 0;
}

enum os_err os_construct(struct os_env *env)
{
	struct os_args args;
	enum os_err err;

	if ((err = os_args_open(&args, env)))
		return err;
	os_exit(env, program_main(env, args.argc, args.argv));
}
