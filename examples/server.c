/* Takes one publisher's stream into an FLV file:   server PORT KEY FILE.flv
 *
 * It shows what a publisher has to be told: one publisher, on the loopback interface, at rtmp://127.0.0.1:PORT/live/KEY.
 * Who does not know the key is refused. Programs that publish through librtmp can, and GStreamer's rtmp2sink; RTMP_Serve, here
 * as in the original, refuses the handshake of FFmpeg's own RTMP. */
#define _POSIX_C_SOURCE 200809L
#include <librtmp/log.h>
#include <librtmp/rtmp.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#define AVC_STRING(text) { (char *)(text), sizeof(text) - 1 }

enum { COMMANDS = 3, STREAM = 1, SECONDS = 30 };

enum state { WAITING, PUBLISHING, FINISHED, FAILED };

struct session {
  RTMP *r;
  AVal key;
  FILE *out;
  enum state state;
};

/* --- what the publisher is told --- */

/* A command that is being put together; the library wants room for a chunk header in front of a body. */
struct command {
  char bytes[RTMP_MAX_HEADER_SIZE + 512], *end;
};

#define LIMIT(command) ((command)->bytes + sizeof (command)->bytes)

static void begin(struct command *c, const char *name, double transaction)
{
  AVal text = { (char *)name, (int)strlen(name) };
  c->end = AMF_EncodeString(c->bytes + RTMP_MAX_HEADER_SIZE, LIMIT(c), &text);
  c->end = AMF_EncodeNumber(c->end, LIMIT(c), transaction);
}

static void add_status(struct command *c, const char *level, const char *code)
{
  static const AVal level_name = AVC_STRING("level"), code_name = AVC_STRING("code");
  AVal level_text = { (char *)level, (int)strlen(level) }, code_text = { (char *)code, (int)strlen(code) };
  *c->end++ = AMF_OBJECT;
  c->end = AMF_EncodeNamedString(c->end, LIMIT(c), &level_name, &level_text);
  c->end = AMF_EncodeNamedString(c->end, LIMIT(c), &code_name, &code_text);
  c->end = AMF_EncodeInt24(c->end, LIMIT(c), AMF_OBJECT_END);
}

static int send_command(RTMP *r, struct command *c, int stream)
{
  RTMPPacket packet = { 0 };
  packet.m_headerType = RTMP_PACKET_SIZE_LARGE;
  packet.m_packetType = RTMP_PACKET_TYPE_INVOKE;
  packet.m_nChannel = COMMANDS;
  packet.m_nInfoField2 = stream;
  packet.m_body = c->bytes + RTMP_MAX_HEADER_SIZE;
  packet.m_nBodySize = (uint32_t)(c->end - packet.m_body);
  return RTMP_SendPacket(r, &packet, FALSE);
}

static int accept_connection(RTMP *r, double transaction)
{
  struct command c;
  begin(&c, "_result", transaction);
  *c.end++ = AMF_NULL;
  add_status(&c, "status", "NetConnection.Connect.Success");
  return RTMP_SendServerBW(r) && RTMP_SendClientBW(r) && send_command(r, &c, 0);
}

static int accept_stream(RTMP *r, double transaction)
{
  struct command c;
  begin(&c, "_result", transaction);
  *c.end++ = AMF_NULL;
  c.end = AMF_EncodeNumber(c.end, LIMIT(&c), STREAM);
  return send_command(r, &c, 0);
}

static int send_status(RTMP *r, const char *level, const char *code)
{
  struct command c;
  begin(&c, "onStatus", 0);
  *c.end++ = AMF_NULL;
  add_status(&c, level, code);
  return send_command(r, &c, STREAM);
}

/* --- what the publisher says --- */

static enum state publish(struct session *s, const AVal *key)
{
  if (!AVMATCH(key, &s->key)) {
    send_status(s->r, "error", "NetStream.Publish.BadName");
    return FAILED;
  }
  return send_status(s->r, "status", "NetStream.Publish.Start") ? PUBLISHING : FAILED;
}

static enum state answer(struct session *s, AMFObject *arguments)
{
  static const AVal connect = AVC_STRING("connect"), create = AVC_STRING("createStream"),
                    start = AVC_STRING("publish"), take_back = AVC_STRING("FCUnpublish"),
                    delete = AVC_STRING("deleteStream");
  AVal name, key;
  double transaction = AMFProp_GetNumber(AMF_GetProp(arguments, NULL, 1));
  AMFProp_GetString(AMF_GetProp(arguments, NULL, 0), &name);

  if (AVMATCH(&name, &connect))
    return accept_connection(s->r, transaction) ? s->state : FAILED;
  if (AVMATCH(&name, &create))
    return accept_stream(s->r, transaction) ? s->state : FAILED;
  if (AVMATCH(&name, &start)) {
    AMFProp_GetString(AMF_GetProp(arguments, NULL, 3), &key);
    return publish(s, &key);
  }
  if (s->state == PUBLISHING && (AVMATCH(&name, &take_back) || AVMATCH(&name, &delete)))
    return FINISHED;
  return s->state;
}

