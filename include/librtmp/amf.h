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

/** The traits of an AMF3 class. All zero is a class without members. */
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

/** Writes a string; one of more than 65535 bytes becomes a long string. Needs room for the text
 * and 3 bytes, or 5 for a long string. Texts may lie inside the buffer, here and in the other
 * encoders: they are read before anything is written. Returns the position after the last byte
 * written, or NULL if there is not enough room; then nothing is written. */
char *AMF_EncodeString(char *output, char *outend, const AVal *str);

/** Writes a number: 9 bytes. Returns the position after the last byte written, or NULL if there
 * is not enough room; then nothing is written. */
char *AMF_EncodeNumber(char *output, char *outend, double dVal);

/** Writes an integer of 2 bytes, without a type marker. Returns the position after it, or NULL
 * if there is not enough room. */
char *AMF_EncodeInt16(char *output, char *outend, short nVal);

/** Writes the low 24 bits of an integer, without a type marker. Returns the position after them,
 * or NULL if there is not enough room. */
char *AMF_EncodeInt24(char *output, char *outend, int nVal);

/** Writes an integer of 4 bytes, without a type marker. Returns the position after it, or NULL
 * if there is not enough room. */
char *AMF_EncodeInt32(char *output, char *outend, int nVal);

/** Writes a boolean, true unless bVal is 0: 2 bytes. Returns the position after the last byte
 * written, or NULL if there is not enough room; then nothing is written. */
char *AMF_EncodeBoolean(char *output, char *outend, int bVal);

/** Writes a name of at most 65535 bytes and a string, as inside an object. Returns the position
 * after the last byte written, or NULL if there is not enough room; then the name may have been
 * written. */
char *AMF_EncodeNamedString(char *output, char *outend, const AVal *name, const AVal *value);

/** Writes a name and a number; see AMF_EncodeNamedString. */
char *AMF_EncodeNamedNumber(char *output, char *outend, const AVal *name, double dVal);

/** Writes a name and a boolean; see AMF_EncodeNamedString. */
char *AMF_EncodeNamedBoolean(char *output, char *outend, const AVal *name, int bVal);

/** Writes an object. A member that cannot be encoded ends it early. Returns the position after
 * the last byte written, or NULL if there is not enough room for the object's head and end. */
char *AMF_Encode(AMFObject *obj, char *pBuffer, char *pBufEnd);

/** Writes an ECMA array; see AMF_Encode. */
char *AMF_EncodeEcmaArray(AMFObject *obj, char *pBuffer, char *pBufEnd);

/** Writes a strict array; names of its elements are left out. See AMF_Encode. */
char *AMF_EncodeArray(AMFObject *obj, char *pBuffer, char *pBufEnd);

/** Writes a property: its name, unless that is empty, and its value. Numbers, booleans, strings,
 * nulls, objects and arrays can be written. Returns the position after the last byte written,
 * or NULL if the type cannot be written or there is not enough room; then the name may have
 * been written. */
char *AMFProp_Encode(AMFObjectProperty *prop, char *pBuffer, char *pBufEnd);

/** Reads an unsigned integer of 2 bytes. */
unsigned short AMF_DecodeInt16(const char *data);

/** Reads an unsigned integer of 3 bytes. */
unsigned int AMF_DecodeInt24(const char *data);

/** Reads an unsigned integer of 4 bytes. */
unsigned int AMF_DecodeInt32(const char *data);

/** Reads a length of 2 bytes and points str at the text behind it, which is not terminated. An
 * empty text is NULL. */
void AMF_DecodeString(const char *data, AVal *str);

/** Reads a length of 4 bytes and points str at the text behind it, which is not terminated. An
 * empty text is NULL; so is one of 2 GiB and more, whose length becomes negative. */
void AMF_DecodeLongString(const char *data, AVal *str);

/** Reads a byte: 1 unless it is 0. */
int AMF_DecodeBoolean(const char *data);

/** Reads a number of 8 bytes. */
double AMF_DecodeNumber(const char *data);

/** Decodes values into obj up to an object end or the end of the data; bDecodeName tells that
 * they have names. What obj held is forgotten, not released. Names and texts point into the
 * buffer and are not terminated. Containers may be nested 256 levels deep. Returns the number
 * of bytes used, or -1 if the data is broken; then obj holds what came before. Release obj with
 * AMF_Reset in both cases. */
int AMF_Decode(AMFObject *obj, const char *pBuffer, int nSize, int bDecodeName);

/** Decodes nArrayLen values into obj, which is treated as by AMF_Decode. Returns the number of
 * bytes used, or -1 if the data is broken or ends before. */
int AMF_DecodeArray(AMFObject *obj, const char *pBuffer, int nSize, int nArrayLen, int bDecodeName);

