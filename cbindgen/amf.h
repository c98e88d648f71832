#ifndef TRUE
#define TRUE 1
#endif
#ifndef FALSE
#define FALSE 0
#endif

/** Initialiser of an AVal out of a string literal. */
#define AVC(str) { (char *)str, sizeof(str) - 1 }

/** 1 if two AVals, given by address, hold the same bytes. The program includes <string.h>. */
#define AVMATCH(a1, a2) \
  ((a1)->av_len == (a2)->av_len \
   && ((a1)->av_len == 0 || !memcmp((a1)->av_val, (a2)->av_val, (size_t)(a1)->av_len)))

/** Type codes of AMF0 values. */
typedef enum {
  AMF_NUMBER = 0,
  AMF_BOOLEAN,
  AMF_STRING,
  AMF_OBJECT,
  /** Reserved. */
  AMF_MOVIECLIP,
  AMF_NULL,
  AMF_UNDEFINED,
  AMF_REFERENCE,
  AMF_ECMA_ARRAY,
  AMF_OBJECT_END,
  AMF_STRICT_ARRAY,
  AMF_DATE,
  AMF_LONG_STRING,
  AMF_UNSUPPORTED,
  /** Reserved. */
  AMF_RECORDSET,
  AMF_XML_DOC,
  AMF_TYPED_OBJECT,
  /** AMF3 follows. */
  AMF_AVMPLUS,
  /** No value at all. */
  AMF_INVALID = 0xff
} AMFDataType;

/** Type codes of AMF3 values. */
typedef enum {
  AMF3_UNDEFINED = 0,
  AMF3_NULL,
  AMF3_FALSE,
  AMF3_TRUE,
  AMF3_INTEGER,
  AMF3_DOUBLE,
  AMF3_STRING,
  AMF3_XML_DOC,
  AMF3_DATE,
  AMF3_ARRAY,
  AMF3_OBJECT,
  AMF3_XML,
  AMF3_BYTE_ARRAY
} AMF3DataType;
