/* Closing from everywhere: two threads of which one frees, callbacks inside a call, signal handlers inside a call, behind a
 * jump out of one. The original crashes or hangs: this program is for a library that does better. */
#include "common.h"

#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <time.h>

static RTMP handle, other_handle;

static RTMPPacket video(char *body, unsigned size)
{
  RTMPPacket packet = { 0 };
  packet.m_nChannel = 4;
  packet.m_packetType = RTMP_PACKET_TYPE_VIDEO;
  packet.m_nInfoField2 = 1;
  packet.m_body = body;
  packet.m_nBodySize = size;
  return packet;
}

static int connected(RTMP *r)
{
  int pair[2];
  make_pair(pair);
  RTMP_Init(r);
  r->m_sb.sb_socket = pair[0];
  return pair[1];
}

/* Waits until something is there to be read: the other side is inside its call. */
static void wait_for_bytes(int fd)
{
  char byte;
  must(recv(fd, &byte, 1, MSG_PEEK) == 1, "recv");
}

/* A ping, and the wait for its pong: the thread is inside RTMP_Read or RTMP_ReadPacket. */
static void ping(int fd)
{
  static const unsigned char message[] = { 2, 0, 0, 0, 0, 0, 6, 4, 0, 0, 0, 0, 0, 6, 0, 0, 0, 1 };
  must(send(fd, message, sizeof message, 0) == sizeof message, "send");
  wait_for_bytes(fd);
}

static void *read_close_and_free(void *argument)
{
  RTMP *r = argument;
  char buffer[1000];
  while (RTMP_Read(r, buffer, sizeof buffer) > 0)
    ;
  RTMP_Close(r);
  RTMP_Free(r);
  return NULL;
}

static void *write_close_and_free(void *argument)
{
  RTMP *r = argument;
  static char body[RTMP_MAX_HEADER_SIZE + 100000];
  RTMPPacket packet = video(body + RTMP_MAX_HEADER_SIZE, 100000);
  while (RTMP_SendPacket(r, &packet, FALSE))
    ;
  RTMP_Close(r);
  RTMP_Free(r);
  return NULL;
}

/* stop() { RTMP_Close(r); join } beside run() { while (read or write) ; RTMP_Close(r); RTMP_Free(r); } */
static void two_closers(void *(*work)(void *), int is_reader)
{
  for (int i = 0; i < 100; i++) {
    RTMP *r = RTMP_Alloc();
    int peer = connected(r);
    pthread_t thread;
    must(pthread_create(&thread, NULL, work, r) == 0, "pthread_create");
    if (is_reader)
      ping(peer);
    else
      wait_for_bytes(peer);
    RTMP_Close(r);
    must(pthread_join(thread, NULL) == 0, "pthread_join");
    close(peer);
  }
  printf("two closers, one of them a %s: done\n", is_reader ? "reader" : "writer");
}

static pthread_barrier_t together;

static void *close_together(void *r)
{
  pthread_barrier_wait(&together);
  RTMP_Close(r);
  return NULL;
}

static void four_closers(void)
{
  pthread_t threads[4];
  must(pthread_barrier_init(&together, NULL, 4) == 0, "pthread_barrier_init");
  for (int i = 0; i < 300; i++) {
    int peer = connected(&handle);
    RTMP_SendCtrl(&handle, 3, 1, 2);
    for (int j = 0; j < 4; j++)
      must(pthread_create(&threads[j], NULL, close_together, &handle) == 0, "pthread_create");
    for (int j = 0; j < 4; j++)
      must(pthread_join(threads[j], NULL) == 0, "pthread_join");
    must(!RTMP_IsConnected(&handle), "closed");
    close(peer);
  }
  pthread_barrier_destroy(&together);
  printf("four closers at once: done\n");
}

