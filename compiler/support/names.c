/* Identifiers, suggestions, and text from a model made fit for a terminal or a comment. */
#include "support.h"

#include <assert.h>
#include <string.h>

#define WORD_MAX 127

static unsigned char lower(char c)
{
	return (unsigned char)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
}

static size_t min_size(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* Optimal string alignment: insertions, deletions, replacements and swaps of neighbours cost 1
 * each; capitals are free. Both lengths at most WORD_MAX. */
static size_t edit_distance(const char *a, size_t na, const char *b, size_t nb)
{
	size_t row[3][WORD_MAX + 1];
	size_t *before = row[0], *above = row[1], *here = row[2];
	for (size_t j = 0; j <= nb; j++)
		above[j] = j;
	for (size_t i = 1; i <= na; i++) {
		here[0] = i;
		for (size_t j = 1; j <= nb; j++) {
			unsigned char ca = lower(a[i - 1]), cb = lower(b[j - 1]);
			size_t d = min_size(min_size(above[j], here[j - 1]) + 1,
					    above[j - 1] + (ca != cb));
			if (i > 1 && j > 1 && ca == lower(b[j - 2]) && cb == lower(a[i - 2]))
				d = min_size(d, before[j - 2] + 1);
			here[j] = d;
		}
		size_t *t = before;
		before = above;
		above = here;
		here = t;
	}
	return above[nb];
}

const char *nearest_name(const char *word, const char *const *names)
{
	size_t n = strlen(word);
	size_t best = n / 3 + 1; /* the first distance that is too far */
	const char *found = NULL;
	if (n > WORD_MAX)
		return NULL;
	for (; *names; names++) {
		size_t len = strlen(*names);
		if (len > WORD_MAX || (len > n ? len - n : n - len) >= best)
			continue;
		size_t d = edit_distance(word, n, *names, len);
		if (d < best) {
			best = d;
			found = *names;
		}
	}
	return found;
}

/* Of C23 and C++20; those starting with '_' followed by a capital are left out: c_identifier makes
 * sure of them by its own rule. */
static const char keywords[] =
	" "
	"alignas alignof and and_eq asm auto bitand bitor bool break case catch char "
	"char16_t char32_t char8_t class co_await co_return co_yield compl concept "
	"const const_cast consteval constexpr constinit continue decltype default "
	"delete do double dynamic_cast else enum explicit export extern false float "
	"for friend goto if inline int long mutable namespace new noexcept not not_eq "
	"nullptr operator or or_eq private protected public register reinterpret_cast "
	"requires restrict return short signed sizeof static static_assert static_cast "
	"struct switch template this thread_local throw true try typedef typeid "
	"typename typeof typeof_unqual union unsigned using virtual void volatile "
	"wchar_t while xor xor_eq ";

static bool is_keyword(const char *s)
{
	size_t n = strlen(s);
	for (const char *p = keywords; (p = strchr(p, ' ')); p++)
		if (strncmp(p + 1, s, n) == 0 && p[n + 1] == ' ')
			return true;
	return false;
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

char *c_identifier(struct arena *a, const char *s, size_t max)
{
	assert(max > 0);
	char *id = arena_alloc(a, min_size(max, strlen(s) + 2) + 1);
	size_t n = 0;
	/* '_' before '_' or a capital is reserved to the language; before anything, to its library
	 */
	if (!is_letter(s[0]))
		id[n++] = 'x';
	for (; *s && n < max; s++)
		id[n++] = is_letter(*s) || is_digit(*s) ? *s : '_';
	if (is_keyword(id)) {
		if (n == max)
			n--;
		id[n] = '_';
	}
	return id;
}

bool utf8_valid(const char *s, size_t n)
{
	/* Lead bytes, how many bytes follow, and the range of the first of them: the narrowed
	 * ranges shut out overlong forms, surrogates and what lies above U+10FFFF (RFC 3629,
	 * section 4). */
	static const struct {
		unsigned char first, last, follow, low, high;
	} leads[] = {
		{ 0x00, 0x7f, 0, 0x00, 0x00 }, { 0xc2, 0xdf, 1, 0x80, 0xbf },
		{ 0xe0, 0xe0, 2, 0xa0, 0xbf }, { 0xe1, 0xec, 2, 0x80, 0xbf },
		{ 0xed, 0xed, 2, 0x80, 0x9f }, { 0xee, 0xef, 2, 0x80, 0xbf },
		{ 0xf0, 0xf0, 3, 0x90, 0xbf }, { 0xf1, 0xf3, 3, 0x80, 0xbf },
		{ 0xf4, 0xf4, 3, 0x80, 0x8f },
	};
	const unsigned char *p = (const unsigned char *)s;
	for (size_t i = 0; i < n;) {
		size_t k = 0;
		while (k < ARRAY_LEN(leads) && (p[i] < leads[k].first || p[i] > leads[k].last))
			k++;
		if (k == ARRAY_LEN(leads) || leads[k].follow >= n - i)
			return false;
		size_t follow = leads[k].follow;
		if (follow && (p[i + 1] < leads[k].low || p[i + 1] > leads[k].high))
			return false;
		for (size_t j = 2; j <= follow; j++)
			if (p[i + j] < 0x80 || p[i + j] > 0xbf)
				return false;
		i += follow + 1;
	}
	return true;
}

/* c as it may follow prev: no control character, quote or backslash, nothing that opens or ends a
 * comment, nothing that starts a trigraph. */
static char harmless(char prev, char c)
{
	if (c == '"' || c == '`')
		return '\'';
	if (c < ' ' || c > '~' || c == '\\')
		return '_';
	if ((c == '/' && prev == '*') || (c == '*' && prev == '/') || (c == '?' && prev == '?'))
		return '_';
	return c;
}

char *printable(struct arena *a, const char *s, size_t max)
{
	size_t n = strlen(s);
	bool cut = n > max;
	if (cut)
		n = max;
	char *out = arena_alloc(a, n + 1);
	char prev = '\0';
	for (size_t i = 0; i < n; i++)
		prev = out[i] = harmless(prev, s[i]);
	if (cut && n > 8)
		memcpy(out + n - 3, "...", 3);
	return out;
}
