/* SPDX-License-Identifier: BSD-2-Clause */
/* The texts of the error codes. */

#include <osier/err.h>

#define ERR_TEXT(name, text) [OS_ERR_##name] = text,

static const char *const err_text[] = { OS_ERR_LIST(ERR_TEXT) };

const char *os_err_text(enum os_err err)
{
	return (size_t)err < OS_ARRAY_SIZE(err_text) ? err_text[err] : "unknown error";
}
