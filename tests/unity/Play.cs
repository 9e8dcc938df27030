// The package of samples/unity and its sample script, run by the stub of the engine against the
// native library and the collector.
//
//   mono Play.exe session|deny|reload|missing|engine_http URL FOLDER
//   mono Play.exe layout       the structs as C# sees them, for the comparison with the header
//
// Exit code 0: all that is said here came true. tests/unity.sh then asks the collector.

using System;
using System.Collections.Generic;
using System.Reflection;
using System.Runtime.InteropServices;
using System.Threading;
using Embeddables;
using UnityEngine;

static partial class Play {
  static readonly List<Outcome> outcomes = new List<Outcome>();
  static int mainThread;

  static void Expect(bool truth, string what) {
    if (truth) return;
    Console.Error.WriteLine("not so: " + what);
    Environment.Exit(1);
  }

  static void FramesUntil(Func<bool> reached, string what) {
    for (int frame = 0; frame < 6000; ++frame) {
      StubEngine.Frame();
      if (reached()) return;
      Thread.Sleep(5);
    }
    Stats stats = Telemetry.Agent.GetStats();
    Expect(false, what + "; it waits for " + stats.WaitingFor + ": " + stats.Words);
  }

  static int Delivered() {
    int count = 0;
    foreach (Outcome each in outcomes) {
      if (each.Kind == OutcomeKind.Delivered) count += (int)each.Count;
    }
    return count;
  }

  static void Listen(Outcome outcome) {
    Expect(Thread.CurrentThread.ManagedThreadId == mainThread, "outcomes come on the main thread");
    outcomes.Add(outcome);
  }

  static Settings DemoSettings(string url, bool consentRequired) {
    Settings settings = new Settings();
    settings.projectId = "pr_demo";
    settings.embeddableId = "flow_demo";
    settings.apiKey = "rk_demo";
    settings.baseUrl = url;
    settings.consentRequired = consentRequired;
    return settings;
  }

  static Telemetry Create(string url, string folder, bool consentRequired,
                          bool engineHttp = false) {
    mainThread = Thread.CurrentThread.ManagedThreadId;
    Application.persistentDataPath = folder;
    Settings settings = DemoSettings(url, consentRequired);
    settings.engineHttp = engineHttp;
    settings.commonProps = new[] {new Prop("language", "C# ä")};
    Telemetry.OutcomeArrived += Listen;
    return Telemetry.Create(settings);
  }

  static void Track(string name, int number) {
    Status status = Telemetry.Track(name, new Prop("n", number));
    Expect(status.Ok, "tracked, but: " + status);
  }

  static void Session(string url, string folder) {
    Expect(Telemetry.Track("early").Code == StatusCode.NotRunning, "nothing runs yet");
    Telemetry telemetry = Create(url, folder, true);
    MinimalGame game = new GameObject("Game").AddComponent<MinimalGame>();
    Expect(System.IO.File.Exists(folder + "/telemetry/events.db"), "the store is in the folder");
    Second(telemetry);
    StubEngine.Frame();
    Expect(StubEngine.Labels[0].StartsWith("May this game"), "the sample asks");

    for (int level = 0; level < 3; ++level) game.CompleteLevel();
    Thread other = new Thread(() => {
      for (int n = 0; n < 100; ++n) Track("from_a_job", n);
    });
    other.Start();
    other.Join();
    Values();
    Refusals();
    FramesUntil(() => Telemetry.Agent.GetStats().Pending == 105, "all is accepted");
    FramesUntil(() => Telemetry.Agent.GetStats().WaitingFor == WaitingFor.Consent, "it waits");
    Expect(outcomes.Count == 0, "nothing is sent before consent");

    StubEngine.Pressed = "Yes";
    FramesUntil(() => Delivered() == 105, "all is delivered after the yes");
    Expect(Telemetry.Consent == Consent.Given, "the yes is kept");
    StubEngine.Frame();
    Expect(!StubEngine.Labels[0].StartsWith("May this game"), "the sample asks once");
    // tests/unity.sh sets EMBEDDABLES_DEBUG.
    Expect(Debug.Lines.Exists(line => line.StartsWith("log telemetry: request: ")),
           "requests are shown");
    Expect(!Debug.Lines.Exists(line => line.Contains("rk_demo")), "the key is not");
    Listeners();
    Pause();

    // So slow that an answer comes only to one who waits for it.
    new System.Net.WebClient().UploadString(url + "/_faults", "{\"latency_ms\":300}");
    FreeOfGarbage();
    Agent agent = Telemetry.Agent;
    StubEngine.Quit();
    Expect(Delivered() > 117, "Quit sends what it can, and tells it");
    Expect(agent.Track("late").Code == StatusCode.NotRunning, "after the end calls are refused");
    Expect(agent.GetStats().Accepted == 0 && agent.PollOutcomes(outcomes) == 0, "nothing crashes");
    Expect(Telemetry.Agent == null, "there is no agent after Quit");
    Create(url, folder, true);
    FramesUntil(() => Telemetry.Agent.GetStats().Pending == 0, "the next start sends the rest");
    Expect(Telemetry.Agent.GetStats().Delivered == 136, "each of them was delivered");
    StubEngine.Quit();
  }

