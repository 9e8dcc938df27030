#include "agent/send/transport.h"

#include <curl/curl.h>

#include <algorithm>
#include <climits>
#include <cstring>
#include <mutex>
#include <utility>

#include "agent/send/connection_set.h"
#include "agent/send/curl_error.h"
#include "agent/send/lull.h"
#include "agent/send/proxy.h"
#include "agent/send/transfer.h"
#include "platform/environment.h"
#include "platform/keep_loaded.h"
#include "platform/socket.h"

namespace embeddables {
namespace {

// curl_global_init is not thread-safe in every build and may be undone only when the process ends:
// the host may use libcurl itself. Besides the process registry this is the only global.
std::once_flag curl_once;
CURLcode curl_ready = CURLE_FAILED_INIT;

bool InitCurlOnce() {
  std::call_once(curl_once, [] {
    curl_ready = curl_global_init(CURL_GLOBAL_DEFAULT);
    // A resolver thread that a dead DNS server holds up is left to itself, and comes back into
    // libcurl's code after the host has unloaded the library that holds the agent. A libcurl in
    // that same library is kept only once there may be such a thread (KeepLookUp).
    const auto* const code = reinterpret_cast<const void*>(&curl_multi_init);
    if (!IsInThisLibrary(code)) KeepLoaded(code);
  });
  return curl_ready == CURLE_OK;
}

// Called before a request is given up: libcurl leaves a look-up of the server's name to its thread
// (CURLOPT_QUICK_EXIT). A request that it has not begun looks the same, and only keeps the library
// without need.
void KeepLookUp(CURL* easy) {
  curl_off_t looked_up = 0;
  const char* server = nullptr;
  curl_easy_getinfo(easy, CURLINFO_NAMELOOKUP_TIME_T, &looked_up);
  curl_easy_getinfo(easy, CURLINFO_PRIMARY_IP, &server);
  const bool found = looked_up != 0 || (server != nullptr && *server != '\0');
  if (!found) KeepLoaded(reinterpret_cast<const void*>(&curl_multi_init));
}

constexpr long kLookMs = 100;  // at sockets that nobody watches

curl_waitfd UntilReadable(const Waitable& waitable) {
  return {static_cast<curl_socket_t>(waitable.native()), CURL_WAIT_POLLIN, 0};
}

class CurlTransport final : public Transport {
 public:
  CurlTransport(const Config& config, std::string no_proxy)
      : config_(config), proxy_(SplitProxy(config.proxy)), no_proxy_(std::move(no_proxy)) {}
  ~CurlTransport() override {
    CancelAll();
    Renew();
  }

  bool Begin(std::uint64_t tag, const Request& request, bool fresh_connection) override;
  void Push() override;
  void TakeCompleted(std::vector<Completion>* completed) override;
  bool Wait(std::chrono::milliseconds timeout, const std::vector<Waitable>& waitables) override;
  void CancelAll() override;
  void CancelUnsent(std::vector<std::uint64_t>* tags) override;
  void Renew() override;
  std::size_t in_flight() const override { return active_.size(); }
  TransportCounters counters() const override { return counters_; }

 private:
  bool ChooseSet(bool http1_only, bool fresh);
  void CloseLeftSets();
  std::unique_ptr<Transfer> Prepare();
  bool Describe(Transfer* transfer, const Request& request);
  std::unique_ptr<Transfer> TakeOut(Transfer* transfer);
  void TakeEnded(ConnectionSet* set, std::vector<Completion>* completed);
  bool BeginAgain(Transfer* transfer, CURLcode code);
  void Complete(Transfer* ended, CURLcode code, std::vector<Completion>* completed);
  void EndLate(std::vector<Completion>* completed);
  void Move();
  bool LookAtLeftSets(long* ms) const;
  bool WaitOnce(std::chrono::milliseconds timeout, const std::vector<Waitable>& waitables);
  bool Nap(std::chrono::milliseconds timeout, const std::vector<Waitable>& waitables);
  std::uint64_t BytesMoved() const;
  bool SetConstants(Transfer* transfer);
  void SetSecurity(CURL* easy);
  void CountConnections(CURL* easy);
  void Finish(Transfer* transfer, CURLcode code);