static void *write_until_closed(void *argument)
{
  static char body[RTMP_MAX_HEADER_SIZE + 100000];
  RTMPPacket packet = video(body + RTMP_MAX_HEADER_SIZE, 100000);
  while (RTMP_SendPacket(argument, &packet, FALSE))
    ;
  return NULL;
}

/* The memory is given back as soon as RTMP_Close returns. */
static void close_and_free_beside_a_writer(void)
{
  for (int i = 0; i < 100; i++) {
    RTMP *r = RTMP_Alloc();
    int peer = connected(r);
    pthread_t thread;
    must(pthread_create(&thread, NULL, write_until_closed, r) == 0, "pthread_create");
    wait_for_bytes(peer);
    RTMP_Close(r);
    RTMP_Free(r);
    must(pthread_join(thread, NULL) == 0, "pthread_join");
    close(peer);
  }
  printf("freed beside a writer: done\n");
}

/* What the callback does with each line, once, when it has let so many pass. */
static enum { NOTHING, CLOSE, SEND, SEND_BADLY, READ, REPLACE, RESET, SET } deed;
static int sender;
static int lines_before;

static void callback(int level, const char *format, va_list arguments)
{
  char text[2048];
  int now = deed;
  RTMPPacket packet = video(text + RTMP_MAX_HEADER_SIZE, 1), received = { 0 };
  AVal option = AVC("conn"), value = AVC("N:1");
  static const char empty[] = { 4, 0, 0, 0, 0, 0, 0, 9, 1, 0, 0, 0 }, body[100];

  (void)level;
  if (now == NOTHING || (lines_before && lines_before--))
    return;
  deed = NOTHING;
  vsnprintf(text, sizeof text, format, arguments);
  switch (now) {
  case CLOSE: RTMP_Close(&handle); break;
  case SEND: RTMP_SendCtrl(&handle, 3, 1, 2); break;
  case SEND_BADLY: packet.m_nChannel = 70000; RTMP_SendPacket(&handle, &packet, FALSE); break;
  case REPLACE:
    must(send(sender, empty, sizeof empty, 0) == sizeof empty, "send");
    must(send(sender, body, sizeof body, 0) == sizeof body, "send");
    shutdown(sender, SHUT_WR);
    /* fall through */
  case READ:
    RTMP_ReadPacket(&handle, &received);
    RTMPPacket_Free(&received);
    break;
  case RESET: AMF_Reset(&handle.Link.extras); break;
  case SET:
    for (int i = 0; i < 40; i++)
      RTMP_SetOpt(&handle, &option, &value);
    break;
  default: break;
  }
}

static const char *const deeds[] = { "nothing", "close", "send", "send badly", "read" };

static void call_back_from_refusals(void)
{
  static char body[RTMP_MAX_HEADER_SIZE + 10];

  for (int what = CLOSE; what <= SEND_BADLY; what++)
    for (int bad = 0; bad < 2; bad++) {
      RTMPPacket packet = video(body + RTMP_MAX_HEADER_SIZE, 10);
      int peer = connected(&handle), result;
      if (bad)
        packet.m_headerType = 4;
      else
        packet.m_nChannel = 70000;
      deed = what;
      result = RTMP_SendPacket(&handle, &packet, FALSE);
      printf("%s while a bad %s is refused: %d, connected %d\n", deeds[what], bad ? "type" : "channel", result,
             RTMP_IsConnected(&handle));
      RTMP_Close(&handle);
      close(peer);
    }
}

