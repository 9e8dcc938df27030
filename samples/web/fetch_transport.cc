#include "fetch_transport.h"

#include <emscripten.h>

#include <map>
#include <memory>
#include <string>
#include <utility>

using embeddables::HttpAnswer;
using embeddables::HttpError;
using embeddables::HttpExchange;
using embeddables::HttpHeader;
using embeddables::HttpRequest;

namespace {

// The exchanges that JavaScript has, by number: an answer may come after the transport's end.
std::map<int, std::shared_ptr<HttpExchange>>& Open() {
  static std::map<int, std::shared_ptr<HttpExchange>> open;
  return open;
}

}  // namespace

// A redirect is not followed: it could carry the key elsewhere. fetch does not say why it failed;
// Node's error has a cause.
// clang-format off
EM_JS(void, BeginFetch, (int id, const char* url, int head, const char* headers, const char* body,
                         int body_bytes, int most_bytes), {
  const abort = new AbortController();
  (Module.fetches = Module.fetches || {})[id] = abort;
  const give = (text) => {
    const bytes = text instanceof Uint8Array ? text : new TextEncoder().encode(text || "");
    const at = _malloc(bytes.length + 1);
    HEAPU8.set(bytes, at);
    HEAPU8[at + bytes.length] = 0;
    return [at, bytes.length];
  };
  const answer = (error, words, status, date, after, text) => {
    delete Module.fetches[id];
    const given = [give(words), give(date), give(after), give(text)];
    _AnswerFetch(id, error, given[0][0], status, given[1][0], given[2][0], given[3][0],
                 given[3][1]);
    given.forEach((each) => _free(each[0]));
  };
  const lines = UTF8ToString(headers).split("\n").filter((line) => line !== "");
  const request = {
    method: head ? "HEAD" : "POST",
    headers: lines.map((line) => [line.slice(0, line.indexOf(":")),
                                  line.slice(line.indexOf(":") + 1)]),
    body: head ? undefined : HEAPU8.slice(body, body + body_bytes),
    redirect: "manual", cache: "no-store", credentials: "omit", signal: abort.signal,
  };
  fetch(UTF8ToString(url), request).then(async (reply) => {
    const date = reply.headers.get("date"), after = reply.headers.get("retry-after");
    const status = reply.type === "opaqueredirect" ? 302 : reply.status;
    const bytes = new Uint8Array(await reply.arrayBuffer());
    answer(0, "", status, date, after, bytes.subarray(0, most_bytes));
  }).catch((error) => {
    const code = String((error.cause && error.cause.code) || "");
    const kind = /NOTFOUND|EAI_/.test(code) ? 1 : /CERT|TLS|SSL/.test(code) ? 3 : 2;
    answer(kind, String(error.message) + (code ? ": " + code : ""), 0, "", "", "");
  });
});

EM_JS(void, AbortFetch, (int id), {
  const abort = Module.fetches && Module.fetches[id];
  if (abort) abort.abort();
});
// clang-format on

extern "C" EMSCRIPTEN_KEEPALIVE void AnswerFetch(int id, int error, const char* words, int status,
                                                 const char* date, const char* retry_after,
                                                 const char* body, int body_bytes) {
  const auto found = Open().find(id);
  if (found == Open().end()) return;
  const std::shared_ptr<HttpExchange> exchange = std::move(found->second);
  Open().erase(found);
  constexpr HttpError kErrors[] = {HttpError::kNone, HttpError::kResolve, HttpError::kConnect,
                                   HttpError::kTls};
  HttpAnswer answer;
  answer.error = kErrors[error];
  answer.error_text = words;
  answer.status = status;
  answer.date = date;
  answer.retry_after = retry_after;
  answer.body.assign(body, static_cast<std::size_t>(body_bytes));
  // A browser checks each certificate.
  answer.tls_verified = exchange->request().url.compare(0, 8, "https://") == 0;
  exchange->Answer(std::move(answer));
}

namespace web {

bool FetchTransport::Begin(std::shared_ptr<HttpExchange> exchange) {
  static int last_id = 0;
  const HttpRequest& request = exchange->request();
  std::string headers;
  for (const HttpHeader& each : request.headers) {
    headers += each.name + ":" + each.value + "\n";
  }
  const int id = ++last_id;
  Open()[id] = exchange;
  BeginFetch(id, request.url.c_str(), request.head ? 1 : 0, headers.c_str(), request.body.data(),
             static_cast<int>(request.body.size()), static_cast<int>(request.most_answer_bytes));
  return true;
}

void FetchTransport::Cancel(HttpExchange& exchange) {
  for (auto each = Open().begin(); each != Open().end(); ++each) {
    if (each->second.get() != &exchange) continue;
    const int id = each->first;
    Open().erase(each);
    return AbortFetch(id);
  }
}

}  // namespace web
