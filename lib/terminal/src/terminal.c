/* SPDX-License-Identifier: BSD-2-Clause */
/* Reading from and writing to a terminal, piece by piece through the shared buffer. */

#include <osier/string.h>
#include <terminal/terminal.h>

enum os_err os_terminal_open(struct os_terminal *terminal, struct os_env *env, const char *label)
{
	uint32_t read_size, write_size;
	enum os_err err;

	*terminal = (struct os_terminal){ 0 };
	if ((err = terminal_open(&terminal->session, env, label, &terminal->cap)))
		return err;
	if ((err = terminal_buffer(terminal->cap, &terminal->ds, &read_size, &write_size)) ||
	    (err = os_view_init(&terminal->view, ram_dataspace_as_dataspace(terminal->ds), 0, 0,
	                        OS_ATTACH_WRITE)))
		goto out;
	if (!read_size || !write_size || (uint64_t)read_size + write_size > terminal->view.size) {
		err = OS_ERR_PROTOCOL;
		goto out;
	}
	terminal->read_size = read_size;
	terminal->write_size = write_size;
	return OS_OK;
out:
	os_terminal_close(terminal);
	return err;
}

void os_terminal_close(struct os_terminal *terminal)
{
	os_view_fini(&terminal->view);
	os_cap_drop(terminal->ds.cap);
	os_session_close(&terminal->session);
	*terminal = (struct os_terminal){ 0 };
}

enum os_err os_terminal_read(struct os_terminal *terminal, void *buf, size_t size, size_t *count)
{
	enum os_err err = OS_OK;
	uint8_t *to = buf;

	*count = 0;
	while (*count < size) {
		const uint32_t part = (uint32_t)OS_MIN(size - *count, terminal->read_size);
		uint32_t got;

		if ((err = terminal_read(terminal->cap, part, &got)))
			return err;
		if (got > part)
			return OS_ERR_PROTOCOL;
		memcpy(to + *count, terminal->view.start, got);
		*count += got;
		if (got < part)
			break;
	}
	return OS_OK;
}

enum os_err os_terminal_write(struct os_terminal *terminal, const void *bytes, size_t size,
                              size_t *count)
{
	uint8_t *const at = (uint8_t *)terminal->view.start + terminal->read_size;
	const uint8_t *from = bytes;
	enum os_err err;

	*count = 0;
	while (*count < size) {
		const uint32_t part = (uint32_t)OS_MIN(size - *count, terminal->write_size);
		uint32_t taken;

		memcpy(at, from + *count, part);
		if ((err = terminal_write(terminal->cap, part, &taken)))
			return err;
		if (taken > part)
			return OS_ERR_PROTOCOL;
		*count += taken;
		if (taken < part)
			break;
	}
	return OS_OK;
}
