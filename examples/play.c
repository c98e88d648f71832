/* Plays a stream into an FLV file:   play URL FILE.flv
 *
 * Options may follow the address in the same argument: "rtmp://host/app/stream live=1 timeout=10". It ends with the
 * stream, or by Ctrl-C. Why something fails is in the log, which goes to the standard error. */
#define _POSIX_C_SOURCE 200809L
#include <librtmp/log.h>
#include <librtmp/rtmp.h>

#include <signal.h>
#include <stdio.h>

static void interrupt(int number)
{
  (void)number;
  RTMP_UserInterrupt();
}

/* Returns 0 when the stream has come to its end, else 1. */
static int play(RTMP *r, char *url, FILE *out)
{
  static char block[64 * 1024];
  int got;

  if (!RTMP_SetupURL(r, url) || !RTMP_Connect(r, NULL) || !RTMP_ConnectStream(r, 0))
    return 1;
  while ((got = RTMP_Read(r, block, sizeof block)) > 0)
    if (fwrite(block, 1, (size_t)got, out) != (size_t)got) {
      perror("play: writing");
      return 1;
    }
  /* 0 bytes: the server has said that the stream is complete, or nothing comes any more. */
  if (got == 0 && r->m_read.status == RTMP_READ_COMPLETE)
    return 0;
  fprintf(stderr, "play: %s\n", RTMP_ctrlC ? "interrupted" : RTMP_IsTimedout(r) ? "nothing came in time" : "disconnected");
  return 1;
}

int main(int count, char **words)
{
  RTMP *r;
  FILE *out;
  int status;
  /* Without SA_RESTART the call that waits for the network gives up. */
  struct sigaction action = { .sa_handler = interrupt };

  if (count != 3) {
    fprintf(stderr, "usage: %s URL FILE.flv\n", words[0]);
    return 2;
  }
  if (!(out = fopen(words[2], "wb"))) {
    perror(words[2]);
    return 1;
  }
  if (!(r = RTMP_Alloc()))
    return 1;
  RTMP_Init(r);
  sigaction(SIGINT, &action, NULL);
  /* The original librtmp lets a server that goes end the program. */
  signal(SIGPIPE, SIG_IGN);

  status = play(r, words[1], out);

  RTMP_Close(r);
  RTMP_Free(r);
  if (fclose(out) != 0) {
    perror(words[2]);
    return 1;
  }
  return status;
}
