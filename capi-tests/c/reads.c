/* What RTMP_Read makes of whole streams, by memory of many sizes. */
#include "stream.h"

/* The sum over all FLV bytes of a stream, and their number. */
static unsigned read_all_of(const struct stream *s, int size, int *total)
{
  RTMP *r = RTMP_Alloc();
  char *flv = malloc((size_t)size);
  unsigned sum = 1;
  int pair[2], got;

  must(flv != NULL, "malloc");
  make_pair(pair);
  RTMP_Init(r);
  r->m_sb.sb_socket = pair[0];
  must(write(pair[1], s->bytes, s->count) == (ssize_t)s->count, "write");
  shutdown(pair[1], SHUT_WR);
  *total = 0;
  while ((got = RTMP_Read(r, flv, size)) > 0) {
    sum = add_to_sum(sum, flv, (size_t)got);
    *total += got;
  }
  RTMP_Close(r);
  RTMP_Free(r);
  close(pair[1]);
  free(flv);
  return sum;
}

int main(void)
{
  static const int sizes[] = { 1, 16, 100, 300, 1000, 4096, 65536 };
  static struct stream s;

  RTMP_LogSetLevel(RTMP_LOGCRIT);
  for (unsigned seed = 1; seed <= 20; seed++) {
    unsigned sum = 0;
    int total = 0;
    stream_make(&s, seed, 8000, 0);
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
      int bytes;
      unsigned one = read_all_of(&s, sizes[i], &bytes);
      if (i && (one != sum || bytes != total))
        printf("%d bytes at a time: %d bytes, sum %08x\n", sizes[i], bytes, one);
      sum = one;
      total = bytes;
    }
    printf("stream %u: %d bytes, sum %08x\n", seed, total, sum);
  }
  return 0;
}