/* Every line of a whole conversation in turn. */
static void call_back_from_reading(void)
{
  static const unsigned char messages[] = {
    2, 0, 0, 0, 0, 0, 6, 4, 0, 0, 0, 0, 0, 6, 0, 0, 0, 1,     /* a ping */
    2, 0, 0, 0, 0, 0, 4, 1, 0, 0, 0, 0, 0, 0, 1, 0,           /* chunks of 256 bytes */
    4, 0, 0, 0, 0, 0, 5, 9, 1, 0, 0, 0, 0x27, 1, 2, 3, 4,     /* video */
    3, 0, 0, 0, 0, 0, 15, 20, 0, 0, 0, 0, 2, 0, 5, 'c', 'l', 'o', 's', 'e', 0, 0, 0, 0, 0, 0, 0, /* close */
  };
  int lines = 0, is_any = TRUE;

  RTMP_LogSetLevel(RTMP_LOGALL);
  for (int what = CLOSE; what <= READ; what++)
    for (lines = 0, is_any = TRUE; is_any; lines++) {
      RTMPPacket packet = { 0 };
      int peer = connected(&handle), left = lines;
      must(send(peer, messages, sizeof messages, 0) == sizeof messages, "send");
      shutdown(peer, SHUT_WR);
      /* The line after which the callback acts is chosen by how many packets were read before. */
      is_any = FALSE;
      while (RTMP_ReadPacket(&handle, &packet)) {
        if (RTMPPacket_IsReady(&packet)) {
          if (left-- == 0) {
            deed = what;
            is_any = TRUE;
          }
          RTMP_ClientPacket(&handle, &packet);
          RTMPPacket_Free(&packet);
        }
      }
      RTMPPacket_Free(&packet);
      deed = NOTHING;
      RTMP_Close(&handle);
      close(peer);
    }
  RTMP_LogSetLevel(RTMP_LOGERROR);
  printf("callbacks inside reading: done\n");
}

/* Media of several chunks, one message behind the other on the same chunk stream. */
static void send_media(int peer)
{
  static const unsigned sizes[] = { 140, 40, 0, 140, 300, 5 };
  for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
    unsigned char bytes[400] = { 4, 0, 0, (unsigned char)i, 0, (unsigned char)(sizes[i] >> 8), (unsigned char)sizes[i], 9, 1 };
    size_t end = 12;
    for (unsigned at = 0; at < sizes[i]; at++) {
      if (at && at % 128 == 0)
        bytes[end++] = 0xc4;
      bytes[end++] = (unsigned char)(0xc0 + at % 3);
    }
    must(send(peer, bytes, end, 0) == (ssize_t)end, "send");
  }
  shutdown(peer, SHUT_WR);
}

/* All of it is there, says who looks at memory. */
static void look_at(const RTMPPacket *packet)
{
  for (uint32_t i = 0; packet->m_body && i < packet->m_nBodySize; i++)
    must(packet->m_body[i] != 'x', "media");
}

/* Inside every line of a dump of what arrives in turn: the bytes that are shown may go, and others come in their place. */
static void call_back_from_dumps(void)
{
  RTMP_LogSetLevel(RTMP_LOGALL);
  for (int what = CLOSE; what <= READ; what += READ - CLOSE)
    for (int lines = 0, is_any = TRUE; is_any; lines++) {
      RTMPPacket packet = { 0 };
      int peer = connected(&handle);
      send_media(peer);
      handle.m_bSendCounter = TRUE;
      handle.m_nClientBW = 1000; /* reports, and their dumps, in the middle of messages */
      lines_before = lines;
      deed = what;
      while (RTMP_ReadPacket(&handle, &packet))
        if (RTMPPacket_IsReady(&packet)) {
          look_at(&packet);
          RTMPPacket_Free(&packet);
        }
      RTMPPacket_Free(&packet);
      is_any = deed == NOTHING;
      deed = NOTHING;
      lines_before = 0;
      RTMP_Close(&handle);
      close(peer);
    }
  RTMP_LogSetLevel(RTMP_LOGERROR);
  printf("callbacks inside dumps: done\n");
}

