/* import.h - inside the importer: a model's messages become the graph of a unit. */
#ifndef EDGECC_IMPORT_H
#define EDGECC_IMPORT_H

#include "frontend.h"
#include "model.h"

#include "../ops/ops.h"

/* Nesting of subgraphs and inlined functions together: importing recurses over it. */
#define NESTING_MAX 100
/* Nodes that inlining functions may make: each function calling the next one twice doubles them. */
#define INLINED_MAX 100000

/* -- name_map.c: names to numbers ------------------------------------------ */

struct name_map {
	struct name_slot {
		const char *name;
		uint32_t number;
	} * slots;
	size_t n, size; /* used, of how many (a power of two) */
};
/* False, with nothing changed, when the name is there already. Names are borrowed. */
bool name_map_add(struct arena *a, struct name_map *m, const char *name, uint32_t number);
void name_map_set(struct arena *a, struct name_map *m, const char *name, uint32_t number);
bool name_map_get(const struct name_map *m, const char *name, uint32_t *number);

/* -- what is being imported ------------------------------------------------ */

struct import {
	struct unit *u;
	struct source src;
	struct external_files ext;
	const struct import_options *o;
	const Onnx__ModelProto *model;
	struct name_map functions; /* function_key() -> index into model->functions */
	size_t inlined;            /* nodes made by inlining so far */
	VEC(bool) failed;          /* by value id: an error was reported where it is made */
	int rounds;                /* bodies of loops that were imported again */
	int misfits;  /* errors of inference: operators that cannot take what they are given */
	bool split;   /* the last error: an output whose rank only the run tells */
	bool stopped; /* going on is pointless */
};

/* A graph's output that may be no tensor: which of the outputs that were made of it are its tensors. */
struct bundle {
	enum container container;
	enum dtype type;
	int first, count;
	bool stacked;     /* they are edgecc.Stacked's inputs, ... */
	bool has[3];      /* ... these of them; ... */
	bool mixed;       /* ... its attribute */
	bool is_sequence; /* an optional that always holds a sequence when an iteration has run */
	uint32_t value;   /* the output itself */
	const char *name; /* its own */
};

/* The nodes of a graph in their order; those from `next` on are still to be imported, but for those that are taken. */
struct todo {
	Onnx__NodeProto *const *nodes;
	bool *taken;
	size_t next, n;
};

/* What the nodes of one graph or function body see. */
struct env {
	struct import *im;
	struct graph *g; /* where nodes go */
	const struct env
		*outer; /* whose names a subgraph captures; NULL: the main graph, a function */
	struct name_map names; /* -> value id */
	struct name_map infos; /* -> index into info */
	Onnx__ValueInfoProto *const *info;
	const struct opset *opsets;
	size_t n_opsets;
	const struct call *call; /* the function call whose body this is or lies in; NULL: none */
	const char *prefix;      /* of names inside an inlined function; NULL: none */
	int depth;
	VEC(struct bundle) bundles; /* one per output, once they are imported */
	bool refused;               /* a branch that gave way to edgecc.Refuse */
	const char **results;       /* names of its outputs */
	size_t n_results;
	struct todo todo;
};

struct call {
	const Onnx__FunctionProto *f;
	const Onnx__NodeProto *node;
	const struct env *env; /* of the call */
};

static inline const char *text_of(const char *s)
{
	return s ? s : "";
} /* proto2: absent is NULL */
/* "" for ONNX's own domain, which files also call "ai.onnx". */
const char *domain_of(const char *s);
struct loc node_loc(const struct env *e, const Onnx__NodeProto *np);
void mark_failed(struct import *im, uint32_t id);
bool is_failed(const struct import *im, uint32_t id);

/* -- import_types.c: declared types ---------------------------------------- */

struct type_info {
	bool known; /* an element type was declared */
	enum container container;
	enum dtype type;
	struct shape shape;     /* d[i] is DIM_OVERFLOW where not declared */
	enum dtype keys;        /* of a map, or of a sequence of maps; DT_UNDEF: there are none */
	bool of_sequence;       /* an optional of a sequence */
	bool varies[RANK_MAX];  /* of a loop's state: it has another size in each iteration ... */
	int64_t most[RANK_MAX]; /* ... and at most this one, ... */
	int tries[RANK_MAX];    /* ... which was found after so many others */
	int64_t below; /* its only element is at least 0 and less than this; 0: not known */
	struct type_info
		*parts; /* of a sequence or optional that only the run tells: edgecc.Stacked's */
	int n_parts;    /* inputs, not known when left out; 0: it is not */
	bool mixed;     /* its attribute */
};
bool type_read(struct import *im, const struct loc *loc, const Onnx__TypeProto *t,
	       struct type_info *out);
