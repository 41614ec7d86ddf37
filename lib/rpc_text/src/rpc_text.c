/* SPDX-License-Identifier: BSD-2-Clause */
/* Fields and capabilities of a message as text. */

#include <api/tables.h>
#include <osier/format.h>
#include <osier/rpc.h>
#include <osier/string.h>
#include <rpc_text/rpc_text.h>

/* Text that grows until its room is used up. */
struct text {
	char *buf;
	size_t size, used; /* used < size: the rest is a NUL */
	bool cut;
	bool any; /* there is a part already: the next one needs a comma */
};

static void put(struct text *text, const char *part)
{
	for (; *part; part++) {
		if (text->used + 1 == text->size) {
			text->cut = true;
			return;
		}
		text->buf[text->used++] = *part;
	}
	text->buf[text->used] = 0;
}

static void put_number(struct text *text, const char *format, uint64_t number)
{
	char digits[32];

	os_format(digits, sizeof(digits), format, (unsigned long)number);
	put(text, digits);
}

static void put_hex(struct text *text, const uint8_t *bytes, size_t count)
{
	for (size_t i = 0; i < count && !text->cut; i++)
		put_number(text, "%02lx", bytes[i]);
}

static void put_name(struct text *text, const char *name)
{
	put(text, text->any ? ", " : "");
	text->any = true;
	put(text, name);
	put(text, "=");
}

static size_t finish(struct text *text)
{
	text->buf[text->used] = 0;
	if (text->cut)
		memcpy(text->buf + text->size - 4, "...", 4);
	return text->used;
}

/* ------------------------------------------------------------------ tables */

static const struct os_rpc_field_info identify_fields[] = {
	{ "type", OS_RPC_FIELD_UINT, 0, 4, 0, 0, NULL },
	{ "version", OS_RPC_FIELD_UINT, 4, 4, 0, 0, NULL },
};
static const struct os_rpc_op_info identify = {
	.name = "identify",
	.number = OS_MSG_OP_IDENTIFY,
	.reply = { 8, 0, 0, 2, identify_fields, NULL },
};

const struct os_rpc_interface_info *os_rpc_interface(uint32_t type)
{
	for (size_t i = 0; i < os_rpc_interface_count; i++)
		if (os_rpc_interfaces[i].type == type)
			return &os_rpc_interfaces[i];
	return NULL;
}

const char *os_rpc_type_name(uint32_t type)
{
	for (size_t i = 0; i < os_rpc_type_count; i++)
		if (os_rpc_types[i].value == type)
			return os_rpc_types[i].name;
	return NULL;
}

const struct os_rpc_interface_info *os_rpc_interface_named(const char *name)
{
	for (size_t i = 0; i < os_rpc_interface_count; i++)
		if (os_str_equal(os_rpc_interfaces[i].name, name))
			return &os_rpc_interfaces[i];
	return NULL;
}

const struct os_rpc_op_info *os_rpc_operation(const struct os_rpc_interface_info *interface,
                                              uint16_t number)
{
	if (number == OS_MSG_OP_IDENTIFY)
		return &identify;
	return interface && number <= interface->op_count ? &interface->ops[number - 1] : NULL;
}

/* ------------------------------------------------------------------ fields */

static void put_string(struct text *text, const uint8_t *at, size_t limit)
{
	size_t length = 0;

	put(text, "\"");
	for (; length < limit && at[length]; length++) {
		const char plain[] = { (char)at[length], 0 };

		if (at[length] >= ' ' && at[length] < 0x7f && at[length] != '"' &&
		    at[length] != '\\')
			put(text, plain);
		else
			put_number(text, "\\x%02lx", at[length]);
	}
	put(text, os_wire_string_valid((const char *)at, limit) ? "\"" : "\"?");
}

static void put_bytes(struct text *text, const uint8_t *at, size_t limit)
{
	uint16_t length;
	bool good;

	memcpy(&length, at, sizeof(length));
	at += sizeof(length);
	good = length <= limit && os_wire_zero(at + length, limit - length);
	put_number(text, "<%lu: ", length);
	put_hex(text, at, OS_MIN((size_t)length, limit));
	put(text, good ? ">" : ">?");
}

static void put_enum(struct text *text, const struct os_rpc_field_info *field, uint64_t value)
{
	for (uint16_t i = 0; i < field->value_count; i++) {
		if (field->values[i].value == value) {
			put(text, field->values[i].name);
			return;
		}
	}
	put_number(text, "%lu?", value);
}

