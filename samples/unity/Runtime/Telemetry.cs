using System;
using System.Collections.Generic;
using UnityEngine;

namespace Embeddables {
// The agent in a scene: put it on one object of the first scene, or call Telemetry.Create. It lives
// as long as the program, whichever scenes come and go. Outcomes and log lines arrive on the main
// thread, in Update. The store is below Application.persistentDataPath.
//
// It starts in OnEnable and ends in OnDisable, which the Editor calls around a domain reload, too.
// Where it does not, the domain's unloading ends the agent. Either way the events are stored, and
// go on from the disk.
[AddComponentMenu("Embeddables/Telemetry")]
[DefaultExecutionOrder(-1000)]
[DisallowMultipleComponent]
public sealed class Telemetry : MonoBehaviour {
  const int DenyMs = 2000, SuspendMs = 500, QuitMs = 2000, PumpMs = 2;

  static volatile Agent current;

  public Settings settings = new Settings();

  readonly List<Outcome> outcomes = new List<Outcome>();
  readonly List<LogLine> lines = new List<LogLine>();
  Agent agent;
  bool suspended;

  // What became of events, on the main thread. Add to it in OnEnable, take away in OnDisable.
  public static event Action<Outcome> OutcomeArrived;

  // The agent, or null: before the component is enabled, and where it could not start.
  public static Agent Agent {
    get { return current; }
  }

  // Any thread.
  public static Status Track(string name, params Prop[] props) {
    Agent agent = current;
    return agent == null ? NoAgent() : agent.Track(name, props);
  }

  // Who plays, and that nobody does any more.
  public static Status Identify(string key, string value) {
    Agent agent = current;
    return agent == null ? NoAgent() : agent.Identify(new Prop(key, value));
  }
  public static Status Reset() {
    Agent agent = current;
    return agent == null ? NoAgent() : agent.Reset();
  }

  // The store remembers the answer. False removes every event, and waits for that up to two
  // seconds.
  public static Status SetConsent(bool given) {
    Agent agent = current;
    if (agent == null) return NoAgent();
    return agent.SetConsent(given ? Embeddables.Consent.Given : Embeddables.Consent.Denied, DenyMs);
  }
  public static Consent Consent {
    get {
      Agent agent = current;
      return agent == null ? Embeddables.Consent.Unknown : agent.GetConsent();
    }
  }

  // For games without a scene of their own for it.
  public static Telemetry Create(Settings settings) {
    GameObject holder = new GameObject("Telemetry");
    holder.SetActive(false);  // or OnEnable would run before it has its settings
    Telemetry telemetry = holder.AddComponent<Telemetry>();
    telemetry.settings = settings;
    holder.SetActive(true);
    return telemetry;
  }

  // With "Enter Play Mode Options" the Editor keeps what is static.
  [RuntimeInitializeOnLoadMethod(RuntimeInitializeLoadType.SubsystemRegistration)]
  static void Forget() {
    Agent agent = current;
    current = null;
    OutcomeArrived = null;
    if (agent != null) agent.Dispose();
  }

  void Awake() { DontDestroyOnLoad(gameObject); }

  void OnEnable() {
    if (current != null) {
      Debug.LogWarning("telemetry: there is another Telemetry already; this one does nothing");
      return;
    }
    if (string.IsNullOrEmpty(settings.storePath)) {
      settings.storePath = Application.persistentDataPath + "/telemetry/events.db";
    }
    if (Environment.GetEnvironmentVariable("EMBEDDABLES_DEBUG") == "1") {
      settings.logLevel = LogLevel.Debug;  // each request and answer, in the console
    }
    Status started = Agent.Start(settings, out agent);
    if (!started.Ok) {
      Debug.LogError("telemetry: " + started.Message);
      return;
    }
    suspended = false;
    current = agent;
    AppDomain.CurrentDomain.DomainUnload += OnDomainUnload;
  }

  void OnDisable() { End(false); }

  void OnDomainUnload(object sender, EventArgs arguments) { End(true); }

  void Update() {
    if (agent != null && settings.engineHttp) agent.Pump(PumpMs);
    Report();
  }

  void OnApplicationPause(bool paused) {
    if (agent == null || paused == suspended) return;
    suspended = paused;
    Status status = paused ? agent.Suspend(SuspendMs) : agent.Resume();
    if (!status.Ok) Debug.LogWarning("telemetry: " + status.Message);
    Report();
  }

  void OnApplicationQuit() {
    if (agent == null) return;
    Status status = agent.Shutdown(QuitMs);
    if (!status.Ok) Debug.LogWarning("telemetry: " + status.Message);
    Report();
    End(false);
  }

  void End(bool unloading) {
    if (agent == null) return;
    AppDomain.CurrentDomain.DomainUnload -= OnDomainUnload;
    if (current == agent) current = null;
    if (unloading) {
      agent.Leave();
    } else {
      agent.Dispose();
    }
    agent = null;
  }

  void Report() {
    if (agent == null) return;
    if (agent.PollLog(lines) > 0) Show();
    if (agent.PollOutcomes(outcomes) > 0) Tell();
  }

  void Show() {
    foreach (LogLine line in lines) {
      string text = "telemetry: " + line.Text;
      if (line.Level == LogLevel.Error) {
        Debug.LogError(text);
      } else if (line.Level == LogLevel.Warning) {
        Debug.LogWarning(text);
      } else {
        Debug.Log(text);
      }
    }
    lines.Clear();
  }

  void Tell() {
    foreach (Outcome outcome in outcomes) {
      try {
        if (OutcomeArrived != null) OutcomeArrived(outcome);
      } catch (Exception exception) {
        Debug.LogException(exception);  // the listener's; the others are still told
      }
    }
    outcomes.Clear();
  }

  static Status NoAgent() {
    return new Status(StatusCode.NotRunning, "there is no enabled Telemetry component, or " +
                                                 "it could not start; the console says why");
  }
}
}