/* v as declared; axes without a size get the symbol "NAME.AXIS". Error when an input has no shape
 * at all. */
bool type_apply(struct import *im, const struct type_info *t, struct value *v);
/* Sizes of v, a loop's state, that each iteration finds anew. */
void type_vary(struct unit *u, const struct type_info *seed, struct value *v);
/* Of an input declared without a shape: as many axes as the options name. */
int rank_of_options(const struct unit *u, const struct value *v);
/* Compares what was inferred for v, called `name` in e, with its declaration: an error when it is of
 * another type, a warning when it is of other sizes; fills what is unknown. */
bool type_check(const struct env *e, const char *name, struct value *v);

/* -- import_graph.c -------------------------------------------------------- */

/* gp into e->g. seeds: what is known of the inputs from the node that owns the graph (n_seeds of
 * them). */
bool import_graph(struct env *e, const Onnx__GraphProto *gp, const struct type_info *seeds,
		  size_t n_seeds);
/* gp's initializers and nodes only. */
bool import_body(struct env *e, const Onnx__GraphProto *gp);
bool import_nodes(struct env *e, size_t n, Onnx__NodeProto *const *nodes);
const char *own_name(const struct env *e, const char *name);
struct loc value_loc(const struct env *e, const char *name);
/* The value as one of e's own graph: a captured one is passed through Identity. */
struct value *local_value(struct env *e, struct value *v);
/* Value id of a name as e sees it. */
bool env_find(const struct env *e, const char *name, uint32_t *id);

/* A name in u->input_names, from the model's input of that number. */
void note_input(struct unit *u, const char *name, const struct port *port);

/* -- import_containers.c --------------------------------------------------------- */

/* A sequence or an optional that the main graph takes, as an input for each tensor, NAME.0, NAME.1 ...; how many
 * there are the size NAME.count says, and whether an optional holds something NAME.present. */
bool import_container(struct env *e, const Onnx__ValueInfoProto *info, const struct loc *loc,
		      const struct type_info *t, size_t number);
/* v, the output `name` of e->g: an output, or one for each tensor of a sequence; notes it in e->bundles. */
bool add_bundle(struct env *e, const struct loc *loc, struct value *v, const char *name);
/* e's outputs again: those that have a form (of any rank, used) stacked in it. */
struct stack_form;
bool stack_bundles(struct env *e, const struct stack_form *const *forms, const struct loc *loc);
bool has_containers(const struct env *e);
/* The branches of n, an If, whose sequences and optionals have as many tensors in one as in the other from now on. */
bool match_branches(const struct node *n, struct env branch[2]);
/* n, whose subgraph's outputs `bundles` from number `first` on are sequences and optionals: another node that gives
 * their tensors. Its outputs are bound to np's. */
bool import_bundled(struct env *e, const Onnx__NodeProto *np, struct node *n,
		    const struct env *inner, int first);
/* Input `name` of a loop's body, as its parts. */
bool import_parts(struct env *e, const char *name, const char *own, const struct loc *loc,
		  const struct type_info *t);

/* -- import_custom.c ------------------------------------------------------------- */

/* The function that the user supplies for np; NULL: none. */
const struct custom_op *custom_find(const struct import *im, const Onnx__NodeProto *np);
bool import_custom(struct env *e, const struct loc *loc, const Onnx__NodeProto *np,
		   const struct custom_op *c, size_t n_in, const uint32_t *in);

/* -- import_unroll.c ------------------------------------------------------------- */

/* Whether the node has to be copies of its body, because sequences go through it: SequenceMap, and Loop whose count is
 * known. */
bool needs_copies(const struct unit *u, const struct op *op, const Onnx__NodeProto *np, size_t n_in,
		  const uint32_t *in);
bool import_copies(struct env *e, const struct loc *loc, const Onnx__NodeProto *np,
		   const struct op *op, size_t n_in, const uint32_t *in);
/* edgecc.Call <body = graph> (inputs): the graph's nodes, in place of np. Only functions of our own have it. */
bool import_call(struct env *e, const struct loc *loc, const Onnx__NodeProto *np, size_t n_in,
		 const uint32_t *in);

/* -- import_text.c --------------------------------------------------------- */

/* np as a function whose inputs and outputs are op's, its nodes in ONNX's text; NULL after an error. It has edgecc.Call. */
const Onnx__FunctionProto *function_of_text(struct env *e, const struct loc *loc,
					    const Onnx__NodeProto *np, const struct op *op,
					    const char *nodes);
