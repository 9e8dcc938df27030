using System;
using System.Collections.Generic;
using System.Runtime.InteropServices;
using static Embeddables.Native;

namespace Embeddables {
// Fields as in Config of include/embeddables/agent.h. The Inspector shows those without a mark.
[Serializable]
public sealed class Settings {
  public string projectId = "";
  public string embeddableId = "";
  // Anybody can read a key out of a shipped game: leave it empty, and have a relay put it in.
  public string apiKey = "";
  public string baseUrl = "https://api.embeddables.com";
  public bool allowPlainHttp = false;
  public bool consentRequired = true;
  // The requests go over UnityWebRequest, for a native library without libcurl or a game that wants
  // the engine's own HTTP. The agent then has no thread: Agent.Pump drives it, each frame.
  public bool engineHttp = false;
  public LogLevel logLevel = LogLevel.Info;
  [NonSerialized] public string storePath = "";
  [NonSerialized] public Prop[] commonProps;
}

// The agent without anything of Unity, unless the settings have engineHttp. Any thread may call
// anything at any time, also after Dispose: each call returns NotRunning then. Only what has a
// timeout waits; Start and Dispose wait for the disk. Track allocates its array of props, room for
// more than 4 KiB of text, the message if it fails, and nothing else of managed memory.
//
// With engineHttp, Start, Pump and Dispose are for the main thread, and no call waits for answers.
public sealed unsafe class Agent : IDisposable {
  const int MostOnStack = 4096;

  readonly AgentHandle handle;
  readonly EngineHttp http;  // or null

  Agent(AgentHandle handle, EngineHttp http) {
    this.handle = handle;
    this.http = http;
  }

  public static Status Start(Settings settings, out Agent agent) {
    agent = null;
    try {
      return Begin(settings, out agent);
    } catch (DllNotFoundException) {
      return new Status(StatusCode.Unavailable,
                        "the native library is not there, or lacks a library that it needs: " +
                            "Plugins/README.md says which files go where");
    }
  }

  static Status Begin(Settings settings, out Agent agent) {
    agent = null;
    Prop[] common = settings.commonProps ?? new Prop[0];
    string[] texts = {settings.projectId, settings.embeddableId, settings.apiKey, settings.baseUrl,
                      settings.storePath};
    int size = RoomFor(common);
    foreach (string text in texts) size += Utf8.Room(text);
    // emb_start copies all of it.
    fixed (byte* room = new byte[size + 1]) {
      emb_config config;
      if (emb_config_init(&config, (uint)sizeof(emb_config), EMB_ABI_VERSION) != 0) {
        return new Status(StatusCode.InvalidArgument,
                          "the native library is of another version than this package: build " +
                              "both from the same sources");
      }
      byte* at = room;
      config.common_props = WriteProps(common, ref at);
      config.common_props_count = (ulong)common.Length;
      config.project_id = Utf8.Write(texts[0], ref at, out config.project_id_size);
      config.embeddable_id = Utf8.Write(texts[1], ref at, out config.embeddable_id_size);
      config.api_key = Utf8.Write(texts[2], ref at, out config.api_key_size);
      config.base_url = Utf8.Write(texts[3], ref at, out config.base_url_size);
      config.store_path = Utf8.Write(texts[4], ref at, out config.store_path_size);
      config.allow_plain_http = settings.allowPlainHttp ? 1 : 0;
      config.consent_policy =
          settings.consentRequired ? EMB_CONSENT_POLICY_REQUIRED : EMB_CONSENT_POLICY_NOT_REQUIRED;
      config.log_level = (int)settings.logLevel;
      return Begin(&config, settings.engineHttp ? new EngineHttp() : null, out agent);
    }
  }

  static Status Begin(emb_config* config, EngineHttp http, out Agent agent) {
    agent = null;
    IntPtr started;
    GCHandle user = new GCHandle();
    emb_transport transport;
    if (http != null) {
      user = GCHandle.Alloc(http);
      EngineHttp.Describe(&transport, user);
      config->transport = &transport;
      config->pump = 1;
    }
    emb_status status = NewStatus();
    emb_start(config, &started, &status);
    if (started != IntPtr.Zero) {
      agent = new Agent(new AgentHandle(started, user), http);
    } else if (http != null) {
      user.Free();
    }
    return Result(&status);
  }

  // With engineHttp only: does the agent's work, for about budgetMs, and the engine's part of its
  // requests. The main thread calls it each frame: nothing is stored or sent between the calls.
  // Unavailable means that another thread is in a call that waits; the next frame goes on.
  public Status Pump(int budgetMs) {
    if (http != null && !http.IsOnMainThread) {
      return new Status(StatusCode.InvalidArgument, "only the main thread may pump");
    }
    emb_status status = NewStatus();
    Settle();
    try {
      emb_pump(handle, budgetMs, null, &status);
    } catch (ObjectDisposedException) {
      return Ended();
    }
    Settle();
    return Result(&status);
  }

  // Begins, answers and ends requests as far as that is possible now.
  void Settle() {
    if (http != null) http.Move();
  }

  public Status Track(string name, params Prop[] props) {
    return Track(name, Priority.Normal, props);
  }

