/* SPDX-License-Identifier: BSD-2-Clause */
/* Fonts out of ROM modules. */

#include <widget/fonts.h>

static enum os_err font_open(struct os_fonts *fonts, size_t index, struct os_env *env,
                             const char *module, uint32_t size, size_t cache, struct os_font **font)
{
	struct os_view *view = &fonts->views[index];
	enum os_err err;

	if ((err = os_rom_open(&fonts->roms[index], env, module)) ||
	    (err = os_rom_view(&fonts->roms[index], view)))
		return err;
	return os_font_create(font, env->heap, view->start, view->size, size, cache);
}

static void font_close(struct os_fonts *fonts, size_t index)
{
	os_view_fini(&fonts->views[index]);
	os_rom_close(&fonts->roms[index]);
}

enum os_err os_fonts_open(struct os_fonts *fonts, struct os_env *env, uint32_t size, size_t cache)
{
	static const char *const modules[OS_FONTS] = { "sans.ttf", "bold.ttf", "mono.ttf" };
	struct os_font **const all[OS_FONTS] = { &fonts->font, &fonts->bold, &fonts->mono };

	*fonts = (struct os_fonts){ 0 };
	for (size_t i = 0; i < OS_FONTS; i++) {
		const enum os_err err = font_open(fonts, i, env, modules[i], size, cache, all[i]);
		const bool absent =
		        err == OS_ERR_DENIED || err == OS_ERR_NO_ROUTE || err == OS_ERR_NOT_FOUND;

		if (!err)
			continue;
		font_close(fonts, i);
		if (i > 0 && absent) {
			*all[i] = fonts->font;
			continue;
		}
		os_error(env, "no font from the ROM module \"%s\": %s", modules[i],
		         os_err_text(err));
		os_fonts_close(fonts);
		return err;
	}
	return OS_OK;
}

static void fonts_destroy(struct os_font *const all[OS_FONTS])
{
	for (size_t i = 0; i < OS_FONTS; i++)
		if (!i || all[i] != all[0])
			os_font_destroy(all[i]);
}

enum os_err os_fonts_resize(struct os_fonts *fonts, struct os_env *env, uint32_t size, size_t cache)
{
	struct os_font **const all[OS_FONTS] = { &fonts->font, &fonts->bold, &fonts->mono };
	struct os_font *made[OS_FONTS] = { 0 };
	enum os_err err;

	for (size_t i = 0; i < OS_FONTS; i++) {
		const struct os_view *const view = &fonts->views[i];

		if (i && *all[i] == fonts->font) {
			made[i] = made[0];
		} else if ((err = os_font_create(&made[i], env->heap, view->start, view->size, size,
		                                 cache))) {
			fonts_destroy(made);
			return err;
		}
	}
	fonts_destroy((struct os_font *[]){ fonts->font, fonts->bold, fonts->mono });
	for (size_t i = 0; i < OS_FONTS; i++)
		*all[i] = made[i];
	return OS_OK;
}

void os_fonts_apply(const struct os_fonts *fonts, struct os_theme *theme)
{
	theme->font = fonts->font;
	theme->bold = fonts->bold;
	theme->mono = fonts->mono;
}

void os_fonts_close(struct os_fonts *fonts)
{
	fonts_destroy((struct os_font *[]){ fonts->font, fonts->bold, fonts->mono });
	for (size_t i = 0; i < OS_FONTS; i++)
		font_close(fonts, i);
	*fonts = (struct os_fonts){ 0 };
}
