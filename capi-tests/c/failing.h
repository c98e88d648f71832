/* An allocator in place of the C library's, one of whose allocations can be made to fail. The program must not be run
 * under a tool that replaces the allocator itself. */
#ifndef FAILING_H
#define FAILING_H

#include <errno.h>
#include <malloc.h>
#include <stddef.h>

extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *block, size_t size);
extern void *__libc_memalign(size_t alignment, size_t size);
extern void __libc_free(void *block);

/* Set before there are other threads, and read by all. */
static volatile int failing_on;         /* allocations count */
static volatile long failing_number;    /* the one that fails, the first is 1; 0: none */
static volatile int failing_from_there; /* all behind it fail too */
static volatile size_t failing_size;    /* all of so many bytes fail; 0: none */
static long failing_seen;               /* how many there have been */
static long failing_blocks;             /* blocks that have not been freed */

static int fails(size_t size)
{
  long number;
  if (!failing_on)
    return 0;
  number = __atomic_add_fetch(&failing_seen, 1, __ATOMIC_SEQ_CST);
  if ((failing_size && size >= failing_size) || number == failing_number
      || (failing_from_there && failing_number && number > failing_number)) {
    errno = ENOMEM;
    return 1;
  }
  return 0;
}

static void *counted(void *block)
{
  if (block)
    __atomic_add_fetch(&failing_blocks, 1, __ATOMIC_SEQ_CST);
  return block;
}

void *malloc(size_t size)
{
  return fails(size) ? NULL : counted(__libc_malloc(size));
}

void *calloc(size_t count, size_t size)
{
  return fails(count * size) ? NULL : counted(__libc_calloc(count, size));
}

void *realloc(void *block, size_t size)
{
  void *longer;
  if (fails(size))
    return NULL;
  longer = __libc_realloc(block, size);
  return block ? longer : counted(longer);
}

void *memalign(size_t alignment, size_t size)
{
  return fails(size) ? NULL : counted(__libc_memalign(alignment, size));
}

void *aligned_alloc(size_t alignment, size_t size)
{
  return memalign(alignment, size);
}

int posix_memalign(void **place, size_t alignment, size_t size)
{
  void *block = memalign(alignment, size);
  if (block)
    *place = block;
  return block ? 0 : ENOMEM;
}

void free(void *block)
{
  if (block)
    __atomic_sub_fetch(&failing_blocks, 1, __ATOMIC_SEQ_CST);
  __libc_free(block);
}

#endif