static void put_int(struct text *text, uint64_t value, uint16_t size)
{
	const unsigned unused = 64 - 8u * size;
	const int64_t number = (int64_t)(value << unused) >> unused;
	char digits[32];

	os_format(digits, sizeof(digits), "%ld", (long)number);
	put(text, digits);
}

static void put_field(struct text *text, const struct os_rpc_field_info *field,
                      const uint8_t *payload)
{
	const uint8_t *const at = payload + field->offset;
	uint64_t value = 0;

	if (field->kind == OS_RPC_FIELD_PADDING && os_wire_zero(at, field->size))
		return;
	put_name(text, field->kind == OS_RPC_FIELD_PADDING ? "padding" : field->name);
	memcpy(&value, at, OS_MIN((size_t)field->size, sizeof(value)));
	switch (field->kind) {
	case OS_RPC_FIELD_INT:
		put_int(text, value, field->size);
		break;
	case OS_RPC_FIELD_UINT:
		put_number(text, "%lu", value);
		break;
	case OS_RPC_FIELD_BOOL:
		if (value > 1)
			put_number(text, "%lu?", value);
		else
			put(text, value ? "true" : "false");
		break;
	case OS_RPC_FIELD_ENUM:
		put_enum(text, field, value);
		break;
	case OS_RPC_FIELD_STRING:
		put_string(text, at, field->limit);
		break;
	case OS_RPC_FIELD_BYTES:
		put_bytes(text, at, field->limit);
		break;
	case OS_RPC_FIELD_PADDING:
		put(text, "<");
		put_hex(text, at, field->size);
		put(text, ">?");
		break;
	}
}

static void put_payload(struct text *text, const struct os_rpc_message_info *info,
                        const uint8_t *payload, size_t length)
{
	for (uint16_t i = 0; info && i < info->field_count; i++)
		if (info->fields[i].offset + (size_t)info->fields[i].size <= length)
			put_field(text, &info->fields[i], payload);
	if (!info && length) {
		put(text, "<");
		put_hex(text, payload, length);
		put(text, ">");
		text->any = true;
	}
}

/* ------------------------------------------------------------------ capabilities */

static bool type_permitted(const struct os_rpc_cap_info *cap, uint32_t type)
{
	for (uint8_t i = 0; i < cap->type_count; i++)
		if (cap->types[i] == type)
			return true;
	return cap->type_count == 0;
}

static void put_cap(struct text *text, const struct os_rpc_cap_info *info,
                    const struct os_msg_cap *cap)
{
	const char *const name = os_rpc_type_name(cap->type);

	put_name(text, info ? info->name : "capability");
	if (!cap->slot) {
		put(text, "<none>");
		return;
	}
	put(text, "<");
	if (name)
		put(text, name);
	else
		put_number(text, "type 0x%lx", cap->type);
	put(text, !info || type_permitted(info, cap->type) ? ">" : ">?");
}

/* ------------------------------------------------------------------ messages */

size_t os_rpc_text(char *buf, size_t size, const struct os_rpc_message_info *info,
                   const struct os_msg *msg)
{
	struct text text = { .buf = buf, .size = size };
	const uint8_t caps = OS_MIN(msg->cap_count, (uint8_t)OS_MSG_CAPS_MAX);
	const size_t length = OS_MIN(msg->length, (uint16_t)OS_MSG_PAYLOAD_MAX);

	if (info && msg->length != info->length) {
		put_number(&text, "malformed: length %lu", msg->length);
		put_number(&text, ", expected %lu; ", info->length);
	}
	if (info && msg->cap_count != info->cap_count) {
		put_number(&text, "malformed: %lu capabilities", msg->cap_count);
		put_number(&text, ", expected %lu; ", info->cap_count);
	}
	put_payload(&text, info, msg->payload, length);
	for (uint8_t i = 0; i < caps; i++)
		put_cap(&text, info && i < info->cap_count ? &info->caps[i] : NULL, &msg->caps[i]);
	return finish(&text);
}

size_t os_rpc_text_args(char *buf, size_t size, const struct os_rpc_interface_info *interface,
                        const void *args, size_t length)
{
	struct text text = { .buf = buf, .size = size };
	const struct os_rpc_message_info *const info = interface ? &interface->args : NULL;

	if (info && length != info->length) {
		put_number(&text, "malformed: length %lu", length);
		put_number(&text, ", expected %lu; ", info->length);
	}
	put_payload(&text, info, args, length);
	return finish(&text);
}
