/* Connections that a third thread ends at a random moment, while one thread connects or reads and another writes: by
 * RTMP_Close, or by RTMP_Cancel and RTMP_Close when the others have stopped. The same handle is used again each time.
 *
 *   sudden rtmp|rtmps|rtmpe PORT packets|flv ROUNDS close|cancel MILLISECONDS [OPTIONS OF THE URL]
 *
 * MILLISECONDS: the latest moment; one in four ends in the first sixth, while it is being made.
 */
#include "client.h"
#include "pattern.h"

#include "../c/common.h"

#include <dirent.h>
#include <time.h>

static struct client client;
static int is_over;
static unsigned connected, cut;

/* ThreadSanitizer has pipes of its own. */
static unsigned count_sockets(void)
{
  DIR *directory = opendir("/proc/self/fd");
  struct dirent *entry;
  unsigned count = 0;
  must(directory != NULL, "/proc/self/fd");
  while ((entry = readdir(directory))) {
    char text[8] = "";
    if (readlinkat(dirfd(directory), entry->d_name, text, sizeof text - 1) > 0)
      count += !strcmp(text, "socket:");
  }
  closedir(directory);
  return count;
}

static void rest(unsigned microseconds)
{
  const struct timespec time = { 0, 1000L * microseconds };
  nanosleep(&time, NULL);
}

/* Once is not enough for RTMP_Close: it may come before there is a connection. */
static void *close_it(void *microseconds)
{
  rest(*(unsigned *)microseconds);
  do {
    RTMP_Close(client.r);
    rest(1000);
  } while (!__atomic_load_n(&is_over, __ATOMIC_ACQUIRE));
  return NULL;
}

static void *cancel_it(void *microseconds)
{
  rest(*(unsigned *)microseconds);
  RTMP_Cancel(client.r);
  return NULL;
}

static void use(void)
{
  pthread_t reader, writer;
  must(pthread_create(&reader, NULL, client_read, &client) == 0, "pthread_create");
  must(pthread_create(&writer, NULL, client_write, &client) == 0, "pthread_create");
  pthread_join(reader, NULL);
  pthread_join(writer, NULL);
}

static void play_one(int by_cancel, unsigned microseconds)
{
  pthread_t ender;
  client.sent = client.received = 0;
  client.has_ended = client.has_stopped = 0;
  is_over = 0;
  must(RTMP_SetupURL(client.r, client.url), "RTMP_SetupURL");
  RTMP_EnableWrite(client.r);
  must(pthread_create(&ender, NULL, by_cancel ? cancel_it : close_it, &microseconds) == 0, "pthread_create");
  if (RTMP_Connect(client.r, NULL) && RTMP_ConnectStream(client.r, 0)) {
    connected++;
    use();
    cut += client.sent > 0;
  }
  __atomic_store_n(&is_over, 1, __ATOMIC_RELEASE);
  pthread_join(ender, NULL);
  RTMP_Close(client.r);
  must(!client.fault, client.fault);
}

int main(int argc, char **argv)
{
  unsigned rounds, longest, before, seed = 1;
  char url[sizeof client.url];

  must(argc >= 7, "arguments");
  RTMP_LogSetLevel(RTMP_LOGCRIT);
  make_pattern();
  rounds = (unsigned)strtoul(argv[4], NULL, 10);
  longest = 1000 * (unsigned)strtoul(argv[6], NULL, 10);
  client.style = strcmp(argv[3], "flv") ? PACKETS : FLV;
  client.r = RTMP_Alloc();
  RTMP_Init(client.r);
  snprintf(url, sizeof url, "%s://127.0.0.1:%s/app/stream%s%s", argv[1], argv[2], argc > 7 ? " " : "",
           argc > 7 ? argv[7] : "");
  before = count_sockets();
  for (unsigned round = 0; round < rounds; round++) {
    unsigned latest = round % 4 ? longest : longest / 6;
    memcpy(client.url, url, sizeof url);
    play_one(!strcmp(argv[5], "cancel"), (unsigned)rand_r(&seed) % latest);
  }
  must(count_sockets() == before, "as many sockets as before");
  RTMP_Free(client.r);
  printf("%u rounds, %u connected, %u cut while sending\n", rounds, connected, cut);
  return 0;
}
