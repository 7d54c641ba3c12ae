/* edgert_pool.h - a pool of POSIX threads for models that were compiled with --parallel. Not for
 * bare metal; nothing includes it unless you do:
 *
 *	static struct edgert_pool pool;
 *
 *	void NAME_parallel(edgert_range *range, const void *args, ptrdiff_t n)
 *	{
 *		edgert_pool_run(&pool, range, args, n);
 *	}
 *
 *	edgert_pool_start(&pool, 4);      before NAME_run; 4 threads, the caller's among them
 *	edgert_pool_stop(&pool);          when no run goes on any more
 *
 * One run at a time uses a pool. C99 with gcc's or clang's atomics, and <pthread.h>; link with -pthread. */
#ifndef EDGERT_POOL_H
#define EDGERT_POOL_H

#include <pthread.h>
#include <stddef.h>

enum {
	EDGERT_POOL_MAX = 64,
	EDGERT_POOL_SPIN =
		20000 /* looks for work before a thread sleeps: waking costs as much as a step */
};

typedef void edgert_range(const void *args, ptrdiff_t begin, ptrdiff_t end);

struct edgert_pool {
	pthread_mutex_t lock;
	pthread_cond_t work, done;
	pthread_t threads[EDGERT_POOL_MAX];
	int n_threads; /* besides the caller's */
	/* Under lock: the work, of which [next, n) is not taken, and how many ranges are running. */
	edgert_range *range;
	const void *args;
	ptrdiff_t next, n, part;
	int running, stop;
	unsigned runs; /* how many there were; looked at without lock */
};

/* Takes parts until none is left; lock is held before and after. */
static inline void edgert_pool_take(struct edgert_pool *p)
{
	while (p->next < p->n) {
		const ptrdiff_t begin = p->next;
		const ptrdiff_t end = p->n - begin > p->part ? begin + p->part : p->n;

		p->next = end;
		p->running++;
		pthread_mutex_unlock(&p->lock);
		p->range(p->args, begin, end);
		pthread_mutex_lock(&p->lock);
		p->running--;
	}
	if (p->running == 0)
		pthread_cond_signal(&p->done);
}

static inline void *edgert_pool_thread(void *pool)
{
	struct edgert_pool *p = (struct edgert_pool *)pool;
	unsigned seen = 0;
	int stop = 0;

	while (!stop) {
		for (int i = 0; i < EDGERT_POOL_SPIN; i++)
			if (__atomic_load_n(&p->runs, __ATOMIC_ACQUIRE) != seen)
				break;
		pthread_mutex_lock(&p->lock);
		while (!p->stop && p->runs == seen)
			pthread_cond_wait(&p->work, &p->lock);
		seen = p->runs;
		stop = p->stop;
		edgert_pool_take(p);
		pthread_mutex_unlock(&p->lock);
	}
	return NULL;
}

/* Returns how many threads there are, the caller's among them: fewer when the system gives fewer. */
static inline int edgert_pool_start(struct edgert_pool *p, int threads)
{
	p->n = p->next = 0;
	p->n_threads = p->running = p->stop = 0;
	p->runs = 0;
	pthread_mutex_init(&p->lock, NULL);
	pthread_cond_init(&p->work, NULL);
	pthread_cond_init(&p->done, NULL);
	while (p->n_threads < threads - 1 && p->n_threads < EDGERT_POOL_MAX &&
	       pthread_create(&p->threads[p->n_threads], NULL, edgert_pool_thread, p) == 0)
		p->n_threads++;
	return p->n_threads + 1;
}

static inline void edgert_pool_run(struct edgert_pool *p, edgert_range *range, const void *args,
				   ptrdiff_t n)
{
	const ptrdiff_t parts = 4 * (ptrdiff_t)(p->n_threads + 1); /* for whoever is faster */

	if (p->n_threads == 0) {
		range(args, 0, n);
		return;
	}
	pthread_mutex_lock(&p->lock);
	p->range = range;
	p->args = args;
	p->part = (n + parts - 1) / parts;
	p->next = 0;
	p->n = n;
	__atomic_store_n(&p->runs, p->runs + 1, __ATOMIC_RELEASE);
	pthread_cond_broadcast(&p->work);
	edgert_pool_take(p);
	for (int i = 0; i < EDGERT_POOL_SPIN / 20 && p->running > 0; i++) {
		pthread_mutex_unlock(&p->lock);
		pthread_mutex_lock(&p->lock);
	}
	while (p->running > 0)
		pthread_cond_wait(&p->done, &p->lock);
	pthread_mutex_unlock(&p->lock);
}

static inline void edgert_pool_stop(struct edgert_pool *p)
{
	pthread_mutex_lock(&p->lock);
	p->stop = 1;
	__atomic_store_n(&p->runs, p->runs + 1, __ATOMIC_RELEASE);
	pthread_cond_broadcast(&p->work);
	pthread_mutex_unlock(&p->lock);
	while (p->n_threads > 0)
		pthread_join(p->threads[--p->n_threads], NULL);
	pthread_cond_destroy(&p->done);
	pthread_cond_destroy(&p->work);
	pthread_mutex_destroy(&p->lock);
}

#endif
