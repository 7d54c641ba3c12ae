/* Names to numbers: open addressing, linear probing, at most half full. */
#include "import.h"

#include <string.h>

/* FNV-1a, 64 bits, and a finish that spreads it over the low bits. */
static size_t hash(const char *s)
{
	uint64_t h = 0xcbf29ce484222325u;
	for (; *s; s++)
		h = (h ^ (uint8_t)*s) * 0x100000001b3u;
	return (size_t)(h ^ h >> 32);
}

static struct name_slot *find(const struct name_map *m, const char *name)
{
	size_t i = hash(name) & (m->size - 1);
	while (m->slots[i].name && strcmp(m->slots[i].name, name) != 0)
		i = (i + 1) & (m->size - 1);
	return &m->slots[i];
}

static void grow(struct arena *a, struct name_map *m)
{
	struct name_map bigger = { .n = m->n, .size = m->size ? m->size * 2 : 16 };
	bigger.slots = arena_array(a, struct name_slot, bigger.size);
	for (size_t i = 0; i < m->size; i++)
		if (m->slots[i].name)
			*find(&bigger, m->slots[i].name) = m->slots[i];
	*m = bigger;
}

bool name_map_add(struct arena *a, struct name_map *m, const char *name, uint32_t number)
{
	uint32_t old;
	if (name_map_get(m, name, &old))
		return false;
	name_map_set(a, m, name, number);
	return true;
}

void name_map_set(struct arena *a, struct name_map *m, const char *name, uint32_t number)
{
	if ((m->n + 1) * 2 > m->size)
		grow(a, m);
	struct name_slot *s = find(m, name);
	m->n += !s->name;
	*s = (struct name_slot){ name, number };
}

bool name_map_get(const struct name_map *m, const char *name, uint32_t *number)
{
	if (!m->size)
		return false;
	const struct name_slot *s = find(m, name);
	if (!s->name)
		return false;
	*number = s->number;
	return true;
}
