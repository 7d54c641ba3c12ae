/* ImageDecoder for PNM and BMP files, and those of libraries.c; see `man edgecc`, "Custom operators". */
#ifndef DECODER_H
#define DECODER_H

#include "edgert.h"

/* Input uint8 [bytes of the file]; output uint8 [height, width, channels], of the size that the model declares: another
 * one is an error. Attribute "pixel_format": RGB, BGR or Grayscale. */
int image_decoder(const struct edgert_custom *c, const void *const *in, void *const *out);

#endif
