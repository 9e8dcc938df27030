// Of Unity's HTTP what the package in samples/unity uses, under the names of Unity 2021.3: a plain
// socket for each request, on a thread of the pool. Mono's HttpWebRequest will not do: it leaves a
// thread waiting for ever, and AppDomain.Unload with it, where a request is under way then.

using System;
using System.Collections.Generic;
using System.IO;
using System.Net.Sockets;
using System.Text;
using System.Threading;

namespace AOT {
[AttributeUsage(AttributeTargets.Method)]
public class MonoPInvokeCallbackAttribute : Attribute {
  public readonly Type Stub_Type;
  public MonoPInvokeCallbackAttribute(Type type) { Stub_Type = type; }
}
}

namespace UnityEngine {
public class AsyncOperation {}
}

namespace UnityEngine.Networking {
public class UploadHandler : IDisposable {
  internal byte[] Sent;
  public void Dispose() {}
}
public sealed class UploadHandlerRaw : UploadHandler {
  public UploadHandlerRaw(byte[] data) {
    StubEngine.Check("UploadHandlerRaw");
    Sent = data;
  }
}
public class DownloadHandler : IDisposable {
  internal volatile byte[] Received;
  public byte[] data {
    get {
      StubEngine.Check("DownloadHandler.data");
      return Received;
    }
  }
  public void Dispose() {}
}
public sealed class DownloadHandlerBuffer : DownloadHandler {
  public DownloadHandlerBuffer() { StubEngine.Check("DownloadHandlerBuffer"); }
}

public class UnityWebRequestAsyncOperation : AsyncOperation {}

public class UnityWebRequest : IDisposable {
  public enum Result { InProgress, Success, ConnectionError, ProtocolError, DataProcessingError }

  static int live;
  // Those that were sent and neither disposed of nor finalised.
  public static int Stub_Live {
    get { return live; }
  }

  static readonly List<Socket> sockets = new List<Socket>();  // under its own lock

  // Mono waits for the threads of a domain that it unloads, so none may wait for a server.
  static UnityWebRequest() {
    AppDomain.CurrentDomain.DomainUnload += (sender, e) => {
      lock (sockets) sockets.ForEach(each => each.Close());
    };
  }

  readonly Socket socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
  readonly Uri uri;
  readonly StringBuilder head = new StringBuilder();
  readonly UploadHandler upload;
  readonly DownloadHandler download;
  readonly Dictionary<string, string> received = new Dictionary<string, string>();
  volatile string words;
  volatile bool done, disposed;
  int limit = 32, seconds, counted, status;

  public UnityWebRequest(string url, string method, DownloadHandler downloadHandler,
                         UploadHandler uploadHandler) {
    StubEngine.Check("UnityWebRequest");
    uri = new Uri(url);
    head.Append(method + " " + uri.PathAndQuery + " HTTP/1.1\r\n");
    head.Append("Host: " + uri.Authority + "\r\n");
    download = downloadHandler;
    upload = uploadHandler;
  }

  ~UnityWebRequest() { Release(); }

  T On<T>(string what, T value) {
    StubEngine.Check(what);
    if (disposed) throw new ObjectDisposedException(what);
    return value;
  }
  public string url {
    get { return On("url", uri.AbsoluteUri); }
  }
  public DownloadHandler downloadHandler {
    get { return On("downloadHandler", download); }
  }
  public int redirectLimit {
    get { return On("redirectLimit", limit); }
    set { limit = On("redirectLimit", value); }
  }
  public int timeout {
    get { return On("timeout", seconds); }
    set { seconds = On("timeout", value); }
  }
  public bool useHttpContinue { get; set; }
  public bool isDone {
    get { return On("isDone", done); }
  }
  public long responseCode {
    get { return On("responseCode", (long)status); }
  }
  public ulong downloadedBytes {
    get { return On("downloadedBytes", (ulong)(download.Received ?? new byte[0]).Length); }
  }
  public string error {
    get {
      if (result == Result.ProtocolError) return "HTTP/1.1 " + responseCode;
      return On("error", words);
    }
  }
  public Result result {
    get {
      if (!On("isDone", done)) return Result.InProgress;
      if (words != null) return Result.ConnectionError;
      return responseCode >= 400 ? Result.ProtocolError : Result.Success;
    }
  }
  public string GetResponseHeader(string name) {
    string value;
    return On("GetResponseHeader", received.TryGetValue(name, out value) ? value : null);
  }

  public void SetRequestHeader(string name, string value) {
    StubEngine.Check("SetRequestHeader");
    if (name == "Connection" || name == "Host") {
      throw new InvalidOperationException("Cannot override system-specified headers");
    }
    head.Append(name + ": " + value + "\r\n");
  }

  public UnityWebRequestAsyncOperation SendWebRequest() {
    StubEngine.Check("SendWebRequest");
    if (Interlocked.Exchange(ref counted, 1) == 0) Interlocked.Increment(ref live);
    socket.SendTimeout = socket.ReceiveTimeout = seconds * 1000;
    lock (sockets) sockets.Add(socket);
    ThreadPool.QueueUserWorkItem(unused => Run());
    return new UnityWebRequestAsyncOperation();
  }

  void Run() {
    string trouble = "Cannot connect to destination host";
    try {
      socket.Connect(uri.Host, uri.Port);
      trouble = "Failed to receive data";
      Carry();
    } catch (Exception) {
      words = trouble;
    }
    lock (sockets) sockets.Remove(socket);
    socket.Close();
    done = true;
  }

  void Carry() {
    byte[] body = upload == null ? new byte[0] : upload.Sent;
    head.Append("Connection: close\r\nContent-Length: " + body.Length + "\r\n\r\n");
    Send(Encoding.ASCII.GetBytes(head.ToString()));
    Send(body);
    MemoryStream came = new MemoryStream();
    byte[] part = new byte[65536];
    for (int size; (size = socket.Receive(part)) > 0;) came.Write(part, 0, size);
    Read(came.ToArray());
  }

  void Send(byte[] data) {
    for (int sent = 0; sent < data.Length;) {
      sent += socket.Send(data, sent, data.Length - sent, SocketFlags.None);
    }
  }

  // The answer ends with the connection.
  void Read(byte[] answer) {
    string text = Encoding.GetEncoding("iso-8859-1").GetString(answer);
    int end = text.IndexOf("\r\n\r\n", StringComparison.Ordinal);
    string[] lines = text.Substring(0, end).Split(new[] {"\r\n"}, StringSplitOptions.None);
    foreach (string line in lines) {
      int colon = line.IndexOf(": ", StringComparison.Ordinal);
      if (colon > 0) received[line.Substring(0, colon)] = line.Substring(colon + 2);
    }
    byte[] body = new byte[answer.Length - end - 4];
    Array.Copy(answer, end + 4, body, 0, body.Length);
    download.Received = body.Length == 0 ? null : body;
    status = int.Parse(lines[0].Split(' ')[1]);
    if (status / 100 == 3 && limit == 0) words = "Redirect limit exceeded";
  }

  public void Abort() {
    StubEngine.Check("Abort");
    socket.Close();
  }

  public void Dispose() {
    StubEngine.Check("Dispose");
    Release();
    GC.SuppressFinalize(this);
  }

  void Release() {
    if (disposed) return;
    disposed = true;
    if (counted != 0) Interlocked.Decrement(ref live);
    socket.Close();
  }
}
}
