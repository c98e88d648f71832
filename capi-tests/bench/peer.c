/* The other end of every connection: accepts, shakes hands, answers the commands, and then either blasts a prebuilt
 * stream for as long as somebody takes it, or takes what comes and looks at none of it.
 *
 *   peer [protocol=rtmp|rtmpe|rtmps] [size=] [chunk=] [channels=] [cpu=] [cert= key=] [host=] [once=1] [relay=1]
 *
 * With once=1 a stream is one message per channel, with relay=1 what is published under the same name. Prints its port.
 * Commands are answered by the library that the peer runs on, which also relays; else the bytes of a plain connection then go
 * through write(2) and read(2) alone. */
#include "measure.h"

#include "../c/peer.h"
#include "relay.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>

static struct stream {
  char *bytes;
  size_t begin;   /* up to here: what is sent once */
  size_t end;
  size_t one;     /* bytes of a message behind that, where there is one channel */
} stream;

static void *tls;
static int is_encrypted;

static char *put(char *at, const void *bytes, size_t count)
{
  memcpy(at, bytes, count);
  return at + count;
}

static char *basic_header(char *at, int type, int channel)
{
  if (channel < 64) {
    *at++ = (char)(type << 6 | channel);
  } else if (channel < 320) {
    *at++ = (char)(type << 6);
    *at++ = (char)(channel - 64);
  } else {
    *at++ = (char)(type << 6 | 1);
    *at++ = (char)((channel - 64) & 0xff);
    *at++ = (char)((channel - 64) >> 8);
  }
  return at;
}

/* A video message, 1 ms after the one before. */
static char *message(char *at, int type, int channel, size_t size, size_t chunk)
{
  static const char body[] = { 0x27, 1, 0, 0, 0 };
  char head[11] = { 0, 0, 1, (char)(size >> 16), (char)(size >> 8), (char)size, RTMP_PACKET_TYPE_VIDEO, 1, 0, 0, 0 };
  at = basic_header(at, type, channel);
  at = put(at, head, type ? 7 : 11);
  for (size_t sent = 0; sent < size; sent += chunk) {
    size_t count = size - sent < chunk ? size - sent : chunk;
    if (sent)
      at = basic_header(at, 3, channel);
    memset(at, 'v', count);
    if (!sent)
      memcpy(at, body, count < sizeof body ? count : sizeof body);
    at += count;
  }
  return at;
}

/* A chunk size announcement and one message per channel, once; then whole rounds over the channels. */
static void build(size_t size, size_t chunk, int channels)
{
  size_t one = size + (size / chunk + 1) * 3 + 16, rounds = 1024 * 1024 / (one * (size_t)channels) + 1;
  char announcement[16] = { 2, 0, 0, 0, 0, 0, 4, RTMP_PACKET_TYPE_CHUNK_SIZE, 0, 0, 0, 0,
                            (char)(chunk >> 24), (char)(chunk >> 16), (char)(chunk >> 8), (char)chunk };
  char *at = stream.bytes = malloc(one * (size_t)channels * (rounds + 1) + sizeof announcement);
  must(at != NULL, "malloc");
  at = put(at, announcement, sizeof announcement);
  for (int i = 0; i < channels; i++)
    at = message(at, 0, 6 + i, size, chunk);
  stream.begin = (size_t)(at - stream.bytes);
  stream.one = (size_t)(message(at, 1, 6, size, chunk) - at);
  for (size_t round = 0; round < rounds; round++)
    for (int i = 0; i < channels; i++)
      at = message(at, 1, 6 + i, size, chunk);
  stream.end = (size_t)(at - stream.bytes);
}

static int send_all(RTMP *r, char *bytes, size_t count)
{
  RTMPChunk chunk = { 0, (int)count, bytes, "" };
  if (tls || is_encrypted)
    return RTMP_SendChunk(r, &chunk);
  while (count) {
    ssize_t sent = write(RTMP_Socket(r), bytes, count);
    if (sent <= 0)
      return FALSE;
    bytes += sent;
    count -= (size_t)sent;
  }
  return TRUE;
}

/* Takes what has come, once. FALSE at the end. */
static int take(RTMP *r)
{
  static __thread char bytes[256 * 1024];
  if (!tls)
    return read(RTMP_Socket(r), bytes, sizeof bytes) > 0;
  r->m_sb.sb_size = 0;
  return RTMPSockBuf_Fill(&r->m_sb) > 0;
}

/* One message after the other, `rate` a second, as a live stream comes. */
static void trickle(RTMP *r, long rate)
{
  int going = send_all(r, stream.bytes, stream.begin);
  while (going) {
    keep_pace(rate);
    going = send_all(r, stream.bytes + stream.begin, stream.one);
  }
}

static void blast(RTMP *r)
{
  struct pollfd reports = { RTMP_Socket(r), POLLIN, 0 };
  int going = send_all(r, stream.bytes, stream.begin) && !number("once", 0);
  while (going) {
    going = send_all(r, stream.bytes + stream.begin, stream.end - stream.begin);
    /* Reports of received bytes would fill the connection if nobody took them. */
    if (going && poll(&reports, 1, 0) > 0)
      going = take(r);
  }
}

static void sink(RTMP *r)
{
  while (take(r))
    ;
}

