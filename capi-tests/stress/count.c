/* Prints how many audio and video messages are complete in what a server sent on one connection, handshake included.
 *
 *   count FILE */
#include "link.h"
#include "wire.h"

#include "../c/common.h"

struct counting {
  struct wire wire;
  unsigned long media;
};

static void see(void *context, const struct message *message)
{
  struct counting *counting = context;
  counting->media += message->type == 8 || message->type == 9;
  if (message->type == 1)
    counting->wire.chunk_size = get32(message->body);
}

int main(int argc, char **argv)
{
  static struct counting counting;
  unsigned char bytes[4096];
  size_t count;
  FILE *file;

  must(argc == 2, "arguments");
  file = fopen(argv[1], "rb");
  must(file != NULL, argv[1]);
  wire_init(&counting.wire);
  must(fread(bytes, 1, HANDSHAKE, file) == HANDSHAKE, "a handshake");
  while ((count = fread(bytes, 1, sizeof bytes, file)) > 0)
    wire_feed(&counting.wire, bytes, count, see, &counting);
  must(!counting.wire.fault, counting.wire.fault);
  wire_free(&counting.wire);
  fclose(file);
  printf("%lu\n", counting.media);
  return 0;
}
