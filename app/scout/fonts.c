/* SPDX-License-Identifier: BSD-2-Clause */
/* The fonts of a document. */

#include <osier/env.h>
#include <widget/theme.h>

#include "fonts.h"

enum file { SANS, SANS_BOLD, MONO, FILE_COUNT };

static const char *const files[] = { "sans.ttf", "bold.ttf", "mono.ttf" };

/* In pixels per em, beside widgets of the theme's usual size: others are in proportion. */
static const struct {
	enum file file;
	uint32_t size;
} kinds[] = {
	[FONT_TEXT] = { SANS, 16 },         [FONT_STRONG] = { SANS_BOLD, 16 },
	[FONT_CODE] = { MONO, 14 },         [FONT_TITLE] = { SANS_BOLD, 30 },
	[FONT_CHAPTER] = { SANS_BOLD, 22 }, [FONT_SECTION] = { SANS_BOLD, 18 },
};

enum { CACHE = 256 * 1024 };

static struct os_view views[FILE_COUNT];

enum os_err fonts_init(struct fonts *fonts, struct os_env *env, uint32_t size)
{
	static struct os_rom roms[FILE_COUNT]; /* they stay open: fonts point into them */
	enum os_err err;

	for (enum file i = 0; i < FILE_COUNT; i++)
		if ((err = os_rom_open(&roms[i], env, files[i])) ||
		    (err = os_rom_view(&roms[i], &views[i]))) {
			os_error(env, "font \"%s\": %s", files[i], os_err_text(err));
			return err;
		}
	return fonts_resize(fonts, env, size);
}

static void fonts_destroy(struct fonts *fonts)
{
	for (enum font_kind i = 0; i < FONT_COUNT; i++)
		os_font_destroy(fonts->font[i]);
}

enum os_err fonts_resize(struct fonts *fonts, struct os_env *env, uint32_t size)
{
	struct fonts made = { 0 };
	enum os_err err;

	for (enum font_kind i = 0; i < FONT_COUNT; i++) {
		const struct os_view *view = &views[kinds[i].file];
		const uint32_t pixels = kinds[i].size * size / os_theme_default.font_size;

		if ((err = os_font_create(&made.font[i], env->heap, view->start, view->size, pixels,
		                          CACHE))) {
			os_error(env, "font \"%s\", %u pixels: %s", files[kinds[i].file],
			         (unsigned int)pixels, os_err_text(err));
			fonts_destroy(&made);
			return err;
		}
	}
	fonts_destroy(fonts);
	*fonts = made;
	return OS_OK;
}

struct os_font *font_of(const struct fonts *fonts, struct look look)
{
	if (look.level)
		return fonts->font[look.level == 1   ? FONT_TITLE
		                   : look.level == 2 ? FONT_CHAPTER
		                                     : FONT_SECTION];
	if (look.style & STYLE_CODE)
		return fonts->font[FONT_CODE];
	return fonts->font[look.style & STYLE_STRONG ? FONT_STRONG : FONT_TEXT];
}

uint32_t fonts_width(const struct fonts *fonts, struct look look, const char *text, size_t length)
{
	return (os_font_width(font_of(fonts, look), text, length) + 255) / 256;
}

uint32_t fonts_line(const struct fonts *fonts, struct look look, uint32_t *baseline)
{
	const struct os_font_metrics metrics = os_font_metrics(font_of(fonts, look));

	*baseline = metrics.ascent;
	return metrics.line;
}