/* A message without a body comes in the place of one that is half read. */
static void call_back_between_pieces(void)
{
  static const char begin[12 + 100] = { 4, 0, 0, 0, 0, 0, 120, 9, 1 };
  RTMP_LogSetLevel(RTMP_LOGALL);
  for (int lines = 0; lines < 8; lines++) {
    RTMPPacket packet = { 0 };
    sender = connected(&handle);
    must(send(sender, begin, sizeof begin, 0) == sizeof begin, "send");
    handle.m_bSendCounter = TRUE;
    handle.m_nClientBW = 100;
    lines_before = lines;
    deed = REPLACE;
    while (RTMP_ReadPacket(&handle, &packet))
      RTMPPacket_Free(&packet);
    RTMPPacket_Free(&packet);
    must(deed == NOTHING, "a line");
    RTMP_Close(&handle);
    close(sender);
  }
  RTMP_LogSetLevel(RTMP_LOGERROR);
  printf("callbacks between pieces: done\n");
}

/* A chunk that is passed on is a part of the message that is being read: it goes with the connection. */
static void call_back_from_a_chunk(void)
{
  int is_any = TRUE;
  RTMP_LogSetLevel(RTMP_LOGALL);
  for (int lines = 0; is_any; lines++) {
    RTMPPacket packet = { 0 }, other = { 0 };
    RTMPChunk chunk = { 0 };
    int peer = connected(&handle), other_peer = connected(&other_handle);
    send_media(peer);
    send_media(other_peer);
    packet.m_chunk = &chunk;
    must(RTMP_ReadPacket(&handle, &packet), "RTMP_ReadPacket");
    must(RTMP_ReadPacket(&other_handle, &other), "RTMP_ReadPacket");
    lines_before = lines;
    deed = CLOSE;
    RTMP_SendChunk(&handle, &chunk);
    is_any = deed == NOTHING;
    must(is_any != RTMP_IsConnected(&handle), "the handle is closed");
    deed = NOTHING;
    lines_before = 0;
    RTMP_Close(&handle);
    RTMP_Close(&other_handle);
    close(peer);
    close(other_peer);
  }
  RTMP_LogSetLevel(RTMP_LOGERROR);
  printf("callbacks inside a chunk: done\n");
}

/* Values of the program for connect, of which some cannot be encoded, change while they are. */
static void call_back_from_values(void)
{
  static char greeting[1 + 1536 + 1536] = { 3 };
  static const int whats[] = { RESET, SET };
  for (int way = 0; way < 2; way++)
    for (int lines = 0; lines < 4; lines++) {
      AMFObjectProperty date = { 0 }, members = { 0 }, text = { 0 };
      int peer = connected(&handle), i;
      date.p_type = AMF_DATE;
      members.p_type = AMF_OBJECT;
      text.p_type = AMF_STRING;
      text.p_vu.p_aval = (AVal)AVC("text");
      AMF_AddProp(&members.p_vu.p_object, &date);
      AMF_AddProp(&handle.Link.extras, &members);
      for (i = 0; i < 14; i++)
        AMF_AddProp(&handle.Link.extras, &text);
      memset(&members, 0, sizeof members);
      members.p_type = AMF_OBJECT;
      AMF_AddProp(&members.p_vu.p_object, &date);
      AMF_AddProp(&handle.Link.extras, &members);
      must(send(peer, greeting, sizeof greeting, 0) == sizeof greeting, "send");
      lines_before = lines;
      deed = whats[way];
      RTMP_Connect1(&handle, NULL);
      must(deed == NOTHING, "a line");
      AMF_Reset(&handle.Link.extras);
      RTMP_Close(&handle);
      close(peer);
    }
  printf("callbacks inside values: done\n");
}

/* Each date is a line, inside which the object that they are decoded into is emptied. */
static void call_back_from_decoding(void)
{
  char dates[40 * 14], *end = dates;
  for (int i = 0; i < 40; i++) {
    static const char date[14] = { 0, 1, 'd', 0x0b, 0x42, 0x70 };
    memcpy(end, date, sizeof date);
    end += sizeof date;
  }
  RTMP_Init(&handle);
  RTMP_LogSetLevel(RTMP_LOGALL);
  for (int lines = 0; lines < 40; lines++) {
    lines_before = lines;
    deed = RESET;
    must(AMF_Decode(&handle.Link.extras, dates, (int)(end - dates), TRUE) == end - dates, "AMF_Decode");
    must(deed == NOTHING && AMF_CountProp(&handle.Link.extras) == 40, "dates");
    AMF_Reset(&handle.Link.extras);
  }
  RTMP_LogSetLevel(RTMP_LOGERROR);
  printf("callbacks inside decoding: done\n");
}

