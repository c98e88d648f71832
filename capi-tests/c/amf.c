/* AMF values in the program's buffers: decoded strings stay where they are, objects belong to the program. */
#include "common.h"

static const AVal av_app = AVC("app");
static const AVal av_inner = AVC("inner");
static const AVal av_deep = AVC("deep");
static const AVal av_none = AVC("none");
static const AVal av_live = AVC("live");
static const AVal av_connect = AVC("connect");
static const AVal av_flag = AVC("flag");
static const AVal av_number = AVC("number");

static char buffer[512];

/* A command like that of a client. */
static int encode(void)
{
  char *limit = buffer + sizeof buffer, *end = buffer;
  end = AMF_EncodeString(end, limit, &av_connect);
  end = AMF_EncodeNumber(end, limit, 1);
  *end++ = AMF_OBJECT;
  end = AMF_EncodeNamedString(end, limit, &av_app, &av_live);
  end = AMF_EncodeInt16(end, limit, (short)av_inner.av_len);
  memcpy(end, av_inner.av_val, (size_t)av_inner.av_len);
  end += av_inner.av_len;
  *end++ = AMF_OBJECT;
  end = AMF_EncodeNamedString(end, limit, &av_deep, &av_live);
  end = AMF_EncodeNamedBoolean(end, limit, &av_flag, TRUE);
  end = AMF_EncodeInt24(end, limit, AMF_OBJECT_END);
  end = AMF_EncodeNamedNumber(end, limit, &av_number, 2.5);
  end = AMF_EncodeInt24(end, limit, AMF_OBJECT_END);
  end = AMF_EncodeBoolean(end, limit, FALSE);
  print_hex("encoded", buffer, (size_t)(end - buffer));
  return (int)(end - buffer);
}

static void in_place(void)
{
  char before[sizeof buffer];
  AMFObject command, object, copy;
  AMFObjectProperty found;
  AVal text;
  int size = encode();

  memcpy(before, buffer, sizeof buffer);
  printf("decoded %d of %d\n", AMF_Decode(&command, buffer, size, FALSE), size);
  printf("buffer %s\n", memcmp(before, buffer, sizeof buffer) ? "CHANGED" : "kept");
  for (int i = 0; i < AMF_CountProp(&command); i++)
    printf("%d: type %d\n", i, AMFProp_GetType(&command.o_props[i]));
  AMFProp_GetString(AMF_GetProp(&command, NULL, 0), &text);
  printf("name at %td, %d bytes\n", text.av_val - buffer, text.av_len);
  AMFProp_GetObject(AMF_GetProp(&command, NULL, 2), &object);
  AMFProp_GetString(AMF_GetProp(&object, &av_app, -1), &text);
  /* Inside an object the next name's length ends the text. */
  printf("app at %td: %s\n", text.av_val - buffer, text.av_val);
  text.av_val[0] = 'L';
  AMFProp_GetString(AMF_GetProp(&object, &av_app, -1), &text);
  printf("written through: %s\n", text.av_val);
  AMFProp_GetName(AMF_GetProp(&object, NULL, 1), &text);
  printf("second name at %td\n", text.av_val - buffer);
  memset(&found, GARBAGE, sizeof found);
  printf("found %d", RTMP_FindFirstMatchingProperty(&command, &av_deep, &found));
  AMFProp_GetString(&found, &text);
  printf(" at %td: %s\n", text.av_val - buffer, text.av_val);
  printf("number %g, boolean %d\n", AMFProp_GetNumber(AMF_GetProp(&object, &av_number, -1)),
         AMFProp_GetBoolean(AMF_GetProp(&command, NULL, 3)));
  AMFProp_GetObject(AMF_GetProp(&object, &av_inner, -1), &copy);
  printf("shared %s\n", copy.o_props == object.o_props[1].p_vu.p_object.o_props ? "yes" : "no");
  AMF_Reset(&command);
  printf("reset: %d, %s\n", command.o_num, command.o_props ? "block left" : "no block");
}

/* What a search returns that finds nothing can be used like everything else. */
static void nothing_found(void)
{
  AMFObject object = { 0, NULL }, inner;
  AMFObjectProperty *property = AMF_GetProp(&object, &av_none, -1);
  AVal text = AVC("something");

  printf("type %d, valid %d\n", AMFProp_GetType(property), AMFProp_IsValid(property));
  AMFProp_GetString(property, &text);
  print_aval("string", &text);
  AMFProp_GetName(property, &text);
  print_aval("name", &text);
  AMFProp_GetObject(property, &inner);
  printf("object %d, number %g, boolean %d\n", inner.o_num, AMFProp_GetNumber(property), AMFProp_GetBoolean(property));
  printf("by index too: %d\n", AMF_GetProp(&object, NULL, 3) == property);
}

/* Objects made by the program: with the library's function, and in arrays of its own. */
static void own_objects(void)
{
  AMFObject object = { 0, NULL }, around = { 0, NULL }, by_hand;
  AMFObjectProperty property = { .p_name = av_number, .p_type = AMF_NUMBER };
  char *end;

  for (int i = 0; i < 40; i++) {
    property.p_vu.p_number = i;
    AMF_AddProp(&object, &property);
  }
  printf("%d properties, the last is %g\n", AMF_CountProp(&object), AMFProp_GetNumber(AMF_GetProp(&object, NULL, 39)));
  property.p_name = av_inner;
  property.p_type = AMF_OBJECT;
  property.p_vu.p_object = object; /* moves */
  AMF_AddProp(&around, &property);
  end = AMF_Encode(&around, buffer, buffer + sizeof buffer);
  printf("fits: %d\n", end != NULL);
  around.o_props[0].p_vu.p_object.o_num = 3;
  end = AMF_Encode(&around, buffer, buffer + sizeof buffer);
  print_hex("encoded", buffer, (size_t)(end - buffer));
  around.o_props[0].p_vu.p_object.o_num = 40;
  AMF_Reset(&around);

  by_hand.o_num = 2;
  by_hand.o_props = malloc(2 * sizeof *by_hand.o_props);
  must(by_hand.o_props != NULL, "malloc");
  memset(by_hand.o_props, 0, 2 * sizeof *by_hand.o_props);
  by_hand.o_props[0].p_type = AMF_STRING;
  by_hand.o_props[0].p_vu.p_aval = av_live;
  by_hand.o_props[1].p_type = AMF_NULL;
  end = AMFProp_Encode(&by_hand.o_props[0], buffer, buffer + sizeof buffer);
  print_hex("encoded", buffer, (size_t)(end - buffer));
  AMF_Reset(&by_hand);
  printf("reset: %d\n", by_hand.o_num);
}

static void classes(void)
{
  AMF3ClassDef class = { AVC("Point"), 0, 0, 0, NULL };
  static const char *names[] = { "x", "y" };
  AVal name;

  for (int i = 0; i < 40; i++) {
    name.av_val = (char *)names[i % 2];
    name.av_len = 1;
    AMF3CD_AddProp(&class, &name);
  }
  print_aval("member", AMF3CD_GetProp(&class, 39));
  printf("no such member: %d bytes\n", AMF3CD_GetProp(&class, 40)->av_len);
  free(class.cd_props);
}

int main(void)
{
  in_place();
  nothing_found();
  own_objects();
  classes();
  return 0;
}
