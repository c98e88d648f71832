/* NULL for every pointer argument of every function, one at a time and all at once. The original crashes in most of
 * these calls: this program is for a library that answers with the failure value. A call that has one is written with
 * it; of a call that has none it matters that it returns. */
#include "common.h"

#include <librtmp/http.h>

/* Exported, but in no header. */
int AMF3ReadInteger(const char *data, int32_t *value);
int AMF3ReadString(const char *data, AVal *text);
int RTMP_FindPrefixProperty(AMFObject *object, const AVal *name, AMFObjectProperty *found);
void RTMP_TLS_Init(void);

static int functions, failures;
static const char *current;

#define FUNCTION(name) (functions++, current = #name, (void)name)
#define GIVES(call, expected) \
  do { \
    if ((call) != (expected)) { \
      printf("%s: %s is not %s\n", current, #call, #expected); \
      failures++; \
    } \
  } while (0)

static AVal text = AVC("text");
static AVal out;
static AMFObject object;
static AMFObjectProperty property;
static AMF3ClassDef class;
static RTMPPacket packet;
static RTMPChunk chunk;
static char room[256];
static RTMP_ERROR error = { .size = sizeof error };
#define LIMIT (room + sizeof room)

static size_t callback(void *bytes, size_t size, size_t count, void *data)
{
  (void)bytes;
  (void)data;
  return size * count;
}

static void encoders(void)
{
  FUNCTION(AMF_EncodeString);
  GIVES(AMF_EncodeString(NULL, NULL, NULL), NULL);
  GIVES(AMF_EncodeString(NULL, LIMIT, &text), NULL);
  GIVES(AMF_EncodeString(room, NULL, &text), NULL);
  GIVES(AMF_EncodeString(room, LIMIT, NULL), NULL);
  FUNCTION(AMF_EncodeNumber);
  GIVES(AMF_EncodeNumber(NULL, NULL, 1), NULL);
  GIVES(AMF_EncodeNumber(room, NULL, 1), NULL);
  GIVES(AMF_EncodeNumber(NULL, LIMIT, 1), NULL);
  FUNCTION(AMF_EncodeInt16);
  GIVES(AMF_EncodeInt16(NULL, NULL, 1), NULL);
  GIVES(AMF_EncodeInt16(room, NULL, 1), NULL);
  GIVES(AMF_EncodeInt16(NULL, LIMIT, 1), NULL);
  FUNCTION(AMF_EncodeInt24);
  GIVES(AMF_EncodeInt24(NULL, NULL, 1), NULL);
  GIVES(AMF_EncodeInt24(room, NULL, 1), NULL);
  GIVES(AMF_EncodeInt24(NULL, LIMIT, 1), NULL);
  FUNCTION(AMF_EncodeInt32);
  GIVES(AMF_EncodeInt32(NULL, NULL, 1), NULL);
  GIVES(AMF_EncodeInt32(room, NULL, 1), NULL);
  GIVES(AMF_EncodeInt32(NULL, LIMIT, 1), NULL);
  FUNCTION(AMF_EncodeBoolean);
  GIVES(AMF_EncodeBoolean(NULL, NULL, 1), NULL);
  GIVES(AMF_EncodeBoolean(room, NULL, 1), NULL);
  GIVES(AMF_EncodeBoolean(NULL, LIMIT, 1), NULL);
  FUNCTION(AMF_EncodeNamedString);
  GIVES(AMF_EncodeNamedString(NULL, NULL, NULL, NULL), NULL);
  GIVES(AMF_EncodeNamedString(NULL, LIMIT, &text, &text), NULL);
  GIVES(AMF_EncodeNamedString(room, NULL, &text, &text), NULL);
  GIVES(AMF_EncodeNamedString(room, LIMIT, NULL, &text), NULL);
  GIVES(AMF_EncodeNamedString(room, LIMIT, &text, NULL), NULL);
  FUNCTION(AMF_EncodeNamedNumber);
  GIVES(AMF_EncodeNamedNumber(NULL, NULL, NULL, 1), NULL);
  GIVES(AMF_EncodeNamedNumber(NULL, LIMIT, &text, 1), NULL);
  GIVES(AMF_EncodeNamedNumber(room, NULL, &text, 1), NULL);
  GIVES(AMF_EncodeNamedNumber(room, LIMIT, NULL, 1), NULL);
  FUNCTION(AMF_EncodeNamedBoolean);
  GIVES(AMF_EncodeNamedBoolean(NULL, NULL, NULL, 1), NULL);
  GIVES(AMF_EncodeNamedBoolean(NULL, LIMIT, &text, 1), NULL);
  GIVES(AMF_EncodeNamedBoolean(room, NULL, &text, 1), NULL);
  GIVES(AMF_EncodeNamedBoolean(room, LIMIT, NULL, 1), NULL);
  FUNCTION(AMF_Encode);
  GIVES(AMF_Encode(NULL, NULL, NULL), NULL);
  GIVES(AMF_Encode(NULL, room, LIMIT), NULL);
  GIVES(AMF_Encode(&object, NULL, LIMIT), NULL);
  GIVES(AMF_Encode(&object, room, NULL), NULL);
  FUNCTION(AMF_EncodeEcmaArray);
  GIVES(AMF_EncodeEcmaArray(NULL, NULL, NULL), NULL);
  GIVES(AMF_EncodeEcmaArray(NULL, room, LIMIT), NULL);
  GIVES(AMF_EncodeEcmaArray(&object, NULL, LIMIT), NULL);
  GIVES(AMF_EncodeEcmaArray(&object, room, NULL), NULL);
  FUNCTION(AMF_EncodeArray);
  GIVES(AMF_EncodeArray(NULL, NULL, NULL), NULL);
  GIVES(AMF_EncodeArray(NULL, room, LIMIT), NULL);
  GIVES(AMF_EncodeArray(&object, NULL, LIMIT), NULL);
  GIVES(AMF_EncodeArray(&object, room, NULL), NULL);
  FUNCTION(AMFProp_Encode);
  GIVES(AMFProp_Encode(NULL, NULL, NULL), NULL);
  GIVES(AMFProp_Encode(NULL, room, LIMIT), NULL);
  GIVES(AMFProp_Encode(&property, NULL, LIMIT), NULL);
  GIVES(AMFProp_Encode(&property, room, NULL), NULL);
}

static void decoders(void)
{
  int32_t number = 0;

  FUNCTION(AMF_DecodeInt16);
  GIVES(AMF_DecodeInt16(NULL), 0);
  FUNCTION(AMF_DecodeInt24);
  GIVES(AMF_DecodeInt24(NULL), 0);
  FUNCTION(AMF_DecodeInt32);
  GIVES(AMF_DecodeInt32(NULL), 0);
  FUNCTION(AMF_DecodeString);
  AMF_DecodeString(NULL, NULL);
  AMF_DecodeString(room, NULL);
  AMF_DecodeString(NULL, &out);
  GIVES(out.av_len, 0);
  FUNCTION(AMF_DecodeLongString);
  AMF_DecodeLongString(NULL, NULL);
  AMF_DecodeLongString(room, NULL);
  AMF_DecodeLongString(NULL, &out);
  GIVES(out.av_len, 0);
  FUNCTION(AMF_DecodeBoolean);
  GIVES(AMF_DecodeBoolean(NULL), 0);
  FUNCTION(AMF_DecodeNumber);
  GIVES(AMF_DecodeNumber(NULL), 0.0);
  FUNCTION(AMF_Decode);
  GIVES(AMF_Decode(NULL, NULL, 10, FALSE), -1);
  GIVES(AMF_Decode(NULL, room, 10, FALSE), -1);
  GIVES(AMF_Decode(&object, NULL, 10, FALSE), -1);
  FUNCTION(AMF_DecodeArray);
  GIVES(AMF_DecodeArray(NULL, NULL, 10, 1, FALSE), -1);
  GIVES(AMF_DecodeArray(NULL, room, 10, 1, FALSE), -1);
  GIVES(AMF_DecodeArray(&object, NULL, 10, 1, FALSE), -1);
  FUNCTION(AMF3_Decode);
  GIVES(AMF3_Decode(NULL, NULL, 10, TRUE), -1);
  GIVES(AMF3_Decode(NULL, room, 10, TRUE), -1);
  GIVES(AMF3_Decode(&object, NULL, 10, TRUE), -1);
  FUNCTION(AMF3Prop_Decode);
  GIVES(AMF3Prop_Decode(NULL, NULL, 10, FALSE), -1);
  GIVES(AMF3Prop_Decode(NULL, room, 10, FALSE), -1);
  GIVES(AMF3Prop_Decode(&property, NULL, 10, FALSE), -1);
  FUNCTION(AMFProp_Decode);
  GIVES(AMFProp_Decode(NULL, NULL, 10, FALSE), -1);
  GIVES(AMFProp_Decode(NULL, room, 10, FALSE), -1);
  GIVES(AMFProp_Decode(&property, NULL, 10, FALSE), -1);
  FUNCTION(AMF3ReadInteger);
  AMF3ReadInteger(NULL, NULL);
  AMF3ReadInteger(room, NULL);
  AMF3ReadInteger(NULL, &number);
  FUNCTION(AMF3ReadString);
  AMF3ReadString(NULL, NULL);
  AMF3ReadString(room, NULL);
  AMF3ReadString(NULL, &out);
}

static void objects(void)
{
  AMFObject other;

  FUNCTION(AMF_Dump);
  AMF_Dump(NULL);
  FUNCTION(AMF_Reset);
  AMF_Reset(NULL);
  AMF_Reset(&object);
  FUNCTION(AMF_AddProp);
  AMF_AddProp(NULL, NULL);
  AMF_AddProp(NULL, &property);
  AMF_AddProp(&object, NULL);
  GIVES(object.o_num, 0);
  FUNCTION(AMF_CountProp);
  GIVES(AMF_CountProp(NULL), 0);
  FUNCTION(AMF_GetProp);
  GIVES(AMFProp_IsValid(AMF_GetProp(NULL, NULL, -1)), FALSE);
  GIVES(AMFProp_IsValid(AMF_GetProp(NULL, &text, -1)), FALSE);
  GIVES(AMFProp_IsValid(AMF_GetProp(&object, NULL, -1)), FALSE);
  FUNCTION(AMFProp_GetType);
  GIVES(AMFProp_GetType(NULL), AMF_INVALID);
  FUNCTION(AMFProp_SetNumber);
  AMFProp_SetNumber(NULL, 1);
  FUNCTION(AMFProp_SetBoolean);
  AMFProp_SetBoolean(NULL, 1);
  FUNCTION(AMFProp_SetString);
  AMFProp_SetString(NULL, NULL);
  AMFProp_SetString(NULL, &text);
  AMFProp_SetString(&property, NULL);
  FUNCTION(AMFProp_SetObject);
  AMFProp_SetObject(NULL, NULL);
  AMFProp_SetObject(NULL, &object);
  AMFProp_SetObject(&property, NULL);
  FUNCTION(AMFProp_GetName);
  AMFProp_GetName(NULL, NULL);
  AMFProp_GetName(&property, NULL);
  AMFProp_GetName(NULL, &out);
  GIVES(out.av_len, 0);
  FUNCTION(AMFProp_SetName);
  AMFProp_SetName(NULL, NULL);
  AMFProp_SetName(NULL, &text);
  AMFProp_SetName(&property, NULL);
  FUNCTION(AMFProp_GetNumber);
  GIVES(AMFProp_GetNumber(NULL), 0.0);
  FUNCTION(AMFProp_GetBoolean);
  GIVES(AMFProp_GetBoolean(NULL), 0);
  FUNCTION(AMFProp_GetString);
  AMFProp_GetString(NULL, NULL);
  AMFProp_GetString(&property, NULL);
  AMFProp_GetString(NULL, &out);
  GIVES(out.av_len, 0);
  FUNCTION(AMFProp_GetObject);
  AMFProp_GetObject(NULL, NULL);
  AMFProp_GetObject(&property, NULL);
  AMFProp_GetObject(NULL, &other);
  GIVES(other.o_num, 0);
  FUNCTION(AMFProp_IsValid);
  GIVES(AMFProp_IsValid(NULL), FALSE);
  FUNCTION(AMFProp_Dump);
  AMFProp_Dump(NULL);
  FUNCTION(AMFProp_Reset);
  AMFProp_Reset(NULL);
  FUNCTION(AMF3CD_AddProp);
  AMF3CD_AddProp(NULL, NULL);
  AMF3CD_AddProp(NULL, &text);
  AMF3CD_AddProp(&class, NULL);
  FUNCTION(AMF3CD_GetProp);
  GIVES(AMF3CD_GetProp(NULL, 0)->av_len, 0);
  FUNCTION(RTMP_FindFirstMatchingProperty);
  GIVES(RTMP_FindFirstMatchingProperty(NULL, NULL, NULL), FALSE);
  GIVES(RTMP_FindFirstMatchingProperty(NULL, &text, &property), FALSE);
  GIVES(RTMP_FindFirstMatchingProperty(&object, NULL, &property), FALSE);
  GIVES(RTMP_FindFirstMatchingProperty(&object, &text, NULL), FALSE);
  FUNCTION(RTMP_FindPrefixProperty);
  GIVES(RTMP_FindPrefixProperty(NULL, NULL, NULL), FALSE);
  GIVES(RTMP_FindPrefixProperty(NULL, &text, &property), FALSE);
  GIVES(RTMP_FindPrefixProperty(&object, NULL, &property), FALSE);
  GIVES(RTMP_FindPrefixProperty(&object, &text, NULL), FALSE);
}

static void packets(RTMP *r)
{
  FUNCTION(RTMPPacket_Reset);
  RTMPPacket_Reset(NULL);
  FUNCTION(RTMPPacket_Dump);
  RTMPPacket_Dump(NULL);
  RTMPPacket_Dump(&packet);
  FUNCTION(RTMPPacket_Alloc);
  GIVES(RTMPPacket_Alloc(NULL, 10), FALSE);
  FUNCTION(RTMPPacket_Free);
  RTMPPacket_Free(NULL);
  FUNCTION(RTMP_ReadPacket);
  GIVES(RTMP_ReadPacket(NULL, NULL), FALSE);
  GIVES(RTMP_ReadPacket(NULL, &packet), FALSE);
  GIVES(RTMP_ReadPacket(r, NULL), FALSE);
  FUNCTION(RTMP_SendPacket);
  GIVES(RTMP_SendPacket(NULL, NULL, FALSE), FALSE);
  GIVES(RTMP_SendPacket(NULL, &packet, FALSE), FALSE);
  GIVES(RTMP_SendPacket(r, NULL, FALSE), FALSE);
  FUNCTION(RTMP_SendChunk);
  GIVES(RTMP_SendChunk(NULL, NULL), FALSE);
  GIVES(RTMP_SendChunk(NULL, &chunk), FALSE);
  GIVES(RTMP_SendChunk(r, NULL), FALSE);
  FUNCTION(RTMP_GetNextMediaPacket);
  GIVES(RTMP_GetNextMediaPacket(NULL, NULL), FALSE);
  GIVES(RTMP_GetNextMediaPacket(NULL, &packet), FALSE);
  GIVES(RTMP_GetNextMediaPacket(r, NULL), FALSE);
  FUNCTION(RTMP_ClientPacket);
  GIVES(RTMP_ClientPacket(NULL, NULL), FALSE);
  GIVES(RTMP_ClientPacket(NULL, &packet), FALSE);
  GIVES(RTMP_ClientPacket(r, NULL), FALSE);
}

static void setting_up(RTMP *r)
{
  const char url[] = "rtmp://host/app/path";
  unsigned port;
  int protocol;

  FUNCTION(RTMP_ParseURL);
  GIVES(RTMP_ParseURL(NULL, NULL, NULL, NULL, NULL, NULL), FALSE);
  GIVES(RTMP_ParseURL(NULL, &protocol, &out, &port, &out, &out), FALSE);
  RTMP_ParseURL(url, NULL, NULL, NULL, NULL, NULL);
  FUNCTION(RTMP_ParsePlaypath);
  RTMP_ParsePlaypath(NULL, NULL);
  RTMP_ParsePlaypath(&text, NULL);
  RTMP_ParsePlaypath(NULL, &out);
  FUNCTION(RTMP_SetBufferMS);
  RTMP_SetBufferMS(NULL, 1);
  FUNCTION(RTMP_UpdateBufferMS);
  RTMP_UpdateBufferMS(NULL);
  FUNCTION(RTMP_SetOpt);
  GIVES(RTMP_SetOpt(NULL, NULL, NULL), FALSE);
  GIVES(RTMP_SetOpt(NULL, &text, &text), FALSE);
  GIVES(RTMP_SetOpt(r, NULL, &text), FALSE);
  GIVES(RTMP_SetOpt(r, &text, NULL), FALSE);
  FUNCTION(RTMP_SetupURL);
  GIVES(RTMP_SetupURL(NULL, NULL), FALSE);
  GIVES(RTMP_SetupURL(NULL, room), FALSE);
  GIVES(RTMP_SetupURL(r, NULL), FALSE);
  FUNCTION(RTMP_SetupStream);
  RTMP_SetupStream(NULL, 0, NULL, 0, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 0, NULL, NULL, NULL, 0, 0, 0, 0);
  RTMP_SetupStream(r, 0, NULL, 0, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 0, NULL, NULL, NULL, 0, 0, 0, 0);
  FUNCTION(RTMP_Init);
  RTMP_Init(NULL);
  FUNCTION(RTMP_Alloc);
  FUNCTION(RTMP_Free);
  RTMP_Free(NULL);
  FUNCTION(RTMP_EnableWrite);
  RTMP_EnableWrite(NULL);
  FUNCTION(RTMP_LibVersion);
  GIVES(RTMP_LibVersion(), RTMP_LIB_VERSION);
}

static void connections(RTMP *r)
{
  RTMP_STATS stats = { .size = sizeof stats };
  FUNCTION(RTMP_Connect);
  GIVES(RTMP_Connect(NULL, NULL), FALSE);
  GIVES(RTMP_Connect(NULL, &packet), FALSE);
  GIVES(RTMP_Connect(r, NULL), FALSE); /* no host */
  FUNCTION(RTMP_Connect0);
  GIVES(RTMP_Connect0(NULL, NULL), FALSE);
  GIVES(RTMP_Connect0(r, NULL), FALSE);
  FUNCTION(RTMP_Connect1);
  GIVES(RTMP_Connect1(NULL, NULL), FALSE);
  GIVES(RTMP_Connect1(NULL, &packet), FALSE);
  GIVES(RTMP_Connect1(r, NULL), FALSE); /* no socket */
  FUNCTION(RTMP_Serve);
  GIVES(RTMP_Serve(NULL), FALSE);
  FUNCTION(RTMP_Close);
  RTMP_Close(NULL);
  FUNCTION(RTMP_IsConnected);
  GIVES(RTMP_IsConnected(NULL), FALSE);
  FUNCTION(RTMP_Socket);
  GIVES(RTMP_Socket(NULL), -1);
  FUNCTION(RTMP_Cancel);
  RTMP_Cancel(NULL);
  FUNCTION(RTMP_LastError);
  GIVES(RTMP_LastError(NULL), NULL);
  FUNCTION(RTMP_GetReconnectRequest);
  GIVES(RTMP_GetReconnectRequest(NULL, NULL), FALSE);
  FUNCTION(RTMP_GetError);
  GIVES(RTMP_GetError(NULL, &error), FALSE);
  GIVES(RTMP_GetError(r, NULL), FALSE);
  FUNCTION(RTMP_GetStats);
  GIVES(RTMP_GetStats(NULL, NULL), FALSE);
  GIVES(RTMP_GetStats(NULL, &stats), FALSE);
  GIVES(RTMP_GetStats(r, NULL), FALSE);
  FUNCTION(RTMP_SetNonBlocking);
  GIVES(RTMP_SetNonBlocking(NULL, TRUE, 0), FALSE);
  FUNCTION(RTMP_Start);
  GIVES(RTMP_Start(NULL, NULL, 0), FALSE);
  GIVES(RTMP_Start(NULL, &packet, 0), FALSE);
  FUNCTION(RTMP_Drive);
  GIVES(RTMP_Drive(NULL), -1);
  FUNCTION(RTMP_Want);
  GIVES(RTMP_Want(NULL, NULL), FALSE);
  GIVES(RTMP_Want(NULL, &(RTMP_WANT){ .size = sizeof(RTMP_WANT) }), FALSE);
  FUNCTION(RTMP_Pending);
  GIVES(RTMP_Pending(NULL), 0);
  FUNCTION(RTMP_Configure);
  GIVES(RTMP_Configure(NULL, NULL), FALSE);
  GIVES(RTMP_Configure(NULL, &(RTMP_CONFIG){ .size = sizeof(RTMP_CONFIG) }), FALSE);
  FUNCTION(RTMP_Finish);
  GIVES(RTMP_Finish(NULL), FALSE);
  FUNCTION(RTMP_IsTimedout);
  GIVES(RTMP_IsTimedout(NULL), FALSE);
  FUNCTION(RTMP_UserInterrupt);
  FUNCTION(RTMP_GetTime);
  RTMP_GetTime();
  FUNCTION(RTMPSockBuf_Fill);
  GIVES(RTMPSockBuf_Fill(NULL), -1);
  FUNCTION(RTMPSockBuf_Send);
  GIVES(RTMPSockBuf_Send(NULL, NULL, 5), -1);
  GIVES(RTMPSockBuf_Send(NULL, room, 5), -1);
  GIVES(RTMPSockBuf_Send(&r->m_sb, NULL, 5), -1);
  FUNCTION(RTMPSockBuf_Close);
  RTMPSockBuf_Close(NULL);
  FUNCTION(RTMP_TLS_Init);
  RTMP_TLS_Init();
  FUNCTION(RTMP_TLS_Accept);
  GIVES(RTMP_TLS_Accept(NULL, NULL), FALSE);
  GIVES(RTMP_TLS_Accept(r, NULL), FALSE);
  FUNCTION(RTMP_TLS_AllocServerContext);
  GIVES(RTMP_TLS_AllocServerContext(NULL, NULL), NULL);
  GIVES(RTMP_TLS_AllocServerContext("nofile", NULL), NULL);
  GIVES(RTMP_TLS_AllocServerContext(NULL, "nofile"), NULL);
  FUNCTION(RTMP_TLS_FreeServerContext);
  RTMP_TLS_FreeServerContext(NULL);
}

static void streams(RTMP *r)
{
  FUNCTION(RTMP_GetDuration);
  GIVES(RTMP_GetDuration(NULL), 0.0);
  FUNCTION(RTMP_ToggleStream);
  GIVES(RTMP_ToggleStream(NULL), FALSE);
  FUNCTION(RTMP_ConnectStream);
  GIVES(RTMP_ConnectStream(NULL, 0), FALSE);
  FUNCTION(RTMP_ReconnectStream);
  GIVES(RTMP_ReconnectStream(NULL, 0), FALSE);
  FUNCTION(RTMP_DeleteStream);
  RTMP_DeleteStream(NULL);
  FUNCTION(RTMP_SendCtrl);
  GIVES(RTMP_SendCtrl(NULL, 3, 1, 1), FALSE);
  FUNCTION(RTMP_SendPause);
  GIVES(RTMP_SendPause(NULL, TRUE, 0), FALSE);
  FUNCTION(RTMP_Pause);
  GIVES(RTMP_Pause(NULL, TRUE), FALSE);
  FUNCTION(RTMP_SendCreateStream);
  GIVES(RTMP_SendCreateStream(NULL), FALSE);
  FUNCTION(RTMP_SendSeek);
  GIVES(RTMP_SendSeek(NULL, 0), FALSE);
  FUNCTION(RTMP_SendServerBW);
  GIVES(RTMP_SendServerBW(NULL), FALSE);
  FUNCTION(RTMP_SendClientBW);
  GIVES(RTMP_SendClientBW(NULL), FALSE);
  FUNCTION(RTMP_DropRequest);
  RTMP_DropRequest(NULL, 0, TRUE);
  FUNCTION(RTMP_Read);
  GIVES(RTMP_Read(NULL, NULL, 10), -1);
  GIVES(RTMP_Read(NULL, room, 10), -1);
  GIVES(RTMP_Read(r, NULL, 10) <= 0, TRUE);
  FUNCTION(RTMP_Write);
  GIVES(RTMP_Write(NULL, NULL, 20), -1);
  GIVES(RTMP_Write(NULL, room, 20), -1);
  GIVES(RTMP_Write(r, NULL, 20) <= 0, TRUE);
}

static void enhanced(RTMP *r)
{
  RTMP_CAPABILITIES capabilities = { .size = sizeof capabilities };
  RTMP_PAYLOAD payload = { .size = sizeof payload };
  RTMP_TRACK track = { .size = sizeof track };
  uint32_t number;

  FUNCTION(RTMP_GetCapabilities);
  GIVES(RTMP_GetCapabilities(NULL, NULL), FALSE);
  GIVES(RTMP_GetCapabilities(NULL, &capabilities), FALSE);
  GIVES(RTMP_GetCapabilities(r, NULL), FALSE);
  FUNCTION(RTMP_GetFourCcInfo);
  GIVES(RTMP_GetFourCcInfo(NULL, RTMP_FOURCCS_VIDEO, RTMP_FOURCC_ANY, NULL), FALSE);
  GIVES(RTMP_GetFourCcInfo(NULL, RTMP_FOURCCS_VIDEO, RTMP_FOURCC_ANY, &number), FALSE);
  GIVES(RTMP_GetFourCcInfo(r, RTMP_FOURCCS_VIDEO, RTMP_FOURCC_ANY, NULL), FALSE);
  FUNCTION(RTMP_GetFourCc);
  GIVES(RTMP_GetFourCc(NULL, RTMP_FOURCCS_VIDEO, 0, NULL, NULL), FALSE);
  GIVES(RTMP_GetFourCc(NULL, RTMP_FOURCCS_VIDEO, 0, &number, &number), FALSE);
  GIVES(RTMP_GetFourCc(r, RTMP_FOURCCS_VIDEO, 0, NULL, &number), FALSE);
  GIVES(RTMP_GetFourCc(r, RTMP_FOURCCS_VIDEO, 0, &number, NULL), FALSE);
  FUNCTION(RTMP_ClassifyPayload);
  GIVES(RTMP_ClassifyPayload(RTMP_PACKET_TYPE_VIDEO, NULL, 5, NULL), FALSE);
  GIVES(RTMP_ClassifyPayload(RTMP_PACKET_TYPE_VIDEO, NULL, 5, &payload), FALSE);
  GIVES(RTMP_ClassifyPayload(RTMP_PACKET_TYPE_VIDEO, "\x17\1\0\0\0", 5, NULL), FALSE);
  FUNCTION(RTMP_GetPayloadTracks);
  GIVES(RTMP_GetPayloadTracks(RTMP_PACKET_TYPE_VIDEO, NULL, 5, NULL, 1), 0u);
  GIVES(RTMP_GetPayloadTracks(RTMP_PACKET_TYPE_VIDEO, NULL, 5, &track, 1), 0u);
  GIVES(RTMP_GetPayloadTracks(RTMP_PACKET_TYPE_VIDEO, "\x17\1\0\0\0", 5, NULL, 1), 0u);
}

static void files_and_messages(void)
{
  unsigned char hash[32];
  unsigned size;
  struct HTTP_ctx context = { 0 };

  FUNCTION(RTMP_HashSWF);
  GIVES(RTMP_HashSWF(NULL, NULL, NULL, 0), -1);
  GIVES(RTMP_HashSWF(NULL, &size, hash, 0), -1);
  GIVES(RTMP_HashSWF("http://127.0.0.1:1/", NULL, hash, 0), -1);
  GIVES(RTMP_HashSWF("http://127.0.0.1:1/", &size, NULL, 0), -1);
  FUNCTION(HTTP_get);
  GIVES(HTTP_get(NULL, NULL, NULL) != HTTPRES_OK, TRUE);
  GIVES(HTTP_get(NULL, "http://127.0.0.1:1/", callback) != HTTPRES_OK, TRUE);
  GIVES(HTTP_get(&context, NULL, callback) != HTTPRES_OK, TRUE);
  GIVES(HTTP_get(&context, "http://127.0.0.1:1/", NULL) != HTTPRES_OK, TRUE);
  FUNCTION(RTMP_LogSetCallback);
  RTMP_LogSetCallback(NULL);
  FUNCTION(RTMP_LogSetOutput);
  RTMP_LogSetOutput(NULL);
  FUNCTION(RTMP_LogPrintf);
  RTMP_LogPrintf(NULL);
  FUNCTION(RTMP_LogStatus);
  RTMP_LogStatus(NULL);
  FUNCTION(RTMP_Log);
  RTMP_Log(RTMP_LOGCRIT, NULL);
  FUNCTION(RTMP_LogHex);
  RTMP_LogHex(RTMP_LOGCRIT, NULL, 5);
  FUNCTION(RTMP_LogHexString);
  RTMP_LogHexString(RTMP_LOGCRIT, NULL, 5);
  FUNCTION(RTMP_LogSetLevel);
  FUNCTION(RTMP_LogGetLevel);
}

int main(void)
{
  RTMP *r = RTMP_Alloc();

  RTMP_LogSetLevel(RTMP_LOGCRIT);
  RTMP_Init(r);
  encoders();
  decoders();
  objects();
  packets(r);
  connections(r);
  streams(r);
  setting_up(r);
  enhanced(r);
  files_and_messages();
  RTMP_Close(r);
  RTMP_Free(r);
  printf("%d functions, %d wrong answers\n", functions, failures);
  return failures != 0;
}
