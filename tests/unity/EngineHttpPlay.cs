// The step engine_http: the package with the engine's own HTTP. Events named "whole" belong to
// requests that nothing cuts, so that each arrives once; "cut" ones may arrive twice. Each event
// has a number n of its own, from 0 on, and the last line says how many there are.

using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Reflection;
using System.Text;
using System.Threading;
using Embeddables;
using UnityEngine;
using UnityEngine.Networking;

static partial class Play {
  static int numbers;

  static void EngineHttp(string url, string folder) {
    CallbacksAreMarked();
    WordsOfUnity();
    Start(url, folder);
    TwoThreads();
    NothingWithoutFrames();
    CallsThatWait();
    Server(url, 503);
    Server(url, 429);
    Redirect(url);
    PauseInFlight(url);
    SuspendElsewhere(url);
    QuitInFlight(url, folder);
    NobodyListens(url, folder);
    ReloadInFlight(url, folder);
    DenyInFlight(url, folder + "/denied");
    Console.WriteLine("numbers: " + numbers);
  }

  static void Start(string url, string folder) {
    outcomes.Clear();
    Create(url, folder, false, true);
    Expect(Telemetry.Agent != null, "it starts");
    Expect(Telemetry.Identify("player_id", "p-17").Ok, "somebody plays");
  }

  static void TrackMore(string name, int count) {
    for (int i = 0; i < count; ++i) Track(name, Interlocked.Increment(ref numbers) - 1);
  }

  // While a collection stops every thread in each frame.
  static void FramesOfGarbageUntil(Func<bool> reached, string what) {
    FramesUntil(() => {
      GC.Collect();
      return reached();
    }, what);
  }

  static bool NothingIsLeft() { return Telemetry.Agent.GetStats().Pending == 0; }

  // Over a plain socket: with WebClient here, which starts Mono's selector of sockets, unloading a
  // domain hung in one of some 20 runs.
  static void SetFaults(string url, string faults) {
    Uri to = new Uri(url);
    using (TcpClient client = new TcpClient(to.Host, to.Port)) {
      string request = "POST /_faults HTTP/1.1\r\nHost: " + to.Authority +
                       "\r\nConnection: close\r\nContent-Length: " + faults.Length +
                       "\r\n\r\n" + faults;
      client.Client.Send(Encoding.ASCII.GetBytes(request));
      byte[] answer = new byte[4096];
      int size = client.Client.Receive(answer);
      string text = Encoding.ASCII.GetString(answer, 0, size);
      Expect(text.StartsWith("HTTP/1.1 200"), "the collector takes faults, not: " + text);
    }
  }

  // What IL2CPP wants of each method that native code calls.
  static void CallbacksAreMarked() {
    Type type = typeof(Telemetry).Assembly.GetType("Embeddables.EngineHttp");
    int found = 0;
    foreach (FieldInfo field in type.GetFields(BindingFlags.Static | BindingFlags.NonPublic)) {
      bool written = field.Name[0] != '<';  // mcs adds copies of its own
      if (!written || !typeof(Delegate).IsAssignableFrom(field.FieldType)) continue;
      MethodInfo method = ((Delegate)field.GetValue(null)).Method;
      var mark = (AOT.MonoPInvokeCallbackAttribute)Attribute.GetCustomAttribute(
          method, typeof(AOT.MonoPInvokeCallbackAttribute));
      Expect(field.IsInitOnly && method.IsStatic, method.Name + " is static, and stays");
      Expect(mark != null && mark.Stub_Type == field.FieldType, method.Name + " is marked");
      ++found;
    }
    Expect(found == 2, "there are two callbacks");
  }

  // The words of Unity's own list; the numbers are those of EMB_HTTP_ERROR_.
  static void WordsOfUnity() {
    MethodInfo method = typeof(Telemetry).Assembly.GetType("Embeddables.EngineHttp")
                            .GetMethod("ErrorOf", BindingFlags.Static | BindingFlags.NonPublic);
    Action<string, long, int> check = (words, status, error) =>
        Expect((int)method.Invoke(null, new object[] {words, status}) == error, "error: " + words);
    check("Cannot resolve destination host", 0, 1);
    check("Cannot resolve proxy", 0, 1);
    check("Cannot connect to destination host", 0, 2);
    check("No Internet Connection", 0, 2);
    check("Unable to complete SSL connection", 0, 3);
    check("SSL CA certificate error", 0, 3);
    check("Request timeout", 0, 4);
    check("Failed to receive data", 0, 5);
    check("Request timeout", 200, 5);
    check(null, 0, 5);
  }

  static void TwoThreads() {
    Thread other = new Thread(() => TrackMore("whole", 50));
    other.Start();
    TrackMore("whole", 50);
    FramesOfGarbageUntil(() => Delivered() == 100, "100 events are delivered");
    other.Join();
    Expect(UnityWebRequest.Stub_Live == 0, "no request is left");
  }