  // An object of the next scene has the component once more.
  static void Second(Telemetry first) {
    GameObject other = new GameObject("Other");
    other.AddComponent<Telemetry>();
    Expect(Debug.Lines.Exists(line => line.Contains("another Telemetry")), "a second one says so");
    Agent agent = Telemetry.Agent;
    other.SetActive(false);
    Expect(agent != null && Telemetry.Agent == agent, "its end leaves the first alone");
  }

  // Each type, and more text than the stack has room for.
  static void Values() {
    Status status = Telemetry.Track(
        "values", new Prop("yes", true), new Prop("whole", -5L), new Prop("most", ulong.MaxValue),
        new Prop("real", 0.5), new Prop("text", "ä€😀"), new Prop("none", null),
        Prop.Json("list", "[1,{\"a\":2}]"), new Prop("seconds", 61.5).Metric(),
        new Prop("difficulty", "hard").Dimension());
    Expect(status.Ok, "each type is taken, but: " + status);
    status = Telemetry.Agent.Track("long_text", Priority.Critical,
                                   new Prop("text", new string('x', 5000)));
    Expect(status.Ok, "a long text is taken, but: " + status);
  }

  static void Refusals() {
    Status status = Telemetry.Track("Not Snake Case");
    Expect(status.Code == StatusCode.InvalidArgument && status.Message.Length > 10, "says what");
    Expect(Telemetry.Track(null).Code == StatusCode.InvalidArgument, "a null is no name");
    Expect(!Telemetry.Track("e", Prop.Json("a", "{")).Ok, "what is no JSON is refused");
    Expect(!Telemetry.Track("e", new Prop()).Ok, "a prop without a key is refused");
    Expect(Telemetry.Track("\ud800").Code == StatusCode.InvalidArgument, "half a char is no name");
  }

  // A listener that throws keeps no other event from being told.
  static void Listeners() {
    Action<Outcome> broken = outcome => throw new InvalidOperationException("a listener's mistake");
    Telemetry.OutcomeArrived += broken;
    Track("with_a_broken_listener", 0);
    FramesUntil(() => Delivered() == 106, "the game goes on");
    Telemetry.OutcomeArrived -= broken;
    Expect(Debug.Lines.Exists(line => line.Contains("a listener's mistake")), "it is shown");
  }

  static void Pause() {
    StubEngine.SendAll("OnApplicationPause", false);  // as at each start
    StubEngine.SendAll("OnApplicationPause", true);
    for (int n = 0; n < 10; ++n) Track("while_paused", n);
    FramesUntil(() => Telemetry.Agent.GetStats().WaitingFor == WaitingFor.Paused, "it is paused");
    Stats stats = Telemetry.Agent.GetStats();
    Expect(stats.Pending == 10 && stats.InFlight == 0, "events are kept, nothing is sent");
    StubEngine.SendAll("OnApplicationPause", false);
    FramesUntil(() => Delivered() == 116, "all is delivered after the pause");
  }

  // Neither a call nor a frame in which nothing came makes work for the garbage collector.
  static void FreeOfGarbage() {
    Agent agent = Telemetry.Agent;
    Prop[] props = {new Prop("n", 0), new Prop("text", "ä")};
    List<LogLine> lines = new List<LogLine>(1000);
    List<Outcome> none = new List<Outcome>();
    agent.Track("at_the_end", props);
    agent.PollLog(lines);
    FramesUntil(() => Delivered() == 117, "the first of them is delivered");
    StubEngine.SendAll("OnApplicationPause", true);
    FramesUntil(() => agent.PollLog(lines) == 0, "there are no more lines");
    long before = GC.GetAllocatedBytesForCurrentThread();
    for (int n = 0; n < 19; ++n) agent.Track("at_the_end", props);
    agent.PollOutcomes(none);
    long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
    Expect(allocated == 0, "19 events allocate " + allocated + " bytes");
    StubEngine.SendAll("OnApplicationPause", false);
  }

  static void Deny(string url, string folder) {
    Create(url, folder, true);
    MinimalGame game = new GameObject("Game").AddComponent<MinimalGame>();
    for (int n = 0; n < 50; ++n) game.CompleteLevel();
    Expect(Telemetry.Agent.Persist(10000).Ok, "they are on the disk");
    Expect(Telemetry.Agent.GetStats().Pending == 50, "they wait");
    StubEngine.Pressed = "No";
    StubEngine.Frame();
    Expect(Telemetry.Consent == Consent.Denied, "the no is kept");
    FramesUntil(() => Telemetry.Agent.GetStats().Pending == 0, "what waited is gone");
    FramesUntil(() => outcomes.Exists(each => each.Kind == OutcomeKind.Dropped), "and it is told");
    Expect(Telemetry.Agent.GetStats().Delivered == 0, "nothing was sent");
    Expect(Telemetry.Track("after").Code == StatusCode.ConsentDenied, "nothing more is taken");
    StubEngine.Quit();
    Create(url, folder, true);
    Expect(Telemetry.Consent == Consent.Denied, "the next start knows it");
    StubEngine.Quit();
  }

