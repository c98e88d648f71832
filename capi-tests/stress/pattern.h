/* The messages that both ends of a stress run know: number n has this size, this time and these bytes. */
#ifndef PATTERN_H
#define PATTERN_H

#include "wire.h"

#include <string.h>

#define LONGEST 50016

extern unsigned char pattern[LONGEST + 256];

/* To be called before there are threads. */
void make_pattern(void);

/* Most are short, one in a thousand is much longer than what a socket takes at once. */
static inline uint32_t size_of(uint32_t n)
{
  uint32_t mixed = (n * 2654435761u) >> 16;
  return n % 1000 == 999 ? 20016 + mixed % 30000 : 16 + mixed % 500;
}

/* Soon beyond the 24 bits of a plain timestamp. */
static inline uint32_t stamp_of(uint32_t n)
{
  return 0xfffc18 + 2 * n;
}

/* A first byte that no codec configuration has, the number, the pattern. */
static inline void fill_body(uint32_t n, unsigned char *body)
{
  body[0] = 0x22;
  put32(body + 1, n);
  memcpy(body + 5, pattern + (n & 255), size_of(n) - 5);
}

static inline int is_body(uint32_t n, const unsigned char *body, uint32_t size)
{
  return size == size_of(n) && body[0] == 0x22 && get32(body + 1) == n
         && !memcmp(body + 5, pattern + (n & 255), size - 5);
}

#endif