  static void NothingWithoutFrames() {
    TrackMore("whole", 1);
    Thread.Sleep(300);
    Expect(UnityWebRequest.Stub_Live == 0 && !NothingIsLeft(), "without frames nothing is sent");
    FramesUntil(NothingIsLeft, "with them it is");
    Agent agent = Telemetry.Agent;
    long before = GC.GetAllocatedBytesForCurrentThread();
    for (int frame = 0; frame < 50; ++frame) agent.Pump(1);
    long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
    Expect(allocated == 0, "50 idle frames allocate " + allocated + " bytes");
  }

  // They work for the agent on their own thread, where the engine may not be touched.
  static void CallsThatWait() {
    bool ended = false;
    Thread other = new Thread(() => {
      for (int i = 0; i < 50; ++i) {
        TrackMore("whole", 1);
        Expect(Telemetry.Agent.Persist(10000).Ok, "another thread stores");
        Expect(Telemetry.Agent.Pump(1).Code == StatusCode.InvalidArgument, "it must not pump");
      }
      ended = true;
    });
    other.Start();
    FramesOfGarbageUntil(() => ended && NothingIsLeft(), "all is delivered beside calls that wait");
    other.Join();
  }

  static void Server(string url, int status) {
    SetFaults(url, "{\"status\":{\"" + status + "\":1},\"retry_after\":\"2\"}");
    Stopwatch waited = Stopwatch.StartNew();
    TrackMore("whole", 1);
    FramesUntil(() => Telemetry.Agent.GetStats().WaitingFor == WaitingFor.Server,
                "it waits as the server says");
    string words = Telemetry.Agent.GetStats().Words;
    Expect(words.Contains("as asked for"), "it says why, not: " + words);
    SetFaults(url, "{}");
    FramesOfGarbageUntil(NothingIsLeft, "all is delivered after the wait");
    Expect(waited.ElapsedMilliseconds > 1900, "it waited " + waited.ElapsedMilliseconds + " ms");
  }

  // Unity calls it an error; the agent has to know that a server answered.
  static void Redirect(string url) {
    SetFaults(url, "{\"status\":{\"302\":1}}");
    TrackMore("whole", 1);
    FramesUntil(() => Telemetry.Agent.GetStats().Words.Contains("not from the endpoint"),
                "a redirect is told");
    SetFaults(url, "{}");
    FramesUntil(NothingIsLeft, "and not the end");
  }

  static void PauseInFlight(string url) {
    SetFaults(url, "{\"latency_ms\":2000}");
    TrackMore("cut", 5);
    FramesUntil(() => Telemetry.Agent.GetStats().InFlight > 0, "requests are under way");
    FramesUntil(() => UnityWebRequest.Stub_Live > 0, "also the engine's");
    StubEngine.SendAll("OnApplicationPause", true);
    Expect(UnityWebRequest.Stub_Live == 0, "the pause has ended them, without another frame");
    SetFaults(url, "{}");
    TrackMore("whole", 10);
    FramesUntil(() => Telemetry.Agent.GetStats().WaitingFor == WaitingFor.Paused, "it is paused");
    Stats stats = Telemetry.Agent.GetStats();
    Expect(stats.Pending == 15 && stats.InFlight == 0, "events are kept, nothing is sent");
    StubEngine.SendAll("OnApplicationPause", false);
    FramesOfGarbageUntil(NothingIsLeft, "all is delivered after the pause");
  }

  // On another thread it leaves the engine's part to the next frame.
  static void SuspendElsewhere(string url) {
    SetFaults(url, "{\"latency_ms\":2000}");
    TrackMore("cut", 5);
    FramesUntil(() => UnityWebRequest.Stub_Live > 0, "requests are under way");
    Thread other = new Thread(() => Expect(Telemetry.Agent.Suspend(1000).Ok, "it suspends"));
    other.Start();
    other.Join();
    Expect(UnityWebRequest.Stub_Live > 0, "the engine's requests are the main thread's");
    StubEngine.Frame();
    Expect(UnityWebRequest.Stub_Live == 0, "which ends them");
    SetFaults(url, "{}");
    Expect(Telemetry.Agent.Resume().Ok, "it resumes");
    FramesUntil(NothingIsLeft, "all is delivered after that");
  }

  static void QuitInFlight(string url, string folder) {
    SetFaults(url, "{\"latency_ms\":1500}");
    TrackMore("cut", 5);
    FramesUntil(() => UnityWebRequest.Stub_Live > 0, "requests are under way");
    StubEngine.Quit();  // may take longer than an answer, and waits for none
    Expect(UnityWebRequest.Stub_Live == 0, "Quit ends the requests");
    SetFaults(url, "{}");
    Start(url, folder);
    Expect(Telemetry.Agent.GetStats().Pending == 5, "nothing is lost");
    FramesUntil(NothingIsLeft, "the next start sends the rest");
    StubEngine.Quit();
  }

