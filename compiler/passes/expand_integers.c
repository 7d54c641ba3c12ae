/* com.microsoft's operators that compute with integers between reals, as nodes of ai.onnx: their products
 * are MatMulInteger and DynamicQuantizeLinear, which `absorb-quantization` reads, and their weights are
 * constants that fold before. */
#include "list.h"
#include "rewrite.h"

static bool apply_expand(struct unit *u, struct node *n)
{
	return n->op->expand(u, n);
}

static const struct rewrite rewrites[] = {
	{ "operator-of-integers",
	  "com.microsoft.DynamicQuantizeLSTM com.microsoft.QAttention "
	  "com.microsoft.QEmbedLayerNormalization",
	  "the nodes that it stands for", apply_expand },
	{ .name = NULL }
};

static const struct rewrite *const tables[] = { rewrites, NULL };

const struct pass pass_expand_integers = {
	.name = "expand-integers",
	.doc = "com.microsoft's operators of integers become nodes of ai.onnx",
	.level = 1,
	.rewrites = tables,
};
