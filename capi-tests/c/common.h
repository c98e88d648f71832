/* What several programs need. Each prints to stdout what must be equal on every librtmp. */
#ifndef COMMON_H
#define COMMON_H

#include <librtmp/amf.h>
#include <librtmp/log.h>
#include <librtmp/rtmp.h>

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define GARBAGE 0xa5
#define GUARD 64

/* A thing with guard bytes around it. */
#define GUARDED(type) struct { unsigned char before[GUARD]; type it; unsigned char after[GUARD]; }

/* Fills everything, guards included, with the same byte. */
#define SPOIL(guarded) memset(&(guarded), GARBAGE, sizeof(guarded))

static inline int all_garbage(const unsigned char *bytes, size_t count)
{
  for (size_t i = 0; i < count; i++)
    if (bytes[i] != GARBAGE)
      return 0;
  return 1;
}

#define UNTOUCHED(guarded) \
  (all_garbage((guarded).before, GUARD) && all_garbage((guarded).after, GUARD) ? "untouched" : "OVERWRITTEN")

static inline void print_aval(const char *name, const AVal *value)
{
  if (value->av_val)
    printf("%s: %d bytes '%.*s'\n", name, value->av_len, value->av_len, value->av_val);
  else
    printf("%s: %d bytes, NULL\n", name, value->av_len);
}

static inline void print_hex(const char *name, const void *bytes, size_t count)
{
  const unsigned char *byte = (const unsigned char *)bytes;
  printf("%s:", name);
  for (size_t i = 0; i < count; i++)
    printf(" %02x", byte[i]);
  printf("\n");
}

/* Goes on with a sum over bytes, which does not depend on where they are divided. */
static inline unsigned add_to_sum(unsigned sum, const void *bytes, size_t count)
{
  const unsigned char *byte = (const unsigned char *)bytes;
  for (size_t i = 0; i < count; i++)
    sum = (sum ^ byte[i]) * 16777619u;
  return sum;
}

static inline unsigned fingerprint(const void *bytes, size_t count)
{
  return add_to_sum(2166136261u, bytes, count);
}

static inline void must(int condition, const char *what)
{
  if (!condition) {
    fprintf(stderr, "failed: %s\n", what);
    exit(2);
  }
}

static inline void make_pair(int pair[2])
{
  must(socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0, "socketpair");
}

/* Reads until the other side closes; the result is malloc'ed. */
static inline unsigned char *read_all(int fd, size_t *count)
{
  size_t room = 4096;
  unsigned char *bytes = (unsigned char *)malloc(room);
  ssize_t got;

  *count = 0;
  must(bytes != NULL, "malloc");
  while ((got = read(fd, bytes + *count, room - *count)) > 0) {
    *count += (size_t)got;
    if (*count == room) {
      room *= 2;
      bytes = (unsigned char *)realloc(bytes, room);
      must(bytes != NULL, "realloc");
    }
  }
  must(got == 0, "read");
  return bytes;
}

#endif
