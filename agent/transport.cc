#include "agent/transport.h"

#include <curl/curl.h>

#include <algorithm>
#include <climits>
#include <cstring>
#include <mutex>
#include <utility>

#include "agent/http_date.h"
#include "agent/utf8.h"
#include "platform/environment.h"
#include "platform/socket.h"

namespace embeddables {
namespace {

constexpr std::size_t kMaxHeaderValue = 128;

// curl_global_init is not thread-safe on every build and must have an end only with the process:
// the host may use libcurl itself. This is the process registry's one entry.
std::once_flag curl_once;
CURLcode curl_ready = CURLE_FAILED_INIT;

bool InitCurlOnce() {
  std::call_once(curl_once, [] { curl_ready = curl_global_init(CURL_GLOBAL_DEFAULT); });
  return curl_ready == CURLE_OK;
}

NetworkError ErrorOf(CURLcode code) {
  switch (code) {
    case CURLE_OK:
      return NetworkError::kNone;
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_RESOLVE_PROXY:
      return NetworkError::kResolve;
    case CURLE_COULDNT_CONNECT:
    case CURLE_PROXY:
    case CURLE_INTERFACE_FAILED:
      return NetworkError::kConnect;
    case CURLE_OPERATION_TIMEDOUT:
      return NetworkError::kTimeout;
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_SSL_ENGINE_NOTFOUND:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CIPHER:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_USE_SSL_FAILED:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_CRL_BADFILE:
    case CURLE_SSL_ISSUER_ERROR:
    case CURLE_SSL_PINNEDPUBKEYNOTMATCH:
    case CURLE_SSL_INVALIDCERTSTATUS:
    case CURLE_SSL_CLIENTCERT:
      return NetworkError::kTls;
    default:
      return NetworkError::kBroken;
  }
}

bool EqualsIgnoringCase(std::string_view a, std::string_view b) {
  return a.size() == b.size() && curl_strnequal(a.data(), b.data(), a.size()) != 0;
}

std::string_view Trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && std::strchr(" \t\r\n", text.back()) != nullptr) text.remove_suffix(1);
  return text;
}

// One request under way, and the easy handle that is used again for the next.
struct Transfer {
  CURL* easy = nullptr;
  std::size_t place = 0;  // among those under way
  std::uint64_t tag = 0;
  // As libcurl was told, so that it is told only what is new.
  curl_slist* headers = nullptr;
  std::vector<std::string> header_lines;
  std::string url;
  std::string body;
  bool head = false;
  bool fresh_connection = false;
  std::size_t received = 0;      // of the body, decoded
  std::size_t most_to_read = 0;  // of it, and of what comes for it over the wire
  std::size_t head_received = 0;
  unsigned codings = 0;  // of the content
  Response response;
  char error[CURL_ERROR_SIZE] = {};

  ~Transfer() {
    curl_easy_cleanup(easy);
    curl_slist_free_all(headers);
  }
};

void KeepHeader(std::string_view line, std::string_view name, std::string* value) {
  if (line.size() <= name.size() || line[name.size()] != ':' ||
      !EqualsIgnoringCase(line.substr(0, name.size()), name)) {
    return;
  }
  *value = std::string(Trim(line.substr(name.size() + 1)).substr(0, kMaxHeaderValue));
}

// What libcurl's callbacks return to end a transfer.
std::size_t EndUnreadable(Transfer* transfer) {
  transfer->response.unreadable = true;
  return 0;
}

std::size_t OnBody(char* data, std::size_t, std::size_t size, void* user) {
  auto* transfer = static_cast<Transfer*>(user);
  transfer->response.TakeBody({data, size});
  transfer->received += size;
  return transfer->received > transfer->most_to_read ? EndUnreadable(transfer) : size;
}

// Only of a body that is decoded: one that decodes to nothing never reaches OnBody.
int OnProgress(void* user, curl_off_t, curl_off_t received, curl_off_t, curl_off_t) {
  auto* transfer = static_cast<Transfer*>(user);
  if (received <= static_cast<curl_off_t>(transfer->most_to_read)) return 0;
  EndUnreadable(transfer);
  return 1;
}

