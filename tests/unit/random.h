/* random.h - random numbers of the unit tests, the same in every run with the same EDGECC_SEED. */
#ifndef EDGECC_TEST_RANDOM_H
#define EDGECC_TEST_RANDOM_H

/* Starts from EDGECC_SEED, or 1, and the case's number. */
void random_seed(int number);
/* An integer from lo to hi. */
int random_between(int lo, int hi);

#endif
