/* A small server on one end of a socket pair, made of the library's own server functions. */
#ifndef PEER_H
#define PEER_H

#include "common.h"

#include <signal.h>

static const AVal av__result = AVC("_result");
static const AVal av__error = AVC("_error");
static const AVal av_onStatus = AVC("onStatus");
static const AVal av_level = AVC("level");
static const AVal av_status = AVC("status");
static const AVal av_code = AVC("code");
static const AVal av_fourCcList = AVC("fourCcList");
static const AVal av_videoFourCcInfoMap = AVC("videoFourCcInfoMap");
static const AVal av_audioFourCcInfoMap = AVC("audioFourCcInfoMap");
static const AVal av_capsEx = AVC("capsEx");
static const AVal av_hvc1 = AVC("hvc1");
static const AVal av_Opus = AVC("Opus");
static const AVal av_any = AVC("*");

struct peer {
  int fd;
  pthread_t thread;
  void *tls;          /* what RTMP_TLS_Accept is given, NULL without TLS */
  int enhanced;       /* connect is answered as by a server with Enhanced RTMP */
  int refuses;        /* such a server refuses it */
  int media;          /* messages to send after play */
  int received;       /* media messages that came */
  unsigned sum;       /* over them */
};

/* Sends a command that `body` and `end` enclose. */
static inline int peer_send(RTMP *r, char *body, char *end, int stream)
{
  RTMPPacket packet;
  memset(&packet, 0, sizeof packet);
  packet.m_nChannel = 3;
  packet.m_headerType = RTMP_PACKET_SIZE_LARGE;
  packet.m_packetType = RTMP_PACKET_TYPE_INVOKE;
  packet.m_nInfoField2 = stream;
  packet.m_body = body;
  packet.m_nBodySize = (uint32_t)(end - body);
  return RTMP_SendPacket(r, &packet, FALSE);
}

static inline int peer_status(RTMP *r, const char *text)
{
  char buffer[RTMP_MAX_HEADER_SIZE + 256], *body = buffer + RTMP_MAX_HEADER_SIZE, *limit = buffer + sizeof buffer;
  AVal code = { (char *)text, (int)strlen(text) };
  char *end = AMF_EncodeString(body, limit, &av_onStatus);
  end = AMF_EncodeNumber(end, limit, 0);
  *end++ = AMF_NULL;
  *end++ = AMF_OBJECT;
  end = AMF_EncodeNamedString(end, limit, &av_level, &av_status);
  end = AMF_EncodeNamedString(end, limit, &av_code, &code);
  end = AMF_EncodeInt24(end, limit, AMF_OBJECT_END);
  return peer_send(r, body, end, 1);
}

static inline int peer_result(RTMP *r, double transaction, int with_stream)
{
  char buffer[RTMP_MAX_HEADER_SIZE + 256], *body = buffer + RTMP_MAX_HEADER_SIZE, *limit = buffer + sizeof buffer;
  char *end = AMF_EncodeString(body, limit, &av__result);
  end = AMF_EncodeNumber(end, limit, transaction);
  *end++ = AMF_NULL;
  if (with_stream)
    end = AMF_EncodeNumber(end, limit, 1);
  return peer_send(r, body, end, 0);
}

/* Sends `count` messages, audio and video in turn, then the end of the stream. */
static inline int peer_media(RTMP *r, int count)
{
  char buffer[RTMP_MAX_HEADER_SIZE + 300];
  RTMPPacket packet;

  memset(&packet, 0, sizeof packet);
  packet.m_body = buffer + RTMP_MAX_HEADER_SIZE;
  packet.m_nInfoField2 = 1;
  for (int i = 0; i < count; i++) {
    packet.m_nChannel = 4 + i % 2;
    packet.m_headerType = i < 2 ? RTMP_PACKET_SIZE_LARGE : RTMP_PACKET_SIZE_MEDIUM;
    packet.m_packetType = i % 2 ? RTMP_PACKET_TYPE_VIDEO : RTMP_PACKET_TYPE_AUDIO;
    packet.m_nTimeStamp = (uint32_t)(20 * i);
    packet.m_nBodySize = (uint32_t)(50 + 200 * (i % 2));
    memset(packet.m_body, 'a' + i % 26, packet.m_nBodySize);
    packet.m_body[0] = i % 2 ? 0x27 : 0x2f;
    if (!RTMP_SendPacket(r, &packet, FALSE))
      return FALSE;
  }
  return peer_status(r, "NetStream.Play.Complete") && peer_status(r, "NetStream.Play.Stop");
}

/* A member of an object that begins with one member. */
static inline char *peer_map(char *at, char *limit, const AVal *name, const AVal *codec, double flags)
{
  at = AMF_EncodeInt16(at, limit, (short)name->av_len);
  memcpy(at, name->av_val, (size_t)name->av_len);
  at += name->av_len;
  *at++ = AMF_OBJECT;
  return AMF_EncodeNamedNumber(at, limit, codec, flags);
}