/* The lines of op's text that stand for these inputs; NULL: none does. */
const char *text_for(struct env *e, const struct op *op, size_t n_in, const uint32_t *in);
/* np as the nodes of that. */
bool import_by_text(struct env *e, const struct loc *loc, const Onnx__NodeProto *np,
		    const struct op *op, const char *nodes, size_t n_in, const uint32_t *in);
/* Number and types of np's inputs, by its row, whose attributes are a. */
bool check_inputs(struct env *e, const struct loc *loc, const Onnx__NodeProto *np,
		  const struct op *op, const void *a, size_t n_in, const uint32_t *in);

/* -- import_search.c ------------------------------------------------------- */

/* np, one of com.microsoft's searches, as nodes. */
bool import_search(struct env *e, const struct loc *loc, const Onnx__NodeProto *np,
		   const struct op *op, size_t n_in, const uint32_t *in);

/* -- import_map.c -------------------------------------------------------------- */

/* np, a SequenceMap of body gp, as a Loop. */
bool import_map_loop(struct env *e, const struct loc *loc, const Onnx__NodeProto *np,
		     const Onnx__GraphProto *gp, const uint32_t *in);

/* -- import_fixed.c -------------------------------------------------------------- */

/* What the caller fixes input `name` to; NULL: nothing. */
const struct input_value *fixed_value(const struct import_options *o, const char *name);
/* The input as that constant. Its declared type must allow the value. */
bool import_fixed(struct env *e, const Onnx__ValueInfoProto *info, const struct input_value *x);

/* -- import_order.c -------------------------------------------------------- */

/* The nodes in an order in which each follows those it reads (the same order when it is one
 * already). */
bool order_nodes(const struct env *e, size_t n, Onnx__NodeProto *const *nodes,
		 Onnx__NodeProto *const **out);

typedef VEC(const char *) names_vec;
/* The names that np reads, its subgraphs included. */
void names_read(struct arena *a, const Onnx__NodeProto *np, names_vec *out);

/* -- import_node.c --------------------------------------------------------- */

bool import_node(struct env *e, const Onnx__NodeProto *np);
/* Output k, which nobody has read yet, is left out. */
void leave_out(struct node *n, int k);
/* Names np's outputs as failed values, so that their readers are passed over in silence. */
void bind_failed(struct env *e, const Onnx__NodeProto *np);
/* Makes `name` (borrowed) mean value id in e; error when it means something already. */
bool bind(struct env *e, const struct loc *loc, const char *name, uint32_t id);

struct subgraphs;

/* -- import_subgraph.c ----------------------------------------------------- */

/* n's subgraphs; inner gets the environments of an If's branches, or a loop's body. */
bool import_subgraphs(const struct env *e, const Onnx__NodeProto *np, struct node *n,
		      const struct subgraphs *s, struct env inner[2]);

/* What nodes see that are made in g inside e; home: where the names they capture are looked up. */
struct env env_within(const struct env *e, struct graph *g, const struct env *home);
/* The same for the nodes of n's subgraph i. */
struct env subgraph_env(const struct env *e, const struct node *n, const struct subgraphs *s,
			size_t i);

/* -- import_states.c ------------------------------------------------------- */

/* A Loop or Scan whose body is being imported. */
struct looped {
	struct env *env; /* the body's, nothing read yet */
	const Onnx__GraphProto *body;
	struct node *n;
	struct type_info *seeds; /* of the body's inputs */
	size_t n_seeds;
	int tries;             /* how often the body was imported again */
	struct iterated parts; /* of the node as the model has it, and its inputs: */
	uint32_t *in;
	int n_in;
	bool stacked;             /* some of its states are sequences or optionals, ... */
	struct stack_form *forms; /* ... of these forms */
};
/* Imports the body, again when that shows that its states change their sizes. */
bool import_states(struct looped *l);

/* -- import_branch.c ------------------------------------------------------- */

/* Whether op is If and its condition constant. */
bool condition_is_known(const struct unit *u, const struct op *op, size_t n_in, const uint32_t *in);
/* The nodes of the branch that the condition takes, in place of the If np. */
bool import_branch(struct env *e, const struct loc *loc, const Onnx__NodeProto *np, bool condition);

/* -- import_refused.c ------------------------------------------------------ */

/* np, an If, whose branches are being imported into n's two graphs: does that one after the other.
 * A branch whose operators cannot take the sizes at hand is refused at run time when the other one
 * can; that is a warning. */
