/* SPDX-License-Identifier: BSD-2-Clause */
/* The names of keys and buttons. */

#include <input/key.h>
#include <osier/string.h>

static const struct {
	uint16_t code;
	const char *name;
} names[] = {
#define NAME(kind, name, code) { code, #kind "_" #name },
	OS_INPUT_KEYS(NAME) OS_INPUT_BUTTONS(NAME)
#undef NAME
};

static const char button[] = "BUTTON_", button_short[] = "BTN_";

const char *os_key_name(uint32_t code)
{
	for (size_t i = 0; i < OS_ARRAY_SIZE(names); i++)
		if (names[i].code == code)
			return names[i].name;
	return "";
}

static bool same(const char *known, const char *name)
{
	if (os_str_starts_with(name, button_short) && os_str_starts_with(known, button))
		return os_str_equal(known + sizeof(button) - 1, name + sizeof(button_short) - 1);
	return os_str_equal(known, name);
}

uint32_t os_key_code(const char *name)
{
	for (size_t i = 0; i < OS_ARRAY_SIZE(names); i++)
		if (same(names[i].name, name))
			return names[i].code;
	return OS_KEY_NONE;
}