/* A call, or the answer to it, which tells a stream. */
static RTMPPacket command(char *buffer, const char *name, int is_answer)
{
  char *body = buffer + RTMP_MAX_HEADER_SIZE, *limit = buffer + 256, *end;
  AVal text = { (char *)name, (int)strlen(name) };
  RTMPPacket packet = video(body, 0);
  end = AMF_EncodeString(body, limit, &text);
  end = AMF_EncodeNumber(end, limit, 1);
  *end++ = AMF_NULL;
  if (is_answer)
    end = AMF_EncodeNumber(end, limit, 1);
  packet.m_nChannel = 3;
  packet.m_packetType = RTMP_PACKET_TYPE_INVOKE;
  packet.m_nBodySize = (uint32_t)(end - body);
  return packet;
}

/* Answers a call. Whether there was a line behind `lines` others. */
static int answer(const char *called, const char *setup, int publishes, int what, int lines)
{
  char buffer[256], url[128];
  int peer = connected(&handle), is_done;
  RTMPPacket packet = command(buffer, called, FALSE);

  strcpy(url, setup);
  must(RTMP_SetupURL(&handle, url), "RTMP_SetupURL");
  if (publishes)
    RTMP_EnableWrite(&handle);
  must(RTMP_SendPacket(&handle, &packet, TRUE), "RTMP_SendPacket");
  shutdown(peer, SHUT_WR);
  packet = command(buffer, "_result", TRUE);
  lines_before = lines;
  deed = what;
  RTMP_ClientPacket(&handle, &packet);
  is_done = deed == NOTHING;
  deed = NOTHING;
  lines_before = 0;
  RTMP_Close(&handle);
  close(peer);
  return is_done;
}

/* Every line of the commands that a server's answer leads to, in turn. */
static void call_back_from_commands(void)
{
  static const char *const called[] = { "connect", "createStream" };
  static const char *const urls[] = {
    "rtmp://127.0.0.1/live/mystream live=1 jtv=token",
    "rtmp://127.0.0.1/live/mystream subscribe=another playlist=1",
  };
  RTMP_LogSetLevel(RTMP_LOGALL);
  for (int what = CLOSE; what <= READ; what++)
    for (int way = 0; way < 8; way++) {
      int lines = 0;
      while (answer(called[way & 1], urls[way >> 1 & 1], way >> 2, what, lines))
        lines++;
      must(lines > 5, "lines");
    }
  RTMP_LogSetLevel(RTMP_LOGERROR);
  printf("callbacks inside commands: done\n");
}

static volatile sig_atomic_t is_in_handler_done;
static sigjmp_buf out;
static int jumps;

static void close_in_handler(int number)
{
  (void)number;
  RTMP_Close(&handle);
  is_in_handler_done = 1;
  if (jumps)
    siglongjmp(out, 1);
}

struct attack {
  pthread_t victim;
  int peer, is_reader;
};

static void *interrupt(void *argument)
{
  struct attack *attack = argument;
  if (attack->is_reader)
    ping(attack->peer);
  else
    wait_for_bytes(attack->peer);
  must(pthread_kill(attack->victim, SIGUSR1) == 0, "pthread_kill");
  return NULL;
}

