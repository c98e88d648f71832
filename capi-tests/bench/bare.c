/* The physical limit: the same bytes by one system call for each message or buffer, and by memcpy. */
#include "client.h"

struct bare {
  int fd;
  char *bytes, *copy;
  size_t size;
};

static int read_once(struct work *work)
{
  struct bare *bare = work->context;
  ssize_t count = read(bare->fd, bare->bytes, bare->size);
  work->messages++;
  work->bytes += count > 0 ? (uint64_t)count : 0;
  return count > 0;
}

static int write_once(struct work *work)
{
  struct bare *bare = work->context;
  work->messages++;
  work->bytes += bare->size;
  return write(bare->fd, bare->bytes, bare->size) == (ssize_t)bare->size;
}

static int copy_once(struct work *work)
{
  struct bare *bare = work->context;
  memcpy(bare->copy, bare->bytes, bare->size);
  /* The compiler may not leave the copy out. */
  __asm__ volatile("" : : "r"(bare->copy) : "memory");
  work->messages++;
  work->bytes += bare->size;
  return 1;
}

static void run(int (*once)(struct work *), RTMP *r)
{
  struct bare bare = { .size = (size_t)number("size", 10240) };
  struct work work = { once, &bare, 0, 0 };

  bare.fd = r ? RTMP_Socket(r) : -1;
  bare.bytes = calloc(1, bare.size);
  bare.copy = calloc(1, bare.size);
  must(bare.bytes && bare.copy, "calloc");
  measure(&work);
}

void case_bare_read(void)
{
  run(read_once, start_session(FALSE));
}

void case_bare_write(void)
{
  run(write_once, start_session(TRUE));
}

void case_memcpy(void)
{
  run(copy_once, NULL);
}
