/* Two servers, of which the first sends its client to the second, and clients that follow. */
#ifndef SERVERS_H
#define SERVERS_H

#include "peer.h"

#include <arpa/inet.h>
#include <netinet/in.h>

static const AVal av_request = AVC("NetConnection.Connect.ReconnectRequest");
static const AVal av_tcUrl = AVC("tcUrl");

enum { SENDS_ON, TAKES, FALLS_SILENT };

struct server {
  int listener, port, manner, other;
  pthread_t thread;
  struct peer peer;
  int begun;            /* it has its client, or has fallen silent */
};

static inline int listening(int *port)
{
  struct sockaddr_in address = { 0 };
  socklen_t size = sizeof address;
  int fd = socket(AF_INET, SOCK_STREAM, 0);
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  must(fd >= 0 && bind(fd, (struct sockaddr *)&address, sizeof address) == 0 && listen(fd, 5) == 0, "listen");
  must(getsockname(fd, (struct sockaddr *)&address, &size) == 0, "getsockname");
  *port = ntohs(address.sin_port);
  return fd;
}

static inline int ask(RTMP *r, int port)
{
  char buffer[RTMP_MAX_HEADER_SIZE + 512], *body = buffer + RTMP_MAX_HEADER_SIZE, *limit = buffer + sizeof buffer;
  char text[100];
  AVal url = { text, snprintf(text, sizeof text, "rtmp://user:word@127.0.0.1:%d/there", port) };
  char *end = AMF_EncodeString(body, limit, &av_onStatus);
  end = AMF_EncodeNumber(end, limit, 0);
  *end++ = AMF_NULL;
  *end++ = AMF_OBJECT;
  end = AMF_EncodeNamedString(end, limit, &av_level, &av_status);
  end = AMF_EncodeNamedString(end, limit, &av_code, &av_request);
  end = AMF_EncodeNamedString(end, limit, &av_tcUrl, &url);
  end = AMF_EncodeInt24(end, limit, AMF_OBJECT_END);
  return peer_send(r, body, end, 0);
}

static inline int is_called(const char *body, const char *name)
{
  return body[2] == (char)strlen(name) && memcmp(body + 3, name, strlen(name)) == 0;
}

static inline int accept_wish(RTMP *r, const char *body)
{
  return peer_status(r, is_called(body, "play") ? "NetStream.Play.Start" : "NetStream.Publish.Start");
}

/* What comes to a server until its client leaves. */
static inline void talk(struct server *server, RTMP *r)
{
  RTMPPacket packet = { 0 };
  int going = RTMP_Serve(r), is_wish = FALSE;
  while (going && RTMP_IsConnected(r) && RTMP_ReadPacket(r, &packet)) {
    if (!RTMPPacket_IsReady(&packet))
      continue;
    if (packet.m_packetType == RTMP_PACKET_TYPE_INVOKE) {
      is_wish = is_called(packet.m_body, "publish") || is_called(packet.m_body, "play");
      if (server->manner == SENDS_ON && is_wish)
        going = accept_wish(r, packet.m_body) && ask(r, server->other);
      else if (server->manner != FALLS_SILENT)
        going = peer_command(&server->peer, r, &packet);
      if (is_wish || server->manner == FALLS_SILENT)
        __atomic_store_n(&server->begun, 1, __ATOMIC_SEQ_CST);
    } else if (packet.m_packetType == RTMP_PACKET_TYPE_AUDIO || packet.m_packetType == RTMP_PACKET_TYPE_VIDEO
               || packet.m_packetType == RTMP_PACKET_TYPE_INFO) {
      server->peer.received++;
    }
    RTMPPacket_Free(&packet);
  }
  RTMPPacket_Free(&packet);
}

static inline void *serve(void *argument)
{
  struct server *server = argument;
  RTMP *r = RTMP_Alloc();
  RTMP_Init(r);
  r->m_sb.sb_socket = accept(server->listener, NULL, NULL);
  talk(server, r);
  RTMP_Close(r);
  RTMP_Free(r);
  return NULL;
}

/* Two servers, of which the first sends its client to the second. */
static inline void start(struct server servers[2], int manner)
{
  memset(servers, 0, 2 * sizeof *servers);
  for (int i = 0; i < 2; i++)
    servers[i].listener = listening(&servers[i].port);
  servers[0].other = servers[1].port;
  servers[1].manner = manner;
  for (int i = 0; i < 2; i++)
    must(pthread_create(&servers[i].thread, NULL, serve, &servers[i]) == 0, "pthread_create");
}

static inline void stop(struct server servers[2])
{
  for (int i = 0; i < 2; i++) {
    /* It may have got nobody. */
    shutdown(servers[i].listener, SHUT_RDWR);
    must(pthread_join(servers[i].thread, NULL) == 0, "pthread_join");
    close(servers[i].listener);
  }
}

/* The handle owns some of its texts, and points into `url` with others. */
static inline RTMP *client(char *url, int port, int publishes)
{
  RTMP *r = RTMP_Alloc();
  RTMP_Init(r);
  sprintf(url, "rtmp://joe:secret@127.0.0.1:%d/app/name app=own reconnect=auto live=1 timeout=60", port);
  must(RTMP_SetupURL(r, url), "RTMP_SetupURL");
  if (publishes)
    RTMP_EnableWrite(r);
  must(RTMP_Connect(r, NULL) && RTMP_ConnectStream(r, 0), "connect");
  return r;
}

static inline size_t put_tag(char *at, int kind, const char *body, size_t size, unsigned time)
{
  unsigned char header[11] = { (unsigned char)kind };
  AMF_EncodeInt24((char *)header + 1, (char *)header + 4, (int)size);
  AMF_EncodeInt24((char *)header + 4, (char *)header + 7, (int)time);
  memcpy(at, header, 11);
  memcpy(at + 11, body, size);
  AMF_EncodeInt32(at + 11 + size, at + 15 + size, (int)size + 11);
  return size + 15;
}

/* Metadata and three configurations, then frames, one in five a key frame; in pieces. FALSE when it fails. */
static inline int publish_some(RTMP *r, int first, int count)
{
  char bytes[8192], frame[300];
  size_t size = 0;
  if (first == 0) {
    size += put_tag(bytes + size, 18, "\2\0\12onMetaData\5", 14, 0);
    size += put_tag(bytes + size, 9, "\27\0\0\0\0avcC", 9, 0);
    size += put_tag(bytes + size, 9, "\226\0hvc1\1hvcC", 11, 0);
    size += put_tag(bytes + size, 8, "\257\0\22\20", 4, 0);
  }
  for (int i = first; i < first + count; i++) {
    memset(frame, i, sizeof frame);
    memcpy(frame, i % 5 ? "\47\1\0\0\0" : "\27\1\0\0\0", 5);
    size += put_tag(bytes + size, 9, frame, sizeof frame, (unsigned)i * 40);
  }
  for (size_t at = 0; at < size; at += 100) {
    int piece = (int)(size - at < 100 ? size - at : 100);
    if (RTMP_Write(r, bytes + at, piece) != piece)
      return FALSE;
  }
  return TRUE;
}

#define PREPARATIONS 4

/* Frames until both servers have the stream, and twenty more: how many. */
static inline int publish(RTMP *r, struct server *other)
{
  int at = 0, left = 20;
  while (left > 0) {
    must(publish_some(r, at++, 1), RTMP_LastError(r));
    left -= __atomic_load_n(&other->begun, __ATOMIC_SEQ_CST);
  }
  return at;
}

#endif