  const Config& config_;
  const Proxy proxy_;
  const std::string no_proxy_;
  // One per generation, the present one last; a set exists only while there may be connections,
  // since it has descriptors of its own.
  std::vector<std::unique_ptr<ConnectionSet>> sets_;
  std::uint32_t sets_made_ = 0;
  std::vector<std::unique_ptr<Transfer>> active_;
  std::vector<std::unique_ptr<Transfer>> idle_;
  std::vector<curl_waitfd> watched_;  // kept for its memory
  Lull lull_;
  bool begun_ = false;  // a transfer was begun since libcurl last moved them
  bool ended_ = false;  // a transfer ended and was not taken yet
  TransportCounters counters_;
};

// The set that a request goes over: the last one, or one of the next generation.
bool CurlTransport::ChooseSet(bool http1_only, bool fresh) {
  if (!sets_.empty() && !fresh && sets_.back()->http1_only() == http1_only) return true;
  auto set = ConnectionSet::Make(++sets_made_, config_.max_in_flight, http1_only);
  if (set == nullptr) return false;
  sets_.push_back(std::move(set));
  CloseLeftSets();
  return true;
}

// Closes the sets of former generations whose transfers have ended.
void CurlTransport::CloseLeftSets() {
  const auto over = [this](const auto& set) { return set != sets_.back() && set->active() == 0; };
  sets_.erase(std::remove_if(sets_.begin(), sets_.end(), over), sets_.end());
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
  transfer->Listen();
  // Any coding that libcurl knows is decoded; Describe removes the header that would ask for one.
  curl_easy_setopt(easy, CURLOPT_ACCEPT_ENCODING, "");
  curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);  // the host's SIGALRM and SIGPIPE are not ours
  curl_easy_setopt(easy, CURLOPT_POST, 1L);
  curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);  // a redirect could carry the key elsewhere
  curl_easy_setopt(easy, CURLOPT_BUFFERSIZE, 4L * 1024);
  curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS,
                   static_cast<long>(config_.connect_timeout.count()));
  curl_easy_setopt(easy, CURLOPT_TCP_KEEPALIVE, 1L);
  // Without this option, removing a transfer waits for a resolver thread that a dead DNS server
  // holds up.
  curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L);
  // Both are set even if they are empty: libcurl looks up unset ones in the environment.
  curl_easy_setopt(easy, CURLOPT_PROXY, proxy_.url.c_str());
  curl_easy_setopt(easy, CURLOPT_NOPROXY, no_proxy_.c_str());
  // Without this option, libcurl offers a SOCKS5 proxy GSSAPI, which reads the environment and
  // files.
  curl_easy_setopt(easy, CURLOPT_SOCKS5_AUTH, static_cast<long>(CURLAUTH_BASIC));
  // Apart from the URL, which libcurl's messages quote.
  if (!proxy_.login.empty()) curl_easy_setopt(easy, CURLOPT_PROXYUSERPWD, proxy_.login.c_str());
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

// Sets only what differs from the transfer's last request: mostly just the body.
bool CurlTransport::Describe(Transfer* transfer, const Request& request) {
  CURL* easy = transfer->easy;
  if (transfer->headers == nullptr || transfer->header_lines != request.headers) {
    // Small bodies gain nothing from 100-continue, and lose a second if the server does not
    // understand it.
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
    // The order matters: unsetting NOBODY makes the request a GET.
    curl_easy_setopt(easy, CURLOPT_NOBODY, request.head ? 1L : 0L);
    if (!request.head) curl_easy_setopt(easy, CURLOPT_POST, 1L);
    transfer->head = request.head;
  }
  transfer->body = request.body;
  curl_easy_setopt(easy, CURLOPT_POSTFIELDS, transfer->body.data());
  curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.body.size()));
  if (transfer->url == request.url) return true;
  transfer->url = request.url;
  // The first request's connection shows whether the others can share it: over TLS by its
  // handshake, over plain http only by the answer, which may take long.
  const long waits = request.url.compare(0, 6, "https:") == 0 ? 1L : 0L;
  curl_easy_setopt(easy, CURLOPT_PIPEWAIT, waits);
  return curl_easy_setopt(easy, CURLOPT_URL, request.url.c_str()) == CURLE_OK;
}

bool CurlTransport::Begin(std::uint64_t tag, const Request& request, bool fresh_connection) {
  if (!ChooseSet(request.http1_only, fresh_connection)) return false;
  ConnectionSet* set = sets_.back().get();
  std::unique_ptr<Transfer> transfer = Prepare();
  if (transfer == nullptr || !Describe(transfer.get(), request)) return false;
  transfer->tag = tag;
  transfer->received = transfer->head_received = 0;
  transfer->most_to_read = MaxResponseTotal(request);
  if (std::exchange(transfer->codings, 0u) > 0) {
    curl_easy_setopt(transfer->easy, CURLOPT_NOPROGRESS, 1L);
  }
  transfer->begun_again = transfer->confirmed = false;
  transfer->ends_at_ms = TransferNowMs() + config_.request_timeout.count();
  transfer->response = Response();
  transfer->error[0] = '\0';
  if (transfer->adopted_by != set->number()) {
    set->Adopt(transfer->easy);
    transfer->adopted_by = set->number();
  }
  if (!set->Add(transfer->easy)) return false;
  transfer->set = set;
  transfer->place = active_.size();
  active_.push_back(std::move(transfer));
  begun_ = true;
  ++counters_.requests;
  return true;
}

