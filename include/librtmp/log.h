/* Log messages of the library and of the program.
 *
 * Part of librtmp-rs, MIT OR Apache-2.0. Generated from the Rust sources: do not edit. */
#ifndef __RTMP_LOG_H__
#define __RTMP_LOG_H__

#include <stdio.h>
#include <stdarg.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

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

/** Messages up to this level are logged; RTMP_LOGERROR at the start. Programs may assign it at
 * any time. */
extern RTMP_LogLevel RTMP_debuglevel;

/** Sets the function that receives log messages, in place of the one that writes them to the
 * output file. It runs on the thread that logs, perhaps inside any function of this library,
 * and may call any function, also on the handle that is being worked with; it may not free that
 * one. The thread cannot be cancelled meanwhile. NULL restores the default.
 *
 * An exception of C++ ends where the library called the function, as if it had returned (on
 * x86-64 with ELF; elsewhere it ends the program). In RTMP_Log, called by the program, it
 * reaches the caller. The function may not end its thread by pthread_exit, nor leave by
 * longjmp. */
void RTMP_LogSetCallback(RTMP_LogCallback *cb);

/** Sets the file for messages, RTMP_LogPrintf and RTMP_LogStatus; NULL is stderr, the default.
 * The file stays the caller's, who closes it after having set another one. */
void RTMP_LogSetOutput(FILE *file);

/** Logs bytes in hexadecimal, 16 in a message. */
void RTMP_LogHex(int level, const uint8_t *data, unsigned long len);

/** Logs bytes in hexadecimal and as text, 16 in a message, with their offset. */
void RTMP_LogHexString(int level, const uint8_t *data, unsigned long len);

/** Sets RTMP_debuglevel. */
void RTMP_LogSetLevel(RTMP_LogLevel lvl);

/** Returns RTMP_debuglevel. */
RTMP_LogLevel RTMP_LogGetLevel(void);

/** Writes formatted text of the program to the output file, whatever callback is set, unless the
 * level is RTMP_LOGCRIT. Ends a status line first. At most 2046 characters; nothing is added. */
void RTMP_LogPrintf(const char *format, ...) LIBRTMP_PRINTF(1, 2);

/** Like RTMP_LogPrintf, for a line that is written over and over, such as a progress counter:
 * written at once, and ended with a newline by the next message or RTMP_LogPrintf. */
void RTMP_LogStatus(const char *format, ...) LIBRTMP_PRINTF(1, 2);

/** Logs a message of the program: hands format and arguments to the callback, if the level is
 * not above RTMP_debuglevel. */
void RTMP_Log(int level, const char *format, ...) LIBRTMP_PRINTF(2, 3);

#ifdef __cplusplus
}
#endif

#endif
