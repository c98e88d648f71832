/* Functions that need no connection. */
#include "client.h"

#define TEXT(s) { (char *)(s), (int)sizeof(s) - 1 }

/* A typical onMetaData: 20 properties. */
static const struct {
  AVal name;
  AMFDataType type;
  double number;
  AVal text;
} properties[] = {
  { TEXT("duration"), AMF_NUMBER, 634.567, { 0, 0 } },
  { TEXT("width"), AMF_NUMBER, 1920, { 0, 0 } },
  { TEXT("height"), AMF_NUMBER, 1080, { 0, 0 } },
  { TEXT("videodatarate"), AMF_NUMBER, 4500, { 0, 0 } },
  { TEXT("framerate"), AMF_NUMBER, 29.97, { 0, 0 } },
  { TEXT("videocodecid"), AMF_NUMBER, 7, { 0, 0 } },
  { TEXT("audiodatarate"), AMF_NUMBER, 160, { 0, 0 } },
  { TEXT("audiosamplerate"), AMF_NUMBER, 48000, { 0, 0 } },
  { TEXT("audiosamplesize"), AMF_NUMBER, 16, { 0, 0 } },
  { TEXT("stereo"), AMF_BOOLEAN, 1, { 0, 0 } },
  { TEXT("audiocodecid"), AMF_NUMBER, 10, { 0, 0 } },
  { TEXT("major_brand"), AMF_STRING, 0, TEXT("isom") },
  { TEXT("minor_version"), AMF_STRING, 0, TEXT("512") },
  { TEXT("compatible_brands"), AMF_STRING, 0, TEXT("isomiso2avc1mp41") },
  { TEXT("title"), AMF_STRING, 0, TEXT("A title as people write them") },
  { TEXT("encoder"), AMF_STRING, 0, TEXT("Lavf59.27.100") },
  { TEXT("canSeekToEnd"), AMF_BOOLEAN, 0, { 0, 0 } },
  { TEXT("hasKeyframes"), AMF_BOOLEAN, 1, { 0, 0 } },
  { TEXT("lasttimestamp"), AMF_NUMBER, 634.5, { 0, 0 } },
  { TEXT("filesize"), AMF_NUMBER, 358123456, { 0, 0 } },
};
#define COUNT (sizeof properties / sizeof properties[0])

static const AVal on_meta_data = TEXT("onMetaData");

struct calls {
  AMFObject object;
  AMFObjectProperty list[COUNT];
  char body[2048], copy[2048];
  int size;
};

static struct calls calls;

static char *encode(void)
{
  char *end = AMF_EncodeString(calls.body, calls.body + sizeof calls.body, &on_meta_data);
  return AMF_EncodeEcmaArray(&calls.object, end, calls.body + sizeof calls.body);
}

static void prepare(void)
{
  for (size_t i = 0; i < COUNT; i++) {
    AMFObjectProperty *p = &calls.list[i];
    p->p_name = properties[i].name;
    p->p_type = properties[i].type;
    if (properties[i].type == AMF_STRING)
      p->p_vu.p_aval = properties[i].text;
    else
      p->p_vu.p_number = properties[i].number;
  }
  calls.object.o_num = COUNT;
  calls.object.o_props = calls.list;
  calls.size = (int)(encode() - calls.body);
}

static int encode_once(struct work *work)
{
  work->messages++;
  return encode() == calls.body + calls.size;
}

static int decode_once(struct work *work)
{
  AMFObject object;
  AVal found;
  int used = AMF_Decode(&object, calls.body, calls.size, FALSE);
  AMFProp_GetString(AMF_GetProp(&object, NULL, 0), &found);
  AMF_Reset(&object);
  work->messages++;
  return used > 0 && found.av_len == on_meta_data.av_len;
}

static const char url[] = "rtmp://media.example.com:1936/live/mp4:streams/some-stream-name?token=0123456789abcdef";

static int parse_once(struct work *work)
{
  int protocol;
  unsigned port;
  AVal host, playpath, app;
  int done = RTMP_ParseURL(url, &protocol, &host, &port, &playpath, &app);
  free(playpath.av_val);
  work->messages++;
  return done && port == 1936;
}

static int set_up_once(struct work *work)
{
  static RTMP r;
  int done;
  strcpy(calls.copy, url);
  strcat(calls.copy, " live=1 pageUrl=http://example.com/ buffer=2000");
  RTMP_Init(&r);
  done = RTMP_SetupURL(&r, calls.copy);
  RTMP_Close(&r);
  work->messages++;
  return done;
}

static void run(int (*once)(struct work *))
{
  struct work work = { once, NULL, 0, 0 };
  prepare();
  measure(&work);
}

void case_amf_encode(void)
{
  run(encode_once);
}

void case_amf_decode(void)
{
  run(decode_once);
}

void case_parse_url(void)
{
  run(parse_once);
}

void case_setup(void)
{
  run(set_up_once);
}
