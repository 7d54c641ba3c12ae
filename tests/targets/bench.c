/* Runs a model's self-test on a bare machine; prints its largest error, a digest of its outputs and
 * the stack that NAME_run used.
 *
 * Compiled with -DMODEL=NAME -DMODEL_HEADER='"NAME.h"' -DOUTPUT_SIZES='{ BYTES, ELEMENTS }, ...'
 * and linked with --wrap=NAME_run, so
 * that the self-test's call passes through here. Ends with 0 passed, 1 wrong result, 99 the
 * stack ran over. */
#include MODEL_HEADER
#include "platform.h"

#define PASTE_(a, b, c) a##b##c
#define PASTE(a, b, c) PASTE_(a, b, c)
#define STRING_(a) #a
#define STRING(a) STRING_(a)
#define IN const struct PASTE(, MODEL, _inputs)
#define OUT const struct PASTE(, MODEL, _outputs)

enum {
	PAINT = 0xA5,
	PAINTED = 16384, /* bytes at most: no model should need as much */
	GUARD = 128,     /* must stay: a deep frame need not write all of itself */
	OWN_FRAME = 32 + 24 * sizeof(void *) /* not painted: less is not told apart */
};

void *memcpy(void *to, const void *from, size_t n);
int PASTE(, MODEL, _selftest)(float *max_error);
int PASTE(__real_, MODEL, _run)(void *workspace, IN *in, OUT *out);
int PASTE(__wrap_, MODEL, _run)(void *workspace, IN *in, OUT *out);
void bench_begin(void);
void bench_end(void);
int main(void);

static uintptr_t stack_peak;
static int stack_overrun;
static uint32_t digest = 0x811C9DC5;

/* FNV-1a over the elements, the low byte of each first. */
static void digest_outputs(OUT *out)
{
	static const struct {
		size_t bytes, elements;
	} sizes[] = { OUTPUT_SIZES };
	const uint16_t one = 1;
	int little = *(const uint8_t *)&one;

	for (size_t k = 0; k < sizeof sizes / sizeof *sizes; k++) {
		size_t width = sizes[k].elements ? sizes[k].bytes / sizes[k].elements : 0;
		const uint8_t *element;

		memcpy(&element, (const char *)out + k * sizeof element, sizeof element);
		for (size_t i = 0; i < sizes[k].elements; i++, element += width)
			for (size_t b = 0; b < width; b++)
				digest =
					(digest ^ element[little ? b : width - 1 - b]) * 0x01000193;
	}
}

/* The counting plugin looks for these two by name. */
__attribute__((noinline)) void bench_begin(void)
{
	platform_mark(1);
	__asm__ volatile("" ::: "memory");
}

__attribute__((noinline)) void bench_end(void)
{
	platform_mark(0);
	__asm__ volatile("" ::: "memory");
}

/* Paints what lies below the caller's frame, but for this function's own; returns where the
 * paint ends. */
__attribute__((noinline)) static uintptr_t paint(uintptr_t *top)
{
	uintptr_t low = platform_stack_low();
	uintptr_t p;

	*top = (uintptr_t)__builtin_frame_address(0) - OWN_FRAME;
	if (*top - low > PAINTED)
		low = *top - PAINTED;
	for (p = low; p < *top; p++)
		*(volatile uint8_t *)p = PAINT;
	return low;
}

__attribute__((noinline)) int PASTE(__wrap_, MODEL, _run)(void *workspace, IN *in, OUT *out)
{
	uintptr_t top;
	uintptr_t low = paint(&top);
	uintptr_t p = low;
	int status;

	bench_begin();
	status = PASTE(__real_, MODEL, _run)(workspace, in, out);
	bench_end();
	while (p < top && *(volatile uint8_t *)p == PAINT)
		p++;
	if (p < low + GUARD)
		stack_overrun = 1;
	if (top + OWN_FRAME - p > stack_peak)
		stack_peak = top + OWN_FRAME - p;
	digest_outputs(out);
	return status;
}

static void print_hex(uint32_t v)
{
	char text[9];

	for (int i = 0; i < 8; i++, v <<= 4)
		text[i] = "0123456789abcdef"[v >> 28];
	text[8] = 0;
	platform_write(text);
}

static void print_integer(uint32_t v)
{
	char text[11];
	char *p = text + 10;

	*p = 0;
	do {
		*--p = (char)('0' + v % 10);
		v /= 10;
	} while (v != 0);
	platform_write(p);
}

/* A float as d.dde-dd, with two decimals: enough to compare errors. */
static void print_float(float v)
{
	char mantissa[] = "0.00e";
	int exponent = 0;
	uint16_t hundredths;

	if (!(v >= 0.0f && v < 3.0e38f)) {
		platform_write("not a number");
		return;
	}
	for (; v >= 10.0f; v /= 10.0f)
		exponent++;
	for (; v < 1.0f && v > 0.0f && exponent > -45; v *= 10.0f)
		exponent--;
	hundredths = (uint16_t)(v * 100.0f);
	mantissa[0] = (char)('0' + hundredths / 100 % 10);
	mantissa[2] = (char)('0' + hundredths / 10 % 10);
	mantissa[3] = (char)('0' + hundredths % 10);
	platform_write(mantissa);
	platform_write(exponent < 0 ? "-" : "+");
	print_integer((uint32_t)(exponent < 0 ? -exponent : exponent));
}

int main(void)
{
	float max_error = 0.0f;
	int failed = PASTE(, MODEL, _selftest)(&max_error) != 0;

	platform_write(STRING(MODEL) ": max_error ");
	if (failed && max_error <= 0.0f) /* it is of floats only */
		platform_write("of integers");
	else
		print_float(max_error);
	platform_write(" digest ");
	print_hex(digest);
	platform_write(" stack ");
	print_integer((uint32_t)stack_peak);
	platform_write(failed ? " WRONG\n" : "\n");
	if (stack_overrun) {
		platform_write("the stack ran over what it has\n");
		return 99;
	}
	return failed;
}