// One coding after another multiplies what few bytes can unpack to before any of it is seen, so
// more than one is not decoded.
bool MayDecode(Transfer* transfer, std::string_view line) {
  std::string codings;
  KeepHeader(line, "content-encoding", &codings);
  if (!codings.empty()) {
    transfer->codings += 1 + static_cast<unsigned>(std::count(codings.begin(), codings.end(), ','));
    curl_easy_setopt(transfer->easy, CURLOPT_NOPROGRESS, 0L);
  }
  return transfer->codings <= 1 || !Trim(line).empty();  // behind an empty line comes the body
}

std::size_t OnHeader(char* data, std::size_t, std::size_t size, void* user) {
  auto* transfer = static_cast<Transfer*>(user);
  // libcurl keeps headers without any bound of its own before 8.4 (CVE-2023-38039).
  transfer->head_received += size;
  if (transfer->head_received > kMaxResponseHead) return 0;  // ends the transfer
  Response& response = transfer->response;
  const std::string_view line(data, size);
  // A new status line: what came before was a 1xx or a proxy's answer to CONNECT.
  if (line.substr(0, 5) == "HTTP/") {
    response.date.clear();
    response.retry_after.clear();
    transfer->codings = 0;
  }
  KeepHeader(line, "date", &response.date);
  KeepHeader(line, "retry-after", &response.retry_after);
  return MayDecode(transfer, line) ? size : EndUnreadable(transfer);
}

// Without these libcurl's sockets would stay open in programs that the host starts.
curl_socket_t OnOpenSocket(void*, curlsocktype, curl_sockaddr* address) {
  return OpenSocket(address->family, address->socktype, address->protocol);
}

int OnCloseSocket(void*, curl_socket_t socket) { return CloseSocket(socket); }

class CurlTransport final : public Transport {
 public:
  CurlTransport(const Config& config, std::string no_proxy)
      : config_(config), no_proxy_(std::move(no_proxy)) {}
  ~CurlTransport() override {
    CancelAll();
    Renew();
  }

  bool Begin(std::uint64_t tag, const Request& request, bool fresh_connection) override;
  void Push() override;
  void TakeCompleted(std::vector<Completion>* completed) override;
  bool Wait(std::chrono::milliseconds timeout, const std::vector<int>& descriptors) override;
  void CancelAll() override;
  void CancelUnsent(std::vector<std::uint64_t>* tags) override;
  void Renew() override;
  std::size_t in_flight() const override { return active_.size(); }
  TransportCounters counters() const override { return counters_; }

 private:
  bool MakeMulti();
  std::unique_ptr<Transfer> Prepare();
  bool Describe(Transfer* transfer, const Request& request);
  std::unique_ptr<Transfer> TakeOut(Transfer* transfer);
  void Move();
  bool SetConstants(Transfer* transfer);
  void SetSecurity(CURL* easy);
  void CountConnections(CURL* easy);
  void Finish(Transfer* transfer, CURLcode code);

  const Config& config_;
  const std::string no_proxy_;
  CURLM* multi_ = nullptr;  // only while there may be connections: it has descriptors of its own
  std::vector<std::unique_ptr<Transfer>> active_;
  std::vector<std::unique_ptr<Transfer>> idle_;
  std::vector<curl_waitfd> watched_;  // kept for its memory
  bool begun_ = false;                // a transfer, since libcurl last moved them
  bool ended_ = false;                // one, and was not taken yet
  TransportCounters counters_;
};

bool CurlTransport::MakeMulti() {
  if (multi_ != nullptr) return true;
  multi_ = curl_multi_init();
  if (multi_ == nullptr) return false;
  // Idle connections stay few.
  const long connections = static_cast<long>(config_.max_in_flight);
  curl_multi_setopt(multi_, CURLMOPT_MAX_TOTAL_CONNECTIONS, connections);
  curl_multi_setopt(multi_, CURLMOPT_MAX_HOST_CONNECTIONS, connections);
  curl_multi_setopt(multi_, CURLMOPT_MAXCONNECTS, connections);
  curl_multi_setopt(multi_, CURLMOPT_PIPELINING, static_cast<long>(CURLPIPE_MULTIPLEX));
  return true;
}

