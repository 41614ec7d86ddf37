/* SPDX-License-Identifier: BSD-2-Clause */
/* The screen that the boot loader has set up, by BIOS or UEFI; the kernel is done with it. */

#include <api/io_mem.h>
#include <config/config.h>
#include <osier/memory.h>
#include <osier/session.h>

#include "screen.h"

/* As abi/pc.h has it. */
struct told {
	uint64_t address, width, height, pitch, bits, red, green, blue;
};

static struct {
	struct os_session session;
	struct os_view view;
} boot;

static enum os_err told_read(struct told *told, struct os_env *env)
{
	struct os_view view = { 0 };
	struct os_rom rom;
	struct os_xml node;
	enum os_err err;

	if ((err = os_rom_open(&rom, env, "platform_info")))
		return err;
	if ((err = os_rom_view(&rom, &view)))
		goto close;
	node = os_xml_first(os_xml_root(&view), "screen");
	*told = (struct told){
		.address = os_xml_u64(node, "address", 0),
		.width = os_xml_u64(node, "width", 0),
		.height = os_xml_u64(node, "height", 0),
		.pitch = os_xml_u64(node, "pitch", 0),
		.bits = os_xml_u64(node, "bits", 0),
		.red = os_xml_u64(node, "red", UINT32_MAX),
		.green = os_xml_u64(node, "green", UINT32_MAX),
		.blue = os_xml_u64(node, "blue", UINT32_MAX),
	};
	if (!os_xml_valid(node))
		err = OS_ERR_NOT_FOUND;
	os_view_fini(&view);
close:
	os_rom_close(&rom);
	return err;
}

static bool told_valid(const struct told *told, struct format *format)
{
	return told->width && told->height && told->width <= FORMAT_WIDTH_MAX &&
	       told->height <= FORMAT_WIDTH_MAX && told->bits <= 32 &&
	       format_init(format, (uint32_t)told->bits, (uint32_t)told->red, (uint32_t)told->green,
	                   (uint32_t)told->blue) &&
	       told->pitch >= told->width * format->bytes && told->pitch <= UINT32_MAX;
}

enum os_err boot_screen_init(struct screen *screen, struct os_env *env)
{
	struct io_mem_dataspace_cap ds;
	struct io_mem_cap io_mem;
	struct format format;
	struct told told;
	enum os_err err;

	if ((err = told_read(&told, env)))
		return err;
	if (!told_valid(&told, &format))
		return OS_ERR_UNSUPPORTED;
	if ((err = io_mem_open(&boot.session, env, NULL, told.address, told.pitch * told.height,
	                       IO_MEM_CACHING_COMBINED, &io_mem)))
		return err;
	if ((err = io_mem_dataspace(io_mem, &ds)) ||
	    (err = os_view_init(&boot.view, io_mem_dataspace_as_dataspace(ds), 0, 0,
	                        OS_ATTACH_WRITE))) {
		os_session_close(&boot.session);
		return err;
	}
	*screen = (struct screen){
		.name = "the boot loader's screen",
		.at = (uint8_t *)boot.view.start + told.address % OS_PAGE_SIZE,
		.width = (uint32_t)told.width,
		.height = (uint32_t)told.height,
		.pitch = (uint32_t)told.pitch,
		.format = format,
	};
	return OS_OK;
}
