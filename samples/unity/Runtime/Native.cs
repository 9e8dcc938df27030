// What this package uses of include/embeddables/agent_c.h, under the header's own names. Every
// struct is blittable. The only callbacks are those of emb_transport, which EngineHttp fills in:
// without Settings.engineHttp nothing of the library ever calls into managed code.
// tests/unity.sh compares sizes and offsets with the header.

using System;
using System.Runtime.InteropServices;

// The library assigns them.
#pragma warning disable 0649

namespace Embeddables {
static unsafe class Native {
#if UNITY_EDITOR_WIN || UNITY_STANDALONE_WIN
  const string Library = "embeddables-agent";  // embeddables-agent.dll
#else
  const string Library = "embeddables";  // libembeddables.so
#endif

  public const uint EMB_ABI_VERSION = 1;
  public const long EMB_NOW = long.MinValue;
  public const int EMB_CONSENT_POLICY_REQUIRED = 1;
  public const int EMB_CONSENT_POLICY_NOT_REQUIRED = 2;
  public const int EMB_HTTP_ERROR_NONE = 0;
  public const int EMB_HTTP_ERROR_RESOLVE = 1;
  public const int EMB_HTTP_ERROR_CONNECT = 2;
  public const int EMB_HTTP_ERROR_TLS = 3;
  public const int EMB_HTTP_ERROR_TIMEOUT = 4;
  public const int EMB_HTTP_ERROR_BROKEN = 5;

  public struct emb_status {
    public uint struct_size;
    public int code;
    public fixed byte message[240];
  }

  public struct emb_prop {
    public uint struct_size;
    public int type, group, reserved;
    public byte* key;
    public ulong key_size;
    public long int_value;
    public ulong uint_value;
    public double double_value;
    public byte* text;
    public ulong text_size;
  }

  public struct emb_event_options {
    public uint struct_size;
    public int priority;
    public emb_prop* identifier;
    public long time_ms;
  }

  public struct emb_ledger {
    public uint struct_size;
    public int reserved;
    public ulong accepted, delivered, rejected, pending;
    public fixed ulong dropped[24];
    public fixed ulong reserved_numbers[4];
  }

  public struct emb_reason {
    public uint struct_size;
    public int waiting_for, http_status, reserved;
    public long since_ms, next_try_ms;
    public fixed byte words[256];
    public fixed ulong reserved_numbers[4];
  }

  public struct emb_stats {
    public uint struct_size;
    public int waiting_for;
    public long waiting_until_ms;
    public emb_ledger ledger;
    public emb_reason reason;
    public ulong dead_letters, refused, queue_full, outcomes_lost, log_lines_lost, requests;
    public ulong connections, in_flight, store_bytes, bytes_written, intake_bytes, taken_over;
    public int store_in_memory, sender, intake_crash_safe, reserved;
  }

  public struct emb_outcome {
    public uint struct_size;
    public int kind, reason, http_status;
    public ulong count;
    public int own, reserved;
    public fixed byte event_id[40];
    public fixed byte event_name[104];
    public fixed byte message[256];
  }

  public struct emb_log_line {
    public uint struct_size;
    public int level;
    public fixed byte text[256];
  }

  public struct emb_header {
    public uint struct_size;
    public int reserved;
    public byte* name;
    public ulong name_size;
    public byte* value;
    public ulong value_size;
  }

  public struct emb_http_request {
    public uint struct_size;
    public int head, fresh_connection, http1_only;
    public byte* url;
    public ulong url_size;
    public emb_header* headers;
    public ulong headers_count;
    public byte* body;
    public ulong body_size;
    public long connect_timeout_ms, timeout_ms;
    public ulong most_answer_bytes;
  }

  public struct emb_http_answer {
    public uint struct_size;
    public int error, status, tls_verified;
    public byte* error_text;
    public ulong error_text_size;
    public byte* date;
    public ulong date_size;
    public byte* retry_after;
    public ulong retry_after_size;
    public byte* body;
    public ulong body_size;
  }

  public struct emb_transport {
    public uint struct_size;
    public int answers_between_calls;
    public void* user_data;
    public void* begin;
    public void* cancel;
    public void* poll;
    public void* close_connections;
    public void* reserved_pointer;
  }