std::unique_ptr<Transfer> CurlTransport::TakeOut(Transfer* transfer) {
  transfer->set->Remove(transfer->easy);
  std::swap(active_[transfer->place], active_.back());
  active_[transfer->place]->place = transfer->place;
  std::unique_ptr<Transfer> taken = std::move(active_.back());
  active_.pop_back();
  return taken;
}

void CurlTransport::Move() {
  std::size_t all_running = 0;
  for (const auto& set : sets_) {
    int running = 0;
    curl_multi_perform(set->multi(), &running);
    all_running += static_cast<std::size_t>(running);
  }
  if (lull_.asks()) lull_.Moved(BytesMoved());
  begun_ = false;
  ended_ = all_running < active_.size();
}

void CurlTransport::Push() {
  if (begun_) Move();
}

void CurlTransport::TakeCompleted(std::vector<Completion>* completed) {
  Move();
  for (const auto& set : sets_) TakeEnded(set.get(), completed);
  EndLate(completed);
  CloseLeftSets();
  ended_ = false;
}

void CurlTransport::TakeEnded(ConnectionSet* set, std::vector<Completion>* completed) {
  int left = 0;
  while (const CURLMsg* message = curl_multi_info_read(set->multi(), &left)) {
    if (message->msg != CURLMSG_DONE) continue;
    const CURLcode code = message->data.result;
    Transfer* ended = nullptr;
    curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &ended);
    if (BeginAgain(ended, code)) continue;
    Complete(ended, code, completed);
  }
}

void CurlTransport::Complete(Transfer* ended, CURLcode code, std::vector<Completion>* completed) {
  if (code == CURLE_OPERATION_TIMEDOUT) KeepLookUp(ended->easy);
  Finish(ended, code);
  std::unique_ptr<Transfer> transfer = TakeOut(ended);
  completed->push_back({transfer->tag, std::move(transfer->response)});
  idle_.push_back(std::move(transfer));
}

// CURLOPT_TIMEOUT_MS would do, but libcurl looks at the clock before it reads: if the process was
// stopped, or the host did not pump, answers that came meanwhile would be lost.
void CurlTransport::EndLate(std::vector<Completion>* completed) {
  const std::int64_t now = TransferNowMs();
  for (std::size_t i = active_.size(); i-- > 0;) {
    Transfer* transfer = active_[i].get();
    if (now < transfer->ends_at_ms) continue;
    Complete(transfer, transfer->confirmed ? CURLE_OK : CURLE_OPERATION_TIMEDOUT, completed);
  }
}

// libcurl sends a request again that a GOAWAY has left out (RFC 9113, 6.8), but not where it learns
// of it between writing and reading: "nothing to do in this session" (7.88, cf_h2_recv). One that
// is left out a second time is the courier's to judge.
bool CurlTransport::BeginAgain(Transfer* transfer, CURLcode code) {
  long opened = 0;
  curl_easy_getinfo(transfer->easy, CURLINFO_NUM_CONNECTS, &opened);
  const bool answered = transfer->received + transfer->head_received > 0;
  if (code != CURLE_HTTP2 || opened > 0 || answered || transfer->begun_again) return false;
  if (transfer->set != sets_.back().get() || !transfer->set->AddAgain(transfer->easy)) return false;
  transfer->begun_again = begun_ = true;
  return true;
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
  response.connected = transfer->WasSent();
  // Without a status it was a proxy's answer to CONNECT.
  response.unreadable =
      status >= 200 && (response.unreadable || code == CURLE_BAD_CONTENT_ENCODING);
  response.error = response.unreadable ? NetworkError::kNone : ErrorOf(code);
  // Verification is never off, so an answer over https came from a verified server.
  response.tls_verified =
      response.error == NetworkError::kNone && scheme != nullptr && curl_strequal(scheme, "https");
  if (code == CURLE_OK) return;
  if (response.unreadable && code != CURLE_BAD_CONTENT_ENCODING) {
    response.error_text = "it is longer than an answer can be, or compressed more than once";
    return;
  }
  response.error_text = transfer->error[0] != '\0' ? transfer->error : curl_easy_strerror(code);
}

