/* Publishes and plays FLV files by RTMP_Write and RTMP_Read:
 *
 *   client publish FILE.flv URL
 *   client play URL FILE.flv
 *   client resume URL FILE.flv AT     goes on behind the key frame whose tag begins at byte AT; the file is cut behind it
 *
 * What is played is in the file as soon as it has come: nothing is buffered. */
#define _POSIX_C_SOURCE 200809L
#include <librtmp/log.h>
#include <librtmp/rtmp.h>

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { TAG_HEADER = 11, BACK_POINTER = 4, KEY_LIMIT = 1 << 20 };

/* Pieces that end anywhere in a tag, as they come from a pipe. */
static int publish(RTMP *r, int file)
{
  static char piece[4099];
  ssize_t got;

  while ((got = read(file, piece, sizeof piece)) > 0)
    if (RTMP_Write(r, piece, (int)got) != (int)got)
      return 1;
  return got < 0;
}

static int play(RTMP *r, int file)
{
  static char block[64 * 1024];
  int got;

  while ((got = RTMP_Read(r, block, sizeof block)) > 0)
    if (write(file, block, (size_t)got) != got)
      return 1;
  return got < 0;
}

/* The whole tag that begins at a byte of the file; its size, 0 if it is not there. */
static size_t read_tag(int file, long at, unsigned char *tag, size_t room)
{
  ssize_t got = pread(file, tag, room, at);
  size_t size;

  if (got < TAG_HEADER)
    return 0;
  size = TAG_HEADER + (size_t)(tag[1] << 16 | tag[2] << 8 | tag[3]) + BACK_POINTER;
  return (size_t)got < size ? 0 : size;
}

/* Does what rtmpdump --resume does once it knows the last key frame. */
static int resume(RTMP *r, int file, long at)
{
  static unsigned char tag[KEY_LIMIT];
  size_t size = read_tag(file, at, tag, sizeof tag);
  uint32_t time = (uint32_t)tag[7] << 24 | (uint32_t)(tag[4] << 16 | tag[5] << 8 | tag[6]);

  at += (long)size;
  /* nginx begins with the first key frame behind a position in an FLV file. */
  if (!size || ftruncate(file, at) != 0 || lseek(file, at, SEEK_SET) != at || !RTMP_ConnectStream(r, (int)time - 1))
    return 1;
  r->m_read.flags |= RTMP_READ_RESUME;
  r->m_read.initialFrameType = tag[0];
  r->m_read.initialFrame = (char *)tag + TAG_HEADER;
  r->m_read.nInitialFrameSize = (uint32_t)(size - TAG_HEADER - BACK_POINTER);
  r->m_read.nResumeTS = time;
  r->m_read.timestamp = time;
  return play(r, file);
}

static int run(RTMP *r, char **words)
{
  int is_publisher = strcmp(words[1], "publish") == 0, is_resume = strcmp(words[1], "resume") == 0;
  int flags = is_publisher ? O_RDONLY : is_resume ? O_RDWR : O_WRONLY | O_CREAT | O_TRUNC;
  int file = open(words[is_publisher ? 2 : 3], flags, 0666), status;

  if (file < 0) {
    perror(words[0]);
    return 2;
  }
  if (!RTMP_SetupURL(r, words[is_publisher ? 3 : 2]))
    return 2;
  if (is_publisher)
    RTMP_EnableWrite(r);
  if (!RTMP_Connect(r, NULL))
    return 1;
  if (is_resume)
    return resume(r, file, strtol(words[4], NULL, 10));
  if (!RTMP_ConnectStream(r, 0))
    return 1;
  status = is_publisher ? publish(r, file) : play(r, file);
  close(file);
  return status;
}

int main(int count, char **words)
{
  int status;
  RTMP *r;

  if (count < 4 || (strcmp(words[1], "resume") == 0) != (count == 5) || !(r = RTMP_Alloc()))
    return 2;
  signal(SIGPIPE, SIG_IGN);
  RTMP_LogSetLevel(RTMP_LOGWARNING);
  RTMP_Init(r);
  status = run(r, words);
  RTMP_Close(r);
  RTMP_Free(r);
  return status;
}
