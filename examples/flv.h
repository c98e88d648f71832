/* Reads the tags of an FLV file, for the examples that publish one. */
#ifndef FLV_H
#define FLV_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

enum { FLV_HEADER = 13, FLV_AUDIO = 8, FLV_VIDEO = 9, FLV_SCRIPT = 18 };

/* One tag: 11 bytes in front of the body, and 4 with its length behind. Begin with all zero; free(bytes) at the end. */
struct flv_tag {
  int type;
  uint32_t time; /* ms */
  unsigned char *bytes, *body;
  size_t size, body_size;
};

/* Goes to the first tag. Returns 0 if this is no FLV file. */
static inline int flv_begin(FILE *file)
{
  unsigned char header[FLV_HEADER];
  return fread(header, 1, sizeof header, file) == sizeof header && header[0] == 'F' && header[1] == 'L' &&
         header[2] == 'V' && header[8] == 9;
}

/* Reads the next tag. Returns 0 at the end of the file, and of what is whole in it. */
static inline int flv_next(FILE *file, struct flv_tag *tag)
{
  unsigned char head[11], *bytes;
  if (fread(head, 1, sizeof head, file) != sizeof head)
    return 0;
  tag->type = head[0] & 0x1f;
  tag->body_size = (size_t)head[1] << 16 | (size_t)head[2] << 8 | head[3];
  tag->time = (uint32_t)head[7] << 24 | (uint32_t)head[4] << 16 | (uint32_t)head[5] << 8 | head[6];
  tag->size = sizeof head + tag->body_size + 4;
  if (!(bytes = realloc(tag->bytes, tag->size)))
    return 0;
  tag->bytes = bytes;
  tag->body = bytes + sizeof head;
  for (size_t i = 0; i < sizeof head; i++)
    bytes[i] = head[i];
  return fread(tag->body, 1, tag->body_size + 4, file) == tag->body_size + 4;
}

/* Reads all tags of a file, whose bytes stay allocated. Returns NULL if there are none. */
static inline struct flv_tag *flv_all(const char *path, size_t *count)
{
  FILE *file = fopen(path, "rb");
  struct flv_tag *tags = NULL, *more, tag = { 0 };

  *count = 0;
  if (!file)
    return NULL;
  if (flv_begin(file))
    while (flv_next(file, &tag) && (more = realloc(tags, (*count + 1) * sizeof *tags))) {
      tags = more;
      tags[(*count)++] = tag;
      tag = (struct flv_tag){ 0 };
    }
  free(tag.bytes);
  fclose(file);
  return tags;
}

/* Not 0 for what a decoder needs before anything else: the configuration of H.264 or AAC. */
static inline int flv_is_configuration(const struct flv_tag *tag)
{
  if (tag->body_size < 2 || tag->body[1] != 0)
    return 0;
  return (tag->type == FLV_VIDEO && (tag->body[0] & 0x0f) == 7) || (tag->type == FLV_AUDIO && tag->body[0] >> 4 == 10);
}

/* Not 0 for a picture with which a player can begin. */
static inline int flv_is_key_frame(const struct flv_tag *tag)
{
  return tag->type == FLV_VIDEO && tag->body_size > 0 && tag->body[0] >> 4 == 1 && !flv_is_configuration(tag);
}

#endif