bool CurlTransport::Wait(std::chrono::milliseconds timeout,
                         const std::vector<Waitable>& waitables) {
  if (sets_.empty()) return WaitReadable(waitables, timeout);
  if (ended_) return true;
  std::int64_t end = INT64_MAX;
  for (const auto& each : active_) end = std::min(end, each->ends_at_ms);
  const std::int64_t left = std::max<std::int64_t>(end - TransferNowMs(), 0);
  const bool first = timeout.count() < 0 ? !active_.empty() : left < timeout.count();
  if (first) timeout = std::chrono::milliseconds(left);
  return WaitOnce(timeout, waitables) || first;
}

bool CurlTransport::WaitOnce(std::chrono::milliseconds timeout,
                             const std::vector<Waitable>& waitables) {
  const auto since = std::chrono::steady_clock::now();
  if (lull_.on()) {
    const bool woken = Nap(timeout, waitables);
    lull_.Napped(std::chrono::steady_clock::now() - since);
    return woken;
  }
  watched_.clear();
  for (const Waitable& each : waitables) watched_.push_back(UntilReadable(each));
  long ms = timeout.count() < 0
                ? INT_MAX
                : static_cast<long>(std::min<std::int64_t>(timeout.count(), INT_MAX));
  bool due = LookAtLeftSets(&ms);
  int ready = 0;
  CURLM* present = sets_.back()->multi();
  const CURLMcode polled =
      curl_multi_poll(present, watched_.data(), static_cast<unsigned int>(watched_.size()),
                      static_cast<int>(ms), &ready);
  // The system lets nobody wait for so many descriptors any more.
  if (polled != CURLM_OK) return WaitReadable(waitables, std::chrono::milliseconds(kLookMs));
  lull_.Waited(std::chrono::steady_clock::now() - since);
  long own_timer = -1;
  curl_multi_timeout(present, &own_timer);
  due = due || own_timer == 0;
  return ready > 0 || (due && !active_.empty());
}

// The server gives room for an upload with a frame, so a socket becomes readable.
bool CurlTransport::Nap(std::chrono::milliseconds timeout, const std::vector<Waitable>& waitables) {
  std::vector<Waitable> readable = waitables;
  if (!lull_.deaf()) {
    const std::vector<Waitable>& sockets = sets_.back()->sockets();
    readable.insert(readable.end(), sockets.begin(), sockets.end());
  }
  const bool all = timeout.count() >= 0 && timeout <= lull_.nap();
  return WaitReadable(readable, all ? timeout : lull_.nap()) || !all;
}

std::uint64_t CurlTransport::BytesMoved() const {
  std::uint64_t moved = 0;
  for (const auto& transfer : active_) {
    moved += transfer->BytesMoved();
  }
  return moved;
}

// libcurl waits for one multi handle at a time; the others are looked at now and then. Their
// sockets are not watched: libcurl reads no idle connection, so one that its server has closed
// would wake the agent for ever. True: one of them has something to do.
bool CurlTransport::LookAtLeftSets(long* ms) const {
  bool due = false;
  for (const auto& set : sets_) {
    if (set == sets_.back()) break;
    long timer = -1;
    curl_multi_timeout(set->multi(), &timer);
    *ms = std::min(*ms, timer < 0 ? kLookMs : std::min(timer, kLookMs));
    due = due || timer == 0;
  }
  return due;
}

void CurlTransport::CancelAll() {
  while (!active_.empty()) {
    CountConnections(active_.back()->easy);
    KeepLookUp(active_.back()->easy);
    TakeOut(active_.back().get());
  }
  ended_ = false;
}

void CurlTransport::CancelUnsent(std::vector<std::uint64_t>* tags) {
  // A reused handle shows its last request's times until libcurl has moved it on.
  Move();
  for (std::size_t i = active_.size(); i-- > 0;) {
    Transfer* transfer = active_[i].get();
    if (transfer->WasSent()) continue;
    CountConnections(transfer->easy);
    KeepLookUp(transfer->easy);
    tags->push_back(transfer->tag);
    TakeOut(transfer);
  }
}

// libcurl has no call to close the idle connections of a multi handle.
void CurlTransport::Renew() {
  if (!active_.empty()) return;
  idle_.clear();  // they keep buffers
  sets_.clear();
}

}  // namespace

std::unique_ptr<Transport> MakeCurlTransport(const Config& config, const std::string& no_proxy,
                                             Status* status) {
  // One that begins no request never calls libcurl, whose TLS library takes milliseconds to start.
  if (config.store_only) return std::make_unique<CurlTransport>(config, no_proxy);
  if (!InitCurlOnce()) {
    *status = Status(StatusCode::kOutOfMemory, "libcurl could not be initialised");
    return nullptr;
  }
  SettleTimeZone();
  return std::make_unique<CurlTransport>(config, no_proxy);
}

}  // namespace embeddables