std::unique_ptr<Transfer> CurlTransport::Prepare() {
  if (!idle_.empty()) {
    std::unique_ptr<Transfer> transfer = std::move(idle_.back());
    idle_.pop_back();
    return transfer;
  }
  auto transfer = std::make_unique<Transfer>();
  transfer->easy = curl_easy_init();
  if (transfer->easy == nullptr || !SetConstants(transfer.get())) return nullptr;
  return transfer;
}

bool CurlTransport::SetConstants(Transfer* transfer) {
  CURL* easy = transfer->easy;
  curl_easy_setopt(easy, CURLOPT_PRIVATE, transfer);
  curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, transfer->error);
  curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, OnBody);
  curl_easy_setopt(easy, CURLOPT_WRITEDATA, transfer);
  curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, OnHeader);
  curl_easy_setopt(easy, CURLOPT_HEADERDATA, transfer);
  curl_easy_setopt(easy, CURLOPT_XFERINFOFUNCTION, OnProgress);
  curl_easy_setopt(easy, CURLOPT_XFERINFODATA, transfer);
  // Decodes whatever libcurl can; Describe takes the header back that would ask for it.
  curl_easy_setopt(easy, CURLOPT_ACCEPT_ENCODING, "");
  curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, OnOpenSocket);
  curl_easy_setopt(easy, CURLOPT_CLOSESOCKETFUNCTION, OnCloseSocket);
  curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);  // the host's SIGALRM and SIGPIPE are not ours
  curl_easy_setopt(easy, CURLOPT_POST, 1L);
  curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);  // a redirect could carry the key elsewhere
  const bool http1 = config_.http_version == HttpVersion::kHttp1;
  curl_easy_setopt(easy, CURLOPT_HTTP_VERSION,
                   static_cast<long>(http1 ? CURL_HTTP_VERSION_1_1 : CURL_HTTP_VERSION_2TLS));
  curl_easy_setopt(easy, CURLOPT_PIPEWAIT, 1L);
  curl_easy_setopt(easy, CURLOPT_BUFFERSIZE, 4L * 1024);
  curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS,
                   static_cast<long>(config_.connect_timeout.count()));
  curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, static_cast<long>(config_.request_timeout.count()));
  curl_easy_setopt(easy, CURLOPT_TCP_KEEPALIVE, 1L);
  // Without it, removing a transfer waits for a resolver thread that a dead DNS server holds up.
  curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L);
  // Both are said even if they are empty: what is not said libcurl looks up in the environment.
  curl_easy_setopt(easy, CURLOPT_PROXY, config_.proxy.c_str());
  curl_easy_setopt(easy, CURLOPT_NOPROXY, no_proxy_.c_str());
  SetSecurity(easy);
  return curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https") == CURLE_OK;
}

void CurlTransport::SetSecurity(CURL* easy) {
  curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 1L);
  curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 2L);
  curl_easy_setopt(easy, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  if (!config_.pinned_public_key.empty()) {
    curl_easy_setopt(easy, CURLOPT_PINNEDPUBLICKEY, config_.pinned_public_key.c_str());
  }
  if (!config_.ca_pem.empty()) {
    curl_blob blob{};
    blob.data = const_cast<char*>(config_.ca_pem.data());
    blob.len = config_.ca_pem.size();
    blob.flags = CURL_BLOB_NOCOPY;  // the config outlives the transport
    curl_easy_setopt(easy, CURLOPT_CAINFO_BLOB, &blob);
  } else if (!config_.ca_file.empty()) {
    curl_easy_setopt(easy, CURLOPT_CAINFO, config_.ca_file.c_str());
  }
}