  static void NobodyListens(string url, string folder) {
    TcpListener listener = new TcpListener(IPAddress.Loopback, 0);
    listener.Start();
    int port = ((IPEndPoint)listener.LocalEndpoint).Port;
    listener.Stop();
    Start("http://127.0.0.1:" + port, folder);
    TrackMore("whole", 5);
    FramesUntil(() => Telemetry.Agent.GetStats().WaitingFor == WaitingFor.Breaker, "it stops");
    string words = Telemetry.Agent.GetStats().Words;
    Expect(words.Contains("Cannot connect to destination host"), "it says why, not: " + words);
    FramesUntil(() => UnityWebRequest.Stub_Live == 0, "no request is left");
    listener = new TcpListener(IPAddress.Loopback, port);
    listener.Start();
    Thread relay = new Thread(() => Relay(listener, new Uri(url).Port));
    relay.IsBackground = true;
    relay.Start();
    FramesOfGarbageUntil(NothingIsLeft, "all is delivered when somebody listens");
    StubEngine.Quit();
    listener.Stop();
  }

  static void Relay(TcpListener listener, int port) {
    for (;;) {
      TcpClient from;
      try {
        from = listener.AcceptTcpClient();
      } catch (Exception) {
        return;  // it was stopped
      }
      TcpClient to = new TcpClient("127.0.0.1", port);
      ThreadPool.QueueUserWorkItem(unused => Copy(from, to));
      ThreadPool.QueueUserWorkItem(unused => Copy(to, from));
    }
  }

  static void Copy(TcpClient from, TcpClient to) {
    try {
      from.GetStream().CopyTo(to.GetStream());
      to.Client.Shutdown(SocketShutdown.Send);
    } catch (Exception) {
      to.Close();
    }
  }

  sealed partial class Scripts {
    // Returns with requests under way.
    public void SendSome(string url, string folder, int from, int count) {
      numbers = from;
      Play.Start(url, folder);
      TrackMore("cut", count);
      FramesUntil(() => UnityWebRequest.Stub_Live > 0, "requests are under way");
    }

    public void SendSomeWithout(string url, string folder, int from, int count) {
      StubEngine.Frame();  // the engine, too, is new in this domain, and this its main thread
      Settings settings = DemoSettings(url, false);
      settings.engineHttp = true;
      settings.storePath = folder + "/telemetry/events.db";
      Expect(Agent.Start(settings, out left).Ok, "the bare agent starts");
      left.Identify(new Prop("player_id", "p-17"));
      for (int n = from; n < from + count; ++n) left.Track("cut", new Prop("n", n));
      for (int i = 0; i < 1000 && UnityWebRequest.Stub_Live == 0; ++i) {
        Expect(left.Pump(5).Ok, "it pumps");
        Thread.Sleep(5);
      }
      Expect(UnityWebRequest.Stub_Live > 0, "the bare agent's requests are under way");
    }

    public void SendTheRest(string url, string folder, int pending) {
      Play.Start(url, folder);
      Expect(Telemetry.Agent.GetStats().Pending == (ulong)pending,
             "nothing is lost: " + Telemetry.Agent.GetStats().Pending);
      FramesOfGarbageUntil(NothingIsLeft, "the rest is sent");
      Stats stats = Telemetry.Agent.GetStats();
      Expect(stats.Delivered == stats.Accepted && stats.Dropped == 0, "the ledger is balanced");
      StubEngine.Quit();
    }
  }

  static void ReloadInFlight(string url, string folder) {
    AppDomain domain;
    for (int round = 0; round < 2; ++round) {
      SetFaults(url, "{\"latency_ms\":1000}");
      Domain(out domain).SendSome(url, folder, numbers, 10);
      AppDomain.Unload(domain);
      Domain(out domain).SendSomeWithout(url, folder, numbers + 10, 10);
      AppDomain.Unload(domain);
      SetFaults(url, "{}");
      Domain(out domain).SendTheRest(url, folder, 20);
      AppDomain.Unload(domain);
      numbers += 20;
    }
  }

  // These have no number, since they may have arrived.
  static void DenyInFlight(string url, string folder) {
    SetFaults(url, "{\"latency_ms\":2000}");
    Start(url, folder);
    for (int i = 0; i < 5; ++i) Expect(Telemetry.Track("denied").Ok, "it is tracked");
    FramesUntil(() => UnityWebRequest.Stub_Live > 0, "requests are under way");
    Expect(Telemetry.SetConsent(false).Ok, "the no is done, which waits for no answer");
    Expect(UnityWebRequest.Stub_Live == 0 && NothingIsLeft(), "all is ended and removed");
    StubEngine.Quit();
    SetFaults(url, "{}");
  }
}