  // What runs in a domain of its own, as the Editor's scripts do.
  sealed partial class Scripts : MarshalByRefObject {
    static Agent left;

    public override object InitializeLifetimeService() { return null; }

    public void TrackSome(string url, string folder, int from, int count) {
      Create(url, folder, false);
      Expect(Telemetry.Agent != null, "it starts after the reload");
      Telemetry.Identify("player_id", "p-17");
      for (int n = from; n < from + count; ++n) Track("reload", n);
      StubEngine.Frame();
    }

    // With the bare agent, of which nobody tells the component.
    public void TrackSomeWithout(string url, string folder, int from, int count) {
      Settings settings = DemoSettings(url, false);
      settings.storePath = folder + "/telemetry/events.db";
      Status status = Agent.Start(settings, out left);
      Expect(status.Ok, "the bare agent starts, but: " + status);
      for (int n = from; n < from + count; ++n) {
        Expect(left.Track("reload", new Prop("n", n)).Ok, "the bare agent tracks");
      }
    }

    // As the Editor does: it disables, and enables what comes back.
    public void Recreate(int from, int count) {
      foreach (GameObject each in StubEngine.Objects) each.SetActive(false);
      Expect(Telemetry.Agent == null, "disabled, it has ended");
      foreach (GameObject each in StubEngine.Objects) each.SetActive(true);
      Expect(Telemetry.Agent != null, "enabled, it runs");
      for (int n = from; n < from + count; ++n) Track("reload", n);
    }

    // As the Editor enters play mode without a domain reload, after a play that did not end.
    public void PlayAgain(string url, string folder, int from, int count) {
      StubEngine.EnterPlayMode(typeof(Telemetry));
      Expect(Telemetry.Agent == null, "nothing static is left");
      StubEngine.Objects.Clear();
      TrackSome(url, folder, from, count);
    }

    public void AllIsGone() {
      FramesUntil(() => Telemetry.Agent.GetStats().Pending == 0, "all is delivered");
      Stats stats = Telemetry.Agent.GetStats();
      Expect(stats.Delivered == stats.Accepted && stats.Dropped == 0, "the ledger is balanced");
      StubEngine.Quit();
    }
  }

  static Scripts Domain(out AppDomain domain) {
    domain = AppDomain.CreateDomain("scripts");
    return (Scripts)domain.CreateInstanceAndUnwrap(typeof(Scripts).Assembly.FullName,
                                                   typeof(Scripts).FullName);
  }

  static void Reload(string url, string folder) {
    AppDomain domain;
    for (int round = 0; round < 5; ++round) {
      Domain(out domain).TrackSome(url, folder, round * 200, 100);
      AppDomain.Unload(domain);
      Domain(out domain).TrackSomeWithout(url, folder, round * 200 + 100, 100);
      AppDomain.Unload(domain);
    }
    Scripts last = Domain(out domain);
    last.TrackSome(url, folder, 1000, 100);
    last.Recreate(1100, 100);
    last.PlayAgain(url, folder, 1200, 100);
    last.AllIsGone();
    AppDomain.Unload(domain);
  }

  static void Missing(string url, string folder) {
    Create(url, folder, false);
    Expect(Telemetry.Agent == null, "there is no agent");
    Expect(Telemetry.Track("e").Code == StatusCode.NotRunning, "calls say so");
    Expect(Debug.Lines.Exists(line => line.Contains("Plugins/README.md")), "it says what to do");
    StubEngine.Frame();
    StubEngine.SendAll("OnApplicationPause", true);
    StubEngine.Quit();
  }

  static void Layout() {
    Type native = typeof(Telemetry).Assembly.GetType("Embeddables.Native");
    foreach (Type type in native.GetNestedTypes(BindingFlags.Public)) {
      Console.WriteLine(type.Name + " sizeof " + Marshal.SizeOf(type));
      foreach (FieldInfo field in type.GetFields()) {
        Console.WriteLine(type.Name + " " + field.Name + " " + Marshal.OffsetOf(type, field.Name));
      }
    }
  }

  static int Main(string[] args) {
    if (args[0] == "layout") Layout();
    if (args[0] == "session") Session(args[1], args[2]);
    if (args[0] == "deny") Deny(args[1], args[2]);
    if (args[0] == "missing") Missing(args[1], args[2]);
    if (args[0] == "reload") Reload(args[1], args[2]);
    if (args[0] == "engine_http") EngineHttp(args[1], args[2]);
    return 0;
  }
}
