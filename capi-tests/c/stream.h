/* A stream as servers send it: messages of all kinds, whose chunks lie between each other. */
#ifndef STREAM_H
#define STREAM_H

#include "common.h"

#define FIRST_CHANNEL 4
#define CHANNELS 3

struct stream {
  unsigned char bytes[16384];
  size_t count;
  unsigned seed, chunk, time;
  /* Of each chunk stream: the message under way, and how much of it has been sent. */
  unsigned char body[CHANNELS][1000];
  unsigned size[CHANNELS], sent[CHANNELS];
  int is_extended[CHANNELS];
};

/* A number below this. */
static inline unsigned stream_below(struct stream *s, unsigned end)
{
  s->seed = s->seed * 1103515245u + 12345u;
  return (s->seed >> 16) % end;
}

static inline void stream_put(struct stream *s, const void *bytes, size_t count)
{
  must(s->count + count <= sizeof(s->bytes), "a longer stream");
  memcpy(s->bytes + s->count, bytes, count);
  s->count += count;
}

static inline void stream_number(unsigned char *at, unsigned number, int size)
{
  while (size--) {
    at[size] = (unsigned char)number;
    number >>= 8;
  }
}

/* The next chunk of the message on a chunk stream, behind a header. */
static inline void stream_payload(struct stream *s, int i)
{
  unsigned left = s->size[i] - s->sent[i], count = left < s->chunk ? left : s->chunk;
  stream_put(s, s->body[i] + s->sent[i], count);
  s->sent[i] += count;
}

static inline int stream_is_open(const struct stream *s, int i)
{
  return s->sent[i] < s->size[i];
}

static inline void stream_more(struct stream *s, int i)
{
  unsigned char header[5] = { (unsigned char)(0xc0 | (FIRST_CHANNEL + i)) };
  stream_number(header + 1, s->time, 4);
  stream_put(s, header, s->is_extended[i] ? 5 : 1);
  stream_payload(s, i);
}

static inline void stream_begin(struct stream *s, int i, int kind, unsigned size)
{
  unsigned char header[16] = { (unsigned char)(FIRST_CHANNEL + i) };
  s->is_extended[i] = s->time >= 0xffffff;
  stream_number(header + 1, s->is_extended[i] ? 0xffffff : s->time, 3);
  stream_number(header + 4, size, 3);
  header[7] = (unsigned char)kind;
  header[8] = 1;
  stream_number(header + 12, s->time, 4);
  s->size[i] = size;
  s->sent[i] = 0;
  stream_put(s, header, s->is_extended[i] ? 16 : 12);
  stream_payload(s, i);
}

/* A message about the connection. */
static inline void stream_control(struct stream *s, int kind, unsigned value)
{
  unsigned char message[16] = { 2, 0, 0, 0, 0, 0, 4, (unsigned char)kind };
  stream_number(message + 12, value, 4);
  stream_put(s, message, sizeof message);
}

/* Audio, video, metadata, or several tags in one message. */
static inline void stream_media(struct stream *s, int i)
{
  static const char meta[] = "\2\0\12onMetaData\3\0\10duration\0\100\24\0\0\0\0\0\0\0\0\11";
  unsigned size = stream_below(s, 6) ? stream_below(s, 400) : stream_below(s, 8), kind = stream_below(s, 10);
  unsigned char *body = s->body[i];

  for (unsigned at = 0; at < size; at++)
    body[at] = (unsigned char)stream_below(s, 256);
  /* The original drops short messages of Enhanced RTMP. */
  if (size <= 5)
    body[0] &= 0x7f;
  if (kind == 0) {
    size = sizeof meta - 1;
    memcpy(body, meta, size);
  } else if (kind == 1) {
    unsigned one = 20 + stream_below(s, 200);
    size = 2 * (one + 15);
    memset(body, 'a', size);
    for (unsigned at = 0; at < size; at += one + 15) {
      memset(body + at, 0, 11);
      body[at] = 9;
      stream_number(body + at + 1, one, 3);
      body[at + 6] = (unsigned char)at;
      stream_number(body + at + 11 + one, one + 11, 4);
    }
  }
  stream_begin(s, i, kind == 0 ? 18 : kind == 1 ? 22 : 8 + (int)(kind & 1), size);
}

/* Makes a stream of about this many bytes. Where messages are aborted the original does not listen. */
static inline void stream_make(struct stream *s, unsigned seed, size_t count, int with_aborts)
{
  memset(s, 0, sizeof(*s));
  s->seed = seed;
  s->chunk = 128;
  for (int i = 0; i < 2; i++) {
    memset(s->body[i], 0x27, 50);
    stream_begin(s, i, 8 + i, 50);
  }
  s->time = stream_below(s, 4) ? 1 : 0xfffff0;
  while (s->count < count) {
    int i = (int)stream_below(s, CHANNELS);
    unsigned what = stream_below(s, 20);
    if (what == 0) {
      unsigned size = 20 + stream_below(s, 500);
      stream_control(s, 1, size);
      s->chunk = size;
    } else if (what == 1) {
      stream_control(s, 3, s->time);
    } else if (what == 2 && with_aborts && stream_is_open(s, i)) {
      stream_control(s, 2, (unsigned)(FIRST_CHANNEL + i));
      s->size[i] = 0;
    } else if (stream_is_open(s, i)) {
      stream_more(s, i);
    } else {
      /* An extended time stays as it is while a message that has it is under way. */
      int is_free = 1;
      for (int other = 0; other < CHANNELS; other++)
        is_free &= !stream_is_open(s, other);
      s->time += is_free ? stream_below(s, 5) : 0;
      stream_media(s, i);
    }
  }
  for (int i = 0; i < CHANNELS; i++)
    while (stream_is_open(s, i))
      stream_more(s, i);
}

#endif
