#include "flv.h"

#include "pattern.h"

#include <stdlib.h>

#define FILE_HEADER 13
#define TAG_HEADER 11
#define READ 32768

int flv_write(RTMP *r, uint32_t n, char *buffer)
{
  unsigned char *tag = (unsigned char *)buffer;
  uint32_t size = size_of(n), stamp = stamp_of(n), whole = TAG_HEADER + size + 4;
  uint32_t cut = n % 3 ? (n * 2654435761u >> 8) % whole : 0;

  put32(tag, size);
  tag[0] = (unsigned char)(n % 10 == 9 ? 18 : 8 + n % 2);
  put32(tag + 4, stamp << 8 | stamp >> 24);
  put32(tag + 7, stamp >> 24 << 24);
  fill_body(n, tag + TAG_HEADER);
  put32(tag + TAG_HEADER + size, TAG_HEADER + size);
  return (!cut || RTMP_Write(r, buffer, (int)cut) == (int)cut)
         && RTMP_Write(r, buffer + cut, (int)(whole - cut)) == (int)(whole - cut);
}

struct reader {
  unsigned char bytes[READ + LONGEST + FILE_HEADER + TAG_HEADER + 4];
  size_t have, done;
  int has_begun, is_over;
  const char *fault;
};

/* Takes the next tag if it is all there. */
static int take_one(struct reader *reader, flv_take *take, void *context)
{
  const unsigned char *tag = reader->bytes + reader->done;
  size_t left = reader->have - reader->done;
  uint32_t size, stamp;

  if (!reader->has_begun) {
    if (left < FILE_HEADER)
      return 0;
    if (memcmp(tag, "FLV\1", 4))
      reader->fault = "no file header";
    reader->has_begun = 1;
    reader->done += FILE_HEADER;
    return 1;
  }
  if (left < TAG_HEADER || left < TAG_HEADER + (size = get32(tag) & 0xffffff) + 4)
    return 0;
  stamp = get32(tag + 4);
  if (get32(tag + TAG_HEADER + size) != TAG_HEADER + size)
    reader->fault = "a tag with a wrong size behind it";
  reader->is_over = !take(context, tag[0], stamp >> 8 | stamp << 24, tag + TAG_HEADER, size);
  reader->done += TAG_HEADER + size + 4;
  return 1;
}

const char *flv_read(RTMP *r, flv_take *take, void *context)
{
  struct reader *reader = calloc(1, sizeof *reader);
  const char *fault;
  int count;

  if (!reader)
    return "no memory";
  while (!reader->is_over && !reader->fault && (count = RTMP_Read(r, (char *)reader->bytes + reader->have, READ)) > 0) {
    reader->have += (size_t)count;
    while (!reader->is_over && !reader->fault && take_one(reader, take, context))
      ;
    memmove(reader->bytes, reader->bytes + reader->done, reader->have - reader->done);
    reader->have -= reader->done;
    reader->done = 0;
    if (reader->have > sizeof reader->bytes - READ)
      reader->fault = "a tag longer than any";
  }
  fault = reader->fault;
  free(reader);
  return fault;
}