bool import_branches(struct env inner[2], const Onnx__GraphProto *const gp[2], struct node *n);
/* Branch `bad` of n is refused at run time, because of `why`. */
void refuse_branch(struct env inner[2], int bad, struct node *n, const char *why);

/* -- import_tail.c --------------------------------------------------------- */

/* The branches' outputs that are tensors are not all of the same rank in both. */
bool ranks_differ(const struct env branch[2]);
/* What depends on the outputs of an If. */
struct tail {
	struct env *e;
	const Onnx__NodeProto *np;
	VEC(Onnx__NodeProto *) nodes; /* it, in its order */
	VEC(char *) results;          /* names of what comes out */
	struct name_map made;         /* by the If and its tail; 1: a result */
	Onnx__NodeProto whole;        /* np with the results as its outputs */
};
/* Takes the nodes of t from those of t->e that are still to be imported; false after an error. */
bool tail_take(struct tail *t, const struct loc *loc);
/* The branch gp with t behind it. */
const Onnx__GraphProto *tail_behind(const struct tail *t, const Onnx__GraphProto *gp);
/* np, the If n, whose outputs have no rank of their own: what reads them goes into its branches. */
bool import_tail(struct env *e, const Onnx__NodeProto *np, struct node *n,
		 const struct subgraphs *s, struct env branch[2]);

/* -- import_function.c ----------------------------------------------------- */

const Onnx__FunctionProto *function_find(const struct import *im,
					 const Onnx__NodeProto *np); /* or NULL */
bool functions_register(struct import *im);
bool inline_function(struct env *e, const Onnx__NodeProto *np, const Onnx__FunctionProto *f,
		     const uint32_t *in, size_t n_in);
/* Makes output `name` of an inlined body mean value id, which takes that name when the body made
 * it: when its id is `first` or later. */
bool bind_result(struct env *e, const struct loc *loc, const char *name, uint32_t id, size_t first);
bool opsets_read(struct import *im, const char *what, size_t n, Onnx__OperatorSetIdProto *const *p,
		 const struct opset **out, size_t *n_out);

/* The version of domain that opsets names. ONNX Runtime's own models import only ONNX's domain: of
 * the others that we know, the newest stands for one that is not named. False: neither. */
bool opset_version(const struct opset *opsets, size_t n, const char *domain, int64_t *version);

/* -- import_attrs.c -------------------------------------------------------- */

/* An attribute with references followed: value NULL when a function's caller left it out. */
struct attr_value {
	const Onnx__AttributeProto *value;
	const struct env *env; /* where its graphs belong */
};
struct attr_value attr_resolve(const struct env *e, const Onnx__AttributeProto *a);

typedef Onnx__AttributeProto__AttributeType attr_type_t;
#define ATTR_IS(KIND) ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__##KIND
extern const char *const attr_type_names[]; /* by attr_type_t: "a list of ints" */
/* What an attribute holds. Its type field says so, save in the oldest files. An empty list has only
 * that field. */
attr_type_t attr_type(const Onnx__AttributeProto *a);

/* One attribute of one node, for messages. */
struct attr_place {
	const struct env *e;
	const struct loc *loc;
	const char *name;
};

bool attr_error(const struct attr_place *p, const char *fmt, ...) PRINTF_LIKE(2, 3);
bool attr_string(const struct attr_place *p, const ProtobufCBinaryData *b, const char **out);
bool attr_strings(const struct attr_place *p, const Onnx__AttributeProto *a, struct strings *out);
bool attr_tensor(const struct attr_place *p, const Onnx__TensorProto *t,
		 const struct constant **out);
/* Each name once; a reference outside any function has nothing to refer to. */
bool attrs_check(const struct env *e, const struct loc *loc, const Onnx__NodeProto *np);

struct subgraphs { /* of a node, in the order of the operator's rows */
	VEC(struct attr_value) graphs;
};
/* np's attributes as op's struct, *out. */
bool attrs_read(const struct env *e, const struct loc *loc, const struct op *op,
		const Onnx__NodeProto *np, void **out, struct subgraphs *graphs);

/* -- import_constant.c ---------------------------------------------------------- */

/* The constant that a Constant node makes. */
bool constant_read(const struct env *e, const struct loc *loc, const Onnx__NodeProto *np,
		   const struct constant **out);

/* -- import_check.c -------------------------------------------------------- */

/* Reports every operator of the model that edgecc does not have, once each. */
bool check_operators(struct import *im, const struct opset *opsets, size_t n_opsets);
/* The row for np; NULL (nothing reported) when there is none. */
const struct op *operator_of(const struct import_options *o, const struct opset *opsets,
			     size_t n_opsets, const Onnx__NodeProto *np);

#endif
