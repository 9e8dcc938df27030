// A host in C# (Mono): tracks, is told outcomes by a delegate on its own thread, pulls log lines,
// ends. config.pump has no thread of the agent's call in; the delegate is kept in a static field, or
// the garbage collector would take it.
//
//   mono host.exe STORE URL COUNT     (libembeddables.so is on the search path)
//
// Exit code 0: each event was delivered.

using System;
using System.Runtime.InteropServices;
using System.Text;

[StructLayout(LayoutKind.Sequential)]
struct EmbStatus {
  public uint struct_size;
  public int code;
  [MarshalAs(UnmanagedType.ByValArray, SizeConst = 240)]
  public byte[] message;
}

[StructLayout(LayoutKind.Sequential)]
struct EmbProp {
  public uint struct_size;
  public int type, group, reserved;
  public IntPtr key;
  public ulong key_size;
  public long int_value;
  public ulong uint_value;
  public double double_value;
  public IntPtr text;
  public ulong text_size;
}

// What this host does not know of an outcome, it leaves out: struct_size says so.
[StructLayout(LayoutKind.Sequential)]
struct EmbOutcome {
  public uint struct_size;
  public int kind, reason, http_status;
  public ulong count;
}

[StructLayout(LayoutKind.Sequential)]
struct EmbLogLine {
  public uint struct_size;
  public int level;
  [MarshalAs(UnmanagedType.ByValArray, SizeConst = 256)]
  public byte[] text;
}

[StructLayout(LayoutKind.Sequential)]
struct EmbConfig {
  public uint struct_size, abi_version;
  public IntPtr project_id;
  public ulong project_id_size;
  public IntPtr embeddable_id;
  public ulong embeddable_id_size;
  public IntPtr api_key;
  public ulong api_key_size;
  public IntPtr base_url;
  public ulong base_url_size;
  public IntPtr extra_headers;
  public ulong extra_headers_count;
  public IntPtr proxy;
  public ulong proxy_size;
  public IntPtr ca_file;
  public ulong ca_file_size;
  public IntPtr ca_pem;
  public ulong ca_pem_size;
  public IntPtr pinned_public_key;
  public ulong pinned_public_key_size;
  public int http_version, allow_plain_http;
  public long connect_timeout_ms, request_timeout_ms;
  public int monitor_network, memory_fallback, store_only, crash_safe_intake;
  public IntPtr store_path;
  public ulong store_path_size;
  public IntPtr memory_folder;
  public ulong memory_folder_size;
  public IntPtr common_props;
  public ulong common_props_count;
  public IntPtr event_id_key;
  public ulong event_id_key_size, max_event_bytes;
  public long max_events, max_store_bytes, min_free_bytes, max_dead_letters, max_age_hours;
  public long unidentified_max_age_hours, unknown_user_max_age_hours;
  public ulong max_volatile_events, intake_bytes;
  public long persist_interval_ms, immediate_timeout_ms, flush_interval_ms;
  public long backoff_initial_ms, backoff_max_ms, max_retry_after_ms, credentials_retry_ms;
  public long unknown_user_retry_ms;
  public uint batch_events, max_in_flight;
  public int durability, consent_policy;
  public IntPtr on_outcome, on_outcome_user_data, on_log, on_log_user_data;
  public int log_level, delivered_outcomes;
  public ulong outcome_capacity, thread_stack_bytes;
  public int pump, reserved;
}

static class Host {
  const string Library = "embeddables";
  const int Ok = 0, TypeInt = 2, TypeString = 5, Delivered = 0;
  const uint AbiVersion = 1;

