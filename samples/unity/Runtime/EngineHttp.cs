using System;
using System.Collections.Generic;
using System.Runtime.InteropServices;
using System.Threading;
using AOT;
using UnityEngine.Networking;
using static Embeddables.Native;

namespace Embeddables {
// The agent's requests over UnityWebRequest: emb_transport of agent_c.h.
//
// An exchange is noted by Begin, sent by the next Move, and answered by the Move that finds its
// request done; or Cancel marks it, and the next Move ends its request. Its handle frees it after
// that, or when it is finalised.
//
// The library calls Begin and Cancel on the thread that works for the agent: the main thread in
// Pump, any thread in a call that waits, a finaliser's at the end of a domain. So these two touch
// nothing of Unity. Move does, on the main thread alone, and while no call of the agent is under
// way.
sealed unsafe class EngineHttp {
  [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
  delegate int BeginCallback(IntPtr user, IntPtr exchange);
  [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
  delegate void CancelCallback(IntPtr user, ulong id);

  // IL2CPP makes thunks of static methods only, and the collector must not take the delegates while
  // the library has their addresses.
  static readonly BeginCallback begin = Begin;
  static readonly CancelCallback cancel = Cancel;

  sealed class Exchange {
    public readonly ExchangeHandle Handle;
    public readonly ulong Id;
    public volatile bool Cancelled;
    public ulong MostBytes;          // from here on the main thread's
    public UnityWebRequest Request;  // null: it was not sent yet

    public Exchange(ExchangeHandle handle) {
      Handle = handle;
      Id = emb_exchange_id(handle);
    }
  }

  readonly List<Exchange> open = new List<Exchange>();    // under its own lock
  readonly List<Exchange> moving = new List<Exchange>();  // the main thread's
  readonly int mainThread = Thread.CurrentThread.ManagedThreadId;

  public bool IsOnMainThread {
    get { return Thread.CurrentThread.ManagedThreadId == mainThread; }
  }

  public static void Describe(emb_transport* transport, GCHandle user) {
    *transport = new emb_transport();
    transport->struct_size = (uint)sizeof(emb_transport);
    transport->answers_between_calls = 1;
    transport->user_data = (void*)GCHandle.ToIntPtr(user);
    transport->begin = (void*)Marshal.GetFunctionPointerForDelegate(begin);
    transport->cancel = (void*)Marshal.GetFunctionPointerForDelegate(cancel);
  }

  // No exception may leave a callback. After a 0 the exchange is the library's again.
  [MonoPInvokeCallback(typeof(BeginCallback))]
  static int Begin(IntPtr user, IntPtr exchange) {
    ExchangeHandle handle = null;
    try {
      handle = new ExchangeHandle(exchange);
      Exchange begun = new Exchange(handle);
      List<Exchange> open = Of(user).open;
      lock (open) open.Add(begun);
      return 1;
    } catch (Exception) {
      if (handle != null) handle.SetHandleAsInvalid();
      return 0;
    }
  }

  [MonoPInvokeCallback(typeof(CancelCallback))]
  static void Cancel(IntPtr user, ulong id) {
    try {
      List<Exchange> open = Of(user).open;
      lock (open) {
        foreach (Exchange each in open) {
          if (each.Id == id) each.Cancelled = true;
        }
      }
    } catch (Exception) {
      // Its request goes on in vain: the library takes no answer to it any more.
    }
  }

  static EngineHttp Of(IntPtr user) { return (EngineHttp)GCHandle.FromIntPtr(user).Target; }

  // Sends, answers and ends what it can. It does nothing on another thread.
  public void Move() {
    if (!IsOnMainThread) return;
    moving.Clear();
    lock (open) {
      if (open.Count == 0) return;
      moving.AddRange(open);
    }
    foreach (Exchange each in moving) Move(each);
  }

  // After the agent's end, when no answer counts any more.
  public void Close() {
    lock (open) {
      foreach (Exchange each in open) each.Cancelled = true;
    }
    Move();
  }

  void Move(Exchange each) {
    try {
      if (each.Cancelled) {
        End(each);
      } else if (each.Request == null) {
        Send(each);
      } else if (each.Request.isDone) {
        Answer(each);
        End(each);
      } else if (each.Request.downloadedBytes > each.MostBytes) {
        Fail(each, EMB_HTTP_ERROR_BROKEN, "it is longer than an answer can be");
      }
    } catch (Exception exception) {
      // As where Unity refuses http; what may have been sent must not count as unsent.
      int error = each.Request == null ? EMB_HTTP_ERROR_CONNECT : EMB_HTTP_ERROR_BROKEN;
      Fail(each, error, exception.Message);
    }
  }

  static void Send(Exchange each) {
    emb_http_request wanted;
    wanted.struct_size = (uint)sizeof(emb_http_request);
    if (emb_exchange_request(each.Handle, &wanted, null) != 0) {
      throw new InvalidOperationException("the native library does not tell its request");
    }
    each.MostBytes = wanted.most_answer_bytes;
    UploadHandlerRaw body = wanted.head != 0 ? null : new UploadHandlerRaw(Body(&wanted));
    UnityWebRequest request =
        new UnityWebRequest(Text(wanted.url, wanted.url_size), wanted.head != 0 ? "HEAD" : "POST",
                            new DownloadHandlerBuffer(), body);
    try {
      request.redirectLimit = 0;  // a redirect could carry the key elsewhere
      request.useHttpContinue = false;
      request.timeout = (int)Math.Min(int.MaxValue, Math.Max(1, (wanted.timeout_ms + 999) / 1000));
      for (ulong i = 0; i < wanted.headers_count; ++i) SetHeader(request, wanted.headers + i);
      request.SendWebRequest();
    } catch (Exception) {
      request.Dispose();
      throw;
    }
    each.Request = request;
  }

  static byte[] Body(emb_http_request* wanted) {
    byte[] body = new byte[checked((int)wanted->body_size)];
    Marshal.Copy((IntPtr)wanted->body, body, 0, body.Length);
    return body;
  }

  static void SetHeader(UnityWebRequest request, emb_header* header) {
    try {
      request.SetRequestHeader(Text(header->name, header->name_size),
                               Text(header->value, header->value_size));
    } catch (InvalidOperationException) {
      // Unity keeps some to itself, such as Connection; the server judges the rest.
    }
  }

  static string Text(byte* text, ulong size) { return Utf8.Read(text, checked((int)size)); }

  // Whether Unity calls a redirect that it does not follow an error or not, it is an answer.
  static void Answer(Exchange each) {
    UnityWebRequest request = each.Request;
    long status = request.responseCode;
    bool whole = request.result == UnityWebRequest.Result.Success ||
                 request.result == UnityWebRequest.Result.ProtocolError ||
                 (status >= 300 && status < 400);
    string error = whole ? "" : request.error;
    emb_http_answer answer = new emb_http_answer();
    answer.error = whole ? EMB_HTTP_ERROR_NONE : ErrorOf(error, status);
    answer.status = (int)status;
    // No certificateHandler was set, so Unity has checked the certificate.
    bool secure = request.url.StartsWith("https:", StringComparison.Ordinal);
    answer.tls_verified = whole && secure ? 1 : 0;
    byte[] data = whole ? request.downloadHandler.data : null;  // null also if it is empty
    fixed (byte* body = data) {
      answer.body = body;
      answer.body_size = data == null ? 0 : (ulong)data.LongLength;
      Answer(each, &answer, error, request.GetResponseHeader("Date"),
             request.GetResponseHeader("Retry-After"));
    }
  }

  static void Answer(Exchange each, emb_http_answer* answer, string error, string date,
                     string retryAfter) {
    int size = Utf8.Room(error) + Utf8.Room(date) + Utf8.Room(retryAfter);
    fixed (byte* room = new byte[size + 1]) {
      byte* at = room;
      answer->struct_size = (uint)sizeof(emb_http_answer);
      answer->error_text = Utf8.Write(error, ref at, out answer->error_text_size);
      answer->date = Utf8.Write(date, ref at, out answer->date_size);
      answer->retry_after = Utf8.Write(retryAfter, ref at, out answer->retry_after_size);
      emb_exchange_answer(each.Handle, answer, null);
    }
  }

  void Fail(Exchange each, int error, string words) {
    emb_http_answer answer = new emb_http_answer();
    answer.error = error;
    Answer(each, &answer, words, null, null);
    End(each);
  }

  // UnityWebRequest tells its errors by these words alone. Those that are not known may have
  // followed a request that arrived.
  static int ErrorOf(string words, long status) {
    if (status != 0) return EMB_HTTP_ERROR_BROKEN;
    if (Has(words, "cannot resolve")) return EMB_HTTP_ERROR_RESOLVE;
    if (Has(words, "cannot connect") || Has(words, "no internet")) return EMB_HTTP_ERROR_CONNECT;
    if (Has(words, "ssl") || Has(words, "certificate")) return EMB_HTTP_ERROR_TLS;
    if (Has(words, "timeout")) return EMB_HTTP_ERROR_TIMEOUT;
    return EMB_HTTP_ERROR_BROKEN;
  }

  static bool Has(string words, string part) {
    return words != null && words.IndexOf(part, StringComparison.OrdinalIgnoreCase) >= 0;
  }

  void End(Exchange each) {
    lock (open) open.Remove(each);  // before its id may be another's
    if (each.Request != null) {
      each.Request.Abort();
      each.Request.Dispose();
    }
    each.Handle.Dispose();
  }
}
}
