// libpng's simplified interface: no setjmp reaches Swift.
#ifndef CPNG_SHIM_H
#define CPNG_SHIM_H
#include <png.h>

/// The most bytes that a file of `width` by `height` RGB pixels takes.
static inline size_t cpng_bound(unsigned width, unsigned height) {
    png_image image = {0};
    image.version = PNG_IMAGE_VERSION;
    image.width = width;
    image.height = height;
    image.format = PNG_FORMAT_RGB;
    return PNG_IMAGE_PNG_SIZE_MAX(image);
}

/// Encodes `height` rows of `width` RGB pixels into `out` of `*size` bytes and sets `*size` to what was used. 0 on failure.
static inline int cpng_encode_rgb(const void *pixels, unsigned width, unsigned height, void *out, size_t *size) {
    png_image image = {0};
    png_alloc_size_t length = *size;
    image.version = PNG_IMAGE_VERSION;
    image.width = width;
    image.height = height;
    image.format = PNG_FORMAT_RGB;
    int done = png_image_write_to_memory(&image, out, &length, 0, pixels, 0, 0);
    *size = length;
    return done;
}

/// Reads a file's size; with `out` not null also its pixels, as RGB, into `out` of `capacity` bytes. 0 on failure.
static inline int cpng_decode_rgb(const void *file, size_t length, void *out, size_t capacity, unsigned *width, unsigned *height) {
    png_image image = {0};
    image.version = PNG_IMAGE_VERSION;
    if (!png_image_begin_read_from_memory(&image, file, length)) return 0;
    image.format = PNG_FORMAT_RGB;
    *width = image.width;
    *height = image.height;
    int done = 1;
    if (out) done = PNG_IMAGE_SIZE(image) <= capacity && png_image_finish_read(&image, 0, out, 0, 0);
    png_image_free(&image);
    return done;
}

#endif
