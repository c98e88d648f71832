#ifdef _DEBUG
#undef NODEBUG
#endif

/** Importance of a message; a smaller number is more important. */
typedef enum {
  RTMP_LOGCRIT = 0,
  RTMP_LOGERROR,
  RTMP_LOGWARNING,
  RTMP_LOGINFO,
  RTMP_LOGDEBUG,
  RTMP_LOGDEBUG2,
  RTMP_LOGALL
} RTMP_LogLevel;

/** Receives a message without a newline at its end. Messages of the library come as the format "%s"
 * and a text shorter than 2048 bytes, those of RTMP_Log as the program's format and arguments. */
typedef void (RTMP_LogCallback)(int level, const char *fmt, va_list args);

#ifdef __GNUC__
#define LIBRTMP_PRINTF(format, first) __attribute__((__format__(__printf__, format, first)))
#else
#define LIBRTMP_PRINTF(format, first)
#endif
