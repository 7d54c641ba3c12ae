/* A branch that cannot be taken with the sizes that the model was compiled for. */
#include "../params.h"

EDGERT_KERNEL int edgert_refuse_any__ref(void)
{
	return EDGERT_ERROR_DIMENSION;
}
