/* Two threads use one handle, one reading, one writing, as fast as they can, until all messages have been sent and the
 * peer has said its last; then a third closes, which ends the reader.
 *
 *   steady rtmp|rtmps|rtmpe PORT packets|flv MESSAGES [OPTIONS OF THE URL]
 */
#include "client.h"
#include "pattern.h"

#include "../c/common.h"

#include <time.h>

static struct client client;
static int writer_is_done, waiting_calls;

static void *write_and_tell(void *argument)
{
  client_write(argument);
  __atomic_store_n(&writer_is_done, 1, __ATOMIC_RELEASE);
  return NULL;
}

/* Watches from outside until both directions are through, or one has failed. */
static void *close_at_the_end(void *r)
{
  const struct timespec moment = { 0, 2000000 };
  while (!__atomic_load_n(&client.has_stopped, __ATOMIC_ACQUIRE)
         && !(__atomic_load_n(&client.has_ended, __ATOMIC_ACQUIRE)
              && __atomic_load_n(&writer_is_done, __ATOMIC_ACQUIRE)))
    nanosleep(&moment, NULL);
  waiting_calls = client.r->m_numCalls;
  RTMP_Close(r);
  return NULL;
}

int main(int argc, char **argv)
{
  pthread_t reader, writer, closer;

  must(argc >= 5, "arguments");
  RTMP_LogSetLevel(RTMP_LOGCRIT);
  make_pattern();
  client.r = RTMP_Alloc();
  RTMP_Init(client.r);
  client.style = strcmp(argv[3], "flv") ? PACKETS : FLV;
  client.messages = (uint32_t)strtoul(argv[4], NULL, 10);
  snprintf(client.url, sizeof client.url, "%s://127.0.0.1:%s/app/stream%s%s", argv[1], argv[2], argc > 5 ? " " : "",
           argc > 5 ? argv[5] : "");
  must(client_connect(&client), "connecting");
  must(pthread_create(&reader, NULL, client_read, &client) == 0, "pthread_create");
  must(pthread_create(&writer, NULL, write_and_tell, &client) == 0, "pthread_create");
  must(pthread_create(&closer, NULL, close_at_the_end, client.r) == 0, "pthread_create");
  pthread_join(writer, NULL);
  pthread_join(reader, NULL);
  pthread_join(closer, NULL);
  printf("%u sent, %u received, %d calls wait, %s, fault: %s\n", client.sent, client.received, waiting_calls,
         client.has_ended ? "ended" : "NOT ENDED", client.fault ? client.fault : "none");
  RTMP_Free(client.r);
  /* All calls but "done" were answered. */
  return client.fault || !client.has_ended || client.sent != client.messages || waiting_calls != 1;
}
