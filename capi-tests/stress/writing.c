/* What the thread that writes may call, and what any thread may. */
#include "calls.h"

static void send_packet(unsigned number)
{
  static const unsigned char types[] = { 8, 9, 18, 20, 4 };
  char bytes[RTMP_MAX_HEADER_SIZE + 700] = { 0 };
  RTMPPacket packet;
  memset(&packet, 0, sizeof packet);
  RTMPPacket_Reset(&packet);
  packet.m_headerType = (uint8_t)(number % 4);
  packet.m_packetType = types[number % sizeof types];
  packet.m_nChannel = 2 + (int)(number % 9);
  packet.m_nTimeStamp = number;
  packet.m_nInfoField2 = 1;
  packet.m_nBodySize = number % 700;
  packet.m_body = bytes + RTMP_MAX_HEADER_SIZE;
  RTMP_SendPacket(r, &packet, (int)(number / 4 % 2));
}

static void send_long_packet(void)
{
  RTMPPacket packet = { 0 };
  must(RTMPPacket_Alloc(&packet, 40000), "RTMPPacket_Alloc");
  packet.m_packetType = RTMP_PACKET_TYPE_VIDEO;
  packet.m_nChannel = 6;
  packet.m_nInfoField2 = 1;
  packet.m_nBodySize = 40000;
  RTMP_SendPacket(r, &packet, FALSE);
  RTMPPacket_Free(&packet);
}

/* A whole message of three bytes. */
static void send_chunk(void)
{
  char body[] = "abc";
  RTMPChunk chunk = { .c_headerSize = 12, .c_chunkSize = 3, .c_chunk = body };
  memcpy(chunk.c_header, "\7\0\0\0\0\0\3\22\1\0\0\0", 12);
  RTMP_SendChunk(r, &chunk);
}

static void write_flv(unsigned number)
{
  static const char tag[] = "\11\0\0\12\0\0\50\0\0\0\0\27\1\0\0\0frame\0\0\0\25";
  int size = (int)sizeof tag - 1, cut = (int)(number % (unsigned)size);
  if (RTMP_Write(r, tag, cut) == cut)
    RTMP_Write(r, tag + cut, size - cut);
}

void write_something(struct thread *self, unsigned number)
{
  switch (number % 16) {
  case 0: CALL("RTMP_SendCtrl", RTMP_SendCtrl(r, 3, 1, number)); break;
  case 1: CALL("RTMP_SendPause", RTMP_SendPause(r, (int)(number / 16 % 2), 40)); break;
  case 2: CALL("RTMP_SendSeek", RTMP_SendSeek(r, (int)(number % 10000))); break;
  case 3: CALL("RTMP_Pause", RTMP_Pause(r, (int)(number / 16 % 2))); break;
  case 4: CALL("RTMP_DeleteStream", RTMP_DeleteStream(r)); break;
  case 5: CALL("RTMP_SendCreateStream", RTMP_SendCreateStream(r)); break;
  case 6: CALL("RTMP_UpdateBufferMS", RTMP_SetBufferMS(r, 3000); RTMP_UpdateBufferMS(r)); break;
  case 7:
    /* It rests for a second. */
    if (number / 16 % 4 == 0)
      CALL("RTMP_ToggleStream", RTMP_ToggleStream(r));
    break;
  case 8: CALL("RTMP_SendServerBW", RTMP_SendServerBW(r)); break;
  case 9: CALL("RTMP_SendClientBW", RTMP_SendClientBW(r)); break;
  case 10: CALL("RTMP_SendChunk", send_chunk()); break;
  case 11: CALL("RTMP_Finish", if (number / 16 % 8 == 0) RTMP_Finish(r)); break;
  case 13: CALL("RTMP_SendPacket", number / 16 % 4 ? send_packet(number / 16) : send_long_packet()); break;
  default: CALL("RTMP_Write", write_flv(number / 16)); break;
  }
}

static void say_in_log(unsigned number)
{
  static const uint8_t bytes[20] = "twenty bytes of text";
  RTMP_LogSetLevel(number % 2 ? RTMP_LOGALL : RTMP_LOGCRIT);
  RTMP_Log(RTMP_LOGINFO, "level %d", (int)RTMP_LogGetLevel());
  RTMP_LogHex(RTMP_LOGDEBUG, bytes, sizeof bytes);
  RTMP_LogHexString(RTMP_LOGDEBUG, bytes, sizeof bytes);
  RTMP_LogPrintf("line %u\n", number);
  RTMP_LogStatus("line %u\r", number);
}

void ask_or_end(struct thread *self, unsigned number)
{
  switch (number % 16) {
  case 0: CALL("RTMP_Close", RTMP_Close(r)); break;
  case 1: CALL("RTMP_Cancel", RTMP_Cancel(r)); break;
  case 2: CALL("RTMP_Log", say_in_log(number / 16)); break;
  case 3: CALL("RTMP_LogSetCallback", RTMP_LogSetCallback(count_lines)); break;
  case 4: case 5: case 6: CALL("what tells something", ask_all()); break;
  default: break;
  }
}