// Only what differs from the transfer's last request: most differ in nothing but the body.
bool CurlTransport::Describe(Transfer* transfer, const Request& request) {
  CURL* easy = transfer->easy;
  if (transfer->headers == nullptr || transfer->header_lines != request.headers) {
    // Small bodies gain nothing from 100-continue, and lose a second where it is not understood.
    curl_slist* lines = curl_slist_append(nullptr, "Expect:");
    lines = curl_slist_append(lines, "Accept-Encoding:");
    curl_slist_free_all(transfer->headers);
    transfer->headers = lines;
    transfer->header_lines.clear();
    for (const std::string& line : request.headers) {
      curl_slist* longer = curl_slist_append(transfer->headers, line.c_str());
      if (longer == nullptr) return false;
      transfer->headers = longer;
    }
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, transfer->headers);
    transfer->header_lines = request.headers;
  }
  if (transfer->head != request.head) {
    // In this order: taking NOBODY back makes a GET of it.
    curl_easy_setopt(easy, CURLOPT_NOBODY, request.head ? 1L : 0L);
    if (!request.head) curl_easy_setopt(easy, CURLOPT_POST, 1L);
    transfer->head = request.head;
  }
  transfer->body = request.body;
  curl_easy_setopt(easy, CURLOPT_POSTFIELDS, transfer->body.data());
  curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.body.size()));
  if (transfer->url == request.url) return true;
  transfer->url = request.url;
  return curl_easy_setopt(easy, CURLOPT_URL, request.url.c_str()) == CURLE_OK;
}

bool CurlTransport::Begin(std::uint64_t tag, const Request& request, bool fresh_connection) {
  if (!MakeMulti()) return false;
  std::unique_ptr<Transfer> transfer = Prepare();
  if (transfer == nullptr || !Describe(transfer.get(), request)) return false;
  transfer->tag = tag;
  transfer->received = transfer->head_received = 0;
  transfer->most_to_read = MaxResponseTotal(request);
  if (std::exchange(transfer->codings, 0u) > 0) {
    curl_easy_setopt(transfer->easy, CURLOPT_NOPROGRESS, 1L);
  }
  transfer->response = Response();
  transfer->error[0] = '\0';
  if (transfer->fresh_connection != fresh_connection) {
    transfer->fresh_connection = fresh_connection;
    curl_easy_setopt(transfer->easy, CURLOPT_FRESH_CONNECT, fresh_connection ? 1L : 0L);
  }
  if (curl_multi_add_handle(multi_, transfer->easy) != CURLM_OK) return false;
  transfer->place = active_.size();
  active_.push_back(std::move(transfer));
  begun_ = true;
  ++counters_.requests;
  return true;
}

std::unique_ptr<Transfer> CurlTransport::TakeOut(Transfer* transfer) {
  curl_multi_remove_handle(multi_, transfer->easy);
  std::swap(active_[transfer->place], active_.back());
  active_[transfer->place]->place = transfer->place;
  std::unique_ptr<Transfer> taken = std::move(active_.back());
  active_.pop_back();
  return taken;
}

void CurlTransport::Move() {
  if (multi_ == nullptr) return;
  int running = 0;
  curl_multi_perform(multi_, &running);
  begun_ = false;
  ended_ = static_cast<std::size_t>(running) < active_.size();
}

void CurlTransport::Push() {
  if (begun_) Move();
}

void CurlTransport::TakeCompleted(std::vector<Completion>* completed) {
  if (multi_ == nullptr) return;
  Move();
  int left = 0;
  while (const CURLMsg* message = curl_multi_info_read(multi_, &left)) {
    if (message->msg != CURLMSG_DONE) continue;
    const CURLcode code = message->data.result;
    Transfer* ended = nullptr;
    curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &ended);
    Finish(ended, code);
    std::unique_ptr<Transfer> transfer = TakeOut(ended);
    completed->push_back({transfer->tag, std::move(transfer->response)});
    idle_.push_back(std::move(transfer));
  }
  ended_ = false;
}

void CurlTransport::CountConnections(CURL* easy) {
  long opened = 0;
  curl_easy_getinfo(easy, CURLINFO_NUM_CONNECTS, &opened);
  counters_.connections += static_cast<std::uint64_t>(opened);
}