static enum state hear_command(struct session *s, const RTMPPacket *packet)
{
  AMFObject arguments;
  enum state state = s->state;
  if (AMF_Decode(&arguments, packet->m_body, (int)packet->m_nBodySize, FALSE) >= 0)
    state = answer(s, &arguments);
  AMF_Reset(&arguments);
  return state;
}

/* --- media --- */

static void put(unsigned char *at, uint32_t value)
{
  at[0] = (unsigned char)(value >> 16);
  at[1] = (unsigned char)(value >> 8);
  at[2] = (unsigned char)value;
}

static enum state write_tag(struct session *s, const RTMPPacket *packet)
{
  static const char instruction[] = "\2\0\15@setDataFrame";
  const char *body = packet->m_body;
  uint32_t size = packet->m_nBodySize;
  unsigned char head[11] = { packet->m_packetType }, tail[4] = { 0 };

  if (s->state != PUBLISHING || size == 0)
    return s->state;
  /* Metadata is for the file, the instruction in front of it is for us. */
  if (packet->m_packetType == RTMP_PACKET_TYPE_INFO && size > sizeof instruction - 1 &&
      memcmp(body, instruction, sizeof instruction - 1) == 0) {
    body += sizeof instruction - 1;
    size -= (uint32_t)sizeof instruction - 1;
  }
  put(head + 1, size);
  put(head + 4, packet->m_nTimeStamp);
  head[7] = (unsigned char)(packet->m_nTimeStamp >> 24);
  put(tail + 1, (uint32_t)sizeof head + size);
  tail[0] = (unsigned char)((sizeof head + size) >> 24);
  fwrite(head, 1, sizeof head, s->out);
  fwrite(body, 1, size, s->out);
  return fwrite(tail, 1, sizeof tail, s->out) == sizeof tail ? s->state : FAILED;
}

/* Until the publisher has left, who may have more to say behind the end of the stream. */
static void serve(struct session *s)
{
  RTMPPacket packet = { 0 };
  while (s->state != FAILED && RTMP_ReadPacket(s->r, &packet)) {
    if (!RTMPPacket_IsReady(&packet))
      continue;
    switch (packet.m_packetType) {
    case RTMP_PACKET_TYPE_INVOKE:
      s->state = hear_command(s, &packet);
      break;
    case RTMP_PACKET_TYPE_AUDIO:
    case RTMP_PACKET_TYPE_VIDEO:
    case RTMP_PACKET_TYPE_INFO:
      s->state = write_tag(s, &packet);
      break;
    default:
      /* Chunk sizes, acknowledgements, pings: the library knows what to do. */
      RTMP_ClientPacket(s->r, &packet);
    }
    RTMPPacket_Free(&packet);
  }
}

/* --- the socket --- */

static int accept_one(uint16_t port)
{
  struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons(port),
                                 .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
  struct timeval patience = { .tv_sec = SECONDS };
  int yes = 1, client = -1, listener = socket(AF_INET, SOCK_STREAM, 0);

  if (listener >= 0 && setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes) == 0 &&
      bind(listener, (struct sockaddr *)&address, sizeof address) == 0 && listen(listener, 1) == 0)
    client = accept(listener, NULL, NULL);
  /* A publisher that says nothing for so long has gone. */
  if (client < 0 || setsockopt(client, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience) != 0)
    perror("server");
  if (listener >= 0)
    close(listener);
  return client;
}

int main(int count, char **words)
{
  static const char header[] = "FLV\1\5\0\0\0\11\0\0\0";
  struct session s = { 0 };
  int client;

  if (count != 4) {
    fprintf(stderr, "usage: %s PORT KEY FILE.flv\n", words[0]);
    return 2;
  }
  s.key = (AVal){ words[2], (int)strlen(words[2]) };
  if (!(s.out = fopen(words[3], "wb")) || fwrite(header, 1, sizeof header, s.out) != sizeof header) {
    perror(words[3]);
    return 1;
  }
  /* The original librtmp lets a publisher that goes end the program. */
  signal(SIGPIPE, SIG_IGN);
  if ((client = accept_one((uint16_t)atoi(words[1]))) < 0 || !(s.r = RTMP_Alloc()))
    return 1;
  RTMP_Init(s.r);
  s.r->m_sb.sb_socket = client;

  if (RTMP_Serve(s.r))
    serve(&s);

  RTMP_Close(s.r);
  RTMP_Free(s.r);
  if (fclose(s.out) != 0)
    s.state = FAILED;
  return s.state == FINISHED ? 0 : 1;
}