  [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
  delegate void OutcomeCallback(IntPtr userData, ref EmbOutcome outcome);

  [DllImport(Library)]
  static extern int emb_config_init(ref EmbConfig config, uint size, uint abiVersion);
  [DllImport(Library)]
  static extern int emb_start(ref EmbConfig config, out IntPtr agent, ref EmbStatus status);
  [DllImport(Library)]
  static extern int emb_identify_n(IntPtr agent, byte[] key, ulong keySize, byte[] text,
                                   ulong textSize, ref EmbStatus status);
  [DllImport(Library)]
  static extern int emb_track_n(IntPtr agent, byte[] name, ulong nameSize, EmbProp[] props,
                                ulong count, IntPtr options, ref EmbStatus status);
  [DllImport(Library)]
  static extern int emb_pump(IntPtr agent, long budget, out long next, ref EmbStatus status);
  [DllImport(Library)]
  static extern int emb_poll_log(IntPtr agent, ref EmbLogLine line, ulong capacity,
                                 out ulong count, ref EmbStatus status);
  [DllImport(Library)]
  static extern int emb_shutdown(IntPtr agent, long timeout, IntPtr result, ref EmbStatus status);
  [DllImport(Library)]
  static extern void emb_destroy(IntPtr agent);

  static readonly OutcomeCallback onOutcome = OnOutcome;
  static EmbStatus status;
  static ulong delivered;

  static void OnOutcome(IntPtr userData, ref EmbOutcome outcome) {
    if (outcome.kind == Delivered) delivered += outcome.count;
  }

  static void Check(int code) {
    if (code == Ok) return;
    Console.Error.WriteLine(Encoding.UTF8.GetString(status.message).TrimEnd('\0'));
    Environment.Exit(1);
  }

  static byte[] Utf8(string text) { return Encoding.UTF8.GetBytes(text); }

  // Native memory for as long as the process runs.
  static IntPtr Keep(string text, out ulong size) {
    byte[] bytes = Utf8(text);
    IntPtr memory = Marshal.AllocHGlobal(bytes.Length + 1);
    Marshal.Copy(bytes, 0, memory, bytes.Length);
    size = (ulong)bytes.Length;
    return memory;
  }

  static EmbProp Prop(string key, int type) {
    EmbProp prop = new EmbProp();
    prop.struct_size = (uint)Marshal.SizeOf(typeof(EmbProp));
    prop.type = type;
    prop.key = Keep(key, out prop.key_size);
    return prop;
  }

  static int Main(string[] args) {
    ulong wanted = ulong.Parse(args[2]);
    status.struct_size = (uint)Marshal.SizeOf(typeof(EmbStatus));
    EmbConfig config = new EmbConfig();
    Check(emb_config_init(ref config, (uint)Marshal.SizeOf(typeof(EmbConfig)), AbiVersion));
    config.project_id = Keep("pr_demo", out config.project_id_size);
    config.embeddable_id = Keep("flow_demo", out config.embeddable_id_size);
    config.api_key = Keep("rk_demo", out config.api_key_size);
    config.store_path = Keep(args[0], out config.store_path_size);
    config.base_url = Keep(args[1], out config.base_url_size);
    config.on_outcome = Marshal.GetFunctionPointerForDelegate(onOutcome);
    config.log_level = 0;
    config.pump = 1;
    IntPtr agent;
    Check(emb_start(ref config, out agent, ref status));
    Check(emb_identify_n(agent, Utf8("email"), 5, Utf8("a@b.c"), 5, ref status));
    for (ulong n = 0; n < wanted; ++n) {
      EmbProp[] props = { Prop("n", TypeInt), Prop("language", TypeString) };
      props[0].int_value = (long)n;
      props[1].text = Keep("C# ä", out props[1].text_size);
      Check(emb_track_n(agent, Utf8("tick"), 4, props, 2, IntPtr.Zero, ref status));
    }
    EmbLogLine line = new EmbLogLine();
    line.struct_size = (uint)Marshal.SizeOf(typeof(EmbLogLine));
    ulong lines = 0, count;
    while (delivered < wanted) {
      long next;
      Check(emb_pump(agent, 5, out next, ref status));
      Check(emb_poll_log(agent, ref line, 1, out count, ref status));
      lines += count;
      GC.Collect();
      System.Threading.Thread.Sleep((int)Math.Min(next, 2));
    }
    Check(emb_shutdown(agent, 20000, IntPtr.Zero, ref status));
    emb_destroy(agent);
    if (lines == 0) return 3;
    Console.WriteLine("delivered " + delivered);
    return 0;
  }
}
