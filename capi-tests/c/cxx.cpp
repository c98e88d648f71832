// A C++ program with all headers.
#include <cstddef>
#include <cstdio>
#include <cstring>

#include <librtmp/rtmp.h>

#include <librtmp/amf.h>
#include <librtmp/log.h>
extern "C" { // the original's header does not say it
#include <librtmp/http.h>
}

#include <cstdarg>
#include <string>
#include <vector>

namespace {

char live_text[] = "live";
const AVal live = AVC(live_text);
std::vector<std::string> lines;

void collect(int level, const char *format, va_list arguments)
{
  char text[2048];
  std::vsnprintf(text, sizeof text, format, arguments);
  lines.push_back(std::to_string(level) + " " + text);
}

std::size_t swallow(void *, std::size_t size, std::size_t count, void *)
{
  return size * count;
}

class Connection {
public:
  Connection() { RTMP_Init(&handle); }
  ~Connection() { RTMP_Close(&handle); }
  Connection(const Connection &) = delete;
  Connection &operator=(const Connection &) = delete;
  RTMP *get() { return &handle; }

private:
  struct RTMP handle;
};

} // namespace

int main()
{
  RTMP_LogSetCallback(collect);
  RTMP_LogSetLevel(RTMP_LOGINFO);
  Connection connection;
  std::string url = "rtmp://host/app/stream live=1";
  const int set = RTMP_SetupURL(connection.get(), &url[0]);
  std::printf("%d %d %d\n", set, connection.get()->Link.port, connection.get()->Link.lFlags == RTMP_LF_LIVE);

  char buffer[64];
  char *end = AMF_EncodeString(buffer, buffer + sizeof buffer, &live);
  AMFObject object;
  std::printf("%d\n", AMF_Decode(&object, buffer, static_cast<int>(end - buffer), FALSE));
  AVal text;
  AMFProp_GetString(AMF_GetProp(&object, nullptr, 0), &text);
  std::printf("%d %.*s\n", AVMATCH(&text, &live), text.av_len, text.av_val);
  AMF_Reset(&object);

  HTTP_ctx context = {};
  char date[64] = "";
  context.date = date;
  const HTTPResult result = HTTP_get(&context, "ftp://nowhere/", swallow);
  std::printf("%d\n", result == HTTPRES_BAD_REQUEST);

  RTMPPacket packet = {};
  std::printf("%d\n", RTMPPacket_IsReady(&packet));
  RTMP_Log(RTMP_LOGERROR, "%s %d", "from C++", 17);
  for (const std::string &line : lines)
    std::printf("%s\n", line.c_str());
  return 0;
}