/* The whole message never fits into the socket: what ends the call is the handler. */
static void close_by_signal(int is_reader, int with_jump)
{
  static char body[RTMP_MAX_HEADER_SIZE + 4000000];
  struct sigaction action = { 0 };

  action.sa_handler = close_in_handler;
  action.sa_flags = SA_RESTART;
  sigaction(SIGUSR1, &action, NULL);
  jumps = with_jump;
  for (volatile int i = 0; i < 20; i++) {
    struct attack attack = { pthread_self(), connected(&handle), is_reader };
    RTMPPacket packet = video(body + RTMP_MAX_HEADER_SIZE, 4000000);
    pthread_t thread;
    is_in_handler_done = 0;
    must(pthread_create(&thread, NULL, interrupt, &attack) == 0, "pthread_create");
    if (sigsetjmp(out, 1) == 0) {
      if (is_reader)
        for (packet.m_body = NULL; RTMP_ReadPacket(&handle, &packet); RTMPPacket_Free(&packet))
          RTMP_ClientPacket(&handle, &packet);
      else
        while (RTMP_SendPacket(&handle, &packet, FALSE))
          ;
    }
    must(pthread_join(thread, NULL) == 0, "pthread_join");
    must(is_in_handler_done, "the handler ran");
    must(!RTMP_IsConnected(&handle), "the handle is closed");
    RTMP_Close(&handle);
    close(attack.peer);
  }
  printf("closed by a handler inside a %s%s: done\n", is_reader ? "read" : "write", with_jump ? ", left by a jump" : "");
}

static pthread_t late;
static int late_number;

static void *read_late(void *argument)
{
  RTMPPacket packet = { 0 };
  (void)argument;
  __atomic_store_n(&late_number, (int)syscall(SYS_gettid), __ATOMIC_RELEASE);
  must(!RTMP_ReadPacket(&handle, &packet), "nothing is read");
  return NULL;
}

/* Waits until the thread waits, which it does soon: a second at most. */
static void wait_for_sleep(const int *number)
{
  const struct timespec moment = { 0, 1000000 };
  for (int i = 0, is_asleep = 0; i < 1000 && !is_asleep; i++) {
    char name[64], state = 0;
    int known = __atomic_load_n(number, __ATOMIC_ACQUIRE);
    FILE *file = NULL;
    snprintf(name, sizeof name, "/proc/self/task/%d/stat", known);
    if (known && (file = fopen(name, "r")) != NULL && fscanf(file, "%*d %*s %c", &state) == 1)
      is_asleep = state == 'S';
    if (file)
      fclose(file);
    nanosleep(&moment, NULL);
  }
}

/* Inside the writer's look at what has come, where another thread waits to read. */
static void cancel_beside_a_reader(int level, const char *format, va_list arguments)
{
  char text[2048];
  (void)level;
  vsnprintf(text, sizeof text, format, arguments);
  if (late_number || strncmp(text, "RTMP_ReadPacket", 15) != 0)
    return;
  must(pthread_create(&late, NULL, read_late, NULL) == 0, "pthread_create");
  wait_for_sleep(&late_number);
  RTMP_Cancel(&handle);
}

/* A writer that finds the connection ended closes while it is the one who reads. */
static void close_as_the_reader(void)
{
  static const char tag[] = "\11\0\0\12\0\0\50\0\0\0\0\27\1\0\0\0frame\0\0\0\25";
  int peer = connected(&handle);
  RTMP_LogSetLevel(RTMP_LOGALL);
  RTMP_LogSetCallback(cancel_beside_a_reader);
  must(RTMP_Write(&handle, tag, sizeof tag - 1) == -1, "nothing is written");
  must(late_number && pthread_join(late, NULL) == 0, "pthread_join");
  must(!RTMP_IsConnected(&handle), "the handle is closed");
  RTMP_Close(&handle);
  close(peer);
  RTMP_LogSetLevel(RTMP_LOGERROR);
  RTMP_LogSetCallback((RTMP_LogCallback *)callback);
  printf("a writer that closes beside a reader: done\n");
}