void CurlTransport::Finish(Transfer* transfer, CURLcode code) {
  Response& response = transfer->response;
  long status = 0;
  const char* scheme = nullptr;
  curl_easy_getinfo(transfer->easy, CURLINFO_RESPONSE_CODE, &status);
  curl_easy_getinfo(transfer->easy, CURLINFO_SCHEME, &scheme);
  CountConnections(transfer->easy);
  response.status = static_cast<int>(status);
  response.unreadable = response.unreadable || code == CURLE_BAD_CONTENT_ENCODING;
  response.error = response.unreadable ? NetworkError::kNone : ErrorOf(code);
  // Verification is never off, so an answer over https came from a verified server.
  response.tls_verified =
      response.error == NetworkError::kNone && scheme != nullptr && curl_strequal(scheme, "https");
  if (code == CURLE_OK) return;
  if (response.unreadable && code != CURLE_BAD_CONTENT_ENCODING) {
    response.error_text = "it is longer than an answer can be, or compressed more than once";
    return;
  }
  response.error_text =
      Printable(transfer->error[0] != '\0' ? transfer->error : curl_easy_strerror(code), 200);
}

bool CurlTransport::Wait(std::chrono::milliseconds timeout, const std::vector<int>& descriptors) {
  if (multi_ == nullptr) return WaitReadable(descriptors, timeout);
  if (ended_) return true;
  watched_.clear();
  for (const int descriptor : descriptors) watched_.push_back({descriptor, CURL_WAIT_POLLIN, 0});
  const std::int64_t ms = timeout.count() < 0 ? INT_MAX : timeout.count();
  int ready = 0;
  long own_timer = -1;
  curl_multi_poll(multi_, watched_.data(), static_cast<unsigned int>(watched_.size()),
                  static_cast<int>(std::min<std::int64_t>(ms, INT_MAX)), &ready);
  curl_multi_timeout(multi_, &own_timer);
  return ready > 0 || (own_timer == 0 && !active_.empty());
}

void CurlTransport::CancelAll() {
  while (!active_.empty()) {
    CountConnections(active_.back()->easy);
    TakeOut(active_.back().get());
  }
  ended_ = false;
}

void CurlTransport::CancelUnsent(std::vector<std::uint64_t>* tags) {
  // A handle that is used again shows its last times until it has been moved on.
  Move();
  for (std::size_t i = active_.size(); i-- > 0;) {
    Transfer* transfer = active_[i].get();
    curl_off_t sending_since = 0;
    curl_easy_getinfo(transfer->easy, CURLINFO_PRETRANSFER_TIME_T, &sending_since);
    if (sending_since > 0) continue;
    CountConnections(transfer->easy);
    tags->push_back(transfer->tag);
    TakeOut(transfer);
  }
}

// libcurl has no call that closes the idle connections of a multi handle.
void CurlTransport::Renew() {
  if (!active_.empty()) return;
  idle_.clear();  // they hold buffers
  curl_multi_cleanup(multi_);
  multi_ = nullptr;
}

}  // namespace

void Response::TakeBody(std::string_view piece) {
  constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";
  scanner.Read(piece);
  body.append(piece.substr(0, kMaxResponseBody - body.size()));
  if (body.size() >= kByteOrderMark.size() && body.compare(0, 3, kByteOrderMark) == 0) {
    body.erase(0, kByteOrderMark.size());
  }
}

const char* Name(NetworkError error) {
  switch (error) {
    case NetworkError::kNone:
      return "none";
    case NetworkError::kResolve:
      return "resolve";
    case NetworkError::kConnect:
      return "connect";
    case NetworkError::kTls:
      return "tls";
    case NetworkError::kTimeout:
      return "timeout";
    case NetworkError::kBroken:
      return "broken";
  }
  return "unknown";
}

std::int64_t ParseHttpDate(const std::string& text) {
  return static_cast<std::int64_t>(curl_getdate(text.c_str(), nullptr));
}

std::unique_ptr<Transport> MakeCurlTransport(const Config& config, const std::string& no_proxy,
                                             Status* status) {
  if (!InitCurlOnce()) {
    *status = Status(StatusCode::kOutOfMemory, "libcurl could not be initialised");
    return nullptr;
  }
  SettleTimeZone();
  return std::make_unique<CurlTransport>(config, no_proxy);
}

}  // namespace embeddables
