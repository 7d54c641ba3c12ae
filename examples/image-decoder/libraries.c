/* Formats whose libraries every host has: libjpeg-turbo (-DWITH_JPEG -ljpeg), libpng (-DWITH_PNG -lpng), libtiff
 * (-DWITH_TIFF -ltiff), libwebp (-DWITH_WEBP -lwebp) and OpenJPEG (-DWITH_JPEG2000 -lopenjp2). Colours are 8 bits;
 * alpha is left out. */
#include "formats.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SIZE_MAX_SIDE = 65535 };

/* Room for width x height pixels of x->size bytes, without gaps; NULL: too large, or none. */
static unsigned char *make_room(struct pixels *x, uint32_t width, uint32_t height)
{
	if (width < 1 || height < 1 || width > SIZE_MAX_SIDE || height > SIZE_MAX_SIDE ||
	    height > (uint32_t)INT32_MAX / (width * (uint32_t)x->size))
		return NULL;
	x->width = (edgert_int)width;
	x->height = (edgert_int)height;
	x->step = x->width * x->size;
	x->owned = malloc((size_t)(x->step * x->height));
	x->first = (const unsigned char *)x->owned;
	return (unsigned char *)x->owned;
}

#ifdef WITH_JPEG
#include <jpeglib.h>
#include <setjmp.h>

struct jpeg_guard {
	struct jpeg_error_mgr mgr; /* first: libjpeg knows this member only */
	jmp_buf back;
};

static void jpeg_failed(j_common_ptr c)
{
	struct jpeg_guard *g = (struct jpeg_guard *)c->err;

	longjmp(g->back, 1);
}

static void jpeg_silent(j_common_ptr c, int level)
{
	(void)c;
	(void)level;
}

/* The library's defaults are what ONNX asks for: the accurate integer transform, chroma interpolated linearly. */
int read_jpeg(const unsigned char *p, edgert_int n, struct pixels *x)
{
	struct jpeg_decompress_struct d;
	struct jpeg_guard guard;
	unsigned char *to;

	d.err = jpeg_std_error(&guard.mgr);
	guard.mgr.error_exit = jpeg_failed;
	guard.mgr.emit_message = jpeg_silent;
	if (setjmp(guard.back)) {
		jpeg_destroy_decompress(&d);
		return EDGERT_ERROR_VALUE;
	}
	jpeg_create_decompress(&d);
	jpeg_mem_src(&d, p, (unsigned long)n);
	jpeg_read_header(&d, TRUE);
	d.out_color_space = d.num_components == 1 ? JCS_GRAYSCALE : JCS_RGB;
	jpeg_start_decompress(&d);
	x->size = d.num_components == 1 ? 1 : 3;
	x->red = d.num_components == 1 ? -1 : 0;
	to = make_room(x, d.output_width, d.output_height);
	while (to && d.output_scanline < d.output_height) {
		JSAMPROW row = to + (edgert_int)d.output_scanline * x->step;

		jpeg_read_scanlines(&d, &row, 1);
	}
	jpeg_destroy_decompress(&d);
	return to ? EDGERT_OK : EDGERT_ERROR_VALUE;
}
#endif

#ifdef WITH_PNG
#include <png.h>

int read_png(const unsigned char *p, edgert_int n, struct pixels *x)
{
	png_image image;
	unsigned char *to;
	int ok;

	memset(&image, 0, sizeof image);
	image.version = PNG_IMAGE_VERSION;
	if (!png_image_begin_read_from_memory(&image, p, (size_t)n))
		return EDGERT_ERROR_VALUE;
	image.format = PNG_FORMAT_RGBA;
	x->size = 4;
	x->red = 0;
	to = make_room(x, image.width, image.height);
	ok = to && png_image_finish_read(&image, NULL, to, 0, NULL);
	png_image_free(&image);
	return ok ? EDGERT_OK : EDGERT_ERROR_VALUE;
}
#endif

#if defined(WITH_TIFF) || defined(WITH_JPEG2000)
/* A file in memory, as libraries read it that want functions. */
struct bytes {
	const unsigned char *p;
	edgert_int n, at;
};

static edgert_int take(struct bytes *b, void *to, edgert_int n)
{
	if (n > b->n - b->at)
		n = b->n - b->at;
	if (n <= 0)
		return 0;
	memcpy(to, b->p + b->at, (size_t)n);
	b->at += n;
	return n;
}

static int go_to(struct bytes *b, edgert_int at)
{
	if (at < 0 || at > b->n)
		return 0;
	b->at = at;
	return 1;
}
#endif

#ifdef WITH_TIFF
#include <tiffio.h>

static tmsize_t tiff_read(thandle_t h, void *to, tmsize_t n)
{
	return take((struct bytes *)h, to, n);
}

static tmsize_t tiff_write(thandle_t h, void *from, tmsize_t n)
{
	(void)h;
	(void)from;
	(void)n;
	return 0;
}

static toff_t tiff_seek(thandle_t h, toff_t to, int whence)
{
	struct bytes *b = (struct bytes *)h;
	edgert_int from = whence == SEEK_SET ? 0 : whence == SEEK_CUR ? b->at : b->n;

	return go_to(b, from + (edgert_int)to) ? (toff_t)b->at : (toff_t)-1;
}

static int tiff_close(thandle_t h)
{
	(void)h;
	return 0;
}

static toff_t tiff_size(thandle_t h)
{
	return (toff_t)((struct bytes *)h)->n;
}

