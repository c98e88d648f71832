/* One handle connects again and again, to each of several servers in turn, and needs no more memory and no more
 * descriptors than in the beginning.
 *
 *   again ROUNDS URL... */
#include "client.h"
#include "pattern.h"

#include "../c/common.h"

#include <dirent.h>
#include <malloc.h>

#define MESSAGES 20

struct usage {
  long descriptors, allocated, resident; /* number, bytes, KiB */
};

static long count_descriptors(void)
{
  DIR *directory = opendir("/proc/self/fd");
  long count = 0;
  must(directory != NULL, "/proc/self/fd");
  while (readdir(directory))
    count++;
  closedir(directory);
  return count;
}

static long resident(void)
{
  FILE *file = fopen("/proc/self/status", "r");
  char line[256];
  long size = -1;
  must(file != NULL, "/proc/self/status");
  while (size < 0 && fgets(line, sizeof line, file))
    sscanf(line, "VmRSS: %ld kB", &size);
  fclose(file);
  return size;
}

static struct usage usage(void)
{
  return (struct usage){ count_descriptors(), (long)mallinfo2().uordblks, resident() };
}

/* As many messages in both directions, and not to the end. */
static void talk(struct client *client)
{
  RTMPPacket packet = { 0 };
  char buffer[RTMP_MAX_HEADER_SIZE + LONGEST];
  for (uint32_t n = 0; n < MESSAGES;) {
    must(RTMP_ReadPacket(client->r, &packet), "RTMP_ReadPacket");
    if (!RTMPPacket_IsReady(&packet))
      continue;
    RTMP_ClientPacket(client->r, &packet);
    RTMPPacket_Free(&packet);
    must(client_send(client->r, n++, buffer + RTMP_MAX_HEADER_SIZE), "RTMP_SendPacket");
  }
}

static void play(RTMP *r, const char *url)
{
  struct client client = { .r = r };
  snprintf(client.url, sizeof client.url, "%s", url);
  must(client_connect(&client), url);
  talk(&client);
  RTMP_Close(r);
}

int main(int argc, char **argv)
{
  struct usage before = { 0 }, after;
  unsigned rounds, warm;
  RTMP *r = RTMP_Alloc();

  must(argc >= 3, "arguments");
  RTMP_LogSetLevel(RTMP_LOGCRIT);
  make_pattern();
  RTMP_Init(r);
  rounds = (unsigned)strtoul(argv[1], NULL, 10);
  /* What is made once, by the library or the C library, is made by then. */
  warm = rounds / 5;
  for (unsigned round = 0; round < rounds; round++) {
    if (round == warm)
      before = usage();
    play(r, argv[2 + round % (unsigned)(argc - 2)]);
  }
  after = usage();
  RTMP_Free(r);
  printf("%u connections; from number %u on %+ld descriptors, %+ld bytes allocated, %+ld KiB resident\n", rounds, warm,
         after.descriptors - before.descriptors, after.allocated - before.allocated, after.resident - before.resident);
  return after.descriptors != before.descriptors || after.allocated - before.allocated > 4096;
}