  public struct emb_config {
    public uint struct_size, abi_version;
    public byte* project_id;
    public ulong project_id_size;
    public byte* embeddable_id;
    public ulong embeddable_id_size;
    public byte* api_key;
    public ulong api_key_size;
    public byte* base_url;
    public ulong base_url_size;
    public void* extra_headers;
    public ulong extra_headers_count;
    public byte* proxy;
    public ulong proxy_size;
    public byte* ca_file;
    public ulong ca_file_size;
    public byte* ca_pem;
    public ulong ca_pem_size;
    public byte* pinned_public_key;
    public ulong pinned_public_key_size;
    public int http_version, allow_plain_http;
    public long connect_timeout_ms, request_timeout_ms;
    public int monitor_network, memory_fallback, store_only, crash_safe_intake;
    public byte* store_path;
    public ulong store_path_size;
    public byte* memory_folder;
    public ulong memory_folder_size;
    public emb_prop* common_props;
    public ulong common_props_count;
    public byte* event_id_key;
    public ulong event_id_key_size, max_event_bytes;
    public long max_events, max_store_bytes, min_free_bytes, max_dead_letters, max_age_hours;
    public long unidentified_max_age_hours, unknown_user_max_age_hours;
    public ulong max_volatile_events, intake_bytes;
    public long persist_interval_ms, immediate_timeout_ms, flush_interval_ms;
    public long backoff_initial_ms, backoff_max_ms, max_retry_after_ms, credentials_retry_ms;
    public long unknown_user_retry_ms;
    public uint batch_events, max_in_flight;
    public int durability, consent_policy;
    public void* on_outcome;
    public void* on_outcome_user_data;
    public void* on_log;
    public void* on_log_user_data;
    public int log_level, delivered_outcomes;
    public ulong outcome_capacity, thread_stack_bytes;
    public int pump, reserved;
    public void* on_thread_start;
    public void* on_thread_stop;
    public void* on_thread_user_data;
    public emb_transport* transport;
    public void* clock;
  }

  [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
  public static extern int emb_config_init(emb_config* config, uint size, uint abi_version);
  [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
  public static extern int emb_start(emb_config* config, IntPtr* agent, emb_status* status);
  [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
  public static extern void emb_destroy(IntPtr agent);
  [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
  public static extern int emb_shutdown(AgentHandle agent, long timeout_ms, void* result,
                                        emb_status* status);
  [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
  public static extern int emb_track_n(AgentHandle agent, byte* name, ulong name_size,
                                       emb_prop* props, ulong count, emb_event_options* options,
                                       emb_status* status);
  [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
  public static extern int emb_identify_prop(AgentHandle agent, emb_prop* identifier,
                                             emb_status* status);
  [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
  public static extern int emb_reset(AgentHandle agent, emb_status* status);
  [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
  public static extern int emb_persist(AgentHandle agent, long timeout_ms, void* result,
                                       emb_status* status);
  [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
  public static extern int emb_suspend(AgentHandle agent, long timeout_ms, void* result,
                                       emb_status* status);
  [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
  public static extern int emb_resume(AgentHandle agent, emb_status* status);
  [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
  public static extern int emb_set_consent(AgentHandle agent, int consent, void* purged,
                                           long timeout_ms, emb_status* status);
  [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
  public static extern int emb_get_consent(AgentHandle agent, int* consent, emb_status* status);
  [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
  public static extern int emb_poll_outcomes(AgentHandle agent, emb_outcome* found, ulong capacity,
                                             ulong* count, emb_status* status);
  [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
  public static extern int emb_poll_log(AgentHandle agent, emb_log_line* found, ulong capacity,
                                        ulong* count, emb_status* status);
  [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
  public static extern int emb_get_stats(AgentHandle agent, emb_stats* stats, emb_status* status);
  [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
  public static extern int emb_pump(AgentHandle agent, long budget_ms, long* next_ms,
                                    emb_status* status);
  [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
  public static extern int emb_exchange_request(ExchangeHandle exchange, emb_http_request* found,
                                                emb_status* status);
  [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
  public static extern int emb_exchange_answer(ExchangeHandle exchange, emb_http_answer* answer,
                                               emb_status* status);
  [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
  public static extern ulong emb_exchange_id(ExchangeHandle exchange);
  [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
  public static extern void emb_exchange_free(IntPtr exchange);
}

// Ends the agent when it is disposed of, or finalised: at the latest as its domain is unloaded. A
// call that is under way on another thread comes to its end before, and may be what ends it.
sealed class AgentHandle : SafeHandle {
  GCHandle user;  // what the library's callbacks get; they may come until emb_destroy has returned

  public AgentHandle(IntPtr agent, GCHandle user) : base(IntPtr.Zero, true) {
    this.user = user;
    SetHandle(agent);
  }

  public override bool IsInvalid {
    get { return handle == IntPtr.Zero; }
  }

  protected override bool ReleaseHandle() {
    Native.emb_destroy(handle);
    if (user.IsAllocated) user.Free();
    return true;
  }
}

// Frees the exchange when it is disposed of, or finalised, which may be after the agent's end.
sealed class ExchangeHandle : SafeHandle {
  public ExchangeHandle(IntPtr exchange) : base(IntPtr.Zero, true) { SetHandle(exchange); }

  public override bool IsInvalid {
    get { return handle == IntPtr.Zero; }
  }

  protected override bool ReleaseHandle() {
    Native.emb_exchange_free(handle);
    return true;
  }
}
}
