/* Action Message Format: the values inside RTMP and FLV.
 *
 * Part of librtmp-rs, MIT OR Apache-2.0. Generated from the Rust sources: do not edit. */
#ifndef __AMF_H__
#define __AMF_H__

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

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

/** Counted bytes, not NUL-terminated unless stated. */
typedef struct AVal {
  /** First byte; NULL is allowed when the length is 0. */
  char *av_val;
  /** Number of bytes. */
  int av_len;
} AVal;

/** A sequence of properties. All zero is the empty object. */
typedef struct AMFObject {
  /** Properties in use; the block has room for this number rounded up to a multiple of 16. */
  int o_num;
  /** The properties, a block of the C allocator. */
  struct AMFObjectProperty *o_props;
} AMFObject;

/** One named or unnamed value. */
typedef struct AMFObjectProperty {
  /** The name, borrowed from the decoded buffer; empty when unnamed. */
  AVal p_name;
  /** AMF0 type code; 255 is invalid. */
  AMFDataType p_type;
  /** The value, by type. */
  union {
    /** Number, boolean (0 or 1), date (ms). */
    double p_number;
    /** String, XML document; the bytes are borrowed from the decoded buffer. */
    AVal p_aval;
    /** Object, ECMA array, strict array; owned. */
    AMFObject p_object;
  } p_vu;
  /** Dates only: minutes, as sent. */
  int16_t p_UTCoffset;
} AMFObjectProperty;

/** The traits of an AMF3 class. */
typedef struct AMF3ClassDef {
  /** Class name, borrowed. */
  AVal cd_name;
  /** Not 0: the class encodes itself. */
  char cd_externalizable;
  /** Not 0: members may follow by name. */
  char cd_dynamic;
  /** Members in use. */
  int cd_num;
  /** Member names, a block of the C allocator. */
  AVal *cd_props;
} AMF3ClassDef;

#ifdef __cplusplus
}
#endif

#endif