int read_tiff(const unsigned char *p, edgert_int n, struct pixels *x)
{
	struct bytes b = { p, n, 0 };
	uint32_t width = 0, height = 0, *raster = NULL;
	unsigned char *to = NULL;
	TIFF *file;
	int ok;

	TIFFSetErrorHandler(NULL);
	TIFFSetWarningHandler(NULL);
	file = TIFFClientOpen("image", "rm", (thandle_t)&b, tiff_read, tiff_write, tiff_seek,
			      tiff_close, tiff_size, NULL, NULL);
	if (!file)
		return EDGERT_ERROR_VALUE;
	x->size = 3;
	x->red = 0;
	if (TIFFGetField(file, TIFFTAG_IMAGEWIDTH, &width) &&
	    TIFFGetField(file, TIFFTAG_IMAGELENGTH, &height))
		to = make_room(x, width, height);
	if (to)
		raster = (uint32_t *)malloc((size_t)width * height * sizeof *raster);
	ok = raster &&
	     TIFFReadRGBAImageOriented(file, width, height, raster, ORIENTATION_TOPLEFT, 1);
	for (size_t i = 0; ok && i < (size_t)width * height; i++) {
		to[3 * i] = (unsigned char)TIFFGetR(raster[i]);
		to[3 * i + 1] = (unsigned char)TIFFGetG(raster[i]);
		to[3 * i + 2] = (unsigned char)TIFFGetB(raster[i]);
	}
	free(raster);
	TIFFClose(file);
	return ok ? EDGERT_OK : EDGERT_ERROR_VALUE;
}
#endif

#ifdef WITH_WEBP
#include <webp/decode.h>

int read_webp(const unsigned char *p, edgert_int n, struct pixels *x)
{
	int width, height;
	unsigned char *to;

	x->size = 3;
	x->red = 0;
	if (!WebPGetInfo(p, (size_t)n, &width, &height))
		return EDGERT_ERROR_VALUE;
	to = make_room(x, (uint32_t)width, (uint32_t)height);
	if (!to ||
	    !WebPDecodeRGBInto(p, (size_t)n, to, (size_t)(x->step * x->height), (int)x->step))
		return EDGERT_ERROR_VALUE;
	return EDGERT_OK;
}
#endif

#ifdef WITH_JPEG2000
#include <openjpeg.h>

static OPJ_SIZE_T jp2_read(void *to, OPJ_SIZE_T n, void *data)
{
	edgert_int got = take((struct bytes *)data, to, (edgert_int)n);

	return got ? (OPJ_SIZE_T)got : (OPJ_SIZE_T)-1;
}

static OPJ_OFF_T jp2_skip(OPJ_OFF_T n, void *data)
{
	struct bytes *b = (struct bytes *)data;

	return go_to(b, b->at + (edgert_int)n) ? n : -1;
}

static OPJ_BOOL jp2_seek(OPJ_OFF_T at, void *data)
{
	return go_to((struct bytes *)data, (edgert_int)at) ? OPJ_TRUE : OPJ_FALSE;
}

/* Grey or three colours, all of 8 bits and of one size. */
static int jp2_pixels(const opj_image_t *image, struct pixels *x)
{
	const int colours = image->numcomps < 3 ? 1 : 3;
	unsigned char *to;

	if (image->numcomps < 1 || image->color_space == OPJ_CLRSPC_SYCC)
		return EDGERT_ERROR_VALUE;
	for (int c = 0; c < colours; c++)
		if (image->comps[c].w != image->comps[0].w || !image->comps[c].data ||
		    image->comps[c].h != image->comps[0].h || image->comps[c].prec != 8)
			return EDGERT_ERROR_VALUE;
	x->size = colours;
	x->red = colours == 1 ? -1 : 0;
	to = make_room(x, image->comps[0].w, image->comps[0].h);
	for (edgert_int i = 0; to && i < x->width * x->height; i++)
		for (int c = 0; c < colours; c++)
			*to++ = (unsigned char)(image->comps[c].data[i] +
						(image->comps[c].sgnd ? 128 : 0));
	return to ? EDGERT_OK : EDGERT_ERROR_VALUE;
}

int read_jpeg2000(const unsigned char *p, edgert_int n, struct pixels *x)
{
	struct bytes b = { p, n, 0 };
	opj_dparameters_t parameters;
	opj_codec_t *codec = opj_create_decompress(p[0] == 0xff ? OPJ_CODEC_J2K : OPJ_CODEC_JP2);
	opj_stream_t *stream = opj_stream_default_create(OPJ_TRUE);
	opj_image_t *image = NULL;
	int status = EDGERT_ERROR_VALUE;

	opj_set_default_decoder_parameters(&parameters);
	if (codec && stream && opj_setup_decoder(codec, &parameters)) {
		opj_stream_set_user_data(stream, &b, NULL);
		opj_stream_set_user_data_length(stream, (OPJ_UINT64)n);
		opj_stream_set_read_function(stream, jp2_read);
		opj_stream_set_skip_function(stream, jp2_skip);
		opj_stream_set_seek_function(stream, jp2_seek);
		if (opj_read_header(stream, codec, &image) && opj_decode(codec, stream, image) &&
		    opj_end_decompress(codec, stream))
			status = jp2_pixels(image, x);
	}
	opj_image_destroy(image);
	opj_stream_destroy(stream);
	opj_destroy_codec(codec);
	return status;
}
#endif