/* Answers connect, and says what the server can do with media. */
static inline int peer_capable(RTMP *r, double transaction, const AVal *result)
{
  char buffer[RTMP_MAX_HEADER_SIZE + 512], *body = buffer + RTMP_MAX_HEADER_SIZE, *limit = buffer + sizeof buffer;
  char *end = AMF_EncodeString(body, limit, result);
  end = AMF_EncodeNumber(end, limit, transaction);
  *end++ = AMF_OBJECT;
  end = AMF_EncodeInt16(end, limit, (short)av_fourCcList.av_len);
  memcpy(end, av_fourCcList.av_val, (size_t)av_fourCcList.av_len);
  end += av_fourCcList.av_len;
  *end++ = AMF_STRICT_ARRAY;
  end = AMF_EncodeInt32(end, limit, 2);
  end = AMF_EncodeString(end, limit, &av_hvc1);
  end = AMF_EncodeString(end, limit, &av_Opus);
  end = peer_map(end, limit, &av_videoFourCcInfoMap, &av_hvc1, 3);
  end = AMF_EncodeNamedNumber(end, limit, &av_any, 4);
  end = AMF_EncodeInt24(end, limit, AMF_OBJECT_END);
  end = peer_map(end, limit, &av_audioFourCcInfoMap, &av_Opus, 7);
  end = AMF_EncodeInt24(end, limit, AMF_OBJECT_END);
  end = AMF_EncodeNamedNumber(end, limit, &av_capsEx, 6);
  end = AMF_EncodeInt24(end, limit, AMF_OBJECT_END);
  *end++ = AMF_NULL;
  return peer_send(r, body, end, 0);
}

static inline int peer_command(struct peer *peer, RTMP *r, RTMPPacket *packet)
{
  AMFObject command;
  AVal name;
  double transaction;
  int going = TRUE;

  if (AMF_Decode(&command, packet->m_body, (int)packet->m_nBodySize, FALSE) < 0)
    return FALSE;
  AMFProp_GetString(AMF_GetProp(&command, NULL, 0), &name);
  transaction = AMFProp_GetNumber(AMF_GetProp(&command, NULL, 1));
  if (name.av_len == 7 && !memcmp(name.av_val, "connect", 7))
    going = peer->enhanced ? peer_capable(r, transaction, peer->refuses ? &av__error : &av__result)
                           : peer_result(r, transaction, FALSE);
  else if (name.av_len == 12 && !memcmp(name.av_val, "createStream", 12))
    going = peer_result(r, transaction, TRUE);
  else if (name.av_len == 4 && !memcmp(name.av_val, "play", 4))
    going = peer_status(r, "NetStream.Play.Start") && peer_media(r, peer->media);
  else if (name.av_len == 7 && !memcmp(name.av_val, "publish", 7))
    going = peer_status(r, "NetStream.Publish.Start");
  AMF_Reset(&command);
  return going;
}

static inline void *peer_main(void *argument)
{
  struct peer *peer = (struct peer *)argument;
  RTMP *r = RTMP_Alloc();
  RTMPPacket packet;
  int going;

  memset(&packet, 0, sizeof packet);
  RTMP_Init(r);
  r->m_sb.sb_socket = peer->fd;
  going = (!peer->tls || RTMP_TLS_Accept(r, peer->tls)) && RTMP_Serve(r);
  while (going && RTMP_IsConnected(r) && RTMP_ReadPacket(r, &packet)) {
    if (!RTMPPacket_IsReady(&packet))
      continue;
    if (packet.m_packetType == RTMP_PACKET_TYPE_INVOKE)
      going = peer_command(peer, r, &packet);
    else if (packet.m_packetType == RTMP_PACKET_TYPE_CHUNK_SIZE)
      r->m_inChunkSize = (int)AMF_DecodeInt32(packet.m_body);
    else if (packet.m_packetType == RTMP_PACKET_TYPE_AUDIO || packet.m_packetType == RTMP_PACKET_TYPE_VIDEO
             || packet.m_packetType == RTMP_PACKET_TYPE_INFO) {
      peer->received++;
      peer->sum = peer->sum * 31 + fingerprint(packet.m_body, packet.m_nBodySize) + packet.m_nTimeStamp;
    }
    RTMPPacket_Free(&packet);
  }
  RTMPPacket_Free(&packet);
  RTMP_Close(r);
  RTMP_Free(r);
  return NULL;
}

/* Starts the server that the fields describe; the program's end of the pair is returned. */
static inline int peer_start_as(struct peer *peer)
{
  int pair[2];
  signal(SIGPIPE, SIG_IGN); /* the client may close while the server still sends */
  make_pair(pair);
  peer->fd = pair[1];
  must(pthread_create(&peer->thread, NULL, peer_main, peer) == 0, "pthread_create");
  return pair[0];
}

/* Starts the server inside TLS, if there is a context. */
static inline int peer_start_inside(struct peer *peer, int media, void *tls)
{
  memset(peer, 0, sizeof *peer);
  peer->tls = tls;
  peer->media = media;
  return peer_start_as(peer);
}

static inline int peer_start(struct peer *peer, int media)
{
  return peer_start_inside(peer, media, NULL);
}

/* Waits for the server, whose client has closed. */
static inline void peer_wait(struct peer *peer)
{
  must(pthread_join(peer->thread, NULL) == 0, "pthread_join");
}

#endif