  public Status Track(string name, Priority priority, params Prop[] props) {
    props = props ?? new Prop[0];
    int size = RoomFor(props) + Utf8.Room(name);
    bool small = size <= MostOnStack;
    byte* onStack = stackalloc byte[small ? size + 1 : 1];
    fixed (byte* onHeap = small ? null : new byte[size]) {
      byte* at = small ? onStack : onHeap;
      emb_prop* listed = WriteProps(props, ref at);
      ulong nameSize;
      byte* nameText = Utf8.Write(name, ref at, out nameSize);
      emb_event_options options;
      options.struct_size = (uint)sizeof(emb_event_options);
      options.priority = (int)priority;
      options.identifier = null;
      options.time_ms = EMB_NOW;
      emb_status status = NewStatus();
      try {
        emb_track_n(handle, nameText, nameSize, listed, (ulong)props.Length, &options, &status);
      } catch (ObjectDisposedException) {
        return Ended();
      }
      return Result(&status);
    }
  }

  // new Prop("player_id", "p-17"): under what the person has an entry in the embeddable.
  public Status Identify(Prop identifier) {
    fixed (byte* room = new byte[identifier.Room + 1]) {
      byte* at = room;
      emb_prop prop;
      identifier.Write(&prop, ref at);
      emb_status status = NewStatus();
      try {
        emb_identify_prop(handle, &prop, &status);
      } catch (ObjectDisposedException) {
        return Ended();
      }
      return Result(&status);
    }
  }

  public Status Reset() {
    emb_status status = NewStatus();
    try {
      emb_reset(handle, &status);
    } catch (ObjectDisposedException) {
      return Ended();
    }
    return Result(&status);
  }

  // Denied removes every event from memory and disk, and waits for that.
  public Status SetConsent(Consent consent, int timeoutMs) {
    emb_status status = NewStatus();
    try {
      emb_set_consent(handle, (int)consent, null, timeoutMs, &status);
    } catch (ObjectDisposedException) {
      return Ended();
    }
    Settle();
    return Result(&status);
  }

  public Consent GetConsent() {
    int consent = 0;
    try {
      emb_get_consent(handle, &consent, null);
    } catch (ObjectDisposedException) {
    }
    return (Consent)consent;
  }

  // Waits until what was tracked is on the disk.
  public Status Persist(int timeoutMs) {
    emb_status status = NewStatus();
    try {
      emb_persist(handle, timeoutMs, null, &status);
    } catch (ObjectDisposedException) {
      return Ended();
    }
    return Result(&status);
  }

  public Status Suspend(int timeoutMs) {
    emb_status status = NewStatus();
    try {
      emb_suspend(handle, timeoutMs, null, &status);
    } catch (ObjectDisposedException) {
      return Ended();
    }
    Settle();
    return Result(&status);
  }

  public Status Resume() {
    emb_status status = NewStatus();
    try {
      emb_resume(handle, &status);
    } catch (ObjectDisposedException) {
      return Ended();
    }
    return Result(&status);
  }

  // Stores, sends what it can in that time, and ends. What became of events can still be polled.
  // With engineHttp it sends nothing, and ends the requests that are under way.
  public Status Shutdown(int timeoutMs) {
    emb_status status = NewStatus();
    try {
      emb_shutdown(handle, timeoutMs, null, &status);
    } catch (ObjectDisposedException) {
      return Ended();
    }
    Settle();
    return Result(&status);
  }

  // Appends what came since the last call, oldest first, and returns how many these are.
  public int PollOutcomes(List<Outcome> to) {
    const int most = 16;
    emb_outcome* found = stackalloc emb_outcome[most];
    ulong count = 0;
    int all = 0;
    do {
      found->struct_size = (uint)sizeof(emb_outcome);
      try {
        if (emb_poll_outcomes(handle, found, most, &count, null) != 0) return all;
      } catch (ObjectDisposedException) {
        return all;
      }
      for (ulong i = 0; i < count; ++i) to.Add(new Outcome(found + i));
      all += (int)count;
    } while (count == most);
    return all;
  }

  public int PollLog(List<LogLine> to) {
    const int most = 16;
    emb_log_line* found = stackalloc emb_log_line[most];
    ulong count = 0;
    int all = 0;
    do {
      found->struct_size = (uint)sizeof(emb_log_line);
      try {
        if (emb_poll_log(handle, found, most, &count, null) != 0) return all;
      } catch (ObjectDisposedException) {
        return all;
      }
      for (ulong i = 0; i < count; ++i) to.Add(new LogLine(found + i));
      all += (int)count;
    } while (count == most);
    return all;
  }

  public Stats GetStats() {
    emb_stats stats = new emb_stats();
    stats.struct_size = (uint)sizeof(emb_stats);
    try {
      emb_get_stats(handle, &stats, null);
    } catch (ObjectDisposedException) {
    }
    return new Stats(&stats);
  }

  // Stores what is in memory, at most for a second; the next start sends it.
  public void Dispose() {
    handle.Dispose();
    if (http != null) http.Close();
  }

  // For a domain that is being unloaded, where the engine must not be called any more: its requests
  // have finalisers of their own.
  internal void Leave() { handle.Dispose(); }

  static int RoomFor(Prop[] props) {
    int size = props.Length * sizeof(emb_prop);
    foreach (Prop prop in props) size += prop.Room;
    return size;
  }

  static emb_prop* WriteProps(Prop[] props, ref byte* at) {
    emb_prop* listed = (emb_prop*)at;
    at += props.Length * sizeof(emb_prop);
    for (int i = 0; i < props.Length; ++i) props[i].Write(listed + i, ref at);
    return listed;
  }

  static emb_status NewStatus() {
    emb_status status = new emb_status();
    status.struct_size = (uint)sizeof(emb_status);
    return status;
  }

  static Status Result(emb_status* status) {
    if (status->code == 0) return new Status();
    return new Status((StatusCode)status->code, Utf8.Read(status->message, 240));
  }

  static Status Ended() {
    return new Status(StatusCode.NotRunning, "the agent has ended: start it again");
  }
}
}
