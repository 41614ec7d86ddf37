/* SPDX-License-Identifier: BSD-2-Clause */
/* The graphics card of QEMU and Bochs, which takes nearly any mode at run time. */

#include <pci/pci.h>

#include "screen.h"

/*
 * QEMU's docs/specs/standard-vga.rst, and Bochs' iodev/display/vga.h: registers of 16 bits from
 * 0x500 of the second memory on, and VGA's ports from 0x400 on.
 */
enum {
	VENDOR = 0x1234,
	DEVICE = 0x1111,
	MEMORY = 0, /* base address registers */
	REGISTERS = 2,
	ATTRIBUTES = 0x400, /* port 0x3c0 */
	ATTRIBUTES_SHOW = 0x20,
	BASE = 0x500,
	SIZE = 0x600,
	BITS = 32,
	BLOCK = 64 * 1024,
	MEMORY_MAX = 64 << 20, /* more is for several screens */
	VERSION_OLDEST = 0xb0c4,
	VERSION_NEWEST = 0xb0cf,
};

enum number {
	VERSION,
	WIDTH,
	HEIGHT,
	DEPTH,
	ENABLE,
	BANK,
	VIRTUAL_WIDTH,
	VIRTUAL_HEIGHT,
	OFFSET_X,
	OFFSET_Y,
	BLOCKS,
};

enum { ENABLED = 1, CAPABILITIES = 2, LINEAR = 0x40 };

static struct {
	struct os_pci pci;
	struct os_pci_memory memory, registers;
	uint64_t size; /* of what is shown, at most */
} card;

static uint16_t get(enum number number)
{
	return ((volatile uint16_t *)card.registers.at)[BASE / 2 + number];
}

static void set(enum number number, uint32_t value)
{
	((volatile uint16_t *)card.registers.at)[BASE / 2 + number] = (uint16_t)value;
}

/* What the card can do at most; it tells that in place of the mode, for as long as it is asked. */
static void limits(uint32_t *width, uint32_t *height)
{
	const uint16_t enable = get(ENABLE);

	set(ENABLE, enable | CAPABILITIES);
	*width = get(WIDTH);
	*height = get(HEIGHT);
	set(ENABLE, enable);
}

static void mode_write(uint32_t width, uint32_t height)
{
	set(ENABLE, 0);
	set(WIDTH, width);
	set(HEIGHT, height);
	set(DEPTH, BITS);
	set(BANK, 0);
	set(VIRTUAL_WIDTH, width);
	set(OFFSET_X, 0);
	set(OFFSET_Y, 0);
	set(ENABLE, ENABLED | LINEAR);
	((volatile uint8_t *)card.registers.at)[ATTRIBUTES] = ATTRIBUTES_SHOW;
}

static bool mode_is(uint32_t width, uint32_t height)
{
	return get(ENABLE) & ENABLED && get(DEPTH) == BITS && get(WIDTH) == width &&
	       get(HEIGHT) == height && get(VIRTUAL_WIDTH) == width && !get(OFFSET_X) &&
	       !get(OFFSET_Y);
}

static enum os_err mode_set(struct screen *screen, uint32_t width, uint32_t height)
{
	uint32_t width_max, height_max;

	limits(&width_max, &height_max);
	if (!width || !height || width > width_max || height > height_max ||
	    (uint64_t)width * height * (BITS / 8) > card.size)
		return OS_ERR_RANGE;
	mode_write(width, height);
	if (!mode_is(width, height)) { /* it rounds what it does not like */
		mode_write(screen->width, screen->height);
		return OS_ERR_RANGE;
	}
	screen->width = width;
	screen->height = height;
	screen->pitch = width * (BITS / 8);
	return OS_OK;
}

/* UNSUPPORTED: it is none of these cards after all. */
static enum os_err check(void)
{
	if (get(VERSION) < VERSION_OLDEST || get(VERSION) > VERSION_NEWEST)
		return OS_ERR_UNSUPPORTED;
	card.size = OS_MIN((uint64_t)get(BLOCKS) * BLOCK, (uint64_t)MEMORY_MAX);
	return card.size ? OS_OK : OS_ERR_UNSUPPORTED;
}

enum os_err bochs_screen_init(struct screen *screen, struct os_env *env, uint32_t width,
                              uint32_t height)
{
	const struct os_pci_filter filter = { .id = VENDOR | (uint32_t)DEVICE << 16,
		                              .id_mask = UINT32_MAX };
	enum os_err err;

	if ((err = os_pci_open(&card.pci, env, NULL, &filter)))
		return err;
	if ((err = os_pci_memory(&card.pci, REGISTERS, 0, SIZE, false, &card.registers)) ||
	    (err = check()) ||
	    (err = os_pci_memory(&card.pci, MEMORY, 0, card.size, true, &card.memory)))
		goto close;
	*screen = (struct screen){ .name = "the graphics card of QEMU and Bochs",
		                   .at = card.memory.at,
		                   .mode_set = mode_set };
	if (!format_init(&screen->format, BITS, 16, 8, 0))
		err = OS_ERR_UNSUPPORTED;
	/* what a boot loader has set is as good as anything */
	else if (mode_is(get(WIDTH), get(HEIGHT)))
		err = mode_set(screen, get(WIDTH), get(HEIGHT));
	else
		err = mode_set(screen, width, height);
	if (!err)
		return OS_OK;
close:
	os_view_fini(&card.memory.view);
	os_view_fini(&card.registers.view);
	os_pci_close(&card.pci);
	return err;
}