/* The stream that `play` and `publish` name. */
static void note_name(const RTMPPacket *packet, char *playpath)
{
  AMFObject command;
  AVal said = { NULL, 0 };
  if (AMF_Decode(&command, packet->m_body, (int)packet->m_nBodySize, FALSE) < 0)
    return;
  AMFProp_GetString(AMF_GetProp(&command, NULL, 3), &said);
  snprintf(playpath, NAME_ROOM, "%.*s", said.av_len, said.av_val ? said.av_val : "");
  AMF_Reset(&command);
}

/* Answers commands until one starts a stream: 'p' for play, 'w' for publish, 0 when the client has gone. */
static int conversation(RTMP *r, char *playpath)
{
  RTMPPacket packet = { 0 };
  int began = 0;
  while (!began && RTMP_ReadPacket(r, &packet)) {
    if (!RTMPPacket_IsReady(&packet))
      continue;
    if (packet.m_packetType == RTMP_PACKET_TYPE_CHUNK_SIZE)
      r->m_inChunkSize = (int)AMF_DecodeInt32(packet.m_body);
    if (packet.m_packetType == RTMP_PACKET_TYPE_INVOKE) {
      struct peer none = { 0 };
      AVal name = { NULL, 0 };
      if (packet.m_nBodySize > 3)
        AMF_DecodeString(packet.m_body + 1, &name);
      if (name.av_len == 4 && !memcmp(name.av_val, "play", 4))
        began = peer_status(r, "NetStream.Play.Start") ? 'p' : 0;
      else if (!peer_command(&none, r, &packet))
        break;
      else if (name.av_len == 7 && !memcmp(name.av_val, "publish", 7))
        began = 'w';
      if (began)
        note_name(&packet, playpath);
    }
    RTMPPacket_Free(&packet);
  }
  return began;
}

/* The plain handshake: FFmpeg says that it knows another one, and then does not use it when it publishes. */
static int shake_hands(int fd)
{
  char bytes[1 + 2 * 1536];
  if (recv(fd, bytes, 1537, MSG_WAITALL) != 1537)
    return FALSE;
  memcpy(bytes + 1537, bytes + 1, 1536);
  memset(bytes + 1, 0, 1536);
  return write(fd, bytes, sizeof bytes) == sizeof bytes && recv(fd, bytes, 1536, MSG_WAITALL) == 1536;
}

static int greet(RTMP *r)
{
  if (tls && !RTMP_TLS_Accept(r, tls))
    return FALSE;
  return tls || is_encrypted ? RTMP_Serve(r) : shake_hands(RTMP_Socket(r));
}

/* A peer that woke up for each message would make the client pay for waking it, now and then. */
static void sleep_well(RTMP *r)
{
  int enough = 256 * 1024;
  setsockopt(RTMP_Socket(r), SOL_SOCKET, SO_RCVLOWAT, &enough, sizeof enough);
}

static void relay(RTMP *r, int began, const char *name)
{
  if (began == 'p')
    relay_player(r, name, sink);
  else
    relay_publisher(r, name);
}

static void *serve(void *argument)
{
  RTMP *r = RTMP_Alloc();
  char playpath[NAME_ROOM] = "";
  int on = 1, began = 0;

  RTMP_Init(r);
  r->m_sb.sb_socket = (int)(intptr_t)argument;
  setsockopt(r->m_sb.sb_socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  if (greet(r))
    began = conversation(r, playpath);
  if (began && number("relay", 0))
    relay(r, began, playpath);
  else if (began == 'p' && number("rate", 0))
    trickle(r, number("rate", 0));
  else if (began == 'p')
    blast(r);
  else if (!tls)
    sleep_well(r);
  if (began)
    sink(r);
  RTMP_Close(r);
  RTMP_Free(r);
  return NULL;
}

int main(int argc, char **argv)
{
  struct sockaddr_in address = { .sin_family = AF_INET };
  socklen_t length = sizeof address;
  int listener = socket(AF_INET, SOCK_STREAM, 0), fd;
  const char *protocol;

  arguments(argc, argv);
  pin(number("cpu", -1));
  signal(SIGPIPE, SIG_IGN);
  RTMP_LogSetLevel(RTMP_LOGCRIT);
  protocol = text("protocol", "rtmp");
  is_encrypted = !strcmp(protocol, "rtmpe");
  if (!strcmp(protocol, "rtmps"))
    must((tls = RTMP_TLS_AllocServerContext(text("cert", ""), text("key", ""))) != NULL, "certificate");
  must(inet_aton(text("host", "127.0.0.1"), &address.sin_addr), "host");
  build((size_t)number("size", 10240), (size_t)number("chunk", 128), (int)number("channels", 1));
  must(bind(listener, (struct sockaddr *)&address, length) == 0 && listen(listener, 512) == 0, "listen");
  must(getsockname(listener, (struct sockaddr *)&address, &length) == 0, "getsockname");
  printf("%d\n", ntohs(address.sin_port));
  fflush(stdout);
  while ((fd = accept(listener, NULL, NULL)) >= 0) {
    pthread_t thread;
    must(pthread_create(&thread, NULL, serve, (void *)(intptr_t)fd) == 0, "pthread_create");
    pthread_detach(thread);
  }
  return 0;
}