static void *send_late(void *argument)
{
  char body[RTMP_MAX_HEADER_SIZE + 10] = { 0 };
  RTMPPacket packet = video(body + RTMP_MAX_HEADER_SIZE, 10);
  (void)argument;
  __atomic_store_n(&late_number, (int)syscall(SYS_gettid), __ATOMIC_RELEASE);
  must(!RTMP_SendPacket(&handle, &packet, FALSE), "nothing is sent");
  return NULL;
}

static void *interrupt_beside_a_sender(void *argument)
{
  struct attack *attack = argument;
  wait_for_bytes(attack->peer);
  must(pthread_create(&late, NULL, send_late, NULL) == 0, "pthread_create");
  wait_for_sleep(&late_number);
  must(pthread_kill(attack->victim, SIGUSR1) == 0, "pthread_kill");
  return NULL;
}

/* The handler closes inside a send, and waits for the thread that waits to send. */
static void close_as_the_sender(void)
{
  static char body[RTMP_MAX_HEADER_SIZE + 4000000];
  struct sigaction action = { 0 };
  struct attack attack = { pthread_self(), connected(&handle), 0 };
  RTMPPacket packet = video(body + RTMP_MAX_HEADER_SIZE, 4000000);
  pthread_t thread;

  action.sa_handler = close_in_handler;
  action.sa_flags = SA_RESTART;
  sigaction(SIGUSR1, &action, NULL);
  jumps = late_number = 0;
  must(pthread_create(&thread, NULL, interrupt_beside_a_sender, &attack) == 0, "pthread_create");
  must(!RTMP_SendPacket(&handle, &packet, FALSE), "the message is not sent");
  must(pthread_join(thread, NULL) == 0 && pthread_join(late, NULL) == 0, "pthread_join");
  must(!RTMP_IsConnected(&handle), "the handle is closed");
  RTMP_Close(&handle);
  close(attack.peer);
  printf("closed by a handler beside a sender: done\n");
}

/* A body that the caller put into the packet is not the library's to free; one that it forgot to free is. */
static void bodies_of_the_caller(void)
{
  static const unsigned char messages[] = {
    4, 0, 0, 0, 0, 0, 5, 9, 1, 0, 0, 0, 'h', 'e', 'l', 'l', 'o',
    4, 0, 0, 0, 0, 0, 5, 9, 1, 0, 0, 0, 'w', 'o', 'r', 'l', 'd',
  };
  char own[] = "memory of the caller, on his stack";
  RTMPPacket packet = { 0 };
  int peer = connected(&handle);

  must(send(peer, messages, sizeof messages, 0) == sizeof messages, "send");
  packet.m_body = own + 20;
  must(RTMP_ReadPacket(&handle, &packet), "RTMP_ReadPacket");
  printf("%.5s, %s\n", packet.m_body, own);
  must(RTMP_ReadPacket(&handle, &packet), "RTMP_ReadPacket");
  printf("%.5s\n", packet.m_body);
  RTMPPacket_Free(&packet);
  RTMP_Close(&handle);
  close(peer);
}

int main(void)
{
  signal(SIGPIPE, SIG_IGN);
  alarm(120); /* what hangs is ended */
  RTMP_LogSetLevel(RTMP_LOGERROR);
  RTMP_LogSetCallback((RTMP_LogCallback *)callback);
  two_closers(read_close_and_free, 1);
  two_closers(write_close_and_free, 0);
  four_closers();
  close_and_free_beside_a_writer();
  call_back_from_refusals();
  call_back_from_reading();
  call_back_from_commands();
  call_back_from_dumps();
  call_back_between_pieces();
  call_back_from_a_chunk();
  call_back_from_values();
  call_back_from_decoding();
  close_by_signal(1, 0);
  close_by_signal(0, 0);
  close_as_the_reader();
  close_as_the_sender();
  bodies_of_the_caller();
#ifdef JUMPS /* what is jumped over is never freed: not for those who look for leaks */
  close_by_signal(1, 1);
  close_by_signal(0, 1);
#endif
  return 0;
}
