using System;
using System.Text;

namespace Embeddables {
// One key of an event and its value: new Prop("level", 3), new Prop("seconds", 61.5).Metric(). A
// null string is JSON's null.
public struct Prop {
  enum Kind { Null = 0, Bool = 1, Int = 2, UInt = 3, Double = 4, String = 5, Raw = 6 }
  enum Group { Plain = 0, Metric = 1, Dimension = 2 }

  readonly string key, text;
  readonly long whole;
  readonly double real;
  readonly Kind kind;
  readonly Group group;

  Prop(string key, Kind kind, long whole, double real, string text, Group group) {
    this.key = key;
    this.kind = kind;
    this.whole = whole;
    this.real = real;
    this.text = text;
    this.group = group;
  }

  public Prop(string key, bool value) : this(key, Kind.Bool, value ? 1 : 0, 0, null, Group.Plain) {}
  public Prop(string key, long value) : this(key, Kind.Int, value, 0, null, Group.Plain) {}
  public Prop(string key, ulong value)
      : this(key, Kind.UInt, unchecked((long)value), 0, null, Group.Plain) {}
  public Prop(string key, double value) : this(key, Kind.Double, 0, value, null, Group.Plain) {}
  public Prop(string key, string value)
      : this(key, value == null ? Kind.Null : Kind.String, 0, 0, value, Group.Plain) {}

  // Lists and objects, as JSON; the library checks it.
  public static Prop Json(string key, string json) {
    return new Prop(key, Kind.Raw, 0, 0, json, Group.Plain);
  }
  public Prop Metric() { return new Prop(key, kind, whole, real, text, Group.Metric); }
  public Prop Dimension() { return new Prop(key, kind, whole, real, text, Group.Dimension); }

  // An upper bound of what Write takes.
  internal int Room {
    get { return Utf8.Room(key) + Utf8.Room(text); }
  }

  internal unsafe void Write(Native.emb_prop* to, ref byte* at) {
    *to = new Native.emb_prop();
    to->struct_size = (uint)sizeof(Native.emb_prop);
    to->type = (int)kind;
    to->group = (int)group;
    to->int_value = whole;
    to->uint_value = unchecked((ulong)whole);
    to->double_value = real;
    to->key = Utf8.Write(key, ref at, out to->key_size);
    to->text = Utf8.Write(text, ref at, out to->text_size);
  }
}

// No text, as in new Prop(), counts as an empty one.
static unsafe class Utf8 {
  // A char of UTF-16 takes at most three bytes.
  public static int Room(string text) { return text == null ? 0 : checked(text.Length * 3); }

  public static byte* Write(string text, ref byte* at, out ulong size) {
    byte* begin = at;
    fixed (char* chars = text) {
      if (!string.IsNullOrEmpty(text)) {
        at += Encoding.UTF8.GetBytes(chars, text.Length, at, Room(text));
      }
    }
    size = (ulong)(at - begin);
    return begin;
  }

  // Up to the NUL.
  public static string Read(byte* text, int most) {
    int size = 0;
    while (size < most && text[size] != 0) ++size;
    return size == 0 ? "" : Encoding.UTF8.GetString(text, size);
  }
}
}
