/* FFmpeg's own RTMP, the rival:   rival read|write|open url= size= [ms= cpu= ...]
 *
 * FLV bytes through libavformat's byte streams, which is what RTMP_Read and RTMP_Write are. */
#include "measure.h"

#include <libavformat/avio.h>

#define TAG_EXTRA 15

struct rival {
  AVIOContext *stream;
  unsigned char *bytes;
  int size;
  uint64_t tag;
  uint32_t time;
};

static int read_once(struct work *work)
{
  struct rival *rival = work->context;
  int count = avio_read_partial(rival->stream, rival->bytes, rival->size);
  work->bytes += count > 0 ? (uint64_t)count : 0;
  work->messages = work->bytes / rival->tag;
  return count > 0;
}

static int write_once(struct work *work)
{
  struct rival *rival = work->context;
  unsigned char *tag = rival->bytes;
  rival->time++;
  tag[4] = (unsigned char)(rival->time >> 16);
  tag[5] = (unsigned char)(rival->time >> 8);
  tag[6] = (unsigned char)rival->time;
  avio_write(rival->stream, tag, rival->size);
  work->messages++;
  work->bytes += (uint64_t)rival->size;
  return !rival->stream->error;
}

static int open_once(struct work *work)
{
  AVIOContext *stream;
  must(avio_open(&stream, text("url", ""), AVIO_FLAG_WRITE) >= 0, "avio_open");
  avio_close(stream);
  work->messages++;
  return 1;
}

static void build_tag(struct rival *rival, int size)
{
  unsigned char head[] = { 9, (unsigned char)(size >> 16), (unsigned char)(size >> 8), (unsigned char)size };
  unsigned all = (unsigned)size + 11;
  unsigned char end[] = { (unsigned char)(all >> 24), (unsigned char)(all >> 16), (unsigned char)(all >> 8),
                          (unsigned char)all };
  memcpy(rival->bytes, head, sizeof head);
  rival->bytes[11] = 0x27;
  memcpy(rival->bytes + all, end, sizeof end);
}

int main(int argc, char **argv)
{
  struct rival rival = { 0 };
  int is_writer, size;
  struct work work = { read_once, &rival, 0, 0 };

  arguments(argc, argv);
  pin(number("cpu", -1));
  must(argc > 1, "rival read|write|open");
  if (!strcmp(argv[1], "open")) {
    work.once = open_once;
    measure(&work);
    fflush(stdout);
    _exit(0);
  }
  is_writer = !strcmp(argv[1], "write");
  size = (int)number("size", 10240);
  rival.tag = (uint64_t)size + TAG_EXTRA;
  rival.size = is_writer ? size + TAG_EXTRA : (int)number("buffer", 65536);
  rival.bytes = calloc(1, (size_t)rival.size);
  must(rival.bytes != NULL, "calloc");
  must(avio_open(&rival.stream, text("url", ""), is_writer ? AVIO_FLAG_WRITE : AVIO_FLAG_READ) >= 0, "avio_open");
  if (is_writer) {
    static const unsigned char header[13] = { 'F', 'L', 'V', 1, 1, 0, 0, 0, 9 };
    avio_write(rival.stream, header, sizeof header);
    build_tag(&rival, size);
    work.once = write_once;
  }
  measure(&work);
  fflush(stdout);
  _exit(0);
}
