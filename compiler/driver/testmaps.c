/* Expected maps of an output: output_K.json, a list of {"keys": [...], "values": [...]}, one per row. */
#include "testdata.h"

#include <jansson.h>
#include <string.h>

static bool same_key(const struct constant *keys, int64_t i, const json_t *k)
{
	if (keys->type == DT_STRING)
		return json_is_string(k) && strcmp(json_string_value(k), keys->strings[i]) == 0;
	return json_is_integer(k) && json_integer_value(k) == constant_i64(keys, i);
}

/* One map's values in the order of the keys, which it must have all. */
static bool read_row(const json_t *row, const struct constant *keys, void *data, int64_t at)
{
	const json_t *k = json_object_get(row, "keys"), *v = json_object_get(row, "values");
	int64_t n = shape_elements(&keys->shape);

	if (!json_is_array(k) || !json_is_array(v) || json_array_size(k) != (size_t)n ||
	    json_array_size(v) != (size_t)n)
		return false;
	for (int64_t i = 0; i < n; i++) {
		size_t j = 0;

		while (j < (size_t)n && !same_key(keys, i, json_array_get(k, j)))
			j++;
		if (j == (size_t)n || !json_is_number(json_array_get(v, j)))
			return false;
		constant_put_f64(data, DT_F32, at + i, json_number_value(json_array_get(v, j)));
	}
	return true;
}

const struct constant *test_maps_load(struct job *j, const char *path, const struct constant *keys)
{
	struct loc loc = { .file = path };
	json_error_t error;
	json_t *list = json_load_file(path, 0, &error);
	struct shape s = { .rank = 2, .d = { 0, shape_elements(&keys->shape) } };
	struct constant *c;
	bool ok = true;
	void *data;

	if (!json_is_array(list)) {
		json_decref(list);
		diag_error(&j->diag, &loc, "a JSON list of maps is needed");
		return NULL;
	}
	s.d[0] = (int64_t)json_array_size(list);
	c = constant_new(&j->arena, DT_F32, &s, &data);
	for (int64_t i = 0; ok && i < s.d[0]; i++)
		ok = read_row(json_array_get(list, (size_t)i), keys, data, i * s.d[1]) ||
		     diag_error(&j->diag, &loc, "map %lld has other keys than the model",
				(long long)i);
	json_decref(list);
	return ok ? c : NULL;
}