/** Decodes one value into prop; bDecodeName tells that it has a name. What prop held is
 * forgotten, not released. Texts point into the buffer. Returns the number of bytes used, or -1
 * if the data is broken; then prop owns nothing. */
int AMFProp_Decode(AMFObjectProperty *prop, const char *pBuffer, int nSize, int bDecodeName);

/** Decodes an AMF3 object into obj. If bDecodeName is not 0 the data begins with the marker byte
 * of an object. What obj held is forgotten, not released; texts point into the buffer. An
 * object that is broken keeps what came before and uses all data. Returns the number of bytes
 * used, or -1 if the data ends before the object begins. */
int AMF3_Decode(AMFObject *obj, const char *pBuffer, int nSize, int bDecodeName);

/** Decodes one AMF3 value into prop; bDecodeName tells that it has a name. An empty name ends a
 * list of members: only its bytes are used and prop keeps its type. What prop held is
 * forgotten, not released; texts point into the buffer.
 * Returns the number of bytes used, or -1 if the data is broken or the type is not supported. */
int AMF3Prop_Decode(AMFObjectProperty *prop, const char *pBuffer, int nSize, int bDecodeName);

/** Appends a member name to a class description; the bytes stay the caller's. */
void AMF3CD_AddProp(AMF3ClassDef *cd, AVal *prop);

/** The member name at index idx of a class description; if there is none, a shared empty value
 * that must not be written. Never NULL. */
AVal *AMF3CD_GetProp(AMF3ClassDef *cd, int idx);

/** Logs an object and all it contains at level RTMP_LOGDEBUG. */
void AMF_Dump(AMFObject *obj);

/** Releases all properties of an object and the objects in them. The object is empty afterwards.
 * The bytes of names and texts are not touched. */
void AMF_Reset(AMFObject *obj);

/** Appends a copy of prop to obj: an object in it belongs to obj from now on, names and texts
 * stay the caller's. Pointers to properties of obj become invalid. Without memory obj stays as
 * it is. */
void AMF_AddProp(AMFObject *obj, const AMFObjectProperty *prop);

/** The number of properties of an object. */
int AMF_CountProp(AMFObject *obj);

/** The property at nIndex or, if that is negative, the first one with this name. If there is
 * none, a shared property without a value (see AMFProp_IsValid) that must not be written. Never
 * NULL. The property stays the object's, and stays where it is until the next AMF_AddProp or
 * AMF_Reset. */
AMFObjectProperty *AMF_GetProp(AMFObject *obj, const AVal *name, int nIndex);

/** The type of a property. */
AMFDataType AMFProp_GetType(AMFObjectProperty *prop);

/** Makes a property a number. The value before is forgotten, not released. */
void AMFProp_SetNumber(AMFObjectProperty *prop, double dval);

/** Makes a property a boolean, true unless bflag is 0. The value before is forgotten, not
 * released. */
void AMFProp_SetBoolean(AMFObjectProperty *prop, int bflag);

/** Makes a property a string whose bytes stay the caller's. The value before is forgotten, not
 * released. */
void AMFProp_SetString(AMFObjectProperty *prop, AVal *str);

/** Makes a property an object: the properties of obj belong to prop from now on. The value
 * before is forgotten, not released. */
void AMFProp_SetObject(AMFObjectProperty *prop, AMFObject *obj);

/** Stores the name of a property; the bytes are shared. */
void AMFProp_GetName(AMFObjectProperty *prop, AVal *name);

/** Names a property; the bytes stay the caller's. */
void AMFProp_SetName(AMFObjectProperty *prop, AVal *name);

/** The number of a number, boolean or date. For other types the result means nothing; 0 if there
 * is no value. */
double AMFProp_GetNumber(AMFObjectProperty *prop);

/** 1 if the number of a property is not 0; see AMFProp_GetNumber. */
int AMFProp_GetBoolean(AMFObjectProperty *prop);

/** Stores the text of a string, NULL for all other types; the bytes are shared. */
void AMFProp_GetString(AMFObjectProperty *prop, AVal *str);

/** Stores the members of an object, an empty object for all other types. They are shared: do not
 * release them. */
void AMFProp_GetObject(AMFObjectProperty *prop, AMFObject *obj);

/** 1 if the property has a value, 0 if not. */
int AMFProp_IsValid(AMFObjectProperty *prop);

/** Logs a property and all it contains at level RTMP_LOGDEBUG. */
void AMFProp_Dump(AMFObjectProperty *prop);

/** Releases what the value of a property owns. It has no value afterwards; its name stays. */
void AMFProp_Reset(AMFObjectProperty *prop);

#ifdef __cplusplus
}
#endif

#endif
